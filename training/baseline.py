"""What a careful script does without learning: the offsets that heads and full rows show, else the order of the values.

It reads the same labelled rows as the trained aligner and goes through the same later stages, so what differs in the result is
the alignment alone.
"""

from collections.abc import Sequence
from itertools import pairwise

from extractor.align import AlignedRow, Assignment, Reading, report_shapes
from extractor.glued import RowWays, ways_to_read
from extractor.label import LabelledRow, LabelledTable
from extractor.numbers import NO_NUMBER
from extractor.settings import DEFAULTS
from extractor.shapes import STRAY, Shape


class OrderAligner:
    """Aligns rows by offsets and order; each row has one reading, of which it is certain."""

    id = "baseline"
    sha256 = ""

    def align(self, tables: Sequence[LabelledTable]) -> list[list[AlignedRow]]:
        """The reading of every row of every table."""
        ways = [ways_to_read(table, DEFAULTS) for table in tables]
        return [
            [
                AlignedRow(row, _reading(row, own, shapes))
                for row, own, shapes in zip(table.rows, found, found_shapes, strict=True)
            ]
            for table, found, found_shapes in zip(tables, ways, report_shapes(tables, ways), strict=True)
        ]


def _reading(row: LabelledRow, ways: RowWays, shapes: Sequence[Shape]) -> tuple[Reading, ...]:
    """The way with as many values as columns when there is one, else the first."""
    if not ways.ways:
        return ()
    way, shape = max(zip(ways.ways, shapes, strict=True), key=lambda pair: len(pair[0].items) == len(row.cells))
    assignment = assign(shape)
    items = [
        None if column not in assignment else way.items[assignment.index(column)] for column in range(len(row.cells))
    ]
    values = tuple((item.number or NO_NUMBER)[:2] if item else None for item in items)
    return (Reading(tuple(items), values, assignment.count(STRAY), 0.0),)


def assign(shape: Shape) -> Assignment:
    """The column of each value of a row, by the first rule that applies.

    As many values as columns: in order. As many cells: by cell. Else the columns that full rows have at these positions, or at
    these offsets. Else from the left, and what is too much is no cell.
    """
    count, width = len(shape.slots), len(shape.totals)
    if count == width:
        return tuple(range(width))
    if shape.length == width and shape.slots and shape.slots[-1] < width:
        return shape.slots
    offsets = tuple(slot - shape.lead for slot in shape.slots) if shape.lead is not None else ()
    for columns in (shape.at, offsets):
        known = tuple(column for column in columns if column is not None and 0 <= column < width)
        if len(known) == count and all(left < right for left, right in pairwise(known)):
            return known
    return tuple(place if place < width else STRAY for place in range(count))
