"""Segments of a table: a label and the values after it, before it is known which row of the form the label is.

In most layouts the values follow their label. Where rows are printed as lines of cells, a line of values without a label is
a segment of its own, since its label may stand anywhere near (Markdown made from a PDF) or be lost.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from extractor.fold import fold, label
from extractor.locate import TableRegion
from extractor.numbers import Number
from extractor.similarity import similarity
from extractor.tokens import Token
from extractor.vocabulary import vocabulary

_MAX_CONTEXT = 3
_LIKE_A_ROW = 0.6
_ROW_LINES = 0.6
"""Share of the values that stand beside others or their label, from which rows are taken to be printed as lines."""


class Segment(NamedTuple):
    """A label (None: no label of its own) with the values and blanks after it.

    Attributes:
        label: the last words before the values.
        near: for values without a label of their own, the label that stands before them.
        context: unknown words directly before the label: perhaps its first part.
        values: value and blank tokens, in order.
        heads: the column heads over this segment, in order: their column keys, or the folded words of an unknown head.
        head_keys: the column keys among them.
        divided: it is one of several rows that stood under one label.
    """

    label: Token | None
    near: Token | None
    context: tuple[Token, ...]
    values: tuple[Token, ...]
    heads: tuple[str, ...]
    head_keys: frozenset[str]
    divided: bool = False

    @property
    def numbers(self) -> int:
        """How many values there are, blanks not counted."""
        return sum(token.kind == "value" for token in self.values)


class _Builder:
    """Collects the tokens of a region into segments."""

    def __init__(self, region: TableRegion) -> None:
        self.segments: list[Segment] = []
        self.in_lines = _printed_in_lines(region.tokens)
        self.widest = _widest(region.table)
        self.table = region.table
        self.per_line = Counter(token.line for token in region.tokens if token.kind == "value")
        self.label: Token | None = None
        self.near: Token | None = None
        self.context: list[Token] = []
        self.values: list[Token] = []
        self.pending: list[Token] = []  # blank cells at the start of a line: before a label they are label columns
        self.heads: list[str] = []
        self.head_keys: set[str] = set()
        self.open_heads = False

    def text(self, token: Token) -> None:
        if self._is_note(token):
            self.value(token._replace(kind="value", number=Number(None, "note", doubtful=True)))
            return
        if any(blank.line != token.line for blank in self.pending):
            self.flush()
        self.pending.clear()
        self._close(token)
        self._collect_heads(token)

    def blank(self, token: Token) -> None:
        if self.values and self.values[-1].line == token.line and not self.pending:
            self.values.append(token)
        elif self.label is not None and self.label.line == token.line and not self.pending:
            self.values.append(token)
        else:
            if self.pending and self.pending[-1].line != token.line:
                self.flush()
            self.pending.append(token)

    def value(self, token: Token) -> None:
        if self._starts_row(token):
            label = self.label if not self._numbers() else None
            self._close(None, near=label or self.near)
        self.flush()
        self.values.append(token)

    def flush(self) -> None:
        self.values += self.pending
        self.pending = []

    def finish(self) -> list[Segment]:
        self.flush()
        self._close(None)
        return self.segments

    def _numbers(self) -> int:
        return sum(token.kind == "value" for token in self.values)

    def _is_note(self, token: Token) -> bool:
        """True for words in the place of a number: after a known row label, in a cell of the same line."""
        label = self.label
        if token.terms or not token.grid or label is None or label.line != token.line:
            return False
        rows = {term.key for term in label.terms if term.kind == "row"}
        if not rows or any(term.kind != "row" for term in label.terms):
            return False
        return max(similarity(fold(token.text), row, self.table) for row in vocabulary().family(self.table).rows) < _LIKE_A_ROW

    def _starts_row(self, token: Token) -> bool:
        """True for the first value of a line that is a row without a label on the line."""
        if not self.in_lines or (self.values and self.values[-1].line == token.line and self._numbers()):
            return False
        if self.label is not None and self.label.line == token.line:
            return False
        numbers = self._numbers()
        begun_with_label = self.label is not None and any(value.kind == "value" and value.line == self.label.line for value in self.values)
        return not (begun_with_label and numbers + self.per_line[token.line] <= self.widest)

    def _close(self, token: Token | None, near: Token | None = None) -> None:
        if self.label is not None or self.values:
            self.segments.append(
                Segment(self.label, self.near, tuple(self.context), tuple(self.values), tuple(self.heads), frozenset(self.head_keys & vocabulary().column_keys(self.table)))
            )
        unknown = self.label is not None and not self.label.terms and not self.values
        self.context = [*self.context, self.label][-_MAX_CONTEXT:] if unknown and self.label else []
        self.open_heads = self.open_heads and not self.values
        self.label, self.near, self.values = token, near, []

    def _collect_heads(self, token: Token) -> None:
        columns = [term.key for term in token.terms if term.kind == "column"]
        is_head = not token.enumerator and any(term.kind in ("column", "head") for term in token.terms)
        if is_head and not self.open_heads:
            self.heads, self.head_keys, self.open_heads = [], set(), True
        elif token.terms and not is_head:
            self.open_heads = False
        if self.open_heads and columns:
            self.heads.append(columns[0])
            self.head_keys.update(columns)
        elif self.open_heads and not token.terms and not token.text.startswith(("(", "（")):
            self.heads.append(label(token.text).words)


def segments(region: TableRegion) -> list[Segment]:
    """Cut a table into segments, in reading order. Every value of the region is in exactly one segment."""
    builder = _Builder(region)
    for token in region.tokens:
        getattr(builder, "text" if token.kind in ("text", "prose") else token.kind)(token)
    width = _width(region.table)
    return [part for segment in builder.finish() for part in _divide(segment, width)]


def _divide(segment: Segment, width: int | None) -> list[Segment]:
    """Cut a segment that holds the values of several whole rows, whose labels are lost: the first keeps the label."""
    values = segment.values
    rows = segment.numbers // width if width else 0
    if rows < 2 or not width or len(values) != rows * width:
        return [segment]
    first, *rest = [values[place : place + width] for place in range(0, len(values), width)]
    return [segment._replace(values=first, divided=True), *(segment._replace(label=None, near=None, context=(), values=part, divided=True) for part in rest)]


def _width(table: str) -> int | None:
    """How many values a printed row of a table has, when all have the same number of more than one."""
    blocks = [block for form in vocabulary().family(table).forms for block in form.blocks]
    widths = {len(block.columns) * (len(block.rows) if block.across else 1) for block in blocks}
    return widths.pop() if len(widths) == 1 else None


def _widest(table: str) -> int:
    """The most values that one printed row of a table has."""
    blocks = [block for form in vocabulary().family(table).forms for block in form.blocks]
    return max(len(block.columns) * (len(block.rows) if block.across else 1) for block in blocks)


def _printed_in_lines(tokens: Sequence[Token]) -> bool:
    """True when most values stand on a line with other values or with their label."""
    per_line = Counter(token.line for token in tokens if token.kind == "value")
    labelled = {token.line for token in tokens if token.kind == "text"}
    beside = sum(count for line, count in per_line.items() if count > 1 or line in labelled)
    return beside >= _ROW_LINES * max(1, sum(per_line.values()))
