"""Ruled lines of a page to the cells of its tables, for PDF and for scans.

Lines that cross belong to one table. Their positions give the finest grid; where no line separates two of its cells, they are
one printed cell that spans both.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from extractor.readers.builder import Box

_DOUBLE = 2.0
"""Tolerances up to which two lines beside each other are one: nothing can be printed between them."""
_MOST_LINES = 500
"""Lines of one direction on a page; those of three official tables, in pieces, are some hundred."""
_MOST_PLACES = 20_000
_COVERED = 0.6
"""Share of a cell's side that a line must cover to separate it from the next."""


class Segment(NamedTuple):
    """A straight piece of a ruled line: ``at`` is y for a horizontal one and x for a vertical one; ``start`` ≤ ``end``."""

    at: float
    start: float
    end: float


class GridCell(NamedTuple):
    """A cell with its place in the grid. ``closed``: lines stand on all its sides."""

    row: int
    column: int
    row_span: int
    col_span: int
    bbox: Box
    closed: bool = True


Places = dict[tuple[int, int], GridCell]


class Grid(NamedTuple):
    """A ruled table: the positions of its lines from left to right and from top to bottom, and its cells in reading order."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[GridCell, ...]

    @property
    def bbox(self) -> Box:
        """(x0, top, x1, bottom) of the whole table."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]

    def places(self) -> Places:
        """For each row and column the cell that lies there."""
        return {
            (cell.row + y, cell.column + x): cell
            for cell in self.cells
            for y in range(cell.row_span)
            for x in range(cell.col_span)
        }

    def rows(self) -> Iterator[list[GridCell]]:
        """The cells that begin in each row of the grid, from left to right."""
        rows: list[list[GridCell]] = [[] for _ in self.ys[1:]]
        for cell in self.cells:
            rows[cell.row].append(cell)
        yield from rows


def find_grids(horizontals: Iterable[Segment], verticals: Iterable[Segment], tolerance: float) -> list[Grid]:
    """The ruled tables of a page, from top to bottom.

    Args:
        horizontals: its horizontal lines.
        verticals: its vertical lines, in the same unit (points, or pixels of a scan).
        tolerance: lines closer than this are one line, gaps shorter than this are none.
    """
    across, down = (_longest(_merged(lines, tolerance)) for lines in (horizontals, verticals))
    grids = [_grid(own_across, own_down, tolerance) for own_across, own_down in _tables(across, down, tolerance)]
    return sorted((grid for grid in grids if grid and len(grid.cells) > 1), key=lambda grid: (grid.ys[0], grid.xs[0]))


def _merged(segments: Iterable[Segment], tolerance: float) -> list[Segment]:
    """Pieces of the same line as one."""
    merged: list[Segment] = []
    for line in _lines(segments, tolerance):
        at = sum(piece.at for piece in line) / len(line)
        pieces = sorted(line, key=lambda piece: piece.start)
        start, end = pieces[0].start, pieces[0].end
        for piece in pieces[1:]:
            if piece.start > end + tolerance:
                merged.append(Segment(at, start, end))
                start = piece.start
            end = max(end, piece.end)
        merged.append(Segment(at, start, end))
    return [segment for segment in merged if segment.end - segment.start > tolerance]


def _longest(lines: list[Segment]) -> list[Segment]:
    """The lines of a page, of a drawing with very many only the longest."""
    return sorted(sorted(lines, key=lambda line: line.start - line.end)[:_MOST_LINES])


def _lines(segments: Iterable[Segment], tolerance: float) -> Iterator[list[Segment]]:
    """Segments at the same position."""
    line: list[Segment] = []
    for segment in sorted(segments):
        if line and segment.at - line[0].at > tolerance:
            yield line
            line = []
        line.append(segment)
    if line:
        yield line


