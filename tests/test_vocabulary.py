import pytest

from extractor.forms import FormBlock, FormColumn, FormRow, FormTable, forms
from extractor.vocabulary import TableFamily, heading_of, may_be_head, rows_named, tables_of, vocabulary


def meanings(wording, enumerator=""):
    return [(term.kind, term.table, term.key) for term in vocabulary().find(wording, enumerator)]


def test_families_are_the_tables_in_the_order_of_the_report():
    assert [(family.table, [form.form for form in family.forms]) for family in vocabulary().families] == [
        ("proactive", ["2021", "2019"]),
        ("requests", ["2021", "2019"]),
        ("disputes", ["2021"]),
    ]


@pytest.mark.parametrize(
    ("wording", "found"),
    [
        ("规章", [("row", "proactive", "rules")]),
        ("规范性文件", [("row", "proactive", "normative_documents")]),
        ("规范性档案", [("row", "proactive", "normative_documents")]),
        ("其他法律法规禁止公开", [("row", "requests", "denied_prohibited_by_law")]),
        ("危及三安全一稳定", [("row", "requests", "denied_security_and_stability")]),
        ("本年度制发件数", [("column", "proactive", "issued")]),
        ("本年收费金额单位万元", [("column", "proactive", "amount")]),
        ("社会组织", [("column", "requests", "public_welfare")]),
        ("不予公开", [("group", "requests", "denied")]),
        ("法人或其他组织", [("head", "requests", "requests")]),
        ("其他主动公开文件", [("extra", "proactive", "proactive")]),
        ("主动公开政府信息情况", [("heading", "proactive", "proactive")]),
        ("", []),
        ("第二十条", []),
        ("财政预算", []),
    ],
)
def test_wordings_are_found(wording, found):
    assert meanings(wording) == found


@pytest.mark.parametrize(
    ("wording", "key"),
    [
        ("第二十条第一项", "item1"),
        ("第二十条五项", "item5"),
        ("第二十条第六", "item6"),
        ("条例第二十条第八项", "item8"),
        ("中华人民共和国政府信息公开条例第二十条第九项", "item9"),
    ],
)
def test_captions_are_found_in_all_their_forms(wording, key):
    assert meanings(wording) == [("caption", "proactive", key)]


@pytest.mark.parametrize("wording", ["第二十条第项", "第二十条项", "政府信息公开条例第二十条第"])
def test_a_caption_without_its_number_may_be_any(wording):
    assert [key for _, _, key in meanings(wording)] == ["item1", "item5", "item6", "item8", "item9"]


@pytest.mark.parametrize(
    ("wording", "enumerator", "keys"),
    [
        ("其他", "", {"other_org", "other_remaining", "other_handling", "disputes"}),
        ("其他", "3", {"other_remaining"}),
        ("其他", "六", {"other_handling"}),
        ("其他", "九", {"other_remaining", "other_handling", "disputes"}),
        ("总计", "", {"total", "results_total"}),
        ("总计", "七", {"results_total"}),
        ("总计", "1", {"results_total"}),
        ("规章", "5", {"rules"}),
    ],
)
def test_an_enumerator_narrows_the_meanings(wording, enumerator, keys):
    assert {key for _, _, key in meanings(wording, enumerator)} == keys


def test_other_handling_is_a_row_of_one_form_and_a_group_of_the_other():
    assert meanings("其他处理", "六") == [
        ("group", "requests", "other_handling"),
        ("row", "requests", "other_handling"),
    ]


def test_every_label_of_every_form_is_known():
    known = {(term.kind, term.table, term.key) for terms in vocabulary().terms.values() for term in terms}
    for form in forms():
        for block in form.blocks:
            assert {("row", form.table, row.key) for row in block.rows} <= known
            assert {("column", form.table, column.key) for column in block.columns} <= known
            assert {("group", form.table, group.key) for group in block.groups} <= known


def test_wordings_are_folded():
    for wording in vocabulary().terms:
        assert wording
        assert not set(wording) & set(" （）()“”、，。：:.")


@pytest.mark.parametrize(
    ("year", "form"), [(None, None), (2008, None), (2019, "2019"), (2020, "2019"), (2021, "2021"), (2026, "2021")]
)
def test_the_form_in_force_is_known_by_the_year(year, form):
    assert vocabulary().form_of_year(year) == form


