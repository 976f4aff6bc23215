import re
from itertools import pairwise
from random import Random

import pytest
from helpers_training import rows_of, sheet, sheet_of, values_of

from extractor.numbers import parse
from extractor.readers import read
from training.annotations import STRAY
from training.layouts import damage, some_damages
from training.styles import SEPARATING, STYLES

BETWEEN = {  # what stands between two values of a row
    "tsv_grid": r"\t",
    "pipe_rows": r" \| ",
    "pipe_rows_leading": r" \| ",
    "cell_per_line_pipe": r" \|\n",
    "pipe_open": r"  \| \n ",
    "lone_pipe": r"\n\|\n",
    "lone_pipe_row": r" \|\n",
    "cell_per_line": r"\n\n?",
    "cr_run_text": r"\r\r\r",
    "space_rows": r" ",
    "wide_spaces": r"　　",
    "glued_rows": r"",
    "glued": r"",
    "one_table_per_row": r" \| ",
}
ROW_ENDS = {  # what stands between the last value of a row and the label of the next
    "tsv_grid": r"\n",
    "pipe_rows": r"( \|)?\n",
    "pipe_rows_leading": r" \|\n(\|---\|---\|\n)?\| ",
    "cell_per_line_pipe": r" \|\n",
    "pipe_open": r"  \| \n \| \n ",
    "lone_pipe": r"\n\|\n",
    "lone_pipe_row": r" \|\n\|\n",
    "cell_per_line": r"\n\n?",
    "cr_run_text": r"\r\r\r\r\r",
    "space_rows": r"\n",
    "wide_spaces": r"　　",
    "glued_rows": r"\n",
    "glued": r"",
    "one_table_per_row": r" \|\n\n\| 项目 \|.*\n\|---\|---\|\n\| ",
}
DAMAGED = ("filler", "leading_blanks", "extra_column", "empty_rows", "page_break", "head_lost", "label_lost", "dashes")
FULL = {"granted": "3 1 0 0 0 0 4", "carried_over": "0 0 0 0 0 12 12"}


def printed(style, some, seed=1):
    return STYLES[style](some, Random(seed))


def between_values(text, some):
    """What stands between the values of each row."""
    places = {key: span for span, key in text.spans.items()}
    for row in rows_of(some):
        for one, other in pairwise(value.key for value in row.values if value.text):
            yield text.text[places[one][1] : places[other][0]]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_spans_hold_the_printed_values(style, seed):
    some = sheet_of(seed)
    text = printed(style, some, seed)
    spans = sorted(text.spans)
    assert [(text.spans[span], text.text[slice(*span)]) for span in spans] == values_of(some)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert all(parse(text.text[slice(*span)]).value == some.truth[text.spans[span]] for span in spans)
    assert len(text.text) == text.length


@pytest.mark.parametrize("style", STYLES)
def test_spans_hold_after_any_damage(style):
    for seed in range(20):
        random = Random(seed)
        some = damage(sheet_of(seed), random, 0.9, some_damages(random, DAMAGED))
        text = printed(style, some, seed)
        found = [(text.spans[span], text.text[slice(*span)]) for span in sorted(text.spans)]
        assert found == values_of(some)


@pytest.mark.parametrize("style", STYLES)
def test_labels_heads_and_prose_are_printed_in_order(style):
    some = sheet_of(15)
    text = printed(style, some).text
    place = 0
    words = [some.title, *some.prose[:-1]]
    for table in some.tables:
        words += [table.heading, *(label for row in table.rows for label in row.labels if label)]
    for word in [*words, some.prose[-1], "六、其他需要报告的事项"]:
        assert word in text[place:], word
        place = text.index(word, place) + len(word)
    assert text.startswith(some.title)


@pytest.mark.parametrize("style", STYLES)
def test_a_style_separates_values_in_its_own_way(style):
    some = sheet("requests-2021", **FULL)
    for seed in range(8):
        text = printed(style, some, seed)
        assert all(re.fullmatch(BETWEEN[style], gap) for gap in between_values(text, some))
        _, end = sorted(text.spans)[6]
        after = text.text[end : text.text.index(rows_of(some)[1].labels[0], end)]
        assert re.fullmatch(ROW_ENDS[style], after), (seed, after)


