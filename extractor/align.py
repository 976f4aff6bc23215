"""Which value is in which column: the most probable readings of each printed row.

A reading is a walk: each value goes to a column right of the last one used, or is *stray*, no cell at all. The trained
classifier gives the probability of each step, a beam search the best walks. A glued run of digits is a value with many cuts:
each cut gives more readings of the same row. The row's own totals weigh in; the rest of the table does in ``reconcile.py``.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import compress, islice
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from extractor.document import made
from extractor.glued import RowWays, Way, ways_to_read
from extractor.label import LabelledRow, LabelledTable
from extractor.model import AlignerModel, StepWeights, stray_traits, total_traits
from extractor.numbers import NO_NUMBER
from extractor.settings import Settings
from extractor.shapes import STRAY, Gaps, Row, Shape, in_order, shapes
from extractor.tokens import Token
from extractor.totals import row_totals
from extractor.vocabulary import vocabulary

Assignment = tuple[int, ...]
"""For each value its column, or STRAY."""

_MARGIN = 12.0  # readings that are this much less likely than the best (in log) are not kept
_NO_CUT = math.log(0.004)  # that a glued row is printed with a wrong total, so that no cut adds up
_WRONG_KIND = -6.0  # a sign or decimals in a column of counts
_SHAPES = 16_000  # shapes that are remembered; reports show ever fewer new ones
_ROWS = 4_000  # rows that are remembered

CERTAIN = 0.9999
"""Of a reading that is likelier than this no other is given: none is worth asking for."""

Values = tuple[tuple[float | None, str] | None, ...]
"""Number and state of each cell; None where nothing is printed."""


class Reading(NamedTuple):
    """One reading of a row.

    Attributes:
        items: the value of each cell; None where nothing is printed for it.
        values: the same as numbers and states, to compare.
        strays: how many values are no cell.
        log_prob: log-probability among the readings of the row.
        arithmetic: the part of the log-weight that the row's own totals give.
    """

    items: tuple[Token | None, ...]
    values: Values
    strays: int
    log_prob: float
    arithmetic: float = 0.0


class AlignedRow(NamedTuple):
    """A labelled row with its readings, best first; without readings it can't be decided at all."""

    row: LabelledRow
    readings: tuple[Reading, ...]


class _Walk(NamedTuple):
    """A walk of a shape, and what it says of every row of that shape.

    Attributes:
        assignment: the walk.
        sources: for each column the place of its value, -1 where it has none.
        strays: how many values are no cell.
        log_weight: what its columns weigh, whatever the values are.
    """

    assignment: Assignment
    sources: tuple[int, ...]
    strays: int
    log_weight: float


class _Weighed(NamedTuple):
    """A reading before its values get their places: the values of the columns, a walk that gives them, and log-weights.

    ``way`` tells which of the ways to read the print it is of.
    """

    key: Values
    walk: _Walk
    log_weight: float
    arithmetic: float
    way: int = 0


class _Printed(NamedTuple):
    """All that the weights of the readings of a row depend on, once its print is read in one way; most rows are alike.

    Attributes:
        shape: its shape.
        values: number and state of each value.
        odd: which values have a sign or decimals.
        counts: which of its cells hold counts.
    """

    shape: Shape
    values: tuple[tuple[float | None, str], ...]
    odd: tuple[bool, ...]
    counts: tuple[bool, ...]


