"""The numbers of the forms: how a value cell is printed, and what it means.

Values stay as printed: a unit is kept beside the value and never scales it, words in a number's place are kept as a note.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from extractor.fold import fold, label, width

State = Literal["number", "blank", "dash", "note", "missing"]

UNITS = r"万元|亿元|千元|元|万|亿|件次|批次|人次|件|条|批|次|项|个|宗|起|份|例|篇|部|笔"
_LONGEST = 64
_DIGITS = rf"\d{{1,3}}(?:,\d{{3}})+|\d{{1,{_LONGEST}}}"
_NUMBER = re.compile(
    rf"^(?P<sign>[+-]{{0,2}})(?P<digits>{_DIGITS})(?P<decimals>\.\d+)?"
    rf"(?:\(?(?P<unit>{UNITS})\)?)?(?P<note>[(\[].*)?$",
    re.ASCII,
)
_CHANGE = re.compile(
    rf"^(?P<word>增加?|新增|减少?|减)(?:了)?(?P<digits>{_DIGITS})(?:\(?(?P<unit>{UNITS})\)?)?$", re.ASCII
)
_NO_CHANGE = re.compile(r"^(?:未增未减|未增减|无增减|不增不减|无变化|未变化|没有变化|无变动|持平|不变|\+?0/-?0)$")
_DASH = re.compile(r"^(?:[-/\\~*]{1,6}|无|空|无此项|不适用|没有|未开展|n/a|null|none)[。.]?$", re.IGNORECASE)
_LOST_SPACE = re.compile(r"^\?+\s*(?=[\d/-])")  # a no-break space that a wrong encoding turned into a question mark
_FIGURE = re.compile(r"[0-9]")
_NUMERALS = re.compile(r"^[一二三四五六七八九十百千万两零〇○]{1,8}[件条项个宗起元]?$")
_SPACED_SIGN = re.compile(r"^([+-])\s+(?=\d)")
_BARE_POINT = re.compile(r"^([+-]?)\.(?=\d)")
_BRACKETED = re.compile(r"^\(([^(].*)\)$")
_LESS = re.compile(r"减|降|少|-|负")
_SEVERAL = re.compile(r"[\d/-]\s+[\d/+-]")
_LETTER_ZERO = re.compile(r"^[oO〇零]$")

# In running text (a glued row, or values with single spaces): a sign starts a new number, and a unit belongs to it only when
# no other word follows.
RUN = rf"[+-]?\d+(?:,\d{{3}})*(?:\.\d+)?(?:\(?(?:{UNITS})\)?(?![\u4e00-\u9fff](?!、)))?|[增减](?:{_DIGITS})"


class Number(NamedTuple):
    """What a value cell says.

    Attributes:
        value: the number as printed, unscaled; None for a dash, or for words that give no number.
        state: ``number``, ``dash``, or ``note`` for words in a number's place.
        unit: the unit printed in the cell, if any.
        doubtful: the print itself is odd (``--253``, a letter O, a note instead of a number).
        countable: it has no sign and no decimals, as counts must not.
        digits: the digits and decimals as printed, without sign; empty when they are grouped by commas.
    """

    value: int | float | None
    state: State
    unit: str | None = None
    doubtful: bool = False
    digits: str = ""
    countable: bool = True


NO_NUMBER = Number(None, "note", doubtful=True)
"""What a text says that is no number."""


@lru_cache(maxsize=16384)
def parse(text: str) -> Number | None:
    """Read a value cell; None when the text is no value.

    >>> parse("1,165").value, parse("减3").value, parse("160.5964万元")[:3]
    (1165, -3, (160.5964, 'number', '万元'))
    >>> parse("／").state, parse("未增未减")[:2], parse("规章")
    ('dash', (0, 'note'), None)
    """
    if len(text) <= _LONGEST and text.isascii() and text.isdigit():  # most numbers
        return Number(int(text), "number", doubtful=len(text) > 1 and text[0] == "0", digits=text)
    plain = _SPACED_SIGN.sub(r"\1", _LOST_SPACE.sub("", width(text).strip()))
    folded = fold(plain)
    if not folded or _SEVERAL.search(plain):
        return None
    whole = _BARE_POINT.sub(r"\g<1>0.", folded)
    if match := _NUMBER.match(whole):
        number = _plain(match)
        return number if whole == folded else number._replace(digits="")  # what is printed begins with the point
    if (match := _BRACKETED.match(folded)) and (inner := parse(match[1])) and inner.value is not None:
        return inner._replace(doubtful=True, digits="")  # perhaps a minus, perhaps a note
    if match := _CHANGE.match(folded):
        sign = -1 if match["word"].startswith("减") else 1
        return Number(sign * int(match["digits"].replace(",", "")), "number", match["unit"], countable=False)
    if _NO_CHANGE.match(folded):
        return Number(0, "note")
    if _DASH.match(folded):
        return Number(None, "dash")
    if _LETTER_ZERO.match(folded):
        return Number(0, "note", doubtful=True)
    if folded in ("增", "减", "+", "增加", "减少"):
        return Number(None, "note", doubtful=True)
    return None


def has_figures(text: str) -> bool:
    """True for words with figures in them (``400余件``), or Chinese numerals alone (``二十五``); an enumerator is no figure."""
    said = label(text).words
    return bool(_FIGURE.search(said) or _NUMERALS.match(said))


def _plain(match: re.Match[str]) -> Number:
    digits = match["digits"].replace(",", "")
    value: int | float = float(digits + match["decimals"]) if match["decimals"] else int(digits)
    sign = match["sign"]
    note = match["note"] or ""
    odd_note = bool(note) and (not note.endswith((")", "]")) or bool(_LESS.search(note)))
    leading_zero = len(digits) > 1 and digits[0] == "0"
    return Number(
        value=-value if sign.startswith("-") and value else value,
        state="number",
        unit=match["unit"],
        doubtful=len(sign) > 1 or odd_note or leading_zero,
        digits="" if "," in match["digits"] else digits + (match["decimals"] or ""),
        countable=not sign and not match["decimals"],
    )


def figure(value: float) -> str:
    """A number in figures, without a needless point.

    >>> figure(1165), figure(3.0), figure(13191.8241)
    ('1165', '3', '13191.8241')
    """
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return f"{value:.6f}".rstrip("0").rstrip(".")
