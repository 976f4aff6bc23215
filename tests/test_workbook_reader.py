import datetime
import io
import zipfile
from pathlib import Path
from random import Random

import pytest
from helpers_formats import readings, render
from helpers_grid import random_report
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.drawing.image import Image
from python_calamine import CalamineError, PasswordError

from extractor import extract
from extractor.document import Source
from extractor.errors import InputError
from extractor.readers import read
from extractor.readers.formats import Format, sniff
from extractor.readers.workbook import _letters, _place, read_workbook
from extractor.settings import DEFAULTS, Settings

DATA = Path(__file__).parent / "data" / "xlsx"


def saved(*sheets, change=None):
    """A workbook; each sheet is a dict of cells by name, with ``merge`` for ranges."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for number, cells in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"表{number}")
        for place, value in cells.items():
            if place == "merge":
                for area in value:
                    sheet.merge_cells(area)
            else:
                sheet[place] = value
    if change:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def replaced(data, member, old, new):
    """The workbook with other text in one of its parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(buffer, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            if name == member:
                assert old.encode() in part
                part = part.replace(old.encode(), new.encode())
            after.writestr(name, part)
    return buffer.getvalue()


def sheet_xml(rows, name="xl/worksheets/sheet1.xml", before="", doctype=""):
    """A workbook of one sheet with these rows of XML."""
    content = (
        f'<?xml version="1.0"?>{doctype}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    )
    content += f"{before}<sheetData>{rows}</sheetData></worksheet>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved({"A1": 1}))) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part).replace(b'fullCalcOnLoad="1"', b""))
    return buffer.getvalue()


ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="S">{}</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
)


def ods(rows, manifest="<manifest/>"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", ODS.format(rows))
    return buffer.getvalue()


def ods_cell(value="", attributes=""):
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}" {attributes}>'
        f"<text:p>{value}</text:p></table:table-cell>"
    )


WIDE = ods_cell(1, 'table:number-columns-repeated="1000"')


def document(data, **limits):
    return read(data, "x", Settings(**limits))


def rows(data):
    return [[cell.text for cell in line.cells] for line in document(data).lines]


def places(data):
    return [[(c.text, c.x0, c.x1, c.row_span, c.col_span) for c in line.cells] for line in document(data).lines]


def code_of(data, **limits):
    with pytest.raises(InputError) as caught:
        document(data, **limits)
    assert "\n" not in str(caught.value)
    return caught.value.code


def first_value(value, number_format=None):
    """How a value beside a label is read."""

    def change(book):
        if number_format:
            book.active["B1"].number_format = number_format

    ((_, text),) = rows(saved({"A1": "规章", "B1": value}, change=change))
    return text


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (13, "13"),
        (13.0, "13"),
        (7730.28, "7730.28"),
        (0.1 + 0.2, "0.3"),
        (38.5, "38.5"),
        (0.0001, "0.0001"),
        (1e-7, "0.0000001"),
        (123456789012345, "123456789012345"),
        (1e20, "100000000000000000000"),
        (-417, "-417"),
        ("0", "0"),
        ("007", "007"),
        ("251000元", "251000元"),
        ("/", "/"),
        (" 5 ", "5"),
        (datetime.date(2023, 5, 1), "2023年5月1日"),
        (datetime.datetime(2023, 5, 1, 3, 4), "2023年5月1日"),
        (datetime.time(3, 4), "3时4分"),
        (True, "TRUE"),
        ("=1+1", "公式无结果"),
    ],
)
def test_values_as_text(value, text):
    assert first_value(value) == text


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (3, "0.00", "3"),
        (12, "0_);(0)", "12"),
        (1165, "#,##0", "1165"),
        (0, '0;-0;"-"', "0"),
        (2023, '0"年"', "2023"),
        (0.5, "0", "0.5"),
        (3, "yyyy-mm-dd", "1900年1月3日"),
    ],
)
def test_the_value_counts_not_how_it_is_shown_but_dates_are_no_numbers(value, number_format, text):
    assert first_value(value, number_format) == text


@given(st.floats(min_value=-1e9, max_value=1e9) | st.integers(-(10**12), 10**12))
@settings(max_examples=25, deadline=None)
def test_a_number_keeps_its_value(value):
    text = first_value(value)
    assert float(text) == pytest.approx(value, rel=1e-14, abs=1e-300)
    assert "e" not in text.lower()


def cell_xml(inner, kind=""):
    return sheet_xml(f'<row r="1"><c r="A1" t="inlineStr"><is><t>规章</t></is></c><c r="B1"{kind}>{inner}</c></row>')


