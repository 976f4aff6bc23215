import hashlib
import re

import pytest
from helpers_early import document
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from extractor.errors import InputError
from extractor.readers import read
from extractor.settings import Settings

LEAD = "某某县人民政府二〇二二年政府信息公开工作年度报告，全年主动公开信息，按时答复申请。"


def cells(text):
    return [[cell.text for cell in line.cells] for line in document(text).lines]


def code_of(data, **limits):
    try:
        read(data, "x", Settings(**limits))
    except InputError as error:
        return error.code
    return None


# --- separators ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("规章\t0\t\t 5 ", [["规章", "0", "", "5"]]),
        ("\t规章\t\t0\t", [["", "规章", "", "0", ""]]),
        ("规章 | 0 | | 5 |", [["规章", "0", "", "5"]]),
        ("| 规章 | 0 | | 5 |", [["规章", "0", "", "5"]]),
        ("规章 | 0 | 5", [["规章", "0", "5"]]),
        ("|规章|0||5||", [["规章", "0", "", "5", ""]]),
        ("规章｜0│1┃5", [["规章", "0", "1", "5"]]),
        ("规章  0   1", [["规章", "0", "1"]]),
        ("规章\u30000\u00a0\u00a01", [["规章", "0", "1"]]),
        ("\u3000\u3000规章\u30000", [["规章", "0"]]),
        ("规章 0 1", [["规章 0 1"]]),
        ("规章\r0\r\r\r1", [["规章"], ["0"], ["1"]]),
        ("规章\r\n\r\n0", [["规章"], ["0"]]),
        ("规章\x0b0\x0c1\x852\u20283\u20294", [["规章"], ["0"], ["1"], ["2"], ["3"], ["4"]]),
        ("规章\t|\t0", [["规章", "0"]]),
        ("规章\t&nbsp;\t &nbsp;&nbsp; \t0", [["规章", "", "", "0"]]),
        ("| 规章 | &nbsp; |", [["规章", ""]]),
    ],
)
def test_every_separator_makes_cells(text, expected):
    assert cells(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("规章 |\n0 |\n1 |\n5 |", [["规章"], ["0"], ["1"], ["5"]]),
        ("规章 |\n0 |\n|\n5 |", [["规章"], ["0"], [""], ["5"]]),
        ("规章\n|\n0\n|\n1\n|", [["规章"], [], ["0"], [], ["1"], []]),
        ("规章\n|\n|\n1\n|", [["规章"], [], [""], ["1"], []]),
        ("规章\n|0\n|1\n|", [["规章"], ["0"], ["1"], []]),
        ("| 规章\n| 0\n| 1\n|", [["规章"], ["0"], ["1"], []]),
        ("规章 | 0 |\n1 | 5 |", [["规章", "0"], ["1", "5"]]),
        ("规章 |\n|||", [["规章"], ["", "", ""]]),
    ],
)
def test_a_pipe_ends_the_cell_that_is_open_on_whatever_line(text, expected):
    assert cells(text) == expected


def test_a_first_pipe_ends_an_empty_cell_where_rows_do_not_open_with_a_pipe():
    text = "规章 | 0 | 0 |\n行政规范性文件 | 1 | 0 |\n| 2.重复申请 | 3 |\n"
    assert cells(text)[2] == ["", "2.重复申请", "3"]


def test_a_first_pipe_opens_the_row_where_most_rows_do():
    text = "| 规章 | 0 | 0 |\n| 行政规范性文件 | 1 | 0 |\n| | 2.重复申请 | 3 |\n"
    assert cells(text)[2] == ["", "2.重复申请", "3"]


@pytest.mark.parametrize(
    "rule", ["---|---|---", "|---|:---:|", "----", "=====", "| --- | --- |", "_____", "───", "+---+---+", "---\t---"]
)
def test_rules_give_no_line(rule):
    assert cells(f"规章|0|1\n{rule}\n行政许可|2|3") == [["规章", "0", "1"], ["行政许可", "2", "3"]]


@pytest.mark.parametrize("text", ["-", "--", "——", "-\t-\t-", "规章 --- 0", "+5\t-3"])
def test_dashes_in_cells_are_no_rule(text):
    lines = cells(f"规章\n{text}")
    assert len(lines) == 2
    assert "".join(lines[1]) == text.replace("\t", "")


def test_lines_with_tabs_or_pipes_are_grid_lines():
    lines = document("甲乙\n规章\t0\n规章|0\n规章  0").lines
    assert [line.grid for line in lines] == [False, True, True, False]


def test_grid_cells_are_placed_by_column_and_text_cells_by_character():
    lines = document("规章\t\t5\n规章｜0｜5\n规章  0   52").lines
    assert [[(cell.x0, cell.x1) for cell in line.cells] for line in lines] == [
        [(0, 1), (1, 2), (2, 3)],
        [(0, 1), (1, 2), (2, 3)],
        [(0, 2), (4, 5), (8, 10)],
    ]


# --- places ----------------------------------------------------------------------------------------------------------


def test_lines_count_from_one_and_empty_lines_count():
    lines = document("规章\r\n\r\n0\n \n\r1\x0c2").lines
    assert [(line.where.line, line.where.start, line.where.end) for line in lines] == [
        (1, 0, 2),
        (3, 6, 7),
        (6, 11, 12),
        (7, 13, 14),
    ]


