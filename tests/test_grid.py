"""Ruled lines to cells."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.readers.grid import Grid, GridCell, Segment, find_grids

TOLERANCE = 2.0


def rules(boxes, *, gap=0.0):
    """The sides of boxes (x0, top, x1, bottom), each ``gap`` points shorter at both ends."""
    across = [Segment(y, x0 + gap, x1 - gap) for x0, top, x1, bottom in boxes for y in (top, bottom)]
    down = [Segment(x, top + gap, bottom - gap) for x0, top, x1, bottom in boxes for x in (x0, x1)]
    return across, down


def places(grid: Grid):
    return [(cell.row, cell.column, cell.row_span, cell.col_span) for cell in grid.cells]


def one(across, down) -> Grid:
    (grid,) = find_grids(across, down, TOLERANCE)
    return grid


@st.composite
def partitions(draw):
    """Positions of rows and columns, and cells that cover them without overlap: each a rectangle of elementary cells."""
    columns, rows = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    steps = st.integers(12, 80)
    xs, ys = [50], [50]
    for _ in range(columns):
        xs.append(xs[-1] + draw(steps))
    for _ in range(rows):
        ys.append(ys[-1] + draw(steps))
    taken, cells = set(), []
    for row in range(rows):
        for column in range(columns):
            if (row, column) in taken:
                continue
            width = draw(st.integers(1, columns - column))
            while any((row, column + x) in taken for x in range(width)):
                width -= 1
            height = draw(st.integers(1, rows - row))
            taken |= {(row + y, column + x) for y in range(height) for x in range(width)}
            cells.append((row, column, height, width))
    return xs, ys, cells


def boxes_of(xs, ys, cells):
    return [(xs[column], ys[row], xs[column + width], ys[row + height]) for row, column, height, width in cells]


@given(partitions())
def test_cells_of_any_table_are_found_again(drawn):
    xs, ys, cells = drawn
    boxes = boxes_of(xs, ys, cells)
    found = find_grids(*rules(boxes), TOLERANCE)
    # a position at which no rule is drawn is none of the grid
    own_xs = sorted({x for box in boxes for x in (box[0], box[2])})
    own_ys = sorted({y for box in boxes for y in (box[1], box[3])})
    if len(cells) == 1:
        assert found == []
        return
    (grid,) = found
    assert grid.xs == tuple(own_xs)
    assert grid.ys == tuple(own_ys)
    assert sorted(cell.bbox for cell in grid.cells) == sorted(boxes)
    assert all(cell.closed for cell in grid.cells)


@given(partitions(), st.floats(-0.9, 0.9), st.floats(0, 0.9))
def test_rules_that_are_a_little_off_and_do_not_quite_meet_give_the_same_cells(drawn, off, gap):
    xs, ys, cells = drawn
    boxes = boxes_of(xs, ys, cells)
    across, down = rules(boxes, gap=gap)
    across = [line._replace(at=line.at + off * (-1) ** place) for place, line in enumerate(across)]
    exact, found = find_grids(*rules(boxes), TOLERANCE), find_grids(across, down, TOLERANCE)
    assert [places(grid) for grid in found] == [places(grid) for grid in exact]


SIMPLE = [(0, 0, 50, 20), (50, 0, 100, 20), (0, 20, 50, 40), (50, 20, 100, 40)]


@pytest.mark.parametrize("apart", [0.8, 1.5, 3.0, 3.9])
def test_a_double_line_is_one(apart):
    across, down = rules(SIMPLE)
    across += [line._replace(at=line.at + apart) for line in across]
    down += [line._replace(at=line.at + apart) for line in down]
    assert places(one(across, down)) == [(0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, 1)]


@pytest.mark.parametrize(("dash", "separates"), [(3.5, True), (2.5, False)])
def test_dashes_are_a_line_when_no_gap_is_wider_than_the_tolerance(dash, separates):
    across, down = rules(SIMPLE)
    dashes = [Segment(20, x, x + dash) for x in range(0, 100, 5)]
    grid = one([line for line in across if line.at != 20] + dashes, down)
    assert len(grid.cells) == (4 if separates else 2)


def test_a_missing_line_makes_one_cell_of_two():
    across = [Segment(0, 0, 100), Segment(20, 50, 100), Segment(40, 0, 100)]
    down = [Segment(0, 0, 40), Segment(50, 0, 40), Segment(100, 0, 40)]
    assert places(one(across, down)) == [(0, 0, 2, 1), (0, 1, 1, 1), (1, 1, 1, 1)]


def test_a_short_line_under_a_number_separates_nothing():
    across, down = rules(SIMPLE)
    across.append(Segment(14, 60, 72))  # an underline: it crosses nothing
    assert places(one(across, down)) == [(0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, 1)]


def test_without_left_and_right_border_cells_reach_to_the_ends_of_the_lines():
    across = [Segment(y, 0, 100) for y in (0, 20, 40)]
    grid = one(across, [Segment(50, 0, 40)])
    assert grid.xs == (0, 50, 100)
    assert [cell.closed for cell in grid.cells] == [False] * 4


def test_two_tables_are_two_grids_from_top_to_bottom():
    below = [(x0, top + 100, x1, bottom + 100) for x0, top, x1, bottom in SIMPLE]
    across, down = (a + b for a, b in zip(rules(below), rules(SIMPLE), strict=True))
    assert [grid.ys[0] for grid in find_grids(across, down, TOLERANCE)] == [0, 100]


@pytest.mark.parametrize("lines", [([Segment(10, 0, 100)], []), ([], [Segment(10, 0, 100)]), ([], [])])
def test_lines_that_cross_nothing_are_no_table(lines):
    assert find_grids(*lines, TOLERANCE) == []


def test_a_frame_alone_is_no_table():
    assert find_grids(*rules([(0, 0, 100, 100)]), TOLERANCE) == []


def test_squared_paper_is_no_table():
    lines = [Segment(10.0 * step, 0, 2000) for step in range(200)]
    assert find_grids(lines, lines, TOLERANCE) == []


def test_very_many_lines_are_bounded():
    lines = [Segment(step / 3, 0, 3000 + step % 7) for step in range(9000)]
    assert find_grids(lines, lines, 0.1) == []


def test_rows_hold_the_cells_that_begin_in_them():
    cells = (GridCell(0, 0, 2, 1, (0, 0, 1, 2)), GridCell(0, 1, 1, 1, (1, 0, 2, 1)), GridCell(1, 1, 1, 1, (1, 1, 2, 2)))
    grid = Grid((0, 1, 2), (0, 1, 2), cells)
    assert list(grid.rows()) == [[cells[0], cells[1]], [cells[2]]]
    assert all(a < b for a, b in pairwise(grid.xs))
