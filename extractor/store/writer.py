"""Writing what a batch reads. One process writes at a time, and gives the numbers; each transaction is a whole state."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from extractor.store.connection import insert_rows, locked
from extractor.store.packing import Read, Row
from extractor.store.schema import (
    cell_keys,
    cells,
    claims,
    files,
    findings,
    manifest,
    readings,
    records,
    runs,
    sources,
)
from extractor.store.store import Store
from extractor.store.types import Listed, Reading

Matching = Callable[[Sequence[Listed], Iterable[str]], Mapping[str, int]]
"""Finds the lines of a manifest for paths: the place of its line for each path that has one."""

_OF_RECORDS = (cells, claims, findings)


class _File(NamedTuple):
    number: int
    source: int | None
    error: str | None
    message: str | None
    listed: int | None


class Writer:
    """The one that writes a store, from :func:`writing`.

    Attributes:
        reading: by what records are read.
        done: the sha256 of the sources that have records of this reading.
        failed: those of them that could not be read, with the code.
    """

    def __init__(self, store: Store, connection: Connection, reading: Reading, run: int) -> None:
        self._store, self.reading, self._run = store, reading, run
        self._keys = {key: number for number, key in connection.execute(select(cell_keys))}
        self._sources = {
            sha256: number for number, sha256 in connection.execute(select(sources.c.id, sources.c.sha256))
        }
        self._next_record = (connection.scalar(select(func.max(records.c.id))) or 0) + 1
        self._next_source = max(self._sources.values(), default=0) + 1
        self._files = {path: _File(number, *others) for number, path, *others in connection.execute(select(files))}
        self._next_file = max((it.number for it in self._files.values()), default=0) + 1
        self._listed: dict[str, int] = {}
        self._new_sources: dict[str, Row] = {}
        self._new_files: dict[str, _File] = {}
        self._changed_files: dict[str, _File] = {}
        own = (
            select(sources.c.sha256, records.c.error)
            .join_from(records, sources)
            .where(records.c.reading_id == reading.number)
        )
        self.done: set[str] = set()
        self.failed: dict[str, str] = {}
        for sha256, error in connection.execute(own):
            self.done.add(sha256)
            if error:
                self.failed[sha256] = error

    def list_files(self, lines: Sequence[Listed], paths: Iterable[str], matching: Matching) -> None:
        """Keep the lines of a manifest, and find the files of all lines: among these paths and those of earlier batches.

        Args:
            lines: new lines, which replace those on the same file, or of the same agency and year.
            paths: the files of this batch.
            matching: see :data:`Matching`.
        """
        with self._store.transaction() as connection:
            numbers = _merge(connection, lines)
        known = list(numbers)
        found = matching([numbers[number] for number in known], {*self._files, *paths})
        self._listed = {path: known[place] for path, place in found.items()}
        for path, file in self._files.items():
            self._put_file(path, file._replace(listed=self._listed.get(path)))

    def add_file(
        self, path: str, content: bytes | None, sha256: str | None, error: tuple[str, str] | None = None
    ) -> None:
        """Note a file, with its bytes or with why they can't be read. It is written with the next :meth:`save`."""
        if sha256 is not None and content is not None and sha256 not in self._sources:
            self._sources[sha256] = self._next_source
            self._new_sources[sha256] = (self._next_source, sha256, len(content))
            self._next_source += 1
        source = self._sources[sha256] if sha256 is not None else None
        code, message = error or (None, None)
        known = self._files.get(path)
        number = known.number if known else self._next_file
        self._next_file += known is None
        self._put_file(path, _File(number, source, code, message, self._listed.get(path)))

    def _put_file(self, path: str, file: _File) -> None:
        known = self._files.get(path)
        if known == file:
            return
        noted = self._new_files if known is None or path in self._new_files else self._changed_files
        noted[path] = self._files[path] = file

    def save(self, results: Sequence[Read]) -> None:
        """Write what was read, and the files noted so far, in one transaction."""
        new: dict[str, list[Row]] = {table.name: [] for table in (records, *_OF_RECORDS)}
        for result in results:
            self._add_rows(result, new)
        with self._store.transaction() as connection:
            self._write_files(connection)
            self._remove(connection, [it.sha256 for it in results if it.sha256 in self.done])
            for table in (records, *_OF_RECORDS):
                insert_rows(connection, table, new[table.name])
        for result in results:
            self.done.add(result.sha256)
            self.failed.pop(result.sha256, None)

    def _add_rows(self, result: Read, new: dict[str, list[Row]]) -> None:
        keys = self._keys
        for part, packed in enumerate(result.records):
            number = self._next_record
            self._next_record += 1
            source = self._sources[result.sha256]
            new[records.name].append((number, source, self.reading.number, part, self._run, *packed.head))
            new[cells.name] += [(number, keys[row[0]], *row[1:]) for row in packed.cells]
            new[claims.name] += [(number, *row) for row in packed.claims]
            new[findings.name] += [(number, *row) for row in packed.findings]

    def _remove(self, connection: Connection, again: Sequence[str]) -> None:
        """Remove the records of sources that were read again with this reading, since they had failed."""
        if not again:
            return
        numbers = [self._sources[sha256] for sha256 in again]
        old = select(records.c.id).where(records.c.source_id.in_(numbers), records.c.reading_id == self.reading.number)
        ids = list(connection.scalars(old))
        for table in _OF_RECORDS:
            connection.execute(delete(table).where(table.c.record_id.in_(ids)))
        connection.execute(delete(records).where(records.c.id.in_(ids)))

    def _write_files(self, connection: Connection) -> None:
        sources_now, self._new_sources = self._new_sources, {}
        new, self._new_files = self._new_files, {}
        changed, self._changed_files = self._changed_files, {}
        insert_rows(connection, sources, list(sources_now.values()))
        insert_rows(connection, files, [(it.number, path, *it[1:]) for path, it in new.items()])
        for it in changed.values():
            values = {"source_id": it.source, "error": it.error, "message": it.message, "manifest_id": it.listed}
            connection.execute(update(files).where(files.c.id == it.number).values(values))

    def end(self, status: str, counts: Mapping[str, Any]) -> None:
        """Write how the run ended."""
        with self._store.transaction() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.id == self._run)
                .values(status=status, ended=_now(), counts=json.dumps(counts))
            )


