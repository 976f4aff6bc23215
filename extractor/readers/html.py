"""The reader of web pages: HTML, XHTML, pages that a word processor saved, single-file pages (MHTML).

The page is taken as it is displayed, but nothing in it is run or fetched. Where it displays no table of a report, because a
script would have written it, the tables are looked for in the script's strings and in what else is not displayed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from email import message_from_bytes
from html import unescape
from itertools import groupby

from extractor.document import Document, Line, Source
from extractor.errors import InputError
from extractor.fold import prose, words
from extractor.readers.builder import Builder, Printed, plain
from extractor.readers.encoding import decode
from extractor.readers.formats import MIME
from extractor.readers.html_grid import PrintedRow, Text, all_text, printed, remove
from extractor.readers.html_page import Page, read_page
from extractor.readers.text import LINE_END, text_lines
from extractor.settings import Settings
from extractor.vocabulary import vocabulary

_HEAD = 4096
_CONTAINER = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_MAX_CONTAINERS = 10  # a saved page has one or two
_ENCODED = ("", "7bit", "8bit", "binary", "quoted-printable", "base64")
_MAX_LINES = 2_000_000
_PAGE = re.compile(r"<(?:!doctype|html|head|body|meta|p|div|br|span|font)\b", re.IGNORECASE)
"""What web pages have, but not Markdown with tables in it."""
_MARKDOWN = re.compile(r"^(?:\||#{1,6} )", re.MULTILINE)
"""What begins lines of Markdown; its line breaks count."""
_TABLE_START = re.compile(r"(?=<table\b)", re.IGNORECASE)
_TABLE_END = re.compile(r"</table\s*>", re.IGNORECASE)
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_MARKUP = re.compile(r"</?(?:table|tbody|tr|t[dh]|p|div|span|br)\b", re.IGNORECASE)
_TABLE_MARKUP = re.compile(r"<t[dh]\b", re.IGNORECASE)
_OPEN_CELL = re.compile(r"<t[dh][^<>]*>\s*(?:<[a-z][^<>]*>\s*)*$", re.IGNORECASE)
_SHOWN = "text"  # tags that are displayed: the page has them escaped
_MIN_HEADS = 3
"""So many heads of the forms' columns make a table of a report: menus and summaries name its rows, not these."""
_MAX_WITHIN = 3
"""Markup in a string in markup in a string… is looked into so often."""

_SCRIPT_TOKEN = re.compile(  # strings, which may lack their end, and comments
    r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?'
    r"|'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'?"
    r"|`[^`\\]*+(?:\\.[^`\\]*+)*+`?"
    r"|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
_LAST_CHARACTER = 0x10FFFF
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "\f", "v": " ", "0": "", "\n": "", "\r\n": "", "\r": ""}


def read_html(data: bytes, source: Source, settings: Settings) -> Document:
    """Read a web page into lines of cells.

    Raises:
        InputError: ``input.empty``, ``input.encoding``, ``input.mojibake``, ``input.binary``, ``input.damaged``,
            ``input.too_large``, ``input.too_many_cells`` or ``limit.depth``.
    """
    damage: dict[str, None] = {}
    page = Page([], [], [])
    for data_of_page in _pages(data):
        text, lost = decode(data_of_page, hint=_declared(data_of_page))
        if _MARKDOWN.search(text) and not _PAGE.search(text):
            text = "<pre>" + _TABLE_START.sub("</pre>", _TABLE_END.sub(r"\g<0><pre>", text))
        own = _whole_page(text, settings)
        page.flow.extend(own.flow)
        page.attachments.extend(own.attachments)
        damage.update(dict.fromkeys(lost))
    lines = list(printed(page.flow))
    if any(not isinstance(line, Text) for line in lines):
        return _as_rows(lines, page, source, settings).finish(damage)
    return _as_text(lines, page, source, settings, damage)


# --- bytes to markup --------------------------------------------------------------------------------------------------


def _pages(data: bytes) -> list[bytes]:
    """The page, or the pages of a single-file page: the first is the frame of the others."""
    if not MIME.match(data[:_HEAD].lstrip()):
        return [data]
    if len(_CONTAINER.findall(data)) > _MAX_CONTAINERS:
        raise InputError("单文件网页（MHTML）嵌套过多；请另存为普通网页", code="limit.depth")
    if data.count(b"\n") > _MAX_LINES:
        raise InputError(f"单文件网页（MHTML）超过 {_MAX_LINES:,} 行；请另存为普通网页", code="input.too_large")
    found = [
        part.get_payload(decode=True)
        for part in message_from_bytes(data.lstrip()).walk()
        if part.get_content_type() == "text/html"
        and str(part.get("Content-Transfer-Encoding", "")).strip().lower() in _ENCODED
    ]
    pages = [page for page in found if isinstance(page, bytes) and page.strip()]
    if not pages:
        raise InputError("单文件网页（MHTML）里没有网页；请重新保存", code="input.damaged")
    return pages


def _declared(markup: bytes) -> str | None:
    """The encoding that a page says it is in. Many are wrong, so this is the last thing to go by."""
    match = _CHARSET.search(markup[:_HEAD])
    return match[1].decode("ascii", "replace").lower() if match else None


# --- what is displayed, and what would be -----------------------------------------------------------------------------


