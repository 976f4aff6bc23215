"""Scanned reports. The pages in data/scan were set by us (invented figures), printed to pictures at 150 dpi, turned, and
given noise and JPEG artefacts; cells.json holds what they print."""

import io
import json
import math
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import extract
from extractor.document import Document, Line, Source, Where
from extractor.errors import InputError
from extractor.readers import read
from extractor.readers.compose import Table
from extractor.settings import Settings

for needed in ("cv2", "onnxruntime", "PIL", "rapidocr"):
    pytest.importorskip(needed)

from PIL import Image, ImageDraw, ImageFont  # noqa: E402 - only with the extra

from extractor.readers import image_rules, ocr  # noqa: E402
from extractor.readers.image_rules import Mark  # noqa: E402
from extractor.readers.ocr import NUMERIC, Reading, Strip  # noqa: E402
from extractor.readers.scan import scan_page, turned_back  # noqa: E402

DATA = Path(__file__).parent / "data" / "scan"
DPI = 150


def encoded(picture, form="PNG", **options):
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def ruled(texts, *, size=22, shade=0, width=1, columns=4, pitch=(130, 44)):
    """A page of 8 by 6 inches with a table of these texts, and the box of each of its cells."""
    picture = Image.new("L", (1200, 900), 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size)
    rows = math.ceil(len(texts) / columns)
    left, top, (wide, high) = 150, 120, pitch
    for row in range(rows + 1):
        draw.line([(left, top + row * high), (left + columns * wide, top + row * high)], fill=shade, width=width)
    for column in range(columns + 1):
        draw.line([(left + column * wide, top), (left + column * wide, top + rows * high)], fill=shade, width=width)
    for place, text in enumerate(texts):
        x, y = left + (place % columns + 0.5) * wide, top + (place // columns + 0.5) * high
        draw.text((x, y), text, font=font, anchor="mm", fill=0)
    return picture


def scanned(picture):
    page = scan_page(np.asarray(picture, np.uint8), DPI, 1).page
    return [block for block in page.blocks if isinstance(block, Table)]


def cells_of(picture):
    (table,) = scanned(picture)
    return [cell for row in table.rows for cell in row]


# --- a whole report --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report():
    pages = [Image.open(path) for path in sorted(DATA.glob("page-*.jpg"))]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], dpi=(DPI, DPI))
    return extract(data, "report.tif")


def test_every_number_of_a_scanned_report_is_right(report):
    gold = json.loads((DATA / "cells.json").read_text(encoding="utf-8"))
    found = {key: None if cell.value is None else float(cell.value) for key, cell in report.cells.items()}
    assert found == {key: float(value) for key, value in gold.items()}


def test_few_of_them_are_flagged_though_the_page_is_clean(report):
    assert sum(cell.review for cell in report.cells.values()) <= 10


def test_agency_year_and_pages_are_known(report):
    assert (report.agency, report.year, report.source.n_pages) == ("云溪县财政局", 2023, 3)


def test_every_cell_knows_its_box_on_its_page(report):
    places = [cell.where for cell in report.cells.values()]
    assert {place.page for place in places} == {1, 2, 3}
    for x0, top, x1, bottom in (place.bbox for place in places):
        assert 0 <= x0 < x1 <= 596
        assert 0 <= top < bottom <= 843


def test_recognised_cells_are_never_quite_certain(report):
    assert all(cell.confidence < 1 for cell in report.cells.values())


# --- tables ----------------------------------------------------------------------------------------------------------

NUMBERS = ["0", "1", "7", "10", "0", "4119", "7730.28", "+3", "-12", "0", "88", "6", "9", "5", "2", "3"]


@pytest.mark.parametrize(("shade", "angle"), [(0, 0), (170, 1.3), (60, -1.8)])
def test_numbers_of_a_ruled_table(shade, angle):
    picture = ruled(NUMBERS, shade=shade).rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    found = cells_of(picture)
    assert [cell.text for cell in found] == NUMBERS
    assert min(cell.confidence for cell in found) >= 0.9


