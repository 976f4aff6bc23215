"""Binary Word files, RTF, OpenDocument texts. ``data/doc`` holds the report of ``test_docx_reader`` as LibreOffice saves it."""

import io
import os
import shutil
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer

import pytest
from test_docx_reader import paragraph, truth, word

from extractor import extract
from extractor.document import Source
from extractor.errors import InputError
from extractor.readers import office
from extractor.readers.docx import read_docx
from extractor.readers.office import convert, read_with_office
from extractor.settings import DEFAULTS, Settings

DATA = Path(__file__).parent / "data" / "doc"
SOURCE = Source("a.doc", "0" * 64, "application/msword")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
RTF = b"{\\rtf1 a}"
needs_office = pytest.mark.skipif(
    not any(map(shutil.which, ("soffice", "libreoffice"))), reason="LibreOffice is not installed"
)
needs_shell = pytest.mark.skipif(os.name != "posix", reason="stands in for LibreOffice with a shell script")


@needs_office
def test_reports_saved_by_other_programs_are_right_and_two_at_once_do_not_meet():
    names = ("report.doc", "report.odt")
    with ThreadPoolExecutor(2) as threads:
        records = list(threads.map(lambda name: extract((DATA / name).read_bytes(), name), names))
    for record in records:
        assert record.status == "ok"
        assert {key: found.text for key, found in record.cells.items()} == truth()
        assert not [key for key, found in record.cells.items() if found.review]
    assert [record.source.media_type for record in records] == [
        "application/msword",
        "application/vnd.oasis.opendocument.text",
    ]
    assert records[0].cells["disputes.reconsideration.upheld"].where.path == "tbl[3]/tr[4]/tc[1]"


SECTION = (
    '<text:section text:name="S{place}"><text:section-source xlink:type="simple" xlink:href="{link}" text:filter-name="Text"/>'
    "<text:p>旧</text:p></text:section>"
)
IMAGE = (
    '<text:p><draw:frame svg:width="1cm" svg:height="1cm" text:anchor-type="as-char">'
    '<draw:image xlink:href="{link}" xlink:type="simple" xlink:actuate="onLoad"/></draw:frame></text:p>'
)


def with_links(path, *links):
    """The OpenDocument report with sections and pictures that are taken from elsewhere."""
    parts = "".join((SECTION + IMAGE).format(place=place, link=link) for place, link in enumerate(links))
    file = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(file, "w") as copy:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "content.xml":
                before, end, after = content.partition(b"</text:sequence-decls>")
                content = before + end + parts.encode() + after
            copy.writestr(name, content)
    return file.getvalue()


@pytest.fixture
def server():
    """A server on this machine: its address, and who called."""
    calls = []

    class Handler(BaseRequestHandler):
        def handle(self):
            calls.append(self.client_address)

    with TCPServer(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_address[1]}", calls
        found.shutdown()


def in_rtf(*rows):
    """A table in RTF: a row is (text, where the cell ends, in twentieths of a point)…"""
    text = "".join(
        "\\trowd"
        + "".join(f"\\cellx{end}" for _, end in row)
        + "".join("\\pard\\intbl " + "".join(f"\\u{ord(sign)}?" for sign in text) + "\\cell" for text, _ in row)
        + "\\row\n"
        for row in rows
    )
    return f"{{\\rtf1\\ansi\\uc1 {text}\\pard end\\par}}".encode()


@needs_office
def test_files_of_one_call_do_not_spoil_each_other_and_no_link_is_followed(server, tmp_path):
    address, calls = server
    (tmp_path / "secret.txt").write_text("SECRET", encoding="utf-8")
    links = ((tmp_path / "secret.txt").as_uri(), f"{address}/picture.png")
    damaged = (DATA / "report.doc").read_bytes()[:20_000]
    rows = (
        [("行政诉讼", 6000)],
        [("结果维持", 2000), ("结果纠正", 4000), ("总计", 6000)],
        [("3", 2000), ("", 4000), ("3", 6000)],
    )
    files = [(damaged, ".doc"), (with_links(DATA / "report.odt", *links), ".odt"), (in_rtf(*rows), ".rtf")]
    broken, linked, good = convert(files, DEFAULTS)
    assert isinstance(broken, InputError)
    assert broken.code == "input.damaged"
    assert isinstance(linked, bytes)
    text = read_docx(linked, SOURCE, DEFAULTS).text
    assert "SECRET" not in text
    assert text.count("旧") == 2
    assert calls == []
    lines = read_docx(good, SOURCE, DEFAULTS).lines
    assert [[(cell.text, cell.x0, cell.col_span) for cell in line.cells] for line in lines] == [
        [("行政诉讼", 0, 3)],
        [("结果维持", 0, 1), ("结果纠正", 1, 1), ("总计", 2, 1)],
        [("3", 0, 1), ("", 1, 1), ("3", 2, 1)],
        [("end", 0, 1)],
    ]


def refused(data, **limits):
    with pytest.raises(InputError) as error:
        read_with_office(data, SOURCE, Settings(**limits))
    assert "\n" not in str(error.value)
    return error.value


