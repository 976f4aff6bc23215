"""Which form a table is, and which row of it each segment is: a monotone alignment of segments to form rows.

Labels alone do not decide: they are wrapped, misprinted, lost, displaced, or mean two things. So all segments of a table are
aligned to the rows of a form at once, in order, and each step is weighed by the likeness of the label, the enumerator and
the number of values. The form whose rows and heads fit best is taken, and with it the best alignment; the posterior
probability of each of its steps is its certainty.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from extractor.evidence import drop, known_rows, scores
from extractor.forms import FormTable
from extractor.heads import ACROSS, head_fit, printed_rows, row_cells
from extractor.monotone import Scores, best_path, posterior
from extractor.segments import Segment
from extractor.vocabulary import TableFamily

_SKIP = -0.3  # log-weight of a row of the form that is skipped
_MISFIT = -0.5  # log-weight of each value too many or too few, where no heads tell the form
_HEADS = 2.0  # log-weight of heads that are exactly those of the form


class Fit(NamedTuple):
    """The segments of a table read as the form that fits best.

    Attributes:
        form: the form.
        path: the row of each segment, as its place among :func:`~extractor.heads.printed_rows`; -1 for none.
        probability: of each segment (row) at each printed row (column); None where nothing was to be decided.
    """

    form: FormTable
    path: list[int]
    probability: Scores | None


class _Reading(NamedTuple):
    """The segments read as one form: the row of each, how well it fits, and the weights where something was to be decided."""

    form: FormTable
    path: list[int]
    weight: float
    weighed: tuple[Scores, Scores] | None = None


def best_fit(candidates: Sequence[Segment], family: TableFamily, hint: str | None) -> Fit:
    """Align the segments of a table to the form that they fit best.

    Args:
        candidates: those that may be rows.
        family: the forms of the table.
        hint: the ``form`` to take when several fit equally well.
    """
    form, path, _, weighed = max(
        _readings(candidates, family),
        key=lambda reading: (round(reading.weight, 6), reading.form.form == hint, int(reading.form.form)),
    )
    return Fit(form, path, posterior(*weighed, _SKIP) if weighed else None)


def _readings(candidates: Sequence[Segment], family: TableFamily) -> list[_Reading]:
    """The segments read as each form that they may be.

    These are the forms that leave nothing to decide, else those that have all rows that are named, else all.
    """
    ways = {form: _only_way(candidates, form, family) for form in family.forms}
    clear = [form for form, path in ways.items() if path is not None]
    open_forms = clear or _whole_forms(candidates, family) or family.forms
    return [_read_as(form, candidates, family, ways[form], only=len(open_forms) == 1) for form in open_forms]


def _whole_forms(candidates: Sequence[Segment], family: TableFamily) -> list[FormTable]:
    """The forms that have all rows that are named."""
    named = {known_rows(segment.label, family) for segment in candidates if segment.numbers} - {frozenset()}
    return [form for form in family.forms if all(any(form.block(key) for key in known) for known in named)]


def _only_way(candidates: Sequence[Segment], form: FormTable, family: TableFamily) -> list[int] | None:
    """The alignment when every label is a known wording of one row and all stand in order: nothing is to be decided."""
    if family.across:
        count = len(row_cells(ACROSS, form))
        whole = len(candidates) == 1 and (candidates[0].numbers or len(candidates[0].values)) >= count
        return [0] if whole and candidates[0].numbers in (0, count) else None
    places = {row.key: place for place, row in enumerate(printed_rows(form, family))}
    path: list[int] = []
    last = -1
    for segment in candidates:
        known = known_rows(segment.label, family)
        if known and not segment.numbers and not known & places.keys():
            path.append(-1)  # a row of another form, without values: here it is a group or nothing
            continue
        place = places.get(min(known), -1) if len(known) == 1 else -1
        if place <= last:
            return None
        path.append(last := place)
    return path


def _read_as(
    form: FormTable, candidates: Sequence[Segment], family: TableFamily, path: list[int] | None, *, only: bool
) -> _Reading:
    """Align the segments to the rows of one form.

    ``path`` is the alignment when nothing is to be decided, ``only`` tells that there is no other form to compare with.
    """
    rows = printed_rows(form, family)
    if path is not None and only:
        return _Reading(form, path, 0.0)
    weights = np.array([scores(segment, form, family) for segment in candidates]).reshape(-1, len(rows))
    weighed = None
    if path is not None:
        weight = sum(float(weights[place, row]) for place, row in enumerate(path) if row >= 0)
    else:
        drops = np.array([drop(segment, family) for segment in candidates])
        path, weight = best_path(weights, drops, _SKIP)
        weighed = weights, drops
    heads = sum(
        head_fit(segment.head_keys, rows[row].key, form)
        for segment, row in zip(candidates, path, strict=True)
        if row >= 0
    )
    misfit = sum(
        abs(segment.numbers - len(row_cells(rows[row].key, form)))
        for segment, row in zip(candidates, path, strict=True)
        if row >= 0 and segment.numbers and not segment.head_keys and not any(value.glued for value in segment.values)
    )
    return _Reading(form, path, weight + _HEADS * heads + _MISFIT * misfit, weighed)
