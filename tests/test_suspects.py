from dataclasses import replace
from random import Random

import pytest
from helpers_late import APPLICANTS, LABELS
from helpers_runs import END, SMALL_TEXT, TITLE, marked, small

from extractor.model import load_model
from training.annotations import STRAY, load_corpus
from training.corpora import packaged
from training.suspects import suspects, unlearnable

COLUMNS = ("natural_person", "business", "research", "public_welfare", "legal_service", "other_org", "total")
LONG = 50  # marks; with fewer, 10 % is no sample


@pytest.fixture(scope="module")
def model():
    """It stands for a model that has not seen the publishers; it has seen some, so it says less than that would."""
    return load_model()


@pytest.fixture(scope="module")
def corpus():
    return [report for kind in ("train", "gold") for report in load_corpus([packaged(kind)]).reports]


@pytest.fixture(scope="module")
def long_reports(corpus):
    return [report for report in corpus if len(report.marks) > LONG][::5]


def swapped(report, pairs):
    """The report with the labels of these pairs of marks exchanged, and the places of the marks concerned."""
    marks, places = list(report.marks), set()
    for one, other in pairs:
        marks[one], marks[other] = (
            marks[one]._replace(key=marks[other].key),
            marks[other]._replace(key=marks[one].key),
        )
        places |= {marks[one].start, marks[other].start}
    return replace(report, marks=tuple(marks)), places


