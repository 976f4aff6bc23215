"""A store's reports as a dataset: a folder of tables in several formats, and ``datapackage.json``, which describes them."""

import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from extractor.datapackage.batch import Batch, Sink
from extractor.datapackage.counts import Counts, counts
from extractor.datapackage.folder import Place, replacing_folder
from extractor.datapackage.rows import Numbered, file_row, numbered, rows_of
from extractor.datapackage.tables import Table, tables
from extractor.errors import OutputError
from extractor.store import Reading, Store
from extractor.store.reports import reports

if TYPE_CHECKING:
    from extractor.datapackage.workbook import Workbook

FORMATS = ("parquet", "csv", "xlsx", "dta")
_AT_ONCE: Mapping[str, int] = {"reports": 500, "cells": 20_000, "findings": 10_000, "claims": 10_000, "files": 10_000}
_NEEDED = {"parquet": ("pyarrow", "parquet"), "dta": ("pandas", "stata")}


class Summary(NamedTuple):
    """What was written.

    Attributes:
        rows: how many each table has.
        counts: ``reports_failed``, ``reports_to_review``, ``cells_to_review``, ``cells_decided``, ``sources_unread``.
        notes: what users must know, Chinese and English.
    """

    rows: Mapping[str, int]
    counts: Mapping[str, int]
    notes: Sequence[tuple[str, str]]


def require(formats: Collection[str]) -> None:
    """See that the formats can be written.

    Raises:
        OutputError: ``output.extra`` when something must be installed first.
    """
    lacking = [name for name in formats if name in _NEEDED and not _has(_NEEDED[name][0])]
    if lacking:
        needed = "、".join(f".{name} 需要 {_NEEDED[name][0]}" for name in lacking)
        extras = ",".join(_NEEDED[name][1] for name in lacking)
        others = " ".join(f"--format {name}" for name in FORMATS if name not in lacking)
        raise OutputError(
            f'写 {needed}；请运行 pip install "gongkai[{extras}]"，或只写其他格式：{others}', code="output.extra"
        )


def _has(module: str) -> bool:
    try:
        __import__(module)
    except ImportError:
        return False
    return True


def export_dataset(
    store: Store,
    reading: Reading,
    target: Path,
    formats: Collection[str] = FORMATS,
    *,
    progress: Callable[[int], contextlib.AbstractContextManager[Callable[[], None]]] | None = None,
) -> Summary:
    """Write a dataset into a folder. It stands there when all of it is written, or not at all.

    Args:
        store: of which the reports of the reading and the files are written.
        reading: see :meth:`~extractor.store.Store.find_reading`.
        target: the folder; a dataset that stands there is replaced.
        formats: of :data:`FORMATS`.
        progress: given the number of reports, a context with what is called after each.

    Raises:
        OutputError: see :func:`require` and :func:`~extractor.datapackage.folder.replacing_folder`.
        StoreError: the store can't be read.
    """
    from extractor.datapackage.workbook import MOST_ROWS

    require(formats)
    with replacing_folder(target) as place:
        found = counts(store, reading, most_cells=MOST_ROWS if "xlsx" in formats else 0)
        with (progress or _unseen)(found.reports) as advance, _Tables(place, formats, found) as written:
            for report in numbered(reports(store, reading)):
                written.add(report)
                advance()
            for file in store.files():
                written.put("files", [file_row(file)])
            return written.finish(reading)


@contextlib.contextmanager
def _unseen(_: int) -> Any:
    yield lambda: None


def _empty(table: Table) -> list[list[Any]]:
    return [[] for _ in table.columns]


