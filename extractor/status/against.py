"""What one reading gives otherwise than another: records of older models stay, and are compared cell by cell in the database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, case, func, select

from extractor.status.filing import Report
from extractor.store import Reading
from extractor.store.schema import cell_keys, cells, records, sources

_AT_ONCE = 500


class Difference(NamedTuple):
    """A cell that two readings give differently: value, state and whether it is flagged, of this one and of the other."""

    path: str
    sha256: str
    part: int
    key: str
    text: str
    value: float | None
    state: str
    review: bool
    other_text: str
    other_value: float | None
    other_state: str
    other_review: bool


@dataclass
class Comparison:
    """How a reading differs from another one, over the reports that both have.

    Attributes:
        other: the other reading.
        reports: those that both have; ``only_here`` and ``only_there`` are those of one of them.
        failed_here, failed_there: those of ``reports`` that only one of them could not read.
        cells: those that both have; ``cells_only_here`` and ``cells_only_there`` belong to a form that the other one did not see.
        differing: the cells that differ in any way.
        value, state: those that differ in this; one may differ in both.
        review_here, review_there: those that only this reading flags, and that only the other one does.
        silent: those that differ in value or state though neither flags them: one of the two is wrong, and does not say so.
        examples: some of them, the silent ones first.
    """

    other: str
    reports: int = 0
    only_here: int = 0
    only_there: int = 0
    failed_here: int = 0
    failed_there: int = 0
    cells: int = 0
    cells_only_here: int = 0
    cells_only_there: int = 0
    differing: int = 0
    value: int = 0
    state: int = 0
    review_here: int = 0
    review_there: int = 0
    silent: int = 0
    examples: list[Difference] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON data."""
        return asdict(self) | {"examples": [it._asdict() for it in self.examples]}


class Shown(NamedTuple):
    """How many examples to give at most, and the path of a file for each source."""

    most: int
    paths: Mapping[int, str]


def compare(
    connection: Connection, here: Sequence[Report], other: Reading, there: Sequence[Report], shown: Shown
) -> Comparison:
    """Compare the records of two readings.

    Args:
        connection: to the store.
        here: the reports of this reading.
        other: the other reading.
        there: its reports.
        shown: of the examples.
    """
    found = Comparison(str(other))
    of_there = {(report.source, report.part): report for report in there}
    both = [(report, of_there.pop(_name(report))) for report in here if _name(report) in of_there]
    found.reports = len(both)
    found.only_here, found.only_there = len(here) - len(both), len(of_there)
    for own, others in both:
        found.failed_here += own.status == "failed" != others.status
        found.failed_there += others.status == "failed" != own.status
        found.cells_only_here += own.cells
        found.cells_only_there += others.cells
    for start in range(0, len(both), _AT_ONCE):
        _compare_some(connection, [own.number for own, _ in both[start : start + _AT_ONCE]], other, found, shown)
    found.cells_only_here -= found.cells
    found.cells_only_there -= found.cells
    return found


def _name(report: Report) -> tuple[int, int]:
    return report.source, report.part


_OWN, _OTHER = records.alias("own"), records.alias("other")
_HERE, _THERE = cells.alias("here"), cells.alias("there")
_VALUE = _HERE.c.value.is_distinct_from(_THERE.c.value)
_STATE = _HERE.c.state != _THERE.c.state
_REVIEW = _HERE.c.review != _THERE.c.review
_DIFFERS = _VALUE | _STATE | _REVIEW
_SILENT = (_VALUE | _STATE) & ~_HERE.c.review & ~_THERE.c.review
_KINDS = {
    "differing": _DIFFERS,
    "value": _VALUE,
    "state": _STATE,
    "review_here": _HERE.c.review & ~_THERE.c.review,
    "review_there": _THERE.c.review & ~_HERE.c.review,
    "silent": _SILENT,
}


def _joined(query: Select[Any], numbers: Sequence[int], other: Reading) -> Select[Any]:
    """A query over the cells of records, beside those of the same keys of the same sources in another reading."""
    same = (_OTHER.c.source_id == _OWN.c.source_id) & (_OTHER.c.part == _OWN.c.part)
    return (
        query.select_from(_OWN)
        .join(_OTHER, same & (_OTHER.c.reading_id == other.number))
        .join(_HERE, _HERE.c.record_id == _OWN.c.id)
        .join(_THERE, (_THERE.c.record_id == _OTHER.c.id) & (_THERE.c.key_id == _HERE.c.key_id))
        .where(_OWN.c.id.in_(numbers))
    )


def _compare_some(
    connection: Connection, numbers: Sequence[int], other: Reading, found: Comparison, shown: Shown
) -> None:
    sums = (func.coalesce(func.sum(case((kind, 1), else_=0)), 0) for kind in _KINDS.values())
    count, *of_kinds = connection.execute(_joined(select(func.count(), *sums), numbers, other)).one()
    counted = dict(zip(_KINDS, map(int, of_kinds), strict=True))
    found.cells += count
    for kind, number in counted.items():
        setattr(found, kind, getattr(found, kind) + number)
    silent = sum(not _is_flagged(it) for it in found.examples)
    if counted["differing"] and (len(found.examples) < shown.most or (silent < shown.most and counted["silent"])):
        more = _examples(connection, numbers, other, shown)
        found.examples = sorted([*found.examples, *more], key=_is_flagged)[: shown.most]


def _is_flagged(it: Difference) -> bool:
    return it.review or it.other_review


def _examples(connection: Connection, numbers: Sequence[int], other: Reading, shown: Shown) -> Iterator[Difference]:
    """Some differences. The names of sources and keys are looked up apart: joined, SQLite would begin with those."""
    columns = [(it.c.text, it.c.value, it.c.state, it.c.review) for it in (_HERE, _THERE)]
    query = select(_OWN.c.source_id, _OWN.c.part, _HERE.c.key_id, *columns[0], *columns[1])
    order = case((_SILENT, 0), else_=1), _OWN.c.id, _HERE.c.key_id
    joined = _joined(query, numbers, other).where(_DIFFERS).order_by(*order).limit(shown.most)
    rows = list(connection.execute(joined))
    keys = {number: str(key) for number, key in connection.execute(select(cell_keys))}
    of_rows = select(sources.c.id, sources.c.sha256).where(sources.c.id.in_({row[0] for row in rows}))
    names = {number: str(sha256) for number, sha256 in connection.execute(of_rows)}
    for source, part, key, *others in rows:
        yield Difference(shown.paths[source], names[source], part, keys[key], *others)
