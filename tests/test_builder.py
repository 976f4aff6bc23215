"""Rows and lines of a reader to a document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.document import Source
from extractor.errors import InputError
from extractor.readers.builder import Builder, Printed, plain
from extractor.settings import Settings

SOURCE = Source("report", "0" * 64, "application/pdf", 2)


def builder(**limits):
    return Builder(SOURCE, Settings(**limits))


def test_cells_of_a_row_stand_in_the_text_with_tabs_between():
    made = builder()
    made.row([Printed("规章", 0, 1), Printed("", 1, 2), Printed("3", 2, 3, bbox=(1, 2, 3, 4), confidence=0.5)], page=2)
    made.prose("一、总体情况", page=2)
    document = made.finish(["第 1 页已损坏"])
    assert document.text == "规章\t\t3\n一、总体情况\n"
    assert document.damage == ("第 1 页已损坏",)
    first, second = document.lines
    assert first.grid
    assert not second.grid
    assert [cell.text for cell in first.cells] == ["规章", "", "3"]
    assert first.cells[2].where == (1, 4, 5, 2, (1, 2, 3, 4), None)
    assert first.cells[2].confidence == 0.5
    assert second.where.line == 2


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


@given(st.lists(st.tuples(st.booleans(), st.lists(TEXTS, min_size=1, max_size=4)), min_size=1, max_size=6))
def test_every_place_points_at_its_text(lines):
    made = builder()
    made.prose("年度报告")
    for grid, texts in lines:
        if grid:
            made.row(Printed(text, place, place + 1) for place, text in enumerate(texts))
        else:
            made.prose(texts[0])
    document = made.finish()
    for number, line in enumerate(document.lines, 1):
        assert line.where.line == number
        assert document.text[line.where.start : line.where.end] == "\t".join(cell.text for cell in line.cells)
        for cell in line.cells:
            assert document.text[cell.where.start : cell.where.end] == cell.text
    assert document.text.count("\n") == len(document.lines)


@given(TEXTS)
def test_plain_text_is_one_printable_line(text):
    found = plain(text)
    assert "\t" not in found
    assert len(found.splitlines()) <= 1
    assert plain(found) == found
    assert "".join(found.split()) == "".join("".join(plain(character) for character in text).split())


def test_rows_of_blanks_and_empty_prose_give_nothing():
    made = builder()
    made.row([Printed("", 0, 1), Printed(" ", 1, 2)])
    made.prose(" \n")
    made.prose("规章")
    assert len(made.finish().lines) == 1


def test_the_page_of_a_cell_comes_before_that_of_its_row():
    made = builder()
    made.row([Printed("规章", 0, 1), Printed("3", 1, 2, page=2)], page=1)
    assert [cell.where.page for cell in made.finish().lines[0].cells] == [1, 2]


def test_sections_know_their_lines():
    made = builder()
    made.section("甲")
    made.prose("一")
    made.prose("二")
    made.section("乙")
    made.prose("三")
    assert [tuple(section) for section in made.finish().sections] == [("甲", 0, 2), ("乙", 2, 3)]


def test_nothing_at_all_is_refused_but_not_what_may_hold_something():
    with pytest.raises(InputError) as caught:
        builder().finish()
    assert caught.value.code == "input.empty"
    made = builder()
    made.attachment("图片一")
    made.attachment("图片一")
    assert made.finish().attachments == ("图片一",)


@pytest.mark.parametrize(
    ("limits", "code"),
    [({"max_characters": 15}, "input.too_large"), ({"max_document_cells": 5}, "input.too_many_cells")],
)
def test_a_document_past_its_limits_is_refused(limits, code):
    made = builder(**limits)
    made.row([Printed("规章", 0, 1), Printed("0", 1, 2)])
    made.row([Printed("规章", 0, 1), Printed("0", 1, 2)])
    with pytest.raises(InputError) as caught:
        made.row([Printed("行政规范性文件", 0, 1), Printed("0", 1, 2)])
    assert caught.value.code == code
