"""The print of a page in reading order: tables with and without rules, lines, pages of two columns."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from extractor.readers.borderless import with_tables
from extractor.readers.builder import Printed
from extractor.readers.compose import MARGIN, Table, is_page_number
from extractor.readers.grid import Grid
from extractor.readers.page import Glyph, TextLine, doubted, grid_rows, is_in, text_lines, together
from extractor.tokens import known_terms

_GUTTER = 1.2
"""Width of the empty strip between two columns, in heights of the print."""
_MIDDLE = (0.3, 0.7)
_LEAST_SHARE = 0.2
_FULL = 0.6
"""Share of its column that a line fills which is not the last one of a paragraph."""
_LEAST_FULL = 0.2
_OF_COLUMN = {"row", "group", "heading"}
_MARGIN = 0.08
_MOST_HEADS = 20
_ROW = 10  # a row of a ruled table counts like so many characters


class RuledTable(NamedTuple):
    """A ruled table with what is printed in it."""

    grid: Grid
    rows: tuple[tuple[Printed, ...], ...]


def ruled_tables(grids: Sequence[Grid], glyphs: Sequence[Glyph]) -> tuple[list[RuledTable], list[Glyph]]:
    """The ruled tables of a page with what is printed in them, and the glyphs that are in none. A grid of nothing is no table."""
    tables = []
    outside = list(glyphs)
    for grid in grids:
        inside = [glyph for glyph in outside if is_in(glyph, grid.bbox)]
        rows = tuple(tuple(row) for row in grid_rows(grid, inside))
        if any(cell.text for row in rows for cell in row):
            tables.append(RuledTable(grid, rows))
            outside = [glyph for glyph in outside if not is_in(glyph, grid.bbox)]
    return tables, outside


def arrange(tables: Sequence[RuledTable], glyphs: Sequence[Glyph], height: float) -> list[Table | TextLine]:
    """The tables and lines of a page in reading order.

    Args:
        tables: its ruled tables.
        glyphs: what is printed outside of them.
        height: of the page.
    """
    glyphs = _without_page_number(glyphs, height)
    columns = _two_columns(tables, glyphs, height)
    if columns is None:
        return list(_one_column(tables, glyphs))
    top, gutter = columns

    def part(x: float, y: float) -> int:
        return 0 if y < top else 1 if x < gutter else 2

    found: list[Table | TextLine] = []
    for number in range(3):
        own = [table for table in tables if part(table.grid.xs[0], table.grid.ys[0]) == number]
        found += _one_column(own, [glyph for glyph in glyphs if part(glyph.x, glyph.y) == number])
    return found


def _without_page_number(glyphs: Sequence[Glyph], height: float) -> Sequence[Glyph]:
    """Leave out a page number at the foot, which would look like a value of a table above it."""
    lines = text_lines(glyph for glyph in glyphs if glyph.y > (1 - MARGIN) * height)
    if not lines or not is_page_number(lines[-1]):
        return glyphs
    _, top, _, bottom = lines[-1].bbox
    return [glyph for glyph in glyphs if not top <= glyph.y <= bottom]


def _one_column(tables: Sequence[RuledTable], glyphs: Sequence[Glyph]) -> Iterator[Table | TextLine]:
    """Tables and lines from top to bottom."""
    lines = text_lines(glyphs)
    for table in sorted(tables, key=lambda table: table.grid.ys[0]):
        above = [line for line in lines if line.y < table.grid.ys[0]]
        yield from with_tables(above)
        beside = [line for line in lines[len(above) :] if line.y < table.grid.ys[-1]]
        yield Table(tuple(_with_doubt(table.rows, beside)), table.grid.bbox, table.grid.xs)
        lines = lines[len(above) :]
    yield from with_tables(lines)


def _with_doubt(rows: Iterable[tuple[Printed, ...]], beside: Sequence[TextLine]) -> Iterator[tuple[Printed, ...]]:
    """The rows of a ruled table; those doubted that have figures beside them, outside of the rules: a border may be lost."""
    figures = [line.y for line in beside if any(character.isdigit() for character in line.text)]
    for row in rows:
        boxes = [cell.bbox for cell in row if cell.bbox]
        top, bottom = max(box[1] for box in boxes), min(box[3] for box in boxes)
        yield doubted(row) if any(top <= y <= bottom for y in figures) else row


def _two_columns(tables: Sequence[RuledTable], glyphs: Sequence[Glyph], height: float) -> tuple[float, float] | None:
    """Where the columns of a page begin and the x of the strip between them; None for a page of one column.

    Over the columns there may be lines that run across the page. Numbers to the right of words are no column but a table.
    """
    body = [glyph for glyph in glyphs if _MARGIN * height < glyph.y < (1 - _MARGIN) * height]
    lines = text_lines(body)
    boxes = [word.bbox for line in lines for word in line.words] + [table.grid.bbox for table in tables]
    if len(boxes) < 2:
        return None
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    size = median(glyph.height for glyph in body) if body else 10.0
    for top in [0.0, *sorted({line.bbox[3] for line in lines})[:_MOST_HEADS]]:
        below = [box for box in boxes if box[1] >= top]
        spans = sorted((box[0], box[2]) for box in below)
        reach = left
        for x0, x1 in spans:
            middle = (reach + x0) / 2
            inside = _MIDDLE[0] < (middle - left) / max(right - left, 1.0) < _MIDDLE[1]
            if x0 - reach > _GUTTER * size and inside and _are_columns(tables, body, top, middle):
                return top, middle
            reach = max(reach, x1)
    return None


def _are_columns(tables: Sequence[RuledTable], glyphs: Sequence[Glyph], top: float, gutter: float) -> bool:
    """True when there is enough on either side of a strip, and the right side is not the heads and values of a table."""
    below = [glyph for glyph in glyphs if glyph.y >= top]
    right = [glyph for glyph in below if glyph.x > gutter]
    ruled = [sum(len(table.rows) for table in tables if (table.grid.xs[0] > gutter) is side) for side in (False, True)]
    shares = [len(below) - len(right) + _ROW * ruled[0], len(right) + _ROW * ruled[1]]
    if min(shares) < _LEAST_SHARE * sum(shares):
        return False
    lines = text_lines(right)
    width = max((line.bbox[2] for line in lines), default=gutter) - gutter
    return bool(ruled[1]) or sum(_is_of_column(line, width) for line in lines) > _LEAST_FULL * len(lines)


def _is_of_column(line: TextLine, width: float) -> bool:
    """True for a line that stands in a column of text: it is full, or begins as a row or a section does, and not as a head."""
    text, (x0, _, x1, _), _ = together(next(line.chunks()))
    if x1 - x0 > _FULL * width:
        return True
    kinds = {term.kind for term in known_terms(text)}
    return bool(kinds & _OF_COLUMN) and not kinds & {"column", "head"}
