import math
import time
from random import Random

import pytest
from helpers_localise import (
    BUSY,
    DISPUTES,
    FORMS,
    REQUESTS,
    busy,
    causes,
    cell,
    corrections,
    disputes,
    explained,
    requests,
    row,
    still_failing,
    table,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import localise
from extractor.check import check_relations
from extractor.document import Where
from extractor.localise import explain
from extractor.localise.bounds import propagate
from extractor.localise.slips import edit_cost, one_digit
from extractor.localise.system import system_of
from training.figures import draw_cells

DOUBT = {"confidence": 0.8, "review": True}


# --- what is left alone ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cells", [busy(), disputes(1, None, 0, 4, 9), table(DISPUTES, dict.fromkeys(DISPUTES.columns)), disputes()]
)
def test_findings_that_do_not_fail_stay_as_they_are(cells):
    form = REQUESTS if "requests.granted.total" in cells else DISPUTES
    findings = list(check_relations(form, cells))
    assert explain(form, cells, findings) == findings


def test_only_failed_findings_change_and_only_in_cause_corrections_and_message():
    cells = busy(granted=(12, 1, 0, 0, 0, 0, 18))
    before = list(check_relations(REQUESTS, cells))
    after = explain(REQUESTS, cells, before)
    for old, new in zip(before, after, strict=True):
        assert new._replace(cause=old.cause, corrections=(), message=old.message) == old
        assert (new == old) == (old.outcome != "fail")
        assert new.message.startswith(old.message)


# --- one number ------------------------------------------------------------------------------------------------------


def test_a_total_that_can_alone_be_wrong_is_named():
    found = explained(DISPUTES, disputes(10, 1, 0, 0, 0))
    assert corrections(found) == [{"reconsideration.total": 11}]
    assert causes(found) == {"agency"}
    assert "“行政复议·总计”为 0，应为 11" in found[0].message
    assert "不唯一" not in found[0].message


def test_where_several_numbers_may_be_wrong_all_are_listed():
    found = explained(DISPUTES, disputes(5, 0, 0, 0, 0))
    assert corrections(found)[0] == {"reconsideration.total": 5}
    assert {"reconsideration.upheld": 0} in corrections(found)
    assert "不唯一" in found[0].message


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"granted": (12, 1, 0, 0, 0, 0, 18)}, {"granted.total": 13}),
        ({"granted": (2, 1, 0, 0, 0, 0, 13)}, {"granted.natural_person": 12}),
        ({"results_total": (21, 3, 0, 0, 0, 0, 42)}, {"results_total.total": 24}),
        ({"carried_over": (2, 0, 1, 0, 0, 0, 2)}, {"carried_over.research": 0}),
        ({"results_total": (21, 0, 0, 0, 0, 0, 24)}, {"results_total.business": 3}),
    ],
)
def test_the_cell_where_failing_relations_meet_is_wrong(changed, wrong):
    found = explained(REQUESTS, busy(**changed))
    assert len(found) >= 2
    assert corrections(found) == [wrong]
    assert causes(found) == {"agency"}


def test_the_more_plausible_slip_comes_first():
    # Only totals are printed. A digit of 13 may be lost; for any other total to be 12 more, it must be quite wrong.
    blank = (None,) * 6
    rows = {name: (*blank, values[-1]) for name, values in BUSY.items()} | {"granted": (*blank, 1)}
    found = explained(REQUESTS, requests(**rows))
    assert corrections(found)[0] == {"granted.total": 13}
    assert len(corrections(found)) > 1


def test_blank_cells_can_take_what_makes_sums_hold_but_not_less_than_nothing():
    cells = busy(granted=(12, None, None, None, None, None, 3))
    found = explained(REQUESTS, cells)  # the row itself can't be verified, but 12 can't be a part of 3
    assert {"granted.total": 13} in corrections(
        [item for item in found if item.cells[-1].endswith("results_total.total")]
    )


# --- several numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        pytest.param(  # a column
            {"granted": (12, 1, 0, 0, 0, 0, 8), "unavailable_not_held": (6, 2, 0, 0, 0, 0, 13)},
            {"granted.total": 13, "unavailable_not_held.total": 8},
            id="column",
        ),
        pytest.param(
            {"granted": (1, 12, 0, 0, 0, 0, 13)}, {"granted.natural_person": 12, "granted.business": 1}, id="row"
        ),
    ],
)
def test_two_swapped_cells_are_one_error(changed, wrong):
    found = explained(REQUESTS, busy(**changed))
    assert corrections(found)[0] == wrong
    assert causes(found) == {"agency"}


@pytest.mark.parametrize(
    ("printed", "wrong"),
    [
        ((0, 12, 1, 0, 0, 0, 13), {"natural_person": 12, "business": 1, "research": 0}),
        ((0, 12, 1, 0, 0, 0, 0), {"natural_person": 12, "business": 1, "research": 0, "total": 13}),
        ((1, 0, 0, 0, 0, 13, 0), {"natural_person": 12, "business": 1, "other_org": 0, "total": 13}),
    ],
)
def test_a_row_that_is_shifted_by_a_column_is_one_error(printed, wrong):
    found = explained(REQUESTS, busy(granted=printed))
    assert corrections(found)[0] == {f"granted.{column}": value for column, value in wrong.items()}
    assert causes(found) == {"agency"}


