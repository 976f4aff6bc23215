"""Parquet: a file a table, with what each column means in the metadata of its field."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from extractor.datapackage.batch import Batch, Values
from extractor.datapackage.tables import TEXTS, Column, Kind, Table

_GROUP = 120_000
_WIDE = 6_000_000
_TYPES: dict[Kind, str] = {
    **dict.fromkeys(TEXTS, "string"),
    "small": "int16",
    "integer": "int32",
    "offset": "int64",
    "number": "float64",
    "flag": "bool_",
}


class ParquetFiles:
    """``reports.parquet`` and the like. Rows are held back until they make a group that is quick to query."""

    def __init__(self, folder: Path, tables: Iterable[Table]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._arrow = pa
        self._stack = ExitStack()
        self._writers: dict[str, Any] = {}
        self._held: dict[str, list[Any]] = {}
        for table in tables:
            schema = pa.schema([self._field(column) for column in table.columns])
            file = self._stack.enter_context((folder / f"{table.name}.parquet").open("xb"))
            self._writers[table.name] = pq.ParquetWriter(file, schema, compression="zstd")
            self._held[table.name] = []

    def _field(self, column: Column) -> Any:
        about = {"title": column.title, "description": f"{column.en}. {column.zh}"}
        kind = getattr(self._arrow, _TYPES[column.kind])()
        return self._arrow.field(column.name, kind, metadata=about)

    def write(self, batch: Batch) -> None:
        """Add rows to a table."""
        name, pa = batch.table.name, self._arrow
        schema = self._writers[name].schema
        arrays = [self._array(batch, *it) for it in zip(batch.table.columns, batch.columns, schema.types, strict=True)]
        self._held[name].append(pa.Table.from_arrays(arrays, schema=schema))
        rows = sum(len(it) for it in self._held[name])
        if rows >= _GROUP or rows * len(arrays) >= _WIDE:
            self._flush(name)

    def _array(self, batch: Batch, column: Column, values: Values, kind: Any) -> Any:
        if column.kind == "number":  # whole numbers may be greater than arrow takes for fractions
            return self._arrow.array(batch.numbers[column.name], kind, from_pandas=True)
        return self._arrow.array(values, kind)

    def _flush(self, name: str) -> None:
        held, self._held[name] = self._held[name], []
        if held:
            self._writers[name].write_table(self._arrow.concat_tables(held), row_group_size=_GROUP)

    def finish(self) -> None:
        """Write the last groups and the ends of the files."""
        for name, writer in self._writers.items():
            self._flush(name)
            writer.close()
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        for writer in self._writers.values():
            writer.is_open = False  # else it would try to end its file when it is thrown away
        self._stack.close()
