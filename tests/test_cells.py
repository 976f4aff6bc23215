from types import MappingProxyType

import pytest
from helpers_late import END, PROACTIVE, REPORT, requests_text, tabbed

from extractor import extract
from extractor.align import CERTAIN
from extractor.cells import decide_cells
from extractor.document import Where
from extractor.forms import forms
from extractor.label import LabelledRow, LabelledTable
from extractor.numbers import parse
from extractor.reconcile import Choice, ReconciledRow
from extractor.settings import DEFAULTS, Settings
from extractor.tokens import Token
from extractor.vocabulary import vocabulary

FORM = next(form for form in forms() if form.id == "proactive-2021")
RULES = ("proactive.rules.issued", "proactive.rules.repealed", "proactive.rules.in_force")
ROW_WHERE = Where(7, 0, 2)


def token(text, start=10):
    where = Where(7, start, start + len(text))
    kind = "value" if text else "blank"
    return Token(kind, text, where, 7, start, True, number=parse(text) if text else None)


def sure(text, start=10):
    return Choice(token(text, start), 1.0)


def decide(
    *choices,
    settings=DEFAULTS,
    cells=RULES,
    tokens=None,
    strays=0,
    irregular=False,
    deduplicated=False,
    units=MappingProxyType({}),
    **row_traits,
):
    """The cells of a row of 规章 with these choices."""
    printed = tokens or tuple(choice.item or token("") for choice in choices)
    row = LabelledRow("rules", cells, printed, where=ROW_WHERE, **row_traits)
    table = LabelledTable(FORM, tuple(FORM.columns), (row,), (), irregular, deduplicated, units)
    items = tuple(choice.item for choice in choices)
    least = min(choice.confidence for choice in choices)
    open_choices = () if least > CERTAIN else choices
    reconciled = ReconciledRow(row, items, strays, all(items), least, open_choices)
    found = decide_cells(table, [reconciled], vocabulary().columns, settings)
    return [found[cell] for cell in cells]


def reviews(cells):
    return [cell.review for cell in cells]


# --- a certain row ---------------------------------------------------------------------------------------------------


def test_a_certain_row_is_taken_as_printed():
    issued, repealed, in_force = decide(sure("3", 10), sure("1,165", 12), sure("52", 20))
    assert (issued.value, repealed.value, in_force.value) == (3, 1165, 52)
    assert (issued.text, repealed.text, in_force.text) == ("3", "1,165", "52")
    assert {cell.state for cell in (issued, repealed, in_force)} == {"number"}
    assert reviews([issued, repealed, in_force]) == [False] * 3
    assert in_force.where == Where(7, 20, 22)
    assert in_force.confidence == 1.0


def test_rows_that_are_not_there_are_missing():
    table = LabelledTable(FORM, tuple(FORM.columns), (), (), irregular=False)
    found = decide_cells(table, [], vocabulary().columns, DEFAULTS)
    assert list(found) == list(FORM.columns)
    assert {(cell.value, cell.text, cell.state, cell.review) for cell in found.values()} == {
        (None, "", "missing", True)
    }


def test_blanks_stay_blank_and_keep_their_place():
    blanks = tuple(token("", start) for start in (10, 12, 14))
    cells = decide(*[Choice(None, 1.0)] * 3, tokens=blanks)
    assert [(cell.value, cell.text, cell.state, cell.review) for cell in cells] == [(None, "", "blank", False)] * 3
    assert [cell.where.start for cell in cells] == [10, 12, 14]


def test_blanks_without_a_cell_of_their_own_have_the_place_of_the_row():
    cells = decide(*[Choice(None, 1.0)] * 3, tokens=(token(""),))
    assert [cell.where for cell in cells] == [ROW_WHERE] * 3
    assert reviews(cells) == [False] * 3


@pytest.mark.parametrize(
    ("text", "value", "state"),
    [("/", None, "dash"), ("—", None, "dash"), ("无", None, "dash"), ("未增未减", 0, "note"), ("〇", 0, "note")],
)
def test_dashes_and_notes_have_states_of_their_own(text, value, state):
    cell = decide(sure(text), sure("1"), sure("2"))[0]
    assert (cell.value, cell.text, cell.state) == (value, text, state)