@pytest.mark.parametrize(
    ("inner", "kind", "text"),
    [
        ("<f>1+1</f><v>2</v>", "", "2"),
        ("<f>1+1</f><v></v>", "", "公式无结果"),
        ("<f>1+1</f>\n", "", "公式无结果"),
        ("<f>1+1</f><v/>", "", "公式无结果"),
        ("<f>A1</f><v>甲</v>", ' t="str"', "甲"),
        ("<f>A1</f><v>1/0</v>", ' t="str"', "1/0"),
        ("<v>#REF!</v>", ' t="e"', "公式出错REF"),
        ("<f>1/0</f><v>#DIV/0!</v>", ' t="e"', "公式出错DIV"),
        ("<v>1</v>", ' t="b"', "TRUE"),
    ],
)
def test_formulas_are_not_evaluated_and_their_failures_are_words(inner, kind, text):
    assert rows(cell_xml(inner, kind)) == [["规章", text]]


def test_an_empty_result_of_a_formula_is_blank():
    data = sheet_xml(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>规章</t></is></c><c r="B1" t="str"><f>A9</f><v></v></c>'
        '<c r="C1"><v>5</v></c></row>'
    )
    assert rows(data) == [["规章", "", "5"]]


def test_results_that_were_never_computed_are_not_taken():
    """A program that can't compute writes zeros and asks for a computation when the workbook is opened."""
    data = cell_xml("<f>1+1</f><v>0</v>")
    assert rows(data) == [["规章", "0"]]
    for wish in ("1", "true"):
        stale = replaced(data, "xl/workbook.xml", "<calcPr ", f'<calcPr fullCalcOnLoad="{wish}" ')
        assert rows(stale) == [["规章", "公式无结果"]]


@pytest.mark.parametrize(
    "value", ["公式无结果", "公式出错REF", "2023年5月1日", "3时4分", "TRUE", "5天0分", "120时00分00秒"]
)
def test_what_is_no_number_gets_no_value_and_is_flagged(value):
    cells = {"A1": "信息内容", "B1": "本年制发件数", "C1": "本年废止件数", "D1": "现行有效件数"}
    cells |= {"A2": "规章", "B2": 3, "C2": value, "D2": 7, "A3": "行政规范性文件", "B3": 1, "C3": 0, "D3": 5}
    record = extract(saved({"A1": "某某县2022年政府信息公开工作年度报告"}, cells), "x")
    odd = record.cells["proactive.rules.repealed"]
    assert odd.value is None
    assert odd.review


# --- layout ----------------------------------------------------------------------------------------------------------


def test_merged_cells_span_and_cover():
    data = saved({"A1": "组", "B1": "头", "D1": "末", "B2": 1, "C2": 2, "merge": ["A1:A2", "B1:C1"]})
    assert places(data) == [
        [("组", 0, 1, 2, 1), ("头", 1, 3, 1, 2), ("末", 3, 4, 1, 1)],
        [("1", 1, 2, 1, 1), ("2", 2, 3, 1, 1), ("", 3, 4, 1, 1)],
    ]


def test_what_a_merged_cell_hides_is_no_cell():
    data = saved({"A1": "规章", "B1": 1, "C1": 9, "D1": 3})
    merge = '</sheetData><mergeCells><mergeCell ref="B1:C1"/></mergeCells>'
    data = replaced(data, "xl/worksheets/sheet1.xml", "</sheetData>", merge)
    assert rows(data) == [["规章", "1", "3"]]


def test_blank_cells_are_kept_within_the_used_columns_only():
    data = saved({"B2": "头", "C2": "甲", "D2": "乙", "B3": "规章", "B5": "末", "D5": 0})
    assert places(data)[1] == [("规章", 1, 2, 1, 1), ("", 2, 3, 1, 1), ("", 3, 4, 1, 1)]
    assert rows(data) == [["头", "甲", "乙"], ["规章", "", ""], ["末", "", "0"]]


def test_a_lone_text_above_a_table_or_over_all_of_it_is_prose():
    data = saved(
        {
            "A1": "标题",
            "A3": "一、概述",
            "A4": "信息内容",
            "B4": "件数",
            "A5": "第二十条",
            "A6": "规章",
            "A7": "行政许可",
            "B7": 3,
            "A9": "末段。",
            "merge": ["A5:B5"],
        }
    )
    found = document(data)
    assert [(line.cells[0].text, line.grid) for line in found.lines] == [
        ("标题", False), ("一、概述", False), ("信息内容", True), ("第二十条", False), ("规章", True), ("行政许可", True),
        ("末段。", False),
    ]  # fmt: skip
    assert [cell.text for cell in found.lines[4].cells] == ["规章", ""]


