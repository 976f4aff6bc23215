"""The reader of PDF: pages with text by their print, pages that are pictures by text recognition."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pypdfium2 as pdfium

from extractor.document import Document, Source
from extractor.errors import InputError
from extractor.readers.arrange import arrange, ruled_tables
from extractor.readers.builder import INCH, Builder
from extractor.readers.compose import Page, write_pages
from extractor.readers.grid import Grid, find_grids
from extractor.readers.page import legible, without_copies
from extractor.readers.pdfium import PagePrint, is_lost, page_print
from extractor.settings import Settings

if TYPE_CHECKING:
    from extractor.readers.scan import ScannedPage

_TOLERANCE, _SHARE = 2.0, 0.2
"""Points, and share of the height of the print, up to which rules may be apart."""
_COARSEST, _USUAL, _FINEST = 150.0, 200.0, 300.0
_COVERED, _FEW, _MOST, _LOST = 0.5, 30, 0.9, 0.3
_MOST_LINES = 4_000


def read_pdf(data: bytes, source: Source, settings: Settings) -> Document:
    """Read a PDF.

    Raises:
        InputError: ``input.damaged``, ``input.encrypted``, ``limit.pages``, or what the limits of a document say.
    """
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError("PDF 有密码；请先去掉密码", code="input.encrypted") from None
        raise InputError("PDF 已损坏，打不开；请重新下载", code="input.damaged") from None
    try:
        return _read(document, source, settings)
    finally:
        document.close()


def _read(document: pdfium.PdfDocument, source: Source, settings: Settings) -> Document:
    count = len(document)
    if count > settings.max_pages:
        raise InputError(f"PDF 有 {count:,} 页，超过上限 {settings.max_pages:,}", code="limit.pages")
    builder = Builder(replace(source, n_pages=count), settings)
    pages: list[Page] = []
    scans: list[ScannedPage] = []
    unread: list[InputError] = []
    damage: list[str] = []
    glyphs = 0
    for number in range(1, count + 1):
        found = Page(number, 0.0, 0.0, ())
        try:
            with closing(document[number - 1]) as page:
                printed = page_print(page)
                if _is_picture(printed):
                    scans.append(_scanned(page, printed, number, settings))
                    found = scans[-1].page
                else:
                    found = _read_page(printed, number)
                    damage += _lost(printed, number)
            glyphs += len(printed.glyphs)
        except pdfium.PdfiumError:
            damage.append(f"第 {number} 页已损坏，打不开")
        except InputError as error:
            if error.code != "extra.ocr":
                raise
            unread.append(error)
            builder.attachment(f"第 {number} 页的图片（{error}）")
        if glyphs > settings.max_characters:
            raise InputError(f"文字超过 {settings.max_characters:,} 个字符；年度报告不会这么长", code="input.too_large")
        pages.append(found)
    if unread and not any(page.blocks for page in pages):
        raise unread[0]
    if damage and not any(page.blocks for page in pages):
        raise InputError("PDF 已损坏，各页都打不开；请重新下载", code="input.damaged")
    write_pages(pages, builder)
    whole = builder.finish(damage)
    if not scans:
        return whole
    from extractor.readers.scan import turned_back

    return turned_back(whole, {scan.page.number: scan.turn for scan in scans})


def _lost(printed: PagePrint, number: int) -> Iterator[str]:
    """What to tell the user of characters whose code is lost."""
    lost = sum(is_lost(glyph.text) for glyph in printed.glyphs)
    if lost:
        yield f"第 {number} 页有 {lost} 个字符的编码已丢失"


def _read_page(printed: PagePrint, number: int) -> Page:
    """A page with text."""
    tables, outside = ruled_tables(_grids(printed), without_copies(legible(printed.glyphs)))
    return Page(number, printed.width, printed.height, tuple(arrange(tables, outside, printed.height)))


def _is_picture(printed: PagePrint) -> bool:
    """True for a page that shows a picture of its text, or of which the text is not what is shown (its font's code is lost)."""
    text = "".join(glyph.text for glyph in printed.glyphs)
    area = printed.width * printed.height
    covered = max(
        ((x1 - x0) * (bottom - top) / area for (x0, top, x1, bottom), _ in printed.pictures if area), default=0.0
    )
    if covered > _COVERED and (len(text) < _FEW or printed.hidden > _MOST):
        return True
    return len(text) >= _FEW and sum(is_lost(character) for character in text) > _LOST * len(text)


def _scanned(page: pdfium.PdfPage, printed: PagePrint, number: int, settings: Settings) -> ScannedPage:
    """A page that is read as a picture, at the resolution of its largest picture where that makes sense."""
    from extractor.readers.scan import scan_page  # needs an extra, and seconds to load

    largest = max(printed.pictures, key=lambda picture: picture.bbox[2] - picture.bbox[0], default=None)
    dpi = min(max(largest.dpi, _COARSEST), _FINEST) if largest else _USUAL
    inches = printed.width * printed.height / INCH**2
    if inches * dpi**2 > settings.max_pixels:
        raise InputError(f"第 {number} 页太大（超过 {settings.max_pixels:,} 像素）", code="limit.pixels")
    picture = page.render(scale=dpi / INCH, grayscale=True).to_numpy()
    return scan_page(np.ascontiguousarray(picture[..., 0] if picture.ndim == 3 else picture), dpi, number)


def _grids(printed: PagePrint) -> list[Grid]:
    """The ruled tables of a page; a drawing of very many lines is none."""
    if len(printed.horizontals) + len(printed.verticals) > _MOST_LINES:
        return []
    size = median(glyph.height for glyph in printed.glyphs) if printed.glyphs else _TOLERANCE / _SHARE
    return find_grids(printed.horizontals, printed.verticals, min(_TOLERANCE, _SHARE * size))
