"""A simulator of how tables of annual reports are printed in the wild.

A :class:`Sheet` is a report before it becomes text: rows of cells, each value cell knowing its cell key. *Damage* operators
change sheets, *styles* print them. Both are named after the layout or quirk that they imitate, as listed in
``annotations/README.md``. Because each printed value keeps its key and its place in the text, a printed sheet is at the same
time an annotated example.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from extractor.forms import FormBlock, FormRow, FormTable
from training.figures import Habit, apply_habit, draw_cells, draw_form

STRAY = "stray"
"""Key of a printed value that is no cell of the form."""


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
    """A printed sheet: the text, and the key of each printed value by its (start, end) in the text."""

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
        return Text([self.text[:length]], length, {span: key for span, key in self.spans.items() if span[0] < length})


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


# --- damage ----------------------------------------------------------------------------------------------------------

Damage = Callable[[Sheet, Random, float], Sheet]
"""A damage operator: sheet, source of chance, severity in 0…1 (the share of rows it strikes)."""


def _each_row(sheet: Sheet, change: Callable[[SheetRow, SheetTable], SheetRow | None]) -> Sheet:
    """Change the data rows of a sheet; a row that becomes None is lost."""
    tables = []
    for table in sheet.tables:
        changed = [change(row, table) if row.kind == "data" else row for row in table.rows]
        tables.append(replace(table, rows=tuple(row for row in changed if row is not None)))
    return replace(sheet, tables=tuple(tables))


def _is_full(row: SheetRow) -> bool:
    """True when no cell is blank: stray zeros come from programs that also print zeros, not blanks."""
    return all(value.text for value in row.values)


def extra_column(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``extra-column``: a stray 0 in most rows of the request table, at one place."""
    place = random.choice((0, 1, 3, 6, 7))

    def change(row: SheetRow, table: SheetTable) -> SheetRow:
        if table.form.table != "requests" or random.random() > 0.5 + severity / 2 or not _is_full(row):
            return row
        return replace(row, values=(*row.values[:place], Printed("0", STRAY), *row.values[place:]))

    return _each_row(sheet, change)


