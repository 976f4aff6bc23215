import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor import extract
from extractor.narrative import ACCEPTED, claims_of
from extractor.narrative.component import items_of
from extractor.narrative.figures import decided
from extractor.narrative.lexicon import lexicon, numeral, patterns, words
from extractor.narrative.phrases import Count
from extractor.narrative.texts import fold_text, is_worth_reading
from extractor.vocabulary import vocabulary
from training.corpora import packaged_sentences
from training.narrative import load_sentences, score_sentences

R, D, P = "requests", "disputes", "proactive"
NONE_OF_DISPUTES = {
    f"{D}.reconsideration.total": 0,
    f"{D}.litigation_direct.total": 0,
    f"{D}.litigation_after_reconsideration.total": 0,
}
SHARED = Path(__file__).parent.parent.parent / "shared"


def read(text, year=2022, form=None):
    return {claim.key: claim.value for claim in claims_of(text, year=year, form=form)}


# --- what is a claim -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("全年收到政府信息公开申请12件。", {f"{R}.new_received.total": 12}),
        ("本局新收到12宗依申请公开。", {f"{R}.new_received.total": 12}),
        ("本镇未收到政府信息公开申请。", {f"{R}.new_received.total": 0}),
        ("收到公開申請３宗，均為自然人。", {f"{R}.new_received.total": 3, f"{R}.new_received.natural_person": 3}),
        ("收到申请五件，办结4件，结转下年度1件。",
         {f"{R}.new_received.total": 5, f"{R}.results_total.total": 4, f"{R}.carried_forward.total": 1}),
        ("收到申请10件，另有上年结转2件，共答复11件，1件顺延至2023年。",
         {f"{R}.new_received.total": 10, f"{R}.carried_over.total": 2, f"{R}.results_total.total": 11,
          f"{R}.carried_forward.total": 1}),
        ("受理申请10件，上年结转2件，办结12件。",
         {f"{R}.new_received.total": 10, f"{R}.carried_over.total": 2, f"{R}.results_total.total": 12}),
        ("收到申请8件，其中3件予以公开，2件部分公开，1件属于行政执法案卷不予公开。",
         {f"{R}.new_received.total": 8, f"{R}.granted.total": 3, f"{R}.partially_granted.total": 2,
          f"{R}.denied_enforcement_files.total": 1}),
        ("不予公开6件（国家秘密2件、过程性信息4件），无法提供（不掌握）的5件。",
         {f"{R}.denied.total": 6, f"{R}.denied_state_secret.total": 2, f"{R}.denied_process_information.total": 4,
          f"{R}.unavailable.total": 5}),
        ("没有发生因政府信息公开引起的行政复议和行政诉讼。", NONE_OF_DISPUTES),
        ("被申请行政复议3件，维持2件，1件尚未审结。",
         {f"{D}.reconsideration.total": 3, f"{D}.reconsideration.upheld": 2, f"{D}.reconsideration.pending": 1}),
        ("行政复议2件，均已维持；行政诉讼1件（为复议后起诉）。",
         {f"{D}.reconsideration.total": 2, f"{D}.reconsideration.upheld": 2}),
        ("制发行政规范性文件3件，废止1件，现行有效14件。",
         {f"{P}.normative_documents.issued": 3, f"{P}.normative_documents.repealed": 1,
          f"{P}.normative_documents.in_force": 14}),
        ("作出行政许可决定1,024件、行政处罚决定25件。", {f"{P}.permits.decisions": 1024, f"{P}.penalties.decisions": 25}),
        ("行政事业性收费12.5万元。", {f"{P}.fees.amount": 12.5}),
        ("收到申请7件。其中自然人申请5件，公开3件，部分公开2件；商业企业申请2件，公开2件。",
         {f"{R}.granted.natural_person": 3, f"{R}.partially_granted.natural_person": 2, f"{R}.granted.business": 2}),
    ],
)  # fmt: skip
def test_what_a_sentence_states(text, claims):
    given_claims = read(text)
    assert {key: given_claims.get(key) for key in claims} == claims


