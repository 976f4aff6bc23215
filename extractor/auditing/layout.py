"""The tables of a record as grids of boxes, laid out like the official form; pages and workbooks draw the same grids.

Everything comes from the forms: captions, heads over heads, groups of rows, and rows that stand side by side.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from math import lcm
from types import MappingProxyType
from typing import Literal, NamedTuple

from extractor.forms import FormBlock, FormGroup, FormRow, FormTable, forms
from extractor.record import Record
from extractor.vocabulary import vocabulary

Kind = Literal["caption", "corner", "head", "group", "label", "value", "none"]
_MOST_COLUMNS = 60
_OTHER = "其他单元格"
_NUMERALS = "〇一二三四五六七八九"


class Box(NamedTuple):
    """A box of a grid, which may span several rows and columns.

    Attributes:
        kind: ``value`` for a cell of the record, ``none`` for a place of the form that the record has no cell for.
        text: as the form prints it.
        at: the column in which it begins, from 0.
        rows, columns: how many it spans.
        key: of a value.
        name: of a value: its row and its column in words.
    """

    kind: Kind
    text: str
    at: int
    rows: int = 1
    columns: int = 1
    key: str = ""
    name: str = ""


@dataclass(frozen=True, eq=False)
class Grid:
    """A table as printed.

    Attributes:
        table: its key.
        title: its title.
        form: the form that it follows; None for cells that belong to no form.
        labels: how many columns the row labels take.
        values: how many columns are right of them.
        rows: of each row, the boxes that begin in it, from left to right.
    """

    table: str
    title: str
    form: FormTable | None
    labels: int
    values: int
    rows: tuple[tuple[Box, ...], ...]

    @property
    def heading(self) -> str:
        """The title with the number of its section."""
        number = self.form.section if self.form else 0
        return f"{_NUMERALS[number]}、{self.title}" if 0 < number < len(_NUMERALS) else self.title

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Row and column in words, by the key of each cell."""
        return MappingProxyType({box.key: box.name for row in self.rows for box in row if box.kind == "value"})


class _Part(NamedTuple):
    """Rows that are printed under the heads of a block; without one, cells that are in no form."""

    block: FormBlock | None
    rows: tuple[FormRow, ...]

    @property
    def across(self) -> bool:
        return self.block is not None and self.block.across

    @property
    def width(self) -> int:
        columns = len(self.block.columns) if self.block else 1
        return columns * len(self.rows) if self.across else columns


def grids(record: Record) -> tuple[Grid, ...]:
    """The tables of a record in the order of the report; every cell is in one of them, once."""
    found: list[Grid] = []
    left = dict.fromkeys(record.cells)
    for family in vocabulary().families:
        keys = tuple(key for key in left if key.startswith(f"{family.table}.") and key.count(".") == 2)
        if keys:
            form = next(
                (form for form in family.forms if form.form == record.tables.get(family.table)), family.forms[0]
            )
            found.append(table_grid(form, keys))
            left = {key: None for key in left if key not in found[-1].names}
    return (*found, _loose_grid(tuple(left))) if left else tuple(found)


@lru_cache(maxsize=256)
def table_grid(form: FormTable, keys: tuple[str, ...]) -> Grid:
    """The grid of one table.

    Args:
        form: that it follows.
        keys: of its cells; rows that are printed in another form's columns have that form's.
    """
    parts = list(_parts(form, keys))
    depth = max(0 if part.across else 1 + max(len(_path(row, part.block)) for row in part.rows) for part in parts)
    widths = [part.width for part in parts]
    width = lcm(*widths) if lcm(*widths) <= _MOST_COLUMNS else max(widths)
    known = frozenset(keys)
    rows = [row for part in parts for row in _draw(form.table, part, known, depth, width)]
    return Grid(form.table, form.title, form, depth, width, tuple(rows))


def _loose_grid(keys: tuple[str, ...]) -> Grid:
    rows = [(Box("label", key, 0), Box("value", "", 1, key=key, name=key)) for key in keys]
    return Grid("", _OTHER, None, 1, 1, tuple(rows))


def _parts(form: FormTable, keys: Iterable[str]) -> Iterator[_Part]:
    """The rows of a table by the heads over them: those of its own form, or, where they are printed, those of another."""
    left: dict[str, set[str]] = {}
    for key in keys:
        _, row, column = key.split(".")
        left.setdefault(row, set()).add(column)
    others = [block for other in vocabulary().family(form.table).forms if other is not form for block in other.blocks]
    for own in form.blocks:
        names = {row.key for row in own.rows}
        for block in (own, *others):
            yield from _taken(block, left, names)
    for block in others:
        yield from _taken(block, left, left.keys())
    if left:
        yield _Part(None, tuple(FormRow(f"{row}.{column}", f"{row}.{column}") for row in left for column in left[row]))


def _taken(block: FormBlock, left: dict[str, set[str]], names: Iterable[str]) -> Iterator[_Part]:
    """The rows of a block that are printed under its heads; they are taken out of those that are left."""
    columns = {column.key for column in block.columns}
    wanted = set(names)
    rows = tuple(row for row in block.rows if row.key in wanted and row.key in left and left[row.key] <= columns)
    for row in rows:
        del left[row.key]
    if rows:
        yield _Part(block, rows)


