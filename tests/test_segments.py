import pytest
from helpers_early import region, segments_of
from hypothesis import given, settings
from hypothesis import strategies as st

ITEM1 = "信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n"
ITEM1_KEYS = {"issued", "repealed", "in_force"}
REQUESTS = "自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计\n"


def rows(text, table="proactive"):
    """Label, label near, values (``_`` blank) of every segment that has values."""
    return [
        (segment.label and segment.label.text, segment.near and segment.near.text, shown(segment))
        for segment in segments_of(text, table)
        if segment.values
    ]


def shown(segment):
    return " ".join(token.text or "_" for token in segment.values)


def labelled_by(text, label, table="proactive"):
    return next(item for item in segments_of(text, table) if item.label and item.label.text == label)


@pytest.mark.parametrize(
    "text",
    [
        ITEM1 + "规章\t0\t1\t5\n行政规范性文件\t2\t3\t4",
        "信息内容  本年制发件数  本年废止件数  现行有效件数\n规章 0 1 5\n行政规范性文件 2 3 4",
        "信息内容 |\n本年制发件数 |\n本年废止件数 |\n现行有效件数 |\n规章 |\n0 |\n1 |\n5 |\n行政规范性文件 |\n2 |\n3 |\n4 |",
        "信息内容\n本年制发件数\n本年废止件数\n现行有效件数\n规章\n0\n1\n5\n行政规范性文件\n2\n3\n4",
        "信息内容\r\r本年制发件数\r\r本年废止件数\r\r现行有效件数\r\r规章\r\r0\r\r1\r\r5\r\r行政规范性文件\r\r2\r\r3\r\r4",
        "| 信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |\n| 规章 | 0 | 1 | 5 |\n| 行政规范性文件 | 2 | 3 | 4 |",
    ],
)
def test_values_follow_their_label_in_every_layout(text):
    assert rows(text) == [("规章", None, "0 1 5"), ("行政规范性文件", None, "2 3 4")]


def test_a_line_of_values_without_a_label_is_a_segment_of_its_own():
    assert rows(ITEM1 + "规章\t0\t1\t5\n2\t3\t4\n") == [("规章", None, "0 1 5"), (None, None, "2 3 4")]


def test_values_on_the_line_after_a_label_know_the_label_near():
    text = ITEM1 + "规章\t0\t1\t5\n行政规范性文件\n\t2\t3\t4\n"
    assert rows(text) == [("规章", None, "0 1 5"), (None, "行政规范性文件", "_ 2 3 4")]


def test_a_row_that_is_continued_on_the_next_line_stays_together():
    text = ITEM1 + "规章 | 0 |\n1 | 5 |\n行政规范性文件 | 2 | 3 | 4 |\n"
    assert rows(text) == [("规章", None, "0 1 5"), ("行政规范性文件", None, "2 3 4")]


@pytest.mark.parametrize(
    ("row", "values"),
    [
        ("规章\t0\t\t5", "0 _ 5"),
        ("规章\t\t\t", "_ _ _"),
        ("\t规章\t0\t1\t5", "0 1 5"),
        ("\t\t规章\t0\t1\t5", "0 1 5"),
        ("规章\t0\t1\t5\t\t", "0 1 5 _ _"),
        ("规章\t/\t-\t5", "/ - 5"),
    ],
)
def test_blank_cells_after_a_label_count_and_those_before_it_do_not(row, values):
    assert rows(f"{ITEM1}{row}\n行政规范性文件\t2\t3\t4")[0] == ("规章", None, values)


def test_words_in_the_place_of_a_number_are_a_note():
    text = ITEM1 + "规章\t县级无权制定\t0\t5\n行政规范性文件\t2\t3\t4"
    assert rows(text)[0] == ("规章", None, "县级无权制定 0 5")
    note = segments_of(text, "proactive")[4].values[0]
    assert (note.kind, note.number.value, note.number.state, note.number.doubtful) == ("value", None, "note", True)


def test_words_like_a_row_are_a_label_and_no_note():
    text = "信息内容\t本年处理决定数量\n行政许可\t行政处罚决\t3\n"
    assert rows(text) == [("行政处罚决", None, "3")]


def test_a_group_cell_gives_way_to_the_label_after_it():
    text = (
        REQUESTS
        + "三、本年度办理结果\t（一）予以公开\t2\t0\t0\t0\t0\t0\t2\n（三）不予公开\t1.属于国家秘密\t0\t0\t0\t0\t0\t0\t0"
    )
    assert rows(text, "requests") == [
        ("（一）予以公开", None, "2 0 0 0 0 0 2"),
        ("1.属于国家秘密", None, "0 0 0 0 0 0 0"),
    ]


