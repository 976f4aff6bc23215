import csv
import io
from random import Random

import pytest
from helpers_series import BLANK, BUSY, FORMS, MISSING, UNDECIDED, number, report
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.checks import catalogue
from extractor.errors import FormError, InputError
from extractor.forms import parse_form
from extractor.series import Series, read_hierarchy
from extractor.series.figures import figures_of, imprint, merged, pack, unpack
from training.figures import draw_cells

CODES = ("X.carry", "X.in_force", "X.jump", "X.fee_unit", "X.copied", "X.duplicate", "X.parent", "X.parent_more")
COLUMNS = ("natural_person", "business", "research", "public_welfare", "legal_service", "other_org", "total")
IN_FORCE = "proactive.normative_documents.in_force"
FEES = "proactive.fees.amount"
PENALTIES = "proactive.penalties.decisions"


def findings(*reports, of=-1, hierarchy=None):
    """The findings on one of these reports, by default the last."""
    series = Series(read_hierarchy(hierarchy.encode(), "h.csv") if hierarchy else None)
    for one in reports:
        series.add(one)
    place = of % len(reports)
    return list(series.findings(place, reports[place]))


def outcomes(found, code):
    return [finding.outcome for finding in found if finding.code == code]


def failing(found, code=None):
    return [finding for finding in found if finding.outcome == "fail" and code in (None, finding.code)]


def only(found, code):
    (finding,) = failing(found, code)
    return finding


def two_years(last, now, **more):
    """The findings on the second of two years, each given as the cells that are not 0."""
    return findings(report(year=2021, cells=last), report(year=2022, cells=now), **more)


# --- the catalogue and the forms -------------------------------------------------------------------------------------


def test_every_check_across_reports_is_in_the_catalogue():
    assert {code for code, check in catalogue().items() if check.scope == "series"} == set(CODES)


@pytest.mark.parametrize(
    ("form", "code", "count"),
    [("requests-2021", "X.carry", 7), ("requests-2019", "X.carry", 7), ("proactive-2021", "X.in_force", 2)],
)
def test_relations_with_last_year_are_data_of_the_forms(form, code, count):
    assert [it.relation.code for it in FORMS[form].cell_series] == [code] * count
    assert all(key.startswith("previous.") for it in FORMS[form].cell_series for key in it.right[:1])


FORM = """
id = "t-2030"
table = "t"
form = "2030"
section = 2
title = "表"
source = "测试"
[[blocks]]
key = "b"
groups = [{ key = "all", label = "合" }]
columns = [{ key = "a", label = "甲" }, { key = "z", label = "乙" }]
rows = [{ key = "r", label = "一", parent = "all" }, { key = "s", label = "二", parent = "all" }, { key = "sum", label = "三" }]
"""
RELATION = """
[[{kind}]]
code = "X.t"
each = "{each}"
left = {left}
right = {right}
severity = "error"
source = ""
zh = "应等于"
en = "must equal"
"""


def with_relation(kind, each, left, right):
    lists = (str(side).replace("'", '"') for side in (left, right))
    return parse_form(FORM + RELATION.format(kind=kind, each=each, left=next(lists), right=next(lists)), "t.toml")


def test_a_new_form_brings_its_own_relations_with_last_year():
    by_row = with_relation("series", "row", ["a"], ["previous.z", "z"]).cell_series
    assert next((it.left, it.right) for it in by_row) == (("t.r.a",), ("previous.t.r.z", "t.r.z"))
    by_column = with_relation("series", "column", ["sum"], ["previous.all/*"]).cell_series
    assert by_column[0].right == ("previous.t.r.a", "previous.t.s.a")


