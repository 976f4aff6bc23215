from dataclasses import replace

import pytest
from helpers_early import labelled, official, row_values
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.forms import forms

FORMS = {form.id: form for form in forms()}
ITEM1 = "信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n"
ITEM5 = "信息内容\t本年处理决定数量\n"
OLD_ITEM1 = "信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量\n"
OLD_ITEM5 = "信息内容\t上一年项目数量\t本年增/减\t处理决定数量\n"
APPLICANTS = "信息内容\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计\n"
DISPUTES = "结果维持\t结果纠正\t其他结果\t尚未审结\t总计\n"
PROHIBITED = "2.其他法律行政法规禁止公开\t"


def sevens(identifier, row):
    """An official table in which only one row has another value than zero."""
    return official(FORMS[identifier], {row: "7"})


def rows_with(text, first, table="requests"):
    """The rows whose first value is ``first``."""
    return [
        row for row in labelled(text, table).rows if row.tokens and first in (row.tokens[0].text, row.tokens[-1].text)
    ]


# --- the official tables ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identifier", ["proactive-2021", "proactive-2019", "requests-2021", "requests-2019"])
def test_an_official_table_is_read_whole(identifier):
    form = FORMS[identifier]
    keys = [row.key for block in form.blocks for row in block.rows]
    values = {key: str(100 + place) for place, key in enumerate(keys)}
    found = labelled(official(form, values), form.table)
    assert found.form is form
    assert found.keys == tuple(form.columns)
    assert [row.row for row in found.rows] == keys
    assert [row.tokens[0].text for row in found.rows] == list(values.values())
    assert {len(row.tokens) - len(row.cells) for row in found.rows} == {0}
    assert {(row.certainty, row.by_order, row.conflict, row.cut) for row in found.rows[:-1]} == {
        (1.0, False, False, False)
    }
    assert found.unread == ()


@pytest.mark.parametrize("identifier", ["proactive-2021", "proactive-2019", "requests-2021", "requests-2019"])
def test_an_official_table_is_regular(identifier):
    assert not labelled(official(FORMS[identifier]), FORMS[identifier].table).irregular


def test_the_disputes_are_one_row_across():
    text = f"行政复议\t行政诉讼\n\t未经复议直接起诉\t复议后起诉\n{DISPUTES}" + "\t".join("100012000230003")
    found = labelled(text, "disputes")
    assert row_values(found) == {"": list("100012000230003")}
    assert found.rows[0].cells == tuple(FORMS["disputes"].columns)
    assert found.rows[0].certainty == 1.0


def test_the_disputes_may_be_printed_as_three_rows():
    text = f"{DISPUTES}行政复议\t1\t0\t0\t0\t1\n未经复议直接起诉\t2\t0\t0\t0\t2\n复议后起诉\t3\t0\t0\t0\t3\n"
    assert row_values(labelled(text, "disputes")) == {
        "reconsideration": list("10001"),
        "litigation_direct": list("20002"),
        "litigation_after_reconsideration": list("30003"),
    }


# --- labels that are not as on the form ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    [
        "2.其他法律行政止公开\t",
        "2.其他法律法规禁止公开\t",
        "其他法律行政法规禁止公开\t",
        "2、其他 法律 行政法规 禁止公开\t",
        "2.其他法律行攻法规禁止公开\t",
        "其他法律行攻止公开\t",
        "其他法律行政\t",
        "2.其他法律\n行政法规\n禁止公开\t",
        "2.其他法律行政法\n规禁公开\t",
        "2.其他法律行政法规禁止公开（依据条例）\t",
        "2.其他法律行政法規禁止公開\t",
        "2.其他法律行政止公开 ",
    ],
)
def test_a_misprinted_or_wrapped_label_is_still_its_row(label):
    (row,) = rows_with(sevens("requests-2021", "denied_prohibited_by_law").replace(PROHIBITED, label), "7")
    assert (row.row, row.by_order) == ("denied_prohibited_by_law", False)
    assert row.certainty > 0.98


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("8.属于行政查间事项", "denied_administrative_inquiry"),
        ("没有现成信息需另行制作", "unavailable_needs_creation"),
        ("下年度继续办理", "carried_forward"),
        ("1.行政机关不再处理其政府信息公开申请", "other_correction_overdue"),
        ("2.行政机关不再处理其政府信息公开申请", "other_fee_overdue"),
    ],
)
def test_a_misprinted_label_alone_is_its_row(label, key):
    (row,) = labelled(f"{APPLICANTS}{label}\t" + "\t".join("5000005"), "requests").rows
    assert (row.row, row.by_order) == (key, False)


