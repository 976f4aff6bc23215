"""Looking into a store. Nothing is unpacked: a hundred thousand reports take seconds, and a batch may be writing meanwhile."""

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, func, select

from extractor.status.against import Comparison, Shown, compare
from extractor.status.counts import Counts, Decided, Failure, FileCounts, Run, Status
from extractor.status.filing import Filing, Held, Report, Roll
from extractor.store import Listed, Reading, Store
from extractor.store.connection import is_held
from extractor.store.schema import (
    cell_keys,
    cells,
    decisions,
    files,
    findings,
    manifest,
    records,
    runs,
    sources,
)
from extractor.vocabulary import vocabulary


class Asked(NamedTuple):
    """What to count.

    Attributes:
        reading: see :meth:`Store.find_reading`; by default the latest.
        lines: of a manifest; those that the store keeps by default.
        year: only what is on this year.
        against: another reading to compare with.
        examples: of its differences, so many at most.
    """

    reading: str | None = None
    lines: Sequence[Listed] | None = None
    year: int | None = None
    against: str | None = None
    examples: int = 20


def look(store: Store, asked: Asked = Asked()) -> Status:  # noqa: B008 - it can't be changed
    """What is in a store, as of one moment. It may be opened for reading only, and a batch may be writing it.

    Raises:
        StoreError: there is no such reading, or the database can't be read.
    """
    known = store.readings()
    chosen = store.find_reading(asked.reading) if known or asked.reading is not None else None
    other = store.find_reading(asked.against) if asked.against is not None else None
    written = is_held(store.engine, store.name)
    with store.transaction() as connection:
        facts = _facts(connection, chosen, asked)
        row = connection.execute(select(runs).order_by(runs.c.id.desc()).limit(1)).first()
        counts = {number: int(count) for number, count in connection.execute(_READ)}
        comparison = _compared(connection, facts, other, asked) if other else None
    written = written or is_held(store.engine, store.name)  # before and after: it may have begun or ended meanwhile
    filings = list(facts.roll.filings(asked.year))
    total, years = _counted(facts, filings, asked.year)
    return Status(
        chosen,
        [(it, counts.get(it.number, 0)) for it in known],
        _run(row, known, written=written) if row else None,
        asked.year,
        _file_counts(facts),
        total,
        years,
        list(_failures(facts)),
        filings,
        [it for it in facts.roll.disagreements() if asked.year is None or it.listed.year in (None, asked.year)],
        comparison,
    )


class _Facts(NamedTuple):
    """What is counted: the files that are asked for, reports and failures by source, what was decided by report."""

    files: Sequence[Held]
    reports: Mapping[int, Sequence[Report]]
    roll: Roll
    failed: Mapping[int, Failure]
    decided: Mapping[int, Decided]


def _facts(connection: Connection, reading: Reading | None, asked: Asked) -> _Facts:
    number = reading.number if reading else -1
    held = sorted(Held(*row) for row in connection.execute(_FILES))
    own = _reports(connection, number, {file.source for file in held})
    kept = (Listed(*row[1:]) for row in connection.execute(select(manifest).order_by(manifest.c.id)))
    roll = Roll(list(kept) if asked.lines is None else asked.lines, held, own)
    shown = held if asked.year is None else [file for file in held if _year_of(file, roll, own) == asked.year]
    return _Facts(shown, own, roll, _failed(connection, number), _decided(connection, number))


def _compared(connection: Connection, facts: _Facts, other: Reading, asked: Asked) -> Comparison:
    paths = {file.source: file.path for file in reversed(facts.files) if file.source is not None}
    here, there = (
        [report for source in sorted(reports.keys() & paths) for report in reports[source]]
        for reports in (facts.reports, _reports(connection, other.number, set(paths)))
    )
    return compare(connection, here, other, there, Shown(asked.examples, paths))


_FILES = select(files.c.path, files.c.source_id, files.c.error, files.c.message)
_READ = select(records.c.reading_id, func.count()).group_by(records.c.reading_id)


def _reports(connection: Connection, reading: int, held: Container[int | None]) -> dict[int, list[Report]]:
    """The reports of a reading by their source, for sources that a file holds."""
    of = records.c
    query = select(
        of.id, of.source_id, of.part, of.agency, of.year, of.status, of.error, of.forms, of.cells_to_review
    ).where(of.reading_id == reading)
    found: dict[int, list[Report]] = {}
    for row in connection.execute(query):
        report = Report(*row[:7], cells_of(row.forms), row.cells_to_review)
        if report.source in held:
            found.setdefault(report.source, []).append(report)
    return found


