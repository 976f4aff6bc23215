"""The printed text around what a record points to, so that a reader sees the proof without the document at hand."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from extractor.document import Where
from extractor.record import Record

LONGEST = 300
"""A snippet of one place has at most so many characters; where places stand close together, theirs are joined."""
_SHORT = 40
_BREAKS = "\r\n"


class Excerpt(NamedTuple):
    """The printed line of a value, or the part of it around the value: what stands before it, the value, what stands behind."""

    before: str
    marked: str
    after: str

    @property
    def line(self) -> str:
        """All of it, the value in brackets."""
        return f"{self.before}【{self.marked}】{self.after}"


class Window(NamedTuple):
    """A place in a snippet: its ``number``, and where in it the excerpt, the value in it, and both end."""

    number: int
    first: int
    start: int
    end: int
    last: int


class Excerpts:
    """The snippets of a record, to be found by a place."""

    def __init__(self, snippets: Mapping[int, str]) -> None:
        self._snippets = snippets
        self._starts = sorted(snippets)

    @property
    def texts(self) -> list[str]:
        """The snippets in order."""
        return [self._snippets[start] for start in self._starts]

    def window(self, where: Where | None) -> Window | None:
        """Where in :attr:`texts` a place is; None when the record has no snippet of it."""
        span = _span(where)
        number = bisect_right(self._starts, span[0]) - 1 if span else -1
        if span is None or number < 0:
            return None
        text = self._snippets[self._starts[number]]
        start, end = (offset - self._starts[number] for offset in span)
        end = min(end, start + LONGEST) if end > len(text) else end  # a long place is kept only in part
        if start > len(text) or end > len(text):
            return None
        first, last = _around(text, start, end)
        return Window(number, first, start, min(end, last), last)

    def at(self, where: Where | None) -> Excerpt | None:
        """The excerpt for a place; None when the record has no snippet of it."""
        found = self.window(where)
        if found is None:
            return None
        text = self._snippets[self._starts[found.number]]
        return Excerpt(text[found.first : found.start], text[found.start : found.end], text[found.end : found.last])


def snippets(record: Record, text: str) -> dict[int, str]:
    """The snippets of a record by the offset at which each starts, in order and without overlaps.

    Args:
        record: its cells, claims and failed findings point to places.
        text: of the document, into which the places point.
    """
    spans = sorted({_around(text, start, end) for start, end in _places(record) if end <= len(text)})
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:
            joined.append((start, end))
    return {start: text[start:end] for start, end in joined}


def _places(record: Record) -> Iterator[tuple[int, int]]:
    wheres = [cell.where for cell in record.cells.values()]
    wheres += [claim.where for claim in record.claims]
    wheres += [finding.where for finding in record.findings if finding.outcome == "fail"]
    yield from (span for where in wheres if (span := _span(where)))


def _span(where: Where | None) -> tuple[int, int] | None:
    """Start and end of a place; None when it has none that make sense, as in a record that was edited by hand."""
    if where is None or not isinstance(where.start, int) or not isinstance(where.end, int):
        return None
    return (where.start, where.end) if 0 <= where.start <= where.end else None


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """The printed lines that a place stands in; of longer ones the part around it, and lines around short ones."""
    first = _line_start(text, start, max(0, start - LONGEST))
    last = _line_end(text, end, min(len(text), end + LONGEST))
    if last - first > LONGEST:
        room = max(0, LONGEST - (end - start)) // 2
        return max(first, start - room), min(last, end + room, start + LONGEST)
    if last - first < _SHORT:  # a value on a line of its own says nothing
        first = min(first, _next_line(text, max(0, first - _SHORT), first))
        last = max(last, _line_before(text, last, min(len(text), last + _SHORT // 2)))
    return first, last


def _line_start(text: str, place: int, lowest: int) -> int:
    found = max(text.rfind(character, lowest, place) for character in _BREAKS)
    return found + 1 if found >= 0 else lowest


def _line_end(text: str, place: int, highest: int) -> int:
    return min((at for character in _BREAKS if (at := text.find(character, place, highest)) >= 0), default=highest)


def _next_line(text: str, lowest: int, place: int) -> int:
    """The first start of a line from ``lowest`` on."""
    if lowest == 0:
        return 0
    return min((at + 1 for character in _BREAKS if (at := text.find(character, lowest, place)) >= 0), default=place)


def _line_before(text: str, place: int, highest: int) -> int:
    """The last end of a line up to ``highest``."""
    return highest if highest == len(text) else max(text.rfind(character, place, highest) for character in _BREAKS)
