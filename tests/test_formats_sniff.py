"""What format bytes are in, and zip containers within their limits."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import InputError
from extractor.readers import read
from extractor.readers.containers import open_zip, read_part
from extractor.readers.formats import Format, name_of_unreadable, sniff
from extractor.settings import Settings

SETTINGS = Settings()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def packed(compression=zipfile.ZIP_DEFLATED, **members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def utf16(name):
    return name.encode("utf-16-le") + b"\x00\x00"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"%PDF-1.7\n", Format.PDF),
        (b"\n\n" + b"junk " * 100 + b"%PDF-1.4", Format.PDF),
        (b"{\\rtf1 x}", Format.RTF),
        (b"\x89PNG\r\n\x1a\n", Format.PNG),
        (b"\xff\xd8\xff\xe0", Format.JPEG),
        (b"II*\x00rest", Format.TIFF),
        (b"MM\x00*rest", Format.TIFF),
        (OLE + utf16("WordDocument"), Format.DOC),
        (OLE + utf16("Workbook"), Format.XLS),
        (OLE + utf16("Book"), Format.XLS),
        (OLE + utf16("WordDocument") + utf16("Workbook"), Format.DOC),
        (OLE, Format.DOC),
        (packed(**{"word__document.xml": "<w/>"}), Format.DOCX),
        (packed(**{"xl__workbook.xml": "<w/>"}), Format.XLSX),
        (packed(**{"xl__workbook.bin": "x"}), Format.XLSB),
        (packed(mimetype="application/vnd.oasis.opendocument.text"), Format.ODT),
        (packed(mimetype="application/vnd.oasis.opendocument.spreadsheet"), Format.ODS),
        (packed(mimetype="application/epub+zip"), Format.ZIP),
        (packed(报告="x"), Format.ZIP),
        (packed(), Format.ZIP),
        (b"<!DOCTYPE html><html></html>", Format.HTML),
        ("<table><tr><td>规章</td></tr></table>".encode("utf-16"), Format.HTML),
        (b'[{"text": 1}]', Format.JSON),
        (b'{"pages": []}', Format.JSON),
        ("[2022] 年度报告 { }".encode(), Format.TEXT),
        ("规章\t0\t0\t0".encode(), Format.TEXT),
        ("规章 < 3 > 0 <td".encode(), Format.TEXT),
        (b"GIF89a", Format.OTHER),
        (b"", Format.TEXT),
    ],
)
def test_formats_are_told_by_their_content(data, found):
    assert sniff(data, SETTINGS) is found


@given(st.binary(max_size=300))
def test_any_bytes_have_a_format_or_are_refused(data):
    try:
        assert sniff(data, SETTINGS) in Format
    except InputError as error:
        assert error.code in ("input.damaged", "limit.expansion", "limit.members")  # noqa: PT017


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GIF89a" + b"x" * 50, "input.format"),
        (b"Rar!\x1a\x07", "input.format"),
        (packed(a="x"), "input.archive"),
        (b"PK\x03\x04" + b"x" * 60, "input.damaged"),
        (b"", "input.empty"),
        (b" \r\n\x00", "input.empty"),
    ],
)
def test_what_is_not_read_is_refused_with_a_code(data, code):
    with pytest.raises(InputError) as caught:
        read(data, "x.pdf")
    assert caught.value.code == code
    assert "\n" not in str(caught.value)


def test_the_name_of_what_is_recognised_but_not_read():
    assert name_of_unreadable(b"7z\xbc\xaf\x27\x1c") == "7-Zip"
    assert name_of_unreadable(b"%PDF-") is None


def test_a_container_that_unpacks_to_much_more_than_its_size_is_refused():
    with pytest.raises(InputError) as caught:
        sniff(packed(bomb=b"\0" * 10_000_000), SETTINGS)
    assert caught.value.code == "limit.expansion"


def test_a_container_of_very_many_files_is_refused():
    with pytest.raises(InputError) as caught:
        open_zip(packed(**{f"a{number}": "" for number in range(12)}), Settings(max_members=10))
    assert caught.value.code == "limit.members"


def test_a_member_gives_no_more_than_asked_for():
    archive = open_zip(packed(zipfile.ZIP_STORED, a="0123456789"), SETTINGS)
    assert read_part(archive, "a") == b"0123456789"
    assert read_part(archive, "a", 4) == b"0123"


def test_a_damaged_member_is_refused():
    data = bytearray(packed(a="规章" * 1000))
    data[40:60] = b"\xff" * 20
    archive = open_zip(bytes(data), SETTINGS)
    with pytest.raises(InputError) as caught:
        read_part(archive, "a")
    assert caught.value.code == "input.damaged"


def test_an_ofd_container_is_named_and_no_archive():
    with pytest.raises(InputError, match="这是 OFD 文件") as caught:
        read(packed(**{"OFD.xml": b"<ofd/>", "Doc_0/Document.xml": b"<d/>"}), "x.ofd")
    assert caught.value.code == "input.format"