def test_a_lone_figure_is_a_cell():
    assert document(saved({"A1": 5})).lines[0].grid


def test_places_name_sheet_and_cell():
    found = document(saved({"A1": "甲", "B1": 1}, {"C7": "乙", "D7": 2}))
    assert [cell.where.path for line in found.lines for cell in line.cells] == ["表1!A1", "表1!B1", "表2!C7", "表2!D7"]
    cell = found.lines[1].cells[1]
    assert found.text[cell.where.start : cell.where.end] == "2"


def test_each_sheet_is_a_section_and_empty_ones_are_none():
    found = document(saved({"A1": "甲", "B1": 1}, {}, {"A1": "乙", "B1": 2, "A2": "丙", "B2": 3}))
    assert [tuple(section) for section in found.sections] == [("表1", 0, 1), ("表3", 1, 3)]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_left_out_unless_there_is_nothing_else(state):
    def hide(book):
        book["表2"].sheet_state = state

    assert rows(saved({"A1": "甲", "B1": 1}, {"A1": "乙", "B1": 2}, change=hide)) == [["甲", "1"]]
    assert rows(saved({}, {"A1": "乙", "B1": 2}, change=hide)) == [["乙", "2"]]


def test_chart_sheets_are_skipped():
    def chart(book):
        book.create_chartsheet("图", 0)

    data = saved({"A1": "甲", "B1": "=1"}, change=chart)
    assert rows(data) == [["甲", "公式无结果"]]
    assert [section.name for section in document(data).sections] == ["表1"]


def test_hidden_rows_and_columns_are_not_read_and_that_is_told():
    def hide(book):
        book.active.row_dimensions[2].hidden = True
        book.active.column_dimensions["C"].hidden = True

    cells = {"A1": "甲", "B1": 1, "A3": "丙", "B3": 3}
    clean = document(saved(cells, change=hide))
    assert clean.damage == ()
    found = document(saved(cells | {"A2": "乙", "B2": 2, "C3": 9, "D3": 4}, change=hide))
    assert [[cell.text for cell in line.cells] for line in found.lines] == [["甲", "1", ""], ["丙", "3", "4"]]
    assert [cell.x0 for cell in found.lines[1].cells] == [0, 1, 3]
    assert len(found.damage) == 1
    assert "表1" in found.damage[0]


def test_pictures_are_named():
    pytest.importorskip("PIL")
    from PIL import Image as Picture

    buffer = io.BytesIO()
    Picture.new("RGB", (8, 8)).save(buffer, "PNG")
    data = saved({"A1": "甲"}, change=lambda book: book.active.add_image(Image(buffer), "B2"))
    assert document(data).attachments == ("图片 xl/media/image1.png",)


# --- other formats ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["small.xls", "small.ods"])
def test_the_other_formats_give_the_same(name):
    found = document((DATA / name).read_bytes())
    assert [line.grid for line in found.lines] == [False, True, True, True, True, True]
    assert [[(c.text, c.x0, c.x1, c.row_span) for c in line.cells] for line in found.lines[2:]] == [
        [("规章", 1, 2, 1), ("13", 2, 3, 1), ("7730.28", 3, 4, 1), ("251000元", 4, 5, 1)],
        [("行政规范性文件", 1, 2, 1), ("0", 2, 3, 1), ("", 3, 4, 1), ("-417", 4, 5, 1)],
        [("并", 1, 2, 2), ("5", 2, 5, 1)],
        [("1", 2, 3, 1), ("2", 3, 4, 1), ("3", 4, 5, 1)],
    ]
    assert found.lines[0].cells[0].where.path == "表!B2"
    assert found.damage == ()


@pytest.mark.parametrize(
    ("name", "time", "long"), [("odd.xlsx", "3时4分", "5天0分"), ("odd.ods", "03时04分00秒", "120时00分00秒")]
)
def test_odd_cells_of_what_an_office_program_writes(name, time, long):
    found = document((DATA / name).read_bytes())
    assert [[cell.text for cell in line.cells] for line in found.lines] == [
        ["项", "2023年5月1日", time, "TRUE"],
        ["误", "公式出错NA", "公式出错DIV", "0.13"],
        ["末", "3", "2", long],
    ]
    assert len(found.damage) == 1  # a hidden row


def test_errors_of_xls_are_told():
    found = document((DATA / "odd.xls").read_bytes())
    assert len(found.damage) == 1
    assert "公式" in found.damage[0]
    assert [cell.text for cell in found.lines[1].cells] == ["误", "", "", "0.13"]


