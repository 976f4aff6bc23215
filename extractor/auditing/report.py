"""What a page or a workbook says of one report: its grids, how each cell looks, findings and claims in words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from extractor.auditing.layout import Grid, grids, group_cells, official_names
from extractor.auditing.looks import CAUSES, SEVERITIES, Look, look
from extractor.checks import catalogue
from extractor.document import Where
from extractor.numbers import figure
from extractor.record import CellValue, Claim, Correction, Finding, Record
from extractor.snippets import Excerpt, Excerpts
from extractor.vocabulary import vocabulary

_EQUAL = 1e-6
_MOST_LINKS = 8
_READING = ("document", "table")


class Link(NamedTuple):
    """A cell that words point to; ``key`` is empty when the record does not have it."""

    key: str
    name: str


class Fix(NamedTuple):
    """A cell in a correction: what is printed, and with what the relations would hold."""

    cell: Link
    printed: str
    value: str

    @property
    def words(self) -> str:
        """The change in words."""
        return f"{self.cell.name} 由 {self.printed} 改为 {self.value}"


class Told(NamedTuple):
    """A failed check in words.

    Attributes:
        number: by which the page refers to it, from 1.
        severity, cause: in Chinese; the cause is empty when that is not asked.
        links: the cells that it is about; ``others`` more are not named.
        corrections: what would explain it, the likeliest first.
        excerpt: what is printed at its place.
    """

    number: int
    finding: Finding
    severity: str
    cause: str
    links: tuple[Link, ...]
    others: int
    corrections: tuple[tuple[Fix, ...], ...]
    excerpt: Excerpt | None
    place: str


class Stated(NamedTuple):
    """A count of the prose beside the table.

    Attributes:
        cell: what it is compared with.
        printed: what the table has there.
        sign: ``＝`` or ``≠``; empty when they can't be compared.
        verdict: the comparison in words.
    """

    claim: Claim
    cell: Link
    printed: str
    sign: str
    verdict: str
    excerpt: Excerpt
    place: str


@dataclass(frozen=True, eq=False)
class Report:
    """A record as people see it.

    Attributes:
        number: by which pages refer to it, from 1.
        grids: its tables.
        missing: titles of the tables that the document does not have.
        names: row and column in words, by the key of each cell.
        looks: how each cell looks.
        told: the failed checks, worst first.
        outcomes: how many checks had which outcome.
        unverifiable: how many could not be checked, by code.
        stated: the counts of the prose.
        excerpts: of its source.
    """

    number: int
    record: Record
    grids: tuple[Grid, ...]
    missing: tuple[str, ...]
    names: Mapping[str, str]
    looks: Mapping[str, Look]
    told: tuple[Told, ...]
    outcomes: Counter[str]
    unverifiable: Counter[str]
    stated: tuple[Stated, ...]
    excerpts: Excerpts

    @property
    def label(self) -> str:
        """Whose report, and on which year."""
        record = self.record
        year = f" {record.year} 年" if record.year is not None else " 年份不明"
        return (record.agency or "机关不明") + (year if record.status != "failed" or record.year else "")

    @property
    def cells_read(self) -> int:
        """How many cells the document has."""
        return sum(cell.state != "missing" for cell in self.record.cells.values())

    @property
    def flagged(self) -> int:
        """How many of them a person must look at."""
        return sum(cell.review and cell.state != "missing" for cell in self.record.cells.values())

    def of_severity(self, severity: str) -> int:
        """How many failed checks are of a severity."""
        return sum(told.finding.severity == severity for told in self.told)


def view(record: Record, number: int) -> Report:
    """A record as people see it."""
    own = grids(record)
    names = {**official_names(), **{key: name for grid in own for key, name in grid.names.items()}}
    excerpts = Excerpts(record.snippets)
    failed = sorted(
        (finding for finding in record.findings if finding.outcome == "fail"),
        key=lambda finding: (
            [*SEVERITIES].index(finding.severity) if finding.severity in SEVERITIES else len(SEVERITIES)
        ),
    )
    suspects, involved = _pointed(failed)
    missing = [family.forms[0].title for family in vocabulary().families if record.tables.get(family.table) is None]
    return Report(
        number,
        record,
        own,
        () if record.status == "failed" else tuple(missing),
        names,
        {key: look(key, cell, suspects, involved) for key, cell in record.cells.items()},
        tuple(_told(finding, n, record, names, excerpts) for n, finding in enumerate(failed, start=1)),
        Counter(finding.outcome for finding in record.findings),
        Counter(finding.code for finding in record.findings if finding.outcome == "unverifiable"),
        tuple(_stated(claim, record, names, excerpts) for claim in record.claims),
        excerpts,
    )


def _pointed(failed: Sequence[Finding]) -> tuple[frozenset[str], frozenset[str]]:
    """The cells that corrections name, and those that failed checks are about. What the reading found is flagged already."""
    serious = [finding for finding in failed if finding.severity != "info" and not _of_reading(finding)]
    suspects = {change.key for finding in serious for correction in finding.corrections for change in correction}
    return frozenset(suspects), frozenset(key for finding in serious for key in finding.cells)


def _of_reading(finding: Finding) -> bool:
    check = catalogue().get(finding.code)
    return check is not None and check.scope in _READING


def place(where: Where | None) -> str:
    """A place in words.

    >>> place(Where(line=31, page=3, path="table[2]/tr[5]")), place(None)
    ('第 3 页，第 31 行，table[2]/tr[5]', '')
    """
    if where is None:
        return ""
    page = f"第 {where.page} 页" if where.page is not None else ""
    line = f"第 {where.line} 行" if where.line is not None else ""
    return "，".join(part for part in (page, line, where.path) if part)


# --- findings --------------------------------------------------------------------------------------------------------


def _told(finding: Finding, number: int, record: Record, names: Mapping[str, str], excerpts: Excerpts) -> Told:
    corrections = tuple(tuple(_fixes(correction, record, names)) for correction in finding.corrections)
    keys = list(dict.fromkeys(finding.cells))
    shown = [] if corrections else keys[:_MOST_LINKS]
    return Told(
        number,
        finding,
        SEVERITIES.get(finding.severity, finding.severity),
        CAUSES.get(finding.cause, ""),
        tuple(_link(key, record, names) for key in shown),
        len(keys) - len(shown),
        corrections,
        excerpts.at(finding.where),
        place(finding.where),
    )


def _fixes(correction: Correction, record: Record, names: Mapping[str, str]) -> Iterator[Fix]:
    for change in correction:
        cell = record.cells.get(change.key)
        yield Fix(_link(change.key, record, names), _printed(cell), figure(change.value))


def _link(key: str, record: Record, names: Mapping[str, str]) -> Link:
    return Link(key if key in record.cells else "", names.get(key, key))


def _printed(cell: CellValue | None) -> str:
    if cell is None or cell.state == "missing":
        return "缺"
    if cell.value is None:
        return "空白" if cell.state == "blank" else cell.text or "—"
    return figure(cell.value)


# --- claims ----------------------------------------------------------------------------------------------------------


def _stated(claim: Claim, record: Record, names: Mapping[str, str], excerpts: Excerpts) -> Stated:
    name, keys = _claimed(claim.key, record, names)
    cell = Link(keys[0] if len(keys) == 1 and keys[0] in record.cells else "", name)
    printed, sign, verdict = _compare(claim, [record.cells.get(key) for key in keys])
    excerpt = excerpts.at(claim.where) or Excerpt("", claim.text, "")
    return Stated(claim, cell, printed, sign, verdict, excerpt, place(claim.where))


def _claimed(key: str, record: Record, names: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Name and cells of what a claim is about."""
    if key in names and key in record.cells:
        return names[key], (key,)
    for family in vocabulary().families:
        own = [form for form in family.forms if form.form == record.tables.get(family.table)]
        for form in (*own, *family.forms):
            if found := group_cells(form, key):
                return found
    return names.get(key, key), (key,)


def _compare(claim: Claim, cells: Sequence[CellValue | None]) -> tuple[str, str, str]:
    """What the table has for a claim, a sign, and the comparison in words."""
    if claim.scope != "report":
        return "", "", "其他主体，不比"
    found = [cell for cell in cells if cell and cell.state != "missing"]
    known = [cell for cell in found if cell.value is not None]
    if not found:
        return "缺", "", "表中缺失"
    if any(cell.value is None and cell.review for cell in found):
        return "？", "", "表中未能确定"
    if not known:
        return "空白", "", "表中空白"
    total = sum(cell.value or 0 for cell in known)
    if claim.unit and any(cell.unit and cell.unit != claim.unit for cell in known):
        return f"{figure(total)}{known[0].unit}", "", "单位不同，未比"
    same = abs(total - claim.value) < _EQUAL
    if not same and len(known) < len(cells):
        return figure(total), "", "表中有空白"
    return figure(total), "＝" if same else "≠", "相同" if same else "不同"
