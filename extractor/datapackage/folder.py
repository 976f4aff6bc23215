"""A folder that takes its place only when it is whole.

It is made in a hidden folder beside its place, which a lock holds as long as its process lives; what a killed one has left is
removed by the next. What stood in the place before is moved aside, and put back if the new one can't take its place.
"""

import contextlib
import errno
import glob
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from extractor.errors import OutputError
from extractor.locks import held

DESCRIPTOR = "datapackage.json"
OURS = "gongkai"
"""What a descriptor of ours has besides what the standard tells."""
_LOCK, _NEW, _OLD, _SCRATCH = ".lock", "new", "old", "scratch"
_NO_SPACE = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_TRIES = 5
_YOUNG = 60
_PATIENCE = 5


class Place(NamedTuple):
    """Where to write: ``folder`` for what will stand there, ``scratch`` for what is only needed meanwhile."""

    folder: Path
    scratch: Path


@contextlib.contextmanager
def replacing_folder(target: Path) -> Iterator[Place]:
    """A new folder for a dataset. It takes the place of the target, with all in it, when the context is left without an error.

    Args:
        target: where it is to stand: nothing, an empty folder, or a dataset of ours, which it replaces.

    Raises:
        OutputError: ``output.missing`` or ``output.exists`` before anything is done; ``output.full`` or ``output.write`` when it
            can't be written. Then what stood there stands there still.
    """
    with telling(target):
        place = _checked(target)
        _remove_leftovers(place)
        with _hidden_beside(place) as hidden:
            made = Place(hidden / _NEW, hidden / _SCRATCH)
            for folder in made:
                folder.mkdir()
            yield made
            _sync(made.folder)
            _checked(target)
            _swap(made.folder, place, hidden / _OLD)


@contextlib.contextmanager
def telling(target: Path) -> Iterator[None]:
    """Turn what the system says while a dataset is written into an :class:`~extractor.errors.OutputError`."""
    try:
        yield
    except BrokenPipeError:  # of the screen
        raise
    except OSError as error:
        if error.errno in _NO_SPACE:
            what = "磁盘已满，或超过文件大小的限制；原有的数据集没有改动；请腾出空间，或用 --format 只写需要的格式"
            raise OutputError(f"{target}：{what}", code="output.full") from None
        why = error.strerror or " ".join(str(error).split())
        raise OutputError(f"{target}：无法写入（{why}）；请检查权限", code="output.write") from None


def _checked(target: Path) -> Path:
    """Where a dataset may go.

    Raises:
        OutputError: ``output.missing`` when there is no folder to put it in, ``output.exists`` when something else is there.
    """
    place = target.resolve()
    if not place.parent.is_dir():
        raise OutputError(f"{place.parent}：文件夹不存在；请先建立", code="output.missing")
    if within := next((it for it in place.parents if _described(it) is not None), None):
        raise OutputError(f"{target}：在数据集 {within} 之内；请用它之外的文件夹", code="output.exists")
    if not os.path.lexists(place):
        return place
    if not place.is_dir():
        raise OutputError(f"{target}：这是文件；请用新的文件夹", code="output.exists")
    others = sorted({it.name for it in place.iterdir()} - (_described(place) or set()))
    if others:
        named = "、".join(others[:3]) + ("等" if len(others) > 3 else "")
        raise OutputError(f"{target}：文件夹中有其他文件（{named}）；请用新的文件夹", code="output.exists")
    return place


def _described(folder: Path) -> set[str] | None:
    """The names of the files of a dataset of ours; None for any other folder."""
    try:
        told: Any = json.loads((folder / DESCRIPTOR).read_bytes())
        return {DESCRIPTOR, *(str(it["path"]) for it in told["resources"])} if OURS in told else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


@contextlib.contextmanager
def _hidden_beside(place: Path) -> Iterator[Path]:
    hidden = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".tmp", dir=place.parent))
    try:
        with held(hidden / _LOCK, _PATIENCE):
            try:
                yield hidden
            finally:
                _put_back(hidden, place)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _put_back(hidden: Path, place: Path) -> None:
    """Put what was moved aside back where nothing has taken its place."""
    if (hidden / _OLD).is_dir() and not os.path.lexists(place):
        (hidden / _OLD).rename(place)


def _remove_leftovers(place: Path) -> None:
    """Remove what killed exports have left; put back a dataset that one of them had moved aside."""
    for hidden in place.parent.glob(f"{glob.escape(f'.{place.name}.')}*.tmp"):
        with contextlib.suppress(OSError):
            if not (hidden / _LOCK).exists() and time.time() - hidden.stat().st_mtime < _YOUNG:
                continue  # it may just have been made
            with held(hidden / _LOCK):
                _put_back(hidden, place)
                shutil.rmtree(hidden, ignore_errors=True)


def _swap(new: Path, place: Path, old: Path) -> None:
    """Put a new folder in its place. What stands there is moved aside, again when another export was quicker."""
    for attempt in range(_TRIES):
        try:
            if os.path.lexists(place):
                shutil.rmtree(old, ignore_errors=True)
                place.rename(old)
            new.rename(place)
            break
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOENT) or attempt == _TRIES - 1:
                raise
    _sync_folder(place.parent)


def _sync(folder: Path) -> None:
    """See that all files of a folder are on the disk."""
    for file in folder.iterdir():
        with file.open("r+b") as opened:
            os.fsync(opened.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """See that the names in a folder are on the disk, where the system can."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows does not open folders
        return
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(number)
