"""The reader of workbooks: XLSX, XLS and ODS.

``python-calamine`` gives the values. The XML of a workbook is looked through before: calamine lays a sheet out in memory from
its first cell to its last, however far apart they are, gives errors and formulas without a result as blanks, and tells
neither of hidden rows and columns nor, for ODS, of merged cells.
"""

import io
import math
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache, partial, reduce
from itertools import product
from typing import NamedTuple, TypeVar
from xml.parsers import expat

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from extractor.document import Document, Source, printable
from extractor.errors import InputError
from extractor.readers.builder import Builder, Printed
from extractor.readers.containers import open_part, open_zip, read_part
from extractor.readers.formats import Format
from extractor.settings import Settings

T = TypeVar("T")
Value = str | float | int | bool | date | time | timedelta
Place = tuple[int, int]
Attributes = dict[str, str]

_NO_RESULT = "公式无结果"  # words, so that a formula without a result is neither a blank nor a number
_ENCRYPTED = "工作簿有密码，打不开；请去掉密码后重新保存"
_SPREAD = 20  # a sheet may be laid out over so many times the cells that a document may have
_XLS_ERROR = re.compile(
    rb"\x06\x00.\x00.{6}(?:\x02.[\x07\x0f\x17\x1d\x24\x2a]|\x03..)...\xff\xff|\x05\x02\x08\x00.{7}\x01", re.DOTALL
)
_SHOWN = 100  # characters of a cell are enough to tell an error
_PICTURE = re.compile(r"(?:xl/media|Pictures)/[^/]+\.(?:png|jpe?g|tiff?|bmp|gif|emf|wmf)", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


class _Area(NamedTuple):
    """Cells from ``row`` and ``column`` to ``last_row`` and ``last_column``, which count from 0."""

    row: int
    column: int
    last_row: int
    last_column: int

    def places(self) -> Iterator[Place]:
        """Row and column of each of its cells."""
        return product(range(self.row, self.last_row + 1), range(self.column, self.last_column + 1))


class _Layout:
    """What calamine does not tell of a sheet.

    Attributes:
        merges: its merged cells.
        texts: what stands in cells that calamine gives as blanks, or as another value than the sheet shows.
        hidden_rows: first and last of rows that are not shown.
        hidden_columns: first and last of columns that are not shown.
    """

    def __init__(self, settings: Settings) -> None:
        self.merges: list[_Area] = []
        self.texts: dict[Place, str] = {}
        self.hidden_rows: list[Place] = []
        self.hidden_columns: list[Place] = []
        self._limit = _SPREAD * settings.max_document_cells
        self._used: _Area | None = None

    def use(self, row: int, column: int, last_row: int, last_column: int) -> None:
        """Note cells that are not empty; it is an InputError when they lie too far from the others."""
        top, left, bottom, right = self._used or (row, column, row, column)
        if top <= row and left <= column and bottom >= last_row and right >= last_column and self._used:
            return
        top, left, bottom, right = min(top, row), min(left, column), max(bottom, last_row), max(right, last_column)
        self._used = _Area(top, left, bottom, right)
        if (bottom - top + 1) * (right - left + 1) > self._limit:
            raise InputError(
                f"工作表的内容到 {_letters(right)}{bottom + 1} 为止，范围太大；请删除远处的单元格",
                code="input.too_many_cells",
            )

    def merged(self, used: _Area) -> tuple[dict[Place, _Area], set[Place]]:
        """Its merged cells by their top left, as far as cells are used, and the places that they cover."""
        merged: dict[Place, _Area] = {}
        taken: set[Place] = set()
        for row, column, last_row, last_column in sorted(self.merges):
            area = _Area(row, column, min(last_row, used.last_row), min(last_column, used.last_column))
            if taken.isdisjoint(area.places()):  # as all are in a sound workbook
                taken.update(area.places())
                merged[row, column] = area
        return merged, taken - merged.keys()


def read_workbook(data: bytes, source: Source, settings: Settings) -> Document:
    """Read the sheets of a workbook; hidden ones only when no other has text.

    Raises:
        InputError: ``input.encrypted``, ``input.damaged``, ``input.empty``, ``input.too_many_cells`` or a limit.
    """
    builder = Builder(source, settings)
    archive = None if source.media_type == Format.XLS else open_zip(data, settings)
    layouts = _guarded(partial(_layouts, archive, settings)) if archive else []
    book = _guarded(partial(CalamineWorkbook.from_filelike, io.BytesIO(data)))
    damage = ["有公式出错或没有结果，读成了空白；请核对"] if not archive and _XLS_ERROR.search(data) else []
    for shown in (True, False):
        written = False
        for place, sheet in enumerate(book.sheets_metadata):
            if sheet.typ is SheetTypeEnum.WorkSheet and (sheet.visible is SheetVisibleEnum.Visible) is shown:
                layout = layouts[place] if place < len(layouts) else _Layout(settings)
                if texts := _guarded(partial(_texts, book, place, layout)):
                    damage += _write_sheet(sheet.name, texts, layout, builder)
                    written = True
        if written:
            break
    for picture in filter(_PICTURE.fullmatch, archive.namelist() if archive else ()):
        builder.attachment(f"图片 {printable(picture)}")
    return builder.finish(damage)


def _guarded(read: Callable[[], T]) -> T:
    """What ``read`` gives; whatever else it raises, a panic of calamine's Rust code too, is an :class:`InputError`."""
    try:
        return read()
    except (InputError, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except PasswordError:
        raise InputError(_ENCRYPTED, code="input.encrypted") from None
    except BaseException:
        raise InputError("工作簿已损坏，打不开；请用 Excel 或 WPS 打开后重新保存", code="input.damaged") from None


def _texts(book: CalamineWorkbook, place: int, layout: _Layout) -> dict[Place, str]:
    """The cells of a sheet that are not blank. Its merged cells go to ``layout``, if calamine knows them."""
    sheet = book.get_sheet_by_index(place)
    layout.merges += [_Area(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
    if sheet.start and sheet.end:
        layout.use(*sheet.start, *sheet.end)
    row, column = sheet.start or (0, 0)
    found = {
        (y, x): text
        for y, values in enumerate(sheet.to_python(), start=row)
        for x, value in enumerate(values, start=column)
        if value != "" and (text := _text(value)).strip()
    }
    return found | layout.texts


def _text(value: Value) -> str:
    """A value as text. Dates, durations and truth values are written in words, so that none is taken for a number.

    >>> _text(13.0), _text(0.1 + 0.2), _text(1e20), _text(-0.0), _text(date(2023, 5, 1)), _text(True)
    ('13', '0.3', '100000000000000000000', '0', '2023年5月1日', 'TRUE')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return format(Decimal(f"{value + 0.0:.15g}"), "f")
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    if isinstance(value, time):
        return f"{value.hour}时{value.minute}分"
    if isinstance(value, timedelta):
        return f"{value.days}天{value.seconds // 60}分"
    return str(value).upper()


def _write_sheet(name: str, texts: dict[Place, str], layout: _Layout, builder: Builder) -> Iterator[str]:
    """Write the rows of a sheet down, with all their cells but those that a merged cell covers.

    A lone text that stands above the rows, or over all their width, is no row. Gives what is left out, in words for the user.
    """
    builder.section(name)
    rows, columns = [row for row, _ in texts], [column for _, column in texts]
    used = _Area(min(rows), min(columns), max(rows), max(columns))
    merged, covered = layout.merged(used)
    hidden_rows, hidden_columns = map(_all_of, (layout.hidden_rows, layout.hidden_columns), used[2:])
    letters = {x: _letters(x) for x in range(used.column, used.last_column + 1) if x not in hidden_columns}
    lines: dict[int, dict[int, str]] = {}
    for (row, column), text in sorted(texts.items()):
        if (row, column) not in covered:
            lines.setdefault(row, {})[column] = text
    if hidden_rows & lines.keys() or any(hidden_columns & line.keys() for line in lines.values()):
        yield f"工作表“{name}”隐藏的行或列里有内容，没有读取"
    in_table = False
    for row in (row for row in lines if row not in hidden_rows):
        cells = []
        for column, letter in letters.items():
            if (row, column) not in covered:
                _, _, last_row, last_column = merged.get((row, column)) or (0, 0, row, column)
                spans = last_row - row + 1, last_column - column + 1
                path = f"{name}!{letter}{row + 1}"
                cells.append(Printed(lines[row].get(column, ""), column, last_column + 1, *spans, path))
        found = [cell for cell in cells if cell.text]
        in_table = len(found) > 1 or (in_table and row - 1 in lines)
        alone = len(found) == 1 and (not in_table or found[0].col_span > used.last_column - used.column)
        if alone and _LETTER.search(found[0].text):
            builder.prose(found[0].text, path=found[0].path)
        else:
            builder.row(cells)


def _all_of(ranges: Iterable[Place], end: int) -> set[int]:
    return {place for first, last in ranges for place in range(first, min(last, end) + 1)}


def _letters(column: int) -> str:
    """The name of a column.

    >>> _letters(1), _letters(16383)
    ('B', 'XFD')
    """
    before, last = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(65 + last)


class _Part:
    """What is told of the elements of a part in XML."""

    def __init__(self) -> None:
        self.elements: list[tuple[str, Attributes]] = []
        self.value = ""  # text since it was last emptied

    def _start(self, name: str, attributes: Attributes) -> None:
        if (kind := name.rpartition(":")[2]) in ("sheet", "Relationship", "calcPr"):
            self.elements.append((kind, attributes))

    def _end(self, name: str) -> None:
        pass

    def _text(self, text: str) -> None:
        if len(self.value) < _SHOWN:
            self.value += text

    def _refuse(self, *_: object) -> None:
        raise ValueError  # a document type could define entities

    def scan(self, archive: zipfile.ZipFile, member: str) -> None:
        """Go through a member of the workbook."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self._text, self._refuse
        with open_part(archive, member) as part:
            parser.ParseFile(part)


def _layouts(archive: zipfile.ZipFile, settings: Settings) -> list[_Layout]:
    """The layouts of the sheets in order; none for a workbook whose parts have other names."""
    members = {member.casefold(): member for member in archive.namelist()}
    if "content.xml" in members:
        if b"encryption-data" in read_part(archive, members["meta-inf/manifest.xml"], 1 << 20):
            raise InputError(_ENCRYPTED, code="input.encrypted")
        tables = _OpenTables(settings)
        tables.scan(archive, members["content.xml"])
        return tables.layouts
    if "xl/workbook.xml" not in members:
        return []
    book = _Part()
    book.scan(archive, members["xl/_rels/workbook.xml.rels"])
    book.scan(archive, members["xl/workbook.xml"])
    targets = {element["Id"]: element["Target"] for kind, element in book.elements if kind == "Relationship"}
    is_stale = any(element.get("fullCalcOnLoad") in ("1", "true") for _, element in book.elements)
    layouts = []
    for relation in (element.get("r:id", "") for kind, element in book.elements if kind == "sheet"):
        sheet = _Sheet(_Layout(settings), is_stale)
        target = posixpath.normpath(posixpath.join("/xl", targets.get(relation, "")))[1:].casefold()
        if target in members:
            sheet.scan(archive, members[target])
        layouts.append(sheet.layout)
    return layouts


class _Sheet(_Part):
    """The layout of a sheet of an XLSX workbook.

    ``is_stale``: results of formulas are to be computed when the workbook is opened, by the wish of a program that could not
    compute them and wrote zeros.
    """

    def __init__(self, layout: _Layout, is_stale: bool) -> None:
        super().__init__()
        self.layout = layout
        self._is_stale = is_stale
        self._row, self._column = -1, -1
        self._kind, self._has_formula = "", False

    def _start(self, name: str, attributes: Attributes) -> None:
        kind = name.rpartition(":")[2]
        if kind == "c":
            self._column += 1
            if reference := attributes.get("r"):
                self._row, self._column = _place(reference)
            self._kind, self._has_formula, self.value = attributes.get("t", ""), False, ""
        elif kind == "f":
            self._has_formula = True
        elif kind == "row":
            self._row, self._column = int(attributes.get("r", self._row + 2)) - 1, -1
            if attributes.get("hidden") in ("1", "true"):
                self.layout.hidden_rows.append((self._row, self._row))
        elif kind == "col" and attributes.get("hidden") in ("1", "true"):
            self.layout.hidden_columns.append((int(attributes["min"]) - 1, int(attributes["max"]) - 1))

    def _end(self, name: str) -> None:
        kind = name.rpartition(":")[2]
        if kind == "f":
            self.value = ""
        elif kind == "c":
            place, value = (self._row, self._column), self.value.strip()
            if value or self._has_formula:
                self.layout.use(*place, *place)
            if self._kind == "e":
                self.layout.texts[place] = _error(value)
            elif self._has_formula and (self._is_stale or (not value and self._kind != "str")):
                self.layout.texts[place] = _NO_RESULT


def _error(code: str) -> str:
    """An error in words without figures and punctuation, by which ``#DIV/0!`` could be taken for a number or a sentence."""
    return "公式出错" + "".join(filter(str.isalpha, code))


@lru_cache(maxsize=4096)
def _place(reference: str) -> Place:
    """Row and column of a cell by its name.

    >>> _place("B5"), _place("XFD1")
    ((4, 1), (0, 16383))
    """
    letters = reference.rstrip("0123456789")
    column = reduce(lambda column, letter: 26 * column + ord(letter) - 64, letters, 0)
    return int(reference[len(letters) :]) - 1, column - 1


class _OpenTables(_Part):
    """The layouts of the sheets of an ODS workbook."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.layouts: list[_Layout] = []
        self._settings = settings
        self._row = self._column = 0
        self._rows = 1  # that the present row stands for
        self._cell: Attributes = {}

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == "table:table":
            self.layouts.append(_Layout(self._settings))
            self._row = self._column = 0
        elif name == "table:table-column":
            columns = int(attributes.get("table:number-columns-repeated", 1))
            if attributes.get("table:visibility", "visible") != "visible":
                self.layouts[-1].hidden_columns.append((self._column, self._column + columns - 1))
            self._column += columns
        elif name == "table:table-row":
            self._column = 0
            self._rows = int(attributes.get("table:number-rows-repeated", 1))
            if attributes.get("table:visibility", "visible") != "visible":
                self.layouts[-1].hidden_rows.append((self._row, self._row + self._rows - 1))
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._cell, self.value = attributes, ""

    def _end(self, name: str) -> None:
        if name == "table:table-row":
            self._row += self._rows
        elif name == "office:annotation":  # the text of a note is none of the cell
            self.value = ""
        elif name in ("table:table-cell", "table:covered-table-cell"):
            columns = int(self._cell.get("table:number-columns-repeated", 1))
            area = _Area(self._row, self._column, self._row + self._rows - 1, self._column + columns - 1)
            self._column += columns
            text = _open_text(self._cell, self.value)
            if text or self.value or "office:value-type" in self._cell:
                self.layouts[-1].use(*area)
            if text:
                self.layouts[-1].texts |= dict.fromkeys(area.places(), text)
            down, across = (int(self._cell.get(f"table:number-{of}-spanned", 1)) for of in ("rows", "columns"))
            if down > 1 or across > 1:
                self.layouts[-1].merges.append(_Area(*area[:2], area.row + down - 1, area.column + across - 1))


def _open_text(cell: Attributes, shown: str) -> str:
    """What is to be written for a cell of an ODS workbook in place of its value; empty when the value says it."""
    kind = cell.get("office:value-type")
    if cell.get("calcext:value-type") == "error":
        return _error(shown)
    if shown in ("TRUE", "FALSE"):
        return shown
    if kind == "boolean":
        return cell.get("office:boolean-value", "").upper()
    if kind == "time":
        return cell.get("office:time-value", "").removeprefix("PT").translate(str.maketrans("HMS", "时分秒"))
    return _NO_RESULT if "table:formula" in cell and kind is None and not shown else ""
