"""PDF as agencies make it, through the whole program: a cell is right, or a person is told; and hostile PDF."""

import io
import random
import time
import zlib
from functools import cache, partial

import pytest
from helpers_drawn import (
    HEIGHT,
    WIDTH,
    Style,
    edges,
    font,
    frames,
    lay_out,
    no_rules,
    page_number,
    paint,
    plain,
    strokes,
    text_width,
)
from helpers_formats import SEEDS, readings
from helpers_grid import sample_report
from reportlab.lib import pdfencrypt
from reportlab.pdfgen.canvas import Canvas

from extractor import extract
from extractor.errors import InputError
from extractor.readers import read

PLAIN, CUT = Style(), Style(cut="below", drop=120)


@cache
def sample():
    return sample_report(SEEDS["2021"])


@cache
def drawing(style=PLAIN):
    return lay_out(sample(), style)


def cells(data):
    found = readings(extract(data, "x.pdf"), sample().truth)
    return {
        "right": sum(reading.kind == "right" for reading in found),
        "flagged": sum(reading.flagged for reading in found),
        "silent": [str(reading) for reading in found if reading.silent],
    }


EXACT = {"right": 200, "flagged": 0, "silent": []}
"""Every cell of the sample is right, and none is flagged."""


# --- rules -----------------------------------------------------------------------------------------------------------


def thin_boxes(canvas, boxes):
    for x0, y0, x1, y1 in edges(boxes):
        canvas.rect(x0 - 0.25, y0 - 0.25, x1 - x0 + 0.5, y1 - y0 + 0.5, stroke=0, fill=1)


def dashes(canvas, boxes):
    for x0, y0, x1, y1 in edges(boxes):
        count = max(1, int(max(x1 - x0, y1 - y0) / 5))
        for step in range(count):
            begin, end = step / count, (step + 0.7) / count
            across, down = x1 - x0, y1 - y0
            canvas.line(x0 + across * begin, y0 + down * begin, x0 + across * end, y0 + down * end)


def double(apart, canvas, boxes):
    for x0, y0, x1, y1 in edges(boxes):
        for off in (-apart / 2, apart / 2):
            canvas.line(x0 + off * (x0 == x1), y0 + off * (y0 == y1), x1 + off * (x0 == x1), y1 + off * (y0 == y1))


def one_way(horizontal, canvas, boxes):
    for side in edges(boxes):
        if (side[1] == side[3]) is horizontal:
            canvas.line(*side)


def shaded(canvas, boxes):
    canvas.setFillGray(0.8)
    for box in boxes:
        if not box.cell.key:
            canvas.rect(box.x, HEIGHT - box.top - box.height, box.width, box.height, stroke=0, fill=1)
    canvas.setFillGray(0)


def around_page(canvas, boxes):
    canvas.rect(30, 20, WIDTH - 60, HEIGHT - 40)
    frames(canvas, boxes)


RULES = {
    "boxes": frames,
    "strokes": strokes,
    "thin filled boxes": thin_boxes,
    "dashes": dashes,
    "double": partial(double, 1.5),
    "double and wide": partial(double, 3.0),
    "horizontal only": partial(one_way, True),
    "vertical only": partial(one_way, False),
    "shaded": shaded,
    "none": no_rules,
    "a frame around the page": around_page,
}


@pytest.mark.parametrize("name", RULES)
def test_cells_are_right_however_the_rules_are_drawn(name):
    assert cells(paint(drawing(), rules=RULES[name])) == EXACT


@pytest.mark.parametrize("rules", [frames, thin_boxes, no_rules])
def test_cells_of_a_cut_row_are_right_however_the_rules_are_drawn(rules):
    assert cells(paint(drawing(CUT), rules=rules)) == EXACT


def test_a_lost_border_or_missing_lines_make_no_cell_silently_wrong():
    def labels_only(canvas, boxes):
        strokes(canvas, [box for box in boxes if not box.cell.key])

    def holes(seed, canvas, boxes):
        chance = random.Random(seed)
        for side in edges(boxes):
            if chance.random() > 0.15:
                canvas.line(*side)

    for rules in (labels_only, partial(holes, 1), partial(holes, 2)):
        assert cells(paint(drawing(), rules=rules))["silent"] == []


