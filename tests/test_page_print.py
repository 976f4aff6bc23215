"""Glyphs of a page to lines, words and cells. (``test_page.py`` is about the evaluation page.)"""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.readers.grid import Segment, find_grids
from extractor.readers.page import Glyph, cell_text, doubted, grid_rows, legible, text_lines, without_copies

SIZE = 10.0


def printed(text, x, y, size=SIZE, spacing=0.0, confidence=1.0):
    """A line of print that begins at x with its top at y: digits half as wide as high, other characters square."""
    glyphs = []
    for character in text:
        width = size / 2 if character.isascii() else size
        if character != " ":
            glyphs.append(Glyph(character, (x, y, x + width, y + size), confidence))
        x += width + spacing
    return glyphs


def grid(xs=(0, 50, 100), ys=(0, 20, 40)):
    across = [Segment(y, xs[0], xs[-1]) for y in ys]
    down = [Segment(x, ys[0], ys[-1]) for x in xs]
    (found,) = find_grids(across, down, 2.0)
    return found


def rows(glyphs, **lines):
    return [[(cell.text, cell.confidence < 1) for cell in row] for row in grid_rows(grid(**lines), glyphs)]


# --- lines and words -------------------------------------------------------------------------------------------------


def test_lines_from_top_to_bottom_and_words_from_left_to_right():
    glyphs = printed("规章 12", 0, 30) + printed("0 5", 60, 30) + printed("信息内容", 0, 0)
    assert [[word.text for word in line.words] for line in text_lines(glyphs)] == [
        ["信息内容"],
        ["规章", "12", "0", "5"],
    ]


@given(st.permutations(printed("规范性文件 3 12", 0, 0) + printed("行政许可 7", 0, 14)))
def test_the_order_in_which_glyphs_are_drawn_does_not_matter(glyphs):
    assert [line.text for line in text_lines(glyphs)] == ["规范性文件 3 12", "行政许可 7"]


def test_figures_set_a_little_higher_stand_on_the_same_line():
    (line,) = text_lines(printed("规章", 0, 0) + printed("12", 40, 2.5, size=8))
    assert line.text == "规章 12"


def test_chunks_are_words_that_stand_near_each_other_but_two_numbers_are_apart():
    (line,) = text_lines(printed("规 章 3 4", 0, 0) + printed("总计", 200, 0))
    assert [[word.text for word in chunk] for chunk in line.chunks()] == [["规", "章", "3"], ["4"], ["总计"]]


# --- what is not meant to be read ------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [(0.0, 0.0), (0.3, 0.0), (0.0, 0.4), (0.8, 0.8)])
def test_print_that_is_doubled_to_look_bold_counts_once(off):
    once = printed("100", 0, 0)
    twice = once + [
        glyph._replace(bbox=tuple(edge + off[side % 2] for side, edge in enumerate(glyph.bbox))) for glyph in once
    ]
    assert without_copies(twice) == once


@given(st.text("0123456789", min_size=1, max_size=8))
def test_digits_beside_each_other_are_no_copies(digits):
    once = printed(digits, 0, 0)
    assert without_copies(once) == once


def test_of_a_glyph_and_its_pale_shadow_the_glyph_is_kept():
    shadow, glyph = printed("7", 0.5, 0.5, confidence=0.5), printed("7", 0, 0)
    assert without_copies(shadow + glyph) == glyph


def test_large_print_across_smaller_print_is_a_watermark_to_its_end():
    table = printed("规章 12 0 5", 0, 20) + printed("行政许可 7", 0, 60)
    mark = printed("样本2022", 5, 5, size=40)  # its figures stand where nothing else is printed
    assert legible(table + mark) == table


def test_a_large_title_is_no_watermark():
    glyphs = printed("年度报告", 0, 0, size=22) + printed("规章 12 0 5 3 4 5 6 7", 0, 30)
    assert legible(glyphs) == glyphs


def test_print_too_small_to_be_seen_is_left_out_but_not_a_point():
    glyphs = [*printed("42", 0, 0), Glyph(".", (10, 9, 11, 10)), *printed("41", 12, 0)]
    assert legible(glyphs + printed("7", 30, 0, size=0.5)) == glyphs


# --- cells -----------------------------------------------------------------------------------------------------------


def test_each_glyph_belongs_to_the_cell_its_centre_is_in():
    glyphs = printed("规章", 5, 5) + printed("12", 60, 5) + printed("0", 60, 25)
    assert rows(glyphs) == [[("规章", False), ("12", False)], [("", False), ("0", False)]]


