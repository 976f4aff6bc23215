"""Where the tables are: runs of tokens in which the words of one form table stand close together.

Tables are known by their own labels, never by the headings, which may be missing, misplaced or left over where a table was
an image. Prose also names the rows of the forms, with figures (``行政处罚8件``), so a run counts as a table only with heads
or captions, or with several rows whose values stand bare as in cells.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby

from extractor.errors import InputError
from extractor.fold import fold
from extractor.numbers import has_figures
from extractor.settings import DEFAULTS
from extractor.tokens import Token
from extractor.vocabulary import heading_of, rows_named, tables_of, vocabulary

_MIN_HEADS = 2
_MIN_ROWS = 2
_MIN_LINES = 25
_MIN_VALUES = 6
_NEAR = 4  # so many tokens before and after a run tell what it is part of
_FOREIGN_HEAD = re.compile(r"^(?:20\d\d年?度?(?:数量|件数)?|同比.*|增减.*|增长.*|增幅.*|比上年.*|小计)$")


@dataclass(frozen=True, slots=True)
class TableRegion:
    """The tokens of one table, in reading order; they may come from several places of the document.

    Attributes:
        table: which table.
        tokens: its tokens.
        last: the last token of the document, when it is in this table and the text may break off in it.
        broken: labels without values at which a part of the table ends, though figures follow: their values may stand there.
        deduplicated: no line of the document occurs twice, as if lines that repeat had been removed.
    """

    table: str
    tokens: tuple[Token, ...]
    last: Token | None = None
    broken: tuple[Token, ...] = ()
    deduplicated: bool = False


class _Run:
    """The tokens of a document from ``start`` to ``end``, which stand together, and what they name of a table."""

    def __init__(self, table: str, document: Sequence[Token], start: int, end: int) -> None:
        self.table = table
        self.tokens = document[start:end]
        self._before, self._after = document[max(0, start - _NEAR) : start], document[end : end + _NEAR]
        named = {token.terms for token in self.tokens if token.terms}
        terms = {term for found in named for term in found if term.table == table}
        self.rows = {term.key for term in terms if term.kind == "row"}
        self.has_heads = len({term.key for term in terms if term.kind in ("column", "caption", "head")}) >= _MIN_HEADS
        self._row_labels = sum(bool(rows_named(found, table)) for found in named)

    @property
    def first_row(self) -> int:
        """Place in the form of the first row that this run names."""
        places = vocabulary().family(self.table).row_index
        return min((places[key] for key in self.rows), default=len(places))

    @property
    def is_table(self) -> bool:
        values = [token for token in self.tokens if token.kind == "value"]
        if self.has_heads:
            return bool(self._row_labels or values)
        counted = any(token.number and token.number.unit for token in values)  # 12件: a sentence or a list
        foreign = any(_FOREIGN_HEAD.match(fold(token.text)) for token in self._before if token.kind == "text")
        if counted or foreign or not values:
            return False
        return self._row_labels >= _MIN_ROWS or len(values) >= _full_row(self.table)

    @property
    def is_broken(self) -> bool:
        """True when it ends at a label or a blank, and figures follow that may be its values."""
        if self.tokens[-1].kind == "value":
            return False
        for place, token in enumerate(self._after):
            if token.kind == "value" or (place == 0 and token.kind == "prose" and has_figures(token.text)):
                return True
            if token.kind != "prose" and heading_of(token.terms) is None:
                return False
        return False


@cache
def _full_row(table: str) -> int:
    """So many values that they can hardly be anything but a row of this table."""
    blocks = [block for form in vocabulary().family(table).forms for block in form.blocks]
    return max(_MIN_VALUES, *(len(block.columns) * (len(block.rows) if block.across else 1) for block in blocks))


def locate(tokens: Sequence[Token], max_cells: int = DEFAULTS.max_cells) -> list[TableRegion]:
    """Find the tables of a document.

    Args:
        tokens: all tokens of the document.
        max_cells: the most tokens that a table may have.

    Returns:
        At most one region for each table of the forms, in the order of the report.

    Raises:
        InputError: ``input.too_many_cells``: what looks like one table is far too large for it.
    """
    runs = [run for run in _runs(tokens) if run.is_table]
    regions = []
    deduplicated = _is_deduplicated(tokens)
    for family in vocabulary().families:
        own = [run for run in runs if run.table == family.table]
        if any(run.has_heads for run in own):
            own = _without_lists(own)
        if own:
            own.sort(key=lambda run: run.first_row)  # parts of a table may stand in any order
            found = tuple(token for run in own for token in run.tokens)
            if len(found) > max_cells:
                raise InputError(
                    f"第 {found[0].line} 行起的表格有 {len(found):,} 个单元格，超过上限 {max_cells:,}；"
                    "如果文件里有多份报告，请拆成一份一个文件",
                    code="input.too_many_cells",
                )
            last = tokens[-1] if any(run.tokens[-1] is tokens[-1] for run in own) else None
            broken = tuple(run.tokens[-1] for run in own if run.is_broken)
            regions.append(TableRegion(family.table, found, last, broken, deduplicated))
    return [_without_values(region, tokens, regions) for region in regions]


def _without_values(region: TableRegion, tokens: Sequence[Token], regions: Sequence[TableRegion]) -> TableRegion:
    """A table that shows neither a value nor a blank cell is broken off everywhere when there are values that are in no table."""
    if any(token.kind != "text" for token in region.tokens):
        return region
    inside = {id(token) for own in regions for token in own.tokens}
    loose = any(token.kind == "value" and id(token) not in inside for token in tokens)
    return replace(region, broken=region.tokens) if loose else region


def _is_deduplicated(tokens: Sequence[Token]) -> bool:
    """True when a document of some length has no line twice. The forms repeat heads and zeros, so a whole one has."""
    seen: set[str] = set()
    for _, line in groupby(tokens, key=lambda token: token.line):
        text = "\t".join(token.text for token in line)
        if text in seen and not text.isspace() and text:
            return False
        seen.add(text)
    return len(seen) >= _MIN_LINES


def _without_lists(runs: list[_Run]) -> list[_Run]:
    """Drop the runs without heads that only repeat rows of a run with heads: summaries in the prose."""
    headed = set().union(*(run.rows for run in runs if run.has_heads))
    return [run for run in runs if run.has_heads or not run.rows <= headed]


def _runs(tokens: Sequence[Token]) -> Iterator[_Run]:
    """Cut the tokens where the table changes, at headings and at prose. A heading begins a run when values follow at once."""
    table, start, announced = "", None, ""
    for index, token in enumerate(tokens):
        if not token.terms and token.kind != "prose" and not announced:
            continue
        tables, heading = tables_of(token.terms), heading_of(token.terms)
        ends = token.kind == "prose" or heading is not None
        if start is not None and (ends or (tables and table not in tables)):
            yield _Run(table, tokens, start, index)
            start = None
        if start is None and tables and not ends:
            table, start = _table_of(tables, tokens, index), index
        elif start is None and announced and token.kind == "value":
            table, start = announced, index
        announced = heading or ""
    if start is not None:
        yield _Run(table, tokens, start, len(tokens))


def _table_of(tables: frozenset[str], tokens: Sequence[Token], index: int) -> str:
    """The table that a run begins with; words of several tables are decided by the words that follow."""
    for token in tokens[index + 1 :]:
        if len(tables) == 1:
            break
        narrowed = tables & tables_of(token.terms)
        tables = narrowed or tables
        if token.kind == "prose":
            break
    return min(tables)
