"""One reading for each row of a table, by probability and by the relations between rows.

Each combination of readings is a *world*. Worlds in which the form's column relations hold are more likely than worlds in which
they fail; they are not impossible, since agencies print wrong sums. The probability of a cell's value is that of all worlds
that have it, and so is its confidence. Nothing that is printed is ever changed.
"""

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractor.align import CERTAIN, AlignedRow, Reading
from extractor.document import made
from extractor.forms import FormTable
from extractor.label import LabelledRow
from extractor.settings import Settings
from extractor.tokens import Token

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

    item: Token | None
    confidence: float
    alternative: Token | None = None
    rivalled: float = 0.0


class ReconciledRow(NamedTuple):
    """A row with a choice for each of its cells.

    Attributes:
        row: the row.
        items: the value of each of its cells, None for none.
        strays: how many of its values are no cell in the likeliest reading, None when it could not be read at all.
        complete: that reading has a value for every cell.
        confidence: probability of each value, or the least of these.
        open: the choice for each cell, where they are not of one certain reading.
    """

    row: LabelledRow
    items: tuple[Token | None, ...]
    strays: int | None
    complete: bool
    confidence: float
    open: tuple[Choice, ...] = ()

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What each cell was decided to hold."""
        return self.open or tuple([made(Choice, (item, self.confidence, None, 0.0)) for item in self.items])


class _Sums(NamedTuple):
    """Relations between rows, each Σ weight × cell = 0: for every cell the relations it is in, with its weight."""

    size: int
    of_cell: dict[str, list[tuple[int, int]]]


def reconcile(rows: Sequence[AlignedRow], form: FormTable, settings: Settings) -> list[ReconciledRow]:
    """Choose the values of all rows of a table.

    Args:
        rows: the rows with their readings.
        form: the form of the table, for its relations.
        settings: how many worlds may be weighed.
    """
    probabilities = _world_probabilities(rows, form, settings)
    return [_decide(row, weights) for row, weights in zip(rows, probabilities, strict=True)]


def _decide(aligned: AlignedRow, weights: Sequence[float]) -> ReconciledRow:
    """The most probable value of each cell of a row, given the probabilities of its readings."""
    if weights and weights[0] > CERTAIN:
        only = aligned.readings[0]
        return made(
            ReconciledRow,
            (aligned.row, only.items, only.strays, None not in only.items, min(1.0, weights[0]), ()),
        )
    choices = tuple([_choose(aligned.readings, weights, place) for place in range(len(aligned.row.cells))])
    best = aligned.readings[weights.index(max(weights))] if weights else None
    return ReconciledRow(
        row=aligned.row,
        items=tuple([choice.item for choice in choices]),
        strays=best.strays if best else None,
        complete=best is not None and None not in best.items,
        confidence=min([choice.confidence for choice in choices], default=1.0),
        open=choices,
    )


def _choose(readings: Sequence[Reading], masses: Sequence[float], place: int) -> Choice:
    """The most probable value of one cell, and the next."""
    if not readings:
        return Choice(None, 0.0)
    values = [reading.values[place] for reading in readings]
    if values.count(values[0]) == len(values):
        return Choice(readings[0].items[place], min(1.0, sum(masses)))
    mass: dict[tuple[float | None, str] | None, float] = {}
    for value, weight in zip(values, masses, strict=True):
        mass[value] = mass.get(value, 0.0) + weight
    first, second = sorted(mass, key=mass.__getitem__, reverse=True)[:2]
    likeliest, next_best = (readings[values.index(value)].items[place] for value in (first, second))
    return Choice(likeliest, min(1.0, mass[first]), next_best, mass[second])


# --- worlds ----------------------------------------------------------------------------------------------------------


def _world_probabilities(rows: Sequence[AlignedRow], form: FormTable, settings: Settings) -> list[list[float]]:
    """Probability of each reading of each row, over all worlds.

    Where there are too many worlds to weigh, each row is judged by itself: its open cells stay flagged.

    Doubtful rows are doubtful for the same reason (a column with a stray 0, a blank column that vanished), so what the
    classifier says of each is not independent evidence: together they count as one. Each row's own say is then put back in
    full, so that a row is judged by itself and by what the relations tell of it, not by how often the same guess was made.
    """
    alone = _probabilities(rows)
    open_rows = [
        index for index, row in enumerate(rows) if len(row.readings) > 1 and row.readings[1].log_prob > _IMPOSSIBLE
    ]
    sums = _sums_over(frozenset(cell for row in rows for cell in row.row.cells), form) if open_rows else None
    if not sums or not sums.size or math.prod(len(rows[index].readings) + 1 for index in open_rows) > settings.worlds:
        return alone
    doubtful = sum(alone[index][0] < settings.accept for index in open_rows)
    options = [
        _options(rows[index], 1 / doubtful if alone[index][0] < settings.accept else 1.0, sums) for index in open_rows
    ]
    fixed = _fixed([row for index, row in enumerate(rows) if index not in open_rows], sums)
    for index, option, mass in zip(open_rows, options, _marginals(fixed, options), strict=True):
        weighed = mass * np.exp(option.held_back)
        alone[index] = (weighed / weighed.sum())[:-1].tolist()
    return alone


def _probabilities(rows: Sequence[AlignedRow]) -> list[list[float]]:
    """Probability of each reading of each row, judged by itself."""
    found = iter(np.exp([reading.log_prob for row in rows for reading in row.readings]).tolist())
    return [list(islice(found, len(row.readings))) for row in rows]


class _Options(NamedTuple):
    """Alternatives for one row.

    Attributes:
        log_weight: of each, in the worlds.
        held_back: what is left out of that, to be put back for the row itself.
        amounts: what each adds to every column sum (alternatives × sums).
        blanks: whether it leaves a blank in it.
    """

    log_weight: NDArray[np.float64]
    held_back: NDArray[np.float64]
    amounts: NDArray[np.float64]
    blanks: NDArray[np.bool_]


def _fixed(rows: Sequence[AlignedRow], sums: _Sums) -> _Options:
    """The only readings of the rows that are not open, together."""
    amounts, blanks = [0.0] * sums.size, [False] * sums.size
    for row in rows:
        _add_effect(row, row.readings[0] if row.readings else None, sums, amounts, blanks)
    return _Options(np.zeros(1), np.zeros(1), np.array([amounts]), np.array([blanks]))


def _options(row: AlignedRow, share: float, sums: _Sums) -> _Options:
    """The readings of an open row and, last, that none of them is right.

    Args:
        row: the row.
        share: how much of the classifier's say counts; the row's own arithmetic always does.
        sums: the column relations.
    """
    rest = math.log(max(1e-9, 1.0 - sum(math.exp(reading.log_prob) for reading in row.readings)))
    full = np.array([*(reading.log_prob for reading in row.readings), rest])
    position = full - np.array([*(reading.arithmetic for reading in row.readings), 0.0])
    held_back = position * (1 - share)
    amounts = [[0.0] * sums.size for _ in full]
    blanks = [[False] * sums.size for _ in full]
    for reading, own, empty in zip((*row.readings, None), amounts, blanks, strict=True):
        _add_effect(row, reading, sums, own, empty)
    return _Options(full - held_back, held_back, np.array(amounts), np.array(blanks))


def _add_effect(
    row: AlignedRow, reading: Reading | None, sums: _Sums, amounts: list[float], blanks: list[bool]
) -> None:
    """Add what a reading adds to every column sum, and where it leaves a blank; an unread row is all blank."""
    for place, cell in enumerate(row.row.cells):
        item = reading.items[place] if reading else None
        value = item.number.value if item and item.number else None
        for index, weight in sums.of_cell.get(cell, ()):
            if value is None:
                blanks[index] = True
            else:
                amounts[index] += weight * value


def _marginals(fixed: _Options, options: Sequence[_Options]) -> list[NDArray[np.float64]]:
    """Probability of each alternative of each open row over all worlds: an array with one axis for each open row."""
    varies = np.array([np.any((own.amounts != own.amounts[0]) | (own.blanks != own.blanks[0]), 0) for own in options])
    amounts, blanks = fixed.amounts[0], fixed.blanks[0]
    for own, own_varies in zip(options, varies, strict=True):
        amounts = amounts + own.amounts[0] * ~own_varies
        blanks = blanks | (own.blanks[0] & ~own_varies)
    axes = range(len(options))
    shapes = [[-1 if other == axis else 1 for other in axes] for axis in axes]
    log_weight = sum((own.log_weight.reshape(shape) for own, shape in zip(options, shapes, strict=True)), np.zeros(1))
    for index in np.flatnonzero(varies.any(0)).tolist():  # a relation that no open row touches tells nothing
        amount, blank = amounts[index], blanks[index]
        for axis in np.flatnonzero(varies[:, index]).tolist():
            amount = amount + options[axis].amounts[:, index].reshape(shapes[axis])
            blank = blank | options[axis].blanks[:, index].reshape(shapes[axis])
        log_weight = log_weight + np.where(np.abs(amount) > _EQUAL, np.where(blank, _FAILS_BLANK, _FAILS), 0.0)
    weights = np.exp(log_weight - log_weight.max())
    weights /= weights.sum()
    return [weights.sum(axis=tuple(other for other in axes if other != axis)) for axis in axes]


@lru_cache(maxsize=256)
def _sums_over(cells: frozenset[str], form: FormTable) -> _Sums:
    """The column relations whose cells are all in the document."""
    known = [weights for weights in _column_sums(form) if cells.issuperset(weights)]
    of_cell: dict[str, list[tuple[int, int]]] = {}
    for index, weights in enumerate(known):
        for cell, weight in weights.items():
            of_cell.setdefault(cell, []).append((index, weight))
    return _Sums(len(known), of_cell)


@cache
def _column_sums(form: FormTable) -> tuple[dict[str, int], ...]:
    """The relations between rows, and those that follow from two of them when what they share is left out."""
    stated = [
        {**dict.fromkeys(cell.left, 1), **dict.fromkeys(cell.right, -1)}
        for cell in form.cell_relations
        if cell.relation.each == "column"
    ]
    derived = []
    for place, one in enumerate(stated):
        for other in stated[place + 1 :]:
            shared = one.keys() & other.keys()
            if len(shared) == 1:
                key = shared.pop()
                sign = -one[key] // other[key]
                derived.append(
                    {cell: one.get(cell, 0) + sign * other.get(cell, 0) for cell in (*one, *other) if cell != key}
                )
    return (*stated, *derived)