def stray_zero(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``extra-column``: a stray 0 in a few rows, anywhere."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        if len(row.values) < 3 or random.random() > severity / 4 or not _is_full(row):
            return row
        place = random.randint(0, len(row.values))
        return replace(row, values=(*row.values[:place], Printed("0", STRAY), *row.values[place:]))

    return _each_row(sheet, change)


def extra_values(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``extra-values``: zeros follow the only value of a row."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        if len(row.values) != 1 or random.random() > severity or not _is_full(row):
            return row
        return replace(row, values=(*row.values, *[Printed("0", STRAY)] * random.choice((1, 2))))

    return _each_row(sheet, change)


def filler(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``pipe-rows``: empty cells at the end of rows, left over from spanned columns."""
    count = random.randint(1, 3)
    return _each_row(sheet, lambda row, _: replace(row, filler=count) if random.random() < 0.5 + severity / 2 else row)


def leading_blanks(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``column-drift``: blank cells between label and values, as many as label columns are spanned."""
    depth = random.randint(1, 4)

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        blanks = (
            max(0, depth - sum(bool(label) for label in row.labels) + 1) if random.random() < 0.6 + severity / 2 else 0
        )
        return replace(row, values=(*[Printed("")] * blanks, *row.values))

    return _each_row(sheet, change)


def blank_dropped(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``blank-dropped``: blank cells vanish, and may come back as filler at the end of the row."""
    as_filler = random.random() < 0.5

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        kept = tuple(value for value in row.values if value.text)
        lost = len(row.values) - len(kept)
        return (
            replace(row, values=kept, filler=row.filler + lost * as_filler)
            if random.random() < 0.5 + severity / 2
            else row
        )

    return _each_row(sheet, change)


def blank_merged(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``blank-merged``: a run of blank cells becomes one."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        kept = [
            value for place, value in enumerate(row.values) if value.text or place == 0 or row.values[place - 1].text
        ]
        return replace(row, values=tuple(kept)) if random.random() < 0.5 + severity / 2 else row

    return _each_row(sheet, change)


def leading_lost(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``shifted``: the first cells of a row are lost."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        if len(row.values) < 5 or random.random() > severity / 5:
            return row
        return replace(row, values=row.values[random.randint(1, 3) :])

    return _each_row(sheet, change)


def trailing_lost(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``cut-row``: the last cells of a row are lost."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        if len(row.values) < 3 or random.random() > severity / 8:
            return row
        return replace(row, values=row.values[: -random.randint(1, 2)])

    return _each_row(sheet, change)


def page_number(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``page-chrome``: a page number stands after the values of a row."""

    def change(row: SheetRow, _: SheetTable) -> SheetRow:
        if random.random() > severity / 25:
            return row
        return replace(row, values=(*row.values, Printed(str(random.randint(2, 15)), STRAY)))

    return _each_row(sheet, change)


def row_lost(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``rows-lost``: rows are missing."""
    return _each_row(sheet, lambda row, _: None if random.random() < severity / 10 else row)


def label_lost(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``label-lost``: a row has values but no label."""
    return _each_row(sheet, lambda row, _: replace(row, labels=()) if random.random() < severity / 12 else row)


def head_lost(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``head-missing``, ``caption-lost``: heads, captions and headings are missing."""

    def table(old: SheetTable) -> SheetTable:
        kept = tuple(row for row in old.rows if row.kind == "data" or random.random() > severity / 2)
        return replace(old, rows=kept, heading=old.heading if random.random() > severity / 2 else "")

    return replace(sheet, tables=tuple(table(old) for old in sheet.tables))


def misprint(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``head-typo``, ``chars-lost``: a character of a label is lost, doubled or another."""

    def spoil(text: str) -> str:
        if len(text) < 6 or random.random() > severity / 6:
            return text
        place = random.randrange(3, len(text) - 1)
        return text[:place] + random.choice(("", text[place] * 2, "信")) + text[place + 1 :]

    return _each_row(sheet, lambda row, _: replace(row, labels=tuple(spoil(label) for label in row.labels)))


def inner_space(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``space-in-label``: white space inside labels."""

    def spread(text: str) -> str:
        if len(text) < 3 or random.random() > severity / 2:
            return text
        place = random.randrange(2, len(text))
        return f"{text[:place]} {text[place:]}"

    def table(old: SheetTable) -> SheetTable:
        return replace(
            old, rows=tuple(replace(row, labels=tuple(spread(label) for label in row.labels)) for row in old.rows)
        )

    return replace(sheet, tables=tuple(table(old) for old in sheet.tables))


def dashes(sheet: Sheet, random: Random, severity: float) -> Sheet:
    """``slash``, ``dash``: blanks are printed as dashes."""
    dash = random.choice(("/", "-", "—", "无"))
    return _each_row(
        sheet,
        lambda row, _: replace(
            row,
            values=tuple(
                Printed(dash, value.key) if not value.text and value.key and random.random() < severity else value
                for value in row.values
            ),
        ),
    )


DAMAGES: Mapping[str, Damage] = {
    damage.__name__: damage
    for damage in (
        dashes, extra_column, stray_zero, extra_values, leading_blanks, blank_dropped, blank_merged, leading_lost,
        trailing_lost, filler, page_number, row_lost, label_lost, head_lost, misprint, inner_space,
    )
}  # fmt: skip


def damage(sheet: Sheet, random: Random, severity: float, names: Sequence[str] | None = None) -> Sheet:
    """Apply damage operators in their order.

    Args:
        sheet: the sheet to damage.
        random: the source of chance.
        severity: 0…1.
        names: which operators; by default a few, drawn at random.
    """
    chosen = names if names is not None else random.sample(list(DAMAGES), random.choice((0, 0, 1, 1, 1, 2)))
    for name in (name for name in DAMAGES if name in chosen):
        sheet = DAMAGES[name](sheet, random, severity)
    return sheet