@pytest.mark.parametrize(
    ("kind", "each", "left", "right", "told"),
    [
        ("relations", "row", ["a"], ["previous.z"], "series"),
        ("series", "row", ["a"], ["z"], "series"),
        ("series", "row", ["a"], ["previous.none"], "none"),
        ("series", "cell", ["a"], ["previous.z"], "each"),
    ],
)
def test_relations_that_are_wrong_are_refused(kind, each, left, right, told):
    with pytest.raises(FormError, match=told):
        with_relation(kind, each, left, right)


# --- X.carry ---------------------------------------------------------------------------------------------------------


def test_what_was_carried_forward_is_carried_over():
    found = two_years({"requests.carried_forward.research": 3}, {"requests.carried_over.research": 3})
    assert outcomes(found, "X.carry") == ["pass"] * 7


@pytest.mark.parametrize("column", COLUMNS)
def test_what_is_carried_over_wrongly(column):
    cell = f"requests.carried_over.{column}"
    finding = only(two_years({f"requests.carried_forward.{column}": 5}, {cell: 3}), "X.carry")
    assert (finding.severity, finding.cause, finding.cells) == ("error", "agency", (cell,))
    assert "但为 3 与 5（上年：青石县水利局-2021.html）" in finding.message


@pytest.mark.parametrize("operand", [BLANK, MISSING, UNDECIDED, number(5, review=True)])
@pytest.mark.parametrize("year", ["last", "now"])
def test_a_doubtful_operand_makes_it_unverifiable(operand, year):
    cells = {"last": {"requests.carried_forward.total": 4}, "now": {"requests.carried_over.total": 3}}
    key = "requests.carried_forward.total" if year == "last" else "requests.carried_over.total"
    found = two_years(**{**cells, year: {key: operand}})
    assert not failing(found)
    assert outcomes(found, "X.carry").count("unverifiable") == 1


def test_a_blank_counts_as_zero_when_it_then_holds():
    assert outcomes(two_years({}, {"requests.carried_over.total": BLANK}), "X.carry") == ["pass"] * 7


def test_blanks_on_both_sides_tell_nothing():
    found = two_years({"requests.carried_forward.total": BLANK}, {"requests.carried_over.total": BLANK})
    assert outcomes(found, "X.carry").count("unverifiable") == 1


def test_it_holds_across_a_change_of_form():
    old = report(year=2020, requests__carried_forward__total=2)
    assert outcomes(findings(old, report(year=2021, requests__carried_over__total=2)), "X.carry") == ["pass"] * 7
    assert only(findings(old, report(year=2021)), "X.carry").cells == ("requests.carried_over.total",)


def test_last_year_without_the_table_is_unverifiable():
    without = report(year=2021, tables=("2021", None, "2021"))
    assert outcomes(findings(without, report(year=2022)), "X.carry") == ["unverifiable"] * 7


# --- X.in_force ------------------------------------------------------------------------------------------------------


def documents(issued, repealed, in_force):
    keys = (f"proactive.normative_documents.{key}" for key in ("issued", "repealed", "in_force"))
    return dict(zip(keys, (issued, repealed, in_force), strict=True))


def test_documents_in_force():
    assert outcomes(two_years(documents(0, 0, 50), documents(3, 1, 52)), "X.in_force") == ["pass"] * 2


def test_documents_in_force_that_do_not_follow():
    finding = only(two_years(documents(0, 0, 50), documents(3, 1, 53)), "X.in_force")
    assert (finding.severity, finding.cause) == ("warning", "agency")
    assert set(finding.cells) == set(documents(0, 0, 0))
    assert "行政规范性文件" in finding.message
    assert "但为 54 与 53" in finding.message


def test_documents_in_force_after_a_change_of_form_are_unverifiable():
    old = report(year=2020, proactive__normative_documents__total_disclosed=50)
    found = findings(old, report(year=2021, cells=documents(3, 1, 9)))
    assert outcomes(found, "X.in_force") == ["unverifiable"] * 2


def test_the_old_form_has_no_such_relation():
    assert outcomes(findings(report(year=2019), report(year=2020)), "X.in_force") == []


