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
    before, reached = [], []
    for score, drop in zip(scores, drops, strict=True):
        before.append(weights)
        reached.append(np.maximum.reduce(skips + weights[:, None]))
        weights = weights + drop
        np.maximum(weights[1:], reached[-1] + score, out=weights[1:])
    state = int(np.argmax(weights))
    weight = float(weights[state])
    path = [-1] * len(scores)
    if not path:
        return path, weight
    taken = (np.array(reached) + scores).tolist()
    dropped = (np.array(before) + drops[:, None]).tolist()
    for place in reversed(range(len(path))):
        if state and taken[place][state - 1] > dropped[place][state]:
            path[place] = state - 1
            state = int(np.argmax(before[place] + skips[:, state - 1]))
    return path, weight


def posterior(scores: Scores, drops: Scores, skip: float) -> Scores:
    """Probability of each item at each slot over all alignments (forward-backward); arguments as in :func:`best_path`."""
    items, slots = scores.shape
    both = np.stack([scores, scores[::-1, ::-1]], axis=1)  # the way back is the way there from the other end
    passed: Scores = np.arange(slots, dtype=np.float64) * skip  # weight of that many slots skipped
    # A slot is weighed as if all before it had been skipped: what follows adds the skips up to its own.
    placed = both - (passed + skip)
    none = np.zeros((2, 1))  # weight of the items so far when no slot is taken
    last = np.full((2, slots), -np.inf)  # the same by the last slot taken
    reached = np.full((items, 2, slots), -np.inf)  # weight with which each slot can be reached from any earlier one
    for place, drop in enumerate(np.stack([drops, drops[::-1]], axis=1)[:, :, None]):
        own = reached[place]
        np.logaddexp.accumulate(last[:, :-1], axis=1, out=own[:, 1:])
        own += passed
        np.logaddexp(own, none, out=own)
        none = none + drop
        last += drop
        np.logaddexp(last, own + placed[place], out=last)
    total = np.logaddexp.reduce(last[0] + passed + skip, initial=none[0, 0])
    probability: Scores = np.exp(np.minimum(0.0, reached[:, 0] + scores + reached[::-1, 1, ::-1] - total))
    return probability


def _start(slots: int) -> Scores:
    """Log-weights before the first item, by the last slot taken; index 0: none."""
    weights = np.full(slots + 1, -np.inf)
    weights[0] = 0.0
    return weights


@lru_cache(maxsize=64)
def _skips(slots: int, skip: float) -> Scores:
    """Log-weight of going from each last slot taken (row, 0: none) to each slot (column); the first may be any slot."""
    target, last = np.arange(slots), np.arange(slots + 1)[:, None]
    weights = np.where(last <= target, skip * (target - last), -np.inf)
    weights[0] = 0.0
    return weights
