"""What the heads over a row tell: its form, and which of its columns are not the form's.

Agencies mix forms, so the columns of a row are those of the form whose heads stand over it, whatever the rest of the table is.
"""

import re
from functools import cache, lru_cache

from rapidfuzz import fuzz

from extractor.fold import fold, label
from extractor.forms import FormBlock, FormTable
from extractor.locate import TableRegion
from extractor.segments import Segment
from extractor.tokens import Token
from extractor.totals import row_totals
from extractor.vocabulary import RowLabel, TableFamily, vocabulary

ACROSS = ""
"""Row key of a printed row that holds all rows of a table side by side."""

_LEAST_LIKE = 70
_UNIT = re.compile(r"(?:单位[:：]?|[(])(万元|元)")


@cache
def printed_rows(form: FormTable, family: TableFamily) -> tuple[RowLabel, ...]:
    """The rows that a table of a form prints, in order."""
    rows = tuple(row for row in family.rows if form.block(row.key))
    return (RowLabel(ACROSS, "", ()), *rows) if family.across else rows


def block_of(row: str, form: FormTable) -> FormBlock | None:
    """The block of a printed row; None when the form does not have it."""
    return form.blocks[0] if row == ACROSS else form.block(row)


@cache
def row_cells(row: str, form: FormTable) -> tuple[str, ...]:
    """The cell keys of a printed row."""
    block = block_of(row, form)
    if row == ACROSS or block is None:
        return tuple(form.columns) if row == ACROSS else ()
    return tuple(f"{form.table}.{row}.{column.key}" for column in block.columns)


@lru_cache(maxsize=4096)
def head_fit(head_keys: frozenset[str], row: str, form: FormTable) -> float:
    """Likeness in 0…1 of the heads over a row to its columns in a form; 0.5 when there are no heads."""
    block = block_of(row, form)
    if not head_keys or block is None:
        return 0.5
    columns = {column.key for column in block.columns}
    return len(head_keys & columns) / len(head_keys | columns)


@lru_cache(maxsize=4096)
def row_form(
    head_keys: frozenset[str], row: str, family: TableFamily, numbers: int, table_form: FormTable | None = None
) -> FormTable:
    """The form whose columns the heads over a row show; else that of the table, else the one that the number of values fits."""
    forms = [form for form in family.forms if block_of(row, form)]
    fits = [head_fit(head_keys, row, form) for form in forms]
    leading = [form for form, fit in zip(forms, fits, strict=True) if fit == max(fits)]
    if table_form in leading:
        return table_form
    return min(leading, key=lambda form: abs(len(row_cells(row, form)) - numbers))


@lru_cache(maxsize=1024)
def widths(form: FormTable, family: TableFamily, head_keys: frozenset[str], numbers: int) -> tuple[int, ...]:
    """How many values each row of :func:`printed_rows` has under these heads."""
    return tuple(
        len(row_cells(row.key, row_form(head_keys, row.key, family, numbers))) for row in printed_rows(form, family)
    )


def placed_by_heads(segment: Segment, cells: tuple[str, ...]) -> tuple[Token, ...] | None:
    """The values and blanks of a row in the order of its columns, where the source is a table and the heads tell the columns.

    Every column must have its head, each head one cell of the row below it, and each value its head; blank cells that spacer
    columns leave are passed over. None in any other case.
    """
    if segment.values and segment.values[0].table is None:
        return None
    sources = {head.table for head in segment.column_heads} | {token.table for token in segment.values}
    if len(sources) != 1 or None in sources:
        return None
    heads = sorted(segment.column_heads, key=lambda head: head.x)
    columns = [cell.rpartition(".")[2] for cell in cells]
    if len(heads) != len(cells) or any(key not in head.columns for key, head in zip(columns, heads, strict=True)):
        return None
    below: dict[float, list[Token]] = {}
    for token in segment.values:
        below.setdefault(token.x, []).append(token)
    placed = [below.pop(head.x, []) for head in heads]
    left = [token for tokens in below.values() for token in tokens]
    if any(len(tokens) != 1 for tokens in placed) or any(token.kind != "blank" for token in left):
        return None
    return tuple(token for tokens in placed for token in tokens)


def odd_heads(segment: Segment, cells: tuple[str, ...], block: FormBlock | None, table: str) -> frozenset[str]:
    """Cells whose head is another than the form's (``本年数量`` for ``本年增/减``): their values may mean something else."""
    if block is None or not segment.head_keys or not segment.numbers:
        return frozenset()
    return _odd_cells(segment.heads, segment.head_keys, cells, block, table)


@lru_cache(maxsize=4096)
def _odd_cells(
    heads: tuple[str, ...], head_keys: frozenset[str], cells: tuple[str, ...], block: FormBlock, table: str
) -> frozenset[str]:
    has_total = any(row_totals(cells))
    form_order = [
        column.key for column in (block.columns[:-1] if has_total else block.columns)
    ]  # a total may be printed in a row of heads before the others
    printed = [head for head in heads if head in form_order]
    if len(set(printed)) == len(printed) == len(form_order) and printed != form_order:
        return frozenset(cells)
    missing = [
        (cell, column) for cell, column in zip(cells, block.columns, strict=False) if column.key not in head_keys
    ]
    if len(missing) == len(block.columns):
        return frozenset(cells)
    unknown = [head for head in heads if head not in vocabulary().column_keys(table)] if missing else []
    if len(heads) != len(block.columns) or len(missing) != len(unknown):
        return frozenset()
    return frozenset(
        cell
        for (cell, column), head in zip(missing, unknown, strict=True)
        if all(fuzz.ratio(head, label(text).words) < _LEAST_LIKE for text in (column.label, *column.aliases))
    )


def units(region: TableRegion) -> dict[str, str]:
    """The unit that the head of a column names (``本年收费金额（单位：元）``), by column key."""
    found: dict[str, str] = {}
    for token in region.tokens:
        if token.terms and "元" in token.text and (match := _UNIT.search(fold(token.text))):
            found |= {term.key: match[1] for term in token.terms if term.kind == "column"}
    return found
