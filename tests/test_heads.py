import pytest
from helpers_early import region, segments_of

from extractor.forms import forms
from extractor.heads import ACROSS, block_of, head_fit, odd_heads, printed_rows, row_cells, row_form, units, widths
from extractor.vocabulary import vocabulary

FORMS = {form.id: form for form in forms()}
NEW, OLD = FORMS["proactive-2021"], FORMS["proactive-2019"]
PROACTIVE = vocabulary().family("proactive")
NO_HEADS = frozenset()


def test_the_rows_of_a_form_are_printed_in_its_order():
    assert [row.key for row in printed_rows(NEW, PROACTIVE)] == [
        "rules", "normative_documents", "permits", "penalties", "coercive_measures", "fees",
    ]  # fmt: skip
    assert len(printed_rows(OLD, PROACTIVE)) == 8


def test_a_row_across_comes_before_the_rows_it_holds():
    rows = printed_rows(FORMS["disputes"], vocabulary().family("disputes"))
    assert [row.key for row in rows] == [
        ACROSS, "reconsideration", "litigation_direct", "litigation_after_reconsideration",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "form", "cells"),
    [
        ("permits", "proactive-2021", ["proactive.permits.decisions"]),
        (
            "permits",
            "proactive-2019",
            ["proactive.permits.previous_items", "proactive.permits.change", "proactive.permits.decisions"],
        ),
        ("procurement", "proactive-2021", []),
    ],
)
def test_the_cells_of_a_row_are_those_of_its_block(row, form, cells):
    assert list(row_cells(row, FORMS[form])) == cells


def test_the_row_across_holds_all_cells():
    assert row_cells(ACROSS, FORMS["disputes"]) == tuple(FORMS["disputes"].columns)
    assert block_of(ACROSS, FORMS["disputes"]) is FORMS["disputes"].blocks[0]
    assert block_of("permits", NEW).key == "item5"


@pytest.mark.parametrize(
    ("heads", "row", "form", "fit"),
    [
        ({"issued", "repealed", "in_force"}, "rules", NEW, 1.0),
        ({"issued", "repealed", "in_force"}, "rules", OLD, 0.0),
        ({"issued", "repealed"}, "rules", NEW, 2 / 3),
        ({"decisions"}, "permits", NEW, 1.0),
        ({"decisions"}, "permits", OLD, 1 / 3),
        (set(), "permits", OLD, 0.5),
        ({"decisions"}, "procurement", NEW, 0.5),
    ],
)
def test_heads_fit_a_row_of_a_form_as_far_as_they_share_columns(heads, row, form, fit):
    assert head_fit(frozenset(heads), row, form) == pytest.approx(fit)


@pytest.mark.parametrize(
    ("heads", "row", "numbers", "form"),
    [
        ({"issued", "repealed", "in_force"}, "rules", 3, "2021"),
        ({"created", "disclosed", "total_disclosed"}, "rules", 3, "2019"),
        ({"decisions"}, "permits", 3, "2021"),
        ({"previous_items", "change", "decisions"}, "permits", 1, "2019"),
        (set(), "permits", 1, "2021"),
        (set(), "permits", 3, "2019"),
        (set(), "permits", 4, "2019"),
        ({"decisions"}, "procurement", 1, "2019"),
    ],
)
def test_the_form_of_a_row_is_told_by_its_heads_else_by_the_number_of_values(heads, row, numbers, form):
    assert row_form(frozenset(heads), row, PROACTIVE, numbers).form == form


@pytest.mark.parametrize(
    ("heads", "table_form", "form"),
    [(set(), OLD, "2019"), (set(), NEW, "2021"), ({"issued"}, OLD, "2021"), ({"created"}, NEW, "2019")],
)
def test_the_form_of_the_table_decides_when_the_heads_do_not(heads, table_form, form):
    assert row_form(frozenset(heads), "rules", PROACTIVE, 3, table_form).form == form


def test_widths_are_the_number_of_values_under_the_heads():
    assert widths(NEW, PROACTIVE, frozenset({"decisions"}), 1) == (3, 3, 1, 1, 1, 1)
    assert widths(OLD, PROACTIVE, NO_HEADS, 3) == (3, 3, 3, 3, 3, 3, 2, 2)
    disputes = FORMS["disputes"]
    assert widths(disputes, vocabulary().family("disputes"), NO_HEADS, 15) == (15, 5, 5, 5)


# --- odd heads -------------------------------------------------------------------------------------------------------


def odd(heads, values="5\t1\t6", form=OLD, row="permits", label="行政许可"):
    text = f"信息内容\t{heads}\n{label}\t{values}\n行政处罚\t0\t0\t0\n"
    segment = next(item for item in segments_of(text, "proactive") if item.label and item.label.text == label)
    return {cell.split(".")[2] for cell in odd_heads(segment, row_cells(row, form), form.block(row), "proactive")}


@pytest.mark.parametrize(
    ("heads", "cells"),
    [
        ("上一年项目数量\t本年增/减\t处理决定数量", set()),
        ("上一年项目数量\t本年数量\t处理决定数量", {"change"}),
        ("上一年项目数量\t本年增长\t处理决定数量", set()),
        ("上一年项目数量\t人员编制\t处理决定结果", {"change"}),
        ("上一年项目数量\t处理决定数量", set()),
        ("采购项目数量\t采购总金额", {"previous_items", "change", "decisions"}),
        ("本年制发件数\t本年废止件数\t现行有效件数", {"previous_items", "change", "decisions"}),
    ],
)
def test_values_under_another_head_than_the_forms_are_told(heads, cells):
    assert odd(heads) == cells


def test_no_heads_and_no_values_are_not_odd():
    assert odd("", form=OLD) == set()
    assert odd("上一年项目数量\t本年数量\t处理决定数量", values="\t\t") == set()


# --- units -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("本年收费金额（单位：万元）", {"amount": "万元"}),
        ("本年收费金额（单位：元）", {"amount": "元"}),
        ("本年收费金额(单位:元)", {"amount": "元"}),
        ("本年收費金額單位萬元", {"amount": "万元"}),
        ("采购总金额（万元）", {"amount": "万元"}),
        ("本年收费金额", {}),
    ],
)
def test_the_unit_in_a_head_is_found(head, unit):
    text = f"信息内容\t采购项目数量\t{head}\n行政事业性收费\t5\t7\n"
    assert units(region(text, "proactive")) == unit
