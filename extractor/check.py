"""The relations of the forms, checked on what was read: pass, fail, or unverifiable."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from operator import neg
from typing import NamedTuple

from extractor.forms import CellRelation, FormTable
from extractor.numbers import figure
from extractor.record import Cause, CellValue, Finding, Record
from extractor.vocabulary import vocabulary

_EQUAL = 1e-6
_LOST, _ALL_BLANK = "有单元格缺失或未能确定", "各单元格均为空"


def check_relations(form: FormTable, cells: Mapping[str, CellValue]) -> Iterator[Finding]:
    """Check every relation of a form.

    A blank operand counts as 0 when the relation then holds, and makes it unverifiable when it does not; a relation with a
    missing or undecided operand is unverifiable. The cause of a failure is the agency when every operand was read with
    certainty.

    Args:
        form: the form of the table.
        cells: the cells of the record.
    """
    if not form.cell_relations:
        return
    whole = cells.keys() >= form.columns.keys()
    values = {key: cells[key].value for key in form.columns if whole or key in cells}
    counted = {key: value for key, value in values.items() if value}
    blank = {key for key, value in values.items() if value is None}
    if whole and not blank and not counted:
        yield from _all_passed(form)
        return
    lost = {key for key in blank if cells[key].review or cells[key].state == "missing"}
    if whole and not lost and len(blank) == len(values):
        yield from _all_blank(form)
        return
    table = _Table(cells, counted, blank, lost)
    touched = {place for key in counted for place in form.relations_of.get(key, ())}
    for place, relation in enumerate(form.cell_relations):
        if whole or all(key in values for key in relation.cells):
            trivial = not blank and place not in touched
            yield _passed(relation, form) if trivial else _check(relation, form, table)


def check_record(record: Record) -> Iterator[Finding]:
    """Check every relation of every table of a record."""
    for form in vocabulary().forms_of(record.tables):
        yield from check_relations(form, record.cells)


class _Table(NamedTuple):
    """A table: the values of its cells that are not 0, which are blank, and which of these are missing or undecided."""

    cells: Mapping[str, CellValue]
    counted: Mapping[str, int | float]
    blank: AbstractSet[str]
    lost: AbstractSet[str]


def _check(relation: CellRelation, form: FormTable, table: _Table) -> Finding:
    keys, counted = relation.cells, table.counted
    blank = not table.blank.isdisjoint(keys)
    if blank:
        if not table.lost.isdisjoint(keys):
            return _unverifiable(relation, form, _LOST)
        if all(key in table.blank for key in keys):
            return _unverifiable(relation, form, _ALL_BLANK)
    left = [counted[key] for key in relation.left if key in counted]
    right = [counted[key] for key in relation.right if key in counted]
    if abs(sum(map(neg, right), sum(left, 0.0))) < _EQUAL:
        return _passed(relation, form)
    if blank:
        return _unverifiable(relation, form, "有空白单元格")
    cause: Cause = "unknown" if any(table.cells[key].review for key in keys) else "agency"
    sums = [figure(sum(side)) for side in (left, right)]
    message = f"{_names(relation, form)}：{relation.relation.zh}，但为 {sums[0]} 与 {sums[1]}"
    return Finding(relation.relation.code, "fail", relation.relation.severity, message, cause, keys)


@cache
def _passed(relation: CellRelation, form: FormTable) -> Finding:
    """The same finding in every report."""
    message = f"{_names(relation, form)}：相符"
    return Finding(relation.relation.code, "pass", relation.relation.severity, message, cells=relation.cells)


@cache
def _unverifiable(relation: CellRelation, form: FormTable, why: str) -> Finding:
    """The same finding in every report."""
    message = f"{_names(relation, form)}：{why}，无法核对"
    return Finding(relation.relation.code, "unverifiable", "info", message, cells=relation.cells)


@cache
def _all_passed(form: FormTable) -> tuple[Finding, ...]:
    """The findings on a table with nothing but 0."""
    return tuple(_passed(relation, form) for relation in form.cell_relations)


@cache
def _all_blank(form: FormTable) -> tuple[Finding, ...]:
    """The findings on a table with nothing in it."""
    return tuple(_unverifiable(relation, form, _ALL_BLANK) for relation in form.cell_relations)


def _names(relation: CellRelation, form: FormTable) -> str:
    """The row or column of a relation, in the words of the form."""
    return f"{form.title}·{form.labels.get(relation.at, relation.at)}"
