"""Reading order of a page: ruled tables, tables without rules, columns."""

import pytest

from extractor.readers.arrange import arrange, ruled_tables
from extractor.readers.compose import Table
from extractor.readers.grid import Segment, find_grids
from extractor.readers.page import Glyph, TextLine

HEIGHT = 842.0
PROSE = "本机关认真落实条例规定规范公开流程加强平台"


def at(text, x, y, size=10.0):
    glyphs = []
    for character in text:
        width = size / 2 if character.isascii() else size
        if character != " ":
            glyphs.append(Glyph(character, (x, y, x + width, y + size)))
        x += width
    return glyphs


def grid(x, y, columns=2, rows=2, width=50.0, height=20.0):
    across = [Segment(y + height * row, x, x + width * columns) for row in range(rows + 1)]
    down = [Segment(x + width * column, y, y + height * rows) for column in range(columns + 1)]
    return find_grids(across, down, 2.0)


def page(grids, *glyphs):
    tables, outside = ruled_tables(grids, [glyph for part in glyphs for glyph in part])
    return arrange(tables, outside, HEIGHT)


def shown(blocks):
    return [
        block.text if isinstance(block, TextLine) else [[cell.text for cell in row] for row in block.rows]
        for block in blocks
    ]


def test_lines_and_ruled_tables_from_top_to_bottom():
    table = at("规章", 55, 105) + at("3", 110, 105) + at("许可", 55, 125)
    assert shown(page(grid(50, 100), at("下文", 50, 200), table, at("标题", 50, 50))) == [
        "标题",
        [["规章", "3"], ["许可", ""]],
        "下文",
    ]


def test_an_empty_grid_is_no_table():
    assert shown(page(grid(50, 100), at("标题", 50, 50))) == ["标题"]


def test_a_figure_beside_the_rules_makes_its_row_doubtful():
    (table,) = [
        block
        for block in page(grid(50, 100), at("规章", 55, 105), at("许可", 55, 125), at("3", 170, 125))
        if isinstance(block, Table)
    ]
    assert [[cell.confidence < 1 for cell in row] for row in table.rows] == [[False, False], [True, True]]


def test_two_columns_of_prose_are_read_one_after_the_other():
    left = [at(PROSE[:20], 50, 100 + 14 * row) for row in range(12)]
    right = [at(PROSE[1:], 310, 100 + 14 * row) for row in range(12)]
    title = at("年度报告", 250, 90 - 14)
    assert shown(page([], *left, *right, title)) == ["年度报告", *[PROSE[:20]] * 12, *[PROSE[1:]] * 12]


def test_tables_in_two_columns_are_read_one_after_the_other():
    grids = [*grid(50, 100), *grid(310, 100)]
    cells = at("规章", 55, 105) + at("许可", 55, 125) + at("处罚", 315, 105) + at("强制", 315, 125)
    prose = [at(PROSE[:20], x, 200 + 14 * row) for row in range(6) for x in (50, 310)]
    found = shown(page(grids, cells, *prose))
    assert found == [[["规章", ""], ["许可", ""]], *[PROSE[:20]] * 6, [["处罚", ""], ["强制", ""]], *[PROSE[:20]] * 6]


@pytest.mark.parametrize("values", ["0", "12"])
def test_labels_with_values_far_to_the_right_are_one_column(values):
    labels = ["规章", "行政规范性文件", "行政许可", "行政处罚", "行政强制", "行政事业性收费"] * 3
    glyphs = [at(label, 50, 100 + 20 * row) + at(values, 400, 100 + 20 * row) for row, label in enumerate(labels)]
    (table,) = page([], *glyphs)
    assert isinstance(table, Table)
    assert [[cell.text for cell in row] for row in table.rows] == [[label, values] for label in labels]


def test_labels_beside_many_heads_and_few_values_are_one_column():
    heads = ["自然人", "商业企业", "科研机构", "法律服务机构", "总计"]
    glyphs = [at(head, 300 + 55 * place, 100) for place, head in enumerate(heads)]
    glyphs += [at("本年处理决定数量", 320, 140 + 60 * place) for place in range(4)]
    labels = ["规章", "行政规范性文件", "行政许可", "行政处罚", "行政强制", "行政事业性收费"] * 2
    glyphs += [at(label, 50, 120 + 24 * row) for row, label in enumerate(labels)]
    glyphs += [at("7", 340, 168)]
    found = page([], *glyphs)
    texts = [block.text for block in found if isinstance(block, TextLine)]
    assert texts[0].startswith("自然人")  # the heads stand above the labels, not after them


def test_a_page_number_at_the_foot_is_no_value_of_the_table_above():
    glyphs = [
        at("规章", 50, 760) + at("3", 250, 760) + at("4", 310, 760),
        at("行政许可", 50, 775) + at("5", 250, 775) + at("6", 310, 775),
    ]
    (table,) = page([], *glyphs, at("2", 250, 790))
    assert [[cell.text for cell in row] for row in table.rows] == [["规章", "3", "4"], ["行政许可", "5", "6"]]


def test_values_in_the_last_line_are_no_page_number():
    (table,) = page(
        [], at("规章", 50, 760) + at("3", 250, 760) + at("4", 310, 760), at("0", 250, 790) + at("5", 310, 790)
    )
    assert [cell.text for cell in table.rows[-1]][-2:] == ["0", "5"]


def test_an_empty_page_has_nothing():
    assert page([]) == []
