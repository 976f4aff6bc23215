"""The relations of the forms, checked on what was read: pass, fail, or unverifiable."""

from collections.abc import Iterator, Mapping

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
    for relation in form.cell_relations:
        if all(key in cells for key in (*relation.left, *relation.right)):
            yield _check(relation, form, cells)


def check_record(record: Record) -> Iterator[Finding]:
    """Check every relation of every table of a record."""
    for form in vocabulary().forms_of(record.tables):
        yield from check_relations(form, record.cells)


def _check(relation: CellRelation, form: FormTable, cells: Mapping[str, CellValue]) -> Finding:
    keys = (*relation.left, *relation.right)
    code, severity = relation.relation.code, relation.relation.severity
    where = _names(relation, form)
    blanks, doubtful, difference = 0, False, 0.0
    for place, key in enumerate(keys):
        cell = cells[key]
        if cell.value is not None:
            difference += cell.value if place < len(relation.left) else -cell.value
        elif cell.review or cell.state == "missing":
            return Finding(code, "unverifiable", "info", f"{where}：有单元格缺失或未能确定，无法核对", cells=keys)
        else:
            blanks += 1
        doubtful = doubtful or cell.review
    if blanks == len(keys):
        return Finding(code, "unverifiable", "info", f"{where}：各单元格均为空，无法核对", cells=keys)
    if abs(difference) < _EQUAL:
        return Finding(code, "pass", severity, f"{where}：相符", cells=keys)
    if blanks:
        return Finding(code, "unverifiable", "info", f"{where}：有空白单元格，无法核对", cells=keys)
    cause: Cause = "unknown" if doubtful else "agency"
    left, right = (sum(cells[key].value or 0 for key in side) for side in (relation.left, relation.right))
    message = f"{where}：{relation.relation.zh}，但为 {figure(left)} 与 {figure(right)}"
    return Finding(code, "fail", severity, message, cause, keys)


def _names(relation: CellRelation, form: FormTable) -> str:
    """The row or column of a relation, in the words of the form."""
    return f"{form.title}·{form.labels.get(relation.at, relation.at)}"
