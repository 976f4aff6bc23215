"""What a PDF page prints, through pdfium: glyphs, ruled lines and pictures, with places in points from the top left."""

import ctypes
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf, isfinite, pi, tau
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from extractor.errors import InputError
from extractor.readers.builder import DOUBT, INCH, Box
from extractor.readers.grid import Segment
from extractor.readers.page import Glyph

_THIN = 3.0
"""Points up to which a filled rectangle is a ruled line."""
_SHORTEST = 3.0
_OFF_CENTRE = 0.4
_SLANT = 1.0
_UPRIGHT = 0.1  # radians
_MOST_OBJECTS = 50_000
_MOST_LINES = 20_000
_MOST_SEGMENTS = 100_000
_MOST_GLYPHS = 50_000
_DEEPEST = 8
_UNSEEN = (3, 7)
_FILLED = (0, 4)  # text render modes
_MOSTLY = 0.5
_PALE = 0.7
"""Brightness (0 black, 1 white) from which print is a watermark perhaps, or white on white."""

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Picture(NamedTuple):
    """A picture on a page: where, and how many of its pixels make an inch."""

    bbox: Box
    dpi: float


class PagePrint(NamedTuple):
    """What is printed on a page.

    Attributes:
        width, height: in points.
        glyphs: its characters, in the order in which they are written.
        horizontals, verticals: its ruled lines.
        pictures: its pictures.
        hidden: share of the glyphs that are written invisibly, as text recognition lays them under a scan.
    """

    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    horizontals: tuple[Segment, ...]
    verticals: tuple[Segment, ...]
    pictures: tuple[Picture, ...]
    hidden: float