def test_an_odd_print_is_flagged_in_its_own_cell_only():
    assert reviews(decide(sure("007"), sure("1"), sure("2"))) == [True, False, False]


# --- thresholds ------------------------------------------------------------------------------------------------------


def test_an_undecided_cell_has_no_value_but_a_proposal():
    open_choice = Choice(token("15"), 0.6, token("5"), 0.39)
    cell = decide(open_choice, sure("1"), sure("2"))[0]
    assert (cell.value, cell.text, cell.state, cell.review) == (None, "15", "number", True)
    assert cell.confidence == pytest.approx(0.6)
    assert (cell.proposed.value, cell.proposed.by) == (15, "reading")


def test_an_undecided_blank_proposes_the_value_that_it_may_be():
    cell = decide(Choice(None, 0.6, token("5"), 0.39), sure("1"), sure("2"))[0]
    assert (cell.value, cell.text, cell.state, cell.review) == (None, "", "blank", True)
    assert cell.proposed.value == 5


def test_an_undecided_dash_proposes_nothing():
    cell = decide(Choice(token("/"), 0.5, None, 0.4), sure("1"), sure("2"))[0]
    assert cell.value is None
    assert cell.review
    assert cell.proposed is None


@pytest.mark.parametrize(
    ("confidence", "rivalled", "value", "review"),
    [
        (0.62, 0.21, None, True),  # less than three times as likely as the next
        (0.63, 0.21, 15, True),
        (0.98, 0.02, 15, True),
        (0.989, 0.011, 15, True),
        (0.99, 0.01, 15, False),
        (1.0, 0.0, 15, False),
    ],
)
def test_decide_and_accept_are_thresholds(confidence, rivalled, value, review):
    cell = decide(Choice(token("15"), confidence, token("5"), rivalled), sure("1"), sure("2"))[0]
    assert (cell.value, cell.review) == (value, review)


def test_thresholds_come_from_the_settings():
    choice = Choice(token("15"), 0.9, token("5"), 0.1)
    lenient = decide(choice, sure("1"), sure("2"), settings=Settings(accept=0.85))[0]
    strict = decide(choice, sure("1"), sure("2"), settings=Settings(decide=10.0))[0]
    assert (lenient.value, lenient.review) == (15, False)
    assert (strict.value, strict.review) == (None, True)


def test_a_row_that_could_not_be_read_is_flagged_and_blank():
    cells = decide(*[Choice(None, 0.0)] * 3, tokens=(token("1153"),), strays=None)
    assert [(cell.value, cell.review, cell.confidence) for cell in cells] == [(None, True, 0.0)] * 3


# --- odd rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        {"by_order": True},
        {"cut": True},
        {"certainty": 0.97},
        {"strays": 1},
        {"strays": 2},
    ],
    ids=str,
)
def test_an_odd_row_keeps_its_values_but_is_flagged(odd):
    cells = decide(sure("3"), sure("1"), sure("52"), **odd)
    assert [cell.value for cell in cells] == [3, 1, 52]
    assert reviews(cells) == [True] * 3


def test_the_certainty_of_the_label_lowers_the_confidence():
    cells = decide(sure("3"), sure("1"), sure("52"), certainty=0.98, settings=Settings(accept=0.9))
    assert [cell.confidence for cell in cells] == pytest.approx([0.98] * 3)
    assert reviews(cells) == [False] * 3


def test_a_row_printed_twice_differently_has_no_values():
    cells = decide(sure("3"), sure("1"), sure("52"), conflict=True)
    assert [cell.value for cell in cells] == [None] * 3
    assert [cell.proposed.value for cell in cells] == [3, 1, 52]
    assert reviews(cells) == [True] * 3


def test_only_the_cells_under_odd_heads_are_flagged():
    cells = decide(sure("3"), sure("1"), sure("52"), odd_heads=frozenset({RULES[1]}))
    assert reviews(cells) == [False, True, False]


