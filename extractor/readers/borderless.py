"""Tables without ruled lines: rows and columns from where the words stand.

A line with values to the right of all its words is a *row*. The values of the rows between two heads stand in columns; a column
that a row has nothing in is a blank cell. Labels are wrapped over lines, the values on the middle one: each line of words
belongs to the row that it makes a known wording with, else so that labels are centred on their values.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from extractor.fold import fold
from extractor.numbers import parse
from extractor.readers.builder import Printed
from extractor.readers.compose import Table
from extractor.readers.page import TextLine, Word, around, doubted, rounded, together
from extractor.tokens import known_terms

_FIRST_VALUE_COLUMN = 10
"""Grid column of the first value; labels stand in those before."""
_MOST_LABEL_COLUMNS = 9
_LEAST_VALUES = 2
_KNOWN, _NO_VALUES, _NO_LABEL = -30.0, 20.0, 10.0
"""What a row costs; its label off centre costs 1 for each line's height."""
_ENUMERATOR = re.compile(r"(?<!第)\([一二三四五六七八九十]\)|(?<![\d.])\d[.、](?!\d)|[一二三四五六七八九十]、")
_MOST_WRAPPED = 8
_APART = 5.0
"""Heights of a line from which a line of words belongs to no row below or above it."""
_SPACED_OUT = 0.8
_SAME_LINE, _NEXT_LINE = 0.6, 1.4
_OFF = 0.6
"""Heights of a line by which values may stand above or below their label."""


_Extent = tuple[float, float]


class _Chunk(NamedTuple):
    """Words that stand together; ``value``: they are a number or a dash."""

    text: str
    x0: float
    x1: float
    y: float
    confidence: float
    value: bool
    words: tuple[Word, ...]


class _Row(NamedTuple):
    """A line of values, or a line that is the label of a row without values."""

    line: TextLine
    labels: tuple[_Chunk, ...]
    values: tuple[_Chunk, ...]


def with_tables(lines: Sequence[TextLine]) -> Iterator[Table | TextLine]:
    """Lines of a page, those of tables without rules put together as tables.

    Args:
        lines: lines that stand in no ruled table, from top to bottom.
    """
    rows = [_row(line) for line in lines]
    start = 0
    for first, last in _blocks(rows):
        if _is_lone_number(rows[first:last]):
            continue
        yield from lines[start:first]
        yield _table(rows[first:last])
        start = last
    yield from lines[start:]


def _chunk(words: tuple[Word, ...]) -> _Chunk:
    text, box, confidence = together(words)
    return _Chunk(text, box[0], box[2], (box[1] + box[3]) / 2, confidence, parse(text) is not None, words)


def _row(line: TextLine) -> _Row:
    """A line as label and values; one with words to the right of a value has no values."""
    chunks = [_chunk(words) for words in line.chunks()]
    first = next((place for place, chunk in enumerate(chunks) if chunk.value), len(chunks))
    if not all(chunk.value for chunk in chunks[first:]):
        first = len(chunks)
    return _Row(line, tuple(chunks[:first]), tuple(chunks[first:]))


def _blocks(rows: Sequence[_Row]) -> Iterator[tuple[int, int]]:
    """Runs of lines that are rows under the same heads, with the lines of wrapped labels between, before and after them."""
    place = free = 0
    while place < len(rows):
        if not rows[place].values:
            place += 1
            continue
        columns = _columns(rows[place].values)
        first, last = place, place + 1
        while first > max(free, place - _MOST_WRAPPED) and _wraps(rows[first - 1 : first + 1], 0, columns):
            first -= 1
        while last < len(rows) and (_fits(rows[last], columns) or _wraps(rows[last - 1 : last + 1], 1, columns)):
            columns = _columns(rows[last].values, columns)
            last += 1
        yield first, last
        place = free = last


def _wraps(pair: Sequence[_Row], place: int, columns: Sequence[_Extent]) -> bool:
    """True when the line at ``place`` of two that follow each other is a part of a label beside these columns."""
    above, below = pair
    near = below.line.y - above.line.y <= _APART * above.line.height
    return near and _is_wrapped(pair[place], columns[0][0])


