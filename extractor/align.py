"""Which value is in which column: the most probable readings of each printed row.

A reading is a walk: each value goes to a column right of the last one used, or is *stray*, no cell at all. The trained
classifier gives the probability of each step, a beam search the best walks. A glued run of digits is a value with many cuts: each cut gives
more readings of the same row. The row's own totals weigh in; the rest of the table does in ``reconcile.py``.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractor.document import Where
from extractor.features import STRAY, Row, Shape, Slot, shapes
from extractor.forms import FormTable
from extractor.label import LabelledRow, LabelledTable
from extractor.model import AlignerModel, reading_traits
from extractor.numbers import Number, parse
from extractor.runs import balanced_cuts, cuts
from extractor.settings import Settings
from extractor.tokens import Token

Totals = tuple[tuple[int, ...], ...]
Assignment = tuple[int, ...]
"""For each value its column, or STRAY."""
Probabilities = Mapping[tuple[int, int], NDArray[np.float64]]

_Prints = Literal["all", "fewer", "more"]

_MARGIN = 12.0  # readings that are this much less likely than the best (in log) are not kept
_NO_CUT = math.log(0.004)  # that a glued row is printed with a wrong total, so that no cut adds up
_WRONG_KIND = -6.0  # a sign or decimals in a column of counts
_LONGEST_RUN = 24  # a longer run in a row without totals has too many cuts to be read
_CACHE = 20_000
_SIGNS = frozenset("+-＋－－—增减減")


class Item(NamedTuple):
    """A value that can go to a cell: a token, or a part of a glued run."""

    number: Number
    text: str
    where: Where
    x: float


class Reading(NamedTuple):
    """One reading of a row.

    Attributes:
        items: the value of each cell; None where nothing is printed for it.
        strays: how many values are no cell.
        log_prob: log-probability among the readings of the row.
        arithmetic: the part of the log-weight that the row's own totals give.
    """

    items: tuple[Item | None, ...]
    strays: int
    log_prob: float
    arithmetic: float = 0.0


@dataclass(frozen=True, slots=True)
class AlignedRow:
    """A labelled row with its readings, best first; without readings it can't be decided at all."""

    row: LabelledRow
    readings: tuple[Reading, ...]


class _Variant(NamedTuple):
    """One way to cut the glued runs of a row: its values in order, and its slots."""

    items: tuple[Item, ...]
    slots: tuple[Slot, ...]


class Aligner:
    """Aligns rows with one model; remembers the shapes it has scored, since most rows of most reports are alike."""

    def __init__(self, model: AlignerModel, settings: Settings) -> None:
        self.model = model
        self.settings = settings
        self._decoded: dict[Shape, tuple[tuple[Assignment, float], ...]] = {}

    def align(self, tables: Sequence[LabelledTable]) -> list[list[AlignedRow]]:
        """Find the most probable readings of all rows of all tables of a report, with one call of the classifier.

        Returns:
            For each table its rows in order.
        """
        variants = [[self._variants(row, table.form, _prints(table)) for row in table.rows] for table in tables]
        shaped = [_table_shapes(table, found) for table, found in zip(tables, variants, strict=True)]
        self._decode({shape for table in shaped for row in table for shape in row})
        return [
            [
                AlignedRow(row, self._readings(row, table.form, options, row_shapes))
                for row, options, row_shapes in zip(table.rows, found, found_shapes, strict=True)
            ]
            for table, found, found_shapes in zip(tables, variants, shaped, strict=True)
        ]

    def _variants(self, row: LabelledRow, form: FormTable, prints: _Prints) -> list[_Variant]:
        if sum(token.kind == "value" for token in row.tokens) > self.settings.max_tokens or any(map(_is_unreadable, row.tokens)):
            return []
        if prints == "more" and _certain_count(row) is None:
            return []
        found = list(islice(_cut_row(row, form_totals(row.cells, form), prints == "all"), self.settings.splits + 1))
        return found if len(found) <= self.settings.splits else []

    def _decode(self, wanted: set[Shape]) -> None:
        if len(self._decoded) > _CACHE:
            self._decoded.clear()
        new = [shape for shape in wanted if shape not in self._decoded]
        for shape, steps in zip(new, self.model.log_probabilities(new), strict=True):
            self._decoded[shape] = tuple(decode(steps, len(shape.slots), len(shape.totals), self.settings.readings))

    def _readings(self, row: LabelledRow, form: FormTable, variants: Sequence[_Variant], row_shapes: Sequence[Shape]) -> tuple[Reading, ...]:
        """All readings of all variants, with probabilities that sum to 1 (less what :data:`_NO_CUT` takes)."""
        totals = form_totals(row.cells, form)
        kinds = tuple(form.columns[cell].kind if cell in form.columns else "count" for cell in row.cells)
        weighed: dict[tuple[object, ...], Reading] = {}
        for variant, shape in zip(variants, row_shapes, strict=True):
            for assignment, score in self._decoded[shape]:
                reading = self._weigh(_place(variant, assignment, len(row.cells)), score, totals, len(assignment))
                reading = reading._replace(log_prob=reading.log_prob + _kind_penalty(reading.items, kinds))
                key = tuple(item.number[:2] if item else None for item in reading.items)
                weighed[key] = _merged(weighed[key], reading) if key in weighed else reading
        return _normalised(list(weighed.values()), doubtful=_certain_count(row) is None)[: self.settings.row_readings]


    def _weigh(self, reading: Reading, score: float, totals: Totals, values: int) -> Reading:
        """A reading with its log-weight, and how much of that is arithmetic."""
        numbers = [item.number.value if item else None for item in reading.items]
        traits = reading_traits(score, numbers, totals, reading.strays, values)
        arithmetic = self.model.weights.weigh(traits._replace(score=0.0, stray=0, wasted=0))
        return reading._replace(log_prob=self.model.weights.weigh(traits), arithmetic=arithmetic)


