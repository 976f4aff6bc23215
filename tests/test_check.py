import pytest
from helpers_late import REPORT, requests_text, tabbed

from extractor import extract
from extractor.check import check_record, check_relations
from extractor.document import Source
from extractor.forms import forms
from extractor.record import CellValue, Record

FORMS = {form.id: form for form in forms()}
DISPUTES = FORMS["disputes"]
REQUESTS = FORMS["requests-2021"]
RECONSIDERATION = tuple(
    f"disputes.reconsideration.{key}" for key in ("upheld", "corrected", "other", "pending", "total")
)


def number(value, *, review=False):
    return CellValue(value, str(value), "number", 1.0, review)


BLANK = CellValue(None, "", "blank", 1.0, review=False)
DASH = CellValue(None, "/", "dash", 1.0, review=False)
MISSING = CellValue(None, "", "missing", 1.0, review=True)
UNDECIDED = CellValue(None, "15", "number", 0.5, review=True)


def disputes(*cells):
    """The finding on the row of 行政复议, when the others are 0."""
    rest = [key for key in DISPUTES.columns if key not in RECONSIDERATION]
    values = dict.fromkeys(rest, number(0)) | dict(zip(RECONSIDERATION, cells, strict=True))
    found = [finding for finding in check_relations(DISPUTES, values) if finding.cells == RECONSIDERATION]
    (finding,) = found
    return finding


def all_zero(form):
    return dict.fromkeys(form.columns, number(0))


def failing(findings):
    return [(finding.code, finding.cells[0]) for finding in findings if finding.outcome == "fail"]


# --- one relation ----------------------------------------------------------------------------------------------------


def test_a_sum_that_holds_passes():
    finding = disputes(number(1), number(2), number(0), number(4), number(7))
    assert (finding.code, finding.outcome, finding.severity, finding.cause) == ("T4.total", "pass", "error", None)
    assert "行政复议：相符" in finding.message


def test_a_wrong_sum_fails_and_names_both_sides():
    finding = disputes(number(1), number(2), number(0), number(4), number(9))
    assert (finding.outcome, finding.severity, finding.cause) == ("fail", "error", "agency")
    assert finding.cells == RECONSIDERATION
    assert finding.message.endswith("但为 7 与 9")


def test_a_wrong_sum_of_doubtful_cells_may_be_ours():
    finding = disputes(number(1), number(2, review=True), number(0), number(4), number(9))
    assert (finding.outcome, finding.cause) == ("fail", "unknown")


@pytest.mark.parametrize("empty", [BLANK, DASH], ids=["blank", "dash"])
def test_blanks_count_as_zero_when_the_sum_then_holds(empty):
    assert disputes(number(1), empty, empty, number(4), number(5)).outcome == "pass"


@pytest.mark.parametrize("empty", [BLANK, DASH], ids=["blank", "dash"])
def test_blanks_make_a_wrong_sum_unverifiable(empty):
    finding = disputes(number(1), empty, number(0), number(4), number(9))
    assert (finding.outcome, finding.severity, finding.cause) == ("unverifiable", "info", None)
    assert "空白" in finding.message


@pytest.mark.parametrize("lost", [MISSING, UNDECIDED], ids=["missing", "undecided"])
def test_lost_or_open_cells_make_a_relation_unverifiable(lost):
    finding = disputes(number(1), lost, number(0), number(4), number(5))
    assert (finding.outcome, finding.severity) == ("unverifiable", "info")
    assert "缺失或未能确定" in finding.message


def test_a_row_of_blanks_is_unverifiable():
    finding = disputes(BLANK, BLANK, BLANK, BLANK, BLANK)
    assert finding.outcome == "unverifiable"
    assert "均为空" in finding.message


def test_decimals_are_compared_with_care():
    assert disputes(number(0.1), number(0.2), number(0), number(0), number(0.3)).outcome == "pass"
    assert disputes(number(0.1), number(0.2), number(0), number(0), number(0.301)).message.endswith("但为 0.3 与 0.301")


