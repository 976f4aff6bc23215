"""Which row of the form each segment is: a monotone alignment of segments to form rows.

Labels alone do not decide: they are wrapped, misprinted, lost, displaced, or mean two things. So all segments of a table are
aligned to the rows of a form at once, in order, and each step is weighed by the likeness of the label, the enumerator and
the number of values. The form whose rows and heads fit best is taken, and with it the best alignment; the posterior
probability of each of its steps is its certainty.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from extractor.document import Where
from extractor.evidence import drop, is_candidate, known_rows, only_by_order, scores
from extractor.fold import fold, width
from extractor.forms import FormTable
from extractor.heads import (
    ACROSS,
    block_of,
    head_fit,
    odd_heads,
    placed_by_heads,
    printed_rows,
    row_cells,
    row_form,
    units,
)
from extractor.locate import TableRegion
from extractor.monotone import Scores, best_path, posterior
from extractor.segments import Segment, segments
from extractor.tokens import Token
from extractor.vocabulary import RowLabel, TableFamily, vocabulary

_SKIP = -0.3  # log-weight of a row of the form that is skipped
_MISFIT = -0.5  # log-weight of each value too many or too few, where no heads tell the form
_HEADS = 2.0  # log-weight of heads that are exactly those of the form


class LabelledRow(NamedTuple):
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
        broken: the table is interrupted after or in its label, so that its values may stand elsewhere.
        where: where the row is printed.
        label_line: the line of the label that stands before the values.
        in_place: its tokens are the cells of a table of the source, one for each of ``cells``, each below the head of its column:
            what is in which column is not to be decided.
    """

    row: str
    cells: tuple[str, ...]
    tokens: tuple[Token, ...]
    certainty: float = 1.0
    by_order: bool = False
    odd_heads: frozenset[str] = frozenset()
    conflict: bool = False
    cut: bool = False
    broken: bool = False
    where: Where | None = None
    label_line: int | None = None
    in_place: bool = False

    @property
    def form_rows(self) -> tuple[str, ...]:
        """The rows of the form that it holds, with their table (``requests.granted``): one, or those side by side."""
        return tuple(dict.fromkeys(cell.rpartition(".")[0] for cell in self.cells))

    @property
    def shows_all(self) -> bool:
        """True when each of its cells has a value or a blank of its own."""
        return len(self.tokens) >= len(self.cells)

    @property
    def has_values(self) -> bool:
        """True when anything but blanks is printed in it."""
        return any(token.kind == "value" for token in self.tokens)


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


_Rival = tuple[frozenset[str], Segment]
"""A segment with values that is no row, and the keys of the rows that its label names."""


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
    candidates = [segment for segment in segments(region) if is_candidate(segment, family)]
    best = max(
        _readings(candidates, family),
        key=lambda reading: (round(reading.weight, 6), reading.form.form == hint, int(reading.form.form)),
    )
    left_out = [segment for segment, row in zip(candidates, best.path, strict=True) if row < 0]
    labels = printed_rows(best.form, family)
    displaced = _displaced(candidates, best.path, best.form, family)
    rivals = [(known_rows(segment.label, family), segment) for segment in left_out if segment.numbers]
    rows = tuple(
        _labelled_row(segment, labels[row], certainty, best.form, family, rivals, region, displaced)
        for segment, row, certainty in zip(candidates, best.path, best.certainty, strict=True)
        if row >= 0
    )
    named = {row.row for row in rows}
    unread = _unread(rivals, rows)
    empty = {key for segment in left_out if not segment.numbers for key in known_rows(segment.label, family)}
    lost = any(best.form.block(key) for key in empty - named)
    irregular = lost or bool(unread) or any(row.by_order for row in rows)
    return LabelledTable(best.form, _keys(best.form, rows), rows, unread, irregular, region.deduplicated, units(region))


def _unread(rivals: Sequence[_Rival], rows: Sequence[LabelledRow]) -> tuple[Segment, ...]:
    """The segments with values that say anything else than a row that is found."""
    if not rivals:
        return ()
    printed = {(row.row, *_printed(row.tokens)) for row in rows}
    return tuple(
        segment for known, segment in rivals if not any((key, *_printed(segment.values)) in printed for key in known)
    )


def without_heads(tables: Sequence[LabelledTable]) -> list[LabelledTable]:
    """Tables of which nothing is left but their one row of values.

    It is found among what other tables could not read, or after the values of the last row of one. The number of its values
    is all that tells what it is, so that all of it is flagged.
    """
    missing = [
        family
        for family in vocabulary().families
        if family.across and all(table.form.table != family.table for table in tables)
    ]
    found = []
    for family in missing:
        form = family.forms[-1]
        cells = row_cells(ACROSS, form)
        rests = [rest for table in tables for rest in _rests(table, len(cells))]
        if rests:
            row = LabelledRow(ACROSS, cells, rests[-1], by_order=True, where=rests[-1][0].where)
            found.append(LabelledTable(form, cells, (row,), (), irregular=True))
    return found


def _rests(table: LabelledTable, width: int) -> Iterator[tuple[Token, ...]]:
    """So many values without a label, or after those of the last row of a table."""
    yield from (segment.values for segment in table.unread if segment.label is None and len(segment.values) == width)
    if table.rows:
        row = max(table.rows, key=lambda row: row.tokens[-1].where.start or 0 if row.tokens else -1)
        if len(row.tokens) >= len(row.cells) + width:
            yield row.tokens[-width:]