def decode(steps: Probabilities, values: int, width: int, count: int) -> Iterator[tuple[Assignment, float]]:
    """The best walks through the columns, best first (beam search).

    Args:
        steps: log-probabilities of the steps, see :meth:`AlignerModel.log_probabilities`.
        values: how many values the row has.
        width: how many columns.
        count: how many walks to give.
    """
    partial: list[tuple[Assignment, int, float]] = [((), -1, 0.0)]
    for place in range(values):
        grown = []
        for done, previous, weight in partial:
            options = steps[place, previous].tolist()
            grown += [((*done, column), column, weight + option) for column, option in zip(range(previous + 1, width), options, strict=False)]
            grown.append(((*done, STRAY), previous, weight + options[-1]))
        grown.sort(key=lambda walk: -walk[2])
        best = grown[0][2]
        partial = [walk for walk in grown[: 4 * count] if walk[2] > best - _MARGIN]
    yield from ((done, weight) for done, _, weight in partial[:count])


# --- rows ------------------------------------------------------------------------------------------------------------


@cache
def form_totals(cells: tuple[str, ...], form: FormTable) -> Totals:
    """For each cell of a printed row the places of the cells that it is the total of."""
    places = {cell: place for place, cell in enumerate(cells)}
    found: list[tuple[int, ...]] = [()] * len(cells)
    for relation in form.cell_relations:
        if relation.relation.each == "row" and relation.right[0] in places:
            found[places[relation.right[0]]] = tuple(places[cell] for cell in relation.left)
    return tuple(found)


def _table_shapes(table: LabelledTable, variants: Sequence[Sequence[_Variant]]) -> list[list[Shape]]:
    """The shape of each variant of each row; the rows that were not cut tell what the table agrees on."""
    flat = [Row(variant.slots, form_totals(row.cells, table.form), row.cut) for row, found in zip(table.rows, variants, strict=True) for variant in found]
    witnesses = [len(found) == 1 for found in variants for _ in found]
    found_shapes = iter(shapes(flat, witnesses))
    return [[next(found_shapes) for _ in found] for found in variants]


def row_shapes(table: LabelledTable) -> Iterator[tuple[LabelledRow, Shape]]:
    """The rows of a table that have values and no glued runs, each with its shape: what the classifier learns from."""
    rows = [row for row in table.rows if not _is_cut(row) and any(token.kind == "value" for token in row.tokens)]
    found = shapes([Row(tuple(map(_slot, row.tokens)), form_totals(row.cells, table.form), row.cut) for row in rows])
    yield from zip(rows, found, strict=True)


def _place(variant: _Variant, assignment: Assignment, width: int) -> Reading:
    items: list[Item | None] = [None] * width
    for item, column in zip(variant.items, assignment, strict=True):
        if column >= 0:
            items[column] = item
    return Reading(tuple(items), assignment.count(STRAY), 0.0)


def _merged(one: Reading, other: Reading) -> Reading:
    """Two readings with the same values as one."""
    likelier = one if one.log_prob >= other.log_prob else other
    return likelier._replace(log_prob=float(np.logaddexp(one.log_prob, other.log_prob)))


def _kind_penalty(items: Sequence[Item | None], kinds: Sequence[str]) -> float:
    """Log-weight of signs outside columns of changes, and decimals outside columns of amounts."""
    wrong = 0
    for item, kind in zip(items, kinds, strict=True):
        if item is not None and item.number.value is not None:
            wrong += kind == "count" and is_odd_count(item.number, item.text)
    return _WRONG_KIND * wrong


