from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.reliability import Reliability


def reliability(*cells):
    """Cells as (confidence, right)."""
    found = Reliability()
    for confidence, right in cells:
        found.add(confidence, right)
    return found


def several(confidence, right, wrong=0):
    return [(confidence, True)] * right + [(confidence, False)] * wrong


# --- bins ------------------------------------------------------------------------------------------------------------


def test_there_are_twenty_bins_of_equal_width():
    steps = [0.0, 0.0499, 0.05, 0.0999, 0.1, 0.5, 0.9499, 0.95, 0.9999, 1.0]
    found = reliability(*((step, True) for step in steps)).bins()
    assert [item.cells for item in found] == [2, 2, 1, 1, 1, 3]  # 1.0 belongs to the last, not to one of its own


def test_a_bin_has_its_mean_confidence_and_its_share_right():
    (low, high) = reliability((0.32, True), (0.34, False), *several(0.98, right=3, wrong=1)).bins()
    assert low == (2, pytest.approx(0.33), 0.5)
    assert high == (4, pytest.approx(0.98), 0.75)


def test_no_cells_have_no_bins():
    assert Reliability().bins() == []
    assert reliability((None, False)).bins() == []


# --- calibration -----------------------------------------------------------------------------------------------------


def test_the_calibration_error_is_the_mean_distance_weighed_by_cells():
    found = reliability(*several(0.9, right=6, wrong=2), *several(0.6, right=1, wrong=1))
    assert found.calibration_error() == pytest.approx((8 * abs(0.9 - 0.75) + 2 * abs(0.6 - 0.5)) / 10)


def test_confidence_that_is_true_has_no_error():
    assert reliability(*several(0.75, right=3, wrong=1)).calibration_error() == pytest.approx(0)


def test_distances_of_bins_do_not_cancel():
    found = reliability(*several(0.8, right=10), *several(0.2, right=0, wrong=10))
    assert found.calibration_error() == pytest.approx(0.2)


def test_cells_that_were_not_found_have_no_calibration():
    assert reliability((None, False), (None, True), *several(1.0, right=5)).calibration_error() == 0
    assert reliability((None, False)).calibration_error() == 0


# --- coverage --------------------------------------------------------------------------------------------------------


def test_coverage_is_the_share_that_can_be_accepted():
    found = reliability(*several(0.99, right=6), (0.9, False), *several(0.8, right=3))
    assert found.coverage(1.0) == 0.6
    assert found.coverage(0.9) == 1.0  # 9 of 10: an error is made up for by what comes after it
    assert found.coverage(6 / 7) == 1.0
    assert found.coverage(0.91) == 0.6


def test_cells_of_equal_confidence_are_accepted_together():
    found = reliability(*several(0.99, right=9, wrong=1), *several(0.5, right=0, wrong=10))
    assert found.coverage(0.9) == 0.5
    assert found.coverage(0.95) == 0  # the nine cannot be told from the one


def test_cells_that_were_not_found_are_never_accepted():
    found = reliability(*several(0.99, right=3), (None, False))
    assert found.coverage(1.0) == found.coverage(0.5) == 0.75
    assert found.cells == 4
    assert reliability((None, True)).coverage(0.0) == 0


def test_no_cells_have_no_coverage():
    assert Reliability().coverage() == 0


def test_the_precision_meant_is_one_error_in_a_thousand():
    assert reliability(*several(1.0, right=999, wrong=1)).coverage() == 1
    assert reliability(*several(1.0, right=998, wrong=1)).coverage() == 0


# --- together --------------------------------------------------------------------------------------------------------


def test_merged_counts_are_those_of_all_cells():
    one, other = several(0.9, right=3, wrong=2), [(0.9, True), (None, False), (0.1, False)]
    together = reliability(*one)
    together.merge(reliability(*other))
    assert together == reliability(*one, *other)
    assert together.counts == Counter({(90_000, True): 4, (90_000, False): 2, (10_000, False): 1})
    assert together.unfound == 1


def test_the_figures_as_data():
    data = reliability(*several(0.9, right=6, wrong=2), (None, False)).to_dict()
    assert data == {
        "calibration_error": 0.15,
        "precision": 0.999,
        "coverage": 0.0,
        "cells": 9,
        "not_found": 1,
        "bins": [{"cells": 8, "confidence": 0.9, "right": 0.75}],
    }


CELLS = st.lists(st.tuples(st.none() | st.floats(0, 1), st.booleans()), max_size=40)
PRECISION = st.floats(0, 1)


@given(CELLS, PRECISION, PRECISION)
def test_more_precision_never_covers_more(cells, one, other):
    found = reliability(*cells)
    low, high = sorted((one, other))
    assert 0 <= found.coverage(high) <= found.coverage(low) <= 1


@given(CELLS)
def test_without_precision_all_that_was_found_is_covered(cells):
    found = reliability(*cells)
    share = sum(confidence is not None for confidence, _ in cells) / len(cells) if cells else 0
    assert found.coverage(0.0) == pytest.approx(share)


@given(CELLS)
def test_what_is_covered_is_as_precise_as_it_says(cells):
    found = reliability(*cells)
    covered = round(found.coverage(0.8) * len(cells))
    best = sorted((item for item in cells if item[0] is not None), key=lambda item: -round(item[0], 5))[:covered]
    assert sum(right for _, right in best) >= 0.8 * covered - 1e-9


@given(CELLS)
def test_the_calibration_error_is_a_share_and_bins_hold_all_cells(cells):
    found = reliability(*cells)
    assert 0 <= found.calibration_error() <= 1
    assert sum(item.cells for item in found.bins()) == sum(confidence is not None for confidence, _ in cells)
    assert all(0 <= item.confidence <= 1 and 0 <= item.right <= 1 for item in found.bins())


@given(CELLS, CELLS)
def test_merging_is_adding_all_cells(one, other):
    together = reliability(*one)
    together.merge(reliability(*other))
    assert together == reliability(*one, *other)
