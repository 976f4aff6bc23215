"""Files that mean no good: mutations of good ones, and bombs."""

import io
import json
import re
import time
import zipfile
import zlib
from random import Random

from helpers_formats import RENDERED, fixture
from helpers_grid import sample_report

from extractor.errors import GongkaiError
from extractor.pipeline import extract_all

DEEP = 20_000
_TAG = re.compile(rb"<[^<>]{1,200}>")


def flipped(data: bytes, random: Random) -> bytes:
    """Some bits turned."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 3, 10, 100))):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def truncated(data: bytes, random: Random) -> bytes:
    """Cut off at the end, or at the beginning."""
    place = random.randrange(len(data))
    return data[:place] if random.random() < 0.7 else data[place:]


def shuffled(data: bytes, random: Random) -> bytes:
    """A piece left out, doubled, or moved."""
    first, second = sorted(random.randrange(len(data)) for _ in range(2))
    piece = data[first:second][:5000]
    where = random.randrange(len(data))
    return random.choice((data[:first] + data[second:], data[:where] + piece + data[where:], piece * 20))


def without_tags(data: bytes, random: Random) -> bytes:
    """Some tags dropped."""
    share = random.choice((0.02, 0.3, 0.9))
    return _TAG.sub(lambda match: b"" if random.random() < share else match.group(), data)


MUTATIONS = (flipped, truncated, shuffled, without_tags)


def mutated(data: bytes, random: Random) -> bytes:
    """A file with one or two mutations. Those of a zip container are made in its members, so that its checksums hold."""
    for _ in range(random.choice((1, 1, 2))):
        if data and zipfile.is_zipfile(io.BytesIO(data)) and random.random() < 0.7:
            data = _in_member(data, random)
        elif data:
            data = random.choice(MUTATIONS)(data, random)
    return data


def _in_member(data: bytes, random: Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return flipped(data, random)
    if not members:
        return data
    name = random.choice(sorted(members, key=lambda name: (-len(members[name]), name))[:4])
    if members[name]:
        members[name] = random.choice(MUTATIONS)(members[name], random)
    return zipped(members)


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip container."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def originals() -> dict[str, bytes]:
    """Good files of all formats that are quickly read."""
    report = sample_report(1359)
    found = {form: render(report, Random(1)) for form, render in RENDERED.items() if not form.startswith("pdf")}
    kept = ("pdf_ruled_cut", "pdf_office", "pdf_borderless", "xls", "ods")
    content = [{"type": "table", "page_idx": 0, "table_body": found["html_clean"].decode()}]
    found["json"] = json.dumps(content, ensure_ascii=False).encode()
    return found | {form: fixture(form).read_bytes() for form in kept} | pictures()


def pictures() -> dict[str, bytes]:
    """A corner of a table, too small to take long."""
    from PIL import Image, ImageDraw

    picture = Image.new("L", (240, 120), 255)
    draw = ImageDraw.Draw(picture)
    for place in range(4):
        draw.line((10, 10 + 30 * place, 220, 10 + 30 * place), 0, 2)
        draw.line((10 + 70 * place, 10, 10 + 70 * place, 100), 0, 2)
        draw.text((30 + 70 * place, 20), str(place), 0)
    found = {}
    for form in ("PNG", "JPEG", "TIFF"):
        target = io.BytesIO()
        picture.save(target, form)
        found[form.lower()] = target.getvalue()
    return found


def bombs() -> dict[str, bytes]:
    """Files made to cost time or memory."""
    row = "<tr><td>规章</td><td>0</td></tr>"
    zeros = b"0" * 30_000_000
    sheet = b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    nested = zipped({"a.txt": zeros})
    return {
        "html nested divs": ("<html><body>" + "<div>" * DEEP + "规章").encode(),
        "html nested tables": ("<html><body>" + "<table><tr><td>" * DEEP + "规章").encode(),
        "html nested inline": ("<html><body>" + "<b><i><font color=red>" * DEEP + row * 10).encode(),
        "html wide spans": f"<table>{row}<tr><td colspan=99999999 rowspan=99999999>1</td></tr>{row}</table>".encode(),
        "html many cells": ("<table>" + "<td>1" * 400_000 + "</table>").encode(),
        "html long": ("<html><body><p>" + "规章" * 2_000_000).encode(),
        "html script strings": ("<html><body><script>" + 'var a="<table><tr><td>";' * 20_000 + "</script>").encode(),
        "json nested": b"[" * 1_000_000,
        "json nested objects": (b'{"a":' * 100_000) + b"1" + b"}" * 100_000,
        "json self reference": json.dumps(
            {
                "schema_name": "DoclingDocument",
                "body": {"self_ref": "#/body", "children": [{"$ref": "#/body"}, {"$ref": "#/groups/0"}]},
                "groups": [{"self_ref": "#/groups/0", "children": [{"$ref": "#/groups/0"}, {"$ref": "#/body"}]}],
                "texts": [],
                "tables": [],
            }
        ).encode(),
        "zip of zeros": nested,
        "docx of zeros": zipped({"word/document.xml": zeros, "[Content_Types].xml": b"<Types/>"}),
        "xlsx far away": zipped({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": sheet}),
        "xml entities": zipped(
            {
                "[Content_Types].xml": b"<Types/>",
                "word/document.xml": b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
                + b"".join(
                    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(12)
                )
                + b"]><w:document>&a11;</w:document>",
            }
        ),
        "text of pipes": b"|" * 400_000,
        "text of digits": "规章".encode() + b"0" * 400_000,
        "text of brackets": ("(" * 200_000 + ")" * 200_000).encode(),
        "pdf of nothing": b"%PDF-1.7\n" + b"1 0 obj<</Kids[1 0 R]/Count 99999999/Type/Pages>>endobj\n" * 1000,
        "pdf page loop": (
            b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
            b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000>>endobj\ntrailer<</Root 1 0 R>>"
        ),
        "rtf nested": b"{\\rtf1" + b"{" * 100_000,
        "tiff huge": b"II*\x00\x08\x00\x00\x00" + b"\xff" * 400,
        "png huge": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x0f\xff\xff\x00\x0f\xff\xff\x08\x02\x00\x00\x00"
        + b"\x00" * 40,
    }


def attempt(data: bytes) -> tuple[str, float]:
    """What becomes of a file (``ok`` or the code of its error), and the seconds it took. Any other exception comes through."""
    started = time.monotonic()
    try:
        extract_all(data, "hostile")
    except GongkaiError as error:
        if "\n" in str(error) or not str(error):
            raise AssertionError(f"not one line: {error}") from error
        return error.code, time.monotonic() - started
    return "ok", time.monotonic() - started


def attempt_mutation(task: tuple[str, int]) -> tuple[str, float]:
    """:func:`attempt` with the mutation of a format that a seed gives; made here, so that only the seed travels."""
    form, seed = task
    if not _ORIGINALS:
        _ORIGINALS.update(originals())
    return attempt(mutated(_ORIGINALS[form], Random(f"{form}-{seed}")))


_ORIGINALS: dict[str, bytes] = {}