def test_odd_cells_of_ods():
    row = "<table:table-row>{}</table:table-row>".format
    label = '<table:table-cell office:value-type="string"><text:p>规章</text:p></table:table-cell>'
    note = "<office:annotation><text:p>批注</text:p></office:annotation>"
    no_result = '<table:table-cell table:formula="of:=1+1">{}</table:table-cell>'
    assert rows(ods(row(label + no_result.format("")))) == [["规章", "公式无结果"]]
    assert rows(ods(row(label + no_result.format(note)))) == [["规章", "公式无结果"]]
    true = '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
    assert rows(ods(row(label + true))) == [["规章", "TRUE"]]
    assert rows(ods(row(label + ods_cell(3, 'table:number-columns-repeated="2"')))) == [["规章", "3", "3"]]


# --- hostile and broken ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("far", ["XFD1048576", "ZZZZZZZ99", "A99999999"])
def test_cells_far_apart_are_refused_before_they_are_laid_out(far):
    rows_of = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="{far}"><v>2</v></c></row>'
    assert code_of(sheet_xml(rows_of)) == "input.too_many_cells"


def test_a_far_cell_without_content_and_a_false_dimension_do_not_matter():
    rows_of = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'
    before = '<dimension ref="A1:XFD1048576"/>'
    assert rows(sheet_xml(rows_of, before=before)) == [["1"]]


def test_a_merged_cell_over_the_whole_sheet_costs_nothing():
    data = sheet_xml('<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>')
    merges = "".join(f'<mergeCell ref="A{n}:XFD1048576"/>' for n in range(1, 2000))
    data = replaced(data, "xl/worksheets/sheet1.xml", "</sheetData>", f"</sheetData><mergeCells>{merges}</mergeCells>")
    assert places(data) == [[("1", 0, 2, 1, 2)]]


@pytest.mark.parametrize(
    "content",
    [
        f'<table:table-row table:number-rows-repeated="1000000">{WIDE}</table:table-row>',
        f"<table:table-row>{ods_cell(1)}</table:table-row>"
        '<table:table-row table:number-rows-repeated="2000000000"><table:table-cell/></table:table-row>'
        f"<table:table-row>{ods_cell(2)}</table:table-row>",
        f'<table:table-row table:number-rows-repeated="99999999999999999999">{ods_cell(1)}</table:table-row>',
    ],
)
def test_repeated_cells_of_ods_are_refused_before_they_are_laid_out(content):
    assert code_of(ods(content)) == "input.too_many_cells"


def test_blank_cells_that_ods_repeats_to_the_end_do_not_matter():
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    rest = f'<table:table-row table:number-rows-repeated="1048575">{blank}</table:table-row>'
    wide = '<table:table-cell table:number-columns-repeated="16382"/>'
    assert rows(ods(f"<table:table-row>{ods_cell(1)}{ods_cell(2)}{wide}</table:table-row>{rest}")) == [["1", "2"]]


def test_encrypted_workbooks():
    assert code_of(ods("", manifest="<m:encryption-data/>")) == "input.encrypted"


@pytest.mark.parametrize(
    "data",
    [
        replaced(saved({"A1": 1}), "xl/worksheets/sheet1.xml", "</sheetData>", ""),
        replaced(saved({"A1": 1}), "xl/workbook.xml", "</sheets>", ""),
        sheet_xml('<row r="x"><c r="A1"><v>1</v></c></row>'),
        sheet_xml('<row r="1"><c r="11"><v>1</v></c></row>'),
        sheet_xml('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'),
        sheet_xml('<row r="1"><c r="A1"><v>&x;</v></c></row>', doctype='<!DOCTYPE w [<!ENTITY x "1">]>'),
        ods("<table:table-row>"),
        ods(f'<table:table-row table:number-rows-repeated="x">{ods_cell(1)}</table:table-row>'),
    ],
)
def test_broken_workbooks(data):
    assert code_of(data) == "input.damaged"


def test_a_workbook_without_text_is_empty():
    assert code_of(saved({})) == "input.empty"


def test_too_many_cells():
    assert code_of(saved({f"A{n}": "甲" for n in range(1, 40)}), max_document_cells=30) == "input.too_many_cells"


@pytest.mark.parametrize("name", ["odd.xlsx", "small.ods"])
def test_damage_anywhere_is_an_error_or_is_read(name):
    data = (DATA / name).read_bytes()
    media_type = sniff(data, DEFAULTS).value
    seed = Random(4)
    refused = 0
    for _ in range(200):
        broken = bytearray(data)
        for _ in range(seed.choice((1, 3, 30))):
            broken[seed.randrange(len(broken))] = seed.randrange(256)
        try:
            read_workbook(bytes(broken), Source("x", "0", media_type), DEFAULTS)
        except InputError:
            refused += 1
    assert 50 < refused < 200


