import re
from importlib import resources

import pytest

from extractor.errors import FormError, GongkaiError
from extractor.forms import forms, parse_form
from extractor.vocabulary import TableFamily, Vocabulary, vocabulary


def shipped(name):
    return (resources.files("extractor.forms") / name).read_text(encoding="utf-8")


def changed(name, *changes):
    text = shipped(name)
    for old, new in changes:
        assert old in text, f"{name} has no {old}"
        text = text.replace(old, new)
    return text


def form_of(identifier):
    return next(form for form in forms() if form.id == identifier)


def test_forms_stand_in_the_order_of_the_report_newest_first():
    assert [form.id for form in forms()] == [
        "proactive-2021", "proactive-2019", "requests-2021", "requests-2019", "disputes",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("identifier", "cells", "rows"),
    [
        ("proactive-2021", 10, 6),
        ("proactive-2019", 22, 8),
        ("requests-2021", 175, 25),
        ("requests-2019", 161, 23),
        ("disputes", 15, 3),
    ],
)
def test_forms_have_the_official_number_of_cells(identifier, cells, rows):
    form = form_of(identifier)
    assert len(form.columns) == cells
    assert len({key.split(".")[1] for key in form.columns}) == rows
    assert {key.split(".")[0] for key in form.columns} == {form.table}


def test_cell_keys_are_in_the_order_of_the_form():
    assert list(form_of("proactive-2021").columns) == [
        "proactive.rules.issued", "proactive.rules.repealed", "proactive.rules.in_force",
        "proactive.normative_documents.issued", "proactive.normative_documents.repealed",
        "proactive.normative_documents.in_force", "proactive.permits.decisions", "proactive.penalties.decisions",
        "proactive.coercive_measures.decisions", "proactive.fees.amount",
    ]  # fmt: skip


def test_columns_tell_their_kind_and_unit():
    assert form_of("proactive-2021").columns["proactive.fees.amount"].kind == "amount"
    assert form_of("proactive-2021").columns["proactive.fees.amount"].unit == "万元"
    assert form_of("proactive-2019").columns["proactive.permits.change"].kind == "signed"
    assert form_of("proactive-2019").columns["proactive.procurement.amount"].unit is None
    assert form_of("requests-2021").columns["requests.granted.total"].kind == "count"


def test_a_block_is_found_by_its_rows():
    form = form_of("proactive-2019")
    assert form.block("penalties").key == "item6"
    assert form.block("procurement").key == "item9"
    assert form.block("granted") is None
    assert form_of("requests-2021").block("other_handling") is None
    assert form_of("requests-2019").block("other_handling").key == "requests"


def test_columns_can_not_be_changed():
    with pytest.raises(TypeError):
        form_of("disputes").columns["new"] = None


# --- relations -------------------------------------------------------------------------------------------------------


def relation(form, code, at):
    return next(cell for cell in form.cell_relations if (cell.relation.code, cell.at) == (code, at))


@pytest.mark.parametrize(
    ("identifier", "counts"),
    [
        ("requests-2021", {"T3.balance": 7, "T3.results": 7, "T3.applicants": 25}),
        ("requests-2019", {"T3.balance": 7, "T3.results": 7, "T3.applicants": 23}),
        ("disputes", {"T4.total": 3}),
        ("proactive-2021", {}),
    ],
)
def test_relations_are_spelt_out_for_every_row_or_column(identifier, counts):
    codes = [cell.relation.code for cell in form_of(identifier).cell_relations]
    assert {code: codes.count(code) for code in codes} == counts


def test_a_relation_of_a_column_adds_up_rows():
    cell = relation(form_of("requests-2021"), "T3.balance", "business")
    assert cell.left == ("requests.new_received.business", "requests.carried_over.business")
    assert cell.right == ("requests.results_total.business", "requests.carried_forward.business")


def test_a_relation_of_a_row_adds_up_columns():
    cell = relation(form_of("disputes"), "T4.total", "litigation_direct")
    assert cell.left == tuple(
        f"disputes.litigation_direct.{column}" for column in ("upheld", "corrected", "other", "pending")
    )
    assert cell.right == ("disputes.litigation_direct.total",)


@pytest.mark.parametrize(("identifier", "count"), [("requests-2021", 21), ("requests-2019", 19)])
def test_a_group_stands_for_all_rows_below_it_but_those_on_the_right(identifier, count):
    cell = relation(form_of(identifier), "T3.results", "total")
    assert len(cell.left) == len(set(cell.left)) == count
    assert {"requests.granted.total", "requests.denied_state_secret.total"} <= set(cell.left)
    assert not {
        "requests.results_total.total", "requests.new_received.total", "requests.carried_forward.total",
    } & set(cell.left)  # fmt: skip
    assert cell.right == ("requests.results_total.total",)


def test_a_group_inside_a_group_stands_for_its_own_rows_only():
    text = changed("requests-2021.toml", ('left = ["results/*"]', 'left = ["unavailable/*", "granted"]'))
    cell = relation(parse_form(text, "x.toml"), "T3.results", "research")
    assert cell.left == tuple(
        f"requests.{row}.research"
        for row in ("unavailable_not_held", "unavailable_needs_creation", "unavailable_still_unclear", "granted")
    )


