"""The running text of a report: what no table has taken, in passages, each in the section that it stands in.

A passage is a stretch of the document's own text, so that every offset in it is a place in the source. Its line breaks are those
of the source: a sentence may be wrapped over several lines. Headings, page numbers and what is left over of tables are no prose.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

from extractor.document import Cell, Document, Line, Where
from extractor.fold import fold, width, words
from extractor.folded import FoldedText
from extractor.headings import Heading, headings_of, without_contents
from extractor.tokens import Token
from extractor.vocabulary import vocabulary

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SENTENCE = re.compile(r"[。；;！?！？，,：:、]")
_END = re.compile(r"[。；;！!？?]|\n\s*\n|\r")
_FIGURE = re.compile(r"\s*\d[\d,.]*\s*")
_FULL_STOP = re.compile(r"[。；;！？]")
_CLAUSE = re.compile(r"[。；;！？，]")
_LONGEST_LABEL = 20
_LONG, _SHORT = 12, 4
"""Words beside a table are a sentence when they are so many; with a full stop, so few are enough."""

_CHROME = re.compile(
    r"\s*(?:[-—–·]\s*\d{1,3}\s*[-—–·]|第\s*\d{1,3}\s*页(?:\s*[,，/]?\s*共\s*\d{1,3}\s*页)?|(?:page|p)\b\.?\s*\d{1,3}\b.{0,40})\s*",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\d\s*[件条项宗起份例个次元万]")
_DENIES = re.compile(r"\s*[无未没]")
_LEFT_OVER = 3


class Passage(NamedTuple):
    """A stretch of running text: ``start`` is its offset in the document's text, ``section`` that of the form, if known."""

    text: str
    start: int
    section: int | None = None


class Sentence(NamedTuple):
    """A sentence, folded and without white space, and its place in the document's text."""

    text: str
    start: int
    end: int
    section: int | None = None


class Prose:
    """The running text of a document.

    Attributes:
        passages: in reading order.
        headings: of the sections of the form, in reading order, also where a table has taken them.
        sections: the sections whose headings the document prints.
        folded: the whole text of the document, folded.
    """

    def __init__(self, document: Document, tables: Iterable[Token]) -> None:
        """Find the prose of a document; ``tables`` are the tokens that its tables have taken."""
        self._document = document
        self.folded = FoldedText(document.text)
        printed = list(headings_of(self.folded))
        self.headings = tuple(without_contents(printed, document.text))
        self.sections = frozenset(heading.section for heading in self.headings)
        self.passages = tuple(_passages(document, _taken(tables, document.text), printed, self.headings))

    def where(self, start: int, end: int) -> Where:
        """The place of a stretch of the document's text: of its first cell, and the box around all of it on that page."""
        if not self._starts:
            return Where(start=start, end=end)
        first = max(0, bisect_right(self._starts, start) - 1)
        lines = self._document.lines[first : max(first, bisect_right(self._starts, max(start, end - 1)) - 1) + 1]
        cells = [cell for line in lines for cell in line.cells if _span(cell)[1] > start and _span(cell)[0] < end]
        where = (cells[0] if cells else lines[0].cells[-1]).where
        boxes = [cell.where.bbox for cell in cells if cell.where.bbox and cell.where.page == where.page]
        if len(boxes) > 1:
            lows, highs = [map(min, zip(*boxes, strict=True)), map(max, zip(*boxes, strict=True))]
            (x0, top, _, _), (_, _, x1, bottom) = lows, highs
            where = where._replace(bbox=(x0, top, x1, bottom))
        return where._replace(start=start, end=end)

    @cached_property
    def recognised(self) -> bool:
        """True when words of it were recognised in a picture, so that they may be wrong."""
        return any(cell.confidence < 1 for line in self._document.lines for cell in line.cells)

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins."""
        return [line.where.start or 0 for line in self._document.lines]

    @property
    def text(self) -> str:
        """The whole text of the document, its tables and headings included."""
        return self._document.text

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of the passages, in reading order."""
        return tuple(sentence for passage in self.passages for sentence in _sentences(passage, self.folded))


# --- passages --------------------------------------------------------------------------------------------------------


