"""Sound reports: simulated reports in which nothing is wrong, so that every failed check on one is a false alarm.

Figures add up, forms are those of the year, and the prose states what the tables hold. They are printed in *clean* styles, which
keep values apart and show blanks, so that each value can be read with certainty.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from extractor.check import check_relations
from extractor.forms import FormTable
from extractor.localise.bounds import propagate
from extractor.localise.system import system_of
from extractor.record import CellValue
from extractor.vocabulary import vocabulary
from training.sheets import Printed, Sheet, SheetRow, draw_sheet, each_label, each_row
from training.styles import STYLES

Value = int | float | None
CLEAN = tuple(
    name for name in STYLES if not name.startswith(("glued", "space", "wide", "one_table")) and name != "cell_per_line"
)
"""The styles that keep values apart and show every blank."""

_LARGEST_FEE = 50_000
_SHARE_TOLD = 0.7


def sound_sheet(random: Random, *, telling: bool = True) -> Sheet:
    """A report with nothing wrong in it.

    Args:
        random: the source of chance.
        telling: its prose states some of its counts.
    """
    while True:
        sheet = _plain(draw_sheet(random))
        if is_sound(sheet):
            return with_sentences(sheet, true_sentences(sheet, random)) if telling else sheet


def year_of(sheet: Sheet) -> int:
    """The year that a sheet reports on."""
    match = re.search(r"\d{4}(?=年)", sheet.title)
    return int(match[0]) if match else 0


def is_sound(sheet: Sheet) -> bool:
    """True when the forms are those of the year, each table has values, all sums can hold, and no amount is too large."""
    official = vocabulary().form_of_year(year_of(sheet))
    for form in (table.form for table in sheet.tables):
        if len(vocabulary().family(form.table).forms) > 1 and form.form != official:
            return False
        cells = as_read(form, sheet.truth)
        if all(cell.value is None for cell in cells.values()):
            return False
        if any(finding.outcome == "fail" for finding in check_relations(form, cells)):
            return False
        if propagate(system_of(form, cells)) is None:
            return False
    amounts = (sheet.truth[key] for key in sheet.truth if vocabulary().columns[key].kind == "amount")
    return all((amount or 0) <= _LARGEST_FEE for amount in amounts)


def as_read(form: FormTable, truth: Mapping[str, Value]) -> dict[str, CellValue]:
    """The cells of a table, read without doubt."""
    return {
        key: CellValue(
            value, "" if value is None else str(value), "blank" if value is None else "number", 1.0, review=False
        )
        for key in form.columns
        for value in (truth[key],)
    }


def _plain(sheet: Sheet) -> Sheet:
    """Numbers without signs and separators, heads of amounts with the unit of the form, no rules of agencies that make none."""
    amounts = {
        words: column.label
        for table in sheet.tables
        for column in table.form.columns.values()
        if column.kind == "amount"
        for words in column.aliases
    }
    sheet = each_label(sheet, lambda text: amounts.get(text, text), ("head",))
    made = {key for key in sheet.truth if key.startswith("proactive.rules.") and sheet.truth[key]}
    truth: dict[str, Value] = {**sheet.truth, **dict.fromkeys(made, 0)}
    return with_values(replace(sheet, truth=truth), truth)


def with_values(sheet: Sheet, changed: Mapping[str, Value]) -> Sheet:
    """A sheet with other values printed in some cells, which are then its truth."""

    def printed(cell: Printed) -> Printed:
        if cell.key is None or cell.key not in changed:
            return cell
        value = changed[cell.key]
        return Printed("" if value is None else str(value), cell.key)

    def change(row: SheetRow, _: object) -> SheetRow:
        return replace(row, values=tuple(map(printed, row.values)))

    return replace(each_row(sheet, change), truth={**sheet.truth, **changed})


# --- prose -----------------------------------------------------------------------------------------------------------


def with_sentences(sheet: Sheet, sentences: tuple[str, ...]) -> Sheet:
    """A sheet with more sentences in its overview."""
    return replace(sheet, prose=(*sheet.prose[:-1], *sentences, *sheet.prose[-1:]))


def true_sentences(sheet: Sheet, random: Random) -> tuple[str, ...]:
    """Sentences that state counts of the tables as they are, of cells that print a number."""
    told = (make(sheet.truth) for make in (_requests, _outcomes, _reconsideration, _documents))
    return tuple(sentence for sentence in told if sentence and random.random() < _SHARE_TOLD)


def _stating(template: str, keys: Mapping[str, str]) -> Callable[[Mapping[str, Value]], str | None]:
    """What makes a sentence of the counts of some cells; None where one of them is blank."""

    def make(truth: Mapping[str, Value]) -> str | None:
        values = {name: truth.get(key) for name, key in keys.items()}
        return None if None in values.values() else template.format(**values)

    return make


_requests = _stating(
    "本年度新收政府信息公开申请{new}件，上年结转{over}件，办结{results}件，结转下年度{forward}件。",
    {
        "new": "requests.new_received.total",
        "over": "requests.carried_over.total",
        "results": "requests.results_total.total",
        "forward": "requests.carried_forward.total",
    },
)
_outcomes = _stating("答复申请中，予以公开{granted}件。", {"granted": "requests.granted.total"})
_reconsideration = _stating("因政府信息公开被申请行政复议{count}件。", {"count": "disputes.reconsideration.total"})
_documents = _stating("本年制发行政规范性文件{count}件。", {"count": "proactive.normative_documents.issued"})
