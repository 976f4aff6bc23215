"""The result: a record of cells and findings, and its form as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

from extractor.document import Source, Where
from extractor.errors import InputError
from extractor.forms import Severity
from extractor.numbers import State

Status = Literal["ok", "review", "failed"]
Outcome = Literal["pass", "fail", "unverifiable"]
Cause = Literal["agency", "misread", "unknown"]
VERSION = "0.1.0"
READING = "reading"
"""``Proposal.by`` of what the print may say."""


class Proposal(NamedTuple):
    """A value that stands beside a cell, never in it: ``by`` what, and ``why`` in Chinese."""

    value: int | float
    by: str
    why: str


class CellValue(NamedTuple):
    """A cell of the form as found in the document.

    Attributes:
        value: the number as printed, unscaled; None when none is printed or none could be decided.
        text: as printed.
        state: ``number``, ``blank``, ``dash``, ``note`` or ``missing``.
        confidence: calibrated probability that value and state are right, 0…1.
        review: a person must look at this cell.
        where: its place; for a blank that leaves no trace, the place of its row.
        unit: the unit printed in the cell or its head, else that of the form.
        proposed: a value that is not printed or not certain.
    """

    value: int | float | None
    text: str
    state: State
    confidence: float
    review: bool
    where: Where | None = None
    unit: str | None = None
    proposed: Proposal | None = None


class Change(NamedTuple):
    """A cell, and the value with which the relations would hold. It is never written into the cell."""

    key: str
    value: int | float


Correction = tuple[Change, ...]
"""A smallest set of cells whose change would let the relations hold."""


class Finding(NamedTuple):
    """Something a reviewer should know.

    Attributes:
        code: stable; ``gongkai checks`` tells what each means.
        outcome: ``unverifiable`` when an operand is not there.
        severity: ``error``, ``warning`` or ``info``.
        message: Chinese.
        cause: of a failed relation, whose error it is.
        cells: the keys it is about.
        where: its place in the prose or the table, when it is about one.
        corrections: what would explain a failed relation, the likeliest first; several when that is not unique.
    """

    code: str
    outcome: Outcome
    severity: Severity
    message: str
    cause: Cause | None = None
    cells: tuple[str, ...] = ()
    where: Where | None = None
    corrections: tuple[Correction, ...] = ()


class Claim(NamedTuple):
    """A count that the prose states.

    Attributes:
        key: a cell key; ``requests.denied.total`` and the like stand for the sum of a group of rows.
        value: as stated, unscaled.
        text: the words that state it.
        scope: whose count it is: ``report``, or ``other`` for a body that is not the report's, which is never compared.
        where: their place.
        unit: of an amount of money, as stated.
    """

    key: str
    value: int | float
    text: str
    scope: str
    where: Where
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """All that was read from one report.

    Attributes:
        source: the document.
        agency, year, title: whose report, None when it does not say.
        tables: the form of each table, None for a table that the document does not have.
        cells: every cell of those forms by its key.
        findings: what the checks found, passed ones as well.
        status: ``ok``, ``review`` (some cell or finding needs a person) or ``failed`` (the document could not be read).
        model: the model that read it.
        claims: the counts that the prose states.
        version: of the program.
        snippets: the printed text around what cells, claims and failed findings point to, by the offset in the document's text at
            which it starts; only when asked for, see :mod:`extractor.snippets`.
    """

    source: Source
    agency: str | None
    year: int | None
    title: str | None
    tables: Mapping[str, str | None]
    cells: Mapping[str, CellValue]
    findings: tuple[Finding, ...]
    status: Status
    model: Mapping[str, str] | None = None
    claims: tuple[Claim, ...] = ()
    version: str = field(default=VERSION)
    snippets: Mapping[int, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON data."""
        return {
            "source": {
                "name": self.source.name,
                "sha256": self.source.sha256,
                "media_type": self.source.media_type,
                "n_pages": self.source.n_pages,
            },
            "agency": self.agency,
            "year": self.year,
            "title": self.title,
            "tables": dict(self.tables),
            "status": self.status,
            "cells": {key: _cell_dict(cell) for key, cell in self.cells.items()},
            "claims": [_claim_dict(claim) for claim in self.claims],
            "findings": [_finding_dict(finding) for finding in self.findings],
            "model": dict(self.model) if self.model else None,
            "version": self.version,
        } | ({"snippets": {str(start): text for start, text in self.snippets.items()}} if self.snippets else {})

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Record":
        """A record from its JSON data.

        Raises:
            InputError: code ``input.record`` when the data is no record.
        """
        try:
            record = cls(
                source=Source(**data["source"]),
                agency=data["agency"],
                year=data["year"],
                title=data["title"],
                tables=dict(data["tables"]),
                cells={key: _cell(cell) for key, cell in data["cells"].items()},
                findings=tuple(_finding(finding) for finding in data["findings"]),
                status=data["status"],
                model=data.get("model"),
                claims=tuple(Claim(**{**claim, "where": _where(claim["where"])}) for claim in data.get("claims", ())),
                version=data.get("version", VERSION),
                snippets={int(start): text for start, text in data.get("snippets", {}).items()},
            )
            _check_types(record)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InputError(
                f"不是 gongkai 的记录（{type(error).__name__}: {error}）；请用 gongkai extract 生成",
                code="input.record",
            ) from None
        return record


