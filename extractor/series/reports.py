"""All reports of the datasets, each with what checks across reports need, to be found by agency and year."""

from collections.abc import Sequence
from typing import NamedTuple

from extractor.fold import fold
from extractor.forms import FormTable
from extractor.record import Record
from extractor.series.figures import Figures, Imprint, figures_of, imprint, merged, pack, unpack
from extractor.vocabulary import vocabulary

SEVERAL = 10
"""A name that more reports of one year bear than this is not the name of one agency."""
ODD = 16.0
"""Bits of an imprint from which on it is no coincidence that one other table is the same; for n others, log2(n) more."""


class Report(NamedTuple):
    """What is held of a report.

    Attributes:
        source: the name of its file.
        file: what its bytes and its part of the file are known by; two reports with one ``file`` are one report.
        agency: the name of the agency, folded; empty when it is not known, or the report could not be read.
        year: 0 when it is not known.
        packed: its figures.
    """

    source: str
    file: tuple[str, str]
    agency: str
    year: int
    packed: bytes


def agency_key(name: str | None) -> str:
    """A name as agencies are told apart by: width, script and spaces don't count, all else does."""
    return fold(name or "")


class Reports:
    """The reports in the order in which they were added; each is known by its place in that order."""

    def __init__(self) -> None:
        self._all: list[Report] = []
        self._of: dict[tuple[str, int], list[int]] = {}
        self._files: dict[tuple[str, str], list[int]] = {}
        self._imprints: dict[int, list[int]] = {}
        self._in_year: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, place: int) -> Report:
        return self._all[place]

    def add(self, record: Record) -> None:
        """Add a report."""
        figures = figures_of(record)
        known = record.status != "failed" and isinstance(record.agency, str) and isinstance(record.year, int)
        report = Report(
            source=record.source.name,
            file=(record.source.sha256, _part(record.source.name)),
            agency=agency_key(record.agency) if known else "",
            year=(record.year or 0) if known else 0,
            packed=pack(figures),
        )
        place = len(self._all)
        self._all.append(report)
        if not (report.agency and report.year):
            return
        self._of.setdefault((report.agency, report.year), []).append(place)
        self._in_year[report.year] = self._in_year.get(report.year, 0) + 1
        if record.source.sha256:
            self._files.setdefault(report.file, []).append(place)
        for form in vocabulary().forms_of(record.tables):
            made = imprint(figures, form)
            if made and made.bits >= ODD:
                self._imprints.setdefault(_known_by(report.year, form, made), []).append(place)

    def agencies(self) -> frozenset[str]:
        """All agencies."""
        return frozenset(agency for agency, _ in self._of)

    def figures(self, place: int) -> Figures:
        """The figures of a report."""
        return unpack(self._all[place].packed)

    def of(self, agency: str, year: int) -> Sequence[int]:
        """The reports of an agency on a year: none, one, or several that may differ."""
        return self._of.get((agency, year), ())

    def agreed(self, agency: str, year: int) -> Figures | None:
        """The figures of an agency for a year, those left out on which its reports differ; None when it has no report."""
        places = self.of(agency, year)
        if len(places) > SEVERAL:
            return {}
        return merged(map(self.figures, places)) if places else None

    def same_file(self, place: int) -> Sequence[int]:
        """The reports that were read from the same bytes, this one as well."""
        return self._files.get(self._all[place].file, ())

    def same_table(self, year: int, form: FormTable, made: Imprint) -> Sequence[int]:
        """The reports on a year that have the same table, all but certainly; only for an imprint of :data:`ODD` bits or more."""
        return self._imprints.get(_known_by(year, form, made), ())

    def in_year(self, year: int) -> int:
        """How many reports there are on a year."""
        return self._in_year.get(year, 0)


def _part(name: str) -> str:
    """The part of a file that a report is, when a file holds several: ``报表.xlsx#甲局``."""
    return name.rpartition("#")[2] if "#" in name else ""


def _known_by(year: int, form: FormTable, made: Imprint) -> int:
    return hash((year, form.id, made.figures))
