import json
from dataclasses import replace

import pytest
from helpers_late import REPORT
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import extract
from extractor.audit import examine
from extractor.checks import Context
from extractor.record import Proposal, Record

RECORD = extract(REPORT.encode(), "a.txt")
TOTAL = "disputes.reconsideration.total"
PARTS = [f"disputes.reconsideration.{column}" for column in ("upheld", "corrected", "other", "pending")]


def altered(key, **changes):
    return replace(RECORD, cells={**RECORD.cells, key: RECORD.cells[key]._replace(**changes)})


def failed(record):
    return [(finding.code, finding.cause) for finding in record.findings if finding.outcome == "fail"]


def printed(record):
    return {key: (cell.value, cell.text, cell.state, cell.where) for key, cell in record.cells.items()}


def test_a_clean_report_stays_clean():
    assert failed(examine(Context(RECORD))) == []
    assert examine(Context(RECORD)).status == "ok"


def test_a_printed_error_is_the_agencys_and_needs_no_flag():
    record = examine(Context(altered(TOTAL, value=4, text="4")))
    assert failed(record) == [("T4.total", "agency")]
    assert record.status == "review"
    assert not any(cell.review for cell in record.cells.values())
    assert record.cells[TOTAL].value == 4


def test_what_a_misreading_would_explain_is_flagged():
    record = examine(Context(altered(TOTAL, value=7, text="7", confidence=0.9)))
    ((code, cause),) = failed(record)
    assert (code, cause) == ("T4.total", "misread")
    assert record.cells[TOTAL].review
    assert record.cells[TOTAL].value == 7


def test_proposals_of_an_earlier_audit_are_made_anew():
    old, read = Proposal(9, "T4.total", "旧"), Proposal(3, "reading", "最可能的读法")
    assert examine(Context(altered(TOTAL, proposed=old))).cells[TOTAL].proposed is None
    assert examine(Context(altered(TOTAL, proposed=read))).cells[TOTAL].proposed == read


def test_a_lost_cell_is_proposed_and_not_read():
    record = examine(Context(altered(TOTAL, value=None, text="", state="missing", review=True, where=None)))
    cell = record.cells[TOTAL]
    assert (cell.value, cell.state, cell.review) == (None, "missing", True)
    assert cell.proposed.value == sum(RECORD.cells[key].value for key in PARTS)


@settings(max_examples=40, deadline=None)
@given(key=st.sampled_from(sorted(RECORD.cells)), value=st.integers(0, 10**6), confidence=st.floats(0, 1))
def test_no_printed_value_is_ever_changed_and_no_flag_taken_away(key, value, confidence):
    before = altered(key, value=value, text=str(value), confidence=confidence, review=confidence < 0.5)
    after = examine(Context(before))
    assert printed(after) == printed(before)
    assert all(after.cells[each].review for each, cell in before.cells.items() if cell.review)


@pytest.mark.parametrize("times", [1, 3])
def test_an_audit_of_an_audit_says_the_same(times):
    first = examine(Context(altered(TOTAL, value=4, text="4")))
    again = first
    for _ in range(times):
        again = examine(Context(Record.from_dict(json.loads(json.dumps(again.to_dict())))))
    assert [finding.message for finding in again.findings] == [finding.message for finding in first.findings]
    assert {key: cell.proposed for key, cell in again.cells.items()} == {
        key: cell.proposed for key, cell in first.cells.items()
    }


def test_what_is_only_worth_knowing_needs_no_person():
    text = REPORT.replace("五、存在的主要问题及改进情况\n栏目更新还不够及时。\n", "")
    record = extract(text.encode(), "a.txt")
    assert {finding.severity for finding in record.findings if finding.outcome == "fail"} <= {"info"}
    assert record.status == "ok"