def test_lines_of_a_label_are_joined_and_numbers_below_each_other_are_not():
    assert cell_text(printed("其他法律行政", 0, 0) + printed("法规禁止公开", 0, 12)) == "其他法律行政法规禁止公开"
    assert cell_text(printed("12", 0, 0) + printed("3", 0, 12)) == "12 3"


def test_turned_print_is_read_as_it_was_written():
    glyphs = [
        Glyph(text, (0, 40 - 10 * place, 10, 50 - 10 * place), upright=False) for place, text in enumerate("本年度办")
    ]
    assert cell_text(glyphs) == "本年度办"


@pytest.mark.parametrize(
    "glyphs",
    [
        pytest.param(printed("12", 60, 1, size=8) + printed("3", 60, 10, size=8), id="wrapped"),
        pytest.param(printed("1 9", 60, 5), id="spaced out"),
        pytest.param(printed("1 165", 60, 5), id="grouped by spaces"),
    ],
)
def test_a_row_with_several_numbers_in_a_cell_is_doubted(glyphs):
    first, second = rows(printed("规章", 5, 5) + glyphs)
    assert [doubtful for _, doubtful in first] == [True, True]
    assert [doubtful for _, doubtful in second] == [False, False]


@pytest.mark.parametrize(("gap", "words"), [(0.0, 1), (1.0, 1), (2.0, 2), (4.0, 2)])
def test_a_narrow_space_parts_two_numbers(gap, words):
    (line,) = text_lines(printed("12", 0, 0) + printed("3", 10 + gap, 0))
    assert len(line.words) == words


def test_several_numbers_in_words_are_no_several_values():
    assert rows(printed("第 2 项和第 3 项", 2, 5, size=5))[0][0] == ("第 2 项和第 3 项", False)


def test_numbers_in_a_cell_that_spans_rows_make_all_of_them_doubtful():
    across = [Segment(0, 0, 100), Segment(20, 0, 50), Segment(40, 0, 100)]
    (found,) = find_grids(across, [Segment(x, 0, 40) for x in (0, 50, 100)], 2.0)
    glyphs = printed("规章", 5, 5) + printed("许可", 5, 25)
    for values in (printed("3", 60, 5) + printed("4", 60, 25), printed("3", 60, 2)):
        first, second = grid_rows(found, glyphs + values)
        assert all(cell.confidence < 1 for cell in (*first, *second))
        assert [cell.text for cell in second] == ["许可", ""]
    first, second = grid_rows(found, glyphs + printed("3", 60, 15))  # in the middle of both rows: a merged cell
    assert [cell.confidence for cell in (*first, *second)] == [1.0] * 3


def test_a_number_that_runs_over_the_line_is_doubted_in_both_cells():
    first, _ = rows(printed("12345", 38, 5))
    assert [doubtful for _, doubtful in first] == [True, True]


def test_a_digit_on_the_line_is_doubted():
    assert rows(printed("8", 48, 5))[0] == [("", False), ("8", True)]


def test_numbers_near_a_line_that_do_not_touch_are_sure():
    assert rows(printed("12", 38, 5) + printed("34", 52, 5))[0] == [("12", False), ("34", False)]


def test_pale_print_makes_its_cell_doubtful_only():
    assert rows(printed("12", 10, 5, confidence=0.5) + printed("3", 60, 5))[0] == [("12", True), ("3", False)]


def test_doubt_does_not_make_surer():
    (cell,) = doubted(next(grid_rows(grid(xs=(0, 50)), printed("1", 5, 5, confidence=0.2))))
    assert cell.confidence == 0.2


# --- bounds ----------------------------------------------------------------------------------------------------------


def test_ten_thousand_digits_at_a_line_or_at_one_place_take_no_time():
    at_line = [Glyph("1", (48, 5 + place % 7, 49.9, 7 + place % 7)) for place in range(5_000)]
    beyond = [glyph._replace(bbox=(50.1, glyph.bbox[1], 52, glyph.bbox[3])) for glyph in at_line]
    tiny = [Glyph("1", (10 + place * 1e-4, 0, 10 + place * 1e-4 + 1e-6, 1e-6)) for place in range(10_000)]
    begin = time.process_time()
    assert list(grid_rows(grid(), at_line + beyond))
    assert len(without_copies(tiny)) == len(tiny)
    assert time.process_time() - begin < 3
