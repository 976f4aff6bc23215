"""Rows made by hand: ``_`` is a blank cell, ``x`` a cell that is lost, ``~0`` a stray 0."""

from itertools import count
from random import Random

import pytest
from helpers_training import FORMS, row, sheet, sheet_of, sheet_with

from training.annotations import STRAY
from training.layouts import damage
from training.sheets import Printed, SheetRow
from training.styles import SEPARATING, STYLES
from training.undecidable import undecidable

PERSONS = ("natural_person", "business", "research", "public_welfare", "legal_service", "other_org")
GRANTED = {f"requests.granted.{column}" for column in (*PERSONS, "total")}
PARTS = GRANTED - {"requests.granted.total"}
ZEROS = "0 0 0 0 0 0 0"


def open_cells(some, style):
    return undecidable(some, STYLES[style](some, Random(1)))


def granted(printed, style, **others):
    """The open cells of one row of requests, printed after another."""
    return open_cells(sheet("requests-2021", new_received=ZEROS, **others, granted=printed), style)


def people(*places):
    return {f"requests.granted.{PERSONS[place]}" for place in places}


def documents(printed, style):
    """The open columns of a row without a total, printed after another."""
    some = sheet("proactive-2021", rules="0 0 0", normative_documents=printed)
    return {key.rpartition(".")[2] for key in open_cells(some, style)}


# --- glued digits ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["glued", "glued_rows"])
def test_digits_glued_without_a_total_are_open(style):
    assert documents("1 1 53", style) == {"issued", "repealed", "in_force"}  # or 1|15|3 or 11|5|3


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("0 0 0", set()),
        ("4 0 6", set()),
        ("1 2 3", set()),  # three digits, three columns
        ("0 0 12", set()),  # no number begins with 0
        ("0 1 12", {"repealed", "in_force"}),
        ("10 0 2", set()),  # 1|0|02 and 1|00|2 begin with 0
        ("12 0 3", {"issued", "repealed"}),  # or 1|20|3
        ("12 3 0", {"issued", "repealed", "in_force"}),  # or 1|2|30 or 1|23|0
    ],
)
def test_glued_digits_are_cut_as_numbers_are_written(printed, expected):
    assert documents(printed, "glued_rows") == expected


def test_a_total_decides_glued_digits():
    assert granted("151 3 0 0 0 0 154", "glued_rows") == set()
    assert granted("0 0 0 0 0 0 0", "glued") == set()


def test_cuts_that_all_add_up_leave_open_what_they_disagree_on():
    assert granted("11 1 0 0 0 0 12", "glued_rows") == people(0, 1, 2)  # or 1|11|0|… or 1|1|10|…
    assert granted("1 1 1 0 0 0 3", "glued_rows") == set()


def test_a_miscounted_total_leaves_glued_digits_open():
    assert granted("151 3 0 0 0 0 155", "glued_rows") == GRANTED


def test_as_many_digits_as_columns_need_no_total():
    assert granted("1 0 0 0 0 0 2", "glued_rows") == set()


def test_glued_digits_of_a_report_without_blanks_are_as_many_as_columns():
    whole = sheet("proactive-2021", rules="0 0 0", normative_documents="4 0 6")
    assert open_cells(whole, "glued_rows") == set()
    broken = sheet("proactive-2021", rules="_ _ _", normative_documents="4 0 6")
    assert "proactive.normative_documents.issued" in open_cells(broken, "glued_rows")


def test_blanks_of_glued_rows_leave_the_total():
    assert granted("3 _ _ _ _ _ 3", "glued_rows") == PARTS
    assert granted("_ _ _ _ _ _ _", "glued_rows") == set()


def permits(printed):
    found = open_cells(sheet("proactive-2019", permits=printed), "glued_rows")
    return {key.rpartition(".")[2] for key in found}


def test_a_sign_begins_a_number_of_a_glued_row():
    assert permits("26 -4 2") == {"previous_items", "change", "decisions"}  # or 2|6|-42


def test_a_sign_stays_with_its_digits():
    assert permits("6 +4 2") == set()
    assert permits("6 0 +2") == set()


# --- blanks that leave no trace --------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["space_rows", "wide_spaces"])
def test_blanks_without_a_trace_leave_the_total(style):
    assert granted("3 _ _ _ _ _ 3", style) == PARTS
    assert granted("_ _ _ _ 3 _ 3", style) == PARTS


def test_two_parts_and_their_total():
    assert granted("3 _ 1 _ _ _ 4", "space_rows") == PARTS
    assert granted("3 1 1 1 1 _ 7", "space_rows") == PARTS


def test_a_single_value_may_be_in_any_column():
    assert granted("_ _ _ _ _ _ 6", "space_rows") == GRANTED


def test_a_miscounted_total_leaves_everything_open():
    assert granted("3 _ 1 _ _ _ 5", "space_rows") == GRANTED


def test_a_total_of_0_is_no_better_than_another_column():
    assert granted("0 _ _ _ _ _ 0", "space_rows") == GRANTED


def test_a_row_without_a_blank_is_plain():
    assert granted("3 1 0 0 0 0 9", "space_rows") == set()


def test_a_row_without_a_value_is_empty():
    assert granted("_ _ _ _ _ _ _", "space_rows") == set()


