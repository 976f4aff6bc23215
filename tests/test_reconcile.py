import math
from itertools import product

import pytest
from helpers_late import aligner, requests_text, tabbed, table_in, tables_in, texts_of
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.align import AlignedRow, Reading
from extractor.document import Where
from extractor.forms import parse_form
from extractor.label import LabelledRow
from extractor.numbers import parse
from extractor.reconcile import reconcile
from extractor.settings import DEFAULTS, Settings
from extractor.tokens import Token

TINY = parse_form(
    """
    id = "tiny"
    table = "tiny"
    form = "2021"
    section = 9
    title = "小表"
    source = "测试"
    [[blocks]]
    key = "tiny"
    columns = [{ key = "n", label = "件数" }, { key = "m", label = "人数" }]
    rows = [{ key = "a", label = "甲" }, { key = "b", label = "乙" }, { key = "sum", label = "和" }]
    [[relations]]
    code = "S"
    each = "column"
    left = ["a", "b"]
    right = ["sum"]
    severity = "error"
    source = "测试"
    zh = "甲乙之和，应等于和"
    en = "a + b = sum"
    """,
    "tiny.toml",
)
FAILS, FAILS_BLANK = math.exp(-4), math.exp(-1)
ZEROS = "0000000"


def token(text):
    return Token("value", text, Where(1, 0, len(text)), 1, 0, True, number=parse(text))


def row(key, *readings):
    """A row with readings, each a probability and the values of its cells."""
    cells = (f"tiny.{key}.n", f"tiny.{key}.m")
    built = []
    for probability, *texts in readings:
        items = tuple(token(text) if text else None for text in texts)
        values = tuple(item and item.number[:2] for item in items)
        built.append(Reading(items, values, 0, math.log(probability)))
    return AlignedRow(LabelledRow(key, cells, tuple(item for item in built[0].items if item)), tuple(built))


def decided(rows):
    return [[choice.item and choice.item.text for choice in row.choices] for row in rows]


def reconciled(text, settings=DEFAULTS):
    table = table_in(text)
    (rows,) = aligner().align([table])
    return {row.row.row: row for row in reconcile(rows, table.form, settings)}


# --- against a plain enumeration -------------------------------------------------------------------------------------


def brute_force(rows):
    """Probability of each value of each cell: all combinations of readings, each weighed by the relations."""
    doubtful = [index for index, row in enumerate(rows) if math.exp(row.readings[0].log_prob) < DEFAULTS.accept]
    share = {index: 1 / len(doubtful) if index in doubtful else 1.0 for index in range(len(rows))}
    options = []
    for row_ in rows:
        probabilities = [math.exp(reading.log_prob) for reading in row_.readings]
        rest = max(1e-9, 1 - sum(probabilities))
        options.append([*zip(probabilities, row_.readings, strict=True), (rest, None)])
    mass = [[0.0] * len(own) for own in options]
    for world in product(*(range(len(own)) for own in options)):
        weight = 1.0
        for index, choice in enumerate(world):
            weight *= options[index][choice][0] ** share[index]
        for column in (0, 1):
            values = []
            for index, choice in enumerate(world):
                reading = options[index][choice][1]
                item = reading.items[column] if reading else None
                values.append(item.number.value if item else None)
            a, b, total = ((value or 0) for value in values)
            if a + b != total:
                weight *= FAILS_BLANK if None in values else FAILS
        for index, choice in enumerate(world):
            mass[index][choice] += weight
    result = []
    for index, own in enumerate(options):
        weighed = [part * own[choice][0] ** (1 - share[index]) for choice, part in enumerate(mass[index])]
        chances = [part / sum(weighed) for part in weighed]
        cells = []
        for column in (0, 1):
            found = {}
            for chance, (_, reading) in zip(chances, own, strict=True):
                if reading:
                    found[reading.values[column]] = found.get(reading.values[column], 0) + chance
            cells.append(found)
        result.append(cells)
    return result


@st.composite
def tiny_tables(draw):
    rows = []
    for key in ("a", "b", "sum"):
        count = draw(st.integers(2, 3))
        texts = draw(
            st.lists(
                st.tuples(*[st.sampled_from(["", "0", "1", "2", "3"])] * 2), min_size=count, max_size=count, unique=True
            )
        )
        weights = draw(st.lists(st.floats(0.02, 1), min_size=count, max_size=count))
        whole = sum(weights) * draw(st.sampled_from([1.0, 1.25]))  # the rest: that no reading is right
        ranked = sorted((weight / whole for weight in weights), reverse=True)
        rows.append(row(key, *((chance, *own) for chance, own in zip(ranked, texts, strict=True))))
    return rows


@settings(max_examples=120, deadline=None)
@given(rows=tiny_tables())
def test_confidences_are_those_of_a_plain_enumeration(rows):
    for found, expected in zip(reconcile(rows, TINY, DEFAULTS), brute_force(rows), strict=True):
        for choice, chances in zip(found.choices, expected, strict=True):
            value = choice.item and choice.item.number[:2]
            assert choice.confidence == pytest.approx(chances[value], abs=2e-4)
            assert chances[value] == pytest.approx(max(chances.values()), abs=2e-4)
            if len(chances) > 1:
                assert choice.rivalled == pytest.approx(sorted(chances.values())[-2], abs=2e-4)


