"""The official forms, as data.

Each ``*.toml`` file beside this module is one form table: its rows, columns, wordings and relations. A new form year is a
new file; nothing here names a year. Rows of all forms of one table share their keys where they mean the same.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args

from extractor.errors import FormError

T = TypeVar("T")
Kind = Literal["count", "signed", "amount"]
Severity = Literal["error", "warning", "info"]
PREVIOUS = "previous."
"""Before a name or a cell key: that of the report of the same agency on the year before."""


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column. ``kind`` tells which numbers are possible: counts, signed changes, or amounts with decimals in ``unit``.

    ``under`` are the heads that the form prints above it, the outermost first. ``stock``: it counts what there is at the end of
    the year, not what came in it, so that the same figure in two years is nothing odd.
    """

    key: str
    label: str
    aliases: tuple[str, ...] = ()
    kind: Kind = "count"
    unit: str | None = None
    stock: bool = False
    under: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormRow:
    """A row that holds values. ``enumerator`` is what the form prints before the label; ``parent`` the group it stands in.

    ``under`` are heads above it where rows are printed side by side, the outermost first.
    """

    key: str
    label: str
    aliases: tuple[str, ...] = ()
    enumerator: str = ""
    parent: str | None = None
    under: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormGroup:
    """A heading inside the rows, without values of its own."""

    key: str
    label: str
    aliases: tuple[str, ...] = ()
    enumerator: str = ""
    parent: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FormBlock:
    """Rows under one set of column heads. ``across``: the rows are printed side by side, as one line of rows × columns.

    ``corner`` is what is printed where the heads and the row labels meet.
    """

    key: str
    columns: tuple[FormColumn, ...]
    rows: tuple[FormRow, ...]
    groups: tuple[FormGroup, ...] = ()
    caption: str | None = None
    heads: tuple[str, ...] = ()
    across: bool = False
    corner: str = ""

    def names(self, each: str) -> frozenset[str]:
        """What a relation for each ``row`` or each ``column`` can name in this block."""
        if each == "row":
            return frozenset(column.key for column in self.columns)
        return frozenset(row.key for row in self.rows) | frozenset(group.key for group in self.groups)


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of the form between sums: Σ left = Σ right, for each column or each row.

    The sides name columns or rows; ``group/*`` is every row below a group, those of the other side left out; ``previous.`` before
    a name is that of last year's report, in relations of ``[[series]]`` only.
    """

    code: str
    each: Literal["row", "column"]
    left: tuple[str, ...]
    right: tuple[str, ...]
    severity: Severity
    source: str
    zh: str
    en: str

    @property
    def names(self) -> frozenset[str]:
        """Keys of the columns, or of the rows and groups, that it names."""
        return frozenset(name.removeprefix(PREVIOUS).removesuffix("/*") for name in (*self.left, *self.right))


@dataclass(frozen=True, slots=True, eq=False)
class CellRelation:
    """One :class:`Relation` for one row or column (``at``), spelt out in cell keys; ``cells`` are those of both sides."""

    relation: Relation
    at: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    cells: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", (*self.left, *self.right))


@dataclass(frozen=True, eq=False)
class FormTable:
    """One table of one form: what it prints and what must hold in it.

    ``section`` is the number of its section in the report; ``headings`` introduce the table, ``neighbours`` the sections
    beside it that have no table; ``extra_rows`` are printed by some agencies though the form has no cells for them.
    ``series`` are relations with last year's report, of whatever form that is.
    """

    id: str
    table: str
    form: str
    section: int
    title: str
    source: str
    blocks: tuple[FormBlock, ...]
    relations: tuple[Relation, ...] = ()
    series: tuple[Relation, ...] = ()
    headings: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()
    extra_rows: tuple[str, ...] = ()

    def key(self, row: FormRow, column: FormColumn) -> str:
        """The key of a cell: ``table.row.column``."""
        return f"{self.table}.{row.key}.{column.key}"

    def block(self, row_key: str) -> FormBlock | None:
        """The block of a row; None when this form does not have the row."""
        return self._blocks.get(row_key)

    @cached_property
    def _blocks(self) -> dict[str, FormBlock]:
        return {row.key: block for block in self.blocks for row in block.rows}

    @cached_property
    def columns(self) -> Mapping[str, FormColumn]:
        """Column of each cell key, in the order of the form."""
        return MappingProxyType(
            {self.key(row, column): column for block in self.blocks for row in block.rows for column in block.columns}
        )

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Each cell in the words of the form, without the notes in brackets: ``行政许可·本年处理决定数量``."""

        def short(label: str) -> str:
            return label.partition("（")[0]

        return MappingProxyType(
            {
                self.key(row, column): f"{short(row.label)}·{short(column.label)}"
                for block in self.blocks
                for row in block.rows
                for column in block.columns
            }
        )

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The label of each row and column that its relations are for."""
        block = self.blocks[0]
        return MappingProxyType(
            {row.key: row.label for row in block.rows} | {column.key: column.label for column in block.columns}
        )

    @cached_property
    def relation_codes(self) -> frozenset[str]:
        """The codes of :attr:`relations`."""
        return frozenset(relation.code for relation in self.relations)

    @cached_property
    def cell_relations(self) -> tuple[CellRelation, ...]:
        """Every relation for every row or column it is about, in the blocks that have what it names."""
        return tuple(self._spelt_out(self.relations))

    @cached_property
    def relations_of(self) -> Mapping[str, tuple[int, ...]]:
        """For each cell that is in some, the places of its relations in :attr:`cell_relations`."""
        found: dict[str, list[int]] = {}
        for place, relation in enumerate(self.cell_relations):
            for key in relation.cells:
                found.setdefault(key, []).append(place)
        return MappingProxyType({key: tuple(places) for key, places in found.items()})

    @cached_property
    def cell_series(self) -> tuple[CellRelation, ...]:
        """The same for :attr:`series`; the keys of last year's cells have ``previous.`` before them."""
        return tuple(self._spelt_out(self.series))

    def _spelt_out(self, relations: Iterable[Relation]) -> Iterator[CellRelation]:
        for relation in relations:
            for block in self.blocks:
                if relation.names & block.names(relation.each):
                    yield from self._expand(relation, block)

    def _expand(self, relation: Relation, block: FormBlock) -> Iterator[CellRelation]:
        if relation.each == "row":
            for row in block.rows:
                sides = [
                    tuple(_cell_key(self.table, row.key, column) for column in side)
                    for side in (relation.left, relation.right)
                ]
                yield CellRelation(relation, row.key, *sides)
            return
        right = self._row_keys(relation.right, block, except_for=())
        left = self._row_keys(relation.left, block, except_for=right)
        for column in block.columns:
            sides = [tuple(_cell_key(self.table, row, column.key) for row in side) for side in (left, right)]
            yield CellRelation(relation, column.key, *sides)

    @staticmethod
    def _row_keys(side: Iterable[str], block: FormBlock, *, except_for: Iterable[str]) -> tuple[str, ...]:
        parents = {group.key: group.parent for group in block.groups} | {row.key: row.parent for row in block.rows}

        def below(key: str | None, group: str) -> bool:
            return key is not None and (parents.get(key) == group or below(parents.get(key), group))

        keys: list[str] = []
        for name in side:
            before = PREVIOUS if name.startswith(PREVIOUS) else ""
            group = name.removeprefix(PREVIOUS).removesuffix("/*")
            found = [f"{before}{row.key}" for row in block.rows if below(row.key, group)] if "/" in name else [name]
            keys += [key for key in found if key not in except_for]
        return tuple(keys)


def _cell_key(table: str, row: str, column: str) -> str:
    """The key of a cell. When its row or column is that of last year, so is the cell."""
    before = PREVIOUS if row.startswith(PREVIOUS) or column.startswith(PREVIOUS) else ""
    return f"{before}{table}.{row.removeprefix(PREVIOUS)}.{column.removeprefix(PREVIOUS)}"


def _build(cls: type[T], data: Mapping[str, Any], place: str, **made: Any) -> T:
    """Make a dataclass from TOML data, and say in one line what is wrong with it."""
    names = {own.name for own in fields(cls)}  # type: ignore[arg-type]
    if unknown := set(data) - names:
        raise FormError(f"{place}：不认识的字段 {', '.join(sorted(unknown))}")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    try:
        return cls(**(values | made))
    except TypeError as error:
        raise FormError(f"{place}：{error}") from None


def _block(data: Mapping[str, Any], place: str) -> FormBlock:
    made = {
        name: tuple(_build(cls, item, f"{place}.{name}[{n}]") for n, item in enumerate(data.get(name, ())))
        for name, cls in (("columns", FormColumn), ("rows", FormRow), ("groups", FormGroup))
    }
    return _build(FormBlock, data, place, **made)


def parse_form(text: str, place: str) -> FormTable:
    """Read one form table from TOML.

    Args:
        text: the TOML.
        place: its name, for messages.

    Raises:
        FormError: the file is no TOML, has unknown or missing fields, repeats a cell key, or a relation names an unknown row
            or column.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormError(f"{place}：不是有效的 TOML（{error}）") from None
    for name in ("blocks", "relations", "series"):
        if not isinstance(data.get(name, []), list):
            raise FormError(f"{place}：{name} 要写成 [[{name}]]")
    blocks = tuple(_block(block, f"{place} blocks[{n}]") for n, block in enumerate(data.get("blocks", ())))
    relations = {
        name: tuple(_build(Relation, item, f"{place} {name}[{n}]") for n, item in enumerate(data.get(name, ())))
        for name in ("relations", "series")
    }
    form = _build(FormTable, data, place, blocks=blocks, **relations)
    _validate(form, place)
    return form


def _validate(form: FormTable, place: str) -> None:
    if not form.blocks:
        raise FormError(f"{place}：没有 blocks")
    columns = [column for block in form.blocks for column in block.columns]
    relations = (*form.relations, *form.series)
    for name, value, allowed in (
        ("form", form.form, isinstance(form.form, str) and form.form.isdecimal()),
        ("section", form.section, isinstance(form.section, int)),
        *(("kind", column.kind, column.kind in get_args(Kind)) for column in columns),
        *(("stock", column.stock, isinstance(column.stock, bool)) for column in columns),
        *(("each", relation.each, relation.each in ("row", "column")) for relation in relations),
        *(("severity", relation.severity, relation.severity in get_args(Severity)) for relation in relations),
    ):
        if not allowed:
            raise FormError(f"{place}：{name} 不能是 {value!r}")
    if len(form.columns) != sum(len(block.rows) * len(block.columns) for block in form.blocks):
        raise FormError(f"{place}：单元格键重复")
    for block in form.blocks:
        _validate_groups(block, place)
    for relation in relations:
        yearly = any(name.startswith(PREVIOUS) for name in (*relation.left, *relation.right))
        if yearly != (relation in form.series):
            raise FormError(
                f"{place}：关系 {relation.code} 有 {PREVIOUS} 的要写在 [[series]]，没有的写在 [[relations]]"
            )
        known = [names for block in form.blocks if (names := block.names(relation.each)) & relation.names]
        for names in known or [frozenset[str]()]:
            if missing := relation.names - names:
                raise FormError(f"{place}：关系 {relation.code} 用到不存在的行或列 {sorted(missing)[0]}")


def _validate_groups(block: FormBlock, place: str) -> None:
    parents = {group.key: group.parent for group in block.groups}
    items: tuple[FormRow | FormGroup, ...] = (*block.rows, *block.groups)
    for item in items:
        passed, parent = {item.key}, item.parent
        while parent is not None:
            if parent not in parents or parent in passed:
                raise FormError(f"{place}：{item.key} 的上级 {parent} 不存在，或互为上级")
            passed.add(parent)
            parent = parents[parent]


@cache
def forms() -> tuple[FormTable, ...]:
    """All form tables shipped with the package, in the order of the report, newest form first.

    Raises:
        FormError: a file is not valid.
    """
    folder = resources.files(__name__)
    found = [
        parse_form(file.read_text(encoding="utf-8"), file.name)
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda form: (form.section, -int(form.form))))