def test_a_flagged_count_of_documents_is_unverifiable():
    found = two_years(documents(0, 0, number(50, review=True)), documents(3, 1, 53))
    assert sorted(outcomes(found, "X.in_force")) == ["pass", "unverifiable"]


# --- years -----------------------------------------------------------------------------------------------------------


def test_without_last_year_there_is_one_finding_a_check():
    found = findings(report(year=2019), report(year=2022))
    assert [(it.code, it.outcome) for it in found if it.code in ("X.carry", "X.in_force")] == [
        ("X.in_force", "unverifiable"), ("X.carry", "unverifiable"),
    ]  # fmt: skip
    assert "没有2021年的报告" in found[0].message
    assert not outcomes(found, "X.jump")


def test_three_years_are_compared_in_pairs():
    years = [
        report(year=2021, requests__carried_forward__total=1),
        report(year=2022, requests__carried_over__total=1, requests__carried_forward__total=2),
        report(year=2023, requests__carried_over__total=1),
    ]
    assert not failing(findings(*years, of=1))
    assert "但为 1 与 2" in only(findings(*years, of=2), "X.carry").message


def test_reports_may_come_in_any_order():
    now, last = report(year=2022, requests__carried_over__total=1), report(year=2021)
    assert only(findings(now, last, of=0), "X.carry")


@pytest.mark.parametrize("name", ["青石縣水利局", " 青石县 水利局", "青石县\u3000水利局"])
def test_agencies_are_told_apart_by_folded_names(name):
    last = report(name, 2021, requests__carried_forward__total=5)
    assert only(findings(last, report(year=2022)), "X.carry")


def test_another_agency_is_not_compared():
    last = report("白河县水利局", 2021, requests__carried_forward__total=5)
    assert outcomes(findings(last, report(year=2022)), "X.carry") == ["unverifiable"]


@pytest.mark.parametrize("unknown", [{"agency": None}, {"agency": ""}, {"year": None}, {"year": 0}])
def test_a_report_of_nobody_or_no_year_is_unverifiable(unknown):
    found = findings(report(year=2021), report(**unknown))
    assert {it.outcome for it in found} == {"unverifiable"}
    assert {it.code for it in found} == {"X.carry", "X.in_force"}


def test_a_report_that_could_not_be_read_counts_for_nothing():
    last = report(year=2021, status="failed", requests__carried_forward__total=5)
    assert outcomes(findings(last, report(year=2022)), "X.carry") == ["unverifiable"]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_clean_years_have_no_failing_finding(data):
    """Years that follow from each other fail nowhere, whichever cells are blank instead of 0, flagged or lost."""
    small, years, carried, in_force = st.integers(0, 9), [], 0, data.draw(st.integers(0, 60))
    for year in (2021, 2022, 2023):
        forward, issued = data.draw(small), data.draw(small)
        repealed = data.draw(st.integers(0, in_force))
        in_force += issued - repealed
        cells = documents(issued, repealed, in_force)
        cells |= {"requests.carried_over.business": carried, "requests.carried_forward.business": forward}
        for key in data.draw(st.lists(st.sampled_from(sorted(FORMS["requests-2021"].columns)), max_size=5)):
            cells[key] = data.draw(st.sampled_from([MISSING, UNDECIDED, number(7, review=True)]))
        cells |= {key: BLANK for key, value in cells.items() if value == 0 and data.draw(st.booleans())}
        years.append(report(year=year, cells=cells))
        carried = forward
    for place in range(3):
        assert not [it for it in failing(findings(*years, of=place)) if it.severity != "info"]


@given(st.integers(0, 500), st.integers(0, 500))
@settings(max_examples=50, deadline=None)
def test_carry_fails_just_where_it_differs(last, now):
    found = two_years({"requests.carried_forward.total": last}, {"requests.carried_over.total": now})
    assert len(failing(found, "X.carry")) == (last != now)


