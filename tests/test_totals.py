import pytest

from extractor.forms import forms
from extractor.totals import row_totals, sums_disagree

REQUESTS = ((), (), (), (), (), (), (0, 1, 2, 3, 4, 5))
DISPUTES_ROW = ((), (), (), (), (0, 1, 2, 3))


def cells(form_id, row):
    form = next(form for form in forms() if form.id == form_id)
    return tuple(key for key in form.columns if row is None or key.split(".")[1] == row)


@pytest.mark.parametrize("form_id", ["requests-2019", "requests-2021"])
@pytest.mark.parametrize("row", ["new_received", "granted", "results_total", "carried_forward"])
def test_the_last_of_seven_applicant_columns_is_the_total(form_id, row):
    assert row_totals(cells(form_id, row)) == REQUESTS


def test_a_row_across_has_a_total_in_each_group():
    totals = row_totals(cells("disputes", None))
    assert len(totals) == 15
    assert {place: parts for place, parts in enumerate(totals) if parts} == {
        4: (0, 1, 2, 3),
        9: (5, 6, 7, 8),
        14: (10, 11, 12, 13),
    }


@pytest.mark.parametrize(
    ("form_id", "row"),
    [("proactive-2021", "rules"), ("proactive-2021", "fees"), ("proactive-2019", "permits")],
)
def test_rows_without_totals(form_id, row):
    assert not any(row_totals(cells(form_id, row)))


@pytest.mark.parametrize(
    ("values", "totals", "disagree"),
    [
        ((1, 2, 0, 0, 0, 0, 3), REQUESTS, False),
        ((1, 2, 0, 0, 0, 0, 4), REQUESTS, True),
        ((0, 0, 0, 0, 0, 0, 1), REQUESTS, True),
        ((0, 0, 0, 0, 0, 0, 0), REQUESTS, False),
        ((None,) * 7, REQUESTS, False),
        ((1, None, 0, 0, 0, 0, 4), REQUESTS, False),  # the blank may be the rest
        ((None, None, None, None, None, None, 4), REQUESTS, False),
        ((7, 1, 8, None, None, None, None), REQUESTS, True),  # the total stands in another column
        ((7, 1, 9, None, None, None, None), REQUESTS, False),
        ((7, 1, None, None, None, None, 8), REQUESTS, False),
        ((5, None, None, None, None, None, None), REQUESTS, False),
        ((0, 0, 0, None, None, None, None), REQUESTS, False),
        ((1, 0, 0, 0, 1), DISPUTES_ROW, False),
        ((1, 0, 0, 0, 2), DISPUTES_ROW, True),
        ((1, 2, 3), ((), (), ()), False),
    ],
)
def test_sums_disagree(values, totals, disagree):
    assert sums_disagree(values, totals) is disagree


def test_each_group_of_a_row_across_is_checked():
    totals = row_totals(cells("disputes", None))
    right = [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2]
    assert not sums_disagree(right, totals)
    for place in (4, 9, 14):
        wrong = list(right)
        wrong[place] += 1
        assert sums_disagree(wrong, totals)
