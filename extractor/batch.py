"""Many reports: finding the files, reading them in parallel, and turning every error into a record so that nothing is lost."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from extractor.document import Source, printable
from extractor.errors import GongkaiError, InputError, ModelError
from extractor.pipeline import extract
from extractor.record import Record, failed_record
from extractor.settings import DEFAULTS, Settings
from extractor.vocabulary import vocabulary

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Options:
    """What every report of a batch is read with."""

    agency: str | None = None
    year: int | None = None
    model: Path | None = None
    settings: Settings = DEFAULTS


def find_files(paths: Iterable[str]) -> list[str]:
    """The files that paths name: files as they are, folders with all files below them, patterns with what they match.

    Hidden files and folders are left out of folders. A path that names nothing is kept, so that it becomes an error record.
    """
    found: dict[str, None] = {}
    for path in paths:
        if os.path.isdir(path):
            found |= dict.fromkeys(_files_below(path))
        elif has_magic(path) and not os.path.exists(path) and (matches := sorted(glob(path, recursive=True))):
            found |= dict.fromkeys(find_files(matches))
        else:
            found[path] = None
    return list(found)


def _files_below(folder: str) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (os.path.join(place, name) for name in sorted(files) if not name.startswith("."))


def read_bytes(path: str, settings: Settings) -> bytes:
    """The bytes of a file, or of standard input for ``-``.

    Raises:
        InputError: ``input.missing``, ``input.unreadable`` or ``input.too_large``.
    """
    if path == STDIN:
        import sys

        data = sys.stdin.buffer.read(settings.max_bytes + 1)
    else:
        try:
            status = Path(path).stat()
            if not stat.S_ISREG(status.st_mode):
                raise InputError("不是普通文件", code="input.unreadable")
            if status.st_size > settings.max_bytes:
                raise InputError(
                    f"文件有 {status.st_size:,} 字节，超过上限 {settings.max_bytes:,}", code="input.too_large"
                )
            data = Path(path).read_bytes()
        except FileNotFoundError:
            raise InputError("文件不存在；请检查路径", code="input.missing") from None
        except (OSError, ValueError) as error:
            raise InputError(
                f"无法读取文件（{getattr(error, 'strerror', None) or error}）", code="input.unreadable"
            ) from None
    if len(data) > settings.max_bytes:
        raise InputError(f"输入超过上限 {settings.max_bytes:,} 字节", code="input.too_large")
    return data


def extract_file(path: str, options: Options) -> Record:
    """The record of one file; what can't be read gives a record with status ``failed``.

    Raises:
        ModelError: no report can be read at all with this model.
    """
    data = b""
    try:
        data = read_bytes(path, options.settings)
        return extract(
            data, path, agency=options.agency, year=options.year, model=options.model, settings=options.settings
        )
    except ModelError:
        raise
    except GongkaiError as error:
        return _failed(path, data, error.code, str(error))
    except Exception as error:  # a defect of ours must not cost the rest of a batch
        return _failed(path, data, "internal", f"程序错误 {type(error).__name__}: {error}；请连同文件报告给开发者")


def _failed(path: str, data: bytes, code: str, message: str) -> Record:
    source = Source(printable(path), hashlib.sha256(data).hexdigest(), "application/octet-stream")
    return failed_record(source, code, message, dict.fromkeys(family.table for family in vocabulary().families))


def extract_files(
    paths: Iterable[str], options: Options, *, jobs: int = 1, progress: Callable[[], None] | None = None
) -> Iterator[Record]:
    """The records of many files, in order, as they are done.

    Args:
        paths: the files, see :func:`find_files`.
        options: how to read them.
        jobs: worker processes; -1 for one a core.
        progress: called after each file.
    """
    if jobs == 1:
        records: Iterable[Record] = (extract_file(path, options) for path in paths)
    else:
        import joblib

        runs = (joblib.delayed(extract_file)(path, options) for path in paths)
        records = joblib.Parallel(n_jobs=jobs, return_as="generator", batch_size="auto")(runs)
    for record in records:
        if progress:
            progress()
        yield record
