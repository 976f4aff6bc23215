"""The reader of scanned pages: PNG, JPEG, TIFF of several pages, and pages of a PDF that have no text.

A page is levelled, its ruled lines are found and taken away, and what is left of ink is put together: in a table, the lines
of each cell; elsewhere, the lines of the page. Each line is then read on its own, so that no number runs into its neighbour
and no lone digit is overlooked. Importing this module needs the extra ``gongkai[ocr]``, and raises
:class:`~extractor.errors.InputError` without it.
"""

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import extractor.readers.image_rules as image
from extractor.document import Document, Source, Where
from extractor.errors import InputError
from extractor.readers.arrange import RuledTable, arrange
from extractor.readers.builder import DOUBT, INCH, Box, Builder, Printed
from extractor.readers.compose import Page, write_pages
from extractor.readers.grid import Grid, GridCell, Segment, find_grids
from extractor.readers.image_rules import NO_EXTRA, Gray, Mark, Rule, box_of
from extractor.readers.ocr import Reading, Strip, read_strips
from extractor.readers.page import Glyph, printed_cell, rounded
from extractor.settings import Settings

try:
    import cv2
    from PIL import Image, ImageOps
except ImportError:
    raise InputError(NO_EXTRA, code="extra.ocr") from None

Turn = NDArray[np.float64]
"""A 2×3 matrix from points on the level page to points on the page as it was scanned."""

_LEAST_PAGE = 9.0
"""Points and pixels; nothing is written on a picture that is smaller."""
_COARSEST, _FINEST = 72.0, 300.0
_PAPER = (4.0, 18.0)
"""Inches that the width of a page may have; a resolution that says otherwise is not believed."""
_A4_WIDTH = 8.27
_TOLERANCE = 2.0
_LEAST_TABLE = (72.0, 18.0)
"""Points that a table is wide and high at least; else it is a character that looks like one."""
_DIGIT_HEIGHTS = (4.0, 16.0)
_USUAL_DIGIT = 7.5
"""Points; digits of a page are about as high as its marks are in the middle."""
_DUST = 0.12
"""Share of a digit's height; a smaller mark is dust."""
_SPECK = 0.35
_LARGEST = 60.0
"""Points; a higher mark outside of tables is a picture or a seal."""
_WIDE_GAP = 1.4
"""Share of the height of a line; words further apart stand apart."""
_MOST_STRIPS, _MOST_CELLS = 1500, 3000
_TRACES = 0.2
"""Share of its length on which a line that has faded may still be seen."""
_BLANK = 0.999
_LEAST_SCORE = 0.3


class ScannedPage(NamedTuple):
    """A page that was read, level; ``turn`` leads back to the page as it was scanned."""

    page: Page
    turn: Turn


class _Sheet(NamedTuple):
    """A level page: how dark it is with and without ruled lines, its tables (in points), its ink, and its digits' height."""

    ruled: Gray
    dark: Gray
    dpi: float
    grids: list[Grid]
    marks: list[Mark]
    faint: list[Mark]
    digit: float


class _Spot(NamedTuple):
    """What is read as one: a cell of a table, or words of a line. ``doubt``: its ink is faint, or touches the lines around it."""

    box: Box
    strips: tuple[Strip, ...]
    doubt: bool = False


def read_image(data: bytes, source: Source, settings: Settings) -> Document:
    """Read a picture of a report.

    Raises:
        InputError: ``input.damaged``, ``limit.pixels`` or ``limit.pages``; ``input.empty`` when there is no text on it;
            ``limit.lines``; ``extra.ocr`` when the model is not installed.
    """
    scanned = [
        scan_page(picture, dpi, number) for number, (picture, dpi) in enumerate(_pictures(data, settings), start=1)
    ]
    builder = Builder(replace(source, n_pages=len(scanned)), settings)
    write_pages([each.page for each in scanned], builder)
    return turned_back(builder.finish(), {each.page.number: each.turn for each in scanned})