@contextmanager
def writing(store: Store, reading: Reading, arguments: Mapping[str, Any]) -> Iterator[Writer]:
    """Hold a store for a batch.

    Args:
        store: opened for writing.
        reading: by what it reads; ``number`` is found or given here.
        arguments: of the run, to be kept.

    Raises:
        StoreError: ``store.busy`` when another batch holds it, or as :meth:`Store.transaction`.
    """
    with locked(store.engine, store.name):
        with store.transaction() as connection:
            connection.execute(update(runs).where(runs.c.status == "running").values(status="killed"))
            known = _numbered(connection, reading)
            run = (connection.scalar(select(func.max(runs.c.id))) or 0) + 1
            values = (run, known.number, _now(), None, "running", json.dumps(arguments, ensure_ascii=False), "{}")
            insert_rows(connection, runs, [values])
            writer = Writer(store, connection, known, run)
        yield writer


def _numbered(connection: Connection, reading: Reading) -> Reading:
    own = reading._asdict()
    del own["number"]
    number = connection.scalar(select(readings.c.id).filter_by(**own))
    if number is None:
        number = (connection.scalar(select(func.max(readings.c.id))) or 0) + 1
        connection.execute(insert(readings), {"id": number, **own})
    return reading._replace(number=number)


def _merge(connection: Connection, lines: Sequence[Listed]) -> dict[int, Listed]:
    """Add lines to those of earlier manifests, or put them in their place; all by their numbers."""
    numbers = {
        number: Listed(*others) for number, *others in connection.execute(select(manifest).order_by(manifest.c.id))
    }
    by_name = {line.about: number for number, line in numbers.items()}
    new: dict[int, Row] = {}
    following = max(numbers, default=0) + 1
    for line in lines:
        number = by_name.setdefault(line.about, following)
        if number == following or number in new:
            following += number == following
            new[number] = (number, *line)
        elif numbers[number] != line:
            connection.execute(update(manifest).where(manifest.c.id == number).values(line._asdict()))
        numbers[number] = line
    insert_rows(connection, manifest, list(new.values()))
    return numbers


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
