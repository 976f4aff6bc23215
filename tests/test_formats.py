"""One report with all three tables in every format, through the whole program, cell by cell."""

import os
from functools import cache
from random import Random

import pytest
from helpers_formats import FIXTURES, FORMATS, RENDERED, SCANS, SEEDS, check, fixture, readings, render
from helpers_grid import VARIATIONS, GridTable, ReportGrid, random_report, sample_report
from helpers_office import has_soffice

from extractor import extract
from extractor.record import CellValue, Record

PRINTED = [form for form in RENDERED if form not in FIXTURES]
"""Formats that are printed anew in each test; the others are kept as files."""
HARD = ("html_broken_hard",)
"""Formats that lose what cells can't be told apart without, so that some cells must be flagged."""
OFFICE = ("doc", "odt", "rtf")
APART = "pdf_ruled_apart"
ONE_PAGE = ("scan_page_200",)
ALL_SCANS = "GONGKAI_ALL_SCANS" in os.environ
"""Recognition takes some 5 s a page, so only the scan of one page is read unless this variable is set."""


@cache
def sample(form: str) -> ReportGrid:
    return sample_report(SEEDS[form])


def lines(found):
    """What is wrong, short enough to read in a report of pytest."""
    return "\n".join([f"{len(found)} cells", *found[:20]])


# --- every format ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", SEEDS)
@pytest.mark.parametrize("name", [name for name in PRINTED if name not in HARD])
def test_every_cell_of_a_printed_format_is_right_and_none_is_flagged(name, form):
    report = sample(form)
    found = check(extract(render(report, name, 1), name), report.truth)
    assert not found, lines(found)


@pytest.mark.parametrize("name", [name for name in FIXTURES if name not in (*SCANS, APART)])
def test_every_cell_of_a_kept_format_is_right_and_none_is_flagged(name):
    if name in OFFICE and not has_soffice():
        pytest.skip("LibreOffice is not installed")
    record = extract(fixture(name).read_bytes(), name)
    found = check(record, sample("2021").truth)
    assert not found, lines(found)


def test_a_row_whose_label_and_values_are_on_two_pages_is_right_and_flagged():
    found = readings(extract(fixture(APART).read_bytes(), APART), sample("2021").truth)
    assert all(reading.kind == "right" for reading in found)
    assert len({reading.key.rpartition(".")[0] for reading in found if reading.flagged}) == 1


@pytest.mark.parametrize("name", [name for name in SCANS if name in FIXTURES])
def test_no_cell_of_a_scan_is_wrong_without_a_flag(name):
    pytest.importorskip("rapidocr")
    if name not in ONE_PAGE and not ALL_SCANS:
        pytest.skip("set GONGKAI_ALL_SCANS to read every scan")
    record = extract(fixture(name).read_bytes(), name)
    truth = sample("2021").truth
    found = readings(record, truth)
    silent = [str(reading) for reading in found if reading.silent and reading.key.split(".")[0] in read_tables(record)]
    assert not silent, lines(silent)
    if name not in ONE_PAGE:
        assert read_tables(record) == {"proactive", "requests", "disputes"}
        right = sum(reading.kind == "right" for reading in found)
        assert right > 0.97 * len(truth), lines(check(record, truth))


def read_tables(record):
    return {table for table, form in record.tables.items() if form}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", HARD)
def test_no_cell_is_wrong_without_a_flag_where_the_format_lost_too_much(name, seed):
    report = sample("2021")
    found = readings(extract(render(report, name, seed), name), report.truth)
    silent = [str(reading) for reading in found if reading.silent]
    assert not silent, lines(silent)


@pytest.mark.parametrize("name", ["markdown", "html_clean", "docx", "xlsx", "pdf_ruled", "pdf_borderless"])
@pytest.mark.parametrize("variation", VARIATIONS)
def test_what_real_reports_do_to_the_form_never_makes_a_wrong_cell_without_a_flag(name, variation):
    if name not in PRINTED:
        font_or_skip()
    report = VARIATIONS[variation](sample("2021"), Random(1))
    found = readings(extract(render(report, name, 1), name), report.truth)
    silent = [str(reading) for reading in found if reading.silent]
    assert not silent, lines(silent)


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("pdf_ruled_apart", 2),  # totals only: the one value of a row stands on the page before its label
        ("pdf_ruled_apart", 28),  # blanks: so does a row of values, below a row that is all blank
        ("pdf_borderless", 6),  # blanks: nearly empty columns, and a column without any value
        ("pdf_borderless", 20),
        ("pdf_borderless", 110),
        ("pdf_borderless", 163),
    ],
)
def test_no_cell_is_wrong_without_a_flag_in_reports_with_few_values(name, seed):
    font_or_skip()
    report = random_report(seed)
    found = readings(extract(render(report, name, seed), name), report.truth)
    silent = [str(reading) for reading in found if reading.silent]
    assert not silent, lines(silent)


