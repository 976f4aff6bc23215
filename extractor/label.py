"""The rows of a table: which row of the form each segment is, and its values.

Which rows they are is told from the layout of the table, whatever its values are (``labelling.py``), which
many reports share; then the values of the report are put in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import attrgetter
from typing import NamedTuple

from extractor.document import Where, made
from extractor.fold import fold
from extractor.forms import FormTable
from extractor.heads import ACROSS, row_cells, units
from extractor.labelling import Labelling, Rival, labelling
from extractor.locate import TableRegion
from extractor.monotone import Scores
from extractor.segments import Segment, as_note
from extractor.tokens import Token
from extractor.vocabulary import vocabulary

_CONFIDENCE = attrgetter("confidence")


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
    def recognised(self) -> float:
        """Probability that the whole row was recognised right: that of a blank that left no trace."""
        return min(map(_CONFIDENCE, self.tokens), default=1.0)

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


def label_rows(region: TableRegion, hint: str | None = None) -> LabelledTable:
    """Find the rows of a table, and its form.

    Args:
        region: the tokens of the table.
        hint: the ``form`` to take when the table itself fits several equally well.

    Returns:
        The rows, with the form cells that their values can go to.
    """
    found = labelling(region, hint)
    tokens = region.tokens
    if found.notes:
        tokens = tuple(as_note(token) if place in found.notes else token for place, token in enumerate(tokens))
    rows = tuple(_rows(found, tokens))
    unread = _unread(found.rivals, rows, tokens)
    return LabelledTable(
        found.form, found.keys, rows, unread, found.irregular or bool(unread), region.deduplicated, units(region)
    )


def _rows(found: Labelling, tokens: Sequence[Token]) -> Iterator[LabelledRow]:
    """The rows that a layout tells, with the tokens of a report."""
    certainties = repeat(1.0) if found.probability is None else _certainties(found, found.probability, tokens)
    for (key, cells, by_order, odd, cut, broken, place, placed, rivals), certainty in zip(
        found.rows, certainties, strict=False
    ):
        label, near, _, first, end = place
        values = tokens[first:end]
        conflict = bool(rivals) and any(
            _printed(tokens[other.first : other.end]) != _printed(values) for other in rivals
        )
        where = tokens[label if label is not None else near if near is not None else first].where
        line = None if label is None else tokens[label].line
        if placed is not None:
            values = tuple([tokens[other] for other in placed])
        own = (key, cells, values, certainty, by_order, odd, conflict, cut, broken, where, line, placed is not None)
        yield made(LabelledRow, own)


def _certainties(found: Labelling, probability: Scores, tokens: Sequence[Token]) -> list[float]:
    """Probability that each row has its values; a row that is printed twice alike counts for both."""
    printed = [tuple(_printed(tokens[first:end])) for first, end in found.spans]
    twins: dict[tuple[str, ...], list[int]] = {}
    for candidate, values in enumerate(printed):
        twins.setdefault(values, []).append(candidate)
    return [
        min(1.0, float(probability[twins[printed[candidate]], row].sum())) for row, candidate in enumerate(found.taken)
    ]


def _unread(rivals: Sequence[Rival], rows: Sequence[LabelledRow], tokens: Sequence[Token]) -> tuple[Segment, ...]:
    """The segments with values that say anything else than a row that is found."""
    if not rivals:
        return ()
    printed = {(row.row, *_printed(row.tokens)) for row in rows}
    return tuple(
        _segment(rival, tokens)
        for rival in rivals
        if not any((key, *_printed(tokens[rival.place.first : rival.place.end])) in printed for key in rival.known)
    )


def _segment(rival: Rival, tokens: Sequence[Token]) -> Segment:
    """A rival with the tokens of a report."""
    label, near, context, first, end = rival.place
    return rival.segment._replace(
        label=None if label is None else tokens[label],
        near=None if near is None else tokens[near],
        context=tuple([tokens[place] for place in context]),
        values=tuple(tokens[first:end]),
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


def _printed(tokens: Sequence[Token]) -> list[str]:
    return [fold(token.text) for token in tokens if token.kind == "value"]
