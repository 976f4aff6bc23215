"""What the aligner knows when it places the next value of a row: the features of the trained classifier.

A reading of a row is a walk from left to right: each value goes to a column right of the last one used, or is stray.

They hold in every layout: places are counted in values and in cells from the label, from the end of the row, and against what
the full rows of the same table agree on. The values themselves are left out but for being 0: what they add up to is weighed
once, on whole readings (``align.py``).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STRAY = -1
"""The column of a value that is no cell at all."""

_NEAR_X = 3.0  # characters or grid columns
_WIDTHS = (1, 2, 3, 5, 7, 15)


class Slot(NamedTuple):
    """A cell of a printed row: a value, or a blank (``value`` None and not ``filled``).

    Attributes:
        value: the number, None for dashes and notes.
        filled: something is printed.
        line: line of the document.
        x: horizontal position.
    """

    value: float | None
    filled: bool
    line: int
    x: float


class Row(NamedTuple):
    """A printed row to be aligned: its slots, for each of its columns the columns that it is the total of, and whether the
    document breaks off in it."""

    slots: tuple[Slot, ...]
    totals: tuple[tuple[int, ...], ...]
    cut: bool = False

    @property
    def filled(self) -> tuple[int, ...]:
        """Places of the values among the slots."""
        return tuple(place for place, slot in enumerate(self.slots) if slot.filled)


class Shape(NamedTuple):
    """All that the features depend on. Rows of the same shape have the same readings, so they are scored once.

    Attributes:
        totals: as in :class:`Row`.
        slots: place of each value, counted in cells after the label.
        soft: the same with the blanks that a longer gap between lines stands for.
        breaks: the value begins a new line while others do not.
        at: column that the full rows of the table have at the position of this value; None when unknown.
        zero: the value is 0.
        length: cells of the row.
        lead: cells before the first value in the full rows of the table; None without full rows.
        usual: cells in those rows.
        full: share of the table's rows that have a value for each column, in quarters.
        cut: the document breaks off in this row.
    """

    totals: tuple[tuple[int, ...], ...]
    slots: tuple[int, ...]
    soft: tuple[int, ...]
    breaks: tuple[bool, ...]
    at: tuple[int | None, ...]
    zero: tuple[bool, ...]
    length: int
    lead: int | None
    usual: int | None
    full: int
    cut: bool


def shapes(rows: Sequence[Row], witnesses: Sequence[bool] | None = None) -> list[Shape]:
    """The shapes of the rows of one table.

    Args:
        rows: all printed rows of the table.
        witnesses: which of them count when it is asked what the rows agree on; by default all.
    """
    heard = [row for row, witness in zip(rows, witnesses, strict=True) if witness] if witnesses is not None else rows
    consensus = {width: _Consensus([row for row in heard if len(row.totals) == width]) for width in {len(row.totals) for row in rows}}
    return [_shape(row, consensus[len(row.totals)]) for row in rows]


class _Consensus:
    """What the full rows of a table agree on: where their values begin, how many cells they have, at which x each column is."""

    def __init__(self, rows: Sequence[Row]) -> None:
        full = [row for row in rows if len(row.filled) == len(row.totals)]
        self.lead = _most(row.filled[0] for row in full)
        self.usual = _most(len(row.slots) for row in full)
        used = [row for row in rows if row.filled]
        self.full = round(4 * len(full) / len(used)) if used else 0
        self.x: list[float] = []
        if full:
            positions = [[row.slots[place].x for place in row.filled] for row in full]
            self.x = [_most(column) or 0.0 for column in zip(*positions, strict=True)]
            if any(right - left <= 0 for left, right in zip(self.x, self.x[1:], strict=False)):
                self.x = []

    def column_at(self, slot: Slot) -> int | None:
        """The column whose position this slot has; None when positions do not tell columns apart."""
        if not self.x:
            return None
        distances = [abs(slot.x - x) for x in self.x]
        nearest = int(np.argmin(distances))
        return nearest if distances[nearest] <= _NEAR_X and distances.count(distances[nearest]) == 1 else STRAY


def _most(items: Iterable[float]) -> int | None:
    counts = Counter(items)
    return int(max(counts, key=lambda item: (counts[item], -item))) if counts else None


def _shape(row: Row, consensus: _Consensus) -> Shape:
    filled = row.filled
    values = [row.slots[place].value for place in filled]
    lines = [row.slots[place].line for place in filled]
    usual_line = Counter(lines).most_common(1)[0][1] > 1 if lines else False
    gaps = _soft_gaps(lines)
    return Shape(
        totals=row.totals,
        slots=tuple(min(place, 20) for place in filled),
        soft=tuple(min(place + gap, 20) for place, gap in zip(range(len(filled)), gaps, strict=True)),
        breaks=tuple(usual_line and lines.count(line) == 1 for line in lines),
        at=tuple(consensus.column_at(row.slots[place]) for place in filled),
        zero=tuple(value == 0 for value in values),
        length=min(len(row.slots), 30),
        lead=consensus.lead,
        usual=min(consensus.usual, 30) if consensus.usual is not None else None,
        full=consensus.full,
        cut=row.cut,
    )


def _soft_gaps(lines: Sequence[int]) -> list[int]:
    """How many blank cells the gaps between the lines of the values may stand for: those beyond the smallest gap."""
    steps = [after - before for before, after in zip(lines, lines[1:], strict=False)]
    if not steps or min(steps) < 1:
        return [0] * len(lines)
    base = min(steps)
    unit = base if base > 2 else 1  # runs of carriage returns repeat the whole gap, blank paragraphs add a line
    extra = [0]
    for step in steps:
        extra.append(extra[-1] + (step - base) // unit)
    return extra


# --- the feature vector ----------------------------------------------------------------------------------------------

_CLIP = 4
_UNKNOWN = -99
_RANGES = {  # features that count something: lowest and highest value, beyond which they are clipped; one bit for each, one for unknown
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
    "at_fits", "last&last", "first&zero&not_all",
)  # fmt: skip


class Steps(NamedTuple):
    """The steps that a monotone reading of a row may take, in a fixed order: by place, previous column, column, stray last.

    At each step value number ``place`` goes to ``column`` (or is :data:`STRAY`), the last column used being ``previous`` (-1
    before the first).
    """

    place: NDArray[np.intp]
    previous: NDArray[np.intp]
    column: NDArray[np.intp]


@lru_cache(maxsize=512)
def steps(values: int, width: int) -> Steps:
    """Every step of every reading of a row with so many values and columns."""
    found = [
        (place, previous, column)
        for place in range(values)
        for previous in range(-1, width if place else 0)
        for column in (*range(previous + 1, width), STRAY)
    ]
    return Steps(*np.array(found, np.intp).reshape(-1, 3).T)


def feature_matrix(shape: Shape, taken: Steps | None = None) -> NDArray[np.float32]:
    """Features of steps, one row each.

    Args:
        shape: the shape of the row.
        taken: which steps; by default all of :func:`steps`.
    """
    chosen = taken or steps(len(shape.slots), len(shape.totals))
    counted, flags = _describe(shape, chosen)
    matrix = np.zeros((len(chosen.place), len(feature_names())), np.float32)
    rows, start = np.arange(len(chosen.place)), 0
    for name, (low, high) in _RANGES.items():
        values = counted[name]
        bits = np.where(values == _UNKNOWN, high - low + 1, np.clip(values, low, high) - low)
        matrix[rows, start + bits] = 1.0
        start += high - low + 2
    for offset, name in enumerate(_FLAGS):
        matrix[:, start + offset] = flags[name]
    return matrix


def _describe(shape: Shape, taken: Steps) -> tuple[dict[str, NDArray[np.intp]], dict[str, NDArray[np.bool_] | bool]]:
    """The features of steps: those of :data:`_RANGES` as numbers, those of :data:`_FLAGS` as truth values."""
    place, previous, column = taken
    width, count = len(shape.totals), len(shape.slots)
    stray = column == STRAY
    slots, zero = np.array(shape.slots), np.array(shape.zero)
    slot, at = slots[place], np.array([_UNKNOWN if known is None else known for known in shape.at])[place]
    blanks = np.diff(slots, prepend=-1)[place] - 1
    left_over = (count - place - 1) - (width - np.where(stray, previous, column) - 1)  # values to come, less the columns free
    is_total = np.array([bool(parts) for parts in shape.totals])[column] & ~stray
    breaks = np.array(shape.breaks)[place]
    last = place == count - 1
    lead = slot - shape.lead if shape.lead is not None else np.full_like(slot, _UNKNOWN)
    everywhere = np.ones_like(place)

    def offset(position: NDArray[np.intp]) -> NDArray[np.intp]:
        return np.where(stray | (position == _UNKNOWN), _UNKNOWN, position - column)

    counted = {
        "width": everywhere * (_WIDTHS.index(width) if width in _WIDTHS else _UNKNOWN),
        "extra": everywhere * (count - width),
        "jump": np.where(stray, _UNKNOWN, column - previous - 1),
        "jump_less_blanks": np.where(stray, _UNKNOWN, column - previous - 1 - blanks),
        "blanks": blanks,
        "left_over": left_over,
        "left": offset(place),
        "slot": offset(slot),
        "soft": offset(np.array(shape.soft)[place]),
        "lead": offset(lead),
        "at": offset(np.where(at == STRAY, _UNKNOWN, at)),
        "spare_cells": everywhere * (shape.length - width),
        "usual": everywhere * (shape.length - shape.usual if shape.usual is not None else _UNKNOWN),
        "full": everywhere * shape.full,
        "place": place,
    }
    flags = {
        "stray": stray,
        "off_grid": at == STRAY,
        "total_column": is_total,
        "last_column": column == width - 1,
        "zero": zero[place],
        "zero_before": (place > 0) & zero[place - 1],
        "break": breaks,
        "last": last,
        "all_zero": all(shape.zero),
        "blanks_inside": shape.slots[-1] - shape.slots[0] >= count,
        "soft_blanks": shape.soft[-1] >= count,
        "reaches_end": slot + 1 == shape.length,
        "cut": shape.cut,
        "stray&zero": stray & zero[place],
        "stray&break": stray & breaks,
        "stray&surplus": stray & (left_over >= 0),
        "left&cut": shape.cut & (place == column),
        "slots_fit&slot": (shape.slots[-1] < width <= shape.length) & (slot == column),
        "lead_fits": ~stray & (lead == column) & (shape.usual == shape.length),
        "at_fits": ~stray & (at == column),
        "last&last": last & (column == width - 1),
        "first&zero&not_all": (place == 0) & zero[place] & (not all(shape.zero)),
    }
    return counted, flags


@cache
def feature_names() -> tuple[str, ...]:
    """Names of the features, in order."""
    counted = [f"{name}={value}" for name, (low, high) in _RANGES.items() for value in (*range(low, high + 1), "?")]
    return (*counted, *_FLAGS)


def schema() -> str:
    """A fingerprint of the features: a model works only with the features it was trained on."""
    return hashlib.sha256("\n".join(feature_names()).encode()).hexdigest()[:16]
