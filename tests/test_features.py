import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import features
from extractor.document import Where
from extractor.features import Steps, feature_matrix, feature_names, schema, steps
from extractor.model import current_model
from extractor.numbers import parse
from extractor.shapes import STRAY, Row, shapes
from extractor.tokens import Token

SUM_OF_TWO = ((), (), (0, 1))
NO_TOTALS = ((), (), ())


def token(text, x=0.0, line=1):
    where = Where(line, 0, len(text))
    if not text:
        return Token("blank", "", where, line, x, True)
    return Token("value", text, where, line, x, True, number=parse(text))


def row(*texts, totals=NO_TOTALS, cut=False, first_x=1, lines=None):
    lines = lines or [1] * len(texts)
    slots = tuple(token(text, x, line) for x, (text, line) in enumerate(zip(texts, lines, strict=True), start=first_x))
    return Row(slots, totals, cut)


def shape_of(printed, *others):
    return shapes([printed, *others])[0]


def bits(shape, place, previous, column):
    one = Steps(*(np.array([number]) for number in (place, previous, column)))
    (vector,) = feature_matrix(shape, one)
    return {name for name, bit in zip(feature_names(), vector, strict=True) if bit}


shape_rows = st.lists(
    st.lists(st.sampled_from(["", "0", "3", "12", "/"]), min_size=1, max_size=6).filter(any), min_size=1, max_size=4
)


# --- the fingerprint -------------------------------------------------------------------------------------------------


def test_schema_is_that_of_the_packaged_model():
    details = json.loads((current_model() / "model.json").read_text(encoding="utf-8"))
    assert schema() == details["features"]
    assert len(feature_names()) == details["n_features"]


def test_feature_names_are_distinct():
    assert len(set(feature_names())) == len(feature_names())


@pytest.mark.parametrize(
    "change",
    [
        lambda names: (*names, "new"),
        lambda names: names[:-1],
        lambda names: (names[1], names[0], *names[2:]),
        lambda names: (names[0] + "x", *names[1:]),
    ],
    ids=["added", "removed", "swapped", "renamed"],
)
def test_schema_changes_with_the_features(monkeypatch, change):
    before = schema()
    changed = change(feature_names())
    monkeypatch.setattr(features, "feature_names", lambda: changed)
    assert schema() != before
    assert len(schema()) == len(before)


# --- shapes ----------------------------------------------------------------------------------------------------------


def test_rows_with_other_numbers_have_the_same_shape():
    one, other = shapes([row("3", "", "7"), row("1,165", "", "28")])
    assert one == other


@pytest.mark.parametrize(
    "other",
    [
        row("0", "", "7"),
        row("3", "7", ""),
        row("", "3", "7"),
        row("3", "7"),
        row("3", "", "7", totals=SUM_OF_TWO),
        row("3", "", "7", cut=True),
    ],
    ids=["a zero", "blank last", "blank first", "no blank", "with a total", "cut"],
)
def test_rows_that_differ_in_layout_have_other_shapes(other):
    assert shape_of(row("3", "", "7")) != shape_of(other)


def test_values_are_counted_in_cells_from_the_label():
    shape = shape_of(row("", "", "3", "", "0"))
    assert shape.slots == (2, 4)
    assert shape.length == 5
    assert shape.zero == (False, True)


def test_a_dash_is_a_value_but_not_a_zero():
    shape = shape_of(row("/", "0", "4"))
    assert shape.slots == (0, 1, 2)
    assert shape.zero == (False, True, False)


def test_full_rows_tell_where_values_begin_and_how_long_rows_are():
    shape = shape_of(row("3", "", ""), row("", "1", "2", "3", ""), row("", "4", "5", "9", ""))
    assert (shape.lead, shape.usual) == (1, 5)
    assert shape.full == 3  # two rows of three, in quarters


def test_only_witnesses_tell_what_rows_agree_on():
    rows = [row("3", "", ""), row("", "1", "2", "3")]
    assert shapes(rows, [True, False])[0].lead is None
    assert shapes(rows, [True, True])[0].lead == 1


def test_rows_of_other_width_are_no_witnesses():
    shape = shape_of(row("3", "", ""), Row((token("", 1), token("5", 2)), ((),)))
    assert shape.lead is None


def test_positions_of_full_rows_give_the_column_of_a_value():
    full = row("1", "2", "3", first_x=4)
    assert shape_of(row("8", first_x=5), full, full).at == (1,)
    assert shape_of(row("8", first_x=40), full, full).at == (STRAY,)
    assert shape_of(row("8", first_x=5), row("", "2", "", first_x=4)).at == (None,)


