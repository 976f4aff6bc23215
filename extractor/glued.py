"""The ways to cut the glued runs of a table's rows into values.

A row without runs has one way. How a run may be cut depends on what the other rows of the table show: where every row whose
values can be counted has one for each column, a run is cut into as many; where some have fewer, blanks vanished and a run may
be any number of values; where some have more, nothing is certain and a run is not read.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from extractor.label import LabelledRow, LabelledTable
from extractor.numbers import NO_NUMBER, parse
from extractor.runs import balanced_cuts, cuts
from extractor.settings import Settings
from extractor.tokens import Token
from extractor.totals import Totals, row_totals

_LONGEST_NUMBER = 8  # digits of a count; a longer number in a wide row is several
_WIDE = 5
_LONGEST_RUN = 24  # a longer run in a row without totals has too many cuts to be read


class Way(NamedTuple):
    """One way to read the print of a row: its values in order, and its slots (values and blanks)."""

    items: tuple[Token, ...]
    slots: tuple[Token, ...]


class RowWays(NamedTuple):
    """All ways to read the print of a row; none when there are too many to tell.

    ``certain``: its values can be counted, so that one of the ways must be right.
    """

    ways: tuple[Way, ...]
    certain: bool


class _Count(NamedTuple):
    """How many values a row has, as far as they can be counted, and whether all can."""

    values: int
    runs: bool
    certain: bool
    readable: bool


def ways_to_read(table: LabelledTable, settings: Settings) -> list[RowWays]:
    """For each row of a table the ways to cut its glued runs."""
    counts = [_count(row) for row in table.rows]
    known = [
        (count.values, len(row.cells))
        for row, count in zip(table.rows, counts, strict=True)
        if len(row.cells) > 1 and count.certain
    ]
    too_many = any(values > width for values, width in known)
    complete = all(values == width for values, width in known) if known else _is_full_run(table)
    return [
        _row_ways(row, count, settings, too_many=too_many, complete=complete)
        for row, count in zip(table.rows, counts, strict=True)
    ]


def _is_full_run(table: LabelledTable) -> bool:
    """True for a table of one row that is one run of enough digits: that its totals add up by chance is not likely."""
    runs = [row for row in table.rows if any(token.number for token in row.tokens)]
    if len(runs) != 1 or len(runs[0].tokens) != 1:
        return False
    number = runs[0].tokens[0].number
    return number is not None and len(number.digits) >= len(runs[0].cells) >= _WIDE


def _row_ways(row: LabelledRow, count: _Count, settings: Settings, *, too_many: bool, complete: bool) -> RowWays:
    if not count.readable or count.values > settings.max_tokens or (too_many and not count.certain):
        return RowWays((), count.certain)
    if not count.runs or len(row.cells) < 2:
        items = (
            row.tokens
            if count.values == len(row.tokens)
            else tuple([token for token in row.tokens if token.kind == "value"])
        )
        return RowWays((Way(items, row.tokens),), certain=True)
    found = tuple(Way(items, items) for items in islice(_cut_row(row, complete), settings.splits + 1))
    return RowWays(found if len(found) <= settings.splits else (), count.certain)


def _count(row: LabelledRow) -> _Count:
    values, runs, certain, readable = 0, False, True, True
    for token in row.tokens:
        number = token.number
        if number is None:
            continue
        digits = number.digits
        if len(digits) < 2 and not token.glued:
            values += 1
            continue
        if _is_run(token, len(row.cells)):
            runs = True
            certain = certain and not digits.strip("0")
            values += len(digits) if not digits.strip("0") else 1
        else:
            values += 1
            readable = readable and not (
                token.glued and "," in token.text
            )  # where a number with separators begins can't be told
    return _Count(values, runs, certain, readable)


def _is_run(token: Token, width: int) -> bool:
    """True for digits that may be several numbers.

    Nothing separates them from the label, they begin with zeros, or they are too many for a count.
    """
    digits = token.number.digits if token.number else ""
    too_long = width >= _WIDE and len(digits) > _LONGEST_NUMBER
    return len(digits) > 1 and (token.glued or too_long or (digits[0] == "0" and "." not in digits))


def _cut_row(row: LabelledRow, complete: bool) -> Iterator[tuple[Token, ...]]:
    """The ways to cut a row with runs; ``complete`` when it has a value for each column."""
    tokens = [token for token in row.tokens if token.kind == "value"]
    totals: Totals = row_totals(row.cells)
    if complete and any(totals) and len(tokens) == 1 and tokens[0].number:
        run = _Run(tokens[0])
        balanced = [run.cut(parts) for parts in balanced_cuts(tokens[0].number.digits, totals)]
        if balanced:
            yield from balanced
            return
    yield from _cut_tokens(tokens, len(row.cells), complete)


def _cut_tokens(tokens: Sequence[Token], width: int, complete: bool) -> Iterator[tuple[Token, ...]]:
    """Cut each run among the values of a row so that there are not more values than columns."""

    def cut(place: int, left: int) -> Iterator[tuple[Token, ...]]:
        if place == len(tokens):
            if left == 0 or not complete:
                yield ()
            return
        for items in _token_cuts(tokens[place], left - (len(tokens) - place - 1), width):
            for others in cut(place + 1, left - len(items)):
                yield (*items, *others)

    yield from cut(0, width)


def _token_cuts(token: Token, most: int, width: int) -> Iterator[tuple[Token, ...]]:
    """The ways to cut one token into at most ``most`` values."""
    if not _is_run(token, width) or token.number is None:
        yield (token,)
    elif len(token.number.digits) <= _LONGEST_RUN:
        run = _Run(token)
        for count in range(1, most + 1):
            for parts in cuts(token.number.digits, count):
                yield run.cut(parts)


class _Run:
    """A run of digits. The many ways to cut it share most of their values."""

    def __init__(self, token: Token) -> None:
        self._token = token
        self._values: dict[tuple[int, int], Token] = {}

    def cut(self, parts: Sequence[str]) -> tuple[Token, ...]:
        """Its values, each with its own place; a sign stays with the first, a unit with the last."""
        items = []
        text, known = self._token.text, self._values
        begin, end = 0, text.find(parts[0][0])
        for part in parts[:-1]:
            end += len(part)
            items.append(known.get((begin, end)) or self._value(begin, end))
            begin = end
        items.append(known.get((begin, len(text))) or self._value(begin, len(text)))
        return tuple(items)

    def _value(self, begin: int, end: int) -> Token:
        token, text = self._token, self._token.text[begin:end]
        start = (token.where.start or 0) + begin
        where = token.where._replace(start=start, end=start + len(text))
        value = token._replace(text=text, where=where, x=token.x + begin, number=parse(text) or NO_NUMBER)
        self._values[begin, end] = value
        return value
