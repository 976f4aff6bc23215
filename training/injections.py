"""Errors put into sound reports on purpose, to measure what the checks find: slips of the agency, and misreadings of ours.

A *printing error* is put into a sheet before it is printed, so that the report is read by the whole program. A *misreading* is
put into the record of a sound report. What a misread cell looks like is what :mod:`extractor.cells` and
:mod:`extractor.recognition` make of one:

- A value comes into the wrong column where a row prints a value too few or too many for its columns, so that it has several
  readings. The wrong one was taken because it was likelier (at least ``decide`` times, or the cell would be undecided), but not
  certain (below ``accept``, or the model would be wrong about itself): all cells in which the readings differ have that
  confidence and are flagged. Below ``doubt`` the row is *shifting*, which flags its other cells below ``accept_beside``; these
  are the same in all readings and stay. Where other rows have lost cells, the whole row is flagged.
- A digit is lost or taken for another only where the page was recognised from a picture. Such a page has no cell with a
  confidence of 1. The damaged cell has less than ``accept``, mostly less than half: the recognisers disagree. Every operand of a
  sum that then fails is flagged.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

from extractor.check import check_relations
from extractor.forms import FormTable
from extractor.localise.acts import printed_rows_of
from extractor.record import CellValue, Record
from extractor.settings import DEFAULTS
from extractor.vocabulary import vocabulary
from training.sheets import Sheet
from training.sound import Value, as_read, with_values

_TRIES = 60
_IN_NUMBERS = 0.85
"""Share of errors that befall numbers other than 0, where there are any."""
_WHOLE_ROW = 0.3
"""Share of doubtful rows in tables of which other rows have lost cells."""


class Injected(NamedTuple):
    """An error that was put in.

    Attributes:
        kind: a name of :data:`PRINTING` or :data:`MISREADING`.
        table: where.
        true: what the changed cells should hold.
        given: what they hold instead.
        hidden: how many errors were drawn before it that break no sum, so that no check can see them.
    """

    kind: str
    table: str
    true: Mapping[str, Value]
    given: Mapping[str, Value]
    hidden: int = 0


# --- what an agency prints wrong -------------------------------------------------------------------------------------


def print_error(sheet: Sheet, random: Random, kind: str) -> tuple[Sheet, Injected] | None:
    """A sheet with one printing error that breaks a sum of its table; None when none was found for it.

    Args:
        sheet: a sound one.
        random: the source of chance.
        kind: a name of :data:`PRINTING`.
    """
    forms = [table.form for table in sheet.tables if table.form.relations]
    for hidden in range(_TRIES):
        form = random.choice(forms)
        values = {key: sheet.truth[key] for key in form.columns}
        given = PRINTING[kind](form, values, random)
        if given and _breaks(form, {**values, **given}):
            true = {key: values[key] for key in given}
            return with_values(sheet, given), Injected(kind, form.table, true, given, hidden)
    return None


def _breaks(form: FormTable, values: Mapping[str, Value]) -> bool:
    return any(finding.outcome == "fail" for finding in check_relations(form, as_read(form, values)))


def _one_of(form: FormTable, values: Mapping[str, Value], random: Random, least: int = 0) -> tuple[str, int] | None:
    """A printed count of at least so much, rather one that is not 0."""
    operands = {key for relation in form.cell_relations for key in relation.cells}
    printed = [
        (key, int(value)) for key, value in values.items() if key in operands and value is not None and value >= least
    ]
    numbers = [item for item in printed if item[1]]
    return random.choice(numbers if numbers and random.random() < _IN_NUMBERS else printed) if printed else None


def _rewritten(
    rewrite: Callable[[str, Random], str], least: int = 0
) -> Callable[[FormTable, Mapping[str, Value], Random], dict[str, Value]]:
    """A slip that writes one number otherwise."""

    def slip(form: FormTable, values: Mapping[str, Value], random: Random) -> dict[str, Value]:
        drawn = _one_of(form, values, random, least)
        text = rewrite(str(drawn[1]), random) if drawn else ""
        return {drawn[0]: int(text)} if drawn and text and int(text) != drawn[1] and text == str(int(text)) else {}

    return slip


def digit_changed(text: str, random: Random) -> str:
    """One digit is another."""
    place = random.randrange(len(text))
    return text[:place] + random.choice("0123456789") + text[place + 1 :]


def digit_lost(text: str, random: Random) -> str:
    """One digit of several is not there."""
    place = random.randrange(len(text))
    return text[:place] + text[place + 1 :]


def _digit_added(text: str, random: Random) -> str:
    place = random.randint(0, len(text))
    return text[:place] + random.choice("0123456789") + text[place:]


def _transposed(text: str, random: Random) -> str:
    place = random.randrange(len(text) - 1)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _swapped(form: FormTable, values: Mapping[str, Value], random: Random) -> dict[str, Value]:
    """Two numbers of a row or a column in each other's place."""
    block = random.choice(form.blocks)
    grid = [[form.key(row, column) for column in block.columns] for row in block.rows]
    line = random.choice(random.choice((grid, [list(column) for column in zip(*grid, strict=True)])))
    numbers = [key for key in line if values[key]]
    if not numbers:
        return {}
    one, other = random.choice(numbers), random.choice(line)
    return {one: values[other], other: values[one]} if values[one] != values[other] else {}


