"""A report beside last year's of the same agency: the relations of the forms, and figures that jump."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from extractor.checks import finding
from extractor.forms import PREVIOUS, CellRelation, FormColumn, FormTable
from extractor.record import Finding
from extractor.series.figures import Figures, amount, same

JUMP = 5
"""More than so many times last year's figure, or less than that part of it, is a jump."""
_FLOOR = 10
"""A smaller figure counts as this: from 1 to 6 is chance, from 1 to 51 is not."""
_UNITS_APART = 10_000
"""元 in 万元."""
_LARGE = 1_000
"""An amount in 万元 below this, ten million yuan, may well be one, though it is thousands of times last year's."""


class LastYear(NamedTuple):
    """The figures of last year, and the name of the file that prints them."""

    figures: Figures
    source: str


def relations(form: FormTable, own: Figures, last: LastYear) -> Iterator[Finding]:
    """The relations of a form with last year's report, ``X.carry`` and ``X.in_force``.

    A blank operand counts as 0 when the relation then holds. Else, and when an operand is missing, undecided or flagged, it is
    unverifiable. So the cause of a failure is always an agency: all operands were read with certainty.

    Args:
        form: the form of the table of this year.
        own: the figures of this year.
        last: those of last year.
    """
    for relation in form.cell_series:
        yield _relation(relation, form, _operands(relation, own, last.figures), last.source)


def _operands(relation: CellRelation, own: Figures, previous: Figures) -> Figures:
    """The operands that are known, by the keys of the relation."""
    found: dict[str, float | None] = {}
    for key in relation.cells:
        figures, cell = (previous, key.removeprefix(PREVIOUS)) if key.startswith(PREVIOUS) else (own, key)
        if cell in figures:
            found[key] = figures[cell]
    return found


def _relation(relation: CellRelation, form: FormTable, known: Figures, source: str) -> Finding:
    code, keys = relation.relation.code, relation.cells
    cells = tuple(key for key in keys if not key.startswith(PREVIOUS))
    where = f"{form.title}·{_at(relation, form)}"
    if any(key not in known for key in keys):
        return finding(code, "unverifiable", f"{where}：今年或上年有单元格缺失或未能确定，无法核对", cells=cells)
    values = [known[key] for key in keys]
    left, right = (sum(known[key] or 0 for key in side) for side in (relation.left, relation.right))
    if all(value is None for value in values):
        return finding(code, "unverifiable", f"{where}：各单元格均为空，无法核对", cells=cells)
    if same(left, right):
        return finding(code, "pass", f"{where}：与上年相符", cells=cells)
    if None in values:
        return finding(code, "unverifiable", f"{where}：今年或上年有空白单元格，无法核对", cells=cells)
    message = f"{where}：{relation.relation.zh}，但为 {amount(left)} 与 {amount(right)}（上年：{source}）"
    return finding(code, "fail", message, cause="agency", cells=cells)


def _at(relation: CellRelation, form: FormTable) -> str:
    """The row or column of a relation, in the words of the form."""
    by_row = relation.relation.each == "row"
    lines = [line for block in form.blocks for line in (block.rows if by_row else block.columns)]
    return next(line.label for line in lines if line.key == relation.at)


def not_there(form: FormTable, reason: str) -> Iterator[Finding]:
    """The same relations when there is no report to compare with: one finding a relation."""
    for relation in form.series:
        cells = [key for it in form.cell_series if it.relation == relation for key in it.cells]
        own = tuple(key for key in cells if not key.startswith(PREVIOUS))
        yield finding(relation.code, "unverifiable", f"{form.title}：{reason}，无法核对", cells=own)


def jumps(form: FormTable, own: Figures, last: LastYear) -> Iterator[Finding]:
    """``X.jump`` and ``X.fee_unit``: figures that are many times last year's or a small part of them.

    Sums stand for the figures that they add up. An amount that is some 10,000 times another, and would be no jump in the other
    unit, is in 元 one year and in 万元 the other.
    """
    previous = last.figures
    both = [key for key in _compared(form) if own.get(key) is not None and previous.get(key) is not None]
    priced = [key for key in _compared(form) if form.columns[key].unit is not None]
    in_yuan = [key for key in both if key in priced and _units_apart(own[key] or 0, previous[key] or 0)]
    jumped = [key for key in both if key not in in_yuan and _jumps(own[key] or 0, previous[key] or 0)]
    for key in in_yuan:
        message = f"{_told(key, form, own, last)}，可能混用了“元”和“万元”"
        yield finding("X.fee_unit", "fail", message, cause="agency", cells=(key,))
    for key in jumped:
        yield finding("X.jump", "fail", _told(key, form, own, last), cells=(key,))
    if priced and not in_yuan:
        yield _nothing_odd("X.fee_unit", form, any(key in both for key in priced))
    if not jumped:
        yield _nothing_odd("X.jump", form, bool(both))


def _told(key: str, form: FormTable, own: Figures, last: LastYear) -> str:
    unit = form.columns[key].unit or ""
    figures = f"今年 {amount(own[key])}{unit}，上年 {amount(last.figures[key])}{unit}（{last.source}）"
    return f"{form.title}·{form.names[key]}：{figures}"


def _nothing_odd(code: str, form: FormTable, compared: bool) -> Finding:
    if compared:
        return finding(code, "pass", f"{form.title}：与上年相比没有异常变化")
    return finding(code, "unverifiable", f"{form.title}：没有两年都能确定的数字，无法比较")


@cache
def _compared(form: FormTable) -> tuple[str, ...]:
    """The cells whose jumps mean something: counts and amounts, and where the form adds them up the sums only."""
    sums = {name for relation in form.relations if relation.each == "row" for name in relation.right}

    def meant(key: str, column: FormColumn) -> bool:
        block = form.block(key.split(".")[1])
        summed = block is not None and any(other.key in sums for other in block.columns)
        return column.kind != "signed" and (column.key in sums or not summed)

    return tuple(key for key, column in form.columns.items() if meant(key, column))


def _jumps(now: float, last: float) -> bool:
    return max(now, last) > JUMP * max(_FLOOR, min(now, last))


def _units_apart(now: float, last: float) -> bool:
    """True when one amount is some 10,000 times the other."""
    small, large = sorted((now, last))
    return small > 0 and large >= _LARGE and _UNITS_APART / JUMP <= large / small <= _UNITS_APART * JUMP
