"""CSV: UTF-8 with a mark, which Excel needs, and texts that no spreadsheet takes for formulas.

The same values come again and again, so each is written as CSV once for its column, and lines are put together from these.
"""

import csv
import io
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from extractor.datapackage.batch import Batch
from extractor.datapackage.tables import Table
from extractor.export import guarded

_END = "\r\n"
_MOST = 100_000
_EMPTY = {None: "", "": ""}  # alone in a line, the csv module would write quotes


class CsvFiles:
    """``reports.csv`` and the like."""

    def __init__(self, folder: Path, tables: Iterable[Table]) -> None:
        self._stack = ExitStack()
        self._files: dict[str, IO[str]] = {}
        self._fields: dict[str, list[_Fields]] = {}
        for table in tables:
            file = (folder / f"{table.name}.csv").open("x", encoding="utf-8-sig", newline="")
            self._files[table.name] = self._stack.enter_context(file)
            self._fields[table.name] = [_Fields() for _ in table.columns]
            file.write(",".join(table.names) + _END)

    def write(self, batch: Batch) -> None:
        """Add rows to a table."""
        fields = self._fields[batch.table.name]
        columns = [map(own.field, values) for own, values in zip(fields, batch.columns, strict=True)]
        lines = map(",".join, zip(*columns, strict=True))
        self._files[batch.table.name].write(_END.join(lines) + _END)
        for own in fields:
            own.forget()

    def finish(self) -> None:
        """Close the files; the disk may be full only now."""
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        self._stack.close()


class _Fields(dict[Any, str]):
    """The values of a column as fields of CSV."""

    def __init__(self) -> None:
        super().__init__(_EMPTY)
        self._line = io.StringIO(newline="")
        self._writer = csv.writer(self._line)
        self.field = self.__getitem__

    def __missing__(self, value: Any) -> str:
        self._line.seek(0)
        self._line.truncate()
        self._writer.writerow((guarded(value),))
        found = self[value] = self._line.getvalue().removesuffix(_END)
        return found

    def forget(self) -> None:
        """Keep the memory flat."""
        if len(self) > _MOST:
            self.clear()
            self.update(_EMPTY)
