import pytest
from helpers_late import END, requests_text, tabbed, table_in, texts_of

from extractor.glued import ways_to_read
from extractor.runs import cuts
from extractor.settings import DEFAULTS, Settings

HEADS = "二、主动公开政府信息情况\n第二十条第（一）项\n信息内容本年制发件数本年废止件数现行有效件数\n"
HEADS_2019 = "二、主动公开政府信息情况\n第二十条第（五）项\n信息内容上一年项目数量本年增/减处理决定数量\n"


def ways(text, key, settings=DEFAULTS):
    table = table_in(text)
    found = dict(zip((row.row for row in table.rows), ways_to_read(table, settings), strict=True))
    return found[key]


def cut_texts(found):
    return sorted(tuple(texts_of(way.items)) for way in found.ways)


def test_separate_values_have_one_way():
    text = f"{HEADS}规章\t0\t0\t0\n行政规范性文件\t1153\t2\t3\n{END}"
    found = ways(text, "normative_documents")
    assert cut_texts(found) == [("1153", "2", "3")]
    assert found.certain


def test_blanks_are_slots_but_no_items():
    found = ways(f"{HEADS}规章\t\t0\t\n行政规范性文件\t3\t1\t52\n{END}", "rules")
    assert cut_texts(found) == [("0",)]
    assert [slot.kind for slot in found.ways[0].slots] == ["blank", "value", "blank"]


def test_a_run_of_a_full_table_has_as_many_values_as_columns():
    found = ways(f"{HEADS}规章000\n行政规范性文件1153\n{END}", "normative_documents")
    assert cut_texts(found) == [("1", "1", "53"), ("1", "15", "3"), ("11", "5", "3")]
    assert not found.certain


def test_zeros_are_counted_with_certainty():
    found = ways(f"{HEADS}规章000\n行政规范性文件1153\n{END}", "rules")
    assert cut_texts(found) == [("0", "0", "0")]
    assert found.certain


def test_where_blanks_vanish_a_run_may_be_any_number_of_values():
    found = ways(f"{HEADS}规章00\n行政规范性文件1153\n{END}", "normative_documents")
    assert cut_texts(found) == sorted(
        [("1153",), ("1", "153"), ("11", "53"), ("115", "3"), ("1", "1", "53"), ("1", "15", "3"), ("11", "5", "3")]
    )


def test_where_rows_have_too_many_values_a_run_is_not_read():
    found = ways(f"{HEADS}规章0000\n行政规范性文件1153\n{END}", "normative_documents")
    assert found.ways == ()


def test_a_row_total_leaves_the_balanced_cut():
    text = requests_text(new_received="15130000154", carried_over="0000000", results_total="15130000154")
    assert cut_texts(ways(text, "new_received")) == [("151", "3", "0", "0", "0", "0", "154")]


def test_a_run_whose_total_is_wrong_keeps_all_cuts():
    text = requests_text(new_received="120000009", carried_over="0000000")
    assert cut_texts(ways(text, "new_received")) == sorted(cuts("120000009", 7))


def test_a_single_column_takes_a_run_as_one_number():
    text = f"{HEADS}规章000\n行政规范性文件318\n第二十条第（五）项\n信息内容本年处理决定数量\n行政许可1205\n{END}"
    assert cut_texts(ways(text, "permits")) == [("1205",)]


def test_too_many_cuts_are_not_weighed():
    text = f"{HEADS}规章000\n行政规范性文件1153\n{END}"
    assert ways(text, "normative_documents", Settings(splits=2)).ways == ()
    assert len(ways(text, "normative_documents", Settings(splits=3)).ways) == 3


def test_a_row_with_too_many_values_is_not_aligned():
    text = f"{HEADS}规章\t0\t0\t0\n行政规范性文件\t3\t1\t52\n{END}"
    assert ways(text, "rules", Settings(max_tokens=2)).ways == ()
    assert len(ways(text, "rules", Settings(max_tokens=3)).ways) == 1


def test_a_very_long_run_is_not_cut():
    assert ways(f"{HEADS}规章000\n行政规范性文件{'1' * 25}\n{END}", "normative_documents").ways == ()


@pytest.mark.parametrize(
    "printed",
    [
        "1,165205",
        "71,165",
        "1084602,058",
    ],
)
def test_grouped_digits_in_a_glued_row_are_not_cut(printed):
    assert ways(f"{HEADS}规章000\n行政规范性文件{printed}\n{END}", "normative_documents").ways == ()


def test_a_grouped_number_between_separators_is_one_value():
    found = ways(f"{HEADS}规章\t0\t0\t0\n行政规范性文件\t3\t1\t1,165\n{END}", "normative_documents")
    assert [item.number.value for item in found.ways[0].items] == [3, 1, 1165]


def test_a_sign_stays_with_the_first_part():
    found = ways(f"{HEADS_2019}行政许可37-31125\n其他对外管理服务事项000\n{END}", "permits")
    assert ("37", "-3", "1125") in cut_texts(found)
    assert ("3", "7", "-31125") in cut_texts(found)
    assert {sum(text.startswith("-") for text in texts) for texts in cut_texts(found)} == {1}
    assert {text[:2] for texts in cut_texts(found) for text in texts if "-" in text} == {"-3"}


def test_a_unit_stays_with_the_last_part():
    text = (
        "二、主动公开政府信息情况\n第二十条第（八）项\n信息内容上一年项目数量本年增/减\n行政事业性收费00\n"
        f"第二十条第（九）项\n信息内容采购项目数量采购总金额\n政府集中采购102339.45万元\n{END}"
    )
    found = ways(text, "procurement")
    assert ("10", "2339.45万元") in cut_texts(found)
    assert {texts[-1][-2:] for texts in cut_texts(found)} == {"万元"}
    amounts = {way.items[-1].number.value for way in found.ways if len(way.items) == 2}
    assert 2339.45 in amounts


def test_every_part_knows_its_place():
    text = requests_text(new_received="15130000154", carried_over="0000000") + "行政规范性文件说明\n"
    for row_ways in ways_to_read(table_in(text), DEFAULTS):
        for item in row_ways.ways[0].items:
            assert text[item.where.start : item.where.end] == item.text


def test_a_damaged_row_among_full_rows_keeps_its_values():
    text = requests_text(new_received=tabbed(7, 0, 0, 0, 0, 0, 7), carried_over=tabbed(1, 1))
    assert cut_texts(ways(text, "carried_over")) == [("1", "1")]
