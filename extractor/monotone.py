"""Monotone alignment of a sequence of items to a sequence of slots: each slot takes at most one item, order is kept.

Items may be left out, slots may be skipped; both have a weight. Used to find the rows of a form in a table.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


def best_path(scores: Scores, drops: Scores, skip: float) -> tuple[list[int], float]:
    """The best alignment (Viterbi).

    Args:
        scores: log-weight of each item (row) at each slot (column); ``-inf`` where impossible.
        drops: log-weight of leaving out each item.
        skip: log-weight of each slot skipped between two that are taken.

    Returns:
        The slot of each item (-1: left out), and the weight of the whole alignment.
    """
    skips = _skips(scores.shape[1], skip)
    weights = _start(scores.shape[1])
    before = []
    for score, drop in zip(scores, drops, strict=True):
        before.append(weights)
        weights = weights + drop
        np.maximum(weights[1:], (before[-1] + skips).max(axis=1) + score, out=weights[1:])
    state = int(np.argmax(weights))
    weight = float(weights[state])
    path = [-1] * len(scores)
    for place in reversed(range(len(scores))):
        dropped = before[place][state] + drops[place]
        reached = before[place] + skips[state - 1] if state else None
        if reached is not None and reached.max() + scores[place, state - 1] > dropped:
            path[place] = state - 1
            state = int(np.argmax(reached))
    return path, weight


def posterior(scores: Scores, drops: Scores, skip: float) -> Scores:
    """Probability of each item at each slot over all alignments (forward-backward); arguments as in :func:`best_path`."""
    reach = np.exp(_skips(scores.shape[1], skip))
    taken, left = np.exp(scores), np.exp(drops)
    weights = np.exp(_start(scores.shape[1]))
    forward = []
    for take, leave in zip(taken, left, strict=True):  # weight of the items so far, by the last slot taken
        forward.append(weights)
        weights = leave * weights
        weights[1:] += take * (reach @ forward[-1])
        weights /= weights.sum()
    result = np.zeros_like(scores)
    after = np.ones(scores.shape[1] + 1)  # weight of the items that follow, by the last slot taken
    for place in reversed(range(len(scores))):
        placed = taken[place] * after[1:]
        result[place] = placed * (reach @ forward[place])
        dropped = left[place] * after
        result[place] /= result[place].sum() + dropped @ forward[place]
        after = dropped + placed @ reach
        after /= after.sum()
    return result


def _start(slots: int) -> Scores:
    """Log-weights before the first item, by the last slot taken; index 0: none."""
    weights = np.full(slots + 1, -np.inf)
    weights[0] = 0.0
    return weights


@lru_cache(maxsize=64)
def _skips(slots: int, skip: float) -> Scores:
    """Log-weight of going to each slot (row) from each last slot taken (column, 0: none); the first may be any slot."""
    target, last = np.arange(slots)[:, None], np.arange(slots + 1)
    weights = np.where(last <= target, skip * (target - last), -np.inf)
    weights[:, 0] = 0.0
    return weights
