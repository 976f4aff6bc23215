from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.runs import balanced_cuts, cuts

digits = st.text("0123456789", min_size=1, max_size=9)
zero_rich = st.text("0012", min_size=1, max_size=9)


def is_number(text):
    return text == "0" or not text.startswith("0")


def every_cut(run, count):
    for places in combinations(range(1, len(run)), count - 1):
        edges = (0, *places, len(run))
        parts = tuple(run[start:end] for start, end in pairwise(edges))
        if all(map(is_number, parts)):
            yield parts


@st.composite
def some_totals(draw):
    count = draw(st.integers(1, 5))
    places = [draw(st.sets(st.integers(0, place - 1), max_size=place)) if place else set() for place in range(count)]
    return tuple(tuple(sorted(parts)) for parts in places)


def adds_up(parts, totals):
    return all(
        not own or int(parts[place]) == sum(int(parts[other]) for other in own) for place, own in enumerate(totals)
    )


@settings(max_examples=150, deadline=None)
@given(run=st.one_of(digits, zero_rich), count=st.integers(1, 6))
def test_cuts_are_all_ways_without_leading_zeros(run, count):
    assert sorted(cuts(run, count)) == sorted(every_cut(run, count))


@settings(max_examples=100, deadline=None)
@given(run=digits, decimals=st.text("0123456789", min_size=1, max_size=3), count=st.integers(1, 5))
def test_cut_parts_give_the_run_back_and_decimals_stay_with_the_last(run, decimals, count):
    for parts in cuts(f"{run}.{decimals}", count):
        assert "".join(parts) == f"{run}.{decimals}"
        assert len(parts) == count
        assert parts[-1].endswith(f".{decimals}")
        assert not any("." in part for part in parts[:-1])


@settings(max_examples=150, deadline=None)
@given(run=st.one_of(digits, zero_rich), totals=some_totals())
def test_balanced_cuts_are_the_cuts_that_add_up(run, totals):
    expected = [parts for parts in every_cut(run, len(totals)) if adds_up(parts, totals)]
    assert sorted(balanced_cuts(run, totals)) == sorted(expected)


@settings(max_examples=100, deadline=None)
@given(parts=st.lists(st.integers(0, 999), min_size=6, max_size=6))
def test_the_true_cut_of_a_row_with_a_total_is_found(parts):
    row = tuple(map(str, (*parts, sum(parts))))
    assert row in set(balanced_cuts("".join(row), ((),) * 6 + ((0, 1, 2, 3, 4, 5),)))


@pytest.mark.parametrize(
    ("run", "count", "expected"),
    [
        ("1153", 3, [("1", "1", "53"), ("1", "15", "3"), ("11", "5", "3")]),
        ("000", 3, [("0", "0", "0")]),
        ("000", 2, []),
        ("100", 2, [("10", "0")]),
        ("12.50", 2, [("1", "2.50")]),
        ("0.5", 1, [("0.5",)]),
        ("00.5", 1, []),
        ("12", 3, []),
        ("12", 0, []),
    ],
)
def test_cuts_of_known_runs(run, count, expected):
    assert sorted(cuts(run, count)) == expected


@pytest.mark.parametrize("run", ["", "1.5", "1 2", "+12"])
def test_only_plain_digits_are_balanced(run):
    assert list(balanced_cuts(run, ((), (0,)))) == []


def test_all_cuts_that_add_up_are_given():
    row = ((),) * 6 + ((0, 1, 2, 3, 4, 5),)
    assert set(balanced_cuts("111000012", row)) == {
        ("1", "11", "0", "0", "0", "0", "12"),
        ("11", "1", "0", "0", "0", "0", "12"),
        ("1", "1", "10", "0", "0", "0", "12"),
    }


def test_a_long_balanced_run_is_cut_at_once():
    numbers = ["12345", "6789", "120", "0", "31", "4567", "23852"]
    row = ((),) * 6 + ((0, 1, 2, 3, 4, 5),)
    assert tuple(numbers) in set(balanced_cuts("".join(numbers), row))