@settings(max_examples=60, deadline=None)
@given(rows=tiny_tables())
def test_only_what_is_printed_is_chosen(rows):
    for before, after in zip(rows, reconcile(rows, TINY, DEFAULTS), strict=True):
        assert after.row == before.row
        for place, choice in enumerate(after.choices):
            assert choice.item in [reading.items[place] for reading in before.readings]
            assert 0 <= choice.rivalled <= choice.confidence <= 1


# --- what the relations decide ---------------------------------------------------------------------------------------


def test_a_relation_decides_between_two_readings():
    rows = [row("a", (0.5, "1", "15"), (0.5, "11", "5")), row("b", (1, "2", "3")), row("sum", (1, "13", "8"))]
    found = reconcile(rows, TINY, DEFAULTS)
    assert decided(found) == [["11", "5"], ["2", "3"], ["13", "8"]]
    assert found[0].choices[0].confidence > 0.99
    assert found[0].choices[0].alternative.text == "1"


def test_without_relations_a_row_is_judged_by_itself():
    rows = [row("a", (0.6, "1", "15"), (0.4, "11", "5")), row("b", (1, "2", "3"))]  # no row `sum` is printed
    found = reconcile(rows, TINY, DEFAULTS)
    assert decided(found)[0] == ["1", "15"]
    assert found[0].choices[0].confidence == pytest.approx(0.6)
    assert found[0].choices[0].rivalled == pytest.approx(0.4)


def test_a_wrong_sum_is_left_as_printed():
    rows = [row("a", (1, "1", "1")), row("b", (1, "2", "2")), row("sum", (1, "9", "3"))]
    found = reconcile(rows, TINY, DEFAULTS)
    assert decided(found) == [["1", "1"], ["2", "2"], ["9", "3"]]
    assert [choice.confidence for row in found for choice in row.choices] == [1.0] * 6


def test_a_sure_reading_outweighs_a_relation_that_fails():
    rows = [row("a", (0.9999, "1", "1"), (0.0001, "7", "1")), row("b", (1, "2", "2")), row("sum", (1, "9", "3"))]
    assert decided(reconcile(rows, TINY, DEFAULTS))[0] == ["1", "1"]


def test_too_many_worlds_leave_each_row_to_itself():
    rows = [row("a", (0.5, "1", "15"), (0.5, "11", "5")), row("b", (1, "2", "3")), row("sum", (1, "13", "8"))]
    alone = reconcile(rows, TINY, Settings(worlds=2))
    assert [choice.confidence for choice in alone[0].choices] == pytest.approx([0.5, 0.5])


def test_a_row_without_readings_has_no_choice():
    unread = AlignedRow(LabelledRow("a", ("tiny.a.n", "tiny.a.m"), (token("1153"),)), ())
    found = reconcile([unread, row("b", (1, "2", "3")), row("sum", (1, "13", "8"))], TINY, DEFAULTS)[0]
    assert found.strays is None
    assert not found.complete
    assert [(choice.item, choice.confidence) for choice in found.choices] == [(None, 0.0), (None, 0.0)]


def test_strays_and_completeness_are_those_of_the_likeliest_reading():
    items = (token("1"), token("2"))
    values = tuple(item.number[:2] for item in items)
    full = Reading(items, values, 1, math.log(0.9))
    blank = Reading((items[0], None), (values[0], None), 2, math.log(0.1))
    (found,) = reconcile([AlignedRow(LabelledRow("a", ("tiny.a.n", "tiny.a.m"), items), (full, blank))], TINY, DEFAULTS)
    assert (found.strays, found.complete) == (1, True)


# --- real forms ------------------------------------------------------------------------------------------------------


def test_the_columns_decide_how_a_glued_row_is_cut():
    rows = reconciled(
        requests_text(
            new_received="111000012",  # 1|11, 11|1, or 1|1|10
            carried_over="2000002",
            results_total="131000014",
            carried_forward=ZEROS,
        )
    )
    found = rows["new_received"]
    assert texts_of(choice.item for choice in found.choices) == ["11", "1", "0", "0", "0", "0", "12"]
    assert min(choice.confidence for choice in found.choices) > 0.99


def test_a_glued_row_that_the_columns_do_not_decide_stays_open():
    rows = reconciled(
        requests_text(new_received="111000012", carried_over=ZEROS, results_total="111000012", carried_forward=ZEROS)
    )
    for key in ("new_received", "results_total"):
        first, second, *_, total = rows[key].choices
        assert first.confidence < 3 * first.rivalled
        assert second.confidence < 3 * second.rivalled
        assert total.item.text == "12"
        assert total.confidence > 0.99


def test_the_columns_tell_which_zero_is_stray():
    rows = reconciled(
        requests_text(
            new_received=tabbed(5, 0, 0, 2, 0, 0, 0, 7),
            carried_over=tabbed(1, 1, 1, 1, 1, 1, 6),
            results_total=tabbed(6, 1, 3, 1, 1, 1, 13),
            carried_forward=tabbed(0, 0, 0, 0, 0, 0, 0),
        )
    )
    assert texts_of(choice.item for choice in rows["new_received"].choices) == ["5", "0", "2", "0", "0", "0", "7"]


def test_every_chosen_value_is_printed():
    text = requests_text(new_received=tabbed(7, 1, 8), carried_over="15130000154", results_total=tabbed(9, 9, 9, 9))
    for table in tables_in(text):
        (rows,) = aligner().align([table])
        for found in reconcile(rows, table.form, DEFAULTS):
            for choice in found.choices:
                if choice.item:
                    assert text[choice.item.where.start : choice.item.where.end] == choice.item.text