# --- a form file that is not valid -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([("[[blocks]]", "[[blocks")], "不是有效的 TOML"),
        ([("section = 4", "section = 4\ncolour = 1\nbanana = 2")], "不认识的字段 banana, colour"),
        ([("section = 4", "")], "section"),
        ([('{ key = "total", label', '{ key = "total", hue = "red", label')], "blocks[0].columns[4]：不认识的字段 hue"),
        ([('{ key = "reconsideration", label = "行政复议" }', '{ key = "reconsideration" }')], "blocks[0].rows[0]"),
        ([('code = "T4.total"', "")], "relations[0]"),
        ([('key = "litigation_direct"', 'key = "reconsideration"')], "单元格键重复"),
        ([('key = "other", label', 'key = "pending", label')], "单元格键重复"),
        ([('right = ["total"]', 'right = ["sum"]')], "关系 T4.total 用到不存在的行或列 sum"),
        ([('each = "row"', 'each = "column"')], "关系 T4.total 用到不存在的行或列 corrected"),
    ],
)
def test_a_form_that_is_not_valid_is_refused_in_one_line(changes, message):
    with pytest.raises(FormError, match=re.escape(message)) as caught:
        parse_form(changed("disputes.toml", *changes), "made-up.toml")
    assert str(caught.value).startswith("made-up.toml")
    assert caught.value.code == "form"
    assert isinstance(caught.value, GongkaiError)


def test_a_form_without_blocks_is_refused():
    head = 'id = "a"\ntable = "a"\nform = "2030"\nsection = 1\ntitle = "甲"\nsource = "乙"\n'
    with pytest.raises(FormError, match="没有 blocks"):
        parse_form(head, "x.toml")


def test_a_relation_that_names_an_unknown_row_is_refused():
    text = changed("requests-2021.toml", ('right = ["results_total"]', 'right = ["results_sum"]'))
    with pytest.raises(FormError, match=r"T3\.results.*results_sum"):
        parse_form(text, "x.toml")


def test_a_relation_that_names_an_unknown_group_is_refused():
    text = changed("requests-2021.toml", ('left = ["results/*"]', 'left = ["result/*"]'))
    with pytest.raises(FormError):
        parse_form(text, "x.toml")


def test_a_row_below_an_unknown_group_is_refused():
    text = changed(
        "requests-2021.toml", ('label = "重复申请", parent = "rejected"', 'label = "重复申请", parent = "reject"')
    )
    with pytest.raises(FormError):
        parse_form(text, "x.toml")


def test_a_group_below_itself_is_refused():
    text = changed(
        "requests-2021.toml", ('label = "不予公开", parent = "results"', 'label = "不予公开", parent = "denied"')
    )
    with pytest.raises(FormError):
        parse_form(text, "x.toml")


def test_a_single_bracket_around_blocks_is_refused():
    with pytest.raises(FormError):
        parse_form(changed("disputes.toml", ("[[blocks]]", "[blocks]")), "x.toml")


# --- a new form year is a new file -----------------------------------------------------------------------------------


@pytest.fixture
def new_form():
    return parse_form(
        changed(
            "requests-2021.toml",
            ('id = "requests-2021"', 'id = "requests-2030"'),
            ('form = "2021"', 'form = "2030"'),
            (
                '{ key = "legal_service", label = "法律服务机构", aliases = ["法律服务"], '
                'under = ["申请人情况", "法人或其他组织"] },',
                "",
            ),
            ('"legal_service", ', ""),
            (
                '{ key = "carried_forward",',
                '{ key = "withdrawn", enumerator = "八", label = "申请人撤回申请", parent = "results" },\n'
                '  { key = "carried_forward",',
            ),
        ),
        "requests-2030.toml",
    )


def test_a_new_form_has_its_own_cells(new_form):
    assert len(new_form.columns) == 26 * 6
    assert "requests.withdrawn.total" in new_form.columns
    assert "requests.withdrawn.legal_service" not in new_form.columns
    assert new_form.block("withdrawn") is new_form.blocks[0]


def test_the_relations_follow_the_rows_and_columns_of_a_new_form(new_form):
    results = relation(new_form, "T3.results", "total")
    assert "requests.withdrawn.total" in results.left
    assert len(results.left) == 22
    assert len(relation(new_form, "T3.applicants", "withdrawn").left) == 5
    assert sum(cell.relation.each == "column" for cell in new_form.cell_relations) == 12


def test_a_new_form_joins_its_family_and_its_words_are_found(new_form):
    old = vocabulary().family("requests").forms
    family = TableFamily("requests", (new_form, *old))
    words = Vocabulary((family,))
    keys = [row.key for row in family.rows]
    assert keys[keys.index("results_total") :] == ["results_total", "withdrawn", "carried_forward"]
    assert set(keys) == {row.key for row in vocabulary().family("requests").rows} | {"withdrawn"}
    assert [(term.kind, term.key) for term in words.find("申请人撤回申请", "八")] == [("row", "withdrawn")]
    assert [words.form_of_year(year) for year in (2020, 2029, 2030, 2034)] == ["2019", "2021", "2030", "2030"]


def test_relations_may_be_added_to_a_form_of_one_block():
    text = (
        shipped("disputes.toml")
        + """
[[relations]]
code = "T4.more"
each = "column"
left = ["reconsideration"]
right = ["litigation_direct", "litigation_after_reconsideration"]
severity = "info"
source = "试"
zh = "试"
en = "test"
"""
    )
    form = parse_form(text, "x.toml")
    assert relation(form, "T4.more", "pending").right == (
        "disputes.litigation_direct.pending", "disputes.litigation_after_reconsideration.pending",
    )  # fmt: skip


def test_relations_may_be_added_to_a_form_of_several_blocks():
    text = (
        shipped("proactive-2021.toml")
        + """
[[relations]]
code = "T2.stock"
each = "column"
left = ["rules"]
right = ["normative_documents"]
severity = "info"
source = "试"
zh = "试"
en = "test"
"""
    )
    form = parse_form(text, "x.toml")
    assert [cell.at for cell in form.cell_relations] == ["issued", "repealed", "in_force"]
