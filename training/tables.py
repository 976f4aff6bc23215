"""An evaluation in the terminal."""

from collections import Counter
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from training.evaluate import BASELINE, DIMENSIONS, Evaluation, Result, with_ratios

_WIDTH_OF_FILES = 170
_COUNTS = ("cells", "right", "wrong", "missed", "extra", "over", "silent", "flagged")
_ERRORS = ("wrong", "missed", "extra")
_RATIOS = ("right_share", "precision", "recall", "f1")


def show_result(result: Result, title: str) -> None:
    """Print an evaluation: each aligner, then the model by every dimension beside the baseline, then the differences."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OF_FILES)
    console.rule(title)
    console.print(_overview(result))
    base = result.evaluations.get(BASELINE)
    for dimension in DIMENSIONS:
        names = result.model.by[dimension]
        if names:
            console.print(_by(dimension, names, base.by[dimension] if base else {}))
    _differences(result, console)


def _overview(result: Result) -> Table:
    table = Table("", *(f"{key} ({item.name})" for key, item in result.evaluations.items()))
    figures = [_figures(item) for item in result.evaluations.values()]
    for name in figures[0]:
        table.add_row(name, *(own[name] for own in figures))
    return table


def _figures(found: Evaluation) -> dict[str, str]:
    """The main figures of an aligner."""
    total = with_ratios(found.total)
    return {
        **{name: f"{total[name]:,.0f}" for name in (*_COUNTS, "support")},
        "errors (wrong, missed, extra)": f"{errors(found.total):,}",
        **{name: f"{total[name]:.4%}" for name in _RATIOS},
        "exact reports": f"{sum(report.exact for report in found.reports)} of {len(found.reports)}",
        "exact rows": f"{found.rows['exact']} of {found.rows['rows']}",
        "row headers right": f"{found.heads['right']} of {found.heads['rows']}",
        "expected calibration error": f"{found.reliability.calibration_error():.4f}",
        "coverage at 99.9 %": f"{found.reliability.coverage():.2%}",
    }


def _by(dimension: str, names: dict[str, Counter[str]], base: dict[str, Counter[str]]) -> Table:
    table = Table(pad_edge=False)
    table.add_column(dimension, no_wrap=True, overflow="fold", min_width=26)
    for head in (
        "cells",
        "wrong",
        "missed",
        "extra",
        "over",
        "silent",
        "flagged",
        "right %",
        "P",
        "R",
        "F1",
        "support",
    ):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("errors : baseline", justify="right", no_wrap=True)
    for name, counts in sorted(names.items()):
        found = with_ratios(counts)
        table.add_row(
            name,
            *(f"{counts[key]}" for key in ("cells", *_ERRORS, "over", "silent", "flagged")),
            f"{found['right_share']:.2%}",
            *(f"{found[key]:.4f}" for key in ("precision", "recall", "f1")),
            f"{counts['support']}",
            f"{errors(counts)} : {errors(base[name])}" if name in base else "",
            style="red" if counts["silent"] else None,
        )
    return table


def errors(counts: Mapping[str, int]) -> int:
    """Cells that are not right, flagged or not."""
    return sum(counts.get(kind, 0) for kind in _ERRORS)


def _differences(result: Result, console: Console) -> None:
    """What two models read differently."""
    if "against" not in result.evaluations:
        return
    table = Table("report", "cell", "printed", "model", "against", title=f"{len(result.disagreements)} differences")
    for item in result.disagreements:
        table.add_row(
            item.report, item.key, _shown(item.want), _shown(item.got) + "*" * item.flagged,
            _shown(item.other) + "*" * item.other_flagged,
        )  # fmt: skip
    console.print(table)


def _shown(value: float | None) -> str:
    return "·" if value is None else f"{value:g}"
