"""The reader of what other tools made of a report: JSON of Docling, MinerU and PaddleOCR, and JSON that carries a text.

They are told apart by their structure. Where a tool says how sure it is of what it recognised, that stays with the cell.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from extractor.document import Document, Source
from extractor.errors import InputError
from extractor.readers.builder import Box, Builder, Printed, plain
from extractor.readers.encoding import decode
from extractor.readers.formats import Format, sniff
from extractor.readers.html import read_html
from extractor.readers.html_grid import Text, printed
from extractor.readers.html_page import read_page
from extractor.readers.text import read_text, text_lines
from extractor.settings import Settings

Item = Mapping[str, Any]
Reading = tuple[str, float]
_TEXT_KEYS = ("md_content", "markdown", "html_content", "html", "md", "content", "text")
_WRAPPERS = ("document", "json_content", "data", "result", "res", "prunedResult", "layoutParsingResults", "markdown")
_WRAPPED = 6  # that many wrappers are taken off
_PAPER = frozenset(
    ["page_header", "page_footer", "header", "footer", "number", "page_number", "aside_text", "discarded"]
)
"""What the tools call things that belong to the paper and not to the text."""
_PICTURES = frozenset(["image", "figure", "picture", "chart", "seal", "header_image", "footer_image"])
_MARKUP = re.compile(r"<\s*(?:table|tr|td|html|body)\b", re.IGNORECASE)
_LARGEST = 1_000_000
"""No page, row or column has a larger number."""


class Block(NamedTuple):
    """A part of a document in reading order.

    Attributes:
        text: a paragraph, or a table as markup.
        rows: the cells of a table of which the tool gives the grid.
        spaced: the rows are lines of a page without rules.
        picture: it is a picture that was not read.
        page: its page, from 1.
        bbox: its box in points from the top left of the page.
        scores: the texts in it and how sure the tool is of each; of any other it is as sure as of the worst.
    """

    text: str = ""
    rows: Sequence[Sequence[Printed]] = ()
    spaced: bool = False
    picture: bool = False
    page: int | None = None
    bbox: Box | None = None
    scores: Sequence[Reading] = ()


def read_json(data: bytes, source: Source, settings: Settings) -> Document:
    """Read the output of another tool.

    Raises:
        InputError: ``input.format`` when it is none that is known, ``input.damaged`` when it is no JSON, ``limit.depth``, or
            what the readers of text and markup raise.
    """
    text, damage = decode(data)
    try:
        value = json.loads(text.removeprefix("\ufeff"))
        return _read(value, source, settings, damage)
    except RecursionError:
        raise InputError("JSON 嵌套太深；请检查文件", code="limit.depth") from None
    except ValueError:
        raise InputError("JSON 不完整或已损坏；请重新导出", code="input.damaged") from None


def _read(value: Any, source: Source, settings: Settings, damage: Iterable[str]) -> Document:
    for inner in _unwrapped(value):
        for blocks_of in (_docling, _mineru_pages, _mineru_list, _paddle):
            blocks = [
                block for block in blocks_of(inner, settings) if block.text.strip() or block.rows or block.picture
            ]
            if blocks:
                builder = Builder(source, settings)
                for block in blocks:
                    _write(block, builder, settings)
                return builder.finish(damage)
    for inner in _unwrapped(value):
        if isinstance(inner, dict):
            for text in (inner[key] for key in _TEXT_KEYS if isinstance(inner.get(key), str) and inner[key].strip()):
                data = text.encode("utf-8", "replace")
                return (read_html if sniff(data, settings) is Format.HTML else read_text)(data, source, settings)
    raise InputError(
        "这是 JSON，但不是 Docling、MinerU 或 PaddleOCR 的结果，也没有正文；请改用报告的原文件", code="input.format"
    )


def _unwrapped(value: Any) -> Iterator[Any]:
    """The value, and what it wraps, from the outside in."""
    for _ in range(_WRAPPED):
        yield value
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
            continue
        key = next(
            (key for key in _WRAPPERS if isinstance(value, dict) and isinstance(value.get(key), dict | list)), None
        )
        if key is None:
            return
        value = value[key]


def _write(block: Block, builder: Builder, settings: Settings) -> None:
    scores: dict[str, float] = {}
    for text, score in block.scores:
        scores[plain(text)] = min(score, scores.get(plain(text), 1.0))
    worst = min(scores.values(), default=1.0)

    def recognised(cell: Printed) -> Printed:
        text = plain(cell.text)
        return cell._replace(confidence=scores.get(text, worst if text else 1.0), bbox=cell.bbox or block.bbox)

    if block.picture:
        builder.attachment(f"图片（第 {block.page} 页）" if block.page else "图片")
    for row in block.rows:
        (builder.spaced if block.spaced else builder.row)(row, page=block.page)
    if "|" in block.text and not _MARKUP.search(block.text):
        for text_line in text_lines(block.text):
            cells = [recognised(Printed(cell.text, cell.x0, cell.x1)) for cell in text_line.cells]
            (builder.row if text_line.grid else builder.spaced)(cells, page=block.page)
        return
    if not _MARKUP.search(block.text):
        builder.prose(block.text, page=block.page, bbox=block.bbox, confidence=worst)
        return
    for line in printed(read_page(block.text, settings).flow):
        if isinstance(line, Text):
            builder.prose(line.text, page=block.page, bbox=block.bbox)
        else:
            builder.row(map(recognised, line), page=block.page)


# --- values that may be of any type ------------------------------------------------------------------------------------


def _items(value: Any) -> list[Item]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _dict(value: Any) -> Item:
    return value if isinstance(value, dict) else {}


def _string(value: Any) -> str:
    """A text; those of a list (captions) one after another. A number is what would be printed."""
    if isinstance(value, list):
        return " ".join(text for text in value if isinstance(text, str))
    return str(value) if type(value) in (str, int, float) else ""


def _whole(value: Any, default: int = 0) -> int:
    return value if type(value) is int and 0 <= value <= _LARGEST else default


def _page(value: Any, first: int) -> int | None:
    """A page from 1, of a tool that counts them from ``first``."""
    return value + 1 - first if type(value) is int and first <= value <= _LARGEST else None


def _numbers(value: Any) -> list[float]:
    if not isinstance(value, list):
        return []
    return [float(x) for x in value if type(x) in (int, float) and math.isfinite(x) and abs(x) <= _LARGEST]


def _box(left: float, top: float, right: float, bottom: float) -> Box:
    return min(left, right), min(top, bottom), max(left, right), max(top, bottom)


def _readings(texts: Any, scores: Any) -> list[Reading]:
    """Texts with their scores; a text without a score has none."""
    if not isinstance(texts, list) or not isinstance(scores, list):
        return []
    pairs = zip(texts, scores, strict=False)
    return [
        (text, min(max(float(s), 0.0), 1.0)) for text, s in pairs if isinstance(text, str) and type(s) in (int, float)
    ]


# --- Docling -----------------------------------------------------------------------------------------------------------


def _docling(value: Any, settings: Settings) -> Iterator[Block]:
    """The blocks of a DoclingDocument, in the order of the references from its body."""
    document = _dict(value)
    if document.get("schema_name") != "DoclingDocument":
        return
    parts = {
        f"#/{name}/{place}": (name, item)
        for name in ("groups", "texts", "tables", "pictures", "key_value_items", "form_items")
        for place, item in enumerate(_items(document.get(name)))
    }
    waiting = _references(_dict(document.get("body")).get("children"))[::-1]
    while waiting:
        name, item = parts.pop(waiting.pop(), ("", {}))  # taken only once: references may go round
        page, bbox = _provenance(document, item)
        captions = _references(item.get("captions"))
        if name == "tables":
            for caption in captions:
                yield Block(_string(parts.pop(caption, ("", {}))[1].get("text")), page=page)
            yield Block(rows=_docling_rows(document, item, settings), page=page)
            waiting += _references(item.get("footnotes"))[::-1]
            continue
        if name == "pictures":
            yield Block(picture=True, page=page)
            waiting += captions[::-1]
            continue
        if name == "texts" and item.get("label") not in _PAPER and item.get("content_layer") != "furniture":
            yield Block(_string(item.get("text")), page=page, bbox=bbox)
        waiting += _references(item.get("children"))[::-1]


def _references(value: Any) -> list[str]:
    return [_string(item.get("$ref", item.get("cref"))) for item in _items(value)]


def _provenance(document: Item, item: Item) -> tuple[int | None, Box | None]:
    """Page and box of an item; of one that stands on several pages those of the first."""
    place = next(iter(_items(item.get("prov"))), {})
    page = _page(place.get("page_no"), 1)
    return page, _docling_box(document, page, place.get("bbox"))


def _docling_box(document: Item, page: int | None, value: Any) -> Box | None:
    box = _dict(value)
    sides = _numbers([box.get(side) for side in "ltrb"])
    if len(sides) < len("ltrb"):
        return None
    left, top, right, bottom = sides
    if box.get("coord_origin") != "TOPLEFT":  # else it is measured from the bottom
        height = _numbers([_dict(_dict(_dict(document.get("pages")).get(str(page))).get("size")).get("height")])
        if not height:
            return None
        top, bottom = height[0] - top, height[0] - bottom
    return _box(left, top, right, bottom)


def _docling_rows(document: Item, table: Item, settings: Settings) -> list[list[Printed]]:
    """The rows of a table. A place of its grid that no cell covers is blank."""
    data = _dict(table.get("data"))
    grid = data.get("grid") if isinstance(data.get("grid"), list) else []
    page, _ = _provenance(document, table)
    found: dict[tuple[int, int], Printed] = {}
    covered: set[tuple[int, int]] = set()
    height, width, area = _whole(data.get("num_rows")), _whole(data.get("num_cols")), 0
    for cell in _items(data.get("table_cells")) or [cell for row in grid or () for cell in _items(row)]:
        row, column = _whole(cell.get("start_row_offset_idx")), _whole(cell.get("start_col_offset_idx"))
        down = _whole(cell.get("end_row_offset_idx")) - row or _whole(cell.get("row_span"), 1)
        across = _whole(cell.get("end_col_offset_idx")) - column or _whole(cell.get("col_span"), 1)
        if (row, column) in found or down < 1 or across < 1:
            continue
        height, width = max(height, row + down), max(width, column + across)
        area += down * across
        if max(height * width, area) > settings.max_document_cells:
            raise InputError("表格的行列数太大；年度报告不会这么大，请检查文件", code="input.too_many_cells")
        bbox = _docling_box(document, page, cell.get("bbox"))
        text = _string(cell.get("text"))
        found[row, column] = Printed(text, column, column + across, down, across, bbox=bbox)
        covered |= {(y, x) for y in range(row, row + down) for x in range(column, column + across)}
    rows = []
    for y in range(height):
        blanks = {x: Printed("", x, x + 1) for x in range(width) if (y, x) not in covered}
        cells = blanks | {x: found[y, x] for x in range(width) if (y, x) in found}
        rows.append([cells[x] for x in sorted(cells)])
    return rows


# --- MinerU ------------------------------------------------------------------------------------------------------------


def _mineru_pages(value: Any, _: Settings) -> Iterator[Block]:
    """The blocks of a ``middle.json``."""
    for place, page in enumerate(_items(_dict(value).get("pdf_info"))):
        number = _page(page.get("page_idx", place), 0)
        waiting = list(reversed(_items(page.get("para_blocks")) or _items(page.get("preproc_blocks"))))
        while waiting:
            block = waiting.pop()
            sides = _numbers(block.get("bbox"))
            bbox = _box(*sides) if len(sides) == len("ltrb") else None
            spans = [_items(line.get("spans")) for line in _items(block.get("lines"))]
            if _string(block.get("type")) in _PAPER:
                continue
            if _string(block.get("type")) in _PICTURES:
                yield Block(picture=True, page=number)
            for markup in (_string(span.get("html")) for line in spans for span in line):
                if markup:
                    yield Block(markup, page=number, bbox=bbox)
            texts = [[_string(span.get("content")) for span in line if not span.get("html")] for line in spans]
            scores = [_readings([span.get("content")], [span.get("score")]) for line in spans for span in line]
            text = "\n".join("".join(line) for line in texts)
            yield Block(text, page=number, bbox=bbox, scores=[reading for one in scores for reading in one])
            waiting += reversed(_items(block.get("blocks")))


def _mineru_list(value: Any, _: Settings) -> Iterator[Block]:
    """The blocks of a ``content_list.json``; its boxes are in thousandths of a page of unknown size."""
    items = _items(value)
    if not any("page_idx" in item and "type" in item for item in items):
        return
    for item in items:
        kind, page = _string(item.get("type")), _page(item.get("page_idx"), 0)
        if kind in _PAPER:
            continue
        if kind in _PICTURES or (kind == "table" and not _string(item.get("table_body")).strip()):
            yield Block(picture=True, page=page)
        for key in (
            "table_caption",
            "image_caption",
            "text",
            "list_items",
            "code_body",
            "table_body",
            "table_footnote",
        ):
            yield Block(_string(item.get(key)), page=page)


# --- PaddleOCR ---------------------------------------------------------------------------------------------------------


def _paddle(value: Any, _: Settings) -> Iterator[Block]:
    """The blocks of PP-StructureV3, of PP-Structure, or lines of PaddleOCR. Their boxes are in pixels of unknown size."""
    pages = _items(value) if isinstance(value, list) else [_dict(value)]
    if any(item.get("type") and "res" in item for item in pages):
        for item in pages:
            yield from _structure(item)
        return
    for place, page in enumerate(pages, start=1):
        inner = _dict(page.get("prunedResult", page.get("res", page)))
        number = _page(inner.get("page_index"), 0) or (place if len(pages) > 1 else None)
        yield from (block._replace(page=number) for block in _paddle_page(inner))


def _paddle_page(page: Item) -> Iterator[Block]:
    tables = [
        (_readings(found.get("rec_texts"), found.get("rec_scores")), _string(table.get("pred_html")))
        for table in _items(page.get("table_res_list"))
        for found in [_dict(table.get("table_ocr_pred"))]
    ]
    own_tables = iter(tables)
    blocks = _items(page.get("parsing_res_list"))
    for block in blocks:
        label = _string(block.get("block_label"))
        if label in _PAPER:
            continue
        own, markup = (next(own_tables, ((), ""))) if label == "table" else ((), "")
        text = _string(block.get("block_content"))
        yield Block(text or markup, picture=label in _PICTURES, scores=own)
    if not blocks:
        yield from (Block(markup, scores=own) for own, markup in tables)
    if not blocks and not tables:
        yield from _ocr_lines(_dict(page.get("overall_ocr_res", page)))


def _structure(item: Item) -> Iterator[Block]:
    """A block of PP-Structure: ``res`` holds the markup of a table, or recognised lines."""
    kind, page = _string(item.get("type")), _page(item.get("img_idx"), 0)
    if kind in _PAPER:
        return
    if markup := _string(_dict(item.get("res")).get("html")):
        yield Block(markup, page=page)
    for line in _items(item.get("res")):
        own = _readings([line.get("text")], [line.get("confidence")])
        yield Block(_string(line.get("text")), page=page, scores=own)
    if kind in _PICTURES:
        yield Block(picture=True, page=page)


def _ocr_lines(found: Item) -> Iterator[Block]:
    """Recognised texts put together to lines by their boxes; without boxes each is a line."""
    texts, scores = found.get("rec_texts"), found.get("rec_scores")
    given = found.get("rec_boxes")
    boxes = [_numbers(box) for box in given] if isinstance(given, list) else []
    readings = _readings(texts, scores)
    if not readings or len(boxes) != len(readings) or any(len(box) != len("ltrb") for box in boxes):
        yield from (Block(text, scores=[(text, score)]) for text, score in readings)
        return
    line: list[Printed] = []
    bottom = -math.inf
    for (left, top, right, low), (text, score) in sorted(zip(boxes, readings, strict=True), key=lambda one: one[0][1]):
        if line and top + low > 2 * bottom:  # its middle is below the line
            yield Block(rows=[sorted(line, key=lambda cell: cell.x0)], spaced=True)
            line = []
        bottom = low if not line else bottom
        line.append(Printed(text, left, right, confidence=score))
    if line:
        yield Block(rows=[sorted(line, key=lambda cell: cell.x0)], spaced=True)
