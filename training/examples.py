"""Annotated texts to training examples: what each value of each row is, by its place in the text.

The text goes through the same stages as at run time, so the classifier sees what it will see then.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from extractor.align import row_shapes
from extractor.features import STRAY, Shape
from extractor.label import label_rows
from extractor.locate import locate
from extractor.readers import read
from extractor.settings import DEFAULTS
from extractor.tokens import tokenize


class Example(NamedTuple):
    """A row: its shape, the true column of each value (:data:`STRAY` for none), and its numbers.

    ``printed`` is the number of each value, None for dashes and notes.
    """

    shape: Shape
    columns: tuple[int, ...]
    printed: tuple[float | None, ...]


def examples(text: str, keys: Mapping[tuple[int, int], str]) -> Iterator[Example]:
    """The rows of an annotated text that hold separate values. Rows whose label was not recognised are left out.

    Args:
        text: the text.
        keys: the cell key of each value by its (start, end); values that are not listed are stray.
    """
    starts = {start: key for (start, _), key in keys.items()}
    for region in locate(tokenize(read(text.encode(), "example"))):
        table = label_rows(region)
        for row, shape in row_shapes(table, DEFAULTS):
            values = [token for token in row.tokens if token.kind == "value"]
            columns = []
            for token in values:
                key = starts.get(token.where.start or 0)
                columns.append(row.cells.index(key) if key in row.cells else STRAY)
            placed = [column for column in columns if column != STRAY]
            if placed and placed == sorted(set(placed)):
                yield Example(
                    shape, tuple(columns), tuple(token.number.value if token.number else None for token in values)
                )
