"""Tables as files (CSV, Parquet, Excel) to rows, one at a time."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from extractor.errors import InputError
from extractor.readers.containers import open_zip
from extractor.settings import Settings

Row = dict[str, Any]
_SAMPLE = 1_000_000
_BATCH = 20_000


class Table(NamedTuple):
    """The columns of a table, and its rows in order, each by column; they can be read once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


def read_table(path: Path, sheet: str, settings: Settings) -> Table:
    """A table by the suffix of its file.

    Args:
        path: a ``.csv`` (UTF-8 or GB18030), ``.parquet`` or ``.xlsx``.
        sheet: of a workbook, the sheet to take; the first one when it has no such sheet.
        settings: limits.

    Raises:
        InputError: ``input.dataset`` when it can't be read as such a table, ``input.extra`` when pyarrow is not installed. Damage
            further on is told while the rows are read.
    """
    readers = {".csv": _csv, ".parquet": _parquet, ".xlsx": _xlsx}
    return readers[path.suffix.lower()](path, sheet, settings)


def _not(path: Path, what: str, why: object) -> InputError:
    return InputError(f"{path}：不是有效的 {what}（{why}）；请用 gongkai extract -o 写的文件", code="input.dataset")


def _csv(path: Path, _: str, __: Settings) -> Table:
    with path.open("rb") as start:
        sample = start.read(_SAMPLE)
    try:
        sample.decode("utf-8")
        encoding = "utf-8-sig"
    except UnicodeDecodeError as error:  # Excel saves as GB18030; a character may also be cut at the end of the sample
        encoding = "utf-8-sig" if error.start > len(sample) - 4 and len(sample) == _SAMPLE else "gb18030"
    rows = _csv_rows(path, encoding)
    columns = tuple(next(rows, ()))
    return Table(columns, (dict(zip(columns, row, strict=False)) for row in rows if row))


def _csv_rows(path: Path, encoding: str) -> Iterator[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        try:
            yield from csv.reader(file)
        except UnicodeDecodeError:
            raise _not(path, "CSV", f"不是 {encoding.removesuffix('-sig').upper()} 编码") from None
        except csv.Error as error:
            raise _not(path, "CSV", error) from None


def _parquet(path: Path, _: str, __: Settings) -> Table:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InputError('读 Parquet 需要 pyarrow；请运行 pip install "gongkai[parquet]"', code="input.extra") from None
    try:
        file = pyarrow.parquet.ParquetFile(path)
        names = tuple(file.schema_arrow.names)
    except (pyarrow.ArrowException, OSError) as error:
        raise _not(path, "Parquet", str(error).splitlines()[0]) from None

    def rows() -> Iterator[Row]:
        try:
            for batch in file.iter_batches(_BATCH):
                yield from batch.to_pylist()
        except (pyarrow.ArrowException, OSError) as error:
            raise _not(path, "Parquet", str(error).splitlines()[0]) from None

    return Table(names, rows())


def _xlsx(path: Path, sheet: str, settings: Settings) -> Table:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        open_zip(path, settings).close()  # refuses what unpacks to too much
    except InputError as error:
        raise InputError(f"{path}：{error}", code=error.code) from None
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        name = sheet if sheet in book.sheet_names else book.sheet_names[0]
        rows = iter(book.get_sheet_by_name(name).iter_rows())
    except (CalamineError, OSError, IndexError, ValueError) as error:
        raise _not(path, "Excel 工作簿", error) from None
    columns = tuple(str(cell).strip() for cell in next(rows, ()))
    return Table(columns, (dict(zip(columns, row, strict=False)) for row in rows if any(cell != "" for cell in row)))
