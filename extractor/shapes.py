"""The shape of a printed row: all that the classifier may know of where its values stand.

Places are counted in values and in cells from the label, from the end of the row, and against what the full rows of the same
table agree on, so that they mean the same in every layout. The values themselves are left out but for being 0: what they add up
to is weighed once, on whole readings (``align.py``).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from extractor.document import made
from extractor.numbers import NO_NUMBER
from extractor.tokens import Token

STRAY = -1
"""The column of a value that is no cell at all."""

_NEAR_X = 3.0  # characters or grid columns
_PARAGRAPH = 2  # lines between paragraphs
_MOST_CELLS = 24


class Row:
    """A printed row to be aligned.

    Attributes:
        slots: its values and blank cells, in order.
        totals: for each of its columns those that it is the total of.
        cut: the document breaks off in it.
        label_line: the line that its label stands on.
        values: its values, in order.
        places: the place of each among the slots.
        lines: the line of each.
    """

    __slots__ = ("cut", "label_line", "lines", "places", "slots", "totals", "values")

    def __init__(
        self,
        slots: tuple[Token, ...],
        totals: tuple[tuple[int, ...], ...],
        cut: bool = False,
        label_line: int | None = None,
    ) -> None:
        self.slots, self.totals, self.cut, self.label_line = slots, totals, cut, label_line
        self.places = tuple([place for place, slot in enumerate(slots) if slot.kind == "value"])
        self.values = slots if len(self.places) == len(slots) else tuple([slots[place] for place in self.places])
        self.lines = [value.line for value in self.values]


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
    heard: dict[int, list[Row]] = {len(row.totals): [] for row in rows}
    for row, witness in zip(rows, witnesses or [True] * len(rows), strict=True):
        if witness:
            heard[len(row.totals)].append(row)
    consensus = {width: _Consensus(found, width) for width, found in heard.items()}
    lines = gaps or Gaps(rows)
    return [_shape(row, consensus[len(row.totals)], lines) for row in rows]


class _Consensus:
    """What the full rows of a table agree on: where their values begin, how many cells they have, at which x each column is."""

    def __init__(self, rows: Sequence[Row], width: int) -> None:
        full = [row for row in rows if len(row.values) == width]
        used = sum([bool(row.places) for row in rows])
        self.lead = _most([row.places[0] for row in full])
        self.usual = _most([len(row.slots) for row in full])
        self.full = round(4 * len(full) / used) if used else 0
        self._columns: dict[float, int] = {}
        if full and width > 1:
            positions = [[value.x for value in row.values] for row in full]
            if positions.count(positions[0]) == len(positions):  # as in most tables
                x = [int(position) for position in positions[0]]
            else:
                x = [_most(column) or 0 for column in zip(*positions, strict=True)]
            if all(left < right for left, right in pairwise(x)):
                self._columns = {float(position): column for column, position in enumerate(x)}

    def columns_at(self, slots: Sequence[Token]) -> tuple[int | None, ...]:
        """The column whose position each slot has; None when positions do not tell columns apart."""
        if not self._columns:
            return (None,) * len(slots)
        known = self._columns
        return tuple([known[slot.x] if slot.x in known else self._nearest(slot.x) for slot in slots])

    def _nearest(self, position: float) -> int:
        near = sorted((abs(position - x), column) for x, column in self._columns.items())[:2]
        return near[0][1] if near[0][0] <= _NEAR_X and near[0][0] < near[1][0] else STRAY


def _most(items: Sequence[float]) -> int | None:
    if not items:
        return None
    if items.count(items[0]) == len(items):
        return int(items[0])
    counts = Counter(items)
    return int(max(counts, key=lambda item: (counts[item], -item)))


class Gaps:
    """How many lines lie between the cells of a report that is printed with one cell a line.

    A blank cell either vanishes or makes the gap longer: by a line where cells are paragraphs, by a whole gap where runs of
    carriage returns end cells. What the smallest gaps are, and so what a longer one stands for, only the whole report tells.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        between: list[int] = []
        before: list[int] = []
        for row in rows:
            lines = row.lines
            if not lines:
                continue
            if lines.count(lines[0]) < len(lines):
                between += [after - line for line, after in pairwise(lines)]
            if row.label_line:
                before.append(lines[0] - row.label_line)
        self._between = min((gap for gap in between if gap > 0), default=0)
        self._before = min((gap for gap in before if gap > 0), default=0)
        self._unit = self._between if self._between > _PARAGRAPH else 1

    def places(self, lines: Sequence[int], label_line: int | None) -> tuple[int, ...]:
        """The place of each value of a row, counted in cells."""
        if not self._between:
            return in_order(len(lines))
        first = max(0, lines[0] - label_line - self._before) // self._unit if label_line and self._before else 0
        places = [first]
        for line, after in pairwise(lines):
            longer = after - line - self._between
            places.append(places[-1] + 1 + (longer // self._unit if longer > 0 else 0))
        return tuple(places) if places[-1] <= _MOST_CELLS else tuple(min(place, _MOST_CELLS) for place in places)


def _shape(row: Row, consensus: _Consensus, gaps: Gaps) -> Shape:
    places, lines, count, length = row.places, row.lines, len(row.places), len(row.slots)
    on_one_line = count > 1 and lines.count(lines[0]) == count
    different = 1 if on_one_line else len(set(lines))
    return made(
        Shape,
        (
            row.totals,
            places if length <= _MOST_CELLS else tuple([min(place, _MOST_CELLS) for place in places]),
            gaps.places(lines, row.label_line) if different == count > 0 else in_order(count),
            _breaks(lines) if 1 < different < count else (False,) * count,
            consensus.columns_at(row.values),
            tuple([(value.number or NO_NUMBER).value == 0 for value in row.values]),
            min(length, _MOST_CELLS),
            consensus.lead,
            min(consensus.usual, _MOST_CELLS) if consensus.usual is not None else None,
            consensus.full,
            row.cut,
        ),
    )


def _breaks(lines: Sequence[int]) -> tuple[bool, ...]:
    """Which values stand alone on their line, where others share one."""
    counts = Counter(lines)
    return tuple([counts[line] == 1 for line in lines])


@lru_cache(maxsize=64)
def in_order(count: int) -> tuple[int, ...]:
    """The places of so many things in order; remembered."""
    return tuple(range(count))
