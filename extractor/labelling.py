"""What the layout of a table tells: its form, its rows, and where the values of each row stand, whatever they are.

Many reports are laid out alike, so it is remembered; the values of each report are put in afterwards (``label.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from extractor.evidence import is_candidate, known_rows, only_by_order
from extractor.fitting import Fit, best_fit
from extractor.forms import FormTable
from extractor.heads import ACROSS, block_of, odd_heads, placed_by_heads, printed_rows, row_cells, row_form
from extractor.layout import Layout, ends_open
from extractor.locate import TableRegion
from extractor.monotone import Scores
from extractor.segments import Segment, cut
from extractor.tokens import Token
from extractor.vocabulary import RowLabel, TableFamily, vocabulary


class Place(NamedTuple):
    """A segment, by the places of its tokens in the region: those of its values are from ``first`` to ``end``."""

    label: int | None
    near: int | None
    context: tuple[int, ...]
    first: int
    end: int


class FoundRow(NamedTuple):
    """What a layout tells of a row; the names are those of :class:`LabelledRow`.

    Attributes:
        place: its segment.
        placed: the places of its tokens where they are not those of its segment in order.
        rivals: the segments with values that are no row and have its label.
    """

    row: str
    cells: tuple[str, ...]
    by_order: bool
    odd_heads: frozenset[str]
    cut: bool
    broken: bool
    place: Place
    placed: tuple[int, ...] | None
    rivals: tuple[Place, ...]


class Rival(NamedTuple):
    """A segment with values that is no row, its place, and the keys of the rows that its label names."""

    known: frozenset[str]
    segment: Segment
    place: Place


class Labelling(NamedTuple):
    """What a layout tells of a table.

    Attributes:
        form: its form.
        keys: all its cell keys.
        rows: its rows.
        rivals: the segments with values that are no row.
        irregular: rows are lost or known by their order only.
        notes: the places of words that stand for a number.
        spans: where the values of each candidate begin and end, where something was to be decided.
        taken: the candidate of each row.
        probability: of each candidate (row) as each of the rows found (column); None where nothing was to be decided.
    """

    form: FormTable
    keys: tuple[str, ...]
    rows: tuple[FoundRow, ...]
    rivals: tuple[Rival, ...]
    irregular: bool
    notes: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    taken: tuple[int, ...]
    probability: Scores | None


def labelling(region: TableRegion, hint: str | None = None) -> Labelling:
    """What the layout of a table tells.

    Args:
        region: the tokens of the table.
        hint: the ``form`` to take when the table itself fits several equally well.
    """
    if region.tokens[0].table is None:
        return _remembered(Layout(region, hint))
    return _labelling(region, hint)  # a table of the source: its columns count as well


@lru_cache(maxsize=2048)
def _remembered(layout: Layout) -> Labelling:
    region = layout.region
    del layout.region  # the tokens of a report are not to be kept
    return _labelling(region, layout.hint)


def _labelling(region: TableRegion, hint: str | None) -> Labelling:
    family = vocabulary().family(region.table)
    found, notes = cut(region)
    candidates = [segment for segment in found if is_candidate(segment, family)]
    fit = best_fit(candidates, family, hint)
    left_out = [segment for segment, row in zip(candidates, fit.path, strict=True) if row < 0]
    places = {id(token): place for place, token in enumerate(region.tokens)}
    places |= {id(note): places[id(token)] for token, note in notes}
    rivals = tuple(
        Rival(known_rows(segment.label, family), segment, _place(segment, places))
        for segment in left_out
        if segment.numbers
    )
    rows = tuple(_found_rows(candidates, fit, family, rivals, region, places))
    empty = {key for segment in left_out if not segment.numbers for key in known_rows(segment.label, family)}
    lost = any(fit.form.block(key) for key in empty - {row.row for row in rows})
    taken = tuple(place for place, row in enumerate(fit.path) if row >= 0)
    spans: tuple[tuple[int, int], ...] = ()
    probability = fit.probability
    if probability is not None:
        probability = probability[:, [row for row in fit.path if row >= 0]]
        spans = tuple(_place(segment, places)[-2:] for segment in candidates)
    irregular = lost or any(row.by_order for row in rows)
    return Labelling(
        fit.form,
        _keys(fit.form, rows),
        rows,
        tuple(
            rival._replace(segment=rival.segment._replace(label=None, near=None, context=(), values=()))
            for rival in rivals
        ),
        irregular,
        tuple(places[id(token)] for token, _ in notes),
        spans,
        taken,
        probability,
    )


def _place(segment: Segment, places: Mapping[int, int]) -> Place:
    """Where a segment stands."""
    label, near, context, values, *_ = segment
    first = places[id(values[0])] if values else 0
    return Place(
        None if label is None else places[id(label)],
        None if near is None else places[id(near)],
        tuple(places[id(token)] for token in context),
        first,
        first + len(values),  # tokens that follow each other
    )


def _found_rows(
    candidates: Sequence[Segment],
    fit: Fit,
    family: TableFamily,
    rivals: Sequence[Rival],
    region: TableRegion,
    places: Mapping[int, int],
) -> Iterator[FoundRow]:
    """The rows among the candidates."""
    labels = printed_rows(fit.form, family)
    displaced = _displaced(candidates, fit.path, fit.form, family)
    named = [rival for rival in rivals if rival.known]
    for segment, row in zip(candidates, fit.path, strict=True):
        if row >= 0:
            own = _found_row(segment, labels[row], fit.form, family, region, places)
            others = tuple([rival.place for rival in named if own.row in rival.known])
            yield own._replace(broken=own.broken or segment in displaced, rivals=others)


def _found_row(
    segment: Segment,
    row: RowLabel,
    form: FormTable,
    family: TableFamily,
    region: TableRegion,
    places: Mapping[int, int],
) -> FoundRow:
    own_form = row_form(segment.head_keys, row.key, family, segment.numbers, form)
    cells = row_cells(row.key, own_form)
    printed = (segment.label, *segment.values)
    placed = placed_by_heads(segment, cells)
    return FoundRow(
        row=row.key,
        cells=cells,
        by_order=segment.divided or only_by_order(segment, row, family),
        odd_heads=odd_heads(segment, cells, block_of(row.key, own_form), family.table),
        cut=region.last is not None and len(segment.values) < len(cells) and region.last in printed,
        broken=(placed is None and bool(region.broken) and any(label in printed for label in region.broken))
        or (not segment.numbers and segment.label is not None and ends_open(segment.label.text)),
        place=_place(segment, places),
        placed=None if placed is None else tuple(places[id(token)] for token in placed),
        rivals=(),
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


def _keys(form: FormTable, rows: Sequence[FoundRow]) -> tuple[str, ...]:
    """The cell keys of a table as printed: those of its form, and where a row is another form's, those instead."""
    return _keys_of(form, tuple([(row.row, row.cells) for row in rows if row.row != ACROSS]))


@lru_cache(maxsize=1024)
def _keys_of(form: FormTable, rows: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    printed = dict(rows)
    keys = [printed.get(row.key, row_cells(row.key, form)) for block in form.blocks for row in block.rows]
    return tuple(dict.fromkeys(key for cells in (*keys, *printed.values()) for key in cells))