# --- X.jump and X.fee_unit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "now", "jumps"),
    [(1, 6, False), (0, 50, False), (0, 51, True), (20, 100, False), (20, 101, True), (101, 20, True), (100, 20, False),
     (51, 0, True), (6, 1, False), (3000, 2000, False)],
)  # fmt: skip
def test_a_jump_is_more_than_five_times(last, now, jumps):
    found = failing(two_years({PENALTIES: last}, {PENALTIES: now}), "X.jump")
    assert [(it.severity, it.cells) for it in found] == ([("info", (PENALTIES,))] if jumps else [])


def test_a_jump_tells_both_years():
    finding = only(two_years({PENALTIES: 30}, {PENALTIES: 1200}), "X.jump")
    assert "行政处罚·本年处理决定数量：今年 1,200，上年 30（青石县水利局-2021.html）" in finding.message
    assert finding.cause is None


def test_only_the_sums_of_a_table_jump():
    cells = {"requests.granted.natural_person": 90, "requests.granted.total": 90}
    assert only(two_years({}, cells), "X.jump").cells == ("requests.granted.total",)


@pytest.mark.parametrize("doubtful", [BLANK, MISSING, UNDECIDED, number(9, review=True)])
def test_no_jump_from_a_doubtful_figure(doubtful):
    assert not failing(two_years({PENALTIES: doubtful}, {PENALTIES: 900}))


def test_nothing_to_compare_is_unverifiable():
    empty = dict.fromkeys(FORMS["disputes"].columns, BLANK)
    assert "unverifiable" in outcomes(two_years(empty, {}), "X.jump")
    assert outcomes(two_years({FEES: BLANK}, {FEES: 3}), "X.fee_unit") == ["unverifiable"]


def test_signed_changes_do_not_jump():
    found = findings(report(year=2019), report(year=2020, proactive__permits__change=-900))
    assert not failing(found)


@pytest.mark.parametrize(
    ("last", "now", "code"),
    [
        (24.5, 251_000, "X.fee_unit"),
        (251_000, 24.5, "X.fee_unit"),
        (0.32, 3200, "X.fee_unit"),
        (24.5, 26.1, None),
        (24.5, 900, "X.jump"),
        (0.05, 300, "X.jump"),
        (0, 250_000, "X.jump"),
        (1.5, 150_000_000, "X.jump"),
    ],
)
def test_fees_in_yuan(last, now, code):
    found = failing(two_years({FEES: last}, {FEES: now}))
    assert [it.code for it in found] == ([code] if code else [])


def test_fees_in_another_unit_that_is_printed_are_the_same():
    found = two_years({FEES: number(24.5, unit="万元")}, {FEES: number(245_000, unit="元")})
    assert not failing(found)
    assert outcomes(found, "X.fee_unit") == ["pass"]


def test_fees_in_yuan_are_a_warning():
    finding = only(two_years({FEES: 24.5}, {FEES: 251_000}), "X.fee_unit")
    assert (finding.severity, finding.cells) == ("warning", (FEES,))
    assert "“元”和“万元”" in finding.message


def test_amounts_without_a_unit_are_not_compared():
    amount = "proactive.procurement.amount"
    found = findings(report(year=2019, cells={amount: 2.36}), report(year=2020, cells={amount: 23600}))
    assert not failing(found)
    priced = [report(year=year, cells={amount: number(value, unit=unit)}) for year, value, unit in
              [(2019, 2.36, "万元"), (2020, 23600, "元")]]  # fmt: skip
    assert not failing(findings(*priced))
    priced[1] = report(year=2020, cells={amount: number(236, unit="万元")})
    assert only(findings(*priced), "X.jump").cells == (amount,)


# --- X.copied --------------------------------------------------------------------------------------------------------


