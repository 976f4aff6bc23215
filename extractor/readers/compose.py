"""Pages to a document: what belongs to the paper is left out, rows that a page break cut are joined, paragraphs too."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from extractor.fold import fold
from extractor.numbers import parse
from extractor.readers.builder import Box, Builder, Printed
from extractor.readers.page import TextLine, around, doubted, rounded, together
from extractor.tokens import known_terms

MARGIN = 0.1
"""Share of a page's height at its top and bottom in which running heads and page numbers stand."""
_MARK = r"[-~·•.\s|/,第共页pageof]*"
_PAGE_NUMBER = re.compile(rf"^{_MARK}\d{{1,3}}(?:{_MARK}[-~·•./|页f]{_MARK}\d{{1,3}})?{_MARK}$", re.IGNORECASE)
_NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十]{1,2}[、）)]")
_REPEATED = 3
_INDENT = 1.5  # in heights of a line
_NEXT_LINE = 2.2
_HALF = 0.5
_SAME_LINE = 3.0  # points


class Table(NamedTuple):
    """A table of a page.

    Attributes:
        rows: its rows; their cells stand at grid columns.
        bbox: its box.
        columns: the x of its ruled lines, by grid column; none when it has no lines.
        name: tells ruled tables apart; one that goes on over pages has one name.
    """

    rows: tuple[tuple[Printed, ...], ...]
    bbox: Box
    columns: tuple[float, ...] = ()
    name: str | None = None


class Page(NamedTuple):
    """A page: its number, size in points, and what is printed on it in reading order."""

    number: int
    width: float
    height: float
    blocks: tuple[Table | TextLine, ...]


def write_pages(pages: Sequence[Page], builder: Builder) -> None:
    """Write the pages of a document down in order."""
    running = _running_heads(pages)
    paragraph: list[tuple[TextLine, Page]] = []
    for block, page in _joined(_without_furniture(page, running) for page in pages):
        if isinstance(block, TextLine):
            if paragraph and not _goes_on(*paragraph[-1], block, page):
                _write_paragraph(paragraph, builder)
            paragraph.append((block, page))
            continue
        _write_paragraph(paragraph, builder)
        for row in block.rows:
            builder.row(row, page=page.number, table=block.name)
    _write_paragraph(paragraph, builder)


# --- furniture of the page -------------------------------------------------------------------------------------------


def _marginal(page: Page) -> list[TextLine]:
    """The lines in the margins of a page."""
    first, last = MARGIN * page.height, (1 - MARGIN) * page.height
    return [line for line in page.blocks if isinstance(line, TextLine) and not first <= line.y <= last]


def _running_heads(pages: Sequence[Page]) -> set[str]:
    """Texts in the margins of several pages, but for their numbers."""
    found = Counter(text for page in pages for text in set(map(_without_digits, _marginal(page))))
    return {text for text, count in found.items() if count >= max(_REPEATED, len(pages) * _HALF)}


def _without_digits(line: TextLine) -> str:
    return re.sub(r"\d+", "#", fold(line.text))


def _without_furniture(page: Page, running: set[str]) -> Page:
    """A page without page numbers and running heads."""
    furniture = [line for line in _marginal(page) if _without_digits(line) in running or is_page_number(line)]
    return page._replace(blocks=tuple(block for block in page.blocks if block not in furniture))


def is_page_number(line: TextLine) -> bool:
    """True for a number by itself: ``- 3 -``, ``第3页 共7页``. Several without anything between them are values."""
    return _PAGE_NUMBER.match(" ".join(fold(word.text) for word in line.words)) is not None


# --- rows cut by a page break ----------------------------------------------------------------------------------------


def _joined(pages: Iterable[Page]) -> Iterator[tuple[Table | TextLine, Page]]:
    """The blocks of all pages, with rows that a page break cut in two made whole."""
    held: tuple[Table, Page] | None = None  # the table at the end of the last page
    for page in pages:
        blocks = [
            block._replace(name=f"{page.number}.{place}") if isinstance(block, Table) and block.columns else block
            for place, block in enumerate(page.blocks, start=1)
        ]
        if held:
            table, before = held
            if blocks and isinstance(blocks[0], Table):
                heads = _repeated_heads(table, blocks[0])
                following = blocks[0].rows[heads:]
                joined = _join_rows(table.rows[-1], following[0], page.number) if following else None
                if joined:
                    table = table._replace(rows=(*table.rows[:-1], joined))
                    blocks[0] = blocks[0]._replace(rows=following[1:])
                elif following and _may_be_torn(table.rows[-1], following[0]):
                    table = table._replace(rows=(*table.rows[:-1], doubted(table.rows[-1])))
                    blocks[0] = blocks[0]._replace(rows=(doubted(following[0]), *following[1:]))
                blocks[0] = _continued(table, blocks[0])
            yield table, before
        last = blocks[-1] if blocks else None
        held = (last, page) if isinstance(last, Table) and last.rows else None
        yield from ((block, page) for block in (blocks[:-1] if held else blocks))
    if held:
        yield held


def _continued(table: Table, following: Table) -> Table:
    """The first table of a page as the rest of the last one of the page before, when its lines stand where that one's do."""
    places = [
        next((place for place, x in enumerate(table.columns) if abs(x - own) < _SAME_LINE), -1)
        for own in following.columns
    ]
    if not places or -1 in places:
        return following
    rows = tuple(
        tuple(cell._replace(x0=places[int(cell.x0)], x1=places[int(cell.x1)]) for cell in row) for row in following.rows
    )
    return following._replace(rows=rows, columns=table.columns, name=table.name)