def _passages(
    document: Document, taken: list[tuple[int, int]], printed: Sequence[Heading], headings: Sequence[Heading]
) -> Iterator[Passage]:
    """What is left of a document, in order, joined where nothing but white space is between.

    Args:
        document: the document.
        taken: the stretches that tables have taken.
        printed: all headings; they are no prose.
        headings: those that begin a section.
    """
    text, starts = document.text, [heading.start for heading in headings]
    last: Passage | None = None
    reach = 0  # the end of the last passage, or of a bare figure after it: a wrapped line of a sentence perhaps
    for start, end in _stretches(document, taken, printed):
        place = bisect_right(starts, start) - 1
        section = headings[place].section if place >= 0 else None
        follows = last and last.section == section and not text[reach:start].strip()
        if not _CHINESE.search(text, start, end):
            goes_on = follows and not _FULL_STOP.match(text, reach - 1) and _FIGURE.fullmatch(text, start, end)
            reach = end if goes_on else reach
            continue
        if last and follows:
            last = Passage(text[last.start : end], last.start, section)
        else:
            if last:
                yield last
            last = Passage(text[start:end], start, section)
        reach = end
    if last:
        yield last


def _sentences(passage: Passage, folded: FoldedText) -> Iterator[Sentence]:
    """A passage by its full stops and empty lines. A single line break may be a wrap."""
    start = passage.start
    for length in [*(match.end() for match in _END.finditer(passage.text)), len(passage.text)]:
        end = passage.start + length
        words_of = "".join(folded.part(start, end)[0].split())
        if _CHINESE.search(words_of):
            yield Sentence(words_of, start, end, passage.section)
        start = end


def _taken(tables: Iterable[Token], text: str) -> list[tuple[int, int]]:
    """The stretches that belong to tables; sentences between their rows do not."""
    spans: list[tuple[int, int]] = []
    for kind, _, where, _, _, _, terms, _, _, _, _, _ in tables:
        _, start, end, _, _, _ = where
        if kind == "prose" or start is None or end is None:
            continue
        if terms or kind != "text" or not _goes_on(text[start : end + 1]):
            spans.append((start, end))
    spans.sort()
    return spans


def _goes_on(text: str) -> bool:
    """True for words as long as a sentence with its marks in them or after them."""
    return len(text) > _LONGEST_LABEL and bool(_CLAUSE.search(text)) and not _is_left_over(text)


def _stretches(
    document: Document, taken: list[tuple[int, int]], headings: Sequence[Heading]
) -> Iterator[tuple[int, int]]:
    """What no table and no heading has taken: whole lines, cells, or parts of them."""
    others = _others(document.lines, taken)
    left_over = _left_over(document, others, taken, headings)
    removed = sorted([*taken, *((heading.start, heading.end) for heading in headings)])
    starts = [start for start, _ in removed]
    for index, _ in others[:-1]:
        prints = [] if index in left_over else list(_prints(document.lines[index]))
        if not prints or _is_chrome(document, index):
            continue
        for start, end in prints:
            first = max(0, bisect_right(starts, start) - 1)
            within = [(a, b) for a, b in removed[first : bisect_right(starts, end)] if b > start and a < end]
            edges = [start, *(edge for span in within for edge in span), end]
            for a, b in zip(edges[::2], edges[1::2], strict=True):
                if b > a and (not (within and _meets(taken, start, end)) or _is_sentence(document.text[a:b])):
                    yield a, b


def _others(lines: Sequence[Line], taken: Iterable[tuple[int, int]]) -> list[tuple[int, bool]]:
    """The lines but the rows of tables, and the end of all, each with whether rows stand right before it.

    A row is a line of which tables have taken every cell that is not empty; there is one. Blank lines are neither.
    """
    ends = dict(taken)
    found: list[tuple[int, bool]] = []
    rows = False
    for index, (cells, _, _, _) in enumerate(lines):
        some = False
        for text, _, _, where, _, _, _ in cells:
            if text:
                some = True
                if where[2] is None or ends.get(where[1] or 0) != where[2]:
                    found.append((index, rows))
                    rows = False
                    break
        else:
            if some:
                rows = True
            elif len(cells) > 1:
                found.append((index, rows))
                rows = False
    return [*found, (len(lines), rows)]


