"""Records of invented agencies over the years, for the tests of checks across reports."""

import hashlib

from extractor.document import Source
from extractor.forms import forms
from extractor.record import CellValue, Record

FORMS = {form.id: form for form in forms()}
TABLES = ("proactive", "requests", "disputes")
BLANK = CellValue(None, "", "blank", 1.0, review=False)
MISSING = CellValue(None, "", "missing", 1.0, review=True)
UNDECIDED = CellValue(None, "15", "number", 0.5, review=True)
BUSY = {  # a table of applications that is like no other
    "new_received.natural_person": 187, "new_received.business": 26, "new_received.total": 213,
    "carried_over.natural_person": 9, "carried_over.total": 9,
    "granted.natural_person": 94, "granted.business": 17, "granted.total": 111,
    "partially_granted.natural_person": 38, "partially_granted.total": 38,
    "denied_process_information.natural_person": 21, "denied_process_information.business": 7,
    "denied_process_information.total": 28, "unavailable_not_held.natural_person": 31,
    "unavailable_not_held.business": 2, "unavailable_not_held.total": 33,
    "results_total.natural_person": 184, "results_total.business": 26, "results_total.total": 210,
    "carried_forward.natural_person": 12, "carried_forward.total": 12,
}  # fmt: skip
BUSY = {f"requests.{key}": value for key, value in BUSY.items()}


def number(value, *, review=False, unit=None):
    return CellValue(value, str(value), "number", 1.0, review, unit=unit)


def report(agency="青石县水利局", year=2022, *, name=None, sha=None, status="ok", tables=None, **cells):
    """A report of which all cells are 0 but those given as ``requests__granted__total=3``, or as ``cells={key: value}``.

    ``tables`` are the forms of proactive, requests and disputes; by default those of the year.
    """
    given = cells.pop("cells", {}) | {key.replace("__", "."): value for key, value in cells.items()}
    official = "2021" if not year or year >= 2021 else "2019"
    printed = dict(zip(TABLES, tables or (official, official, "2021"), strict=True))
    values = {key: number(0) for form in FORMS.values() if printed[form.table] == form.form for key in form.columns}
    values |= {key: it if isinstance(it, CellValue) else number(it) for key, it in given.items()}
    name = name or f"{agency}-{year}.html"
    source = Source(name, sha or hashlib.sha256(name.encode()).hexdigest(), "text/html")
    return Record(source, agency, year, None, printed, values, (), status)
