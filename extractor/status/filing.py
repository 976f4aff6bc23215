"""Who has filed and who has not: the lines of a manifest against the files and reports of a store."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

from extractor.manifest import join_files
from extractor.series.reports import agency_key
from extractor.store.types import Listed

State = Literal["filed", "missing", "failed", "unread", "undecided"]
"""Of a line: its report was read; is not there; could not be read; was not read yet; which file it is can't be decided."""


_NOBODY = Listed()


class Report(NamedTuple):
    """A record, as far as counts need it.

    Attributes:
        number: that of the store.
        source: the number of its bytes.
        part: which report of the file, from 0.
        agency, year: as the text says.
        status: as in :class:`~extractor.record.Record`.
        error: the code of one that could not be read.
        cells, flagged: how many it has, and how many of them a person must look at.
    """

    number: int
    source: int
    part: int
    agency: str | None
    year: int | None
    status: str
    error: str | None
    cells: int
    flagged: int


class Held(NamedTuple):
    """A file of the store: the number of its bytes, or why they could not be read."""

    path: str
    source: int | None
    error: str | None
    message: str | None


class Filing(NamedTuple):
    """What became of a line.

    Attributes:
        listed: the line.
        state: see :data:`State`.
        path: its file, or for a line that names none a file with a report of its agency on its year.
        error: of a file that could not be read.
        other: of a line whose file is not there, another file with a report of its agency on its year.
    """

    listed: Listed
    state: State
    path: str | None = None
    error: str | None = None
    other: str | None = None

    def to_dict(self) -> dict[str, object]:
        """The line and what became of it, as plain JSON data. The path of the line is ``path``, that of the file ``file``."""
        return {
            "state": self.state,
            **self.listed._asdict(),
            "file": self.path,
            "error": self.error,
            "other": self.other,
        }


class Disagreement(NamedTuple):
    """A file of which the manifest says what no report in it says of itself.

    Attributes:
        path: the file.
        differs: ``agency``, ``year``, or both.
        listed: its line.
        agencies, years: what the text says.
    """

    path: str
    differs: tuple[str, ...]
    listed: Listed
    agencies: tuple[str, ...]
    years: tuple[int, ...]

    def to_dict(self) -> dict[str, object]:
        """Both sides as plain JSON data."""
        return {
            "file": self.path,
            "differs": list(self.differs),
            "manifest": {"agency": self.listed.agency, "year": self.listed.year},
            "text": {"agency": list(self.agencies), "year": list(self.years)},
        }


class Roll:
    """The lines of a manifest, each with its files.

    Attributes:
        lines: the lines.
        found: the place of its line for each path that has one.
        undecided: the files that several lines fit equally well, or that are among several that fit a line.
    """

    def __init__(self, lines: Sequence[Listed], files: Sequence[Held], reports: Mapping[int, Sequence[Report]]) -> None:
        """Join lines with files; ``reports`` are those of one reading, by their source."""
        self.lines = lines
        self._files = {file.path: file for file in files}
        self._reports = reports
        matches = join_files(lines, self._files)
        self.found = matches.found
        self._torn = set(matches.torn)
        for place, paths in matches.several.items():
            sources = {self._files[path].source for path in paths}
            if len(sources) == 1 and None not in sources:  # copies of one file
                self.found |= dict.fromkeys(paths, place)
            else:
                self._torn.add(place)
        self.undecided = matches.undecided - self.found.keys()
        self._held: dict[int, list[Held]] = {}
        self._years: dict[int, int | None] = {}
        for path in sorted(self.found):
            file, line = self._files[path], lines[self.found[path]]
            self._held.setdefault(self.found[path], []).append(file)
            if file.source is not None:
                self._years.setdefault(file.source, line.year)

    def year_of(self, report: Report) -> int | None:
        """The year of a report: what the manifest says, of the first of its files that is listed; else what the text says.

        Of several reports in a file it is the other way round.
        """
        listed = self._years.get(report.source)
        first, second = (listed, report.year) if len(self._reports[report.source]) == 1 else (report.year, listed)
        return second if first is None else first

    def listed(self, path: str) -> Listed | None:
        """The line of a file."""
        place = self.found.get(path)
        return None if place is None else self.lines[place]

    def filings(self, year: int | None = None) -> Iterator[Filing]:
        """What became of each line; with a year, of those on it and of those on no certain year."""
        known: Callable[[], Mapping[tuple[str, int | None], str]] = cache(self._by_agency)
        for place, line in enumerate(self.lines):
            if year is not None and line.year not in (None, year):
                continue
            if place in self._held:
                yield min((self._filing(line, file) for file in self._held[place]), key=_rank)
                continue
            other = known().get((agency_key(line.agency), line.year or year)) if line.agency else None
            if not (line.path or line.url):
                yield Filing(line, "filed" if other else "missing", other)
            else:
                yield Filing(line, "undecided" if place in self._torn else "missing", other=other)

    def _by_agency(self) -> dict[tuple[str, int | None], str]:
        """A file with a report of an agency on a year, or on any year, by what the text says and by what the manifest says."""
        known: dict[tuple[str, int | None], str] = {}
        for path, file in sorted(self._files.items()):
            line = self.listed(path) or _NOBODY
            for report in self._read(file):
                said = agency_key(report.agency), report.year
                listed = agency_key(line.agency) or said[0], line.year or said[1]
                for agency, year in (said, listed):
                    known.setdefault((agency, year), path)
                    known.setdefault((agency, None), path)
        return known

    def _read(self, file: Held) -> list[Report]:
        """The reports of a file that could be read."""
        found = self._reports.get(file.source, ()) if file.source is not None else ()
        return [report for report in found if report.status != "failed"]

    def _filing(self, line: Listed, file: Held) -> Filing:
        found = self._reports.get(file.source, ()) if file.source is not None else ()
        if any(report.status != "failed" for report in found):
            return Filing(line, "filed", file.path)
        error = file.error or next((report.error for report in found), None)
        return Filing(line, "failed" if error else "unread", file.path, error)

    def disagreements(self) -> Iterator[Disagreement]:
        """The files of which the manifest says another agency or year than the text."""
        for path, place in sorted(self.found.items()):
            line, read = self.lines[place], self._read(self._files[path])
            agencies = tuple(dict.fromkeys(report.agency for report in read if report.agency))
            years = tuple(dict.fromkeys(report.year for report in read if report.year))
            differs = []
            if (
                agencies
                and line.agency
                and line.agency not in agencies
                and agency_key(line.agency) not in map(agency_key, agencies)
            ):
                differs.append("agency")
            if line.year and years and line.year not in years:
                differs.append("year")
            if differs:
                yield Disagreement(path, tuple(differs), line, agencies, years)


def _rank(filing: Filing) -> int:
    return ("filed", "failed", "unread").index(filing.state)
