from itertools import combinations, pairwise, product
from math import exp, inf, isclose, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.monotone import best_path, posterior


def alignments(items, slots):
    """Every alignment: the slot of each item, or -1; slots rise."""
    for path in product(range(-1, slots), repeat=items):
        taken = [slot for slot in path if slot >= 0]
        if all(one < other for one, other in pairwise(taken)):
            yield list(path)


def weigh(path, scores, drops, skip):
    """Items and slots weighed one by one; slots before the first and after the last one taken cost nothing."""
    taken = [slot for slot in path if slot >= 0]
    skipped = taken[-1] - taken[0] + 1 - len(taken) if taken else 0
    own = sum(drops[item] if slot < 0 else scores[item][slot] for item, slot in enumerate(path))
    return own + (skip * skipped if skipped else 0.0)


@st.composite
def problems(draw, impossible=True):
    items, slots = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    weight = st.integers(-12, 12).map(lambda number: number / 2)
    score = st.one_of(weight, st.just(-inf)) if impossible else weight
    scores = draw(st.lists(st.lists(score, min_size=slots, max_size=slots), min_size=items, max_size=items))
    drops = draw(st.lists(weight, min_size=items, max_size=items))
    return np.array(scores, dtype=float), np.array(drops, dtype=float), draw(st.sampled_from([0.0, -0.3, -1.5]))


def test_the_enumeration_is_complete():
    for items, slots in product(range(1, 5), repeat=2):
        count = sum(
            len(list(combinations(range(items), n))) * len(list(combinations(range(slots), n))) for n in range(5)
        )
        assert len(list(alignments(items, slots))) == count


@settings(max_examples=150, deadline=None)
@given(problems())
def test_the_best_path_is_the_best_of_all(problem):
    scores, drops, skip = problem
    path, weight = best_path(scores, drops, skip)
    ways = list(alignments(*scores.shape))
    assert path in ways
    assert isclose(weight, weigh(path, scores, drops, skip), abs_tol=1e-9)
    assert isclose(weight, max(weigh(way, scores, drops, skip) for way in ways), abs_tol=1e-9)


@settings(max_examples=150, deadline=None)
@given(problems())
def test_the_posterior_is_the_share_of_all_alignments(problem):
    scores, drops, skip = problem
    expected, total = np.zeros_like(scores), 0.0
    for way in alignments(*scores.shape):
        weight = exp(weigh(way, scores, drops, skip))
        total += weight
        for item, slot in enumerate(way):
            if slot >= 0:
                expected[item, slot] += weight
    assert np.allclose(posterior(scores, drops, skip), expected / total, atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(problems(impossible=False))
def test_probabilities_add_up_to_one_at_most(problem):
    probability = posterior(*problem)
    assert (probability >= 0).all()
    assert (probability.sum(axis=0) <= 1 + 1e-9).all()
    assert (probability.sum(axis=1) <= 1 + 1e-9).all()


@settings(max_examples=50, deadline=None)
@given(problems(), st.integers(-5, 5))
def test_a_weight_added_to_all_ways_of_an_item_changes_no_probability(problem, weight):
    scores, drops, skip = problem
    assert np.allclose(posterior(scores + weight, drops + weight, skip), posterior(scores, drops, skip), atol=1e-9)


@pytest.mark.parametrize(
    ("scores", "drops", "skip", "path", "weight"),
    [
        ([[5, 0], [0, 5]], [-1, -1], -0.3, [0, 1], 10),
        ([[0, 6], [5, 0]], [-1, -1], -0.3, [1, -1], 5),
        ([[1, 1, 1]], [2], -0.3, [-1], 2),
        ([[5, 0, 0], [0, 0, 5]], [-1, -1], -0.3, [0, 2], 9.7),
        ([[0, 0, 5]], [-1], -100, [2], 5),
        ([[5, 4, 0], [0, 0, 5]], [-9, -9], -2, [1, 2], 9),
        ([[-inf, 3], [7, -inf]], [0, 0], -1, [-1, 0], 7),
    ],
)
def test_paths_are_told_by_hand(scores, drops, skip, path, weight):
    found, total = best_path(np.array(scores, dtype=float), np.array(drops, dtype=float), skip)
    assert found == path
    assert isclose(total, weight)


def test_two_equal_ways_are_equally_likely():
    scores, drops = np.zeros((1, 3)), np.array([0.0])
    assert np.allclose(posterior(scores, drops, -0.3), [[0.25, 0.25, 0.25]])


def test_a_twice_as_heavy_way_is_twice_as_likely():
    scores, drops = np.array([[log(2.0), 0.0]]), np.array([-inf])
    assert np.allclose(posterior(scores, drops, 0.0), [[2 / 3, 1 / 3]])


def test_items_that_can_stand_nowhere_are_left_out():
    scores, drops = np.full((3, 2), -inf), np.zeros(3)
    assert best_path(scores, drops, -0.3) == ([-1, -1, -1], 0.0)
    assert posterior(scores, drops, -0.3).sum() == 0


def test_no_items_give_no_path():
    scores, drops = np.zeros((0, 4)), np.zeros(0)
    assert best_path(scores, drops, -0.3) == ([], 0.0)
    assert posterior(scores, drops, -0.3).shape == (0, 4)


def test_long_tables_stay_in_range():
    rows = 200
    scores = np.full((rows, rows), -20.0)
    np.fill_diagonal(scores, 10.0)
    drops = np.full(rows, -14.0)
    path, weight = best_path(scores, drops, -0.3)
    probability = posterior(scores, drops, -0.3)
    assert path == list(range(rows))
    assert isclose(weight, 10.0 * rows)
    assert np.allclose(np.diag(probability), 1.0, atol=1e-6)


@pytest.mark.parametrize("rows", [1, 25, 60])
def test_a_table_that_is_printed_twice_is_as_likely_either_time(rows):
    scores = np.full((2 * rows, rows), -9.0)
    for item in range(2 * rows):
        scores[item, item % rows] = 13.0
    probability = posterior(scores, np.full(2 * rows, -14.0), -0.3)
    assert np.allclose(probability.sum(axis=0), 1.0, atol=1e-6)
    assert isclose(probability[0, 0], rows / (rows + 1), abs_tol=1e-6)
