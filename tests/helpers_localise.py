"""Tables by hand, for the tests of the audit of sums."""

from collections.abc import Mapping

from extractor.check import check_relations
from extractor.document import Source
from extractor.forms import forms
from extractor.localise import explain
from extractor.record import CellValue, Record

FORMS = {form.id: form for form in forms()}
DISPUTES, REQUESTS = FORMS["disputes"], FORMS["requests-2021"]
APPLICANTS = ("natural_person", "business", "research", "public_welfare", "legal_service", "other_org", "total")
RESULTS = ("upheld", "corrected", "other", "pending", "total")


def cell(value, *, confidence=1.0, review=False, **more):
    """A cell as read; None is a blank."""
    text, state = ("", "blank") if value is None else (str(value), "number")
    return CellValue(
        **({"value": value, "text": text, "state": state, "confidence": confidence, "review": review} | more)
    )


def row(name, *values):
    """The keys of a row of requests or disputes with values."""
    table, columns = ("requests", APPLICANTS) if len(values) == len(APPLICANTS) else ("disputes", RESULTS)
    return {f"{table}.{name}.{column}": value for column, value in zip(columns, values, strict=True)}


def table(form, *rows):
    """The cells of a table, 0 where no row says otherwise. Values may be cells."""
    values = dict.fromkeys(form.columns, 0)
    for own in rows:
        values |= own
    return {key: value if isinstance(value, CellValue) else cell(value) for key, value in values.items()}


def requests(**rows):
    """A table of requests: rows by their names, as tuples of seven."""
    return table(REQUESTS, *(row(name, *values) for name, values in rows.items()))


def disputes(*values, **rows):
    """A table of disputes: the row of 行政复议, and others by their names."""
    own = [row("reconsideration", *values)] if values else []
    return table(DISPUTES, *own, *(row(name, *values) for name, values in rows.items()))


BUSY = {
    "new_received": (20, 3, 0, 0, 0, 0, 23),
    "carried_over": (2, 0, 0, 0, 0, 0, 2),
    "granted": (12, 1, 0, 0, 0, 0, 13),
    "denied_internal_affairs": (3, 0, 0, 0, 0, 0, 3),
    "unavailable_not_held": (6, 2, 0, 0, 0, 0, 8),
    "results_total": (21, 3, 0, 0, 0, 0, 24),
    "carried_forward": (1, 0, 0, 0, 0, 0, 1),
}
"""A table of requests in which everything adds up."""


def busy(**rows):
    """The busy table with other rows."""
    return requests(**(BUSY | rows))


def explained(form, cells):
    """The failed findings of a table after localisation."""
    return [item for item in explain(form, cells, list(check_relations(form, cells))) if item.outcome == "fail"]


def corrections(findings):
    """The corrections of findings that all have the same, as dicts without the name of the table."""
    (only,) = {finding.corrections for finding in findings}
    return [{change.key.partition(".")[2]: change.value for change in correction} for correction in only]


def causes(findings):
    """The causes of findings."""
    return {finding.cause for finding in findings}


def still_failing(form, cells, correction):
    """The relations that fail after a correction."""
    mended = {**cells, **{key: cell(value) for key, value in correction}}
    return [item for item in check_relations(form, mended) if item.outcome == "fail"]


def record(cells: Mapping[str, CellValue], **more):
    """A record of the tables whose cells these are."""
    tables = {form.table: form.form for form in FORMS.values() if set(form.columns) <= set(cells)}
    made = {"agency": None, "year": 2022, "title": None, "findings": (), "status": "ok"} | more
    return Record(Source("test", "0" * 64, "text/plain"), tables=tables, cells=dict(cells), **made)