def scan_page(picture: NDArray[np.uint8], dpi: float | None, number: int) -> ScannedPage:
    """Read one page.

    Args:
        picture: the page as it was scanned, gray (rows × columns) or RGB.
        dpi: its resolution; None when it is not known. The page is then taken to be as wide as A4.
        number: of the page.

    Raises:
        InputError: ``limit.lines`` when it holds more lines than any report; ``extra.ocr`` when the model is not installed.
    """
    gray = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    inches = gray.shape[1] / dpi if dpi else 0.0
    believed = dpi and dpi >= _COARSEST and _PAPER[0] <= inches <= _PAPER[1]
    dpi = dpi if dpi and believed else max(_COARSEST, gray.shape[1] / _A4_WIDTH)
    height, width = (side * INCH / dpi for side in gray.shape)
    if min(height, width, *gray.shape) < _LEAST_PAGE:
        return ScannedPage(Page(number, width, height, ()), np.eye(2, 3))
    if dpi > _FINEST:
        gray = cv2.resize(gray, None, fx=_FINEST / dpi, fy=_FINEST / dpi, interpolation=cv2.INTER_AREA)
        dpi = _FINEST
    sheet, turn = _sheet(np.asarray(gray, np.uint8), dpi)
    if sum(len(grid.cells) for grid in sheet.grids) > _MOST_CELLS:
        raise _too_much(number)
    cells = [[_cell_spot(sheet, grid, cell) for cell in grid.cells] for grid in sheet.grids]
    words = list(_words(sheet))
    strips = [strip for spot in (*(spot for own in cells for spot in own), *words) for strip in spot.strips]
    if len(strips) > _MOST_STRIPS:
        raise _too_much(number)
    readings = iter(read_strips(np.asarray(255 - sheet.dark, np.uint8), strips))
    tables = [
        RuledTable(
            grid,
            tuple(_rows(grid, [_printed(cell, spot, readings) for cell, spot in zip(grid.cells, own, strict=True)])),
        )
        for grid, own in zip(sheet.grids, cells, strict=True)
    ]
    glyphs = [
        Glyph(reading.text, spot.box, reading.confidence)
        for spot, reading in zip(words, readings, strict=True)
        if reading.text and (reading.average >= _LEAST_SCORE)
    ]
    return ScannedPage(Page(number, width, height, tuple(arrange(tables, glyphs, height))), turn)


def _too_much(page: int) -> InputError:
    return InputError(f"第 {page} 页的格子、文字或污点太多，不像报告；请检查文件", code="limit.lines")


def turned_back(document: Document, turns: Mapping[int, Turn]) -> Document:
    """A document of level pages with its places as they are on the scanned pages, by the numbers of the pages."""

    def moved(where: Where) -> Where:
        turn = turns.get(where.page or 0)
        if where.bbox is None or turn is None:
            return where
        x0, top, x1, bottom = where.bbox
        corners = np.array([(x, y, 1.0) for x in (x0, x1) for y in (top, bottom)]) @ turn.T
        (left, up), (right, down) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        return where._replace(bbox=rounded((left, up, right, down)))

    lines = (
        line._replace(
            cells=tuple(cell._replace(where=moved(cell.where)) for cell in line.cells), where=moved(line.where)
        )
        for line in document.lines
    )
    return replace(document, lines=tuple(lines))


# --- pictures --------------------------------------------------------------------------------------------------------


