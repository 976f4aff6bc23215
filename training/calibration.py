"""From the scores of a classifier to probabilities of whole readings, fitted on publishers that it has not seen."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from extractor.align import Assignment, decode
from extractor.model import AlignerModel, ReadingWeights, reading_traits
from extractor.shapes import STRAY
from training.examples import Example

_READINGS = 24
_SURE = 0.99
_RIDGE = 1e-4  # keeps a trait that is rarely seen from an endless weight
_START = (1.0, 2.0, -2.0, -1.0, -3.0)


class Ranking(NamedTuple):
    """The readings of an example, those with the same values together.

    Attributes:
        traits: of each group its readings' :class:`~extractor.model.ReadingTraits`.
        truth: which group has the true values; None when none has.
        times: how often the example occurs.
    """

    traits: tuple[np.ndarray, ...]
    truth: int | None
    times: int


def rankings(model: AlignerModel, found: Iterable[Example]) -> Iterator[Ranking]:
    """The readings that a model gives to each distinct example."""
    counts = Counter(found)
    shapes = list({example.shape: None for example in counts})
    walks = {
        shape: list(decode(steps, len(shape.slots), _READINGS))
        for shape, steps in zip(shapes, model.log_probabilities(shapes), strict=True)
    }
    for example, count in counts.items():
        yield _ranking(example, walks[example.shape], count)


def _ranking(example: Example, walks: Iterable[tuple[Assignment, float]], count: int) -> Ranking:
    groups: dict[tuple[float | None, ...], list[tuple[float, ...]]] = {}
    for assignment, score in walks:
        values = _values(example, assignment)
        numbers = [None if value is None or math.isinf(value) else value for value in values]
        groups.setdefault(values, []).append(
            reading_traits(score, numbers, example.shape.totals, assignment.count(STRAY), len(assignment))
        )
    truth = _values(example, example.columns)
    traits = tuple(np.array(group, float) for group in groups.values())
    return Ranking(traits, list(groups).index(truth) if truth in groups else None, count)


def _values(example: Example, assignment: Sequence[int]) -> tuple[float | None, ...]:
    """The number of each column in a reading; a dash is :data:`math.inf`, so that it differs from nothing."""
    values: list[float | None] = [None] * len(example.shape.totals)
    for printed, column in zip(example.printed, assignment, strict=True):
        if column != STRAY:
            values[column] = math.inf if printed is None else printed
    return tuple(values)


def _weigh(ranking: Ranking, weights: Sequence[float] | np.ndarray) -> np.ndarray:
    """Log-probability of each group of readings."""
    scored = np.array([np.logaddexp.reduce(traits @ np.asarray(weights)) for traits in ranking.traits])
    result: np.ndarray = scored - np.logaddexp.reduce(scored)
    return result


def calibrate(found: Iterable[Ranking]) -> ReadingWeights:
    """Fit what makes a reading of a whole row likely (conditional logit, McFadden 1974).

    Args:
        found: readings by classifiers that were not fitted on these publishers.
    """
    open_rows = [ranking for ranking in found if ranking.truth is not None and len(ranking.traits) > 1]
    if not open_rows:
        return ReadingWeights(*_START)
    sizes = [len(traits) for ranking in open_rows for traits in ranking.traits]
    every = np.concatenate([traits for ranking in open_rows for traits in ranking.traits])
    group_starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    row_sizes = np.array([len(ranking.traits) for ranking in open_rows])
    row_starts = np.concatenate([[0], np.cumsum(row_sizes)[:-1]])
    true_groups = row_starts + [ranking.truth or 0 for ranking in open_rows]
    counts = np.sqrt([ranking.times for ranking in open_rows])

    def loss(weights: np.ndarray) -> float:
        groups = np.logaddexp.reduceat(every @ weights, group_starts)
        likelihood = np.sum(counts * (groups[true_groups] - np.logaddexp.reduceat(groups, row_starts))) / counts.sum()
        return float(_RIDGE * np.sum((weights - _START) ** 2) - likelihood)

    best = minimize(
        loss, np.array(_START), method="Nelder-Mead", options={"xatol": 0.01, "fatol": 1e-6, "maxiter": 900}
    )
    return ReadingWeights(*(round(float(weight), 4) for weight in best.x))


class RowScores(NamedTuple):
    """Counts of rows: all, those whose best reading is right, those it is sure of, those sure and right; and Σ -log p(truth)."""

    rows: float = 0
    right: float = 0
    sure: float = 0
    sure_right: float = 0
    loss: float = 0.0

    @property
    def right_share(self) -> float:
        """Of all rows."""
        return self.right / max(self.rows, 1)

    @property
    def sure_share(self) -> float:
        """Of all rows."""
        return self.sure / max(self.rows, 1)

    @property
    def sure_right_share(self) -> float:
        """Of the rows that it is sure of."""
        return self.sure_right / max(self.sure, 1)

    @property
    def mean_loss(self) -> float:
        """Log loss of a row."""
        return self.loss / max(self.rows, 1)

    def plus(self, other: "RowScores") -> "RowScores":
        """Both together."""
        return RowScores(*(one + more for one, more in zip(self, other, strict=True)))


def row_scores(found: Iterable[Ranking], weights: ReadingWeights) -> RowScores:
    """How well readings of rows are ranked."""
    total = RowScores()
    for ranking in found:
        log_probabilities = _weigh(ranking, weights)
        best = int(np.argmax(log_probabilities))
        is_right, is_sure = best == ranking.truth, math.exp(log_probabilities[best]) >= _SURE
        own = -log_probabilities[ranking.truth] if ranking.truth is not None else -math.log(1e-6)
        count = ranking.times
        total = total.plus(
            RowScores(count, count * is_right, count * is_sure, count * (is_right and is_sure), count * float(own))
        )
    return total
