from dataclasses import replace

import pytest
from helpers_checks import BLANK, DASH, MISSING, UNDECIDED, claim, context, number, only, outcomes, record, zeros
from hypothesis import given
from hypothesis import strategies as st

from extractor.checks import Context
from extractor.checks.claims import FORWARD, NEW, OVER, RESULTS, accepted, balance, claims, conflicts
from extractor.checks.operands import figure, in_yuan, name, printed, quoted, same_amount
from extractor.checks.sentences import all_finished, fee_told, fees, says_all_finished
from extractor.prose import Prose
from extractor.readers import read

FEES = "proactive.fees.amount"
DENIED = "requests.denied.total"
OVERDUE = "requests.other_fee_overdue.total"


def requests(form="2021", **rows):
    """The cells of table 3, 0 but for some totals."""
    return zeros("requests", form) | {f"requests.{row}.total": cell for row, cell in rows.items()}


# --- what is printed -------------------------------------------------------------------------------------------------


def test_a_cell_and_a_group_of_rows():
    made = record(requests(denied_state_secret=2, denied_internal_affairs=3, granted=9))
    assert printed(made, NEW)[:2] == (0, (NEW,))
    group = printed(made, DENIED)
    assert (group.value, group.number, len(group.cells), group.blanks) == (5, 5, 8, 0)
    assert printed(made, "requests.unavailable.total").number == 0


def test_other_handling_is_a_group_in_one_form_and_a_row_in_the_other():
    key = "requests.other_handling.total"
    assert printed(record(requests(other_remaining=4)), key)[:2] == (
        4,
        tuple(f"requests.{row}.total" for row in ("other_correction_overdue", "other_fee_overdue", "other_remaining")),
    )
    old = record(requests("2019", other_handling=6), tables={"requests": "2019"})
    assert printed(old, key)[:2] == (6, (key,))


@pytest.mark.parametrize("cell", [MISSING, UNDECIDED, number(3, review=True)])
def test_a_group_with_a_lost_or_doubtful_row_has_no_sum(cell):
    assert printed(record(requests(denied_state_secret=cell)), DENIED).value is None


def test_blanks_of_a_group_are_counted():
    group = printed(record(requests(denied_state_secret=BLANK, denied_process_information=2)), DENIED)
    assert (group.value, group.number, group.blanks) == (2, None, 1)
    cells = dict.fromkeys(zeros("requests"), DASH)
    assert printed(record(cells), DENIED)[2] == 8
    assert printed(record(cells), DENIED).value is None


def test_what_a_record_does_not_have():
    assert printed(record(tables={"requests": None}), DENIED) == (None, (DENIED,), 0)
    assert printed(record(), "requests.nonsense.total").value is None


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (NEW, "本年新收政府信息公开申请数量·总计"),
        ("requests.partially_granted.natural_person", "部分公开·自然人"),
        (DENIED, "不予公开·总计"),
        ("requests.other_handling.total", "其他处理·总计"),
        (FEES, "行政事业性收费·本年收费金额"),
        ("disputes.reconsideration.upheld", "行政复议·结果维持"),
        ("proactive.rules.created", "规章·本年新制作数量"),
        ("requests.nonsense.total", "requests.nonsense.total"),
        ("nonsense.row.column", "nonsense.row.column"),
    ],
)
def test_cells_are_named_in_the_words_of_the_form(key, words):
    assert name(record(), key) == words


@pytest.mark.parametrize(
    ("one", "unit", "other", "other_unit", "same"),
    [
        (24.5, "万元", 245000, "元", True),
        (24.5, "万元", 24.5, "元", False),
        (1.32, "亿元", 13191.8241, "万元", True),
        (1.31, "亿元", 13191.8241, "万元", False),
        (13, "万元", 13.4, "万元", True),
        (13, "万元", 13.6, "万元", False),
        (5, None, 5, "元", True),
        (5, None, 6, "元", False),
        (5, None, 50000, "元", None),
        (5, "件", 6, "元", None),
    ],
)
def test_amounts_are_compared_as_exactly_as_they_are_printed(one, unit, other, other_unit, same):
    assert same_amount(one, unit, other, other_unit) is same
    assert same_amount(other, other_unit, one, unit) is same


