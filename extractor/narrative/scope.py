"""Whose figures a text speaks of, and of which time: those of the report, or others that are left alone."""

import re
from collections.abc import Sequence

from extractor.narrative.phrases import Item, has

_TO_THE_END_OF_SENTENCE = ("OTHER_YEAR", "PRIOR_YEAR", "NEXT_YEAR", "SINCE")
_OF_SCOPE = frozenset((*_TO_THE_END_OF_SENTENCE, "YEARLY", "THIS_YEAR", "PERIOD", "DATE", "PRIOR", "BODY", "HELP"))
"""What opens or closes a scope."""
_MONTH = re.compile(r"\d+月份?$")
_NEAR = 8
_LEADING = ("FILL", "BY", "TO", "SELF", "DATE", "COMMA", "NOISE", "WIDE", "EXCEPT", "THIS_YEAR")


class Scope:
    """Follows a text. ``is_open`` is true while its figures are those of the report."""

    def __init__(self) -> None:
        self._closed_by: str | None = None
        self._until: str = ""
        self._outside: tuple[str | None, str] | None = None  # what held before a bracket

    @property
    def is_open(self) -> bool:
        """True while figures are the report's own."""
        return self._closed_by is None

    def pass_by(self, items: Sequence[Item], begin: int, place: int) -> None:
        """Go on to the item at ``place`` of the clause that begins at ``begin``."""
        item = items[place]
        if item.tag not in _OF_SCOPE and item.entry.tags.isdisjoint(_OF_SCOPE):
            return
        if item.has("YEARLY", "THIS_YEAR"):
            before = items[place - 1] if place > begin else None
            if self._closed_by == "year" and before is not None and before.has("TO", "NOISE"):
                return  # 从2020年到2024年
            self._closed_by, self._until = None, ""
            return
        leads = all(own.has(*_LEADING) for own in items[begin:place])
        if item.tag == "PERIOD" or item.has("PERIOD"):
            self._close("period", "passage" if leads and _starts(items, begin) else "half")
        elif item.has("SINCE") or (leads and item.has(*_TO_THE_END_OF_SENTENCE)):
            self._close("year", "sentence" if _starts(items, begin) or item.has("SINCE") else "half")
        elif item.tag == "DATE" and leads and _MONTH.match(item.text) and not has(items[begin:place], "TO"):
            self._close("year", "half")
        elif item.tag == "PRIOR" and leads and not _carries(items, place):
            after = items[place + 1 : place + 2]
            self._close("year", "half" if has(after, "COMMA", "OPEN_BRACKET") else "clause")
        elif (item.has("BODY") and not _with_own(items, place)) or (leads and item.has("HELP")):
            self._close("body", "clause")

    def leave(self, mark: Item) -> None:
        """Go past a break. What a bracket says of its own figures ends with it."""
        if mark.tag == "OPEN_BRACKET":
            self._outside = self._closed_by, self._until
            return
        if mark.tag == "CLOSE_BRACKET" and self._outside is not None:
            (self._closed_by, self._until), self._outside = self._outside, None
            return
        halves = ("SEMICOLON", "STOP")
        if (
            self._until == "clause"
            or (self._until == "half" and mark.tag in halves)
            or (self._until == "sentence" and mark.tag == "STOP")
        ):
            self._closed_by, self._until = None, ""

    def _close(self, why: str, until: str) -> None:
        order = ("", "clause", "half", "sentence", "passage")
        if self.is_open or order.index(until) > order.index(self._until):
            self._closed_by, self._until = why, until


def _starts(items: Sequence[Item], begin: int) -> bool:
    """True for the first clause of a sentence."""
    return begin == 0 or items[begin - 1].tag == "STOP"


def _carries(items: Sequence[Item], place: int) -> bool:
    """True for ``上年没有结转``."""
    return any(item.has("CARRY", "CARRIED_OVER") for item in _clause_from(items, place))


def _with_own(items: Sequence[Item], place: int) -> bool:
    """True for ``各部门及本镇``: the agency itself is among them."""
    return any(item.has("SELF") for item in _clause_from(items, place))


def _clause_from(items: Sequence[Item], place: int) -> Sequence[Item]:
    near = items[place : place + _NEAR]
    return near[
        : next((n for n, item in enumerate(near) if item.tag in ("COMMA", "SEMICOLON", "STOP", "COUNT")), len(near))
    ]
