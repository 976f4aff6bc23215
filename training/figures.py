"""Invented but plausible figures: what an agency might print in the three tables.

Counts have heavy tails and are mostly zero, most applicants are natural persons, and the form's relations hold, except where
an agency miscounts. A blank instead of a zero, or totals only, are habits of an agency and hold for a whole report.
"""

from collections.abc import Mapping
from random import Random
from typing import Literal

from extractor.forms import FormTable
from extractor.vocabulary import vocabulary

Habit = Literal["zeros", "blanks", "totals", "empty"]
"""How zeros are printed: as 0, as blanks, only row totals are printed, or nothing at all."""

_APPLICANT_SHARES = {
    "natural_person": 0.86,
    "business": 0.08,
    "research": 0.01,
    "public_welfare": 0.01,
    "legal_service": 0.015,
    "other_org": 0.025,
}
_QUIET = 0.35  # share of agencies without any request
_MISCOUNT = 0.05


def heavy_tailed(random: Random, middle: float, spread: float = 1.4) -> int:
    """A count: log-normal around ``middle``, rounded down."""
    return int(random.lognormvariate(0, spread) * middle)


def draw_form(random: Random, table: str, year: int) -> FormTable:
    """The form that an agency uses: that of the year, or now and then another."""
    known = vocabulary().family(table).forms
    official = next((form for form in known if int(form.form) <= year), known[-1])
    return official if random.random() < 0.9 else random.choice(known)


def draw_cells(random: Random, form: FormTable) -> dict[str, int | float]:
    """The figures of one table, by cell key.

    Args:
        random: the source of chance.
        form: the form to fill.
    """
    drawn = {"requests": _requests, "disputes": _disputes, "proactive": _proactive}[form.table](random, form)
    if random.random() < _MISCOUNT and form.relations:
        used = [relation for relation in form.cell_relations if any(drawn[key] for key in relation.right)]
        relation = random.choice(used or list(form.cell_relations))
        key = random.choice(relation.right)
        drawn[key] = max(0, int(drawn[key]) + random.choice((-10, -2, -1, 1, 1, 2, 9, 10)))
    return drawn


def apply_habit(cells: Mapping[str, int | float], form: FormTable, habit: Habit) -> dict[str, int | float | None]:
    """Print figures the way an agency does; a blank is None."""
    totals = {relation.right[0] for relation in form.cell_relations if relation.relation.each == "row"}

    def printed(key: str, value: int | float) -> int | float | None:
        if (
            habit == "empty"
            or (habit == "blanks" and not value)
            or (habit == "totals" and totals and key not in totals)
        ):
            return None
        return value

    return {key: printed(key, value) for key, value in cells.items()}


def _requests(random: Random, form: FormTable) -> dict[str, int | float]:
    rows = [row.key for row in form.blocks[0].rows]
    outcomes = [key for key in rows if key not in ("new_received", "carried_over", "results_total", "carried_forward")]
    busy = 0 if random.random() < _QUIET else heavy_tailed(random, 9, 1.7)
    weights = [random.gammavariate(0.35, 1) * (6 if key == "granted" else 1) for key in outcomes]
    cells: dict[str, int | float] = {
        f"requests.{key}.{column.key}": 0 for key in rows for column in form.blocks[0].columns
    }

    def add(row: str, column: str, count: int = 1) -> None:
        for key in (f"requests.{row}.{column}", f"requests.{row}.total"):
            cells[key] += count

    for _ in range(min(busy, 3000)):
        column = random.choices(list(_APPLICANT_SHARES), list(_APPLICANT_SHARES.values()))[0]
        add("carried_over" if random.random() < 0.06 else "new_received", column)
        if random.random() < 0.05:
            add("carried_forward", column)
        else:
            add(random.choices(outcomes, weights)[0], column)
            add("results_total", column)
    return cells


def _disputes(random: Random, form: FormTable) -> dict[str, int | float]:
    cells: dict[str, int | float] = {}
    for row in form.blocks[0].rows:
        parts = [heavy_tailed(random, 1.5) if random.random() < 0.25 else 0 for _ in form.blocks[0].columns[:-1]]
        for column, count in zip(form.blocks[0].columns, [*parts, sum(parts)], strict=True):
            cells[f"disputes.{row.key}.{column.key}"] = count
    return cells


def _proactive(random: Random, form: FormTable) -> dict[str, int | float]:
    cells: dict[str, int | float] = {}
    for key, column in form.columns.items():
        used = random.random() < 0.45
        if column.kind == "amount":
            cells[key] = round(random.lognormvariate(4, 2), random.choice((0, 1, 2, 4, 6))) if used else 0
        elif column.kind == "signed":
            cells[key] = heavy_tailed(random, 6) * random.choice((-1, 1)) if used else 0
        else:
            cells[key] = heavy_tailed(random, random.choice((2, 30, 900))) if used else 0
    return cells
