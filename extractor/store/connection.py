"""Opening the database of a store: SQLite in a file, or PostgreSQL by URL, with the same tables in both."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Dialect, Engine, Table, create_engine, event, insert, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from extractor import locks
from extractor.errors import StoreError

_POSTGRESQL = "postgresql"
_LOCK = 0x676F6E67
_PATIENCE_MS = 30_000
_AT_ONCE = 40
_SETTINGS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", f"PRAGMA busy_timeout={_PATIENCE_MS}")


def is_url(target: str) -> bool:
    """True for the URL of a database server, false for the path of a file."""
    return "://" in target


def engine_of(target: str, *, read_only: bool) -> Engine:
    """The engine for a store.

    Args:
        target: the path of an SQLite file, or ``postgresql://user@host/database``.
        read_only: do not write, and do not make the file when it is not there.

    Raises:
        StoreError: ``store.url``, ``store.extra`` or ``store.missing``.
    """
    if is_url(target):
        return _server(target)
    path = Path(target)
    if read_only and not path.is_file():
        raise StoreError(f"{target}：没有这个数据库；请先运行 gongkai batch … --store {target}", code="store.missing")
    if not path.parent.is_dir():
        raise StoreError(f"{path.parent}：文件夹不存在；请先建立", code="store.missing")
    if path.is_dir():
        raise StoreError(f"{target}：这是文件夹，不是数据库文件", code="store.missing")
    return _file(path, read_only=read_only)


def _file(path: Path, *, read_only: bool) -> Engine:
    options = "?mode=ro" if read_only else ""
    if read_only and not _beside(path, "-wal").exists() and not _writable(path):
        options = "?mode=ro&immutable=1"  # the files that WAL needs beside it can't be made
    engine = create_engine(
        URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}{options}", query={"uri": "true"}),
        connect_args={"timeout": _PATIENCE_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins transactions below; the driver's own way can't
        for setting in _SETTINGS[1:] if read_only else _SETTINGS:
            connection.execute(setting)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)


def _server(target: str) -> Engine:
    try:
        url = make_url(target)
        if url.drivername == _POSTGRESQL:
            url = url.set(drivername=f"{_POSTGRESQL}+psycopg")
        if url.get_backend_name() != _POSTGRESQL:
            raise StoreError(
                f"{url.get_backend_name()}：不支持的数据库；请用 SQLite 文件或 postgresql://", code="store.url"
            )
        return create_engine(url, isolation_level="REPEATABLE READ")
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(f"数据库地址有误（{error}）；写法如 postgresql://用户@主机/库", code="store.url") from None
    except ImportError:
        raise StoreError(
            '用 PostgreSQL 需要 psycopg；请运行 pip install "gongkai[postgresql]"', code="store.extra"
        ) from None


@contextlib.contextmanager
def telling(name: str) -> Iterator[None]:
    """Turn what a database says into a :class:`~extractor.errors.StoreError`.

    Args:
        name: of the store, for messages.
    """
    try:
        yield
    except DBAPIError as error:
        said = " ".join(str(error.orig).split()) or type(error.orig).__name__
        code, advice = _meaning(said)
        raise StoreError(f"{name}：{advice}（{said}）", code=code) from None
    except SQLAlchemyError as error:
        raise StoreError(f"{name}：数据库出错（{' '.join(str(error).split())}）", code="store.database") from None


def _meaning(said: str) -> tuple[str, str]:
    known = (
        (("readonly", "read-only", "permission denied", "unable to open"), "store.read_only", "数据库不能写入；请检查权限"),
        (("is full", "no space left", "disk i/o error"), "store.full", "磁盘已满；腾出空间后再次运行即可接着做"),
        (("locked", "lock timeout"), "store.busy", "数据库正被另一个程序使用；请稍后再试"),
        (("not a database", "malformed"), "store.damaged", "不是数据库，或已损坏；请换一个文件"),
        (("connection", "could not translate", "authentication", "does not exist"), "store.connect", "连不上数据库；请检查地址"),
    )  # fmt: skip
    lowered = said.lower()
    for words, code, advice in known:
        if any(word in lowered for word in words):
            return code, advice
    return "store.database", "数据库出错"


@contextlib.contextmanager
def locked(engine: Engine, target: str) -> Iterator[None]:
    """Hold the store for one batch at a time. The lock goes with the process, however that ends.

    Raises:
        StoreError: ``store.busy`` when another batch holds it.
    """
    busy = StoreError(f"{target}：另一个批处理正在使用；请等它结束，或用另一个数据库", code="store.busy")
    if is_url(target):
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.detach()  # so that closing it ends the session, and with it a lock that could not be given back
            if not connection.execute(text(f"SELECT pg_try_advisory_lock({_LOCK})")).scalar():
                raise busy
            try:
                yield
            finally:
                with contextlib.suppress(SQLAlchemyError):
                    connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
        return
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locks.held(_lock_of(target)))
        except locks.HeldError:
            raise busy from None
        except OSError as error:
            raise StoreError(f"{target}：数据库不能写入；请检查权限（{error}）", code="store.read_only") from None
        yield


def _lock_of(target: str) -> Path:
    return _beside(Path(target), ".lock")


def is_held(engine: Engine, target: str) -> bool:
    """True while a batch holds the store. Nothing is locked to find out."""
    if is_url(target):
        own = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        held = text(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {_LOCK} AND {own}")  # noqa: S608
        with telling(target), engine.begin() as connection:
            return bool(connection.scalar(held))
    return locks.is_held(_lock_of(target))


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert whole rows, in the order of the table's columns.

    By the driver itself: a hundred thousand reports have twenty million, and what SQLAlchemy does for each would take longer.
    """
    if not rows:
        return
    if connection.dialect.name == _POSTGRESQL:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        statement = f'COPY "{table.name}" ({names}) FROM STDIN'
        try:
            with connection.connection.cursor().copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(statement, None, error) from None
        return
    whole = len(rows) - len(rows) % _AT_ONCE
    one, many = _insertions(table, connection.dialect)
    if whole:
        starts = range(0, whole, _AT_ONCE)
        connection.exec_driver_sql(many, [tuple(chain.from_iterable(rows[at : at + _AT_ONCE])) for at in starts])
    if rows[whole:]:
        connection.exec_driver_sql(one, list(rows[whole:]))


@cache
def _insertions(table: Table, dialect: Dialect) -> tuple[str, str]:
    """The statements that insert a row, and that many at once: SQLite takes a third less time for these."""
    one = str(insert(table).compile(dialect=dialect))
    values = f"({', '.join('?' * len(table.columns))})"
    return one, one + f", {values}" * (_AT_ONCE - 1)