def _whole_page(markup: str, settings: Settings, place: str = "", within: int = 0) -> Page:
    """A page; when it displays no table of a report, with those that it holds without displaying them."""
    page = read_page(markup, settings, place)
    if not page.unseen and "&lt;" not in markup:
        return page
    shown = all_text(page.flow)
    hidden = list(dict.fromkeys(_strings(page.unseen, shown))) if within < _MAX_WITHIN else []
    if not hidden or _has_table(shown):
        return page
    for number, (name, string) in enumerate(hidden, start=1):
        inner = _whole_page(string, settings, f"{place}{name}[{number}]/", within + 1)
        if _has_table(all_text(inner.flow)):
            if name == _SHOWN:
                remove(page.flow, lambda text: bool(_MARKUP.search(text.text)))
            page.flow.extend(inner.flow)
            page.attachments.extend(inner.attachments)
    return page


def _has_table(text: str) -> bool:
    """True for a text with the heads of a table of a report; not where they stand between tags."""
    lines = (line for line in text.split("\n") if not _MARKUP.search(line))
    return len(set(vocabulary().heads.findall(words(prose("".join(lines)))))) >= _MIN_HEADS


def _strings(unseen: Iterable[tuple[str, str]], shown: str) -> Iterator[tuple[str, str]]:
    """Markup that is not displayed as such, with the name of the element that holds it."""
    for name, content in [*unseen, (_SHOWN, shown)]:
        string = content
        if name == "script":
            string = _written(content)
        elif name in ("textarea", "title"):
            string = unescape(content)
        if _MARKUP.search(string) or "&lt;" in string:
            yield name, string


def _written(script: str) -> str:
    """The markup in the strings of a script, or of JSON.

    What is put together from variables is left out. If that holds cells, nothing is taken: its blank cells are not blank.
    """
    found: list[str] = []
    for string, whole in _expressions(script):
        if string.lstrip()[:1] in ("{", "[") and '"' in string:
            string = _written(string)
        if whole and not _OPEN_CELL.search(string):
            found += [string] if _MARKUP.search(string) or "&lt;" in string else []
        elif _TABLE_MARKUP.search(string):
            return ""
    return "\n".join(found)


def _expressions(script: str) -> Iterator[tuple[str, bool]]:
    """The strings of a script; those joined by ``+`` are one. False: something else is joined to it."""
    pieces: list[str] = []
    whole, position = True, 0
    for token in _SCRIPT_TOKEN.finditer(script):
        between = script[position : token.start()].strip()
        position = token.end()
        if token[0].startswith("/"):
            continue
        if pieces and between != "+":
            yield "".join(pieces), whole and not between.startswith("+")
            pieces, whole = [], True
        if between != "+" or not pieces:
            whole = not between.endswith("+")
        body = token[0][1:-1]
        whole = whole and not (token[0].startswith("`") and "${" in body)
        pieces.append(_unescaped(body))
    if pieces:
        yield "".join(pieces), whole and not script[position:].lstrip().startswith("+")


def _unescaped(literal: str) -> str:
    """A string of a script as it is meant."""
    if "\\" not in literal:
        return literal
    text = _ESCAPE.sub(_meant, literal)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _meant(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code:
        number = int(code, 16)
        return chr(number) if number <= _LAST_CHARACTER else "\ufffd"
    return _ESCAPED.get(escape[4], escape[4])


# --- to a document ----------------------------------------------------------------------------------------------------


def _links_joined(lines: Iterable[Text | PrintedRow]) -> Iterator[Text | PrintedRow]:
    """The lines, with menus and lists of links as one line each."""
    for linked, run in groupby(lines, key=lambda line: isinstance(line, Text) and line.link):
        if linked:
            links = [line for line in run if isinstance(line, Text)]
            yield Text(" ".join(plain(link.text) for link in links), links[0].path)
        else:
            yield from run


def _as_rows(lines: Sequence[Text | PrintedRow], page: Page, source: Source, settings: Settings) -> Builder:
    """A page with tables."""
    builder = Builder(source, settings)
    printed_lines = (line for line in lines if not isinstance(line, Text) or plain(line.text))
    for line in _links_joined(printed_lines):
        if not isinstance(line, Text):
            builder.row(line)
        elif line.lines:
            for row in text_lines(line.text):
                cells = [Printed(cell.text, cell.x0, cell.x1, path=line.path) for cell in row.cells]
                (builder.row if row.grid else builder.spaced)(cells)
        else:
            builder.prose(line.text, path=line.path)
    for attachment in page.attachments:
        builder.attachment(attachment)
    return builder


def _as_text(
    lines: Iterable[Text | PrintedRow], page: Page, source: Source, settings: Settings, damage: Iterable[str]
) -> Document:
    """A page without tables: like a text, so that tabs, pipes, wide spaces and empty lines in it count."""
    printed_lines: list[str] = []
    paths: list[str] = []
    for line in _links_joined(lines):
        if isinstance(line, Text):
            own = LINE_END.split(line.text) if line.lines else [plain(line.text)]
            printed_lines += own
            paths += [line.path] * len(own)
    if len(printed_lines) > settings.max_document_cells:
        raise InputError(
            f"网页有超过 {settings.max_document_cells:,} 行；年度报告不会这么长，请检查文件", code="input.too_large"
        )
    text = "\n".join(printed_lines)
    if not text.strip() and not page.attachments:
        raise InputError("网页里没有文字；请检查它是否下载完整，或是否要由脚本另行载入内容", code="input.empty")
    found = []
    for row in text_lines(text):
        path = paths[(row.where.line or 1) - 1]
        cells = tuple(cell._replace(where=cell.where._replace(path=path)) for cell in row.cells)
        found.append(Line(cells, row.where._replace(path=path), row.grid))
    return Document(source, tuple(found), text, tuple(damage), tuple(page.attachments))
