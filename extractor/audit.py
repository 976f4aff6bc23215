"""The audit: what the prose states, what must hold, whose error it is, and what a blank or lost cell may be.

It looks at a record and never changes a printed value.
"""

from collections.abc import Iterator
from dataclasses import replace

from extractor.check import check_relations
from extractor.checks import Context, catalogue
from extractor.checks.registry import RULES
from extractor.document import Document
from extractor.localise import explain
from extractor.narrative import narrate
from extractor.privacy import masked, private_names
from extractor.propose import proposals
from extractor.prose import Prose
from extractor.record import Finding, Record, Status
from extractor.settings import DEFAULTS, Settings
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
    checked = examine(Context(replace(record, claims=told.claims), prose, told.accepted))
    return checked


def examine(context: Context) -> Record:
    """The record of a context with the findings of all checks, and proposals beside its cells.

    What the reading itself found (scopes ``document`` and ``table``) is kept; all else is found anew.
    """
    record = context.record
    findings = [*_as_read(record), *_relations(record)]
    findings += [finding for rule in RULES for finding in rule(context)]
    cells = dict(record.cells)
    for key, proposal in proposals(replace(record, findings=tuple(findings))).items():
        cells[key] = cells[key]._replace(proposed=proposal)
    record = replace(record, cells=cells, findings=tuple(findings))
    return replace(record, status=_status(record))


def _as_read(record: Record) -> Iterator[Finding]:
    """The findings that only the reading could make."""
    for finding in record.findings:
        check = catalogue().get(finding.code)
        if check is None or check.scope in ("document", "table"):
            yield finding


def _relations(record: Record) -> Iterator[Finding]:
    """The relations of every table, with the cause and the corrections of those that fail."""
    for family in vocabulary().families:
        for form in family.forms:
            if record.tables.get(form.table) == form.form:
                yield from explain(form, record.cells, list(check_relations(form, record.cells)))


def _status(record: Record) -> Status:
    """What is only worth knowing needs no person."""
    failed = any(finding.outcome == "fail" and finding.severity != "info" for finding in record.findings)
    return "review" if failed or any(cell.review for cell in record.cells.values()) else "ok"