# --- print -----------------------------------------------------------------------------------------------------------


def twice(off, canvas, text):
    plain(canvas, text)
    canvas.drawString(text.x + off, HEIGHT - text.y, text.text)


def shadow(canvas, text):
    canvas.setFillGray(0.8)
    twice(0, canvas, text._replace(x=text.x + 1, y=text.y + 1))
    canvas.setFillGray(0)
    plain(canvas, text)


def glyph_by_glyph(canvas, text):
    canvas.setFont(font(), text.size)
    x = text.x + text_width(text.text, text.size)
    for character in reversed(text.text):
        x -= text_width(character, text.size)
        canvas.drawString(x, HEIGHT - text.y, character)


def with_mode(mode, other, canvas, text):
    """A line of print, and over its values others that nobody sees."""
    plain(canvas, text)
    if text.cell and text.cell.key:
        hidden = canvas.beginText(text.x + 6, HEIGHT - text.y)
        hidden.setTextRenderMode(mode)
        hidden.textOut(other)
        hidden.setTextRenderMode(0)
        canvas.drawText(hidden)


def underlined(canvas, text):
    plain(canvas, text)
    if text.cell and text.cell.key:
        canvas.line(text.x - 3, HEIGHT - text.y - 1.5, text.x + 12, HEIGHT - text.y - 1.5)
        canvas.line(text.x - 3, HEIGHT - text.y + 3, text.x + 12, HEIGHT - text.y + 3)


def kangxi(canvas, text):
    plain(canvas, text._replace(text=text.text.translate(str.maketrans("一二行人大", "⼀⼆⾏⼈⼤"))))


PRINT = {
    "bold by offset": partial(twice, 0.3),
    "glyph by glyph, backwards": glyph_by_glyph,
    "hidden figures": partial(with_mode, 3, "7"),
    "underlined and struck": underlined,
    "kangxi radicals": kangxi,
}


@pytest.mark.parametrize("rules", [strokes, no_rules])
@pytest.mark.parametrize("name", PRINT)
def test_cells_are_right_however_the_print_is_drawn(name, rules):
    assert cells(paint(drawing(), rules=rules, write=PRINT[name])) == EXACT


def spaced_out(canvas, text):
    line = canvas.beginText(text.x, HEIGHT - text.y)
    line.setFont(font(), text.size)
    line.setCharSpace(4 if text.cell and text.cell.key else 0)
    line.textOut(text.text)
    canvas.drawText(line)


def white_figures(canvas, text):
    plain(canvas, text)
    if text.cell and text.cell.key:
        canvas.setFillGray(1)
        canvas.drawString(text.x + 6, HEIGHT - text.y, "7")
        canvas.setFillGray(0)


def lost_codes(canvas, text):
    if text.cell and text.cell.key and len(text.text) > 1:
        text = text._replace(text=text.text.replace("1", "\ue001"))
    plain(canvas, text)


def uneven(canvas, text):
    """Figures of one number that stand a little above and below the line."""
    if not (text.cell and text.cell.key):
        plain(canvas, text)
        return
    canvas.setFont(font(), text.size)
    x = text.x
    for place, character in enumerate(text.text):
        canvas.drawString(x, HEIGHT - text.y + 1.5 * (place % 2), character)
        x += text_width(character, text.size)


@pytest.mark.parametrize("rules", [strokes, no_rules])
@pytest.mark.parametrize("write", [spaced_out, white_figures, lost_codes, uneven, shadow])
def test_print_that_can_be_misread_makes_no_cell_silently_wrong(write, rules):
    assert cells(paint(drawing(), rules=rules, write=write))["silent"] == []


def test_characters_without_code_are_told():
    assert "编码" in " ".join(read(paint(drawing(), write=lost_codes), "x").damage)


