"""A batch in figures: what was read, what a person must look at, and which checks failed how often."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from extractor.auditing.looks import SEVERITIES
from extractor.checks import catalogue
from extractor.record import Cause, Finding, Record


@dataclass
class CheckCount:
    """One check in a batch: in how many reports it failed, its outcomes, and the causes of its failures."""

    code: str
    severity: str
    meaning: str = ""
    source: str = ""
    reports: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    causes: Counter[Cause | None] = field(default_factory=Counter)


@dataclass
class Summary:
    """A batch in figures. What could not be read counts as a report only."""

    reports: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    cells_read: int = 0
    flagged: int = 0
    missing: int = 0
    proposed: int = 0
    claims: int = 0
    severities: Counter[str] = field(default_factory=Counter)
    causes: Counter[Cause | None] = field(default_factory=Counter)
    checks: dict[str, CheckCount] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Count a record."""
        self.reports += 1
        self.statuses[record.status] += 1
        if record.status == "failed":
            return
        cells = record.cells.values()
        self.cells_read += sum(cell.state != "missing" for cell in cells)
        self.flagged += sum(cell.review and cell.state != "missing" for cell in cells)
        self.missing += sum(cell.state == "missing" for cell in cells)
        self.proposed += sum(cell.proposed is not None for cell in cells)
        self.claims += len(record.claims)
        for finding in record.findings:
            self._count(finding)
        for code in {finding.code for finding in record.findings if finding.outcome == "fail"}:
            self.checks[code].reports += 1

    def _count(self, finding: Finding) -> None:
        entry = self.checks.get(finding.code)
        if entry is None:
            check = catalogue().get(finding.code)
            known = (check.severity, check.zh, check.source) if check else (finding.severity, "", "")
            entry = self.checks[finding.code] = CheckCount(finding.code, *known)
        entry.outcomes[finding.outcome] += 1
        if finding.outcome == "fail":
            self.severities[finding.severity] += 1
            self.causes[finding.cause] += 1
            entry.causes[finding.cause] += 1

    @property
    def failing(self) -> list[CheckCount]:
        """The checks that failed somewhere: the gravest first, then those that most reports fail."""
        order = [*SEVERITIES]
        found = [check for check in self.checks.values() if check.reports]
        return sorted(found, key=lambda it: (order.index(it.severity), -it.reports, it.code))

    @property
    def clean(self) -> list[CheckCount]:
        """The checks that never failed."""
        return sorted((check for check in self.checks.values() if not check.reports), key=lambda it: it.code)


def summarise(records: Iterable[Record]) -> Summary:
    """Count records."""
    summary = Summary()
    for record in records:
        summary.add(record)
    return summary