def _repeated_heads(table: Table, following: Table) -> int:
    """The number of rows of words with which both tables begin: heads that are printed again on the next page."""
    count = 0
    for row, other in zip(table.rows[:-1], following.rows, strict=False):
        if [cell.text for cell in row] != [cell.text for cell in other] or not all(map(_is_label, row)):
            break
        count += 1
    return count


def _join_rows(first: Sequence[Printed], second: Sequence[Printed], page: int) -> tuple[Printed, ...] | None:
    """The two parts of a row as one; None when they are two rows.

    They are one when their labels are a known wording only together, or when the values stand in one part and the label in the
    other. Where both parts have a value, it must be the same: some programs print it on both pages. When the part without
    values may be a whole row, of blanks, the values may be those of a row that lost its label: they are in doubt.
    """
    pairs = _pairs(first, second)
    if pairs is None:
        return None
    labels = [(one, other) for one, other in pairs if _is_label(one) or _is_label(other)]
    values = [(one, other) for one, other in pairs if not (_is_label(one) or _is_label(other))]
    if any(one.text and other.text and one.text != other.text for one, other in values):
        return None
    above, below = (next((pair[side].text for pair in reversed(labels) if pair[side].text), "") for side in (0, 1))
    whole = "".join(part.text for part in labels[-1]) if labels else ""
    has_values = [any(pair[side].text for pair in values) for side in (0, 1)]
    if above and below and (whole == below or not known_terms(whole) or known_terms(below)):
        return None
    if not (above and below) and (above == below or has_values != [not above, not below]):
        return None
    joined = tuple(_part(one, other, page) for one, other in pairs)
    both = above and below and not (has_values == [False, True] and known_terms(above))
    return joined if both else doubted(joined)


def _may_be_torn(first: Sequence[Printed], second: Sequence[Printed]) -> bool:
    """True for rows of which the second has no label, and both have values: they may be parts of the same numbers."""
    values = [[cell for cell in row if cell.text and not _is_label(cell)] for row in (first, second)]
    return all(values) and len(values[1]) == sum(bool(cell.text) for cell in second)


def _is_label(cell: Printed) -> bool:
    return bool(cell.text) and parse(cell.text) is None


def _pairs(first: Sequence[Printed], second: Sequence[Printed]) -> list[tuple[Printed, Printed]] | None:
    """The cells of two rows that stand below each other. None when the rows differ in more than a label that goes on."""
    below = list(second)
    pairs = []
    for cell in first:
        under = [other for other in below if _overlap(cell, other)]
        if len(under) > 1:
            return None
        if under:
            below.remove(under[0])
        pairs.append((cell, under[0] if under else cell._replace(text="", confidence=1.0)))
    if any(not _is_label(cell) for cell in below if cell.text):
        return None
    return pairs if any(other in second for _, other in pairs) else None


def _overlap(one: Printed, other: Printed) -> bool:
    if not one.bbox or not other.bbox:
        return one.x0 == other.x0
    width = min(one.bbox[2] - one.bbox[0], other.bbox[2] - other.bbox[0])
    return min(one.bbox[2], other.bbox[2]) - max(one.bbox[0], other.bbox[0]) > _HALF * width


def _part(one: Printed, other: Printed, page: int) -> Printed:
    """A cell of which the other part may stand on the next page."""
    if not other.text or one.text == other.text:
        return one
    if not one.text:
        return other._replace(x0=one.x0, x1=one.x1, page=page)
    return one._replace(text=one.text + other.text, confidence=min(one.confidence, other.confidence))


# --- paragraphs ------------------------------------------------------------------------------------------------------


def _goes_on(line: TextLine, page: Page, following: TextLine, next_page: Page) -> bool:
    """True when a line is full, so that its paragraph goes on in the next one, which is not indented and has no number."""
    lines = [block for block in page.blocks if isinstance(block, TextLine)]
    left, right = min(line.bbox[0] for line in lines), max(line.bbox[2] for line in lines)
    near = page is not next_page or following.y - line.y < _NEXT_LINE * line.height
    next_left = min(block.bbox[0] for block in next_page.blocks if isinstance(block, TextLine))
    full = line.bbox[2] > right - _INDENT * line.height and right - left > 10 * line.height
    indented = following.bbox[0] >= next_left + _HALF * following.height
    prose = all(len(list(part.chunks())) == 1 for part in (line, following)) and not _NUMBERED.match(following.text)
    return near and full and prose and not indented


def _write_paragraph(paragraph: list[tuple[TextLine, Page]], builder: Builder) -> None:
    """Write the lines of a paragraph as one, or a line with wide gaps as what stands apart in it."""
    if not paragraph:
        return
    first, page = paragraph[0]
    if len(paragraph) == 1:
        builder.spaced(_chunks(first), page=page.number)
    else:
        box = rounded(around(line.bbox for line, on in paragraph if on is page))
        confidence = min(word.confidence for line, _ in paragraph for word in line.words)
        text = "".join(line.text for line, _ in paragraph)
        builder.prose(text, page=page.number, bbox=box, confidence=confidence)
    paragraph.clear()


def _chunks(line: TextLine) -> Iterator[Printed]:
    """The words of a line, those that stand near each other together; positions are in half-width characters."""
    unit = max(line.height / 2, 1.0)
    for chunk in line.chunks():
        text, box, confidence = together(chunk)
        yield Printed(text, box[0] / unit, box[2] / unit, bbox=rounded(box), confidence=confidence)