def font_or_skip():
    from helpers_pdf import FONT_FILE

    if not FONT_FILE.exists():
        pytest.skip("the font that PDFs are printed in is not installed")


@pytest.mark.parametrize("name", PRINTED)
def test_every_format_says_whose_report_it_is(name):
    record = extract(render(sample("2021"), name, 1), name)
    assert (record.agency, record.year) == ("白河镇人民政府", 2022)


# --- the material itself ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variation", [None, *VARIATIONS])
def test_the_cells_of_a_table_cover_its_grid_once(variation):
    for seed in range(8):
        report = random_report(seed)
        if variation:
            report = VARIATIONS[variation](report, Random(seed))
        for table in report.tables:
            area = sum(cell.row_span * cell.col_span for cell in table.cells)
            assert area == len(table.covered()) == table.height * len(table.widths)


@pytest.mark.parametrize("variation", [None, *VARIATIONS])
def test_a_report_prints_every_cell_of_its_truth_once(variation):
    for seed in range(8):
        report = random_report(seed)
        if variation:
            report = VARIATIONS[variation](report, Random(seed))
        keys = [cell.key for table in report.tables for cell in table.cells if cell.key]
        assert sorted(keys) == sorted(report.truth)


@pytest.mark.parametrize(("form", "cells"), [("2021", 200), ("2019", 198)])
def test_a_sample_has_zeros_blanks_and_large_numbers(form, cells):
    values = list(sample(form).truth.values())
    assert len(values) == cells
    assert values.count(0) > 40
    assert values.count(None) > 30
    assert max(value or 0 for value in values) > 5000


def test_the_same_seed_prints_the_same_bytes():
    for name in ("html_broken", "html_broken_hard", "markdown"):
        assert render(sample("2021"), name, 4) == render(sample("2021"), name, 4)
    assert render(sample("2021"), "html_broken", 4) != render(sample("2021"), "html_broken", 5)


def test_the_kept_files_are_small_and_complete():
    assert {path.name for path in fixture("doc").parent.iterdir() if path.suffix not in (".py", "")} == {
        fixture(name).name for name in FIXTURES
    }
    assert all(fixture(name).stat().st_size <= 300_000 for name in FIXTURES)
    assert set(FIXTURES) < set(FORMATS)


def test_a_repeated_head_cuts_the_spans_that_cross_it():
    report = VARIATIONS["repeated_heads"](sample("2021"), Random(2))
    table = report.tables[1]
    assert isinstance(table, GridTable)
    assert sum(cell.text == "三、本年度办理结果" for cell in table.cells) == 2
    assert table.height == sample("2021").tables[1].height + 3


# --- the comparison itself -------------------------------------------------------------------------------------------


def record_of(**cells):
    source = extract(render(sample("2021"), "tab_text", 1), "x").source
    return Record(source, None, None, None, {}, cells, (), "ok")


def cell(value, state="number", *, review=False):
    return CellValue(value, str(value), state, 1.0, review)


@pytest.mark.parametrize(
    ("want", "got", "kind", "silent"),
    [
        (3, cell(3), "right", False),
        (3, cell(4), "wrong", True),
        (3, cell(4, review=True), "wrong", False),
        (3, cell(None, "blank"), "missed", True),
        (None, cell(None, "blank"), "right", False),
        (None, cell(0), "extra", True),
        (None, cell(None, "missing", review=True), "missed", False),
        (3, None, "missed", True),
    ],
)
def test_a_reading_is_judged_by_value_state_and_flag(want, got, kind, silent):
    record = record_of(**({"key": got} if got else {}))
    (reading,) = readings(record, {"key": want})
    assert (reading.kind, reading.silent) == (kind, silent)


def test_a_value_that_is_not_printed_is_extra_and_an_absent_cell_without_value_is_nothing():
    record = record_of(given=cell(1), absent=cell(None, "missing"))
    assert [(reading.key, reading.kind) for reading in readings(record, {})] == [("given", "extra")]


def test_check_lists_cells_that_are_right_but_flagged():
    assert check(record_of(key=cell(3)), {"key": 3}) == []
    (line,) = check(record_of(key=cell(3, review=True)), {"key": 3})
    assert line.startswith("flagged-though-right right key")
