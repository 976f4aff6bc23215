"""Rows of the tidy and the wide dataset to records. Where a dataset has no column ``review``, all that it gives is certain."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple, get_args

from extractor.datasets.tables import Row, Table
from extractor.document import Source, Where
from extractor.errors import InputError
from extractor.export import guarded
from extractor.numbers import State
from extractor.record import CellValue, Record, failed_record
from extractor.vocabulary import vocabulary

_TRUE, _FALSE = {"true", "1", "1.0", "yes", "是"}, {"false", "0", "0.0", "no", "否"}
_Id = tuple[str, str]


class Outline(NamedTuple):
    """What the wide dataset says of a report besides its cells."""

    agency: str | None
    year: int | None
    title: str | None
    error: str | None
    tables: Mapping[str, str | None]


def holds_cells(columns: Iterable[str]) -> bool:
    """True for the columns of a table with one cell a row."""
    return {"key", "value"} <= set(columns) and _tells_reports(columns)


def holds_reports(columns: Iterable[str]) -> bool:
    """True for the columns of a table with one report a row."""
    return _tells_reports(columns) and any(key in vocabulary().columns for key in columns)


def _tells_reports(columns: Iterable[str]) -> bool:
    return "source" in columns or {"agency", "year"} <= set(columns)


def records_of_cells(table: Table, name: str, reports: Table | None = None) -> Iterator[Record]:
    """The records of a table with one cell a row; those of a report stand together.

    Args:
        table: see :data:`extractor.export.CELL_COLUMNS`; only the report, ``key`` and ``value`` are needed.
        name: of the file, for messages.
        reports: the table of reports beside it: titles, and the reports without cells, which come last.

    Raises:
        InputError: ``input.dataset`` when a row makes no sense, or the rows of a report do not stand together.
    """
    outlines = {_id(row): _outline(row) for row in reports.rows} if reports else {}
    done: set[int] = set()
    for identity, rows in _groups(table, name):
        if hash(identity) in done:
            raise InputError(
                f"{name}：报告 {identity[0]} 的行不在一起，或重复；请按 source 排序，并去掉重复的行",
                code="input.dataset",
            )
        done.add(hash(identity))
        yield _record(identity, rows, outlines.pop(identity, None), "form" in table.columns)
    for identity, outline in outlines.items():
        yield _empty(identity, outline)


class _Numbered(NamedTuple):
    """A row, and where it stands, for messages."""

    place: str
    row: Row


def _groups(table: Table, name: str) -> Iterator[tuple[_Id, list[_Numbered]]]:
    """The rows of each report. A key that comes again begins another one."""
    identity: _Id | None = None
    rows: dict[str, _Numbered] = {}
    for number, row in enumerate(table.rows, start=2):
        key = str(row.get("key") or "")
        if key.count(".") != 2:
            raise InputError(f"{name} 第 {number} 行：key 列的“{key}”不是单元格的键", code="input.dataset")
        if rows and identity and (_id(row) != identity or key in rows):
            yield identity, list(rows.values())
            rows = {}
        identity = _id(row)
        rows[key] = _Numbered(f"{name} 第 {number} 行", row)
    if identity:
        yield identity, list(rows.values())


def _record(identity: _Id, numbered: list[_Numbered], outline: Outline | None, with_forms: bool) -> Record:
    place, first = numbered[0]
    cells = {str(row["key"]): _cell(place, row) for place, row in numbered}
    tables: dict[str, str | None] = dict.fromkeys(family.table for family in vocabulary().families)
    year = _whole(first.get("year"), place)
    found = {key.partition(".")[0] for key in cells}
    if with_forms:
        printed = {str(row["key"]).partition(".")[0]: unguarded(row.get("form")) for _, row in numbered}
        tables |= printed
    else:
        tables |= {table: _form(table, cells, year) for table in found}
    return Record(
        source=Source(identity[0], identity[1], "application/octet-stream"),
        agency=unguarded(first.get("agency")),
        year=year,
        title=outline.title if outline else None,
        tables=tables,
        cells=cells,
        findings=(),
        status="review" if any(cell.review for cell in cells.values()) else "ok",
    )


def _cell(place: str, row: Row) -> CellValue:
    value = _number(row.get("value"), place)
    state: Any = unguarded(row.get("state")) or ("number" if value is not None else "missing")
    if state not in get_args(State):
        raise InputError(f"{place}：state 列不认识“{state}”；有：{'、'.join(get_args(State))}", code="input.dataset")
    certain = 0.0 if state == "missing" else 1.0
    confidence = _number(row.get("confidence"), place)
    line, start, end, page = (_whole(row.get(name), place) for name in ("line", "start", "end", "page"))
    where = Where(line, start, end, page, None, unguarded(row.get("path")))
    return CellValue(
        value=value,
        text=unguarded(row.get("text")) or "",
        state=state,
        confidence=certain if confidence is None else confidence,
        review=_flag(row.get("review"), place, default=state == "missing"),
        where=where if any(it is not None for it in where) else None,
        unit=unguarded(row.get("unit")),
    )


def records_of_reports(table: Table, name: str) -> Iterator[Record]:
    """The records of a table with one report a row.

    It tells neither which cells are blank or missing nor which are flagged: a cell without a value is missing, and in a report
    with cells to review all are flagged.

    Raises:
        InputError: ``input.dataset`` when a row makes no sense.
    """
    for number, row in enumerate(table.rows, start=2):
        place, outline = f"{name} 第 {number} 行", _outline(row)
        printed = {key: it for key in vocabulary().columns if (it := _number(row.get(key), place)) is not None}
        tables = dict(outline.tables)
        if not any(column.startswith("form_") for column in table.columns):
            tables |= {
                table: _form(table, printed, outline.year) for table in {key.partition(".")[0] for key in printed}
            }
        flagged = bool(_whole(row.get("cells_to_review"), place))
        cells = {
            key: CellValue(it, str(it), "number", 1.0, flagged)
            if (it := printed.get(key)) is not None
            else CellValue(None, "", "missing", 0.0, review=True)
            for form in vocabulary().forms_of(tables)
            for key in form.columns
        }
        yield replace(_empty(_id(row), outline), cells=cells, tables=tables)


def _outline(row: Row) -> Outline:
    return Outline(
        agency=unguarded(row.get("agency")),
        year=_whole(row.get("year"), str(row.get("source", ""))),
        title=unguarded(row.get("title")),
        error=(unguarded(row.get("error")) or "input") if unguarded(row.get("status")) == "failed" else None,
        tables={family.table: unguarded(row.get(f"form_{family.table}")) for family in vocabulary().families},
    )


def _empty(identity: _Id, outline: Outline) -> Record:
    """The record of a report without cells."""
    source = Source(*identity, "application/octet-stream")
    if outline.error:
        return failed_record(source, outline.error, "报告未能读取", outline.tables)
    return Record(source, outline.agency, outline.year, outline.title, outline.tables, {}, (), "ok")


def _form(table: str, keys: Iterable[str], year: int | None) -> str | None:
    """The form that has all these keys: that of the year if it can be, else the newest."""
    own = {key for key in keys if key.startswith(f"{table}.")}
    if table not in {family.table for family in vocabulary().families}:
        return None
    fitting = [form.form for form in vocabulary().family(table).forms if own <= form.columns.keys()]
    official = vocabulary().form_of_year(year)
    return next(chain((it for it in fitting if it == official), fitting), None)


def _id(row: Row) -> _Id:
    source = (
        unguarded(row.get("source"))
        or f"{unguarded(row.get('agency')) or ''} {unguarded(row.get('year')) or ''}".strip()
    )
    return source, unguarded(row.get("sha256")) or ""


def unguarded(value: Any) -> str | None:
    """A text, without the apostrophe that made it harmless in a spreadsheet; None when it is empty."""
    text = "" if value is None else str(value)
    if text.startswith("'") and guarded(text[1:]) == text:
        text = text[1:]
    return text or None


def _number(value: Any, place: str) -> int | float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value)
        if math.isnan(number):  # how pandas writes that there is none
            return None
        return int(number) if number.is_integer() or math.isinf(number) else number
    except (ValueError, TypeError, OverflowError):
        raise InputError(f"{place}：“{value}”不是数字", code="input.dataset") from None


def _whole(value: Any, place: str) -> int | None:
    number = _number(value, place)
    return None if number is None else int(number)


def _flag(value: Any, place: str, *, default: bool) -> bool:
    if value is None or value == "":
        return default
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise InputError(f"{place}：review 列的“{value}”不是 True 或 False", code="input.dataset")
    return word in _TRUE