@pytest.mark.parametrize(
    "text",
    [
        "收到来信35件，办结35件；办理人大建议和政协提案20件。",
        "主动公开行政许可33条、行政处罚15条，公开规范性文件类信息2条。",
        "依申请公开2条，不予公开信息15条。",
        "其中网络申请6件、信函申请2件。",
        "2021年收到申请31件。",
        "上半年收到申请12件，办结10件。",
        "条例施行以来累计收到申请236件。",
        "收到低保申请20件，已办结18件。",
        "全年办理政府信息公开申请48件，平均办理7.9个工作日。",
        "行政诉讼3件，行政复议、诉讼共5件。",
        "申请量同比增加9件，增长18.2%。",
        "各街道共收到申请58件。",
        "我局作为复议机关，收到行政复议申请38件，审结35件。",
        "没有收到法人或其他组织的公开申请。",
        "予以公开及部分公开37件，申请人撤回6件，信息不存在4件。",
        "",
        "。；，（）",
    ],
)
def test_traps_are_left_alone(text):
    assert read(text) == {}


def test_accepted_is_kept_apart():
    text = "云岭县2022年政府信息公开工作年度报告\n一、总体情况\n全年受理政府信息公开申请12件。\n"
    assert read(text) == {}
    record = extract(text.encode(), "a.txt")
    assert record.claims == ()
    assert ACCEPTED not in {claim.key for claim in record.claims}


def test_contradictions_within_a_text_give_no_claim():
    assert f"{R}.results_total.total" not in read("收到申请10件，当年办结9件，办结的8件中予以公开5件。")


def test_keys_are_those_of_the_form():
    text = "新制作规范性文件2件，制发规章1件。"
    newest, oldest = (form.form for form in vocabulary().family(P).forms)
    columns = {form: {key.rpartition(".")[2] for key in read(text, form=form)} for form in (newest, oldest)}
    assert columns == {newest: {"issued"}, oldest: {"created"}}


def test_places_point_into_the_text():
    text = "  本局2022年共收到政府信\n息公开申请 12 件，上年结转0件。"
    for claim in claims_of(text, year=2022):
        assert text[claim.where.start : claim.where.end] == claim.text
    assert "收到政府信\n息公开申请 12 件" in claims_of(text, year=2022)[0].text


def test_claims_of_a_report_have_their_line_and_not_section_five():
    text = (
        "云岭县2022年政府信息公开工作年度报告\n一、总体情况\n全年收到申请7件。\n"
        "五、存在的主要问题及改进情况\n部分单位未收到政府信息公开申请，全年收到申请9件。\n六、其他需要报告的事项\n无\n"
    )
    (claim,) = extract(text.encode(), "a.txt").claims
    assert (claim.key, claim.value, claim.where.line, claim.scope) == (f"{R}.new_received.total", 7, 3, "report")


# --- templates -------------------------------------------------------------------------------------------------------

NUMBERS = st.integers(0, 99_999)


@given(
    number=NUMBERS,
    verb=st.sampled_from(["收到", "接到", "新收", "接收", "共收到", "新收到"]),
    what=st.sampled_from(["政府信息公开申请", "依申请公开", "公开申请", "信息公开申请", "要求公开政府信息的申请"]),
    unit=st.sampled_from(["件", "宗", "条", "起", "份", "项", "件次", ""]),
    space=st.sampled_from(["", " "]),
    first=st.booleans(),
    end=st.sampled_from(["。", "，均已答复。", ",已按时办结;", "（网络3件，当面2件）。"]),
)
def test_received_in_all_wordings(number, verb, what, unit, space, first, end):
    count = f"{space}{number}{space}{unit}"
    text = f"本局全年{verb}{count or number}{what}{end}" if first and unit else f"本局全年{verb}{what}{count}{end}"
    assert read(text).get(f"{R}.new_received.total") == number


@given(st.lists(NUMBERS, min_size=4, max_size=4), st.sampled_from(["，", "；", ",", "、"]))
def test_a_balance_is_read_whole(numbers, comma):
    new, over, done, forward = numbers
    text = comma.join([f"新收申请{new}件", f"上年结转{over}件", f"办结{done}件", f"结转下年度{forward}件"]) + "。"
    keys = ("new_received", "carried_over", "results_total", "carried_forward")
    assert read(text) == {f"{R}.{key}.total": number for key, number in zip(keys, numbers, strict=True)}