def test_errors_that_have_nothing_to_do_with_each_other_are_told_apart():
    cells = busy(granted=(2, 1, 0, 0, 0, 0, 13), carried_forward=(1, 0, 0, 0, 0, 0, 4))
    found = explained(REQUESTS, cells)
    assert {
        finding.corrections for finding in found if finding.corrections[0][0].key == "requests.granted.natural_person"
    }
    assert {len(finding.corrections) for finding in found} == {1}
    assert {change for finding in found for change in finding.corrections[0]} == {
        ("requests.granted.natural_person", 12),
        ("requests.carried_forward.total", 1),
    }


def test_two_tables_in_one_line_are_told_apart():
    found = explained(DISPUTES, disputes(10, 1, 0, 0, 0, litigation_direct=(3, 4, 0, 0, 0)))
    assert [finding.corrections for finding in found] == [
        ((("disputes.reconsideration.total", 11),),),
        ((("disputes.litigation_direct.total", 7),),),
    ]


def test_a_row_that_was_left_out_of_the_sums():
    found = explained(REQUESTS, busy(rejected_petition=(4, 0, 0, 0, 0, 0, 4)))
    assert corrections(found)[0] == {"rejected_petition.natural_person": 0, "rejected_petition.total": 0}


def test_the_solver_finds_what_no_single_act_explains():
    cells = busy(
        granted=(12, 1, 0, 0, 0, 0, 19),
        denied_internal_affairs=(3, 0, 0, 0, 0, 0, 7),
        unavailable_not_held=(6, 2, 0, 0, 0, 0, 3),
    )
    found = explained(REQUESTS, cells)
    assert corrections(found)[0] == {
        "granted.total": 13,
        "denied_internal_affairs.total": 3,
        "unavailable_not_held.total": 8,
    }


# --- whose error -----------------------------------------------------------------------------------------------------


def test_a_doubtful_digit_is_our_misreading():
    cells = busy(granted=(12, 1, 0, 0, 0, 0, cell(1, **DOUBT)))
    found = explained(REQUESTS, cells)
    assert corrections(found)[0] == {"granted.total": 13}
    assert causes(found) == {"misread"}
    assert "误读" in found[0].message


def test_a_doubtful_number_that_is_quite_another_may_be_anybodys_error():
    cells = busy(granted=(12, 1, 0, 0, 0, 0, cell(978, **DOUBT)))
    assert causes(explained(REQUESTS, cells)) == {"unknown"}


@pytest.mark.parametrize("emptied", [None, 0])
def test_a_number_in_the_wrong_column_is_our_misreading(emptied):
    cells = busy(granted=(12, cell(emptied, **DOUBT), cell(1, **DOUBT), 0, 0, 0, 13))
    found = explained(REQUESTS, cells)
    assert causes(found) == {"misread"}
    assert {"granted.business": 1, "granted.research": 0} in corrections(found)


def test_a_doubtful_cell_that_explains_nothing_does_not_make_it_our_error():
    cells = busy(granted=(12, 1, cell(0, **DOUBT), 0, 0, 0, 18))
    assert causes(explained(REQUESTS, cells)) == {"agency"}


def test_when_a_certain_and_a_doubtful_cell_explain_it_equally_well_nobody_knows():
    cells = disputes(cell(3, confidence=0.997, review=True), 0, 0, 0, 8)
    found = explained(DISPUTES, cells)
    assert {frozenset(one) for one in corrections(found)} >= {
        frozenset({"reconsideration.upheld"}),
        frozenset({"reconsideration.total"}),
    }
    assert causes(found) == {"unknown"}


def test_a_row_that_is_flagged_only_because_it_does_not_add_up_is_the_agencys():
    flagged = [cell(value, review=True) for value in (10, 1, 0, 0, 0)]
    assert causes(explained(DISPUTES, disputes(*flagged))) == {"agency"}


def run(*values, confidence=0.7, apart=0, bbox=None):
    """A row cut from one run of digits."""
    cells, place = [], 100
    for value in values:
        length = len(str(value))
        where = Where(1, place, place + length, bbox=bbox)
        cells.append(cell(value, confidence=confidence, review=True, where=where))
        place += length + apart
    return tuple(cells)


def test_digits_of_which_no_cut_adds_up_are_printed_wrong():
    found = explained(REQUESTS, busy(granted=run(2, 1, 0, 0, 0, 0, 13)))
    assert corrections(found)[0] == {"granted.natural_person": 12}
    assert causes(found) == {"agency"}


@pytest.mark.parametrize("more", [{"apart": 1}, {"bbox": (0.0, 0.0, 9.0, 9.0)}], ids=["separate", "from a page"])
def test_digits_that_may_have_been_lost_are_not_called_the_agencys(more):
    found = explained(REQUESTS, busy(granted=run(2, 1, 0, 0, 0, 0, 13, **more)))
    assert causes(found) == {"misread"}