def test_blanks_that_left_no_trace_flag_the_row():
    cells = decide(sure("3"), Choice(None, 1.0), sure("52"), tokens=(token("3"), token("52")))
    assert [cell.value for cell in cells] == [3, None, 52]
    assert reviews(cells) == [True] * 3


def test_what_follows_the_break_of_a_document_is_missing():
    cells = decide(sure("3"), Choice(None, 1.0), Choice(None, 1.0), tokens=(token("3"),), cut=True)
    assert [cell.state for cell in cells] == ["number", "missing", "missing"]
    assert reviews(cells) == [True] * 3


@pytest.mark.parametrize("text", ["-3", "+3", "2.5"])
def test_signs_and_decimals_among_counts_flag_the_row(text):
    assert reviews(decide(sure(text), sure("1"), sure("52"))) == [True] * 3


@pytest.mark.parametrize("lost", ["irregular", "deduplicated"])
def test_an_empty_row_of_a_table_that_lost_values_is_flagged(lost):
    blank = [Choice(None, 1.0)] * 3
    assert reviews(decide(*blank, tokens=(token(""),), **{lost: True})) == [True] * 3
    assert reviews(decide(sure("3"), sure("1"), sure("52"), **{lost: True})) == [False] * 3


def test_a_unit_is_that_of_the_cell_then_of_the_head_then_of_the_form():
    fees = ("proactive.fees.amount",)
    assert decide(sure("24.5"), cells=fees)[0].unit == "万元"
    assert decide(sure("24.5"), cells=fees, units={"amount": "元"})[0].unit == "元"
    assert decide(sure("24.5亿元"), cells=fees, units={"amount": "元"})[0].unit == "亿元"
    assert decide(sure("24.5"), cells=fees)[0].review is False  # an amount may have decimals


# --- from the text ---------------------------------------------------------------------------------------------------


def cells_of(text):
    return extract(text.encode(), "test").cells


def test_a_dash_in_a_report():
    cell = cells_of(REPORT)["proactive.coercive_measures.decisions"]
    assert (cell.value, cell.text, cell.state, cell.review) == (None, "/", "dash", False)
    assert REPORT[cell.where.start : cell.where.end] == "/"


def test_a_blank_in_a_report():
    text = (PROACTIVE + END).replace("规章\t0\t0\t0", "规章\t0\t\t0")
    cell = cells_of(text)["proactive.rules.repealed"]
    assert (cell.value, cell.text, cell.state, cell.review) == (None, "", "blank", False)
    assert cells_of(text)["proactive.rules.in_force"].value == 0


def test_a_wrong_total_in_a_report_is_read_but_flagged():
    cells = cells_of(requests_text(new_received=tabbed(7, 0, 0, 0, 0, 0, 9), carried_over=tabbed(*"0000000")))
    row = [cell for key, cell in cells.items() if ".new_received." in key]
    assert [cell.value for cell in row] == [7, 0, 0, 0, 0, 0, 9]
    assert reviews(row) == [True] * 7
    assert not any(cell.review for key, cell in cells.items() if ".carried_over." in key)


def test_an_ambiguous_run_in_a_report_is_left_open():
    heads = "二、主动公开政府信息情况\n第二十条第（一）项\n信息内容本年制发件数本年废止件数现行有效件数\n"
    cells = cells_of(f"{heads}规章000\n行政规范性文件1153\n{END}")
    row = [cell for key, cell in cells.items() if ".normative_documents." in key]
    assert [cell.value for cell in row] == [None] * 3
    assert reviews(row) == [True] * 3
    assert row[0].proposed.value == 1


def test_a_row_that_is_lost_in_a_report_is_missing():
    text = (PROACTIVE + END).replace("规章\t0\t0\t0\n", "")
    cells = cells_of(text)
    assert [cells[key].state for key in RULES] == ["missing"] * 3
    assert cells["proactive.normative_documents.issued"].value == 3
