"""Sheets: reports before they become text.

A :class:`Sheet` has rows of cells, each value cell knowing its cell key. *Damage* operators (``layouts.py``) change sheets,
*styles* (``styles.py``) print them. Because each printed value keeps its key and its place in the text, a printed sheet is at
the same time an annotated report.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from extractor.forms import FormBlock, FormRow, FormTable
from training.figures import Habit, apply_habit, draw_cells, draw_form


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed cell. ``key`` is a cell key, :data:`STRAY`, or None for labels and blanks."""

    text: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A printed row: label cells (empty where a group cell is spanned), then value cells, then empty filler cells.

    ``kind`` is ``data``, ``head`` or ``caption``.
    """

    kind: str
    labels: tuple[str, ...]
    values: tuple[Printed, ...] = ()
    filler: int = 0
    row: str = ""


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A table: its heading and its rows."""

    form: FormTable
    heading: str
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report: title, prose, tables. ``truth`` has what each cell prints (None: blank)."""

    title: str
    prose: tuple[str, ...]
    tables: tuple[SheetTable, ...]
    truth: Mapping[str, int | float | None]


@dataclass(slots=True)
class Text:
    """A printed sheet: the text, and the key of each printed value by its (start, end) in the text.

    ``separates``: something stands between values. ``shows_blanks``: a blank cell leaves a trace. ``whole``: it was not cut.
    """

    separates: bool = True
    shows_blanks: bool = True
    whole: bool = True
    parts: list[str] = field(default_factory=list)
    length: int = 0
    spans: dict[tuple[int, int], str] = field(default_factory=dict)

    def put(self, text: str, key: str | None = None) -> None:
        """Append a text."""
        if key is not None and text:
            self.spans[self.length, self.length + len(text)] = key
        self.parts.append(text)
        self.length += len(text)

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.parts)

    def cut(self, length: int) -> "Text":
        """The text as far as ``length``: ``cut-row``, an excerpt that breaks off."""
        spans = {span: key for span, key in self.spans.items() if span[0] < length}
        return replace(self, parts=[self.text[:length]], length=length, spans=spans, whole=False)


# --- clean sheets ----------------------------------------------------------------------------------------------------


def draw_sheet(random: Random) -> Sheet:
    """A clean report with invented figures."""
    year = random.randint(2019, 2025)
    habit: Habit = random.choices(("zeros", "blanks", "totals", "empty"), (56, 28, 12, 4))[0]
    tables: list[SheetTable] = []
    truth: dict[str, int | float | None] = {}
    for table in ("proactive", "requests", "disputes"):
        form = draw_form(random, table, year)
        cells = apply_habit(draw_cells(random, form), form, habit)
        truth |= cells
        tables.append(_table(random, form, cells))
    place = random.choice(("青石", "临江", "白河", "东岭", "南浦")) + random.choice(("县", "市", "区", "镇"))
    office = random.choice(("人民政府", "教育局", "水利局", "审计局", "司法局"))
    prose = (
        f"{place}{office}{year}年认真落实条例，规范公开流程，加强平台建设。",
        f"全年主动公开各类信息{random.randint(20, 3000)}条，回复留言{random.randint(0, 90)}条。",
        "下一步将继续完善制度，加强培训。",
    )
    return Sheet(f"{place}{office}{year}年政府信息公开工作年度报告", prose, tuple(tables), truth)


def _table(random: Random, form: FormTable, cells: Mapping[str, int | float | None]) -> SheetTable:
    numeral = "一二三四五六"[form.section - 1]
    rows = [row for block in form.blocks for row in _block_rows(random, form, block, cells)]
    return SheetTable(form, f"{numeral}、{random.choice((form.title, *form.headings))}", tuple(rows))


def _block_rows(
    random: Random, form: FormTable, block: FormBlock, cells: Mapping[str, int | float | None]
) -> Iterable[SheetRow]:
    def value(row: FormRow, column: str) -> Printed:
        key = f"{form.table}.{row.key}.{column}"
        return Printed(_number(random, cells[key]), key)

    if block.caption:
        yield SheetRow("caption", (block.caption,))
    if block.across:
        yield SheetRow("head", ("行政复议", "行政诉讼"))
        yield SheetRow("head", (*(column.label for column in block.columns), *(row.label for row in block.rows[1:])))
        yield SheetRow("head", tuple(column.label for _ in block.rows[1:] for column in block.columns))
        yield SheetRow("data", (), tuple(value(row, column.key) for row in block.rows for column in block.columns))
        return
    yield from _heads(random, block)
    groups = {group.key: group for group in block.groups}
    before: list[str] = []
    for row in block.rows:
        chain: list[str] = []
        parent = row.parent
        while parent:
            chain.insert(0, _enumerated(random, groups[parent].enumerator, groups[parent].label, groups[parent].parent))
            parent = groups[parent].parent
        spanned = ["" if place < len(before) and before[place] == text else text for place, text in enumerate(chain)]
        before = chain
        label = _enumerated(random, row.enumerator, random.choice((row.label, row.label, *row.aliases[:1])), row.parent)
        yield SheetRow(
            "data", (*spanned, label), tuple(value(row, column.key) for column in block.columns), row=row.key
        )


def _heads(random: Random, block: FormBlock) -> Iterable[SheetRow]:
    labels = [random.choice((column.label, column.label, *column.aliases)) for column in block.columns]
    if not block.groups:
        yield SheetRow("head", ("信息内容", *labels))
        return
    yield SheetRow("head", ("（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", "申请人情况"))
    yield SheetRow("head", (labels[0], "法人或其他组织", labels[-1]))
    yield SheetRow("head", tuple(labels[1:-1]))


def _enumerated(random: Random, enumerator: str, label: str, parent: str | None) -> str:
    if not enumerator:
        return label
    if enumerator.isdigit():
        return f"{enumerator}{random.choice(('.', '.', '、', '．', '. '))}{label}"
    return f"（{enumerator}）{label}" if parent else f"{enumerator}、{label}"


def _number(random: Random, value: int | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and value >= 1000 and random.random() < 0.05:
        return f"{value:,}"
    return f"+{value}" if value > 0 and isinstance(value, int) and random.random() < 0.02 else str(value)


def each_table(sheet: Sheet, change: Callable[[SheetTable], SheetTable]) -> Sheet:
    """Change the tables of a sheet."""
    return replace(sheet, tables=tuple(change(table) for table in sheet.tables))


def each_row(sheet: Sheet, change: Callable[[SheetRow, SheetTable], SheetRow | None]) -> Sheet:
    """Change the data rows of a sheet; a row that becomes None is lost."""

    def rows(table: SheetTable) -> SheetTable:
        changed = [change(row, table) if row.kind == "data" else row for row in table.rows]
        return replace(table, rows=tuple(row for row in changed if row is not None))

    return each_table(sheet, rows)


def each_label(sheet: Sheet, change: Callable[[str], str], kinds: Sequence[str] = ("data", "head", "caption")) -> Sheet:
    """Change the words of a sheet: the labels of rows of some kinds."""

    def table(old: SheetTable) -> SheetTable:
        rows = (
            replace(row, labels=tuple(change(text) if text else text for text in row.labels))
            if row.kind in kinds
            else row
            for row in old.rows
        )
        return replace(old, rows=tuple(rows))

    return each_table(sheet, table)
