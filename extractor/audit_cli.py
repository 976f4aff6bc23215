"""The command ``gongkai audit``: reports for people, as a page or a workbook."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.console import AGENCY, JOBS, KEEP_NAMES, LIMIT, MODEL, SOME_FAILED, YEAR, complain, progress_bar
from extractor.errors import InputError, OutputError
from extractor.record import Record

if TYPE_CHECKING:
    from extractor.batch import Options

_SUFFIXES = (".html", ".xlsx")
_RECORD = re.compile(rb'^(?:\xef\xbb\xbf)?\s*\{\s*"source"\s*:\s*\{\s*"name"')
_PEEK = 200


def audit(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Reports as for extract (files, folders, archives, patterns, -), or records that it saved (.jsonl, .json).",
            metavar="PATH...",
        ),
    ],
    output: Annotated[
        list[Path],
        typer.Option("-o", "--output", help="Where to write: .html or .xlsx; may be repeated for both."),
    ],
    title: Annotated[str | None, typer.Option(help="The title of the page.")] = None,
    jobs: Annotated[int, JOBS] = 1,
    agency: Annotated[str | None, AGENCY] = None,
    year: Annotated[int | None, YEAR] = None,
    model: Annotated[Path | None, MODEL] = None,
    limit: Annotated[list[str] | None, LIMIT] = None,
    keep_names: Annotated[bool, KEEP_NAMES] = False,
) -> None:
    """Lay reports out for people: tables as on the official form, doubtful cells marked, findings in words, the source beside."""
    from extractor.batch import Options
    from extractor.settings import Settings, with_limits

    for path in output:
        _require_writable(path)
    settings = with_limits(Settings(snippets=True, keep_names=keep_names), limit or ())
    records = _records(paths, Options(agency, year, model, settings), jobs)
    failed = [record for record in records if record.status == "failed"]
    for record in failed:
        complain(record.findings[0].code, f"{record.source.name}：{record.findings[0].message}")
    for path in output:
        _write(records, path, title)
    if failed:
        complain("batch", f"共 {len(records)} 份，{len(failed)} 份未能读取；其余已写入")
        raise typer.Exit(SOME_FAILED)


def _require_writable(path: Path) -> None:
    """Raise before the work begins, not after it.

    Raises:
        OutputError: the suffix is not known (``output.format``), or there is no such folder (``output.missing``).
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise OutputError(f"{path}：不支持的格式；请用 {'、'.join(_SUFFIXES)} 之一", code="output.format")
    if not path.parent.is_dir():
        raise OutputError(f"{path.parent}：文件夹不存在；请先建立", code="output.missing")


def _records(paths: Sequence[str], options: "Options", jobs: int) -> list[Record]:
    """The saved records among the paths, then those of the reports.

    Raises:
        InputError: nothing is there (``input.missing``), or saved records are damaged (``input.record``).
        ModelError: no report can be read at all with this model.
    """
    from extractor.batch import extract_files, find_files
    from extractor.datasets import open_dataset

    files = find_files(paths, options.settings)
    saved = [path for path in files if _is_saved(path) or (path in paths and path.lower().endswith(".jsonl"))]
    reports = [path for path in files if path not in saved and not _is_other_half(path, files)]
    if not saved and not reports:
        raise InputError(f"{' '.join(paths)}：没有找到文件", code="input.missing")
    records = [record for path in saved for record in open_dataset(path, options.settings)]
    with progress_bar(len(reports), shown=bool(reports) and sys.stderr.isatty()) as advance:
        return records + list(extract_files(reports, options, jobs=jobs, progress=advance) if reports else ())


def _is_saved(path: str) -> bool:
    """True for a file of saved records. JSON may also be a report, as other tools have read it."""
    if not path.lower().endswith((".jsonl", ".json")) or not Path(path).is_file():
        return False
    with Path(path).open("rb") as file:
        return bool(_RECORD.match(file.read(_PEEK)))


def _is_other_half(path: str, files: Sequence[str]) -> bool:
    """True for the cells that stand beside saved records: ``out.cells.jsonl`` beside ``out.jsonl``."""
    return path.endswith(".cells.jsonl") and path.removesuffix(".cells.jsonl") + ".jsonl" in files


def _write(records: Sequence[Record], path: Path, title: str | None) -> None:
    from extractor.auditing.page import TITLE, audit_page
    from extractor.auditing.workbook import write_workbook
    from extractor.export import replacing

    if path.suffix.lower() == ".xlsx":
        with replacing(path, "wb") as file:
            write_workbook(records, file, title=title or TITLE)
        return
    with replacing(path, encoding="utf-8", newline="\n") as file:
        for part in audit_page(records, title=title or TITLE):
            file.write(part)
