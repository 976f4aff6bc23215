from dataclasses import replace
from random import Random

import pytest
from helpers_localise import BUSY, DISPUTES, FORMS, REQUESTS, busy, cell, disputes, record, requests, table
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import extract
from extractor.check import check_relations
from extractor.document import Where
from extractor.localise import explain
from extractor.propose import proposals
from extractor.record import Claim, Proposal
from training.figures import draw_cells

MISSING = {"state": "missing", "review": True}
DOUBT = {"confidence": 0.8, "review": True}


def audited(cells, claims=()):
    """A record with the findings on its relations."""
    made = record(cells, claims=tuple(claims))
    findings = [
        finding
        for form in FORMS.values()
        if made.tables.get(form.table) == form.form
        for finding in explain(form, cells, list(check_relations(form, cells)))
    ]
    return replace(made, findings=tuple(findings))


def proposed(cells, claims=()):
    """What is proposed, without the names of the tables: value and by what."""
    found = proposals(audited(cells, claims))
    return {key.partition(".")[2]: (proposal.value, proposal.by) for key, proposal in found.items()}


def claim(key, value, scope="report", **more):
    """A claim of the prose."""
    return Claim(key, value, f"共{value}件", scope, Where(start=1, end=4), **more)


# --- wrong cells -----------------------------------------------------------------------------------------------------


def test_nothing_is_proposed_where_all_is_printed_and_adds_up():
    assert proposed(busy()) == {}


def test_a_single_correction_is_proposed_beside_the_printed_value():
    cells = disputes(10, 1, 0, 0, 0)
    before = dict(cells)
    assert proposed(cells) == {"reconsideration.total": (11, "T4.total")}
    assert cells == before
    (proposal,) = proposals(audited(cells)).values()
    assert "应等于总计" in proposal.why


def test_of_several_corrections_none_is_proposed():
    assert proposed(disputes(5, 0, 0, 0, 0)) == {}


def test_all_cells_of_a_correction_get_their_values():
    assert proposed(busy(granted=(1, 12, 0, 0, 0, 0, 13))) == {
        "granted.natural_person": (12, "T3.results"),
        "granted.business": (1, "T3.results"),
    }


# --- blank and lost cells --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state", [{}, {"state": "dash", "text": "/"}, MISSING, {"text": "5", "state": "number", **DOUBT}]
)
def test_a_cell_without_a_value_gets_what_its_relations_leave(state):
    cells = busy(granted=(12, cell(None, **state), 0, 0, 0, 0, 13))
    assert proposed(cells) == {"granted.business": (1, "T3.results")}


def test_a_total_of_nothing_makes_its_parts_nothing():
    assert proposed(disputes(None, None, 0, None, 0)) == {
        f"reconsideration.{column}": (0, "T4.total") for column in ("upheld", "corrected", "pending")
    }


def test_what_is_left_open_gets_nothing():
    assert proposed(disputes(None, None, 0, 2, 5)) == {}


def test_totals_only_leave_nothing_open_where_rows_and_columns_meet():
    blank = (None,) * 6
    only_natural = {name: (*blank, values[0]) for name, values in BUSY.items()}
    cells = requests(**only_natural | {"results_total": (21, 0, 0, 0, 0, 0, 21)})
    found = proposed(cells)
    assert found["granted.natural_person"][0] == 12
    assert found["unavailable_not_held.business"][0] == 0
    assert "new_received.natural_person" not in found
    assert {value for key, (value, _) in found.items() if key.startswith("granted") and "natural" not in key} == {0}


def test_two_lost_rows_follow_from_the_balance_when_one_is_stated_by_another_relation():
    lost = tuple(cell(None, **MISSING) for _ in range(7))
    found = proposed(busy(results_total=lost))
    assert [found[f"results_total.{column}"][0] for column in ("natural_person", "business", "total")] == [21, 3, 24]


def test_relations_that_contradict_each_other_imply_nothing():
    assert proposed(disputes(3, None, 0, None, 2)) == {}


def test_beside_an_error_only_what_it_does_not_touch_is_proposed():
    cells = busy(granted=(12, 1, 0, 0, 0, 0, 18), denied_internal_affairs=(None, None, 0, 0, 0, 0, 3))
    found = proposed(cells)
    assert found["granted.total"] == (13, "T3.results")
    assert found["denied_internal_affairs.natural_person"][0] == 3
    assert "granted.business" not in proposed(
        busy(granted=(12, None, 0, 0, 0, 0, 18), results_total=(21, 9, 0, 0, 0, 0, 24))
    )


def test_where_no_explanation_is_known_nothing_is_proposed():
    cells = busy(granted=(12, 1, 0, 0, 0, 0, 18), denied_internal_affairs=(None, None, 0, 0, 0, 0, 3))
    made = audited(cells)
    unexplained = tuple(finding._replace(corrections=()) for finding in made.findings)
    assert proposals(replace(made, findings=unexplained)) == {}