def _prints(line: Line) -> Iterator[tuple[int, int]]:
    """A line of text as a whole; of a line of a grid the cells that hold sentences."""
    cells = [cell for cell in line.cells if cell.text.strip()]
    if len(cells) > 1 and line.grid:
        yield from (_span(cell) for cell in cells if _is_sentence(cell.text))
    elif cells:
        yield _span(cells[0])[0], _span(cells[-1])[1]


def _span(cell: Cell) -> tuple[int, int]:
    return cell.where.start or 0, cell.where.end or 0


def _meets(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """True when one of the sorted spans has a part of a stretch."""
    place = bisect_right(spans, (start, end))
    for a, b in spans[max(0, place - 1) : place + 1]:  # noqa: SIM110 - a generator takes twice as long
        if a < end and b > start:
            return True
    return False


def _is_sentence(text: str) -> bool:
    length = len(_CHINESE.findall(text))
    return bool(
        (length >= _SHORT and _FULL_STOP.search(text))
        or (len(text.strip()) >= _LONG and length and _SENTENCE.search(text))
    )


def _left_over(
    document: Document,
    others: Sequence[tuple[int, bool]],
    taken: Sequence[tuple[int, int]],
    headings: Sequence[Heading],
) -> set[int]:
    """The lines that are left over of tables: beside their rows, with nothing but words of the forms, whole or in parts.

    Args:
        document: the document.
        others: its lines but the rows of tables, as :func:`_others` gives them.
        taken: the stretches that tables have taken.
        headings: all headings.
    """
    found: set[int] = set()
    run: list[tuple[int, str]] = []
    beside = False  # the run begins at a row or the heading of a table
    starts = [heading.start for heading in headings]
    for index, rows in others:
        if rows:
            found.update(_beside_rows(run, before=beside, behind=True))
            run, beside = [], True
        if index == len(document.lines):
            break
        cells = document.lines[index].cells
        start, end = _span(cells[0])[0], _span(cells[-1])[1]
        last = bisect_left(starts, end) - 1
        if _meets(taken, start, end):
            found.update(_beside_rows(run, before=beside, behind=True))
            run, beside = [], True
        elif last >= 0 and starts[last] >= start:
            found.update(_beside_rows(run, before=beside, behind=False))
            run, beside = [], headings[last].section in _sections_with_tables()
        else:
            run.append((index, document.text[start:end]))
    found.update(_beside_rows(run, before=beside, behind=False))
    return found


@cache
def _sections_with_tables() -> frozenset[int | None]:
    return frozenset(form.section for family in vocabulary().families for form in family.forms)


def _beside_rows(run: Sequence[tuple[int, str]], *, before: bool, behind: bool) -> Iterator[int]:
    """Of lines in a row those that are left over of a table before it, or behind it: up to other words."""
    for side in ([run] if before else []) + ([run[::-1]] if behind else []):
        for index, text in side:
            if _is_left_over(text):
                yield index
            elif _CHINESE.search(text):
                break


@lru_cache(maxsize=2048)
def _is_left_over(text: str) -> bool:
    """True for words of the forms and for pieces of them, without the marks of a sentence."""
    if _FULL_STOP.search(text) or _COUNTED.search(text) or _DENIES.match(text) or not _CHINESE.search(text):
        return False
    for part in width(text).split():
        said = words(re.sub(r"\d", "", fold(part)))
        for rest in vocabulary().pattern.split(said):
            if len(rest) > _LEFT_OVER and not vocabulary().is_part(rest):
                return False
    return True


def _is_chrome(document: Document, index: int) -> bool:
    """True for a page number, with its dashes or words, or bare at the edge of a page."""
    line = document.lines[index]
    text = " ".join(cell.text for cell in line.cells)
    if _CHROME.fullmatch(text):
        return True
    if not text.strip().isdigit():
        return False
    beside = [document.lines[place].where.page for place in (index - 1, index + 1) if 0 <= place < len(document.lines)]
    return any(page != line.where.page for page in beside)
