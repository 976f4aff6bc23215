import math
from itertools import product

import numpy as np
import pytest
from helpers_late import END, aligned, aligner, requests_text, tabbed, table_in, tables_in, texts_of
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.align import Aligner, decode, row_shapes
from extractor.model import load_model
from extractor.settings import DEFAULTS, Settings
from extractor.shapes import STRAY

ZEROS = tabbed(*"0000000")
cells = st.sampled_from(["0", "0", "0", "1", "2", "3", "12", "1,165", "/", ""])
printed_rows = st.lists(st.lists(cells, min_size=1, max_size=9), min_size=1, max_size=4)
runs = st.lists(st.text("00012", min_size=1, max_size=10), min_size=1, max_size=4)


# --- the decode ------------------------------------------------------------------------------------------------------


@st.composite
def some_steps(draw):
    values, width = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    found = {}
    for place in range(values):
        for previous in range(-1, width if place else 0):
            size = width - previous
            options = np.array(draw(st.lists(st.floats(0.01, 1), min_size=size, max_size=size)))
            found[place, previous] = tuple(np.log(options / options.sum()).tolist())
    return found, values, width


def every_walk(steps, values, width):
    for walk in product((STRAY, *range(width)), repeat=values):
        used = [column for column in walk if column != STRAY]
        if used != sorted(set(used)):
            continue
        weight, previous = 0.0, -1
        for place, column in enumerate(walk):
            options = steps[place, previous]
            weight += options[-1] if column == STRAY else options[column - previous - 1]
            previous = previous if column == STRAY else column
        yield walk, weight


@settings(max_examples=80, deadline=None)
@given(drawn=some_steps())
def test_a_wide_beam_finds_every_likely_walk_with_its_weight(drawn):
    steps, values, width = drawn
    expected = {walk: weight for walk, weight in every_walk(steps, values, width) if weight > -11}
    found = dict(decode(steps, values, count=5**4))
    assert found.keys() >= expected.keys()
    for walk, weight in expected.items():
        assert found[walk] == pytest.approx(weight)


@settings(max_examples=80, deadline=None)
@given(drawn=some_steps(), count=st.integers(1, 12))
def test_walks_are_monotone_distinct_and_best_first(drawn, count):
    steps, values, width = drawn
    found = list(decode(steps, values, count))
    weights = [weight for _, weight in found]
    assert 1 <= len(found) <= count
    assert len({walk for walk, _ in found}) == len(found)
    assert weights == sorted(weights, reverse=True)
    assert sum(map(math.exp, weights)) <= 1 + 1e-9
    legal = dict(every_walk(steps, values, width))
    for walk, weight in found:
        assert weight == pytest.approx(legal[walk])


def test_a_row_without_values_has_one_empty_walk():
    assert list(decode({}, 0, 5)) == [((), 0.0)]


# --- readings of rows ------------------------------------------------------------------------------------------------


def check_readings(row, text):
    places = [(token.where.start, token.where.end) for token in row.row.tokens if token.kind == "value"]
    probabilities = [math.exp(reading.log_prob) for reading in row.readings]
    assert sum(probabilities) <= 1 + 1e-6
    assert probabilities == sorted(probabilities, reverse=True)
    assert len({reading.values for reading in row.readings}) == len(row.readings)
    for reading in row.readings:
        assert len(reading.items) == len(reading.values) == len(row.row.cells)
        taken = [item for item in reading.items if item]
        ends = 0
        for item in taken:
            assert text[item.where.start : item.where.end] == item.text
            assert item.where.start >= ends
            assert any(start <= item.where.start and item.where.end <= end for start, end in places)
            ends = item.where.end
        for item, value in zip(reading.items, reading.values, strict=True):
            assert value == (item and (item.number.value, item.number.state))


@settings(max_examples=100, deadline=None)
@given(rows=printed_rows)
def test_readings_of_separate_values_are_monotone_and_invent_nothing(rows):
    keys = ("new_received", "carried_over", "results_total", "carried_forward")
    text = requests_text(**{key: tabbed(*row) for key, row in zip(keys, rows, strict=False)})
    for table in tables_in(text):
        (found,) = aligner().align([table])
        assert [row.row for row in found] == list(table.rows)
        for row in found:
            check_readings(row, text)
            values = sum(token.kind == "value" for token in row.row.tokens)
            for reading in row.readings:
                assert sum(item is not None for item in reading.items) == values - reading.strays


@settings(max_examples=60, deadline=None)
@given(rows=runs)
def test_readings_of_glued_values_are_monotone_and_invent_nothing(rows):
    keys = ("new_received", "carried_over", "results_total", "carried_forward")
    text = requests_text(**dict(zip(keys, rows, strict=False)))
    for table in tables_in(text):
        for row in aligner().align([table])[0]:
            check_readings(row, text)


def test_a_full_row_is_read_as_printed():
    _, rows = aligned(requests_text(new_received=tabbed(18, 0, 2, 0, 1, 0, 21), carried_over=ZEROS))
    best = rows["new_received"].readings[0]
    assert texts_of(best.items) == ["18", "0", "2", "0", "1", "0", "21"]
    assert best.strays == 0
    assert math.exp(best.log_prob) > 0.99


def test_a_glued_row_is_cut_where_its_total_adds_up():
    text = requests_text(new_received="15130000154", carried_over="0000000", results_total="15130000154")
    _, rows = aligned(text)
    best = rows["new_received"].readings[0]
    assert texts_of(best.items) == ["151", "3", "0", "0", "0", "0", "154"]
    assert [value for value, _ in best.values] == [151, 3, 0, 0, 0, 0, 154]
    assert math.exp(best.log_prob) > 0.99


