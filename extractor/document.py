"""The one model of a document that every reader gives: lines of cells, each with its place in the source."""

from dataclasses import dataclass
from typing import NamedTuple

made = tuple.__new__
"""Makes a NamedTuple of all its fields, ``made(Line, (cells, where, True, None))``, in half the time that its constructor takes:
for those of which a report has hundreds."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the bytes came from. ``sha256`` is of the bytes as given; ``n_pages`` is None where pages have no meaning."""

    name: str
    sha256: str
    media_type: str
    n_pages: int | None = None


def printable(name: str) -> str:
    """A file name as text that can be written anywhere: bytes that are no UTF-8 (a GBK name from a zip) become ``\ufffd``."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class Where(NamedTuple):
    """A place in the source.

    ``page`` and ``line`` count from 1. ``start`` and ``end`` are offsets into the document's text (half open): the decoded text
    of a text file, the lines that the reader wrote down of any other. ``bbox`` is (x0, top, x1, bottom) in points from the top
    left of the page, for sources that have pages. ``path`` names the element of a source that has elements:
    ``table[2]/tr[5]/td[3]``, ``Sheet1!B5``. What a source does not have is None.
    """

    line: int | None = None
    start: int | None = None
    end: int | None = None
    page: int | None = None
    bbox: tuple[float, float, float, float] | None = None
    path: str | None = None

    def to_dict(self) -> dict[str, object]:
        """The place as plain JSON data."""
        return {
            "page": self.page,
            "line": self.line,
            "start": self.start,
            "end": self.end,
            "bbox": self.bbox,
            "path": self.path,
        }


class Cell(NamedTuple):
    """A piece of a line: a table cell, or the whole of a line of prose.

    ``x0`` and ``x1`` are horizontal positions in the line's own unit: grid columns for tables, characters for plain text,
    points for PDF. An empty ``text`` is a cell that is printed blank. ``confidence`` is the probability that the print was
    recognised right: 1 where the source is text.
    """

    text: str
    x0: float
    x1: float
    where: Where
    row_span: int = 1
    col_span: int = 1
    confidence: float = 1.0


class Line(NamedTuple):
    """A printed line.

    ``grid`` tells that its cells are columns of a ruled or delimited table, so that a blank cell counts. ``table`` names the
    table that it is a row of, where the source has such things: in all rows of it, cells below each other have the same ``x0``.
    """

    cells: tuple[Cell, ...]
    where: Where
    grid: bool = False
    table: str | None = None


class Section(NamedTuple):
    """A named part of a document, such as a sheet of a workbook: its lines from ``first`` up to ``last`` (half open)."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read, before anything is understood. Empty lines are left out; ``Where.line`` still counts them.

    Attributes:
        source: what was read.
        lines: its lines in reading order.
        text: its text, into which all places point.
        damage: what the reader could not decode, in words for the user.
        attachments: pictures and linked files that the reader did not open and that may hold tables, in words for the user.
        sections: its named parts, where it has several that may each be a report.
    """

    source: Source
    lines: tuple[Line, ...]
    text: str
    damage: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
