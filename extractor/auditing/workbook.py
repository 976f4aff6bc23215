"""The audit as a workbook: figures of the batch, findings, claims, and the tables of each report in the colours of the page.

A small batch has a sheet for each report, and a comment on every cell; in a large one the reports stand below each other, and
only cells that a person should look at have comments, since a spreadsheet opens slowly with a hundred thousand of them.
Texts from reports are never formulas.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from math import ceil
from typing import IO, Any

from extractor.auditing.drawing import Drawing, Formats, safe
from extractor.auditing.looks import CAUSES, SEVERITIES, STATUSES, STYLES
from extractor.auditing.page import TITLE
from extractor.auditing.report import Report, Told, view
from extractor.auditing.shares import ALL, Shares, shares
from extractor.auditing.summary import Summary, summarise
from extractor.errors import OutputError
from extractor.record import Record

MOST_SHEETS = 40
"""Batches with more reports than this have them below each other."""
_STACKED = 4_000
_MOST_ROWS = 1_048_576
_MOST_BREAKS = 1_000
_LINE, _MOST_LINES = 15, 8
_SUMMARY, _LIST, _FINDINGS, _CLAIMS = "概览", "目录", "核对发现", "正文中的数"


def write_workbook(records: Sequence[Record], file: IO[bytes], *, title: str = TITLE) -> None:
    """Write the workbook of a batch.

    Args:
        records: those that could not be read as well.
        file: open for bytes.
        title: of the first sheet.

    Raises:
        OutputError: ``output.too_large`` when a sheet would have more rows than Excel allows.
    """
    import xlsxwriter

    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, plain)
    writer = _Writer(book)
    writer.summary(title, summarise(records), shares(records))
    lists = {name: writer.sheet(name) for name in (_LIST, _FINDINGS, _CLAIMS)}
    rows: dict[str, list[list[Any]]] = {name: [] for name in lists}
    links: list[str] = []
    for report, link in writer.reports(records):
        links.append(link)
        rows[_LIST].append(_line(report))
        rows[_FINDINGS] += ([report.number, report.label, *_told(told)] for told in report.told)
        rows[_CLAIMS] += _stated(report)
    for name, sheet in lists.items():
        writer.table(sheet, _HEADS[name], rows[name], links)
    book.close()


_HEADS: dict[str, dict[str, int]] = {
    _LIST: {
        "序号": 6, "机关和年份": 34, "状态": 11, "文件": 44, "标题": 40, "已读单元格": 11, "待核对": 9,
        **dict.fromkeys(SEVERITIES.values(), 7),
    },
    _FINDINGS: {
        "序号": 6, "机关和年份": 30, "程度": 7, "代码": 18, "说明": 60, "原因": 14, "可以解释的改动（原文不改）": 44,
        "单元格": 44, "位置": 22, "原文": 44,
    },
    _CLAIMS: {
        "序号": 6, "机关和年份": 30, "单元格": 40, "正文": 12, "单位": 7, "表中": 12, "对照": 14, "原文": 60, "位置": 22,
    },
}  # fmt: skip


def _line(report: Report) -> list[Any]:
    record = report.record
    own = [report.number, report.label, STATUSES[record.status], record.source.name, record.title or ""]
    return [*own, report.cells_read, report.flagged, *(report.of_severity(name) for name in SEVERITIES)]


def _told(told: Told) -> Iterator[Any]:
    yield from (told.severity, told.finding.code, told.finding.message, told.cause)
    yield "；或 ".join("，并且 ".join(fix.words for fix in fixes) for fixes in told.corrections)
    names = "、".join(link.name for link in told.links)
    yield f"{names} 等 {told.others + len(told.links)} 个" if names and told.others else names
    yield told.place
    yield told.excerpt.line if told.excerpt else ""


def _stated(report: Report) -> Iterator[list[Any]]:
    for stated in report.stated:
        claim = stated.claim
        verdict = f"{stated.sign} {stated.verdict}".strip()
        compared = [stated.cell.name, claim.value, claim.unit or "", stated.printed, verdict]
        yield [report.number, report.label, *compared, stated.excerpt.line, stated.place]


class _Writer:
    """Writes the sheets of a workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats = Formats(book)
        self._names: set[str] = set()

    def sheet(self, name: str, *, landscape: bool = True) -> Any:
        """A new sheet, set up for print on A4."""
        name = _sheet_name(name, self._names)
        self._names.add(name.lower())
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(0.4, 0.4, 0.5, 0.5)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C&P / &N")
        return sheet

    def table(self, sheet: Any, heads: dict[str, int], rows: Sequence[Sequence[Any]], links: Sequence[str]) -> None:
        """A list with frozen heads and a filter; the second column leads to the report of the first."""
        if len(rows) >= _MOST_ROWS:
            raise OutputError("核对发现超过 Excel 的行数上限；请分批处理，或用 .html", code="output.too_large")
        for column, (name, width) in enumerate(heads.items()):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, self._formats.head)
        sheet.freeze_panes(1, 2)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, max(1, len(rows)), len(heads) - 1)
        for line, row in enumerate(rows, start=1):
            lines = max(ceil(2.1 * len(str(value)) / width) for value, width in zip(row, heads.values(), strict=True))
            sheet.set_row(line, _LINE * min(max(lines, 1), _MOST_LINES))
            for column, value in enumerate(row):
                self._write(sheet, line, column, value)
            if link := links[row[0] - 1]:
                sheet.write_url(line, 1, link, self._formats.link, safe(row[1]))

    def _write(self, sheet: Any, row: int, column: int, value: Any) -> None:
        if isinstance(value, int | float) and abs(value) < 1e15:
            sheet.write_number(row, column, value, self._formats.text)
        else:
            sheet.write_string(row, column, safe(str(value)), self._formats.text)

    # --- the first sheet ---------------------------------------------------------------------------------------------

    def summary(self, title: str, total: Summary, found: Shares) -> None:
        """The batch in figures, the legend, and the checks."""
        sheet = self.sheet(_SUMMARY)
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 1, 46)
        sheet.set_column(2, 20, 13)
        sheet.write_string(0, 0, safe(title), self._formats.title)
        row = 2
        for name, value in _figures(total):
            sheet.write_string(row, 0, name, self._formats.label)
            self._write(sheet, row, 1, value)
            row += 1
        row = self._legend(sheet, row + 1)
        row = self._lines(sheet, row + 1, _check_lines(total))
        self._lines(sheet, row + 1, _share_lines(found))

    def _legend(self, sheet: Any, row: int) -> int:
        sheet.write_string(row, 0, "图例", self._formats.head)
        for name, style in STYLES.items():
            row += 1
            shown = style.mark if name in ("blank", "dash", "missing") else f"12{style.mark}"
            shown = f"0 {style.mark}12" if name == "proposed" else shown
            sheet.write_string(row, 0, shown, self._formats.cell(name, involved=name == "involved"))
            sheet.write_string(row, 1, style.words, self._formats.text)
        words = f"写明原文和位置；超过 {MOST_SHEETS} 份报告时，只有需要看的单元格才有"
        sheet.write_string(row + 1, 0, "批注", self._formats.label)
        sheet.write_string(row + 1, 1, words, self._formats.text)
        return row + 2

    def _lines(self, sheet: Any, row: int, lines: Iterable[Sequence[Any]]) -> int:
        """A table of which the first line is the heads; the row behind it."""
        for number, line in enumerate(lines):
            for column, value in enumerate(line):
                if number:
                    self._write(sheet, row, column, value)
                else:
                    sheet.write_string(row, column, value, self._formats.head)
            row += 1
        return row

    # --- the reports -------------------------------------------------------------------------------------------------

    def reports(self, records: Sequence[Record]) -> Iterator[tuple[Report, str]]:
        """Draw the tables of all reports; each with the link to it, empty for what could not be read."""
        apart = len(records) <= MOST_SHEETS
        drawing: Drawing | None = None
        for number, record in enumerate(records, start=1):
            report, link = view(record, number), ""
            if record.status != "failed":
                if apart or drawing is None or drawing.count >= _STACKED:
                    if drawing:
                        drawing.finish(_MOST_BREAKS)
                    name = f"{number} {report.label}" if apart else f"各报告（自 {number}）"
                    drawing = Drawing(self.sheet(name), self._formats, all_comments=apart)
                link = drawing.add(report)
            yield report, link
        if drawing:
            drawing.finish(_MOST_BREAKS)


