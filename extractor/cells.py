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
from extractor.tokens import Token
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
    lossy = {len(row.items) for row in rows if _lost_cells(row)}
    lone = [row for row in rows if _is_lone_total(row) and not row.row.in_place]
    regular = not table.irregular and _is_regular(rows)
    for row in rows:
        doubtful = (len(row.items) in lossy and not row.complete and any(row.items)) or lone == [row]
        odd = doubtful or _is_odd(table, row, columns, settings, regular=regular)
        printed = _certain_cells if _is_certain(row, settings) else _open_cells
        cells.update(printed(table, row, columns, settings, odd=odd))
    return cells


def _is_lone_total(row: ReconciledRow) -> bool:
    """True for a total without any part: a habit where many rows are so, but a page number perhaps where one is."""
    items = row.items
    if items.count(None) != len(items) - 1:
        return False
    (place,) = [place for place, item in enumerate(items) if item]
    return len(row_totals(row.row.cells)[place]) > 1


def _lost_cells(row: ReconciledRow) -> bool:
    """True for a row with values of which some cells left no trace, so that the place of its values is a guess."""
    return not row.complete and not row.row.shows_all and row.row.has_values


def _is_regular(rows: Sequence[ReconciledRow]) -> bool:
    """True when every row has one value or blank for each cell, and totals other than 0 are right twice as often as wrong."""
    right = wrong = 0
    for row in rows:
        if len(row.row.tokens) != len(row.items) or row.strays:
            return False
        totals = row_totals(row.row.cells)
        if any(totals) and any(numbers := _numbers(row)):
            disagree = sums_disagree(numbers, totals)
            wrong, right = wrong + disagree, right + (not disagree)
    return 2 * wrong <= right or (len(rows) == 1 and all(token.grid for row in rows for token in row.row.tokens))


def _numbers(row: ReconciledRow) -> list[float | None]:
    return [item.number.value if item and item.number else None for item in row.items]


def _is_odd(
    table: LabelledTable, row: ReconciledRow, columns: Mapping[str, FormColumn], settings: Settings, *, regular: bool
) -> bool:
    """True when the surroundings or the print of a row are odd in a way that no probability covers."""
    labelled = row.row
    return (
        labelled.by_order
        or labelled.conflict
        or labelled.cut
        or labelled.broken
        or labelled.certainty < settings.min_label
        or _is_printed_odd(row, columns, regular=regular)
        or ((table.irregular or (table.deduplicated and not labelled.shows_all)) and not labelled.has_values)
    )


def _is_printed_odd(row: ReconciledRow, columns: Mapping[str, FormColumn], *, regular: bool) -> bool:
    """True for odd print; ``regular`` see :func:`_is_regular`.

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
    for place, item in enumerate(row.items):
        if item and item.number and not item.number.countable and columns[cells[place]].kind == "count":
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
    return len(row.row.tokens) > len(row.items) > 1 and row.items[-1] is None and any(row.items)


# --- the cells of a row ----------------------------------------------------------------------------------------------


def _is_certain(row: ReconciledRow, settings: Settings) -> bool:
    """True when all cells of a row are equally certain, so that none makes another doubtful, and were not recognised."""
    return (
        not row.open
        and not row.row.conflict
        and row.confidence >= settings.accept
        and row.confidence >= settings.doubt
        and row.row.recognised == 1
    )


def _certain_cells(
    table: LabelledTable, row: ReconciledRow, columns: Mapping[str, FormColumn], settings: Settings, *, odd: bool
) -> dict[str, CellValue]:
    """The cells of a row for which :func:`_is_certain` holds."""
    labelled = row.row
    keys, odd_heads, blanks = labelled.cells, labelled.odd_heads, _blanks(labelled)
    confidence = row.confidence * labelled.certainty
    flagged = odd or confidence < settings.accept
    cells = {}
    for place, item in enumerate(row.items):
        key = keys[place]
        review = flagged or key in odd_heads
        if item is None:
            cells[key] = _blank(labelled, place, blanks[place], confidence, review=review)
        else:
            cells[key] = _printed(item, confidence, _unit(table, columns[key]), review=review)
    return cells


def _open_cells(
    table: LabelledTable, row: ReconciledRow, columns: Mapping[str, FormColumn], settings: Settings, *, odd: bool
) -> dict[str, CellValue]:
    """The cells of any row."""
    labelled = row.row
    choices, totals, blanks = row.choices, row_totals(labelled.cells), _blanks(labelled)
    unsure = any(choice.item and choice.confidence < settings.accept for choice in choices)
    shifting = row.confidence < settings.doubt and any(totals)
    cells = {}
    for place, (key, choice) in enumerate(zip(labelled.cells, choices, strict=True)):
        flagged = odd or key in labelled.odd_heads or (unsure and choice.item is None)
        flagged = flagged or (shifting and not totals[place] and choice.confidence < settings.accept_beside)
        unit = _unit(table, columns[key])
        cells[key] = _cell(labelled, place, blanks[place], choice, unit, flagged=flagged, settings=settings)
    return cells


def _unit(table: LabelledTable, column: FormColumn) -> str | None:
    return table.units.get(column.key, column.unit)


def _blanks(row: LabelledRow) -> Sequence[Token | None]:
    """What is printed in each cell, if it is blank; None where the columns have no cells of their own."""
    return row.tokens if row.shows_all else (None,) * len(row.cells)


def _cell(
    row: LabelledRow,
    place: int,
    blank: Token | None,
    choice: Choice,
    unit: str | None,
    *,
    flagged: bool,
    settings: Settings,
) -> CellValue:
    item = choice.item
    recognised = item.confidence if item else blank.confidence if blank else row.recognised
    confidence = choice.confidence * row.certainty * recognised
    if row.conflict or choice.confidence < settings.decide * choice.rivalled:
        best = item or choice.alternative
        return CellValue(
            None,
            item.text if item else "",
            "number" if item else "blank",
            confidence,
            True,
            item.where if item else blank.where if blank else row.where,
            proposed=_proposal(best and best.number),
        )
    review = flagged or confidence < settings.accept
    if item is None:
        return _blank(row, place, blank, confidence, review=review)
    return _printed(item, confidence, unit, review=review)


def _blank(row: LabelledRow, place: int, blank: Token | None, confidence: float, *, review: bool) -> CellValue:
    state: State = "missing" if row.cut and place >= len(row.tokens) else "blank"
    where = blank.where if blank else row.where
    return made(CellValue, (None, "", state, confidence, review, where, None, None))


def _printed(item: Token, confidence: float, unit: str | None, *, review: bool) -> CellValue:
    value, state, own_unit, doubtful, *_ = item.number or NO_NUMBER
    return made(
        CellValue, (value, item.text, state, confidence, review or doubtful, item.where, own_unit or unit, None)
    )


def _proposal(number: Number | None) -> Proposal | None:
    """What an undecided cell may hold."""
    if number is None or number.value is None:
        return None
    return Proposal(number.value, READING, "最可能的读法，但不足以确定")