# --- forms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form_id", "count"),
    [("disputes", 3), ("requests-2021", 7 + 7 + 25), ("requests-2019", 7 + 7 + 23), ("proactive-2021", 0)],
)
def test_every_relation_of_a_form_is_checked(form_id, count):
    form = FORMS[form_id]
    found = list(check_relations(form, all_zero(form)))
    assert [finding.outcome for finding in found] == ["pass"] * count


def test_relations_of_cells_that_are_not_there_are_left_out():
    cells = {key: number(0) for key in REQUESTS.columns if ".new_received." in key}
    found = list(check_relations(REQUESTS, cells))
    assert [(finding.code, finding.outcome) for finding in found] == [("T3.applicants", "pass")]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("requests.new_received.research", [("T3.applicants", "new_received"), ("T3.balance", "research")]),
        ("requests.granted.research", [("T3.applicants", "granted"), ("T3.results", "research")]),
        (
            "requests.results_total.total",
            [("T3.applicants", "results_total"), ("T3.balance", "total"), ("T3.results", "total")],
        ),
        ("requests.carried_forward.business", [("T3.applicants", "carried_forward"), ("T3.balance", "business")]),
    ],
)
def test_one_wrong_number_breaks_the_relations_it_is_in(key, expected):
    found = [f for f in check_relations(REQUESTS, all_zero(REQUESTS) | {key: number(1)}) if f.outcome == "fail"]
    broken = []
    for finding in found:
        at = {cell.split(".")[1 if finding.code == "T3.applicants" else 2] for cell in finding.cells}
        broken.append((finding.code, *at))
        assert key in finding.cells
    assert sorted(broken) == expected


# --- records ---------------------------------------------------------------------------------------------------------


def record(tables, cells):
    return Record(Source("test", "0" * 64, "text/plain"), None, None, None, tables, cells, (), "ok")


def test_a_record_is_checked_against_the_forms_it_names():
    cells = all_zero(DISPUTES) | {"disputes.reconsideration.total": number(1)}
    found = list(check_record(record({"proactive": None, "requests": None, "disputes": "2021"}, cells)))
    assert failing(found) == [("T4.total", "disputes.reconsideration.upheld")]
    assert len(found) == 3


def test_a_table_that_is_not_there_is_not_checked():
    cells = all_zero(DISPUTES) | {"disputes.reconsideration.total": number(1)}
    assert list(check_record(record({"disputes": None}, cells))) == []


def test_the_form_of_a_record_decides_which_rows_are_summed():
    old = FORMS["requests-2019"]
    cells = all_zero(old) | {
        key: number(1)
        for row in ("new_received", "other_handling", "results_total")
        for key in (f"requests.{row}.natural_person", f"requests.{row}.total")
    }
    assert failing(check_record(record({"requests": "2019"}, cells))) == []


def test_a_report_of_an_agency_that_miscounted():
    zeros = tabbed(*"0000000")
    one, two = tabbed(1, 0, 0, 0, 0, 0, 1), tabbed(2, 0, 0, 0, 0, 0, 2)
    text = requests_text(new_received=two, carried_over=zeros, results_total=one, carried_forward=zeros)
    found = [finding for finding in extract(text.encode(), "test").findings if finding.code == "T3.balance"]
    outcomes = {finding.cells[0].split(".")[2]: (finding.outcome, finding.cause) for finding in found}
    assert outcomes["natural_person"] == outcomes["total"] == ("fail", "agency")
    assert outcomes["business"] == ("pass", None)


def test_checking_a_saved_record_gives_the_findings_of_its_extraction():
    text = REPORT.replace("0\t1\t0\t0\t1\t", "0\t1\t0\t0\t4\t")
    made = extract(text.encode(), "test")
    again = list(check_record(Record.from_dict(made.to_dict())))
    before = [finding for finding in made.findings if finding.code.startswith("T")]
    assert [(it.code, it.outcome, it.cells) for it in again] == [(it.code, it.outcome, it.cells) for it in before]
    assert all(one.message.startswith(other.message) for one, other in zip(before, again, strict=True))
    assert failing(again) == [("T4.total", "disputes.reconsideration.upheld")]
