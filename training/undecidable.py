"""Which cells of a simulated report nobody could read: the print allows several readings, and the row's sums do not choose.

Real gold reports list such cells as ambiguous, and the score asks only that they are not given without a flag. The simulator
knows what was lost, so it can list them too: where blank cells leave no trace, where digits are glued, and where a stray value
stands in a few rows at no fixed place, every reading of the row is enumerated. Cells that have the same value in all
readings that add up are decidable; the others are not.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, islice, product

from extractor.heads import row_cells
from extractor.runs import balanced_cuts, cuts
from extractor.totals import row_totals
from training.annotations import STRAY
from training.sheets import Sheet, SheetRow, SheetTable, Text

_MOST = 3000  # readings of one row
_SIGNED = re.compile(r"[+-]?[^+-]+")
_Values = tuple[str | None, ...]


def undecidable(sheet: Sheet, text: Text) -> frozenset[str]:
    """The keys of the cells that the text does not decide.

    Args:
        sheet: the sheet as it was printed, damage included.
        text: its print, for what the style shows of cells and blanks.
    """
    found: set[str] = set()
    for table in sheet.tables:
        whole = all(len(_printed(row)) == len(_cells(row, table)) for row in table.rows if _cells(row, table))
        strays = _stray_place(table)
        for row in table.rows:
            cells = _cells(row, table)
            if cells and not _is_plain(row, cells, text, strays):
                found |= _open_cells(row, cells, text, whole=whole)
    return frozenset(found)


def _cells(row: SheetRow, table: SheetTable) -> tuple[str, ...]:
    """The cell keys of a data row; none for rows that the form does not have."""
    keyed = any(value.key and value.key != STRAY for value in row.values)
    return row_cells(row.row, table.form) if row.kind == "data" and keyed else ()


def _printed(row: SheetRow) -> list[str]:
    return [value.text for value in row.values if value.text]


def _stray_place(table: SheetTable) -> int | None:
    """Where most rows of a table have a stray value, if they do: a column that the reader can see."""
    places = Counter(
        next((place for place, value in enumerate(row.values) if value.key == STRAY), None)
        for row in table.rows
        if len(row.values) > 1 and row.kind == "data"
    )
    place, count = places.most_common(1)[0] if places else (None, 0)
    return place if place is not None and 2 * count > places.total() else None


def _is_plain(row: SheetRow, cells: Sequence[str], text: Text, stray_place: int | None) -> bool:
    """True when each value's place can be seen: a value or a visible blank for each cell, strays only in a column of them."""
    keys = [value.key for value in row.values if value.key != STRAY and (value.key or value.text)]
    strays = [place for place, value in enumerate(row.values) if value.key == STRAY]
    if not text.separates and len(cells) > 1:
        return False
    if strays and (len(cells) > 1) and strays != [stray_place]:
        return False
    return tuple(keys) == tuple(cells) and (text.shows_blanks or all(value.text for value in row.values if value.key))


def _open_cells(row: SheetRow, cells: tuple[str, ...], text: Text, *, whole: bool) -> set[str]:
    """The cells of a row that its readings disagree on; all of them when the truth is not among the readings, or too many are."""
    if len(cells) == 1:
        return set()
    truth = tuple({value.key: value.text for value in row.values}.get(cell) or None for cell in cells)
    strays = sum(value.key == STRAY for value in row.values)
    ways = [tuple(_printed(row))] if text.separates else _glued_ways(tuple(_printed(row)), cells, strays, whole=whole)
    return {cells[place] for place in _differences(tuple(ways), cells, truth, strays)}


def _glued_ways(printed: tuple[str, ...], cells: tuple[str, ...], strays: int, *, whole: bool) -> list[tuple[str, ...]]:
    """The ways to cut values that are printed without anything between them."""
    run, width = "".join(printed), len(cells)
    if run.isdigit() and whole and any(row_totals(cells)):
        balanced = list(islice(balanced_cuts(run, row_totals(cells)), _MOST))
        if balanced:
            return balanced
    parts = _SIGNED.findall(run)
    counts = (width,) if whole else range(len(parts), width + strays + 1)
    found: list[tuple[str, ...]] = []
    for count in counts:
        for shares in product(range(1, count + 1), repeat=len(parts)):
            if sum(shares) == count:
                pieces = [islice(_signed_cuts(part, share), _MOST) for part, share in zip(parts, shares, strict=True)]
                found += (sum(way, ()) for way in islice(product(*pieces), _MOST))
        if len(found) > _MOST:
            break
    return found


def _signed_cuts(part: str, count: int) -> Iterator[tuple[str, ...]]:
    """The ways to cut digits, the first with its sign."""
    sign = part[0] if part[0] in "+-" else ""
    for first, *rest in cuts(part.removeprefix(sign), count):
        yield (sign + first, *rest)


@lru_cache(maxsize=20_000)
def _differences(
    ways: tuple[tuple[str, ...], ...], cells: tuple[str, ...], truth: _Values, strays: int
) -> frozenset[int]:
    """The places of a row on which its likeliest readings differ."""
    everything = frozenset(range(len(cells)))
    readings = {reading for way in ways for reading in islice(_readings(way, len(cells), strays), _MOST + 1)}
    if len(readings) > _MOST:
        return everything
    graded = {reading: _grade(reading, cells) for reading in readings}
    best = max(graded.values(), default=0)
    likely = [reading for reading, grade in graded.items() if grade == best]
    if truth not in likely:
        return everything
    return frozenset(place for place in everything if len({reading[place] for reading in likely}) > 1)


def _readings(values: tuple[str, ...], width: int, strays: int) -> Iterator[_Values]:
    """Every way to put values into columns in order, at most ``strays`` of them left out, no more than must be."""
    count = len(values)
    for left_out in range(max(0, count - width), strays + 1):
        for kept in combinations(values, count - left_out):
            for places in combinations(range(width), len(kept)):
                row: list[str | None] = [None] * width
                for place, value in zip(places, kept, strict=True):
                    row[place] = value
                yield tuple(row)


def _grade(reading: _Values, cells: tuple[str, ...]) -> int:
    """How well a reading adds up: 2 when a total other than 0 is the sum of its parts, 0 when one is not, else 1."""
    grade = 1
    numbers = [float(value) if value and value.lstrip("+-").replace(".", "", 1).isdigit() else 0.0 for value in reading]
    for place, parts in enumerate(row_totals(cells)):
        if parts and reading[place] is not None:
            if abs(sum(numbers[part] for part in parts) - numbers[place]) > 1e-9:
                return 0
            grade = 2 if numbers[place] else grade
    return grade
