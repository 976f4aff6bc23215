"""Readers: bytes to :class:`~extractor.document.Document`, chosen by content, never by file name."""

import hashlib

from extractor.document import Document, Source, printable
from extractor.errors import InputError
from extractor.readers.text import read_text
from extractor.settings import DEFAULTS, Settings

_OTHER_FORMATS = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "DOCX/XLSX/ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "DOC/XLS/WPS"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"\x1f\x8b", "GZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
)


def read(data: bytes, name: str, settings: Settings = DEFAULTS) -> Document:
    """Read a document.

    Args:
        data: the bytes of the file.
        name: its name, for messages and ``Source.name``; it does not influence how the bytes are read.
        settings: the limits.

    Raises:
        InputError: the bytes can't be read as a document; see its ``code``.
    """
    if len(data) > settings.max_bytes:
        raise InputError(f"文件有 {len(data):,} 字节，超过上限 {settings.max_bytes:,}", code="input.too_large")
    if not data.strip(b" \t\r\n\x00"):
        raise InputError("文件是空的；请检查下载是否完整", code="input.empty")
    for magic, format_name in _OTHER_FORMATS:
        if data.lstrip(b" \t\r\n").startswith(magic):
            raise InputError(
                f"这是 {format_name} 文件，目前只能读取文本（txt、tsv、md）；请先转换为文本", code="input.format"
            )
    source = Source(printable(name), hashlib.sha256(data).hexdigest(), "text/plain")
    return read_text(data, source, settings)
