"""The tables of a store.

A source is bytes, named by their sha256; files and manifest lines point to it. What was read from it is kept by *reading*: by
which model and version. Nothing that was read is changed later: another model adds records, and what people decide stands apart.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA = "2"
"""Goes up with every change of the tables below; a store of another one is refused."""

metadata = MetaData()


def _id() -> Column[int]:
    """A number that the batch gives out: it is the only one that writes these tables at a time."""
    return Column("id", Integer, primary_key=True, autoincrement=False)


def _to(table: str, name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(name, ForeignKey(f"{table}.id"), primary_key=primary_key, nullable=nullable)


def _place() -> tuple[Column[int] | Column[str], ...]:
    """A place in the source, see :class:`~extractor.document.Where`; ``stop`` is its ``end``, which is a word of SQL."""
    return (
        Column("page", Integer),
        Column("line", Integer),
        Column("start", Integer),
        Column("stop", Integer),
        Column("bbox", Text),
        Column("path", Text),
    )


about = Table("about", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

runs = Table(
    "runs",
    metadata,
    _id(),
    _to("readings", "reading_id"),
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Column("status", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("counts", Text, nullable=False),
)

readings = Table(
    "readings",
    metadata,
    _id(),
    Column("model", Text, nullable=False),
    Column("model_sha256", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("names_kept", Boolean, nullable=False),
    UniqueConstraint("model", "model_sha256", "version", "names_kept"),
)

sources = Table(
    "sources",
    metadata,
    _id(),
    Column("sha256", Text, nullable=False, unique=True),
    Column("size", Integer, nullable=False),
)

manifest = Table(
    "manifest",
    metadata,
    _id(),
    Column("path", Text),
    Column("url", Text),
    Column("agency", Text),
    Column("code", Text),
    Column("year", SmallInteger),
    Column("parent", Text),
)

files = Table(
    "files",
    metadata,
    _id(),
    Column("path", Text, nullable=False, unique=True),
    Column("source_id", ForeignKey("sources.id"), index=True),
    Column("error", Text),
    Column("message", Text),
    Column("manifest_id", ForeignKey("manifest.id"), index=True),
)

records = Table(
    "records",
    metadata,
    _id(),
    _to("sources", "source_id"),
    _to("readings", "reading_id"),
    Column("part", SmallInteger, nullable=False),
    _to("runs", "run_id"),
    Column("section", Text),
    Column("media_type", Text, nullable=False),
    Column("n_pages", Integer),
    Column("agency", Text),
    Column("year", SmallInteger),
    Column("title", Text),
    Column("status", Text, nullable=False),
    Column("forms", Text, nullable=False),
    Column("error", Text),
    Column("cells_to_review", Integer, nullable=False),
    Column("rest", LargeBinary, nullable=False),
    UniqueConstraint("source_id", "reading_id", "part"),
    Index("records_by_reading", "reading_id", "status"),
)

cell_keys = Table("cell_keys", metadata, _id(), Column("key", Text, nullable=False, unique=True))

cells = Table(
    "cells",
    metadata,
    _to("records", "record_id", primary_key=True),
    _to("cell_keys", "key_id", primary_key=True),
    Column("value", Double),
    Column("text", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("review", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

claims = Table(
    "claims",
    metadata,
    _to("records", "record_id", primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("value", Double, nullable=False),
    Column("text", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("unit", Text),
    *_place(),
)

findings = Table(
    "findings",
    metadata,
    _to("records", "record_id", primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False, index=True),
    Column("severity", Text, nullable=False),
    Column("cause", Text),
    Column("message", Text, nullable=False),
    Column("cells", Text, nullable=False),
    Column("corrections", Text, nullable=False),
    *_place(),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", Text, nullable=False, index=True),
    Column("part", SmallInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Double),
    Column("state", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided", Text, nullable=False),
)
