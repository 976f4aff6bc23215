"""What else a reviewer should know of a document and its tables, besides the relations."""

from collections.abc import Iterator, Mapping, Sequence

from extractor.document import Document
from extractor.identity import Identity
from extractor.label import LabelledTable
from extractor.record import CellValue, Finding

_MOST_NAMED = 5


def document_findings(
    document: Document, identity: Identity, year: int | None, missing: Sequence[str] = ()
) -> Iterator[Finding]:
    """Damage of the text, tables that may stand where we can't read them, and years that contradict each other.

    Args:
        document: the document.
        identity: what it says of itself.
        year: the year it is said to be of.
        missing: titles of the tables that were not found.
    """
    for damage in document.damage:
        yield Finding("document.damaged", "fail", "warning", damage)
    if missing and document.attachments:
        others = len(document.attachments) - _MOST_NAMED
        named = "、".join(document.attachments[:_MOST_NAMED]) + (f" 等 {others + _MOST_NAMED} 项" if others > 0 else "")
        yield Finding(
            "document.attachment",
            "fail",
            "warning",
            f"没有找到 {len(missing)} 张表（{'、'.join(missing)}），可能在未读取的内容中：{named}；请取得附件后另行读取",
        )
    if year is not None and identity.year is not None and year != identity.year:
        yield Finding("document.year", "fail", "warning", f"指定的年份是 {year}，报告自称 {identity.year} 年")


def table_findings(table: LabelledTable, values: Mapping[str, CellValue]) -> Iterator[Finding]:
    """Values that are no cell, rows printed twice, heads that are not the form's, rows that are not there."""
    title = table.form.title
    for segment in table.unread:
        if all(token.number is None or token.number.value is None for token in segment.values):
            continue  # 无。 between a heading and its table
        label = segment.label.text[:20] if segment.label else "（无标签）"
        printed = " ".join(token.text for token in segment.values if token.text)[:60]
        yield Finding(
            "table.unread",
            "fail",
            "warning",
            f"{title}：“{label}”后的数字 {printed} 不属于表中任何一行",
            where=segment.values[0].where,
        )
    for row in table.rows:
        if row.conflict:
            message = f"{title}：同一行印了多次且数字不同，未取值"
            yield Finding("table.repeated_row", "fail", "warning", message, cells=row.cells, where=row.where)
        if row.odd_heads:
            cells = tuple(sorted(row.odd_heads))
            message = f"{title}：列标题与官方表格不同，含义可能已变"
            yield Finding("table.head_changed", "fail", "warning", message, cells=cells, where=row.where)
        if row.by_order and row.has_values:
            message = f"{title}：该行没有标签，按顺序判断"
            yield Finding("table.row_by_order", "fail", "info", message, cells=row.cells, where=row.where)
    missing = tuple([key for key, cell in values.items() if cell.state == "missing"])
    if missing:
        yield Finding(
            "table.incomplete", "fail", "warning", f"{title}：有 {len(missing)} 个单元格在文中找不到", cells=missing
        )
