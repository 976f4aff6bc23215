"""The numbers that tell what is in a store."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, get_args

from extractor.status.against import Comparison
from extractor.status.filing import Disagreement, Filing, Report, State
from extractor.store import Reading


@dataclass
class Counts:
    """Reports of a reading, and their cells.

    Attributes:
        reports: all; those of which nothing needs a person, of which something does, that could not be read, and that people
            have decided on are ``ok``, ``review``, ``failed`` and ``decided``.
        cells: all; those that a person must look at are ``flagged``, those that people have decided ``cells_decided``, and both
            ``flagged_decided``.
        filing: the lines of the manifest by what became of them.
    """

    reports: int = 0
    ok: int = 0
    review: int = 0
    failed: int = 0
    decided: int = 0
    cells: int = 0
    flagged: int = 0
    cells_decided: int = 0
    flagged_decided: int = 0
    filing: Counter[State] = field(default_factory=Counter)

    def add(self, report: Report, decided: "Decided") -> None:
        """Count a report."""
        self.reports += 1
        setattr(self, report.status, getattr(self, report.status) + 1)
        self.decided += bool(decided.cells)
        self.cells += report.cells
        self.flagged += report.flagged
        self.cells_decided += decided.cells
        self.flagged_decided += decided.flagged

    def to_dict(self) -> dict[str, Any]:
        """The counts as plain JSON data; shares are of the reports that could be read, and of their cells."""
        read = self.reports - self.failed
        states = {state: self.filing[state] for state in get_args(State)}
        return {
            **{name: value for name, value in vars(self).items() if name != "filing"},
            "review_share": round(self.review / read, 6) if read else None,
            "flagged_share": round(self.flagged / self.cells, 6) if self.cells else None,
            "decided_share": round(self.decided / read, 6) if read else None,
            "manifest": {"lines": self.filing.total(), **states} if self.filing else None,
        }


class Decided(NamedTuple):
    """How many cells of a report people have decided, and how many of those were flagged."""

    cells: int = 0
    flagged: int = 0


class Run(NamedTuple):
    """A run of a batch.

    Attributes:
        number: of the store.
        reading: by what it read.
        started, ended: ISO 8601 in UTC; the end is not known of one that was killed.
        status: ``ok``, ``failed`` (some files could not be read), ``interrupted``, ``stopped`` (by an error), ``killed`` or
            ``running``.
        counts: what it told at its end.
    """

    number: int
    reading: str
    started: str
    ended: str | None
    status: str
    counts: Mapping[str, Any]


class Failure(NamedTuple):
    """A file that could not be read, or not as a report."""

    path: str
    sha256: str | None
    code: str
    message: str


class FileCounts(NamedTuple):
    """The files of a store.

    Attributes:
        files: all.
        sources: the different bytes that they hold.
        duplicates: those with the bytes of another one.
        failed: those that could not be read.
        unread: those that were not read yet with this reading.
        unlisted: those on no line of the manifest; None when there is no manifest.
        undecided: those of them that several lines fit, or that are among several that fit a line.
    """

    files: int
    sources: int
    duplicates: int
    failed: int
    unread: int
    unlisted: int | None
    undecided: int


@dataclass(frozen=True)
class Status:
    """What is in a store.

    Attributes:
        reading: what the counts are of; None when nothing has been read.
        readings: all, each with the number of its reports.
        run: the last one.
        year: the only year counted, None for all.
        files: its files.
        total, years: its reports, all and by year. The year is None for reports that do not tell it, and for lines on no year.
        failures: the files that could not be read.
        filings: the lines of the manifest.
        disagreements: the files of which the manifest says what the text does not.
        comparison: with another reading, when asked for.
    """

    reading: Reading | None
    readings: Sequence[tuple[Reading, int]]
    run: Run | None
    year: int | None
    files: FileCounts
    total: Counts
    years: Mapping[int | None, Counts]
    failures: Sequence[Failure]
    filings: Sequence[Filing]
    disagreements: Sequence[Disagreement]
    comparison: Comparison | None

    @property
    def not_filed(self) -> list[Filing]:
        """The lines of the manifest whose report was not read."""
        return [filing for filing in self.filings if filing.state != "filed"]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON data, but the files that could not be read and the lines whose reports are not there."""
        codes = Counter(failure.code for failure in self.failures)
        differing = Counter(name for it in self.disagreements for name in it.differs)
        return {
            "reading": str(self.reading) if self.reading else None,
            "readings": [{"number": it.number, "name": str(it), "reports": count} for it, count in self.readings],
            "run": self.run._asdict() if self.run else None,
            "year": self.year,
            "files": self.files._asdict(),
            "total": self.total.to_dict(),
            "years": [{"year": year, **counts.to_dict()} for year, counts in self.years.items()],
            "errors": [{"code": code, "files": count} for code, count in codes.most_common()],
            "disagreements": {
                "files": len(self.disagreements),
                "agency": differing["agency"],
                "year": differing["year"],
                "list": [it.to_dict() for it in self.disagreements],
            },
        } | ({"against": self.comparison.to_dict()} if self.comparison else {})
