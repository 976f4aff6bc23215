"""What is checked in a report, each check one small unit with a code, its source and its meaning in Chinese and English.

The sums of the tables, and their relations with last year's, are data of the forms (:mod:`extractor.forms`); all other checks are
listed in ``catalogue.toml``. A check is a generator of findings on a :class:`Context`; it gives one finding for each thing that
it checked: ``pass``, ``fail``, or ``unverifiable`` when what it needs is not there. It never changes a record. (Checks across
reports look at many of them: :mod:`extractor.series`.)
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

from extractor.errors import FormError
from extractor.forms import FormTable, Relation, Severity, forms
from extractor.prose import Prose
from extractor.record import Claim, Finding, Outcome, Record

Scope = Literal["document", "table", "relation", "prose", "plausibility", "series", "privacy"]


@dataclass(frozen=True, slots=True)
class Check:
    """What a finding's code means.

    Attributes:
        code: as in findings.
        scope: what it looks at.
        severity: of its failures.
        source: the regulation, form or reason that it rests on.
        zh, en: what must hold, in Chinese and English.
    """

    code: str
    scope: Scope
    severity: Severity
    source: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Context:
    """What checks look at: the record as read so far, and what the document says beside the cells.

    Attributes:
        record: with its cells, tables and claims.
        prose: the running text; None for a saved record, whose document is not at hand.
        accepted: counts of requests accepted or handled (受理, 办理), which may be new ones or all.
        contradicted: counts that contradict each other within one text.
    """

    record: Record
    prose: Prose | None = None
    accepted: tuple[Claim, ...] = field(default=())
    contradicted: tuple[Claim, ...] = field(default=())


Rule = Callable[[Context], Iterator[Finding]]


@cache
def catalogue() -> Mapping[str, Check]:
    """Every check by its code, those of the forms first.

    Raises:
        FormError: the catalogue is damaged.
    """
    found = {
        relation.code: Check(
            relation.code, scope, relation.severity, relation.source or form.source, relation.zh, relation.en
        )
        for form in reversed(forms())
        for scope, relations in _scopes(form)
        for relation in relations
    }
    data = tomllib.loads((resources.files(__name__) / "catalogue.toml").read_text(encoding="utf-8"))
    for item in data["checks"]:
        check = Check(**item)
        if check.scope not in get_args(Scope) or check.severity not in get_args(Severity) or check.code in found:
            raise FormError(f"catalogue.toml：{check.code} 的 scope 或 severity 不对，或重复")
        found[check.code] = check
    return found


def _scopes(form: FormTable) -> tuple[tuple[Scope, tuple[Relation, ...]], ...]:
    return ("relation", form.relations), ("series", form.series)


def finding(code: str, outcome: Outcome, message: str, **more: Any) -> Finding:
    """A finding of a check in the catalogue; a failure has the check's severity, anything else is information."""
    severity = catalogue()[code].severity if outcome == "fail" else "info"
    return Finding(code, outcome, severity, message, **more)


__all__ = ["Check", "Context", "Rule", "catalogue", "finding"]
