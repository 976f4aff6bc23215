"""Markup to paragraphs and tables, however many of its end tags are lost.

No tree is built. Of the structure of a page only tables, rows and cells matter, and where text breaks; so the tags are taken
one after another, and a lost end tag matters only where it is a table's. The tree builder of HTML5 moves what follows a lost
``</table>`` before the table, and takes time that grows with the square of the number of unclosed tags (half a megabyte of
``<div>``: a minute); this takes the same time for each tag.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import unescape
from typing import NamedTuple

from extractor.errors import InputError
from extractor.readers.builder import plain
from extractor.readers.html_grid import MAX_COLUMNS, PageCell, PageRow, PageTable, Part, Text
from extractor.readers.html_tags import (
    APART,
    BLOCKS,
    CELL_TAGS,
    CONTAINERS,
    DOCUMENT,
    GROUP_TAGS,
    LONGEST_NAME,
    NO_ATTRIBUTES,
    TABLE_TAGS,
    VOID,
    Hidden,
    Tag,
    file_name,
    picture_name,
    read_tag,
    tokens,
)
from extractor.settings import Settings

_SPAN = re.compile(r"\s*\+?([0-9]{1,9})")
_LESS_THAN = ("<", "&lt", "\\u003", "\\x3")


class Page(NamedTuple):
    """What a page shows, and what it does not show.

    Attributes:
        flow: its paragraphs and tables.
        attachments: its pictures and linked files, in words for the user.
        unseen: contents of elements that are not shown (scripts, templates, hidden elements), each with the tag's name.
    """

    flow: list[Part]
    attachments: list[str]
    unseen: list[tuple[str, str]]


class _Open:
    """A table that has not ended: its open row and cell, and where its outer content goes on."""

    def __init__(self, table: PageTable, outer: list[Part]) -> None:
        self.table = table
        self.outer = outer
        self.row: PageRow | None = None
        self.cell: PageCell | None = None
        self.group = 0
        self.rows = 0


class _Parser:
    """Takes tags and text one after another."""

    def __init__(self, settings: Settings, place: str) -> None:
        self._settings = settings
        self._place = place  # what all paths begin with
        self._root: list[Part] = []
        self._flow = self._root  # where the next paragraph goes
        self._tables: list[_Open] = []
        self._pieces: list[str] = []  # of the open paragraph
        self._counts: Counter[str] = Counter()
        self._element = ("body", 1)
        self._fresh = False  # the paragraph has begun and holds nothing
        self._in_link = False
        self._only_links = True
        self._preformatted = 0
        self._depth = 0
        self._characters = 0
        self._cells = 0
        self._attachments: dict[str, None] = {}
        self._link_name: list[str] | None = None  # of a link to a file
        self._link_file = ""
        self._hidden: Hidden | None = None
        self._unseen: list[tuple[str, str]] = []
        self._starts: dict[str, Callable[[str, Mapping[str, str]], None]] = {
            "table": self._start_table,
            "tr": self._start_row,
            "td": self._start_cell,
            "th": self._start_cell,
            **dict.fromkeys(GROUP_TAGS, self._start_group),
            "a": self._start_link,
            "img": self._picture,
            "input": self._input,
            **dict.fromkeys(("frame", "embed", "object"), self._embedded),
            **dict.fromkeys(APART, lambda *_: self._text(" ")),
            **dict.fromkeys(BLOCKS, self._start_block),
            "br": lambda *_: self._break(keep_empty=True),
        }
        self._ends: dict[str, Callable[[str], None]] = {
            "table": self._end_table,
            "tr": self._end_row,
            "td": self._end_cell,
            "th": self._end_cell,
            **dict.fromkeys(GROUP_TAGS, self._end_group),
            "a": self._end_link,
            **dict.fromkeys(APART, lambda _: self._text(" ")),
            **dict.fromkeys(BLOCKS, self._end_block),
        }

    def read(self, markup: str) -> Page:
        """Take a page from its beginning to its end."""
        found = tokens(markup)
        starts, ends = self._starts, self._ends
        for place in range(0, len(found) - 1, 2):
            text, tag = found[place], read_tag(found[place + 1])
            if self._hidden:
                if not self._ends_hidden(tag, found, place + 1):
                    continue
            elif text:
                self._text(text)
            name = tag.name
            if tag.end:
                if name in ends:
                    ends[name](name)
            elif tag.hidden:
                self._hide(tag, place + 2)
            elif tag.content is not None:
                self._raw(tag, tag.content)
            elif name in starts:
                starts[name](name, tag.attributes)
        if self._hidden:
            self._unseen.append((self._hidden.name, "".join(found[self._hidden.begin :])))
        elif found[-1]:
            self._text(found[-1])
        self._break()
        self._end_link()
        while self._tables:
            self._end_table()
        return Page(self._root, list(self._attachments), self._unseen)

    def _ends_hidden(self, tag: Tag, found: Sequence[str], place: int) -> bool:
        """A tag where nothing is displayed; True when it ends that and means something itself."""
        hidden = self._hidden
        if hidden is None or not (hidden.end(tag.name) if tag.end else hidden.start(tag.name)):
            return False
        self._unseen.append((hidden.name, "".join(found[hidden.begin : place])))
        self._hidden = None
        return not (tag.end and tag.name == hidden.name)

    def _hide(self, tag: Tag, begin: int) -> None:
        """An element begins that is not displayed. A hidden cell takes no place in its row."""
        name = tag.name
        if tag.content is not None:
            self._unseen.append((name, tag.content))
            return
        if name in VOID:
            return
        if name in CELL_TAGS:
            self._end_cell(name)
        elif name in TABLE_TAGS and name != "table":
            self._end_row(name)
        elif name in BLOCKS:
            self._break()
        self._hidden = Hidden(name, begin)

    def _raw(self, tag: Tag, content: str) -> None:
        """An element whose content is not displayed as markup."""
        if tag.name == "textarea" and "<" not in content:
            self._text(unescape(content))
            return
        if tag.name == "iframe":
            self._embedded(tag.name, tag.attributes)
        if any(sign in content for sign in _LESS_THAN):
            self._unseen.append((tag.name, content))

    # --- paragraphs ---------------------------------------------------------------------------------------------------

    def _text(self, text: str) -> None:
        if "&" in text:
            text = unescape(text)
        if text.isspace():
            if self._pieces or self._preformatted or "\u00a0" in text:
                self._pieces.append(text)
            return
        self._pieces.append(text)
        if not self._in_link:
            self._only_links = False
        if self._link_name is not None:
            self._link_name.append(text)
        self._characters += len(text.strip())
        if self._characters > self._settings.max_characters:
            raise InputError(
                f"网页文字超过 {self._settings.max_characters:,} 个字符；年度报告不会这么长，请检查文件",
                code="input.too_large",
            )

    def _break(self, *, keep_empty: bool = False) -> None:
        """The paragraph ends. An empty one that is printed (``keep_empty``) counts: it may be a blank cell of a list."""
        if self._pieces or keep_empty:
            text = "".join(self._pieces)
            path = f"{self._place}{self._element[0]}[{self._element[1]}]"
            links = self._only_links and bool(text) and not text.isspace()
            self._flow.append(Text(text, path, links, self._preformatted > 0))
            self._pieces.clear()
            self._only_links = True
            if self._link_name:
                self._end_link()
        self._in_link = self._fresh = False

    def _start_block(self, name: str, _: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        self._break()
        self._counts[name] += 1
        self._element = (name, self._counts[name])
        self._fresh = name == "p"
        if name in CONTAINERS:
            self._depth += 1
            if self._depth > self._settings.max_depth:
                raise _too_deep(self._settings)
        elif name == "pre":
            self._preformatted += 1

    def _end_block(self, name: str) -> None:
        if name == "pre":
            self._break()
            self._preformatted = max(0, self._preformatted - 1)
            return
        self._break(keep_empty=name == "p" and self._fresh)
        if name in CONTAINERS:
            self._depth = max(0, self._depth - 1)

    def _input(self, _: str, given: Mapping[str, str]) -> None:
        """A field of a form shows what is filled in."""
        if given.get("type", "text").lower() in ("text", "number") and given.get("value"):
            self._text(given["value"])

    # --- tables -------------------------------------------------------------------------------------------------------

    def _start_table(self, _name: str = "table", _: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        self._break()
        if self._tables and self._tables[-1].cell is None:
            self._end_table()  # the end tag of the table before is lost
        if len(self._tables) >= self._settings.max_depth:
            raise _too_deep(self._settings)
        self._counts["table"] += 1
        table = PageTable(f"{self._place}table[{self._counts['table']}]")
        self._flow.append(table)
        self._tables.append(_Open(table, self._flow))
        self._flow = table.parts

    def _end_table(self, _: str = "table") -> None:
        self._break()
        if not self._tables:
            return
        closed = self._tables.pop()
        self._flow = closed.outer
        cells = closed.table.cells
        if len(cells) > 1 and any(map(_is_filled, cells)):
            return
        # a box around something, or nothing
        content = [inner for part in closed.table.parts for inner in _within(part)]
        self._flow[-1:] = content
        if self._tables and (cell := self._tables[-1].cell):
            cell.picture |= any(cell.picture for cell in cells)

    def _start_group(self, name: str, _: Mapping[str, str]) -> None:
        self._end_group(name)

    def _end_group(self, name: str) -> None:
        self._end_row(name)
        if self._tables:
            self._tables[-1].group += 1

    def _start_row(self, name: str = "tr", _: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        if not self._tables:
            self._start_table()
        self._end_row(name)
        table = self._tables[-1]
        table.row = PageRow(table.group)
        table.rows += 1
        table.table.parts.append(table.row)

    def _end_row(self, name: str) -> None:
        self._end_cell(name)
        if self._tables:
            self._tables[-1].row = None

    def _start_cell(self, name: str, given: Mapping[str, str]) -> None:
        if not self._tables or self._tables[-1].row is None:
            self._start_row()
        self._end_cell(name)
        table = self._tables[-1]
        row = table.row or PageRow(table.group)
        self._cells += 1
        if self._cells > self._settings.max_document_cells:
            raise InputError(
                f"网页有超过 {self._settings.max_document_cells:,} 个单元格；年度报告不会这么大，请检查文件",
                code="input.too_many_cells",
            )
        path = f"{table.table.path}/tr[{table.rows}]/{name}[{len(row.cells) + 1}]"
        table.cell = PageCell(path)
        if "colspan" in given:
            table.cell.col_span = min(_span(given["colspan"]), MAX_COLUMNS) or 1
        if "rowspan" in given:
            table.cell.row_span = _span(given["rowspan"])
        row.cells.append(table.cell)
        self._flow = table.cell.flow

    def _end_cell(self, _: str) -> None:
        self._break()
        if self._tables and self._tables[-1].cell:
            self._tables[-1].cell = None
            self._preformatted = 0
            self._flow = self._tables[-1].table.parts

    # --- what is not read ---------------------------------------------------------------------------------------------

    def _start_link(self, _: str, given: Mapping[str, str]) -> None:
        self._end_link()
        target = given.get("href")
        if target is None:
            return
        self._in_link = True
        if DOCUMENT.search(target):
            self._link_name, self._link_file = [], file_name(target)

    def _end_link(self, _: str = "a") -> None:
        self._in_link = False
        if self._link_name is not None:
            name = plain("".join(self._link_name))[:LONGEST_NAME] or self._link_file
            self._attachments[f"附件：{name}"] = None
            self._link_name = None

    def _picture(self, _: str, given: Mapping[str, str]) -> None:
        if name := picture_name(given):
            self._attachments[f"图片：{name}"] = None
            if self._tables and (cell := self._tables[-1].cell):
                cell.picture = True

    def _embedded(self, name: str, given: Mapping[str, str]) -> None:
        """A frame, or a viewer of a file."""
        source = given.get("src") or given.get("data") or ""
        if source and (name == "frame" or DOCUMENT.search(source)):
            self._attachments[f"内嵌文件：{file_name(source)}"] = None


def read_page(markup: str, settings: Settings, place: str = "") -> Page:
    """The paragraphs and tables of a page.

    Args:
        markup: the page.
        settings: the limits.
        place: what the paths of its elements begin with.

    Raises:
        InputError: ``limit.depth``, ``input.too_many_cells`` or ``input.too_large``.
    """
    return _Parser(settings, place).read(markup)


def _span(value: str) -> int:
    """A span as browsers read it: what is no number is 1."""
    match = _SPAN.match(value)
    return int(match[1]) if match else 1


def _within(part: Part) -> list[Part]:
    """What a part of a table holds, the table taken away."""
    return [inner for cell in part.cells for inner in cell.flow] if isinstance(part, PageRow) else [part]


def _is_filled(cell: PageCell) -> bool:
    return cell.has_table or bool(plain(cell.text))


def _too_deep(settings: Settings) -> InputError:
    return InputError(f"网页元素嵌套超过 {settings.max_depth} 层；请检查文件", code="limit.depth")
