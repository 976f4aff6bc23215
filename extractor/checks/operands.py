"""What checks compare: what a record prints for a key, its name in the words of the form, and amounts of money."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache, wraps
from typing import NamedTuple

from extractor.checks import Context, Rule, finding
from extractor.forms import FormBlock, FormTable
from extractor.numbers import figure
from extractor.record import Cause, Finding, Record
from extractor.vocabulary import vocabulary

_YUAN = {"元": 1.0, "千元": 1e3, "万": 1e4, "万元": 1e4, "亿": 1e8, "亿元": 1e8}
_NOTE = re.compile(r"（.*?）")
_EQUAL = 1e-6
_QUOTED = 60
_RECOGNISED = "（文字由图像识别，可能有误）"


class Printed(NamedTuple):
    """What a record prints for a key.

    Attributes:
        value: the number, or the sum of a group of rows; None when nothing is printed, or a cell is lost, undecided or flagged.
        cells: the keys of its cells.
        blanks: how many of them are printed blank.
    """

    value: int | float | None
    cells: tuple[str, ...]
    blanks: int = 0

    @property
    def number(self) -> int | float | None:
        """The value, when no cell of it is blank."""
        return None if self.blanks else self.value


def printed(record: Record, key: str) -> Printed:
    """What a record prints for a cell or, where there is no such cell, for a group of rows (``requests.denied.total``)."""
    keys = (key,) if key in record.cells else _group(record, key)
    cells = [record.cells.get(each) for each in keys]
    if not keys or any(cell is None or cell.review or cell.state == "missing" for cell in cells):
        return Printed(None, keys or (key,))
    values = [cell.value for cell in cells if cell and cell.value is not None]
    return Printed(sum(values) if values else None, keys, len(cells) - len(values))


def form_of(record: Record, table: str) -> FormTable | None:
    """The form of a table of a record, None when it has no such table."""
    return next((form for form in vocabulary().forms_of(record.tables) if form.table == table), None)


def _group(record: Record, key: str) -> tuple[str, ...]:
    table, row, column = parts(key)
    form = form_of(record, table)
    return tuple(
        f"{table}.{each.key}.{column}"
        for block in (form.blocks if form else ())
        for each in block.rows
        if each.parent == row
    )


@lru_cache(maxsize=4096)
def parts(key: str) -> tuple[str, str, str]:
    """Table, row and column of a key; what it does not have is empty."""
    table, _, rest = key.partition(".")
    row, _, column = rest.partition(".")
    return table, row, column


def name(record: Record, key: str) -> str:
    """A cell or a group of rows in the words of the form: ``予以公开·总计``; the key itself when no form knows it."""
    return _name(form_of(record, parts(key)[0]), key)


@lru_cache(maxsize=4096)
def _name(own: FormTable | None, key: str) -> str:
    table, row, column = parts(key)
    families = [family for family in vocabulary().families if family.table == table]
    others = [form for family in families for form in family.forms]
    for form in (own, *others) if own else others:
        for block in form.blocks:
            if (of_row := _row_label(block, row)) and (of_column := _label(block.columns, column)):
                return f"{of_row}·{of_column}"
    return key


def _row_label(block: FormBlock, key: str) -> str | None:
    return _label(block.rows, key) or _label(block.groups, key)


def _label(items: Iterable[object], key: str) -> str | None:
    """The label of the row, group or column with this key, without the notes in brackets."""
    found = (str(getattr(item, "label", "")) for item in items if getattr(item, "key", None) == key)
    label = next(found, None)
    return _NOTE.sub("", label) if label else None


def cause_of(record: Record, keys: Iterable[str]) -> Cause:
    """Whose error it is: the agency's when every cell was read with certainty."""
    cells = [record.cells.get(key) for key in keys]
    return "unknown" if any(cell is None or cell.review for cell in cells) else "agency"


def figure_of(record: Record, there: Printed) -> str:
    """What is printed, with its unit when it is an amount of money."""
    key = there.cells[0]
    column = vocabulary().columns.get(key)
    unit = record.cells[key].unit if column and column.kind == "amount" else None
    return f"{figure(there.value or 0)}{unit or ''}"


def quoted(text: str) -> str:
    """Words of the prose for a message: without white space, and not too many."""
    said = re.sub(r"\s+", "", text)
    return said if len(said) <= _QUOTED else said[:_QUOTED] + "…"


def by_words(rule: Rule) -> Rule:
    """A rule that goes by the words of a report: where they were recognised in a picture, it can't fail.

    For a saved record, whose document is not at hand, what was unverifiable with it stays so.
    """

    @wraps(rule)
    def checked(context: Context) -> Iterator[Finding]:
        for found in rule(context):
            if found.outcome == "fail" and _is_doubted(found, context):
                message = f"{found.message}{_RECOGNISED}"
                yield finding(found.code, "unverifiable", message, cells=found.cells, where=found.where)
            else:
                yield found

    return checked


def _is_doubted(found: Finding, context: Context) -> bool:
    if context.prose is not None:
        return context.prose.recognised
    saved = (old for old in context.record.findings if old.outcome == "unverifiable" and _RECOGNISED in old.message)
    return any((old.code, old.cells, old.where) == (found.code, found.cells, found.where) for old in saved)


# --- amounts ---------------------------------------------------------------------------------------------------------


def in_yuan(unit: str | None) -> float | None:
    """How many yuan a unit of money is; None for what is no such unit."""
    return _YUAN.get(unit or "")


def same_amount(one: float, unit: str | None, other: float, other_unit: str | None) -> bool | None:
    """Compare two amounts, each as exact as it is printed; None when that needs a unit that is not known.

    >>> same_amount(1.32, "亿元", 13191.8241, "万元"), same_amount(5, "万元", 5, "元"), same_amount(5, None, 5, "元")
    (True, False, True)
    >>> same_amount(283.79, "万元", 283.73, None), same_amount(2837900, None, 283.79, "万元")
    (False, None)
    """
    if unit is None or other_unit is None:
        if abs(one - other) < _EQUAL:
            return True
        known = in_yuan(unit or other_unit or "")
        tried = (
            [same_amount(one, unit or guess, other, other_unit or guess) for guess in ("元", "万元")]
            if known
            else [None]
        )
        return None if any(tried) or None in tried else False  # in no unit
    scale, other_scale = in_yuan(unit), in_yuan(other_unit)
    if scale is None or other_scale is None:
        return None
    rounded = max(_step(one) * scale, _step(other) * other_scale) / 2
    return abs(one * scale - other * other_scale) <= rounded * (1 + _EQUAL) + _EQUAL


def _step(value: float) -> float:
    """The last digit of a number as printed: 0.01 for 1.32. A whole number is taken to be exact to one."""
    text = figure(value)
    return float(10 ** -len(text.partition(".")[2]))
