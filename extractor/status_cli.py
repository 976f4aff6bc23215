"""The command ``gongkai status``: what is in a store."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractor.console import SOME_FAILED, STORE
from extractor.errors import InputError
from extractor.pages import clean, percent

if TYPE_CHECKING:
    from rich.table import Table

    from extractor.status import Filing, Status
    from extractor.status.against import Comparison
    from extractor.status.counts import Counts, Failure, Run
    from extractor.status.filing import State

_WIDTH_OF_FILES = 130
_STATES: "Mapping[State, str]" = {
    "filed": "已报",
    "missing": "未报",
    "failed": "未能读取",
    "unread": "未读",
    "undecided": "不能确定",
}
_RUNS = {
    "ok": "完成",
    "failed": "完成，有文件未能读取",
    "interrupted": "被中断",
    "stopped": "因错误停止",
    "killed": "被强行终止",
    "running": "正在运行",
}
_COUNTS = {
    "files": "文件",
    "duplicates": "重复",
    "unchanged": "未变",
    "read": "新读",
    "reports": "报告",
    "review": "需要核对",
    "failed": "未能读取",
}
_CELL_STATES = {"number": "数字", "blank": "空白", "dash": "横线", "note": "文字", "missing": "缺失"}


class Format(StrEnum):
    """How the status is printed."""

    text = "text"
    json = "json"


def status(
    store: Annotated[str, STORE],
    manifest: Annotated[
        Path | None,
        typer.Option(help="CSV of the reports that are to be there, instead of the manifests that the store keeps."),
    ] = None,
    reading: Annotated[
        str | None,
        typer.Option(help="By what the reports were read: a number, a model, or aligner-2/0.1.0. Default: the latest."),
    ] = None,
    year: Annotated[int | None, typer.Option(help="Only what is on this year.", min=2000, max=2100)] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="Print tables, or JSON.")] = Format.text,
    errors: Annotated[bool, typer.Option("--errors", help="List the files that could not be read.")] = False,
    missing: Annotated[
        bool,
        typer.Option("--missing", help="List the lines of the manifest whose report is not there, or was not read."),
    ] = False,
    against: Annotated[
        str | None, typer.Option(help="Compare with what another reading has, cell by cell.", metavar="READING")
    ] = None,
    examples: Annotated[int, typer.Option(help="How many cells that differ to show.", min=0)] = 20,
) -> None:
    """Tell what is in a store: who has filed and who has not, errors by code, shares flagged, by year. A batch may be writing it.

    Exit code 1 when --errors or --missing list something.
    """
    from extractor.manifest import read_manifest
    from extractor.status import Asked, look
    from extractor.store import open_store

    lines = read_manifest(manifest) if manifest else None
    with open_store(store, read_only=True) as opened:
        found = look(opened, Asked(reading, lines, year, against, examples))
    if missing and not found.filings:
        raise InputError(f"{store}：没有清单，无法知道谁未报；请用 --manifest 给出", code="input.manifest")
    if format is Format.json:
        _print_json(store, found, errors=errors, missing=missing)
    else:
        _print_tables(store, found)
        for line in _listed(found, errors=errors, missing=missing):
            typer.echo(line)
    if (errors and found.failures) or (missing and found.not_filed):
        raise typer.Exit(SOME_FAILED)


def _print_json(store: str, found: "Status", *, errors: bool, missing: bool) -> None:
    data = {"store": store, **found.to_dict()}
    if errors:
        data["error_files"] = [it._asdict() for it in found.failures]
    if missing:
        data["missing"] = [it.to_dict() for it in found.not_filed]
    typer.echo(json.dumps(data, ensure_ascii=False, indent=1))


def _print_tables(store: str, found: "Status") -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _WIDTH_OF_FILES, markup=False, highlight=False)
    for line in _in_words(store, found):
        console.print(line)
    if found.total.reports:
        console.print(_years_table(found))
    if found.filings:
        console.print(_manifest_table(found))
    if found.failures:
        console.print(_errors_table(found.failures))
    if found.comparison:
        console.print(_comparison_table(found.comparison))
        if found.comparison.examples:
            console.print(_examples_table(found.comparison))


def _in_words(store: str, found: "Status") -> Iterator[str]:
    if found.reading is None:
        yield f"{clean(store)}：还没有读过报告"
    for reading, count in reversed(found.readings):
        own = found.reading is not None and reading.number == found.reading.number
        yield f"{'读法' if own else '另有'} {reading.number}　{reading}：{count:,} 份报告"
    if found.run:
        yield f"最近一次运行　{_run_in_words(found.run)}"
    files = found.files
    listed = "" if files.unlisted is None else f"，不在清单 {files.unlisted:,}"
    undecided = f"（其中 {files.undecided:,} 个不能确定是哪一行）" if files.undecided else ""
    yield (
        f"文件 {files.files:,}：不同内容 {files.sources:,}，重复 {files.duplicates:,}，未能读取 {files.failed:,}，"
        f"未读 {files.unread:,}{listed}{undecided}"
    )
    if found.disagreements:
        both = [sum(name in it.differs for it in found.disagreements) for name in ("agency", "year")]
        yield f"清单与文中不一致 {len(found.disagreements):,} 个文件：机关 {both[0]:,}，年度 {both[1]:,}（-f json 列出）"


def _run_in_words(run: "Run") -> str:
    ended = f" 至 {run.ended}" if run.ended else ""
    counts = "，".join(f"{_COUNTS.get(name, name)} {_count(it)}" for name, it in run.counts.items() if it)
    return f"{run.number}　{run.started}{ended}　{_RUNS.get(run.status, run.status)}{f'　{counts}' if counts else ''}"


def _count(value: Any) -> str:
    """A count of a run, or counts by code."""
    if isinstance(value, Mapping):
        return f"{sum(value.values()):,}（{'，'.join(f'{code} {count:,}' for code, count in value.items())}）"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _table(title: str, headings: Iterable[str]) -> "Table":
    """A table of numbers behind names."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title=title, title_justify="left", title_style="bold")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", overflow="fold")
    return table