def _check_types(record: Record) -> None:
    """Raise TypeError when what people and pages are shown of a saved record is of another kind than it must be."""
    texts = (record.agency, record.title, record.source.name, *record.snippets.values())
    if not all(isinstance(text, str | None) for text in texts) or not isinstance(record.year, int | None):
        raise TypeError(f"agency={record.agency!r} year={record.year!r} title={record.title!r}")
    if record.status not in get_args(Status):
        raise TypeError(f"status={record.status!r}")


def failed_record(source: Source, error_code: str, message: str, tables: Mapping[str, str | None]) -> Record:
    """The record of a document that could not be read."""
    finding = Finding(error_code, "fail", "error", message)
    return Record(source, None, None, None, tables, {}, (finding,), "failed")


def _cell_dict(cell: CellValue) -> dict[str, Any]:
    proposed = cell.proposed
    return {
        "value": cell.value,
        "text": cell.text,
        "state": cell.state,
        "confidence": round(cell.confidence, 4),
        "review": cell.review,
        "where": cell.where.to_dict() if cell.where else None,
        "unit": cell.unit,
        "proposed": {"value": proposed.value, "by": proposed.by, "why": proposed.why} if proposed else None,
    }


def _cell(data: Mapping[str, Any]) -> CellValue:
    proposed = Proposal(**data["proposed"]) if data.get("proposed") else None
    cell = CellValue(**{**data, "where": _where(data["where"]), "proposed": proposed})
    known = isinstance(cell.value, int | float | None) and isinstance(cell.confidence, int | float)
    if not known or not isinstance(cell.text, str) or cell.state not in get_args(State):
        raise TypeError(f"value={cell.value!r} text={cell.text!r} state={cell.state!r} confidence={cell.confidence!r}")
    return cell


def _where(data: Mapping[str, Any] | None) -> Where | None:
    if data is None:
        return None
    bbox = tuple(data["bbox"]) if data.get("bbox") else None
    return Where(data.get("line"), data.get("start"), data.get("end"), data.get("page"), bbox, data.get("path"))


def _claim_dict(claim: Claim) -> dict[str, Any]:
    return {
        "key": claim.key,
        "value": claim.value,
        "text": claim.text,
        "scope": claim.scope,
        "where": claim.where.to_dict(),
        "unit": claim.unit,
    }


def _finding_dict(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "outcome": finding.outcome,
        "severity": finding.severity,
        "cause": finding.cause,
        "cells": list(finding.cells),
        "message": finding.message,
        "where": finding.where.to_dict() if finding.where else None,
        "corrections": [[change._asdict() for change in correction] for correction in finding.corrections],
    }


def _finding(data: Mapping[str, Any]) -> Finding:
    corrections = tuple(tuple(Change(**change) for change in correction) for correction in data.get("corrections", ()))
    made = {"cells": tuple(data["cells"]), "where": _where(data.get("where")), "corrections": corrections}
    finding = Finding(**{**data, **made})
    kinds = ((finding.outcome, Outcome), (finding.severity, Severity), (finding.cause or "unknown", Cause))
    if not all(value in get_args(kind) for value, kind in kinds) or not isinstance(finding.message, str):
        raise TypeError(f"outcome={finding.outcome!r} severity={finding.severity!r} cause={finding.cause!r}")
    return finding
