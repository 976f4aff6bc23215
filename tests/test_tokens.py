from itertools import pairwise

import pytest
from helpers_early import document, tokens
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.tokens import tokenize


def kinds(text):
    return [(token.kind, token.text) for token in tokens(text)]


def values(text):
    return [token.number.value for token in tokens(text) if token.kind == "value"]


def keys(token):
    return {term.key for term in token.terms}


# --- one cell, one token ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "enumerator"),
    [
        ("规章", "rules", ""),
        ("规 章", "rules", ""),
        ("規(guī)章", "rules", ""),
        ("规章(设区的市、自治州人民政府应提供相关数据)", "rules", ""),
        ("规章（县级无此项）", "rules", ""),
        ("其他对外管理服务事项(含行政处罚、行政强制等3项)", "other_services", ""),
        ("本年增/减 (指2020年减少的,如-8)", "change", ""),
        ("3.其他", "other_remaining", "3"),
        ("（六）其他处理", "other_handling", "六"),
        ("①属于国家秘密", "denied_state_secret", "1"),
        ("三、本年度办 理结果", "results", "三"),
        ("危及三安全一稳定", "denied_security_and_stability", ""),
        ("（二）部分公开（区分处理的，只计这一情形，不计其他情形）", "partially_granted", "二"),
        ("1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请", "other_correction_overdue", "1"),
        ("第二十条第（一）项", "item1", ""),
        ("本年收费金额（单位：万元）", "amount", ""),
    ],
)
def test_a_known_label_is_one_token(text, key, enumerator):
    (token,) = tokens(text)
    assert (token.kind, token.text, token.enumerator) == ("text", text, enumerator)
    assert keys(token) == {key}


@pytest.mark.parametrize(
    "text", ["其他法律行政止", "政许可", "本单位未制作规章", "2021年", "12号", "5.3%", "第3页", "共5页", "本年12月"]
)
def test_unknown_words_are_one_token_even_with_figures(text):
    (token,) = tokens(text)
    assert (token.kind, token.text, token.terms) == ("text", text, ())


@pytest.mark.parametrize(
    "text",
    [
        "全年受理行政许可5件，行政处罚3件。",
        "本机关没有制定规章；也没有收费。",
        "各部门安排专人管理平台，每季度检查一次，共检查12次",
        "本机关认真落实条例要求全年主动公开政府信息一百二十条按时答复群众申请没有发生行政复议和行政诉讼并对内容错误和更新不及时的情况限期改正",
    ],
)
def test_a_sentence_is_prose(text):
    (token,) = tokens(text)
    assert (token.kind, token.text, token.terms) == ("prose", text, ())


@pytest.mark.parametrize(
    ("text", "value", "state"),
    [
        ("0", 0, "number"),
        ("1,165", 1165, "number"),
        ("减3", -3, "number"),
        ("/", None, "dash"),
        ("未增未减", 0, "note"),
    ],
)
def test_a_value_is_one_token(text, value, state):
    token = tokens(f"规章\t{text}")[1]
    assert (token.kind, token.text, token.number.value, token.number.state, token.glued) == (
        "value", text, value, state, False,
    )  # fmt: skip


def test_an_empty_cell_is_a_blank():
    assert kinds("规章\t\t5\t&nbsp;") == [("text", "规章"), ("blank", ""), ("value", "5"), ("blank", "")]


# --- cells that hold several things ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("规章000", ["规章", "000"]),
        ("规章 0 0 5", ["规章", "0", "0", "5"]),
        ("2648-18538", ["2648", "-18538"]),
        ("+82+11", ["+82", "+11"]),
        ("行政许可2648-18538", ["行政许可", "2648", "-18538"]),
        ("行政许可 66 +126 192", ["行政许可", "66", "+126", "192"]),
        ("行政许可 66 减4 62", ["行政许可", "66", "减4", "62"]),
        ("规章－3", ["规章", "－3"]),
        ("规章：5", ["规章", "5"]),
        ("规章 1,165 3", ["规章", "1,165", "3"]),
        ("规章 / / /", ["规章", "/", "/", "/"]),
        ("规章 0 - -", ["规章", "0", "-", "-"]),
        ("行政许可132件", ["行政许可", "132件"]),
        ("行政事业性收费160.5964万元", ["行政事业性收费", "160.5964万元"]),
        ("政许可 132", ["政许可", "132"]),
        ("规章3（其中修订2件）5", ["规章", "3", "5"]),
        ("0 0 12", ["0", "0", "12"]),
        ("12、13、14", ["12", "13", "14"]),
        ("70000072.没有现成信息需要另行制作0000000", ["7000007", "2.没有现成信息需要另行制作", "0000000"]),
        ("（三）不予公开1.属于国家秘密0000000", ["（三）不予公开", "1.属于国家秘密", "0000000"]),
        ("三、本年度办理结果（一）予以公开 5", ["三、本年度办理结果", "（一）予以公开", "5"]),
        ("（七）总计1100000011", ["（七）总计", "1100000011"]),
        ("一、本年新收政府信息公开申请数量110", ["一、本年新收政府信息公开申请数量", "110"]),
        ("2.其他法律行政止公开0000000", ["2.其他法律行政止公开", "0000000"]),
        ("信息内容本年制发件数本年废止件数现行有效件数", ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"]),
        ("申请人情况自然人法人或其他组织总计", ["申请人情况", "自然人", "法人或其他组织", "总计"]),
        ("结果维持结果纠正其他结果尚未审结总计", ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]),
        ("第二十条第（一）项信息内容本年制发件数", ["第二十条第（一）项", "信息内容", "本年制发件数"]),
    ],
)
def test_glued_cells_are_cut(text, parts):
    assert [token.text for token in tokens(text)] == parts


