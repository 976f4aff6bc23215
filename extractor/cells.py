"""Reconciled rows to cells: value, state, confidence, and whether a person must look.

A cell is flagged when its value is not certain, and also when its print or its surroundings are odd in a way that no
probability covers. A cell that can't be decided gets no value; what it may be is proposed beside it.
"""

from collections.abc import Mapping, Sequence

from extractor.document import made
from extractor.forms import FormColumn
from extractor.label import LabelledRow, LabelledTable
from extractor.numbers import NO_NUMBER, Number, State
from extractor.reconcile import Choice, ReconciledRow
from extractor.record import READING, CellValue, Proposal
from extractor.settings import Settings
from extractor.totals import row_totals, sums_disagree

MISSING = CellValue(None, "", "missing", 1.0, review=True)
"""A cell of a table that is there, of which the document has nothing: cut off, lost, or not recognised."""


def decide_cells(
    table: LabelledTable, rows: Sequence[ReconciledRow], columns: Mapping[str, FormColumn], settings: Settings
) -> dict[str, CellValue]:
    """The cells of one table.

    Args:
        table: the table as labelled.
        rows: its rows with the choice for each cell.
        columns: the column of each cell key.
        settings: the thresholds.

    Returns:
        A value for every key of the table.
    """
    cells = dict.fromkeys(table.keys, MISSING)
    lossy = {len(row.row.cells) for row in rows if _lost_cells(row)}
    lone = [row for row in rows if _is_lone_total(row) and not row.row.in_place]
    regular = not table.irregular and _is_regular(rows)
    for row in rows:
        doubtful = (len(row.row.cells) in lossy and not row.complete and _has_value(row)) or lone == [row]
        cells.update(_row_cells(table, row, columns, settings, doubtful=doubtful, regular=regular))
    return cells


def _has_value(row: ReconciledRow) -> bool:
    return any(choice.item for choice in row.choices)


def _is_lone_total(row: ReconciledRow) -> bool:
    """True for a total without any part: a habit where many rows are so, but a page number perhaps where one is."""
    placed = [place for place, choice in enumerate(row.choices) if choice.item]
    return len(placed) == 1 and len(row_totals(row.row.cells)[placed[0]]) > 1


def _lost_cells(row: ReconciledRow) -> bool:
    """True for a row with values of which some cells left no trace, so that the place of its values is a guess."""
    return not row.complete and not row.row.shows_all and row.row.has_values


def _is_regular(rows: Sequence[ReconciledRow]) -> bool:
    """True when every row has one value or blank for each cell, and totals other than 0 are right twice as often as wrong."""
    right = wrong = 0
    for row in rows:
        if len(row.row.tokens) != len(row.row.cells) or row.strays:
            return False
        numbers, totals = _numbers(row), row_totals(row.row.cells)
        if any(totals) and any(numbers):
            disagree = sums_disagree(numbers, totals)
            wrong, right = wrong + disagree, right + (not disagree)
    in_grid = all(token.grid for row in rows for token in row.row.tokens)
    return 2 * wrong <= right or (len(rows) == 1 and in_grid)


def _numbers(row: ReconciledRow) -> list[float | None]:
    return [choice.item.number.value if choice.item and choice.item.number else None for choice in row.choices]


def _row_cells(
    table: LabelledTable,
    row: ReconciledRow,
    columns: Mapping[str, FormColumn],
    settings: Settings,
    *,
    doubtful: bool,
    regular: bool,
) -> dict[str, CellValue]:
    """The cells of one row; ``doubtful`` tells that the rest of the table makes it so, ``regular`` see :func:`_is_regular`."""
    labelled = row.row
    odd_row = (
        labelled.by_order
        or labelled.conflict
        or labelled.cut
        or labelled.broken
        or labelled.certainty < settings.min_label
        or doubtful
        or _is_odd(row, columns, regular=regular)
    )
    least = min([choice.confidence for choice in row.choices], default=1.0)
    unsure = least < settings.accept and any(
        choice.item and choice.confidence < settings.accept for choice in row.choices
    )
    totals = row_totals(labelled.cells)
    shifting = least < settings.doubt and any(totals)
    lost = (table.irregular or (table.deduplicated and not labelled.shows_all)) and not labelled.has_values
    cells = {}
    for place, (key, choice) in enumerate(zip(labelled.cells, row.choices, strict=True)):
        column = columns[key]
        flagged = odd_row or lost or key in labelled.odd_heads or (unsure and choice.item is None)
        flagged = flagged or (shifting and not totals[place] and choice.confidence < settings.accept_beside)
        unit = table.units.get(column.key, column.unit)
        cells[key] = _cell(labelled, place, choice, unit, flagged=flagged, settings=settings)
    return cells


def _is_odd(row: ReconciledRow, columns: Mapping[str, FormColumn], *, regular: bool) -> bool:
    """True for what no probability covers; ``regular`` see :func:`_is_regular`.

    - several values are no cell, or one is in a row without totals to tell which;
    - a sign or decimals stand where counts belong;
    - the last cell is blank in a row with too many cells;
    - a total is not the sum of its parts, or the last value is the sum of the others but not in the place of a total. Where
      each cell has one value of its own and no other row has more or less, or all stand in their places, it is the agency that
      miscounted.
    """
    cells = row.row.cells
    totals = row_totals(cells)
    if row.strays is None or row.strays > 1 or (row.strays and not any(totals)):
        return True
    for key, choice in zip(cells, row.choices, strict=True):
        number = choice.item.number if choice.item else None
        if number and not number.countable and columns[key].kind == "count":
            return True
    if row.row.in_place:
        return False
    if not regular and _ends_blank(row):
        return True
    return not (regular and row.complete) and sums_disagree(_numbers(row), totals)


def _ends_blank(row: ReconciledRow) -> bool:
    """True when the last cell of a row is read as blank though others have values, in a row with more cells than the form has.

    Perhaps its blanks were merged or moved into the empty cells at its end, so that its values stand too far left.
    """
    items = [choice.item for choice in row.choices]
    return len(row.row.tokens) > len(items) > 1 and items[-1] is None and any(items)


def _cell(
    row: LabelledRow, place: int, choice: Choice, unit: str | None, *, flagged: bool, settings: Settings
) -> CellValue:
    item = choice.item
    blank = row.tokens[place] if item is None and row.shows_all else None  # its own cell, where each column has one
    recognised = item.confidence if item else blank.confidence if blank else _least_recognised(row)
    confidence = choice.confidence * row.certainty * recognised
    where = item.where if item else blank.where if blank else row.where
    if row.conflict or choice.confidence < settings.decide * choice.rivalled:
        best = item or choice.alternative
        return CellValue(
            None,
            item.text if item else "",
            "number" if item else "blank",
            confidence,
            True,
            where,
            proposed=_proposal(best and best.number),
        )
    review = flagged or confidence < settings.accept
    if item is None:
        state: State = "missing" if row.cut and place >= len(row.tokens) else "blank"
        return made(CellValue, (None, "", state, confidence, review, where, None, None))
    value, printed, own_unit, doubtful, *_ = item.number or NO_NUMBER
    review = review or doubtful
    return made(CellValue, (value, item.text, printed, confidence, review, where, own_unit or unit, None))


def _least_recognised(row: LabelledRow) -> float:
    """Probability that a whole row was recognised right: that of a blank that left no trace."""
    return min([token.confidence for token in row.tokens], default=1.0)


def _proposal(number: Number | None) -> Proposal | None:
    """What an undecided cell may hold."""
    if number is None or number.value is None:
        return None
    return Proposal(number.value, READING, "最可能的读法，但不足以确定")
