"""What may have gone wrong in one act: a number changed, two cells swapped, a row shifted by a column or read another way.

One act of a printer or reader may change several cells, and costs about as much as one error. What is tried for a row whose
reading is doubtful is every other reading of what it prints: the same numbers in other columns, the same digits cut elsewhere.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, islice
from math import comb
from typing import Literal, NamedTuple

from extractor.forms import FormTable
from extractor.heads import ACROSS, row_cells
from extractor.localise.slips import edit_cost, is_firm, lost_cost, moved_cost
from extractor.localise.system import EQUAL, System, Value
from extractor.record import CellValue
from extractor.runs import cuts

ActKind = Literal["edit", "swap", "shift", "reread"]
Changes = tuple[tuple[str, Value], ...]
_MOST_READINGS = 400


class Act(NamedTuple):
    """One act that may explain failing equations.

    Attributes:
        kind: an ``edit`` of one cell (or two, each by itself wrong), a ``swap`` of two, a ``shift`` within a row, or a ``reread``
            row.
        changes: the cells with the values that they should have; a cell that should be empty has 0.
        cost: see :mod:`extractor.localise.slips`.
        touched: the equations that it changes.
        covers: the failing equations that hold after it.
        perfect: all that it touches hold after it.
    """

    kind: ActKind
    changes: Changes
    cost: float
    touched: frozenset[int]
    covers: frozenset[int]
    perfect: bool


def acts_of(system: System) -> list[Act]:
    """Every single act after which some failing equation holds; of several with the same changes the cheapest."""
    cheapest: dict[Changes, Act] = {}
    for act in (*_edits(system), *_pairs(system), *_swaps(system), *_moves(system)):
        known = cheapest.get(act.changes)
        if known is None or act.cost < known.cost:
            cheapest[act.changes] = act
    return sorted(cheapest.values(), key=lambda act: act.cost)


def act_of(system: System, kind: ActKind, changed: Mapping[str, Value]) -> Act | None:
    """The act with these changes; None when it changes nothing, or a cell can't hold what it should."""
    known = system.values
    changes = tuple((key, value) for key, value in changed.items() if known.get(key, 0) != value)
    if not changes or not all(system.possible(key, value) for key, value in changes):
        return None
    shifts = _shifts(system, changes)
    given = dict(changes)
    held = {index for index, shift in shifts.items() if system.holds_with(index, shift, given)}
    covers = frozenset(held & system.failing)
    return Act(kind, changes, _cost(system, kind, changes), frozenset(shifts), covers, len(held) == len(shifts))


def _useful(system: System, kind: ActKind, changed: Mapping[str, Value], extra: float = 0.0) -> Iterator[Act]:
    """The act with these changes when some failing equation holds after it; ``extra`` is what it costs more than others."""
    act = act_of(system, kind, changed)
    if act and act.covers:
        yield act._replace(cost=act.cost + extra)


def _shifts(system: System, changes: Changes) -> dict[int, Value]:
    """By how much each equation changes; those in which changes cancel out are left out."""
    shifts: dict[int, Value] = {}
    for key, value in changes:
        step = value - system.values.get(key, 0)
        for index, sign in system.of_cell.get(key, ()):
            shifts[index] = shifts.get(index, 0) + sign * step
    return {index: shift for index, shift in shifts.items() if abs(shift) > EQUAL or system.free_signs[index]}


def _cost(system: System, kind: ActKind, changes: Changes) -> float:
    cells = [system.cells[key] for key, _ in changes]
    if kind == "edit":
        return sum(edit_cost(system.cells[key], value, total=is_total(system, key)) for key, value in changes)
    return moved_cost(cells, reread=kind == "reread")


def is_total(system: System, key: str) -> bool:
    """True for the sum of other cells that are all printed."""
    return any(
        sign < 0 and len(equation.relation.right) == 1 and not system.free_signs[index]
        for index, sign in system.of_cell.get(key, ())
        for equation in (system.equations[index],)
    )


