"""The running text of a report: what no table has taken, in passages, each in the section that it stands in.

A passage is a stretch of the document's own text, so that every offset in it is a place in the source. Its line breaks are those
of the source: a sentence may be wrapped over several lines.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from extractor.document import Cell, Document, Line, Where
from extractor.fold import fold, prose
from extractor.tokens import Token

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SENTENCE = re.compile(r"[。；;！？，,：:、]")
_LONG = 12
_LONGEST_HEADING = 40
_NUMERAL = (
    r"(?:^|(?<=[\s。；;：:]))(?:第?[一二三四五六七八]\s*[、.．:：部分]+|\d\s*[、.．])?\s*"
)
_HEADINGS = (  # by the number of the section on the official form; what they say counts, not their numerals
    (1, r"总\s*体\s*情\s*况|概\s*述|基本情况"),
    (2, r"(?:行政机关)?主动公开(?:政府)?(?:信息|政府)的?情况"),
    (3, r"(?:行政机关)?收到[和的]处理(?:政府)?信息公开的?申请情况"),
    (4, r"因?(?:政府)?信息公开(?:工作)?(?:被申请|被)?(?:提起)?行政复议.{0,12}?行政诉讼的?情况"),
    (5, r"(?:政府信息公开工作)?(?:存在的?)(?:主要)?问题.{0,8}?改进(?:情况|措施)|存在的?(?:主要)?(?:问题|困难)"),
    (6, r"其他需要报告(?:的)?(?:事项|情况)?|需要报告的其他事项"),
)
_HEADING = re.compile("|".join(rf"(?P<s{number}>{_NUMERAL}(?:{words}))" for number, words in _HEADINGS))
_REST_OF_HEADING = re.compile(r"^[\s。:：]*$")


class Passage(NamedTuple):
    """A stretch of running text: ``start`` is its offset in the document's text, ``section`` that of the form, if known."""

    text: str
    start: int
    section: int | None = None


class Prose:
    """The running text of a document.

    Attributes:
        passages: in reading order.
        sections: the sections whose headings the document prints.
    """

    def __init__(self, document: Document, tables: Iterable[Token]) -> None:
        """Find the prose of a document; ``tables`` are the tokens that its tables have taken."""
        self._document = document
        self._starts = [line.where.start or 0 for line in document.lines]
        found: list[Passage] = []
        section: int | None = None
        for start, end in _stretches(document, _taken(tables)):
            for place, text, heads in _cut_at_headings(document.text[start:end]):
                section = heads or section
                if _CHINESE.search(text):
                    found.append(Passage(text, start + place, section))
        self.passages = tuple(_joined(found, document.text))
        self.sections = frozenset(_sections(document))

    def where(self, start: int, end: int) -> Where:
        """The place of a stretch of the document's text."""
        if not self._starts:
            return Where(start=start, end=end)
        line = self._document.lines[max(0, bisect_right(self._starts, start) - 1)]
        cell = next((cell for cell in line.cells if (cell.where.end or 0) > start), line.cells[-1])
        return cell.where._replace(start=start, end=end)

    def in_section(self, number: int) -> tuple[Passage, ...]:
        """The passages of a section."""
        return tuple(passage for passage in self.passages if passage.section == number)


def _taken(tables: Iterable[Token]) -> list[tuple[int, int]]:
    """The stretches that belong to tables."""
    spans = [
        (token.where.start, token.where.end)
        for token in tables
        if token.kind != "prose" and token.where.start is not None and token.where.end is not None
    ]
    return sorted(spans)


def _stretches(document: Document, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What no table has taken: whole lines, cells, or parts of them."""
    starts = [start for start, _ in taken]
    for line in document.lines:
        for start, end in _prints(line):
            first = max(0, bisect_right(starts, start) - 1)
            within = [(a, b) for a, b in taken[first : bisect_right(starts, end)] if b > start and a < end]
            edges = [start, *(edge for span in within for edge in span), end]
            for a, b in zip(edges[::2], edges[1::2], strict=True):
                if b > a and (not within or _is_sentence(document.text[a:b])):
                    yield a, b


def _prints(line: Line) -> Iterator[tuple[int, int]]:
    """A line of text as a whole; of a line of a grid the cells that hold sentences."""
    cells = [cell for cell in line.cells if cell.text.strip()]
    if len(cells) > 1 and line.grid:
        yield from (_span(cell) for cell in cells if _is_sentence(cell.text))
    elif cells:
        yield _span(cells[0])[0], _span(cells[-1])[1]


def _span(cell: Cell) -> tuple[int, int]:
    return cell.where.start or 0, cell.where.end or 0


def _is_sentence(text: str) -> bool:
    return bool(_SENTENCE.search(text)) and len(text.strip()) >= _LONG and bool(_CHINESE.search(text))


def _cut_at_headings(text: str) -> Iterator[tuple[int, str, int | None]]:
    """A line by its headings: offset, text and, of what follows a heading, the section. A heading itself is no prose."""
    place, section = 0, None
    for match in _HEADING.finditer(text):
        if not _is_heading(text, match):
            continue
        if before := text[place : match.start()]:
            yield place, before, section
        place, section = match.end(), _number(match)
    yield place, text[place:], section


def _is_heading(text: str, match: re.Match[str]) -> bool:
    """True when nothing but the heading stands on the line, or it has its numeral and other headings or sentences around it."""
    before, after = text[: match.start()], text[match.end() :]
    alone = not before.strip() and bool(_REST_OF_HEADING.match(after))
    numbered = bool(re.match(r"\s*第?[一二三四五六七八]\s*[、.．]", match[0]))
    return alone or (numbered and (not before.strip() or before.rstrip()[-1] in "。；;：:" or before[-1].isspace()))


def _number(match: re.Match[str]) -> int:
    return int(next(name for name, found in match.groupdict().items() if found is not None)[1:])


def _joined(passages: Iterable[Passage], text: str) -> Iterator[Passage]:
    """Passages with nothing but white space between them, in one section, as one."""
    last: Passage | None = None
    for passage in passages:
        if last and last.section == passage.section:
            end = last.start + len(last.text)
            if not text[end : passage.start].strip():
                last = Passage(text[last.start : passage.start + len(passage.text)], last.start, last.section)
                continue
        if last:
            yield last
        last = passage
    if last:
        yield last


def _sections(document: Document) -> Iterator[int]:
    """The sections that are printed as headings anywhere, also where a table has taken them."""
    for line in document.lines:
        for cell in line.cells:
            if len(cell.text) <= _LONGEST_HEADING:
                match = _HEADING.search(prose(fold(cell.text)))
                if match:
                    yield _number(match)
            elif cell.text:
                yield from (_number(match) for match in _HEADING.finditer(cell.text) if _is_heading(cell.text, match))
