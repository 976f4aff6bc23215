import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.numbers import NO_NUMBER, RUN, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("１２", 12),
        (" 12\u00a0", 12),
        ("3\u200b", 3),
        ("1,165", 1165),
        ("12，345，678", 12345678),
        ("75.9260", 75.926),
        ("０．５", 0.5),
        ("+126", 126),
        ("-417", -417),
        ("－417", -417),
        ("−5", -5),
        ("+ 5", 5),
        ("-0", 0),
        ("-0.5", -0.5),
        ("增13", 13),
        ("增加5", 5),
        ("新增2", 2),
        ("减4", -4),
        ("減少了1,200", -1200),
        ("? 0", 0),
        ("??-3", -3),
    ],
)
def test_numbers_are_read_as_printed(text, value):
    number = parse(text)
    assert (number.value, number.state, number.unit, number.doubtful) == (value, "number", None, False)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("709455.9元", 709455.9, "元"),
        ("160.5964万元", 160.5964, "万元"),
        ("205(万)", 205, "万"),
        ("205（万）", 205, "万"),
        ("31批次", 31, "批次"),
        ("16368(件)", 16368, "件"),
        ("12 件", 12, "件"),
        ("增5件", 5, "件"),
        ("1.5億元", 1.5, "亿元"),
    ],
)
def test_a_unit_is_kept_beside_the_value_and_never_scales_it(text, value, unit):
    number = parse(text)
    assert (number.value, number.unit, number.state, number.doubtful) == (value, unit, "number", False)


@pytest.mark.parametrize(
    ("text", "value"), [("22（其中修订16件）", 22), ("3(2)", 3), ("3[注]", 3), ("1.5元(含税)", 1.5)]
)
def test_a_note_after_a_number_is_no_doubt(text, value):
    number = parse(text)
    assert (number.value, number.state, number.doubtful) == (value, "number", False)


@pytest.mark.parametrize(
    ("text", "value"), [("--253", -253), ("++5", 5), ("+-5", 5), ("13000000(预算", 13000000), ("007", 7), ("00", 0)]
)
def test_an_odd_print_is_doubtful(text, value):
    number = parse(text)
    assert (number.value, number.state, number.doubtful) == (value, "number", True)


@pytest.mark.parametrize("text", ["未增未减", "0/0", "+0/-0", "持平", "不变", "无变化", "没有变化", "無增減"])
def test_words_for_no_change_are_zero_with_a_note(text):
    assert parse(text)[:2] == (0, "note")
    assert not parse(text).doubtful


@pytest.mark.parametrize("text", ["O", "o", "〇", "零"])
def test_a_letter_in_place_of_zero_is_doubtful(text):
    assert parse(text)[:2] == (0, "note")
    assert parse(text).doubtful


@pytest.mark.parametrize("text", ["增", "减", "減", "+", "增加", "减少"])
def test_a_bare_sign_has_no_value_and_is_doubtful(text):
    assert parse(text)[:2] == (None, "note")
    assert parse(text).doubtful


@pytest.mark.parametrize(
    "text",
    [
        "/",
        "／",
        "-",
        "—",
        "————",
        "\\",
        "~",
        "***",
        "无",
        "無",
        "无。",
        "空",
        "不适用",
        "N/A",
        "null",
        "None",
        "无此项",
    ],
)
def test_a_dash_has_no_value(text):
    assert parse(text)[:4] == (None, "dash", None, False)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "规章", "1 2", "1 234", "5 -3", "3 /", "2648-18538", "+82+11", "2021年", "5.3%", "1.", "1.5.2",
        "1,16", "1,165,", "5人", "((3))", "一", "本单位未制作规章", "?", "±0", "增-3", "²", "1" * 65, "-------",
    ],
)  # fmt: skip
def test_what_is_no_single_value_is_not_read(text):
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "digits", "countable"),
    [
        ("12", "12", True),
        ("-12", "12", False),
        ("+0", "0", False),
        ("1,165", "", True),
        ("75.9260", "75.9260", False),
        ("0011", "0011", True),
        ("减3", "", False),
        ("16368(件)", "16368", True),
    ],
)
def test_digits_and_countability_are_told(text, digits, countable):
    assert (parse(text).digits, parse(text).countable) == (digits, countable)


def test_words_in_place_of_a_number_are_a_doubtful_note():
    assert (NO_NUMBER.value, NO_NUMBER.state, NO_NUMBER.doubtful) == (None, "note", True)


@settings(max_examples=150, deadline=None)
@given(st.integers(-(10**12), 10**12))
def test_every_integer_is_read_back(value):
    assert parse(str(value)).value == value
    assert parse(f"{value:,}").value == value
    assert parse(f"{value}件").unit == "件"


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="0123456789+-.,/ ()件元万增减无年?一", max_size=12))
def test_only_a_number_or_a_note_has_a_value(text):
    number = parse(text)
    if number is not None:
        assert (number.value is None) == {"number": False, "dash": True}.get(number.state, number.doubtful)
        assert set(number.digits) <= set(text)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("66 +126 192", ["66", "+126", "192"]),
        ("2648-18538", ["2648", "-18538"]),
        ("+82+11", ["+82", "+11"]),
        ("1,165 3", ["1,165", "3"]),
        ("12,13", ["12", "13"]),
        ("5件、6件", ["5件", "6件"]),
        ("5件规章", ["5"]),
        ("3.5万元 2元", ["3.5万元", "2元"]),
        ("增4 减15", ["增4", "减15"]),
        ("000", ["000"]),
    ],
)
def test_runs_of_numbers_are_cut_at_signs_and_units(text, runs):
    assert re.findall(RUN, text) == runs
