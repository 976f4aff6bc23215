"""Damage to words: heads and labels as they are misprinted, wrapped, annotated and converted. See ``layouts.py``."""

from functools import cache
from random import Random

import opencc

from training.sheets import Sheet, each_label

_ALIKE = dict(
    zip("未己人土日目科末大二无元公入", "末已入士曰日料未太三元无厶人", strict=True)
)  # characters that OCR takes for one another
_NOTES = ("（县级无此项）", "（指本年度内）", "（不含主动公开）", "（按件数统计）")
_LEAST = 6


def misprint(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``head-typo``, ``chars-lost``: a character of a label is lost, doubled or another."""

    def spoil(text: str) -> str:
        if len(text) < _LEAST or random.random() > severity / 6:
            return text
        place = random.randrange(3, len(text) - 1)
        return text[:place] + random.choice(("", text[place] * 2, "信")) + text[place + 1 :]

    return each_label(sheet, spoil, ("data",))


def ocr_slip(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``ocr-slip``: a character is taken for one that looks like it."""

    def slip(text: str) -> str:
        places = [place for place, character in enumerate(text) if character in _ALIKE and place > 1]
        if len(text) < _LEAST or not places or random.random() > severity / 3:
            return text
        place = random.choice(places)
        return text[:place] + _ALIKE[text[place]] + text[place + 1 :]

    return each_label(sheet, slip)


def inner_space(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``space-in-label``: white space inside labels."""

    def spread(text: str) -> str:
        if len(text) < 3 or random.random() > severity / 2:
            return text
        place = random.randrange(2, len(text))
        return f"{text[:place]} {text[place:]}"

    return each_label(sheet, spread)


def wrapped_label(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``wrapped-label``, ``broken-head``: a label goes on in the next line."""

    def wrap(text: str) -> str:
        if len(text) < _LEAST or random.random() > severity / 3:
            return text
        place = random.randrange(3, len(text) - 1)
        return f"{text[:place]}\n{text[place:]}"

    return each_label(sheet, wrap)


def head_truncated(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``head-truncated``, ``head-chars-lost``: the last characters of heads are lost."""

    def cut(text: str) -> str:
        if len(text) < 5 or random.random() > severity / 2:
            return text
        return text[: -random.randint(1, 2)]

    return each_label(sheet, cut, ("head",))


def note_in_label(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``note-in-label``: an instruction in brackets after a label."""
    note = random.choice(_NOTES)
    return each_label(
        sheet, lambda text: f"{text}{note}" if len(text) > 1 and random.random() < severity / 3 else text, ("data",)
    )


def traditional(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``traditional``: traditional characters, in all labels or in some."""
    return each_label(sheet, lambda text: _to_traditional().convert(text) if random.random() < severity else text)


@cache
def _to_traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")