def _figures(total: Summary) -> Iterator[tuple[str, Any]]:
    yield "报告", total.reports
    yield from ((f"　{words}", total.statuses[name]) for name, words in STATUSES.items())
    yield "已读单元格", total.cells_read
    yield "　其中待核对", total.flagged
    yield "文中找不到的单元格", total.missing
    yield "附建议值的单元格", total.proposed
    yield "正文中的数", total.claims
    yield "核对发现", total.severities.total()
    yield from ((f"　{words}", total.severities[name]) for name, words in SEVERITIES.items())
    yield from ((f"　原因：{words}", total.causes[name]) for name, words in CAUSES.items() if name)


def _check_lines(total: Summary) -> Iterator[list[Any]]:
    causes = [words for name, words in CAUSES.items() if name]
    yield ["代码", "要求", "程度", "报告数", "次数", *causes, "相符", "无法核对"]
    for check in chain(total.failing, total.clean):
        counts = [check.reports, check.outcomes["fail"], *(check.causes[name] for name in CAUSES if name)]
        rest = [check.outcomes["pass"], check.outcomes["unverifiable"]]
        yield [check.code, check.meaning, SEVERITIES[check.severity], *counts, *rest]


def _share_lines(found: Shares) -> Iterator[list[Any]]:
    labels = [ALL, *found.years, *found.forms]
    if found.checks:
        yield ["代码", "不符的报告所占比例", *labels]
        for check in found.checks:
            yield [check.code, check.meaning, *(check.share(label).text for label in labels)]


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes for a sheet, unlike the others.

    >>> _sheet_name("3 某局[2021]: 年度/报告", {"a"}), _sheet_name("A", {"a"})
    ('3 某局 2021 年度 报告', 'A 2')
    """
    plain = re.sub(r"\s+", " ", re.sub(r"[\[\]:*?/\\']|[^\w\s（）.-]", " ", name)).strip()[:28].strip() or "报告"
    number, found = 2, plain
    while found.lower() in taken:
        found, number = f"{plain[:26]} {number}", number + 1
    return found
