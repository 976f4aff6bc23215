"""A text folded once for all who read parts of it, with the way back to the places in the text."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from extractor.fold import fold_with_places, script, width

_MAY_BE_PINYIN = re.compile(r"\([^\W\d\u4e00-\u9fff]")


class Squeezed(NamedTuple):
    """A folded text without white space, as runs that are printed without a gap.

    Attributes:
        text: the text.
        indexes: where in it each run begins, and its length at last.
        places: where each run begins in the text as printed.
    """

    text: str
    indexes: Sequence[int]
    places: Sequence[int]

    def place(self, index: int) -> int:
        """Where a character is printed."""
        run = bisect_right(self.indexes, index) - 1
        return self.places[run] + index - self.indexes[run]

    def first_from(self, place: int) -> int:
        """The first character that is printed at a place or after it."""
        run = max(0, bisect_right(self.places, place) - 1)
        return min(self.indexes[run] + max(0, place - self.places[run]), self.indexes[run + 1])


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
            runs = folded.split()
            return Squeezed("".join(runs), [0, *accumulate(map(len, runs))], list(_found(runs, folded)))
        kept = [index for index, character in enumerate(folded) if not character.isspace()]
        return Squeezed(
            "".join(folded[index] for index in kept), range(len(kept) + 1), [places[index] for index in kept]
        )


def _found(runs: Iterable[str], text: str) -> Iterator[int]:
    """Where each run of a text begins; nothing but white space is between them."""
    place = 0
    for run in runs:
        place = text.index(run, place)
        yield place
        place += len(run)