@pytest.mark.parametrize("label", ["2.甲乙丙丁\t", "\t", ""])
def test_a_row_without_its_label_is_known_by_its_place_only(label):
    found = labelled(sevens("requests-2021", "denied_prohibited_by_law").replace(PROHIBITED, label), "requests")
    (row,) = [row for row in found.rows if any(token.text == "7" for token in row.tokens)]
    assert (row.row, row.by_order) == ("denied_prohibited_by_law", True)
    assert found.irregular
    assert sum(row.by_order for row in found.rows) == 1


def test_two_rows_without_labels_are_known_by_their_place():
    found = labelled(f"{ITEM1}1\t2\t3\n4\t5\t6\n{ITEM5}行政许可\t7\n", "proactive")
    assert row_values(found) == {"rules": list("123"), "normative_documents": list("456"), "permits": ["7"]}
    assert [row.by_order for row in found.rows] == [True, True, False]


@pytest.mark.parametrize(
    ("identifier", "row", "printed", "label"),
    [
        ("requests-2021", "other_remaining", "3.其他\t", "3.其他\t"),
        ("requests-2021", "other_remaining", "3.其他\t", "其他\t"),
        ("requests-2021", "other_remaining", "3.其他\t", "其它\t"),
        ("requests-2021", "results_total", "（七）总计\t", "总计\t"),
        ("requests-2021", "results_total", "（七）总计\t", "合计\t"),
        ("requests-2019", "other_handling", "（六）其他处理\t", "（六）其他\t"),
        ("requests-2019", "other_handling", "（六）其他处理\t", "其他\t"),
        ("requests-2019", "results_total", "（七）总计\t", "总计\t"),
    ],
)
def test_a_label_that_is_also_a_column_head_is_a_row_where_values_follow(identifier, row, printed, label):
    found = labelled(sevens(identifier, row).replace(printed, label), "requests")
    assert found.form.id == identifier
    assert [item.row for item in found.rows if item.tokens[0].text == "7"] == [row]
    assert len(found.rows) == len(FORMS[identifier].blocks[0].rows)


@pytest.mark.parametrize("place", ["（四）无法提供", "四、结转下年度继续办理", "（二）部分公开"])
def test_heads_that_are_repeated_on_a_new_page_change_nothing(place):
    text = sevens("requests-2021", "rejected_duplicate").replace(place, APPLICANTS + place, 1)
    found = labelled(text, "requests")
    assert len(found.rows) == 25
    assert [row.row for row in found.rows if row.tokens[0].text == "7"] == ["rejected_duplicate"]
    assert found.unread == ()


def test_a_group_that_is_printed_twice_changes_nothing():
    text = sevens("requests-2021", "granted").replace("（二）部分", "三、本年度办理结果\t（二）部分")
    found = labelled(text, "requests")
    assert len(found.rows) == 25
    assert found.rows[2].row == "granted"
    assert found.rows[2].tokens[0].text == "7"


@pytest.mark.parametrize(("before", "row"), [("", "new_received"), ("\t", "new_received")])
def test_values_on_the_line_after_their_label_belong_to_it(before, row):
    text = f"{APPLICANTS}一、本年新收政府信息公开申请数量\n{before}" + "\t".join("5000005")
    text += (
        "\n二、上年结转政府信息公开申请数量\n"
        + before
        + "\t".join("1000001")
        + "\n（一）予以公开\t"
        + "\t".join("6000006")
    )
    found = labelled(text, "requests")
    assert [item.row for item in found.rows] == [row, "carried_over", "granted"]
    assert [item.by_order for item in found.rows] == [False, False, False]
    assert [item.tokens[-1].text for item in found.rows] == ["5", "1", "6"]


