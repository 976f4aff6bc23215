"""What a web page consists of, paragraphs and tables, and how it is printed: lines of prose and rows at their grid columns."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from extractor.errors import InputError
from extractor.fold import width
from extractor.numbers import parse
from extractor.readers.builder import Printed, plain

MAX_COLUMNS = 1000
"""The widest span that HTML allows."""
_MAX_ROW_SPAN = 65534
_LONG = 300
"""Several paragraphs of so many characters are no cell of a form."""
_SHORT = 60
_HEADING = re.compile(r"^[一二三四五六七八九十]{1,2}、")
_PICTURE = "［图片］"


class Text(NamedTuple):
    """A paragraph, or what else stands between two breaks. ``path`` names its element.

    ``link``: all of it is links. ``lines``: its line breaks and spaces are printed (``<pre>``).
    """

    text: str
    path: str
    link: bool = False
    lines: bool = False


@dataclass(slots=True)
class PageCell:
    """A cell as the page writes it: ``row_span`` 0 goes down to the last row of its group; ``picture``: it holds one."""

    path: str
    col_span: int = 1
    row_span: int = 1
    flow: "list[Part]" = field(default_factory=list)
    picture: bool = False

    @property
    def text(self) -> str:
        """All of its text; what stands in different paragraphs is apart."""
        return joined(self.flow)

    @property
    def has_table(self) -> bool:
        """True when a table of several cells stands in it."""
        return PageTable in map(type, self.flow)


@dataclass(slots=True)
class PageRow:
    """A row of a table. ``group`` numbers the ``<tbody>`` that it is in."""

    group: int
    cells: list[PageCell] = field(default_factory=list)


@dataclass(slots=True)
class PageTable:
    """A table: its rows, and the paragraphs between them."""

    path: str
    parts: "list[Part]" = field(default_factory=list)

    @property
    def cells(self) -> list[PageCell]:
        """All of its cells."""
        return [cell for part in self.parts if isinstance(part, PageRow) for cell in part.cells]


Part = Text | PageRow | PageTable
"""What a page, a cell (paragraphs and tables) or a table (rows and paragraphs) consists of."""
PrintedRow = list[Printed]


class _Placed(NamedTuple):
    """A cell at its grid column, with the spans that it really has."""

    cell: PageCell
    x: int
    col_span: int
    row_span: int

    def printed(self, flow: Sequence[Part]) -> Printed:
        """The cell with the text of ``flow``."""
        text = joined(flow)
        if self.cell.picture and not text.strip():
            text = _PICTURE  # it is not blank
        return Printed(text, self.x, self.x + self.col_span, self.row_span, self.col_span, self.cell.path)


def joined(flow: Sequence[Part]) -> str:
    """The paragraphs as one text, apart from each other."""
    return " ".join([part.text for part in flow if isinstance(part, Text)]) if flow else ""


def all_text(flow: Sequence[Part]) -> str:
    """The text of paragraphs and tables, a line for each paragraph."""
    found: list[str] = []
    rest = list(reversed(flow))
    while rest:
        part = rest.pop()
        if isinstance(part, Text):
            found.append(part.text)
        elif isinstance(part, PageTable):
            rest += reversed(part.parts)
        else:
            rest += [inner for cell in reversed(part.cells) for inner in reversed(cell.flow)]
    return "\n".join(found)


def remove(flow: list[Part], unwanted: Callable[[Text], bool]) -> None:
    """Take paragraphs away, wherever they stand."""
    flows = [flow]
    while flows:
        own = flows.pop()
        own[:] = [part for part in own if not (isinstance(part, Text) and unwanted(part))]
        for part in own:
            if isinstance(part, PageTable):
                flows.append(part.parts)
            elif isinstance(part, PageRow):
                flows += [cell.flow for cell in part.cells]


def printed(flow: Sequence[Part]) -> Iterator[Text | PrintedRow]:
    """The lines of a page in order: the rows of its tables, and its paragraphs.

    Raises:
        InputError: ``input.too_many_cells`` when a table is wider than a table can be.
    """
    inside: list[Iterator[Part | PrintedRow]] = [iter(flow)]
    while inside:
        part = next(inside[-1], None)
        if part is None:
            inside.pop()
        elif isinstance(part, PageTable):
            inside.append(_rows(part))
        elif not isinstance(part, PageRow):
            yield part


def _rows(table: PageTable) -> Iterator[Part | PrintedRow]:
    """The rows of a table; of those that only lay out the page, the content of their cells."""
    rows = _placed([part for part in table.parts if isinstance(part, PageRow)])
    for part in table.parts:
        if not isinstance(part, PageRow):
            yield part
            continue
        cells = next(rows)
        own = _own_part(part)
        if _is_menu(part) or (not own and _is_layout(part)):
            yield from (inner for cell in part.cells for inner in cell.flow)
        elif own:
            *others, last = cells
            yield [*(place.printed(place.cell.flow) for place in others), last.printed(last.cell.flow[:own])]
            yield from last.cell.flow[own:]
        elif cells:
            yield [place.printed(place.cell.flow) for place in cells]


def _is_blank(part: Part) -> bool:
    return isinstance(part, Text) and not part.text.strip()


def _is_menu(row: PageRow) -> bool:
    """True when all that stands in a row is links."""
    found = False
    for cell in row.cells:
        for part in cell.flow:
            if not isinstance(part, Text) or (not part.link and part.text.strip()):
                return False
            found = found or part.link
    return found


def _is_layout(row: PageRow) -> bool:
    """True for a row that places parts of the page: a cell holds a table, or is far too long, or is all there is."""
    several = [cell for cell in row.cells if len(cell.flow) > 1]
    if several and len(row.cells) == 1:
        return True
    return any(cell.has_table for cell in row.cells) or any(len(cell.text) > _LONG for cell in several)


def _own_part(row: PageRow) -> int:
    """How many paragraphs of the last cell are its own, when it has more; 0 when that is not known.

    Where the end of a table is lost (``</td></tr></table>``), all that follows it stands in its last cell.
    """
    if len(row.cells) < 2 or len(row.cells[-1].flow) < 2:
        return 0
    *others, last = row.cells
    if not any(cell.text.strip() for cell in others) or any(
        cell.has_table or len(cell.text) > _SHORT for cell in others
    ):
        return 0
    foreign = next((place for place, part in enumerate(last.flow) if _is_foreign(part)), 0)
    first = next((place for place, part in enumerate(last.flow) if not _is_blank(part)), 0)
    part = last.flow[first]
    if not foreign or not isinstance(part, Text):
        return 0
    if first == foreign:  # a blank, and a heading; a sentence may be what the cell says
        return foreign if _is_heading(part) else 0
    return first + 1 if parse(plain(part.text)) else 0


def _is_heading(text: Text) -> bool:
    return bool(_HEADING.search(width(text.text).strip()))


def _is_foreign(part: Part) -> bool:
    """True for what stands after a table, not in its cells: a heading of the report, a sentence, another table."""
    if isinstance(part, Text):
        return len(part.text) > _SHORT or "。" in part.text or _is_heading(part)
    return isinstance(part, PageTable)


def _placed(rows: Sequence[PageRow]) -> Iterator[list[_Placed]]:
    """The cells of each row at their grid columns, as browsers place them."""
    last_of_group = {row.group: number for number, row in enumerate(rows)}
    free_from: list[int] = []  # for each column the first row that no cell from above covers
    for number, row in enumerate(rows):
        below = last_of_group[row.group] - number + 1
        x = 0
        cells: list[_Placed] = []
        for cell in row.cells:
            while x < len(free_from) and free_from[x] > number:
                x += 1
            if x >= MAX_COLUMNS:
                raise InputError(
                    f"{cell.path}：表格超过 {MAX_COLUMNS:,} 列；年度报告不会这么宽，请检查文件",
                    code="input.too_many_cells",
                )
            col_span = 1 if cell.col_span == 1 else min(cell.col_span, MAX_COLUMNS - x)
            row_span = 1 if cell.row_span == 1 else min(cell.row_span or _MAX_ROW_SPAN, below)
            cells.append(_Placed(cell, x, col_span, row_span))
            end = x + col_span
            if row_span > 1:
                free_from += [0] * (end - len(free_from))
                free_from[x:end] = [max(row, number + row_span) for row in free_from[x:end]]
            x = end
        yield cells
