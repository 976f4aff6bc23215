"""Tables without ruled lines: rows and columns from where the words stand.

A line with values to the right of all its words is a *row*. The values of the rows between two heads stand in columns; a column
that a row has nothing in is a blank cell. Labels are wrapped over lines, the values on the middle one: each line of words
belongs to the row that it makes a known wording with, else so that labels are centred on their values.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from extractor.numbers import parse
from extractor.readers.builder import Printed
from extractor.readers.compose import Table
from extractor.readers.page import TextLine, Word, around, rounded
from extractor.tokens import known_terms

_FIRST_VALUE_COLUMN = 10
"""Grid column of the first value; labels stand in those before."""
_MOST_LABEL_COLUMNS = 9
_LEAST_VALUES = 2
_KNOWN, _NO_VALUES, _NO_LABEL = (
    -30.0,
    20.0,
    10.0,
)  # what a row costs; its label off centre costs 1 for each line's height
_MOST_WRAPPED = 8


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
        yield from lines[start:first]
        yield _table(rows[first:last])
        start = last
    yield from lines[start:]


def _chunk(words: tuple[Word, ...]) -> _Chunk:
    text = " ".join(word.text for word in words)
    box = around(word.bbox for word in words)
    confidence = min(word.confidence for word in words)
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
    place = 0
    while place < len(rows):
        if not rows[place].values:
            place += 1
            continue
        left = rows[place].values[0].x0
        first, last = place, place + 1
        while first > 0 and _is_wrapped(rows, first - 1, left) and place - first < _MOST_WRAPPED:
            first -= 1
        while last < len(rows) and (_is_wrapped(rows, last, left) or _fits(rows[last], rows[first:last])):
            left = min(left, rows[last].values[0].x0) if rows[last].values else left
            last += 1
        yield first, last
        place = last


def _is_wrapped(rows: Sequence[_Row], place: int, left: float) -> bool:
    """True for a line of words left of the values, which may be part of a label: no heading, head or caption, no sentence."""
    row = rows[place]
    if row.values or not row.labels or row.labels[-1].x1 > left:
        return False
    kinds = {term.kind for term in known_terms(row.line.text)}
    return not kinds & {"heading", "caption"} and not (kinds & {"column", "head"} and not kinds & {"row", "group"})


def _fits(row: _Row, before: Sequence[_Row]) -> bool:
    """True for a row of values of which each stands under at most one column of the rows before."""
    if not row.values:
        return False
    columns = _columns(before)
    several = len(columns) >= _LEAST_VALUES
    if several != (len(row.values) >= _LEAST_VALUES) and not (several and _under(row.values[0], columns) == 1):
        return False
    return all(_under(value, columns) <= 1 for value in row.values)


def _under(chunk: _Chunk, columns: Sequence[tuple[float, float]]) -> int:
    return sum(min(chunk.x1, x1) > max(chunk.x0, x0) for x0, x1 in columns)


def _columns(rows: Iterable[_Row]) -> list[tuple[float, float]]:
    """The columns of values: their extents from left to right."""
    found: list[tuple[float, float]] = []
    for value in sorted((value for row in rows for value in row.values), key=lambda value: value.x0):
        if found and value.x0 < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], value.x1))
        else:
            found.append((value.x0, value.x1))
    return found


# --- rows with their labels ------------------------------------------------------------------------------------------


def _table(rows: Sequence[_Row]) -> Table:
    """The rows of a block with their labels put together, and a blank where a row has nothing in a column."""
    columns = _columns(rows)
    found = []
    for start, end in _cut_into_rows(rows):
        labels = _label_cells([chunk for row in rows[start:end] for chunk in row.labels])
        values = next((row for row in rows[start:end] if row.values), None)
        named = bool(labels) and _names_row(labels[-1].text)
        cells = _value_cells(values or rows[start], columns) if values or named else ()
        found.append((*labels, *cells))
    return Table(tuple(found), around(row.line.bbox for row in rows))


def _cut_into_rows(rows: Sequence[_Row]) -> list[tuple[int, int]]:
    """Cut lines into printed rows, each with at most one line of values, at the least total cost."""
    best: list[tuple[float, tuple[tuple[int, int], ...]]] = [(0.0, ())]
    for end in range(1, len(rows) + 1):
        options = []
        for start in range(max(0, end - _MOST_WRAPPED), end):
            if sum(bool(row.values) for row in rows[start:end]) < 2:
                cost, spans = best[start]
                options.append((cost + _row_cost(rows[start:end]), (*spans, (start, end))))
        best.append(min(options, key=lambda option: option[0]))
    return list(best[-1][1])


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


def _names_row(text: str) -> bool:
    return any(term.kind == "row" for term in known_terms(text))


def _label_cells(parts: Sequence[_Chunk]) -> list[Printed]:
    """The label columns of a row: parts below each other are one label that is wrapped."""
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


def _value_cells(row: _Row, columns: Sequence[tuple[float, float]]) -> Iterator[Printed]:
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
