"""Where the tables are: runs of tokens in which the words of one form table stand close together.

Tables are known by their own labels, never by the headings, which may be missing, misplaced or left over where a table was
an image. Prose also names the rows of the forms, with figures (``行政处罚8件``), so a run counts as a table only with heads
or captions, or with several rows whose values stand bare as in cells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractor.tokens import Token
from extractor.vocabulary import vocabulary

_MIN_HEADS = 2
_MIN_ROWS = 2
_MIN_LINES = 25
_MIN_VALUES = 6


@dataclass(frozen=True, slots=True)
class TableRegion:
    """The tokens of one table, in reading order; they may come from several places of the document.

    Attributes:
        table: which table.
        tokens: its tokens.
        last: the last token of the document, when it is in this table and the text may break off in it.
        deduplicated: no line of the document occurs twice, as if lines that repeat had been removed.
    """

    table: str
    tokens: tuple[Token, ...]
    last: Token | None = None
    deduplicated: bool = False


@dataclass(frozen=True, slots=True)
class _Run:
    table: str
    tokens: list[Token]

    def keys(self, *kinds: str) -> set[str]:
        return {term.key for token in self.tokens for term in token.terms if term.table == self.table and term.kind in kinds}

    @property
    def first_row(self) -> int:
        """Place in the form of the first row that this run names."""
        places = vocabulary().family(self.table).row_index
        return min((places[key] for key in self.keys("row")), default=len(places))

    @property
    def has_heads(self) -> bool:
        return len(self.keys("column", "caption", "head")) >= _MIN_HEADS

    @property
    def is_table(self) -> bool:
        values = [token for token in self.tokens if token.kind == "value"]
        rows = {token.terms for token in self.tokens if any(term.kind == "row" and term.table == self.table for term in token.terms)}
        if self.has_heads:
            return bool(rows or values)
        counted = any(token.number and token.number.unit for token in values)  # 12件: a sentence or a list
        return not counted and (len(rows) >= _MIN_ROWS or len(values) >= _full_row(self.table))


def _full_row(table: str) -> int:
    """So many values that they can hardly be anything but a row of this table."""
    blocks = [block for form in vocabulary().family(table).forms for block in form.blocks]
    return max(_MIN_VALUES, *(len(block.columns) * (len(block.rows) if block.across else 1) for block in blocks))


def locate(tokens: Sequence[Token]) -> list[TableRegion]:
    """Find the tables of a document.

    Args:
        tokens: all tokens of the document.

    Returns:
        At most one region for each table of the forms, in the order of the report.
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
            last = tokens[-1] if any(run.tokens[-1] is tokens[-1] for run in own) else None
            regions.append(TableRegion(family.table, found, last, deduplicated))
    return regions


def _is_deduplicated(tokens: Sequence[Token]) -> bool:
    """True when a document of some length has no line twice. The forms repeat heads and zeros, so a whole one has."""
    lines: dict[int, list[str]] = {}
    for token in tokens:
        lines.setdefault(token.line, []).append(token.text)
    printed = [tuple(texts) for texts in lines.values() if any(texts)]
    return len(printed) >= _MIN_LINES and len(set(printed)) == len(printed)


def _without_lists(runs: list[_Run]) -> list[_Run]:
    """Drop the runs without heads that only repeat rows of a run with heads: summaries in the prose."""
    headed = set().union(*(run.keys("row") for run in runs if run.has_heads))
    return [run for run in runs if run.has_heads or not run.keys("row") <= headed]


def _runs(tokens: Sequence[Token]) -> Iterator[_Run]:
    """Cut the tokens where the table changes, at headings and at prose. A heading begins a run when values follow at once."""
    run: _Run | None = None
    announced = ""
    for index, token in enumerate(tokens):
        tables = {term.table for term in token.terms if term.kind != "heading"}
        heading = next((term for term in token.terms if term.kind == "heading"), None)
        ends = token.kind == "prose" or heading is not None
        if run and (ends or (tables and run.table not in tables)):
            yield run
            run = None
        if run is None and tables and not ends:
            run = _Run(_table_of(tables, tokens, index), [])
        elif run is None and announced and token.kind == "value":
            run = _Run(announced, [])
        announced = heading.table if heading else ""
        if run:
            run.tokens.append(token)
    if run:
        yield run


def _table_of(tables: set[str], tokens: Sequence[Token], index: int) -> str:
    """The table that a run begins with; words of several tables are decided by the words that follow."""
    for token in tokens[index + 1 :]:
        if len(tables) == 1:
            break
        narrowed = tables & {term.table for term in token.terms}
        tables = narrowed or tables
        if token.kind == "prose":
            break
    return min(tables)