def _is_lone_number(rows: Sequence[_Row]) -> bool:
    """True for one number and nothing that names a row: that of a page, or one in a sentence."""
    if sum(len(row.values) for row in rows) > 1:
        return False
    labels = [chunk for row in rows for chunk in row.labels]
    return not labels or not _names_row(_label_cells(labels)[-1].text)


def _is_wrapped(row: _Row, left: float) -> bool:
    """True for a line of words left of the values, which may be part of a label: no heading, head or caption, no sentence."""
    if row.values or not row.labels or row.labels[-1].x1 > left:
        return False
    texts = (row.line.text, *(chunk.text for chunk in row.labels))
    kinds = {term.kind for text in texts for term in known_terms(text)}
    return not kinds & {"heading", "caption"} and not (kinds & {"column", "head"} and not kinds & {"row", "group"})


def _fits(row: _Row, columns: Sequence[_Extent]) -> bool:
    """True for a row of values of which each stands under at most one column of the rows before."""
    if not row.values:
        return False
    several = len(columns) >= _LEAST_VALUES
    if several != (len(row.values) >= _LEAST_VALUES) and not (several and _under(row.values[0], columns) == 1):
        return False
    return all(_under(value, columns) <= 1 for value in row.values)


def _under(chunk: _Chunk, columns: Sequence[_Extent]) -> int:
    return sum(min(chunk.x1, x1) > max(chunk.x0, x0) for x0, x1 in columns)


def _columns(values: Iterable[_Chunk], before: Iterable[_Extent] = ()) -> list[_Extent]:
    """The columns of values: their extents from left to right, with those of columns found before."""
    found: list[_Extent] = []
    for x0, x1 in sorted([*before, *((value.x0, value.x1) for value in values)]):
        if found and x0 < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], x1))
        else:
            found.append((x0, x1))
    return found


# --- rows with their labels ------------------------------------------------------------------------------------------


def _table(rows: Sequence[_Row]) -> Table:
    """The rows of a block with their labels put together, and a blank where a row has nothing in a column."""
    columns = _columns(value for row in rows for value in row.values)
    rows = [_parted(row, columns) for row in rows]
    found = []
    near = _overlapping([row for row in rows if row.values], _SAME_LINE)
    tight = _overlapping([row for row in rows if row.values], _NEXT_LINE)
    spaced_out = any(_are_near(*pair) for row in rows for pair in pairwise(row.values))
    for start, end in _cut_into_rows(rows):
        lines = rows[start:end]
        labels = _label_cells([chunk for row in lines for chunk in row.labels])
        values = next((row for row in lines if row.values), None)
        named = bool(labels) and _names_row(labels[-1].text)
        cells = (*labels, *(_value_cells(values or lines[0], columns) if values or named else ()))
        torn = values and (values in near or (values in tight and not named))
        doubtful = values and (spaced_out or torn or _is_doubtful(lines, values, named=named))
        found.append(doubted(cells) if doubtful else cells)
    return Table(tuple(found), around(row.line.bbox for row in rows))


def _parted(row: _Row, columns: Sequence[_Extent]) -> _Row:
    """A row of which the first value stands so near its label that it was taken for its last word."""
    if not row.labels or len(row.labels[-1].words) < 2:
        return row
    *words, last = row.labels[-1].words
    value = _chunk((last,))
    left = row.values[0].x0 if row.values else float("inf")
    place = [column for column in columns if min(value.x1, column[1]) > max(value.x0, column[0])]
    if not value.value or len(place) != 1 or place[0][1] > left:
        return row
    return row._replace(labels=(*row.labels[:-1], _chunk(tuple(words))), values=(value, *row.values))


def _are_near(one: _Chunk, other: _Chunk) -> bool:
    """True for values that stand as near each other as figures of one number that is spaced out."""
    height = one.words[-1].bbox[3] - one.words[-1].bbox[1]
    return other.x0 - one.x1 < _SPACED_OUT * height


def _overlapping(rows: Sequence[_Row], share: float) -> set[_Row]:
    """Rows of which the values stand less than so many heights of a line below each other: perhaps they are those of one row."""
    found = set()
    for one, other in pairwise(rows):
        apart = min(value.y for value in other.values) - max(value.y for value in one.values)
        if apart < share * min(one.line.height, other.line.height):
            found |= {one, other}
    return found


