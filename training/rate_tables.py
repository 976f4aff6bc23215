"""The rates of the checks in the terminal, and as Markdown for the README."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from extractor.checks import catalogue
from training.narrative import NarrativeScore
from training.rates import CheckRates

_WIDTH_OF_FILES = 150


class RateTable(NamedTuple):
    """A table: its title, heads and rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def rate_tables(rates: CheckRates) -> tuple[RateTable, ...]:
    """The tables: one row a check, and one row a kind of error in the tables."""
    times = rates.times()
    sound = rates.sound
    codes = RateTable(
        f"checks; {sound['reports']:,} sound reports, {sound['alarmed']} with a false alarm",
        ("check", "errors", "found", "recall", "precision", "false alarms", "what must hold"),
        tuple(
            (
                code,
                f"{rate.errors:,}",
                f"{rate.caught:,}",
                _share(rate.caught, rate.errors),
                _share(rate.right, rate.fired),
                _share(rate.alarmed, rate.reports),
                catalogue()[code].en if code in catalogue() else "",
            )
            for code, rate in rates.measured().items()
        ),
    )
    totals = [(f"all: {what}", rates.total(what)) for what in ("printing", "misreading")]
    kinds = RateTable(
        f"errors in tables; audit of one: median {times['median']:.3f} s, p95 {times['p95']:.3f} s, most {times['most']:.3f} s",
        ("error", "errors", "seen", "located", "likeliest", "only one", "cause right", "flagged", "silent"),
        tuple(
            (
                name,
                f"{rate.errors:,}",
                *(
                    _share(getattr(rate, item), rate.errors)
                    for item in ("seen", "located", "first", "unique", "cause", "flagged")
                ),
                f"{rate.silent:,}",
            )
            for name, rate in (*rates.kinds.items(), *(item for item in totals if item[1].errors))
        ),
    )
    return codes, kinds


def show_narrative(score: NarrativeScore) -> None:
    """Print how well the counts of prose are read, and each sentence that was read wrong."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OF_FILES)
    table = Table("claims", "found", "wrong", "precision", "recall", "traps", "fired", title="narrative")
    counts = (score.stated, score.found, score.wrong)
    rates = (f"{score.precision:.2%}", f"{score.recall:.2%}")
    table.add_row(*(f"{count:,}" for count in counts), *rates, f"{score.traps:,}", f"{score.fired:,}")
    console.print(table)
    for slip in score.slips:
        told = "".join((*(f"  + {key}={value:g}" for key, value in slip.wrong.items()),
                        *(f"  - {key}={value:g}" for key, value in slip.missed.items())))  # fmt: skip
        console.print(f"{slip.sentence.id}{told}", markup=False, highlight=False)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def show_rates(rates: CheckRates) -> None:
    """Print the tables."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OF_FILES)
    for own in rate_tables(rates):
        table = Table(title=own.title)
        for place, head in enumerate(own.heads):
            table.add_column(head, justify="right" if place and head != own.heads[-1] else "left", no_wrap=not place)
        for row in own.rows:
            table.add_row(*row)
        console.print(table)


def markdown(rates: CheckRates) -> str:
    """The tables as Markdown."""
    return "\n\n".join(f"**{own.title}**\n\n{_markdown(own.heads, own.rows)}" for own in rate_tables(rates)) + "\n"


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows))
