"""The tables of an exported dataset and their columns, from ``columns.toml`` and the forms.

All that tells of a column comes from here: the headers of CSV, the types of Parquet, the labels of Stata, ``datapackage.json``
and the dictionary in the workbook.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

from extractor.forms import FormBlock, FormColumn, FormRow, FormTable, Severity
from extractor.numbers import State
from extractor.record import Cause, Status
from extractor.vocabulary import vocabulary

Kind = Literal["free", "word", "code", "hash", "small", "integer", "offset", "number", "flag"]
WHOLE = frozenset[Kind]({"small", "integer", "offset"})
TEXTS = frozenset[Kind]({"free", "word", "code", "hash"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: in every format but Stata's, see :mod:`extractor.datapackage.names`.
        kind: what stands in it, see ``columns.toml``.
        title: its name in Chinese.
        zh, en: what it means.
        words: all that can stand in it, for a ``word``.
        unit: of its numbers, where the form has one.
        required: it is never empty.
        long, labelled, apart: see ``columns.toml``.
    """

    name: str
    kind: Kind
    title: str
    zh: str
    en: str
    words: tuple[str, ...] = ()
    unit: str | None = None
    required: bool = False
    long: bool = False
    labelled: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns in order, those that name a row, and the table that its rows belong to by ``sha256`` and ``part``."""

    name: str
    title: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    primary: tuple[str, ...]
    parent: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)


@cache
def tables() -> Mapping[str, Table]:
    """The tables by name: reports, cells, findings, claims, files."""
    data = tomllib.loads((resources.files(__package__) / "columns.toml").read_text(encoding="utf-8"))
    told = {(table, item["name"]): item for item in data["columns"] for table in item["tables"]}
    found = {}
    for table in data["tables"]:
        name = table["name"]
        columns = [_column(told[name, column]) for column in table.pop("columns")]
        if name == "reports":
            columns += [*_form_columns(), *_cell_columns()]
        found[name] = Table(**{**table, "columns": tuple(columns), "primary": tuple(table["primary"])})
    return found


def _column(told: Mapping[str, Any]) -> Column:
    words = _words().get(told["name"], ()) if told["kind"] == "word" else ()
    return Column(**{name: value for name, value in told.items() if name != "tables"}, words=words)


@cache
def _words() -> Mapping[str, tuple[str, ...]]:
    """What can stand in the columns of words."""
    keys = tuple(vocabulary().columns)
    return {
        "status": get_args(Status),
        "state": get_args(State),
        "outcome": ("fail", "unverifiable"),
        "severity": get_args(Severity),
        "cause": get_args(Cause),
        "scope": ("report", "other"),
        "table": tuple(family.table for family in vocabulary().families),
        "form": tuple(sorted({form.form for family in vocabulary().families for form in family.forms})),
        "key": keys,
        "row": tuple(dict.fromkeys(key.split(".")[1] for key in keys)),
        "column": tuple(dict.fromkeys(key.split(".")[2] for key in keys)),
    }


def _form_columns() -> Iterator[Column]:
    for family in vocabulary().families:
        title = family.forms[0].title
        yield Column(
            name=f"form_{family.table}",
            kind="word",
            title=f"表格式：{title}",
            zh=f"“{title}”按哪一年起施行的格式填报；报告没有此表则为空",
            en=f"The form of the table {family.table}, by the first year that it is for; empty when the report has no such table",
            words=tuple(sorted(form.form for form in family.forms)),
        )


def _cell_columns() -> Iterator[Column]:
    """A column for each cell of each form, in the words of the newest form that has it."""
    for family in vocabulary().families:
        for key in (key for key in vocabulary().columns if key.startswith(f"{family.table}.")):
            having = [form for form in family.forms if key in form.columns]
            labels = {form.form: cell_label(form, key) for form in having}
            title = labels[having[0].form]
            others = "".join(f"；{form} 年格式作“{label}”" for form, label in labels.items() if label != title)
            years = "、".join(sorted(labels))
            _, row, column = (part.replace("_", " ") for part in key.split("."))
            unit = having[0].columns[key].unit
            yield Column(
                name=key,
                kind="number",
                title=title,
                zh=f"{family.forms[0].title}：{title}{f'，{unit}' if unit else ''}（{years} 年格式{others}）",
                en=f"Table {family.table}, row {row}, column {column} (form {' and '.join(sorted(labels))})",
                unit=unit,
            )


def cell_label(form: FormTable, key: str) -> str:
    """A cell in the words of its form, with the groups and heads that it stands under: ``不予公开—属于国家秘密·自然人``."""
    _, row_key, column_key = key.split(".")
    block = next(block for block in form.blocks if any(row.key == row_key for row in block.rows))
    row = next(row for row in block.rows if row.key == row_key)
    column = next(column for column in block.columns if column.key == column_key)
    return f"{'—'.join(_row_labels(block, row))}·{'—'.join(_column_labels(column))}"


def _row_labels(block: FormBlock, row: FormRow) -> list[str]:
    groups = {group.key: group for group in block.groups}
    labels, parent = [row.label.partition("（")[0]], row.parent
    while parent is not None:
        labels.insert(0, groups[parent].label)
        parent = groups[parent].parent
    return [*row.under, *labels]


def _column_labels(column: FormColumn) -> list[str]:
    return [*column.under[1:], column.label.partition("（")[0]]
