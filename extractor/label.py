"""Which row of the form each segment is: a monotone alignment of segments to form rows.

Labels alone do not decide: they are wrapped, misprinted, lost, displaced, or mean two things. So all segments of a table are
aligned to the rows of a form at once, in order, and each step is weighed by the likeness of the label, the enumerator and
the number of values. The form whose rows and heads fit best is taken, and with it the best alignment; the posterior
probability of each of its steps is its certainty.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from extractor.document import Where
from extractor.fold import fold, label
from extractor.forms import FormBlock, FormTable
from extractor.locate import TableRegion
from extractor.monotone import Scores, best_path, posterior
from extractor.segments import Segment, segments
from extractor.similarity import similarity
from extractor.tokens import Token
from extractor.vocabulary import RowLabel, TableFamily, vocabulary

ACROSS = ""
"""Row key of a printed row that holds all rows of a table side by side."""

# Log-weights of the alignment. They are orders of magnitude, not fitted: a known label outweighs several unknown ones.
_KNOWN, _SHARED, _OTHER_ROW = 10.0, 6.0, -12.0  # the label is a wording of this row; of several; of another row
_BLANK_ROW = 6.0  # a known label without any value
_NO_LABEL, _UNKNOWN = -2.0, -5.0  # values without a label; with words that are like no row
_NEAR_FITTING, _NEAR = 12.0, 4.0  # the label stands on the line before, and the number of values fits or not
_FITS, _HOPELESS = 3.0, -20.0  # as many values as columns; far too many
_DROP, _DROP_VALUE, _DROP_LABEL = -4.0, -1.0, -3.0  # values are left out; for each value; when they have a known label
_SKIP = -0.3  # a row of the form is skipped
_HEADS = 2.0  # the heads over a row are those of the form
_LEAST_LIKENESS, _SURE_LIKENESS, _LIKENESS_WEIGHT = 0.55, 0.65, 12.0
_BLANK_LIKENESS = 0.8
_ENUMERATOR_BONUS = 0.06
_LEAST_HEAD = 70
_MAX_FILLER = 4  # empty cells after a row, left over from spanned columns
_UNIT = re.compile(r"(?:单位[:：]?|[(])(万元|元)")


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A printed row of the form.

    Attributes:
        row: its key, or :data:`ACROSS`.
        cells: the cell keys that its values can go to, in printed order.
        tokens: its value and blank tokens.
        certainty: probability that the tokens belong to this row.
        by_order: nothing but its place tells which row it is.
        odd_heads: cells whose column head is not the form's.
        conflict: the row is printed again with other values.
        cut: the document ends inside the row.
        where: where the row is printed.
    """

    row: str
    cells: tuple[str, ...]
    tokens: tuple[Token, ...]
    certainty: float = 1.0
    by_order: bool = False
    odd_heads: frozenset[str] = frozenset()
    conflict: bool = False
    cut: bool = False
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class LabelledTable:
    """The rows found in a region.

    Attributes:
        form: the form of the table (of most of its blocks, when an agency mixed forms).
        keys: all cell keys of the table as printed.
        rows: the rows found, in the order of the form.
        unread: segments with values that are no row of the form.
        irregular: labels or values stand out of order, so that an empty row may have lost its values.
        deduplicated: lines that repeat seem to be removed from the document, so that an empty row may have lost its values.
        units: the unit that the head of a column names, by column key.
    """

    form: FormTable
    keys: tuple[str, ...]
    rows: tuple[LabelledRow, ...]
    unread: tuple[Segment, ...]
    irregular: bool
    deduplicated: bool = False
    units: Mapping[str, str] = field(default_factory=dict)


class _Reading(NamedTuple):
    """The segments of a region read as one form: the row index of each segment (-1: none), and how well it fits."""

    form: FormTable
    path: list[int]
    certainty: list[float]
    weight: float


def label_rows(region: TableRegion, hint: str | None = None) -> LabelledTable:
    """Find the rows of a table, and its form.

    Args:
        region: the tokens of the table.
        hint: the ``form`` to take when the table itself fits several equally well.

    Returns:
        The rows, with the form cells that their values can go to.
    """
    family = vocabulary().family(region.table)
    candidates = [segment for segment in segments(region) if _is_candidate(segment, family)]
    best = max(_readings(candidates, family), key=lambda reading: (round(reading.weight, 6), reading.form.form == hint, int(reading.form.form)))
    return _labelled_table(best, candidates, family, region)


