import re
from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from helpers_training import FORMS, rows_of, sheet_of, values_of

from extractor.fold import label
from extractor.forms import FormTable
from extractor.heads import row_cells
from extractor.numbers import parse
from training.sheets import SheetRow, Text, draw_sheet, each_label, each_row

SEEDS = range(600, 640)


# --- drawing ---------------------------------------------------------------------------------------------------------


def test_a_sheet_has_the_three_tables_with_every_cell_once():
    for seed in SEEDS:
        sheet = sheet_of(seed)
        assert [table.form.table for table in sheet.tables] == ["proactive", "requests", "disputes"]
        keys = [value.key for row in rows_of(sheet) for value in row.values]
        assert keys == list(sheet.truth) == [key for table in sheet.tables for key in table.form.columns]


def test_cells_print_the_truth():
    for seed in SEEDS:
        sheet = sheet_of(seed)
        printed = {key: parse(text).value for key, text in values_of(sheet)}
        assert printed == {key: value for key, value in sheet.truth.items() if value is not None}


def test_each_row_knows_its_cells():
    for table in (table for seed in SEEDS for table in sheet_of(seed).tables):
        for row in (row for row in table.rows if row.kind == "data"):
            assert tuple(value.key for value in row.values) == row_cells(row.row, table.form)


def test_agencies_have_their_habits():
    blanks = Counter()
    for seed in range(200):
        values = list(sheet_of(seed).truth.values())
        blanks[
            "none" if None not in values else "all" if not any(map(bool, values)) and 0 not in values else "some"
        ] += 1
    assert blanks["none"] > blanks["some"] > blanks["all"] > 0


def test_numbers_are_now_and_then_printed_with_separators_or_signs():
    printed = [text for seed in range(150) for _, text in values_of(sheet_of(seed))]
    for sign in (",", "+", "-", "."):
        assert 0 < sum(sign in text for text in printed) < 0.1 * len(printed)


def test_group_labels_stand_in_the_first_row_of_the_group():
    for seed in SEEDS:
        (table,) = (table for table in sheet_of(seed).tables if table.form.table == "requests")
        labels = {row.row: row.labels for row in table.rows if row.kind == "data"}
        assert len(labels["new_received"]) == 1
        assert labels["granted"][0].startswith("三、")
        assert labels["partially_granted"][0] == ""
        assert labels["denied_state_secret"][:2] == ("", "（三）不予公开")
        assert labels["denied_prohibited_by_law"][:2] == ("", "")
        assert all(row[-1] for row in labels.values())


def known_labels(form: FormTable):
    items = [item for block in form.blocks for item in (*block.rows, *block.groups)]
    return {label(wording).words for item in items for wording in (item.label, *item.aliases)}


def test_labels_are_wordings_of_the_form():
    for table in (table for seed in SEEDS for table in sheet_of(seed).tables):
        known = known_labels(table.form)
        for text in (text for row in table.rows if row.kind == "data" for text in row.labels if text):
            assert label(text).words in known, text


def test_wordings_and_enumerators_vary():
    texts = Counter(
        row.labels[-1] for seed in SEEDS for row in rows_of(sheet_of(seed)) if row.row == "denied_state_secret"
    )
    assert {text[:2] for text in texts} == {"1.", "1、", "1．"}
    assert {label(text).words for text in texts} == {"属于国家秘密", "国家秘密"}


def test_the_disputes_table_is_one_row_without_a_label():
    (row,) = (row for row in rows_of(sheet_of(1)) if not row.row)
    assert row.labels == ()
    assert len(row.values) == 15


def test_captions_and_heads_stand_over_the_rows_of_their_block():
    for table in (table for seed in SEEDS for table in sheet_of(seed).tables):
        kinds = " ".join(row.kind for row in table.rows)
        blocks = "".join(
            f"{'caption ' * bool(block.caption)}(head )+" + "data " * (1 if block.across else len(block.rows))
            for block in table.form.blocks
        )
        assert re.fullmatch(blocks, f"{kinds} "), kinds


def test_heads_name_the_columns_of_the_form():
    for table in (table for seed in SEEDS for table in sheet_of(seed).tables):
        columns = {
            label(text).words: column.key
            for block in table.form.blocks
            for column in block.columns
            for text in (column.label, *column.aliases)
        }
        heads = [columns.get(label(text).words) for row in table.rows if row.kind == "head" for text in row.labels]
        assert set(heads) - {None} == {column.key for block in table.form.blocks for column in block.columns}


