"""Zip archives of reports, opened as if they were folders. Nothing is written to disk: names of members are only names.

A file in an archive is called ``reports.zip/folder/name.docx``, one of an archive in it ``reports.zip/inner.zip/name.docx``.
An archive in that one is not opened.
"""

import os
import stat
import zipfile
from functools import lru_cache
from pathlib import Path

from extractor.errors import InputError
from extractor.readers.containers import open_zip, read_part
from extractor.readers.formats import Format, is_container, package_format, sniff
from extractor.settings import Settings

_ENCRYPTED = 0x1
_UTF8 = 0x800
_START = 1024


def is_archive(path: str, settings: Settings) -> bool:
    """True for a zip archive. An office document is none, though it is a zip container; nor is what can't be opened."""
    try:
        _stamp(path, settings)
        with Path(path).open("rb") as file:
            if not is_container(file.read(_START)):
                return False
        with open_zip(Path(path), settings) as archive:
            return package_format(archive) is Format.ZIP
    except (InputError, OSError):
        return False


def list_members(path: str, settings: Settings) -> list[str]:
    """The files in an archive and in the archives in it, sorted; hidden files and folders are left out.

    What can't be opened is listed as a file: :func:`read_member` tells what is wrong with it.

    Raises:
        InputError: ``input.missing``, ``input.unreadable``, ``input.too_large``, ``input.damaged``, ``limit.members`` or
            ``limit.expansion``, of the archive itself.
    """
    archive = _opened(path, _stamp(path, settings), settings)
    found: list[str] = []
    for name, member in _members(archive).items():
        inner = _inner(archive, member, settings)
        found += [name] if inner is None else [f"{name}/{other}" for other in _members(inner)]
        if len(found) > settings.max_members:
            raise InputError(f"压缩包里有超过 {settings.max_members:,} 个文件；请分成几个", code="limit.members")
    return sorted(found)


def read_member(path: str, member: str, settings: Settings) -> bytes:
    """The bytes of a file that :func:`list_members` names.

    Raises:
        InputError: ``input.missing``, ``input.encrypted``, ``input.damaged``, ``input.too_large``, ``limit.depth``, or as
            :func:`list_members`.
    """
    archive = _opened(path, _stamp(path, settings), settings)
    members = _members(archive)
    if member in members:
        return _bytes(archive, members[member], settings)
    outer = next((name for name in members if member.startswith(f"{name}/")), None)
    inner = _inner(archive, members[outer], settings) if outer else None
    found = _members(inner).get(member.removeprefix(f"{outer}/")) if inner else None
    if inner is None or found is None:
        raise InputError("压缩包里没有这个文件；请检查名称", code="input.missing")
    data = _bytes(inner, found, settings)
    if data.startswith(b"PK") and sniff(data, settings) is Format.ZIP:
        raise InputError("压缩包里的压缩包里还有压缩包，不再打开；请先解压", code="limit.depth")
    return data


def read_file(path: str, settings: Settings) -> bytes:
    """The bytes of a file, or of one in an archive, when a path leads into it.

    Raises:
        InputError: ``input.missing``, ``input.unreadable`` or ``input.too_large``; in an archive as :func:`read_member`.
    """
    if not os.path.exists(path) and (place := _inside(path)):
        return read_member(*place, settings)
    _stamp(path, settings)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise _unreadable(error) from None


def _inside(path: str) -> tuple[str, str] | None:
    """The file that a path leads into as if it were a folder, and the rest of the path."""
    ends = (place for place, character in enumerate(path) if character == "/")
    return next(((path[:end], path[end + 1 :]) for end in ends if Path(path[:end]).is_file()), None)


def _stamp(path: str, settings: Settings) -> tuple[int, int]:
    """What tells that a file is still the same.

    Raises:
        InputError: it is missing, no regular file, or too large.
    """
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        raise InputError("文件不存在；请检查路径", code="input.missing") from None
    except (OSError, ValueError) as error:
        raise _unreadable(error) from None
    if not stat.S_ISREG(status.st_mode):
        raise InputError("不是普通文件", code="input.unreadable")
    if status.st_size > settings.max_bytes:
        raise InputError(f"文件有 {status.st_size:,} 字节，超过上限 {settings.max_bytes:,}", code="input.too_large")
    return status.st_mtime_ns, status.st_size


def _unreadable(error: Exception) -> InputError:
    return InputError(f"无法读取文件（{getattr(error, 'strerror', None) or error}）", code="input.unreadable")


@lru_cache(maxsize=1)
def _opened(path: str, _: tuple[int, int], settings: Settings) -> zipfile.ZipFile:
    """An archive; the last one stays open, since its files are read one after the other."""
    return open_zip(Path(path), settings)


def _inner(archive: zipfile.ZipFile, member: zipfile.ZipInfo, settings: Settings) -> zipfile.ZipFile | None:
    """The archive that a member is; None for any other file, and for one that can't be opened."""
    try:
        if read_part(archive, member, 2) != b"PK":
            return None
        data = _bytes(archive, member, settings)
        return open_zip(data, settings) if sniff(data, settings) is Format.ZIP else None
    except InputError:
        return None


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of an archive by name. Of two with the same name the second is marked, so that none is lost."""
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        name = _name(member)
        parts = [part for part in name.split("/") if part not in ("", ".", "..")]
        if not parts or name.endswith("/") or any(part.startswith(".") or part == "__MACOSX" for part in parts):
            continue
        while name in members:
            name += "~"
        members[name] = member
    return members


def _name(member: zipfile.ZipInfo) -> str:
    """The name of a member. Names that are not marked as UTF-8 are nevertheless often, else they are GB18030.

    UTF-8 comes first: text in GB18030 is hardly ever valid UTF-8, but the other way round it is often.
    """
    name = member.filename
    if not member.flag_bits & _UTF8:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/").replace("\x00", "")


def _bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo, settings: Settings) -> bytes:
    if member.flag_bits & _ENCRYPTED:
        raise InputError("压缩包里的文件有密码，打不开；请先解压", code="input.encrypted")
    if member.file_size > settings.max_bytes:
        raise InputError(
            f"压缩包里的文件有 {member.file_size:,} 字节，超过上限 {settings.max_bytes:,}", code="input.too_large"
        )
    return read_part(archive, member)