def _labelled_table(reading: _Reading, candidates: Sequence[Segment], family: TableFamily, region: TableRegion) -> LabelledTable:
    form, labels = reading.form, _printed_rows(reading.form, family)
    left_out = [segment for segment, row in zip(candidates, reading.path, strict=True) if row < 0]
    rows = [
        _labelled_row(segment, labels[row], certainty, form, family, left_out, cut=region.last is not None and region.last in (segment.label, *segment.values))
        for segment, row, certainty in zip(candidates, reading.path, reading.certainty, strict=True)
        if row >= 0
    ]
    taken = {row.row for row in rows}
    displaced = any(_known_rows(segment.label, family) - taken for segment in left_out if not segment.numbers)
    unread = tuple(segment for segment in left_out if segment.numbers and not _is_extra(segment, family.table))
    irregular = displaced or bool(unread) or any(row.by_order for row in rows)
    return LabelledTable(form, _keys(form, rows), tuple(rows), unread, irregular, region.deduplicated, _units(region))


def _labelled_row(
    segment: Segment, row: RowLabel, certainty: float, form: FormTable, family: TableFamily, left_out: Sequence[Segment], *, cut: bool
) -> LabelledRow:
    own_form = _row_form(segment.head_keys, row.key, family, segment.numbers, form)
    cells = _row_cells(row.key, own_form)
    values = _printed(segment)
    conflict = any(other.numbers and row.key in _known_rows(other.label, family) and _printed(other) != values for other in left_out)
    return LabelledRow(
        row=row.key,
        cells=cells,
        tokens=segment.values,
        certainty=certainty,
        by_order=segment.divided or _only_by_order(segment, row, family.table, family),
        odd_heads=_odd_heads(segment, cells, _block(row.key, own_form), family.table),
        conflict=conflict,
        cut=cut and len(segment.values) < len(cells),
        where=(segment.label or segment.near or segment.values[0]).where,
    )


@cache
def _printed_rows(form: FormTable, family: TableFamily) -> tuple[RowLabel, ...]:
    """The rows that a table of a form prints, in order."""
    rows = tuple(row for row in family.rows if form.block(row.key))
    return (RowLabel(ACROSS, "", ()), *rows) if family.across else rows


def _known_rows(token: Token | None, family: TableFamily) -> set[str]:
    """Keys of the rows that a token names with a known wording."""
    return {term.key for term in token.terms if term.kind == "row" and term.table == family.table} if token else set()


def _may_be_head(token: Token) -> bool:
    """True for 总计 or 其他 without an enumerator, which head a column as well as a row."""
    return not token.enumerator and any(term.kind in ("column", "head") for term in token.terms)


def _is_extra(segment: Segment, table: str) -> bool:
    """True for a row that some agencies add and the form has no cell for."""
    return segment.label is not None and any(term.kind == "extra" and term.table == table for term in segment.label.terms)


def _is_candidate(segment: Segment, family: TableFamily) -> bool:
    """False for what can't be a row: heads, captions and unknown words without values."""
    token = segment.label
    if segment.numbers or token is None:
        return bool(segment.numbers)
    if family.across or token.kind != "text":
        return False
    if token.terms:
        return bool(_known_rows(token, family)) and not _may_be_head(token)
    return any(_likeness(segment, row, family.table) >= _BLANK_LIKENESS for row in family.rows)


def _printed(segment: Segment) -> list[str]:
    return [fold(token.text) for token in segment.values if token.kind == "value"]


# --- alignment -------------------------------------------------------------------------------------------------------


def _readings(candidates: Sequence[Segment], family: TableFamily) -> list[_Reading]:
    """The segments read as each form that they may be: as the forms that leave nothing to decide, else as any."""
    ways = {form: _only_way(candidates, _printed_rows(form, family), family) for form in family.forms}
    clear = [form for form, path in ways.items() if path is not None]
    return [_read_as(form, candidates, family, ways[form]) for form in clear or family.forms]


def _read_as(form: FormTable, candidates: Sequence[Segment], family: TableFamily, path: list[int] | None) -> _Reading:
    """Align the segments to the rows of one form; ``path`` is the alignment when nothing is to be decided."""
    rows = _printed_rows(form, family)
    certainty, weight = [1.0] * len(candidates), 0.0
    if path is None:
        scores = np.array([_scores(segment, form, family) for segment in candidates]).reshape(-1, len(rows))
        drops = np.array([_drop(segment, family) for segment in candidates])
        path, weight = best_path(scores, drops, _SKIP)
        certainty = _certainties(candidates, path, posterior(scores, drops, _SKIP))
    heads = sum(_head_fit(segment.head_keys, rows[row].key, form) for segment, row in zip(candidates, path, strict=True) if row >= 0)
    return _Reading(form, path, certainty, weight + _HEADS * heads)