@given(
    st.integers(1, 10**9),
    st.sampled_from(["元", "千元", "万", "万元", "亿元"]),
    st.sampled_from(["元", "万元", "亿元"]),
)
def test_an_amount_is_the_same_in_every_unit(value, unit, other):
    assert same_amount(value, unit, value * in_yuan(unit) / in_yuan(other), other) is True


def test_figures_and_quotations():
    assert [figure(value) for value in (7, 1254370, 1254370.5, 0.1 + 0.2, 7.0)] == [
        "7",
        "1254370",
        "1254370.5",
        "0.3",
        "7",
    ]
    assert quoted("收到 申请\n3件") == "收到申请3件"
    assert len(quoted("字" * 200)) == 61


# --- claims against cells --------------------------------------------------------------------------------------------


def compared(cells, *told, **more):
    return list(claims(context(cells, claims=told, **more)))


def test_a_claim_that_agrees_passes():
    finding = only(compared(requests(new_received=3), claim(NEW, 3, "收到申请3件")))
    assert (finding.code, finding.outcome, finding.severity, finding.cause) == ("N.claim", "pass", "info", None)
    assert finding.cells == (NEW,)


def test_a_claim_that_disagrees_fails_with_both_places():
    told = claim(NEW, 2, "收到申请2件")
    finding = only(compared(requests(new_received=3), told))
    assert (finding.outcome, finding.severity, finding.cause) == ("fail", "warning", "agency")
    assert finding.message == "正文“收到申请2件”称 2，表中本年新收政府信息公开申请数量·总计为 3"
    assert (finding.cells, finding.where) == ((NEW,), told.where)


@pytest.mark.parametrize("cell", [BLANK, DASH, MISSING, UNDECIDED, number(3, review=True)])
def test_a_claim_on_a_cell_that_is_not_sure_is_unverifiable(cell):
    finding = only(compared(requests(new_received=cell), claim(NEW, 2)))
    assert (finding.outcome, finding.severity) == ("unverifiable", "info")


def test_a_claim_without_its_table_is_unverifiable():
    assert only(compared({}, claim(NEW, 2), tables={"requests": None})).outcome == "unverifiable"
    assert only(compared({}, claim(DENIED, 2), tables={"requests": None})).outcome == "unverifiable"


def test_a_claim_on_another_body_is_never_compared():
    assert compared(requests(new_received=3), claim(NEW, 200, scope="other")) == []


def test_a_group_claim_is_compared_with_the_sum_of_its_rows():
    cells = requests(denied_state_secret=2, denied_internal_affairs=3)
    assert only(compared(cells, claim(DENIED, 5))).outcome == "pass"
    finding = only(compared(cells, claim(DENIED, 6, "不予公开6件")))
    assert (finding.outcome, finding.cause, len(finding.cells)) == ("fail", "agency", 8)
    assert finding.message == "正文“不予公开6件”称 6，表中不予公开·总计各行之和为 5"


def test_blank_rows_of_a_group_count_as_nothing_only_where_it_agrees():
    cells = requests(denied_state_secret=2, denied_internal_affairs=BLANK)
    assert only(compared(cells, claim(DENIED, 2))).outcome == "pass"
    assert only(compared(cells, claim(DENIED, 3))).outcome == "unverifiable"


@pytest.mark.parametrize(
    ("value", "unit", "outcome"),
    [
        (24.5, "万元", "pass"),
        (245000, "元", "pass"),
        (25, "元", "fail"),
        (24.5, None, "pass"),
        (9, None, "fail"),
        (245000, None, "unverifiable"),
    ],
)
def test_amounts_are_scaled_to_one_unit(value, unit, outcome):
    finding = only(compared({FEES: number(24.5, unit="万元")}, claim(FEES, value, unit=unit)))
    assert finding.outcome == outcome
    if outcome == "fail" and unit:
        assert finding.message.endswith("称 25元，表中行政事业性收费·本年收费金额为 24.5万元")


def test_the_unit_of_a_count_does_not_matter():
    cells = requests(new_received=3)
    assert only(compared(cells, claim(NEW, 3, unit="宗"))).outcome == "pass"
    assert only(compared(cells, claim(NEW, 4, unit="宗"))).outcome == "fail"


def test_each_claim_is_compared():
    told = (claim(NEW, 3), claim(OVER, 1), claim(FORWARD, 0))
    assert outcomes(compared(requests(new_received=3), *told)) == [
        ("N.claim", "pass"), ("N.claim", "fail"), ("N.claim", "pass"),
    ]  # fmt: skip