def test_sheets_of_all_forms_are_drawn():
    assert {table.form.id for seed in SEEDS for table in sheet_of(seed).tables} == set(FORMS)


def test_headings_name_the_section_of_the_form():
    for table in (table for seed in SEEDS for table in sheet_of(seed).tables):
        number, _, words = table.heading.partition("、")
        assert number == {"proactive": "二", "requests": "三", "disputes": "四"}[table.form.table]
        assert words in (table.form.title, *table.form.headings)


def test_the_same_seed_draws_the_same_sheet():
    assert draw_sheet(Random(3)) == draw_sheet(Random(3)) != draw_sheet(Random(4))


# --- changing --------------------------------------------------------------------------------------------------------


def test_each_row_changes_data_rows_and_tells_their_table():
    sheet = sheet_of(601)
    seen = []

    def change(row, table):
        seen.append((row, table))
        return SheetRow("data", ("changed",), row.values)

    changed = each_row(sheet, change)
    assert seen == [(row, table) for table in sheet.tables for row in table.rows if row.kind == "data"]
    assert {row.labels for row in rows_of(changed)} == {("changed",)}
    for kind in ("head", "caption"):
        assert rows_of(changed, kind) == rows_of(sheet, kind)
    assert (changed.truth, changed.title, changed.prose) == (sheet.truth, sheet.title, sheet.prose)


def test_a_row_that_becomes_nothing_is_lost():
    sheet = sheet_of(602)
    changed = each_row(sheet, lambda row, _: None if row.row == "granted" else row)
    assert rows_of(changed) == [row for row in rows_of(sheet) if row.row != "granted"]
    assert len(rows_of(changed)) == len(rows_of(sheet)) - 1


@pytest.mark.parametrize("kinds", [("data",), ("head",), ("caption", "head"), ("data", "head", "caption")])
def test_each_label_changes_the_words_of_some_kinds_of_rows(kinds):
    sheet = sheet_of(603)
    changed = each_label(sheet, lambda text: f"<{text}>", kinds)
    for kind in ("data", "head", "caption"):
        before = [row.labels for row in rows_of(sheet, kind)]
        expected = [tuple(text and f"<{text}>" for text in labels) for labels in before] if kind in kinds else before
        assert [row.labels for row in rows_of(changed, kind)] == expected
    assert values_of(changed) == values_of(sheet)


def test_each_label_changes_all_kinds_unless_told():
    changed = each_label(sheet_of(604), lambda text: text + "x")
    assert all(text.endswith("x") for table in changed.tables for row in table.rows for text in row.labels if text)


# --- text ------------------------------------------------------------------------------------------------------------


def printed_text():
    text = Text()
    for part, key in (("规章 ", None), ("12", "a"), (" ", None), ("", "b"), ("345", "c"), ("\n", None), ("6", "d")):
        text.put(part, key)
    return text


def test_a_text_knows_the_places_of_its_keys():
    text = printed_text()
    assert text.text == "规章 12 345\n6"
    assert text.length == len(text.text)
    assert text.spans == {(3, 5): "a", (6, 9): "c", (10, 11): "d"}


def test_what_prints_nothing_has_no_place():
    assert "b" not in printed_text().spans.values()


@pytest.mark.parametrize(
    ("length", "kept"), [(0, ""), (3, ""), (4, "a"), (5, "a"), (6, "a"), (8, "ac"), (10, "ac"), (11, "acd")]
)
def test_a_cut_text_keeps_the_keys_that_begin_before_the_cut(length, kept):
    whole = printed_text()
    cut = whole.cut(length)
    assert cut.text == whole.text[:length]
    assert cut.length == length
    assert "".join(cut.spans.values()) == kept
    assert cut.spans.items() <= whole.spans.items()
    assert whole.text == "规章 12 345\n6"


def test_a_cut_text_still_tells_what_its_style_shows():
    text = Text(separates=False, shows_blanks=False)
    text.put("规章 12", "a")
    assert not text.cut(2).separates
    assert not text.cut(2).shows_blanks
    assert text.cut(2).cut(2).text == "规章"


def test_a_cut_text_can_go_on():
    cut = printed_text().cut(6)
    cut.put("7", "e")
    assert cut.text == "规章 12 7"
    assert cut.spans == {(3, 5): "a", (6, 7): "e"}
    assert all(before[1] <= after[0] for before, after in pairwise(cut.spans))