def test_the_pieces_of_a_cell_know_what_they_are():
    group, row, run = tokens("（三）不予公开1.属于国家秘密0000005")
    assert (keys(group), group.enumerator, group.kind) == ({"denied"}, "三", "text")
    assert (keys(row), row.enumerator, row.kind) == ({"denied_state_secret"}, "1", "text")
    assert (run.number.digits, run.number.value, run.kind) == ("0000005", 5, "value")


@pytest.mark.parametrize(
    ("text", "glued"),
    [
        ("规章000", [True]),
        ("规章 0 0", [False, False]),
        ("2648-18538", [False, True]),
        ("行政许可 66+126", [False, True]),
        ("规章\t0\t0", [False, False]),
    ],
)
def test_glued_values_are_marked(text, glued):
    assert [token.glued for token in tokens(text) if token.kind == "value"] == glued


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2021年规章 5", [5]),
        ("行政规范性文件 5 12月", [5]),
        ("行政规范性文件 5 80%", [5]),
        ("规章 12、13", [12, 13]),
        ("规章 0 3.其他 7", [0, 7]),
        ("重复申请 0 3.5 7", [0, 3.5, 7]),
    ],
)
def test_dates_shares_and_enumerators_are_no_values(text, read):
    assert values(text) == read


def test_a_long_cell_with_the_heads_of_a_table_is_no_prose():
    heads = "信息内容本年制发件数本年废止件数现行有效件数"
    text = f"第二十条第（一）项{heads}规章000行政规范性文件3112第二十条第（五）项信息内容本年处理决定数量行政许可66"
    assert len(text) > 60
    found = tokens(text)
    assert {token.kind for token in found} == {"text", "value"}
    assert [token.text for token in found if token.kind == "value"] == ["000", "3112", "66"]
    assert [keys(token) for token in found if token.text in ("规章", "行政许可")] == [{"rules"}, {"permits"}]


@pytest.mark.parametrize("text", ["规章 - - -", "规章 -", "规章 —— ——"])
def test_a_row_of_dashes_only_keeps_its_values(text):
    assert [token.kind for token in tokens(text)] == ["text"] + ["value"] * (len(text.split()) - 1)


@pytest.mark.parametrize("text", ["规章 (3) (4) (5)", "行政许可（132）"])
def test_figures_in_brackets_are_values(text):
    assert values(text) == ([132] if "132" in text else [3, 4, 5])


@pytest.mark.parametrize("text", ["（1）属于国家秘密 0 0", "(1)属于国家秘密00", "①属于国家秘密 0 0", "①属于国家秘密00"])
def test_a_number_in_brackets_before_a_label_is_an_enumerator(text):
    found = tokens(text)
    assert (found[0].kind, found[0].enumerator, keys(found[0])) == ("text", "1", {"denied_state_secret"})
    assert {token.kind for token in found[1:]} == {"value"}


@pytest.mark.parametrize("text", ["1）属于国家秘密", "1)属于国家秘密 0 0"])
def test_a_number_before_a_closing_bracket_is_an_enumerator(text):
    found = tokens(text)
    assert (found[0].kind, found[0].enumerator, keys(found[0])) == ("text", "1", {"denied_state_secret"})


def test_words_of_change_start_a_new_number():
    assert values("行政许可66减4") == [66, -4]


