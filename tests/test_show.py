import io
import re

import pytest
from helpers_late import END, PROACTIVE, REPORT, TITLE, requests_text, tabbed
from rich.console import Console

from extractor import extract
from extractor.document import Source
from extractor.record import Finding, Record, failed_record
from extractor.show import Summary, show

ZEROS = tabbed(*"0000000")
TABLES = {"proactive": None, "requests": None, "disputes": None}


def shown(record, width=130):
    console = Console(file=io.StringIO(), width=width)
    show(record, console)
    return console.file.getvalue()


def shown_text(text, **options):
    return shown(extract(text.encode(), "a.txt", **options))


def summary(*records, width=200):
    table = Summary()
    for record in records:
        table.add(record)
    console = Console(file=io.StringIO(), width=width)
    console.print(table.table)
    return console.file.getvalue()


def row_of(printed, label):
    """What stands after a label on its line."""
    (line,) = (line for line in printed.splitlines() if line.strip().startswith(label))
    return line.strip().removeprefix(label).split()


# --- one record ------------------------------------------------------------------------------------------------------


def test_a_report_is_shown_like_the_form():
    printed = shown_text(REPORT)
    assert TITLE in printed.splitlines()[0]
    assert "机关：青石县水利局　年份：2021　状态：通过" in printed
    assert row_of(printed, "规章") == ["0", "0", "0"]
    assert row_of(printed, "行政规范性文件") == ["3", "1", "52"]
    assert row_of(printed, "行政事业性收费") == ["24.5"]
    assert row_of(printed, "复议后起诉") == ["0", "2", "0", "0", "2"]
    assert "第二十条第（六）项" in printed
    assert "结果维持" in printed


def test_a_table_that_is_not_there_is_named():
    assert "收到和处理政府信息公开申请情况：文中没有这张表" in shown_text(REPORT)
    assert "主动公开政府信息情况：文中没有这张表" not in shown_text(REPORT)


def test_dashes_blanks_and_lost_cells_have_marks_of_their_own():
    text = (
        (PROACTIVE + END).replace("行政规范性文件\t3\t1\t52", "行政规范性文件\t3\t\t52").replace("规章\t0\t0\t0\n", "")
    )
    printed = shown_text(text)
    assert row_of(printed, "行政强制") == ["（无）"]
    assert row_of(printed, "行政规范性文件") == ["3", "（空）", "52"]
    assert row_of(printed, "规章") == ["·", "·", "·"]


def test_cells_to_review_are_marked_and_counted():
    printed = shown_text(REPORT.replace("0\t1\t0\t0\t1\t", "0\t-1\t0\t0\t4\t"))
    assert row_of(printed, "行政复议") == ["0*", "-1*", "0*", "0*", "4*"]
    assert row_of(printed, "规章") == ["0", "0", "0"]
    assert "需要人工核对" in printed
    assert "待核对单元格（标 *）：15" in printed


def test_open_cells_show_what_they_may_be():
    heads = "二、主动公开政府信息情况\n第二十条第（一）项\n信息内容本年制发件数本年废止件数现行有效件数\n"
    printed = shown_text(f"{heads}规章000\n行政规范性文件1153\n{END}")
    assert all(text.startswith("？") and text.endswith("*") for text in row_of(printed, "行政规范性文件"))
    assert row_of(printed, "行政规范性文件")[0] == "？1*"


def test_rows_are_labelled_with_their_enumerators():
    printed = shown_text(requests_text(new_received=ZEROS, carried_over=ZEROS))
    labels = [line.split()[0] for line in printed.splitlines() if line.strip()]
    assert "（三）1.属于国家秘密" in labels
    assert "（七）总计" in labels
    assert "四、结转下年度继续办理" in labels


def test_the_columns_are_those_of_the_form_that_was_printed():
    text = (
        "二、主动公开政府信息情况\n第二十条第（一）项\n信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量\n"
        f"规章\t0\t0\t0\n规范性文件\t3\t3\t52\n{END}"
    )
    printed = shown_text(text)
    assert row_of(printed, "规范性文件") == ["3", "3", "52"]
    assert "政府集中采购" in printed