def test_a_table_copied_from_last_year():
    finding = only(two_years(BUSY, BUSY), "X.copied")
    assert (finding.severity, finding.cells) == (
        "warning",
        tuple(key for key in FORMS["requests-2021"].columns if key in BUSY),
    )
    assert "上年" in finding.message


def test_a_table_copied_from_another_agency_is_told_on_both():
    reports = [report("白河县水利局", 2022, cells=BUSY), report(year=2022, cells=BUSY)]
    assert "“白河县水利局”同年的报告（白河县水利局-2022.html）" in only(findings(*reports), "X.copied").message
    assert "“青石县水利局”" in only(findings(*reports, of=0), "X.copied").message


def test_a_table_copied_from_another_year_of_another_agency_is_not_looked_for():
    assert not failing(findings(report("白河县水利局", 2021, cells=BUSY), report(year=2022, cells=BUSY)))


def test_one_figure_changed_is_no_copy():
    changed = BUSY | {"requests.granted.business": 16}
    found = two_years(BUSY, changed)
    assert not failing(found, "X.copied")
    assert outcomes(found, "X.copied") == ["pass"] * 3


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {
            f"requests.{row}.{column}": 1
            for row in ("new_received", "granted", "results_total")
            for column in ("natural_person", "total")
        },
        documents(0, 0, 152),
        {PENALTIES: 12, FEES: 3},
    ],
    ids=["zeros", "one request", "in force", "few figures"],
)
def test_tables_that_are_alike_by_chance_are_no_copies(cells):
    other = report("白河县水利局", 2022, cells=cells)
    assert not failing(findings(report(year=2021, cells=cells), other, report(year=2022, cells=cells)), "X.copied")


@pytest.mark.parametrize("doubt", [MISSING, number(94, review=True)])
def test_a_table_with_a_doubtful_cell_can_not_be_called_a_copy(doubt):
    found = two_years(BUSY, BUSY | {"requests.granted.natural_person": doubt})
    assert not failing(found, "X.copied")
    assert "unverifiable" in outcomes(found, "X.copied")


def test_the_more_reports_the_more_figures_a_copy_needs():
    cells = {"proactive.permits.decisions": 120, PENALTIES: 26, "proactive.coercive_measures.decisions": 40}
    few = [report("白河县水利局", 2022, cells=cells), report(year=2022, cells=cells)]
    many = [report(f"第{n}县水利局", 2022) for n in range(4)]
    assert failing(findings(*few), "X.copied")
    assert not failing(findings(*many, *few), "X.copied")


def test_simulated_agencies_do_not_copy():
    """Tables drawn one by one are never copies of each other, whatever they happen to have in common."""
    random, series, reports = Random(1), Series(), []
    for place in range(600):
        cells = {
            key: value
            for name in ("proactive-2021", "requests-2021", "disputes")
            for key, value in draw_cells(random, FORMS[name]).items()
        }
        reports.append(report(f"第{place // 2}县水利局", 2021 + place % 2, cells=cells))
        series.add(reports[-1])
    assert not [
        it
        for place, one in enumerate(reports)
        for it in series.findings(place, one)
        if it.code == "X.copied" and it.outcome == "fail"
    ]


# --- X.duplicate -----------------------------------------------------------------------------------------------------


def test_an_agency_once_a_year():
    assert outcomes(two_years({}, {}), "X.duplicate") == ["pass"]


def test_the_same_figures_twice_are_worth_knowing():
    twice = [report(name="a.pdf", cells=BUSY), report(name="b.html", cells=BUSY)]
    finding = only(findings(*twice), "X.duplicate")
    assert (finding.severity, finding.cells) == ("info", ())
    assert "a.pdf" in finding.message
    assert not failing(findings(*twice), "X.copied")


