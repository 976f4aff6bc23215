"""Monotone alignment of a sequence of items to a sequence of slots: each slot takes at most one item, order is kept.

Items may be left out, slots may be skipped; both have a weight. Used to find the rows of a form in a table.
"""

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
    tables = _forward(scores, drops, skip, np.maximum)
    state = int(np.argmax(tables[-1]))
    weight = float(tables[-1][state])
    path = [-1] * len(scores)
    for place in reversed(range(len(scores))):
        before = tables[place]
        if before[state] + drops[place] >= tables[place + 1][state]:
            continue
        path[place] = state - 1
        skipped = np.where(np.arange(state) > 0, state - 1 - np.arange(state), 0)
        state = int(np.argmax(before[:state] + skip * skipped))
    return path, weight


def posterior(scores: Scores, drops: Scores, skip: float) -> Scores:
    """Probability of each item at each slot over all alignments (forward-backward); arguments as in :func:`best_path`."""
    forward = _forward(scores, drops, skip, np.logaddexp)
    total = np.logaddexp.reduce(forward[-1])
    after = np.zeros(scores.shape[1] + 1)  # weight of the items that follow, by the last slot taken; 0 is none
    steps = np.arange(scores.shape[1])
    result = np.zeros_like(scores)
    for place in reversed(range(len(scores))):
        placed = scores[place] + after[1:]
        result[place] = np.exp(np.minimum(0.0, _reach(forward[place], skip, np.logaddexp) + placed - total))
        suffix = np.logaddexp.accumulate((placed + skip * steps)[::-1])[::-1]
        later = np.concatenate([suffix[1:] - skip * (steps[:-1] + 1), [-np.inf]])
        after = np.logaddexp(after + drops[place], np.concatenate([[np.logaddexp.reduce(placed)], later]))
    return result


def _forward(scores: Scores, drops: Scores, skip: float, combine: np.ufunc) -> list[Scores]:
    """Weight of the alignments of the first items, by the last slot taken (index 0: none)."""
    tables = [np.concatenate([[0.0], np.full(scores.shape[1], -np.inf)])]
    for place in range(len(scores)):
        placed = np.concatenate([[-np.inf], _reach(tables[-1], skip, combine) + scores[place]])
        tables.append(combine(tables[-1] + drops[place], placed))
    return tables


def _reach(weights: Scores, skip: float, combine: np.ufunc) -> Scores:
    """Weight with which each slot can be reached from any earlier one."""
    steps = np.arange(len(weights) - 1)
    running = combine.accumulate(np.concatenate([[-np.inf], weights[1:] - skip * (steps + 1)]))[:-1]
    result: Scores = combine(weights[0], running + skip * steps)
    return result
