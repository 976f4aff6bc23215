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
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractor.tokens import Token

STRAY = -1
"""The column of a value that is no cell at all."""

_NEAR_X = 3.0  # characters or grid columns
_PARAGRAPH = 2  # lines between paragraphs
_MOST_CELLS = 24
_WIDTHS = (1, 2, 3, 5, 7, 15)


class Row(NamedTuple):
    """A printed row to be aligned.

    Attributes:
        slots: its values and blank cells, in order.
        totals: for each of its columns those that it is the total of.
        cut: the document breaks off in it.
        label_line: the line that its label stands on.
    """

    slots: tuple[Token, ...]
    totals: tuple[tuple[int, ...], ...]
    cut: bool = False
    label_line: int | None = None


class Shape(NamedTuple):
    """All that the features depend on. Rows of the same shape have the same readings, so they are scored once.

    Attributes:
        totals: as in :class:`Row`.
        slots: place of each value, counted in cells after the label.
        soft: place of each value, counting the blanks that a longer gap between lines stands for.
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


def shapes(rows: Sequence[Row], witnesses: Sequence[bool] | None = None, gaps: "Gaps | None" = None) -> list[Shape]:
    """The shapes of the rows of one table.

    Args:
        rows: all printed rows of the table.
        witnesses: which of them count when it is asked what the rows agree on; by default all.
        gaps: how many lines lie between the cells of the report; by default as these rows tell.
    """
    filled = [_filled(row) for row in rows]
    heard: dict[int, list[tuple[Row, tuple[int, ...]]]] = {len(row.totals): [] for row in rows}
    for row, places, witness in zip(rows, filled, witnesses or [True] * len(rows), strict=True):
        if witness:
            heard[len(row.totals)].append((row, places))
    consensus = {width: _Consensus(found, width) for width, found in heard.items()}
    lines = gaps or Gaps(rows)
    return [_shape(row, places, consensus[len(row.totals)], lines) for row, places in zip(rows, filled, strict=True)]


class _Consensus:
    """What the full rows of a table agree on: where their values begin, how many cells they have, at which x each column is."""

    def __init__(self, rows: Sequence[tuple[Row, tuple[int, ...]]], width: int) -> None:
        full = [(row, places) for row, places in rows if len(places) == width]
        used = sum(bool(places) for _, places in rows)
        self.lead = _most(places[0] for _, places in full)
        self.usual = _most(len(row.slots) for row, _ in full)
        self.full = round(4 * len(full) / used) if used else 0
        self._columns: dict[float, int] = {}
        if full and width > 1:
            positions = ([row.slots[place].x for place in places] for row, places in full)
            x = [_most(column) or 0 for column in zip(*positions, strict=True)]
            if all(left < right for left, right in pairwise(x)):
                self._columns = {float(position): column for column, position in enumerate(x)}

    def columns_at(self, slots: Sequence[Token]) -> tuple[int | None, ...]:
        """The column whose position each slot has; None when positions do not tell columns apart."""
        if not self._columns:
            return (None,) * len(slots)
        return tuple(self._columns[slot.x] if slot.x in self._columns else self._nearest(slot.x) for slot in slots)

    def _nearest(self, position: float) -> int:
        near = sorted((abs(position - x), column) for x, column in self._columns.items())[:2]
        return near[0][1] if near[0][0] <= _NEAR_X and near[0][0] < near[1][0] else STRAY


def _most(items: Iterable[float]) -> int | None:
    counts = Counter(items)
    return int(max(counts, key=lambda item: (counts[item], -item))) if counts else None


def _filled(row: Row) -> tuple[int, ...]:
    return tuple(place for place, slot in enumerate(row.slots) if slot.kind == "value")


class Gaps:
    """How many lines lie between the cells of a report that is printed with one cell a line.

    A blank cell either vanishes or makes the gap longer: by a line where cells are paragraphs, by a whole gap where runs of
    carriage returns end cells. What the smallest gaps are, and so what a longer one stands for, only the whole report tells.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        between: list[int] = []
        before: list[int] = []
        for row in rows:
            lines = [row.slots[place].line for place in _filled(row)]
            between += [after - line for line, after in pairwise(lines)]
            if lines and row.label_line:
                before.append(lines[0] - row.label_line)
        self._between = min((gap for gap in between if gap > 0), default=0)
        self._before = min((gap for gap in before if gap > 0), default=0)
        self._unit = self._between if self._between > _PARAGRAPH else 1

    def places(self, lines: Sequence[int], label_line: int | None) -> tuple[int, ...]:
        """The place of each value of a row, counted in cells."""
        if not self._between:
            return tuple(range(len(lines)))
        first = max(0, lines[0] - label_line - self._before) // self._unit if label_line and self._before else 0
        places = [min(first, _MOST_CELLS)]
        for line, after in pairwise(lines):
            blanks = max(0, after - line - self._between) // self._unit
            places.append(min(places[-1] + 1 + blanks, _MOST_CELLS))
        return tuple(places)