def _labelled_row(
    segment: Segment,
    row: RowLabel,
    certainty: float,
    form: FormTable,
    family: TableFamily,
    rivals: Sequence[_Rival],
    region: TableRegion,
    displaced: Collection[Segment],
) -> LabelledRow:
    own_form = row_form(segment.head_keys, row.key, family, segment.numbers, form)
    cells = row_cells(row.key, own_form)
    others = [other for known, other in rivals if row.key in known]
    printed = (segment.label, *segment.values)
    placed = placed_by_heads(segment, cells)
    return LabelledRow(
        row=row.key,
        cells=cells,
        tokens=placed or segment.values,
        certainty=certainty,
        by_order=segment.divided or only_by_order(segment, row, family),
        odd_heads=odd_heads(segment, cells, block_of(row.key, own_form), family.table),
        conflict=any(_printed(other.values) != _printed(segment.values) for other in others),
        cut=region.last is not None and len(segment.values) < len(cells) and region.last in printed,
        broken=segment in displaced
        or (placed is None and bool(region.broken) and any(label in printed for label in region.broken))
        or (not segment.numbers and _is_open(segment.label)),
        where=(segment.label or segment.near or segment.values[0]).where,
        label_line=segment.label.line if segment.label else None,
        in_place=placed is not None,
    )


def _displaced(
    candidates: Sequence[Segment], path: Sequence[int], form: FormTable, family: TableFamily
) -> list[Segment]:
    """Rows whose values may be those of their neighbours.

    - Between a row of values without a label and a label without values (or the other way round), all values may belong to
      the next label: table tools print a wrapped label after its values.
    - A label without values stands before another with more values than it has cells, or in one cell with it: two labels, then
      their values, or one for both.
    """
    labels = printed_rows(form, family)
    found: list[Segment] = []
    between: list[Segment] = []
    opened = ""  # what stands at the other end: "values" or "label"
    previous: tuple[Segment, int] | None = None
    for segment, row in zip(candidates, path, strict=True):
        cells = len(row_cells(labels[row].key, form)) if row >= 0 else 0
        if previous and cells and not previous[0].values:
            in_one_cell = _in_one_cell(previous[0].label, segment.label)
            if segment.numbers >= previous[1] + cells or (segment.numbers and in_one_cell):
                found += [previous[0], segment]
        previous = (segment, cells) if cells else None
        end = "label" if row >= 0 and not segment.values else "values" if _is_orphan(segment, row) else ""
        between.append(segment)
        if end:
            if opened and end != opened:
                found += between
            opened, between = end, [segment]
    return found


def _in_one_cell(label: Token | None, other: Token | None) -> bool:
    return label is not None and other is not None and label.grid and (label.line, label.x) == (other.line, other.x)


def _is_orphan(segment: Segment, row: int) -> bool:
    """True for a row of values without a label, of which it is not known which row it is."""
    return row < 0 and segment.label is None and segment.numbers > 1


def _is_open(label: Token | None) -> bool:
    """True for a label that ends inside a bracket: its note goes on elsewhere, and its values after that."""
    text = width(label.text) if label else ""
    return text.count("(") > text.count(")")


def _keys(form: FormTable, rows: Sequence[LabelledRow]) -> tuple[str, ...]:
    """The cell keys of a table as printed: those of its form, and where a row is another form's, those instead."""
    return _keys_of(form, tuple([(row.row, row.cells) for row in rows if row.row != ACROSS]))


@lru_cache(maxsize=1024)
def _keys_of(form: FormTable, rows: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    printed = dict(rows)
    keys = [printed.get(row.key, row_cells(row.key, form)) for block in form.blocks for row in block.rows]
    return tuple(dict.fromkeys(key for cells in (*keys, *printed.values()) for key in cells))


def _printed(tokens: Sequence[Token]) -> list[str]:
    return [fold(token.text) for token in tokens if token.kind == "value"]


# --- alignment -------------------------------------------------------------------------------------------------------


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
        return _Reading(form, path, [1.0] * len(candidates), 0.0)
    weights = np.array([scores(segment, form, family) for segment in candidates]).reshape(-1, len(rows))
    certainty = [1.0] * len(candidates)
    if path is not None:
        weight = sum(float(weights[place, row]) for place, row in enumerate(path) if row >= 0)
    else:
        drops = np.array([drop(segment, family) for segment in candidates])
        path, weight = best_path(weights, drops, _SKIP)
        certainty = _certainties(candidates, path, posterior(weights, drops, _SKIP))
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
    return _Reading(form, path, certainty, weight + _HEADS * heads + _MISFIT * misfit)


def _certainties(candidates: Sequence[Segment], path: Sequence[int], probability: Scores) -> list[float]:
    """Probability that each row has these values; a row that is printed twice alike counts for both."""
    printed = [tuple(_printed(segment.values)) for segment in candidates]
    twins: dict[tuple[str, ...], list[int]] = {}
    for place, values in enumerate(printed):
        twins.setdefault(values, []).append(place)
    return [
        1.0 if row < 0 else min(1.0, float(probability[twins[values], row].sum()))
        for values, row in zip(printed, path, strict=True)
    ]
