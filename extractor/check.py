"""The relations of the forms, checked on what was read: pass, fail, or unverifiable."""

from collections.abc import Iterator, Mapping
from functools import cache

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
    known = cells.keys()
    for relation in form.cell_relations:
        if known >= _operands(relation):
            yield _check(relation, form, cells)


def check_record(record: Record) -> Iterator[Finding]:
    """Check every relation of every table of a record."""
    for form in vocabulary().forms_of(record.tables):
        yield from check_relations(form, record.cells)


@cache
def _operands(relation: CellRelation) -> frozenset[str]:
    return frozenset((*relation.left, *relation.right))


def _check(relation: CellRelation, form: FormTable, cells: Mapping[str, CellValue]) -> Finding:
    blanks, doubtful, difference = 0, False, 0.0
    for side, sign in ((relation.left, 1), (relation.right, -1)):
        for key in side:
            cell = cells[key]
            if cell.value is not None:
                difference += sign * cell.value
            elif cell.review or cell.state == "missing":
                return _unverifiable(relation, form, "有单元格缺失或未能确定")
            else:
                blanks += 1
            doubtful = doubtful or cell.review
    if blanks == len(relation.left) + len(relation.right):
        return _unverifiable(relation, form, "各单元格均为空")
    if abs(difference) < _EQUAL:
        return _passed(relation, form)
    if blanks:
        return _unverifiable(relation, form, "有空白单元格")
    cause: Cause = "unknown" if doubtful else "agency"
    left, right = (sum(cells[key].value or 0 for key in side) for side in (relation.left, relation.right))
    message = f"{_names(relation, form)}：{relation.relation.zh}，但为 {figure(left)} 与 {figure(right)}"
    keys = (*relation.left, *relation.right)
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