def test_findings_are_listed_in_chinese():
    two = tabbed(2, 0, 0, 0, 0, 0, 2)
    one = tabbed(1, 0, 0, 0, 0, 0, 1)
    text = requests_text(new_received=two, carried_over=ZEROS, results_total=one, carried_forward=ZEROS)
    printed = shown_text(text, year=2021)
    flat = printed.replace("\n", "")
    assert "● T3.balance" in printed
    assert "但为 2 与 1；" in flat
    assert "应是报告本身有误（原文如此）" in flat
    assert "● table.incomplete" in printed
    assert "个单元格在文中找不到" in flat


def counted(year):
    found = re.search(r"核对：相符 (\d+)，不符或需注意 (\d+)，无法核对 (\d+)", shown_text(REPORT, year=year))
    return tuple(map(int, found.groups()))


def test_checks_are_counted():
    passed, failed, unverifiable = counted(2021)
    assert (passed > 3, failed) == (True, 0)
    assert counted(2023) == (passed, 1, unverifiable)


def test_the_line_of_a_finding_is_told():
    text = (PROACTIVE + END).replace("规章\t0\t0\t0\n", "规章\t0\t0\t0\n政策解读材料\t8\t9\t10\n")
    assert "第 5 行" in shown_text(text)


def test_a_long_list_of_findings_is_cut():
    findings = tuple(Finding("table.unread", "fail", "warning", f"第{number}条") for number in range(23))
    printed = shown(Record(Source("a.txt", "", ""), None, None, None, TABLES, {}, findings, "review"))
    assert printed.count("● ") == 20
    assert "另有 3 条" in printed


def test_a_failed_record_says_why():
    printed = shown(failed_record(Source("bad.pdf", "", ""), "input.format", "这是 PDF 文件", TABLES))
    assert "bad.pdf" in printed.splitlines()[0]
    assert "未能读取" in printed
    assert "input.format　这是 PDF 文件" in printed
    assert "机关：未说明　年份：未说明" in printed


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_is_enough(width):
    lines = shown(extract(REPORT.encode(), "a.txt"), width).splitlines()
    assert len(lines) > 20
    assert any("规章" in line for line in lines)


def test_brackets_in_a_title_or_message_are_no_markup():
    finding = Finding("table.unread", "fail", "warning", "数字 [red]8[/red] 不属于表中任何一行")
    printed = shown(Record(Source("a", "", ""), None, None, "[bold]报告", TABLES, {}, (finding,), "review"))
    assert "[bold]报告" in printed
    assert "[red]8[/red]" in printed


def test_brackets_in_an_agency_are_no_markup():
    printed = shown(Record(Source("a", "", ""), "水利局[/x]", None, None, TABLES, {}, (), "ok"))
    assert "水利局[/x]" in printed


# --- many records ----------------------------------------------------------------------------------------------------


def test_a_summary_has_a_line_for_each_record():
    wrong = extract(REPORT.replace("0\t1\t0\t0\t1\t", "0\t-1\t0\t0\t4\t").encode(), "folder/b.txt")
    failed = failed_record(Source("folder/bad.pdf", "", ""), "input.format", "这是 PDF 文件", TABLES)
    printed = summary(extract(REPORT.encode(), "folder/a.txt"), wrong, failed)
    assert row_of(printed, "a.txt") == ["青石县水利局", "2021", "2021", "无", "2021", "25", "0", "0", "通过"]
    assert row_of(printed, "b.txt") == ["青石县水利局", "2021", "2021", "无", "2021", "10", "15", "1", "需要人工核对"]
    assert row_of(printed, "bad.pdf") == ["未说明", "未说明", "无", "无", "无", "0", "0", "0", "未能读取"]
    assert "folder" not in printed


def test_a_summary_counts_what_agencies_got_wrong():
    two, one = tabbed(2, 0, 0, 0, 0, 0, 2), tabbed(1, 0, 0, 0, 0, 0, 1)
    text = requests_text(new_received=two, carried_over=ZEROS, results_total=one, carried_forward=ZEROS)
    assert row_of(summary(extract(text.encode(), "c.txt")), "c.txt")[-3:] == ["0", "2", "需要人工核对"]


def test_lost_cells_are_not_counted_as_read():
    text = (PROACTIVE + END).replace("规章\t0\t0\t0\n", "")
    assert row_of(summary(extract(text.encode(), "d.txt")), "d.txt")[-4:-1] == ["7", "0", "0"]


def test_brackets_in_a_file_name_are_no_markup():
    assert "[draft]a.txt" in summary(failed_record(Source("[draft]a.txt", "", ""), "input.empty", "空", TABLES))