def test_different_figures_are_an_error():
    twice = [
        report(name="a.pdf", cells=BUSY),
        report(name="b.html", cells=BUSY | {PENALTIES: 7, "requests.granted.business": 16}),
    ]
    finding = only(findings(*twice), "X.duplicate")
    assert (finding.severity, finding.cause) == ("error", "agency")
    assert finding.cells == (PENALTIES, "requests.granted.business")
    assert "2 个单元格的数字不同：行政处罚·本年处理决定数量 7 与 0；予以公开·商业企业 16 与 17" in finding.message
    assert only(findings(*twice, of=0), "X.duplicate").cells == finding.cells


@pytest.mark.parametrize("doubtful", [BLANK, MISSING, UNDECIDED, number(8, review=True)])
def test_doubtful_figures_do_not_differ(doubtful):
    twice = [report(name="a.pdf", cells={PENALTIES: 7}), report(name="b.html", cells={PENALTIES: doubtful})]
    assert only(findings(*twice), "X.duplicate").severity == "info"


def test_several_others_the_one_that_differs_most_is_told():
    three = [report(name="a.pdf"), report(name="b.pdf", cells=BUSY), report(name="c.pdf")]
    assert "b.pdf" in only(findings(*three), "X.duplicate").message


def test_a_file_under_two_names_is_one_report():
    twice = [
        report("白河县水利局", name="a.pdf", sha="e" * 64, cells=BUSY),
        report(name="b.pdf", sha="e" * 64, cells=BUSY),
    ]
    found = findings(*twice)
    assert only(found, "X.duplicate").severity == "info"
    assert "同一文件" in only(found, "X.duplicate").message
    assert not failing(found, "X.copied")


def test_a_file_that_was_read_in_two_ways_is_not_the_fault_of_the_agency():
    twice = [report(name="a.pdf", sha="e" * 64, cells=BUSY), report(name="a.pdf", sha="e" * 64)]
    assert only(findings(*twice), "X.duplicate").cause == "unknown"


def test_the_sheets_of_a_workbook_are_several_reports():
    sheets = [report(f"{name}县水利局", name=f"all.xlsx#{name}", sha="e" * 64) for name in ("甲", "乙")]
    assert outcomes(findings(*sheets), "X.duplicate") == ["pass"]


def test_a_figure_on_which_two_reports_of_last_year_differ_is_not_relied_on():
    key = "requests.carried_forward.total"
    last = [report(year=2021, name=f"{value}.pdf", cells={key: value}) for value in (1, 2)]
    found = findings(*last, report(year=2022))
    assert sorted(outcomes(found, "X.carry")) == ["pass"] * 6 + ["unverifiable"]
    same = [report(year=2021, name=f"{n}.pdf", cells={key: 2}) for n in (1, 2)]
    assert only(findings(*same, report(year=2022)), "X.carry")


def test_a_name_that_many_reports_bear_is_no_agency():
    many = [report("县教育局", 2021, name=f"{n}.pdf", cells={PENALTIES: n}) for n in range(12)]
    found = findings(*many, report("县教育局", 2022, cells=BUSY))
    assert {it.outcome for it in found if it.code in ("X.carry", "X.in_force")} == {"unverifiable"}
    found = findings(*many)
    assert outcomes(found, "X.duplicate") == ["unverifiable"]


# --- X.parent --------------------------------------------------------------------------------------------------------

HIERARCHY = "child,parent\n甲局,青石县人民政府\n乙局,青石县人民政府\n"
ROW = "requests.new_received.total"


def family(parent, one, two, **more):
    """The findings on a parent with two children."""
    values = [("青石县人民政府", parent), ("甲局", one), ("乙局", two)]
    reports = [report(name, 2022, cells={ROW: value}) for name, value in values if value is not None]
    return findings(*reports, of=0, hierarchy=HIERARCHY, **more)


def test_a_parent_that_is_the_sum():
    found = family(5, 2, 3)
    assert not failing(found)
    assert outcomes(found, "X.parent") == outcomes(found, "X.parent_more") == ["pass"] * 3


