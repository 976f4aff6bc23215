"""Tables without rules."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.readers.borderless import with_tables
from extractor.readers.compose import Table
from extractor.readers.page import Glyph, text_lines

SIZE = 10.0


def at(text, x, y):
    """Glyphs of a text: figures half as wide as high."""
    glyphs = []
    for character in text:
        width = SIZE / 2 if character.isascii() else SIZE
        if character != " ":
            glyphs.append(Glyph(character, (x, y, x + width, y + SIZE)))
        x += width
    return glyphs


def centred(text, x, y):
    return at(text, x - len(text) * SIZE / 4, y)


def blocks(*glyphs):
    return list(with_tables(text_lines([glyph for part in glyphs for glyph in part])))


def rows(*glyphs):
    """The rows of the one table as texts, blanks included, and which of them are in doubt."""
    (found,) = [block for block in blocks(*glyphs) if isinstance(block, Table)]
    return [[cell.text for cell in row] for row in found.rows], [
        any(cell.confidence < 1 for cell in row) for row in found.rows
    ]


def line_of(label, values, y, align=centred):
    return at(label, 50, y) + [
        glyph for place, value in enumerate(values) for glyph in align(value, 250 + 60 * place, y)
    ]


LABELS = ["规章", "行政规范性文件", "行政许可", "行政处罚", "行政强制"]
VALUE = st.sampled_from(["", "0", "7", "12", "1165", "1,165", "-", "/", "+126", "42.41"])


@given(
    st.lists(st.lists(VALUE, min_size=3, max_size=3).filter(any), min_size=1, max_size=4),
    st.sampled_from([at, centred]),
)
def test_blank_cells_are_kept_at_their_columns(values, align):
    values = [["4", "5", "9"], *values]
    glyphs = [
        line_of(label, own, 20 * place, align) for place, (label, own) in enumerate(zip(LABELS, values, strict=False))
    ]
    found, doubtful = rows(*glyphs)
    assert found == [[label, *own] for label, own in zip(LABELS, values, strict=False)]
    assert not any(doubtful)


def test_a_row_of_blanks_between_others_is_a_row():
    found, _ = rows(line_of("规章", "123", 0), line_of("行政规范性文件", "", 20), line_of("行政许可", "456", 40))
    assert found[1] == ["行政规范性文件", "", "", ""]


@pytest.mark.parametrize("values_at", [100, 106, 112])
def test_the_lines_of_a_wrapped_label_are_one_label_wherever_its_values_stand(values_at):
    glyphs = at("2.其他法律行政", 50, 100) + at("法规禁止公开", 50, 112)
    found, doubtful = rows(glyphs, line_of("", "304", values_at), line_of("（七）总计", "304", 140))
    assert found == [["2.其他法律行政法规禁止公开", "3", "0", "4"], ["（七）总计", "3", "0", "4"]]
    assert not any(doubtful)


def test_lines_that_are_no_known_label_together_are_doubted():
    glyphs = at("某种没有的", 50, 100) + at("内容", 50, 112)
    found, doubtful = rows(glyphs, line_of("", "304", 106), line_of("（七）总计", "304", 140))
    assert doubtful == [True, False]
    assert found[1][0] == "（七）总计"


def test_two_labels_are_not_one_row():
    """Values beside the second of two labels belong to it, and the first has none."""
    found, _ = rows(
        line_of("（一）予以公开", "", 100), line_of("（二）部分公开", "304", 120), line_of("（六）其他", "111", 140)
    )
    assert found == [["（一）予以公开", "", "", ""], ["（二）部分公开", "3", "0", "4"], ["（六）其他", "1", "1", "1"]]


def test_label_columns_that_stand_near_each_other_are_told_apart():
    glyphs = at("（四）无 2.没有现成信息需", 50, 100) + at("法提供   要另行制作", 50, 112)
    found, doubtful = rows(glyphs, line_of("", "304", 106), line_of("（六）其他", "111", 140))
    assert found[0] == ["（四）无法提供", "2.没有现成信息需要另行制作", "3", "0", "4"]
    assert not any(doubtful)


def test_a_value_near_its_label_is_a_value():
    glyphs = at("1.属于国家秘密政府信息", 50, 100) + at("7", 172, 100) + at("0", 250, 100)
    found, _ = rows(at("规章", 50, 80) + at("3", 172, 80) + at("4", 250, 80), glyphs)
    assert found[1][-2:] == ["7", "0"]


def test_a_value_that_touches_its_label_is_doubted():
    glyphs = at("1.属于国家秘密信息信息7", 50, 100) + at("0", 250, 100)
    _, doubtful = rows(at("规章", 50, 80) + at("3", 167, 80) + at("4", 250, 80), glyphs)
    assert doubtful == [False, True]


def test_figures_that_are_spaced_out_make_the_table_doubtful():
    glyphs = line_of("规章", "12", 0) + at("1", 370, 0) + at("9", 379, 0)
    _, doubtful = rows(glyphs, line_of("行政许可", "123", 20))
    assert doubtful == [True, True]


def test_values_on_nearly_the_same_line_are_doubted():
    label = at("1.本机关不掌握", 50, 100) + at("相关政府信息", 50, 112)
    upper, lower = centred("3", 250, 104.5), centred("4", 310, 107.5)
    _, doubtful = rows(label, upper, lower, line_of("（六）其他", "11", 140))
    assert doubtful[:2] == [True, True]


def test_wrapped_numbers_are_doubted():
    heads = [at(text, 50 + 60 * place, 0) for place, text in enumerate(("维持", "纠正", "总计"))]
    values = [
        at(text, 50 + 60 * place, y)
        for y in (20, 32)
        for place, text in enumerate(("12345", "0", "67")[: 3 if y == 20 else 1])
    ]
    _, doubtful = rows(*heads, *values)
    assert doubtful == [True, True]


def test_a_number_alone_is_no_table_unless_a_label_names_it():
    assert not any(isinstance(block, Table) for block in blocks(at("3", 300, 800)))
    assert not any(isinstance(block, Table) for block in blocks(at("某县年度报告", 50, 0), at("3", 300, 0)))
    assert rows(at("行政许可", 50, 0) + at("3", 300, 0))[0] == [["行政许可", "3"]]


def test_words_far_away_are_no_label():
    found = blocks(at("无其他事项", 50, 0), line_of("规章", "123", 400), line_of("行政许可", "456", 420))
    assert [isinstance(block, Table) for block in found] == [False, True]


def test_captions_headings_and_heads_part_tables():
    glyphs = (
        line_of("规章", "123", 0)
        + at("第二十条第（五）项", 200, 20)
        + at("信息内容", 50, 40)
        + at("本年处理决定数量", 260, 40)
    )
    found = blocks(glyphs, at("行政许可", 50, 60) + at("7", 300, 60))
    assert [isinstance(block, Table) for block in found] == [True, False, False, True]


def test_prose_with_numbers_is_no_table():
    found = blocks(at("全年公开信息 355 条，回复留言 64 条。", 50, 0), at("受理申请 3 件，均已办结。", 50, 14))
    assert not any(isinstance(block, Table) for block in found)


def test_no_line_is_lost_or_doubled():
    glyphs = [line_of("规章", "123", 0), line_of("申请数量", "", 20), at("9", 300, 40), line_of("行政许可", "45", 60)]
    found = blocks(*glyphs)
    texts = [
        cell.text for block in found if isinstance(block, Table) for row in block.rows for cell in row if cell.text
    ]
    texts += [word.text for block in found if not isinstance(block, Table) for word in block.words]
    assert sorted(texts) == sorted(["规章", *"123", "申请数量", "9", "行政许可", *"45"])


def test_many_rows_take_linear_time():
    def seconds(count):
        lines = text_lines([glyph for place in range(count) for glyph in line_of("规章", "123", 12 * place)])
        begin = time.process_time()
        list(with_tables(lines))
        return time.process_time() - begin

    seconds(50)
    assert seconds(1200) < 20 * max(seconds(200), 0.005)
