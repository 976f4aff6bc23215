"""Findings as a table, a finding a row, as CSV or Excel."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor.document import Where
from extractor.errors import OutputError
from extractor.export import guarded, plain_text, replacing
from extractor.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

FINDING_COLUMNS = (
    "source", "agency", "year", "code", "outcome", "severity", "cause", "cells", "message", "where",
)  # fmt: skip
_MOST_ROWS = 1_048_575


def finding_rows(record: Record) -> Iterator[dict[str, Any]]:
    """The findings of a record. Without a place of its own, a finding stands where its first cell does."""
    for finding in record.findings:
        places = [finding.where, *(record.cells[key].where for key in finding.cells if key in record.cells)]
        yield {
            "source": record.source.name,
            "agency": record.agency,
            "year": record.year,
            "code": finding.code,
            "outcome": finding.outcome,
            "severity": finding.severity,
            "cause": finding.cause,
            "cells": " ".join(finding.cells),
            "message": finding.message,
            "where": next((place_in_words(where) for where in places if where), None),
        }


def place_in_words(where: Where) -> str:
    """A place in the source.

    >>> place_in_words(Where(12, page=3)), place_in_words(Where(path="Sheet1!B5"))
    ('第3页第12行', 'Sheet1!B5')
    """
    page = f"第{where.page}页" if where.page is not None else ""
    line = f"第{where.line}行" if where.line is not None else ""
    return " ".join(filter(None, (page + line, where.path)))


@contextmanager
def findings_table(path: Path) -> "Iterator[Callable[[Record], None]]":
    """What writes the findings of records: all of them to a ``.csv``; to an ``.xlsx`` those that did not pass.

    Raises:
        OutputError: ``output.format`` for another suffix, ``output.missing`` when there is no such folder, ``output.too_large``
            for more rows than Excel has.
    """
    writers = {".csv": _csv, ".xlsx": _xlsx}
    if path.suffix.lower() not in writers:
        raise OutputError(f"{path}：不支持的格式；请用 .jsonl、.csv 或 .xlsx", code="output.format")
    if not path.parent.is_dir():
        raise OutputError(f"{path.parent}：文件夹不存在；请先建立", code="output.missing")
    with writers[path.suffix.lower()](path) as write:
        yield write


@contextmanager
def _csv(path: Path) -> "Iterator[Callable[[Record], None]]":
    """UTF-8 with a mark, which Excel needs."""
    with replacing(path, encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, FINDING_COLUMNS)
        writer.writeheader()
        yield lambda record: writer.writerows(
            {name: guarded(value) for name, value in row.items()} for row in finding_rows(record)
        )


@contextmanager
def _xlsx(path: Path) -> "Iterator[Callable[[Record], None]]":
    import xlsxwriter

    options = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    with replacing(path, "wb") as file, xlsxwriter.Workbook(file, options | {"constant_memory": True}) as book:
        sheet = book.add_worksheet("findings")
        sheet.write_row(0, 0, FINDING_COLUMNS)
        count = 0

        def write(record: Record) -> None:
            nonlocal count
            for row in finding_rows(record):
                if row["outcome"] == "pass":
                    continue
                count += 1
                if count > _MOST_ROWS:
                    raise OutputError(f"{path}：超过 Excel 的行数上限；请改用 .csv", code="output.too_large")
                sheet.write_row(count, 0, (plain_text(it) if isinstance(it, str) else it for it in row.values()))

        yield write
