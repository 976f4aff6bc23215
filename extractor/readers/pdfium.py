"""What a PDF page prints, through pdfium: glyphs, ruled lines and pictures, with places in points from the top left."""

import ctypes
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from extractor.readers.builder import Box
from extractor.readers.grid import Segment
from extractor.readers.page import Glyph

_THIN = 3.0
"""Points up to which a filled rectangle is a ruled line."""
_POINTS = 72.0
_SHORTEST = 3.0
_OFF_CENTRE = 0.4
_SLANT = 1.0
_UPRIGHT = 0.1  # radians
_MOST_OBJECTS = 200_000
_MOST_LINES = 20_000
_MOST_GLYPHS = 200_000
_DEEPEST = 8
_INVISIBLE = 3  # text render mode

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
    """
    width, height = page.get_size()
    left, bottom, _, _ = page.get_bbox()
    frame = _Frame(left, bottom, width, height, (page.get_rotation() // 90) % 4)
    glyphs, hidden = _glyphs(page, frame)
    horizontals: list[Segment] = []
    verticals: list[Segment] = []
    pictures: list[Picture] = []
    for item, matrix in _objects(page.raw):
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            pictures.append(_picture(item, matrix, frame))
        elif len(horizontals) + len(verticals) < _MOST_LINES:
            for (x0, y0), (x1, y1) in _strokes(item, matrix, frame):
                if abs(y1 - y0) <= _SLANT and abs(x1 - x0) >= _SHORTEST:
                    horizontals.append(Segment((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
                elif abs(x1 - x0) <= _SLANT and abs(y1 - y0) >= _SHORTEST:
                    verticals.append(Segment((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    return PagePrint(width, height, tuple(glyphs), tuple(horizontals), tuple(verticals), tuple(pictures), hidden)


def _glyphs(page: pdfium.PdfPage, frame: _Frame) -> tuple[list[Glyph], float]:
    """The characters of a page, but white space and slanted ones (watermarks), and the share of hidden ones."""
    text_page = page.get_textpage()
    handle = text_page.raw
    count = min(text_page.count_chars(), _MOST_GLYPHS)
    found: list[Glyph] = []
    hidden = 0
    box = raw.FS_RECTF()
    x0, x1, y0, y1 = (ctypes.c_double() for _ in range(4))
    for place in range(count):
        code = raw.FPDFText_GetUnicode(handle, place)
        if code <= 0x20 or code == 0xA0 or code == 0x3000 or raw.FPDFText_IsGenerated(handle, place) == 1:
            continue
        angle = raw.FPDFText_GetCharAngle(handle, place) % (2 * 3.141592653589793)
        turn = (angle / 1.5707963267948966 + frame.turns) % 4
        if abs(turn - round(turn)) > _UPRIGHT:
            continue
        if not raw.FPDFText_GetCharBox(handle, place, x0, x1, y0, y1):
            continue
        ink = (x0.value, y0.value, x1.value, y1.value)
        loose = raw.FPDFText_GetLooseCharBox(handle, place, box) and (box.left, box.bottom, box.right, box.top)
        bounds = frame.box(*(loose if loose and _is_around(loose, ink) else ink))
        item = raw.FPDFText_GetTextObject(handle, place)
        hidden += bool(item) and raw.FPDFTextObj_GetTextRenderMode(item) == _INVISIBLE
        text = chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
        found.append(Glyph(text, bounds, upright=round(turn) % 4 == 0))
    text_page.close()
    return found, hidden / max(1, len(found))


def _is_around(loose: Box, ink: Box) -> bool:
    """True when the box of a font's line (which touches the next character's) fits the ink; in vertical fonts it does not."""
    height = loose[3] - loose[1]
    apart = abs(loose[0] + loose[2] - ink[0] - ink[2]) / 2
    return loose[2] > loose[0] and height > 0 and apart < _OFF_CENTRE * height


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
    inches = max(box[2] - box[0], box[3] - box[1]) / _POINTS
    return Picture(box, max(width.value, height.value) / inches if inches > 0 else 0.0)


Point = tuple[float, float]


def _strokes(item: Any, matrix: Matrix, frame: _Frame) -> Iterator[tuple[Point, Point]]:
    """The straight lines that an object draws: its stroked edges, or the middle of a thin filled rectangle."""
    if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_PATH:
        return
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
