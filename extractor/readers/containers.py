"""Zip containers (.docx, .xlsx, .ods, archives), looked into only after their directory was checked against the limits."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from extractor.errors import InputError
from extractor.settings import Settings

_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, KeyError
)  # fmt: skip
"""What ``zipfile`` raises for broken or encrypted members."""


def open_zip(data: bytes | Path, settings: Settings) -> zipfile.ZipFile:
    """A zip container whose directory is within the limits; its members are read with :func:`read_part`.

    Args:
        data: the container; of a file only the directory is read before its members are.
        settings: the limits.

    Raises:
        InputError: ``input.damaged`` when it can't be opened, ``limit.expansion`` or ``limit.members`` when it is too large.
    """
    try:
        size = len(data) if isinstance(data, bytes) else data.stat().st_size
        archive = zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data)
    except _BROKEN:
        raise InputError("压缩容器已损坏，打不开；请重新下载或重新保存", code="input.damaged") from None
    members = archive.infolist()
    if len(members) > settings.max_members:
        raise InputError(f"压缩包里有 {len(members):,} 个文件，超过上限 {settings.max_members:,}", code="limit.members")
    unpacked = sum(member.file_size for member in members)
    if unpacked > settings.max_expansion * size:
        raise InputError(
            f"解压后有 {unpacked:,} 字节，超过文件大小的 {settings.max_expansion} 倍；可能是压缩炸弹，不予打开",
            code="limit.expansion",
        )
    return archive


def read_part(archive: zipfile.ZipFile, part: str | zipfile.ZipInfo, most: int | None = None) -> bytes:
    """A member of a zip container, or its first bytes, but no more than the directory says it has.

    (``ZipFile.read`` would unpack all of it first, whatever the directory says.)

    Args:
        archive: the container.
        part: the member.
        most: so many bytes at most.

    Raises:
        InputError: ``input.damaged``.
    """
    with open_part(archive, part) as file:
        size = part.file_size if isinstance(part, zipfile.ZipInfo) else archive.getinfo(part).file_size
        return file.read(min(size, most) if most is not None else size + 1)


@contextmanager
def open_part(archive: zipfile.ZipFile, part: str | zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    """A member of a zip container, to be read piece by piece.

    Raises:
        InputError: ``input.damaged``, also while it is being read.
    """
    try:
        with archive.open(part) as file:
            yield file
    except _BROKEN:
        raise InputError("压缩容器里的文件已损坏或有密码；请重新下载或重新保存", code="input.damaged") from None
