import io
from dataclasses import replace

import openpyxl
import pytest
from helpers_auditing import (
    HOSTILE,
    NEW,
    NONE,
    OLD,
    RECEIVED,
    TOTAL,
    failed,
    form_of,
    miscounted,
    number,
    record,
    zeros,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.auditing.drawing import safe
from extractor.auditing.layout import table_grid
from extractor.auditing.looks import STYLES
from extractor.auditing.workbook import MOST_SHEETS, write_workbook
from extractor.document import Source, Where
from extractor.record import CellValue, Claim, Finding, Proposal

LISTS = ["概览", "目录", "核对发现", "正文中的数"]


def book(*records, **options):
    file = io.BytesIO()
    write_workbook(records, file, **options)
    return openpyxl.load_workbook(io.BytesIO(file.getvalue()))


def rows(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def texts(sheet):
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


def links(sheet):
    return {cell.coordinate: cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}


def cell_named(sheet, name):
    """The cell whose comment begins with a name."""
    found = [
        cell for row in sheet.iter_rows() for cell in row if cell.comment and cell.comment.text.startswith(f"{name}\n")
    ]
    (cell,) = found
    return cell


def fill(cell):
    return f"#{cell.fill.fgColor.rgb[2:].lower()}"


# --- the tables of a report ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tables", [NEW, OLD])
def test_every_cell_is_on_the_sheet_once_with_its_value(tables):
    cells = {key: number(place + 1) for place, key in enumerate(zeros(tables))}
    sheet = book(record(tables, cells=cells))["1 青石县水利局 2022 年"]
    found = sorted(value for value in texts(sheet) if isinstance(value, int))
    assert found == list(range(1, len(cells) + 1))
    assert sum(cell.comment is not None for row in sheet.iter_rows() for cell in row) == len(cells)


@pytest.mark.parametrize(
    "tables", [{**NONE, "proactive": "2021"}, {**NONE, "requests": "2019"}, {**NONE, "disputes": "2021"}]
)
def test_boxes_are_merged_like_those_of_the_form(tables):
    sheet = book(record(tables)).worksheets[-1]
    ((table, year),) = [(table, year) for table, year in tables.items() if year]
    grid = table_grid(form_of(table, year), tuple(form_of(table, year).columns))
    merged = {sheet.cell(area.min_row, area.min_col).value: area for area in sheet.merged_cells.ranges}
    for row in grid.rows:
        for box in row:
            if box.kind in ("head", "group", "caption") and box.rows * box.columns > 1 and box.text != "总计":
                size = merged[box.text].size
                assert size["rows"] == box.rows
    assert len(texts(sheet)) >= sum(len(row) for row in grid.rows)


def test_colours_marks_and_comments():
    sheet = book(miscounted()).worksheets[-1]
    total = cell_named(sheet, "行政复议·总计")
    assert (total.value, fill(total), total.border.left.style) == ("0✗ →3", STYLES["suspect"].fill, "medium")
    received = cell_named(sheet, "一、本年新收政府信息公开申请数量·总计")
    assert (received.value, fill(received)) == ("空？", STYLES["review"].fill)
    upheld = cell_named(sheet, "行政复议·结果维持")
    assert (upheld.value, fill(upheld), upheld.border.left.style) == (2, STYLES["number"].fill, "dotted")
    for words in (
        "可能有误",
        "把握：99.98 %",
        "建议值：3（各项之和）",
        "位置：第 2 行",
        "行政复议 2 1 0 0 【0】",
    ):
        assert words in total.comment.text
    assert any(
        isinstance(text, str) and text.startswith("［错误］T4.total") and "由 0 改为 3" in text for text in texts(sheet)
    )


def made_with(cell):
    return cell_named(book(record({**NONE, "disputes": "2021"}, cells={TOTAL: cell})).worksheets[-1], "行政复议·总计")


@pytest.mark.parametrize(
    ("cell", "value", "shown"),
    [
        (number(12), 12, "General"),
        (number(7730.28), 7730.28, "General"),
        (CellValue(1165, "1,165", "number", 1, review=False), 1165, "#,##0"),
        (CellValue(1234.5, "1,234.5", "number", 1, review=False), 1234.5, "#,##0.0"),
        (CellValue(12, "12", "number", 0.9, review=True), 12, 'General"？"'),
        (CellValue(24.5, "24.50", "number", 1, review=False), "24.50", "@"),
        (CellValue(-4, "减4", "number", 1, review=False), "减4", "@"),
        (CellValue(10**18, str(10**18), "number", 1, review=False), "1000000000000000000"[:15] + "…", "@"),
        (CellValue(0, "未增未减", "note", 1, review=False), "未增未减注", "@"),
        (CellValue(None, "-", "dash", 1, review=False), "-", "@"),
        (CellValue(None, "", "missing", 1, review=True), "缺", "@"),
        (CellValue(float("inf"), "1e999", "number", 1, review=False), "1e999", "@"),
    ],
)
def test_values_stay_as_they_are_printed(cell, value, shown):
    found = made_with(cell)
    assert (found.value, found.number_format) == (value, shown)


# --- the lists -------------------------------------------------------------------------------------------------------


def test_the_first_sheets():
    made = book(miscounted(), failed(), record(OLD, status="ok"), title="核对一批")
    assert made.sheetnames == [*LISTS, "1 青石县水利局 2022 年", "3 青石县水利局 2022 年"]
    first = texts(made["概览"])
    assert first[0] == "核对一批"
    for words in (
        "报告",
        "图例",
        "T4.total",
        "维持、纠正、其他、尚未审结之和，应等于总计",
        "不符的报告所占比例",
        "100 %（1/1）",
    ):
        assert words in first
    heads, one, two, three = rows(made["目录"])
    assert heads[:4] == ["序号", "机关和年份", "状态", "文件"]
    assert [row[2] for row in (one, two, three)] == ["需要核对", "未能读取", "通过"]
    assert links(made["目录"]) == {"B2": "'1 青石县水利局 2022 年'!A1", "B4": "'3 青石县水利局 2022 年'!A1"}


def test_findings_and_claims_are_listed():
    made = book(miscounted(), failed())
    _, one, two, three = rows(made["核对发现"])
    assert one[:7] == [
        1, "青石县水利局 2022 年", "错误", "T4.total", "应等于总计，但为 3 与 0", "机关原文错误", "行政复议·总计 由 0 改为 3",
    ]  # fmt: skip
    assert (two[2], two[7], two[8]) == ("警告", "一、本年新收政府信息公开申请数量·总计", "第 1 行")
    assert (three[0], three[3], three[4]) == (2, "input.empty", "文件是空的")
    _, said = rows(made["正文中的数"])
    assert said[2:7] == ["一、本年新收政府信息公开申请数量·总计", 12, "", "？", "表中未能确定"]
    assert said[7] == "全年【收到申请12件】。 行政复议 2 1 0 0 0"


@pytest.mark.parametrize("name", ["目录", "核对发现", "正文中的数"])
def test_lists_are_frozen_filtered_and_set_up_for_print(name):
    sheet = book(miscounted())[name]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref.startswith("A1:")
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$1:$1"


def test_a_report_is_frozen_and_set_up_for_print():
    sheet = book(miscounted()).worksheets[-1]
    assert sheet.freeze_panes == "D3"
    assert sheet.page_setup.paperSize == 9


# --- many reports ----------------------------------------------------------------------------------------------------


@pytest.fixture
def three(monkeypatch):
    """A workbook of more than three reports is a large one."""
    assert MOST_SHEETS == 40
    monkeypatch.setattr("extractor.auditing.workbook.MOST_SHEETS", 3)


@pytest.mark.usefixtures("three")
def test_many_reports_stand_below_each_other():
    made = book(*[miscounted()] * 3, failed(), record())
    assert made.sheetnames == [*LISTS, "各报告（自 1）"]
    sheet = made.worksheets[-1]
    found = links(made["目录"])
    assert len(found) == 4
    for row in rows(made["目录"])[1:]:
        if link := found.get(f"B{row[0] + 1}"):
            assert sheet[link.rpartition("!")[2]].value == f"{row[0]} {row[1]}"
    assert len(sheet.row_breaks) == 3
    commented = [cell for row in sheet.iter_rows() for cell in row if cell.comment]
    assert len(commented) == 3 * 6  # five of the wrong row, and the doubtful one


@pytest.mark.usefixtures("three")
def test_a_few_reports_have_a_sheet_each():
    assert len(book(*[record()] * 3).sheetnames) == len(LISTS) + 3
    assert len(book(*[record()] * 4).sheetnames) == len(LISTS) + 1


@pytest.mark.usefixtures("three")
def test_very_many_reports_go_on_on_another_sheet(monkeypatch):
    monkeypatch.setattr("extractor.auditing.workbook._STACKED", 2)
    made = book(*[record({**NONE, "disputes": "2021"})] * 5)
    assert made.sheetnames == [*LISTS, "各报告（自 1）", "各报告（自 3）", "各报告（自 5）"]


@pytest.mark.parametrize("records", [[], [failed()], [record(NONE)]])
def test_little_or_nothing(records):
    assert book(*records).sheetnames[: len(LISTS)] == LISTS


# --- hostile texts ---------------------------------------------------------------------------------------------------

FORMULA = '=HYPERLINK("http://example.invalid","x")'


@pytest.mark.parametrize(
    "text", [FORMULA, "+1+cmd|' /C calc'!A0", "-1-1", "@SUM(1)", HOSTILE, "{=1+1}", "http://example.invalid"]
)
def test_nothing_from_a_report_is_a_formula_or_a_link(text):
    where = Where(1, 0, 4, None, None, text)
    cell = CellValue(3, text, "note", 0.5, True, where, text, Proposal(4, text, text))
    finding = Finding("T4.total", "fail", "error", text, "agency", (TOTAL, text), where)
    made = record(
        cells={TOTAL: cell, RECEIVED: cell._replace(value=None, state="dash"), text: cell},
        agency=text, title=text, findings=(finding,), claims=(Claim(TOTAL, 1, text, "report", where, text),),
        snippets={0: text},
    )  # fmt: skip
    made = book(replace(made, source=Source(text, text, text)), failed(text), title=text)
    for sheet in made.worksheets:
        for row in sheet.iter_rows():
            assert not [cell.coordinate for cell in row if cell.data_type == "f"]
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink and cell.hyperlink.target]
    named = rows(made["目录"])[1][1]
    assert named.startswith("'") == (text[0] in "=+-@")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("=1", "'=1"), ("-", "-"), ("-3", "-3"), ("-3+1", "'-3+1"), ("a\u202e\x00b", "a\ufffd\ufffdb"), ("", ""),
        ("字" * 40_000, "字" * 30_000),
    ],
)  # fmt: skip
def test_safe(text, made):
    assert safe(text) == made


@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=40), other=st.text(alphabet="[]:*?/\\'年 A", max_size=40))
def test_whatever_the_texts_are_the_workbook_opens(text, other):
    cell = CellValue(1, text, "note", 0.4, True, Where(path=text))
    made = record({**NONE, "disputes": "2021"}, cells={TOTAL: cell}, agency=other, name=text)
    opened = book(made, made)
    assert len(set(opened.sheetnames)) == len(LISTS) + 2
    assert all(len(name) <= 31 for name in opened.sheetnames)