# --- one number ------------------------------------------------------------------------------------------------------


def _edits(system: System) -> Iterator[Act]:
    """Changes of single cells: what the failing equations of a cell ask for, where they ask for the same."""
    firm = [index for index in system.failing if not system.free_signs[index]]
    for key in dict.fromkeys(key for index in sorted(firm) for key, _ in system.equations[index].terms):
        wanted = {
            -sign * system.residuals[index]
            for index, sign in system.of_cell[key]
            if index in system.failing and not system.free_signs[index]
        }
        if len(wanted) == 1:
            yield from _useful(system, "edit", {key: _whole(system.values[key] + wanted.pop())})


def _pairs(system: System) -> Iterator[Act]:
    """Two numbers of one equation that are both wrong, each by what all its other equations ask for."""
    for index, equation in enumerate(system.equations):
        if system.free_signs[index]:
            continue
        steps = [(key, sign, step) for key, sign in equation.terms if (step := _step(system, key, index)) is not None]
        for (one, sign, step), (other, other_sign, other_step) in combinations(steps, 2):
            if abs(system.residuals[index] + sign * step + other_sign * other_step) < EQUAL:
                changed = {one: system.values[one] + step, other: system.values[other] + other_step}
                yield from _useful(system, "edit", {key: _whole(value) for key, value in changed.items()})


def _step(system: System, key: str, but: int) -> Value | None:
    """By how much the equations of a cell but one ask it to change; None when one of them holds, or they do not agree."""
    others = [place for place in system.of_cell[key] if place[0] != but and not system.free_signs[place[0]]]
    if not all(index in system.failing for index, _ in others):
        return None
    steps = {-sign * system.residuals[index] for index, sign in others}
    return steps.pop() if len(steps) == 1 else None


def _whole(value: Value) -> Value:
    """A whole number as an integer, however it was added up."""
    return round(value) if abs(value - round(value)) < EQUAL else value


# --- two numbers -----------------------------------------------------------------------------------------------------


def _swaps(system: System) -> Iterator[Act]:
    """Two different numbers of a row or a column, each in the other's place."""
    asked = _asked_steps(system)
    for line in _lines(system.form):
        keys = [key for key in line if key in system.of_cell]
        values = [system.values.get(key, 0) for key in keys]
        if len(set(values)) < 2:
            continue
        for (one, a), (other, b) in combinations(zip(keys, values, strict=True), 2):
            if a != b and (_is_asked(asked.get(one, ()), b - a) or _is_asked(asked.get(other, ()), a - b)):
                yield from _useful(system, "swap", {one: b, other: a})


def _asked_steps(system: System) -> dict[str, set[Value | None]]:
    """By how much each cell must change for one of its failing equations to hold, None for what can't be told."""
    asked: dict[str, set[Value | None]] = {}
    for index in system.failing:
        for key, sign in system.equations[index].terms:
            step = None if system.free_signs[index] else -sign * system.residuals[index]
            asked.setdefault(key, set()).add(step)
    return asked


def _is_asked(steps: Collection[Value | None], step: Value) -> bool:
    """True when a step, or twice the step where both swapped cells are in one equation, is asked for."""
    return bool(steps) and (None in steps or step in steps or 2 * step in steps)


@cache
def printed_rows_of(form: FormTable) -> tuple[tuple[str, ...], ...]:
    """The cells of each row as it is printed, of all rows that have several."""
    rows = [
        row_cells(ACROSS if block.across else row.key, form)
        for block in form.blocks
        for row in (block.rows[:1] if block.across else block.rows)
    ]
    return tuple(row for row in rows if len(row) > 1)


@cache
def _lines(form: FormTable) -> tuple[tuple[str, ...], ...]:
    """The cells of each row and of each column of the form."""
    lines: list[tuple[str, ...]] = []
    for block in form.blocks:
        grid = [[form.key(row, column) for column in block.columns] for row in block.rows]
        lines += [*map(tuple, grid), *zip(*grid, strict=True)]
    return tuple(lines)


