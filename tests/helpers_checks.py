"""Records, prose and contexts made by hand, for the tests of the checks."""

from extractor.checks import Context
from extractor.document import Source, Where
from extractor.prose import Prose
from extractor.readers import read
from extractor.record import CellValue, Claim, Record
from extractor.vocabulary import vocabulary

BLANK = CellValue(None, "", "blank", 1.0, review=False)
DASH = CellValue(None, "/", "dash", 1.0, review=False)
MISSING = CellValue(None, "", "missing", 1.0, review=True)
UNDECIDED = CellValue(None, "15", "number", 0.5, review=True)
TABLES = {"proactive": "2021", "requests": "2021", "disputes": "2021"}


def number(value, *, review=False, unit=None, line=1):
    """A cell that prints this number."""
    return CellValue(value, str(value), "number", 1.0, review, Where(line, 0, 1), unit)


def record(cells=(), *, tables=None, agency="青石县水利局", year=2022, claims=(), title=None):
    """A record; a cell may be given as a bare number."""
    made = {key: number(cell) if isinstance(cell, int | float) else cell for key, cell in dict(cells).items()}
    tables = TABLES if tables is None else tables
    return Record(
        Source("test", "0" * 64, "text/plain"), agency, year, title, tables, made, (), "ok", claims=tuple(claims)
    )


def zeros(table, form="2021"):
    """All cells of a form, printed as 0."""
    forms = vocabulary().family(table).forms
    columns = next(each for each in forms if each.form == form).columns
    return {key: number(0, unit=column.unit) for key, column in columns.items()}


def claim(key, value, text="", *, scope="report", unit=None, start=10):
    """A claim of the prose."""
    return Claim(key, value, text or f"{value}", scope, Where(1, start, start + 5), unit)


def prose(text):
    """The prose of a text without tables."""
    return Prose(read(text.encode(), "test"), ())


def context(cells=(), text=None, *, accepted=(), **more):
    """What checks look at."""
    return Context(record(cells, **more), prose(text) if text is not None else None, tuple(accepted))


def outcomes(findings):
    """What was found, in short."""
    return [(finding.code, finding.outcome) for finding in findings]


def only(findings):
    """The only finding."""
    (finding,) = findings
    return finding
