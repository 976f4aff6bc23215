"""The reader of Word files (.docx, .docm, .dotx): their paragraphs and tables in the order of the text.

What is printed is read, and nothing else: no hidden or deleted words, no instruction of a field, each text box once, the numbers
that Word puts before a paragraph written out. Parts are found by their relationships and read one by one, since a file of
another word processor may lack any but its text. Nothing that is embedded or linked is opened.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from extractor.document import Document, Source
from extractor.errors import InputError
from extractor.readers.builder import Builder, Printed
from extractor.readers.containers import open_zip, read_part
from extractor.readers.numbering import (
    Element,
    Numbering,
    Properties,
    Styles,
    W,
    number,
    properties,
    properties_of,
    switch,
    value,
    without_table_styles,
)
from extractor.settings import Settings

_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_PICTURES = "{http://schemas.openxmlformats.org/drawingml/2006/picture}pic", "{urn:schemas-microsoft-com:vml}imagedata"
_MAIN = "word/document.xml"
_MARKUP = 40
"""Bytes that a part may have for a character of the longest text; tags it may have one for each. Real files have half of it."""

_P, _R, _T, _TBL, _TR, _TC = (W + name for name in ("p", "r", "t", "tbl", "tr", "tc"))
_P_PR, _R_PR, _TR_PR, _TC_PR = (W + name for name in ("pPr", "rPr", "trPr", "tcPr"))
_FIELD, _SYMBOL, _BOX, _OBJECT, _FILE = (W + name for name in ("fldChar", "sym", "txbxContent", "object", "altChunk"))
_ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SIGNS = {W + "tab": "\t", W + "ptab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
_NOT_PRINTED = frozenset(
    W + name
    for name in (
        *("pPr", "rPr", "tblPr", "tblPrEx", "tblGrid", "trPr", "tcPr", "sectPr", "sdtPr", "sdtEndPr", "customXmlPr"),
        *("del", "moveFrom", "delText", "instrText", "delInstrText", "rt"),
    )
)
_SET_APART = ("vertAlign", "strike", "dstrike")
"""A figure that is raised or struck out is no digit of the number beside it."""
_NOT_COUNTED = frozenset((_FALLBACK, _OBJECT, W + "del", W + "moveFrom"))
_PICTURE = "[图]"


def read_docx(data: bytes, source: Source, settings: Settings) -> Document:
    """Read a Word file into lines of prose and rows of tables.

    Raises:
        InputError: ``input.damaged``, ``input.encrypted``, ``input.empty``, ``input.too_large``, ``input.too_many_cells``,
            ``limit.depth``, or what :func:`~extractor.readers.containers.open_zip` raises.
    """
    package = _Package(data, settings)
    main = package.related("", "officeDocument") or _MAIN
    root = package.xml(main)
    body = None if root is None else root.find(W + "body")
    if body is None:
        raise InputError("Word 文件里没有正文；请重新下载或重新保存", code="input.damaged")
    styles = Styles(package.xml(package.related(main, "styles"), without_table_styles))
    builder = Builder(source, settings)
    _Reader(builder, styles, Numbering(package.xml(package.related(main, "numbering")), styles)).read(body)
    for attachment in _unread(body):
        builder.attachment(attachment)
    return builder.finish()


class _Package:
    """The parts of a Word file, by name."""

    def __init__(self, data: bytes, settings: Settings) -> None:
        self._archive = open_zip(data, settings)
        self._members = {_part_name(member.filename): member for member in self._archive.infolist()}
        self._characters = settings.max_characters
        self._parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )

    def related(self, name: str, kind: str) -> str | None:
        """The part that a part names as its ``kind``, if the file has it; the empty name stands for the file itself."""
        folder, own = posixpath.split(name)
        relations = self.xml(posixpath.join(folder, "_rels", f"{own}.rels"))
        for relation in () if relations is None else relations.iter(_RELATIONSHIP):
            if relation.get("Type", "").endswith(f"/{kind}") and relation.get("TargetMode") != "External":
                target = _part_name(posixpath.join(folder, relation.get("Target", "")))
                if target in self._members:
                    return target
        return None

    def xml(self, name: str | None, shorten: Callable[[bytes], bytes] = bytes) -> Element | None:
        """The root element of a part, of which something may be left out; None when the file does not have it.

        Raises:
            InputError: ``input.damaged``, ``input.encrypted``, ``input.too_large`` or ``limit.depth``.
        """
        member = None if name is None else self._members.get(_part_name(name))
        if member is None:
            return None
        if member.flag_bits & 1:
            raise InputError("文件有密码，打不开；请去掉密码后重新保存", code="input.encrypted")
        large = member.file_size > _MARKUP * self._characters
        content = b"" if large else read_part(self._archive, member)
        if large or content.count(b"<") > self._characters:
            raise InputError("Word 文件里的 XML 太大；年度报告不会这么大，请检查文件", code="input.too_large")
        try:
            root = etree.fromstring(shorten(content.replace(_STRICT, _TRANSITIONAL)), self._parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            if "depth" in str(error):
                raise InputError("Word 文件的元素嵌套太深；请检查文件", code="limit.depth") from None
            raise InputError("Word 文件里的 XML 已损坏；请重新下载或重新保存", code="input.damaged") from None
        if root.getroottree().docinfo.internalDTD is not None:
            raise InputError("Word 文件里的 XML 含有 DTD，不能读取；请重新保存", code="input.damaged")
        return root


def _part_name(name: str) -> str:
    """A name as parts are looked up by; some programs write backslashes, other capitals, or a slash first."""
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/").lower()


class _Words:
    """Collects what is printed of a paragraph: the pieces of its text, and its text boxes."""

    def __init__(self, styles: Styles, style: str | None) -> None:
        self.pieces: list[str] = []
        self.boxes: list[Element] = []
        self._styles = styles
        self._hidden = styles.hides(style)
        self._before_result: list[bool] = []  # of each field that is open

    def add(self, element: Element) -> None:
        """Collect from all that is in an element."""
        for child in element:
            tag = child.tag
            if tag == _R:
                self._run(child)
            elif tag == _FIELD:
                self._field(child.get(W + "fldCharType"))
            elif tag in _NOT_PRINTED or (self._before_result and any(self._before_result)):
                continue
            elif tag == _T:
                self.pieces.append((child.text or "").replace("\n", " "))
            elif tag in _SIGNS:
                self.pieces.append(_SIGNS[tag])
            elif tag == _SYMBOL:
                self.pieces.append(_symbol(child))
            elif tag == _BOX:
                self.boxes.append(child)
            elif tag == _ALTERNATE:
                self.add(_chosen(child))
            elif tag.startswith(_MATH):
                self.pieces += (f" {text} " for text in child.itertext(_MATH + "t"))
            else:
                self.add(child)

    def _run(self, run: Element) -> None:
        said = properties_of(run, _R_PR)
        hidden = switch(said, "vanish")
        if hidden is None:
            hidden = self._hidden or self._styles.hides(value(said, "rStyle"))
        if hidden:
            return
        gap = " " if any(switch(said, name) for name in _SET_APART) else ""
        self.pieces.append(gap)
        self.add(run)
        self.pieces.append(gap)

    def _field(self, kind: str | None) -> None:
        if kind == "begin":
            self._before_result.append(True)
        elif self._before_result and kind == "separate":
            self._before_result[-1] = False
        elif self._before_result and kind == "end":
            self._before_result.pop()


def _symbol(element: Element) -> str:
    """A character named by its code. Fonts of symbols have theirs from F000 on, where digits stand as in other fonts."""
    code = int(text, 16) if re.fullmatch("[0-9A-Fa-f]{4}", text := element.get(W + "char", "")) else 0xFFFD
    pictorial = element.get(W + "font", "").lower().startswith(("wingdings", "webdings"))
    return chr(code - 0xF000 if 0xF020 <= code < 0xF040 and not pictorial else code)


def _chosen(alternate: Element) -> Element:
    """The first of several ways to print the same content that has any text; else the last."""
    ways = [way for way in alternate if next(way.iter(_T, *_PICTURES), None) is not None]
    return ways[0] if ways else alternate[-1] if len(alternate) else alternate


def _inside(container: Element, *tags: str) -> Iterator[Element]:
    """The elements of these kinds in another, whatever wraps them, but not those within each other."""
    for child in container:
        if child.tag in tags:
            yield child
        elif child.tag == _ALTERNATE:
            yield from _inside(_chosen(child), *tags)
        elif child.tag not in _NOT_PRINTED:
            yield from _inside(child, *tags)


class _Paragraph(NamedTuple):
    text: str
    path: str


class _Table(NamedTuple):
    element: Element
    path: str


@dataclass(slots=True)
class _Cell:
    """A printed cell of a table. ``column``, ``columns`` and ``rows`` are its place and size in the grid."""

    element: Element
    path: str
    column: int
    columns: int
    rows: int = 1

    @property
    def is_empty(self) -> bool:
        return not any(text and not text.isspace() for text in self.element.itertext(_T))

    @property
    def is_alone(self) -> bool:
        """No other cell stands in its row, not even one that goes on from above."""
        return sum(1 for _ in self.element.getparent().iterchildren(_TC)) == 1

    def printed(self, text: str) -> Printed:
        """The cell with this text. One that holds nothing but a picture is not blank: that may show a number."""
        pictured = not text and next(self.element.iter(*_PICTURES, _OBJECT), None) is not None
        text = _PICTURE if pictured else text
        return Printed(text, self.column, self.column + self.columns, self.rows, self.columns, self.path)


class _Reader:
    """Gives what a text holds to a builder, in order."""

    def __init__(self, builder: Builder, styles: Styles, numbering: Numbering) -> None:
        self._builder = builder
        self._styles = styles
        self._numbering = numbering

    def read(self, container: Element, path: str = "") -> None:
        """Read the paragraphs and tables in an element; ``path`` is where that is."""
        for block in self._blocks(container, path):
            if isinstance(block, _Paragraph):
                self._prose(block)
            else:
                self._table(block)

    def _blocks(self, container: Element, path: str) -> Iterator[_Paragraph | _Table]:
        """The paragraphs and tables in an element; what is in a text box follows the paragraph that holds it."""
        paragraphs = tables = 0
        for element in _inside(container, _P, _TBL):
            if element.tag == _TBL:
                tables += 1
                yield _Table(element, f"{path}tbl[{tables}]")
                continue
            paragraphs += 1
            own = f"{path}p[{paragraphs}]"
            text, boxes = self._text(element)
            if text.strip():
                yield _Paragraph(text, own)
            for place, box in enumerate(boxes, 1):
                yield from self._blocks(box, f"{own}/box[{place}]/")

    def _text(self, paragraph: Element) -> tuple[str, list[Element]]:
        """What a paragraph prints, its number first; and its text boxes."""
        said = properties_of(paragraph, _P_PR)
        words = _Words(self._styles, self._styles.of_paragraph(said))
        words.add(paragraph)
        text = "".join(words.pieces)
        if not text.strip():
            mark = properties(said.get(_R_PR))
            if any(switch(mark, name) for name in ("del", "moveFrom", "vanish")):
                return "", words.boxes
        return self._numbering.before(said) + text, words.boxes

    def _prose(self, paragraph: _Paragraph) -> None:
        """A paragraph outside of tables, line by line; what tabs hold apart stands apart."""
        for line in paragraph.text.split("\n"):
            parts = [part for part in re.finditer(r"[^\t]+", line) if not part.group().isspace()]
            if len(parts) > 1:
                self._builder.spaced(Printed(part.group(), *part.span(), path=paragraph.path) for part in parts)
            else:
                self._builder.prose(line, path=paragraph.path)

    def _table(self, table: _Table) -> None:
        """A table row by row. A row with a table in it only arranges the page, and so does a lone cell of several paragraphs."""
        arranges = _holds_table(table.element)
        for cells in _layout(table):
            if arranges and any(_holds_table(cell.element) for cell in cells):
                for cell in cells:
                    self.read(cell.element, f"{cell.path}/")
                continue
            paragraphs = [self._paragraphs(cell) for cell in cells]
            if len(cells) == 1 and len(paragraphs[0]) > 1 and cells[0].is_alone:
                for paragraph in paragraphs[0]:
                    self._prose(paragraph)
                continue
            self._builder.row(
                cell.printed(" ".join(paragraph.text for paragraph in own))
                for cell, own in zip(cells, paragraphs, strict=True)
            )

    def _paragraphs(self, cell: _Cell) -> list[_Paragraph]:
        """The paragraphs of a cell without tables."""
        return [block for block in self._blocks(cell.element, f"{cell.path}/") if isinstance(block, _Paragraph)]


def _holds_table(element: Element) -> bool:
    return next(element.iterdescendants(_TBL), None) is not None


def _layout(table: _Table) -> list[list[_Cell]]:
    """The cells that begin in each row of a table. Its own list of columns is not asked: it is often wrong."""
    rows = []
    above: dict[int, _Cell] = {}
    for place, row in enumerate(_inside(table.element, _TR), 1):
        said = properties_of(row, _TR_PR)
        if not (switch(said, "del") or switch(said, "hidden")):
            cells, above = _row(row, number(value(said, "gridBefore"), 0), f"{table.path}/tr[{place}]", above)
            rows.append(cells)
    return rows


def _row(row: Element, column: int, path: str, above: Mapping[int, _Cell]) -> tuple[list[_Cell], dict[int, _Cell]]:
    """The cells that begin in a row, and those that may go on in the next, by column; ``above`` are those of the row before.

    A cell that goes on from one above is not printed, nor is its text. With no such cell above it is printed as it stands.
    """
    cells: list[_Cell] = []
    going_on: dict[int, _Cell] = {}
    last: _Cell | None = None
    for place, element in enumerate(_inside(row, _TC), 1):
        said = properties_of(element, _TC_PR)
        if switch(said, "cellDel"):
            continue
        cell = _Cell(element, f"{path}/tc[{place}]", column, max(number(value(said, "gridSpan"), 1), 1))
        column += cell.columns
        if last is not None and _merge(said, "hMerge") == "continue":
            last.columns += cell.columns
            continue
        last, merge, start = cell, _merge(said, "vMerge"), above.get(cell.column)
        if merge == "continue" and start is not None and (start.columns == cell.columns or cell.is_empty):
            start.rows += 1
            going_on[cell.column] = start
            continue
        cells.append(cell)
        if merge is not None:
            going_on[cell.column] = cell
    return cells, going_on


def _merge(said: Properties, name: str) -> str | None:
    """How a cell is merged with its neighbours: ``restart``, ``continue``, or None."""
    return None if W + name not in said else value(said, name) or "continue"


def _unread(body: Element) -> list[str]:
    """What a text holds that is not read, in words for the user; what is printed in one of several ways counts once."""
    found = Counter(
        element.tag
        for element in body.iter(*_PICTURES, _OBJECT, _FILE)
        if _NOT_COUNTED.isdisjoint(around.tag for around in element.iterancestors())
    )
    kinds = (("图片", "张", _PICTURES), ("嵌入对象", "个", (_OBJECT,)), ("嵌入文件", "个", (_FILE,)))
    counts = ((name, sum(found[tag] for tag in tags), measure) for name, measure, tags in kinds)
    return [f"{name} {count} {measure}" for name, count, measure in counts if count]