def test_unknown_words_before_a_label_are_its_context():
    text = REQUESTS + "甲乙\n丙丁\n戊己\n庚辛\n壬癸\t0\t0\t0\t0\t0\t0\t0\n重复申请\t1\t0\t0\t0\t0\t0\t1"
    segment = labelled_by(text, "壬癸", "requests")
    assert [token.text for token in segment.context] == ["丙丁", "戊己", "庚辛"]
    assert labelled_by(text, "重复申请", "requests").context == ()


def test_segments_know_the_heads_over_them():
    text = f"{ITEM1}规章\t0\t1\t5\n信息内容\t本年处理决定数量\n行政许可\t66\n行政处罚\t5"
    assert labelled_by(text, "规章").heads == ("issued", "repealed", "in_force")
    assert labelled_by(text, "规章").head_keys == ITEM1_KEYS
    assert labelled_by(text, "行政许可").head_keys == {"decisions"}
    assert labelled_by(text, "行政处罚").head_keys == {"decisions"}


def test_unknown_heads_are_kept_as_words_and_notes_are_not():
    text = "信息内容\t上一年项目数量\t本年数量\t（单位：个）\t处理决定数量\n行政许可\t5\t1\t6"
    segment = labelled_by(text, "行政许可")
    assert segment.heads == ("previous_items", "本年数量", "decisions")
    assert segment.head_keys == {"previous_items", "decisions"}


def test_heads_that_are_printed_again_take_the_place_of_the_first():
    text = f"{REQUESTS}一、本年新收政府信息公开申请数量\t1\t0\t0\t0\t0\t0\t1\n{REQUESTS}重复申请\t0\t0\t0\t0\t0\t0\t0"
    segment = labelled_by(text, "重复申请", "requests")
    assert segment.heads == (
        "natural_person", "business", "research", "public_welfare", "legal_service", "other_org", "total",
    )  # fmt: skip


def test_several_rows_under_one_label_are_divided():
    text = (
        REQUESTS
        + "一、本年新收政府信息公开申请数量\n"
        + "1\n0\n0\n0\n0\n0\n1\n"
        + "2\n0\n0\n0\n0\n0\n2\n"
        + "重复申请\n"
        + "0\n" * 7
    )
    found = [item for item in segments_of(text, "requests") if item.values]
    assert [(item.label and item.label.text, shown(item), item.divided) for item in found] == [
        ("一、本年新收政府信息公开申请数量", "1 0 0 0 0 0 1", True),
        (None, "2 0 0 0 0 0 2", True),
        ("重复申请", "0 0 0 0 0 0 0", False),
    ]
    assert [item.numbers for item in found] == [7, 7, 7]


@pytest.mark.parametrize("count", [13, 15])
def test_values_that_are_no_whole_rows_are_not_divided(count):
    text = REQUESTS + "一、本年新收政府信息公开申请数量\n" + "1\n" * count + "重复申请\n" + "0\n" * 7
    first = next(item for item in segments_of(text, "requests") if item.values)
    assert (first.numbers, first.divided) == (count, False)


def test_tables_with_rows_of_different_widths_are_not_divided():
    text = ITEM1 + "规章\n0\n1\n5\n2\n3\n4\n"
    assert rows(text) == [("规章", None, "0 1 5 2 3 4")]


def test_numbers_count_values_without_blanks():
    text = ITEM1 + "规章\t0\t\t5\n行政规范性文件\t\t\t"
    assert [labelled_by(text, label).numbers for label in ("规章", "行政规范性文件")] == [2, 0]


CELLS = st.sampled_from(
    ["规章", "行政许可", "其他", "总计", "甲乙丙", "0", "5", "1,165", "/", "", "本年处理决定数量", "012"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=10), st.sampled_from(["\t", " | ", "\n", "  "]))
def test_every_value_of_a_table_is_in_exactly_one_segment(lines, separator):
    text = ITEM1 + "规章\t0\t1\t5\n" + "\n".join(separator.join(line) for line in lines)
    values = [token.where for token in region(text, "proactive").tokens if token.kind == "value"]
    found = [token.where for item in segments_of(text, "proactive") for token in item.values if token.number]
    assert [where for where in found if where in values] == values
    for item in segments_of(text, "proactive"):
        assert item.numbers == sum(token.kind == "value" for token in item.values)
