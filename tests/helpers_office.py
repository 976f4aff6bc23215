"""Reports as Word and Excel files, and what soffice makes of them."""

import io
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt
from helpers_grid import GridCell, GridTable, Paragraph, ReportGrid
from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

_TABLE_WIDTH = 8700  # twentieths of a point: what a page of A4 has between its margins
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_SHEET_NAMES = ("主动公开", "依申请公开", "复议诉讼")


def docx(report: ReportGrid, _: Random) -> bytes:
    """A Word file whose tables have merged cells."""
    document = Document()
    page = document.sections[0]
    page.left_margin = page.right_margin = Cm(2.6)
    page.top_margin = page.bottom_margin = Cm(1.5)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "WenQuanYi Zen Hei", Pt(9)
    style.paragraph_format.space_after = Pt(3)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "WenQuanYi Zen Hei")
    for block in report.blocks:
        if isinstance(block, Paragraph):
            document.add_paragraph(block.text)
        else:
            document.add_paragraph("")._p.addprevious(parse_xml(_table_xml(block)))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _table_xml(table: GridTable) -> str:
    """A table as Word writes it: spans to the right as ``gridSpan``, spans down as cells that continue a merge."""
    unit = _TABLE_WIDTH / sum(table.widths)
    covered = table.covered()
    columns = "".join(f'<w:gridCol w:w="{int(width * unit)}"/>' for width in table.widths)
    rows = []
    for row in range(table.height):
        cells = [covered[row, column] for column in range(len(table.widths)) if covered[row, column].column == column]
        rows.append(f"<w:tr>{''.join(_tc(cell, row, table, unit) for cell in cells)}</w:tr>")
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{_TABLE_WIDTH}" w:type="dxa"/><w:tblBorders>{_BORDERS}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="40" w:type="dxa"/><w:right w:w="40" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _tc(cell: GridCell, row: int, table: GridTable, unit: float) -> str:
    width = int(unit * sum(table.widths[cell.column : cell.column + cell.col_span]))
    span = f'<w:gridSpan w:val="{cell.col_span}"/>' if cell.col_span > 1 else ""
    merge = ""
    if cell.row_span > 1:
        merge = '<w:vMerge w:val="restart"/>' if cell.row == row else "<w:vMerge/>"
    text = cell.text.replace("&", "&amp;").replace("<", "&lt;") if cell.row == row else ""
    run = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{merge}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:spacing w:after="0"/><w:jc w:val="center"/></w:pPr>{run}</w:p></w:tc>'
    )


def xlsx(report: ReportGrid, _: Random) -> bytes:
    """A workbook with everything on one sheet; plain figures are numbers."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "年度报告"
    row = 1
    for block in report.blocks:
        row = _put(sheet, block, row, numbers=True)
    return _saved(book)


def xlsx_three_sheets(report: ReportGrid, _: Random) -> bytes:
    """A workbook with a sheet for each table, under the title and its heading; figures are texts."""
    book = Workbook()
    book.remove(book.worksheets[0])
    headings = [block for block in report.blocks if isinstance(block, Paragraph) and block.kind == "heading"]
    for name, heading, table in zip(_SHEET_NAMES, headings[1:4], report.tables, strict=True):
        sheet, row = book.create_sheet(name), 1
        for block in (Paragraph(report.title, "title"), heading, table):
            row = _put(sheet, block, row, numbers=False)
    return _saved(book)


def _put(sheet: Worksheet, block: Paragraph | GridTable, row: int, *, numbers: bool) -> int:
    """Write a block from a row on; returns the next row."""
    if isinstance(block, Paragraph):
        sheet.cell(row, 1, block.text)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=10)
        return row + 1
    for cell in block.cells:
        first_row, column = row + cell.row, cell.column + 1
        value = _number(cell.text) if numbers and cell.key else None
        written = sheet.cell(first_row, column, cell.text or None if value is None else value)
        written.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        if cell.row_span * cell.col_span > 1:
            sheet.merge_cells(
                start_row=first_row,
                end_row=first_row + cell.row_span - 1,
                start_column=column,
                end_column=column + cell.col_span - 1,
            )
    return row + block.height


def _number(text: str) -> int | float | None:
    """A figure that is printed as a workbook would print it again; None for any other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    plain = text.isascii() and text == text.strip() and "_" not in text
    return (int(text) if value.is_integer() and "." not in text else value) if plain and text[0] != "+" else None


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- soffice ---------------------------------------------------------------------------------------------------------


@cache
def _profile() -> str:
    return tempfile.mkdtemp(prefix="soffice-profile-")


def has_soffice() -> bool:
    """True where soffice is installed."""
    return shutil.which("soffice") is not None


def converted(files: Mapping[str, bytes], target: str, *, timeout: float = 600) -> dict[str, bytes]:
    """Convert files in one run of soffice.

    Args:
        files: bytes by file name; the suffix tells soffice what they are.
        target: what to convert to: a suffix, perhaps with a filter (``pdf``, ``xls:MS Excel 97``).
        timeout: seconds.

    Returns:
        The converted bytes by the name given; files that soffice refused are absent.
    """
    suffix = target.partition(":")[0]
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "in"), Path(folder, "out")
        given.mkdir()
        for name, data in files.items():
            (given / name).write_bytes(data)
        command: Sequence[str] = (
            "soffice", f"-env:UserInstallation=file://{_profile()}", "--headless", "--norestore",
            "--convert-to", target, "--outdir", str(made), *(str(given / name) for name in files),
        )  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=timeout)
        paths = {name: made / f"{Path(name).stem}.{suffix}" for name in files}
        return {name: path.read_bytes() for name, path in paths.items() if path.exists()}


def converted_one(data: bytes, suffix: str, target: str) -> bytes:
    """Convert one file."""
    return converted({f"report.{suffix}": data}, target)[f"report.{suffix}"]
