"""The command ``gongkai``: a thin face over the functions of this package. ``training.cli`` adds the commands that train."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.audit_cli import audit
from extractor.batch_cli import batch
from extractor.check_cli import check
from extractor.console import (
    AGENCY,
    BAD_INPUT,
    JOBS,
    KEEP_NAMES,
    LIMIT,
    MODEL,
    SOME_FAILED,
    YEAR,
    complain,
    progress_bar,
)
from extractor.decide_cli import decide
from extractor.errors import GongkaiError, InputError
from extractor.export_cli import export
from extractor.record import VERSION, Record
from extractor.status_cli import status

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    name="gongkai",
    help="Audited records from government information-disclosure annual reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command()(audit)
for command in (batch, status, export, decide):
    app.command()(command)

_WIDTH_OF_FILES = 130


class Format(StrEnum):
    """How records are printed."""

    json = "json"
    jsonl = "jsonl"
    table = "table"
    summary = "summary"


def main() -> None:
    """Run the command; an error that the user can mend becomes one line and exit code 2."""
    try:
        app()
    except GongkaiError as error:
        complain(error.code, str(error))
        sys.exit(BAD_INPUT)
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        sys.exit(0)


@app.command()
def extract(
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders, patterns, or - for standard input.", metavar="PATH...")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write a dataset: .jsonl, .csv, .parquet or .xlsx.")
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="Print as JSON, JSON Lines, the three tables, or a line a report. Default: json for one path, jsonl for many.",
        ),
    ] = None,
    jobs: Annotated[int, JOBS] = 1,
    agency: Annotated[str | None, AGENCY] = None,
    year: Annotated[int | None, YEAR] = None,
    model: Annotated[Path | None, MODEL] = None,
    limit: Annotated[list[str] | None, LIMIT] = None,
    keep_names: Annotated[bool, KEEP_NAMES] = False,
) -> None:
    """Read reports into records: every cell of the three tables, its place in the source, and what the checks found."""
    from extractor.batch import Options, extract_files, find_files
    from extractor.settings import Settings, with_limits

    settings = with_limits(Settings(keep_names=keep_names), limit or ())
    options = Options(agency, year, model, settings)
    files = find_files(paths, options.settings)
    if not files:
        raise InputError(f"{' '.join(paths)}：没有找到文件", code="input.missing")
    shown = sys.stderr.isatty() and (output is not None or not sys.stdout.isatty())
    with progress_bar(len(files), shown=shown) as advance:
        records = extract_files(files, options, jobs=jobs, progress=advance)
        if files == paths and len(files) == 1 and output is None:
            only, *others = records
            if not others:
                _print_one(only, format or Format.json)
                return
            records = iter((only, *others))
        if output is None and format is Format.json:
            raise typer.BadParameter("json is for one report; use jsonl or table for many", param_hint="--format")
        _print_many(records, output, format)


def _print_many(records: Iterator[Record], output: Path | None, format: Format | None) -> None:
    """Print and write records as they come, and tell of those that failed."""
    count, failed = 0, dict[str, int]()
    with _printer(format or (Format.jsonl if output is None else None)) as show, _writer(output) as write:
        for record in records:
            count += 1
            show(record)
            write(record)
            if record.status == "failed":
                code = record.findings[0].code
                failed[code] = failed.get(code, 0) + 1
                complain(code, f"{record.source.name}：{record.findings[0].message}")
    if failed:
        counts = "，".join(f"{code} {number}" for code, number in failed.items())
        complain("batch", f"共 {count} 份，{sum(failed.values())} 份未能读取（{counts}）")
        raise typer.Exit(SOME_FAILED)


def _print_one(record: Record, format: Format) -> None:
    if record.status == "failed":
        complain(record.findings[0].code, f"{record.source.name}：{record.findings[0].message}")
    if format is not Format.table or record.status != "failed":
        with _printer(format) as show:
            show(record)
    if record.status == "failed":
        raise typer.Exit(BAD_INPUT)


def _ignore(_: Record) -> None:
    """Do nothing with a record."""


@contextmanager
def _printer(format: Format | None) -> "Iterator[Callable[[Record], None]]":
    """What prints records in a format; None prints nothing."""
    if format is None:
        yield _ignore
    elif format in (Format.json, Format.jsonl):
        indent = 1 if format is Format.json else None
        yield lambda record: print(json.dumps(record.to_dict(), ensure_ascii=False, indent=indent))
    else:
        from rich.console import Console

        from extractor.show import Summary, show

        console = Console(width=None if sys.stdout.isatty() else _WIDTH_OF_FILES)
        if format is Format.table:
            yield lambda record: show(record, console)
            return
        summary = Summary()
        yield summary.add
        console.print(summary.table)


@contextmanager
def _writer(output: Path | None) -> "Iterator[Callable[[Record], None]]":
    if output is None:
        yield _ignore
        return
    from extractor.export import dataset_writer

    with dataset_writer(output) as writer:
        yield writer.write


@app.command()
def forms(form: Annotated[str | None, typer.Argument(help="Show the rows and columns of one form.")] = None) -> None:
    """List the official forms, or the rows, columns and wordings of one."""
    from rich.console import Console
    from rich.table import Table

    from extractor.forms import forms as all_forms

    known = {item.id: item for item in all_forms()}
    if form is not None and form not in known:
        raise InputError(f"没有表格 {form}；有：{'、'.join(known)}", code="input.form")
    console = Console()
    if form is None:
        table = Table("id", "table", "form", "cells", "relations", "title")
        for item in known.values():
            table.add_row(
                item.id, item.table, item.form, str(len(item.columns)), str(len(item.cell_relations)), item.title
            )
        console.print(table)
        return
    for block in known[form].blocks:
        table = Table("row", "label", "also", title=block.caption)
        for row in block.rows:
            table.add_row(row.key, row.label, "、".join(row.aliases))
        for column in block.columns:
            table.add_row(f"[cyan]{column.key}[/]", f"[cyan]{column.label}[/]", "、".join(column.aliases))
        console.print(table)


app.command()(check)


@app.command()
def checks(
    code: Annotated[str | None, typer.Argument(help="A code, or the beginning of codes, such as T3.")] = None,
) -> None:
    """List what is checked: code, severity, source, and what must hold, in Chinese and English."""
    from rich.console import Console

    from extractor.checks.listing import checks_table

    Console(width=None if sys.stdout.isatty() else _WIDTH_OF_FILES).print(checks_table(code))


@app.command()
def version() -> None:
    """Print the version of the program and the model it would use."""
    from extractor.model import current_model

    typer.echo(f"gongkai {VERSION}, model {current_model()}")
