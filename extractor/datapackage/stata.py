"""Stata 118: ``reports.dta`` and ``cells.dta``, with labels, of any number of rows in little memory.

pandas writes a whole table at once, of which it needs several copies in memory. So here it writes one row only, with the types,
names and labels of the variables, and the rows go between the head and the tail of that, as ``help dta`` of Stata tells how:
records of fixed width, and behind them the long texts, each once. Types are known when all rows have been seen; until then they
are kept in a file.
"""

import io
import pickle
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from functools import cached_property
from heapq import merge
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractor.datapackage.batch import Batch
from extractor.datapackage.names import TABLES, variables
from extractor.datapackage.tables import Column, Kind, Table

_LONGEST_TEXT = 2_045
_LONGEST_LABELS, _MOST_LABELS = 30_000, 32_000
_LONGEST_TITLE = 80
_NO_TIME = datetime(2000, 1, 1)  # the same dataset makes the same file; Stata knows no time zones
_SECTIONS = 14
_DATA, _STRLS, _VALUE_LABELS = 9, 10, 11
_LABELLED = frozenset[Kind]({"word", "code"})


class _Numeric(NamedTuple):
    """A type of Stata: that of numpy, its greatest number, and what stands for no number."""

    type: str
    most: float
    missing: float


_BYTE = _Numeric("<i1", 100, 101)
_INT = _Numeric("<i2", 32_740, 32_741)
_LONG = _Numeric("<i4", 2_147_483_620, 2_147_483_621)
_DOUBLE = _Numeric("<f8", 8.988e307, 2.0**1023)
_NUMERIC: dict[Kind, _Numeric] = {"flag": _BYTE, "small": _INT, "integer": _LONG, "offset": _LONG, "number": _DOUBLE}


class _Interned(dict[str | None, int]):
    """Numbers texts as they come; 0 is none."""

    def __init__(self, words: Iterable[str]) -> None:
        super().__init__({None: 0, "": 0})
        self.texts = [""]
        for word in words:
            self[word]

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self.texts)
        self.texts.append(text)
        return number

    @cached_property
    def encoded(self) -> list[bytes]:
        """The texts as bytes, when all are known."""
        return [text.encode() for text in self.texts]


class StataFiles:
    """``reports.dta`` and ``cells.dta``.

    Args:
        folder: where they go.
        scratch: a folder for what is kept until all rows are known.
        tables: of which those in :data:`~extractor.datapackage.names.TABLES` are written.
    """

    def __init__(self, folder: Path, scratch: Path, tables: Iterable[Table]) -> None:
        self._stack = ExitStack()
        self._files: dict[str, _File] = {}
        for table in tables:
            if table.name in TABLES:
                rows = self._stack.enter_context((scratch / f"{table.name}.rows").open("x+b"))
                self._files[table.name] = _File(table, folder / f"{table.name}.dta", rows)

    def write(self, batch: Batch) -> None:
        """Add rows to a table."""
        if batch.table.name in self._files:
            self._files[batch.table.name].add(batch)

    def finish(self) -> None:
        """Write the files."""
        for file in self._files.values():
            file.finish()
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        self._stack.close()