def _draw(table: str, part: _Part, keys: frozenset[str], depth: int, width: int) -> list[tuple[Box, ...]]:
    """The lines of a part: its caption, its heads, and its rows."""
    edges = [depth + round(place * width / part.width) for place in range(part.width + 1)]
    lines: list[list[Box]] = []
    block = part.block
    if block is None:
        return [
            (
                Box("label", row.label, 0, columns=depth),
                Box("value", "", depth, columns=width, key=f"{table}.{row.key}", name=row.label),
            )
            for row in part.rows
        ]
    if block.caption:
        lines.append([Box("caption", block.caption, 0, columns=depth + width)])
    heads = _heads(_stacks(part), edges)
    if depth:
        heads[0].insert(0, Box("corner", block.corner, 0, rows=len(heads), columns=depth))
    lines += heads
    if part.across:
        empty = [Box("label", "", 0, columns=depth)] if depth else []
        cells = [(row, place) for row in part.rows for place in range(len(block.columns))]
        lines.append([*empty, *(_value(table, block, *cell, edges[n : n + 2], keys) for n, cell in enumerate(cells))])
        return [tuple(line) for line in lines]
    for row, labels in zip(part.rows, _labels(part, depth), strict=True):
        values = [_value(table, block, row, n, edges[n : n + 2], keys) for n in range(len(block.columns))]
        lines.append([*labels, *values])
    return [tuple(line) for line in lines]


def _stacks(part: _Part) -> list[tuple[str, ...]]:
    """The heads over each column, from the outermost to its own."""
    columns = part.block.columns if part.block else ()
    if part.across:
        return [(*row.under, row.label, *column.under, column.label) for row in part.rows for column in columns]
    return [(*column.under, column.label) for column in columns]


def _heads(stacks: Sequence[tuple[str, ...]], edges: Sequence[int]) -> list[list[Box]]:
    """Lines of heads: equal heads beside each other are one, and the last of a stack reaches down to the values."""
    height = max(map(len, stacks))
    lines: list[list[Box]] = [[] for _ in range(height)]
    for level, line in enumerate(lines):
        place = 0
        while place < len(stacks):
            stack, end = stacks[place], place + 1
            last = level == len(stack) - 1
            while not last and end < len(stacks) and stacks[end][: level + 1] == stack[: level + 1]:
                end += 1
            if level < len(stack):
                span = edges[end] - edges[place]
                line.append(Box("head", stack[level], edges[place], height - level if last else 1, span))
            place = end
    return lines


def _labels(part: _Part, depth: int) -> Iterator[list[Box]]:
    """The labels of each row: the groups that begin with it, and its own."""
    paths = [_path(row, part.block) for row in part.rows]
    for place, (row, path) in enumerate(zip(part.rows, paths, strict=True)):
        boxes: list[Box] = []
        for level, group in enumerate(path):
            above = paths[place - 1][: level + 1] if place else ()
            if above != path[: level + 1]:
                rows = place
                while rows < len(paths) and paths[rows][: level + 1] == path[: level + 1]:
                    rows += 1
                boxes.append(Box("group", numbered(group), level, rows - place))
        yield [*boxes, Box("label", numbered(row), len(path), columns=depth - len(path))]


def _path(row: FormRow, block: FormBlock | None) -> tuple[FormGroup, ...]:
    """The groups that a row stands in, the outermost first."""
    groups = {group.key: group for group in block.groups} if block else {}
    path: list[FormGroup] = []
    parent = row.parent
    while parent is not None:
        path.insert(0, groups[parent])
        parent = groups[parent].parent
    return tuple(path)


def numbered(item: FormRow | FormGroup) -> str:
    """A label with its enumerator as the form prints it: ``一、``, inside a group ``（一）``, and ``1.``."""
    if not item.enumerator:
        return item.label
    if item.enumerator.isdecimal():
        return f"{item.enumerator}.{item.label}"
    return f"（{item.enumerator}）{item.label}" if item.parent else f"{item.enumerator}、{item.label}"


def _value(table: str, block: FormBlock, row: FormRow, place: int, edges: Sequence[int], keys: frozenset[str]) -> Box:
    column = block.columns[place]
    key = f"{table}.{row.key}.{column.key}"
    start, end = edges
    if key not in keys:
        return Box("none", "", start, columns=end - start)
    return Box("value", "", start, columns=end - start, key=key, name=f"{_row_name(row, block)}·{_short(column.label)}")


def _row_name(row: FormRow, block: FormBlock) -> str:
    """A row in words: with the group or the head that it stands under where it would not be understood without."""
    path = _path(row, block)
    inner = [numbered(path[-1])] if path and row.enumerator.isdecimal() else list(row.under)
    return " ".join((*inner, numbered(replace(row, label=_short(row.label)))))


def _short(label: str) -> str:
    """A label without what only explains it.

    >>> _short("本年收费金额（单位：万元）"), _short("申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请")
    ('本年收费金额', '申请人无正当理由逾期不补正')
    """
    return re.split("[（、]", label)[0] or label


def group_cells(form: FormTable, key: str) -> tuple[str, tuple[str, ...]] | None:
    """Name and cells of a sum over a group of rows, such as ``requests.denied.total``; None when the key is no such sum."""
    table, _, rest = key.partition(".")
    name, _, column = rest.rpartition(".")
    for block in form.blocks if table == form.table else ():
        group = next((group for group in block.groups if group.key == name), None)
        label = next((own.label for own in block.columns if own.key == column), None)
        if group and label:
            rows = [row for row in block.rows if group in _path(row, block)]
            return f"{numbered(group)}各行之和·{label}", tuple(f"{table}.{row.key}.{column}" for row in rows)
    return None


@cache
def official_names() -> Mapping[str, str]:
    """Row and column in words, by the key of every cell of every form."""
    found = [table_grid(form, tuple(form.columns)).names for form in reversed(forms())]
    return MappingProxyType({key: name for names in found for key, name in names.items()})
