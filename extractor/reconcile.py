"""One reading for each row of a table, by probability and by the relations between rows.

Each combination of readings is a *world*. Worlds in which the form's column relations hold are more likely than worlds in which
they fail; they are not impossible, since agencies print wrong sums. The probability of a cell's value is that of all worlds
that have it, and so is its confidence. Nothing that is printed is ever changed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractor.align import AlignedRow, Item, Reading
from extractor.forms import FormTable
from extractor.label import LabelledRow
from extractor.settings import Settings

_FAILS = -4.0  # log-weight of a relation that fails: an agency miscounted
_FAILS_BLANK = -1.0  # the same when an operand is blank, which may or may not stand for 0
_EQUAL = 1e-9
_IMPOSSIBLE = -9.0  # a reading that is less likely than this (in log) is not weighed against others


class Choice(NamedTuple):
    """What a cell was decided to hold.

    Attributes:
        item: the value, None for none.
        confidence: probability of this value, given the row.
        alternative: the next best value, for a person to decide.
        rivalled: probability of that.
    """

    item: Item | None
    confidence: float
    alternative: Item | None = None
    rivalled: float = 0.0


@dataclass(frozen=True, slots=True)
class ReconciledRow:
    """A row with a choice for each of its cells.

    Attributes:
        row: the row.
        choices: for each of its cells.
        strays: how many of its values are no cell in the likeliest reading, None when it could not be read at all.
        complete: that reading has a value for every cell.
    """

    row: LabelledRow
    choices: tuple[Choice, ...]
    strays: int | None
    complete: bool


class _ColumnSum(NamedTuple):
    """A relation between rows: Σ weight × cell = 0."""

    weights: dict[str, int]


def reconcile(rows: Sequence[AlignedRow], form: FormTable, settings: Settings) -> list[ReconciledRow]:
    """Choose the values of all rows of a table.

    Args:
        rows: the rows with their readings.
        form: the form of the table, for its relations.
        settings: how many worlds may be weighed.
    """
    probabilities = _world_probabilities(rows, form, settings)
    return [_decide(row, weights) for row, weights in zip(rows, probabilities, strict=True)]


def _decide(aligned: AlignedRow, weights: NDArray[np.float64]) -> ReconciledRow:
    """The most probable value of each cell of a row, given the probabilities of its readings."""
    choices = []
    for place in range(len(aligned.row.cells)):
        mass: dict[object, float] = {}
        items: dict[object, Item | None] = {}
        for reading, weight in zip(aligned.readings, weights, strict=True):
            item = reading.items[place]
            value = item.number[:2] if item else None
            mass[value] = mass.get(value, 0.0) + float(weight)
            items.setdefault(value, item)
        ranked = sorted(mass, key=lambda value: -mass[value])
        second = (items[ranked[1]], mass[ranked[1]]) if len(ranked) > 1 else (None, 0.0)
        choices.append(Choice(items[ranked[0]], min(1.0, mass[ranked[0]]), *second) if ranked else Choice(None, 0.0))
    best = aligned.readings[int(np.argmax(weights))] if len(weights) else None
    return ReconciledRow(aligned.row, tuple(choices), best.strays if best else None, best is not None and None not in best.items)


# --- worlds ----------------------------------------------------------------------------------------------------------


def _world_probabilities(rows: Sequence[AlignedRow], form: FormTable, settings: Settings) -> list[NDArray[np.float64]]:
    """Probability of each reading of each row, over all worlds.

    Where there are too many worlds to weigh, each row is judged by itself: its open cells stay flagged.

    Doubtful rows are doubtful for the same reason (a column with a stray 0, a blank column that vanished), so what the
    classifier says of each is not independent evidence: together they count as one. Each row's own say is then put back in
    full, so that a row is judged by itself and by what the relations tell of it, not by how often the same guess was made.
    """
    alone = [np.exp([reading.log_prob for reading in row.readings]) for row in rows]
    open_rows = [index for index, row in enumerate(rows) if len(row.readings) > 1 and row.readings[1].log_prob > _IMPOSSIBLE]
    sums = [column for column in _column_sums(form) if {cell for row in rows for cell in row.row.cells}.issuperset(column.weights)]
    if not open_rows or not sums or math.prod(len(rows[index].readings) + 1 for index in open_rows) > settings.worlds:
        return alone
    doubtful = sum(alone[index][0] < settings.accept for index in open_rows)
    worlds = _Worlds(len(sums))
    own: list[NDArray[np.float64]] = []
    for index, row in enumerate(rows):
        if index not in open_rows:
            worlds.multiply(_fixed(row, sums))
            continue
        share = 1 / doubtful if alone[index][0] < settings.accept else 1.0
        options, held_back = _options(row, share, sums)
        worlds.multiply(options)
        own.append(held_back)
    for place, (index, mass) in enumerate(zip(open_rows, worlds.marginals([len(held_back) for held_back in own]), strict=True)):
        weighed = mass * np.exp(own[place])
        alone[index] = (weighed / weighed.sum())[:-1]
    return alone


class _Options(NamedTuple):
    """Alternatives for one row: log-weights, what each adds to every column sum, and whether it leaves a blank in it."""

    log_weight: list[float]
    amounts: list[list[float]]
    blanks: list[list[bool]]
    is_open: bool


def _fixed(row: AlignedRow, sums: Sequence[_ColumnSum]) -> _Options:
    """The only reading of a row, or its being unreadable."""
    if row.readings:
        return _Options([0.0], [_amounts(row, row.readings[0], sums)], [_blanks(row, row.readings[0], sums)], is_open=False)
    return _Options([0.0], [[0.0] * len(sums)], [_unread(row, sums)], is_open=False)


def _options(row: AlignedRow, share: float, sums: Sequence[_ColumnSum]) -> tuple[_Options, NDArray[np.float64]]:
    """The readings of an open row and, last, that none of them is right; and what is held back of their log-weights.

    Args:
        share: how much of the classifier's say counts; the row's own arithmetic always does.
    """
    rest = math.log(max(1e-9, 1.0 - sum(math.exp(reading.log_prob) for reading in row.readings)))
    full = np.array([*(reading.log_prob for reading in row.readings), rest])
    position = full - np.array([*(reading.arithmetic for reading in row.readings), 0.0])
    held_back = position * (1 - share)
    options = _Options(
        list(full - held_back),
        [*(_amounts(row, reading, sums) for reading in row.readings), [0.0] * len(sums)],
        [*(_blanks(row, reading, sums) for reading in row.readings), _unread(row, sums)],
        is_open=True,
    )
    return options, held_back


def _amounts(row: AlignedRow, reading: Reading, sums: Sequence[_ColumnSum]) -> list[float]:
    printed = [(cell, item.number.value) for cell, item in zip(row.row.cells, reading.items, strict=True) if item and item.number.value]
    return [sum(column.weights[cell] * value for cell, value in printed if cell in column.weights) for column in sums]


def _blanks(row: AlignedRow, reading: Reading, sums: Sequence[_ColumnSum]) -> list[bool]:
    empty = [cell for cell, item in zip(row.row.cells, reading.items, strict=True) if item is None or item.number.value is None]
    return [any(cell in column.weights for cell in empty) for column in sums]


def _unread(row: AlignedRow, sums: Sequence[_ColumnSum]) -> list[bool]:
    return [any(cell in column.weights for cell in row.row.cells) for column in sums]


class _Worlds:
    """Combinations of readings: their log-weights, their column sums so far, and which reading each open row has in them."""

    def __init__(self, sums: int) -> None:
        self._log_weight = np.zeros(1)
        self._sums = np.zeros((1, sums))
        self._blank = np.zeros((1, sums), bool)
        self._choices = np.zeros((1, 0), np.intp)

    def multiply(self, options: _Options) -> None:
        """Combine all worlds with all alternatives of a row."""
        count, size = len(options.log_weight), len(self._log_weight)
        self._log_weight = np.repeat(self._log_weight, count) + np.tile(options.log_weight, size)
        self._sums = np.repeat(self._sums, count, axis=0) + np.tile(options.amounts, (size, 1))
        self._blank = np.repeat(self._blank, count, axis=0) | np.tile(options.blanks, (size, 1))
        self._choices = np.repeat(self._choices, count, axis=0)
        if options.is_open:
            self._choices = np.column_stack([self._choices, np.tile(np.arange(count), size)])

    def marginals(self, counts: Sequence[int]) -> list[NDArray[np.float64]]:
        """Probability of each alternative of each open row, once every row is in and the relations have their say."""
        held = np.where(np.abs(self._sums) > _EQUAL, np.where(self._blank, _FAILS_BLANK, _FAILS), 0.0).sum(axis=1)
        log_weight = self._log_weight + held
        weights = np.exp(log_weight - np.logaddexp.reduce(log_weight))
        return [np.bincount(choice, weights, minlength=count) for choice, count in zip(self._choices.T, counts, strict=True)]


@cache
def _column_sums(form: FormTable) -> tuple[_ColumnSum, ...]:
    """The relations between rows, and those that follow from two of them when what they share is left out."""
    stated = [
        {**dict.fromkeys(cell.left, 1), **dict.fromkeys(cell.right, -1)} for cell in form.cell_relations if cell.relation.each == "column"
    ]
    derived = []
    for place, one in enumerate(stated):
        for other in stated[place + 1 :]:
            shared = one.keys() & other.keys()
            if len(shared) == 1:
                key = shared.pop()
                sign = -one[key] // other[key]
                derived.append({cell: one.get(cell, 0) + sign * other.get(cell, 0) for cell in (*one, *other) if cell != key})
    return tuple(_ColumnSum(weights) for weights in (*stated, *derived))
