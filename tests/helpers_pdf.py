"""Reports as born-digital PDF, laid out by a small engine of our own, so that every habit of real ones can be asked for."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from helpers_grid import GridCell, GridTable, Paragraph, ReportGrid
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT_FILE = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")
_MARGIN, _FOOT = 50.0, 60.0  # points
_PAD, _LEADING = 2.5, 1.25  # points; line height in font sizes
_WORD = re.compile(r"[0-9A-Za-z.,+-]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a PDF is set.

    Attributes:
        ruled: tables have lines.
        cut_rows: a row that does not fit on the page is cut; else it moves to the next page as a whole.
        apart: of a row that is cut the values stand on the one page and the label on the next.
        columns: columns of text on a page; more than one is printed on A4 across.
        size: font size in points.
        drop: points left free above the title, to move what stands at the end of the page.
    """

    ruled: bool = True
    cut_rows: bool = False
    apart: bool = False
    columns: int = 1
    size: float = 9.0
    drop: float = 0.0


class _Box(NamedTuple):
    """A part of the page, from the top left; ``frame`` counts the columns of text of all pages."""

    frame: int
    x: float
    top: float
    width: float
    height: float


class _Strip(NamedTuple):
    """What of a row stands in one frame: the whole of it, or a part where it is cut."""

    frame: int
    top: float
    height: float


@cache
def _font() -> str:
    pdfmetrics.registerFont(TTFont("ZenHei", str(FONT_FILE), subfontIndex=0))
    return "ZenHei"


@dataclass(slots=True)
class _Press:
    """Fills frames from the top; what is drawn is kept by page, since a cell may reach back to an earlier one."""

    layout: Layout
    frame: int = 0
    y: float = _MARGIN
    cuts: int = 0
    pages: dict[int, list[Callable[[Canvas], None]]] = field(default_factory=dict)

    @property
    def page_size(self) -> tuple[float, float]:
        return landscape(A4) if self.layout.columns > 1 else A4

    @property
    def bottom(self) -> float:
        return self.page_size[1] - _FOOT

    @property
    def width(self) -> float:
        gaps = 24.0 * (self.layout.columns - 1)
        return (self.page_size[0] - 2 * _MARGIN - gaps) / self.layout.columns

    def left(self, frame: int) -> float:
        return _MARGIN + (frame % self.layout.columns) * (self.width + 24.0)

    def next_frame(self) -> None:
        self.frame, self.y = self.frame + 1, _MARGIN

    def text(self, frame: int, x: float, baseline: float, text: str, size: float) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.setFont(_font(), size)
            canvas.drawString(x, self.page_size[1] - baseline, text)

        self._on_page(frame, draw)

    def rule(self, box: _Box) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.setLineWidth(0.5)
            canvas.rect(box.x, self.page_size[1] - box.top - box.height, box.width, box.height)

        self._on_page(box.frame, draw)

    def _on_page(self, frame: int, draw: Callable[[Canvas], None]) -> None:
        self.pages.setdefault(frame // self.layout.columns, []).append(draw)

    def finish(self) -> bytes:
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=self.page_size, invariant=1)
        for page in range(max(self.pages) + 1):
            for draw in self.pages.get(page, []):
                draw(canvas)
            canvas.setFont(_font(), 9)
            canvas.drawCentredString(self.page_size[0] / 2, 30, f"- {page + 1} -")
            canvas.showPage()
        canvas.save()
        return out.getvalue()


def wrapped(text: str, width: float, size: float) -> list[str]:
    """A text on lines no wider than ``width``; words of letters or digits stay whole."""
    lines = [""]
    for word in _WORD.findall(text):
        if lines[-1] and pdfmetrics.stringWidth(lines[-1] + word, _font(), size) > width:
            lines.append("")
        lines[-1] += word
    return lines


def pdf(report: ReportGrid, layout: Layout) -> bytes:
    """A report as PDF, with page numbers at the foot. Where rows are cut, it is moved down until one is."""
    press = _filled(report, layout)
    while layout.cut_rows and not press.cuts:
        layout = replace(layout, drop=layout.drop + layout.size)
        press = _filled(report, layout)
    return press.finish()


def _filled(report: ReportGrid, layout: Layout) -> _Press:
    press = _Press(layout, y=_MARGIN + layout.drop)
    for block in report.blocks:
        if isinstance(block, Paragraph):
            _set_paragraph(press, block)
        else:
            _set_table(press, block)
    return press


def _set_paragraph(press: _Press, block: Paragraph) -> None:
    size = press.layout.size + {"title": 5, "heading": 2}.get(block.kind, 1)
    indent = 2 * size if block.kind == "prose" else 0
    lines = wrapped(block.text, press.width - indent, size)
    if press.y + len(lines) * size * _LEADING + 40 > press.bottom:
        press.next_frame()
    for number, line in enumerate(lines):
        room = press.width - pdfmetrics.stringWidth(line, _font(), size)
        x = room / 2 if block.kind == "title" else indent if number == 0 else 0
        press.y += size * _LEADING
        press.text(press.frame, press.left(press.frame) + x, press.y, line, size)
    press.y += 4


# --- tables ----------------------------------------------------------------------------------------------------------


class _Set(NamedTuple):
    """A cell with its place across, its font size and its lines."""

    cell: GridCell
    x: float
    width: float
    size: float
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * _LEADING + 2 * _PAD


