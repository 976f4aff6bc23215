"""One report in every format it may be published in, and what was read from it beside what is printed."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from helpers_grid import ReportGrid
from helpers_markup import (
    cell_a_line,
    html_broken,
    html_broken_hard,
    html_clean,
    html_gb18030,
    html_in_script,
    markdown,
    tab_text,
)
from helpers_office import converted_one, docx, xlsx, xlsx_three_sheets
from helpers_pdf import pdf_borderless, pdf_borderless_cut, pdf_ruled, pdf_ruled_apart, pdf_ruled_cut, pdf_two_columns
from helpers_scan import image_pdf, jpeg, long_jpeg, scanned, tiff

from extractor.record import CellValue, Record

Renderer = Callable[[ReportGrid, Random], bytes]
_EQUAL = 1e-9

RENDERED: dict[str, Renderer] = {
    "markdown": markdown,
    "tab_text": tab_text,
    "cell_a_line": cell_a_line,
    "html_clean": html_clean,
    "html_broken": html_broken,
    "html_broken_hard": html_broken_hard,
    "html_gb18030": html_gb18030,
    "html_in_script": html_in_script,
    "docx": docx,
    "xlsx": xlsx,
    "xlsx_three_sheets": xlsx_three_sheets,
    "pdf_ruled": pdf_ruled,
    "pdf_ruled_cut": pdf_ruled_cut,
    "pdf_ruled_apart": pdf_ruled_apart,
    "pdf_borderless": pdf_borderless,
    "pdf_borderless_cut": pdf_borderless_cut,
    "pdf_two_columns": pdf_two_columns,
}
"""What Python alone can print; the PDFs need the font of :mod:`helpers_pdf`."""

CONVERTED: dict[str, tuple[str, str]] = {
    "doc": ("docx", "doc:MS Word 97"),
    "odt": ("docx", "odt"),
    "rtf": ("docx", "rtf"),
    "xls": ("xlsx", "xls:MS Excel 97"),
    "ods": ("xlsx", "ods"),
    "pdf_office": ("docx", "pdf"),
    "pdf_web": ("html_clean", "pdf:writer_web_pdf_Export"),
}
"""What soffice makes of a rendered format: from which, and its target."""

SCANS: dict[str, Callable[[bytes, int], bytes]] = {
    "scan_pdf_200": lambda data, seed: image_pdf(scanned(data, 200, seed), 200),
    "scan_pdf_150": lambda data, seed: image_pdf(scanned(data, 150, seed), 150),
    "scan_tiff_150": lambda data, seed: tiff(scanned(data, 150, seed), 150),
    "scan_jpeg_150": lambda data, seed: long_jpeg(scanned(data, 150, seed), 150),
    "scan_page_200": lambda data, seed: jpeg(scanned(data, 200, seed)[1], 200),
}
"""Scans of the PDF ``pdf_office``. ``scan_page_200`` is its second page alone, with most of table 3."""

FORMATS: tuple[str, ...] = (*RENDERED, *CONVERTED, *SCANS)
"""Every format that :func:`render` knows."""

SUFFIXES = {"html": "html", "pdf": "pdf", "scan_pdf": "pdf", "scan_tiff": "tif", "scan": "jpg", "xlsx": "xlsx"}


def suffix(form: str) -> str:
    """The file suffix of a format."""
    longest = max((prefix for prefix in SUFFIXES if form.startswith(prefix)), key=len, default="")
    return SUFFIXES.get(longest, form if form in CONVERTED or form == "docx" else "txt")


def render(report: ReportGrid, form: str, seed: int) -> bytes:
    """A report in a format.

    Args:
        report: the report.
        form: one of :data:`FORMATS`; those of :data:`CONVERTED` and :data:`SCANS` need soffice.
        seed: same seed, same damage.
    """
    if form in RENDERED:
        return RENDERED[form](report, Random(seed))
    if form in SCANS:
        return SCANS[form](render(report, "pdf_office", seed), seed)
    origin, target = CONVERTED[form]
    return converted_one(render(report, origin, seed), suffix(origin), target)


# --- what was read ---------------------------------------------------------------------------------------------------


class Reading(NamedTuple):
    """How a cell was read: ``right``, ``wrong``, ``missed`` (printed, not given) or ``extra`` (given, not printed)."""

    key: str
    kind: str
    flagged: bool
    want: int | float | None
    got: CellValue | None

    @property
    def silent(self) -> bool:
        """Not right, and nobody is told."""
        return self.kind != "right" and not self.flagged

    def __str__(self) -> str:
        words = "SILENT " if self.silent else "flagged-though-right " if self.flagged and self.kind == "right" else ""
        got = self.got and f"{self.got.state} {self.got.value} {self.got.text!r} {self.got.confidence:.4f}"
        return f"{words}{self.kind} {self.key}: want {self.want}, got {got}"


def readings(record: Record, truth: dict[str, int | float | None]) -> list[Reading]:
    """Every cell that is printed or given. A printed blank that was not found at all is ``missed``."""
    found = []
    for key in {**truth, **record.cells}:
        cell = record.cells.get(key)
        if key not in truth and (cell is None or cell.value is None):
            continue
        want = truth.get(key)
        found.append(
            Reading(key, _kind(want, cell, printed=key in truth), cell is not None and cell.review, want, cell)
        )
    return found


def _kind(want: int | float | None, cell: CellValue | None, *, printed: bool) -> str:
    if cell is None or (printed and cell.state == "missing"):
        return "missed"
    if want is None:
        return "right" if cell.value is None else "extra"
    if cell.value is None:
        return "missed"
    return "right" if abs(cell.value - want) < _EQUAL else "wrong"


def check(record: Record, truth: dict[str, int | float | None]) -> list[str]:
    """What is not as it should be, a line for each cell: wrong, missed, extra, silent, or flagged though right."""
    return [str(reading) for reading in readings(record, truth) if reading.kind != "right" or reading.flagged]


# --- fixtures --------------------------------------------------------------------------------------------------------

SEEDS = {"2021": 1359, "2019": 1025}
"""Seeds of sample reports in either form with big numbers, zeros and blanks, whose figures add up."""

FOLDER = Path(__file__).parent / "data" / "formats"
TOO_LARGE = ("scan_pdf_200",)
FIXTURES = tuple(
    form
    for form in FORMATS
    if (form in CONVERTED or form in SCANS or form.startswith("pdf_")) and form not in TOO_LARGE
)
"""Formats that need soffice or a font: the sample report of the 2021 form is kept in them."""


def fixture(form: str) -> Path:
    """Where a format is kept."""
    return FOLDER / f"{form}.{suffix(form)}"
