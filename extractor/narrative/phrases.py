"""The shape of sentences with counts: items, phrases, clauses.

A phrase ends in a number or a break; what it names decides what its number counts. A clause ends in a break that is more than the
comma of a list (``、``).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from extractor.narrative.lexicon import UNKNOWN, Entry

NUMERIC = {"COUNT", "MONEY", "PERCENT", "QUANTITY", "PHONE"}
_ENDS = NUMERIC | {"COMMA", "SEMICOLON", "STOP", "COLON", "OPEN_BRACKET", "CLOSE_BRACKET"}
_SHORTEST = 2
_INCLUDING = {"含", "包括", "包含", "及", "和"}
_CLAUSE_ENDS = {"COMMA", "SEMICOLON", "STOP", "COLON", "OPEN_BRACKET", "CLOSE_BRACKET"}


class Item(NamedTuple):
    """A word, a pattern of words, or a number with its unit: ``start`` and ``end`` are offsets in the folded text."""

    tag: str
    text: str
    start: int
    end: int
    entry: Entry = UNKNOWN
    value: float | None = None
    unit: str = ""

    def has(self, *tags: str) -> bool:
        """True when it does one of these."""
        return self.tag in tags or (len(self.entry.tags) > 1 and not self.entry.tags.isdisjoint(tags))


class Count(NamedTuple):
    """A number that the prose states.

    ``key`` is that of a cell or, when that is not yet decided, ``accepted.total`` and the like. ``part``: of another number.
    """

    key: str
    value: float
    start: int
    end: int
    unit: str | None = None
    part: bool = False


Phrase = Sequence[Item]


def has(phrase: Phrase, *tags: str) -> bool:
    """True when a phrase has a word that does one of these."""
    for item in phrase:  # noqa: SIM110 - a generator takes three times as long, and this is asked most often
        if item.tag in tags or (len(item.entry.tags) > 1 and not item.entry.tags.isdisjoint(tags)):
            return True
    return False


def has_any(phrase: Phrase, tags: frozenset[str]) -> bool:
    """As :func:`has`, for many tags."""
    for item in phrase:  # noqa: SIM110 - as in `has`
        if item.tag in tags or (len(item.entry.tags) > 1 and not item.entry.tags.isdisjoint(tags)):
            return True
    return False


def phrase_before(items: Sequence[Item], place: int, first: int = 0) -> tuple[int, list[Item]]:
    """The phrase that ends in the number at ``place``: where it begins, not before ``first``, and its words.

    A bracket without numbers belongs to the phrase around it, ``无法提供(不掌握)的48件``; its words do when it includes them:
    ``予以公开(含部分公开)21件``.
    """
    begin = place
    while begin > first and items[begin - 1].tag not in _ENDS:
        begin -= 1
    phrase = list(items[begin:place])
    if begin > first and items[begin - 1].tag == "CLOSE_BRACKET":
        opened = opening(items, begin - 1)
        bracket = items[opened + 1 : begin - 1]
        if opened and not any(item.tag in NUMERIC for item in bracket):
            begin, before = phrase_before(items, opened, first)
            included = list(bracket) if bracket and bracket[0].text in _INCLUDING else []
            phrase = before + included + phrase
    return begin, phrase


def opening(items: Sequence[Item], closing: int) -> int:
    """The place of the bracket that opens what is closed at a place; 0 when there is none."""
    return next((n for n in range(closing, -1, -1) if items[n].tag == "OPEN_BRACKET"), 0)


def phrase_after(items: Sequence[Item], place: int) -> list[Item]:
    """The words after the number at ``place``, up to a break or the next number."""
    end = place + 1
    while end < len(items) and items[end].tag not in _ENDS and items[end].tag != "AND":
        end += 1
    return list(items[place + 1 : end])


def clauses(items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    """The clauses of a text, as places from and up to (half open); each ends before a break."""
    begin = 0
    for place, item in enumerate(items):
        if item.tag in _CLAUSE_ENDS:
            yield begin, place
            begin = place + 1
    yield begin, len(items)


def count_of(key: str, item: Item, phrase: Phrase, value: float | None = None) -> Count:
    """The count of a number that stands with a phrase, or of words without a number (``value``)."""
    words = [own for own in phrase if not own.has("AND", "FILL")]
    start = min(item.start, *(own.start for own in words)) if words else item.start
    end = max(item.end, *(own.end for own in words)) if words else item.end
    number = value if value is not None else item.value or 0
    part = any(own.text == "其中" for own in phrase)
    return Count(key, number, start, end, item.unit if item.tag == "MONEY" else None, part)


def heading_before(items: Sequence[Item], begin: int, end: int) -> Phrase:
    """What stands before a colon, for a clause that only says 无 (``行政复议情况：无``)."""
    alone = all(item.has("NEG", "YEARLY", "THIS_YEAR", "SELF", "FILL") for item in items[begin:end])
    if not alone or begin == 0 or items[begin - 1].tag != "COLON":
        return ()
    return phrase_before(items, begin - 1)[1]


def clause_before(items: Sequence[Item], begin: int, phrase: list[Item]) -> list[Item]:
    """The clause before, when a number has nothing before it but words like 共计: ``政府信息公开申请，共12件``."""
    if begin < _SHORTEST or has(phrase, "REST"):
        return phrase
    end = begin - 1
    if items[end].tag == "CLOSE_BRACKET":
        end = opening(items, end)
    elif items[end].tag not in ("COMMA", "COLON") or items[end - 1].tag in NUMERIC:
        return phrase
    _, before = phrase_before(items, end)
    return [*before, *phrase]