def test_cells_stand_at_their_grid_columns():
    found = cells_of(ruled(NUMBERS))
    assert [(cell.x0, cell.x1) for cell in found[:4]] == [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_a_box_is_in_points_of_the_scanned_page():
    turned = ruled(NUMBERS).rotate(1.5, Image.Resampling.BICUBIC, fillcolor=255)
    scan = scan_page(np.asarray(turned), DPI, 1)
    (table,) = (block for block in scan.page.blocks if isinstance(block, Table))
    corner = table.rows[0][0].bbox
    middle = scan.turn @ ((corner[0] + corner[2]) / 2, (corner[1] + corner[3]) / 2, 1)
    # the middle of the first cell before the page was turned, turned about the middle of the page
    x, y, angle = 150 + 65 - 600, 120 + 22 - 450, math.radians(-1.5)
    expected = (600 + x * math.cos(angle) - y * math.sin(angle), 450 + x * math.sin(angle) + y * math.cos(angle))
    assert middle == pytest.approx([side * 72 / DPI for side in expected], abs=1.5)


def test_a_cell_without_ink_is_blank_with_confidence():
    found = cells_of(ruled(["0", "", "5", ""]))
    assert [cell.text for cell in found] == ["0", "", "5", ""]
    assert min(cell.confidence for cell in found) > 0.99


def test_dashes_and_slashes_are_told_from_ones():
    found = cells_of(ruled(["-", "/", "1", "--"]))
    assert [cell.text for cell in found] == ["-", "/", "1", "--"]
    assert min(cell.confidence for cell in found) > 0.99


@pytest.mark.parametrize("place", [(12, 8), (-12, 9), (10, -9)])
def test_a_speck_beside_a_digit_is_never_certain_to_be_print(place):
    picture = ruled(["0", "5", "8", "3"])
    x, y = 150 + 65 + place[0], 120 + 22 + place[1]
    ImageDraw.Draw(picture).ellipse([(x - 2, y - 2), (x + 2, y + 2)], fill=0)
    first = cells_of(picture)[0]
    assert first.text == "0" or first.confidence < 0.9


def test_a_speck_in_an_empty_cell_is_no_digit():
    picture = ruled(["0", "", "8", "3"])
    ImageDraw.Draw(picture).ellipse([(150 + 195, 140), (150 + 198, 143)], fill=0)
    cell = cells_of(picture)[1]
    assert cell.text == ""
    assert cell.confidence < 0.9


def test_a_digit_that_has_faded_is_no_certain_blank():
    picture = ruled(["0", "", "8", "3"])
    ImageDraw.Draw(picture).text((150 + 195, 142), "6", font=ImageFont.load_default(22), anchor="mm", fill=180)
    cell = cells_of(picture)[1]
    assert cell.text == "6" or cell.confidence < 0.9


def test_two_cells_without_the_line_between_them_are_doubted():
    picture = ruled(["", "5", "8", "3", "1", "2", "5", "6"])
    ImageDraw.Draw(picture).rectangle([(278, 122), (282, 150)], fill=255)  # most of the line, but not all
    assert [(cell.text, cell.confidence < 0.9) for cell in cells_of(picture) if cell.col_span == 2] == [("5", True)]


def test_a_cell_that_spans_columns_is_not_doubted():
    picture = ruled(["", "", "8", "3", "1", "2", "5", "6"])
    draw = ImageDraw.Draw(picture)
    draw.rectangle([(278, 122), (282, 162)], fill=255)
    draw.text((280, 142), "4119", font=ImageFont.load_default(22), anchor="mm", fill=0)
    assert [(cell.text, cell.confidence > 0.99) for cell in cells_of(picture) if cell.col_span == 2] == [("4119", True)]


def test_a_scratch_beside_a_digit_is_doubted():
    picture = ruled(["0", "5", "8", "3"], pitch=(130, 80))
    ImageDraw.Draw(picture).line([(180, 130), (240, 132)], fill=0, width=2)
    cell = cells_of(picture)[0]
    assert cell.text == "0" or cell.confidence < 0.9


def test_words_and_numbers_without_rules_are_not_lost():
    picture = Image.new("L", (1200, 900), 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(26)
    draw.text((100, 100), "Annual report 2023", font=font, fill=0)
    for column, text in enumerate(("12", "0", "7")):
        draw.text((300 + 200 * column, 400), text, font=font, fill=0)
    lines = read(encoded(picture, dpi=(DPI, DPI)), "x.png").lines
    text = [cell.text for line in lines for cell in line.cells]
    assert "2023" in text[0]
    assert text[-3:] == ["12", "0", "7"]


# --- kinds of pictures -----------------------------------------------------------------------------------------------


def as_alpha(picture):
    clear = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    clear.putalpha(Image.eval(picture, lambda value: 255 - value))
    return clear


@pytest.mark.parametrize(
    ("form", "change"),
    [
        ("PNG", as_alpha),
        ("PNG", lambda picture: picture.convert("P")),
        ("JPEG", lambda picture: picture.convert("RGB")),
        ("TIFF", lambda picture: picture.convert("1")),
        ("PNG", lambda picture: Image.fromarray(np.asarray(picture, np.uint16) * 257)),
    ],
)
def test_kinds_of_pixels(form, change):
    document = read(encoded(change(ruled(["0", "12", "345", "8"])), form, dpi=(DPI, DPI)), "x")
    assert [cell.text for cell in document.lines[0].cells] == ["0", "12", "345", "8"]


def test_a_picture_that_says_it_is_turned_is_turned():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right by 90 degrees
    data = encoded(
        ruled(["0", "12", "345", "8"]).rotate(90, expand=True), "JPEG", exif=exif, dpi=(DPI, DPI), quality=95
    )
    assert [cell.text for cell in read(data, "x").lines[0].cells] == ["0", "12", "345", "8"]


def test_a_wrong_resolution_is_not_believed():
    wrong = read(encoded(ruled(["0", "12", "345", "8"]), dpi=(2, 2)), "x")
    assert [cell.text for cell in wrong.lines[0].cells] == ["0", "12", "345", "8"]


# --- hostile and broken input ----------------------------------------------------------------------------------------


def code_of(data, **limits):
    with pytest.raises(InputError) as error:
        read(data, "x", Settings(**limits))
    return error.value.code


def test_too_many_pixels_are_refused_before_they_are_decoded():
    assert code_of(encoded(Image.new("L", (300, 300), 255)), max_pixels=80_000) == "limit.pixels"


def test_too_many_pages():
    page = Image.new("L", (40, 40), 255)
    assert code_of(encoded(page, "TIFF", save_all=True, append_images=[page] * 3), max_pages=3) == "limit.pages"


def test_a_picture_without_text():
    assert code_of(encoded(Image.new("L", (600, 800), 255))) == "input.empty"


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 2)])
def test_a_picture_too_small_to_write_on(size):
    assert code_of(encoded(Image.new("L", size, 0))) == "input.empty"