@pytest.mark.parametrize("style", [style for style in SEPARATING if style not in ("space_rows", "wide_spaces")])
@pytest.mark.parametrize("printed", ["3 _ _ _ _ _ 3", "_ _ _ _ _ _ 6", "3 _ 1 _ _ _ 5"])
def test_visible_blanks_leave_nothing_open(style, printed):
    some = sheet("requests-2021", new_received=ZEROS, granted=printed)
    shows = {True: 0, False: 0}
    for seed in range(8):
        text = STYLES[style](some, Random(seed))
        shows[text.shows_blanks] += 1
        assert bool(undecidable(some, text)) is not text.shows_blanks
    assert shows[True] > 0
    assert shows[False] == 0 or style == "cell_per_line"


def test_dashes_are_no_blanks():
    assert granted("3 / / / / / 3", "space_rows") == set()


def test_a_dropped_blank_is_open_where_others_show():
    assert granted("3 x x x x x 3", "pipe_rows") == PARTS


def test_lost_values_are_open_but_the_total():
    assert granted("x x 0 2 0 0 2", "pipe_rows") == PARTS


def test_a_lost_total_is_open():
    assert granted("0 0 0 0 0 0 x", "pipe_rows") == GRANTED
    assert granted("3 0 1 0 0 0 x", "pipe_rows") == set()  # no other value is the sum


def test_a_row_of_one_cell_is_never_open():
    some = sheet("proactive-2021", permits="12", penalties="_", coercive_measures="0")
    for style in STYLES:
        assert open_cells(some, style) == set()


def test_the_disputes_row_is_open_where_its_blanks_are_gone():
    some = sheet_with("disputes", row("disputes", "", "0 1 0 0 1 2 _ _ _ 2 0 0 0 0 0"))
    assert open_cells(some, "pipe_rows") == set()
    assert {f"disputes.litigation_direct.{column}" for column in ("upheld", "corrected", "other", "pending")} <= (
        open_cells(some, "space_rows")
    )


def test_the_totals_of_the_disputes_row_decide_its_digits():
    some = sheet_with("disputes", row("disputes", "", "0 1 0 0 1 12 0 0 0 12 0 0 0 0 0"))
    assert open_cells(some, "glued_rows") == set()


# --- strays ----------------------------------------------------------------------------------------------------------


def test_a_column_of_strays_is_seen():
    column = {"carried_over": f"~0 {ZEROS}", "partially_granted": "~0 1 0 0 0 0 0 1"}
    assert granted("~0 3 0 0 0 0 0 3", "pipe_rows", **column) == set()
    assert granted("3 0 0 0 0 0 ~0 3", "pipe_rows", **column) != set()  # elsewhere than in the other rows


def test_a_stray_in_one_row_leaves_the_places_that_it_may_have():
    assert granted("~0 3 0 0 0 0 0 3", "pipe_rows") == people(0, 1)
    assert granted("3 ~0 0 0 0 0 0 3", "pipe_rows") == set()  # whichever 0 it is
    assert granted("3 0 0 1 ~0 0 0 4", "pipe_rows") == people(2, 3)


def test_strays_among_zeros_tell_nothing():
    assert granted(f"~0 {ZEROS}", "pipe_rows") == set()


def test_a_page_number_is_told_by_the_total():
    assert granted("3 0 0 0 0 0 3 ~7", "pipe_rows") == set()
    assert granted("0 0 0 0 0 0 0 ~7", "pipe_rows") == set()
    assert documents("0 0 0 ~7", "pipe_rows") == {"in_force"}  # no total tells


def test_strays_after_the_only_value_of_a_row_leave_nothing_open():
    some = sheet("proactive-2021", permits="12 ~0 ~0")
    assert open_cells(some, "pipe_rows") == set()


def test_rows_that_the_form_does_not_have_have_no_cells():
    extra = SheetRow("data", ("其他主动公开文件",), (Printed("1", STRAY), Printed("15", STRAY), Printed("3", STRAY)))
    some = sheet_with("proactive-2021", row("proactive-2021", "rules", "0 0 0"), extra)
    for style in STYLES:
        assert open_cells(some, style) <= set(FORMS["proactive-2021"].columns)
    assert open_cells(some, "pipe_rows") == set()


# --- many readings ---------------------------------------------------------------------------------------------------


def test_a_row_with_too_many_readings_is_open():
    long = "1111111 2222222 3333333"
    assert documents(long, "glued_rows") == {"issued", "repealed", "in_force"}
    strays = " ".join(["1 2 3 4 5 6 21", *(f"~{value}" for value in range(30, 44))])
    assert granted(strays, "pipe_rows") == GRANTED


# --- drawn sheets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", [style for style in SEPARATING if style not in ("space_rows", "wide_spaces")])
def test_clean_reports_in_styles_that_show_everything_are_decidable(style):
    for seed in range(10):
        text = STYLES[style](sheet_of(seed), Random(seed))
        if text.shows_blanks:
            assert not undecidable(sheet_of(seed), text)


def test_open_cells_are_cells_of_the_sheet():
    names = ["extra_column", "blank_dropped", "stray_zero", "leading_lost", "extra_row"]
    opened = 0
    for seed, style in zip(count(), [*SEPARATING, "space_rows"]):
        some = damage(sheet_of(seed), Random(seed), 0.9, names)
        found = undecidable(some, STYLES[style](some, Random(seed)))
        assert found <= some.truth.keys()
        opened += len(found)
    assert opened > 0