@pytest.mark.parametrize("rules", [strokes, no_rules])
@pytest.mark.parametrize(
    "style", [Style(shrink=False), Style(shrink=False, wrap=True)], ids=["over the line", "wrapped"]
)
def test_numbers_too_wide_for_their_column_make_no_cell_silently_wrong(style, rules):
    report = sample()
    longer = [
        block
        if not hasattr(block, "cells")
        else block.__class__(
            tuple(
                cell._replace(text=cell.text * 6) if cell.key and cell.text.isdigit() else cell for cell in block.cells
            ),
            block.widths,
            block.heads,
        )
        for block in report.blocks
    ]
    truth = {
        key: int(str(value) * 6) if isinstance(value, int) and value > 0 else value
        for key, value in report.truth.items()
    }
    data = paint(lay_out(report.__class__(report.title, tuple(longer), truth), style), rules=rules)
    assert [str(reading) for reading in readings(extract(data, "x"), truth) if reading.silent] == []


# --- pages -----------------------------------------------------------------------------------------------------------


def turned(degrees, canvas, _, draw):
    canvas.setPageRotation(degrees)
    move = {90: (HEIGHT, 0), 180: (WIDTH, HEIGHT), 270: (0, WIDTH)}[degrees]
    canvas.translate(*move)
    canvas.rotate(degrees)
    draw()


def cropped(canvas, _, draw):
    canvas.translate(100, 50)
    canvas.setCropBox((100, 50, 100 + WIDTH, 50 + HEIGHT))
    draw()


def in_forms(canvas, page, draw):
    canvas.beginForm(f"inner{page}", 0, 0, WIDTH, HEIGHT)
    canvas.translate(10, 10)
    draw()
    canvas.endForm()
    canvas.beginForm(f"outer{page}", 0, 0, WIDTH, HEIGHT)
    canvas.scale(0.8, 0.8)
    canvas.doForm(f"inner{page}")
    canvas.endForm()
    canvas.translate(20, 30)
    canvas.doForm(f"outer{page}")


def scaled(share, canvas, _, draw):
    canvas.scale(share, share)
    draw()


UPRIGHT, ACROSS = (WIDTH, HEIGHT), (HEIGHT, WIDTH)
PAGES = {
    "turned by 90": (partial(turned, 90), ACROSS),
    "turned by 180": (partial(turned, 180), UPRIGHT),
    "turned by 270": (partial(turned, 270), ACROSS),
    "cropped": (cropped, (WIDTH + 200, HEIGHT + 100)),
    "in nested forms": (in_forms, UPRIGHT),
    "three times as large": (partial(scaled, 3), (3 * WIDTH, 3 * HEIGHT)),
    "a fifth as large": (partial(scaled, 0.2), (WIDTH / 5, HEIGHT / 5)),
}


@pytest.mark.parametrize(
    ("name", "rules"), [*((name, strokes) for name in PAGES), ("turned by 90", no_rules), ("in nested forms", no_rules)]
)
def test_cells_are_right_however_the_page_stands(name, rules):
    around, size = PAGES[name]
    assert cells(paint(drawing(), rules=rules, around=around, size=size)) == EXACT


def watermark(size, gray, angle, canvas, _):
    canvas.saveState()
    canvas.setFillGray(gray)
    canvas.setFont(font(), size)
    canvas.translate(60, 150)
    canvas.rotate(angle)
    for line in range(6):
        canvas.drawString(0, line * 105, "样本2022样本7777")
    canvas.restoreState()


@pytest.mark.parametrize("rules", [strokes, no_rules])
def test_a_slanted_watermark_is_not_read(rules):
    assert cells(paint(drawing(), rules=rules, over=partial(watermark, 50, 0.8, 45))) == EXACT


@pytest.mark.parametrize(("size", "gray", "rules"), [(50, 0.8, no_rules), (30, 0.5, strokes), (10, 0.8, strokes)])
def test_a_level_watermark_makes_no_cell_silently_wrong(size, gray, rules):
    assert cells(paint(drawing(), rules=rules, over=partial(watermark, size, gray, 0)))["silent"] == []


@pytest.mark.parametrize(("x", "rules"), [(WIDTH / 2, strokes), (WIDTH - 65, no_rules), (WIDTH / 2, no_rules)])
def test_a_bare_page_number_near_the_table_is_no_value(x, rules):
    def number(canvas, page):
        canvas.setFont(font(), 9)
        canvas.drawString(x, 52, str(page + 1))

    assert cells(paint(drawing(CUT), rules=rules, over=number)) == EXACT