def _shape(row: Row, filled: tuple[int, ...], consensus: _Consensus, gaps: Gaps) -> Shape:
    slots = [row.slots[place] for place in filled]
    lines = [slot.line for slot in slots]
    one_line = len(set(lines)) < 2
    return Shape(
        totals=row.totals,
        slots=filled if len(row.slots) <= _MOST_CELLS else tuple(min(place, _MOST_CELLS) for place in filled),
        soft=gaps.places(lines, row.label_line) if len(set(lines)) == len(lines) > 0 else tuple(range(len(filled))),
        breaks=(False,) * len(lines) if one_line else _breaks(lines),
        at=consensus.columns_at(slots),
        zero=tuple(slot.number is not None and slot.number.value == 0 for slot in slots),
        length=min(len(row.slots), _MOST_CELLS),
        lead=consensus.lead,
        usual=min(consensus.usual, _MOST_CELLS) if consensus.usual is not None else None,
        full=consensus.full,
        cut=row.cut,
    )


def _breaks(lines: Sequence[int]) -> tuple[bool, ...]:
    """Which values stand alone on their line while others share one."""
    counts = Counter(lines)
    return tuple(max(counts.values()) > 1 and counts[line] == 1 for line in lines)


# --- the feature vector ----------------------------------------------------------------------------------------------

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


class Steps(NamedTuple):
    """The steps that a monotone reading of a row may take, in a fixed order: by place, previous column, column, stray last.

    At each step value number ``place`` goes to ``column`` (or is :data:`STRAY`), the last column used being ``previous`` (-1
    before the first).
    """

    place: NDArray[np.intp]
    previous: NDArray[np.intp]
    column: NDArray[np.intp]


@lru_cache(maxsize=512)
def choices(values: int, width: int) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """The (place, previous) at which :func:`steps` choose a column; where the steps of each begin, and last, their number."""
    places = tuple((place, previous) for place in range(values) for previous in range(-1, width if place else 0))
    return places, tuple(accumulate((width - previous for _, previous in places), initial=0))


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
    chosen = taken or steps(len(shape.slots), len(shape.totals))
    positions = _positions(shape, chosen)
    counted, flags = _counted(shape, chosen, positions), _flags(shape, chosen, positions)
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


class _Positions(NamedTuple):
    """Where the value of each step stands.

    Attributes:
        slot: cells after the label.
        at: the column that its horizontal position tells.
        lead: cells after the place where full rows begin.
        left_over: values to come, less the columns free.
    """

    slot: NDArray[np.intp]
    at: NDArray[np.intp]
    lead: NDArray[np.intp]
    left_over: NDArray[np.intp]


def _positions(shape: Shape, taken: Steps) -> _Positions:
    place, previous, column = taken
    slot = np.array(shape.slots)[place]
    free = len(shape.totals) - np.where(column == STRAY, previous, column) - 1
    return _Positions(
        slot,
        np.array([_UNKNOWN if known is None else known for known in shape.at])[place],
        slot - shape.lead if shape.lead is not None else np.full_like(slot, _UNKNOWN),
        (len(shape.slots) - place - 1) - free,
    )


def _counted(shape: Shape, taken: Steps, positions: _Positions) -> dict[str, NDArray[np.intp]]:
    """The features of :data:`_RANGES`."""
    place, previous, column = taken
    slot, at, lead, left_over = positions
    width, count = len(shape.totals), len(shape.slots)
    stray = column == STRAY
    blanks = np.diff(np.array(shape.slots), prepend=-1)[place] - 1
    everywhere = np.ones_like(place)

    def offset(position: NDArray[np.intp]) -> NDArray[np.intp]:
        return np.where(stray | (position == _UNKNOWN), _UNKNOWN, position - column)

    return {
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


def _flags(shape: Shape, taken: Steps, positions: _Positions) -> dict[str, NDArray[np.bool_] | bool]:
    """The features of :data:`_FLAGS`."""
    place, _, column = taken
    slot, at, lead, left_over = positions
    width, count = len(shape.totals), len(shape.slots)
    stray, zero = column == STRAY, np.array(shape.zero)
    is_total = np.array([bool(parts) for parts in shape.totals])[column] & ~stray
    breaks = np.array(shape.breaks)[place]
    last = place == count - 1
    soft, soft_blanks = np.array(shape.soft)[place], shape.soft[-1] >= count
    return {
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
        "soft_blanks": soft_blanks,
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
        "soft_fits": ~stray & soft_blanks & (shape.soft[-1] < width) & (soft == column),
        "soft_fits_end": ~stray & soft_blanks & (shape.soft[-1] == width - 1) & (soft == column),
    }


@cache
def feature_names() -> tuple[str, ...]:
    """Names of the features, in order."""
    counted = [f"{name}={value}" for name, (low, high) in _RANGES.items() for value in (*range(low, high + 1), "?")]
    return (*counted, *_FLAGS)


def schema() -> str:
    """A fingerprint of the features: a model works only with the features it was trained on."""
    return hashlib.sha256("\n".join(feature_names()).encode()).hexdigest()[:16]
