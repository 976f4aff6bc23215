"""The figures of one report, as far as checks across reports need them, and so small that a million of them can be held."""

import math
import zlib
from array import array
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from extractor.checks.operands import in_yuan
from extractor.forms import FormTable
from extractor.record import CellValue, Record
from extractor.vocabulary import vocabulary

Figures = Mapping[str, float | None]
"""The cells of a report that are certain, by key: a number, or None for a blank. What is missing, undecided or
flagged is left out.

Amounts of money are in the unit of the form.
"""

_BLANK, _UNKNOWN = math.inf, math.nan
_PRECISION = 1e-9


def figures_of(record: Record) -> dict[str, float | None]:
    """The figures of a record."""
    columns = vocabulary().columns
    found: dict[str, float | None] = {}
    for key, cell in record.cells.items():
        if key not in columns or cell.review or cell.state == "missing":
            continue
        if cell.value is not None:
            value = _scaled(key, cell)
            if math.isfinite(value):
                found[key] = value
        elif cell.state != "number":
            found[key] = None
    return found


def _scaled(key: str, cell: CellValue) -> float:
    """A value, in the unit of the form when it is an amount; NaN when that can't be told."""
    column = vocabulary().columns[key]
    try:
        value = float(cell.value or 0)
    except OverflowError:  # a run of digits that no agency counts
        return _UNKNOWN
    if column.kind != "amount":
        return value
    unit, own = in_yuan(cell.unit or column.unit), in_yuan(column.unit or "万元")
    return value * unit / own if unit and own else _UNKNOWN


def pack(figures: Figures) -> bytes:
    """Figures in some 100 bytes; :func:`unpack` gives them back."""
    values = array("d", (_BLANK if (it := figures.get(key, _UNKNOWN)) is None else it for key in _keys()))
    return zlib.compress(values.tobytes(), 1)


def unpack(packed: bytes) -> dict[str, float | None]:
    """The figures that were packed."""
    values = array("d", zlib.decompress(packed))
    return {
        key: None if value == _BLANK else value
        for key, value in zip(_keys(), values, strict=True)
        if value == value  # NaN is not equal to itself
    }


@cache
def _keys() -> tuple[str, ...]:
    return tuple(vocabulary().columns)


def merged(several: Iterable[Figures]) -> Figures:
    """The figures on which several reports of one agency and year agree; the others are not known."""
    first, *rest = several
    return {key: value for key, value in first.items() if all(key in it and same(it[key], value) for it in rest)}


def same(one: float | None, other: float | None) -> bool:
    """True for equal figures. A blank is like a 0 only here, where no harm can come of it."""
    return math.isclose(one or 0, other or 0, rel_tol=_PRECISION, abs_tol=_PRECISION)


class Imprint(NamedTuple):
    """What makes a table the same as another: its figures but zeros. ``bits`` tells how little it can be a coincidence."""

    figures: tuple[tuple[str, float], ...]
    bits: float


def imprint(figures: Figures, form: FormTable, *, flows: bool = False) -> Imprint | None:
    """The imprint of a table; None when a cell of it is not known.

    Args:
        figures: of the report.
        form: the form of the table.
        flows: weigh only what came in the year. What there is at its end (rules in force) may well stay the same.
    """
    if not all(key in figures for key in form.columns):
        return None
    printed = tuple((key, value) for key in form.columns if (value := figures[key]))
    counted = [(key, value) for key, value in printed if not (flows and form.columns[key].stock)]
    distinct = {abs(value) for key, value in counted if key not in _sums(form)}
    return Imprint(printed, sum(math.log2(value) for value in distinct if value > 1))


@cache
def _sums(form: FormTable) -> frozenset[str]:
    """The cells that follow from others by the relations of the form."""
    return frozenset(key for relation in form.cell_relations for key in relation.right)


def amount(value: float | None) -> str:
    """A figure for a message."""
    return "空白" if value is None else f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"
