"""The reader of PDF: pages with text by their print, pages that are pictures by text recognition."""

import pypdfium2 as pdfium

from extractor.document import Document, Source
from extractor.errors import InputError
from extractor.readers.arrange import arrange, ruled_tables
from extractor.readers.builder import Builder
from extractor.readers.compose import Page, write_pages
from extractor.readers.grid import Grid, find_grids
from extractor.readers.page import without_copies
from extractor.readers.pdfium import PagePrint, page_print
from extractor.settings import Settings

_TOLERANCE = 2.0
_MOST_LINES = 4_000
_PICTURE = 0.5


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
    count = len(document)
    if count > settings.max_pages:
        raise InputError(f"PDF 有 {count:,} 页，超过上限 {settings.max_pages:,}", code="limit.pages")
    builder = Builder(Source(source.name, source.sha256, source.media_type, count), settings)
    try:
        pages = [_read_page(document[place], place + 1, builder) for place in range(count)]
    except pdfium.PdfiumError:
        raise InputError("PDF 已损坏，有的页打不开；请重新下载", code="input.damaged") from None
    write_pages(pages, builder)
    return builder.finish()


def _read_page(page: pdfium.PdfPage, number: int, builder: Builder) -> Page:
    printed = page_print(page)
    tables, outside = ruled_tables(_grids(printed), without_copies(printed.glyphs))
    return Page(number, printed.width, printed.height, tuple(arrange(tables, outside, printed.height)))


def _grids(printed: PagePrint) -> list[Grid]:
    """The ruled tables of a page; a drawing of very many lines is none."""
    if len(printed.horizontals) + len(printed.verticals) > _MOST_LINES:
        return []
    return find_grids(printed.horizontals, printed.verticals, _TOLERANCE)