class _Frame(NamedTuple):
    """How points of a page's own space become points from the top left as it is shown (it may be turned)."""

    left: float
    bottom: float
    width: float
    height: float
    turns: int

    def point(self, x: float, y: float) -> tuple[float, float]:
        x, y = x - self.left, y - self.bottom
        if self.turns == 1:
            return y, x
        if self.turns == 2:
            return self.width - x, y
        if self.turns == 3:
            return self.width - y, self.height - x
        return x, self.height - y

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def page_print(page: pdfium.PdfPage) -> PagePrint:
    """Read a page.

    Raises:
        pdfium.PdfiumError: the page is damaged.
        InputError: ``input.too_large``: it has more characters than any page of a report.
    """
    width, height = page.get_size()
    left, bottom, _, _ = page.get_bbox()
    frame = _Frame(left, bottom, width, height, (page.get_rotation() // 90) % 4)
    glyphs, hidden = _glyphs(page, frame)
    horizontals: list[Segment] = []
    verticals: list[Segment] = []
    pictures: list[Picture] = []
    left_over = _MOST_SEGMENTS
    for item, matrix in _objects(page.raw):
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            pictures.append(_picture(item, matrix, frame))
        elif kind == raw.FPDF_PAGEOBJ_PATH and len(horizontals) + len(verticals) < _MOST_LINES:
            left_over -= raw.FPDFPath_CountSegments(item)
            if left_over < 0:
                break
            for (x0, y0), (x1, y1) in _strokes(item, matrix, frame):
                if abs(y1 - y0) <= _SLANT and _SHORTEST <= abs(x1 - x0) < inf:
                    horizontals.append(Segment((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
                elif abs(x1 - x0) <= _SLANT and _SHORTEST <= abs(y1 - y0) < inf:
                    verticals.append(Segment((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    return PagePrint(width, height, tuple(glyphs), tuple(horizontals), tuple(verticals), tuple(pictures), hidden)


def _glyphs(page: pdfium.PdfPage, frame: _Frame) -> tuple[list[Glyph], float]:
    """The characters of a page, but white space and slanted ones (watermarks), and the share of hidden ones.

    Hidden ones among others are left out; where most are hidden, they are the text under a scan. Pale ones are in doubt,
    and those of which the code is lost.
    """
    text_page = page.get_textpage()
    handle = text_page.raw
    found: list[Glyph] = []
    hidden: list[bool] = []
    inks: dict[int | None, _Ink] = {}
    for place in range(_number_of_glyphs(text_page)):
        code = raw.FPDFText_GetUnicode(handle, place)
        if code <= 0x20 or code == 0xA0 or code == 0x3000 or raw.FPDFText_IsGenerated(handle, place) == 1:
            continue
        angle = raw.FPDFText_GetCharAngle(handle, place) % tau
        turn = (angle / (pi / 2) + frame.turns) % 4
        bounds = _glyph_box(handle, place, frame, lying=round(turn - frame.turns) % 2 == 1)
        if abs(turn - round(turn)) > _UPRIGHT or bounds is None:
            continue
        item = raw.FPDFText_GetTextObject(handle, place)
        address = ctypes.cast(item, ctypes.c_void_p).value
        if address not in inks:
            inks[address] = _ink(item)
        text = chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
        doubtful = inks[address].pale or is_lost(text)
        found.append(Glyph(text, bounds, DOUBT if doubtful else 1.0, upright=round(turn) % 4 == 0))
        hidden.append(inks[address].hidden)
    text_page.close()
    share = sum(hidden) / max(1, len(found))
    if share < _MOSTLY:
        found = [glyph for glyph, unseen in zip(found, hidden, strict=True) if not unseen]
    return found, share


def is_lost(character: str) -> bool:
    """True for the code of a character that stands for no character: private use, or none at all."""
    return character == "\ufffd" or "\ue000" <= character <= "\uf8ff"


def _number_of_glyphs(text_page: pdfium.PdfTextPage) -> int:
    count: int = text_page.count_chars()
    if count > _MOST_GLYPHS:
        raise InputError(
            f"PDF 的一页有超过 {_MOST_GLYPHS:,} 个字符；年度报告不会这样，请检查文件", code="input.too_large"
        )
    return count


class _Ink(NamedTuple):
    """How print looks: not at all, or so pale that it is perhaps not meant to be read."""

    hidden: bool
    pale: bool


def _ink(item: Any) -> _Ink:
    if not item:
        return _Ink(hidden=False, pale=False)
    mode = raw.FPDFTextObj_GetTextRenderMode(item)
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if mode not in _FILLED or not raw.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
        return _Ink(mode in _UNSEEN, pale=False)
    brightness = (0.3 * red.value + 0.59 * green.value + 0.11 * blue.value) / 255
    return _Ink(hidden=False, pale=1 - (1 - brightness) * alpha.value / 255 > _PALE)


def _glyph_box(handle: Any, place: int, frame: _Frame, *, lying: bool) -> Box | None:
    """The box of a character: that of its font's line, which touches the next character's, or else that of its ink."""
    x0, x1, y0, y1 = (ctypes.c_double() for _ in range(4))
    if not raw.FPDFText_GetCharBox(handle, place, x0, x1, y0, y1):
        return None
    ink = (x0.value, y0.value, x1.value, y1.value)
    box = raw.FS_RECTF()
    loose = raw.FPDFText_GetLooseCharBox(handle, place, box) and (box.left, box.bottom, box.right, box.top)
    bounds = loose if loose and _is_around(loose, ink, lying=lying) else ink
    return frame.box(*bounds) if all(map(isfinite, bounds)) else None


def _is_around(loose: Box, ink: Box, *, lying: bool) -> bool:
    """True when the box of a font's line (which touches the next character's) fits the ink; in vertical fonts it does not.

    ``lying``: the line runs up or down the page.
    """
    across = 1 if lying else 0
    height = loose[3 - across] - loose[1 - across]
    apart = abs(loose[across] + loose[across + 2] - ink[across] - ink[across + 2]) / 2
    return loose[across + 2] > loose[across] and height > 0 and apart < _OFF_CENTRE * height


def _objects(page: Any) -> Iterator[tuple[Any, Matrix]]:
    """All objects of a page, those inside of forms too, each with the matrix of the forms around it."""
    seen = 0
    open_forms: list[tuple[Any, Any, Matrix, int]] = [(page, None, _IDENTITY, 0)]
    while open_forms:
        owner, form, matrix, depth = open_forms.pop()
        count = raw.FPDFFormObj_CountObjects(form) if form else raw.FPDFPage_CountObjects(owner)
        for place in range(count):
            seen += 1
            if seen > _MOST_OBJECTS:
                return
            item = raw.FPDFFormObj_GetObject(form, place) if form else raw.FPDFPage_GetObject(owner, place)
            if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_FORM:
                yield item, matrix
            elif depth < _DEEPEST:
                open_forms.append((owner, item, _product(_matrix(item), matrix), depth + 1))


def _matrix(item: Any) -> Matrix:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, matrix):
        return _IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _product(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _picture(item: Any, matrix: Matrix, frame: _Frame) -> Picture:
    x0, y0, x1, y1 = (ctypes.c_float() for _ in range(4))
    raw.FPDFPageObj_GetBounds(item, x0, y0, x1, y1)
    box = frame.box(*_apply(matrix, x0.value, y0.value), *_apply(matrix, x1.value, y1.value))
    width, height = ctypes.c_uint(), ctypes.c_uint()
    raw.FPDFImageObj_GetImagePixelSize(item, width, height)
    inches = max(box[2] - box[0], box[3] - box[1]) / INCH
    return Picture(box, max(width.value, height.value) / inches if inches > 0 else 0.0)


Point = tuple[float, float]


def _strokes(item: Any, matrix: Matrix, frame: _Frame) -> Iterator[tuple[Point, Point]]:
    """The straight lines that an object draws: its stroked edges, or the middle of a thin filled rectangle."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(item, fill, stroke) or not (fill.value or stroke.value):
        return
    own = _product(_matrix(item), matrix)
    for path in _paths(item, own, frame):
        xs, ys = [x for x, _ in path], [y for _, y in path]
        x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
        if min(x1 - x0, y1 - y0) <= _THIN and max(x1 - x0, y1 - y0) > _THIN:
            middle = ((x0 + x1) / 2, (y0 + y1) / 2)
            yield ((x0, middle[1]), (x1, middle[1])) if x1 - x0 > y1 - y0 else ((middle[0], y0), (middle[0], y1))
        elif stroke.value:
            yield from pairwise(path)


def _paths(item: Any, matrix: Matrix, frame: _Frame) -> Iterator[Sequence[Point]]:
    """The polygons of a path; those with curves are left out."""
    x, y = ctypes.c_float(), ctypes.c_float()
    path: list[Point] = []
    straight = True
    for place in range(min(raw.FPDFPath_CountSegments(item), _MOST_LINES)):
        segment = raw.FPDFPath_GetPathSegment(item, place)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            if len(path) > 1 and straight:
                yield path
            path, straight = [], True
        straight = straight and kind != raw.FPDF_SEGMENT_BEZIERTO
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        path.append(frame.point(*_apply(matrix, x.value, y.value)))
        if raw.FPDFPathSegment_GetClose(segment) and path[0] != path[-1]:
            path.append(path[0])
    if len(path) > 1 and straight:
        yield path
