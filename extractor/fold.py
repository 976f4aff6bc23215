"""Folding: what copies of the same label have in common.

Copies of the forms differ in width (``１．``, ``1.``), script (``規範性``), spaces (``自然 人``), quotes, Kangxi radicals
(``⾏政``), and some carry pinyin after a character (``規(guī)章``). Two texts are compared only after folding.
"""

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

_ODD_WIDTH = {  # compatibility ideographs, Kangxi radicals, full-width forms: one character to one character
    code: folded
    for block in (range(0x2E80, 0x2FE0), range(0xF900, 0xFB00), range(0xFE10, 0xFE70), range(0xFF00, 0xFFF0))
    for code in block
    if len(folded := unicodedata.normalize("NFKC", chr(code))) == 1 and folded != chr(code)
}
_RADICALS = dict(
    zip(  # CJK radicals that Unicode gives no compatibility form
        map(ord, "⺁⺊⺌⺟⺠⺫⺮⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳"),
        "厂卜小母民目竹虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙龟",
        strict=True,
    )
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－─━"), "-")
_SPACES = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000, 0xE004, 0xE5E5), " ")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"), "")
_PUNCTUATION = str.maketrans("（）〔〕【】｜│┃．", "()()()|||.")
_WIDTH = _ODD_WIDTH | _RADICALS | _DASHES | _SPACES | _INVISIBLE | _PUNCTUATION

_FOLDED = {chr(code): chr(to) if isinstance(to, int) else to for code, to in _WIDTH.items()}
_FOLDED_CHARACTER = re.compile("[" + "".join(map(re.escape, _FOLDED)) + "]")
"""Seldom met, and sought faster than a whole text is translated."""

_ENCLOSED = {  # one character that stands for an enumerator
    chr(code): f"({text})" if style == "(" else f"{text}."
    for start, count, style in ((0x2460, 20, "."), (0x2474, 20, "("), (0x2488, 20, "."), (0x3220, 10, "("))
    for code, text in ((start + n, str(n + 1) if start < 0x3220 else "一二三四五六七八九十"[n]) for n in range(count))
}
ENCLOSED_CHARACTER = re.compile("[" + "".join(_ENCLOSED) + "]")
_PINYIN = re.compile(r"(?<=[\u4e00-\u9fff])\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüêńňǹḿ]{1,6}\)")
_NOT_WORD = re.compile(r"[^\w%+/]|_")
WORD_OR_BRACKET = re.compile(r"[^\W_]|[%+/()]")
_ENUMERATOR = re.compile(
    r"^(?:\((?P<bracket>[一二三四五六七八九十]{1,3}|\d{1,2})\)[.、,]?"
    r"|(?P<mark>[一二三四五六七八九十]{1,3}|\d{1,2})\s*[.、,:)]"
    r"|(?P<bare>\d)(?=[\u4e00-\u9fff]))"
)


def width(text: str) -> str:
    """Fold widths, dashes and spaces, one character to (at most) one."""
    return text if text.isascii() else _FOLDED_CHARACTER.sub(lambda found: _FOLDED[found[0]], text)


@cache
def _simplified() -> dict[int, str]:
    """Map each traditional character to its simplified form (OpenCC's table ``t2s``, character by character)."""
    import opencc

    characters = [chr(code) for code in range(0x3400, 0xA000)]
    folded = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {ord(a): b for a, b in zip(characters, folded, strict=True) if a != b and len(b) == 1}


@cache
def _traditional() -> re.Pattern[str]:
    return re.compile("[" + "".join(map(chr, _simplified())) + "]")


def script(text: str) -> str:
    """Fold traditional characters to simplified ones, one to one."""
    try:
        text.encode("gb2312")  # has no traditional forms: the common case, told at C speed
    except UnicodeEncodeError:
        return text.translate(_simplified()) if _traditional().search(text) else text
    return text


def squeezed(text: str) -> str:
    """Drop white space."""
    return "".join(text.split())


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Fold width, script, pinyin and enclosed enumerators, and drop white space.

    >>> fold("１．屬於 國家秘密")
    '1.属于国家秘密'
    >>> fold("規(guī)章")
    '规章'
    """
    folded = script(width(text))
    if ENCLOSED_CHARACTER.search(folded):
        folded = ENCLOSED_CHARACTER.sub(lambda match: _ENCLOSED[match.group()], folded)
    folded = squeezed(folded)
    return _PINYIN.sub("", folded) if "(" in folded else folded


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Fold as :func:`fold` does, but keep spaces and enclosed enumerators; and give each folded character's index in ``text``."""
    folded = width(text)
    if len(folded) == len(text):  # width() never gives more than one character for one
        places = list(range(len(text)))
    else:
        places = [place for place, character in enumerate(text) if width(character)]
    folded = script(folded)
    characters = list(folded)
    for match in reversed(list(_PINYIN.finditer(folded))):
        del characters[match.start() : match.end()], places[match.start() : match.end()]
    return "".join(characters), places


class Label(NamedTuple):
    """A folded label: its enumerator (``三``, ``1`` or empty) and its words without punctuation."""

    enumerator: str
    words: str


@lru_cache(maxsize=8192)
def label(text: str) -> Label:
    """Fold a label and take its enumerator off.

    >>> label("（三）不予公开")
    Label(enumerator='三', words='不予公开')
    >>> label("3. 危及“三安全一稳定”")
    Label(enumerator='3', words='危及三安全一稳定')
    """
    folded = fold(text)
    match = _ENUMERATOR.match(folded)
    if match is None or match.end() == len(folded):
        return Label("", words(folded))
    return Label(next(filter(None, match.groups())), words(folded[match.end() :]))


def words(folded: str) -> str:
    """Drop the punctuation of a folded text."""
    return _NOT_WORD.sub("", folded)


def prose(text: str) -> str:
    """Fold a long text as far as searching in prose needs: simplified characters, no white space."""
    return squeezed(script(text))