def _tables(
    across: Sequence[Segment], down: Sequence[Segment], tolerance: float
) -> Iterator[tuple[list[Segment], list[Segment]]]:
    """Lines that cross or touch, directly or through others."""
    group = list(range(len(across) + len(down)))

    def root(place: int) -> int:
        while group[place] != place:
            group[place] = group[group[place]]
            place = group[place]
        return place

    for first, horizontal in enumerate(across):
        for second, vertical in enumerate(down):
            if (
                horizontal.start - tolerance <= vertical.at <= horizontal.end + tolerance
                and vertical.start - tolerance <= horizontal.at <= vertical.end + tolerance
            ):
                group[root(first)] = root(len(across) + second)
    tables: dict[int, tuple[list[Segment], list[Segment]]] = {}
    for place, segment in enumerate((*across, *down)):
        own = tables.setdefault(root(place), ([], []))
        own[place >= len(across)].append(segment)
    yield from (table for table in tables.values() if len(table[0]) > 1 and table[1])


def _grid(across: Sequence[Segment], down: Sequence[Segment], tolerance: float) -> Grid | None:
    """The grid of lines that belong together; None when they enclose nothing, or are squared paper."""
    tolerance *= _DOUBLE
    xs = _positions([line.at for line in down], [end for line in across for end in line[1:]], tolerance)
    ys = _positions([line.at for line in across], [end for line in down for end in line[1:]], tolerance)
    if (len(xs) < 3 and len(ys) < 3) or len(xs) * len(ys) > _MOST_PLACES:
        return None
    separated_below = _covered(ys, xs, across, tolerance)
    separated_right = _covered(xs, ys, down, tolerance)
    areas = _areas(
        len(ys) - 1,
        len(xs) - 1,
        lambda row, column: separated_right[column + 1][row],
        lambda row, column: separated_below[row + 1][column],
    )
    cells = []
    for row, column, row_span, col_span in areas:
        last_row, last_column = row + row_span, column + col_span
        closed = all(separated_below[y][x] for y in (row, last_row) for x in range(column, last_column)) and all(
            separated_right[x][y] for x in (column, last_column) for y in range(row, last_row)
        )
        box = (xs[column], ys[row], xs[last_column], ys[last_row])
        cells.append(GridCell(row, column, row_span, col_span, box, closed))
    return Grid(tuple(xs), tuple(ys), tuple(cells))


def _positions(lines: Iterable[float], ends: Sequence[float], tolerance: float) -> list[float]:
    """Where the lines of one direction stand, and how far those of the other reach beyond the first and the last."""
    found = sorted({*lines})
    positions = [found[0]]
    positions += [at for before, at in pairwise(found) if at - before > tolerance]
    if min(ends) < positions[0] - tolerance:
        positions.insert(0, min(ends))
    if max(ends) > positions[-1] + tolerance:
        positions.append(max(ends))
    return positions


def _covered(
    positions: Sequence[float], sides: Sequence[float], lines: Sequence[Segment], tolerance: float
) -> list[list[bool]]:
    """For each position and each step between two of the other direction's: whether a line is drawn there."""
    result = []
    for position in positions:
        own = [line for line in lines if abs(line.at - position) <= tolerance]
        result.append(
            [
                sum(max(0.0, min(line.end, end) - max(line.start, start)) for line in own) >= _COVERED * (end - start)
                for start, end in pairwise(sides)
            ]
        )
    return result


def _areas(
    rows: int, columns: int, right: Callable[[int, int], bool], below: Callable[[int, int], bool]
) -> list[tuple[int, int, int, int]]:
    """Rectangles of elementary cells without a line between them, as (row, column, row_span, col_span).

    A printed cell is a rectangle. Where a line is missing so that an area is none, it is cut into rectangles from its top left.
    """
    taken: set[tuple[int, int]] = set()
    areas = []
    for row in range(rows):
        for column in range(columns):
            if (row, column) in taken:
                continue
            width = 1
            while (
                column + width < columns and not right(row, column + width - 1) and (row, column + width) not in taken
            ):
                width += 1
            height = 1
            while (
                row + height < rows
                and not any(below(row + height - 1, x) for x in range(column, column + width))
                and not any(right(row + height, x) for x in range(column, column + width - 1))
                and (column + width == columns or right(row + height, column + width - 1))
                and not any((row + height, x) in taken for x in range(column, column + width))
            ):
                height += 1
            taken |= {(row + y, column + x) for y in range(height) for x in range(width)}
            areas.append((row, column, height, width))
    return areas
