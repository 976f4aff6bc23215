"""The tables of reports on sheets of a workbook: the boxes of their grids, with colours, marks and comments."""

from math import ceil, isfinite
from typing import Any

from extractor.auditing.layout import Box, Grid
from extractor.auditing.looks import STATUSES, STYLES, Look, Name
from extractor.auditing.report import Report, place
from extractor.export import guarded, plain_text
from extractor.numbers import figure
from extractor.pages import clean
from extractor.record import CellValue

_LABELS = (5, 12, 40)
_VALUE = 8.5
_FINEST = 6
_BESIDE = 15
_LINE = 15
_DIGITS = 15
_LONGEST = 30_000
_GRID = "#97a4ae"


def safe(text: str) -> str:
    """A text from a report as a spreadsheet can take it: without control characters, never a formula or markup, not too long."""
    plain = plain_text(str(clean(text))[:_LONGEST], _LONGEST)
    return plain if len(plain) < 2 else str(guarded(plain))


class Formats:
    """The formats of a workbook; equal ones are made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.title = self.make(bold=True, font_size=15)
        self.head = self.make(bold=True, bg_color="#e9eef2", border=1, border_color=_GRID, text_wrap=True, valign="top")
        self.text = self.make(text_wrap=True, valign="top", border=1, border_color="#dde3e8")
        self.link = self.make(font_color="#14569c", underline=1, valign="top", border=1, border_color="#dde3e8")
        self.label = self.make(bold=True, valign="top", border=1, border_color="#dde3e8")
        self.note = self.make(font_color="#52616d", valign="top", text_wrap=True)
        self.about = self.make(font_color="#52616d")

    def make(self, **properties: Any) -> Any:
        """A format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def box(self, kind: str, *, upright: bool = False) -> Any:
        """The format of a head or label of a grid."""
        return self.make(
            text_wrap=True,
            valign="vcenter",
            align="left" if kind == "label" else "center",
            bold=kind == "caption",
            bg_color="#e9eef2" if kind == "caption" else "#f7f9fa",
            border=1,
            border_color=_GRID,
            **({"rotation": 270} if upright else {}),
        )

    def cell(self, ground: Name, *, involved: bool = False, number: str = "General") -> Any:
        """The format of a value: the colours of a look, a strong frame for a suspect, a dotted one for what is involved."""
        style = STYLES[ground]
        frame = (
            {"border": 2, "border_color": "#a01b14"} if ground == "suspect" else {"border": 1, "border_color": _GRID}
        )
        if involved:
            frame = {"border": 4, "border_color": "#7a3b36"}
        hatch = {"pattern": 14, "fg_color": "#c2cad0"} if ground == "missing" else {}
        return self.make(
            align="center", valign="vcenter", bg_color=style.fill, font_color=style.ink, num_format=number,
            quote_prefix=number == "@", bold=ground == "suspect", **frame, **hatch,
        )  # fmt: skip


