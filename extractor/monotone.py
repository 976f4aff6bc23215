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
        np.maximum(weights[1:], np.maximum.reduce(before[-1] + skips, axis=1) + score, out=weights[1:])
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
    slots = scores.shape[1]
    passed: Scores = np.arange(slots, dtype=np.float64) * skip  # weight of that many slots skipped
    next_passed: Scores = np.arange(1, slots + 1, dtype=np.float64) * skip
    weights = _start(slots)  # weight of the items so far, by the last slot taken
    result = np.empty_like(scores)
    for place, (score, drop) in enumerate(zip(scores, drops, strict=True)):
        reached = result[place] = _reach(weights, passed, next_passed)
        weights = weights + drop
        np.logaddexp(weights[1:], reached + score, out=weights[1:])
    total = np.logaddexp.reduce(weights)
    after = np.zeros(slots + 1)  # weight of the items that follow, by the last slot taken; 0 is none
    for place in reversed(range(len(scores))):
        placed = scores[place] + after[1:]
        result[place] += placed
        after += drops[place]
        suffix = np.logaddexp.accumulate((placed + passed)[::-1])[::-1]
        np.logaddexp(after[0], np.logaddexp.reduce(placed), out=after[:1])
        np.logaddexp(after[1:-1], suffix[1:] - next_passed[:-1], out=after[1:-1])
    np.exp(np.minimum(0.0, result - total), out=result)
    return result


def _reach(weights: Scores, passed: Scores, next_passed: Scores) -> Scores:
    """Weight with which each slot can be reached from any earlier one."""
    running = np.full(len(passed), -np.inf)
    np.subtract(weights[1:-1], next_passed[:-1], out=running[1:])
    np.logaddexp.accumulate(running, out=running)
    result: Scores = np.logaddexp(weights[0], running + passed)
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
