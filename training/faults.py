"""Faults that checks other than the sums of the tables should find, each put into a sound report of its own.

A fault is named by the code of the check that should find it. It gives no report where the sound one offers no occasion: nothing
can be said to be finished that was carried forward when nothing was.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import NamedTuple

from extractor.vocabulary import vocabulary
from training.sheets import Printed, Sheet, SheetRow, SheetTable, each_label, each_row, each_table
from training.sound import with_sentences, with_values, year_of

NEW, OVER, RESULTS, FORWARD = (
    f"requests.{row}.total" for row in ("new_received", "carried_over", "results_total", "carried_forward")
)
_MADE = ("issued", "created")


class Fault(NamedTuple):
    """What puts a fault into a sound sheet.

    Attributes:
        put: gives the faulty sheet, or None.
        also: codes of other checks that may rightly fail with it.
    """

    put: Callable[[Sheet, Random], Sheet | None]
    also: tuple[str, ...] = ()


# --- what the prose states -------------------------------------------------------------------------------------------


def _counts(sheet: Sheet) -> tuple[int, int, int, int] | None:
    """Requests received, carried over, finished and carried forward, when all are printed."""
    new, over, results, forward = (sheet.truth.get(key) for key in (NEW, OVER, RESULTS, FORWARD))
    if new is None or over is None or results is None or forward is None:
        return None
    return int(new), int(over), int(results), int(forward)


def _claim(sheet: Sheet, random: Random) -> Sheet | None:
    """A count that is not that of the table."""
    counts = _counts(sheet)
    wrong = counts and counts[0] + random.randint(1, 9)
    return with_sentences(sheet, (f"本年度新收政府信息公开申请{wrong}件。",)) if counts else None


def _accepted(sheet: Sheet, random: Random) -> Sheet | None:
    """Accepted requests that are neither the new ones nor all."""
    counts = _counts(sheet)
    wrong = counts and sum(counts) + random.randint(1, 9)
    return with_sentences(sheet, (f"全年共受理政府信息公开申请{wrong}件。",)) if counts else None


def _conflict(sheet: Sheet, random: Random) -> Sheet | None:
    """One count stated in two ways."""
    counts = _counts(sheet)
    if not counts:
        return None
    told = (counts[0], counts[0] + random.randint(1, 9))
    return with_sentences(sheet, tuple(f"本年度新收政府信息公开申请{count}件。" for count in told))


def _balance(sheet: Sheet, random: Random) -> Sheet | None:
    """Four counts that do not balance."""
    counts = _counts(sheet)
    if not counts:
        return None
    new, over, results, forward = counts
    results += random.randint(1, 9)
    told = f"新收政府信息公开申请{new}件，上年结转{over}件，办结{results}件，结转下年度{forward}件。"
    return with_sentences(sheet, (f"本年度{told}",))


def _all_finished(sheet: Sheet, _: Random) -> Sheet | None:
    """All finished, though some are carried forward."""
    counts = _counts(sheet)
    if not counts or not counts[3]:
        return None
    return with_sentences(sheet, (f"新收政府信息公开申请{counts[0]}件，已全部办结。",))


def _fee(sheet: Sheet, random: Random) -> Sheet:
    """A fee, though section six has nothing to report."""
    return with_sentences(sheet, (f"全年收取政府信息公开信息处理费{random.randint(10, 900)}元。",))


# --- single cells ----------------------------------------------------------------------------------------------------


def _count(sheet: Sheet, random: Random) -> Sheet:
    """A count with decimals or below 0."""
    columns = vocabulary().columns
    keys = [key for key, value in sheet.truth.items() if value is not None and columns[key].kind == "count"]
    return with_values(sheet, {random.choice(keys): random.choice((-1, -3, 0.5, 2.5))})


def _fee_unit(sheet: Sheet, random: Random) -> Sheet | None:
    """Fees in 元 where the form has 万元."""
    key = "proactive.fees.amount"
    amount = random.randint(100, 900_000)
    text = f"{amount}元"

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        return replace(row, values=tuple(Printed(text, key) if cell.key == key else cell for cell in row.values))

    return replace(each_row(sheet, change), truth={**sheet.truth, key: amount}) if key in sheet.truth else None


def _rules_power(sheet: Sheet, random: Random) -> Sheet | None:
    """Rules of an agency that can make none."""
    key = next((key for key in (f"proactive.rules.{column}" for column in _MADE) if key in sheet.truth), None)
    return with_values(sheet, {key: random.randint(1, 9)}) if key else None


# --- the report as a whole -------------------------------------------------------------------------------------------


def _section_missing(sheet: Sheet, _: Random) -> Sheet:
    """No section four."""
    tables = tuple(table for table in sheet.tables if table.form.table != "disputes")
    left = {table.form.table for table in tables}
    truth = {key: value for key, value in sheet.truth.items() if key.partition(".")[0] in left}
    return replace(sheet, tables=tables, truth=truth)


def _other_form(sheet: Sheet, random: Random) -> Sheet:
    """The form of other years."""
    year = year_of(sheet)
    official = vocabulary().form_of_year(year)
    others = [other for other in range(year - 9, year + 9) if vocabulary().form_of_year(other) not in (None, official)]
    other = str(random.choice(others))
    texts = (re.sub(str(year), other, text) for text in (sheet.title, *sheet.prose))
    title, *prose = texts
    return replace(sheet, title=title, prose=tuple(prose))


def _template(sheet: Sheet, random: Random) -> Sheet:
    """An instruction of a template, or a place that was to be filled in."""
    left = random.choice(
        ("（请在此处填写本年度总体情况）", "全年共收到政府信息公开申请XX件。", "该部分以表格形式报告。")
    )
    return with_sentences(sheet, (left,))


# --- rows and heads --------------------------------------------------------------------------------------------------


def _requests(sheet: Sheet, change: Callable[[list[SheetRow]], list[SheetRow]]) -> Sheet:
    """A sheet with other rows in its table of requests."""
    return each_table(
        sheet,
        lambda table: replace(table, rows=tuple(change(list(table.rows)))) if table.form.table == "requests" else table,
    )


def _row_twice(sheet: Sheet, random: Random) -> Sheet:
    """A row that is printed twice with other numbers."""

    def change(rows: list[SheetRow]) -> list[SheetRow]:
        place = random.choice([place for place, row in enumerate(rows) if row.kind == "data"])
        again = tuple(Printed(str(int(cell.text or 0) + random.randint(1, 5))) for cell in rows[place].values)
        return [*rows[: place + 1], replace(rows[place], values=again), *rows[place + 1 :]]

    return _requests(sheet, change)


def _row_lost(sheet: Sheet, random: Random) -> Sheet:
    """A row that is not printed."""

    def change(rows: list[SheetRow]) -> list[SheetRow]:
        place = random.choice([place for place, row in enumerate(rows) if row.kind == "data"])
        return [*rows[:place], *rows[place + 1 :]]

    return _requests(sheet, change)


def _head_changed(sheet: Sheet, random: Random) -> Sheet:
    """A column with another meaning."""
    other = random.choice(("外资企业", "新闻媒体", "行业协会"))
    names = {"商业企业", "企业"}
    return each_label(sheet, lambda text: other if text in names else text, ("head",))


FAULTS: Mapping[str, Fault] = {
    "N.claim": Fault(_claim),
    "N.accepted": Fault(_accepted),
    "N.conflict": Fault(_conflict, ("N.claim",)),
    "N.balance": Fault(_balance, ("N.claim",)),
    "N.all_finished": Fault(_all_finished),
    "N.fee": Fault(_fee),
    "V.count": Fault(_count, ("T3.balance", "T3.results", "T3.applicants", "T4.total", "V.rules_power")),
    "V.fee_unit": Fault(_fee_unit),
    "V.rules_power": Fault(_rules_power),
    "S.missing": Fault(_section_missing),
    "S.form": Fault(_other_form),
    "S.template": Fault(_template),
    "table.repeated_row": Fault(_row_twice, ("table.incomplete", "table.unread")),
    "table.incomplete": Fault(_row_lost),
    "table.head_changed": Fault(_head_changed),
}
"""A fault for each check of one report that is no sum of its tables, by the check's code."""