class Drawing:
    """Reports on one sheet, below each other."""

    def __init__(self, sheet: Any, formats: Formats, *, all_comments: bool) -> None:
        """Set up a sheet; ``all_comments`` tells that every cell has one, and not only those that someone should look at."""
        self._sheet, self._formats, self._all = sheet, formats, all_comments
        self._row = 0
        self._starts: list[int] = []
        for column, width in enumerate(_LABELS):
            sheet.set_column(column, column, width)
        sheet.set_column(len(_LABELS), len(_LABELS) + 40, _VALUE)
        sheet.set_comments_author("gongkai")

    @property
    def count(self) -> int:
        """How many reports it has."""
        return len(self._starts)

    def add(self, report: Report) -> str:
        """Draw a report below the others; the link to it."""
        self._starts.append(self._row)
        link = f"internal:'{self._sheet.get_name()}'!A{self._row + 1}"
        record = report.record
        self._sheet.write_string(self._row, 0, safe(f"{report.number} {report.label}"), self._formats.title)
        about = f"{STATUSES[record.status]}；待核对 {report.flagged}；文件 {record.source.name}"
        self._sheet.write_string(self._row + 1, 0, safe(about), self._formats.about)
        self._row += 3
        for grid in report.grids:
            self._grid(grid, report)
        for title in report.missing:
            self._text(f"{title}：文中没有这张表")
        for told in report.told:
            changes = [
                f"；可以解释的改动：{'，并且 '.join(fix.words for fix in fixes)}" for fixes in told.corrections[:1]
            ]
            cause = f"；原因：{told.cause}" if told.cause else ""
            self._text(f"［{told.severity}］{told.finding.code} {told.finding.message}{cause}{''.join(changes)}")
        self._row += 1
        return link

    def finish(self, most_breaks: int) -> None:
        """Freeze the labels, and begin each report on a page of its own in print."""
        self._sheet.freeze_panes(2 if len(self._starts) == 1 else 0, len(_LABELS))
        self._sheet.set_h_pagebreaks([row for row in self._starts if row][:most_breaks])

    def _text(self, text: str) -> None:
        """A text below the tables, as wide as the widest of them."""
        width = sum(_LABELS) + _BESIDE * _VALUE
        self._sheet.merge_range(self._row, 0, self._row, len(_LABELS) + _BESIDE - 1, "", self._formats.note)
        self._sheet.write_string(self._row, 0, safe(text), self._formats.note)
        self._sheet.set_row(self._row, _LINE * ceil(2.1 * len(text) / width) + 2)
        self._row += 1

    def _grid(self, grid: Grid, report: Report) -> None:
        self._sheet.write_string(self._row, 0, safe(grid.heading), self._formats.make(bold=True, font_size=12))
        self._row += 1
        edges = _edges(grid)
        for line in grid.rows:
            self._sheet.set_row(self._row, _height(line, edges))
            for box in line:
                self._box(box, grid, edges, report)
            self._row += 1
        self._row += 1

    def _box(self, box: Box, grid: Grid, edges: list[int], report: Report) -> None:
        first, last = edges[box.at], edges[box.at + box.columns] - 1
        if box.kind == "value":
            cell, look = report.record.cells[box.key], report.looks[box.key]
            self._value(self._row, first, last, cell, look)
            if self._all or look.names != ("number",):
                self._comment(first, box, cell, look, report)
            return
        upright = box.kind == "group" and box.at == 0 and grid.labels > 1
        self._span(box, first, last, box.text, self._formats.box(box.kind, upright=upright))

    def _span(self, box: Box, first: int, last: int, text: str, made: Any) -> None:
        if box.rows > 1 or last > first:
            self._sheet.merge_range(self._row, first, self._row + box.rows - 1, last, "", made)
        self._sheet.write_string(self._row, first, safe(text), made)

    def _value(self, row: int, first: int, last: int, cell: CellValue, look: Look) -> None:
        number = None if look.proposed else _number_format(cell, look)
        made = self._formats.cell(look.ground, involved="involved" in look.names, number=number or "@")
        if last > first:
            self._sheet.merge_range(row, first, row, last, "", made)
        if number:
            self._sheet.write_number(row, first, cell.value, made)
        else:
            proposed = f" →{look.proposed}" if look.proposed else ""
            self._sheet.write_string(row, first, str(clean(f"{look.text}{look.marks}{proposed}")), made)

    def _comment(self, column: int, box: Box, cell: CellValue, look: Look, report: Report) -> None:
        text = "\n".join(_remarks(box, cell, look, report))
        height = 22 * sum(ceil((1 + len(line)) / 24) for line in text.split("\n")) + 12
        self._sheet.write_comment(self._row, column, text, {"width": 330, "height": height, "font_size": 9})


def _edges(grid: Grid) -> list[int]:
    """The sheet's column at which each column of a grid begins, and that behind the last."""
    base = max(len(_LABELS), grid.labels)
    labels = list(range(grid.labels)) if grid.labels else []
    stretch = max(1, _FINEST // grid.values)
    return [*labels, *(base + stretch * place for place in range(grid.values + 1))]


def _height(line: tuple[Box, ...], edges: list[int]) -> float:
    """The height of a line with its texts wrapped; what spans several lines has room enough."""
    widths = [*_LABELS, *[_VALUE] * edges[-1]]
    lines = [
        ceil(2.2 * len(box.text) / sum(widths[edges[box.at] : edges[box.at + box.columns]]))
        for box in line
        if box.rows == 1 and box.text
    ]
    return _LINE * max([1, *lines]) + 2


def _number_format(cell: CellValue, look: Look) -> str | None:
    """The format that shows a number as it is printed, with its marks; None for what is to be written as text."""
    value = cell.value
    if cell.state != "number" or value is None or not isfinite(value) or len(figure(value)) > _DIGITS:
        return None
    marks = f'"{look.marks}"' if look.marks else ""
    if look.text == figure(value):
        return f"General{marks}"
    if look.text == f"{value:,}":
        return f"#,##0{'.' + '0' * len(look.text.rpartition('.')[2]) if '.' in look.text else ''}{marks}"
    return None


def _remarks(box: Box, cell: CellValue, look: Look, report: Report) -> list[str]:
    """The lines of a comment."""
    lines = [box.name, "状态：" + "；".join(STYLES[name].words for name in look.names)]
    if cell.text and cell.text != look.text:
        lines.append(f"原文印作：{cell.text[:200]}")
    if cell.state != "missing":
        lines.append(f"把握：{100 * cell.confidence:.4g} %")
    if cell.proposed:
        lines.append(f"建议值：{look.proposed}（{cell.proposed.why}）")
    if where := place(cell.where):
        lines.append(f"位置：{where}")
    if excerpt := report.excerpts.at(cell.where):
        lines.append(f"原文：{excerpt.line}")
    return [str(clean(line)) for line in lines]