def _pictures(data: bytes, settings: Settings) -> Iterator[tuple[NDArray[np.uint8], float | None]]:
    """The pages of a file of pictures with their resolution."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as file:
                yield _picture(file, settings)
                while file.format == "TIFF" and _has_page(file, file.tell() + 1, settings):
                    yield _picture(file, settings)
        except Image.DecompressionBombError:
            raise _too_large(settings) from None
        except InputError:
            raise
        except Exception:  # a decoder that is given broken bytes raises whatever it likes
            raise InputError("图像已损坏或不完整，打不开；请重新下载或重新扫描", code="input.damaged") from None


def _has_page(file: Any, place: int, settings: Settings) -> bool:
    """Go to a page of a TIFF; False when there is none. They are not counted before, since that reads all of the file."""
    try:
        file.seek(place)
    except EOFError:
        return False
    if place >= settings.max_pages:
        raise InputError(
            f"图像超过 {settings.max_pages:,} 页的上限；年度报告不会这么长，请检查文件", code="limit.pages"
        )
    return True


def _picture(file: Any, settings: Settings) -> tuple[NDArray[np.uint8], float | None]:
    """The frame that an image file stands at, upright, on white paper; its size is looked at before it is decoded."""
    width, height = file.size
    if width * height > settings.max_pixels:
        raise _too_large(settings)
    dpi = file.info.get("dpi", (0, 0))[0]
    frame = ImageOps.exif_transpose(file)
    if frame.mode.startswith(("I", "F")):  # 16 bits a pixel
        values = np.asarray(frame, np.float64)
        return np.asarray(np.clip(values / (256 if values.max(initial=0) > 255 else 1), 0, 255), np.uint8), float(
            dpi
        ) or None
    if frame.mode in ("RGBA", "LA", "PA") or "transparency" in frame.info:
        colour = frame.convert("RGBA")
        frame = Image.alpha_composite(Image.new("RGBA", colour.size, "white"), colour)
    return np.asarray(frame.convert("L"), np.uint8), float(dpi) or None


def _too_large(settings: Settings) -> InputError:
    return InputError(f"图像超过 {settings.max_pixels:,} 像素的上限；请用较低的分辨率扫描", code="limit.pixels")


# --- the page --------------------------------------------------------------------------------------------------------


def _sheet(gray: Gray, dpi: float) -> tuple[_Sheet, Turn]:
    """Level a page, find its tables and take their lines away."""
    dark = image.darkness(gray, dpi)
    angle = image.skew(image.ink(dark))
    level = image.turning(gray.shape, angle)
    if angle:
        dark = np.asarray(
            cv2.warpAffine(dark, level, (gray.shape[1], gray.shape[0]), flags=cv2.INTER_CUBIC, borderValue=0), np.uint8
        )
    across, down = image.framed(image.rules(dark, dpi), image.rules(dark, dpi, vertical=True), dpi)
    scale = INCH / dpi
    grids = [
        grid
        for grid in find_grids(_segments(across, scale), _segments(down, scale), _TOLERANCE)
        if grid.xs[-1] - grid.xs[0] >= _LEAST_TABLE[0] and grid.ys[-1] - grid.ys[0] >= _LEAST_TABLE[1]
    ]
    grids = [
        grid for grid in grids if not any(_encloses(other.bbox, grid.bbox) for other in grids if other is not grid)
    ]
    ruled, dark = dark, image.erase(dark, across, down)
    least = _USUAL_DIGIT * dpi / INCH * _DUST
    marks = image.marks(image.ink(dark), least)
    faint = image.marks(image.weak_ink(dark), least)
    heights = [mark.height for mark in marks if _DIGIT_HEIGHTS[0] <= mark.height * scale <= _DIGIT_HEIGHTS[1]]
    digit = median(heights) if heights else _USUAL_DIGIT / scale
    turn = np.asarray(cv2.invertAffineTransform(level), np.float64) * (1.0, 1.0, scale)
    return _Sheet(ruled, dark, dpi, grids, marks, faint, digit), turn


def _encloses(outer: Box, inner: Box) -> bool:
    """True when a box lies in another: scratches that cross in a table are no table of their own."""
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _segments(rules: Sequence[Rule], scale: float) -> list[Segment]:
    return [Segment(rule.at * scale, rule.start * scale, rule.end * scale) for rule in rules]


def _within(marks: Sequence[Mark], box: Box, scale: float) -> list[Mark]:
    """Marks of which the middle is in a box of points."""
    x0, top, x1, bottom = (2 * edge / scale for edge in box)
    return [mark for mark in marks if x0 <= mark.x0 + mark.x1 <= x1 and top <= mark.y0 + mark.y1 <= bottom]


def _cell_spot(sheet: _Sheet, grid: Grid, cell: GridCell) -> _Spot:
    """What is to be read in a cell of a table. Rests of its lines are left out."""
    scale = INCH / sheet.dpi
    x0, top, x1, bottom = (edge / scale for edge in cell.bbox)
    rim = 0.25 * sheet.digit

    def is_rest(mark: Mark) -> bool:
        return mark.x1 <= x0 + rim or mark.x0 >= x1 - rim or mark.y1 <= top + rim or mark.y0 >= bottom - rim

    inside = [mark for mark in _within(sheet.marks, cell.bbox, scale) if not is_rest(mark)]
    own = image.without_specks(inside, sheet.digit)
    faint = [mark for mark in _within(sheet.faint, cell.bbox, scale) if not is_rest(mark)]
    room = (round(x0 + rim), round(x1 - rim))
    strips = tuple(Strip(tuple(line), sheet.digit, room) for line in image.text_lines(own, 1.25 * sheet.digit))
    if not own:
        pale = any(mark.height > _SPECK * sheet.digit for mark in faint)
        return _Spot(cell.bbox, (), pale or not cell.closed or _is_split(sheet, grid, cell, inside))
    if not any(strip.narrow for strip in strips):
        return _Spot(cell.bbox, strips)
    near = 0.012 * sheet.dpi + 2
    left, up, right, down = box_of(own)
    touching = left < x0 + near or right > x1 - near or up < top + near or down > bottom - near
    return _Spot(
        cell.bbox,
        strips,
        touching or _is_split(sheet, grid, cell, inside) or image.has_more(faint, inside, sheet.digit),
    )


def _is_split(sheet: _Sheet, grid: Grid, cell: GridCell, own: Sequence[Mark]) -> bool:
    """True when there are traces of a line where a cell spans one of the table, so that it may be two cells."""
    scale = INCH / sheet.dpi
    x0, top, x1, bottom = (edge / scale for edge in cell.bbox)
    across = [(y / scale, x0, x1) for y in grid.ys[cell.row + 1 : cell.row + cell.row_span]]
    down = [(x / scale, top, bottom) for x in grid.xs[cell.column + 1 : cell.column + cell.col_span]]
    rows, columns = ([(mark.y0, mark.y1) for mark in own], [(mark.x0, mark.x1) for mark in own])
    return any(image.traces(sheet.ruled, *line, without=columns) > _TRACES for line in across) or any(
        image.traces(sheet.ruled.T, *line, without=rows) > _TRACES for line in down
    )


def _printed(cell: GridCell, spot: _Spot, readings: Iterator[Reading]) -> Printed:
    """A cell with what was read in it."""
    own = [next(readings) for _ in spot.strips]
    text = "\n".join(reading.text for reading in own if reading.text)
    confidence = min((reading.confidence for reading in own), default=_BLANK)
    several = len(own) > 1 and any(
        strip.narrow and reading.text.strip("-") for strip, reading in zip(spot.strips, own, strict=True)
    )
    return printed_cell(cell, text, min(confidence, DOUBT) if spot.doubt or several else confidence)


def _rows(grid: Grid, cells: Sequence[Printed]) -> Iterator[tuple[Printed, ...]]:
    """The rows of a table."""
    own = dict(zip(grid.cells, cells, strict=True))
    for row in grid.rows():
        if row:
            yield tuple(own[cell] for cell in row)


def _words(sheet: _Sheet) -> Iterator[_Spot]:
    """The words outside of tables, line by line."""
    scale = INCH / sheet.dpi
    inside = {mark for grid in sheet.grids for mark in _within(sheet.marks, grid.bbox, scale)}
    outside = [mark for mark in sheet.marks if mark not in inside and mark.height * scale <= _LARGEST]
    for line in image.text_lines(outside, 1.25 * sheet.digit):
        _, top, _, bottom = box_of(line)
        if bottom - top < _SPECK * sheet.digit and len(line) < 2:
            continue
        word: list[Mark] = []
        parts = image.signs(line)
        starts = [after[0] for before, after in pairwise(parts) if after[0] - before[1] > _WIDE_GAP * (bottom - top)]
        for mark in sorted(line):
            if starts and mark.x0 >= starts[0]:
                yield _word(word, sheet)
                word, starts = [], starts[1:]
            word.append(mark)
        yield _word(word, sheet)


def _word(marks: Sequence[Mark], sheet: _Sheet) -> _Spot:
    x0, top, x1, bottom = (edge * INCH / sheet.dpi for edge in box_of(marks))
    return _Spot((x0, top, x1, bottom), (Strip(tuple(marks), sheet.digit),))