def test_what_was_recognised_in_a_picture_is_not_held_against_the_table():
    told, document = claim(NEW, 2, "收到申请2件"), read("收到申请2件。".encode(), "test")
    lines = tuple(
        line._replace(cells=tuple(cell._replace(confidence=0.9) for cell in line.cells)) for line in document.lines
    )
    made = record(requests(new_received=3), claims=[told])
    finding = only(claims(Context(made, Prose(replace(document, lines=lines), ()))))
    assert (finding.outcome, finding.severity, finding.cause, finding.where) == (
        "unverifiable",
        "info",
        None,
        told.where,
    )
    saved = replace(made, findings=(finding,))
    assert only(claims(Context(saved))).outcome == "unverifiable"
    assert only(claims(Context(made))).outcome == "fail"


# --- accepted and handled --------------------------------------------------------------------------------------------


def handled(value, text, **rows):
    cells = requests(**{"new_received": 10, "carried_over": 2, "results_total": 11, "carried_forward": 1, **rows})
    return only(accepted(context(cells, accepted=[claim("requests.accepted.total", value, text)])))


@pytest.mark.parametrize("value", [10, 12])
def test_accepted_are_the_new_ones_or_all(value):
    finding = handled(value, f"受理申请{value}件")
    assert (finding.code, finding.outcome, finding.cells) == ("N.accepted", "pass", (NEW, OVER))


def test_handled_may_be_the_results():
    finding = handled(11, "办理申请11件")
    assert (finding.outcome, finding.cells) == ("pass", (NEW, OVER, RESULTS))


def test_accepted_that_no_figure_supports_fail():
    finding = handled(9, "受理申请9件")
    assert (finding.outcome, finding.severity, finding.cause) == ("fail", "warning", "agency")
    assert finding.message == "正文“受理申请9件”称 9，表中新收 10、上年结转 2，都不相符"
    assert handled(9, "办理申请9件").message.endswith("新收 10、上年结转 2、办理结果总计 11，都不相符")


@pytest.mark.parametrize("lost", [BLANK, MISSING, UNDECIDED, number(4, review=True)])
@pytest.mark.parametrize("row", ["new_received", "carried_over"])
def test_accepted_without_all_operands_are_unverifiable(row, lost):
    assert handled(9, "受理申请9件", **{row: lost}).outcome == "unverifiable"


def test_only_what_was_handled_needs_the_results():
    assert handled(9, "办理申请9件", results_total=BLANK).outcome == "unverifiable"
    assert handled(9, "受理申请9件", results_total=BLANK).outcome == "fail"


def test_a_blank_counts_as_nothing_where_it_agrees():
    assert handled(10, "受理申请10件", carried_over=BLANK).outcome == "pass"


@pytest.mark.parametrize("text", ["按时回复9件", "答复申请9件", "办结申请9件", "按期办理9件"])
def test_what_was_answered_may_be_a_part(text):
    assert handled(9, text).outcome == "unverifiable"


def test_what_another_body_accepted_is_left_alone():
    told = claim("requests.accepted.total", 9, scope="other")
    assert list(accepted(context(requests(new_received=10), accepted=[told]))) == []


# --- claims among themselves -----------------------------------------------------------------------------------------


def test_a_count_told_twice_alike_passes():
    told = (claim(NEW, 3, "新收3件"), claim(OVER, 1), claim(NEW, 3, "共收到3件", start=40))
    finding = only(conflicts(context(claims=told)))
    assert (finding.code, finding.outcome, finding.cells) == ("N.conflict", "pass", (NEW,))


def test_a_count_told_twice_differently_fails():
    told = (claim(NEW, 3, "新收3件"), claim(NEW, 4, "共收到4件", start=40))
    finding = only(conflicts(context(claims=told)))
    assert (finding.outcome, finding.severity, finding.cause) == ("fail", "warning", "agency")
    assert finding.where == told[1].where
    assert "“新收3件”与“共收到4件”" in finding.message


def test_other_bodies_do_not_conflict():
    assert list(conflicts(context(claims=[claim(NEW, 3), claim(NEW, 4, scope="other")]))) == []


