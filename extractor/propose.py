"""What a blank, lost or undecided cell may be: a value beside it, by what implies it or states it. It is never counted as read.

A cell with a value that is probably wrong gets one as well, where a failed relation has a single likely correction.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache

from extractor.forms import CellRelation, FormTable
from extractor.localise.bounds import Bounds, propagate
from extractor.localise.slips import is_certain
from extractor.localise.system import EQUAL, Sums, System, system_of
from extractor.record import READING, CellValue, Claim, Finding, Proposal, Record
from extractor.vocabulary import vocabulary

PROSE = "prose"
_LONGEST = 60
_ANY = Bounds(-math.inf, math.inf)


def proposals(record: Record) -> Mapping[str, Proposal]:
    """Values to stand beside cells, by their keys.

    - Where the corrections of a failed relation are a single one: what its cells should be.
    - For cells without a value: what the relations of the table leave as the only possibility. Nothing in a table whose
      relations contradict each other, but for what is not touched by any likely correction.
    - For cells without a value: what the prose states, where the relations allow it.

    What the reading itself proposes for an undecided cell stays.

    Args:
        record: with its claims, and findings with causes and corrections.
    """
    found: dict[str, Proposal] = {}
    blank = {key for key, cell in record.cells.items() if cell.value is None}
    failures = [finding for finding in record.findings if finding.outcome == "fail"]
    for form in vocabulary().forms_of(record.tables):
        failed = [
            finding
            for finding in failures
            if finding.code in form.relation_codes and form.columns.keys() >= set(finding.cells)
        ]
        found |= dict(_corrected(form, failed))
        found |= _implied(form, record, blank, failed)
    return {key: proposal for key, proposal in found.items() if _is_free(record.cells.get(key))}


def _is_free(cell: CellValue | None) -> bool:
    """True for a cell beside which the reading itself has proposed nothing."""
    return cell is not None and (cell.proposed is None or cell.proposed.by != READING)


def _corrected(form: FormTable, failed: list[Finding]) -> Iterator[tuple[str, Proposal]]:
    """What the cells of single corrections should be; the first of the relations that fail names it."""
    for finding in reversed(failed):
        if len(finding.corrections) == 1:
            for key, value in finding.corrections[0]:
                why = f"若为此数，所有关系均相符；现不符的有“{_meaning(form, finding.code)}”"
                yield key, Proposal(value, finding.code, why)


def _meaning(form: FormTable, code: str) -> str:
    return next(relation.zh for relation in form.relations if relation.code == code)


# --- cells without a value -------------------------------------------------------------------------------------------


def _implied(form: FormTable, record: Record, blank: Collection[str], failed: list[Finding]) -> dict[str, Proposal]:
    """What relations and prose say of the cells of a table that have no value; ``blank`` are these cells of all tables."""
    empty = [key for key in form.columns if key in blank]
    if not empty:
        return {}
    stated = _stated(record, form)
    system = _trusted(form, record.cells)
    bounds = _bounds(system, failed) if any(key in system.of_cell for key in empty) else {}
    if not stated and not bounds:
        return {}
    told = [key for key in empty if key in stated or key in bounds]
    found = {key: _one(system, key, bounds.get(key, _ANY), stated.get(key)) for key in told}
    return {key: proposal for key, proposal in found.items() if proposal}


def _trusted(form: FormTable, cells: Mapping[str, CellValue]) -> System:
    """The sums of a table over what was read with certainty; doubtful numbers prove nothing."""
    system = system_of(form, cells)
    return System(system.sums, cells, {key: value for key, value in system.values.items() if is_certain(cells[key])})


def _bounds(system: System, failed: list[Finding]) -> Mapping[str, Bounds]:
    """What the relations leave open; nothing where they contradict each other."""
    touched: set[str] = set()
    for finding in failed:
        if not finding.corrections:
            return {}
        touched.update(change.key for correction in finding.corrections for change in correction)
    left_out = {index for key in touched for index, _ in system.of_cell.get(key, ())}
    return propagate(system, left_out) or {}


def _one(system: System, key: str, bounds: Bounds, claim: Claim | None) -> Proposal | None:
    """What to propose for one cell: what is implied, else what is stated; nothing when they disagree."""
    if claim and not bounds.low - EQUAL <= claim.value <= bounds.high + EQUAL:
        return None
    implied = _from_sums(system.sums, bounds)
    if implied and system.possible(key, implied.value):
        return implied
    if claim and system.possible(key, claim.value):
        return Proposal(claim.value, PROSE, f"正文写道：“{claim.text[:_LONGEST]}”")
    return None


@lru_cache(maxsize=4096)
def _from_sums(sums: Sums, bounds: Bounds) -> Proposal | None:
    """The only value that is left, with the relations that tell it: the same for all parts of a total of 0."""
    value = bounds.value
    if value is None:
        return None
    relations = [sums.equations[index].relation for index in bounds.why]
    reasons = "；".join(dict.fromkeys(_said(sums.form, item) for item in relations))
    return Proposal(value, relations[-1].relation.code, f"由关系推出：{reasons}")


@cache
def _said(form: FormTable, item: CellRelation) -> str:
    """A relation in words, after its row or column in brackets."""
    return f"【{form.labels.get(item.at, item.at)}】{item.relation.zh}"


def _stated(record: Record, form: FormTable) -> dict[str, Claim]:
    """What the prose states of the cells of a table, where it states one number only, in the unit of the cell if it has one."""
    found: dict[str, list[Claim]] = {}
    cells = record.cells
    for claim in record.claims:
        if claim.scope == "report" and claim.key in form.columns and claim.key in cells:
            found.setdefault(claim.key, []).append(claim)
    return {
        key: claims[0]
        for key, claims in found.items()
        if len({claim.value for claim in claims}) == 1
        and _is_in_unit(key, cells[key], {claim.unit for claim in claims})
    }


def _is_in_unit(key: str, cell: CellValue, units: set[str | None]) -> bool:
    """True when an amount is stated in the unit of its cell; some cells have none. A count needs no unit."""
    column = vocabulary().columns[key]
    unit = cell.unit or column.unit
    return column.kind != "amount" or units == {unit} or (unit is None and len(units) == 1)
