"""A text folded once for all who read parts of it, with the way back to the places in the text."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from extractor.fold import fold_with_places, script, width

_MAY_BE_PINYIN = re.compile(r"\([^\W\d\u4e00-\u9fff]")
_PRINTS = np.array([not chr(code).isspace() for code in range(0x3002)])
"""By its code, whether a character is none of white space; nothing after the ideographic space is."""


class Squeezed(NamedTuple):
    """A folded text without white space; ``places`` tells for each character where it is printed."""

    text: str
    places: Sequence[int]

    def first_from(self, place: int) -> int:
        """The first character that is printed at a place or after it."""
        return bisect_left(self.places, place)


class FoldedText:
    """A text of which parts can be had as :func:`~extractor.fold.fold_with_places` folds them.

    Attributes:
        text: as printed.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        folded = width(text)
        self._in_place = folded if len(folded) == len(text) else None

    def part(self, start: int, end: int) -> tuple[str, Sequence[int]]:
        """A part of the text folded, and for each character its index in that part as printed."""
        if self._in_place is not None:
            folded = script(self._in_place[start:end])
            if not _MAY_BE_PINYIN.search(folded):
                return folded, range(len(folded))
        return fold_with_places(self.text[start:end])

    @cached_property
    def squeezed(self) -> Squeezed:
        """The whole text folded, without white space."""
        folded, places = self.part(0, len(self.text))
        if isinstance(places, range):  # then a folded character stands where it is printed
            return Squeezed("".join(folded.split()), _not_spaces(folded))
        kept = [index for index, character in enumerate(folded) if not character.isspace()]
        return Squeezed("".join(folded[index] for index in kept), [places[index] for index in kept])


def _not_spaces(text: str) -> Sequence[int]:
    """The indexes of the characters that are no white space: a loop over them takes ten times as long."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return np.flatnonzero(_PRINTS[np.minimum(codes, len(_PRINTS) - 1)]).data