def test_a_row_of_blanks_is_found_with_its_blanks():
    found = labelled(f"{ITEM1}规章\t\t\t\n行政规范性文件\t2\t3\t4\n", "proactive")
    assert row_values(found) == {"rules": ["_", "_", "_"], "normative_documents": ["2", "3", "4"]}


def test_a_label_without_any_cell_is_a_row_without_tokens():
    found = labelled(f"{ITEM1}规章\n行政规范性文件\t2\t3\t4\n", "proactive")
    assert row_values(found) == {"rules": [], "normative_documents": ["2", "3", "4"]}
    assert found.rows[0].where.line == 2


def test_missing_rows_are_not_made_up():
    found = labelled(f"{ITEM1}行政规范性文件\t2\t3\t4\n{ITEM5}行政处罚\t5\n", "proactive")
    assert row_values(found) == {"normative_documents": ["2", "3", "4"], "penalties": ["5"]}
    assert len(found.keys) == 10


# --- the form --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "table", "form"),
    [
        (f"{ITEM1}规章\t0\t0\t5\n行政规范性文件\t1\t0\t6\n", "proactive", "2021"),
        (f"{OLD_ITEM1}规章\t0\t0\t5\n规范性文件\t1\t0\t6\n", "proactive", "2019"),
        (f"{ITEM5}行政许可\t5\n行政处罚\t6\n", "proactive", "2021"),
        (f"{OLD_ITEM5}行政许可\t5\t1\t6\n行政处罚\t6\t0\t7\n", "proactive", "2019"),
        ("信息内容\t采购项目数量\t采购总金额\n政府集中采购\t5\t100.5\n", "proactive", "2019"),
        ("信息内容\t本年收费金额（单位：万元）\n行政事业性收费\t5.25\n", "proactive", "2021"),
    ],
)
def test_the_form_is_told_by_heads_and_rows_whatever_the_hint(text, table, form):
    for hint in (None, "2019", "2021"):
        assert labelled(text, table, hint).form.form == form


@pytest.mark.parametrize(
    ("text", "hint", "form"),
    [
        ("行政许可\t5\n行政处罚\t6\n行政强制\t7\n", "2019", "2021"),
        ("行政许可\t5\t1\t6\n行政处罚\t6\t0\t7\n", "2021", "2019"),
    ],
)
def test_the_form_is_told_by_the_number_of_values_when_the_heads_are_lost(text, hint, form):
    assert labelled(text, "proactive", hint).form.form == form


def test_one_row_of_other_handling_or_three_tell_the_form():
    total = "\n（七）总计\t" + "\t".join("0000000")
    old = APPLICANTS + "（六）其他处理\t" + "\t".join("2000002") + total
    new = APPLICANTS + "（六）其他处理\t1.申请人无正当理由逾期不补正\t" + "\t".join("2000002") + total
    assert row_values(labelled(old, "requests", "2021"))["other_handling"] == list("2000002")
    assert labelled(old, "requests", "2021").form.form == "2019"
    assert row_values(labelled(new, "requests", "2019"))["other_correction_overdue"] == list("2000002")
    assert labelled(new, "requests", "2019").form.form == "2021"


@pytest.mark.parametrize(("hint", "form"), [(None, "2021"), ("2019", "2019"), ("2021", "2021"), ("2030", "2021")])
def test_the_hint_decides_between_forms_that_fit_equally(hint, form):
    text = APPLICANTS + "一、本年新收政府信息公开申请数量\t" + "\t".join("5000005")
    found = labelled(text, "requests", hint)
    assert found.form.form == form
    assert len(found.keys) == {"2019": 161, "2021": 175}[form]


