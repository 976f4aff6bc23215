"""Annotated reports to training examples: what each value of each row is.

The text goes through the same stages as at run time, so the classifier sees what it will see then.
"""

from collections.abc import Collection, Container, Iterator
from typing import NamedTuple

from extractor.align import row_shapes
from extractor.label import LabelledRow, label_rows
from extractor.locate import locate
from extractor.settings import DEFAULTS
from extractor.shapes import STRAY, Shape
from extractor.tokens import Token, tokenize
from training.annotations import STRAY as NO_CELL
from training.annotations import Annotation


class Example(NamedTuple):
    """A row: its shape, the true column of each value (:data:`STRAY` for none), and its numbers.

    ``printed`` is the number of each value, None for dashes and notes.
    """

    shape: Shape
    columns: tuple[int, ...]
    printed: tuple[float | None, ...]


class Keyed(NamedTuple):
    """A row as the program found it, with the key that the annotation gives to each of its values."""

    row: LabelledRow
    shape: Shape
    values: tuple[Token, ...]
    keys: tuple[str, ...]

    @property
    def example(self) -> Example | None:
        """What can be learned from the row; None when its values are not those of one row in the order of its columns."""
        cells = self.row.cells
        columns = tuple(cells.index(key) if key in cells else STRAY for key in self.keys)
        placed = [column for column in columns if column != STRAY]
        if not placed or placed != sorted(set(placed)):
            return None
        return Example(
            self.shape, columns, tuple(value.number.value if value.number else None for value in self.values)
        )


def keyed_rows(annotation: Annotation) -> Iterator[Keyed]:
    """The rows of an annotated report whose values are separate, with their keys. Values that are not marked are stray."""
    starts = {mark.start: mark.key for mark in annotation.marks}
    tables = [label_rows(region) for region in locate(tokenize(annotation.document))]
    for row, shape in row_shapes(tables, DEFAULTS):
        values = tuple(token for token in row.tokens if token.kind == "value")
        if any(_is_several(token, starts) for token in values):
            continue
        keys = tuple(starts.get(token.where.start or 0, NO_CELL) for token in values)
        yield Keyed(row, shape, values, keys)


def _is_several(token: Token, starts: Container[int]) -> bool:
    """True for a run of digits that the annotation cuts: it is read by enumeration, not aligned."""
    start, end = token.where.start or 0, token.where.end or 0
    return any(place in starts for place in range(start + 1, end))


def examples(annotation: Annotation, without: Collection[int] = ()) -> Iterator[Example]:
    """The examples of a report. Rows whose label was not recognised are left out.

    Args:
        annotation: the report.
        without: places of values; rows that hold one are left out.
    """
    for keyed in keyed_rows(annotation):
        example = keyed.example
        if example and not any(value.where.start in without for value in keyed.values):
            yield example