def test_rows_of_both_forms_are_merged_in_order():
    rows = [row.key for row in vocabulary().family("proactive").rows]
    assert rows == [
        "rules", "normative_documents", "permits", "other_services", "penalties", "coercive_measures", "fees",
        "procurement",
    ]  # fmt: skip
    rows = [row.key for row in vocabulary().family("requests").rows]
    assert len(rows) == 26
    assert rows[20:] == [
        "other_handling", "other_correction_overdue", "other_fee_overdue", "other_remaining", "results_total",
        "carried_forward",
    ]  # fmt: skip


def test_a_row_of_an_older_form_stands_behind_the_row_before_it():
    def form(year, rows):
        block = FormBlock("b", (FormColumn("n", "数量"),), tuple(FormRow(key, f"第{key}行") for key in rows))
        return FormTable("t", "t", year, 1, "表", "文号", (block,))

    family = TableFamily("t", (form("2031", "abcd"), form("2030", "axcyd"), form("2029", "dz")))
    assert "".join(row.key for row in family.rows) == "axbcydz"


def test_row_index_is_the_place_in_the_merged_order():
    family = vocabulary().family("requests")
    assert family.row_index["new_received"] == 0
    assert family.row_index["carried_forward"] == 25
    assert [family.rows[place].key for place in family.row_index.values()] == list(family.row_index)


def test_a_row_of_two_forms_has_the_wordings_of_both():
    row = vocabulary().family("proactive").rows[1]
    assert row.wordings == ("行政规范性文件", "规范性文件", "行政规范性档案", "规范性档案")


@pytest.mark.parametrize(("table", "across"), [("proactive", False), ("requests", False), ("disputes", True)])
def test_only_the_disputes_are_printed_across(table, across):
    assert vocabulary().family(table).across is across


def test_columns_of_all_forms_are_known_by_cell_key():
    columns = vocabulary().columns
    assert len(columns) == 226
    assert columns["proactive.rules.issued"].label == "本年制发件数"
    assert columns["proactive.rules.created"].label == "本年新制作数量"
    assert columns["requests.other_handling.total"].label == "总计"


def test_column_keys_are_those_of_the_table():
    assert vocabulary().column_keys("disputes") == {"upheld", "corrected", "other", "pending", "total"}
    assert {"issued", "created", "projects", "amount"} <= vocabulary().column_keys("proactive")
    assert "natural_person" not in vocabulary().column_keys("proactive")


def test_the_pattern_finds_the_longest_wording_at_each_place():
    found = vocabulary().pattern.findall("本年新收政府信息公开申请数量、规章甲乙其他处理总计其他对外管理服务事项")
    assert found == ["本年新收政府信息公开申请数量", "规章", "其他处理", "总计", "其他对外管理服务事项"]


def test_only_long_heads_and_captions_tell_a_table_from_prose():
    assert vocabulary().heads.findall("本年制发件数规章第二十条第一项其他总计自然人行政许可科研机构") == [
        "本年制发件数",
        "第二十条第一项",
        "科研机构",
    ]


def test_rows_are_told_from_other_meanings():
    terms = vocabulary().find("其他")
    assert rows_named(terms, "requests") == {"other_remaining", "other_handling"}
    assert rows_named(terms, "disputes") == frozenset()
    assert rows_named((), "requests") == frozenset()


@pytest.mark.parametrize(
    ("wording", "is_head"),
    [("总计", True), ("其他", True), ("自然人", True), ("规章", False), ("行政诉讼", True), ("", False)],
)
def test_wordings_that_may_be_heads_are_known(wording, is_head):
    assert may_be_head(vocabulary().find(wording)) is is_head


@pytest.mark.parametrize(
    ("wording", "tables"),
    [
        ("总计", {"requests", "disputes"}),
        ("行政复议", {"disputes"}),
        ("主动公开政府信息情况", set()),
        ("甲乙", set()),
    ],
)
def test_tables_of_a_wording_do_not_count_headings(wording, tables):
    assert tables_of(vocabulary().find(wording)) == tables


@pytest.mark.parametrize(
    ("wording", "table"),
    [
        ("主动公开政府信息情况", "proactive"),
        ("收到和处理政府信息公开申请情况", "requests"),
        ("因政府信息公开工作被申请行政复议提起行政诉讼情况", "disputes"),
        ("规章", None),
        ("", None),
    ],
)
def test_a_heading_introduces_its_table(wording, table):
    assert heading_of(vocabulary().find(wording)) == table


@pytest.mark.parametrize("wording", ["总体情况", "存在的主要问题及改进情况", "其他需要报告的事项"])
def test_a_section_without_a_table_introduces_none(wording):
    assert heading_of(vocabulary().find(wording)) == ""