@given(
    st.text(
        alphabet=sorted({c for word in lexicon() for c in word} | set("0123456789，。；、（）:%件 \n")), max_size=120
    )
)
def test_any_text_is_read_without_error_and_within_itself(text):
    for claim in claims_of(text, year=2022):
        assert 0 <= claim.where.start < claim.where.end <= len(text)
        assert claim.text == text[claim.where.start : claim.where.end]
        assert claim.value == claim.value


@given(st.text(max_size=200))
def test_folding_keeps_the_places(text):
    folded, places = fold_text(text)
    assert len(folded) == len(places)
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)


# --- parts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"), [("零", 0), ("两", 2), ("十", 10), ("二十五", 25), ("一百零八", 108), ("壹", 1)]
)
def test_numerals(text, value):
    assert numeral(text) == value


def test_words_cover_the_text():
    text = "全年受理95件,其中2021年结转8件(占3.5%),行政处罚1.5万元。"
    found = words(text)
    assert "".join(word.text for word in found) == text
    assert [word.start for word in found] == [0, *(word.end for word in found)][:-1]


def test_years_are_told_by_their_distance():
    tags = [item.tag for item in items_of("2020年2021年2022年2023年", 2022)]
    assert tags == ["OTHER_YEAR", "PRIOR_YEAR", "THIS_YEAR", "NEXT_YEAR"]


def test_patterns_use_known_tags():
    known = {tag for entry in lexicon().values() for tag in entry.tags} | {"PRIOR_YEAR", "NEXT_YEAR"}
    used = {tag.rstrip("?") for found in patterns().values() for pattern in found for tag in pattern.split()}
    assert used <= known


def test_rows_of_the_lexicon_are_rows_of_the_forms():
    keys = {key.split(".")[1] for form in vocabulary().family(R).forms for key in form.columns}
    group_keys = {group.key for form in vocabulary().family(R).forms for block in form.blocks for group in block.groups}
    assert {entry.row for entry in lexicon().values() if entry.row} <= keys | group_keys


def test_sentences_without_counts_are_not_read():
    assert not is_worth_reading("加强组织领导，完善工作机制。")
    assert fold_text("加强组织领导。收到申请3件。")[0] == "收到申请3件。"


def test_undecided_counts_are_no_claims():
    assert decided([Count("accepted.total", 5, 0, 1), Count("handled.total", 5, 1, 2)]) == ([], [])


# --- as a spaCy component --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("segmenter", ["char", "jieba"])
def test_component_in_a_pipeline_of_its_own(segmenter):
    import spacy

    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": segmenter}}})
    nlp.add_pipe("gongkai_claims", config={"year": 2022})
    doc = nlp("2022年收到政府信息公开申请12件。2021年收到9件。")
    assert [(span.label_, span.text) for span in doc.spans["gongkai_claims"]] == [
        (f"{R}.new_received.total", "2022年收到政府信息公开申请12件")
    ]
    assert [(key, value) for key, value, _ in doc._.gongkai_claims] == [(f"{R}.new_received.total", 12)]


# --- annotated sentences ---------------------------------------------------------------------------------------------


def reached(path):
    score = score_sentences(load_sentences(path))
    return score.precision >= 0.98, score.recall >= 0.92, score.fired <= 0.01 * score.traps


def test_annotated_sentences():
    assert reached(packaged_sentences()) == (True, True, True)


@pytest.mark.skipif(not (SHARED / "narrative.jsonl").exists(), reason="the shared sentences are not here")
def test_shared_sentences():
    assert reached(SHARED / "narrative.jsonl") == (True, True, True)


def test_annotated_sentences_name_cells():
    keys = set().union(*(form.columns for family in vocabulary().families for form in family.forms))
    keys |= {f"{R}.{group}.total" for group in ("denied", "unavailable", "rejected", "other_handling")}
    for line in packaged_sentences().read_text(encoding="utf-8").splitlines():
        sentence = json.loads(line)
        assert set(sentence["claims"]) <= keys, sentence["id"]
