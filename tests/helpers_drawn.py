"""Reports drawn as PDF with a font that needs no file, so that every way to draw a rule or a figure can be asked for.

A report is laid out to texts and boxes first; how they are painted (rules as strokes, dashes or filled rectangles, figures
glyph by glyph, pages turned or in a form) is chosen then.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from helpers_grid import GridCell, GridTable, Paragraph, ReportGrid
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 595.0, 842.0
FONT = "STSong-Light"
_MARGIN, _FOOT = 50.0, 60.0
_PAD, _LEADING = 2.5, 1.25
_WORD = re.compile(r"[0-9A-Za-z.,+-]+|.", re.DOTALL)


class Text(NamedTuple):
    """A line of print: left end and baseline from the top left of a page; ``cell`` is the cell it stands in."""

    page: int
    x: float
    y: float
    text: str
    size: float
    cell: GridCell | None = None


class Box(NamedTuple):
    """A printed cell, or the part of it on a page, from the top left."""

    page: int
    x: float
    top: float
    width: float
    height: float
    cell: GridCell


@dataclass(slots=True)
class Drawing:
    """What stands where. ``cuts`` counts the rows that the end of a page cuts."""

    texts: list[Text] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    cuts: int = 0
    page: int = 0
    y: float = _MARGIN

    @property
    def room(self) -> float:
        """Points left on the page."""
        return HEIGHT - _FOOT - self.y

    def next_page(self) -> None:
        """Go on at the top of the next page."""
        self.page, self.y = self.page + 1, _MARGIN


@dataclass(frozen=True, slots=True)
class Style:
    """How a report is laid out.

    Attributes:
        size: of the print, in points.
        drop: points left free at the top of the first page.
        cut: rows are cut by the end of a page; the values stand in the part ``above``, ``below``, or in ``both``.
        heads: the heads of a table are printed again on each page.
        align: where values stand in their cells: 0 left, 0.5 in the middle, 1 right.
        middle: where the lines of a cell stand in its height: 0 top, 0.5 in the middle.
        shrink: a value that is too wide is printed smaller.
        wrap: a value that is too wide is wrapped.
    """

    size: float = 9.0
    drop: float = 0.0
    cut: str = ""
    heads: bool = False
    align: float = 0.5
    middle: float = 0.5
    shrink: bool = True
    wrap: bool = False


def font() -> str:
    """The font, registered."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    return FONT


def text_width(text: str, size: float) -> float:
    """Width of a text in points."""
    return float(pdfmetrics.stringWidth(text, font(), size))


def wrapped(text: str, width: float, size: float, *, anywhere: bool = False) -> list[str]:
    """A text on lines no wider than ``width``; words of letters or digits stay whole, but for ``anywhere``."""
    lines = [""]
    for word in text if anywhere else _WORD.findall(text):
        if lines[-1] and text_width(lines[-1] + word, size) > width:
            lines.append("")
        lines[-1] += word
    return lines


# --- layout ----------------------------------------------------------------------------------------------------------


def lay_out(report: ReportGrid, style: Style = Style()) -> Drawing:
    """A report on pages."""
    drawing = Drawing(y=_MARGIN + style.drop)
    for block in report.blocks:
        if isinstance(block, Paragraph):
            _paragraph(drawing, block, style)
        else:
            _Setting(drawing, block, style).run()
    return drawing


def _paragraph(drawing: Drawing, block: Paragraph, style: Style) -> None:
    size = style.size + {"title": 5, "heading": 2}.get(block.kind, 1)
    indent = 2 * size if block.kind == "prose" else 0
    width = WIDTH - 2 * _MARGIN
    lines = wrapped(block.text, width - indent, size)
    if drawing.room < len(lines) * size * _LEADING + 40:
        drawing.next_page()
    for number, line in enumerate(lines):
        x = (width - text_width(line, size)) / 2 if block.kind == "title" else 0 if number else indent
        drawing.y += size * _LEADING
        drawing.texts.append(Text(drawing.page, _MARGIN + x, drawing.y, line, size))
    drawing.y += 4


