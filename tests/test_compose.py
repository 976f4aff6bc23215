"""Pages to a document: furniture, rows that the end of a page cuts, paragraphs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.document import Source
from extractor.readers.builder import Builder, Printed
from extractor.readers.compose import Page, Table, is_page_number, write_pages
from extractor.readers.page import TextLine, Word
from extractor.settings import Settings

HEIGHT = 842.0
COLUMNS = (50.0, 200.0, 250.0, 300.0, 350.0)


def line(text, y=400.0, x=50.0, size=10.0):
    """A line of print; two spaces or more part what stands apart."""
    words = []
    for part in text.split(" "):
        width = sum(size / 2 if character.isascii() else size for character in part)
        if part:
            words.append(Word(part, (x, y, x + width, y + size), 1.0))
        x += width + size / 2
    return TextLine(tuple(words), (words[0].bbox[0], y, words[-1].bbox[2], y + size))


def row(*texts, confidence=1.0):
    return tuple(
        Printed(text, place, place + 1, bbox=(COLUMNS[place], 0, COLUMNS[place] + 50, 10), confidence=confidence)
        for place, text in enumerate(texts)
    )


def table(*rows):
    return Table(rows, (50, 100, 400, 700))


def page(number, *blocks):
    return Page(number, 595.0, HEIGHT, blocks)


def document(*pages):
    builder = Builder(Source("x", "0", "application/pdf", len(pages)), Settings())
    write_pages(pages, builder)
    return builder.finish()


def texts(*pages):
    return [[cell.text for cell in found.cells] for found in document(*pages).lines]


def doubts(*pages):
    return [any(cell.confidence < 1 for cell in found.cells) for found in document(*pages).lines]


# --- furniture -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "3",
        "- 3 -",
        "—3—",
        "第 3 页",
        "第 3 页 共 7 页",
        "第3页，共7页",
        "Page 3 of 7",
        "3/7",
        "P. 3",
        "３",
        "12 | Page",
    ],
)
def test_page_numbers(text):
    assert is_page_number(line(text))


@pytest.mark.parametrize("text", ["0 0 0", "3 7", "2022", "1,165", "规章 3", "三、"])
def test_values_are_no_page_numbers(text):
    assert not is_page_number(line(text))


@given(st.lists(st.integers(0, 999), min_size=2, max_size=8))
def test_values_beside_each_other_are_never_a_page_number(values):
    assert not is_page_number(line(" ".join(map(str, values))))


def test_page_numbers_are_left_out_in_the_margins_only():
    blocks = (line("- 1 -", y=20), line("3", y=400), line("第 1 页", y=810))
    assert texts(page(1, *blocks)) == [["3"]]


def test_what_stands_in_the_margins_of_all_pages_is_left_out_whatever_its_numbers():
    pages = [page(number, line(f"某县年度报告 {number}", y=30), line("正文", y=400 + number)) for number in (1, 2, 3)]
    assert texts(*pages) == [["正文"]] * 3


def test_what_stands_in_the_margin_of_one_page_is_kept():
    pages = [page(number, line(f"第{word}部分", y=30)) for number, word in enumerate("甲乙丙", 1)]
    assert len(texts(*pages)) == 3


# --- rows cut by the end of a page -----------------------------------------------------------------------------------

ABOVE, BELOW = "2.其他法律行政", "法规禁止公开"
WHOLE = ABOVE + BELOW
VALUES = ("3", "0", "3")
BLANK = ("", "", "")


@pytest.mark.parametrize("first", [VALUES, BLANK])
@pytest.mark.parametrize("second", [VALUES, BLANK])
def test_a_label_that_is_known_only_as_a_whole_makes_one_row(first, second):
    found = texts(page(1, table(row(ABOVE, *first))), page(2, table(row(BELOW, *second), row("（七）总计", *VALUES))))
    values = VALUES if VALUES in (first, second) else BLANK
    assert found == [[WHOLE, *values], ["（七）总计", *VALUES]]


def test_values_on_the_second_page_keep_their_page():
    (found,) = document(page(1, table(row(ABOVE, *BLANK))), page(2, table(row(BELOW, *VALUES)))).lines
    assert [cell.where.page for cell in found.cells] == [1, 2, 2, 2]
    assert all(cell.confidence == 1 for cell in found.cells)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(("规章", *VALUES), ("行政规范性文件", *VALUES), id="two whole rows"),
        pytest.param(("规章", *BLANK), ("行政规范性文件", *VALUES), id="a blank row before another"),
        pytest.param((ABOVE, "1", "0", "1"), (BELOW, *VALUES), id="parts of a label beside different values"),
        pytest.param(("规章", *VALUES), ("", "4", "0", "4"), id="a row without label"),
        pytest.param(("规章", *VALUES), ("", *VALUES), id="a row without label and with the same values"),
    ],
)
def test_rows_that_may_be_two_stay_two(first, second):
    assert len(texts(page(1, table(row(*first))), page(2, table(row(*second))))) == 2


def test_a_blank_row_before_values_without_label_is_never_joined_without_doubt():
    """They may be parts of one row, or a blank row and one that lost its label."""
    pages = page(1, table(row("规章", *BLANK))), page(2, table(row("", *VALUES)))
    assert doubts(*pages) == [True] * len(texts(*pages))


def test_a_known_label_and_a_rest_that_is_none_stay_two_rows():
    pages = page(1, table(row("规章", *BLANK))), page(2, table(row("行政许可", *VALUES)))
    assert texts(*pages)[-1] == ["行政许可", *VALUES]


def test_a_known_label_with_a_note_that_brings_the_values_is_doubted():
    assert doubts(page(1, table(row("规章", *BLANK))), page(2, table(row("（含本级）", *VALUES)))) == [True]


def test_numbers_that_may_be_torn_are_doubted():
    assert doubts(page(1, table(row("规章", "12", "0", "12"))), page(2, table(row("", "34", "", "34")))) == [True, True]


def test_heads_that_are_printed_again_do_not_part_a_row():
    heads = row("信息内容", "本年制发件数", "本年废止件数", "现行有效件数")
    found = texts(
        page(1, table(heads, row(ABOVE, *VALUES))), page(2, table(heads, row(BELOW, *BLANK), row("规章", *VALUES)))
    )
    assert [cells[0] for cells in found] == ["信息内容", WHOLE, "规章"]


def test_a_row_is_not_joined_over_a_page_that_could_not_be_read():
    found = texts(
        page(1, table(row(ABOVE, *VALUES))), page(2), page(3, table(row(BELOW, *BLANK), row("规章", *VALUES)))
    )
    assert [cells[0] for cells in found] == [ABOVE, BELOW, "规章"]


def test_a_row_is_not_joined_over_a_line():
    found = texts(
        page(1, table(row(ABOVE, *VALUES)), line("注")), page(2, table(row(BELOW, *BLANK), row("规章", *VALUES)))
    )
    assert [cells[0] for cells in found] == [ABOVE, "注", BELOW, "规章"]


LABELS = st.sampled_from(["规章", "行政规范性文件", ABOVE, BELOW, "", "1.属于国家秘密", "（三）不予公开", "予公开"])
CELLS = st.lists(st.sampled_from(["", "0", "3", "12"]), min_size=3, max_size=3)


@given(LABELS, CELLS, LABELS, CELLS)
def test_joining_loses_no_number_and_changes_none(label, values, other_label, other_values):
    first, second = row(label, *values), row(other_label, *other_values)
    found = texts(
        page(1, table(row("（七）总计", "9", "9", "9"), first)),
        page(2, table(second, row("（六）其他", "8", "8", "8"))),
    )
    for place in (1, 2, 3):
        column = [cells[place] for cells in found[1:-1] if cells[place]]
        printed = [value for value in (values[place - 1], other_values[place - 1]) if value]
        assert column == printed or (len(found) == 3 and column == printed[:1] and len(set(printed)) == 1)


# --- paragraphs ------------------------------------------------------------------------------------------------------

FULL = "全年共收到政府信息公开申请并全部依法按时办结答复其中予以公开的占多数没有因此被提起"


def test_a_full_line_goes_on_also_on_the_next_page():
    assert texts(page(1, line(FULL, y=700), line(FULL, y=714)), page(2, line("行政复议的。", y=90))) == [
        [FULL + FULL + "行政复议的。"]
    ]


@pytest.mark.parametrize(
    "following",
    [
        pytest.param(line("六、其他需要报告的事项", y=714), id="a numbered heading"),
        pytest.param(line("另起一段。", y=714, x=70), id="an indented line"),
        pytest.param(line("远处的一行。", y=760), id="a line far below"),
        pytest.param(line("行政许可                         7", y=714), id="what stands apart"),
    ],
)
def test_a_new_paragraph_begins(following):
    found = texts(page(1, line(FULL, y=686), line(FULL, y=700), following))
    assert found[0] == [FULL + FULL]
    assert len(found) == 2


def test_what_stands_apart_in_a_line_is_cells():
    assert texts(page(1, line("规章          3          0"))) == [["规章", "3", "0"]]