@pytest.mark.parametrize("length", [512, 1024, 3000])
def test_a_cut_off_xls_is_damaged(length):
    data = (DATA / "small.xls").read_bytes()[:length]
    with pytest.raises(InputError) as caught:
        read_workbook(data, Source("x", "0", Format.XLS.value), DEFAULTS)
    assert caught.value.code == "input.damaged"


def test_a_panic_of_calamine_is_damage(monkeypatch):
    class PanicException(BaseException):  # as pyo3 raises it; it can't be imported
        pass

    class Panicking:
        @staticmethod
        def from_filelike(_):
            raise PanicException

    monkeypatch.setattr("extractor.readers.workbook.CalamineWorkbook", Panicking)
    assert code_of((DATA / "small.xls").read_bytes()) == "input.damaged"


@pytest.mark.parametrize(
    ("error", "code"), [(PasswordError("x"), "input.encrypted"), (CalamineError("x"), "input.damaged")]
)
def test_what_calamine_says_of_a_workbook(monkeypatch, error, code):
    class Refusing:
        @staticmethod
        def from_filelike(_):
            raise error

    monkeypatch.setattr("extractor.readers.workbook.CalamineWorkbook", Refusing)
    assert code_of((DATA / "small.xls").read_bytes()) == code


# --- names of cells ---------------------------------------------------------------------------------------------------


@given(st.integers(0, 20_000), st.integers(0, 2_000_000))
def test_names_of_cells_there_and_back(column, row):
    assert _place(f"{_letters(column)}{row + 1}") == (row, column)


# --- through the whole program ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("form", ["xlsx", "xlsx_three_sheets"])
def test_reports_are_read_without_a_silent_error(form, seed):
    report = random_report(seed)
    record = extract(render(report, form, seed), form)
    found = readings(record, report.truth)
    assert not [str(reading) for reading in found if reading.silent]
    assert sum(reading.kind == "right" for reading in found) > 0.9 * len(report.truth)


def official(figures):
    """Table 3 and the top of table 2 as the official form merges them."""
    names = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
    cells = {"A1": "某某县2022年政府信息公开工作年度报告", "A3": "第二十条第（一）项", "A4": "信息内容"}
    cells |= dict(zip(("B4", "C4", "D4"), ("本年制发件数", "本年废止件数", "现行有效件数"), strict=True))
    cells |= {"A5": "规章", "A6": "行政规范性文件", "B6": figures[0], "D6": figures[1]}
    cells |= {"A8": "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", "D8": "申请人情况"}
    cells |= {f"{letter}9": name for letter, name in zip("DEFGHIJ", names, strict=True)}
    cells |= {"A10": "一、本年新收政府信息公开申请数量", "A11": "二、上年结转政府信息公开申请数量"}
    cells |= {"A12": "三、本年度办理结果", "B12": "（一）予以公开", "B13": "（三）不予公开", "C13": "1.属于国家秘密"}
    cells |= {"C14": "2.其他法律行政法规禁止公开"}
    for row in (10, 12, 13):
        cells |= {f"{letter}{row}": figures[2] if letter in "DJ" else 0 for letter in "DEFGHIJ"}
    cells["merge"] = ["A3:D3", "A8:C9", "D8:J8", "A10:C10", "A11:C11", "A12:A14", "B12:C12", "B13:B14"]
    return saved(cells)


@pytest.mark.parametrize("kind", [int, float, str])
def test_figures_of_any_type_and_blanks_without_a_flag(kind):
    record = extract(official([kind(2), kind(17), kind(5)]), "x")
    found = {key: (cell.value, cell.state) for key, cell in record.cells.items() if not cell.review}
    blank = (None, "blank")
    assert found["proactive.rules.issued"] == found["proactive.rules.in_force"] == blank
    assert found["proactive.normative_documents.issued"] == (2, "number")
    assert found["proactive.normative_documents.repealed"] == blank
    assert found["proactive.normative_documents.in_force"] == (17, "number")
    for row in ("new_received", "granted", "denied_state_secret"):
        assert found[f"requests.{row}.natural_person"] == found[f"requests.{row}.total"] == (5, "number")
        assert found[f"requests.{row}.business"] == (0, "number")
    for row in ("carried_over", "denied_prohibited_by_law"):
        assert found[f"requests.{row}.natural_person"] == found[f"requests.{row}.total"] == blank
    assert record.cells["requests.granted.natural_person"].where.path == "表1!D12"
