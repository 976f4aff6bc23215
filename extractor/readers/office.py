"""The reader of binary Word files (.doc, .wps), RTF and OpenDocument texts, which LibreOffice converts to .docx.

LibreOffice runs without a screen, in a temporary folder with a profile of its own: nothing of the user's is touched, calls do not
meet, no macro runs, no link is followed. It says that all went well even when nothing did, so what counts is the file that it
wrote.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from extractor.document import Document, Source
from extractor.errors import InputError
from extractor.readers.containers import open_zip, read_part
from extractor.readers.docx import read_docx
from extractor.readers.formats import Format, sniff
from extractor.settings import Settings

_COMMANDS = ("soffice", "libreoffice")
_OPTIONS = (
    *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"),
    *("--convert-to", "docx:MS Word 2007 XML"),
)
_SUFFIXES = {Format.DOC: ".doc", Format.RTF: ".rtf", Format.ODT: ".odt", Format.WORD_XML: ".xml"}
_SHARE = 0.8
"""Of the time for a document; the rest is for reading the result."""
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")
_NEVER = "0"
_NO_SERVER = "127.0.0.1"
_PROFILE = (  # path, name and value of what differs from LibreOffice's own settings
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "CheckDocumentEvents", "true"),
    ("Office.Writer/Content/Update", "Link", _NEVER),
    ("Office.Calc/Content/Update", "Link", _NEVER),
    ("Office.Java/VirtualMachine", "Enable", "false"),
    ("Inet/Settings", "ooInetProxyType", "2"),  # all requests go to a proxy that is not there
    *(("Inet/Settings", f"ooInet{kind}ProxyName", _NO_SERVER) for kind in ("HTTP", "HTTPS", "FTP")),
    *(("Inet/Settings", f"ooInet{kind}ProxyPort", "9") for kind in ("HTTP", "HTTPS", "FTP")),
)
_SECTOR = 512
_WORD_MAGIC = b"\xec\xa5"


def read_with_office(data: bytes, source: Source, settings: Settings) -> Document:
    """Read a file that LibreOffice knows. Places are those in the converted file.

    Raises:
        InputError: ``extra.office`` without LibreOffice; ``input.encrypted``, ``input.format``, ``input.damaged`` or
            ``limit.time`` for a file that can't be converted; else as :func:`~extractor.readers.docx.read_docx`.
    """
    found = sniff(data, settings)
    if found is Format.DOC:
        _check_compound(data)
    elif found is Format.ODT:
        _check_open_document(data, settings)
    (converted,) = convert([(data, _SUFFIXES[found])], settings)
    if isinstance(converted, InputError):
        raise converted
    return read_docx(converted, source, settings)


def convert(files: Sequence[tuple[bytes, str]], settings: Settings) -> list[bytes | InputError]:
    """Convert files to .docx in one call of LibreOffice, since starting it takes longer than converting a report.

    Args:
        files: the bytes of each, and the suffix that tells LibreOffice their format (``.doc``).
        settings: ``max_seconds`` is the time for each file.

    Returns:
        For each file what it was converted to, or why it was not (``input.damaged``, ``limit.time``).

    Raises:
        InputError: ``extra.office`` when LibreOffice is not installed.
    """
    command = next(filter(None, map(shutil.which, _COMMANDS)), None)
    if command is None:
        raise InputError(
            "读取 .doc、.wps、.rtf、.odt 需要 LibreOffice；请安装（如 apt install libreoffice-writer-nogui），或另存为 .docx",
            code="extra.office",
        )
    with tempfile.TemporaryDirectory(prefix="gongkai-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        profile, results = folder / "profile" / "user", folder / "results"
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_registry(), encoding="utf-8")
        inputs = [folder / f"{place}{suffix}" for place, (_, suffix) in enumerate(files)]
        for path, (data, _) in zip(inputs, files, strict=True):
            path.write_bytes(data)
        in_time = _run(
            [command, f"-env:UserInstallation={profile.parent.as_uri()}", *_OPTIONS, "--outdir", results, *inputs],
            folder,
            _SHARE * settings.max_seconds * len(files),
        )
        return [_result(results / f"{path.stem}.docx", in_time, settings) for path in inputs]


def _run(command: Sequence[str | Path], folder: Path, seconds: float) -> bool:
    """Run LibreOffice in a folder, and end all that it started; False when the time was not enough."""
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    process = subprocess.Popen(  # noqa: S603 - no shell, and all names are ours
        command,
        cwd=folder,
        env=environment | {"HOME": str(folder), "TMPDIR": str(folder), "SAL_USE_VCLPLUGIN": "svp"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return True


def _result(path: Path, in_time: bool, settings: Settings) -> bytes | InputError:
    """What LibreOffice wrote."""
    try:
        if path.stat().st_size > settings.max_bytes:
            return InputError(
                f"转换后超过 {settings.max_bytes:,} 字节；年度报告不会这么大，请检查文件", code="input.too_large"
            )
        return path.read_bytes()
    except OSError:
        if in_time:
            return InputError("LibreOffice 打不开这个文件；文件可能已损坏，请另存为 .docx", code="input.damaged")
        return InputError(
            f"LibreOffice 在 {_SHARE * settings.max_seconds:g} 秒内没有转换完，已停止；请另存为 .docx",
            code="limit.time",
        )


def _registry() -> str:
    """The settings of the profile."""
    items = "".join(
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _PROFILE
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry"'
        ' xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{items}</oor:items>"
    )


def _check_compound(data: bytes) -> None:
    """Refuse a compound file without a text of Word, or with a password."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise _has_password()
    if "WordDocument".encode("utf-16-le") not in data:
        raise InputError("这是 OLE 复合文件，但不是 Word 文件；请检查文件", code="input.format")
    heads = (data[at : at + 12] for at in range(_SECTOR, len(data), _SECTOR))
    head = next((head for head in heads if head.startswith(_WORD_MAGIC)), bytes(12))
    if len(head) == 12 and head[11] & 1:  # fEncrypted of the file's head
        raise _has_password()


def _check_open_document(data: bytes, settings: Settings) -> None:
    """Refuse an OpenDocument file with a password."""
    if b"encryption-data" in read_part(open_zip(data, settings), "META-INF/manifest.xml"):
        raise _has_password()


def _has_password() -> InputError:
    return InputError("文件有密码，打不开；请去掉密码后重新保存", code="input.encrypted")