def test_a_hybrid_has_the_columns_of_the_heads_over_each_block():
    text = f"{OLD_ITEM1}规章\t1\t2\t3\n规范性文件\t4\t5\t6\n{ITEM5}行政许可\t7\n行政处罚\t8\n行政强制\t9\n"
    found = labelled(text, "proactive")
    assert found.form.form == "2021"
    assert [row.cells[0] for row in found.rows] == [
        "proactive.rules.created", "proactive.normative_documents.created", "proactive.permits.decisions",
        "proactive.penalties.decisions", "proactive.coercive_measures.decisions",
    ]  # fmt: skip
    assert "proactive.rules.created" in found.keys
    assert "proactive.rules.issued" not in found.keys
    assert "proactive.fees.amount" in found.keys
    assert len(found.keys) == 10


def test_a_row_of_another_form_is_kept_with_its_own_cells():
    text = f"{ITEM1}规章\t1\t2\t3\n{ITEM5}行政许可\t7\n信息内容\t采购项目数量\t采购总金额\n政府集中采购\t5\t100.5\n"
    found = labelled(text, "proactive")
    assert row_values(found)["procurement"] == ["5", "100.5"]
    assert [row.cells for row in found.rows if row.row == "procurement"] == [
        ("proactive.procurement.projects", "proactive.procurement.amount")
    ]
    assert [row.cells[0] for row in found.rows if row.row == "rules"] == ["proactive.rules.issued"]


# --- what is odd -----------------------------------------------------------------------------------------------------


def test_a_row_that_is_printed_twice_alike_is_no_conflict():
    found = labelled(f"{ITEM1}规章\t1\t2\t3\n规章\t1\t2\t3\n行政规范性文件\t4\t4\t4\n", "proactive")
    assert [(row.row, row.conflict, row.certainty) for row in found.rows] == [
        ("rules", False, pytest.approx(1.0)),
        ("normative_documents", False, pytest.approx(1.0)),
    ]
    assert found.unread == ()
    assert not found.irregular


def test_a_row_that_is_printed_twice_with_other_values_is_a_conflict():
    found = labelled(f"{ITEM1}规章\t1\t2\t3\n规章\t1\t2\t4\n行政规范性文件\t4\t4\t4\n", "proactive")
    assert [(row.row, row.conflict) for row in found.rows] == [("rules", True), ("normative_documents", False)]
    assert found.rows[0].certainty == pytest.approx(0.5, abs=0.01)
    assert found.irregular


def test_a_row_at_the_end_of_the_text_with_too_few_cells_is_cut():
    found = labelled(f"{ITEM1}规章\t1\t2\t3\n行政规范性文件\t4", "proactive")
    assert [row.cut for row in found.rows] == [False, True]
    whole = labelled(f"{ITEM1}规章\t1\t2\t3\n行政规范性文件\t4\t5\t6", "proactive")
    assert [row.cut for row in whole.rows] == [False, False]
    followed = labelled(f"{ITEM1}规章\t1\t2\t3\n行政规范性文件\t4\n五、存在的主要问题及改进情况\n", "proactive")
    assert [row.cut for row in followed.rows] == [False, False]


def test_an_extra_row_of_an_agency_is_no_row_and_not_unread():
    text = f"{ITEM1}规章\t1\t2\t3\n行政规范性文件\t4\t5\t6\n其他主动公开文件\t9\t9\t9\n{ITEM5}行政许可\t7\n"
    found = labelled(text, "proactive")
    assert row_values(found) == {"rules": list("123"), "normative_documents": list("456"), "permits": ["7"]}
    assert found.unread == ()
    assert not found.irregular


def test_an_extra_row_of_an_agency_does_not_stand_for_a_missing_row():
    text = f"{ITEM1}规章\t1\t2\t3\n行政规范性文件\t4\t5\t6\n其他主动公开文件\t9\t9\t9\n"
    assert row_values(labelled(text, "proactive")) == {"rules": list("123"), "normative_documents": list("456")}


