"""Readers: bytes to :class:`~extractor.document.Document`, chosen by content, never by file name."""

import hashlib
from collections.abc import Callable
from importlib import import_module

from extractor.document import Document, Source, printable
from extractor.errors import InputError
from extractor.readers.formats import Format, name_of_unreadable, sniff
from extractor.settings import DEFAULTS, Settings

Reader = Callable[[bytes, Source, Settings], Document]

_READERS = {  # module and function; imported when first needed
    Format.TEXT: "text:read_text",
    Format.HTML: "html:read_html",
    Format.JSON: "other_tools:read_json",
    Format.PDF: "pdf:read_pdf",
    Format.DOCX: "docx:read_docx",
    Format.DOC: "office:read_with_office",
    Format.RTF: "office:read_with_office",
    Format.WORD_XML: "office:read_with_office",
    Format.ODT: "office:read_with_office",
    Format.XLSX: "workbook:read_workbook",
    Format.XLS: "workbook:read_workbook",
    Format.ODS: "workbook:read_workbook",
    Format.PNG: "scan:read_image",
    Format.JPEG: "scan:read_image",
    Format.TIFF: "scan:read_image",
}


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
    found = sniff(data, settings)
    if found is Format.ZIP:
        raise InputError("这是压缩包；若其中有报告，请用 gongkai extract 命令读取或先解压", code="input.archive")
    if found not in _READERS:
        kind = name_of_unreadable(data) or found.name
        raise InputError(f"这是 {kind} 文件，不能读取；请先转换为 PDF、Word、xlsx、网页或文本", code="input.format")
    module, _, function = _READERS[found].partition(":")
    reader: Reader = getattr(import_module(f"extractor.readers.{module}"), function)
    return reader(data, Source(printable(name), hashlib.sha256(data).hexdigest(), found.value), settings)