@pytest.mark.parametrize("rules", [frames, no_rules])
@pytest.mark.parametrize("heads", [False, True])
@pytest.mark.parametrize("cut", ["above", "below", "both"])
def test_rows_cut_by_the_end_of_a_page_make_no_cell_silently_wrong(cut, heads, rules):
    found = cells(paint(drawing(Style(cut=cut, heads=heads, drop=250)), rules=rules))
    assert found["silent"] == []
    assert found["right"] == 200


@pytest.mark.parametrize(("align", "middle"), [(0, 0.5), (1, 0.5), (0, 0), (0.5, 0)])
def test_borderless_tables_in_any_alignment_make_no_cell_silently_wrong(align, middle):
    found = cells(paint(drawing(Style(align=align, middle=middle)), rules=no_rules))
    assert found["silent"] == []
    assert found["right"] > 190


@pytest.mark.parametrize("seed", range(100, 106))
def test_random_reports_make_no_cell_silently_wrong(seed):
    chance = random.Random(seed)
    report = sample_report(seed)
    style = Style(
        cut=chance.choice(("above", "below", "both")),
        heads=chance.random() < 0.4,
        drop=chance.uniform(0, 700),
        size=chance.choice((8, 9, 10.5)),
        align=chance.choice((0, 0.5, 1)),
    )
    data = paint(lay_out(report, style), rules=chance.choice((frames, no_rules)))
    record = extract(data, "x")
    assert [str(reading) for reading in readings(record, report.truth) if reading.silent and reading.got] == []


# --- hostile ---------------------------------------------------------------------------------------------------------

TEXT = b"BT /F 10 Tf 50 700 Td (report 2022 1 2 3) Tj ET\n"


def stream(content, entries=b""):
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def raw_pdf(content=TEXT, *, box=b"0 0 595 842", page=b"", trailer=b"", **objects):
    """A PDF of hand-written objects: 1 catalog, 2 pages, 3 the page, 4 its content, 5 a font; ``o6=…`` adds or replaces one."""
    found = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>%s>>"
        % (box, page),
        4: stream(content),
        5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        **{int(name[1:]): body for name, body in objects.items()},
    }
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = {}
    for number, body in sorted(found.items()):
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (max(found) + 1))
    for number in range(1, max(found) + 1):
        out.write(b"%010d 00000 n \n" % places.get(number, 0))
    out.write(b"trailer<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF" % (max(found) + 1, trailer, start))
    return out.getvalue()


FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F 5 0 R>>/XObject<</X %d 0 R>>>>"
SQUARES = b"".join(b"%d 0 m %d 842 l S 0 %d m 595 %d l S\n" % (x, x, x, x) for x in range(0, 595, 2))
SCRIPT = b"<</S/JavaScript/JS(while\\(1\\){})>>"

