from collections import Counter
from dataclasses import replace

import pytest
from helpers_late import APPLICANTS, END, LABELS
from helpers_training import FORMS, annotation

from extractor.shapes import STRAY as NO_COLUMN
from training.annotations import STRAY
from training.examples import examples, keyed_rows
from training.layouts import DAMAGES
from training.simulate import simulated_report
from training.styles import SEPARATING

COLUMNS = [column.key for column in FORMS["requests-2021"].blocks[0].columns]


def requests(*values):
    """One row of requests, its values as (printed, key of the column)."""
    parts = []
    for printed, column in values:
        parts += ["\t", (printed, column if column == STRAY else f"requests.new_received.{column}")]
    return annotation(APPLICANTS + LABELS["new_received"], *parts, f"\n{END}")


def report_without_blanks(style):
    reports = (simulated_report(seed, style, [], 0.5) for seed in range(91, 120))
    return next(report for report in reports if not report.blanks)


@pytest.mark.parametrize("style", SEPARATING)
def test_examples_of_a_clean_report_are_in_order(style):
    report = report_without_blanks(style)
    found = list(examples(report))
    assert len(found) > 25
    for example in found:
        assert example.columns == tuple(range(len(example.shape.totals)))
        assert len(example.printed) == len(example.columns) == len(example.shape.slots)
    assert Counter(value for example in found for value in example.printed) == Counter(report.truth.values())


@pytest.mark.parametrize("style", SEPARATING)
def test_every_value_of_a_clean_report_has_its_key(style):
    for seed in range(8):
        report = simulated_report(seed, style, [], 0.5)
        rows = list(keyed_rows(report))
        keys = [key for row in rows for key in row.keys]
        assert STRAY not in keys
        assert keys == [mark.key for mark in report.marks]
        for row in rows:
            places = [row.row.cells.index(key) for key in row.keys]
            assert places == sorted(places)
            assert [token.kind for token in row.values] == ["value"] * len(row.keys)


@pytest.mark.parametrize("name", ["change_words", "unit_in_cell", "thousands", "dashes"])
def test_values_keep_their_keys_however_they_are_printed(name):
    for seed in range(8):
        report = simulated_report(seed, "pipe_rows", [name], 0.9)
        keys = [key for row in keyed_rows(report) for key in row.keys]
        assert keys == [mark.key for mark in report.marks]


def test_a_value_that_is_no_cell_is_a_stray_example():
    values = zip("0700000", COLUMNS, strict=True)
    (example,) = examples(requests(("0", STRAY), *values))
    assert example.columns == (NO_COLUMN, 0, 1, 2, 3, 4, 5, 6)
    assert example.printed == (0, 0, 7, 0, 0, 0, 0, 0)
    assert example.shape.zero == (True, True, False, True, True, True, True, True)


def test_a_value_that_is_not_marked_is_stray():
    report = requests(("0", STRAY), *zip("0700007", COLUMNS, strict=True))
    unmarked = replace(report, marks=report.marks[1:])
    assert list(examples(unmarked)) == list(examples(report))


def test_values_behind_blanks_are_in_their_columns():
    report = annotation(
        APPLICANTS + LABELS["new_received"] + "\t\t",
        ("7", "requests.new_received.business"),
        "\t\t\t\t\t",
        ("7", "requests.new_received.total"),
        f"\n{END}",
    )
    (example,) = examples(report)
    assert example.columns == (1, 6)
    assert example.shape.slots == (1, 6)
    assert example.printed == (7, 7)


def test_dashes_have_no_number():
    (example,) = examples(requests(("/", "natural_person"), ("3", "business"), ("—", "research")))
    assert example.columns == (0, 1, 2)
    assert example.printed == (None, 3, None)


def test_a_row_of_strays_teaches_nothing():
    report = requests(("4", STRAY), ("5", STRAY), ("6", STRAY))
    assert list(examples(report)) == []
    (row,) = keyed_rows(report)
    assert row.keys == (STRAY,) * 3
    assert row.example is None


@pytest.mark.parametrize(
    "columns",
    [
        ("business", "natural_person", "total"),  # not in the order of the columns
        ("business", "business", "total"),  # one column twice
    ],
)
def test_values_that_are_not_in_order_teach_nothing(columns):
    assert list(examples(requests(*zip("123", columns, strict=True)))) == []


def test_values_of_another_row_are_stray():
    own, other = ("1", "requests.new_received.natural_person"), ("2", "requests.granted.business")
    report = annotation(APPLICANTS + LABELS["new_received"], "\t", own, "\t", other, f"\n{END}")
    (example,) = examples(report)
    assert example.columns == (0, NO_COLUMN)


def test_rows_whose_label_was_not_recognised_are_left_out():
    heads = "青石县2021年政府信息公开工作年度报告\n信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n"
    rules = [
        "规章",
        *(part for column in ("issued", "repealed", "in_force") for part in ("\t", ("1", f"proactive.rules.{column}"))),
    ]
    strange = ["\n某种别的公文", *(part for value in "789" for part in ("\t", (value, STRAY)))]
    found = list(examples(annotation(heads, *rules, *strange, f"\n{END}")))
    assert [example.printed for example in found] == [(1, 1, 1)]


@pytest.mark.parametrize("printed", ["0000000", "3000003", "15130000154"])
def test_glued_values_teach_nothing(printed):
    parts = {"0000000": printed, "3000003": printed, "15130000154": ["151", "3", "0", "0", "0", "0", "154"]}[printed]
    values = [(value, f"requests.new_received.{column}") for value, column in zip(parts, COLUMNS, strict=True)]
    report = annotation(APPLICANTS + LABELS["new_received"], *values, f"\n{END}")
    assert list(examples(report)) == []


def test_glued_values_without_a_label_teach_nothing():
    """The disputes row stands on a line of its own, so nothing but its blanks tells that it is glued: 14|14|2|1|3."""
    report = simulated_report(9, "glued_rows", [], 0.5)
    assert "\n1414213\n" in report.text
    assert 1414213 not in [value for example in examples(report) for value in example.printed]


def test_examples_say_what_the_tables_around_them_agree_on():
    keys = iter(
        [
            f"proactive.{row}.{column}"
            for row in ("rules", "normative_documents")
            for column in ("issued", "repealed", "in_force")
        ]
    )
    parts = [
        "青石县2021年政府信息公开工作年度报告\n二、主动公开政府信息情况\n信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n"
    ]
    for name, values in (("规章", "012"), ("行政规范性文件", "345")):
        parts.append(name + "\t")  # a blank cell before the values
        for value in values:
            parts += ["\t", (value, next(keys))]
        parts.append("\n")
    one, other = examples(annotation(*parts, END))
    assert one.shape.lead == other.shape.lead == 1
    assert one.shape.full == 4
    assert other.printed == (3, 4, 5)


@pytest.mark.parametrize("name", DAMAGES)
def test_examples_of_damaged_reports_agree_with_the_truth(name):
    for seed in range(3):
        report = simulated_report(seed, "cell_per_line_pipe", [name], 0.9)
        for row in keyed_rows(report):
            if example := row.example:
                for value, column in zip(example.printed, example.columns, strict=True):
                    assert column == NO_COLUMN or report.truth[row.row.cells[column]] == value


def test_a_report_without_tables_has_no_examples():
    assert list(examples(annotation("青石县2021年政府信息公开工作年度报告\n", END))) == []
