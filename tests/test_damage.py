"""What the operators of ``layouts.py`` and ``wordings.py`` do to sheets."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from random import Random

import opencc
import pytest
from helpers_training import rows_of, sheet, sheet_of, values_of

from extractor.fold import fold
from extractor.numbers import parse
from training.annotations import STRAY
from training.layouts import DAMAGES, SEVERITIES, damage, some_damages
from training.styles import STYLES

SEEDS = range(31, 51)
HABITS = {"extra_column", "leading_blanks", "filler", "blank_dropped", "blank_merged"}  # of half the rows or more


def pairs(name, severity=1.0, seeds=SEEDS):
    """Sheets before and after an operator."""
    for seed in seeds:
        before = sheet_of(seed)
        yield before, damage(before, Random(seed), severity, [name])


def row_pairs(name, severity=1.0, kind="data"):
    """Rows before and after, of operators that keep all rows."""
    for before, after in pairs(name, severity):
        yield from zip(rows_of(before, kind), rows_of(after, kind), strict=True)


def texts(row):
    return [value.text for value in row.values]


def tabled_rows(sheet):
    return [(table.form, row) for table in sheet.tables for row in table.rows if row.kind == "data"]


def label_pairs(name, kind="data", severity=1.0):
    for before, after in row_pairs(name, severity, kind):
        yield from zip(before.labels, after.labels, strict=True)


# --- what holds of all operators -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("style", ["tsv_grid", "cell_per_line", "one_table_per_row", "wide_spaces", "lone_pipe_row"])
def test_spans_hold_the_printed_values(name, style):
    for seed in range(21, 25):
        damaged = damage(sheet_of(seed), Random(seed), 0.9, [name])
        text = STYLES[style](damaged, Random(seed))
        spans = sorted(text.spans)
        assert [(text.spans[span], text.text[slice(*span)]) for span in spans] == values_of(damaged)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        for span in spans:
            if (key := text.spans[span]) != STRAY:
                assert parse(text.text[slice(*span)]).value == damaged.truth[key]


@pytest.mark.parametrize("name", DAMAGES)
def test_sheets_change_but_not_the_truth(name):
    found = list(pairs(name, 0.9))
    assert any(before != after for before, after in found)
    for before, after in found:
        assert after.truth == before.truth
        assert (after.title, after.prose) == (before.title, before.prose)
        assert [table.form for table in after.tables] == [table.form for table in before.tables]


@pytest.mark.parametrize("name", DAMAGES)
def test_values_stay_in_order_and_keep_their_keys(name):
    for before, after in pairs(name, 0.9):
        order = {key: place for place, key in enumerate(before.truth)}
        places = [order[key] for key, text in values_of(after) if key != STRAY]
        assert places == sorted(set(places))


@pytest.mark.parametrize("name", DAMAGES)
def test_only_values_that_are_added_are_strays(name):
    for before, after in pairs(name, 0.9):
        old, new = (Counter(key for key, _ in values_of(sheet)) for sheet in (before, after))
        dashes = Counter(key for key, text in values_of(after) if parse(text).state == "dash")
        assert (new - old).keys() <= {STRAY} | dashes.keys()


@pytest.mark.parametrize("name", DAMAGES)
def test_operators_that_add_values_to_rows_say_so(name):
    mixed = any(
        len({value.key == STRAY for value in row.values if value.key}) == 2
        for _, after in pairs(name)
        for row in rows_of(after)
    )
    assert mixed is DAMAGES[name].adds


def struck(name, severity):
    """How many rows and headings an operator changes, adds or takes away."""
    count = 0
    for before, after in pairs(name, severity, range(100, 120)):
        old, new = (
            Counter([row for table in sheet.tables for row in table.rows] + [table.heading for table in sheet.tables])
            for sheet in (before, after)
        )
        count += ((old - new) + (new - old)).total()
    return count


@pytest.mark.parametrize("name", DAMAGES)
def test_more_severity_strikes_more(name):
    low, high = (struck(name, SEVERITIES[severity]) for severity in ("low", "high"))
    assert 0 < low < high


@pytest.mark.parametrize("name", DAMAGES)
def test_no_severity_strikes_nothing_but_where_it_is_a_habit(name):
    least, most = struck(name, 0.0), struck(name, 1.0)
    if name in HABITS:
        assert 0.35 * most < least < 0.75 * most
    else:
        assert least == 0


@pytest.mark.parametrize("name", DAMAGES)
def test_the_same_seed_does_the_same_damage(name):
    def damaged(offset):
        return [damage(sheet_of(seed), Random(seed + offset), 0.5, [name]) for seed in SEEDS]

    assert damaged(0) == damaged(0)
    assert damaged(0) != damaged(1000)


# --- values that are added -------------------------------------------------------------------------------------------


def test_an_extra_column_stands_at_one_place_of_the_request_rows():
    seen = set()
    for before, after in pairs("extra_column"):
        places = set()
        for (form, old), new in zip(tabled_rows(before), rows_of(after), strict=True):
            strays = [place for place, value in enumerate(new.values) if value.key == STRAY]
            assert bool(strays) == (form.table == "requests" and "" not in texts(old))
            places.update(strays)
            assert tuple(value for value in new.values if value.key != STRAY) == old.values
            assert {new.values[place].text for place in strays} <= {"0"}
        assert len(places) <= 1
        seen |= places
    assert len(seen) > 2


def test_stray_zeros_stand_anywhere_in_full_rows():
    places = Counter()
    for old, new in row_pairs("stray_zero"):
        strays = [place for place, value in enumerate(new.values) if value.key == STRAY]
        assert len(strays) <= ("" not in texts(old) and len(old.values) >= 3)
        assert [new.values[place].text for place in strays] == ["0"] * len(strays)
        assert tuple(value for value in new.values if value.key != STRAY) == old.values
        places.update(strays)
    assert len(places) > 5


def test_extra_values_follow_the_only_value_of_a_row():
    counts = Counter()
    for old, new in row_pairs("extra_values"):
        added = new.values[len(old.values) :]
        assert new.values[: len(old.values)] == old.values
        assert {(value.key, value.text) for value in added} <= {(STRAY, "0")}
        assert bool(added) == (len(old.values) == 1 and old.values[0].text != "")
        counts[len(added)] += 1
    assert set(counts) == {0, 1, 2}


def test_a_page_number_follows_the_values_of_a_row():
    found = [
        (old, new.values[len(old.values) :])
        for old, new in row_pairs("page_number")
        if new.values[: len(old.values)] == old.values
    ]
    assert len(found) == sum(1 for _ in row_pairs("page_number"))
    numbers = [value for _, added in found for value in added]
    assert 0 < len(numbers) < 0.1 * len(found)
    assert {value.key for value in numbers} == {STRAY}
    assert {int(value.text) for value in numbers} <= set(range(2, 16))


# --- cells that are added or lost ------------------------------------------------------------------------------------


def test_filler_is_as_wide_in_all_rows_of_a_report():
    for before, after in pairs("filler"):
        assert len({row.filler for row in rows_of(after)}) == 1
        assert rows_of(after)[0].filler in (1, 2, 3)
        assert [replace(row, filler=0) for row in rows_of(after)] == rows_of(before)


def test_leading_blanks_fill_the_columns_that_labels_leave():
    widths = set()
    for before, after in pairs("leading_blanks"):
        found = set()
        for old, new in zip(rows_of(before), rows_of(after), strict=True):
            added = len(new.values) - len(old.values)
            assert new.values[added:] == old.values
            assert [(value.text, value.key) for value in new.values[:added]] == [("", None)] * added
            if added:
                found.add(added + sum(map(bool, old.labels)))
        assert len(found) <= 1
        widths |= found
    assert widths == {2, 3, 4, 5}


def test_dropped_blanks_vanish_or_come_back_as_filler():
    fillers = set()
    for before, after in pairs("blank_dropped"):
        lost = 0
        for old, new in zip(rows_of(before), rows_of(after), strict=True):
            assert new.values == tuple(value for value in old.values if value.text)
            assert new.filler in (0, len(old.values) - len(new.values))
            lost += len(old.values) - len(new.values)
        if lost:
            fillers.add(sum(row.filler for row in rows_of(after)) / lost)
    assert fillers == {0, 1}


def test_merged_blanks_become_one():
    merged = 0
    for old, new in row_pairs("blank_merged"):
        assert all(one or other for one, other in pairwise(texts(new)))
        assert [text for text in texts(new) if text] == [text for text in texts(old) if text]
        runs = sum(not text and (place == 0 or bool(texts(old)[place - 1])) for place, text in enumerate(texts(old)))
        assert texts(new).count("") == runs
        merged += len(new.values) < len(old.values)
    assert merged > 20


def test_leading_values_are_lost():
    counts = Counter()
    for old, new in row_pairs("leading_lost"):
        lost = len(old.values) - len(new.values)
        assert new.values == old.values[lost:]
        counts[lost] += 1
        assert not lost or len(old.values) >= 5
    assert set(counts) == {0, 1, 2, 3}
    assert counts[0] > counts.total() / 2


def test_trailing_values_are_lost():
    counts = Counter()
    for old, new in row_pairs("trailing_lost"):
        lost = len(old.values) - len(new.values)
        assert new.values == old.values[: len(new.values)]
        counts[lost] += 1
        assert not lost or len(old.values) >= 3
    assert set(counts) == {0, 1, 2}
    assert counts[0] > counts.total() / 2


# --- rows ------------------------------------------------------------------------------------------------------------


def test_rows_are_lost_and_the_others_stay():
    lost = 0
    for before, after in pairs("row_lost"):
        kept = rows_of(after)
        assert kept == [row for row in rows_of(before) if row in kept]
        assert rows_of(after, "head") == rows_of(before, "head")
        lost += len(rows_of(before)) - len(kept)
    assert 0 < lost < 0.2 * sum(len(rows_of(before)) for before, _ in pairs("row_lost"))


def test_labels_are_lost_and_values_stay():
    lost = 0
    for old, new in row_pairs("label_lost"):
        assert new in (old, replace(old, labels=()))
        lost += new != old
    assert lost > 10


def test_heads_captions_and_headings_are_lost():
    lost = Counter()
    for before, after in pairs("head_lost"):
        assert rows_of(after) == rows_of(before)
        for kind in ("head", "caption"):
            lost[kind] += len(rows_of(before, kind)) - len(rows_of(after, kind))
        for old, new in zip(before.tables, after.tables, strict=True):
            assert new.heading in (old.heading, "")
            lost["heading"] += not new.heading
    assert min(lost["head"], lost["caption"], lost["heading"]) > 5


def test_a_page_ends_before_a_row_and_the_heads_may_come_again():
    repeated = Counter()
    for before, after in pairs("page_break"):
        for old, new in zip(before.tables, after.tables, strict=True):
            heads = [row for row in old.rows if row.kind == "head"]
            feet = [place for place, row in enumerate(new.rows) if row.labels[:1] and row.labels[0].endswith(" -")]
            added = set(feet)
            for place in feet:
                assert 2 <= int(new.rows[place].labels[0].removeprefix("- ").removesuffix(" -")) <= 20
                again = list(new.rows[place + 1 : place + 1 + len(heads)]) == heads
                added |= set(range(place + 1, place + 1 + len(heads))) if again else set()
                assert new.rows[place + 1 + again * len(heads)].kind == "data"
                repeated[again] += 1
            assert [row for place, row in enumerate(new.rows) if place not in added] == list(old.rows)
            assert not feet or feet[0] > len(heads)
    assert min(repeated[True], repeated[False]) > 5


def test_empty_rows_follow_data_rows():
    added = Counter()
    for before, after in pairs("empty_rows"):
        for old, new in zip(before.tables, after.tables, strict=True):
            empty = [place for place, row in enumerate(new.rows) if not row.labels and not row.values]
            assert [row for place, row in enumerate(new.rows) if place not in empty] == list(old.rows)
            assert all(new.rows[place - 1].kind == "data" for place in empty)
            added.update(new.rows[place].filler for place in empty)
    assert set(added) == {2, 3, 4, 5, 6}


def test_an_extra_row_follows_the_normative_documents():
    for before, after in pairs("extra_row"):
        for old, new in zip(before.tables, after.tables, strict=True):
            extra = [row for row in new.rows if row not in old.rows]
            assert [row for row in new.rows if row not in extra] == list(old.rows)
            assert len(extra) == (old.form.table == "proactive")
            for row in extra:
                above = new.rows[new.rows.index(row) - 1]
                assert above.row == "normative_documents"
                assert row.labels[0] in old.form.extra_rows
                assert [value.key for value in row.values] == [STRAY] * len(above.values)
                assert all(value.text.isdigit() for value in row.values)


# --- how values are printed ------------------------------------------------------------------------------------------


def test_blanks_are_printed_as_one_kind_of_dash():
    seen = set()
    for before, after in pairs("dashes", seeds=range(60)):
        dashes = set()
        for old, new in zip(rows_of(before), rows_of(after), strict=True):
            for one, other in zip(old.values, new.values, strict=True):
                assert other.key == one.key
                if one.text:
                    assert other == one
                else:
                    dashes.add(other.text)
        assert len(dashes) <= 1
        seen |= dashes
    assert seen == {"/", "-", "—", "无"}
    assert {parse(dash).state for dash in seen} == {"dash"}


def test_blanks_that_belong_to_no_cell_stay_blank():
    for seed in SEEDS:
        drifted = damage(sheet_of(seed), Random(seed), 1.0, ["leading_blanks"])
        dashed = DAMAGES["dashes"].apply(drifted, Random(seed), 1.0)
        for old, new in zip(rows_of(drifted), rows_of(dashed), strict=True):
            assert [value.text for value in new.values if not value.key] == [""] * sum(
                not value.key for value in old.values
            )


def test_only_totals_of_requests_are_printed():
    for before, after in pairs("only_total"):
        for (form, old), new in zip(tabled_rows(before), rows_of(after), strict=True):
            expected = [""] * 6 + texts(old)[-1:] if form.table == "requests" else texts(old)
            assert texts(new) == expected
            assert [value.key for value in new.values] == [value.key for value in old.values]


def changed_values(name):
    """The values that an operator prints in another way: table and key, and both prints."""
    for before, after in pairs(name):
        for (form, old), new in zip(tabled_rows(before), rows_of(after), strict=True):
            for one, other in zip(old.values, new.values, strict=True):
                assert one.key == other.key
                if one.text != other.text:
                    yield form.columns[one.key], one.text, other.text


def test_changes_are_spelt_in_words():
    words = Counter()
    for column, old, new in changed_values("change_words"):
        assert column.kind == "signed"
        assert parse(new).value == parse(old).value != 0
        words[new.rstrip("0123456789")] += 1
    assert set(words) == {"增", "增加", "减", "减少"}


def test_all_changes_are_spelt_in_words_when_severe():
    for _, after in pairs("change_words"):
        for form, row in tabled_rows(after):
            for value in row.values:
                if value.text and form.columns[value.key].kind == "signed":
                    assert value.text == "0" or value.text[0] in "增减"


def test_units_are_printed_in_cells():
    units = Counter()
    for column, old, new in changed_values("unit_in_cell"):
        number = parse(new)
        assert number.value == parse(old).value
        assert new == old + number.unit
        units[column.kind == "amount", number.unit] += 1
    assert set(units) == {(True, "万元"), (True, "元"), (False, "件")}


def test_thousands_are_separated():
    count = 0
    for _, old, new in changed_values("thousands"):
        assert len(old) >= 4
        assert new == f"{int(old):,}"
        count += 1
    assert count > 10
    for _, after in pairs("thousands"):
        assert not any(text.isdigit() and len(text) > 3 for _, text in values_of(after))


# --- labels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["head_truncated", "note_in_label", "misprint", "ocr_slip", "traditional", "inner_space", "wrapped_label"],
)
def test_damage_to_words_leaves_values_alone(name):
    for kind in ("data", "head", "caption"):
        for old, new in row_pairs(name, kind=kind):
            assert (new.values, new.filler, new.row) == (old.values, old.filler, old.row)
            assert len(new.labels) == len(old.labels)
            assert all(bool(one) == bool(other) for one, other in zip(old.labels, new.labels, strict=True))


def test_heads_lose_their_last_characters():
    lost = Counter()
    for old, new in label_pairs("head_truncated", "head"):
        assert old.startswith(new)
        assert len(old) >= 5 or new == old
        lost[len(old) - len(new)] += 1
    assert set(lost) == {0, 1, 2}
    assert all(old == new for kind in ("data", "caption") for old, new in label_pairs("head_truncated", kind))


def test_one_note_in_brackets_follows_labels():
    for before, after in pairs("note_in_label"):
        notes = set()
        for old, new in zip(rows_of(before), rows_of(after), strict=True):
            for one, other in zip(old.labels, new.labels, strict=True):
                assert other.startswith(one)
                notes.add(other.removeprefix(one))
        (note,) = notes - {""}
        assert note[0] + note[-1] == "（）"


def test_misprints_lose_double_or_change_a_character():
    kinds = Counter()
    for old, new in label_pairs("misprint"):
        if old != new:
            place = next(
                (place for place, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), len(new)
            )
            assert place >= 3
            left = {old[:place] + old[place + 1 :]: "lost"}
            left[old[:place] + old[place - 1] + old[place:]] = "doubled"
            left[old[:place] + "信" + old[place + 1 :]] = "another"
            kinds[left[new]] += 1
    assert set(kinds) == {"lost", "doubled", "another"}


def test_an_ocr_slip_takes_one_character_for_another_like_it():
    taken = Counter()
    for kind in ("data", "head", "caption"):
        for old, new in label_pairs("ocr_slip", kind):
            differ = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
            assert len(differ) <= 1
            taken.update(differ)
    assert {("未", "末"), ("日", "曰"), ("人", "入")} & taken.keys()
    assert taken.keys() <= set(zip("未己人土日目科末大二无元公入", "末已入士曰日料未太三元无厶人", strict=True))


def test_labels_become_traditional():
    there, back = opencc.OpenCC("s2t"), opencc.OpenCC("t2s")
    changed = 0
    for old, new in label_pairs("traditional"):
        assert fold(back.convert(new)) == fold(back.convert(old))
        changed += old != new
    assert changed > 100
    assert all(new == there.convert(old) for old, new in label_pairs("traditional", "head"))


@pytest.mark.parametrize(("name", "sign"), [("inner_space", " "), ("wrapped_label", "\n")])
def test_labels_are_broken_inside(name, sign):
    broken = 0
    for old, new in (pair for kind in ("data", "head", "caption") for pair in label_pairs(name, kind)):
        if old != new:
            broken += 1
            assert new.count(sign) == old.count(sign) + 1
            assert new.replace(sign, "") == old.replace(sign, "")
            assert new.strip() == new
    assert broken > 100


# --- several operators -----------------------------------------------------------------------------------------------


def test_no_damage_is_no_damage():
    assert damage(sheet_of(62), Random(62), 1.0, []) == sheet_of(62)


def test_operators_are_applied_in_a_fixed_order():
    for seed in SEEDS:
        one, other = (
            damage(sheet_of(seed), Random(seed), 0.9, names)
            for names in (["extra_column", "leading_blanks"], ["leading_blanks", "extra_column"])
        )
        assert one == other


def test_operators_are_combined():
    seed = next(seed for seed in SEEDS if None not in sheet_of(seed).truth.values())
    both = damage(sheet_of(seed), Random(seed), 1.0, ["filler", "label_lost"])
    assert any(row.filler for row in rows_of(both))
    assert any(not row.labels and row.row for row in rows_of(both))


def drawn_names(known, count=300):
    return [some_damages(Random(seed), known) for seed in range(count)]


def test_some_damages_are_none_one_or_two_on_values():
    known = ["filler", "dashes", "row_lost"]
    drawn = drawn_names(known)
    assert {len(names) for names in drawn} == {0, 1, 2}
    assert all(len(set(names)) == len(names) for names in drawn)
    assert {name for names in drawn for name in names} == set(known)
    assert Counter(map(len, drawn)).most_common(1)[0][0] == 1


def test_some_damages_are_none_or_one_on_words():
    known = ["misprint", "traditional", "wrapped_label"]
    drawn = drawn_names(known)
    assert {len(names) for names in drawn} == {0, 1}
    assert {name for names in drawn for name in names} == set(known)


def test_damage_to_values_and_to_words_is_combined():
    drawn = {tuple(map(len, names)) for names in drawn_names(["filler", "dashes", "misprint"])}
    assert {(), (6,), (8,), (6, 8), (6, 6, 8)} <= drawn
    assert max(map(len, drawn)) == 3


@pytest.mark.parametrize("known", [[], ["filler"], ["misprint"]])
def test_some_damages_are_no_more_than_there_are(known):
    drawn = drawn_names(known, 50)
    assert max(map(len, drawn)) == len(known)
    assert min(map(len, drawn)) == 0


def test_a_row_of_blanks_is_no_full_row():
    blank = sheet("requests-2021", granted="0 0 0 _ 0 0 0", carried_over="0 0 0 0 0 0 0")
    (one, other) = rows_of(DAMAGES["extra_column"].apply(blank, Random(1), 1.0))
    assert len(one.values) == 7
    assert len(other.values) == 8