def test_a_known_label_is_never_another_row():
    found = labelled(f"{ITEM1}行政规范性文件\t4\t5\t6\n规章\t1\t2\t3\n", "proactive")
    assert row_values(found).get("permits") is None


def test_values_of_no_row_are_unread():
    text = f"{ITEM1}规章\t1\t2\t3\n行政规范性文件\t4\t5\t6\n甲乙丙丁\t8\t8\t8\n{ITEM5}行政许可\t7\n"
    found = labelled(text, "proactive")
    assert [(segment.label.text, len(segment.values)) for segment in found.unread] == [("甲乙丙丁", 3)]
    assert row_values(found)["permits"] == ["7"]
    assert found.irregular


def test_cells_under_a_head_that_is_not_the_forms_are_odd():
    text = "信息内容\t上一年项目数量\t本年数量\t处理决定数量\n行政许可\t5\t1\t6\n行政处罚\t5\t1\t7\n"
    found = labelled(text, "proactive")
    assert [row.odd_heads for row in found.rows] == [{"proactive.permits.change"}, {"proactive.penalties.change"}]
    assert [row.odd_heads for row in labelled(f"{OLD_ITEM5}行政许可\t5\t1\t6\n", "proactive").rows] == [set()]


def test_the_unit_of_the_head_is_handed_on():
    text = "信息内容\t本年收费金额（单位：元）\n行政事业性收费\t5000\n"
    assert labelled(text, "proactive").units == {"amount": "元"}


def test_a_row_knows_where_it_is_printed():
    found = labelled(f"{ITEM1}规章\t1\t2\t3\n\n行政规范性文件\t4\t5\t6\n", "proactive")
    assert [row.where.line for row in found.rows] == [2, 4]


# --- properties ------------------------------------------------------------------------------------------------------


def part_of(form, keys):
    blocks = (
        replace(block, rows=tuple(row for row in block.rows if row.key in keys))
        for block in form.blocks
        if any(row.key in keys for row in block.rows)
    )
    return replace(form, blocks=tuple(blocks))


@pytest.mark.parametrize("identifier", ["proactive-2021", "proactive-2019", "requests-2021", "requests-2019"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_rows_of_a_form_are_found_with_their_values(identifier, data):
    form = FORMS[identifier]
    keys = [row.key for block in form.blocks for row in block.rows]
    kept = data.draw(st.sets(st.sampled_from(keys), min_size=2))
    values = {key: str(data.draw(st.integers(0, 3000))) for key in keys if key in kept}
    found = labelled(official(part_of(form, kept), values), form.table, form.form)
    assert {row.row: row.tokens[0].text for row in found.rows} == values
    assert [row.row for row in found.rows] == [key for key in keys if key in kept]
    assert not any(row.by_order for row in found.rows)


LABELS = st.sampled_from(
    [
        "规章",
        "行政规范性文件",
        "行政许可",
        "行政处罚",
        "行政强制",
        "行政事业性收费",
        "政府集中采购",
        "总计",
        "甲乙丙",
        "信息内容",
        "",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(LABELS, st.lists(st.sampled_from(["0", "5", "", "12", "/"]), max_size=5)), max_size=10))
def test_rows_of_any_table_are_in_order_and_share_no_values(lines):
    text = f"{ITEM1}规章\t1\t2\t3\n" + "\n".join("\t".join([label, *values]) for label, values in lines)
    found = labelled(text, "proactive")
    keys = [row.row for row in found.rows]
    order = [
        "rules",
        "normative_documents",
        "permits",
        "other_services",
        "penalties",
        "coercive_measures",
        "fees",
        "procurement",
    ]
    assert keys == sorted(set(keys), key=order.index)
    assert all(0.0 <= row.certainty <= 1.0 for row in found.rows)
    assert {cell for row in found.rows for cell in row.cells} <= set(found.keys)
    places = [token.where.start for row in found.rows for token in row.tokens if token.kind == "value"]
    places += [token.where.start for segment in found.unread for token in segment.values if token.kind == "value"]
    assert len(places) == len(set(places))