def test_a_parent_with_less_than_the_sum():
    finding = only(family(4, 2, 3), "X.parent")
    assert (finding.severity, finding.cause, finding.cells) == ("warning", "agency", (ROW,))
    assert "本年新收政府信息公开申请数量·总计 4，下级之和 5" in finding.message
    assert not failing(family(4, 2, 3), "X.parent_more")


def test_a_parent_with_more_than_the_sum_may_have_some_of_its_own():
    found = family(9, 2, 3)
    finding = only(found, "X.parent_more")
    assert (finding.severity, finding.cells) == ("info", (ROW,))
    assert not failing(found, "X.parent")


@pytest.mark.parametrize("values", [(4, 2, None), (9, None, 3), (1, None, None)])
def test_a_child_without_a_report_makes_it_unverifiable(values):
    found = family(*values)
    assert outcomes(found, "X.parent") == outcomes(found, "X.parent_more") == ["unverifiable"] * 3
    assert "缺少下级" in next(it.message for it in found if it.code == "X.parent")


@pytest.mark.parametrize("doubtful", [MISSING, UNDECIDED, BLANK, number(3, review=True)])
def test_a_doubtful_figure_of_a_child_makes_its_sum_unverifiable(doubtful):
    assert not failing(family(4, 2, doubtful))


def test_a_blank_of_a_child_counts_as_zero_when_the_sum_then_holds():
    assert not failing(family(2, 2, BLANK))


def test_children_of_another_form_are_summed_as_far_as_they_go():
    parent = report("青石县人民政府", 2022, requests__other_fee_overdue__total=1, requests__new_received__total=1)
    children = [report(name, 2022, tables=("2021", "2019", "2021"), requests__other_handling__total=4,
                       requests__new_received__total=1) for name in ("甲局", "乙局")]  # fmt: skip
    finding = only(findings(parent, *children, of=0, hierarchy=HIERARCHY), "X.parent")
    assert finding.cells == ("requests.new_received.total",)


def test_amounts_and_what_is_in_force_are_not_summed():
    parent = report("青石县人民政府", 2022)
    child = report("甲局", 2022, cells={FEES: 9, IN_FORCE: 4, PENALTIES: 2})
    found = findings(parent, child, of=0, hierarchy="甲局,青石县人民政府")
    assert only(found, "X.parent").cells == (PENALTIES,)


def test_an_agency_that_is_no_parent_is_not_summed():
    assert not outcomes(findings(report("甲局"), hierarchy=HIERARCHY), "X.parent")


def test_each_year_has_its_own_sum():
    years = [report(name, year, cells={ROW: value}) for year in (2021, 2022) for name, value in
             [("青石县人民政府", 5), ("甲局", 2), ("乙局", 2021 - year + 3)]]  # fmt: skip
    assert not failing(findings(*years, of=0, hierarchy=HIERARCHY), "X.parent_more")
    assert failing(findings(*years, of=3, hierarchy=HIERARCHY), "X.parent_more")


# --- hierarchy files -------------------------------------------------------------------------------------------------

PAIRS = {"青石县人民政府": ("甲局", "乙局")}


