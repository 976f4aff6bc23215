"""A record beside the truth, cell by cell.

The terms are those of the review: a cell is ``right`` when the value given is the one printed, or none is given for a blank;
``wrong``, ``missed`` (printed, not given) or ``extra`` (given, not printed) otherwise; and **silent** when it is one of these and
carries no flag. A cell that the source does not decide may be given only with a flag, or as the best guess (``over`` otherwise).
"""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from extractor.label import LabelledTable
from extractor.numbers import parse
from extractor.record import CellValue, Record
from training.annotations import STRAY, Annotation

Kind = Literal["right", "wrong", "missed", "extra", "over"]
KINDS: tuple[Kind, ...] = ("right", "wrong", "missed", "extra", "over")
_EQUAL = 1e-9


class Outcome(NamedTuple):
    """One cell of one report.

    Attributes:
        key: its cell key.
        state: what the source has: ``zero``, ``number``, ``blank``, ``dash``, ``note`` or ``absent``.
        kind: how it was read.
        flagged: a person is asked to look at it.
        confidence: what the program says of its best guess; None where it has found no trace of the cell.
        guess_right: that guess (the value, or what is proposed in its place) is right.
        want, got: the values.
    """

    key: str
    state: str
    kind: Kind
    flagged: bool
    confidence: float | None
    guess_right: bool
    want: float | None
    got: float | None

    @property
    def silent(self) -> bool:
        """Not right, and nobody is told."""
        return self.kind != "right" and not self.flagged


def outcomes(annotation: Annotation, record: Record | None) -> Iterator[Outcome]:
    """Every cell that the report prints or that the record gives, in no order.

    Args:
        annotation: the truth.
        record: what was read; None when the report was refused, so that all its cells are missed, with a flag.
    """
    truth = annotation.truth
    states = _states(annotation)
    cells = record.cells if record else {}
    for key in {**truth, **cells}:
        cell = cells.get(key)
        got = cell.value if cell else None
        flagged = cell.review if cell else record is None
        if key in annotation.ambiguous:
            if got is not None and not flagged and not _same(got, annotation.ambiguous[key]):
                yield Outcome(key, "ambiguous", "over", False, cell and cell.confidence, False, None, got)
            continue
        want = truth.get(key)
        if key not in truth and got is None:
            continue
        kind = _kind(want, got)
        guess = _guess(cell)
        confidence = cell.confidence if cell and cell.state != "missing" else None
        yield Outcome(key, states.get(key, "absent"), kind, flagged, confidence, _same(want, guess), want, got)


def _kind(want: float | None, got: float | None) -> Kind:
    if want is None:
        return "right" if got is None else "extra"
    if got is None:
        return "missed"
    return "right" if _same(want, got) else "wrong"


def _guess(cell: CellValue | None) -> float | None:
    """The value that the confidence speaks of: the one given, or where none is, the one proposed by the reading."""
    if cell is None:
        return None
    if cell.value is None and cell.proposed and cell.proposed.by == "reading" and cell.state == "number":
        return cell.proposed.value
    return cell.value


def _same(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else abs(one - other) < _EQUAL


def _states(annotation: Annotation) -> dict[str, str]:
    states = dict.fromkeys(annotation.blanks, "blank")
    for mark in annotation.marks:
        number = parse(annotation.text[mark.start : mark.end])
        state = number.state if number else "number"
        states[mark.key] = (
            ("number" if mark.value else "zero") if state == "number" and mark.value is not None else state
        )
    return states


class Placed(NamedTuple):
    """Where a printed value went: its true cell key, and the key that it was read as (:data:`STRAY` for none)."""

    true: str
    read: str


def placements(annotation: Annotation, record: Record | None) -> Iterator[Placed]:
    """For every marked value the cell that it was read into, by its place in the text."""
    found = read_places(record) if record else {}
    for mark in annotation.marks:
        yield Placed(mark.key, found.get(mark.start, STRAY))


def read_places(record: Record) -> dict[int, str]:
    """The cell that the value at each place of the text was read into."""
    return {
        cell.where.start: key
        for key, cell in record.cells.items()
        if cell.where and cell.where.start is not None and cell.state not in ("blank", "missing")
    }


class RowHeads(NamedTuple):
    """Row headers: how many rows hold marked values, and of how many all values were found in the row of that header."""

    rows: int
    right: int


def row_heads(annotation: Annotation, tables: Iterable[LabelledTable]) -> RowHeads:
    """Whether the values of each row were found under its header, wherever they were then aligned to."""
    found: dict[int, tuple[str, ...]] = {}
    for row in (row for table in tables for row in table.rows):
        headers = row.form_rows
        for token in row.tokens:
            found |= dict.fromkeys(range(token.where.start or 0, token.where.end or 0), headers)
    rows: dict[str, bool] = {}
    for mark in annotation.marks:
        header = mark.key.rpartition(".")[0]
        if header:
            rows[header] = rows.get(header, True) and header in found.get(mark.start, ())
    return RowHeads(len(rows), sum(rows.values()))
