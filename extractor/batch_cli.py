"""The command ``gongkai batch``: many reports into a store."""

import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.console import INTERRUPTED, JOBS, KEEP_NAMES, LIMIT, MODEL, SOME_FAILED, STORE, complain
from extractor.errors import GongkaiError, InputError

if TYPE_CHECKING:
    from extractor.batch import Options
    from extractor.bulk import Counts
    from extractor.bulk.engines import Engine
    from extractor.store import Listed, Reading
    from extractor.store.writer import Writer


class Engines(StrEnum):
    """Where the work is done."""

    loky = "loky"
    dask = "dask"


def batch(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, patterns, zip archives.", metavar="IN...")],
    store: Annotated[str, STORE],
    jobs: Annotated[int, JOBS] = -1,
    manifest: Annotated[
        Path | None,
        typer.Option(help="CSV of the reports that are to be there: path or url, agency, code, year, parent."),
    ] = None,
    engine: Annotated[
        Engines, typer.Option(help="Processes of this machine, or the workers of a Dask scheduler.")
    ] = Engines.loky,
    scheduler: Annotated[str | None, typer.Option(help="The Dask scheduler.", metavar="tcp://HOST:PORT")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Read again what could not be read before.")] = False,
    log: Annotated[Path | None, typer.Option(help="Log file. Default: beside the SQLite file, FILE.log.")] = None,
    model: Annotated[Path | None, MODEL] = None,
    limit: Annotated[list[str] | None, LIMIT] = None,
    keep_names: Annotated[bool, KEEP_NAMES] = False,
) -> None:
    """Read many reports into a store, and go on where an earlier run ended, however it ended.

    Bytes that were read before with the same model and version are not read again. Exit code 1 when a file could not be read, 130
    after Ctrl-C: what was read is kept, and the next run goes on.
    """
    from extractor.batch import Options, find_files
    from extractor.bulk.watch import logging_to
    from extractor.manifest import read_manifest
    from extractor.settings import Settings, with_limits
    from extractor.store import open_store
    from extractor.store.writer import writing

    settings = with_limits(Settings(keep_names=keep_names), limit or ())
    options = Options(model=model, settings=settings)
    if (engine is Engines.dask) != (scheduler is not None):
        raise typer.BadParameter("--engine dask needs --scheduler, and only that one", param_hint="--scheduler")
    lines = read_manifest(manifest) if manifest else []
    log = log or _beside(store)
    own = {os.path.realpath(path) for path in (manifest, log) if path}
    found = find_files(map(os.path.normpath, paths), settings)  # one name for a file, however its folder was given
    files = [path for path in found if not _is_ours(path, store, own)]
    if not files:
        raise InputError(f"{' '.join(paths)}：没有找到文件", code="input.missing")
    reading = _reading(options)
    arguments = {"paths": paths, "jobs": jobs, "engine": str(engine)}
    try:
        with (
            _ended_by_signals(),
            open_store(store) as opened,
            writing(opened, reading, arguments) as writer,
            logging_to(log) as logger,
        ):
            _join(writer, lines, files)
            counts = _run(writer, files, options, lambda: _engine(engine, jobs, scheduler), logger, retry=retry)
    except KeyboardInterrupt:
        complain("batch", "已中断；读过的都在数据库里，再次运行即可接着做")
        raise typer.Exit(INTERRUPTED) from None
    typer.echo("，".join(_in_words(counts)))
    if counts.failed:
        complain("batch", f"有文件未能读取；gongkai status --store {store} --errors 列出，修好后加 --retry 再运行")
        raise typer.Exit(SOME_FAILED)


def _join(writer: "Writer", lines: "Sequence[Listed]", files: Sequence[str]) -> None:
    from extractor.document import printable
    from extractor.manifest import match_files

    writer.list_files(lines, map(printable, files), match_files)


def _beside(store: str) -> Path | None:
    """The log of a store in a file."""
    from extractor.store.connection import is_url

    return None if is_url(store) else Path(f"{store}.log")


def _is_ours(path: str, store: str, own: set[str]) -> bool:
    """True for a file that is no report but ours: the store, what SQLite keeps beside it, the log, the manifest."""
    real = os.path.realpath(path)
    beside = real.removeprefix(os.path.realpath(store))
    return real in own or beside in ("", "-wal", "-shm", ".lock", ".lock-journal", ".log")


def _reading(options: "Options") -> "Reading":
    """By what records will be read; its number is the store's to give."""
    from extractor.model import load_model
    from extractor.record import VERSION
    from extractor.store import Reading

    model = load_model(options.model)
    return Reading(0, model.id, model.sha256, VERSION, options.settings.keep_names)


def _engine(engine: Engines, jobs: int, scheduler: str | None) -> "Engine":
    from extractor.bulk.engines import DaskEngine, LocalEngine

    return DaskEngine(scheduler or "") if engine is Engines.dask else LocalEngine(jobs)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a request to terminate end the batch as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(
    writer: "Writer",
    files: Sequence[str],
    options: "Options",
    engine: "Callable[[], Engine]",
    log: logging.Logger,
    *,
    retry: bool,
) -> "Counts":
    """Run a batch, and note how it ended."""
    from extractor.bulk import Batch
    from extractor.bulk.watch import watching
    from extractor.workers import settle

    settle()
    log.info("开始：%d 个文件，读法 %s", len(files), writer.reading)
    with watching(len(files), log) as told:
        batch = Batch(writer, options, retry=retry, told=told)
        try:
            with closing(engine()) as own:
                batch.run(files, own)
        except BaseException as error:
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "stopped"
            log.critical("中止：%s", "被中断" if status == "interrupted" else f"{type(error).__name__} {error}")
            with suppress(GongkaiError):  # of a store that is full, too
                writer.end(status, batch.counts.to_dict())
            raise
    writer.end("failed" if batch.counts.failed else "ok", batch.counts.to_dict())
    log.info("结束：%s", "，".join(_in_words(batch.counts)))
    return batch.counts


def _in_words(counts: "Counts") -> Iterator[str]:
    yield f"共 {counts.files:,} 个文件"
    yield f"新读 {counts.read:,} 个，得 {counts.reports:,} 份报告（{counts.review:,} 份需人工复核）"
    if counts.unchanged:
        yield f"未变 {counts.unchanged:,} 个"
    if counts.duplicates:
        yield f"重复 {counts.duplicates:,} 个"
    failed = "，".join(f"{code} {count:,}" for code, count in counts.failed.most_common())
    yield f"未能读取 {counts.failed.total():,} 个（{failed}）" if failed else "全部读取成功"