def test_without_libreoffice_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    error = refused(RTF)
    assert error.code == "extra.office"
    assert "apt install libreoffice-writer-nogui" in str(error)


def wide(text):
    return text.encode("utf-16-le")


def compound(*streams, flags=0):
    """What can be told of an OLE file without reading it: the names of its streams, and the head of a Word text."""
    head = b"\xec\xa5\xc1\x00" + bytes(7) + bytes([flags])
    return OLE + bytes(504) + head + bytes(500) + b"".join(map(wide, streams))


def archive(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as found:
        found.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        for name, content in parts.items():
            found.writestr(name.replace("_", "/"), content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (compound("EncryptionInfo", "EncryptedPackage"), "input.encrypted"),
        (compound("WordDocument", flags=1), "input.encrypted"),
        (compound("PowerPoint Document"), "input.format"),
        (archive(), "input.damaged"),
        (archive(**{"META-INF_manifest.xml": "<manifest:encryption-data/>"}), "input.encrypted"),
    ],
)
def test_what_libreoffice_could_not_read_is_refused_before_it_starts(monkeypatch, data, code):
    monkeypatch.setattr(office, "convert", lambda *_: pytest.fail("LibreOffice was started"))
    assert refused(data).code == code


@pytest.mark.parametrize("data", [compound("WordDocument"), archive(**{"META-INF_manifest.xml": "<a/>"}), RTF])
def test_other_files_are_converted_and_keep_their_source(monkeypatch, data):
    converted = word(paragraph("甲"))
    monkeypatch.setattr(office, "convert", lambda files, _: [converted for content, _ in files if content == data])
    document = read_with_office(data, SOURCE, DEFAULTS)
    assert document.text == "甲\n"
    assert document.source is SOURCE


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    """Puts a shell script in the place of LibreOffice; ``$R`` is where it may write for the test."""

    def put(script):
        path = tmp_path / "soffice"
        path.write_text(f"#!/bin/sh\nR={tmp_path}\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setattr(shutil, "which", lambda _: str(path))
        return tmp_path

    return put


@needs_shell
def test_success_without_a_file_is_no_success(stand_in):
    stand_in("exit 0")
    assert refused(RTF).code == "input.damaged"


def has_ended(process):
    """True when a process that was killed is gone; on a busy machine that takes a moment."""
    state = Path(f"/proc/{process}/stat")
    for _ in range(50):
        try:
            if state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


@needs_shell
def test_all_that_was_started_ends_when_time_is_up(stand_in):
    folder = stand_in("sleep 60 &\necho $! >$R/child\npwd >$R/folder\nwait")
    assert refused(RTF, max_seconds=1).code == "limit.time"
    child = int((folder / "child").read_text())
    assert has_ended(child)
    assert not Path((folder / "folder").read_text().strip()).exists()


@needs_shell
def test_what_ran_in_the_background_ends_with_the_call(stand_in):
    folder = stand_in("sleep 60 &\necho $! >$R/child\nexit 0")
    refused(RTF)
    assert has_ended(int((folder / "child").read_text()))


@needs_shell
def test_it_runs_in_a_folder_and_a_profile_of_its_own_without_input(stand_in, monkeypatch):
    monkeypatch.setenv("GONGKAI_TOKEN", "x")
    written = 'printf "%s\\n" "$@" >$R/arguments; env >$R/environment; cat >$R/input; pwd >$R/folder; ls >$R/files'
    result = stand_in(f"{written}; cp -r profile $R/")
    convert([(RTF, ".rtf"), (b"b", ".doc")], DEFAULTS)
    arguments = (result / "arguments").read_text().splitlines()
    folder = (result / "folder").read_text().strip()
    assert arguments[0] == f"-env:UserInstallation={Path(folder).as_uri()}/profile"
    assert "--headless" in arguments
    assert arguments[-4:] == ["--outdir", f"{folder}/results", f"{folder}/0.rtf", f"{folder}/1.doc"]
    assert (result / "input").read_bytes() == b""
    assert (result / "files").read_text().split() == ["0.rtf", "1.doc", "profile"]
    environment = dict(line.split("=", 1) for line in (result / "environment").read_text().splitlines())
    assert environment["HOME"] == folder
    assert "GONGKAI_TOKEN" not in environment
    registry = (result / "profile" / "user" / "registrymodifications.xcu").read_text()
    for name, value in (
        ("MacroSecurityLevel", 3),
        ("DisableMacrosExecution", "true"),
        ("Link", 0),
        ("ooInetProxyType", 2),
    ):
        assert f'oor:name="{name}" oor:op="fuse"><value>{value}</value>' in registry
    assert not Path(folder).exists()


@needs_shell
def test_a_result_that_is_too_large_is_refused(stand_in):
    stand_in("mkdir results; head -c 2000 /dev/zero >results/0.docx")
    (result,) = convert([(RTF, ".rtf")], Settings(max_bytes=1000))
    assert isinstance(result, InputError)
    assert result.code == "input.too_large"


@needs_shell
def test_a_result_that_is_damaged_is_refused(stand_in):
    stand_in("mkdir results; echo x >results/0.docx")
    assert refused(RTF).code == "input.damaged"
