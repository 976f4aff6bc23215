"""The store: opening it, and what stands in it beside the records: readings, files, the manifest, what people decided."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, inspect, select

from extractor.errors import InputError, StoreError
from extractor.store.connection import engine_of, insert_rows, telling
from extractor.store.packing import number_of
from extractor.store.schema import SCHEMA, about, cell_keys, decisions, files, manifest, metadata, readings, sources
from extractor.store.types import Decision, File, Listed, Reading
from extractor.vocabulary import vocabulary


class Store:
    """An open store; a context manager. See :func:`open_store`."""

    def __init__(self, target: str, *, read_only: bool) -> None:
        self.name = target
        self.read_only = read_only
        self.engine = engine_of(target, read_only=read_only)
        try:
            with telling(target):
                self._set_up()
        except StoreError:
            self.engine.dispose()
            raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction: of a store opened for reading a view of one moment, whatever is written meanwhile.

        Raises:
            StoreError: what the database says, in words.
        """
        with telling(self.name), self.engine.begin() as connection:
            yield connection

    def rows(self, query: Select[Any]) -> list[Any]:
        """The rows of a query."""
        with self.transaction() as connection:
            return list(connection.execute(query))

    def readings(self) -> list[Reading]:
        """By what records were read, the latest last."""
        return [Reading(*row) for row in self.rows(select(readings).order_by(readings.c.id))]

    def find_reading(self, name: str | None) -> Reading:
        """A reading by its number or name (``aligner-2/0.1.0``); the latest for None.

        Raises:
            StoreError: ``store.reading`` when there is no such one.
        """
        known = self.readings()
        if not known:
            raise StoreError(f"{self.name}：还没有读过报告；请先运行 gongkai batch", code="store.empty")
        fitting = [it for it in known if name is None or name in (str(it), str(it.number), it.model)]
        if not fitting:
            names = "、".join(f"{it.number} {it}" for it in known)
            raise StoreError(f"{self.name}：没有读法 {name}；有：{names}", code="store.reading")
        return fitting[-1]

    def files(self) -> Iterator[File]:
        """The files of all batches, by path."""
        rows = self.rows(files_query())
        yield from sorted(map(file_of, rows))

    def listed(self) -> list[Listed]:
        """The lines of all manifests."""
        return [Listed(*row[1:]) for row in self.rows(select(manifest).order_by(manifest.c.id))]

    def decide(self, made: Iterable[Decision]) -> int:
        """Keep decisions; a later one on the same cell comes before an earlier one, which stays.

        Returns:
            How many were kept.

        Raises:
            InputError: ``input.decision`` when the store has no such source, or the forms no such cell. Then none is kept.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self.transaction() as connection:
            known = set(connection.scalars(select(sources.c.sha256)))
            rows = [it._replace(decided=it.decided or now)._asdict() for it in made]
            for row in rows:
                if row["sha256"] not in known:
                    raise InputError(f"{self.name}：没有来源 {row['sha256']}；请检查 sha256", code="input.decision")
                if row["key"] not in vocabulary().columns:
                    raise InputError(f"没有单元格 {row['key']}；gongkai forms 列出所有键", code="input.decision")
                if row["value"] is not None and not math.isfinite(row["value"]):
                    raise InputError(f"{row['key']} 的值 {row['value']} 不是数字", code="input.decision")
            if rows:
                connection.execute(insert(decisions), rows)
        return len(rows)

    def decisions(self) -> list[Decision]:
        """All decisions, the latest last."""
        return [decision_of(row) for row in self.rows(select(decisions).order_by(decisions.c.id))]

    def _set_up(self) -> None:
        """Make the tables of a new store; refuse what is none, or another program's.

        Raises:
            StoreError: ``store.damaged`` or ``store.schema``.
        """
        found = set(inspect(self.engine).get_table_names())
        if about.name not in found:
            if self.read_only or found & set(metadata.tables):
                raise StoreError(f"{self.name}：不是 gongkai 的数据库；请换一个", code="store.damaged")
            self._make()
        with self.engine.begin() as connection:
            version = connection.scalar(select(about.c.value).where(about.c.name == "schema"))
            if version != SCHEMA:
                raise StoreError(
                    f"{self.name}：由另一版本的 gongkai 建立（{version}，本版为 {SCHEMA}）；请用新数据库重新读取",
                    code="store.schema",
                )
            if not self.read_only:
                _add_keys(connection)

    def _make(self) -> None:
        """All tables in one transaction, so that a store is whole or not there."""
        with self.engine.begin() as connection:
            metadata.create_all(connection)
            if connection.scalar(select(about.c.value)) is None:  # else another process was first
                connection.execute(insert(about), {"name": "schema", "value": SCHEMA})


def open_store(target: str, *, read_only: bool = False) -> Store:
    """The store at a path (SQLite) or URL (PostgreSQL); made when it is not there.

    Args:
        target: the path of a file, or ``postgresql://user@host/database``.
        read_only: only read: it must be there, and may be written by a batch at the same time.

    Raises:
        StoreError: it can't be opened; see its ``code``.
    """
    return Store(target, read_only=read_only)


def _add_keys(connection: Connection) -> None:
    """Number the cells of the forms. A new form adds to them; none is ever taken away."""
    known = set(connection.scalars(select(cell_keys.c.key)))
    new = [key for key in vocabulary().columns if key not in known]
    insert_rows(connection, cell_keys, [(number, key) for number, key in enumerate(new, start=len(known))])


def files_query() -> Select[Any]:
    """Files with their bytes and their lines in the manifest, as :func:`file_of` takes them."""
    return (
        select(files.c.path, sources.c.sha256, files.c.error, files.c.message, manifest)
        .outerjoin_from(files, sources, files.c.source_id == sources.c.id)
        .outerjoin(manifest, files.c.manifest_id == manifest.c.id)
    )


def file_of(row: Any) -> File:
    """The file of a row of :func:`files_query`."""
    path, sha256, error, message, line, *listed = row
    return File(path, sha256, error, message, None if line is None else Listed(*listed))


def decision_of(row: Any) -> Decision:
    """The decision of a row of its table."""
    _, sha256, part, key, value, *others = row
    return Decision(sha256, part, key, number_of(value), *others)