def _is_doubtful(lines: Sequence[_Row], values: _Row, *, named: bool) -> bool:
    """True when a row may be put together wrongly.

    - Its label is wrapped, and its lines together are no known wording: some may belong to the next row.
    - The values do not stand beside their label.
    - A digit touches the label, which may be a value.
    """
    parts = [chunk for row in lines for chunk in row.labels]
    if not parts:
        return False
    off = max(parts[0].y - values.line.y, values.line.y - parts[-1].y)
    touched = any(chunk.text[-1].isdigit() for chunk in parts)
    return touched or off > _OFF * values.line.height or (len(lines) > 1 and not named)


def _cut_into_rows(rows: Sequence[_Row]) -> list[tuple[int, int]]:
    """Cut lines into printed rows, each with at most one line of values, at the least total cost."""
    best: list[tuple[float, int]] = [(0.0, 0)]  # for each number of lines the cost, and where the last row begins
    for end in range(1, len(rows) + 1):
        starts = range(max(0, end - _MOST_WRAPPED), end)
        possible = [start for start in starts if sum(bool(row.values) for row in rows[start:end]) < 2]
        best.append(min((best[start][0] + _row_cost(rows[start:end]), start) for start in possible))
    spans = []
    end = len(rows)
    while end:
        spans.append((best[end][1], end))
        end = best[end][1]
    return spans[::-1]


def _row_cost(lines: Sequence[_Row]) -> float:
    """How unlikely it is that lines are one row: known wordings first, then that the label is centred on the values."""
    anchor = next((row for row in lines if row.values), None)
    parts = [chunk for row in lines for chunk in row.labels]
    if not parts:
        return _NO_LABEL
    cost = _KNOWN if _names_row(_label_cells(parts)[-1].text) else 0.0
    if anchor is None:
        return cost + _NO_VALUES
    return cost + abs((parts[0].y + parts[-1].y) / 2 - anchor.line.y) / anchor.line.height


@lru_cache(maxsize=8192)
def _names_row(text: str) -> bool:
    """True for the wording of one row; two of them after each other are none."""
    return len(_ENUMERATOR.findall(fold(text))) < 2 and any(term.kind == "row" for term in known_terms(text))


def _label_cells(parts: Sequence[_Chunk]) -> list[Printed]:
    """The label columns of a row. Columns may stand as near each other as words: then the last one is a known wording."""
    cells = _columns_of_labels(parts)
    if len(parts) < 2 or _names_row(cells[-1].text):
        return cells
    by_word = _columns_of_labels([_chunk((word,)) for part in parts for word in part.words])
    return by_word if _names_row(by_word[-1].text) else cells


def _columns_of_labels(parts: Iterable[_Chunk]) -> list[Printed]:
    """The columns of a label: parts below each other are one label that is wrapped."""
    columns: list[list[_Chunk]] = []
    for part in sorted(parts, key=lambda part: part.x0):
        if columns and part.x0 < max(other.x1 for other in columns[-1]):
            columns[-1].append(part)
        else:
            columns.append([part])
    cells = []
    for place, column in enumerate(columns[-_MOST_LABEL_COLUMNS:]):
        ordered = sorted(column, key=lambda part: part.y)
        box = around(word.bbox for part in ordered for word in part.words)
        confidence = min(part.confidence for part in ordered)
        text = "".join(part.text for part in ordered)
        cells.append(Printed(text, place, place + 1, bbox=rounded(box), confidence=confidence))
    return cells


def _value_cells(row: _Row, columns: Sequence[_Extent]) -> Iterator[Printed]:
    """The values of a row in their columns; a blank where it has none."""
    for place, (x0, x1) in enumerate(columns):
        own = [value for value in row.values if min(value.x1, x1) > max(value.x0, x0)]
        column = _FIRST_VALUE_COLUMN + place
        box = (
            around(word.bbox for value in own for word in value.words)
            if own
            else (x0, row.line.bbox[1], x1, row.line.bbox[3])
        )
        yield Printed(
            " ".join(value.text for value in own),
            column,
            column + 1,
            bbox=rounded(box),
            confidence=min((value.confidence for value in own), default=1.0),
        )