class _File:
    """A table. Texts of which there are few, and long ones, are kept as numbers; those of other columns as they are."""

    def __init__(self, table: Table, path: Path, rows: IO[bytes]) -> None:
        self._path, self._rows, self._batches, self._count = path, rows, 0, 0
        self._columns = variables(table)
        self._places = {column.name: place for place, column in enumerate(table.columns)}
        texts = {name: it for name, it in self._columns.items() if it.kind not in _NUMERIC}
        self._texts = {name: _Interned(it.words) for name, it in texts.items() if _is_interned(it)}
        self._widths = {name: 1 for name in texts if name not in self._texts}
        kinds = {
            name: _NUMERIC.get(it.kind, _LONG).type for name, it in self._columns.items() if name not in self._widths
        }
        self._kept = np.dtype(list(kinds.items()))

    def add(self, batch: Batch) -> None:
        rows = np.empty(len(batch), self._kept)
        plain: dict[str, list[bytes]] = {}
        for name, column in self._columns.items():
            values = batch.columns[self._places[column.name]]
            if name in self._texts:
                rows[name] = list(map(self._texts[name].__getitem__, values))
            elif name in self._widths:
                plain[name] = [text.encode() if text else b"" for text in values]
                self._widths[name] = max(self._widths[name], *map(len, plain[name]))
            else:
                rows[name] = _stored(batch.numbers[column.name], _NUMERIC[column.kind])
        pickle.dump((rows, plain), self._rows)
        self._batches += 1
        self._count += len(rows)

    def finish(self) -> None:
        """Write the file."""
        forms = {name: self._form(name, column) for name, column in self._columns.items()}
        frame = _Frame.of(forms, {name: it.title for name, it in self._columns.items()})
        long = {name: place for place, name in enumerate(forms, start=1) if forms[name].type == "strL"}
        first = {name: np.zeros(len(self._texts[name].texts), np.int64) for name in long if name in self._texts}
        with self._path.open("xb") as file:
            file.write(frame.head(self._count))
            for start, rows, plain in self._read():
                made = np.empty(len(rows), frame.type)
                for name, form in forms.items():
                    if name in first:
                        made[name] = _references(rows[name], first[name], start, long[name])
                    elif name in long:
                        made[name] = [
                            _reference(start + row, long[name]) if it else 0 for row, it in enumerate(plain[name])
                        ]
                    elif name in plain:
                        made[name] = plain[name]
                    else:
                        made[name] = rows[name] if form.lookup is None else form.lookup[rows[name]]
                file.write(made.tobytes())
            file.write(b"</data>")
            behind = file.tell()
            file.write(b"<strls>")
            for row, place, text in merge(self._named_first(long, first), self._plain_long(long)):
                file.write(struct.pack("<3sIQBI", b"GSO", place, row, 130, len(text) + 1) + text + b"\0")
            file.write(b"</strls>")
            frame.write_tail(file, behind)

    def _form(self, name: str, column: Column) -> "_Form":
        """How a variable is written, now that all its values are known."""
        if name in self._widths:
            width = self._widths[name]
            return _Form(f"S{width}" if width <= _LONGEST_TEXT else "strL")
        if name not in self._texts:
            return _Form(_NUMERIC[column.kind].type)
        texts = self._texts[name].encoded
        if column.long or len(texts) > _MOST_LABELS or sum(map(len, texts)) + len(texts) > _LONGEST_LABELS:
            return _Form("strL")
        kind = _BYTE if len(texts) <= _BYTE.most else _INT
        lookup = np.arange(len(texts)).astype(kind.type)
        lookup[0] = kind.missing
        return _Form(kind.type, lookup, dict(enumerate(self._texts[name].texts[1:], start=1)))

    def _read(self) -> Iterator[tuple[int, NDArray[Any], dict[str, list[bytes]]]]:
        """The rows kept, a batch at a time, each with the number of its first, from 1."""
        self._rows.seek(0)
        start = 1
        for _ in range(self._batches):
            rows, plain = pickle.load(self._rows)
            yield start, rows, plain
            start += len(rows)

    def _named_first(
        self, long: Mapping[str, int], first: Mapping[str, NDArray[np.int64]]
    ) -> list[tuple[int, int, bytes]]:
        """The interned long texts, with the row and the variable that name each first."""
        return sorted(
            (int(row), long[name], text)
            for name, rows in first.items()
            for row, text in zip(rows, self._texts[name].encoded, strict=True)
            if row
        )

    def _plain_long(self, long: Mapping[str, int]) -> Iterator[tuple[int, int, bytes]]:
        """The same of the columns whose texts are longer than expected."""
        names = [name for name in long if name in self._widths]
        for start, _, plain in self._read() if names else ():
            columns = (plain[name] for name in names)
            for row, texts in enumerate(zip(*columns, strict=True), start=start):
                yield from ((row, long[name], text) for name, text in zip(names, texts, strict=True) if text)