@cache
def cells_of(forms: str) -> int:
    """How many cells a record has: all of its forms; ``forms`` as the store keeps them."""
    return sum(len(form.columns) for form in vocabulary().forms_of(json.loads(forms)))


def _failed(connection: Connection, reading: int) -> dict[int, Failure]:
    """The sources that could not be read, without their paths."""
    query = (
        select(records.c.source_id, sources.c.sha256, records.c.error, findings.c.message)
        .join_from(records, sources)
        .outerjoin(findings, (findings.c.record_id == records.c.id) & (findings.c.number == 0))
        .where(records.c.reading_id == reading, records.c.status == "failed")
    )
    return {
        source: Failure("", sha256, code or "input", message or "")
        for source, sha256, code, message in connection.execute(query)
    }


def _decided(connection: Connection, reading: int) -> dict[int, Decided]:
    """What people have decided of each report: cells that this reading has."""
    on_cells = (
        select(records.c.id, cells.c.key_id, cells.c.review)
        .join_from(decisions, sources, sources.c.sha256 == decisions.c.sha256)
        .join(
            records,
            (records.c.source_id == sources.c.id)
            & (records.c.reading_id == reading)
            & (records.c.part == decisions.c.part),
        )
        .join(cell_keys, cell_keys.c.key == decisions.c.key)
        .join(cells, (cells.c.record_id == records.c.id) & (cells.c.key_id == cell_keys.c.id))
        .distinct()
        .subquery()
    )
    flagged = func.sum(case((on_cells.c.review, 1), else_=0))
    query = select(on_cells.c.id, func.count(), flagged).group_by(on_cells.c.id)
    return {record: Decided(count, int(of_them)) for record, count, of_them in connection.execute(query)}


def _run(row: Iterable[Any], known: Iterable[Reading], *, written: bool) -> Run:
    number, reading, started, ended, status, _, counts = row
    names = {it.number: str(it) for it in known}
    if status == "running" and not written:
        status = "killed"  # it had no time to say so
    return Run(number, names.get(reading, str(reading)), started, ended, status, json.loads(counts))


def _year_of(file: Held, roll: Roll, reports: Mapping[int, Sequence[Report]]) -> int | None:
    listed = roll.listed(file.path)
    if listed and listed.year:
        return listed.year
    own = reports.get(file.source, ()) if file.source is not None else ()
    return next((roll.year_of(report) for report in own), None)


def _file_counts(facts: _Facts) -> FileCounts:
    shown, roll = facts.files, facts.roll
    read = [file.source for file in shown if file.source is not None]
    return FileCounts(
        files=len(shown),
        sources=len(set(read)),
        duplicates=len(read) - len(set(read)),
        failed=sum(1 for _ in _failures(facts)),
        unread=sum(source not in facts.reports for source in read),
        unlisted=sum(file.path not in roll.found for file in shown) if roll.lines else None,
        undecided=sum(file.path in roll.undecided for file in shown),
    )


def _failures(facts: _Facts) -> Iterator[Failure]:
    for file in facts.files:
        if file.source is None:
            yield Failure(file.path, None, file.error or "input", file.message or "")
        elif known := facts.failed.get(file.source):
            yield known._replace(path=file.path)


def _counted(facts: _Facts, filings: Iterable[Filing], year: int | None) -> tuple[Counts, dict[int | None, Counts]]:
    """All reports, or those on a year, and by year; the years in order, without one at the end."""
    total, years = Counts(), dict[int | None, Counts]()
    nobody = Decided()
    for report in (report for own in facts.reports.values() for report in own):
        own_year = facts.roll.year_of(report)
        if year in (None, own_year):
            for counts in (total, years.setdefault(own_year, Counts())):
                counts.add(report, facts.decided.get(report.number, nobody))
    for filing in filings:
        for counts in (total, years.setdefault(filing.listed.year or year, Counts())):
            counts.filing[filing.state] += 1
    return total, {own: years[own] for own in sorted(years, key=lambda it: (it is None, it or 0))}
