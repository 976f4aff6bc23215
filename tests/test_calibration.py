import math

import numpy as np
import pytest

from extractor.features import feature_names
from extractor.model import AlignerModel, ReadingTraits, ReadingWeights
from extractor.shapes import STRAY, Shape
from training.calibration import Ranking, RowScores, calibrate, rankings, row_scores
from training.examples import Example

SUM_OF_TWO = ((), (), (0, 1))
FIELDS = ReadingTraits._fields


def shape(count, totals=SUM_OF_TWO):
    places = tuple(range(count))
    return Shape(
        totals, places, places, (False,) * count, (None,) * count, (False,) * count, count, None, None, 0, False
    )


def example(printed, columns, totals=SUM_OF_TWO):
    return Example(shape(len(printed), totals), columns, printed)


def model(**log_weights):
    """A model that knows only a few features; without any it finds all steps alike."""
    weights = np.zeros((len(feature_names()), 1), np.float32)
    for name, weight in log_weights.items():
        weights[feature_names().index(name.replace("_is_", "="))] = weight
    return AlignerModel("by hand", "", ((weights, np.zeros(1, np.float32)),))


IN_ORDER = {"left_is_0": 40}  # value number n is in column n


def traits(**values):
    return [float(values.get(name, 0)) for name in FIELDS]


def ranking(truth, *groups, count=1):
    return Ranking(tuple(np.array(group, float) for group in groups), truth, count)


# --- the readings of examples ----------------------------------------------------------------------------------------


def test_readings_of_a_row_with_their_traits():
    (found,) = rankings(model(), [example((1, 2, 3), (0, 1, 2))])
    every = {tuple(group[0]) for group in found.traits}
    best = found.traits[found.truth]
    assert best.shape == (1, 5)
    assert best[0, 1:].tolist() == [1, 0, 0, 0]  # adds up, nothing is stray
    assert len(found.traits) > 5
    assert best[0, 0] == pytest.approx(-math.log(4) - math.log(3) - math.log(2))
    assert len(every) > 2


def test_readings_that_are_no_sum_are_broken():
    (found,) = rankings(model(), [example((1, 2, 4), (0, 1, 2))])
    assert found.traits[found.truth][0, 1:].tolist() == [0, 1, 0, 0]


def test_stray_and_wasted_values_are_counted():
    (found,) = rankings(model(), [example((1, 2, 3, 9), (0, 1, 2, STRAY))])
    assert found.traits[found.truth][0, 1:].tolist() == [1, 0, 0, 0]  # one is too many
    (found,) = rankings(model(), [example((1, 2, 3, 9), (0, 1, STRAY, STRAY))])
    assert found.traits[found.truth][0, 1:].tolist() == [0, 0, 0, 1]
    (found,) = rankings(model(), [example((1, 9), (0, STRAY))])
    assert found.traits[found.truth][0, 1:].tolist() == [0, 0, 1, 0]


def test_readings_with_the_same_values_stand_together():
    (found,) = rankings(model(), [example((0, 0, 0), (0, 1, 2))])
    alone = len(found.traits[found.truth])
    (found,) = rankings(model(), [example((0, 0, 0, 0), (0, 1, 2, STRAY))])
    together = found.traits[found.truth]
    assert alone == 1
    assert together.shape == (4, 5)  # whichever of the four is no cell
    assert len({tuple(group[0]) for group in found.traits}) > 1


def test_a_dash_is_neither_0_nor_nothing():
    (found,) = rankings(model(), [example((None, 1, 1), (0, 1, 2))])
    assert found.traits[found.truth][0, 1:].tolist() == [1, 0, 0, 0]
    (one,) = rankings(model(), [example((None, 1), (1, 2))])
    (other,) = rankings(model(), [example((None, 1), (STRAY, 2))])
    assert one.truth != other.truth


def test_equal_examples_are_ranked_once():
    one, other = example((1, 2, 3), (0, 1, 2)), example((1, 1), (0, 2))
    found = list(rankings(model(), [one, other, one, one]))
    assert [ranking.times for ranking in found] == [3, 1]
    assert list(rankings(model(), [])) == []


def test_examples_of_one_shape_may_have_other_values():
    found = list(rankings(model(), [example((1, 2, 3), (0, 1, 2)), example((1, 2, 4), (0, 1, 2))]))
    assert [ranking.traits[ranking.truth][0, 1] for ranking in found] == [1, 0]


def test_the_truth_may_not_be_among_the_readings():
    (right,) = rankings(model(**IN_ORDER), [example((1, 2, 3), (0, 1, 2))])
    assert right.truth == 0
    (wrong,) = rankings(model(**IN_ORDER), [example((5, 5), (0, 2))])
    assert wrong.truth is None
    assert len(wrong.traits) == 1


# --- how well they are ranked ----------------------------------------------------------------------------------------