def _only_way(candidates: Sequence[Segment], rows: Sequence[RowLabel], family: TableFamily) -> list[int] | None:
    """The alignment when every label is a known wording of one row and all stand in order: nothing is to be decided."""
    places = {row.key: place for place, row in enumerate(rows)}
    path: list[int] = []
    for segment in candidates:
        known = _known_rows(segment.label, family)
        place = places.get(min(known), -1) if len(known) == 1 else -1
        if place <= (path[-1] if path else -1) or family.across:
            return None
        path.append(place)
    return path


def _scores(segment: Segment, form: FormTable, family: TableFamily) -> Scores:
    """Log-weight of a segment at each row of a form."""
    rows = _printed_rows(form, family)
    known, token, numbers = _known_rows(segment.label, family), segment.label, segment.numbers
    is_known = np.array([row.key in known for row in rows])
    fit = _fit(segment, np.array(_widths(form, family, segment.head_keys, numbers)))
    doubtful = token is not None and (_may_be_head(token) or len(known) > 1)
    if not numbers:
        likeness = np.array([_likeness(segment, row, family.table) for row in rows])
        like = np.where(likeness >= _LEAST_LIKENESS, _LIKENESS_WEIGHT * (likeness - _LEAST_LIKENESS) - 1.0, -np.inf)
        return np.where(is_known, 0.0 if doubtful else _BLANK_ROW, like)
    if known and not doubtful:
        return np.where(is_known, _KNOWN, _OTHER_ROW) + fit
    if token is not None and not token.terms:
        likeness = np.array([_likeness(segment, row, family.table) for row in rows])
        return np.where(likeness >= _LEAST_LIKENESS, 1.0 + _LIKENESS_WEIGHT * (likeness - _LEAST_LIKENESS), _UNKNOWN) + fit
    near = _known_rows(segment.near, family)
    is_near = np.array([row.key in near for row in rows])
    label_weight = np.where(is_known, _SHARED, np.where(is_near, _NO_LABEL + np.where(fit > 0, _NEAR_FITTING, _NEAR), _NO_LABEL))
    if family.across:  # the row of all values has no label; a row of its own would have one
        label_weight = np.where([row.key == ACROSS for row in rows], 1.0, np.where(is_known | is_near, label_weight, 2 * _UNKNOWN))
    return label_weight + fit


def _fit(segment: Segment, widths: NDArray[np.intp]) -> Scores:
    """Log-weight of the number of values, given the number of columns. A blank cell counts where it makes the row complete."""
    numbers, cells = segment.numbers, len(segment.values)
    if any(token.number and len(token.number.digits) > 1 and token.glued for token in segment.values):
        return np.where(widths == numbers, _FITS, _FITS - 1.0)  # a glued run may be any number of values
    uneven = np.where(numbers < widths, 1.0 - 0.3 * (widths - numbers), 2.0 + 2 * (widths - numbers))
    complete = (numbers < widths) & (widths <= cells) & (cells <= widths + _MAX_FILLER)
    return np.where(widths == numbers, _FITS, np.where(complete, _FITS - 0.5, np.maximum(_HOPELESS, uneven)))


@lru_cache(maxsize=1024)
def _widths(form: FormTable, family: TableFamily, head_keys: frozenset[str], numbers: int) -> tuple[int, ...]:
    """How many values each row of a form has under these heads."""
    return tuple(len(_row_cells(row.key, _row_form(head_keys, row.key, family, numbers))) for row in _printed_rows(form, family))


def _drop(segment: Segment, family: TableFamily) -> float:
    """Log-weight of leaving a segment out."""
    if not segment.numbers or _is_extra(segment, family.table):
        return 0.0
    named = segment.label is not None and _known_rows(segment.label, family) and not _may_be_head(segment.label)
    return _DROP + _DROP_VALUE * min(segment.numbers, 10) + (_DROP_LABEL if named else 0.0)


