"""Reports of the store as rows of the tables: a row is a tuple in the order of the table's columns.

A report has some two hundred cells, so they come by column, without a tuple for each.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import repeat
from typing import Any, NamedTuple

from extractor.document import Where
from extractor.record import Claim, Finding
from extractor.store.types import File, Listed, Stored
from extractor.vocabulary import vocabulary

Row = tuple[Any, ...]
Columns = Sequence[Iterable[Any]]
_NOWHERE = Where()
_UNLISTED = Listed()


class Numbered(NamedTuple):
    """A report, its number in the dataset, and whether its file holds others."""

    number: int
    stored: Stored
    one_of_several: bool


class Rows(NamedTuple):
    """The rows of a report; those of its cells by column."""

    report: Row
    cells: Columns
    findings: list[Row]
    claims: list[Row]


def numbered(reports: Iterable[Stored]) -> Iterator[Numbered]:
    """Number reports that come by sha256 and part."""
    last: Stored | None = None
    several = False
    number = 0
    for stored in reports:
        if last is not None:
            follows = stored.record.source.sha256 == last.record.source.sha256
            yield Numbered(number, last, several or follows)
            several = follows
        last, number = stored, number + 1
    if last is not None:
        yield Numbered(number, last, several or last.part > 0)


def rows_of(report: Numbered) -> Rows:
    """The rows of a report in each table."""
    stored = report.stored
    record = stored.record
    listed = next((file.listed for file in stored.files if file.listed), _UNLISTED)
    read = Listed(agency=record.agency, year=record.year)
    first, second = (read, listed) if report.one_of_several else (listed, read)
    agency = first.agency if first.agency is not None else second.agency
    year = first.year if first.year is not None else second.year
    named = report.number, record.source.sha256, stored.part, record.source.name
    whose = agency, year, record.agency, record.year, listed.code, listed.parent
    head = (*named, agency, year)
    findings = [_finding(head, place, it) for place, it in enumerate(record.findings) if it.outcome != "pass"]
    claims = [_claim(head, place, it) for place, it in enumerate(record.claims)]
    return Rows((*named, len(stored.files), *whose, *_outline(stored)), _cells(head, stored), findings, claims)


def file_row(file: File) -> Row:
    """The row of a file."""
    listed = file.listed or _UNLISTED
    return (
        file.path,
        file.sha256,
        file.error,
        file.message,
        listed.agency,
        listed.code,
        listed.year,
        listed.parent,
        listed.url,
    )


def _outline(stored: Stored) -> Iterator[Any]:
    """What the table of reports has behind the name of a report: from its title to its last cell."""
    record = stored.record
    failed = record.status == "failed"
    outcomes = Counter(it.outcome for it in record.findings if it.outcome != "fail" or it.severity != "info")
    yield from (record.title, record.source.media_type, record.source.n_pages, record.status)
    yield sum(cell.review for cell in record.cells.values())
    yield len(stored.decided)
    yield from (None if failed else outcomes[name] for name in ("fail", "unverifiable", "pass"))
    yield record.findings[0].code if failed and record.findings else None
    yield from (record.tables.get(family.table) for family in vocabulary().families)
    values = (cell and cell.value for cell in map(record.cells.get, _keys()))
    yield from map(_finite, values) if stored.decided else values


@cache
def _keys() -> tuple[str, ...]:
    return tuple(vocabulary().columns)


def _cells(head: Row, stored: Stored) -> Columns:
    """The cells of a report, by column."""
    cells = stored.record.cells
    if not cells:
        return []
    keys = tuple(cells)
    tables, rows, columns = _parts(keys)
    values, texts, states, confidences, reviews, wheres, units, proposed = zip(*cells.values(), strict=True)
    lines, starts, ends, pages, _, paths = zip(*(where or _NOWHERE for where in wheres), strict=True)
    by: Iterable[Any] = repeat(None, len(keys))
    read: Iterable[Any] = repeat(None, len(keys))
    if stored.decided:
        values = tuple(map(_finite, values))
        by = [it and it.by for it in map(stored.decided.get, keys)]
        read = [it and it.value for it in map(stored.read.get, keys)]
    return [
        *(repeat(value, len(keys)) for value in head),
        *(tables, list(map(stored.record.tables.get, tables)), keys, rows, columns, values, texts, states, units),
        *(confidences, reviews, pages, lines, starts, ends, paths),
        *([it and _finite(it.value) for it in proposed], by, read),
    ]


@lru_cache(maxsize=256)
def _parts(keys: tuple[str, ...]) -> tuple[Row, ...]:
    """The tables, rows and columns of keys."""
    return tuple(zip(*(key.split(".") for key in keys), strict=True))


def _finding(head: Row, place: int, finding: Finding) -> Row:
    corrections = [[change._asdict() for change in correction] for correction in finding.corrections]
    return (
        *head,
        place,
        finding.code,
        finding.outcome,
        finding.severity,
        finding.cause,
        finding.message,
        " ".join(finding.cells) or None,
        json.dumps(corrections, ensure_ascii=False) if corrections else None,
        *_place(finding.where),
    )


def _claim(head: Row, place: int, claim: Claim) -> Row:
    return (*head, place, claim.key, claim.value, claim.text, claim.unit, claim.scope, *_place(claim.where))


def _place(where: Where | None) -> Row:
    line, start, end, page, _, path = where or _NOWHERE
    return page, line, start, end, path


def _finite(value: Any) -> Any:
    """A number that every format can hold: not one of more digits than a fraction can have, nor an infinite one."""
    try:
        return value if value is None or math.isfinite(value) else None
    except OverflowError:
        return None
