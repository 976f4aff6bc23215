"""What the aligner knows when it places the next value of a row: the features of the trained classifier.

A reading of a row is a walk from left to right: each value goes to a column right of the last one used, or is stray. What a
feature tells is told by the shape of the row, see ``shapes.py``, and by the step.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractor.shapes import STRAY, Shape

_WIDTHS = (1, 2, 3, 5, 7, 15)
_CLIP = 4
_UNKNOWN = -99
_RANGES = {  # what is counted: lowest and highest value, beyond which it is clipped; one bit for each, one for unknown
    "width": (0, len(_WIDTHS) - 1),
    "extra": (-7, 3),
    "jump": (0, _CLIP),
    "jump_less_blanks": (-_CLIP, _CLIP),
    "blanks": (0, _CLIP),
    "left_over": (-7, 3),
    "left": (-_CLIP, _CLIP),
    "slot": (-_CLIP, _CLIP),
    "soft": (-_CLIP, _CLIP),
    "lead": (-_CLIP, _CLIP),
    "at": (-2, 2),
    "spare_cells": (-7, 4),
    "usual": (-3, 3),
    "full": (0, 4),
    "place": (0, 3),
}
_FLAGS = (
    "stray", "off_grid", "total_column", "last_column", "zero", "zero_before", "break", "last", "all_zero", "blanks_inside",
    "soft_blanks", "reaches_end", "cut", "stray&zero", "stray&break", "stray&surplus", "left&cut", "slots_fit&slot", "lead_fits",
    "at_fits", "last&last", "first&zero&not_all", "soft_fits", "soft_fits_end",
)  # fmt: skip
_BITS = [high - low + 2 for low, high in _RANGES.values()] + [1] * len(_FLAGS)
_FIRST_BIT = dict(zip((*_RANGES, *_FLAGS), accumulate(_BITS, initial=0), strict=False))


class Steps(NamedTuple):
    """The steps that a monotone reading of a row may take, in a fixed order: by place, previous column, column, stray last.

    At each step value number ``place`` goes to ``column`` (or is :data:`STRAY`), the last column used being ``previous`` (-1
    before the first).
    """

    place: NDArray[np.intp]
    previous: NDArray[np.intp]
    column: NDArray[np.intp]


@lru_cache(maxsize=512)
def choices(values: int, width: int) -> tuple[dict[tuple[int, int], slice], NDArray[np.intp], NDArray[np.intp]]:
    """The (place, previous) at which :func:`steps` choose a column: which steps, where each begins, and how many they are."""
    places = [(place, previous) for place in range(values) for previous in range(-1, width if place else 0)]
    sizes = np.array([width - previous for _, previous in places], np.intp)
    ends = np.cumsum(sizes)
    slices = {
        place: slice(end - size, end) for place, end, size in zip(places, ends.tolist(), sizes.tolist(), strict=True)
    }
    return slices, ends - sizes, sizes


@lru_cache(maxsize=512)
def steps(values: int, width: int) -> Steps:
    """Every step of every reading of a row with so many values and columns."""
    found = [
        (place, previous, column)
        for place, previous in choices(values, width)[0]
        for column in (*range(previous + 1, width), STRAY)
    ]
    return Steps(*np.array(found, np.intp).reshape(-1, 3).T)


def feature_matrix(shape: Shape, taken: Steps | None = None) -> NDArray[np.float32]:
    """Features of steps, one row each.

    Args:
        shape: the shape of the row.
        taken: which steps; by default all of :func:`steps`.
    """
    return _matrix([shape], [taken or _steps_of(shape)])


def joint_matrix(shapes: Sequence[Shape]) -> NDArray[np.float32]:
    """Features of all steps of several shapes that have values, one shape below the other."""
    return _matrix(shapes, [_steps_of(shape) for shape in shapes])


def _steps_of(shape: Shape) -> Steps:
    return steps(len(shape.slots), len(shape.totals))


def _matrix(shapes: Sequence[Shape], taken: Sequence[Steps]) -> NDArray[np.float32]:
    """Features of some steps of each shape. Most depend on the goal alone, and steps have few: they are worked out once each."""
    goals = _goals(shapes)
    at_goals = np.zeros((len(goals.column), len(feature_names())), np.float32)
    _set_bits(at_goals, _counted(goals))
    for name, flag in _flags(goals).items():
        at_goals[:, _FIRST_BIT[name]] = flag
    sizes = [len(shape.slots) * (len(shape.totals) + 1) for shape in shapes]
    reached = np.concatenate(
        [
            start + place * (len(shape.totals) + 1) + column % (len(shape.totals) + 1)
            for start, shape, (place, _, column) in zip(accumulate(sizes, initial=0), shapes, taken, strict=False)
        ]
    )
    matrix: NDArray[np.float32] = at_goals[reached]
    previous, column = np.concatenate([each.previous for each in taken]), goals.column[reached]
    stray = column == STRAY
    jump = np.where(stray, _UNKNOWN, column - previous - 1)
    left_over = goals.to_come[reached] - goals.width[reached] + np.where(stray, previous, column) + 1
    less_blanks = np.where(stray, _UNKNOWN, jump - goals.blanks[reached])
    _set_bits(matrix, {"jump": jump, "jump_less_blanks": less_blanks, "left_over": left_over})
    matrix[:, _FIRST_BIT["stray&surplus"]] = stray & (left_over >= 0)
    return matrix


def _set_bits(matrix: NDArray[np.float32], counted: Mapping[str, NDArray[np.intp]]) -> None:
    """Set the bit of each feature of :data:`_RANGES` in each row."""
    values = np.array(list(counted.values()))
    low, high, first = np.array([(*_RANGES[name], _FIRST_BIT[name]) for name in counted]).T[:, :, None]
    places = np.where(values == _UNKNOWN, high + 1, np.minimum(np.maximum(values, low), high)) - low
    matrix[np.arange(len(matrix)), first + places] = 1.0


class _Goals(NamedTuple):
    """Where steps may lead, for several shapes: each of their values at each column and, last, stray; an array of each trait.

    Attributes:
        column: the column, or :data:`STRAY`.
        is_total: that column is a total.
        place: number of the value in its row.
        slot: cells after the label.
        soft: the same, with the blanks that a longer gap between lines stands for.
        blanks: blank cells before it.
        at: the column that its horizontal position tells.
        lead: cells after the place where full rows begin.
        zero, zero_before, breaks: it is 0; the value before it is; it stands alone on its line.
        to_come: values after it.
        values, width, kind, length, usual, full, cut, all_zero: of its row: how many values and columns, which of
            :data:`_WIDTHS`, and as in :class:`Shape`.
        first_slot, last_slot, last_soft: of the row's first and last value.
    """

    column: NDArray[np.intp]
    is_total: NDArray[np.bool_]
    place: NDArray[np.intp]
    slot: NDArray[np.intp]
    soft: NDArray[np.intp]
    blanks: NDArray[np.intp]
    at: NDArray[np.intp]
    lead: NDArray[np.intp]
    zero: NDArray[np.intp]
    zero_before: NDArray[np.intp]
    breaks: NDArray[np.intp]
    to_come: NDArray[np.intp]
    values: NDArray[np.intp]
    width: NDArray[np.intp]
    kind: NDArray[np.intp]
    length: NDArray[np.intp]
    usual: NDArray[np.intp]
    full: NDArray[np.intp]
    cut: NDArray[np.intp]
    all_zero: NDArray[np.intp]
    first_slot: NDArray[np.intp]
    last_slot: NDArray[np.intp]
    last_soft: NDArray[np.intp]


def _goals(shapes: Sequence[Shape]) -> _Goals:
    values = [value for shape in shapes for value in _values(shape)]
    widths = [len(shape.totals) for shape in shapes for _ in shape.slots]
    columns = [column for width in widths for column in (*range(width), STRAY)]
    totals = [is_total for shape in shapes for is_total in (*map(bool, shape.totals), False) * len(shape.slots)]
    of_each = np.array(values, np.intp).T
    return _Goals(np.array(columns), np.array(totals), *np.repeat(of_each, np.array(widths) + 1, axis=1))


def _values(shape: Shape) -> Iterator[tuple[int, ...]]:
    """What is known of each value of a row: all but the column of :class:`_Goals`."""
    count, width, slots = len(shape.slots), len(shape.totals), shape.slots
    of_row = (
        count,
        width,
        _WIDTHS.index(width) if width in _WIDTHS else _UNKNOWN,
        shape.length,
        _UNKNOWN if shape.usual is None else shape.usual,
        shape.full,
        shape.cut,
        all(shape.zero),
        slots[0],
        slots[-1],
        shape.soft[-1],
    )
    for place, slot in enumerate(slots):
        yield (
            place,
            slot,
            shape.soft[place],
            slot - 1 - (slots[place - 1] if place else -1),
            _UNKNOWN if (at := shape.at[place]) is None else at,
            _UNKNOWN if shape.lead is None else slot - shape.lead,
            shape.zero[place],
            place > 0 and shape.zero[place - 1],
            shape.breaks[place],
            count - place - 1,
            *of_row,
        )


def _counted(goals: _Goals) -> dict[str, NDArray[np.intp]]:
    """The features of :data:`_RANGES` that the goal alone tells."""
    stray = goals.column == STRAY

    def offset(position: NDArray[np.intp]) -> NDArray[np.intp]:
        return np.where(stray | (position == _UNKNOWN), _UNKNOWN, position - goals.column)

    return {
        "width": goals.kind,
        "extra": goals.values - goals.width,
        "blanks": goals.blanks,
        "left": offset(goals.place),
        "slot": offset(goals.slot),
        "soft": offset(goals.soft),
        "lead": offset(goals.lead),
        "at": offset(np.where(goals.at == STRAY, _UNKNOWN, goals.at)),
        "spare_cells": goals.length - goals.width,
        "usual": np.where(goals.usual == _UNKNOWN, _UNKNOWN, goals.length - goals.usual),
        "full": goals.full,
        "place": goals.place,
    }


def _flags(goals: _Goals) -> dict[str, NDArray[np.bool_] | NDArray[np.intp]]:
    """The features of :data:`_FLAGS` that the goal alone tells."""
    column, width, zero, soft = goals.column, goals.width, goals.zero, goals.soft
    stray, last, last_column = column == STRAY, goals.to_come == 0, column == width - 1
    soft_blanks = goals.last_soft >= goals.values
    at_soft = ~stray & soft_blanks & (soft == column)
    return {
        "stray": stray,
        "off_grid": goals.at == STRAY,
        "total_column": goals.is_total,
        "last_column": last_column,
        "zero": zero,
        "zero_before": goals.zero_before,
        "break": goals.breaks,
        "last": last,
        "all_zero": goals.all_zero,
        "blanks_inside": goals.last_slot - goals.first_slot >= goals.values,
        "soft_blanks": soft_blanks,
        "reaches_end": goals.slot + 1 == goals.length,
        "cut": goals.cut,
        "stray&zero": stray & zero,
        "stray&break": stray & goals.breaks,
        "left&cut": goals.cut & (goals.place == column),
        "slots_fit&slot": (goals.last_slot < width) & (width <= goals.length) & (goals.slot == column),
        "lead_fits": ~stray & (goals.lead == column) & (goals.usual == goals.length),
        "at_fits": ~stray & (goals.at == column),
        "last&last": last & last_column,
        "first&zero&not_all": (goals.place == 0) & zero & (goals.all_zero == 0),
        "soft_fits": at_soft & (goals.last_soft < width),
        "soft_fits_end": at_soft & (goals.last_soft == width - 1),
    }


@cache
def feature_names() -> tuple[str, ...]:
    """Names of the features, in order."""
    counted = [f"{name}={value}" for name, (low, high) in _RANGES.items() for value in (*range(low, high + 1), "?")]
    return (*counted, *_FLAGS)


def schema() -> str:
    """A fingerprint of the features: a model works only with the features it was trained on."""
    return hashlib.sha256("\n".join(feature_names()).encode()).hexdigest()[:16]