def test_a_page_of_tiny_cells_is_no_report():
    pixels = np.full((1200, 1200), 255, np.uint8)
    pixels[::18] = pixels[:, ::18] = 0
    assert code_of(encoded(Image.fromarray(pixels))) == "limit.lines"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
def test_a_truncated_file(form):
    data = encoded(Image.effect_noise((200, 200), 50), form)
    assert code_of(data[: len(data) // 2]) == "input.damaged"


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["PNG", "TIFF"]), st.lists(st.tuples(st.integers(8, 400), st.integers(0, 255)), max_size=8))
def test_broken_bytes_give_a_document_or_an_input_error(form, changes):
    data = bytearray(encoded(Image.new("L", (60, 40), 255), form))
    for place, value in changes:
        data[place % len(data)] = value
    try:
        found = read(bytes(data), "x", Settings(max_pixels=1_000_000))
    except InputError as error:
        assert error.code  # noqa: PT017 - either is right
    else:
        assert found.lines


def test_without_the_model_the_user_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(ocr, "find_spec", lambda _: None)
    ocr.recogniser.cache_clear()
    with pytest.raises(InputError, match=r"pip install 'gongkai\[ocr\]'") as error:
        ocr.recogniser()
    assert error.value.code == "extra.ocr"


# --- decoding --------------------------------------------------------------------------------------------------------

CHARACTERS = ("", *"0O1l无2.", " ", *(sign for sign in NUMERIC if sign not in "012."))


