"""The command ``gongkai check``: records checked again, and against each other."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.console import SOME_FAILED, complain, progress_bar
from extractor.errors import InputError
from extractor.record import Finding, Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from extractor.series import Hierarchy, Series

_WIDTH_OF_FILES = 130
_NAMED = 5
_OF_THE_READING = ("document", "table")


class Findings(StrEnum):
    """How findings are printed."""

    text = "text"
    jsonl = "jsonl"
    summary = "summary"


def check(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="What extract has written: .jsonl, .json, .csv, .parquet or .xlsx, or - for records on standard input.",
            metavar="DATASET...",
        ),
    ],
    hierarchy: Annotated[
        Path | None,
        typer.Option(help="CSV of agencies, child and parent: a parent's counts are the sums of its children's."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Write the records with their findings: .jsonl; or the findings: .csv or .xlsx."
        ),
    ] = None,
    format: Annotated[
        Findings,
        typer.Option("--format", "-f", help="Print what fails, all findings as JSON lines, or a line a check."),
    ] = Findings.text,
) -> None:
    """Check saved records again, and against each other: last year's report, other agencies', a parent and its children.

    Exit code 1 when an error or a warning is found, or a report could not be read.
    """
    from extractor.datasets import open_dataset, without_seconds
    from extractor.series import Series

    datasets = [open_dataset(path) for path in without_seconds(paths)]
    series = Series(_hierarchy(hierarchy) if hierarchy else None)
    for record in chain.from_iterable(datasets):
        series.add(record)
    if not len(series):
        raise InputError(f"{' '.join(paths)}：没有记录", code="input.empty")
    if hierarchy:
        _tell_strangers(hierarchy, series)
    tally = Tally()
    with _writer(output) as write, _printer(format, tally) as show, _progress(len(series)) as advance:
        for record in _checked(chain.from_iterable(datasets), series):
            tally.add(record)
            write(record)
            show(record)
            advance()
    if tally.failed:
        raise typer.Exit(SOME_FAILED)


def _hierarchy(path: Path) -> "Hierarchy":
    from extractor.batch import read_bytes
    from extractor.series import read_hierarchy
    from extractor.settings import DEFAULTS

    try:
        data = read_bytes(str(path), DEFAULTS)
    except InputError as error:
        raise InputError(f"{path}：{error}", code=error.code) from None
    return read_hierarchy(data, str(path))


def _tell_strangers(path: Path, series: "Series") -> None:
    """Names without a report may be misspelt. When no parent has one, the file is of other agencies."""
    strangers = series.strangers()
    named = "、".join(strangers[:_NAMED]) + ("等" if len(strangers) > _NAMED else "")
    if not series.parents():
        raise InputError(f"{path}：上级都没有报告（{named}）；名称要与报告的机关相同", code="input.hierarchy")
    if strangers:
        complain("input.hierarchy", f"{path}：{len(strangers)} 个机关没有报告（{named}），与其有关的无法核对")


def _checked(records: Iterable[Record], series: "Series") -> Iterator[Record]:
    """The records with the findings of all checks. What the prose told of is kept as it was found with the document at hand."""
    from extractor.audit import examine, with_findings
    from extractor.checks import Context

    for place, record in enumerate(records):
        if place >= len(series):
            raise InputError("数据集在核对时被改动；请重试", code="input.dataset")
        if record.status == "failed":
            yield record
            continue
        own = with_findings(record, (it for it in record.findings if _scope(it) != "series"))
        again = examine(Context(own))
        yield with_findings(again, (*again.findings, *series.findings(place, record)))


def _scope(finding: Finding) -> str | None:
    from extractor.checks import catalogue

    check = catalogue().get(finding.code)
    return check.scope if check else None


def _of_checks(record: Record) -> list[Finding]:
    """The findings of checks. What the reading met was told by ``extract``; its codes are in small letters: ``table.unread``."""
    return [it for it in record.findings if _scope(it) not in _OF_THE_READING or it.code[:1].isupper()]


class Tally:
    """How often each check passed, failed or could not be made, and in how many reports it failed."""

    def __init__(self) -> None:
        self.reports = 0
        self.unread = 0
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.failing: Counter[str] = Counter()
        self.severities: Counter[str] = Counter()

    @property
    def failed(self) -> bool:
        """True when there is an error, a warning, or a report that could not be read."""
        return bool(self.unread or self.severities["error"] or self.severities["warning"])

    def add(self, record: Record) -> None:
        """Count the findings of a record."""
        self.reports += 1
        if record.status == "failed":
            self.unread += 1
            return
        found = _of_checks(record)
        failing = [finding for finding in found if finding.outcome == "fail"]
        self.outcomes.update((finding.code, finding.outcome) for finding in found)
        self.severities.update(finding.severity for finding in failing)
        self.failing.update({finding.code for finding in failing})

    def in_words(self) -> str:
        """All counts in one line."""
        total = Counter[str]()
        for (_, outcome), count in self.outcomes.items():
            total[outcome] += count
        hints = self.severities["info"]
        unread = f"；{self.unread} 份未能读取" if self.unread else ""
        return (
            f"共 {self.reports:,} 份报告：相符 {total['pass']:,} 项，不符 {total['fail'] - hints:,} 项，"
            f"提示 {hints:,} 项，无法核对 {total['unverifiable']:,} 项{unread}"
        )


@contextmanager
def _printer(format: Findings, tally: Tally) -> "Iterator[Callable[[Record], None]]":
    ways = {Findings.text: _tell, Findings.jsonl: _print_lines}
    yield ways.get(format, lambda _: None)
    if format is Findings.summary:
        _tell_checks(tally)
    if format is Findings.summary or (format is Findings.text and tally.reports > 1):
        typer.echo(tally.in_words())


def _tell(record: Record) -> None:
    """What fails in a report, a line each."""
    name = record.source.name
    if record.status == "failed":
        typer.echo(f"{name}：未能读取（{record.findings[0].code if record.findings else 'input'}）")
        return
    failing = [finding for finding in _of_checks(record) if finding.outcome == "fail"]
    wrong = sum(finding.severity != "info" for finding in failing)
    hints = f"，{len(failing) - wrong} 项提示" if len(failing) > wrong else ""
    typer.echo(f"{name}：{f'{wrong} 项不符' if wrong else '相符'}{hints}")
    for finding in failing:
        typer.echo(f"  {finding.code}　{finding.message}")


def _print_lines(record: Record) -> None:
    """All findings of a report, a line of JSON each."""
    from extractor.datasets.findings import finding_rows

    for row in finding_rows(record):
        print(json.dumps(row, ensure_ascii=False))


def _tell_checks(tally: Tally) -> None:
    """A line for each check that was made."""
    from rich.console import Console
    from rich.table import Table

    from extractor.checks import catalogue

    table = Table("code", "相符", "不符", "无法核对", "不符的报告", "应当")
    known = [*catalogue(), *(code for code, _ in tally.outcomes if code not in catalogue())]
    for code in dict.fromkeys(known):
        counts = [tally.outcomes[code, outcome] for outcome in ("pass", "fail", "unverifiable")]
        if any(counts):
            meaning = catalogue()[code].zh if code in catalogue() else ""
            table.add_row(code, *(f"{count:,}" for count in (*counts, tally.failing[code])), meaning)
    Console(width=None if sys.stdout.isatty() else _WIDTH_OF_FILES).print(table)


@contextmanager
def _writer(output: Path | None) -> "Iterator[Callable[[Record], None]]":
    if output is None:
        yield lambda _: None
    elif output.suffix.lower() == ".jsonl":
        from extractor.export import dataset_writer

        with dataset_writer(output) as writer:
            yield writer.write
    else:
        from extractor.datasets.findings import findings_table

        with findings_table(output) as write:
            yield write


@contextmanager
def _progress(total: int) -> "Iterator[Callable[[], None]]":
    """A progress bar, when nothing else is printed to the screen."""
    if not (sys.stderr.isatty() and not sys.stdout.isatty()):
        yield lambda: None
        return
    with progress_bar(total, shown=True) as advance:
        yield advance