def _shifted(form: FormTable, values: Mapping[str, Value], random: Random) -> dict[str, Value]:
    """A row whose numbers stand one column to the left or right; what is pushed over the end is lost."""
    rows = [row for row in printed_rows_of(form) if any(values[key] for key in row)]
    if not rows:
        return {}
    row = random.choice(rows)
    printed = [values[key] for key in row]
    fill = None if None in printed else 0
    moved = [fill, *printed[:-1]] if random.random() < 0.5 else [*printed[1:], fill]
    return {key: value for key, value in zip(row, moved, strict=True) if value != values[key]}


def _wrong_total(form: FormTable, values: Mapping[str, Value], random: Random) -> dict[str, Value]:
    """A total that was added up wrong, left at 0, or not brought up to date."""
    totals = {relation.right[0] for relation in form.cell_relations if len(relation.right) == 1}
    drawn = _one_of(form, {key: values[key] for key in form.columns if key in totals}, random)
    if not drawn:
        return {}
    key, total = drawn
    step = random.choice((-10, -2, -1, -1, 1, 1, 2, 10, -total, random.randint(-total, total)))
    return {key: total + step} if step and total + step >= 0 else {}


PRINTING: Mapping[str, Callable[[FormTable, Mapping[str, Value], Random], dict[str, Value]]] = {
    "digit changed": _rewritten(digit_changed),
    "digit lost": _rewritten(digit_lost, 10),
    "digit added": _rewritten(_digit_added),
    "digits transposed": _rewritten(_transposed, 10),
    "cells swapped": _swapped,
    "row shifted": _shifted,
    "wrong total": _wrong_total,
}
"""The slips of an agency: each gives the cells of a table that are printed wrong, and how; none when it can't be drawn."""


# --- what we misread -------------------------------------------------------------------------------------------------


def misread(record: Record, random: Random, kind: str) -> tuple[Record, Injected] | None:
    """A record with one misreading that breaks a sum of its table; None when none was found for it.

    Args:
        record: of a sound report, read without error.
        random: the source of chance.
        kind: a name of :data:`MISREADING`.
    """
    forms = [form for form in vocabulary().forms_of(record.tables) if form.relations]
    for hidden in range(_TRIES if forms else 0):
        form = random.choice(forms)
        cells = {key: record.cells[key] for key in form.columns}
        read = MISREADING[kind](form, cells, random)
        given = {key: cell.value for key, cell in read.items() if cell.value != cells[key].value}
        if given and any(item.outcome == "fail" for item in check_relations(form, {**cells, **read})):
            true = {key: cells[key].value for key in given}
            return replace(record, cells={**record.cells, **read}), Injected(kind, form.table, true, given, hidden)
    return None


