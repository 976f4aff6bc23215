"""What a store gives: reports with their files and with what people decided."""

from collections.abc import Mapping
from typing import NamedTuple

from extractor.numbers import State
from extractor.record import CellValue, Record


class Reading(NamedTuple):
    """By what a record was read. ``number`` is that of the store; later ones are higher."""

    number: int
    model: str
    model_sha256: str
    version: str
    names_kept: bool

    def __str__(self) -> str:
        return f"{self.model}/{self.version}{'+names' if self.names_kept else ''}"


class Listed(NamedTuple):
    """A line of a manifest: a report that is to be there. ``path`` or ``url`` says which file it is, if it says so."""

    path: str | None = None
    url: str | None = None
    agency: str | None = None
    code: str | None = None
    year: int | None = None
    parent: str | None = None

    @property
    def about(self) -> tuple[str | int | None, ...]:
        """What tells it from other lines: its file, or else an agency's report on a year."""
        name = self.path or self.url
        return ("file", name) if name else (self.agency, self.code, self.year)


class File(NamedTuple):
    """A file of a batch.

    Attributes:
        path: as it was given.
        sha256: of its bytes; None when they could not be read.
        error, message: why not.
        listed: its line in the manifest, if it has one.
    """

    path: str
    sha256: str | None
    error: str | None = None
    message: str | None = None
    listed: Listed | None = None


class Decision(NamedTuple):
    """What a person decided a cell to be, from the source. It holds for these bytes, whatever reads them.

    Attributes:
        sha256: the source.
        part: which report of the file, from 0.
        key: the cell.
        value, state: as in :class:`~extractor.record.CellValue`.
        by: who.
        note: why.
        decided: when, ISO 8601 in UTC.
    """

    sha256: str
    part: int
    key: str
    value: int | float | None
    state: State
    by: str
    note: str = ""
    decided: str = ""


class Stored(NamedTuple):
    """A report of the store.

    Attributes:
        record: as read, but with what people decided: those cells have confidence 1 and need no review.
        part: which report of the file, from 0.
        files: the files with these bytes, by path; the record has the name of the first.
        decided: the decisions, by key.
        read: the decided cells as they were read.
    """

    record: Record
    part: int
    files: tuple[File, ...]
    decided: Mapping[str, Decision]
    read: Mapping[str, CellValue]
