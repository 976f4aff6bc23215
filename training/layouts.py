"""Damage: what goes wrong with tables between the agency and the text that we have.

Each operator imitates one quirk of real reports and is named in :data:`DAMAGES` beside the quirk's name in
``annotations/README.md``. Operators take a sheet and give a sheet, so they can be combined. ``severity`` is 0…1: how many rows
(or cells, or labels) are struck. Operators on words are in ``wordings.py``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

from training import wordings
from training.annotations import STRAY
from training.sheets import Printed, Sheet, SheetRow, SheetTable, each_row, each_table

Damage = Callable[[Sheet, Random, float], Sheet]
"""A damage operator: sheet, source of chance, severity."""

DASHES = ("/", "-", "—", "无")
"""What is printed for a blank."""
SEVERITIES: Mapping[str, float] = {"low": 0.15, "medium": 0.5, "high": 0.9}


class Operator(NamedTuple):
    """An operator, the quirk it imitates, and whether it adds values: seen only where values are kept apart."""

    apply: Damage
    quirk: str
    adds: bool = False


def _is_full(row: SheetRow) -> bool:
    """True when no cell is blank: stray zeros come from programs that also print zeros, not blanks."""
    return all(value.text for value in row.values)


def extra_column(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``extra-column``: a stray 0 in most rows of the request table, at one place."""
    place = random.choice((0, 1, 3, 6, 7))

    def change(row: SheetRow, table: SheetTable) -> SheetRow:
        if table.form.table != "requests" or random.random() > 0.5 + severity / 2 or not _is_full(row):
            return row
        return replace(row, values=(*row.values[:place], Printed("0", STRAY), *row.values[place:]))

    return each_row(sheet, change)