def test_digits_that_add_up_when_they_are_cut_elsewhere_are_misread():
    found = explained(REQUESTS, busy(granted=run(1, 21, 0, 0, 0, 0, 13)))
    assert {"granted.natural_person": 12, "granted.business": 1} in corrections(found)
    assert causes(found) == {"misread"}


# --- limits ----------------------------------------------------------------------------------------------------------


def test_when_the_time_is_out_nothing_is_said(monkeypatch):
    monkeypatch.setattr(localise, "SECONDS", 0.0)
    cells = busy(granted=(12, 1, 0, 0, 0, 0, 19), denied_internal_affairs=(3, 0, 0, 0, 0, 0, 7),
                 unavailable_not_held=(6, 2, 0, 0, 0, 0, 3))  # fmt: skip
    found = explained(REQUESTS, cells)
    assert causes(found) == {"unknown"}
    assert {finding.corrections for finding in found} == {()}
    assert "未能推断" in found[0].message


ODD = [
    [0, 10**60, 7 * 10**15], [0, -3, 2.5, 4, 1e300], [0, 1, 5, 30, 200], [float("inf"), 1], [float("nan"), 2, 0], [None, 3, 1],
]  # fmt: skip


@pytest.mark.parametrize("numbers", ODD, ids=str)
@pytest.mark.parametrize("form", ["requests-2019", "disputes"])
def test_any_figures_are_judged_in_time(form, numbers):
    random = Random(3)
    cells = {
        key: cell(random.choice(numbers), confidence=random.choice((1.0, 0.6)), review=random.random() < 0.2)
        for key in FORMS[form].columns
    }
    begun = time.perf_counter()
    found = explained(FORMS[form], cells)
    assert time.perf_counter() - begun < 4  # the solver's library may have to be loaded
    assert all(finding.cause for finding in found)


# --- invariants ------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    form=st.sampled_from(["requests-2019", "requests-2021", "disputes"]),
    wrong=st.integers(1, 3),
)
def test_every_correction_lets_the_relations_hold(seed, form, wrong):
    random = Random(seed)
    values = draw_cells(random, FORMS[form])
    for key in random.sample(sorted(values), wrong):
        values[key] = max(0, int(values[key]) + random.choice((-10, -1, 1, 7)))
    cells = {key: cell(value, confidence=random.choice((1.0, 1.0, 0.9))) for key, value in values.items()}
    found = explained(FORMS[form], cells)
    for finding in found:
        assert len(finding.corrections) <= localise.MOST
        assert len(set(finding.corrections)) == len(finding.corrections)
        for correction in finding.corrections:
            assert all(cells[key].value != value and value >= 0 for key, value in correction)
            after = still_failing(FORMS[form], cells, correction)
            mended = {(other.code, other.cells) for other in found if other.corrections == finding.corrections}
            assert not mended.intersection((other.code, other.cells) for other in after)
            assert {(other.code, other.cells) for other in after} <= {(other.code, other.cells) for other in found}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), form=st.sampled_from(["requests-2019", "requests-2021", "disputes"]))
def test_what_is_open_lies_within_its_bounds(seed, form):
    random = Random(seed)
    truth = draw_cells(random, FORMS[form])
    if any(
        item.outcome == "fail" for item in check_relations(FORMS[form], {key: cell(it) for key, it in truth.items()})
    ):
        return
    cells = {key: cell(None if random.random() < 0.4 else value) for key, value in truth.items()}
    bounds = propagate(system_of(FORMS[form], cells))
    assert bounds is not None
    assert bounds.keys() <= {key for key, own in cells.items() if own.value is None}
    for key, own in bounds.items():
        least = -math.inf if FORMS[form].columns[key].kind == "signed" else 0
        assert own.low > least or own.high < math.inf  # what may be anything has no bounds
        assert own.low <= truth[key] <= own.high
        assert own.value in (None, truth[key])


def test_bounds_contradict_each_other():
    cells = busy(granted=(12, None, None, None, None, None, 3))
    assert propagate(system_of(REQUESTS, cells)) is None


# --- slips -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "true", "expected"),
    [(12, 1, True), (1, 12, True), (18, 13, True), (5, 105, True), (0, 7, True), (2, 11, False), (0, 40, True), (0, 41, False),
     (21, 12, False), (3, 3, False), (2.5, 2, False), (-1, 1, False)],
)  # fmt: skip
def test_one_digit(printed, true, expected):
    assert one_digit(printed, true) is expected


@pytest.mark.parametrize(("printed", "likely", "unlikely"), [(18, 13, 977), (21, 12, 95), (0, 5, 4711), (120, 12, 7)])
def test_likely_slips_cost_less(printed, likely, unlikely):
    costs = [edit_cost(cell(printed), true, total=False) for true in (likely, unlikely)]
    assert costs[0] < costs[1]


def test_doubtful_cells_and_totals_are_wrong_more_often():
    sure, total, doubtful = (
        edit_cost(cell(18), 13, total=False),
        edit_cost(cell(18), 13, total=True),
        edit_cost(cell(18, **DOUBT), 13, total=False),
    )
    assert doubtful < total < sure
    assert row("granted", *BUSY["granted"])["requests.granted.total"] == 13