# --- a whole row -----------------------------------------------------------------------------------------------------


def _moves(system: System) -> Iterator[Act]:
    """Rows of which several numbers stand one column off, and doubtful rows read another way."""
    hot = {key for index in system.failing for key, _ in system.equations[index].terms}
    for row in printed_rows_of(system.form):
        if hot.isdisjoint(row) or not all(key in system.cells for key in row):
            continue
        if not any(system.values.get(key) for key in row):
            continue
        doubtful = is_doubtful(system.cells, row)
        for moved, extra in _shifted(system, row):
            yield from _useful(system, "reread" if doubtful else "shift", moved, extra)
        for read in _rereadings(system, row) if doubtful else ():
            yield from _useful(system, "reread", read)


def is_doubtful(cells: Mapping[str, CellValue], row: Iterable[str]) -> bool:
    """True for a row that may be read in another way."""
    own = [cells[key] for key in row if key in cells]
    return any(not is_firm(cell, own) for cell in own)


def _shifted(system: System, row: Sequence[str]) -> Iterator[tuple[dict[str, Value], float]]:
    """A row with part of its numbers one column to the left or right: a 0 too many in one place, one missing in another.

    A number that was pushed out at the end of the row is what the sums ask for, at the cost of such a number.
    """
    printed = [system.values.get(key, 0) for key in row]
    last = len(row) - 1
    for gap in (place for place, value in enumerate(printed) if value == 0):
        rest = printed[:gap] + printed[gap + 1 :]
        for place in range(len(row)):
            if place != gap and any(printed[min(gap, place) : max(gap, place) + 1]):
                yield dict(zip(row, (*rest[:place], 0, *rest[place:]), strict=True)), 0.0
        for end in {0, last} - {gap}:
            moved = dict(zip(row, (*rest[:end], 0, *rest[end:]), strict=True))
            if (value := _asked(system, moved, row[end])) is not None:
                yield {**moved, row[end]: value}, lost_cost(value)
    for turned in (printed[1:] + printed[:1], printed[-1:] + printed[:-1]):
        yield dict(zip(row, turned, strict=True)), 0.0


def _asked(system: System, moved: Mapping[str, Value], key: str) -> Value | None:
    """What a cell must hold after other cells have moved: what the first of its equations without free cells asks for."""
    for index, sign in system.of_cell.get(key, ()):
        if not system.free_signs[index]:
            known = sum(s * moved.get(k, system.values[k]) for k, s in system.equations[index].terms if k != key)
            return _whole(-sign * known)
    return None


def _rereadings(system: System, row: Sequence[str]) -> Iterator[dict[str, Value]]:
    """The other readings of a doubtful row: the same numbers in other columns in their order, or its digits cut elsewhere."""
    tokens = [system.values[key] for key in row if key in system.values]
    if any(system.cells[key].value is None and system.cells[key].text for key in row) or not tokens:
        return
    if len(tokens) < len(row) and comb(len(row), len(tokens)) <= _MOST_READINGS:
        for places in combinations(range(len(row)), len(tokens)):
            yield dict.fromkeys(row, 0) | {row[place]: value for place, value in zip(places, tokens, strict=True)}
    digits = run_digits([system.cells[key] for key in row])
    if digits:
        for parts in islice(cuts(digits, len(row)), _MOST_READINGS):
            yield {key: int(part) for key, part in zip(row, parts, strict=True)}


def run_digits(cells: Sequence[CellValue]) -> str:
    """The digits of a row that is printed as one run, which we have cut into its cells ourselves; empty for other rows.

    Only of text: the digits of a page that was recognised may be wrong themselves.
    """
    digits = "".join(cell.text for cell in cells)
    first, last = (cell.where for cell in (cells[0], cells[-1])) if cells else (None, None)
    if len(cells) < 2 or not digits.isdecimal() or not first or not last or first.bbox:
        return ""
    return digits if (last.end or 0) - (first.start or 0) == len(digits) else ""