@pytest.mark.parametrize(
    ("unit", "value", "outcome"),
    [("元", 245000, "pass"), ("万元", 24.5, "pass"), ("万元", 25.5, "fail"), (None, 245000, "pass"), (None, 9, "fail")],
)
def test_amounts_told_twice_in_other_units(unit, value, outcome):
    told = [claim(FEES, 24.5, unit="万元"), claim(FEES, value, unit=unit)]
    assert only(conflicts(context(claims=told))).outcome == outcome


def test_counts_told_twice_with_other_words_of_count():
    told = [
        claim(NEW, 3, unit="件"),
        claim(NEW, 4, unit="宗"),
        claim(DENIED, 1, unit="件"),
        claim(DENIED, 1, unit=None),
    ]
    assert sorted(outcomes(conflicts(context(claims=told)))) == [("N.conflict", "fail"), ("N.conflict", "pass")]


def told_balance(new, over, results, forward, *more):
    told = zip((NEW, OVER, RESULTS, FORWARD), (new, over, results, forward), strict=True)
    return list(balance(context(claims=[*(claim(key, value) for key, value in told if value is not None), *more])))


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(-50, 50))
def test_the_balance_of_the_prose_holds_exactly_when_its_sums_are_equal(new, over, results, off):
    finding = only(told_balance(new, over, results, new + over - results + off))
    assert (finding.code, finding.outcome) == ("N.balance", "fail" if off else "pass")


def test_a_balance_that_does_not_hold_is_told():
    finding = only(told_balance(783, 8, 788, 2))
    assert (finding.severity, finding.cause, finding.cells) == ("warning", "agency", (NEW, OVER, RESULTS, FORWARD))
    assert finding.message == "正文：新收 783 加上年结转 8，办结 788 加结转下年 2，不相等"


def test_a_balance_needs_all_four_and_each_once():
    assert told_balance(783, None, 788, 2) == []
    assert told_balance(783, 8, 788, None, claim(FORWARD, 2, scope="other")) == []
    assert only(told_balance(783, 8, 788, 2, claim(NEW, 784))).outcome == "unverifiable"


# --- all finished ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "全年收到公开申请7件,已全部办结。",
        "收到政府信息公开申请7件,均已办结。",
        "收到申请7件,均办理完毕。",
        "受理依申请公开7件,办结率100%。",
        "受理依申请公开7件,按期办结率达到100%。",
        "收到公开申请7件,均在规定期限内办结。",
        "收到依申请公开件7件,都已按时办结。",
        "收到留言9条,收到公开申请7件,全部办结。",
        "按要求公开申请均已办结。",
    ],
)
def test_sentences_by_which_all_was_finished(text):
    assert says_all_finished(text)
    finding = only(all_finished(context(requests(carried_forward=2), text)))
    assert (finding.code, finding.outcome, finding.severity) == ("N.all_finished", "fail", "warning")
    assert (finding.cause, finding.cells) == ("agency", (FORWARD,))
    assert "有 2 件结转下年度" in finding.message


@pytest.mark.parametrize(
    "text", ["收到公开申请7件,均按期答复。", "收到申请7件,全部依法答复。", "公开申请7件,答复率100%。"]
)
def test_answers_in_time_are_only_information(text):
    finding = only(all_finished(context(requests(carried_forward=2), text)))
    assert (finding.outcome, finding.severity) == ("fail", "info")


@pytest.mark.parametrize(
    "text",
    [
        "办理建议和提案20件,均已办结。",
        "收到公开申请7件;办理提案20件,全部办结。",
        "收到公开申请7件,另办理信访件20件,全部办结。",
        "受理行政许可申请80件,全部办结。",
        "受理低保申请80件,办结率100%。",
        "行政复议申请3件,均已办结。",
        "收到公开申请7件,上年结转1件,已全部办结。",
        "收到公开申请7件,除2件正在办理外,均已办结。",
        "收到公开申请7件,其余均已办结。",
        "确保公开申请全部办结。",
        "上半年收到公开申请7件,全部办结。",
        "收到公开申请7件,办结率83.3%。",
        "公开申请7件,均不予答复。",
        "收到公开申请7件,办结5件。",
        "均已办结。",
        "申请人均已答复。",
        "年度任务全部办结。",
    ],
)
def test_sentences_about_something_else_or_about_a_part(text):
    assert says_all_finished(text) is None
    assert list(all_finished(context(requests(carried_forward=2), text))) == []


def test_plans_for_the_next_year_are_no_statement():
    text = "五、存在的主要问题及改进情况\n让公开申请全部办结。\n"
    assert list(all_finished(context(requests(carried_forward=2), text))) == []


