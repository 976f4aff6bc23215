import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import InputError
from extractor.readers.encoding import decode

SIMPLIFIED = """某某县人民政府2022年政府信息公开工作年度报告
一、总体情况
本机关认真落实条例要求，全年主动公开政府信息一百二十条，按时答复群众申请，没有发生行政复议和行政诉讼。
各部门安排专人管理平台，每季度检查一次，对内容错误和更新不及时的情况限期改正，并把结果通报全县。
二、主动公开政府信息情况
规章\t0\t0\t0
行政规范性文件\t3\t1\t12
"""
TRADITIONAL = """某某縣人民政府2022年政府資訊公開工作年度報告
一、總體情況
本機關認真落實條例要求，全年主動公開政府資訊一百二十條，按時答覆申請，沒有發生行政復議和行政訴訟。
各部門安排專人管理平臺，每季度檢查一次，對內容錯誤和更新不及時的情況限期改正，並把結果通報全縣。
二、主動公開政府資訊情況
規章\t0\t0\t0
"""


def refused(data):
    with pytest.raises(InputError) as caught:
        decode(data)
    assert "\n" not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_simplified_text_is_decoded(encoding):
    assert decode(SIMPLIFIED.encode(encoding)) == (SIMPLIFIED, ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16-le", "utf-16-be"])
def test_traditional_text_is_decoded(encoding):
    assert decode(TRADITIONAL.encode(encoding)) == (TRADITIONAL, ())


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_the_byte_order_mark_of_utf_16_is_no_text(mark, encoding):
    assert decode(mark + SIMPLIFIED.encode(encoding)) == (SIMPLIFIED, ())


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_single_row_is_decoded(encoding):
    assert decode("规章\t0\t0\t5\n".encode(encoding)) == ("规章\t0\t0\t5\n", ())


@pytest.mark.parametrize("text", ["规章\t0\r0\r\n5\u2028x", "plain ASCII 1 2 3", ""])
def test_utf_8_is_decoded_as_it_is(text):
    assert decode(text.encode()) == (text, ())


def test_rare_characters_survive_gb18030():
    text = SIMPLIFIED + "㙍𠮷镇\n"
    assert decode(text.encode("gb18030")) == (text, ())


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("gb18030", "utf-8"),
        ("gbk", "utf-8"),
        ("latin-1", "utf-8"),
        ("cp1252", "utf-8"),
        ("latin-1", "gb18030"),
        ("cp1252", "gb18030"),
        ("big5", "gb18030"),
        ("shift_jis", "utf-8"),
        ("gb18030", "big5"),
        ("utf-16-be", "utf-16-le"),
    ],
)
def test_text_that_was_decoded_wrongly_is_refused(wrong, right):
    text = TRADITIONAL if right == "big5" else SIMPLIFIED
    mojibake = text.encode(right).decode(wrong, errors="ignore")
    assert refused(mojibake.encode("utf-8", errors="ignore")) == "input.mojibake"


@pytest.mark.parametrize(
    ("wrong", "right"), [("gb18030", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "gb18030"), ("big5", "gb18030")]
)
def test_the_message_names_both_encodings_of_mojibake(wrong, right):
    mojibake = SIMPLIFIED.encode(right).decode(wrong, errors="replace")
    with pytest.raises(InputError, match=f"{right} 的内容曾被当作 {wrong} 解码"):
        decode(mojibake.encode("utf-8"))


def test_rare_characters_alone_are_no_report():
    assert refused(("龘靐齉爩鱻麤灪龖厵籱" * 10).encode()) == "input.mojibake"


@pytest.mark.parametrize("text", [SIMPLIFIED.encode("ascii", errors="replace").decode(), "一、总体?" + "? ? " * 50])
def test_a_flood_of_question_marks_is_refused(text):
    assert refused(text.encode("utf-8")) == "input.encoding"


def test_some_question_marks_are_no_damage():
    text = SIMPLIFIED + "规章\t? 0\t? 0\t? 5\n"
    assert decode(text.encode("utf-8")) == (text, ())


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_damaged_characters_are_reported(encoding):
    good = (SIMPLIFIED * 3).encode(encoding)
    text, damage = decode(good.replace("县".encode(encoding), b"\xff", 1))
    assert text.count("\ufffd") == 1
    assert text.replace("\ufffd", "县") == SIMPLIFIED * 3
    assert damage == (f"有 1 个字符在原文中已损坏（按 {encoding} 读）",)


def test_a_character_cut_off_at_the_end_is_reported():
    text, damage = decode(SIMPLIFIED.encode("utf-16-le") + b"\x00")
    assert text == SIMPLIFIED + "\ufffd"
    assert damage == ("有 1 个字符在原文中已损坏（按 utf-16-le 读）",)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_too_much_damage_is_refused(encoding):
    good = SIMPLIFIED.encode(encoding)
    assert (
        refused(good.replace("，".encode(encoding), b"\xff").replace("政".encode(encoding), b"\xff"))
        == "input.encoding"
    )


def test_replacement_characters_of_an_earlier_reader_count_as_damage():
    few = SIMPLIFIED.replace("县", "\ufffd")
    assert decode(few.encode("utf-8")) == (few, ("有 2 个字符在原文中已损坏（按 utf-8 读）",))
    many = SIMPLIFIED.replace("政", "\ufffd")
    assert refused(many.encode("utf-8")) == "input.encoding"


@pytest.mark.parametrize(
    "data",
    ["Été à la plage ".encode("latin-1") * 10, b"\xff\xfd\xfc\x80 \x81" * 30, SIMPLIFIED.encode("cp500", "replace")],
)
def test_bytes_that_no_encoding_reads_are_refused(data):
    assert refused(data) == "input.encoding"


@pytest.mark.parametrize("data", [b"abc\x00def\x00" * 20, bytes(range(256)) * 10, SIMPLIFIED.encode("utf-8") + b"\x00"])
def test_nul_bytes_are_no_text(data):
    assert refused(data) == "input.binary"


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="一二三政府信息公开0123456789 \t\n|（）", max_size=60),
    st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]),
)
def test_any_text_after_readable_text_is_decoded(tail, encoding):
    assert decode((SIMPLIFIED + tail).encode(encoding)) == (SIMPLIFIED + tail, ())


def code_of(data):
    try:
        decode(data)
    except InputError as error:
        return error.code
    return None


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused_with_a_code(data):
    code = code_of(data)
    assert code in (None, "input.encoding", "input.mojibake", "input.binary")
    if code is None:
        text, damage = decode(data)
        assert bool(damage) == ("\ufffd" in text)
