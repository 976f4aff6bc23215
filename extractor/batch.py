"""Many reports: finding the files, reading them in parallel, and turning every error into a record so that nothing is lost."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from extractor.archives import is_archive, list_members, read_file
from extractor.document import Source, printable
from extractor.errors import GongkaiError, InputError, ModelError
from extractor.record import Record, failed_record
from extractor.settings import DEFAULTS, Settings
from extractor.vocabulary import vocabulary
from extractor.workers import Lost, Workers, count_of

STDIN = "-"
_TOO_MUCH_MEMORY = "读取所需内存超过上限；文件可能有意或无意地过大"


@dataclass(frozen=True, slots=True)
class Options:
    """What every report of a batch is read with."""

    agency: str | None = None
    year: int | None = None
    model: Path | None = None
    settings: Settings = DEFAULTS


def find_files(paths: Iterable[str], settings: Settings = DEFAULTS) -> list[str]:
    """The files that paths name: files as they are, folders with all files below them, patterns with what they match.

    Zip archives are folders. Hidden files and folders are left out of folders. A path that names nothing is kept, so that it
    becomes an error record.
    """
    found: dict[str, None] = {}
    for path in paths:
        if os.path.isdir(path):
            found |= dict.fromkeys(file for own in _files_below(path) for file in _unpacked(own, settings))
        elif has_magic(path) and not os.path.exists(path) and (matches := sorted(glob(path, recursive=True))):
            found |= dict.fromkeys(find_files(matches, settings))
        else:
            found |= dict.fromkeys(_unpacked(path, settings))
    return list(found)


def _unpacked(path: str, settings: Settings) -> list[str]:
    """A file, or the files in it when it is an archive. One that is empty or can't be opened stays a file: an error record."""
    try:
        members = list_members(path, settings) if is_archive(path, settings) else []
    except InputError:
        members = []
    return [f"{path}/{member}" for member in members] or [path]


def _files_below(folder: str) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (os.path.join(place, name) for name in sorted(files) if not name.startswith("."))


def read_bytes(path: str, settings: Settings) -> bytes:
    """The bytes of a file, or of standard input for ``-``.

    Raises:
        InputError: ``input.missing``, ``input.unreadable`` or ``input.too_large``.
    """
    if path != STDIN:
        return read_file(path, settings)
    import sys

    data = sys.stdin.buffer.read(settings.max_bytes + 1)
    if len(data) > settings.max_bytes:
        raise InputError(f"输入超过上限 {settings.max_bytes:,} 字节", code="input.too_large")
    return data


def extract_file(path: str, options: Options, given: bytes | InputError | None = None) -> tuple[Record, ...]:
    """The records of one file: one, or one for each report of a workbook. What can't be read has status ``failed``.

    It is read in this process: :func:`extract_files` does it in another one, with limits on time and memory. ``given`` is its
    content, or why it can't be read, when that is known already.

    Raises:
        ModelError: no report can be read at all with this model.
    """
    from extractor.pipeline import extract_all  # here: a process that only hands out files can do without

    content = b""
    try:
        content = _content(path, options, given)
        return extract_all(
            content, path, agency=options.agency, year=options.year, model=options.model, settings=options.settings
        )
    except ModelError:
        raise
    except GongkaiError as error:
        return _failed(path, content, error.code, str(error))
    except MemoryError:
        return _failed(path, content, "limit.memory", _TOO_MUCH_MEMORY)
    except Exception as error:  # a defect of ours must not cost the rest of a batch
        return _failed(path, content, "internal", f"程序错误 {type(error).__name__}: {error}；请连同文件报告给开发者")


def _content(path: str, options: Options, given: bytes | InputError | None) -> bytes:
    if isinstance(given, InputError):
        raise given
    return read_bytes(path, options.settings) if given is None else given


def _failed(path: str, data: bytes, code: str, message: str) -> tuple[Record]:
    source = Source(printable(path), hashlib.sha256(data).hexdigest(), "application/octet-stream")
    return (failed_record(source, code, message, dict.fromkeys(family.table for family in vocabulary().families)),)


def extract_files(
    paths: Iterable[str], options: Options, *, jobs: int = 1, progress: Callable[[], None] | None = None
) -> Iterator[Record]:
    """The records of many files, in order, as they are done. Each file is read in a worker process, within the limits.

    Args:
        paths: the files, see :func:`find_files`.
        options: how to read them.
        jobs: worker processes; -1 for one a core.
        progress: called after each file.

    Raises:
        ModelError: no report can be read at all with this model.
    """
    files = list(paths)
    settings = options.settings
    with reading_workers(count_of(jobs), settings) as workers:
        results = workers.map(_extract, (_task(path, options) for path in files))
        for path, result in zip(files, results, strict=True):
            if progress:
                progress()
            if isinstance(result, Lost):
                yield from lost_file(path, _bytes_of_lost(path, settings), result, settings)
            else:
                yield from result


def reading_workers(jobs: int, settings: Settings) -> Workers:
    """Worker processes that read documents within the limits."""
    return Workers(jobs, settings.max_seconds, settings.max_memory, _load)


def _load() -> None:
    """Read a text in which little is found, so that what the first report needs is loaded."""
    extract_file("", Options(), "政府信息公开工作年度报告\n本年度收到申请0件。".encode())


_Task = tuple[str, Options, bytes | InputError | None]


def _task(path: str, options: Options) -> _Task:
    """What a worker is given: a path, and for standard input, which is not its own, what stands there."""
    try:
        return path, options, read_bytes(path, options.settings) if path == STDIN else None
    except InputError as error:
        return path, options, error


def _extract(task: _Task) -> tuple[Record, ...]:
    return extract_file(*task)


def lost_file(path: str, data: bytes, lost: Lost, settings: Settings) -> tuple[Record]:
    """The record of a file that cost a worker.

    Args:
        path: its name.
        data: its bytes.
        lost: how the worker was lost.
        settings: the limits that it had.
    """
    if lost.reason == "timeout":
        return _failed(
            path,
            data,
            "limit.time",
            f"读取超过 {settings.max_seconds:g} 秒，已停止；页数很多的扫描件可用 --limit max_seconds=300 放宽",
        )
    return _failed(path, data, "limit.crashed", "读取时进程异常终止（文件损坏，或内存超过上限），其他文件不受影响")


def _bytes_of_lost(path: str, settings: Settings) -> bytes:
    try:
        return read_bytes(path, settings) if path != STDIN else b""
    except InputError:
        return b""
