"""Datasets to records: what ``gongkai extract -o`` has written, read again record by record, as often as is needed.

Records as JSON lines come back whole. A table of cells (CSV, Parquet, Excel) gives the cells, and with the table of reports
beside it also the titles and the reports without cells; what the reading and the prose told is not in it. A table of reports
alone gives the values.
"""

import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from extractor.archives import read_file
from extractor.datasets.tables import read_table
from extractor.datasets.tidy import holds_cells, holds_reports, records_of_cells, records_of_reports
from extractor.errors import InputError
from extractor.export import beside
from extractor.record import Record
from extractor.settings import DEFAULTS, Settings

STDIN = "-"
_TABLES = (".csv", ".parquet", ".xlsx")
_JSON = (".json", ".jsonl", "")
_IN_MEMORY = 50_000_000


@dataclass(frozen=True, slots=True)
class Dataset:
    """The records of a file. They are read anew, one by one, each time that it is iterated.

    Iteration raises ``InputError``: ``input.record`` for JSON that is no record, ``input.dataset`` for a damaged table.
    """

    name: str
    read: Callable[[], Iterator[Record]]

    def __iter__(self) -> Iterator[Record]:
        return self.read()


def open_dataset(path: str, settings: Settings = DEFAULTS) -> Dataset:
    """A dataset: records as JSON or JSON lines (``-`` for standard input), or a table as ``.csv``, ``.parquet`` or ``.xlsx``.

    Args:
        path: the file; of a dataset of two files the cells, ``out.csv``, not ``out.reports.csv``.
        settings: limits; ``max_bytes`` is for one record, not for the file.

    Raises:
        InputError: there is no such file, or a table is none of ours; see its ``code``.
    """
    file = Path(path)
    if path != STDIN and file.suffix.lower() in _TABLES and file.is_file():
        _check_table(file, settings)
        return Dataset(path, lambda: _table_records(file, settings))
    opened = _opener(path, settings)
    return Dataset(path, lambda: _json_records(opened, path, settings.max_bytes))


def without_seconds(paths: Iterable[str]) -> list[str]:
    """Paths without the second file of a dataset, which a pattern may name as well: ``out.reports.csv`` where ``out.csv`` is.

    >>> without_seconds(["out.csv", "out.reports.csv", "other.reports.csv", "x.jsonl", "x.cells.jsonl"])
    ['out.csv', 'other.reports.csv', 'x.jsonl']
    """
    given = list(paths)
    seconds = {str(beside(Path(path), name)) for path in given for name in ("reports", "cells")}
    return [path for path in given if path not in seconds]


def _check_table(file: Path, settings: Settings) -> None:
    columns = read_table(file, "cells", settings).columns
    if not (holds_cells(columns) or holds_reports(columns)):
        raise InputError(
            f"{file}：不是数据集，没有 source、key、value 等列；请用 gongkai extract -o 写的文件", code="input.dataset"
        )


def _table_records(file: Path, settings: Settings) -> Iterator[Record]:
    table = read_table(file, "cells", settings)
    if not holds_cells(table.columns):
        return records_of_reports(table, str(file))
    places = [file] if file.suffix.lower() == ".xlsx" else [beside(file, "reports"), file.with_stem("reports")]
    others = next((place for place in places if place.is_file()), None) if file.stem != "reports" else None
    reports = read_table(others, "reports", settings) if others else None
    return records_of_cells(table, str(file), reports if reports and "key" not in reports.columns else None)


@contextmanager
def _from_start(file: IO[bytes]) -> Iterator[IO[bytes]]:
    file.seek(0)
    yield file


def _opener(path: str, settings: Settings) -> Callable[[], Any]:
    """What opens a file each time that it is to be read. Standard input is kept, since it comes only once."""
    if path == STDIN:
        kept = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it is read again until the process ends
        shutil.copyfileobj(sys.stdin.buffer, kept)
        return lambda: _from_start(kept)
    if Path(path).is_file():
        return lambda: _opened(path)
    try:
        data = read_file(path, settings)  # of an archive, or tells what is wrong
    except InputError as error:
        raise InputError(f"{path}：{error}", code=error.code) from None
    return lambda: io.BytesIO(data)


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    try:
        with Path(path).open("rb") as file:
            yield file
    except OSError as error:
        raise InputError(f"{path}：无法读取（{error.strerror}）", code="input.unreadable") from None


def _json_records(opened: Callable[[], Any], name: str, most: int) -> Iterator[Record]:
    with opened() as file:
        for number, data in enumerate(_json_values(file, name, most), start=1):
            try:
                yield Record.from_dict(data)
            except InputError as error:
                if isinstance(data, dict) and "key" in data and "cells" not in data:
                    whole = name.replace(".cells.", ".")
                    raise InputError(f"{name}：这是单元格的表，不是记录；请用 {whole}", code="input.record") from None
                raise InputError(f"{name} 第 {number} 条：{error}", code=error.code) from None


def _json_values(file: IO[bytes], name: str, most: int) -> Iterator[Any]:
    """The values of JSON lines, or the one value that is spread over all lines."""
    first = True
    for number, text in enumerate(_lines(file, name, most), start=1):
        if not text.strip():
            continue
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            if not first:
                raise InputError(f"{name} 第 {number} 行：不是 JSON", code="input.record") from None
            yield _whole(text, file, name, most)
            return
        first = False
        yield value


def _lines(file: IO[bytes], name: str, most: int) -> Iterator[str]:
    mark = b"\xef\xbb\xbf"
    while line := file.readline(most + 1):
        yield _decoded(line.removeprefix(mark), name, most)
        mark = b""


def _whole(start: str, file: IO[bytes], name: str, most: int) -> Any:
    try:
        return json.loads(start + _decoded(file.read(most + 1), name, most))
    except (ValueError, RecursionError):
        if Path(name).suffix.lower() not in _JSON:
            what = "请用 gongkai extract -o 写的 .jsonl、.csv、.parquet 或 .xlsx"
            raise InputError(f"{name}：不是数据集；{what}", code="input.dataset") from None
        raise InputError(f"{name} 第 1 行：不是 JSON", code="input.record") from None


def _decoded(data: bytes, name: str, most: int) -> str:
    if len(data) > most:
        raise InputError(f"{name}：有记录超过上限 {most:,} 字节", code="input.too_large")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{name}：不是 UTF-8 的 JSON", code="input.record") from None


__all__ = ["Dataset", "open_dataset", "without_seconds"]
