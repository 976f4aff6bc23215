"""Records to datasets: one row a cell (tidy), and one row a report (wide), as JSONL, CSV, Parquet or Excel.

Everything is written to a temporary file beside its target and renamed when it is whole. Texts from documents are guarded
against being run as formulas by spreadsheets.
"""

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, TypeVar

from extractor.errors import OutputError
from extractor.record import Record
from extractor.vocabulary import vocabulary

T = TypeVar("T")
Row = dict[str, Any]

CELL_COLUMNS = (
    "source", "sha256", "agency", "year", "table", "form", "key", "row", "column", "value", "text", "state", "unit",
    "confidence", "review", "page", "line", "start", "end", "path", "proposed",
)  # fmt: skip
_REPORT_COLUMNS = ("source", "sha256", "agency", "year", "title", "status", "cells_to_review", "failed_checks", "error")
_NUMERIC = {
    "year",
    "value",
    "confidence",
    "page",
    "line",
    "start",
    "end",
    "proposed",
    "cells_to_review",
    "failed_checks",
}
_FORMULA = re.compile(r"^'*[=+\-@\t\r\n＝＋－＠]")  # apostrophes: what is guarded differs from what it guards
_PLAIN_NUMBER = re.compile(r"^[+-]?[\d.,]+$")
_BATCH = 5000
_EXCEL_TEXT = 16_000  # of 32,767 halves of characters


def report_columns() -> tuple[str, ...]:
    """The columns of the wide dataset: what identifies a report, the form of each table, and every cell key of every form."""
    tables = tuple(f"form_{family.table}" for family in vocabulary().families)
    return (*_REPORT_COLUMNS, *tables, *vocabulary().columns)


def cell_rows(record: Record) -> Iterator[Row]:
    """The tidy rows of a record."""
    for key, cell in record.cells.items():
        table, row, column = key.split(".")
        where = cell.where
        yield {
            "source": record.source.name,
            "sha256": record.source.sha256,
            "agency": record.agency,
            "year": record.year,
            "table": table,
            "form": record.tables.get(table),
            "key": key,
            "row": row,
            "column": column,
            "value": cell.value,
            "text": cell.text,
            "state": cell.state,
            "unit": cell.unit,
            "confidence": round(cell.confidence, 4),
            "review": cell.review,
            "page": where.page if where else None,
            "line": where.line if where else None,
            "start": where.start if where else None,
            "end": where.end if where else None,
            "path": where.path if where else None,
            "proposed": cell.proposed.value if cell.proposed else None,
        }


def report_row(record: Record) -> Row:
    """The wide row of a record. Cells without a value, and tables that a report does not have, are empty."""
    failed = [finding for finding in record.findings if finding.outcome == "fail" and finding.severity != "info"]
    row: Row = {
        "source": record.source.name,
        "sha256": record.source.sha256,
        "agency": record.agency,
        "year": record.year,
        "title": record.title,
        "status": record.status,
        "cells_to_review": sum(cell.review for cell in record.cells.values()),
        "failed_checks": len(failed) if record.status != "failed" else None,
        "error": failed[0].code if record.status == "failed" and failed else None,
    }
    row |= {f"form_{table}": form for table, form in record.tables.items()}
    return row | {key: cell.value for key, cell in record.cells.items()}


def guarded(value: T) -> T | str:
    """A text that a spreadsheet would take for a formula, made harmless by a leading apostrophe. Numbers stay as they are.

    >>> guarded("=1+1"), guarded("-35"), guarded("规章")
    ("'=1+1", '-35', '规章')
    """
    if isinstance(value, str) and _FORMULA.match(value) and not _PLAIN_NUMBER.match(value):
        return f"'{value}"
    return value


def plain_text(text: str, longest: int = _EXCEL_TEXT) -> str:
    """A text as xlsxwriter takes it for one: not too long for Excel, and not like the markup that it passes on as it is.

    >>> plain_text("规章"), plain_text("<r>1</r>")
    ('规章', '<r>1</r> ')
    """
    if len(text) > longest:
        text = f"{text[:longest]}…"
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


class DatasetWriter(Protocol):
    """Takes records one by one; the files are complete when the context is left without an error."""

    def __enter__(self) -> "DatasetWriter": ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None: ...
    def write(self, record: Record) -> None:
        """Add a record."""


def dataset_writer(path: Path) -> DatasetWriter:
    """The writer for a path, by its suffix.

    Raises:
        OutputError: the suffix is not known (``output.format``) or an extra is not installed (``output.extra``).
    """
    writers = {".jsonl": _JsonlWriter, ".csv": _CsvWriter, ".parquet": _ParquetWriter, ".xlsx": _XlsxWriter}
    if path.suffix.lower() not in writers:
        raise OutputError(f"{path}：不支持的格式；请用 {'、'.join(writers)} 之一", code="output.format")
    if not path.parent.is_dir():
        raise OutputError(f"{path.parent}：文件夹不存在；请先建立", code="output.missing")
    return writers[path.suffix.lower()](path)


def beside(path: Path, name: str) -> Path:
    """The second file of a dataset: ``out.csv`` → ``out.reports.csv``."""
    return path.with_name(f"{path.stem}.{name}{path.suffix}")


