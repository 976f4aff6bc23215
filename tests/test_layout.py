import pytest
from helpers_early import official, region
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.label import label_rows
from extractor.labelling import _remembered
from extractor.layout import Layout
from extractor.vocabulary import vocabulary

FORM = vocabulary().family("requests").forms[-1]
NOTED = "自然人\t总计\n一、本年新收政府信息公开申请数量\t{}\t5\n四、结转下年度继续办理\t0\t{}"


def layout(text, table="requests", hint=None):
    return Layout(region(text, table), hint)


def anew(found):
    """The table as it is labelled when nothing is remembered."""
    _remembered.cache_clear()
    return label_rows(found)


def test_values_are_no_part_of_a_layout():
    assert layout(official(FORM, "3")) == layout(official(FORM, "41"))
    assert hash(layout(official(FORM, "3"))) == hash(layout(official(FORM, "41")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("0", "1"), ("", "1")),  # a blank
        (("0", "1"), ("无数据3", "1")),  # words in a number's place
        (("甲", "1"), ("乙", "1")),  # unknown words
    ],
)
def test_blanks_and_words_are(one, other):
    assert layout(NOTED.format(*one)) != layout(NOTED.format(*other))


def test_the_hint_is_part_of_it():
    text = official(FORM)
    assert layout(text, hint="a") != layout(text, hint="b")


def test_no_tokens_are_kept():
    _remembered.cache_clear()
    key = layout(official(FORM))
    _remembered(key)
    assert not hasattr(key, "region")


VALUES = st.sampled_from(["0", "1", "12", "", "-", "无", "3件", "400余件", "数据", "1,165"])
LABELS = st.sampled_from(
    [
        "一、本年新收政府信息公开申请数量",
        "（一）予以公开",
        "1.属于国家秘密",
        "其他",
        "（七）总计",
        "数据",
        "四、结转下年度继续办理（",
        "",
    ]
)
LINES = st.lists(st.tuples(LABELS, st.lists(VALUES, max_size=8)), min_size=2, max_size=9)


@settings(max_examples=150, deadline=None)
@given(LINES, st.sampled_from(["\t", "　", "\n"]), st.data())
def test_what_is_remembered_is_what_is_found_anew(lines, gap, data):
    def printed(values):
        head = gap.join(["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"])
        return "\n".join([head, *(gap.join([label, *cells]) for (label, _), cells in zip(lines, values, strict=True))])

    some = [values for _, values in lines]
    others = [[data.draw(st.sampled_from(["7", "0"])) if cell.isdigit() else cell for cell in row] for row in some]
    try:
        first, second = region(printed(some), "requests"), region(printed(others), "requests")
    except StopIteration:
        return
    expected = anew(second)
    anew(first)
    assert label_rows(second) == expected
