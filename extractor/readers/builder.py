"""What readers of everything but text share: they give rows of cells and lines of prose, and get a document with places.

Such a source has no text of its own that places could point into, so one is written down: the cells of a line with tabs
between them, a line for each row. It is also what an annotator marks values in.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from extractor.document import Cell, Document, Line, Section, Source, Where
from extractor.errors import InputError
from extractor.settings import Settings

Box = tuple[float, float, float, float]
INCH = 72.0
"""Points."""
DOUBT = 0.5
"""The confidence of print that can be read in two ways, or that may stand elsewhere."""

_SPACE = re.compile(r"[ \t\r\n\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff]")


class Printed(NamedTuple):
    """A cell as a reader found it.

    ``x0`` and ``x1`` are grid columns in a grid, points or characters elsewhere. ``text`` may be wrapped over lines. ``page`` is
    given where it is not that of the line. The rest is as in :class:`~extractor.document.Cell`.
    """

    text: str
    x0: float
    x1: float
    row_span: int = 1
    col_span: int = 1
    path: str | None = None
    bbox: Box | None = None
    confidence: float = 1.0
    page: int | None = None


class Builder:
    """Collects lines into a document, within the limits.

    Args:
        source: what is read.
        settings: the limits.
    """

    def __init__(self, source: Source, settings: Settings) -> None:
        self._source = source
        self._settings = settings
        self._lines: list[Line] = []
        self._text: list[str] = []
        self._offset = 0
        self._cells = 0
        self._sections: list[Section] = []
        self._attachments: dict[str, None] = {}

    def row(self, cells: Iterable[Printed], *, page: int | None = None, table: str | None = None) -> None:
        """A row of a ruled or delimited table. An empty text is a blank cell; what a span covers is no cell.

        Args:
            cells: what is printed in it.
            page: its page.
            table: the table that it is a row of, when cells below each other are surely in one column; by default what the path
                of its cells says.
        """
        found = list(cells)
        name = table or (_table_of(found[0].path) if found else None)
        if name or any(cell.text and not cell.text.isspace() for cell in found):  # else a spacer
            self._line(found, page, grid=True, table=name)

    def prose(
        self,
        text: str,
        *,
        page: int | None = None,
        path: str | None = None,
        bbox: Box | None = None,
        confidence: float = 1.0,
    ) -> None:
        """A line or paragraph outside of tables; an empty one gives nothing."""
        if text and not text.isspace():
            self._line([Printed(text, 0, 1, path=path, bbox=bbox, confidence=confidence)], page, grid=False)

    def spaced(self, cells: Iterable[Printed], *, page: int | None = None) -> None:
        """A line of which the parts stand apart, without rules: a blank cell leaves no trace in it."""
        self._line(cells, page, grid=False)

    def section(self, name: str) -> None:
        """What follows is a part of its own."""
        self._end_section()
        self._sections.append(Section(name, len(self._lines), len(self._lines)))

    def attachment(self, name: str) -> None:
        """Something that is not read and may hold tables, in words for the user; each is told once."""
        self._attachments[name] = None

    def finish(self, damage: Iterable[str] = ()) -> Document:
        """The document.

        Raises:
            InputError: ``input.empty`` when it has no text at all and nothing that may hold some.
        """
        self._end_section()
        if not self._lines and not self._attachments:
            raise InputError("文件里没有文字；请检查它是否损坏", code="input.empty")
        return Document(
            self._source,
            tuple(self._lines),
            "".join(self._text),
            tuple(damage),
            tuple(self._attachments),
            tuple(self._sections),
        )

    def _end_section(self) -> None:
        if self._sections:
            self._sections[-1] = self._sections[-1]._replace(last=len(self._lines))

    def _line(self, cells: Iterable[Printed], page: int | None, *, grid: bool, table: str | None = None) -> None:
        number, begin = len(self._lines) + 1, self._offset
        found: list[Cell] = []
        for printed in cells:
            text = plain(printed.text)
            start = self._offset
            self._write(text, "\t")
            where = Where(number, start, start + len(text), printed.page or page, printed.bbox, printed.path)
            found.append(
                Cell(text, printed.x0, printed.x1, where, printed.row_span, printed.col_span, printed.confidence)
            )
        if not found:
            return
        self._text[-1] = "\n"  # in place of the last tab
        self._lines.append(Line(tuple(found), Where(number, begin, self._offset - 1, page), grid, table))
        self._cells += len(found)
        if self._cells > self._settings.max_document_cells:
            raise InputError(
                f"文件有超过 {self._settings.max_document_cells:,} 个单元格；年度报告不会这么大，请检查文件",
                code="input.too_many_cells",
            )

    def _write(self, text: str, end: str) -> None:
        self._text += (text, end)
        self._offset += len(text) + len(end)
        if self._offset > self._settings.max_characters:
            raise InputError(
                f"文字超过 {self._settings.max_characters:,} 个字符；年度报告不会这么长，请检查文件",
                code="input.too_large",
            )


def _table_of(path: str | None) -> str | None:
    """The table or sheet that the path of a cell names."""
    if path is None:
        return None
    return path.rpartition("/tr[")[0] or path.rpartition("!")[0] or None


def plain(text: str) -> str:
    """A text on one line: white space that breaks lines becomes a space, what can't be printed goes."""
    return _SPACE.sub(" ", _UNPRINTABLE.sub("", text)).strip()