def _by_year(found: "Status") -> "Iterator[tuple[str, Counts]]":
    for year, counts in found.years.items():
        yield "未说明" if year is None else str(year), counts
    if len(found.years) != 1:
        yield "合计", found.total


def _years_table(found: "Status") -> "Table":
    headings = (
        "年度",
        "报告",
        "通过",
        "需要核对",
        "占比",
        "未能读取",
        "已核定",
        "占比",
        "单元格",
        "待核对",
        "占比",
        "其中已核定",
    )
    table = _table("报告", headings)
    for name, it in _by_year(found):
        if not it.reports:
            continue
        read = it.reports - it.failed
        reports = f"{it.reports:,}", f"{it.ok:,}", f"{it.review:,}", percent(it.review, read), f"{it.failed:,}"
        decided = f"{it.decided:,}", percent(it.decided, read)
        cells = f"{it.cells:,}", f"{it.flagged:,}", percent(it.flagged, it.cells), f"{it.flagged_decided:,}"
        table.add_row(name, *reports, *decided, *cells)
    return table


def _manifest_table(found: "Status") -> "Table":
    table = _table("清单", ("年度", "应报", *_STATES.values(), "已报占比"))
    for name, it in _by_year(found):
        if not (lines := it.filing.total()):
            continue
        states = (f"{it.filing[state]:,}" for state in _STATES)
        table.add_row(name, f"{lines:,}", *states, percent(it.filing["filed"], lines))
    return table


def _errors_table(failures: "Iterable[Failure]") -> "Table":
    from collections import Counter

    table = _table("未能读取", ("代码", "文件"))
    for code, count in Counter(failure.code for failure in failures).most_common():
        table.add_row(code, f"{count:,}")
    return table


def _comparison_table(found: "Comparison") -> "Table":
    table = _table(f"与 {found.other} 比较", ("", "报告或单元格"))
    for name, count in (
        ("两者都有的报告", found.reports),
        ("　只有本读法未能读取", found.failed_here),
        ("　只有另一读法未能读取", found.failed_there),
        ("只有本读法有的报告", found.only_here),
        ("只有另一读法有的报告", found.only_there),
        ("两者都有的单元格", found.cells),
        ("　不同", found.differing),
        ("　　数值不同", found.value),
        ("　　状态不同", found.state),
        ("　　只有本读法标为待核对", found.review_here),
        ("　　只有另一读法标为待核对", found.review_there),
        ("　　数值或状态不同，两者都未标", found.silent),
        ("只有本读法有的单元格", found.cells_only_here),
        ("只有另一读法有的单元格", found.cells_only_there),
    ):
        table.add_row(name, f"{count:,}")
    return table


def _examples_table(found: "Comparison") -> "Table":
    from rich.text import Text

    table = _table("例子", ("文件", "单元格", "本读法", f"{found.other}"))
    for it in found.examples:
        path = f"{it.path}（部分 {it.part}）" if it.part else it.path
        own = _cell(it.value, it.state, it.text, flagged=it.review)
        other = _cell(it.other_value, it.other_state, it.other_text, flagged=it.other_review)
        table.add_row(Text(clean(path)), it.key, Text(own), Text(other))
    return table


def _cell(value: float | None, state: str, text: str, *, flagged: bool) -> str:
    from extractor.numbers import figure

    shown = figure(value) if value is not None else _CELL_STATES.get(state, state)
    printed = f"（{clean(text)}）" if text and text != shown else ""
    return f"{shown}{printed}{' *' if flagged else ''}"


def _listed(found: "Status", *, errors: bool, missing: bool) -> Iterator[str]:
    """A line for each file that could not be read, and for each line of the manifest whose report was not."""
    for failure in found.failures if errors else ():
        yield clean(f"[{failure.code}] {failure.path}：{failure.message}")
    for filing in found.not_filed if missing else ():
        yield "　".join(map(clean, _filing_in_words(filing)))


def _filing_in_words(filing: "Filing") -> Iterator[str]:
    line = filing.listed
    yield _STATES[filing.state] + (f" [{filing.error}]" if filing.error else "")
    yield f"{line.year or '年度未说明'}"
    yield line.agency or "机关未说明"
    if name := filing.path or line.path or line.url:
        yield name
    if filing.other:
        yield f"（同一机关该年度另有 {filing.other}）"
