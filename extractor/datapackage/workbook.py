"""``dataset.xlsx``: a sheet a table, and a data dictionary in Chinese and English. Texts in it are never formulas."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from extractor.datapackage.batch import Batch
from extractor.datapackage.descriptor import Content, Sheet, dictionary
from extractor.datapackage.tables import TEXTS, Column, Table
from extractor.export import plain_text

NAME = "dataset.xlsx"
MOST_ROWS = 1_048_575
"""Rows below the heads of a sheet."""
_DICTIONARY = "数据字典 dictionary"
_ORDER = ("reports", "findings", "files", "claims", _DICTIONARY, "cells")
_HEADS = (
    "表 table", "列 column", "Stata 变量 variable", "类型 type", "名称 title", "说明", "description", "可能的值 values",
    "单位 unit",
)  # fmt: skip
_WIDTHS = (10, 44, 34, 10, 44, 70, 70, 44, 10)
_ENGLISH = _HEADS.index("description")
_WIDTH = 14
_NO_TIME = datetime(2000, 1, 1)  # the same dataset makes the same file; Excel knows no time zones


class Workbook:
    """Writes ``dataset.xlsx``.

    Args:
        folder: where it goes.
        scratch: a folder for what is kept until all rows are known.
        tables: by name.
        with_cells: whether the cells have a sheet. Of any other table, what one sheet has no room for goes on in the next.
    """

    def __init__(self, folder: Path, scratch: Path, tables: Mapping[str, Table], *, with_cells: bool) -> None:
        import xlsxwriter

        plain = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
        self._file = (folder / NAME).open("xb")
        self._book = xlsxwriter.Workbook(self._file, plain | {"constant_memory": True, "tmpdir": str(scratch)})
        self._book.use_zip64()
        self._book.set_properties({"title": "gongkai", "created": _NO_TIME})
        self._head = self._book.add_format({"bold": True, "bg_color": "#e9eef2", "bottom": 1})
        self._wrap = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._sheets: dict[str, _Sheet] = {}
        self.done: list[Sheet] = []
        for name in _ORDER:
            if name == _DICTIONARY:
                self._dictionary = self._book.add_worksheet(name)
            elif name != "cells" or with_cells:
                self._open(tables[name])

    def _open(self, table: Table) -> None:
        number = sum(it.table == table.name for it in self.done) + 1
        name = table.name if number == 1 else f"{table.name} {number}"
        self._sheets[table.name] = _Sheet(self._book.add_worksheet(name), table, self._head)

    def write(self, batch: Batch) -> None:
        """Add rows to a table."""
        name = batch.table.name
        rows: Sequence[Sequence[Any]] = list(zip(*batch.columns, strict=True))
        while name in self._sheets and rows:
            sheet = self._sheets[name]
            room = MOST_ROWS - sheet.rows
            if not room:
                self._done(name)
                self._open(batch.table)
                continue
            sheet.write(rows[:room])
            rows = rows[room:]

    def _done(self, name: str) -> None:
        sheet = self._sheets.pop(name)
        sheet.finish()
        self.done.append(Sheet(sheet.worksheet.get_name(), name, sheet.rows))

    def describe(self, content: Content) -> None:
        """Write the dictionary, when all rows are there."""
        sheet, number = self._dictionary, 0
        for number, (zh, en) in enumerate(_about(content)):
            sheet.write_string(number, 0, zh)
            sheet.write_string(number, _ENGLISH, en)
        heads = number + 2
        for place, (head, width) in enumerate(zip(_HEADS, _WIDTHS, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(heads, place, head, self._head)
        for number, row in enumerate(dictionary(content.tables.values()), start=heads + 1):
            for place, text in enumerate(row):
                sheet.write_string(number, place, text, self._wrap)
        sheet.autofilter(heads, 0, number, len(_HEADS) - 1)

    def finish(self) -> None:
        """Write the file."""
        from xlsxwriter.exceptions import FileCreateError

        for name in list(self._sheets):
            self._done(name)
        try:
            self._book.close()
        except FileCreateError as error:
            raise error.args[0] from None
        self._file.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _about(content: Content) -> Iterator[tuple[str, str]]:
    """What stands above the dictionary, Chinese and English."""
    yield "政府信息公开工作年度报告数据集", "Dataset of government information-disclosure annual reports"
    yield from content.notes
    yield f"由 {content.reading} 读取", f"Read by {content.reading}"
    yield "过长的文字在工作簿中截断，末尾为“…”。", "Texts that are too long for Excel are cut, with … at their end."
    for name, rows in content.rows.items():
        table = content.tables[name]
        yield f"{table.title} {name}：{rows:,} 行。{table.zh}", f"{name}: {rows:,} rows. {table.en}"


class _Sheet:
    """A sheet with its heads."""

    def __init__(self, worksheet: Any, table: Table, head: Any) -> None:
        self.worksheet, self.rows = worksheet, 0
        self._writers = [self._writer(column) for column in table.columns]
        worksheet.set_column(0, len(table.columns) - 1, _WIDTH)
        worksheet.freeze_panes(1, 0)
        for place, name in enumerate(table.names):
            worksheet.write_string(0, place, name, head)

    def _writer(self, column: Column) -> Callable[[int, int, Any], Any]:
        sheet = self.worksheet
        if column.kind == "free":
            return lambda row, place, text: sheet.write_string(row, place, plain_text(text)) if text else None
        if column.kind in TEXTS:
            return sheet.write_string  # type: ignore[no-any-return]
        return sheet.write_boolean if column.kind == "flag" else sheet.write_number  # type: ignore[no-any-return]

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows."""
        writers = self._writers
        for number, row in enumerate(rows, start=self.rows + 1):
            for place, value in enumerate(row):
                if value is not None:
                    writers[place](number, place, value)
            self.rows = number

    def finish(self) -> None:
        """Let people filter the rows."""
        self.worksheet.autofilter(0, 0, max(self.rows, 1), len(self._writers) - 1)