def is_odd_count(number: Number, text: str) -> bool:
    """True for a number with a sign or decimals, which a count can't have."""
    return number.value is not None and (text[:1] in _SIGNS or isinstance(number.value, float))


def _normalised(readings: list[Reading], *, doubtful: bool) -> tuple[Reading, ...]:
    if not readings:
        return ()
    total = float(np.logaddexp.reduce([reading.log_prob for reading in readings]))
    taken = math.log1p(-math.exp(_NO_CUT)) if doubtful else 0.0
    ranked = sorted((reading._replace(log_prob=reading.log_prob - total + taken) for reading in readings), key=lambda reading: -reading.log_prob)
    return tuple(reading for reading in ranked if reading.log_prob > -_MARGIN)


# --- glued runs ------------------------------------------------------------------------------------------------------


def _is_run(token: Token) -> bool:
    """True for digits that may be several numbers: nothing separates them from the label, or they begin with zeros."""
    number = token.number
    return number is not None and len(number.digits) > 1 and (token.glued or (number.digits[0] == "0" and "." not in number.digits))


def _is_unreadable(token: Token) -> bool:
    """True for a glued number with thousands separators: where it begins can't be told."""
    return token.glued and "," in token.text


def _is_cut(row: LabelledRow) -> bool:
    return len(row.cells) > 1 and any(_is_run(token) for token in row.tokens)


def _prints(table: LabelledTable) -> _Prints:
    """What the rows whose values can be counted show: that a table prints a value in every cell, or fewer, or also more."""
    counts = [(count, len(row.cells)) for row in table.rows if len(row.cells) > 1 and (count := _certain_count(row)) is not None]
    if any(count > width for count, width in counts):
        return "more"
    return "all" if counts and all(count == width for count, width in counts) else "fewer"


def _certain_count(row: LabelledRow) -> int | None:
    """How many values a row has; None when a run of digits may be cut in several ways."""
    count = 0
    for token in row.tokens:
        if token.kind == "value" and token.number:
            if _is_run(token) and token.number.digits.strip("0"):
                return None
            count += len(token.number.digits) if _is_run(token) else 1
    return count


def _cut_row(row: LabelledRow, totals: Totals, prints_all: bool) -> Iterator[_Variant]:
    """The ways to cut a row's runs. A row without runs has one."""
    tokens = [token for token in row.tokens if token.kind == "value"]
    if not _is_cut(row):
        items = tuple(Item(token.number or Number(None, "note"), token.text, token.where, token.x) for token in tokens)
        yield _Variant(items, tuple(_slot(token) for token in row.tokens))
        return
    balanced = [_items(tokens[0], parts) for parts in balanced_cuts(_digits(tokens[0]), totals)] if prints_all and any(totals) and len(tokens) == 1 else []
    for items in balanced or _cut_tokens(tokens, len(row.cells), prints_all):
        yield _Variant(items, tuple(Slot(item.number.value, True, item.where.line or 0, item.x) for item in items))


def _digits(token: Token) -> str:
    return token.number.digits if token.number else ""


def _slot(token: Token) -> Slot:
    return Slot(token.number.value if token.number else None, token.kind == "value", token.line, token.x)


def _cut_tokens(tokens: Sequence[Token], width: int, prints_all: bool) -> Iterator[tuple[Item, ...]]:
    """Cut each run among the values of a row so that there are not more values than columns."""

    def cut(place: int, left: int) -> Iterator[tuple[Item, ...]]:
        if place == len(tokens):
            if left == 0 or not prints_all:
                yield ()
            return
        for items in _token_cuts(tokens[place], left - (len(tokens) - place - 1)):
            for others in cut(place + 1, left - len(items)):
                yield (*items, *others)

    yield from cut(0, width)


def _token_cuts(token: Token, most: int) -> Iterator[tuple[Item, ...]]:
    """The ways to cut one token into at most ``most`` values."""
    if not _is_run(token):
        yield (Item(token.number or Number(None, "note"), token.text, token.where, token.x),)
    elif len(_digits(token)) <= _LONGEST_RUN:
        for count in range(1, most + 1):
            for parts in cuts(_digits(token), count):
                yield _items(token, parts)


def _items(token: Token, parts: Sequence[str]) -> tuple[Item, ...]:
    """The values of a run that is cut into parts, each with its own place; a sign stays with the first, a unit with the last."""
    items = []
    begin, end = 0, token.text.find(parts[0][0])
    for place, part in enumerate(parts):
        end = len(token.text) if place == len(parts) - 1 else end + len(part)
        text = token.text[begin:end]
        start = (token.where.start or 0) + begin
        where = token.where._replace(start=start, end=start + len(text))
        items.append(Item(parse(text) or Number(None, "note", doubtful=True), text, where, token.x + begin))
        begin = end
    return tuple(items)