def _in_wrong_column(form: FormTable, cells: Mapping[str, CellValue], random: Random) -> dict[str, CellValue]:
    """A number in the column beside its own."""
    for row, place in _numbers(form, cells, random):
        beside = [other for other in (place - 1, place + 1) if 0 <= other < len(row) and not cells[row[other]].value]
        if beside:
            return _moved(cells, row, [(place, random.choice(beside))], random)
    return {}


def _row_in_wrong_columns(form: FormTable, cells: Mapping[str, CellValue], random: Random) -> dict[str, CellValue]:
    """Several numbers of a row, each in the column beside its own, up to where a blank or a 0 takes up the shift."""
    for row, place in _numbers(form, cells, random):
        step = random.choice((-1, 1))
        end = place
        while 0 <= end < len(row) and cells[row[end]].value:
            end += step
        if 0 <= end < len(row) and abs(end - place) > 1:
            return _moved(cells, row, [(at, at + step) for at in range(place, end, step)], random)
    return {}


def _numbers(form: FormTable, cells: Mapping[str, CellValue], random: Random) -> Iterator[tuple[Sequence[str], int]]:
    """The rows and places of numbers that are not 0, in a random order."""
    found = [(row, at) for row in printed_rows_of(form) for at, key in enumerate(row) if cells[key].value]
    yield from random.sample(found, len(found))


def _moved(
    cells: Mapping[str, CellValue], row: Sequence[str], moves: Sequence[tuple[int, int]], random: Random
) -> dict[str, CellValue]:
    """The cells of a row after numbers have moved: those that differ are doubtful, the first is left blank or with a 0."""
    confidence = random.uniform(DEFAULTS.decide / (DEFAULTS.decide + 1), DEFAULTS.accept - 0.005)
    zero = next((cells[key] for key in row if cells[key].value == 0), None)
    blank = CellValue(None, "", "blank", confidence, review=True)
    emptied = zero if zero and random.random() < 0.5 else blank
    read = {row[moves[0][0]]: emptied, **{row[to]: cells[row[at]] for at, to in moves}}
    doubtful = {key: cell._replace(confidence=confidence, review=True) for key, cell in read.items()}
    if random.random() < _WHOLE_ROW:
        doubtful |= {key: cells[key]._replace(review=True) for key in row if key not in doubtful}
    return doubtful


def _recognised(
    rewrite: Callable[[str, Random], str], least: int
) -> Callable[[FormTable, Mapping[str, CellValue], Random], dict[str, CellValue]]:
    """A misreading of a picture: one number is recognised as another."""

    def slip(form: FormTable, cells: Mapping[str, CellValue], random: Random) -> dict[str, CellValue]:
        drawn = _one_of(form, {key: cell.value for key, cell in cells.items()}, random, least)
        text = rewrite(str(drawn[1]), random) if drawn else ""
        if not drawn or not text or text != str(int(text)) or int(text) == drawn[1]:
            return {}
        read = {key: cell._replace(confidence=random.uniform(0.99, 0.9999)) for key, cell in cells.items()}
        confidence = random.uniform(0.2, 0.5) if random.random() < 0.6 else random.uniform(0.5, 0.985)
        read[drawn[0]] = read[drawn[0]]._replace(value=int(text), text=text, confidence=confidence, review=True)
        as_zero = {key: cell._replace(value=cell.value or 0) for key, cell in read.items()}
        for finding in check_relations(form, as_zero):
            if finding.outcome != "pass":
                read |= {key: read[key]._replace(review=True) for key in finding.cells}
        return read

    return slip


MISREADING: Mapping[str, Callable[[FormTable, Mapping[str, CellValue], Random], dict[str, CellValue]]] = {
    "number in wrong column": _in_wrong_column,
    "row in wrong columns": _row_in_wrong_columns,
    "digit lost in recognition": _recognised(digit_lost, 10),
    "digit taken for another": _recognised(digit_changed, 1),
}
"""Our misreadings: each gives the cells that are then read otherwise, with their confidence and flags."""