def test_doubtful_numbers_prove_nothing():
    assert proposed(disputes(cell(2, **DOUBT), None, 0, 0, 5)) == {}
    assert proposed(disputes(2, None, 0, 0, cell(5, **DOUBT))) == {}


def test_what_the_reading_proposes_stays():
    own = Proposal(4, "reading", "最可能的读法")
    cells = busy(granted=(12, cell(None, text="4", state="number", proposed=own, **DOUBT), 0, 0, 0, 0, 13))
    assert proposed(cells) == {}


def test_what_an_earlier_audit_proposed_is_found_anew():
    stale = Proposal(9, "T3.results", "")
    assert proposed(busy(granted=(12, cell(None, proposed=stale), 0, 0, 0, 0, 13))) == {
        "granted.business": (1, "T3.results")
    }


# --- what the prose states -------------------------------------------------------------------------------------------


def test_what_the_prose_states_is_proposed_with_its_words():
    cells = disputes(None, None, 0, 2, 5)
    found = proposals(audited(cells, [claim("disputes.reconsideration.upheld", 1)]))
    assert found["disputes.reconsideration.upheld"] == Proposal(1, "prose", "正文写道：“共1件”")


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param([claim("disputes.reconsideration.upheld", 1, "other")], id="another body's"),
        pytest.param(
            [claim("disputes.reconsideration.upheld", 1), claim("disputes.reconsideration.upheld", 2)], id="two"
        ),
        pytest.param([claim("disputes.reconsideration.upheld", 4)], id="more than the relation allows"),
        pytest.param([claim("disputes.reconsideration.upheld", 0.5)], id="no count"),
        pytest.param([claim("disputes.reconsideration.pending", 9)], id="printed"),
        pytest.param([claim("requests.denied.total", 1)], id="a group"),
    ],
)
def test_not_every_claim_is_a_proposal(claims):
    assert proposed(disputes(None, None, 0, 2, 5), claims) == {}


def test_relation_and_prose_that_disagree_give_nothing():
    cells = disputes(None, 1, 0, 2, 5)
    key = "disputes.reconsideration.upheld"
    assert proposed(cells, [claim(key, 2)]) == {"reconsideration.upheld": (2, "T4.total")}
    assert proposed(cells, [claim(key, 3)]) == {}


@pytest.mark.parametrize(("unit", "expected"), [("万元", {"fees.amount": (12.5, "prose")}), ("元", {}), (None, {})])
def test_amounts_are_proposed_in_the_unit_of_the_cell(unit, expected):
    cells = table(FORMS["proactive-2021"], {"proactive.fees.amount": cell(None, **MISSING)})
    assert proposed(cells, [claim("proactive.fees.amount", 12.5, unit=unit)]) == expected


def test_amounts_without_a_unit_on_the_form_are_proposed_as_stated():
    key = "proactive.procurement.amount"
    cells = table(FORMS["proactive-2019"], {key: cell(None, **MISSING)})
    assert proposed(cells, [claim(key, 225, unit="万元")]) == {"procurement.amount": (225, "prose")}
    assert proposed(cells, [claim(key, 225, unit="万元"), claim(key, 225, unit="元")]) == {}


# --- the whole record ------------------------------------------------------------------------------------------------


def test_a_lost_row_of_a_report_is_proposed_but_not_read():
    text = (
        "青石县水利局2022年政府信息公开工作年度报告\n一、总体情况\n全年未发生行政诉讼。\n三、收到和处理政府信息公开申请情况\n"
        "一、本年新收政府信息公开申请数量\t6\t0\t0\t0\t0\t0\t6\n"
        "二、上年结转政府信息公开申请数量\t0\t\t0\t0\t0\t0\t0\n"
    )
    made = extract(text.encode(), "test")
    blank = made.cells["requests.carried_over.business"]
    assert (blank.value, blank.state) == (None, "blank")
    assert blank.proposed is not None
    assert (blank.proposed.value, blank.proposed.by) == (0, "T3.applicants")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), form=st.sampled_from(["requests-2021", "disputes"]))
def test_what_is_implied_is_true(seed, form):
    random = Random(seed)
    truth = draw_cells(random, FORMS[form])
    if any(
        item.outcome == "fail" for item in check_relations(FORMS[form], {key: cell(it) for key, it in truth.items()})
    ):
        return
    cells = {key: cell(None if random.random() < 0.3 else value) for key, value in truth.items()}
    found = proposals(audited(cells))
    assert all(cells[key].value is None and proposal.value == truth[key] for key, proposal in found.items())
    assert all(key in DISPUTES.columns or key in REQUESTS.columns for key in found)
