import pytest
from helpers_late import DISPUTES, END, PROACTIVE, REPORT

from extractor import extract

RULES = tuple(f"proactive.rules.{column}" for column in ("issued", "repealed", "in_force"))
TABLE = PROACTIVE + END


def failed(text, **options):
    data = text if isinstance(text, bytes) else text.encode()
    return [finding for finding in extract(data, "test", **options).findings if finding.outcome == "fail"]


def only(text, **options):
    (finding,) = failed(text, **options)
    return finding


def changed(old, new, text=TABLE):
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.mark.parametrize("text", [REPORT, TABLE, DISPUTES + END])
def test_a_clean_report_has_nothing_to_tell(text):
    assert failed(text) == []
    assert extract(text.encode(), "test").status == "ok"


def test_a_value_of_no_row_is_reported_with_its_label_and_place():
    text = changed("规章\t0\t0\t0\n", "规章\t0\t0\t0\n政策解读材料\t8\t9\t10\n")
    finding = only(text)
    assert (finding.code, finding.severity) == ("table.unread", "warning")
    assert "政策解读材料" in finding.message
    assert "8 9 10" in finding.message
    assert text[finding.where.start : finding.where.end] == "8"
    assert finding.where.line == 5


def test_a_row_printed_twice_with_other_numbers_is_reported():
    found = {f.code: f for f in failed(changed("规章\t0\t0\t0\n", "规章\t0\t0\t0\n规章\t0\t0\t5\n"))}
    finding = found["table.repeated_row"]
    assert finding.cells == RULES
    assert "数字不同" in finding.message


def test_a_row_printed_twice_alike_is_no_conflict():
    record = extract(changed("规章\t0\t0\t0\n", "规章\t0\t0\t0\n规章\t0\t0\t0\n").encode(), "test")
    assert "table.repeated_row" not in {finding.code for finding in record.findings}
    assert [record.cells[key].value for key in RULES] == [0, 0, 0]


def test_a_changed_head_is_reported_for_the_cells_below_it():
    found = failed(changed("本年废止件数", "本年修改份额"))
    assert [finding.code for finding in found] == ["table.head_changed"] * 2
    assert [finding.cells for finding in found] == [
        ("proactive.rules.repealed",),
        ("proactive.normative_documents.repealed",),
    ]


def test_a_row_without_label_is_reported_as_read_by_order():
    finding = only(changed("规章\t0\t0\t0", "\t4\t0\t9"))
    assert (finding.code, finding.severity, finding.cells) == ("table.row_by_order", "info", RULES)


def test_missing_cells_are_counted():
    finding = only(changed("规章\t0\t0\t0\n", ""))
    assert (finding.code, finding.severity) == ("table.incomplete", "warning")
    assert finding.cells == RULES
    assert "有 3 个单元格" in finding.message


def test_damaged_characters_are_reported():
    finding = only(changed("栏目更新", "栏\ufffd更新"))
    assert (finding.code, finding.severity) == ("document.damaged", "warning")
    assert "1 个字符" in finding.message


def test_undecodable_bytes_are_reported():
    finding = only(REPORT.encode("gb18030").replace("更新".encode("gb18030"), b"\xff\xff"))
    assert finding.code == "document.damaged"
    assert "gb18030" in finding.message


def test_a_year_that_contradicts_the_report_is_reported():
    finding = only(REPORT, year=2023)
    assert finding.code == "document.year"
    assert "2023" in finding.message
    assert "2021" in finding.message


def test_a_year_that_agrees_or_adds_is_not_reported():
    assert failed(REPORT, year=2021) == []
    assert failed(TABLE, year=2023) == []


def test_findings_of_the_reviewer_make_a_status():
    assert extract(REPORT.encode(), "test", year=2023).status == "review"
    assert extract(REPORT.encode(), "test", year=2021).status == "ok"