def test_a_glued_row_keeps_back_that_its_total_may_be_wrong():
    _, rows = aligned(requests_text(new_received="15130000154", carried_over="0000000"))
    assert sum(math.exp(reading.log_prob) for reading in rows["new_received"].readings) < 0.999
    assert sum(math.exp(reading.log_prob) for reading in rows["carried_over"].readings) == pytest.approx(1)


@pytest.mark.parametrize("place", [0, 1, 3, 6, 7])
def test_a_column_of_stray_zeros_is_found(place):
    def printed(*values):
        return tabbed(*values[:place], 0, *values[place:])

    text = requests_text(
        new_received=printed(18, 2, 3, 4, 5, 6, 38),
        carried_over=printed(1, 2, 3, 4, 5, 6, 21),
        granted=printed(19, 4, 6, 8, 10, 12, 59),
        results_total=printed(19, 4, 6, 8, 10, 12, 59),
        carried_forward=printed(0, 0, 0, 0, 0, 0, 0),
    )
    _, rows = aligned(text)
    for key, values in {
        "new_received": ["18", "2", "3", "4", "5", "6", "38"],
        "carried_over": ["1", "2", "3", "4", "5", "6", "21"],
        "results_total": ["19", "4", "6", "8", "10", "12", "59"],
    }.items():
        best = rows[key].readings[0]
        assert texts_of(best.items) == values
        assert best.strays == 1
        assert math.exp(best.log_prob) > 0.99


def test_blanks_that_are_printed_keep_their_place():
    text = requests_text(
        new_received=tabbed(7, "", "", 1, "", "", 8),
        carried_over=tabbed(1, 0, 0, 0, 0, 0, 1),
        results_total=tabbed(8, 0, 0, 1, 0, 0, 9),
    )
    _, rows = aligned(text)
    assert texts_of(rows["new_received"].readings[0].items) == ["7", None, None, "1", None, None, "8"]


def test_a_row_of_blanks_has_one_empty_reading():
    _, rows = aligned(requests_text(new_received=ZEROS, carried_over=tabbed(*[""] * 7)))
    (only,) = rows["carried_over"].readings
    assert only.items == (None,) * 7
    assert only.log_prob == 0


def test_vanished_blanks_leave_several_readings():
    _, rows = aligned(requests_text(new_received=tabbed(7, 1, 8), carried_over=tabbed(0, 0)))
    found = rows["new_received"].readings
    assert len(found) > 3
    assert math.exp(found[0].log_prob) < 0.9
    assert all(reading.items[-1] is not None and reading.items[-1].text == "8" for reading in found[:5])


def test_a_run_without_total_has_all_its_cuts():
    heads = "二、主动公开政府信息情况\n第二十条第（一）项\n信息内容本年制发件数本年废止件数现行有效件数\n"
    _, rows = aligned(f"{heads}规章000\n行政规范性文件1153\n{END}")
    found = {
        tuple(texts_of(reading.items)): math.exp(reading.log_prob) for reading in rows["normative_documents"].readings
    }
    assert set(found) == {("1", "1", "53"), ("1", "15", "3"), ("11", "5", "3")}
    assert max(found.values()) < 0.5


def test_a_sign_tells_the_column_of_changes():
    heads = "二、主动公开政府信息情况\n第二十条第（五）项\n信息内容\t上一年项目数量\t本年增/减\t处理决定数量\n"
    _, rows = aligned(f"{heads}行政许可\t-3\n其他对外管理服务事项\t12\t+1\t30\n{END}")
    best = rows["permits"].readings[0]
    assert texts_of(best.items) == [None, "-3", None]


def test_a_row_that_cannot_be_read_has_no_readings():
    text = requests_text(new_received=ZEROS, carried_over=tabbed(*range(1, 8)))
    tables = tables_in(text)
    (rows,) = Aligner(load_model(), Settings(max_tokens=6)).align(tables)
    assert [row.readings for row in rows] == [(), ()]


def test_row_readings_limits_the_readings():
    text = requests_text(new_received=tabbed(7, 1, 8), carried_over=tabbed(0, 0))
    (rows,) = Aligner(load_model(), Settings(row_readings=2)).align(tables_in(text))
    assert [len(row.readings) for row in rows] == [2, 2]


def test_tables_aligned_together_are_read_like_tables_alone():
    one = table_in(requests_text(new_received=tabbed(7, 1, 8), carried_over=ZEROS))
    other = table_in(requests_text(new_received="111000012", carried_over="0000000"))
    together = Aligner(load_model(), DEFAULTS).align([one, other])
    for table, found in zip([one, other], together, strict=True):
        (alone,) = Aligner(load_model(), DEFAULTS).align([table])
        assert [[reading.items for reading in row.readings] for row in found] == [
            [reading.items for reading in row.readings] for row in alone
        ]


def test_only_rows_with_separate_values_are_learned_from():
    heads = "二、主动公开政府信息情况\n第二十条第（一）项\n信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n"
    table = table_in(f"{heads}规章\t0\t\t0\n行政规范性文件1153\n{END}")
    ((row, shape),) = row_shapes([table], DEFAULTS)
    assert row.row == "rules"
    assert shape.slots == (0, 2)
    assert len(shape.totals) == 3
