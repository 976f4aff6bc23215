"""Rows by column, many at once: what all formats are written from."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from extractor.datapackage.tables import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Values = Sequence[Any]


class Batch:
    """Some rows of a table.

    Attributes:
        table: which.
        columns: the values of each of its columns; None where there is none. Texts can be written as UTF-8 and hold no NUL.
    """

    def __init__(self, table: Table, columns: Iterable[Values]) -> None:
        self.table = table
        self.columns: list[Values] = [
            _clean(values) if column.kind == "free" else values
            for column, values in zip(table.columns, columns, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.columns[0])

    @cached_property
    def numbers(self) -> "dict[str, NDArray[np.float64]]":
        """The columns that hold numbers and flags by name, as fractions; nan where there is none."""
        import numpy as np

        return {
            column.name: np.array(values, dtype=np.float64)
            for column, values in zip(self.table.columns, self.columns, strict=True)
            if column.kind in ("number", "small", "integer", "offset", "flag")
        }


class Sink(Protocol):
    """Writes tables in one format."""

    def write(self, batch: Batch) -> None:
        """Add rows to a table."""

    def finish(self) -> None:
        """Write what is still held back. Without it, the files are not whole."""

    def close(self) -> None:
        """Let go of the files, whether they are whole or not."""


def _clean(values: Values) -> Values:
    """Texts without what no format can hold: halves of characters, and NUL."""
    joined = "".join(filter(None, values))
    if joined.isascii() or _is_whole(joined):
        return [it and it.replace("\0", "\ufffd") for it in values] if "\0" in joined else values
    return [it and it.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8") for it in values]


def _is_whole(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