@contextmanager
def replacing(path: Path, mode: str = "w", **options: Any) -> Iterator[IO[Any]]:
    """A file that takes its place only when it is whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open(mode, **options) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path}：无法写入（{error.strerror}）；请检查磁盘空间和权限", code="output.write") from None
    finally:
        temporary.unlink(missing_ok=True)


class _Writer:
    """Shared by the writers: opens their files, and closes all of them whatever happens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stack = ExitStack()

    def __enter__(self) -> DatasetWriter:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if kind is None:
            self._finish()
        return self._stack.__exit__(kind, error, trace)

    def _enter(self, manager: AbstractContextManager[T]) -> T:
        return self._stack.enter_context(manager)

    def _open(self) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        """Write what is still held back."""

    def write(self, record: Record) -> None:
        """Add a record."""
        raise NotImplementedError


class _JsonlWriter(_Writer):
    """``out.jsonl``: one record a line. ``out.cells.jsonl``: one cell a line."""

    def _open(self) -> None:
        self._records = self._enter(replacing(self.path, encoding="utf-8"))
        self._cells = self._enter(replacing(beside(self.path, "cells"), encoding="utf-8"))

    def write(self, record: Record) -> None:
        self._records.write(json.dumps(record.to_dict(), ensure_ascii=False) + "\n")
        for row in cell_rows(record):
            self._cells.write(json.dumps(row, ensure_ascii=False) + "\n")


class _CsvWriter(_Writer):
    """``out.csv``: one row a cell. ``out.reports.csv``: one row a report. UTF-8 with a mark, which Excel needs."""

    def _open(self) -> None:
        self._cells = self._csv(self.path, CELL_COLUMNS)
        self._reports = self._csv(beside(self.path, "reports"), report_columns())

    def _csv(self, path: Path, columns: Iterable[str]) -> "csv.DictWriter[str]":
        writer = csv.DictWriter(self._enter(replacing(path, encoding="utf-8-sig", newline="")), list(columns))
        writer.writeheader()
        return writer

    def write(self, record: Record) -> None:
        self._cells.writerows({name: guarded(value) for name, value in row.items()} for row in cell_rows(record))
        self._reports.writerow({name: guarded(value) for name, value in report_row(record).items()})


class _ParquetWriter(_Writer):
    """``out.parquet``: one row a cell. ``out.reports.parquet``: one row a report."""

    def _open(self) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise OutputError(
                '写 Parquet 需要 pyarrow；请运行 pip install "gongkai[parquet]"', code="output.extra"
            ) from None
        self._arrow = pyarrow
        self._tables = [
            self._table(self.path, CELL_COLUMNS),
            self._table(beside(self.path, "reports"), report_columns()),
        ]
        self._rows: list[list[Row]] = [[], []]

    def _table(self, path: Path, columns: Iterable[str]) -> Any:
        pa = self._arrow
        keys = vocabulary().columns
        types = {
            "review": pa.bool_(),
            "year": pa.int32(),
            "page": pa.int32(),
            "line": pa.int32(),
            "start": pa.int64(),
            "end": pa.int64(),
        }
        schema = pa.schema(
            [
                (name, types.get(name, pa.float64() if name in _NUMERIC or name in keys else pa.string()))
                for name in columns
            ]
        )
        file = self._enter(replacing(path, "wb"))
        return self._enter(pa.parquet.ParquetWriter(file, schema, compression="zstd"))

    def write(self, record: Record) -> None:
        self._rows[0] += cell_rows(record)
        self._rows[1].append(report_row(record))
        if len(self._rows[0]) >= _BATCH:
            self._finish()

    def _finish(self) -> None:
        for table, rows in zip(self._tables, self._rows, strict=True):
            if rows:
                table.write_table(self._arrow.Table.from_pylist(rows, schema=table.schema))
            rows.clear()


class _XlsxWriter(_Writer):
    """``out.xlsx``: sheets ``cells``, ``reports`` and ``findings``."""

    _MOST_ROWS = 1_048_575

    def _open(self) -> None:
        import xlsxwriter

        file = self._enter(replacing(self.path, "wb"))
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = xlsxwriter.Workbook(file, options)
        self._sheets = {
            "cells": CELL_COLUMNS,
            "reports": report_columns(),
            "findings": ("source", "code", "outcome", "severity", "cause", "message", "cells", "line"),
        }
        self._next = dict.fromkeys(self._sheets, 0)
        self._worksheets = {name: self._book.add_worksheet(name) for name in self._sheets}
        for name, columns in self._sheets.items():
            self._put(name, dict(zip(columns, columns, strict=True)))

    def _put(self, sheet: str, row: Row) -> None:
        number = self._next[sheet]
        if number > self._MOST_ROWS:
            raise OutputError(f"{self.path}：超过 Excel 的行数上限；请改用 .csv 或 .parquet", code="output.too_large")
        for place, column in enumerate(self._sheets[sheet]):
            value = row.get(column)
            if value is not None:
                self._worksheets[sheet].write(number, place, plain_text(value) if isinstance(value, str) else value)
        self._next[sheet] = number + 1

    def write(self, record: Record) -> None:
        for row in cell_rows(record):
            self._put("cells", row)
        self._put("reports", report_row(record))
        for finding in record.findings:
            if finding.outcome == "fail":
                line = finding.where.line if finding.where else None
                row = finding._asdict() | {"source": record.source.name, "cells": " ".join(finding.cells), "line": line}
                self._put("findings", row)

    def _finish(self) -> None:
        self._book.close()
