"""Which cell of a table is wrong, whose error it is, and what it should be.

Where relations of a table fail, the smallest, likeliest set of cells is sought whose change lets all of them hold (I. P. Fellegi
and D. Holt, *A systematic approach to automatic edit and imputation*, JASA 71, 1976). What a change costs comes from how sure the
reading of a cell is, how often agencies slip, and how easily one number is printed or read for the other. The printed value
stays; a correction only stands in the finding.
"""

from collections.abc import Iterable, Mapping, Sequence

from extractor.forms import FormTable
from extractor.localise.cause import cause_of
from extractor.localise.covers import Solution
from extractor.localise.search import MOST, Group, search
from extractor.localise.system import System, system_of
from extractor.localise.words import UNSOLVED, explanation
from extractor.record import CellValue, Change, Correction, Finding

SECONDS = 0.7
"""For one table; a report has two with relations."""
EQUAL = 1.4
"""Corrections that cost no more than that (4 times less likely) explain it equally well."""


def explain(form: FormTable, cells: Mapping[str, CellValue], findings: Sequence[Finding]) -> list[Finding]:
    """The findings on the relations of a table; failed ones with cause, corrections and what to think of them.

    Args:
        form: the form of the table.
        cells: the cells of the record; they are not changed.
        findings: what :func:`~extractor.check.check_relations` gives for the table.

    Returns:
        The findings in their order. A failed one for which no explanation was found in time has the cause ``unknown``.
    """
    if all(finding.outcome != "fail" for finding in findings):
        return list(findings)
    system = system_of(form, cells)
    found = search(system, SECONDS)
    return [_explained(system, finding, found) if finding.outcome == "fail" else finding for finding in findings]


def _explained(system: System, finding: Finding, found: Iterable[Group]) -> Finding:
    place = {(item.relation.relation.code, item.cells): index for index, item in enumerate(system.equations)}
    index = place.get((finding.code, finding.cells))
    group = next((group for group in found if index in group.equations), None)
    if group is None or (len(group.alternatives) == 1 and not group.complete):  # it may not be the only one
        return finding._replace(cause="unknown", message=finding.message + UNSOLVED)
    likeliest = group.alternatives[0].cost
    cause = cause_of(system, [one.acts for one in group.alternatives if one.cost <= likeliest + EQUAL])
    kept = tuple(_correction(system, one) for one in group.alternatives[:MOST])
    more = len(group.alternatives) > MOST or not group.complete
    return finding._replace(
        cause=cause, corrections=kept, message=finding.message + explanation(system, kept, cause, more=more)
    )


def _correction(system: System, explained: Solution) -> Correction:
    """The changes of acts, in the order of the form."""
    order = {key: place for place, key in enumerate(system.form.columns)}
    return tuple(Change(*change) for change in sorted(explained.changes, key=lambda change: order[change[0]]))