def steps(*best):
    """Probabilities of steps, each given as the characters that share it: ``{"O": 0.6, "0": 0.3}``; the rest is no character."""
    found = np.zeros((len(best), len(CHARACTERS)), np.float32)
    for row, shares in zip(found, best, strict=True):
        for character, share in shares.items():
            row[CHARACTERS.index(character)] = share
        row[0] = 1 - row.sum()
    return found


def test_repetitions_are_one_character_unless_something_stands_between():
    reading = ocr.decode(steps({"1": 0.9}, {"1": 0.8}, {}, {"1": 0.95}), CHARACTERS)
    assert reading.text == "11"
    assert reading.confidence == pytest.approx(0.9)


def test_confidence_is_that_of_the_least_certain_character():
    assert ocr.decode(steps({"1": 0.99}, {"2": 0.6}), CHARACTERS).confidence == pytest.approx(0.6)


def test_nothing_read_has_no_confidence():
    assert ocr.decode(steps({}, {}), CHARACTERS)[:2] == ("", 0.0)
    assert ocr.decode_numeric(steps({}, {}), CHARACTERS)[:2] == ("", 0.0)


def test_the_letter_o_is_a_zero_where_only_digits_occur():
    reading = ocr.decode_numeric(steps({"O": 0.7, "0": 0.25}), CHARACTERS)
    assert reading.text == "0"
    assert reading.confidence > 0.99
    assert reading.foreign == pytest.approx(0.7 / 0.95, abs=0.01)


def test_a_digit_that_may_be_another_stays_in_doubt():
    assert ocr.decode_numeric(steps({"l": 0.8, "1": 0.1, "2": 0.08}), CHARACTERS).confidence < 0.6


def test_what_hardly_looks_like_a_digit_stays_in_doubt():
    assert ocr.decode_numeric(steps({"无": 0.98, "0": 0.002}), CHARACTERS).confidence < 0.9


@given(st.lists(st.dictionaries(st.sampled_from("0O1l无2."), st.floats(0, 0.14), max_size=7), min_size=1, max_size=12))
def test_decoding_gives_probabilities_and_only_signs_of_the_alphabet(shares):
    reading = ocr.decode_numeric(steps(*shares), CHARACTERS)
    assert set(reading.text) <= set(NUMERIC)
    assert 0 <= reading.confidence <= 1


def test_two_looks_that_differ_are_doubted():
    first, second = Reading("0", 0.99), Reading("6", 0.97)
    assert ocr._agreed(first, second)[:2] == ("0", 0.5)
    assert ocr._agreed(first, first._replace(confidence=0.96)).confidence == pytest.approx(0.98)


def drawn(*boxes):
    """A white page with black boxes (x0, top, x1, bottom), and a strip of them."""
    page = np.full((60, 200), 255, np.uint8)
    for x0, top, x1, bottom in boxes:
        page[top:bottom, x0:x1] = 0
    marks = tuple(Mark(x0, top, x1, bottom, (x1 - x0) * (bottom - top)) for x0, top, x1, bottom in boxes)
    return page, Strip(marks, 20)


@pytest.mark.parametrize(
    ("text", "boxes", "certain"),
    [
        ("15", [(10, 10, 16, 30), (22, 10, 34, 30)], True),
        ("1", [(10, 10, 16, 30), (22, 10, 34, 30)], False),  # a sign was left out
        ("150", [(10, 10, 16, 30), (22, 10, 34, 30)], False),  # a sign was made up
        ("15", [(10, 10, 16, 30), (80, 10, 92, 30)], False),  # two cells as one
        ("15.", [(10, 10, 16, 30), (22, 10, 34, 30), (37, 27, 40, 30)], False),  # no number
        ("10", [(10, 10, 34, 30)], True),  # digits that touch
        ("5", [(4, 19, 10, 22), (10, 10, 22, 30)], False),  # a minus that ran into its digit
    ],
)
def test_a_number_is_held_against_its_marks(text, boxes, certain):
    page, strip = drawn(*boxes)
    assert (ocr._checked(Reading(text, 0.999), strip, page).confidence > 0.9) is certain