@pytest.mark.parametrize(
    "text",
    [
        "child,parent\n甲局,青石县人民政府\n乙局,青石县人民政府\n",
        "甲局,青石县人民政府\n乙局,青石县人民政府",
        "parent,child\r\n青石县人民政府,甲局\r\n青石县人民政府,乙局\r\n",
        "下级\t上级\n甲局\t青石县人民政府\n乙局\t青石县人民政府\n",
        "甲局；青石县人民政府\n乙局；青石县人民政府\n",
        "\n甲局 , 青石縣人民政府\n\n乙局,青石县人民政府\n甲局,青石县人民政府\n,,\n",
        '"甲局","青石县人民政府"\n"乙局","青石县人民政府"\n',
        "序号,机关,上级机关,备注\n1,甲局,青石县人民政府,\n2,乙局,青石县人民政府,x\n",
        "青石县人民政府,\n甲局,青石县人民政府\n乙局,青石县人民政府\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_odd_hierarchy_files(text, encoding):
    assert read_hierarchy(text.encode(encoding), "h.csv") == PAIRS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "没有一行"),
        ("child,parent\n", "没有一行"),
        ("甲局\n乙局\n", "没有一行"),
        ("甲局,政府\n,政府\n", "第 2 行"),
        ("甲局,政府,厅\n", "第 1 行"),
        ("甲局,乙局\n乙局,甲局\n", "甲局 → 乙局 → 甲局|乙局 → 甲局 → 乙局"),
        ("甲局,甲局\n", "甲局 → 甲局"),
        ("a,b\nb,c\nc,a\nd,a\n", "互为上下级"),
        ('甲局,"政府\n', "不是有效的 CSV"),
    ],
)
def test_hierarchy_files_that_are_wrong(text, told):
    with pytest.raises(InputError, match=told) as raised:
        read_hierarchy(text.encode(), "h.csv")
    assert raised.value.code == "input.hierarchy"
    assert "\n" not in str(raised.value)


def test_a_hierarchy_in_no_encoding():
    with pytest.raises(InputError) as raised:
        read_hierarchy(b"\xff\xff\xff,\xff\xff", "h.csv")
    assert raised.value.code == "input.encoding"


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=30))
@settings(max_examples=150, deadline=None)
def test_a_circle_is_found_where_there_is_one(pairs):
    text = io.StringIO()
    csv.writer(text).writerows((f"机关{child}", f"机关{parent}") for child, parent in pairs)
    reached = set(pairs)
    for _ in range(13):
        reached |= {(a, d) for a, b in reached for c, d in pairs if b == c}
    circle = any(a == b for a, b in reached)
    try:
        read_hierarchy(text.getvalue().encode(), "h.csv")
    except InputError:
        assert circle
    else:
        assert not circle


def test_agencies_of_the_hierarchy_without_reports():
    series = Series(read_hierarchy(HIERARCHY.encode(), "h.csv"))
    series.add(report("甲局"))
    assert (series.strangers(), series.parents()) == (["青石县人民政府", "乙局"], 0)
    series.add(report("青石县人民政府"))
    assert (series.strangers(), series.parents()) == (["乙局"], 1)


# --- what is held of a report ----------------------------------------------------------------------------------------

ALL_KEYS = sorted({key for form in FORMS.values() for key in form.columns})


@given(st.dictionaries(st.sampled_from(ALL_KEYS), st.none() | st.integers(-999, 10**12) | st.floats(0, 1e9)))
def test_figures_are_packed_without_loss(figures):
    assert unpack(pack(figures)) == figures


def test_a_report_is_held_in_little_space():
    assert len(pack(figures_of(report(cells=BUSY)))) < 250


@pytest.mark.parametrize("odd", [number(10**400), number(float("nan")), number(float("inf"))])
def test_odd_numbers_are_not_known(odd):
    assert PENALTIES not in figures_of(report(cells={PENALTIES: odd, "other.row.column": 3}))


def test_a_word_in_place_of_a_number_is_a_blank():
    assert figures_of(report(cells={PENALTIES: BLANK._replace(state="note", text="无此职能")}))[PENALTIES] is None


def test_reports_that_agree_keep_their_figures():
    assert merged([{"a": 1.0, "b": 2.0, "c": None}, {"a": 1.0, "b": 3.0, "c": 0.0, "d": 1.0}]) == {"a": 1.0, "c": None}


def test_sums_add_nothing_to_an_imprint():
    form = FORMS["requests-2021"]
    made = imprint(figures_of(report(cells=BUSY)), form)
    more = imprint(figures_of(report(cells=BUSY | {"requests.new_received.total": 999})), form)
    assert made.bits == more.bits > 30
