"""The relations of the forms, checked on what was read: pass, fail, or unverifiable."""

from collections.abc import Iterator, Mapping
from functools import cache
from operator import neg

from extractor.forms import CellRelation, FormTable
from extractor.numbers import figure
from extractor.record import Cause, CellValue, Finding, Record
from extractor.vocabulary import vocabulary

_EQUAL = 1e-6


def check_relations(form: FormTable, cells: Mapping[str, CellValue]) -> Iterator[Finding]:
    """Check every relation of a form.

    A blank operand counts as 0 when the relation then holds, and makes it unverifiable when it does not; a relation with a
    missing or undecided operand is unverifiable. The cause of a failure is the agency when every operand was read with
    certainty.

    Args:
        form: the form of the table.
        cells: the cells of the record.
    """
    whole = cells.keys() >= form.columns.keys()
    for relation in form.cell_relations:
        if whole or all(key in cells for key in (*relation.left, *relation.right)):
            yield _check(relation, form, cells)


def check_record(record: Record) -> Iterator[Finding]:
    """Check every relation of every table of a record."""
    for form in vocabulary().forms_of(record.tables):
        yield from check_relations(form, record.cells)


def _check(relation: CellRelation, form: FormTable, cells: Mapping[str, CellValue]) -> Finding:
    left, right = [cells[key].value for key in relation.left], [cells[key].value for key in relation.right]
    keys = (*relation.left, *relation.right)
    blank = None in left or None in right
    if blank:
        empty = [cells[key] for key in keys if cells[key].value is None]
        if any(cell.review or cell.state == "missing" for cell in empty):
            return _unverifiable(relation, form, "有单元格缺失或未能确定")
        if len(empty) == len(keys):
            return _unverifiable(relation, form, "各单元格均为空")
    difference = sum(map(neg, filter(None, right)), sum(filter(None, left), 0.0))
    if abs(difference) < _EQUAL:
        return _passed(relation, form)
    if blank:
        return _unverifiable(relation, form, "有空白单元格")
    cause: Cause = "unknown" if any(cells[key].review for key in keys) else "agency"
    sums = [figure(sum(value or 0 for value in side)) for side in (left, right)]
    message = f"{_names(relation, form)}：{relation.relation.zh}，但为 {sums[0]} 与 {sums[1]}"
    return Finding(relation.relation.code, "fail", relation.relation.severity, message, cause, keys)


@cache
def _passed(relation: CellRelation, form: FormTable) -> Finding:
    """The same finding in every report."""
    keys = (*relation.left, *relation.right)
    return Finding(
        relation.relation.code, "pass", relation.relation.severity, f"{_names(relation, form)}：相符", cells=keys
    )


@cache
def _unverifiable(relation: CellRelation, form: FormTable, why: str) -> Finding:
    """The same finding in every report."""
    keys, message = (*relation.left, *relation.right), f"{_names(relation, form)}：{why}，无法核对"
    return Finding(relation.relation.code, "unverifiable", "info", message, cells=keys)


def _names(relation: CellRelation, form: FormTable) -> str:
    """The row or column of a relation, in the words of the form."""
    return f"{form.title}·{form.labels.get(relation.at, relation.at)}"