def anywhere(report, random):
    """Pairs of marks of the whole report, 10 % of them."""
    cells = [place for place, mark in enumerate(report.marks) if mark.key != STRAY]
    chosen = random.sample(cells, 2 * (len(cells) // 20))
    return list(zip(chosen[::2], chosen[1::2], strict=True))


def in_rows(report, random):
    """Pairs of marks of the same row, 10 % of all marks."""
    rows = {}
    for place, mark in enumerate(report.marks):
        if mark.key != STRAY:
            rows.setdefault(mark.key.rpartition(".")[0], []).append(place)
    mixed = [random.sample(row, len(row)) for row in rows.values()]
    pairs = [pair for row in mixed for pair in zip(row[::2], row[1::2], strict=False)]
    return random.sample(pairs, min(len(pairs), len(report.marks) // 20))


def requests(*rows):
    """A request table with marked rows: key, and printed values for its seven columns."""
    lines = [
        LABELS[key]
        + "".join(f"\t⟦{text}|requests.{key}.{column}⟧" for text, column in zip(values, COLUMNS, strict=True))
        for key, values in rows
    ]
    return marked(TITLE + APPLICANTS + "\n".join(lines) + "\n" + END)


# --- what is right ---------------------------------------------------------------------------------------------------


def test_reviewed_annotations_give_few_suspects(corpus, model):
    marks = found = 0
    for report in corpus[::2]:
        own = suspects(report, model)
        marks, found = marks + len(report.marks), found + len(own)
        assert len(own) <= 4, own
    assert marks > 4000
    assert found <= 0.002 * marks


def test_a_small_report_has_no_suspects(model):
    assert suspects(small(), model) == []


def test_a_wrong_sum_of_the_agency_is_not_suspect(model):
    """The total says 9 where the parts make 5; annotation and model agree on what is printed."""
    report = requests(("new_received", "3010019"), ("carried_over", "0000000"), ("granted", "3000003"))
    assert report.truth["requests.new_received.total"] == 9
    assert suspects(report, model) == []


def test_a_wrong_total_of_disputes_is_not_suspect(model):
    text = SMALL_TEXT.replace("⟦1|disputes.reconsideration.total⟧", "⟦4|disputes.reconsideration.total⟧")
    assert text != SMALL_TEXT
    assert suspects(marked(text), model) == []


# --- what is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [anywhere, in_rows])
def test_swapped_labels_are_reported(long_reports, model, draw):
    wrong = reported = others = 0
    for seed, report in enumerate(long_reports):
        poisoned, places = swapped(report, draw(report, Random(seed)))
        clean = {suspect.start for suspect in suspects(report, model)}
        found = {suspect.start for suspect in suspects(poisoned, model)}
        assert len(found & places) >= 0.75 * len(places), report.name
        wrong, reported = wrong + len(places), reported + len(found & places)
        others += len(found - places - clean)
    assert wrong > 150
    assert reported >= 0.9 * wrong
    assert others < wrong  # neighbours of a swap may be named with it, but not the whole report


def test_two_labels_swapped_in_a_row_are_both_named(model):
    report, places = swapped(small(), [(3, 5)])
    found = suspects(report, model)
    assert {suspect.start for suspect in found} >= places
    for suspect in found:
        mark = next(mark for mark in report.marks if mark.start == suspect.start)
        assert suspect.report == "report"
        assert suspect.text == report.text[mark.start : mark.end]
        assert suspect.key == mark.key
        assert "列的顺序与表头不符" in suspect.reason


def test_suspects_come_in_order_and_once(model):
    report, _ = swapped(small(), [(3, 5), (9, 14), (0, 20)])
    starts = [suspect.start for suspect in suspects(report, model)]
    assert len(starts) >= 6
    assert starts == sorted(set(starts))


def test_equal_values_swapped_in_a_row_are_named_too(model):
    report, places = swapped(small(), [(0, 2)])  # 0 and 0: the values alone tell nothing
    assert {suspect.start for suspect in suspects(report, model)} >= places


def test_rows_swapped_are_told_by_the_lines(model):
    one = requests(("new_received", "3000003"), ("granted", "3000003"))
    lines = {
        number: ("requests.new_received",) if "新收" in line else ("requests.granted",)
        for number, line in enumerate(one.text.splitlines(), start=1)
        if "\t" in line and any(digit in line for digit in "30")
    }
    assert len(lines) == 2
    report, places = swapped(replace(one, lines=lines), [(0, 7)])
    found = suspects(report, model)
    assert {suspect.start for suspect in found} == places
    assert found[0].reason == "标注为 requests.granted 的单元格，但这一行标注为 requests.new_received"
    assert suspects(replace(one, lines=lines), model) == []


def test_a_label_that_breaks_a_sum_is_suspect(model):
    report = requests(("new_received", "3100004"), ("granted", "3100004"))
    marks = list(report.marks)
    marks[6] = marks[6]._replace(key="requests.new_received.other_org")  # the total
    marks[5] = marks[5]._replace(key=STRAY)
    found = {suspect.start: suspect for suspect in suspects(replace(report, marks=tuple(marks)), model)}
    suspect = found[marks[6].start]
    assert (suspect.text, suspect.key) == ("4", "requests.new_received.other_org")
    assert suspect.read == "requests.new_received.total"
    assert "模型读作 requests.new_received.total" in suspect.reason
    assert "不成立，按模型则成立" in suspect.reason
    assert not any(mark.start in found for mark in marks[7:])  # the other row


@pytest.mark.parametrize("some", ["3100004", "3100009"])
def test_labels_that_no_relation_proves_wrong_are_left_to_the_person(model, some):
    """In all rows the 1 is called another column. The model reads it otherwise, but all sums between rows hold either way, and
    those of the second report, where the agency miscounted, hold neither way."""
    rows = dict.fromkeys(("new_received", "carried_over", "granted", "results_total", "carried_forward"), some)
    report = requests(*(rows | {"carried_over": "0000000", "carried_forward": "0000000"}).items())
    assert suspects(report, model) == []
    marks = list(report.marks)
    for place in (1, 15, 22):
        row = marks[place].key.rpartition(".")[0]
        assert marks[place].value == 1
        marks[place] = marks[place]._replace(key=f"{row}.research")
        marks[place + 1] = marks[place + 1]._replace(key=STRAY)
    assert suspects(replace(report, marks=tuple(marks)), model) == []


def test_a_sum_of_which_one_side_is_not_printed_proves_nothing(model):
    """Without the rows of results, applications received can't be balanced against them."""
    report = requests(("new_received", "3100004"), ("granted", "3100004"))
    marks = list(report.marks)
    marks[1] = marks[1]._replace(key="requests.new_received.research")
    marks[2] = marks[2]._replace(key=STRAY)
    assert suspects(replace(report, marks=tuple(marks)), model) == []


def test_a_report_that_the_program_refuses_is_judged_by_its_own_order(model):
    half = marked(SMALL_TEXT.replace(TITLE, "青石县水利局2021年上半年政府信息公开工作报告\n"))
    assert suspects(half, model) == []
    report, places = swapped(half, [(3, 5)])
    assert {suspect.start for suspect in suspects(report, model)} >= places


# --- what teaches nothing --------------------------------------------------------------------------------------------


def test_a_clean_report_teaches_with_every_row():
    assert list(unlearnable(small())) == []


def test_a_row_that_the_program_takes_for_another_is_told():
    text = TITLE + APPLICANTS + LABELS["granted"] + "\t⟦5|requests.new_received.natural_person⟧" + "\t0" * 5 + "\t5\n"
    (reason,) = unlearnable(marked(text + END))
    assert reason.startswith("report 第 ")
    assert "程序认作 granted，标注为 requests.new_received" in reason


def test_values_out_of_order_are_told():
    report, _ = swapped(small(), [(3, 5)])
    (reason,) = unlearnable(report)
    line = 1 + report.text[: report.marks[3].start].count("\n")
    assert reason == f"report 第 {line} 行：数字的标注不按列的顺序"


def test_a_row_of_strays_is_no_fault():
    report = small()
    marks = tuple(
        mark._replace(key=STRAY, value=None) if 3 <= place <= 5 else mark for place, mark in enumerate(report.marks)
    )
    assert list(unlearnable(replace(report, marks=marks))) == []
