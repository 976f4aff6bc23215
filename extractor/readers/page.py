"""The print of a page, wherever it comes from: glyphs or recognised words with their boxes, to lines and cells of a table."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from extractor.readers.builder import Box, Printed
from extractor.readers.grid import Grid, GridCell

_SAME_LINE = 0.5
"""Share of the lower of two boxes that must overlap vertically on one line."""
_WORD_GAP = 0.3
"""Width of a gap, in heights of the print, from which two glyphs are two words."""
_CHUNK_GAP = 1.0
_TOUCHING = 0.12
_STRADDLES = 0.25
_DOUBT = 0.5
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
    """Glyphs that touch, on one line."""

    text: str
    bbox: Box
    confidence: float

    @property
    def x(self) -> float:
        """Its centre, horizontally."""
        return (self.bbox[0] + self.bbox[2]) / 2


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


def around(boxes: Iterable[Box]) -> Box:
    """The box around boxes."""
    x0, top, x1, bottom = zip(*boxes, strict=True)
    return min(x0), min(top), max(x1), max(bottom)


def without_copies(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Drop glyphs that are printed twice at (nearly) the same place to look bold: ``0`` would be read as ``00``."""
    kept: list[Glyph] = []
    seen: dict[tuple[str, int, int], list[Glyph]] = {}
    for glyph in glyphs:
        x, y = int(glyph.x // 4), int(glyph.y // 4)
        near = (other for dx in (-1, 0, 1) for dy in (-1, 0, 1) for other in seen.get((glyph.text, x + dx, y + dy), ()))
        reach = _ALIKE * min(glyph.height, max(glyph.bbox[2] - glyph.bbox[0], 1.0))
        if any(abs(other.x - glyph.x) < reach and abs(other.y - glyph.y) < reach for other in near):
            continue
        seen.setdefault((glyph.text, x, y), []).append(glyph)
        kept.append(glyph)
    return kept


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
                heights = median([own_bottom - own_top, bottom - top])
                middle = ((own_top + own_bottom) * (len(line) - 1) + top + bottom) / (2 * len(line))
                lines[place] = (middle - heights / 2, middle + heights / 2, line)
                break
        else:
            lines.append((top, bottom, [glyph]))
    return [sorted(line, key=lambda glyph: glyph.bbox[0]) for _, _, line in lines]


def _line(glyphs: Sequence[Glyph]) -> TextLine:
    words: list[list[Glyph]] = [[glyphs[0]]]
    for before, glyph in pairwise(glyphs):
        if glyph.bbox[0] - before.bbox[2] > _WORD_GAP * min(before.height, glyph.height):
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
    a number may run over into the next cell: what is printed then has little confidence.

    Args:
        grid: the table.
        glyphs: the glyphs in it.
    """
    inside = _by_cell(grid, glyphs)
    doubtful = {cell for cell in grid.cells if _runs_over(cell, inside[cell])} | _touching(grid, inside)
    for row in grid.rows():
        found = []
        for cell in row:
            own = inside[cell]
            if not own and not cell.closed:
                continue  # between tables, not in one
            confidence = min((glyph.confidence for glyph in own), default=1.0)
            found.append(
                Printed(
                    cell_text(own),
                    cell.column,
                    cell.column + cell.col_span,
                    cell.row_span,
                    cell.col_span,
                    bbox=rounded(cell.bbox),
                    confidence=min(confidence, _DOUBT) if cell in doubtful else confidence,
                )
            )
        if found:
            yield found


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


def _by_cell(grid: Grid, glyphs: Sequence[Glyph]) -> dict[GridCell, list[Glyph]]:
    inside: dict[GridCell, list[Glyph]] = {cell: [] for cell in grid.cells}
    place = {
        (cell.row + y, cell.column + x): cell
        for cell in grid.cells
        for y in range(cell.row_span)
        for x in range(cell.col_span)
    }
    for glyph in glyphs:
        row = sum(glyph.y >= y for y in grid.ys) - 1
        column = sum(glyph.x >= x for x in grid.xs) - 1
        if (row, column) in place:
            inside[place[row, column]].append(glyph)
    return inside


def _runs_over(cell: GridCell, glyphs: Sequence[Glyph]) -> bool:
    """True when a digit stands partly outside of its cell, to the left or right."""
    return any(
        max(cell.bbox[0] - glyph.bbox[0], glyph.bbox[2] - cell.bbox[2]) > _STRADDLES * (glyph.bbox[2] - glyph.bbox[0])
        for glyph in glyphs
        if glyph.text.isdigit()
    )


def _touching(grid: Grid, inside: dict[GridCell, list[Glyph]]) -> set[GridCell]:
    """Cells beside each other of which the digits touch across the line, as those of one number do."""
    found: set[GridCell] = set()
    for x in grid.xs[1:-1]:
        left = [(cell, glyph) for cell in grid.cells if cell.bbox[2] == x for glyph in inside[cell]]
        right = [(cell, glyph) for cell in grid.cells if cell.bbox[0] == x for glyph in inside[cell]]
        ends = [(cell, glyph) for cell, glyph in left if glyph.text[-1:].isdigit() and x - glyph.bbox[2] < glyph.height]
        for cell, glyph in ends:
            for other, next_glyph in right:
                gap = next_glyph.bbox[0] - glyph.bbox[2]
                beside = abs(next_glyph.y - glyph.y) < glyph.height / 2
                if next_glyph.text[:1].isdigit() and beside and gap < _TOUCHING * glyph.height:
                    found |= {cell, other}
    return found
