"""Faults that checks across reports should find: in last year's report, in a second one, in those of two offices.

The records are made as if they had been read without doubt; what is measured is what the checks make of figures.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

from extractor.document import Source
from extractor.record import CellValue, Record
from extractor.series import Series
from extractor.series.reports import agency_key
from training.sheets import Sheet
from training.sound import Value, as_read, year_of

_PARENT, _OFFICES = "青石市人民政府", ("青石市教育局", "青石市水利局")
_FORWARD, _OVER = "requests.carried_forward.", "requests.carried_over."
_DOCUMENTS, _PERMITS, _FEES = "proactive.normative_documents.", "proactive.permits.decisions", "proactive.fees.amount"


class Neighbours(NamedTuple):
    """A report and those beside it: last year's, those of two offices, and perhaps a second one of the same year."""

    own: Record
    last: Record
    offices: tuple[Record, ...]
    twin: tuple[Record, ...] = ()

    def failed(self) -> set[str]:
        """The codes of the checks that fail on the report."""
        series = Series({agency_key(_PARENT): tuple(map(agency_key, _OFFICES))})
        for record in (self.own, self.last, *self.offices, *self.twin):
            series.add(record)
        return {finding.code for finding in series.findings(0, self.own) if finding.outcome == "fail"}


def neighbours(sheet: Sheet, random: Random) -> Neighbours:
    """A sound report and its neighbours, which agree with it.

    Documents in force and requests carried over follow from last year's; all else is a little more than then. The offices
    together have what the government has.
    """
    year = year_of(sheet)
    values: dict[str, Value] = {**sheet.truth}
    for key in values:
        if key.startswith((_OVER, _FORWARD)):
            values[key] = random.randint(0, 3)
        elif key.startswith("proactive."):
            values[key] = random.randint(100, 900)
    own = _record(sheet, values, _PARENT, year)
    earlier = {key: value if value is None else value + 1 for key, value in values.items()}
    for key in (key for key in values if key.startswith(_OVER)):
        earlier[_FORWARD + key.removeprefix(_OVER)] = values[key]
    for row in ("rules", "normative_documents"):
        in_force, issued, repealed = (
            values.get(f"proactive.{row}.{name}") for name in ("in_force", "issued", "repealed")
        )
        if in_force is not None:
            issued, repealed = random.randint(1, 5), random.randint(0, 5)
            values |= {f"proactive.{row}.issued": issued, f"proactive.{row}.repealed": repealed}
            earlier |= {f"proactive.{row}.issued": issued + 1, f"proactive.{row}.repealed": repealed + 1}
            earlier[f"proactive.{row}.in_force"] = in_force - issued + repealed
    own = _record(sheet, values, _PARENT, year)
    halves = [{key: _half(value, part) for key, value in values.items()} for part in (0, 1)]
    offices = tuple(_record(sheet, half, name, year) for half, name in zip(halves, _OFFICES, strict=True))
    return Neighbours(own, _record(sheet, earlier, _PARENT, year - 1), offices)


def _half(value: Value, part: int) -> Value:
    """About half of a number; the two parts add up."""
    if value is None:
        return None
    first = int(value) // 3
    return value - first if part else first


def _record(sheet: Sheet, values: Mapping[str, Value], agency: str, year: int) -> Record:
    """A record with these values."""
    name = f"{agency}{year}"
    cells: dict[str, CellValue] = {}
    for table in sheet.tables:
        cells |= as_read(table.form, values)
    forms = {table.form.table: table.form.form for table in sheet.tables}
    return Record(Source(name, name, "text/plain"), agency, year, name, forms, cells, (), "ok")


def _with(record: Record, changed: Mapping[str, Value]) -> Record:
    """A record with other values in some of its cells."""
    cells = {key: record.cells[key]._replace(value=value, text=str(value)) for key, value in changed.items()}
    return replace(record, cells={**record.cells, **cells})


def _number(record: Record, key: str) -> Value:
    cell = record.cells.get(key)
    return cell.value if cell else None


def _stepped(record: Record, keys: Sequence[str], step: int) -> Record | None:
    """A record with a number more or less in the first of these cells that has one; None when none has."""
    key = next(
        (key for key in keys if (_number(record, key) or 0) + step >= 0 and _number(record, key) is not None), None
    )
    return _with(record, {key: (_number(record, key) or 0) + step}) if key else None


def _last(keys: Sequence[str], step: int) -> Callable[[Neighbours], Neighbours | None]:
    """Last year's report has another number."""

    def put(beside: Neighbours) -> Neighbours | None:
        changed = _stepped(beside.last, keys, step)
        return beside._replace(last=changed) if changed else None

    return put


def _office(step: int) -> Callable[[Neighbours], Neighbours | None]:
    """An office has more, or less, than its part."""

    def put(beside: Neighbours) -> Neighbours | None:
        changed = _stepped(beside.offices[1], (_PERMITS,), step)
        return beside._replace(offices=(beside.offices[0], changed)) if changed else None

    return put


def _in_yuan(beside: Neighbours) -> Neighbours | None:
    """Fees in 元 after a year with fees in 万元."""
    if _FEES not in beside.own.cells:
        return None
    return beside._replace(own=_with(beside.own, {_FEES: 4_123_400}), last=_with(beside.last, {_FEES: 405.1}))


def _copied(beside: Neighbours) -> Neighbours:
    """Last year's figures once more."""
    return beside._replace(last=replace(beside.last, cells=beside.own.cells))


def _twin(beside: Neighbours) -> Neighbours | None:
    """A second report on the same year with another number."""
    changed = _stepped(beside.own, (_PERMITS,), 7)
    return beside._replace(twin=(replace(changed, source=Source("二", "二", "text/plain")),)) if changed else None


class SeriesFault(NamedTuple):
    """What puts a fault into sound neighbours (it gives None where it can't), and what other checks may rightly fail with it."""

    put: Callable[[Neighbours], Neighbours | None]
    also: tuple[str, ...] = ()


SERIES_FAULTS: Mapping[str, SeriesFault] = {
    "X.carry": SeriesFault(_last([f"{_FORWARD}natural_person"], 5)),
    "X.in_force": SeriesFault(_last([f"{_DOCUMENTS}in_force"], 5)),
    "X.jump": SeriesFault(_last([_PERMITS], 9_000)),
    "X.fee_unit": SeriesFault(_in_yuan),
    "X.copied": SeriesFault(_copied, ("X.carry", "X.in_force")),
    "X.duplicate": SeriesFault(_twin),
    "X.parent": SeriesFault(_office(5)),
    "X.parent_more": SeriesFault(_office(-5)),
}
"""A fault for each check across reports, by the check's code."""