READ = {
    "as it is": raw_pdf(),
    "10^6 segments": raw_pdf(TEXT + b"0 0 m\n" + b"9 9 l 300 1 l\n" * 500_000 + b"S"),
    "10^5 lines": raw_pdf(TEXT + b"0 9 m 300 9 l S 5 0 m 5 800 l S\n" * 50_000),
    "squared paper": raw_pdf(TEXT + SQUARES),
    "form in itself": raw_pdf(TEXT + b"/X Do", o6=stream(TEXT + b"/X Do", FORM % 6)),
    "huge page": raw_pdf(box=b"0 0 1000000 1000000"),
    "page of no size": raw_pdf(box=b"0 0 0 0"),
    "page of no number": raw_pdf(box=b"0 0 nan inf"),
    "far away": raw_pdf(TEXT + b"1e38 0 0 1e38 1e38 1e38 cm 1e9 0 0 1e9 0 0 cm 0 0 m 1e39 0 l S 0 0 9 9 re S " + TEXT),
    "turned by 45": raw_pdf(page=b"/Rotate 45"),
    "scripts": raw_pdf(o1=b"<</Type/Catalog/Pages 2 0 R/OpenAction%s>>" % SCRIPT, page=b"/AA<</O%s>>" % SCRIPT),
    "page tree in itself": raw_pdf(o2=b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>"),
    "too high a count": raw_pdf(o2=b"<</Type/Pages/Kids[3 0 R]/Count 2000000000>>"),
    "a page that is not there": raw_pdf(o2=b"<</Type/Pages/Kids[3 0 R 99 0 R]/Count 2>>"),
    "cross references in a ring": raw_pdf(trailer=b"/Prev %d" % raw_pdf().index(b"xref\n")),
}
REFUSED = {
    "no page": (raw_pdf(o2=b"<</Type/Pages/Kids[]/Count 0>>"), {"input.damaged", "input.empty"}),
    "10^4 pages": (raw_pdf(o2=b"<</Type/Pages/Kids[%s]/Count 10000>>" % (b"3 0 R " * 10_000)), {"limit.pages"}),
    "10^5 glyphs": (
        raw_pdf(
            b"BT /F 3 Tf "
            + b"".join(b"1 0 0 1 9 %d Tm (%s%d) Tj " % (y % 800, b"12 345 " * 30, y) for y in range(0, 3200, 4))
            + b"ET"
        ),
        {"input.too_large"},
    ),
    "no text": (raw_pdf(b"0 0 m 9 9 l S"), {"input.empty"}),
    "content in itself": (raw_pdf(o4=b"<</Length 4 0 R>>"), {"input.empty"}),
    "nothing after the head": (b"%PDF-1.7\n", {"input.damaged"}),
    "noise": (b"%PDF-1.7\n" + random.Random(1).randbytes(3000), {"input.damaged"}),
    "no numbers": (raw_pdf(b"nan inf 1e400 0 0 1 cm " + TEXT), {"input.empty"}),
    "broken compression": (raw_pdf(o4=stream(zlib.compress(TEXT)[:9], b"/Filter/FlateDecode")), {"input.empty"}),
}


@pytest.mark.parametrize("name", READ)
def test_hostile_pdf_is_read(name):
    begin = time.process_time()
    assert "report" in read(READ[name], "x").text
    assert time.process_time() - begin < 8


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_pdf_is_refused_with_a_code(name):
    data, codes = REFUSED[name]
    begin = time.process_time()
    with pytest.raises(InputError) as caught:
        read(data, "x")
    assert caught.value.code in codes
    assert time.process_time() - begin < 8


def test_a_page_that_is_damaged_is_told_and_the_others_are_read():
    document = read(READ["a page that is not there"], "x")
    assert "第 2 页" in document.damage[0]
    assert document.source.n_pages == 2


@pytest.mark.parametrize("password", ["secret", ""])
def test_a_password_of_the_user_is_refused_and_one_of_the_owner_is_none(password):
    out = io.BytesIO()
    encrypt = pdfencrypt.StandardEncryption(password, "owner", canPrint=0, canCopy=0, strength=128)
    canvas = Canvas(out, encrypt=encrypt)
    canvas.drawString(100, 700, "report")
    canvas.save()
    if not password:
        assert read(out.getvalue(), "x").text == "report\n"
        return
    with pytest.raises(InputError) as caught:
        read(out.getvalue(), "x")
    assert caught.value.code == "input.encrypted"


def test_damaged_bytes_give_a_document_or_a_clear_refusal():
    data, chance = paint(drawing()), random.Random(5)
    seen = set()
    for _ in range(60):
        damaged = bytearray(data)
        if chance.random() < 0.4:
            del damaged[chance.randrange(len(damaged)) :]
        for _ in range(chance.choice((1, 20, 300))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            seen.add(bool(read(bytes(damaged), "x").lines))
        except InputError as error:
            seen.add(error.code.partition(".")[0])
    assert seen <= {True, "input", "limit"}
    assert len(seen) > 1


def test_places_point_at_the_page():
    record = extract(paint(drawing(), over=page_number), "x")
    where = record.cells["requests.new_received.total"].where
    text = next(text for text in drawing().texts if text.cell and text.cell.key == "requests.new_received.total")
    x0, top, x1, bottom = where.bbox
    assert where.page == text.page + 1
    assert x0 <= text.x <= x1
    assert top <= text.y <= bottom
