import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.fold import Label, fold, fold_with_places, label, prose, script, width, words

PIECES = st.sampled_from(
    [*"规章行政許可數量（）()１2３.．、—－ 　\u200b⾏①⑵㈠⒊|｜“”Aa", "(guī)", "（shù）", "\u00a0", "\t"]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("１．（一）ＡＢ", "1.(一)AB"),
        ("—－−–─", "-----"),
        ("〔一〕【二】", "(一)(二)"),
        ("｜│┃", "|||"),
        ("自然\u3000人\u00a0\u2003.", "自然 人  ."),
        ("\ufeff规\u200b章\u00ad", "规章"),
        ("⼀⾏⼆", "一行二"),
        ("不\uf9e4", "不理"),
        ("plain 1.", "plain 1."),
    ],
)
def test_width_folds_characters_one_to_one(text, folded):
    assert width(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("規範性檔案", "规范性档案"),
        ("收到和處理政府信息公開申請", "收到和处理政府信息公开申请"),
        ("结转下年度继续办理", "结转下年度继续办理"),
        ("１．國", "１．国"),
    ],
)
def test_script_folds_traditional_characters_only(text, folded):
    assert script(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("規 章", "规章"),
        ("規(guī)章", "规章"),
        ("制發（fā）件數(shù)", "制发件数"),
        ("⾏政許可", "行政许可"),
        ("①属于国家秘密", "1.属于国家秘密"),
        ("⒉重复申请", "2.重复申请"),
        ("⑶其他", "(3)其他"),
        ("㈣无法提供", "(四)无法提供"),
        ("⑳", "20."),
        ("三、本年度办\n理\t结果", "三、本年度办理结果"),
        ("数量(a)", "数量"),
        ("第(一)项", "第(一)项"),
        ("数量(abcdefg)", "数量(abcdefg)"),
        ("(nǔ)数", "(nǔ)数"),
        ("", ""),
    ],
)
def test_fold_makes_copies_of_a_label_alike(text, folded):
    assert fold(text) == folded


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_fold_leaves_no_white_space_and_changes_nothing_twice(text):
    folded = fold(text)
    assert not any(character.isspace() for character in folded)
    assert "　" not in folded
    assert "１" not in folded
    if "(" not in folded:
        assert fold(folded) == folded


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_places_point_to_the_characters_that_were_folded(text):
    folded, places = fold_with_places(text)
    assert len(folded) == len(places)
    assert places == sorted(places)
    for character, place in zip(folded, places, strict=True):
        assert character in (text[place], *fold(text[place])) or (character.isspace() and text[place].isspace())


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES.filter(lambda piece: not piece.isspace() and piece not in "①⑵㈠⒊"), max_size=30).map("".join))
def test_folding_with_places_gives_the_same_text(text):
    assert fold_with_places(text)[0] == fold(text)


@pytest.mark.parametrize(
    ("text", "folded", "places"),
    [
        ("規 章", "规 章", [0, 1, 2]),
        ("規(guī)章１", "规章1", [0, 6, 7]),
        ("①属", "①属", [0, 1]),
        ("规\u200b章", "规章", [0, 2]),
        ("㈩ 項", "㈩ 项", [0, 1, 2]),
    ],
)
def test_places_survive_insertions_and_deletions(text, folded, places):
    assert fold_with_places(text) == (folded, places)


@pytest.mark.parametrize("text", ["⾨", "\uf9d0", "投訴\uf9d0申請"])
def test_places_and_fold_agree_on_compatibility_forms_of_traditional_characters(text):
    assert fold_with_places(text)[0] == fold(text)


@pytest.mark.parametrize(("text", "folded"), [("⼈⺠政府", "人民政府"), ("部⻔", "部门")])
def test_radicals_are_folded_like_kangxi_radicals(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "enumerator", "rest"),
    [
        ("一、本年新收政府信息公开申请数量", "一", "本年新收政府信息公开申请数量"),
        ("（三）不予公开", "三", "不予公开"),
        ("(三) 不予公开", "三", "不予公开"),
        ("（三）、不予公开", "三", "不予公开"),
        ("3. 危及“三安全一稳定”", "3", "危及三安全一稳定"),
        ("3．其他", "3", "其他"),
        ("3、其他", "3", "其他"),
        ("（3）其他", "3", "其他"),
        ("3）其他", "3", "其他"),
        ("③其他", "3", "其他"),
        ("3其他", "3", "其他"),
        ("1 .重复申请", "1", "重复申请"),
        ("十一、其他", "十一", "其他"),
        ("三安全一稳定", "", "三安全一稳定"),
        ("第二十条第（一）项", "", "第二十条第一项"),
        ("2021年", "", "2021年"),
        ("12属于", "", "12属于"),
        ("第1）项", "", "第1项"),
        ("5）", "", "5"),
        ("（一）", "", "一"),
        ("1.", "", "1"),
        ("本年增/减", "", "本年增/减"),
        ("部分公开（区分处理的，只计这一情形，不计其他情形）", "", "部分公开区分处理的只计这一情形不计其他情形"),
        ("", "", ""),
    ],
)
def test_label_takes_the_enumerator_off(text, enumerator, rest):
    assert label(text) == Label(enumerator, rest)


def test_words_keep_what_tells_wordings_apart():
    assert words("本年收费金额(单位:万元)_5%+增/减") == "本年收费金额单位万元5%+增/减"


def test_prose_keeps_punctuation_and_brackets():
    assert prose("公開 申請\n12 件（其中，2件）。") == "公开申请12件（其中，2件）。"
