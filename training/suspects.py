"""Annotations that are probably wrong: the labels disagree with a model that has not seen the publisher, and break the relations.

A slip of the pen, two labels swapped, or a file that someone poisoned must not be learned. What an agency itself printed wrong
is not suspect: there the model agrees with the annotation. Rows that can't be learned from are listed too, with the reason.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from extractor.align import Aligner
from extractor.errors import InputError
from extractor.forms import CellRelation, forms
from extractor.model import AlignerModel
from extractor.pipeline import decide, find_rows
from extractor.settings import DEFAULTS
from training.annotations import STRAY, Annotation, Mark
from training.examples import Keyed, keyed_rows
from training.scoring import read_places

_EQUAL = 1e-9


class Suspect(NamedTuple):
    """A label that is probably wrong.

    Attributes:
        report: the annotation.
        start: place of the value in the text.
        text: the value as printed.
        key: the cell that the annotation gives.
        read: the cell that the model gives; empty when it gives none.
        reason: in Chinese, for the person who annotates.
    """

    report: str
    start: int
    text: str
    key: str
    read: str
    reason: str


def suspects(annotation: Annotation, model: AlignerModel) -> list[Suspect]:
    """The suspect labels of a report.

    Args:
        annotation: the annotation.
        model: a model that was not fitted on its publisher.
    """
    found: dict[int, Suspect] = {}
    for suspect in (*_misplaced(annotation), *_contradicted(annotation, model)):
        found.setdefault(suspect.start, suspect)
    return [found[start] for start in sorted(found)]


def _misplaced(annotation: Annotation) -> Iterator[Suspect]:
    """Labels that contradict the order of the columns, or what the annotation itself says of their line."""
    text = annotation.text
    line_of = _line_numbers(annotation)
    before: dict[str, tuple[int, Mark]] = {}
    for mark in annotation.marks:
        if mark.key == STRAY:
            continue
        row = mark.key.rpartition(".")[0]
        rows = annotation.lines.get(line_of.get(mark.start, 0), ())
        if rows and row not in rows:
            reason = f"标注为 {row} 的单元格，但这一行标注为 {'、'.join(rows)}"
            yield Suspect(annotation.name, mark.start, text[mark.start : mark.end], mark.key, "", reason)
            continue
        place = _places()[mark.key]
        last = before.get(row)
        if last and last[0] >= place and annotation.truth.get(mark.key) == mark.value and last[1].key != mark.key:
            reason = f"列的顺序与表头不符：{last[1].key} 在前，{mark.key} 在后"
            for each in (last[1], mark):
                yield Suspect(annotation.name, each.start, text[each.start : each.end], each.key, "", reason)
        before[row] = (place, mark)


def _line_numbers(annotation: Annotation) -> dict[int, int]:
    """The line of each marked value, by its place."""
    numbers: dict[int, int] = {}
    for line in annotation.document.lines:
        start, end = line.where.start or 0, line.where.end or 0
        numbers |= {mark.start: line.where.line or 0 for mark in annotation.marks if start <= mark.start < end}
    return numbers


def _contradicted(annotation: Annotation, model: AlignerModel) -> Iterator[Suspect]:
    """Labels that a model reads otherwise, where the annotation breaks a relation that the model's reading keeps."""
    try:
        record = decide(find_rows(annotation.data, annotation.name, year=annotation.year), Aligner(model, DEFAULTS))
    except InputError:
        return
    truth = annotation.truth
    read = {key: cell.value for key, cell in record.cells.items()}
    broken: dict[str, CellRelation] = {}
    for relation in _relations():
        if (
            any(truth.get(key) != read.get(key) for key in relation.cells)
            and not _holds(relation, truth)
            and _holds(relation, read)
        ):
            broken |= dict.fromkeys(relation.cells, relation)
    places = read_places(record)
    for mark in annotation.marks:
        got = places.get(mark.start, "")
        if mark.key in broken and got != mark.key and truth.get(mark.key) != read.get(mark.key):
            code = broken[mark.key].relation.code
            reason = f"模型读作 {got or '非单元格'}；按标注，{code} 不成立，按模型则成立"
            printed = annotation.text[mark.start : mark.end]
            yield Suspect(annotation.name, mark.start, printed, mark.key, got, reason)


def _holds(relation: CellRelation, values: Mapping[str, float | None]) -> bool:
    """True when both sides are there and equal; blanks count as 0, but not where a side has nothing else."""
    sides = (relation.left, relation.right)
    if any(all(values.get(key) is None for key in side) for side in sides):
        return False
    left, right = (sum(values.get(key) or 0 for key in side) for side in sides)
    return abs(left - right) < _EQUAL


def _relations() -> Iterator[CellRelation]:
    for form in forms():
        yield from form.cell_relations


@cache
def _places() -> Mapping[str, int]:
    """The place of each cell key among the columns of its row."""
    return {key: place for form in forms() for place, key in enumerate(form.columns)}


def unlearnable(annotation: Annotation) -> Iterator[str]:
    """The rows of a report that teach nothing, with the reason, in Chinese."""
    for keyed in keyed_rows(annotation):
        if keyed.example is None and (reason := _why_not(keyed)):
            where = keyed.row.where
            yield f"{annotation.name} 第 {where.line if where else '?'} 行：{reason}"


def _why_not(keyed: Keyed) -> str | None:
    cells = keyed.row.cells
    others = [key for key in keyed.keys if key != STRAY and key not in cells]
    if others:
        return f"程序认作 {keyed.row.row or '一整行'}，标注为 {others[0].rpartition('.')[0]}"
    columns = [cells.index(key) for key in keyed.keys if key in cells]
    if not columns:
        return None  # a row without any cell is no row of the form
    return "数字的标注不按列的顺序" if columns != sorted(set(columns)) else None
