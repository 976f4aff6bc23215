"""How plausible it is that one number was printed or read for another.

Costs are negative logarithms of probabilities. The shares of the kinds of slips are estimates: typing errors in numbers are
mostly single digits (Damerau 1964 found 80 % of all typing errors to be one character wrong, missing, added or transposed).
"""

import math
from collections.abc import Iterable
from functools import lru_cache

from extractor.record import CellValue
from extractor.settings import DEFAULTS

Value = int | float

SLIP = 0.002
"""Probability that an agency prints a cell wrong."""
_SLIP_OF_TOTAL = 3
"""Sums are that much oftener wrong than counts."""
_ACT = 0.2
"""Share of the acts that move several numbers (swapped, shifted) among an agency's slips."""
_REREAD = 0.3
"""Share of one other reading of a doubtful row among all."""
_FLAGGED = 0.01
"""Probability that a cell with enough confidence is wrong when it is flagged."""
_FIRM = 0.9999
_MOST = 0.5
TYPICAL = 0.04
"""Probability of a typical slip among all that a cell may suffer."""
_PRINTED = {
    "changed": 0.35,
    "lost": 0.12,
    "added": 0.12,
    "transposed": 0.08,
    "zeroed": 0.08,
    "near": 0.10,
    "other": 0.15,
}
_READ = {"changed": 0.45, "lost": 0.3, "added": 0.1, "transposed": 0.02, "zeroed": 0.05, "near": 0.0, "other": 0.08}
_CUSTOM = 0.35
"""How much the frequency of numbers counts; the cells of a table are not independent."""
_LOST = 1.5
_ZERO = 0.8
_DIGITS = (0.6, 0.25, 0.1, 0.04, 0.01)
_LONGEST = 12


def is_certain(cell: CellValue) -> bool:
    """True for a cell that was read with certainty."""
    return not cell.review and cell.confidence >= DEFAULTS.accept


def is_firm(cell: CellValue, row: Iterable[CellValue]) -> bool:
    """True for a cell whose value can't be our misreading.

    It was read with certainty, or it was flagged although there was no other way to read it: its ``row`` has a value for every
    column, no picture had to be recognised, and what made the row doubtful is the very sum that fails.
    """
    return is_certain(cell) or (cell.confidence > _FIRM and all(other.value is not None for other in row))


def doubt(cell: CellValue) -> float:
    """Probability that we have misread a cell."""
    flagged = _FLAGGED if cell.review and cell.confidence < _FIRM else 0.0
    return min(_MOST, max(1 - cell.confidence, flagged, 1e-6))


def edit_cost(cell: CellValue, true: Value, *, total: bool) -> float:
    """The cost of taking a cell's value for a slip.

    Args:
        cell: with its value.
        true: what it should be.
        total: it is the sum of other printed cells.
    """
    printed = cell.value or 0
    slip = SLIP * (_SLIP_OF_TOTAL if total else 1)
    likely = slip * _likeness(printed, true, printing=True) + doubt(cell) * _likeness(printed, true, printing=False)
    return -math.log(likely) + (0.0 if total else _CUSTOM * (_rarity(true) - _rarity(printed)))


def typical_cost(cell: CellValue, *, total: bool) -> float:
    """The cost of a change of a cell before its new value is known."""
    return -math.log(min(_MOST, SLIP * (_SLIP_OF_TOTAL if total else 1) + doubt(cell)) * TYPICAL)


def moved_cost(cells: list[CellValue], *, reread: bool) -> float:
    """The cost of one act that moves the numbers of several cells: the agency's, or (``reread``) our reading of their row."""
    ours = max(map(doubt, cells)) * _REREAD if reread else 0.0
    return -math.log(max(SLIP * _ACT, ours))


def lost_cost(value: Value) -> float:
    """The cost of a number that is printed nowhere, beside that of the act that lost it."""
    return _LOST + _CUSTOM * _rarity(value)


def one_digit(printed: Value, true: Value) -> bool:
    """True when one digit changed, lost or added makes one number the other.

    >>> one_digit(12, 1), one_digit(18, 13), one_digit(0, 40), one_digit(2, 11)
    (True, True, True, False)
    """
    if not (_is_plain(printed) and _is_plain(true)):
        return False
    one, other = str(int(printed)), str(int(true))
    return bool(_changed(one, other) or _lost(other, one) or _lost(one, other))


@lru_cache(maxsize=4096)
def _likeness(printed: Value, true: Value, *, printing: bool) -> float:
    """Probability of a number in the place of another, given that something went wrong."""
    shares = _PRINTED if printing else _READ
    if not (_is_plain(printed) and _is_plain(true)):
        return shares["other"] * TYPICAL
    one, other = str(int(printed)), str(int(true))
    longest = max(len(one), len(other))
    found: float = shares["other"] / (9 * 10.0 ** (longest - 1))
    found += shares["changed"] * _changed(one, other) / (9 * len(other))
    found += shares["lost"] * _lost(other, one) / len(other)
    found += shares["added"] * _lost(one, other) / (10 * (len(other) + 1))
    found += shares["transposed"] * _transposed(one, other) / max(1, len(other) - 1)
    found += shares["zeroed"] * (one == "0")
    return found + shares["near"] / 4 * (abs(int(printed) - int(true)) <= 2)


def _is_plain(value: Value) -> bool:
    return value >= 0 and value == int(value) and value < 10**_LONGEST


def _changed(one: str, other: str) -> bool:
    """One digit is another."""
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _lost(whole: str, rest: str) -> int:
    """In how many places a digit can be lost from a number to give another."""
    if len(whole) < 2:
        return 0
    left = (whole[:place] + whole[place + 1 :] for place in range(len(whole)))
    return sum(int(text) == int(rest) for text in left)


def _transposed(one: str, other: str) -> bool:
    """Two digits beside each other have changed places."""
    if len(one) != len(other):
        return False
    places = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    return (
        len(places) == 2
        and places[1] == places[0] + 1
        and one[places[0]] == other[places[1]]
        and (one[places[1]] == other[places[0]])
    )


def _rarity(value: Value) -> float:
    """Negative log-probability of a count: most are 0, and small ones are more frequent than large ones."""
    if value == 0:
        return -math.log(_ZERO)
    digits = min(len(str(int(abs(value)))), len(_DIGITS))
    return -math.log((1 - _ZERO) * _DIGITS[digits - 1] / (9 * 10 ** (digits - 1)))
