from collections import Counter
from dataclasses import replace
from functools import cache
from random import Random

import pytest
from helpers_localise import FORMS, record

from extractor import extract
from extractor.check import check_relations
from extractor.settings import DEFAULTS
from training.injections import MISREADING, PRINTING, misread, print_error
from training.sound import CLEAN, as_read, is_sound, sound_sheet, with_values, year_of
from training.styles import STYLES


@cache
def sound(seed):
    """A sound sheet; nothing changes sheets in place."""
    return sound_sheet(Random(seed))


def form_of(sheet, table):
    return next(own.form for own in sheet.tables if own.form.table == table)


def read_of(sheet):
    """The record of a sheet, read without doubt."""
    cells = {key: own for table in sheet.tables for key, own in as_read(table.form, sheet.truth).items()}
    made = record(cells)
    return replace(made, tables={table.form.table: table.form.form for table in sheet.tables})


def printed_in(sheet):
    return {value.key: value.text for table in sheet.tables for row in table.rows for value in row.values if value.key}


# --- sound reports ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_a_sound_report_prints_its_truth(seed):
    sheet = sound(seed)
    assert is_sound(sheet)
    assert printed_in(sheet) == {key: "" if value is None else str(value) for key, value in sheet.truth.items()}
    assert not sheet.truth.get("proactive.rules.issued")


def test_a_report_that_does_not_add_up_or_has_another_form_is_not_sound():
    sheet = next(sheet for sheet in map(sound, range(50)) if None not in sheet.truth.values())
    assert not is_sound(with_values(sheet, {"disputes.reconsideration.total": 977}))
    assert not is_sound(
        replace(sheet, title=sheet.title.replace(str(year_of(sheet)), "2019" if year_of(sheet) > 2020 else "2023"))
    )
    assert not is_sound(with_values(sheet, dict.fromkeys(form_of(sheet, "disputes").columns)))


def test_clean_styles_are_styles():
    assert len(CLEAN) > 5
    assert set(CLEAN) < set(STYLES)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_fails_on_a_sound_report(seed):
    sheet = sound(seed)
    made = extract(STYLES["tsv_grid"](sheet, Random(1)).text.encode())
    assert [finding for finding in made.findings if finding.outcome == "fail"] == []
    assert {key: own.value for key, own in made.cells.items()} == dict(sheet.truth)


# --- printing errors -------------------------------------------------------------------------------------------------


def drawn(kind, count=25):
    """Sheets with an error of a kind, beside the sheets they were made from."""
    for seed in range(count):
        made = print_error(sound(seed), Random(seed), kind)
        if made:
            yield sound(seed), *made


@pytest.mark.parametrize("kind", PRINTING)
def test_a_printing_error_breaks_a_sum_and_nothing_else(kind):
    made = list(drawn(kind))
    assert len(made) > 5
    for before, after, injected in made:
        assert injected.given.keys() == injected.true.keys()
        assert all(injected.true[key] == before.truth[key] != injected.given[key] for key in injected.true)
        assert after.truth == {**before.truth, **injected.given}
        assert printed_in(after) == {key: "" if value is None else str(value) for key, value in after.truth.items()}
        form = form_of(after, injected.table)
        assert any(item.outcome == "fail" for item in check_relations(form, as_read(form, after.truth)))


@pytest.mark.parametrize("kind", ["digit changed", "digit lost", "digit added", "digits transposed", "wrong total"])
def test_some_errors_change_one_number(kind):
    assert {len(injected.given) for _, _, injected in drawn(kind)} == {1}


def test_the_digits_of_an_error_are_what_its_kind_says():
    for kind, change in (("digit lost", -1), ("digit added", 1), ("digit changed", 0), ("digits transposed", 0)):
        for _, _, injected in drawn(kind):
            (true,), (given,) = injected.true.values(), injected.given.values()
            step = len(str(given)) - len(str(true))
            assert step <= -1 if kind == "digit lost" else step == change
            assert kind != "digits transposed" or Counter(str(true)) == Counter(str(given))


def test_swapped_cells_have_each_others_number():
    for _, _, injected in drawn("cells swapped"):
        one, other = injected.true
        assert (injected.given[one], injected.given[other]) == (injected.true[other], injected.true[one])


def test_a_wrong_total_is_a_total():
    totals = {key for form in FORMS.values() for relation in form.cell_relations for key in relation.right}
    assert all(set(injected.given) <= totals for _, _, injected in drawn("wrong total"))


def test_the_same_seed_gives_the_same_error():
    one, other = (print_error(sound(3), Random(8), "cells swapped") for _ in range(2))
    assert one == other


# --- misreadings -----------------------------------------------------------------------------------------------------


def misreadings(kind, count=25):
    for seed in range(count):
        before = read_of(sound(seed))
        made = misread(before, Random(seed), kind)
        if made:
            yield before, *made


@pytest.mark.parametrize("kind", MISREADING)
def test_a_misreading_breaks_a_sum_and_is_flagged(kind):
    made = list(misreadings(kind))
    assert len(made) > 5
    for before, after, injected in made:
        changed = {key for key in before.cells if before.cells[key].value != after.cells[key].value}
        assert changed == injected.given.keys()
        for key in changed:
            assert after.cells[key].review
            assert after.cells[key].confidence < DEFAULTS.accept
            assert after.cells[key].value == injected.given[key]
        form = next(
            own for own in FORMS.values() if own.table == injected.table and own.form == after.tables[own.table]
        )
        assert any(item.outcome == "fail" for item in check_relations(form, after.cells))


@pytest.mark.parametrize("kind", ["number in wrong column", "row in wrong columns"])
def test_numbers_move_within_their_row_in_their_order(kind):
    for before, after, injected in misreadings(kind):
        assert len({key.rpartition(".")[0] for key in injected.given}) == 1 or injected.table == "disputes"
        for state in (before, after):
            assert all(cell.text == ("" if cell.value is None else str(cell.value)) for cell in state.cells.values())
        keys = [key for key in before.cells if key.startswith(injected.table)]
        numbers = [[state.cells[key].value for key in keys if state.cells[key].value] for state in (before, after)]
        assert numbers[0] == numbers[1]


@pytest.mark.parametrize("kind", ["digit lost in recognition", "digit taken for another"])
def test_of_a_recognised_page_no_cell_is_without_doubt(kind):
    for _, after, injected in misreadings(kind):
        own = [cell for key, cell in after.cells.items() if key.startswith(injected.table)]
        assert all(cell.confidence < 1 for cell in own)
        assert sum(cell.review for cell in own) > 1


def test_a_record_without_tables_can_t_be_misread():
    assert misread(record({}), Random(1), "number in wrong column") is None