# --- labels that are broken over cells -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "joined", "key"),
    [
        ("商业\n企业", "商业企业", "business"),
        ("商业\n\n企业", "商业企业", "business"),
        ("科研\t机构", "科研机构", "research"),
        ("社会\n公益\n组织", "社会公益组织", "public_welfare"),
        ("行政规范\n性文件", "行政规范性文件", "normative_documents"),
        ("2.没有现成信息\n需要另行\n制作", "2.没有现成信息需要另行制作", "unavailable_needs_creation"),
        ("本年制\n发件数", "本年制发件数", "issued"),
        ("1.申请人无正当理由逾期不\n补正、行政机关不再处理\n其政府信息公开申请", None, "other_correction_overdue"),
    ],
)
def test_a_broken_label_is_joined(text, joined, key):
    (token,) = tokens(text)
    assert keys(token) == {key}
    assert token.text == (joined or text.replace("\n", ""))
    assert (token.where.start, token.where.end, token.line) == (0, len(text), 1)


def test_the_enumerator_of_a_joined_label_is_kept():
    (token,) = tokens("2.没有现成信息\n需要另行\n制作")
    assert token.enumerator == "2"


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("规章\n行政规范性文件", ["规章", "行政规范性文件"]),
        ("商业\n5\n企业", ["商业", "5", "企业"]),
        ("商业\n1.企业", ["商业", "1.企业"]),
        ("商业\t\t企业", ["商业", "", "企业"]),
        ("甲乙\n丙丁", ["甲乙", "丙丁"]),
        ("本年新\n制作数量", ["本年新", "制作数量"]),
    ],
)
def test_labels_that_are_whole_or_apart_are_not_joined(text, texts):
    assert [token.text for token in tokens(text)] == texts


def test_a_head_that_is_broken_keeps_its_meaning():
    found = tokens("本年新\n制作数量\n本年新\n公开数量\n对外公开\n总数量")
    assert [keys(token) & {"created", "disclosed", "total_disclosed"} for token in found] == [
        set(), {"created"}, set(), {"disclosed"}, {"total_disclosed"},
    ]  # fmt: skip


# --- places ----------------------------------------------------------------------------------------------------------


def test_pieces_know_their_place():
    text = "一、总体情况\n规章12－3  行政许可 5"
    places = [(token.text, token.where.start, token.where.end, token.line, token.x) for token in tokens(text)]
    assert places == [
        ("一、总体情况", 0, 6, 1, 0),
        ("规章", 7, 9, 2, 0),
        ("12", 9, 11, 2, 2),
        ("－3", 11, 13, 2, 4),
        ("行政许可", 15, 19, 2, 8),
        ("5", 20, 21, 2, 13),
    ]


def test_the_pieces_of_a_grid_cell_stand_in_its_column():
    assert [(token.text, token.x, token.grid) for token in tokens("规章\t2648-18538")] == [
        ("规章", 0, True),
        ("2648", 1, True),
        ("-18538", 1, True),
    ]


LEAD = "某某县人民政府二〇二二年政府信息公开工作年度报告，全年主动公开信息，按时答复申请。"
PIECES = [
    "规章", "行政许可", "其他", "总计", "1.", "（三）", "不予公开", "0", "12", "+3", "-4", "|", "。", "件", "年", "(注5)",
    "減3", "規(guī)章", "/", "本年新", "制作数量", "商业", "企业", "甲乙", "12.5万元",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from([*PIECES, " ", "\t", "\n", "\u3000"]), max_size=30).map(
    lambda parts: LEAD + "\n" + "".join(parts)
)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_every_token_is_the_text_at_its_place(text):
    for token in tokens(text):
        printed = text[token.where.start : token.where.end]
        if token.kind == "text":
            printed = "".join(printed.replace("|", "").split())  # a joined label leaves out what stands between
            assert printed == "".join(token.text.replace("|", "").split())
        else:
            assert printed == token.text
        assert token.line == 1 + text.count("\n", 0, token.where.start)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_tokens_stand_in_reading_order_and_do_not_overlap(text):
    found = tokens(text)
    assert (found[0].kind, found[0].text) == ("prose", LEAD)
    for one, other in pairwise(found):
        assert one.where.end <= other.where.start


def test_an_enclosed_figure_is_in_one_token_only():
    assert [token.text for token in tokens("规章①/")] == ["规章", "①/"]


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_only_values_have_numbers_and_only_words_have_meanings(text):
    for token in tokens(text):
        assert (token.number is not None) == (token.kind == "value")
        assert not token.terms or token.kind == "text"
        assert (token.kind == "blank") == (token.text == "")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 99999), min_size=1, max_size=8))
def test_the_values_of_a_row_are_read_back(row):
    assert values("本年新收 " + " ".join(map(str, row))) == row
    assert values("规章\t" + "\t".join(map(str, row))) == row
    assert values("规章 |\n" + " |\n".join(map(str, row))) == row
    assert values("行政许可" + "".join(f"+{value}" for value in row)) == row


def test_a_document_without_lines_has_no_tokens():
    assert tokenize(document("----\n----")) == []
