"""The audit: what the prose states, what must hold, whose error it is, and what a blank or lost cell may be.

It looks at a record and never changes a printed value.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from extractor.check import check_relations
from extractor.checks import Context, catalogue
from extractor.checks.registry import RULES
from extractor.document import Document
from extractor.localise import explain
from extractor.narrative import narrate
from extractor.privacy import masked
from extractor.propose import proposals
from extractor.prose import Prose
from extractor.record import READING, Finding, Record, Status
from extractor.settings import DEFAULTS, Settings
from extractor.snippets import snippets
from extractor.tokens import Token
from extractor.vocabulary import vocabulary


def audit(record: Record, document: Document, tables: tuple[Token, ...], settings: Settings = DEFAULTS) -> Record:
    """The last stage: a record as read, with claims, findings and proposals.

    Args:
        record: its cells are decided.
        document: what it was read from.
        tables: the tokens that its tables have taken; the rest is prose.
        settings: what to keep.
    """
    prose = Prose(document, tables)
    told = narrate(prose, year=record.year, forms=record.tables)
    checked = examine(Context(replace(record, claims=told.claims), prose, told.accepted, told.contradicted))
    if settings.snippets:
        checked = replace(checked, snippets=snippets(checked, document.text))
    return checked if settings.keep_names else masked(checked, document.text)


def examine(context: Context) -> Record:
    """The record of a context with the findings of all checks, and proposals beside its cells.

    What the reading itself found (scopes ``document`` and ``table``) is kept, and so is what was found across reports; all else
    is found anew. For a saved record, whose prose is not at hand, what needs the prose is kept as well.
    """
    record = context.record
    anew = [*_relations(record), *(finding for rule in RULES for finding in rule(context))]
    kept = [*_as_read(record)] if context.prose is not None else [*_as_read(record), *_of_the_prose(record, anew)]
    decided = {(finding.code, finding.cells) for finding in kept}
    findings = [*kept, *(it for it in anew if it.outcome != "unverifiable" or (it.code, it.cells) not in decided)]
    cells = dict(record.cells)
    for key, cell in record.cells.items():
        if cell.proposed is not None and cell.proposed.by != READING:  # an earlier audit proposed it
            cells[key] = cell._replace(proposed=None)
    for key in cells.keys() & set(_doubted(findings)):
        cells[key] = cells[key]._replace(review=True)
    record = replace(record, cells=cells, findings=tuple(findings))
    for key, proposal in proposals(record).items():
        cells[key] = cells[key]._replace(proposed=proposal)
    return replace(record, status=_status(record))


def _doubted(findings: Iterable[Finding]) -> Iterator[str]:
    """The cells that our own misreading would explain a failed relation with: a person must look at them."""
    for finding in findings:
        if finding.outcome == "fail" and finding.cause == "misread":
            yield from (change.key for correction in finding.corrections for change in correction)


def with_findings(record: Record, findings: Iterable[Finding]) -> Record:
    """The record with other findings, and the status that follows from them."""
    record = replace(record, findings=tuple(findings))
    return replace(record, status=_status(record))


def _as_read(record: Record) -> Iterator[Finding]:
    """The findings that the record alone can't give: those of the reading, and those of other reports."""
    for finding in record.findings:
        check = catalogue().get(finding.code)
        if check is None or check.scope in ("document", "table", "series"):
            yield finding


def _of_the_prose(record: Record, anew: Iterable[Finding]) -> Iterator[Finding]:
    """The saved findings on the prose, but those that the saved claims decide anew on the same cells."""
    decided = {(finding.code, finding.cells) for finding in anew if finding.outcome != "unverifiable"}
    for finding in record.findings:
        check = catalogue().get(finding.code)
        if check and check.scope in ("prose", "privacy") and (check.code, finding.cells) not in decided:
            yield finding


def _relations(record: Record) -> Iterator[Finding]:
    """The relations of every table, with the cause and the corrections of those that fail."""
    for form in vocabulary().forms_of(record.tables):
        yield from explain(form, record.cells, list(check_relations(form, record.cells)))


def _status(record: Record) -> Status:
    """What is only worth knowing needs no person."""
    if record.status == "failed":
        return "failed"
    failed = any(finding.outcome == "fail" and finding.severity != "info" for finding in record.findings)
    return "review" if failed or any(cell.review for cell in record.cells.values()) else "ok"