def test_cells_point_into_the_text():
    text = "一、总体情况\n| 规章 |  5 ||\n行政许可   1,165"
    places = [(cell.text, cell.where.start, cell.where.end) for line in document(text).lines for cell in line.cells]
    assert places == [
        ("一、总体情况", 0, 6),
        ("规章", 9, 11),
        ("5", 15, 16),
        ("", 18, 18),
        ("行政许可", 20, 24),
        ("1,165", 27, 32),
    ]


def test_a_byte_order_mark_is_no_part_of_the_text():
    found = read("\ufeff规章\t0".encode(), "x")
    assert found.text == "规章\t0"
    assert found.lines[0].cells[0].where.start == 0


def test_the_source_tells_name_digest_and_media_type():
    data = "规章\t0".encode("gb18030")
    source = read(data, "甲.pdf").source
    assert (source.name, source.media_type, source.n_pages) == ("甲.pdf", "text/plain", None)
    assert source.sha256 == hashlib.sha256(data).hexdigest()


def test_damage_is_handed_on():
    assert read((LEAD * 3).encode() + b"\xff", "x").damage == ("有 1 个字符在原文中已损坏（按 utf-8 读）",)
    assert read(LEAD.encode(), "x").damage == ()


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"GIF89a", "GIF"),
        (b"\x1f\x8b\x08", "GZIP"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"\x7fELF\x02", "ELF"),
        (b"MZ\x90\x00", "EXE"),
    ],
)
def test_formats_that_are_not_read_are_refused_by_content_whatever_the_name(data, name):
    with pytest.raises(InputError, match=f"^这是 {name} 文件") as caught:
        read(data, "report.txt")
    assert caught.value.code == "input.format"


@pytest.mark.parametrize("text", ["规章 <div> 0", "规章<br>0<br>1", "小于<5，大于>3", "<title>规章<tdx><tablex>"])
def test_a_stray_tag_is_no_web_page(text):
    assert code_of(text.encode()) is None


@pytest.mark.parametrize(
    "data", [b"", b" \r\n\t ", b"\x00\x00\x00", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n", "\u3000\n\u3000".encode()]
)
def test_empty_files_are_refused(data):
    assert code_of(data) == "input.empty"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"abc\x00def", "input.binary"),
        (LEAD.encode() + b"\x00", "input.binary"),
        (LEAD.encode("utf-8").decode("gb18030", "ignore").encode(), "input.mojibake"),
        (b"???? ???", "input.encoding"),
    ],
)
def test_undecodable_files_are_refused(data, code):
    assert code_of(data) == code


def test_limits_are_kept_to_the_byte_and_the_character():
    data = "规章0".encode()
    assert code_of(data, max_bytes=7) is None
    assert code_of(data, max_bytes=6) == "input.too_large"
    assert code_of(data, max_characters=3) is None
    assert code_of(data, max_characters=2) == "input.too_large"


# --- properties ------------------------------------------------------------------------------------------------------

SEPARATORS = " \t|｜│┃\u00a0\u3000\n\r\x0b\x0c\x85\u2028\u2029"
TEXTS = st.lists(
    st.sampled_from(
        [*SEPARATORS, *"规章甲0123-+/.&;", "\r\n", "  ", "\n\n", "||", "&nbsp;", "——", "12", "\u200b", "\x1c"]
    ),
    max_size=60,
).map(lambda parts: LEAD + "".join(parts))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_every_cell_is_the_text_at_its_place(text):
    found = document(text)
    assert found.text == text
    for line in found.lines:
        for cell in line.cells:
            assert text[cell.where.start : cell.where.end] == cell.text
            assert line.where.start <= cell.where.start <= cell.where.end <= line.where.end
            assert cell.where.line == line.where.line
            assert cell.text == cell.text.strip()


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_lines_count_from_one_and_go_down_the_text(text):
    lines = document(text).lines
    breaks = [match.start() for match in re.finditer(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]", text)]
    for line in lines:
        assert line.where.line == 1 + sum(place < line.where.start for place in breaks)
    assert lines[0].where.line == 1
    starts = [cell.where.start for line in lines for cell in line.cells]
    assert starts == sorted(starts)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_no_word_is_lost(text):
    assume(not re.search(r"---|===|___|───", text))
    kept = "".join(cell.text for line in document(text).lines for cell in line.cells)
    separators = re.compile(r"[\s|｜│┃]|&nbsp;")
    assert separators.sub("", kept) == separators.sub("", text)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["", "0", "12", "规章", "1,165"]), min_size=2, max_size=5), min_size=1, max_size=5
    )
)
def test_a_table_of_tabs_is_read_back(rows):
    text = LEAD + "\n" + "\n".join("\t".join(row) for row in rows)
    assert cells(text) == [[LEAD], *rows]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["", "0", "12", "1,165"]), max_size=5), min_size=1, max_size=5), st.booleans())
def test_a_table_of_pipes_is_read_back(rows, leading):
    rows = [["规章", *row] for row in rows]
    text = "\n".join("| " * leading + " | ".join(row) + " |" for row in rows)
    assert cells(text) == rows


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=120),
    st.sampled_from([b"", LEAD.encode(), LEAD.encode("gb18030"), LEAD.encode("utf-16-le"), b"\xff\xfe"]),
)
def test_any_bytes_are_read_or_refused(data, lead):
    code = code_of(lead + data)
    assert code is None or code.startswith("input.")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    code = code_of((LEAD + text).encode("utf-8", errors="surrogatepass"))
    assert code is None or code.startswith("input.")
