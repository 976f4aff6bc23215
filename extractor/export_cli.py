"""The command ``gongkai export``: the reports of a store as a dataset."""

import sys
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.console import INTERRUPTED, SOME_FAILED, STORE, complain, progress_bar
from extractor.pages import percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from extractor.datapackage import Summary
    from extractor.store import Reading


class Format(StrEnum):
    """The formats of a dataset."""

    parquet = "parquet"
    csv = "csv"
    xlsx = "xlsx"
    dta = "dta"


def export(
    store: Annotated[str, STORE],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The folder to write; a dataset that stands there is replaced.")
    ],
    format: Annotated[
        list[Format] | None,
        typer.Option("--format", "-f", help="What to write; may be repeated. Default: all."),
    ] = None,
    reading: Annotated[
        str | None,
        typer.Option(help="By what the reports were read: a number, a model, or aligner-2/0.1.0. Default: the latest."),
    ] = None,
) -> None:
    """Write the reports of a store as a dataset: Parquet, CSV, Excel and Stata, with a description of every column."""
    from extractor.datapackage import export_dataset, require
    from extractor.store import open_store

    formats = list(dict.fromkeys(it.value for it in format or Format))
    require(formats)
    with open_store(store, read_only=True) as opened:
        chosen = opened.find_reading(reading)
        try:
            summary = export_dataset(opened, chosen, output, formats, progress=_progress)
        except KeyboardInterrupt:
            complain("export", f"已中断；没有写入 {output}，原有的数据集没有改动")
            raise typer.Exit(INTERRUPTED) from None
    _tell(summary, output, chosen)
    for zh, _ in summary.notes:
        complain("export", zh)
    if summary.counts["sources_unread"]:
        raise typer.Exit(SOME_FAILED)


def _progress(total: int) -> "AbstractContextManager[Callable[[], None]]":
    return progress_bar(total, shown=sys.stderr.isatty())


def _tell(summary: "Summary", output: Path, reading: "Reading") -> None:
    rows, counts = summary.rows, summary.counts
    told = {
        "reports": f"{counts['reports_to_review']:,} 份需要核对，{counts['reports_failed']:,} 份未能读取",
        "cells": f"待核对 {percent(counts['cells_to_review'], rows['cells'])}，人工核定 {counts['cells_decided']:,}",
    }
    for name, count in rows.items():
        typer.echo(f"{name:<9}{count:>12,} 行{f'，{told[name]}' if name in told else ''}")
    typer.echo(f"已写入 {output}（由 {reading} 读取）")
