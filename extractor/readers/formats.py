"""What format bytes are in, told by their content, never by a file name."""

import re
import zipfile
from enum import StrEnum

from extractor.readers.containers import open_zip, read_part
from extractor.settings import Settings


class Format(StrEnum):
    """The formats that are told apart; the value is the media type."""

    TEXT = "text/plain"
    HTML = "text/html"
    JSON = "application/json"
    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    DOC = "application/msword"
    RTF = "application/rtf"
    WORD_XML = "application/xml"
    ODT = "application/vnd.oasis.opendocument.text"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
    XLS = "application/vnd.ms-excel"
    ODS = "application/vnd.oasis.opendocument.spreadsheet"
    PNG = "image/png"
    JPEG = "image/jpeg"
    TIFF = "image/tiff"
    ZIP = "application/zip"
    OFD = "application/ofd"
    OTHER = "application/octet-stream"


_MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format.DOC),
    (b"{\\rtf", Format.RTF),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"\xff\xd8\xff", Format.JPEG),
    (b"II*\x00", Format.TIFF),
    (b"MM\x00*", Format.TIFF),
    (b"PK\x05\x06", Format.ZIP),
)
_UNREADABLE = (
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "GZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90\x00", "EXE"),
)
_PACKAGES = (  # what only this kind of zip container has; some programs number the parts, or write other slashes and capitals
    (re.compile(r"^word[/\\]document\d*\.xml$", re.IGNORECASE | re.MULTILINE), Format.DOCX),
    (re.compile(r"^OFD\.xml$", re.IGNORECASE | re.MULTILINE), Format.OFD),
    (re.compile(r"^xl[/\\]workbook\d*\.xml$", re.IGNORECASE | re.MULTILINE), Format.XLSX),
    (re.compile(r"^xl[/\\]workbook\d*\.bin$", re.IGNORECASE | re.MULTILINE), Format.XLSB),
)
_WORD_XML = (b'progid="Word.Document"', b"<w:wordDocument", b"<pkg:package")
_OPEN_DOCUMENT = {b"text": Format.ODT, b"spreadsheet": Format.ODS}
_PDF_WITHIN = 1024
_HEAD = 4096
_MIMETYPE = 200
_STREAMS = 1 << 20
_HTML = re.compile(
    rb"<\s*(?:!doctype\s+html|html|head|body|table|tbody|tr|td|th|div|meta|p|span|h[1-6]|ul|li|a|img|font|script|frameset|iframe|pre)\b",
    re.IGNORECASE,
)
MIME = re.compile(rb"^(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*MIME-Version:", re.IGNORECASE)
_JSON_START = re.compile(rb"^(?:\xef\xbb\xbf)?\s*[\[{]\s*[\[{\"\]}]")


def sniff(data: bytes, settings: Settings) -> Format:
    """The format of the bytes of a file.

    Raises:
        InputError: a zip container is damaged or breaks a limit.
    """
    head = data[:_HEAD].lstrip(b" \t\r\n\x00")
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return Format.PDF
    if head.startswith(b"PK\x03\x04"):
        return package_format(open_zip(data, settings))
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return _compound(data) if found is Format.DOC else found
    if name_of_unreadable(data):
        return Format.OTHER
    if any(mark in data[:_HEAD] for mark in _WORD_XML):
        return Format.WORD_XML
    if _JSON_START.match(data[:_HEAD]):
        return Format.JSON
    return Format.HTML if _is_html(data) or MIME.match(head) else Format.TEXT


def is_container(start: bytes) -> bool:
    """True for the first bytes of what :func:`sniff` takes for a zip container."""
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06")) and b"%PDF-" not in start[:_PDF_WITHIN]


def name_of_unreadable(data: bytes) -> str | None:
    """The name of a format that is recognised but not read; None for any other."""
    return next((name for magic, name in _UNREADABLE if data.startswith(magic)), None)


def package_format(archive: zipfile.ZipFile) -> Format:
    """Which kind of zip container: an office document, or an archive.

    Raises:
        InputError: ``input.damaged``.
    """
    names = archive.namelist()
    listed = "\n".join(names)
    for pattern, found in _PACKAGES:
        if pattern.search(listed):
            return found
    if "mimetype" in names:
        kind = read_part(archive, "mimetype", _MIMETYPE).rpartition(b".")[2].strip()
        return _OPEN_DOCUMENT.get(kind, Format.ZIP)
    return Format.ZIP


def _compound(data: bytes) -> Format:
    """Which kind of OLE compound file: a workbook has a stream of that name, all others are left to the Word reader."""
    directory = data if len(data) <= 2 * _STREAMS else data[:_STREAMS] + data[-_STREAMS:]
    streams = ("Workbook", "Book")
    has = [name for name in streams if name.encode("utf-16-le") + b"\x00\x00" in directory]
    document = "WordDocument".encode("utf-16-le") in directory
    return Format.XLS if has and not document else Format.DOC


def _is_html(data: bytes) -> bool:
    """True for markup. UTF-16 is looked at without its zero bytes."""
    return len(_HTML.findall(data[:400_000].replace(b"\x00", b""))) >= 2
