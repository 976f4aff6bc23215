import pytest
from helpers_late import REPORT, requests_text, tabbed, table_in

from extractor.pipeline import decide, find_rows
from extractor.shapes import STRAY, Shape
from training.baseline import OrderAligner, assign

SEVEN = ((), (), (), (), (), (), (0, 1, 2, 3, 4, 5))


def shape(*slots, length=None, lead=None, at=None, totals=SEVEN):
    """A row with values at these places after its label."""
    flags = (False,) * len(slots)
    cells = length if length is not None else (slots[-1] + 1 if slots else 0)
    return Shape(totals, slots, slots, flags, at or (None,) * len(slots), flags, cells, lead, None, 0, False)


# --- one row ---------------------------------------------------------------------------------------------------------


def test_as_many_values_as_columns_are_in_order():
    assert assign(shape(*range(7))) == tuple(range(7))
    assert assign(shape(*range(1, 8), lead=0, at=(3, 4, 5, 6, None, None, None))) == tuple(range(7))
    assert assign(shape(5, totals=((),))) == (0,)


def test_as_many_cells_as_columns_are_in_their_cells():
    assert assign(shape(0, 6, length=7)) == (0, 6)
    assert assign(shape(1, 2, 6, length=7, lead=1, at=(0, 1, 2))) == (1, 2, 6)


def test_cells_beyond_the_last_column_are_not_counted_so():
    odd = shape(0, 7, length=7)
    assert assign(odd) == (0, 1)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ((0, 6), (0, 6)),
        ((2, 3), (2, 3)),
        ((None, 6), (0, 1)),  # one is not known
        ((STRAY, 6), (0, 1)),
        ((3, 3), (0, 1)),  # two in one column
        ((6, 3), (0, 1)),  # not in order
        ((3, 7), (0, 1)),  # there is no such column
    ],
)
def test_else_values_are_in_the_columns_at_their_positions(at, expected):
    assert assign(shape(1, 9, length=12, at=at)) == expected


@pytest.mark.parametrize(
    ("slots", "lead", "expected"),
    [
        ((2, 8), 2, (0, 6)),
        ((3, 4, 8), 2, (1, 2, 6)),
        ((2, 8), 0, (0, 1)),  # beyond the last column
        ((1, 8), 2, (0, 1)),  # before the first
        ((2, 8), None, (0, 1)),
    ],
)
def test_else_values_are_at_the_offsets_of_full_rows(slots, lead, expected):
    assert assign(shape(*slots, length=10, lead=lead)) == expected


def test_positions_come_before_offsets():
    assert assign(shape(2, 8, length=10, lead=2, at=(1, 5))) == (1, 5)
    assert assign(shape(2, 8, length=10, lead=2, at=(5, 1))) == (0, 6)


def test_else_values_are_in_order_from_the_left():
    assert assign(shape(4, length=9)) == (0,)
    assert assign(shape(0, 3, 4, length=5)) == (0, 1, 2)


def test_what_is_too_much_is_no_cell():
    assert assign(shape(*range(8))) == (0, 1, 2, 3, 4, 5, 6, STRAY)
    assert assign(shape(*range(3), totals=((),))) == (0, STRAY, STRAY)
    assert assign(shape(*range(8), lead=0)) == (0, 1, 2, 3, 4, 5, 6, STRAY)


def test_a_row_without_values():
    assert assign(shape(length=7)) == ()


# --- tables ----------------------------------------------------------------------------------------------------------


def rows_of(text):
    (rows,) = OrderAligner().align([table_in(text)])
    return {row.row.row: row.readings for row in rows}


def test_each_row_has_one_reading_of_which_it_is_certain():
    (reading,) = rows_of(requests_text(new_received=tabbed(3, "", "", "", "", "/", 3)))["new_received"]
    assert [item.text if item else None for item in reading.items] == ["3", None, None, None, None, "/", "3"]
    assert reading.values == ((3, "number"), None, None, None, None, (None, "dash"), (3, "number"))
    assert (reading.strays, reading.log_prob) == (0, 0.0)


def test_strays_are_counted():
    (reading,) = rows_of(requests_text(new_received=tabbed(0, 3, 0, 0, 0, 0, 0, 3)))["new_received"]
    assert reading.strays == 1
    assert [value[0] for value in reading.values] == [0, 3, 0, 0, 0, 0, 0]


def test_full_rows_of_the_table_tell_the_offset():
    rows = rows_of(
        requests_text(new_received=tabbed("", *range(1, 8)), granted=tabbed("", 4, "", "", "", "", "", 4, ""))
    )
    (reading,) = rows["granted"]
    assert [item.text if item else None for item in reading.items] == ["4", None, None, None, None, None, "4"]


def test_a_glued_row_is_cut_into_as_many_values_as_columns_when_it_can_be():
    text = requests_text(new_received="0000000", granted="15130000154")
    (reading,) = rows_of(text)["granted"]
    assert [item.text for item in reading.items] == ["151", "3", "0", "0", "0", "0", "154"]
    (reading,) = rows_of(requests_text(granted="1000001"))["granted"]
    assert [item.text for item in reading.items] == ["1", "0", "0", "0", "0", "0", "1"]


def test_a_row_that_can_not_be_read_has_no_reading():
    text = requests_text(new_received="1234567890123456789012345", granted="12345678901234567890123456")
    assert rows_of(text)["new_received"] == ()


def test_a_report_without_doubts_is_read_whole():
    record = decide(find_rows(REPORT.encode(), "report"), OrderAligner())
    assert record.model == {"id": "baseline", "sha256": ""}
    cells = {key: cell.value for key, cell in record.cells.items()}
    assert cells["proactive.normative_documents.in_force"] == 52
    assert cells["proactive.fees.amount"] == 24.5
    assert cells["proactive.coercive_measures.decisions"] is None
    assert cells["disputes.litigation_after_reconsideration.corrected"] == 2
    assert record.cells["proactive.coercive_measures.decisions"].state == "dash"


def test_tables_are_aligned_each_for_itself():
    tables = find_rows(REPORT.encode(), "report").tables
    aligned = OrderAligner().align(tables)
    assert [[row.row for row in rows] for rows in aligned] == [list(table.rows) for table in tables]
    assert aligned == [rows for table in tables for rows in OrderAligner().align([table])]
    assert OrderAligner().align([]) == []