class _Tables:
    """Gathers rows, and writes them in all formats."""

    def __init__(self, place: Place, formats: Collection[str], found: Counts) -> None:
        self._place, self._found = place, found
        self._waiting: dict[str, list[list[Any]]] = {name: _empty(table) for name, table in tables().items()}
        self._rows = Counter[str]()
        self._counts = Counter[str]()
        self._book: Workbook | None = None
        self._sinks: list[Sink] = []
        with contextlib.ExitStack() as stack:
            stack.callback(self.close)
            self._open(formats)
            stack.pop_all()

    def _open(self, formats: Collection[str]) -> None:
        folder, scratch = self._place
        if "csv" in formats:
            from extractor.datapackage.csv_files import CsvFiles

            self._sinks.append(CsvFiles(folder, tables().values()))
        if "parquet" in formats:
            from extractor.datapackage.parquet_files import ParquetFiles

            self._sinks.append(ParquetFiles(folder, tables().values()))
        if "dta" in formats:
            from extractor.datapackage.stata import StataFiles

            self._sinks.append(StataFiles(folder, scratch, tables().values()))
        if "xlsx" in formats:
            from extractor.datapackage.workbook import Workbook

            self._book = Workbook(folder, scratch, tables(), with_cells=not self._found.more_cells)
            self._sinks.append(self._book)

    def __enter__(self) -> "_Tables":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all files."""
        for sink in self._sinks:
            with contextlib.suppress(OSError):
                sink.close()

    def add(self, report: Numbered) -> None:
        """Add a report to all tables."""
        record, rows = report.stored.record, rows_of(report)
        self.put("reports", [rows.report])
        self.put_columns("cells", rows.cells)
        self.put("findings", rows.findings)
        self.put("claims", rows.claims)
        self._counts["reports_failed"] += record.status == "failed"
        self._counts["reports_to_review"] += record.status == "review"
        self._counts["cells_to_review"] += sum(cell.review for cell in record.cells.values())
        self._counts["cells_decided"] += len(report.stored.decided)

    def put(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table."""
        self.put_columns(name, list(zip(*rows, strict=True)))

    def put_columns(self, name: str, columns: Sequence[Iterable[Any]]) -> None:
        """Add rows to a table, by column; none when there are no columns."""
        waiting = self._waiting[name]
        for own, values in zip(waiting, columns, strict=False):
            own.extend(values)
        if len(waiting[0]) >= _AT_ONCE[name]:
            self._flush(name)

    def _flush(self, name: str) -> None:
        columns, self._waiting[name] = self._waiting[name], _empty(tables()[name])
        self._rows[name] += len(columns[0])
        if columns[0]:
            batch = Batch(tables()[name], columns)
            for sink in self._sinks:
                sink.write(batch)

    def finish(self, reading: Reading) -> Summary:
        """Write what is still held back, the dictionary and the descriptor."""
        from extractor.datapackage.descriptor import Content, write_descriptor

        for name in self._waiting:
            self._flush(name)
        names = ("reports_failed", "reports_to_review", "cells_to_review", "cells_decided")
        told = {**{name: self._counts[name] for name in names}, "sources_unread": self._found.unread}
        notes = list(self._notes())
        content = Content(reading, tables(), {name: self._rows[name] for name in tables()}, told, [], notes)
        if self._book:
            self._book.describe(content)
        for sink in self._sinks:
            sink.finish()
        sheets = self._book.done if self._book else ()
        write_descriptor(self._place.folder, content._replace(sheets=sheets))
        return Summary(content.rows, told, notes)

    def _notes(self) -> Iterator[tuple[str, str]]:
        if self._book and self._found.more_cells:
            yield (
                "工作簿中没有 cells 表：单元格多于 Excel 一个工作表的行数，见 Parquet、CSV 或 Stata 文件。",
                "The workbook has no sheet of cells: there are more than a sheet of Excel has rows. See Parquet, CSV or Stata.",
            )
        if self._found.unread:
            yield (
                f"有 {self._found.unread:,} 个来源尚未用此模型和版本读过，不在本数据集中。",
                f"{self._found.unread:,} sources have not been read by this model and version yet, and are not in this dataset.",
            )