def stray_zero(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``extra-column``: a stray 0 in a few rows, anywhere."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        if len(row.values) < 3 or random.random() > severity / 4 or not _is_full(row):
            return row
        place = random.randint(0, len(row.values))
        return replace(row, values=(*row.values[:place], Printed("0", STRAY), *row.values[place:]))

    return each_row(sheet, change)


def extra_values(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``extra-values``: zeros follow the only value of a row."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        if len(row.values) != 1 or random.random() > severity or not _is_full(row):
            return row
        return replace(row, values=(*row.values, *[Printed("0", STRAY)] * random.choice((1, 2))))

    return each_row(sheet, change)


def filler(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``pipe-rows``: empty cells at the end of rows, left over from spanned columns."""
    count = random.randint(1, 3)
    return each_row(sheet, lambda row, _: replace(row, filler=count) if random.random() < 0.5 + severity / 2 else row)


def leading_blanks(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``column-drift``: blank cells between label and values, as many as label columns are spanned."""
    depth = random.randint(1, 4)

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        blanks = (
            max(0, depth - sum(bool(label) for label in row.labels) + 1) if random.random() < 0.6 + severity / 2 else 0
        )
        return replace(row, values=(*[Printed("")] * blanks, *row.values))

    return each_row(sheet, change)


def blank_dropped(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``blank-dropped``: blank cells vanish, and may come back as filler at the end of the row."""
    as_filler = random.random() < 0.5

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        kept = tuple(value for value in row.values if value.text)
        lost = len(row.values) - len(kept)
        return (
            replace(row, values=kept, filler=row.filler + lost * as_filler)
            if random.random() < 0.5 + severity / 2
            else row
        )

    return each_row(sheet, change)


def blank_merged(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``blank-merged``: a run of blank cells becomes one."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        kept = [
            value for place, value in enumerate(row.values) if value.text or place == 0 or row.values[place - 1].text
        ]
        return replace(row, values=tuple(kept)) if random.random() < 0.5 + severity / 2 else row

    return each_row(sheet, change)


def leading_lost(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``shifted``: the first cells of a row are lost."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        if len(row.values) < 5 or random.random() > severity / 5:
            return row
        return replace(row, values=row.values[random.randint(1, 3) :])

    return each_row(sheet, change)


def trailing_lost(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``cut-row``: the last cells of a row are lost."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        if len(row.values) < 3 or random.random() > severity / 8:
            return row
        return replace(row, values=row.values[: -random.randint(1, 2)])

    return each_row(sheet, change)


def page_number(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``page-chrome``: a page number stands after the values of a row."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        if random.random() > severity / 25:
            return row
        return replace(row, values=(*row.values, Printed(str(random.randint(2, 15)), STRAY)))

    return each_row(sheet, change)


def row_lost(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``rows-lost``: rows are missing."""
    return each_row(sheet, lambda row, _: None if random.random() < severity / 10 else row)


def label_lost(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``label-lost``: a row has values but no label."""
    return each_row(sheet, lambda row, _: replace(row, labels=()) if random.random() < severity / 12 else row)


def head_lost(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``head-missing``, ``caption-lost``: heads, captions and headings are missing."""

    def table(old: SheetTable) -> SheetTable:
        kept = tuple(row for row in old.rows if row.kind == "data" or random.random() > severity / 2)
        return replace(old, rows=kept, heading=old.heading if random.random() > severity / 2 else "")

    return each_table(sheet, table)


def dashes(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``slash``, ``dash``: blanks are printed as dashes."""
    dash = random.choice(DASHES)
    return _each_value(
        sheet, lambda value, _: replace(value, text=dash) if not value.text and random.random() < severity else value
    )


def only_total(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``only-total``: the parts of a sum are left blank, the total is printed."""

    def change(row: SheetRow, table: SheetTable) -> SheetRow:
        if table.form.table != "requests" or random.random() > severity:
            return row
        return replace(row, values=(*[replace(value, text="") for value in row.values[:-1]], row.values[-1]))

    return each_row(sheet, change)


def change_words(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``change-words``: 增13, 减4 for signed changes."""

    def spell(value: Printed, table: SheetTable) -> Printed:
        column = table.form.columns.get(value.key or "")
        digits = value.text.lstrip("+-")
        if not column or column.kind != "signed" or not digits.isdigit() or digits == "0" or random.random() > severity:
            return value
        return replace(
            value,
            text=("减" if value.text[0] == "-" else "增")
            + random.choice(("", "", "加" if value.text[0] != "-" else "少"))
            + digits,
        )

    return _each_value(sheet, spell)


def unit_in_cell(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``unit-in-cell``: amounts with 万元 or 元, counts with 件."""

    def add(value: Printed, table: SheetTable) -> Printed:
        column = table.form.columns.get(value.key or "")
        if not column or not value.text or random.random() > severity * (1 if column.kind == "amount" else 0.1):
            return value
        return replace(value, text=value.text + (random.choice(("万元", "元")) if column.kind == "amount" else "件"))

    return _each_value(sheet, add)


def thousands(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``thousands``: 1,165."""

    def separate(value: Printed, _: SheetTable) -> Printed:
        if not value.text.isdigit() or len(value.text) < 4 or random.random() > severity:
            return value
        return replace(value, text=f"{int(value.text):,}")

    return _each_value(sheet, separate)


def page_break(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``page-chrome``: a page ends between two rows: a running foot, and the heads again."""

    def change(table: SheetTable) -> SheetTable:
        heads = [row for row in table.rows if row.kind == "head"]
        rows: list[SheetRow] = []
        for place, row in enumerate(table.rows):
            if place > len(heads) and row.kind == "data" and random.random() < severity / 12:
                rows.append(SheetRow("head", (f"- {random.randint(2, 20)} -",)))
                rows += heads if random.random() < 0.5 and len(heads) < 4 else []
            rows.append(row)
        return replace(table, rows=tuple(rows))

    return each_table(sheet, change)


def empty_rows(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``empty-row``: rows of empty cells after data rows."""

    def change(table: SheetTable) -> SheetTable:
        rows: list[SheetRow] = []
        for row in table.rows:
            rows.append(row)
            if row.kind == "data" and random.random() < severity / 6:
                rows.append(SheetRow("head", (), filler=random.randint(2, 6)))
        return replace(table, rows=tuple(rows))

    return each_table(sheet, change)


def extra_row(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``extra-row``: a row that the form does not have, with values."""

    def change(table: SheetTable) -> SheetTable:
        names = table.form.extra_rows
        places = [place for place, row in enumerate(table.rows) if row.row == "normative_documents"]
        if not names or not places or random.random() > severity:
            return table
        like = table.rows[places[0]]
        values = tuple(Printed(str(random.randint(0, 90)), STRAY) for _ in like.values)
        extra = SheetRow("data", (random.choice(names),), values, like.filler)
        return replace(table, rows=(*table.rows[: places[0] + 1], extra, *table.rows[places[0] + 1 :]))

    return each_table(sheet, change)


def _each_value(sheet: Sheet, change: Callable[[Printed, SheetTable], Printed]) -> Sheet:
    """Change how the values of cells are printed."""
    return each_row(
        sheet,
        lambda row, table: replace(
            row,
            values=tuple(change(value, table) if value.key and value.key != STRAY else value for value in row.values),
        ),
    )


DAMAGES: Mapping[str, Operator] = {
    operator.__name__: Operator(operator, quirk, operator in (extra_column, stray_zero, extra_values, page_number))
    for operator, quirk in (
        (only_total, "only-total"),
        (change_words, "change-words"),
        (unit_in_cell, "unit-in-cell"),
        (thousands, "thousands"),
        (dashes, "slash"),
        (extra_column, "extra-column"),
        (stray_zero, "extra-column"),
        (extra_values, "extra-values"),
        (leading_blanks, "column-drift"),
        (blank_dropped, "blank-dropped"),
        (blank_merged, "blank-merged"),
        (leading_lost, "shifted"),
        (trailing_lost, "cut-row"),
        (filler, "pipe-rows"),
        (page_number, "page-chrome"),
        (page_break, "page-chrome"),
        (empty_rows, "empty-row"),
        (extra_row, "extra-row"),
        (row_lost, "rows-lost"),
        (label_lost, "label-lost"),
        (head_lost, "caption-lost"),
        (wordings.head_truncated, "head-truncated"),
        (wordings.note_in_label, "note-in-label"),
        (wordings.misprint, "head-typo"),
        (wordings.ocr_slip, "ocr-slip"),
        (wordings.traditional, "traditional"),
        (wordings.inner_space, "space-in-label"),
        (wordings.wrapped_label, "wrapped-label"),
    )
}


def damage(sheet: Sheet, random: Random, severity: float, names: Sequence[str]) -> Sheet:
    """Apply damage operators in the order of :data:`DAMAGES`.

    Args:
        sheet: the sheet to damage.
        random: the source of chance.
        severity: 0…1.
        names: which operators.
    """
    for name in (name for name in DAMAGES if name in names):
        sheet = DAMAGES[name].apply(sheet, random, severity)
    return sheet


def some_damages(random: Random, known: Sequence[str]) -> list[str]:
    """A few operators, drawn at random: none, one or two on values, and now and then one on words, which moves no value."""
    words = [name for name in known if DAMAGES[name].apply.__module__ == wordings.__name__]
    values = [name for name in known if name not in words]
    drawn = random.sample(values, min(len(values), random.choice((0, 0, 1, 1, 1, 2))))
    return drawn + random.sample(words, min(len(words), random.choice((0, 0, 1))))