def _likeness(segment: Segment, row: RowLabel, table: str) -> float:
    """Likeness of unknown words, with or without the words before them, to a row."""
    token = segment.label
    if token is None or token.terms or token.kind != "text":
        return 0.0
    mark, text = label(token.text)
    best = similarity(text, row, table) if text else 0.0
    for before in reversed(segment.context):
        mark, part = label(before.text)
        text = part + text
        best = max(best, similarity(text, row, table) - 0.01)
    mark = token.enumerator or mark
    if not mark or not row.enumerator or not best:
        return best
    return best + (_ENUMERATOR_BONUS if mark == row.enumerator else -2 * _ENUMERATOR_BONUS)


def _certainties(candidates: Sequence[Segment], path: Sequence[int], probability: Scores) -> list[float]:
    """Probability that each row has these values; a row that is printed twice alike counts for both."""
    printed = [_printed(segment) for segment in candidates]
    return [
        1.0 if row < 0 else min(1.0, sum(float(probability[other, row]) for other, twin in enumerate(printed) if twin == values))
        for values, row in zip(printed, path, strict=True)
    ]


def _only_by_order(segment: Segment, row: RowLabel, table: str, family: TableFamily) -> bool:
    """True when the label does not say which row this is."""
    if row.key == ACROSS or row.key in _known_rows(segment.label, family) | _known_rows(segment.near, family):
        return False
    return _likeness(segment, row, table) < _SURE_LIKENESS


# --- forms and heads -------------------------------------------------------------------------------------------------


def _block(row: str, form: FormTable) -> FormBlock | None:
    return form.blocks[0] if row == ACROSS else form.block(row)


@cache
def _row_cells(row: str, form: FormTable) -> tuple[str, ...]:
    """The cell keys of a printed row."""
    block = _block(row, form)
    if row == ACROSS or block is None:
        return tuple(form.columns) if row == ACROSS else ()
    return tuple(f"{form.table}.{row}.{column.key}" for column in block.columns)


@lru_cache(maxsize=4096)
def _head_fit(head_keys: frozenset[str], row: str, form: FormTable) -> float:
    """Likeness in 0…1 of the heads over a row to its columns in a form; 0.5 when there are no heads."""
    block = _block(row, form)
    if not head_keys or block is None:
        return 0.5
    columns = {column.key for column in block.columns}
    return len(head_keys & columns) / len(head_keys | columns)


def _row_form(head_keys: frozenset[str], row: str, family: TableFamily, numbers: int, table_form: FormTable | None = None) -> FormTable:
    """The form whose columns the heads over a row show (agencies mix forms); else the form of the table."""
    forms = [form for form in family.forms if _block(row, form)]
    fits = [_head_fit(head_keys, row, form) for form in forms]
    leading = [form for form, fit in zip(forms, fits, strict=True) if fit == max(fits)]
    if table_form in leading:
        return table_form
    return min(leading, key=lambda form: abs(len(_row_cells(row, form)) - numbers))


def _odd_heads(segment: Segment, cells: Sequence[str], block: FormBlock | None, table: str) -> frozenset[str]:
    """Cells whose head is another than the form's (``本年数量`` for ``本年增/减``): their values may mean something else."""
    if block is None or not segment.heads:
        return frozenset()
    if not segment.head_keys & {column.key for column in block.columns}:
        return frozenset(cells if segment.head_keys and segment.numbers else ())
    missing = [(cell, column) for cell, column in zip(cells, block.columns, strict=False) if column.key not in segment.head_keys]
    unknown = [head for head in segment.heads if head not in vocabulary().column_keys(table)]
    if len(segment.heads) != len(block.columns) or len(missing) != len(unknown):
        return frozenset()
    return frozenset(
        cell
        for (cell, column), head in zip(missing, unknown, strict=True)
        if all(fuzz.ratio(head, label(text).words) < _LEAST_HEAD for text in (column.label, *column.aliases))
    )


def _units(region: TableRegion) -> dict[str, str]:
    """The unit that the head of an amount column names (``本年收费金额（单位：元）``), by column key."""
    units = {}
    for token in region.tokens:
        for term in token.terms:
            if term.kind == "column" and (match := _UNIT.search(fold(token.text))):
                units[term.key] = match[1]
    return units


def _keys(form: FormTable, rows: Sequence[LabelledRow]) -> tuple[str, ...]:
    """The cell keys of a table as printed: those of its form, and where a row is another form's, those instead."""
    printed = {row.row: row.cells for row in rows if row.row != ACROSS}
    keys = [printed.get(row.key, _row_cells(row.key, form)) for block in form.blocks for row in block.rows]
    return tuple(dict.fromkeys(key for cells in (*keys, *printed.values()) for key in cells))
