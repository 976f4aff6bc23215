"""Zip containers (.docx, .xlsx, .ods, archives), looked into only after their directory was checked against the limits."""

import io
import zipfile

from extractor.errors import InputError
from extractor.settings import Settings


def open_zip(data: bytes, settings: Settings) -> zipfile.ZipFile:
    """A zip container whose directory is within the limits. ``zipfile`` reads no more of a member than the directory says.

    Raises:
        InputError: ``input.damaged`` when it can't be opened, ``limit.expansion`` or ``limit.members`` when it is too large.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise InputError("压缩容器已损坏，打不开；请重新下载或重新保存", code="input.damaged") from None
    members = archive.infolist()
    if len(members) > settings.max_members:
        raise InputError(f"压缩包里有 {len(members):,} 个文件，超过上限 {settings.max_members:,}", code="limit.members")
    unpacked = sum(member.file_size for member in members)
    if unpacked > settings.max_expansion * len(data):
        raise InputError(
            f"解压后有 {unpacked:,} 字节，超过文件大小的 {settings.max_expansion} 倍；可能是压缩炸弹，不予打开",
            code="limit.expansion",
        )
    return archive
