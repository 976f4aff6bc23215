"""Segments of a table: a label and the values after it, before it is known which row of the form the label is.

In most layouts the values follow their label. Where rows are printed as lines of cells, a line of values without a label is
a segment of its own, since its label may stand anywhere near (Markdown made from a PDF) or be lost.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from extractor.document import made
from extractor.fold import fold, label
from extractor.locate import TableRegion
from extractor.numbers import NO_NUMBER, has_figures
from extractor.similarity import similarity
from extractor.tokens import Token
from extractor.vocabulary import columns_named, may_be_head, vocabulary

_MAX_CONTEXT = 3
_LONGEST_NOTE = 20
_LIKE_A_ROW = 0.6
_ROW_LINES = 0.6
"""Share of the values that stand beside others or their label, from which rows are taken to be printed as lines."""


class ColumnHead(NamedTuple):
    """A head that names a column: its position, the columns that it may mean, and the table of the source that it is in."""

    x: float
    columns: tuple[str, ...]
    table: str | None


class Segment(NamedTuple):
    """A label (None: no label of its own) with the values and blanks after it.

    Attributes:
        label: the last words before the values.
        near: for values without a label of their own, the label that stands before them.
        context: unknown words directly before the label: perhaps its first part.
        values: value and blank tokens, in order.
        heads: the column heads over this segment, in order: their column keys, or the folded words of an unknown head.
        head_keys: the column keys among them.
        numbers: how many values there are, blanks not counted.
        divided: it is one of several rows that stood under one label.
        column_heads: the heads over this segment that name a column, in order.
    """

    label: Token | None
    near: Token | None
    context: tuple[Token, ...]
    values: tuple[Token, ...]
    heads: tuple[str, ...]
    head_keys: frozenset[str]
    numbers: int = 0
    divided: bool = False
    column_heads: tuple[ColumnHead, ...] = ()


class _Builder:
    """Collects the tokens of a region into segments."""

    def __init__(self, region: TableRegion) -> None:
        self.segments: list[Segment] = []
        self.notes: list[tuple[Token, Token]] = []
        self._table = region.table
        self._per_line = Counter([token.line for token in region.tokens if token.kind == "value"])
        self._in_lines = _printed_in_lines(region.tokens, self._per_line)
        self._widest = _widest(region.table)
        self._label: Token | None = None
        self._near: Token | None = None
        self._context: tuple[Token, ...] = ()
        self._values: list[Token] = []
        self._numbers = 0
        self._pending: list[Token] = []  # blank cells at the start of a line: before a label they are label columns
        self._heads: tuple[str, ...] = ()
        self._head_keys: frozenset[str] = frozenset()
        self._column_heads: tuple[ColumnHead, ...] = ()
        self._heads_used = False
        self._open_heads = False

    def text(self, token: Token) -> None:
        """Words: a new segment begins, unless they stand in the place of a number."""
        if self._is_note(token):
            note = as_note(token)
            self.notes.append((token, note))
            self.value(note)
            return
        if self._pending:
            self._flush(token.line)
            self._pending.clear()
        self._close(token)
        self._collect_heads(token)

    def blank(self, token: Token) -> None:
        """A blank cell: of the row when something stands before it on the line."""
        before = self._values[-1] if self._values else self._label
        if before is not None and before.line == token.line and not self._pending:
            self._values.append(token)
            return
        self._flush(token.line)
        self._pending.append(token)

    def value(self, token: Token) -> None:
        """A value: of the last label, or the first of a row whose label is not on its line."""
        if self._starts_row(token):
            label = self._label if not self._numbers and not self._is_whole() else None
            self._close(None, near=label or self._near)
        if self._pending:
            self._flush(token.line)
            self._values += self._pending
            self._pending.clear()
        self._values.append(token)
        self._numbers += 1
        self._heads_used = True

    def _is_whole(self) -> bool:
        """True when the label has a blank cell beside it for each column: what follows is not its values."""
        width = _width(self._table)
        return width is not None and len(self._values) >= width

    def finish(self) -> list[Segment]:
        """All segments."""
        self._flush(None)
        self._close(None)
        return self.segments

    def _flush(self, line: int | None) -> None:
        """Keep the blanks of a line that ends without anything else: of a real table they are a row, else they end the last."""
        if not self._pending or self._pending[0].line == line:
            return
        if self._pending[0].table is None:
            self._values += self._pending
        else:
            self._close(None)
            self._values += self._pending
            self._close(None)
        self._pending = []

    def _is_note(self, token: Token) -> bool:
        """True for words in the place of a number: after a known row label, in a cell of its line or with figures in them."""
        before = self._label
        if token.terms or before is None or not before.terms or any(term.kind != "row" for term in before.terms):
            return False
        in_row = token.grid and before.line == token.line
        if not in_row and (self._values or len(token.text) > _LONGEST_NOTE or not has_figures(token.text)):
            return False
        return (
            max(similarity(fold(token.text), row, self._table) for row in vocabulary().family(self._table).rows)
            < _LIKE_A_ROW
        )

    def _starts_row(self, token: Token) -> bool:
        """True for the first value of a line that is a row without a label on the line."""
        if not self._in_lines or (self._numbers and self._values[-1].line == token.line):
            return False
        if self._label is None:
            return True
        if self._label.line == token.line:
            return False
        begun_with_label = any(value.kind == "value" and value.line == self._label.line for value in self._values)
        return not (begun_with_label and self._numbers + self._per_line[token.line] <= self._widest)

    def _close(self, token: Token | None, near: Token | None = None) -> None:
        """End the segment; the next begins with ``token``."""
        if self._label is not None or self._values:
            heads = (self._heads, self._head_keys, self._numbers, False, self._column_heads)
            own = (self._label, self._near, self._context, tuple(self._values), *heads)
            self.segments.append(made(Segment, own))
        if self._label is not None and not self._label.terms and not self._values:
            self._context = (*self._context, self._label)[-_MAX_CONTEXT:]
        else:
            self._context = ()
        if self._values:
            self._open_heads = False
            self._heads_used = self._heads_used or bool(self._label and not may_be_head(self._label.terms))
        self._label, self._near, self._values, self._numbers = token, near, [], 0

    def _collect_heads(self, token: Token) -> None:
        is_head = not token.enumerator and may_be_head(token.terms)
        if is_head and not self._open_heads:
            self._heads, self._head_keys, self._open_heads = (), frozenset(), True
            if self._heads_used:  # heads of several lines are one head, whatever stands between
                self._column_heads, self._heads_used = (), False
        elif token.terms and not is_head:
            self._open_heads = False
        if not self._open_heads:
            return
        columns = columns_named(token.terms, self._table)
        if columns:
            self._heads += columns[:1]
            self._head_keys |= frozenset(columns)
            self._column_heads += (ColumnHead(token.x, columns, token.table),)
        elif not token.terms:
            self._heads += (label(token.text).words,)


def as_note(token: Token) -> Token:
    """Words that stand in the place of a number."""
    return token._replace(kind="value", number=NO_NUMBER)


def segments(region: TableRegion) -> list[Segment]:
    """Cut a table into segments, in reading order. Every value of the region is in exactly one segment."""
    return cut(region)[0]


def cut(region: TableRegion) -> tuple[list[Segment], list[tuple[Token, Token]]]:
    """The segments of a table, and the words in the place of a number, each with the value that stands for it in a segment."""
    builder = _Builder(region)
    take = {"text": builder.text, "prose": builder.text, "value": builder.value, "blank": builder.blank}
    for token in region.tokens:
        take[token.kind](token)
    width = _width(region.table)
    found = builder.finish()
    return [part for segment in found for part in _divide(segment, width)] if width else found, builder.notes


def _divide(segment: Segment, width: int) -> Sequence[Segment]:
    """Cut a segment that holds the values of several whole rows, whose labels are lost: the first keeps the label."""
    values = segment.values
    rows = segment.numbers // width
    if rows < 2 or len(values) != rows * width:
        return (segment,)
    first, *rest = [values[place : place + width] for place in range(0, len(values), width)]
    orphan = segment._replace(label=None, near=None, context=(), numbers=width, divided=True)
    return [
        segment._replace(values=first, numbers=width, divided=True),
        *(orphan._replace(values=part) for part in rest),
    ]


@cache
def _width(table: str) -> int | None:
    """How many values a printed row of a table has, when all have the same number of more than one."""
    blocks = [block for form in vocabulary().family(table).forms for block in form.blocks]
    widths = {len(block.columns) * (len(block.rows) if block.across else 1) for block in blocks}
    return widths.pop() if len(widths) == 1 else None


@cache
def _widest(table: str) -> int:
    """The most values that one printed row of a table has."""
    blocks = [block for form in vocabulary().family(table).forms for block in form.blocks]
    return max(len(block.columns) * (len(block.rows) if block.across else 1) for block in blocks)


def _printed_in_lines(tokens: Sequence[Token], per_line: Mapping[int, int]) -> bool:
    """True when most values stand on a line with other values or with their label."""
    labelled = {token.line for token in tokens if token.kind == "text"}
    beside = sum([count for line, count in per_line.items() if count > 1 or line in labelled])
    return beside >= _ROW_LINES * max(1, sum(per_line.values()))