class Aligner:
    """Aligns rows with one model; remembers the shapes it has scored, since most rows of most reports are alike."""

    def __init__(self, model: AlignerModel, settings: Settings) -> None:
        self.model = model
        self.id, self.sha256 = model.id, model.sha256
        self.settings = settings
        self._walks: dict[Shape, tuple[_Walk, ...]] = {}
        self._weigh = lru_cache(maxsize=_ROWS)(self._weigh_anew)
        self._rank = lru_cache(maxsize=_ROWS)(self._rank_anew)

    def align(self, tables: Sequence[LabelledTable]) -> list[list[AlignedRow]]:
        """Find the most probable readings of all rows of all tables of a report, with one call of the classifier.

        Returns:
            For each table its rows in order.
        """
        decided = [all(row.in_place for row in table.rows) for table in tables]
        undecided = [table for table, done in zip(tables, decided, strict=True) if not done]
        ways = [ways_to_read(table, self.settings) for table in undecided]
        shaped = report_shapes(undecided, ways)
        self._decode([shape for table in shaped for row in table for shape in row if shape.slots])
        aligned = iter(
            [
                AlignedRow(row, self._readings(row, *way))
                for row, way in zip(table.rows, zip(found, found_shapes, strict=True), strict=True)
            ]
            for table, found, found_shapes in zip(undecided, ways, shaped, strict=True)
        )
        return [
            [AlignedRow(row, (_as_it_stands(row),)) for row in table.rows] if done else next(aligned)
            for table, done in zip(tables, decided, strict=True)
        ]

    def _decode(self, wanted: Sequence[Shape]) -> None:
        if len(self._walks) > _SHAPES:  # forget the older half
            for shape in list(islice(self._walks, _SHAPES // 2)):
                del self._walks[shape]
        new = list({shape: None for shape in wanted if shape not in self._walks})
        for shape, steps in zip(new, self.model.log_probabilities(new), strict=True):
            walks = decode(steps, len(shape.slots), self.settings.readings)
            self._walks[shape] = tuple([self._walk(walk, score, len(shape.totals)) for walk, score in walks])

    def _walk(self, assignment: Assignment, score: float, width: int) -> _Walk:
        strays = assignment.count(STRAY)
        weight = self.model.weights.weigh_place(score, *stray_traits(strays, len(assignment), width))
        places = {column: place for place, column in enumerate(assignment)}
        return _Walk(assignment, tuple([places.get(column, -1) for column in range(width)]), strays, weight)

    def _readings(self, row: LabelledRow, ways: RowWays, way_shapes: Sequence[Shape]) -> tuple[Reading, ...]:
        """The readings of a row, with probabilities that sum to 1 less what :data:`_NO_CUT` and :data:`CERTAIN` leave out."""
        if row.in_place:
            return (_as_it_stands(row),)
        if len(ways.ways) == 1 and ways.certain:
            if not ways.ways[0].items:
                return _blank_row(len(row.cells))
            ranked = self._rank(_printed(row, ways.ways[0], way_shapes[0]))
        else:
            printed = [_printed(row, way, shape) for way, shape in zip(ways.ways, way_shapes, strict=True)]
            weighed = _together([self._weigh(own) for own in printed])
            ranked = _normalised(weighed, self.settings.row_readings, doubtful=not ways.certain)
        return tuple(
            [
                made(Reading, (_place(ways.ways[way].items, walk.sources), key, walk.strays, weight, arithmetic))
                for key, walk, weight, arithmetic, way in ranked
            ]
        )

    def _rank_anew(self, printed: _Printed) -> list[_Weighed]:
        """The readings of a row that can be read in one way only, with log-probabilities."""
        return _normalised(self._weigh_anew(printed), self.settings.row_readings, doubtful=False)

    def _weigh_anew(self, printed: _Printed) -> list[_Weighed]:
        """The readings of one way with their log-weights, those with the same values together."""
        shape, values, odd, counts = printed
        weights, totals = self.model.weights, shape.totals if any(shape.totals) else ()
        places = (*values, None)
        numbers = [*(number for number, _ in values), None]
        any_odd = True in odd
        found: dict[Values, _Weighed] = {}
        for walk in self._walks[shape]:
            key = tuple([places[place] for place in walk.sources])
            sums, broken = total_traits([numbers[place] for place in walk.sources], totals) if totals else (0, 0)
            arithmetic = weights.weigh_arithmetic(sums, broken)
            weight = walk.log_weight + arithmetic
            if any_odd:
                wrong = [column != STRAY and counts[column] for column in compress(walk.assignment, odd)]
                weight += _WRONG_KIND * sum(wrong)
            if known := found.get(key):
                weight = float(np.logaddexp(weight, known.log_weight))
                walk = known.walk
            found[key] = made(_Weighed, (key, walk, weight, arithmetic, 0))
        return list(found.values())


def decode(steps: StepWeights, values: int, count: int) -> Iterator[tuple[Assignment, float]]:
    """The best walks through the columns, best first (beam search).

    Args:
        steps: log-probabilities of the steps, see :meth:`AlignerModel.log_probabilities`.
        values: how many values the row has.
        count: how many walks to give.
    """
    partial: list[tuple[Assignment, int, float]] = [((), -1, 0.0)]
    for place in range(values):
        heaviest: dict[int, float] = {}  # weight of the best walk to each column; walks stand best first
        for _, previous, weight in partial:
            heaviest.setdefault(previous, weight)
        options = {previous: steps[place, previous] for previous in heaviest}
        least = max(weight + max(options[previous]) for previous, weight in heaviest.items()) - _MARGIN
        likely = {
            previous: [(column, own) for column, own in _by_column(previous, options[previous]) if weight + own > least]
            for previous, weight in heaviest.items()
        }
        grown = [
            (total, column, previous, done)
            for done, previous, weight in partial
            for column, own in likely[previous]
            if (total := weight + own) > least
        ]
        grown.sort(key=itemgetter(0), reverse=True)
        partial = [
            ((*done, column), previous if column == STRAY else column, weight)
            for weight, column, previous, done in grown[: 4 * count]
        ]
    yield from ((done, weight) for done, _, weight in partial[:count])


def _by_column(previous: int, options: Sequence[float]) -> Iterator[tuple[int, float]]:
    """The options after a column, each with the column that it leads to."""
    yield from enumerate(options[:-1], previous + 1)
    yield STRAY, options[-1]


# --- rows ------------------------------------------------------------------------------------------------------------


def report_shapes(tables: Sequence[LabelledTable], ways: Sequence[Sequence[RowWays]]) -> list[list[list[Shape]]]:
    """The shape of each way of each row of each table; rows that can be read in one way only tell what a table agrees on."""
    flat = [
        [
            Row(way.slots, row_totals(row.cells), row.cut, row.label_line)
            for row, own in zip(table.rows, found, strict=True)
            for way in own.ways
        ]
        for table, found in zip(tables, ways, strict=True)
    ]
    gaps = Gaps(row for rows in flat for row in rows)
    result = []
    for rows, found in zip(flat, ways, strict=True):
        witnesses = [len(own.ways) == 1 for own in found for _ in own.ways]
        found_shapes = iter(shapes(rows, witnesses, gaps))
        result.append([[next(found_shapes) for _ in own.ways] for own in found])
    return result


def row_shapes(tables: Sequence[LabelledTable], settings: Settings) -> Iterator[tuple[LabelledRow, Shape]]:
    """The rows of a report whose values are separate, each with its shape: what the classifier learns from."""
    ways = [ways_to_read(table, settings) for table in tables]
    for table, found, own in zip(tables, ways, report_shapes(tables, ways), strict=True):
        for row, row_ways, way_shapes in zip(table.rows, found, own, strict=True):
            if len(way_shapes) == 1 and row_ways.ways[0].items and row_ways.ways[0].slots == row.tokens:
                yield row, way_shapes[0]


def _as_it_stands(row: LabelledRow) -> Reading:
    """The one reading of a row of which each token is the cell of its column."""
    items = tuple(token if token.kind == "value" else None for token in row.tokens)
    values = tuple(item and (item.number or NO_NUMBER)[:2] for item in items)
    return Reading(items, values, 0, 0.0)


@cache
def _blank_row(width: int) -> tuple[Reading]:
    """The one reading of a row in which nothing is printed."""
    return (Reading((None,) * width, (None,) * width, 0, 0.0),)


def _printed(row: LabelledRow, way: Way, shape: Shape) -> _Printed:
    numbers = [item.number or NO_NUMBER for item in way.items]
    values = tuple([number[:2] for number in numbers])
    return made(_Printed, (shape, values, tuple([not number.countable for number in numbers]), _counts(row.cells)))


def _place(items: tuple[Token, ...], sources: tuple[int, ...]) -> tuple[Token | None, ...]:
    """The values of a way in the columns of a walk."""
    if sources == in_order(len(items)):
        return items
    places = (*items, None)
    return tuple([places[place] for place in sources])


def _together(ways: Sequence[Sequence[_Weighed]]) -> list[_Weighed]:
    """The readings of all ways; those with the same values are one, with the places of the likeliest."""
    found: dict[Values, _Weighed] = {}
    for number, weighed in enumerate(ways):
        for key, walk, log_weight, arithmetic, _ in weighed:
            reading = made(_Weighed, (key, walk, log_weight, arithmetic, number))
            if known := found.get(key):
                likelier = known if known.log_weight >= log_weight else reading
                reading = _with_weight(likelier, float(np.logaddexp(known.log_weight, log_weight)))
            found[key] = reading
    return list(found.values())


@cache
def _counts(cells: tuple[str, ...]) -> tuple[bool, ...]:
    """Which cells hold counts, where a sign or decimals are wrong."""
    return tuple(vocabulary().columns[cell].kind == "count" for cell in cells)


def _normalised(readings: list[_Weighed], most: int, *, doubtful: bool) -> list[_Weighed]:
    """The best readings with log-probabilities, best first, one that is certain alone.

    Args:
        readings: all readings of a row.
        most: how many to give.
        doubtful: keep back :data:`_NO_CUT`.
    """
    taken = math.log1p(-math.exp(_NO_CUT)) if doubtful else 0.0
    if len(readings) < 2:
        return [_with_weight(reading, taken) for reading in readings]
    weights = [reading.log_weight for reading in readings]
    total = float(np.logaddexp.reduce(weights))
    ranked = sorted([(total - weight - taken, place) for place, weight in enumerate(weights)])
    if math.exp(-ranked[0][0]) > CERTAIN:
        del ranked[1:]
    return [_with_weight(readings[place], -loss) for loss, place in ranked[:most] if loss < _MARGIN]


def _with_weight(reading: _Weighed, log_weight: float) -> _Weighed:
    key, walk, _, arithmetic, way = reading
    return made(_Weighed, (key, walk, log_weight, arithmetic, way))
