"""The print of a page, wherever it comes from: glyphs or recognised words with their boxes, to lines and cells of a table."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from extractor.numbers import parse
from extractor.readers.builder import DOUBT, Box, Printed
from extractor.readers.grid import Grid, GridCell, Places

_SAME_LINE = 0.5
"""Share of the lower of two boxes that must overlap vertically on one line."""
_WORD_GAP = 0.3
"""Width of a gap, in heights of the print, from which two glyphs are two words."""
_DIGIT_GAP = 0.15
"""The same between two digits: those of a number touch, and a narrow space parts two numbers."""
_CHUNK_GAP = 1.0
_TOUCHING = 0.12
_STRADDLES = 0.25
_TINY, _ACROSS = 0.25, 1.8
"""Shares of the usual height of print below which it can't be seen, and above which it may be a watermark."""
_OFF_MIDDLE = 0.25
"""Heights of a row by which print may stand off the middle of several."""
_MOST_LARGE, _MOST_NEAR, _MOST_AT_EDGE = 200, 50, 100
"""Bounds of what is compared with each other, beyond what any page of a report has."""
_SEVERAL = re.compile(r"^[^\u3400-\u9fff]*\d\s+[^\u3400-\u9fff]*\d[^\u3400-\u9fff]*$")
"""Several numbers in a cell, or one that is wrapped or spaced out."""
_ALIKE = 0.3


class Glyph(NamedTuple):
    """A printed character or a recognised word; ``bbox`` is (x0, top, x1, bottom). ``upright``: it is not turned."""

    text: str
    bbox: Box
    confidence: float = 1.0
    upright: bool = True

    @property
    def x(self) -> float:
        """Its centre, horizontally."""
        return (self.bbox[0] + self.bbox[2]) / 2

    @property
    def y(self) -> float:
        """Its centre, vertically."""
        return (self.bbox[1] + self.bbox[3]) / 2

    @property
    def height(self) -> float:
        """Height of its box."""
        return self.bbox[3] - self.bbox[1]


class Word(NamedTuple):
    """Glyphs that touch, on one line; or several of these together."""

    text: str
    bbox: Box
    confidence: float


class TextLine(NamedTuple):
    """The words of a line, from left to right."""

    words: tuple[Word, ...]
    bbox: Box

    @property
    def text(self) -> str:
        """Its words with spaces between."""
        return " ".join(word.text for word in self.words)

    def chunks(self) -> Iterator[tuple[Word, ...]]:
        """Its words, those that stand near each other together. Two numbers are never together."""
        chunk = [self.words[0]]
        for before, word in pairwise(self.words):
            gap = word.bbox[0] - before.bbox[2]
            if gap > _CHUNK_GAP * self.height or (before.text[-1].isdigit() and word.text[0].isdigit()):
                yield tuple(chunk)
                chunk = []
            chunk.append(word)
        yield tuple(chunk)

    @property
    def y(self) -> float:
        """Its centre, vertically."""
        return (self.bbox[1] + self.bbox[3]) / 2

    @property
    def height(self) -> float:
        """Height of its box."""
        return self.bbox[3] - self.bbox[1]


def together(words: Sequence[Word]) -> Word:
    """Words of a line as one, as certain as the least certain of them."""
    return Word(
        " ".join(word.text for word in words),
        around(word.bbox for word in words),
        min(word.confidence for word in words),
    )


def around(boxes: Iterable[Box]) -> Box:
    """The box around boxes."""
    x0, top, x1, bottom = zip(*boxes, strict=True)
    return min(x0), min(top), max(x1), max(bottom)


