"""A lock that goes with its process, however that ends."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path


class HeldError(OSError):
    """Another process holds the lock."""


@contextlib.contextmanager
def held(path: Path, seconds: float = 0.0) -> Iterator[None]:
    """Hold a lock. SQLite's own locks serve: they are the same on every system, and need no clearing up.

    Args:
        path: of the file that stands for it, made when it is not there.
        seconds: how long to wait for it.

    Raises:
        HeldError: another process holds it.
        OSError: the file can't be made or written.
    """
    try:
        holder = sqlite3.connect(path, timeout=seconds, isolation_level=None)
    except sqlite3.Error as error:
        raise OSError(str(error)) from None
    with contextlib.closing(holder):
        try:
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            raise HeldError(str(error)) if "locked" in str(error) else OSError(str(error)) from None
        yield


def is_held(path: Path) -> bool:
    """True while a process holds a lock. Nothing is locked to find out."""
    if not path.is_file():
        return False
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)) as holder:
            holder.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    return False