def test_wider_gaps_between_lines_stand_for_blanks():
    assert shape_of(row("7", "1", "8", lines=[1, 2, 4])).soft == (0, 1, 3)
    assert shape_of(row("7", "1", "8", lines=[1, 2, 3])).soft == (0, 1, 2)
    assert shape_of(row("7", "1", "8", lines=[1, 1, 1])).soft == (0, 1, 2)


def test_runs_of_carriage_returns_repeat_the_whole_gap():
    assert shape_of(row("7", "1", "8", lines=[1, 4, 10])).soft == (0, 1, 3)


def test_a_value_alone_on_a_line_while_others_share_one_is_a_break():
    assert shape_of(row("7", "1", "8", lines=[1, 1, 3])).breaks == (False, False, True)
    assert shape_of(row("7", "1", "8", lines=[1, 2, 3])).breaks == (False, False, False)


# --- steps and vectors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("values", "width"), [(1, 1), (2, 3), (3, 2), (4, 4)])
def test_steps_are_all_moves_to_the_right_and_stray(values, width):
    expected = {
        (place, previous, column)
        for place in range(values)
        for previous in range(-1, width)
        for column in (STRAY, *range(width))
        if (place or previous == -1) and (column == STRAY or column > previous)
    }
    found = list(zip(*(part.tolist() for part in steps(values, width)), strict=True))
    assert len(found) == len(expected)
    assert set(found) == expected


@settings(max_examples=60, deadline=None)
@given(rows=shape_rows, cut=st.booleans())
def test_a_matrix_has_one_bit_for_each_counted_feature(rows, cut):
    for shape in shapes([row(*texts, totals=SUM_OF_TWO, cut=cut) for texts in rows]):
        if not shape.slots:
            continue
        matrix = feature_matrix(shape)
        assert matrix.shape == (len(steps(len(shape.slots), 3).place), len(feature_names()))
        assert set(np.unique(matrix)) <= {0.0, 1.0}
        groups = {}
        for number, name in enumerate(feature_names()):
            if "=" in name:
                groups.setdefault(name.split("=")[0], []).append(number)
        assert len(groups) == 15
        for name, numbers in groups.items():
            assert (matrix[:, numbers].sum(axis=1) == 1).all(), name


def test_chosen_steps_are_rows_of_the_whole_matrix():
    shape = shape_of(row("3", "0", "", "4"))
    every = steps(3, 3)
    some = [5, 0, 2]
    chosen = Steps(*(part[some] for part in every))
    assert np.array_equal(feature_matrix(shape, chosen), feature_matrix(shape)[some])


def test_bits_of_the_first_value_of_a_full_row():
    found = bits(shape_of(row("0", "2", "2", totals=SUM_OF_TWO)), 0, -1, 0)
    assert {"extra=0", "jump=0", "blanks=0", "left=0", "slot=0", "lead=0", "place=0", "full=4"} <= found
    assert {"zero", "first&zero&not_all", "slots_fit&slot", "lead_fits", "at_fits"} <= found
    assert found.isdisjoint({"stray", "total_column", "last_column", "last", "cut", "all_zero", "break"})


def test_bits_of_a_total_in_the_last_column():
    found = bits(shape_of(row("1", "1", "2", totals=SUM_OF_TWO)), 2, 1, 2)
    assert {"total_column", "last_column", "last", "last&last", "reaches_end", "place=2"} <= found
    assert found.isdisjoint({"stray", "zero", "zero_before"})


def test_bits_of_a_stray_zero():
    found = bits(shape_of(row("5", "0", "1", "6", totals=SUM_OF_TWO)), 1, 0, STRAY)
    assert {"stray", "stray&zero", "stray&surplus", "extra=1", "jump=?", "left=?", "slot=?"} <= found
    assert found.isdisjoint({"total_column", "last_column", "at_fits", "lead_fits"})


def test_the_widths_of_the_forms_have_bits_of_their_own():
    seen = {}
    for width in (1, 2, 3, 4, 5, 7, 15):
        found = bits(shapes([row("1", totals=((),) * width)])[0], 0, -1, 0)
        (seen[width],) = (name for name in found if name.startswith("width="))
    assert len(set(seen.values())) == len(seen)
    assert seen[4] == "width=?"


def test_what_is_not_known_has_a_bit_of_its_own():
    found = bits(shape_of(row("5", "", "6", "")), 0, -1, 0)
    assert {"lead=?", "at=?", "usual=?"} <= found


def test_counts_beyond_the_range_take_its_last_bit():
    wide = shape_of(row(*["1"] * 12))
    assert {"extra=3", "place=3", "spare_cells=4"} <= bits(wide, 11, 0, 1)
    assert "left=4" in bits(wide, 11, 0, 1)


def test_a_blank_between_values_is_counted():
    found = bits(shape_of(row("5", "", "6")), 1, 0, 2)
    assert {"blanks=1", "jump=1", "jump_less_blanks=0", "slot=0", "left=-1", "blanks_inside"} <= found
