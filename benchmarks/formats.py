"""How many reports (pages of PDF and scans) a second one core reads in each format, beside the bare parse of its library.

    python benchmarks/formats.py [--rounds 9] [FORMAT...]

The reports are those of the tests: one invented report with all three tables. Rounds of gongkai (all stages, JSON included)
and of the library alone alternate, so that both meet the same noise. Scans are read once a round, two rounds.
"""

import argparse
import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests")]
SHORTEST = 0.3  # seconds of a round


def parse_html(data: bytes) -> object:
    import lxml.html

    return [cell.text_content() for cell in lxml.html.fromstring(data.decode("utf-8")).iter("td")]


def parse_docx(data: bytes) -> object:
    import docx

    return docx.Document(io.BytesIO(data))


def parse_workbook(data: bytes) -> object:
    import python_calamine

    book = python_calamine.load_workbook(io.BytesIO(data))
    return [book.get_sheet_by_index(place).to_python() for place in range(len(book.sheet_names))]


def parse_pdf(data: bytes) -> object:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    return [(page.get_textpage().get_text_range(), list(page.get_objects())) for page in document]


def parse_scan(data: bytes) -> object:
    import pypdfium2

    return [page.render(scale=200 / 72).to_numpy() for page in pypdfium2.PdfDocument(data)]


LIBRARIES: dict[str, Callable[[bytes], object]] = {
    "html_clean": parse_html,
    "docx": parse_docx,
    "xlsx": parse_workbook,
    "xls": parse_workbook,
    "pdf_office": parse_pdf,
    "pdf_borderless": parse_pdf,
    "scan_pdf_150": parse_scan,
}


def material(form: str) -> bytes:
    """The report of the tests in a format."""
    from helpers_formats import RENDERED, SEEDS, fixture
    from helpers_grid import sample_report

    if fixture(form).exists():
        return fixture(form).read_bytes()
    return RENDERED[form](sample_report(SEEDS["2021"]), Random(1))


def timed(work: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def measure(form: str, rounds: int) -> None:
    from extractor import extract

    data = material(form)
    pages = extract(data, form).source.n_pages or 1

    def whole() -> object:
        return json.dumps(extract(data, form).to_dict(), ensure_ascii=False)

    def bare() -> object:
        return LIBRARIES[form](data)

    bare()
    times = max(1, round(SHORTEST / timed(whole, 1)))
    took, alone = zip(
        *((timed(whole, times), timed(bare, times)) for _ in range(2 if times == 1 else rounds)), strict=True
    )
    best, middle = min(took) / pages, statistics.median(took) / pages
    size = f"{pages} {'page ' if pages == 1 else 'pages'} {len(data) / 1000:6.0f} kB"
    speed = f"{1 / best:7.1f} /s best {1 / middle:7.1f} median {best * 1000:8.1f} ms"
    print(f"{form:16} {size}  {speed}; library alone {min(alone) / pages * 1000:6.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*", default=list(LIBRARIES), help=", ".join(LIBRARIES))
    parser.add_argument("--rounds", type=int, default=9, help="timed rounds")
    args = parser.parse_args()
    print("a page of PDF and scans, a report of the others; one core, warm")
    for form in args.formats:
        measure(form, args.rounds)


if __name__ == "__main__":
    main()