# --- the picture of a page -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle", [-2.0, -0.7, 0.0, 0.3, 1.9])
def test_skew(angle):
    picture = ruled(NUMBERS).rotate(-angle, Image.Resampling.BICUBIC, fillcolor=255)
    dark = image_rules.darkness(np.asarray(picture), DPI)
    assert image_rules.skew(image_rules.ink(dark)) == pytest.approx(angle, abs=0.06)


@pytest.mark.parametrize(("shade", "noise"), [(0, 0), (180, 0), (120, 12)])
def test_rules_are_found_where_they_are(shade, noise):
    pixels = np.asarray(ruled(NUMBERS, shade=shade), float)
    pixels = np.clip(pixels + np.random.default_rng(1).normal(0, noise, pixels.shape), 0, 255).astype(np.uint8)
    dark = image_rules.darkness(pixels, DPI)
    across, down = image_rules.rules(dark, DPI), image_rules.rules(dark, DPI, vertical=True)
    across, down = image_rules.framed(across, down, DPI)
    assert [rule.at for rule in across] == pytest.approx([120.5 + 44 * row for row in range(5)], abs=1)
    assert sorted(rule.at for rule in down) == pytest.approx([150.5 + 130 * column for column in range(5)], abs=1)
    for rule in across:
        assert (rule.start, rule.end) == pytest.approx((150, 671), abs=4)


def test_lines_of_text_are_no_rules():
    picture = Image.new("L", (1200, 900), 255)
    draw = ImageDraw.Draw(picture)
    for row in range(12):
        draw.text((100, 60 + 40 * row), "1111 EFTH 1111 LLHH 1111 EFEF", font=ImageFont.load_default(30), fill=0)
    dark = image_rules.darkness(np.asarray(picture), DPI)
    found = image_rules.framed(image_rules.rules(dark, DPI), image_rules.rules(dark, DPI, vertical=True), DPI)
    assert found == ([], [])


def test_strokes_above_each_other_are_one_character_and_digits_are_lines():
    three = [Mark(0, y, 20, y + 2, 40) for y in (0, 8, 16)]  # 三
    assert image_rules.text_lines(three, 20) == [three]
    digits = [Mark(0, 0, 10, 15, 60), Mark(0, 22, 10, 37, 60)]
    assert image_rules.text_lines(digits, 20) == [[digits[0]], [digits[1]]]


def test_specks_far_from_digits_are_left_out_and_points_are_kept():
    digit, point, dust = Mark(0, 0, 12, 20, 100), Mark(15, 17, 18, 20, 9), Mark(80, 3, 83, 6, 9)
    assert image_rules.without_specks([digit, point, dust], 20) == [digit, point]
    assert image_rules.without_specks([dust], 20) == [dust]


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 4))
def test_runs_cover_what_is_set_and_end_where_gaps_are_wide(flags, gap):
    found = image_rules.runs(np.array(flags, bool), gap)
    covered = {place for start, end in found for place in range(start, end)}
    assert {place for place, flag in enumerate(flags) if flag} <= covered
    assert all(flags[start] and flags[end - 1] for start, end in found)
    assert all(after[0] - before[1] >= gap for before, after in pairwise(found))


def test_places_are_turned_back_by_page():
    lines = tuple(Line((), Where(line=page, page=page, bbox=(10.0, 20.0, 30.0, 40.0)), grid=False) for page in (1, 2))
    document = Document(Source("x", "", "image/png"), lines, "")
    moved = turned_back(document, {2: np.array([[1.0, 0, 5], [0, 1, -5]])})
    assert [line.where.bbox for line in moved.lines] == [(10.0, 20.0, 30.0, 40.0), (15.0, 15.0, 35.0, 35.0)]


def test_a_page_of_noise_is_read_in_bounded_time_or_refused():
    rng = random.Random(0)
    picture = Image.new("L", (1000, 1400), 255)
    draw = ImageDraw.Draw(picture)
    for _ in range(4000):
        x, y = rng.randrange(1000), rng.randrange(1400)
        draw.rectangle([(x, y), (x + 4, y + 4)], fill=0)
    try:
        scan_page(np.asarray(picture), DPI, 1)
    except InputError as error:
        assert error.code == "limit.lines"  # noqa: PT017 - either is right
