"""A report as an agency prints it: paragraphs, and the three official tables as grids with spans.

The figures, the wordings and the truth are those of :mod:`training.sheets`; here they get the places of the official form.
Variations are what real reports do to that form.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from training.sheets import Sheet, SheetRow, SheetTable, draw_sheet, each_row

_LABEL_COLUMNS = 3  # of table 3: 三、本年度办理结果 | （三）不予公开 | 1.属于国家秘密
_CLOSING = (
    ("五、存在的主要问题及改进情况", "存在的问题：公开内容不够丰富。改进措施：加强学习，完善制度。"),
    ("六、其他需要报告的事项", "无其他需要报告的事项。"),
)
_NOTES = {
    "规章": "（设区的市、自治州人民政府应提供相关数据）",
    "规范性文件": "（行政机关制定发布的决定、公告等）",
    "行政规范性文件": "（含以办公室名义制发的文件）",
}


class GridCell(NamedTuple):
    """A printed cell at its grid place; ``key`` is the cell key of a value, None for labels."""

    text: str
    row: int
    column: int
    row_span: int = 1
    col_span: int = 1
    key: str | None = None


@dataclass(frozen=True, slots=True)
class GridTable:
    """A table: its cells in reading order, relative column widths, and how many rows of heads it begins with."""

    cells: tuple[GridCell, ...]
    widths: tuple[float, ...]
    heads: int = 0

    @property
    def height(self) -> int:
        """The number of rows."""
        return max(cell.row + cell.row_span for cell in self.cells)

    def rows(self) -> list[list[GridCell]]:
        """The cells that begin in each row, from left to right."""
        found: list[list[GridCell]] = [[] for _ in range(self.height)]
        for cell in sorted(self.cells, key=lambda cell: cell.column):
            found[cell.row].append(cell)
        return found

    def covered(self) -> dict[tuple[int, int], GridCell]:
        """For each place (row, column) the cell that lies on it."""
        return {
            (row, column): cell
            for cell in self.cells
            for row in range(cell.row, cell.row + cell.row_span)
            for column in range(cell.column, cell.column + cell.col_span)
        }


class Paragraph(NamedTuple):
    """A paragraph; ``kind`` is ``title``, ``heading`` or ``prose``."""

    text: str
    kind: str = "prose"


@dataclass(frozen=True, slots=True)
class ReportGrid:
    """A report. ``truth`` has what each cell prints; None is a blank."""

    title: str
    blocks: tuple[Paragraph | GridTable, ...]
    truth: dict[str, int | float | None]

    @property
    def tables(self) -> tuple[GridTable, ...]:
        """Its tables."""
        return tuple(block for block in self.blocks if isinstance(block, GridTable))


# --- the official forms ----------------------------------------------------------------------------------------------


def report_grid(sheet: Sheet) -> ReportGrid:
    """A sheet in the layout of the official forms."""
    blocks: list[Paragraph | GridTable] = [Paragraph(sheet.title, "title")]
    blocks.append(Paragraph("根据《中华人民共和国政府信息公开条例》的规定，现公布本机关政府信息公开工作年度报告。"))
    blocks.append(Paragraph("一、总体情况", "heading"))
    blocks += [Paragraph(text) for text in sheet.prose]
    for table in sheet.tables:
        blocks += [Paragraph(table.heading, "heading"), _official(table)]
    for heading, text in _CLOSING:
        blocks += [Paragraph(heading, "heading"), Paragraph(text)]
    return ReportGrid(sheet.title, tuple(blocks), dict(sheet.truth))


def _official(table: SheetTable) -> GridTable:
    return {"proactive": _proactive, "requests": _requests, "disputes": _disputes}[table.form.table](table)


def _proactive(table: SheetTable) -> GridTable:
    """Table 2: blocks of one to three value columns in a grid of four; captions span it, the last column fills it."""
    cells: list[GridCell] = []
    for place, row in enumerate(table.rows):
        texts = [*((text, None) for text in row.labels), *((value.text, value.key) for value in row.values)]
        for column, (text, key) in enumerate(texts):
            span = 4 - column if column == len(texts) - 1 else 1
            cells.append(GridCell(text, place, column, 1, span, key))
    return GridTable(tuple(cells), (2.2, 1.6, 1.6, 1.6))


def _requests(table: SheetTable) -> GridTable:
    """Table 3: three columns of labels, seven of values, three rows of heads."""
    heads = [row for row in table.rows if row.kind == "head"]
    (corner, applicants), (person, organisations, total), kinds = (row.labels for row in heads)
    cells = [
        GridCell(corner, 0, 0, 3, 3),
        GridCell(applicants, 0, 3, 1, 7),
        GridCell(person, 1, 3, 2, 1),
        GridCell(organisations, 1, 4, 1, 5),
        GridCell(total, 1, 9, 2, 1),
        *(GridCell(kind, 2, 4 + place) for place, kind in enumerate(kinds)),
    ]
    data = [row for row in table.rows if row.kind == "data"]
    for place, row in enumerate(data):
        cells += _request_row(row, place + len(heads), _run_lengths(data, place))
    return GridTable(tuple(cells), (0.35, 0.95, 1.7, *[1.0] * 7), heads=len(heads))


def _run_lengths(data: Sequence[SheetRow], place: int) -> list[int]:
    """For each group label of a row, how many rows it stands for."""
    lengths = []
    for depth in range(len(data[place].labels) - 1):
        end = place + 1
        while end < len(data) and len(data[end].labels) > depth + 1 and not any(data[end].labels[: depth + 1]):
            end += 1
        lengths.append(end - place)
    return lengths


def _request_row(row: SheetRow, place: int, spans: Sequence[int]) -> Iterator[GridCell]:
    *groups, label = row.labels
    for column, (text, span) in enumerate(zip(groups, spans, strict=True)):
        if text:
            yield GridCell(text, place, column, span)
    yield GridCell(label, place, len(groups), 1, _LABEL_COLUMNS - len(groups))
    for column, value in enumerate(row.values):
        yield GridCell(value.text, place, _LABEL_COLUMNS + column, key=value.key)


def _disputes(table: SheetTable) -> GridTable:
    """Table 4: three rows of heads over one row of fifteen values."""
    (first, second), middle, kinds = (row.labels for row in table.rows if row.kind == "head")
    data = next(row for row in table.rows if row.kind == "data")
    cells = [
        GridCell(first, 0, 0, 1, 5),
        GridCell(second, 0, 5, 1, 10),
        *(GridCell(text, 1, place, 2) for place, text in enumerate(middle[:5])),
        *(GridCell(text, 1, 5 + 5 * place, 1, 5) for place, text in enumerate(middle[5:])),
        *(GridCell(text, 2, 5 + place) for place, text in enumerate(kinds)),
        *(GridCell(value.text, 3, place, key=value.key) for place, value in enumerate(data.values)),
    ]
    return GridTable(tuple(cells), (1.0,) * 15, heads=3)


# --- invented reports ------------------------------------------------------------------------------------------------


def random_report(seed: int) -> ReportGrid:
    """An invented report in the official layout; same seed, same report."""
    return report_grid(draw_sheet(Random(seed)))


def sample_report(seed: int) -> ReportGrid:
    """An invented report of which three rows in ten have their zeros left blank, so that it has zeros and blanks."""
    sheet, random = draw_sheet(Random(seed)), Random(seed)
    blanks: set[str] = set()

    def thin_out(row: SheetRow, _: SheetTable) -> SheetRow:
        if random.random() >= 0.3:
            return row
        blanks.update(value.key for value in row.values if value.key and value.text == "0")
        return replace(
            row, values=tuple(replace(value, text="") if value.text == "0" else value for value in row.values)
        )

    sheet = each_row(sheet, thin_out)
    return report_grid(replace(sheet, truth={**sheet.truth, **dict.fromkeys(blanks)}))


# --- variations ------------------------------------------------------------------------------------------------------


def _with_tables(report: ReportGrid, change: Callable[[GridTable], GridTable]) -> ReportGrid:
    blocks = (change(block) if isinstance(block, GridTable) else block for block in report.blocks)
    return replace(report, blocks=tuple(blocks))


def _with_texts(report: ReportGrid, change: Callable[[GridCell], str]) -> ReportGrid:
    return _with_tables(
        report,
        lambda table: replace(table, cells=tuple(cell._replace(text=change(cell)) for cell in table.cells)),
    )


def _value_columns(table: GridTable) -> list[int]:
    """The columns that a value begins in."""
    return sorted({cell.column for cell in table.cells if cell.key})


def _opened(table: GridTable, at: int, width: float) -> tuple[list[GridCell], tuple[float, ...], list[int]]:
    """A table with a new column before column ``at``: the cells, the widths, and the rows in which nothing covers it."""
    covered = table.covered()
    cells = []
    for cell in table.cells:
        if cell.column >= at:
            cells.append(cell._replace(column=cell.column + 1))
        elif cell.column + cell.col_span > at:
            cells.append(cell._replace(col_span=cell.col_span + 1))
        else:
            cells.append(cell)
    widths = (*table.widths[:at], width, *table.widths[at:])
    crossed = [row for row in range(table.height) if (row, at) in covered and covered[row, at].column < at]
    return cells, widths, [row for row in range(table.height) if row not in crossed]


def spacer_columns(report: ReportGrid, random: Random) -> ReportGrid:
    """An empty column in each table: after the labels, after the values or at the left edge."""

    def change(table: GridTable) -> GridTable:
        values = _value_columns(table)
        at = random.choice((0, values[0], len(table.widths)))
        cells, widths, free = _opened(table, at, 0.3)
        return replace(table, cells=_in_order([*cells, *(GridCell("", row, at) for row in free)]), widths=widths)

    return _with_tables(report, change)


def column_drift(report: ReportGrid, random: Random) -> ReportGrid:
    """A border between two value columns stands elsewhere in the rows of data than in those of heads."""

    def change(table: GridTable) -> GridTable:
        columns = _value_columns(table)
        if len(columns) < 2:
            return table
        at = random.choice(columns[1:])
        cells, widths, free = _opened(table, at, 0.4)
        data = {cell.row for cell in table.cells if cell.key}
        found = []
        for cell in cells:  # in rows of data the cell before the new column widens, in others the one after it
            if cell.row in free and cell.row in data and cell.column + cell.col_span == at:
                cell = cell._replace(col_span=cell.col_span + 1)
            elif cell.row in free and cell.row not in data and cell.column == at + 1:
                cell = cell._replace(column=at, col_span=cell.col_span + 1)
            found.append(cell)
        return replace(table, cells=_in_order(found), widths=widths)

    return _with_tables(report, change)


def spaced_labels(report: ReportGrid, random: Random) -> ReportGrid:
    """A space inside two labels of three."""

    def change(cell: GridCell) -> str:
        if cell.key or len(cell.text) < 3 or random.random() < 1 / 3:
            return cell.text
        at = random.randint(1, len(cell.text) - 1)
        return f"{cell.text[:at]}{random.choice((' ', '  ', chr(0x3000)))}{cell.text[at:]}"

    return _with_texts(report, change)


def no_break_spaces(report: ReportGrid, random: Random) -> ReportGrid:
    """No-break spaces around values and alone in blank cells."""
    return _with_texts(report, lambda cell: f"{cell.text}\u00a0" if cell.key and random.random() < 0.7 else cell.text)


def full_width_digits(report: ReportGrid, _: Random) -> ReportGrid:
    """Digits as wide as characters."""
    wide = str.maketrans("0123456789+-.,", "０１２３４５６７８９＋－．，")
    return _with_texts(report, lambda cell: cell.text.translate(wide) if cell.key else cell.text)


def units_in_cells(report: ReportGrid, _: Random) -> ReportGrid:
    """A unit after each value of table 2."""

    def change(cell: GridCell) -> str:
        if not cell.key or not cell.key.startswith("proactive.") or not cell.text:
            return cell.text
        return cell.text + ("万元" if cell.key.endswith(".amount") else "件")

    return _with_texts(report, change)


def notes_in_labels(report: ReportGrid, _: Random) -> ReportGrid:
    """An instruction in the labels of the first rows of table 2."""
    return _with_texts(report, lambda cell: cell.text if cell.key else cell.text + _NOTES.get(cell.text, ""))


def repeated_heads(report: ReportGrid, random: Random) -> ReportGrid:
    """The heads of table 3 again before a row in its middle; group labels that stand for rows on both sides are repeated too."""

    def change(table: GridTable) -> GridTable:
        if not table.heads or table.height < 10:
            return table
        at = random.randint(table.heads + 4, table.height - 3)
        cells: list[GridCell] = []
        for cell in table.cells:
            below = cell.row + cell.row_span - at
            if cell.row >= at:
                cells.append(cell._replace(row=cell.row + table.heads))
            elif below > 0:
                cells.append(cell._replace(row_span=at - cell.row))
                cells.append(cell._replace(row=at + table.heads, row_span=below))
            else:
                cells.append(cell)
            if cell.row < table.heads:
                cells.append(cell._replace(row=cell.row + at))
        return replace(table, cells=_in_order(cells))

    return _with_tables(report, change)


def _in_order(cells: Iterable[GridCell]) -> tuple[GridCell, ...]:
    return tuple(sorted(cells, key=lambda cell: (cell.row, cell.column)))


VARIATIONS: dict[str, Callable[[ReportGrid, Random], ReportGrid]] = {
    function.__name__: function
    for function in (
        spacer_columns,
        column_drift,
        spaced_labels,
        no_break_spaces,
        full_width_digits,
        units_in_cells,
        notes_in_labels,
        repeated_heads,
    )
}