def test_scores_of_rows_by_hand():
    even = [[traits(score=-1)], [traits(score=-1)]]
    clear = [[traits(score=-1)], [traits(score=-9)]]
    weights = ReadingWeights()
    p = 1 / (1 + math.exp(-8))
    for found, expected in (
        (ranking(0, *clear), RowScores(1, 1, 1, 1, -math.log(p))),
        (ranking(1, *clear), RowScores(1, 0, 1, 0, -math.log(1 - p))),
        (ranking(0, *clear, count=4), RowScores(4, 4, 4, 4, -4 * math.log(p))),
        (ranking(0, *even), RowScores(1, 1, 0, 0, math.log(2))),
        (ranking(1, *even), RowScores(1, 0, 0, 0, math.log(2))),
        (ranking(None, *clear), RowScores(1, 0, 1, 0, 6 * math.log(10))),
        (ranking(None, *even), RowScores(1, 0, 0, 0, 6 * math.log(10))),
        (ranking(0, [traits(score=-3)]), RowScores(1, 1, 1, 1, 0)),
    ):
        assert row_scores([found], weights) == pytest.approx(expected)


def test_scores_are_added():
    clear = ranking(0, [traits(score=-1)], [traits(score=-9)], count=2)
    wrong = ranking(1, [traits(score=-1)], [traits(score=-9)])
    both, one, other = (row_scores(found, ReadingWeights()) for found in ([clear, wrong], [clear], [wrong]))
    assert both == pytest.approx(one.plus(other))
    assert both[:4] == (3, 2, 3, 2)
    assert row_scores([], ReadingWeights()) == RowScores()


def test_readings_of_one_group_count_together():
    """Two readings with 0.3 each outweigh one with 0.4."""
    pair = [traits(score=math.log(0.3))] * 2
    found = ranking(0, pair, [traits(score=math.log(0.4))])
    assert row_scores([found], ReadingWeights()) == pytest.approx(RowScores(1, 1, 0, 0, -math.log(0.6)))


def test_a_row_is_sure_from_99_percent():
    for odds, sure in ((98, 0), (100, 1)):
        found = ranking(0, [traits(score=math.log(odds))], [traits(score=0)])
        assert row_scores([found], ReadingWeights()).sure == sure


@pytest.mark.parametrize("name", FIELDS)
def test_every_trait_is_weighed(name):
    found = ranking(0, [traits(**{name: 2})], [traits()])
    weights = ReadingWeights(**(dict.fromkeys(FIELDS, 0.0) | {name: 0.5}))
    assert row_scores([found], weights).loss == pytest.approx(math.log(1 + math.exp(-1)))


# --- calibration -----------------------------------------------------------------------------------------------------


def three_of_four(name, count=1, times=10):
    """Rows in which the reading with a trait is right in three of four cases."""
    groups = [[traits(**{name: 1})], [traits()]]
    return [ranking(truth, *groups, count=count) for truth in (0, 0, 0, 1)] * times


@pytest.mark.parametrize("name", ["score", "sums"])
def test_weights_are_what_the_shares_say(name):
    weights = calibrate(three_of_four(name))
    assert getattr(weights, name) == pytest.approx(math.log(3), abs=0.05)


@pytest.mark.parametrize("name", ["broken", "stray", "wasted"])
def test_weights_of_bad_traits_are_negative(name):
    groups = [[traits()], [traits(**{name: 1})]]
    weights = calibrate([ranking(truth, *groups) for truth in (0, 0, 0, 1)] * 10)
    assert getattr(weights, name) == pytest.approx(-math.log(3), abs=0.05)


def test_rows_that_occur_often_count_with_the_root_of_their_number():
    groups = [[traits(sums=1)], [traits()]]
    weights = calibrate([ranking(0, *groups, count=9), ranking(1, *groups, count=1)])
    assert weights.sums == pytest.approx(math.log(3), abs=0.05)


def test_calibration_makes_the_truth_likelier():
    found = [
        *three_of_four("sums"),
        *three_of_four("score"),
        ranking(0, [traits(score=-3)], [traits(score=-1, broken=1)]),
    ]
    before, after = row_scores(found, ReadingWeights()), row_scores(found, calibrate(found))
    assert after.loss < 0.98 * before.loss


def test_what_is_not_open_is_not_learned_from():
    closed = [ranking(None, [traits(sums=1)], [traits()]), ranking(0, [traits(broken=1)])]
    start = calibrate([])
    assert calibrate(closed) == start
    assert start.sums > 0 > start.broken
    assert calibrate([*three_of_four("sums"), *closed * 20]) == calibrate(three_of_four("sums"))


def test_a_trait_that_is_never_wrong_gets_no_endless_weight():
    found = [ranking(0, [traits(sums=1)], [traits()])] * 50
    weights = calibrate(found)
    assert 2 < weights.sums < 20


def test_calibration_is_the_same_each_time():
    assert calibrate(three_of_four("sums")) == calibrate(iter(three_of_four("sums")))


def test_a_model_is_calibrated_by_its_own_rankings():
    """A model that finds all steps alike learns from the sums of the rows where their values are."""
    rows = [example((a, b, a + b), (0, 1, 2)) for a in range(1, 5) for b in range(1, 4)]
    rows += [example((a, a), (place, 2)) for a in range(1, 5) for place in (0, 1)]
    found = list(rankings(model(), rows))
    before, after = row_scores(found, ReadingWeights()), row_scores(found, calibrate(found))
    assert after.loss < 0.5 * before.loss
    assert after.right > before.right
