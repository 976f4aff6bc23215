"""Checks across reports: those of one agency over the years, of all agencies of a year, and of a government and its offices.

A dataset is read twice: :meth:`Series.add` takes from each report the few numbers that these checks need, then
:meth:`Series.findings` gives the findings on each. So a dataset of any length is checked in little memory.

Agencies are told apart by their names, folded. A check across reports never fails on a figure that is missing, blank, undecided
or flagged in any of them, nor on one on which two reports of the agency on a year differ.
"""

from collections.abc import Iterator, Mapping

from extractor.record import Finding, Record
from extractor.series.copies import copied, duplicates
from extractor.series.figures import Figures
from extractor.series.hierarchy import Hierarchy, read_hierarchy, sums
from extractor.series.reports import Report, Reports
from extractor.series.years import LastYear, jumps, not_there, relations
from extractor.vocabulary import vocabulary


class Series:
    """The reports of datasets, to be checked against each other."""

    def __init__(self, hierarchy: Hierarchy | None = None) -> None:
        """Start without reports; ``hierarchy`` tells the children of each parent."""
        self._reports = Reports()
        self._hierarchy: Hierarchy = hierarchy or {}

    def __len__(self) -> int:
        return len(self._reports)

    def add(self, record: Record) -> None:
        """Take what is needed of a report. All are to be added before the first findings are asked for."""
        self._reports.add(record)

    def findings(self, place: int, record: Record) -> Iterator[Finding]:
        """The findings on a report.

        Args:
            place: of the report, in the order in which they were added.
            record: the report.
        """
        report = self._reports[place]
        forms = list(vocabulary().forms_of(record.tables))
        if not (report.agency and report.year):
            for form in forms:
                yield from not_there(form, "不知道报告的机关或年份")
            return
        own = self._reports.figures(place)
        last = self._last_year(report)
        for form in forms:
            if last is None:
                yield from not_there(form, f"没有{report.year - 1}年的报告")
            else:
                yield from relations(form, own, last)
                yield from jumps(form, own, last)
        for form in forms:
            yield from copied(form, own, last.figures if last else None, place, self._reports)
        yield from duplicates(forms, own, place, self._reports)
        if children := self._children(report):
            for form in forms:
                yield from sums(form, own, children)

    def _last_year(self, report: Report) -> LastYear | None:
        places = self._reports.of(report.agency, report.year - 1)
        figures = self._reports.agreed(report.agency, report.year - 1)
        return LastYear(figures, self._reports[places[0]].source) if figures is not None else None

    def _children(self, report: Report) -> Mapping[str, Figures | None]:
        names = self._hierarchy.get(report.agency, ())
        return {name: self._reports.agreed(name, report.year) for name in names}

    def strangers(self) -> list[str]:
        """The agencies of the hierarchy without any report."""
        named = dict.fromkeys(name for parent, children in self._hierarchy.items() for name in (parent, *children))
        known = self._reports.agencies()
        return [name for name in named if name not in known]

    def parents(self) -> int:
        """How many parents of the hierarchy have a report."""
        return len(self._reports.agencies() & set(self._hierarchy))


__all__ = ["Hierarchy", "Series", "read_hierarchy"]