@pytest.mark.parametrize("style", STYLES)
def test_a_style_tells_whether_it_separates_values(style):
    some = sheet("requests-2021", **FULL)
    for seed in range(8):
        text = printed(style, some, seed)
        assert {bool(gap) for gap in between_values(text, some)} == {text.separates}
        assert text.separates is (style in SEPARATING)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("there", "gone"),
    [
        ("3 1 _ 0 0 0 4", "3 1 x 0 0 0 4"),
        ("3 _ _ _ _ 1 4", "3 _ x x x 1 4"),
        ("_ 4 0 0 0 0 4", "x 4 0 0 0 0 4"),
        ("_ _ _ _ _ _ 4", "x x x x x x 4"),
        ("_ _ _ _ _ _ _", "x x x x x x x"),
    ],
)
def test_a_style_tells_whether_it_shows_blanks(style, there, gone):
    one, other = (sheet("requests-2021", carried_over="0 0 0 0 0 0 0", granted=row) for row in (there, gone))
    for seed in range(8):
        text = printed(style, one, seed)
        assert (text.text != printed(style, other, seed).text) is text.shows_blanks


def test_cells_on_lines_of_their_own_show_blanks_or_not():
    shown = {printed("cell_per_line", sheet("requests-2021", **FULL), seed).shows_blanks for seed in range(20)}
    assert shown == {True, False}


@pytest.mark.parametrize("style", STYLES)
def test_flags_stay_with_a_cut_text(style):
    text = printed(style, sheet_of(16))
    cut = text.cut(text.length // 2)
    assert (cut.separates, cut.shows_blanks) == (text.separates, text.shows_blanks)


@pytest.mark.parametrize("style", STYLES)
def test_filler_shows_wherever_blanks_do(style):
    some = sheet("requests-2021", **FULL)
    filled = damage(some, Random(1), 1.0, ["filler"])
    assert rows_of(filled)[0].filler
    text = printed(style, filled)
    assert (text.text != printed(style, some).text) is text.shows_blanks
    assert [text.text[slice(*span)] for span in sorted(text.spans)] == [value for _, value in values_of(some)]


@pytest.mark.parametrize("style", STYLES)
def test_the_reader_leaves_places_as_they_are(style):
    text = printed(style, sheet_of(17)).text
    assert read(text.encode(), "report").text == text


@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_gives_the_same_text(style):
    def report(seed):
        random = Random(seed)
        return STYLES[style](damage(sheet_of(seed), random, 0.5, ["extra_column", "misprint"]), random)

    one, again, other = report(71), report(71), report(72)
    assert (one.text, one.spans) == (again.text, again.spans)
    assert one.text != other.text


def test_strays_have_spans_too():
    some = sheet("requests-2021", granted="~0 3 0 0 0 0 0 3")
    text = printed("pipe_rows", some)
    assert text.spans[min(text.spans)] == STRAY


def test_spanned_group_cells_are_empty_in_a_grid_and_left_out_elsewhere():
    some = sheet_of(18)
    row = next(row for row in rows_of(some) if row.row == "partially_granted")
    printed_row = row.labels[1] + "\t" + "\t".join(value.text for value in row.values) + "\n"
    assert any("\n\t" + printed_row in printed("tsv_grid", some, seed).text for seed in range(8))
    assert "\n" + row.labels[1] + "\n" in printed("cell_per_line", some).text


def test_labels_of_a_grid_may_be_aligned():
    some = sheet_of(19)
    rows = [row for row in some.tables[1].rows if row.kind == "data"]
    widths = []
    for seed in range(10):
        lines = printed("tsv_grid", some, seed).text.split("\n")
        ends = ("\t".join([row.labels[-1], ""]) for row in rows)
        own = [next(line for line in lines if f"\t{line}".count(f"\t{end}")) for end in ends]
        widths.append({line.count("\t") - 6 for line in own})
    assert {len(row.labels) for row in rows} in widths
    assert any(len(width) == 1 for width in widths)


def test_rows_as_tables_have_invented_heads():
    lines = printed("one_table_per_row", sheet("requests-2021", **FULL)).text.split("\n")
    place = lines.index("| 予以公开 | 3 | 1 | 0 | 0 | 0 | 0 | 4 |")
    assert lines[place - 2 : place] == ["| 项目 | " + " | ".join(f"数据{n}" for n in range(1, 8)) + " |", "|---|---|"]


def test_a_rule_may_stand_under_the_head():
    some = sheet("requests-2021", **FULL)
    texts = [printed("pipe_rows_leading", some, seed).text for seed in range(10)]
    assert {"|---|---|\n" in text for text in texts} == {True, False}