def _is_interned(column: Column) -> bool:
    return column.kind in _LABELLED or column.labelled or column.long


def _stored(values: NDArray[np.float64], kind: _Numeric) -> NDArray[Any]:
    """Numbers as Stata has them; those that it has no room for are missing."""
    return np.where(np.abs(values) <= kind.most, values, kind.missing).astype(kind.type)


def _reference(row: Any, place: int) -> Any:
    """What stands in a row for a long text: the variable (16 bits) and the row (48 bits) where it is named first."""
    return row * 2**16 + place


def _references(numbers: NDArray[np.int32], first: NDArray[np.int64], start: int, place: int) -> NDArray[np.int64]:
    """What stands in the rows for long texts.

    Args:
        numbers: of the texts, 0 for none.
        first: the row where each text is named first; filled in here as they come.
        start: the number of the first of these rows, from 1.
        place: of the variable, from 1.
    """
    found, rows = np.unique(numbers, return_index=True)
    new = first[found] == 0
    first[found[new]] = start + rows[new]
    first[0] = 0
    own = first[numbers]
    return np.where(own > 0, _reference(own, place), 0)


class _Form(NamedTuple):
    """How a variable is written.

    Attributes:
        type: of numpy, or ``strL`` for texts that stand behind the data.
        lookup: what is written for each number of a text.
        labels: the texts of its numbers.
    """

    type: str
    lookup: NDArray[Any] | None = None
    labels: Mapping[int, str] | None = None


class _Frame(NamedTuple):
    """A Stata file of one row, as pandas writes it.

    Attributes:
        content: all of it.
        sections: where each of its sections begins.
        type: of a row.
    """

    content: bytes
    sections: tuple[int, ...]
    type: Any

    @classmethod
    def of(cls, forms: Mapping[str, _Form], titles: Mapping[str, str]) -> "_Frame":
        content = _one_row(forms, titles)
        sections = struct.unpack_from(f"<{_SECTIONS}Q", content, content.index(b"<map>") + 5)
        kind = np.dtype([(name, "<i8" if form.type == "strL" else form.type) for name, form in forms.items()])
        width = sections[_STRLS] - sections[_DATA] - len(b"<data></data>")
        if width != kind.itemsize:
            raise TypeError(f"pandas writes rows of {width} bytes, not {kind.itemsize}")
        return cls(content, sections, kind)

    def head(self, rows: int) -> bytes:
        """All before the data, for a number of rows."""
        head = bytearray(self.content[: self.sections[_DATA]])
        struct.pack_into("<Q", head, head.index(b"<N>") + 3, rows)
        return bytes(head) + b"<data>"

    def write_tail(self, file: IO[bytes], long_texts: int) -> None:
        """Write all behind the long texts, and where those and the sections behind them begin."""
        moved = file.tell() - self.sections[_VALUE_LABELS]
        file.write(self.content[self.sections[_VALUE_LABELS] :])
        behind = (it + moved for it in self.sections[_VALUE_LABELS:])
        file.seek(self.content.index(b"<map>") + 5 + 8 * _STRLS)
        file.write(struct.pack(f"<{_SECTIONS - _STRLS}Q", long_texts, *behind))


def _one_row(forms: Mapping[str, _Form], titles: Mapping[str, str]) -> bytes:
    import pandas as pd

    def example(form: _Form) -> Any:
        if form.type == "strL":
            return ["x"]
        return ["x" * int(form.type[1:])] if form.type[0] == "S" else np.zeros(1, form.type)

    file = io.BytesIO()
    frame = pd.DataFrame({name: example(form) for name, form in forms.items()})
    frame.to_stata(
        file,
        write_index=False,
        byteorder="<",
        version=118,
        time_stamp=_NO_TIME,
        variable_labels={name: title[:_LONGEST_TITLE] for name, title in titles.items()},
        value_labels={name: dict(form.labels) for name, form in forms.items() if form.labels},
        convert_strl=[name for name, form in forms.items() if form.type == "strL"],
    )
    return file.getvalue()