def test_all_finished_passes_where_nothing_is_carried_forward():
    finding = only(all_finished(context(requests(), "收到公开申请7件,已全部办结。")))
    assert (finding.outcome, finding.severity) == ("pass", "info")


@pytest.mark.parametrize("cell", [BLANK, MISSING, UNDECIDED, number(2, review=True)])
def test_all_finished_is_unverifiable_without_the_cell(cell):
    found = all_finished(context(requests(carried_forward=cell), "收到公开申请7件,已全部办结。"))
    assert only(found).outcome == "unverifiable"


def test_a_sentence_printed_twice_is_told_once():
    text = "收到公开申请7件,已全部办结。\n\n收到公开申请7件,已全部办结。"
    assert len(list(all_finished(context(requests(carried_forward=2), text)))) == 1


# --- fees ------------------------------------------------------------------------------------------------------------


def fee_findings(first, six, cells=(), year=2022):
    text = f"一、总体情况\n{first}\n六、其他需要报告的事项\n{six}\n"
    return list(fees(context(cells, text, year=year)))


@pytest.mark.parametrize(
    "six", ["无", "无。", "暂无其他需要报告的事项。", "本年没有收取信息处理费。", "2022年收取信息处理费0元。"]
)
def test_a_fee_that_section_six_denies(six):
    finding = only(fee_findings("全年依法收取信息处理费120元。", six))
    assert (finding.code, finding.outcome, finding.severity, finding.cause) == ("N.fee", "fail", "warning", "agency")
    assert "收取信息处理费120元" in finding.message
    assert quoted(six) in finding.message


@pytest.mark.parametrize("six", ["无", "本年没有收取信息处理费。"])
def test_section_six_without_fees_passes(six):
    assert outcomes(fee_findings("水情每天登载。", six)) == [("N.fee", "pass")]


@pytest.mark.parametrize("six", ["收取信息处理费120元。无其他需要报告的事项。", "本局建了新网站。", "收费标准见网站。"])
def test_section_six_that_denies_nothing(six):
    assert fee_findings("水情每天登载。", six) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "信息处理费每件收取100元。",
        "按照规定收取信息处理费100元。",
        "2021年收取信息处理费100元。",
        "收取信息处理费0元。",
        "没有收取信息处理费100元以上的。",
        "收取行政事业性收费24万元。",
        "收取信息处理费。",
    ],
)
def test_what_is_no_fee_of_the_year(sentence):
    assert not fee_told(sentence, 2022)
    assert outcomes(fee_findings(sentence, "无")) == [("N.fee", "pass")]


def test_fees_of_the_agency_are_not_those_for_information():
    cells = {FEES: number(7730.28, unit="万元"), OVERDUE: number(0)}
    assert outcomes(fee_findings("水情每天登载。", "全年没有收取信息处理费。", cells)) == [("N.fee", "pass")]


@pytest.mark.parametrize(("amount", "outcome"), [(24.5, "fail"), (0, "pass"), (BLANK, "unverifiable")])
def test_a_sentence_that_names_the_fees_of_the_agency(amount, outcome):
    cell = number(amount, unit="万元") if isinstance(amount, int | float) else amount
    finding = only(fee_findings("本局没有行政事业性收费项目。", "详见附件。", {FEES: cell}))
    assert (finding.outcome, finding.cells) == (outcome, (FEES,))


def test_a_claim_on_the_fees_is_compared_once():
    made = context({FEES: number(24.5, unit="万元")}, "本局没有行政事业性收费。", claims=[claim(FEES, 0, unit="万元")])
    assert list(fees(made)) == []
    assert only(claims(made)).outcome == "fail"


@pytest.mark.parametrize(("count", "outcome"), [(2, "fail"), (0, "pass"), (UNDECIDED, "unverifiable")])
def test_notices_that_were_not_sent_can_not_be_overdue(count, outcome):
    found = fee_findings(
        "全年未发出收费通知。", "详见附件。", {OVERDUE: count if not isinstance(count, int) else number(count)}
    )
    assert (only(found).outcome, only(found).cells) == (outcome, (OVERDUE,))


def test_without_prose_there_are_no_sentences():
    assert list(fees(context({FEES: 5}))) == list(all_finished(context(requests(carried_forward=2)))) == []
