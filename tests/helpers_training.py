"""Sheets, drawn and made by hand, and annotations of short texts, for the tests of ``training``."""

from functools import cache
from random import Random

from extractor.forms import forms
from extractor.heads import row_cells
from extractor.numbers import parse
from training.annotations import STRAY, Annotation, Mark
from training.sheets import Printed, Sheet, SheetRow, SheetTable, Text, draw_sheet

FORMS = {form.id: form for form in forms()}


@cache
def sheet_of(seed):
    """A drawn sheet; nothing changes sheets in place."""
    return draw_sheet(Random(seed))


def full_sheet(first):
    """The first drawn sheet from a seed on without a blank."""
    return next(sheet for sheet in map(sheet_of, range(first, first + 50)) if None not in sheet.truth.values())


def rows_of(sheet, kind="data"):
    return [row for table in sheet.tables for row in table.rows if row.kind == kind]


def values_of(sheet):
    """All printed values of a sheet with their keys, in order."""
    return [(value.key, value.text) for row in rows_of(sheet) for value in row.values if value.key and value.text]


def row(form_id, key, printed):
    """A data row by hand: the values apart, ``_`` for a blank, ``x`` for a cell that is lost, ``~0`` for a stray 0."""
    cells = iter(row_cells(key, FORMS[form_id]))
    label = next((row.label for block in FORMS[form_id].blocks for row in block.rows if row.key == key), None)
    values = [
        Printed(text[1:], STRAY) if text.startswith("~") else Printed(text.replace("_", ""), next(cells))
        for text in printed.split()
    ]
    assert next(cells, None) is None, f"{key} has more cells"
    return SheetRow("data", (label,) if label else (), tuple(value for value in values if value.text != "x"), row=key)


def sheet(form_id, **rows):
    """A sheet with one table and these rows, see :func:`row`."""
    return sheet_with(form_id, *(row(form_id, key, printed) for key, printed in rows.items()))


def sheet_with(form_id, *rows):
    """A sheet with one table and these rows; what is lost or blank is no part of the truth."""
    truth = {
        value.key: (parse(value.text) or parse("0")).value if value.text else None
        for row in rows
        for value in row.values
        if value.key not in (None, STRAY)
    }
    table = SheetTable(FORMS[form_id], f"标题、{FORMS[form_id].title}", tuple(rows))
    return Sheet("青石县水利局2021年政府信息公开工作年度报告", ("一句话。", "下一步。"), (table,), truth)


def annotation(*parts, publisher="青石县", **details):
    """An annotated report: texts, and values as (printed, key) or (printed, key, value)."""
    text, marks = Text(), []
    for part in parts:
        if isinstance(part, str):
            text.put(part)
            continue
        printed, key, *value = part
        number = parse(printed)
        said = value[0] if value else number and number.value
        marks.append(Mark(text.length, text.length + len(printed), key, None if said is None else float(said)))
        text.put(printed, key)
    whole = text.text
    return Annotation("report", publisher, ("pipe-rows",), whole.encode(), whole, tuple(marks), **details)
