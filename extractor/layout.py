"""The layout of a table: all of it but its values. Tables of one layout have the same rows, whatever report they are in."""

from collections.abc import Hashable
from functools import lru_cache

from extractor.fold import width
from extractor.locate import TableRegion

_STEP = 4  # more than there are kinds of values
_GLUED, _GLUED_DIGITS, _BLANK = 1, 2, 3


class Layout:
    """The layout of a region, to look up what is known of it; ``region`` is one that has it, until it is no more needed.

    It is compared by what segments and their rows are told from: the kinds of the tokens, on which lines they stand, and the
    meanings of the words; words that are not known count as printed.
    """

    __slots__ = ("_hash", "_key", "hint", "region")

    def __init__(self, region: TableRegion, hint: str | None) -> None:
        self.region = region
        self.hint = hint
        self._key = (region.table, hint, _ends(region), _described(region))
        self._hash = hash(self._key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self._key == other._key


def _ends(region: TableRegion) -> tuple[int, ...]:
    """The places of the tokens at which the table may be broken off."""
    if region.last is None and not region.broken:
        return ()
    places = {id(token): place for place, token in enumerate(region.tokens)}
    return (places[id(region.last)] if region.last else -1, *[places[id(token)] for token in region.broken])


def _described(region: TableRegion) -> tuple[Hashable, ...]:
    """The tokens: a number for each value and blank, a text and four other things for words."""
    found: list[Hashable] = []
    before = region.tokens[0].line
    for kind, text, _, line, x, grid, terms, enumerator, number, glued, _, _ in region.tokens:
        step = _STEP * (line - before)
        before = line
        if kind == "value":
            if glued:
                step += _GLUED_DIGITS if number and len(number.digits) > 1 else _GLUED
            found.append(step)
        elif kind == "blank":
            found.append(step + _BLANK)
        else:
            found += (enumerator, step, x if grid else None, terms or text, ends_open(text) if terms else kind)
    return tuple(found)


@lru_cache(maxsize=4096)
def ends_open(text: str) -> bool:
    """True for words that end inside a bracket: they go on elsewhere."""
    folded = width(text)
    return folded.count("(") > folded.count(")")
