import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.fold import label
from extractor.similarity import segment, similarity
from extractor.vocabulary import vocabulary


def ranked(text, table):
    words = label(text).words
    likeness = {row.key: similarity(words, row, table) for row in vocabulary().family(table).rows}
    return sorted(likeness.items(), key=lambda item: -item[1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("本年新收政府信息公开申请数量", ("本年", "新收", "政府", "信息", "公开", "申请", "数量")),
        ("危及三安全一稳定", ("危及", "三安全", "一稳定")),
        ("", ()),
    ],
)
def test_text_is_cut_into_the_words_of_the_forms(text, words):
    assert segment(text) == words


@pytest.mark.parametrize(
    ("text", "table", "key"),
    [
        ("属于国家秘蜜", "requests", "denied_state_secret"),
        ("其他法律行政法规禁公开", "requests", "denied_prohibited_by_law"),
        ("危及三安全—稳定", "requests", "denied_security_and_stability"),
        ("没有现成信息需另行制作", "requests", "unavailable_needs_creation"),
        ("信访举报类申请", "requests", "rejected_petition"),
        ("要求提供出版物", "requests", "rejected_publication"),
        ("申请人无正当理由逾期不补", "requests", "other_correction_overdue"),
        ("未按收费通知要求缴纳费用", "requests", "other_fee_overdue"),
        ("下年度继续办理", "requests", "carried_forward"),
        ("本年新收政府信息申请数量", "requests", "new_received"),
        ("政许可", "proactive", "permits"),
        ("行政处", "proactive", "penalties"),
        ("行政强治", "proactive", "coercive_measures"),
        ("对外管理服务", "proactive", "other_services"),
        ("行政规范文件", "proactive", "normative_documents"),
    ],
)
def test_a_misprinted_or_cut_label_is_most_like_its_row(text, table, key):
    (best, likeness), (_, second) = ranked(text, table)[:2]
    assert best == key
    assert likeness >= 0.65
    assert likeness > second + 0.1


@pytest.mark.parametrize("text", ["甲乙丙丁", "", "财政预算", "联系电话"])
def test_foreign_words_are_like_no_row(text):
    assert ranked(text, "requests")[0][1] < 0.4


def test_every_wording_is_exactly_like_its_row():
    for family in vocabulary().families:
        for row in family.rows:
            assert [similarity(wording, row, family.table) for wording in row.wordings] == [1.0] * len(row.wordings)


def test_a_longer_part_of_a_label_is_more_like_it():
    row = vocabulary().family("requests").rows[-1]
    parts = ["下年度继", "下年度继续", "下年度继续办", "下年度继续办理", "转下年度继续办理"]
    likeness = [similarity(part, row, "requests") for part in parts]
    assert likeness == sorted(likeness)
    assert likeness[0] >= 0.65


def test_three_characters_are_too_short_for_a_part():
    row = next(row for row in vocabulary().family("requests").rows if row.key == "other_fee_overdue")
    assert similarity("收费通知", row, "requests") > 0.65 > 0.4 > similarity("费通知", row, "requests")


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="属于国家秘密其他法律行政法规禁止公开本年新收申请数量甲", max_size=14))
def test_likeness_is_between_nothing_and_everything(text):
    for row in vocabulary().family("requests").rows:
        likeness = similarity(text, row, "requests")
        assert 0.0 <= likeness <= 1.0
        assert (likeness == 1.0) == (text in row.wordings)


def test_no_dictionary_is_read_or_written(tmp_path):
    code = "from extractor.similarity import segment; print(segment('上年结转申请'))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"TMPDIR": str(tmp_path)}
    )
    assert run.stdout.strip() == "('上年', '结转', '申请')"
    assert run.stderr == ""
    assert list(tmp_path.iterdir()) == []