class _Part(NamedTuple):
    """The part of a row on a page."""

    page: int
    top: float
    height: float


class _Setting:
    """Sets one table."""

    def __init__(self, drawing: Drawing, table: GridTable, style: Style) -> None:
        self.drawing, self.table, self.style = drawing, table, style
        self.unit = (WIDTH - 2 * _MARGIN) / sum(table.widths)
        self.line = style.size * _LEADING
        self.parts: list[list[_Part]] = []

    def run(self) -> None:
        heights = self._heights()
        for row, height in enumerate(heights):
            self.parts.append(list(self._place(row, height, heights)))
        for cell in self.table.cells:
            self._print(cell, [part for row in self.parts[cell.row : cell.row + cell.row_span] for part in row])
        self.drawing.y += 8

    def width(self, cell: GridCell) -> float:
        return self.unit * sum(self.table.widths[cell.column : cell.column + cell.col_span])

    def x(self, cell: GridCell) -> float:
        return _MARGIN + self.unit * sum(self.table.widths[: cell.column])

    def lines(self, cell: GridCell) -> list[str]:
        if cell.key and not self.style.wrap:
            return [cell.text]
        return wrapped(cell.text, self.width(cell) - 2 * _PAD, self.style.size, anywhere=bool(cell.key))

    def _heights(self) -> list[float]:
        heights = [self.line + 2 * _PAD] * self.table.height
        for cell in sorted(self.table.cells, key=lambda cell: cell.row_span):
            rows = range(cell.row, cell.row + cell.row_span)
            need = len(self.lines(cell)) * self.line + 2 * _PAD
            heights[rows[-1]] += max(0.0, need - sum(heights[row] for row in rows))
        return heights

    def _place(self, row: int, height: float, heights: Sequence[float]) -> Iterator[_Part]:
        drawing, style = self.drawing, self.style
        room = drawing.room
        if height <= room:
            yield self._take(height)
            return
        lines = round((height - 2 * _PAD) / self.line)
        fitting = int((room - 2 * _PAD) // self.line)
        if style.cut and 1 <= fitting < lines and row >= self.table.heads:
            drawing.cuts += 1
            yield self._take(fitting * self.line + 2 * _PAD)
            self._turn(heights)
            yield self._take((lines - fitting) * self.line + 2 * _PAD)
        else:
            self._turn(heights)
            yield self._take(height)

    def _turn(self, heights: Sequence[float]) -> None:
        """Go to the next page, with the heads again where that is asked for."""
        self.drawing.next_page()
        if not self.style.heads:
            return
        parts = [self._take(height) for height in heights[: self.table.heads]]
        for cell in self.table.cells:
            if cell.row < self.table.heads:
                self._print(cell, parts[cell.row : cell.row + cell.row_span])

    def _take(self, height: float) -> _Part:
        part = _Part(self.drawing.page, self.drawing.y, height)
        self.drawing.y += height
        return part

    def _print(self, cell: GridCell, parts: Sequence[_Part]) -> None:
        boxes = []
        for page in sorted({part.page for part in parts}):
            own = [part for part in parts if part.page == page]
            top = min(part.top for part in own)
            height = max(part.top + part.height for part in own) - top
            boxes.append(Box(page, self.x(cell), top, self.width(cell), height, cell))
        self.drawing.boxes += boxes
        lines = self.lines(cell)
        if cell.key and len(boxes) > 1:
            chosen = {"above": boxes[:1], "below": boxes[1:], "both": boxes}[self.style.cut or "above"]
            for box in chosen:
                self._write(box, lines)
            return
        for number, box in enumerate(boxes):
            fitting = len(lines) if number == len(boxes) - 1 else int((box.height - 2 * _PAD + 0.01) // self.line)
            self._write(box, lines[:fitting])
            lines = lines[fitting:]

    def _write(self, box: Box, lines: Sequence[str]) -> None:
        style, cell = self.style, box.cell
        y = box.top + _PAD + (box.height - 2 * _PAD - len(lines) * self.line) * style.middle
        for line in lines:
            y += self.line
            size = style.size
            if cell.key and line and style.shrink:
                size *= min(1.0, (box.width - 2 * _PAD) / text_width(line, size))
            room = box.width - 2 * _PAD - text_width(line, size)
            align = style.align if cell.key else 0.5 if cell.row < self.table.heads else 0.0
            if line:
                text = Text(box.page, box.x + _PAD + room * align, y - 0.25 * size, line, size, cell)
                self.drawing.texts.append(text)


# --- paint -----------------------------------------------------------------------------------------------------------

Rules = Callable[[Canvas, Sequence[Box]], None]
Write = Callable[[Canvas, Text], None]
Around = Callable[[Canvas, int, Callable[[], None]], None]


def frames(canvas: Canvas, boxes: Sequence[Box]) -> None:
    """Each cell as a stroked rectangle of its own."""
    canvas.setLineWidth(0.5)
    for box in boxes:
        canvas.rect(box.x, HEIGHT - box.top - box.height, box.width, box.height)


def no_rules(canvas: Canvas, boxes: Sequence[Box]) -> None:
    """No rule at all."""


def edges(boxes: Iterable[Box]) -> list[tuple[float, float, float, float]]:
    """The sides of boxes, each once, as (x0, y0, x1, y1) from the bottom left."""
    found = set()
    for box in boxes:
        x0, x1 = round(box.x, 2), round(box.x + box.width, 2)
        top, bottom = round(HEIGHT - box.top, 2), round(HEIGHT - box.top - box.height, 2)
        found |= {(x0, top, x1, top), (x0, bottom, x1, bottom), (x0, bottom, x0, top), (x1, bottom, x1, top)}
    return sorted(found)


def plain(canvas: Canvas, text: Text) -> None:
    """A line of print as it is."""
    canvas.setFont(font(), text.size)
    canvas.drawString(text.x, HEIGHT - text.y, text.text)


def strokes(canvas: Canvas, boxes: Sequence[Box]) -> None:
    """Each side of a cell as one line."""
    canvas.setLineWidth(0.5)
    for side in edges(boxes):
        canvas.line(*side)


def straight(_: Canvas, __: int, draw: Callable[[], None]) -> None:
    """A page as it is."""
    draw()


def page_number(canvas: Canvas, page: int) -> None:
    """A number at the foot."""
    canvas.setFont(font(), 9)
    canvas.drawCentredString(WIDTH / 2, 30, f"- {page + 1} -")


def paint(
    drawing: Drawing,
    *,
    rules: Rules = frames,
    write: Write = plain,
    around: Around = straight,
    under: Callable[[Canvas, int], None] | None = None,
    over: Callable[[Canvas, int], None] | None = page_number,
    size: tuple[float, float] = (WIDTH, HEIGHT),
    options: dict[str, object] | None = None,
) -> bytes:
    """A drawing as PDF.

    Args:
        drawing: what stands where.
        rules: draws the rules of a page.
        write: draws a line of print.
        around: draws a page with something around it, such as a turn or a form.
        under, over: draws something under or over a page.
        size: of the pages.
        options: of the canvas.
    """
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1, **(options or {}))
    for page in range(drawing.page + 1):

        def draw(page: int = page) -> None:
            if under:
                under(canvas, page)
            rules(canvas, [box for box in drawing.boxes if box.page == page])
            for text in drawing.texts:
                if text.page == page:
                    write(canvas, text)
            if over:
                over(canvas, page)

        around(canvas, page, draw)
        canvas.showPage()
    canvas.save()
    return out.getvalue()
