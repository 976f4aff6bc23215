"""Lists that people write, as CSV: columns by name in any order, each line with its number."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from extractor.batch import read_bytes
from extractor.datasets.tidy import unguarded
from extractor.errors import InputError
from extractor.fold import fold
from extractor.series.hierarchy import decoded_list
from extractor.settings import DEFAULTS

_DELIMITERS = ",\t;，；"
_MOST_LINES = 1_000_000

Columns = Mapping[str, Sequence[str]]
"""The columns of a list, each with its other names."""


class Line(NamedTuple):
    """A line of a list: its number in the file, from 1, and what stands in its columns, empty ones left out."""

    number: int
    values: Mapping[str, str]


class Lines(NamedTuple):
    """A list: the columns that it has, and its lines, which can be read once."""

    columns: frozenset[str]
    lines: Iterator[Line]


def read_lines(path: Path, columns: Columns, code: str) -> Lines:
    """Read a list.

    It is in UTF-8, UTF-16 with a mark, or GB18030, and separated by commas, tabs or semicolons. Other columns and empty lines are
    left out; so is the apostrophe that keeps a spreadsheet from running a text as a formula.

    Args:
        path: the file.
        columns: the columns to take.
        code: of errors in its text.

    Raises:
        InputError: with ``code`` when it has no header, or a line is no line of CSV or has more fields than the header (which may
            be told while the lines are read); ``input.missing``, ``input.unreadable``, ``input.too_large`` or ``input.encoding``.
    """
    try:
        text = decoded_list(read_bytes(str(path), DEFAULTS), str(path))
    except InputError as error:
        said = str(error).removeprefix(f"{path}：")
        raise InputError(f"{path}：{said}", code=error.code) from None
    if "\0" in text:
        number = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{path} 第 {number} 行：有 NUL 字符，不是文本；请另存为 UTF-8 的 CSV", code=code)
    rows = _rows(text, path, code)
    number, header = next(rows, (1, []))
    places = _places(header, columns, f"{path} 第 {number} 行", code)
    return Lines(frozenset(places), _lines(rows, places, len(header), path, code))


def _rows(text: str, path: Path, code: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of the line on which it begins."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for row in rows:
            if number > _MOST_LINES:
                raise InputError(f"{path}：超过 {_MOST_LINES:,} 行；请分成几个文件", code=code)
            if any(cell.strip() for cell in row):
                yield number, row
            number = rows.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path} 第 {number} 行：不是有效的 CSV（{error}）；请检查引号", code=code) from None


def _places(header: Sequence[str], columns: Columns, place: str, code: str) -> dict[str, int]:
    """Where each column stands."""
    known = {fold(name).lower(): column for column, names in columns.items() for name in (column, *names)}
    places: dict[str, int] = {}
    for at, cell in enumerate(header):
        column = known.get(fold(cell).lower())
        if column in places:
            raise InputError(f"{place}：“{header[places[column]]}”和“{cell}”是同一列；请只留一列", code=code)
        if column:
            places[column] = at
    if not places:
        names = "、".join(columns)
        raise InputError(f"{place}：没有表头；第一行要写列名，如 {names}", code=code)
    return places


def _lines(
    rows: Iterator[tuple[int, list[str]]], places: Mapping[str, int], width: int, path: Path, code: str
) -> Iterator[Line]:
    for number, row in rows:
        if any(cell.strip() for cell in row[width:]):
            raise InputError(f"{path} 第 {number} 行：比表头多出“{row[width]}”；有逗号的文字要加引号", code=code)
        found = ((name, unguarded(row[at].strip())) for name, at in places.items() if at < len(row))
        yield Line(number, {name: text for name, text in found if text})