def _set_table(press: _Press, table: GridTable) -> None:
    cells = [_set_cell(press, table, cell) for cell in table.cells]
    strips = list(_strips(press, _row_heights(press, table, cells), table, cells))
    for cell in cells:
        rows = strips[cell.cell.row : cell.cell.row + cell.cell.row_span]
        _print(press, cell, list(_boxes(press, cell, [strip for row in rows for strip in row])))
    press.y += 8


def _set_cell(press: _Press, table: GridTable, cell: GridCell) -> _Set:
    """Labels wrap; a value stays on one line and is printed smaller when it is too wide."""
    unit = press.width / sum(table.widths)
    x = unit * sum(table.widths[: cell.column])
    width = unit * sum(table.widths[cell.column : cell.column + cell.col_span])
    size, room = press.layout.size, width - 2 * _PAD
    if cell.key and cell.text:
        size *= min(1.0, room / max(1.0, pdfmetrics.stringWidth(cell.text, _font(), size)))
        return _Set(cell, x, width, size, (cell.text,))
    return _Set(cell, x, width, size, tuple(wrapped(cell.text, room, size)))


def _row_heights(press: _Press, table: GridTable, cells: list[_Set]) -> list[float]:
    heights = [press.layout.size * _LEADING + 2 * _PAD] * table.height
    for found in sorted(cells, key=lambda found: found.cell.row_span):
        rows = range(found.cell.row, found.cell.row + found.cell.row_span)
        heights[rows[-1]] += max(0.0, found.height - sum(heights[row] for row in rows))
    return heights


def _strips(press: _Press, heights: list[float], table: GridTable, cells: list[_Set]) -> Iterator[tuple[_Strip, ...]]:
    """For each row where it stands; two strips where the end of the page cuts it."""
    line = press.layout.size * _LEADING
    for row, height in enumerate(heights):
        room = press.bottom - press.y
        lines = max(len(found.lines) for found in cells if found.cell.row == row and found.cell.row_span == 1)
        if height <= room:
            yield (_take(press, height),)
            continue
        fitting = int((room - 2 * _PAD) // line)
        if press.layout.apart:
            fitting, lines = min(fitting, 1), max(lines, 2)
        if press.layout.cut_rows and 1 <= fitting < lines and row >= table.heads:
            above = _take(press, fitting * line + 2 * _PAD)
            press.next_frame()
            press.cuts += 1
            yield above, _take(press, height if press.layout.apart else height - fitting * line)
        else:
            press.next_frame()
            yield (_take(press, height),)


def _take(press: _Press, height: float) -> _Strip:
    strip = _Strip(press.frame, press.y, height)
    press.y += height
    return strip


def _boxes(press: _Press, cell: _Set, strips: list[_Strip]) -> Iterator[_Box]:
    """The parts of a cell, one for each frame it reaches into."""
    for frame in sorted({strip.frame for strip in strips}):
        own = [strip for strip in strips if strip.frame == frame]
        top = min(strip.top for strip in own)
        height = max(strip.top + strip.height for strip in own) - top
        yield _Box(frame, press.left(frame) + cell.x, top, cell.width, height)


def _print(press: _Press, cell: _Set, boxes: list[_Box]) -> None:
    """Draw the lines of a cell in the middle of its box; where it has several, each takes as many lines as fit."""
    lines, line = list(cell.lines), cell.size * _LEADING
    for number, box in enumerate(boxes):
        if press.layout.ruled:
            press.rule(box)
        fitting = max(0, int((box.height - 2 * _PAD + 0.01) // line))
        if number == len(boxes) - 1:
            fitting = len(lines)
        elif press.layout.apart and not cell.cell.key and cell.cell.row_span == 1:
            fitting = 0
        here, lines = lines[:fitting], lines[fitting:]
        y = box.top + (box.height - len(here) * line) / 2
        for text in here:
            y += line
            room = box.width - pdfmetrics.stringWidth(text, _font(), cell.size)
            if text:
                press.text(box.frame, box.x + room / 2, y - 0.25 * cell.size, text, cell.size)


def pdf_ruled(report: ReportGrid, _: Random) -> bytes:
    """With lines; rows stay whole, spans are cut at the end of a page."""
    return pdf(report, Layout())


def pdf_ruled_cut(report: ReportGrid, random: Random) -> bytes:
    """With lines; the end of a page cuts a row if it stands there."""
    return pdf(report, Layout(cut_rows=True, size=random.choice((9.0, 9.5, 10.0))))


def pdf_ruled_apart(report: ReportGrid, random: Random) -> bytes:
    """With lines; the end of a page cuts a row between its values and its label, as soffice does."""
    return pdf(report, Layout(cut_rows=True, apart=True, size=random.choice((9.0, 9.5, 10.0))))


def pdf_borderless(report: ReportGrid, _: Random) -> bytes:
    """The same places without a line."""
    return pdf(report, Layout(ruled=False))


def pdf_borderless_cut(report: ReportGrid, random: Random) -> bytes:
    """Without lines, and a row is cut by the end of the page."""
    return pdf(report, Layout(ruled=False, cut_rows=True, size=random.choice((9.0, 9.5, 10.0))))


def pdf_two_columns(report: ReportGrid, _: Random) -> bytes:
    """With lines, on pages of two columns."""
    return pdf(report, Layout(columns=2, size=6.5))
