"""Reports as text and as web pages."""

import json
import re
from html import escape
from random import Random

from helpers_grid import GridCell, GridTable, Paragraph, ReportGrid

_SOME_ENDS = re.compile(r"</(?:td|tr|p|span)>")
_ANY_END = re.compile(r"</(?:td|tr|p|span|tbody|table|h1|h3|div)>")
_DROPPED = 0.3


def markdown(report: ReportGrid, _: Random) -> bytes:
    """Pipe tables. A place that a span from above covers is an empty cell, one that a span from the left covers is none."""
    lines: list[str] = []
    for block in report.blocks:
        if isinstance(block, Paragraph):
            lines += [{"title": "# ", "heading": "## "}.get(block.kind, "") + block.text, ""]
            continue
        for number, row in enumerate(_flat_rows(block)):
            lines.append(f"| {' | '.join(row)} |")
            if number == 0:
                lines.append("|" + " --- |" * len(block.widths))
        lines.append("")
    return "\n".join(lines).encode()


def tab_text(report: ReportGrid, _: Random) -> bytes:
    """Tabs between cells, as a table is copied from a word processor."""
    lines: list[str] = []
    for block in report.blocks:
        lines += [block.text] if isinstance(block, Paragraph) else ["\t".join(row) for row in _flat_rows(block)]
    return "\n".join(lines).encode()


def cell_a_line(report: ReportGrid, _: Random) -> bytes:
    """Each cell on a line of its own, a pipe at its end."""
    lines: list[str] = []
    for block in report.blocks:
        if isinstance(block, Paragraph):
            lines.append(block.text)
        else:
            lines += [f"{cell.text} |" if cell.text else "|" for row in block.rows() for cell in row]
    return "\n".join(lines).encode()


def _flat_rows(table: GridTable) -> list[list[str]]:
    covered = table.covered()
    rows = []
    for row in range(table.height):
        texts = []
        for column in range(len(table.widths)):
            cell = covered[row, column]
            if cell.column == column:
                texts.append(cell.text if cell.row == row else "")
        rows.append(texts)
    return rows


# --- web pages -------------------------------------------------------------------------------------------------------


def _body(report: ReportGrid) -> str:
    parts = []
    for block in report.blocks:
        if isinstance(block, GridTable):
            rows = "".join(f"<tr>{''.join(map(_td, row))}</tr>\n" for row in block.rows())
            parts.append(f'<table border="1" align="center"><tbody>{rows}</tbody></table>')
        else:
            tag = {"title": "h1", "heading": "h3"}.get(block.kind, "p")
            parts.append(f"<{tag}>{escape(block.text)}</{tag}>")
    return "\n".join(parts)


def _td(cell: GridCell) -> str:
    spans = "".join(
        f' {name}="{span}"' for name, span in (("rowspan", cell.row_span), ("colspan", cell.col_span)) if span > 1
    )
    text = escape(cell.text, quote=False).replace("\u00a0", "&nbsp;") or "&nbsp;"
    return f'<td{spans} style="border:1px solid"><p align="center"><span>{text}</span></p></td>'


def page(report: ReportGrid, body: str | None = None, head: str = '<meta charset="utf-8">') -> str:
    """A whole page with the menu and the foot that sites put around a report."""
    return (
        f"<!DOCTYPE html>\n<html><head>{head}<title>{escape(report.title)}</title>"
        "<style>td{padding:2px}</style></head>\n<body>"
        '<div class="menu"><ul><li><a href="/">首页</a></li><li><a href="/gk">政务公开</a></li></ul></div>\n'
        f'<div id="content">{_body(report) if body is None else body}</div>\n'
        '<div class="foot"><p>主办单位：办公室　网站标识码：0000000000</p></div></body></html>'
    )


def html_clean(report: ReportGrid, _: Random) -> bytes:
    """Markup as an editor writes it."""
    return page(report).encode()


def html_broken(report: ReportGrid, random: Random) -> bytes:
    """Three end tags in ten of cells, rows, paragraphs and spans are lost."""
    return _without(_SOME_ENDS, page(report), random).encode()


def html_broken_hard(report: ReportGrid, random: Random) -> bytes:
    """Three end tags in ten of any element are lost, those of tables too."""
    return _without(_ANY_END, page(report), random).encode()


def _without(ends: re.Pattern[str], markup: str, random: Random) -> str:
    return ends.sub(lambda match: "" if random.random() < _DROPPED else match.group(), markup)


def html_gb18030(report: ReportGrid, _: Random) -> bytes:
    """GB18030, and the page does not say so."""
    return page(report, head="").encode("gb18030")


def html_in_script(report: ReportGrid, _: Random) -> bytes:
    """The page is empty, and a script writes the report into it."""
    literal = json.dumps(_body(report), ensure_ascii=False).replace("</", "<\\/")
    script = f"<script>var text = {literal};\ndocument.getElementById('content').innerHTML = text;</script>"
    return page(report, body=script).encode()
