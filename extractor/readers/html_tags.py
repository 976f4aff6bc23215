"""Markup to tags and the text between them, the way HTML5 tells them apart, in time that grows with the length alone."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

from extractor.errors import InputError
from extractor.readers.builder import plain

_GIVEN = r"""[^>"'=]*+(?:(?:=\s*+(?:"[^"]*"|'[^']*'|[^\s>"'][^\s>]*+)?+|["'])[^>"'=]*+)*+"""
"""The attributes of a tag: a quote counts only after an equals sign."""
_RAW = (
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript", "template", "select",
    "svg", "xml", "audio", "video", "plaintext",
)  # fmt: skip
"""What these hold is not shown as markup. Their content ends at their end tag, whatever stands before it."""
_IS_RAW = (  # the same names, told apart by their first letters: all tags of a page are tried
    r"(?:s(?:cript|tyle|elect|vg)|t(?:extarea|itle|emplate)|x(?:mp|ml)|iframe|no(?:embed|frames|script)|audio|video"
    r"|plaintext)(?=[\s/>])"
)
_WITH_CONTENT = "|".join(
    rf"{name}(?=[\s/>]){_GIVEN}(?<!/)>[^<]*+(?:<(?!/{name}\b)[^<]*+)*+(?:</[^>]*>?)?" for name in _RAW
)
_TOKEN = re.compile(
    rf"(<(?:/[a-z]{_GIVEN}(?:>|\Z)"
    rf"|(?!{_IS_RAW})[a-z]{_GIVEN}(?:>|\Z)"
    r"|!--(?:-?>|[^-]*+(?:-(?!-!?>)[^-]*+)*+(?:--!?>)?)"
    r"|[!?/][^>]*(?:>|\Z)"
    rf"|{_WITH_CONTENT}"
    rf"|[a-z]{_GIVEN}(?:>|\Z)))",
    re.IGNORECASE,
)
_NAME = re.compile(r"</?([a-zA-Z][^\s/>]*)")
_OPENING = re.compile(_GIVEN)
_ATTRIBUTE = re.compile(r"""([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?""")
_NOT_DISPLAYED = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_PRONUNCIATION = ("rt", "rp")  # 規 with guī above it
_MAX_REMEMBERED = 300
_MAX_TAGS = 400_000  # the longest report, with each character in an element of its own, has fewer
NO_ATTRIBUTES: Mapping[str, str] = {}

DOCUMENT = re.compile(r"\.(?:pdf|docx?|wps|xlsx?|et|zip|rar|ofd)(?![\w.])", re.IGNORECASE)
_AFTER_PATH = re.compile(r"[?#]")
_URL_PARTS = re.compile(r"[/\\?#=&]")
_ICON = re.compile(
    r"icon|\bico\b|logo|banner|qr_?code|ewm|erweima|wx|weixin|wechat|weibo|gongan|beian|jiucuo|conac|blank|spacer|arrow|btn|button",
    re.IGNORECASE,
)
_SIZE = re.compile(r"\s*([0-9]{1,6})(?![0-9]|\s*%)")
_SMALL = 50  # pixels; a smaller picture is no table
_SMALL_DATA = 1000  # characters of a picture within the page
LONGEST_NAME = 80
VOID = frozenset({
    "area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
})  # fmt: skip
CONTAINERS = frozenset({
    "article", "aside", "blockquote", "center", "dir", "div", "dl", "fieldset", "footer", "form", "header", "main",
    "nav", "ol", "section", "ul",
})  # fmt: skip
BLOCKS = CONTAINERS | {
    "address", "body", "br", "button", "caption", "colgroup", "dd", "details", "dialog", "dt", "figcaption",
    "figure", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "hgroup", "hr", "html", "legend", "li", "menu",
    "option", "optgroup", "p", "pre", "summary",
}  # fmt: skip
CELL_TAGS = frozenset({"td", "th"})
GROUP_TAGS = ("tbody", "thead", "tfoot")
TABLE_TAGS = frozenset({"table", *GROUP_TAGS, "tr", *CELL_TAGS})
APART = frozenset({"sup", "sub", "s", "strike", "del"})
"""A footnote's mark and a struck number are no digits of the number that they stand at."""
_ENDED_BY = {  # what ends a hidden element whose own end tag may be left out
    "p": BLOCKS | {"table"},
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": TABLE_TAGS - {"table"},
    "th": TABLE_TAGS - {"table"},
    "tr": TABLE_TAGS - {"table", "td", "th"},
    "rt": frozenset({"rt", "rp"}),
    "rp": frozenset({"rt", "rp"}),
}


class Tag(NamedTuple):
    """A tag, or a whole element whose content is not markup; a comment has no name.

    Attributes:
        name: in lower case.
        end: it is an end tag.
        attributes: names in lower case; of one that is given twice the first counts.
        hidden: it says that its element is not displayed.
        content: what a script, style, text field and the like holds; None for any other.
    """

    name: str
    end: bool = False
    attributes: Mapping[str, str] = NO_ATTRIBUTES
    hidden: bool = False
    content: str | None = None


def tokens(markup: str) -> list[str]:
    """Text and tags in turn; text comes first and last, and may be empty.

    Raises:
        InputError: ``input.too_large``: so many tags that it is no report.
    """
    if markup.count("<") > _MAX_TAGS:
        raise InputError(f"网页有超过 {_MAX_TAGS:,} 个标签；年度报告不会这么大，请检查文件", code="input.too_large")
    return _TOKEN.split(markup)


def read_tag(token: str) -> Tag:
    """What a tag says."""
    return _remembered(token) if len(token) <= _MAX_REMEMBERED else _read_tag(token)


def _read_tag(token: str) -> Tag:
    match = _NAME.match(token)
    if match is None:
        return Tag("")
    name = match[1].lower()
    if token.startswith("</"):
        return Tag(name, end=True)
    given, content = token[match.end() :].removesuffix(">"), None
    if name in _RAW and (opening := _OPENING.match(token, match.end())):
        given, content = opening[0], token[opening.end() + 1 :]
        end = content.lower().rfind(f"</{name}")
        content = None if given.endswith("/") else content if end < 0 else content[:end]
    found = _attributes(given) if given else NO_ATTRIBUTES
    hidden = name in _PRONUNCIATION or "hidden" in found or bool(_NOT_DISPLAYED.search(found.get("style", "")))
    return Tag(name, attributes=found, hidden=hidden, content=content)


_remembered = lru_cache(maxsize=4096)(_read_tag)  # a page has few tags that differ


def _attributes(given: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(given):
        found.setdefault(name.lower(), unescape("".join(values)))
    return found


class Hidden:
    """An element that is not displayed. It ends with its end tag, or where that must have stood."""

    def __init__(self, name: str, begin: int) -> None:
        self.name = name
        self.begin = begin
        self._open = Counter([name])

    def start(self, name: str) -> bool:
        """A start tag in it; True when it ends before that."""
        if name in _ENDED_BY.get(self.name, ()) and not self._open["table"]:
            return True
        if name not in VOID:
            self._open[name] += 1
        return False

    def end(self, name: str) -> bool:
        """An end tag in it, or after it; True when it ends with that or before."""
        if self._open[name]:
            self._open[name] -= 1
            return name == self.name and not self._open[name]
        return name in CONTAINERS or name in TABLE_TAGS or name in ("body", "ruby")


@lru_cache(maxsize=1024)
def file_name(address: str) -> str:
    """The name of the file in an address."""
    parts = _URL_PARTS.split(address)
    path = _AFTER_PATH.split(address)[0].rstrip("/\\")
    name = next((part for part in reversed(parts) if DOCUMENT.search(part)), _URL_PARTS.split(path)[-1] or address)
    return plain(unquote(name, errors="replace"))[:LONGEST_NAME]


def picture_name(given: Mapping[str, str]) -> str | None:
    """The name of a picture that may show something of a report; None for icons, logos and the like."""
    source = given.get("src", "")
    inline = source.startswith("data:")
    sizes = [_SIZE.match(given.get(side, "")) for side in ("width", "height")]
    small = any(size and int(size[1]) <= _SMALL for size in sizes)
    if small or not source or (inline and len(source) < _SMALL_DATA):
        return None
    name = "（网页内嵌）" if inline else file_name(source)
    return None if _ICON.search(name) else name