def without_copies(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Drop glyphs that are printed twice at (nearly) the same place to look bold: ``0`` would be read as ``00``.

    Of a glyph and its pale shadow the glyph is kept.
    """
    kept: list[int] = []
    seen: dict[tuple[str, int, int], list[Glyph]] = {}
    for place, glyph in sorted(enumerate(glyphs), key=lambda item: -item[1].confidence):
        x, y = int(glyph.x // 4), int(glyph.y // 4)
        near = (other for dx in (-1, 0, 1) for dy in (-1, 0, 1) for other in seen.get((glyph.text, x + dx, y + dy), ()))
        reach = _ALIKE * min(glyph.height, max(glyph.bbox[2] - glyph.bbox[0], 1.0))
        if any(abs(other.x - glyph.x) < reach and abs(other.y - glyph.y) < reach for other in near):
            continue
        if len(own := seen.setdefault((glyph.text, x, y), [])) < _MOST_NEAR:
            own.append(glyph)
        kept.append(place)
    return [glyphs[place] for place in sorted(kept)]


def legible(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Drop what is not meant to be read: print too small to be seen, and lines of large print across much smaller print."""
    if not glyphs:
        return []
    usual = median(glyph.height for glyph in glyphs)
    rest = [glyph for glyph in glyphs if glyph.height <= _ACROSS * usual]
    across: set[Glyph] = set()
    for line in _lines([glyph for glyph in glyphs if glyph.height > _ACROSS * usual][:_MOST_LARGE]):
        if any(is_in(other, glyph.bbox) for glyph in line for other in rest):
            across.update(line)
    return [glyph for glyph in glyphs if glyph not in across and not _is_tiny(glyph, usual)]


def is_in(glyph: Glyph, box: Box) -> bool:
    """True for a glyph of which the centre is in a box."""
    x0, top, x1, bottom = box
    return x0 <= glyph.x <= x1 and top <= glyph.y <= bottom


def _is_tiny(glyph: Glyph, usual: float) -> bool:
    """True for a letter or figure that can't be seen; a point is small by nature."""
    return glyph.text.isalnum() and max(glyph.height, glyph.bbox[2] - glyph.bbox[0]) < _TINY * usual


def text_lines(glyphs: Iterable[Glyph]) -> list[TextLine]:
    """Glyphs to lines of words, from top to bottom."""
    return [_line(line) for line in _lines(glyphs)]


def _lines(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    """Glyphs that stand beside each other, each line from left to right."""
    lines: list[tuple[float, float, list[Glyph]]] = []  # top, bottom, glyphs
    for glyph in sorted(glyphs, key=lambda glyph: (glyph.y, glyph.x)):
        top, bottom = glyph.bbox[1], glyph.bbox[3]
        for place in range(len(lines) - 1, max(-1, len(lines) - 4), -1):
            own_top, own_bottom, line = lines[place]
            overlap = min(bottom, own_bottom) - max(top, own_top)
            if overlap > _SAME_LINE * max(min(bottom - top, own_bottom - own_top), 0.1):
                line.append(glyph)
                height = ((own_bottom - own_top) + (bottom - top)) / 2
                middle = ((own_top + own_bottom) * (len(line) - 1) + top + bottom) / (2 * len(line))
                lines[place] = (middle - height / 2, middle + height / 2, line)
                break
        else:
            lines.append((top, bottom, [glyph]))
    return [sorted(line, key=lambda glyph: glyph.bbox[0]) for _, _, line in lines]


def _line(glyphs: Sequence[Glyph]) -> TextLine:
    words: list[list[Glyph]] = [[glyphs[0]]]
    for before, glyph in pairwise(glyphs):
        share = _DIGIT_GAP if before.text[-1:].isdigit() and glyph.text[:1].isdigit() else _WORD_GAP
        if glyph.bbox[0] - before.bbox[2] > share * min(before.height, glyph.height):
            words.append([])
        words[-1].append(glyph)
    found = tuple(
        Word(
            "".join(glyph.text for glyph in word),
            around(glyph.bbox for glyph in word),
            min(glyph.confidence for glyph in word),
        )
        for word in words
    )
    return TextLine(found, around(word.bbox for word in found))


# --- ruled tables ----------------------------------------------------------------------------------------------------


def grid_rows(grid: Grid, glyphs: Sequence[Glyph]) -> Iterator[list[Printed]]:
    """The rows of a ruled table with what is printed in them.

    A glyph belongs to the cell that its centre is in. Where it reaches over the line, or touches a digit on the other side,
    a number may run over into the next cell: what is printed then has little confidence. So have rows with several numbers in
    a cell: they may be one that is wrapped, or those of several rows or columns between which a line is missing.

    Args:
        grid: the table.
        glyphs: the glyphs in it.
    """
    places = grid.places()
    inside = _by_cell(grid, places, glyphs)
    doubtful = {cell for cell in grid.cells if _runs_over(cell, inside[cell])} | _touching(grid, places, inside)
    over: list[GridCell] = []  # cells that hold numbers of the rows below
    for place, row in enumerate(grid.rows()):
        over = [cell for cell in over if cell.row + cell.row_span > place]
        found = [printed_cell(cell, "", DOUBT) for cell in over]
        for cell in row:
            own = inside[cell]
            if not own and not cell.closed:
                continue  # between tables, not in one
            text, confidence = cell_text(own), min((glyph.confidence for glyph in own), default=1.0)
            found.append(printed_cell(cell, text, min(confidence, DOUBT) if cell in doubtful else confidence))
            if cell.row_span > 1 and (_SEVERAL.match(text) or _is_off_middle(cell, text, own)):
                over.append(cell)
        if over or any(_SEVERAL.match(cell.text) for cell in found):
            found = list(doubted(sorted(found, key=lambda cell: cell.x0)))
        if row and found:
            yield found


def printed_cell(cell: GridCell, text: str, confidence: float) -> Printed:
    """A cell of a ruled table with what is printed in it."""
    end = cell.column + cell.col_span
    return Printed(text, cell.column, end, cell.row_span, cell.col_span, bbox=rounded(cell.bbox), confidence=confidence)


def _is_off_middle(cell: GridCell, text: str, glyphs: Sequence[Glyph]) -> bool:
    """True for a number that does not stand in the middle of the rows that its cell spans: it may be that of one of them."""
    if parse(text) is None:
        return False
    _, top, _, bottom = around(glyph.bbox for glyph in glyphs)
    height = (cell.bbox[3] - cell.bbox[1]) / cell.row_span
    return abs(top + bottom - cell.bbox[1] - cell.bbox[3]) / 2 > _OFF_MIDDLE * height


def doubted(cells: Iterable[Printed]) -> tuple[Printed, ...]:
    """Cells that are perhaps not what is printed, so that a person must look."""
    return tuple(cell._replace(confidence=min(cell.confidence, DOUBT)) for cell in cells)


def rounded(box: Box) -> Box:
    """A box to tenths of a point."""
    x0, top, x1, bottom = (round(edge, 1) for edge in box)
    return x0, top, x1, bottom


def cell_text(glyphs: Sequence[Glyph]) -> str:
    """What is printed in a cell: its lines joined; turned print in the order in which it was written."""
    if sum(not glyph.upright for glyph in glyphs) * 2 > len(glyphs):
        return "".join(glyph.text for glyph in glyphs)
    text = ""
    for line in text_lines(glyphs):
        wide = text[-1:].isascii() and line.text[:1].isascii()  # digits or latin letters: two words
        text += (" " if text and wide else "") + line.text
    return text


def _by_cell(grid: Grid, places: Places, glyphs: Sequence[Glyph]) -> dict[GridCell, list[Glyph]]:
    inside: dict[GridCell, list[Glyph]] = {cell: [] for cell in grid.cells}
    for glyph in glyphs:
        cell = places.get((bisect_right(grid.ys, glyph.y) - 1, bisect_right(grid.xs, glyph.x) - 1))
        if cell:
            inside[cell].append(glyph)
    return inside


def _runs_over(cell: GridCell, glyphs: Sequence[Glyph]) -> bool:
    """True when a digit stands partly outside of its cell, to the left or right."""
    return any(
        max(cell.bbox[0] - glyph.bbox[0], glyph.bbox[2] - cell.bbox[2]) > _STRADDLES * (glyph.bbox[2] - glyph.bbox[0])
        for glyph in glyphs
        if glyph.text.isdigit()
    )


def _touching(grid: Grid, places: Places, inside: dict[GridCell, list[Glyph]]) -> set[GridCell]:
    """Cells beside each other of which the digits touch across the line, as those of one number do."""
    found: set[GridCell] = set()
    digits = {cell: [glyph for glyph in own if glyph.text[-1:].isdigit()] for cell, own in inside.items()}
    for cell, own in digits.items():
        x = cell.bbox[2]
        for glyph in [glyph for glyph in own if x - glyph.bbox[2] < glyph.height][:_MOST_AT_EDGE]:
            other = places.get((bisect_right(grid.ys, glyph.y) - 1, cell.column + cell.col_span))
            beside = digits[other] if other else []
            for following in [glyph for glyph in beside if glyph.bbox[0] - x < glyph.height][:_MOST_AT_EDGE]:
                gap = following.bbox[0] - glyph.bbox[2]
                if other and abs(following.y - glyph.y) < glyph.height / 2 and gap < _TOUCHING * glyph.height:
                    found |= {cell, other}
    return found
