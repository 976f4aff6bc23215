"""Records in the terminal: the tables laid out like the official form, doubtful cells coloured, findings below."""

from collections.abc import Iterator
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from extractor.forms import FormBlock, FormRow, FormTable, Severity
from extractor.record import CellValue, Finding, Record
from extractor.vocabulary import vocabulary

_STATES = {"blank": "（空）", "dash": "（无）", "missing": "·", "note": "（注）"}
_STATUS = {"ok": "[green]通过[/]", "review": "[yellow]需要人工核对[/]", "failed": "[red]未能读取[/]"}
_SEVERITIES: dict[Severity, str] = {"error": "red", "warning": "yellow", "info": "cyan"}
_MOST_FINDINGS = 20
_LABEL_WIDTH, _COLUMN_WIDTH = 30, 8


def show(record: Record, console: Console) -> None:
    """Print a record for a person to read."""
    console.rule(Text(record.title or record.source.name))
    agency, year = _whose(record)
    flagged = sum(cell.review for cell in _cells_read(record))
    console.print(f"机关：{agency}　年份：{year}　状态：{_STATUS[record.status]}　待核对单元格（标 *）：{flagged}")
    for family in vocabulary().families:
        form_name = record.tables.get(family.table)
        form = next((form for form in family.forms if form.form == form_name), None)
        if form is None:
            console.print(f"{family.forms[0].title}：文中没有这张表", style="dim")
            continue
        for table in _tables(form, record):
            console.print(table)
    _show_findings(record, console)


def _whose(record: Record) -> tuple[str, str]:
    """Agency and year, safe to print."""
    return escape(record.agency or "未说明"), str(record.year or "未说明")


def _cells_read(record: Record) -> list[CellValue]:
    """The cells that the document has."""
    return [cell for cell in record.cells.values() if cell.state != "missing"]


class Summary:
    """A table of many records, a line each: what was read, and what a person must look at."""

    def __init__(self) -> None:
        self.table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for heading in ("文件", "机关", "年份", "表格版本"):
            self.table.add_column(heading, overflow="fold")
        for heading in ("已读", "待核对", "原文不符"):
            self.table.add_column(heading, justify="right")
        self.table.add_column("状态")

    def add(self, record: Record) -> None:
        """Add the line of a record."""
        read = _cells_read(record)
        flagged = sum(cell.review for cell in read)
        self.table.add_row(
            escape(Path(record.source.name).name),
            *_whose(record),
            " ".join(form or "无" for form in record.tables.values()),
            str(len(read) - flagged),
            str(flagged),
            str(sum(finding.cause == "agency" for finding in record.findings)),
            _STATUS[record.status],
        )


def _tables(form: FormTable, record: Record) -> Iterator[Table]:
    """The tables of a form, one for each set of column heads."""
    for place, block in enumerate(form.blocks):
        title = form.title if place == 0 else None
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        table.add_column(block.caption or "", no_wrap=True, overflow="ellipsis", width=_LABEL_WIDTH)
        shown = _columns_printed(form, block, record)
        for label in shown.values():
            table.add_column(label, justify="right", max_width=_COLUMN_WIDTH, overflow="fold")
        for row in block.rows:
            keys = [f"{form.table}.{row.key}.{column}" for column in shown]
            table.add_row(Text(_row_label(row, block)), *(_cell_text(record.cells.get(key)) for key in keys))
        yield table


def _row_label(row: FormRow, block: FormBlock) -> str:
    """The label of a row as the form prints it, with the group that it stands in."""
    parent = next((group for group in block.groups if group.key == row.parent), None)
    if not row.enumerator:
        return row.label
    if row.enumerator.isdigit() and parent:
        return f"（{parent.enumerator}）{row.enumerator}.{row.label}"
    return f"（{row.enumerator}）{row.label}" if parent else f"{row.enumerator}、{row.label}"


def _columns_printed(form: FormTable, block: FormBlock, record: Record) -> dict[str, str]:
    """The columns of a block by key: those of the form, or of the other form that an agency printed it in."""
    first = block.rows[0].key
    for other in (form, *vocabulary().family(form.table).forms):
        found = other.block(first)
        if found and any(f"{form.table}.{row.key}.{found.columns[0].key}" in record.cells for row in block.rows):
            return {column.key: column.label for column in found.columns}
    return {column.key: column.label for column in block.columns}


def _cell_text(cell: CellValue | None) -> Text:
    if cell is None:
        return Text("")
    text = _STATES.get(cell.state, "") if cell.value is None else cell.text
    if cell.value is None and cell.review and cell.state != "missing":
        text = "？" if cell.proposed is None else f"？{cell.proposed.value}"
    if cell.state == "missing":
        return Text(text, style="dim")
    return Text(f"{text}*", style="bold yellow") if cell.review else Text(text)


def _show_findings(record: Record, console: Console) -> None:
    failed = [finding for finding in record.findings if finding.outcome == "fail"]
    passed = sum(finding.outcome == "pass" for finding in record.findings)
    unverifiable = sum(finding.outcome == "unverifiable" for finding in record.findings)
    console.print(f"核对：相符 {passed}，不符或需注意 {len(failed)}，无法核对 {unverifiable}")
    for finding in failed[:_MOST_FINDINGS]:
        console.print(_finding_text(finding))
    if len(failed) > _MOST_FINDINGS:
        console.print(f"……另有 {len(failed) - _MOST_FINDINGS} 条，见 JSON")


def _finding_text(finding: Finding) -> Text:
    cause = {"agency": "（原文如此）", "misread": "（可能误读）", "unknown": ""}.get(finding.cause or "", "")
    place = f"　第 {finding.where.line} 行" if finding.where and finding.where.line else ""
    return Text.assemble(
        ("● ", _SEVERITIES[finding.severity]), (finding.code, "dim"), f"　{finding.message}{cause}{place}"
    )
