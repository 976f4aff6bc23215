"""Reports out of the store, in an order that does not depend on when each was read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, select

from extractor.audit import examine
from extractor.checks import Context
from extractor.record import CellValue, Record
from extractor.store.packing import Packed, unpack
from extractor.store.schema import cell_keys, cells, claims, decisions, files, findings, records, sources
from extractor.store.store import Store, decision_of, file_of, files_query
from extractor.store.types import Decision, File, Reading, Stored
from extractor.vocabulary import vocabulary

_AT_ONCE = 200
_HEAD = records.c[records.c.keys().index("section") :]


def reports(store: Store, reading: Reading) -> Iterator[Stored]:
    """The reports of a reading, by sha256 and part. Sources that no file has any more are left out.

    Raises:
        StoreError: the database can't be read.
    """
    with store.transaction() as connection:
        keys = _keys(connection)
        held = select(files.c.source_id).where(files.c.source_id.is_not(None))
        query = (
            select(sources.c.sha256, records.c.part, records.c.id, sources.c.id)
            .join_from(records, sources)
            .where(records.c.reading_id == reading.number, records.c.source_id.in_(held))
        )
        found = sorted(map(tuple, connection.execute(query)))
        for start in range(0, len(found), _AT_ONCE):
            yield from _some(connection, found[start : start + _AT_ONCE], reading, keys)


def _keys(connection: Connection) -> dict[int, tuple[int, str]]:
    """The cells by their numbers: the place in the forms, and the key."""
    places = {key: place for place, key in enumerate(vocabulary().columns)}
    return {number: (places.get(key, len(places)), key) for number, key in connection.execute(select(cell_keys))}


def _some(
    connection: Connection,
    found: Sequence[tuple[str, int, int, int]],
    reading: Reading,
    keys: Mapping[int, tuple[int, str]],
) -> Iterator[Stored]:
    numbers = [number for _, _, number, _ in found]
    heads = {
        row[0]: row[1:] for row in connection.execute(select(records.c.id, *_HEAD).where(records.c.id.in_(numbers)))
    }
    of_cells = _cells(connection, numbers, keys)
    of_claims, of_findings = (_grouped(connection, table, numbers) for table in (claims, findings))
    holders = _files(connection, {source for *_, source in found})
    decided = _decided(connection, {sha256 for sha256, *_ in found})
    by = {"id": reading.model, "sha256": reading.model_sha256}, reading.version
    for sha256, part, number, source in found:
        packed = Packed(
            tuple(heads[number]),
            of_cells.get(number, []),
            of_claims.get(number, []),
            of_findings.get(number, []),
        )
        record = unpack(packed, (holders[source][0].path, sha256), by)
        yield with_decisions(record, part, holders[source], decided.get((sha256, part), {}))


def _grouped(connection: Connection, table: Table, numbers: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
    """The rows of records, without the number of the record."""
    query = select(table).where(table.c.record_id.in_(numbers)).order_by(*table.primary_key.columns)
    return {
        number: [tuple(row[1:]) for row in rows] for number, rows in groupby(connection.execute(query), itemgetter(0))
    }


def _cells(
    connection: Connection, numbers: Sequence[int], keys: Mapping[int, tuple[int, str]]
) -> dict[int, list[tuple[Any, ...]]]:
    """The cells of records, in the order of the forms."""
    return {
        number: [(key, *row[1:]) for (_, key), row in sorted((keys[row[0]], row) for row in rows)]
        for number, rows in _grouped(connection, cells, numbers).items()
    }


def _files(connection: Connection, found: set[int]) -> dict[int, tuple[File, ...]]:
    """The files of sources, by path."""
    query = files_query().add_columns(files.c.source_id).where(files.c.source_id.in_(found))
    rows = sorted(
        ((row[-1], file_of(row[:-1])) for row in connection.execute(query)), key=lambda it: (it[0], it[1].path)
    )
    return {source: tuple(file for _, file in group) for source, group in groupby(rows, itemgetter(0))}


def _decided(connection: Connection, found: set[str]) -> dict[tuple[str, int], dict[str, Decision]]:
    """The last decision on each cell of sources."""
    made: dict[tuple[str, int], dict[str, Decision]] = {}
    for row in connection.execute(select(decisions).where(decisions.c.sha256.in_(found)).order_by(decisions.c.id)):
        decision = decision_of(row)
        made.setdefault((decision.sha256, decision.part), {})[decision.key] = decision
    return made


def with_decisions(record: Record, part: int, holders: tuple[File, ...], decided: Mapping[str, Decision]) -> Stored:
    """A report with what people decided: cells that the forms of this reading have, and all checks anew."""
    decided = {key: it for key, it in decided.items() if key in record.cells}
    if not decided:
        return Stored(record, part, holders, {}, {})
    read = {key: record.cells[key] for key in decided}
    own = {key: _as_decided(cell, decided[key]) for key, cell in read.items()}
    again = examine(Context(replace(record, cells={**record.cells, **own})))
    return Stored(again, part, holders, decided, read)


def _as_decided(cell: CellValue, decision: Decision) -> CellValue:
    return cell._replace(value=decision.value, state=decision.state, confidence=1.0, review=False, proposed=None)
