"""Rows of real tables, read as they stand under their heads; and print that was recognised from a picture."""

import pytest
from helpers_late import LABELS

from extractor.audit import audit
from extractor.document import Source
from extractor.pipeline import decide, load_aligner, rows_of
from extractor.readers.builder import Builder, Printed
from extractor.settings import DEFAULTS

HEADS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
RESULTS = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
COLUMNS = ("natural_person", "business", "research", "public_welfare", "legal_service", "other_org", "total")


def cells(texts, first=0, confidence=1.0):
    return [Printed(text, place, place + 1, confidence=confidence) for place, text in enumerate(texts, first)]


def requests(rows, *, heads=HEADS, first=1, under="t", confidence=1.0):
    """A table of applications: the heads begin at column 1, the values of each row at ``first``."""
    builder = Builder(Source("x", "", "text/html"), DEFAULTS)
    builder.prose("青石县水利局2021年政府信息公开工作年度报告")
    builder.row([Printed("申请人情况", 1, 8)], table="t")
    builder.row([Printed("自然人", 1, 2), Printed("法人或其他组织", 2, 7), Printed("总计", 7, 8)], table="t")
    builder.row(cells(heads[1:-1], 2), table="t")
    for key, texts in rows.items():
        label = [Printed(LABELS[key], 0, 1)] if key else []
        builder.row([*label, *cells(texts.split(","), first, confidence)], table=under)
    return builder.finish()


def record_of(document):
    report = rows_of(document)
    return audit(decide(report, load_aligner()), report.document, report.taken)


def row_of(record, key):
    return [(cell.value, cell.review) for cell in (record.cells[f"requests.{key}.{column}"] for column in COLUMNS)]


ROWS = {"new_received": "44,3,,,,,", "carried_over": ",,,2,,,", "granted": "5,,,,,,", "results_total": "5,,,,,,5"}


def expected(texts):
    return [(int(text) if text else None, False) for text in texts.split(",")]


def test_values_and_blanks_are_what_stands_under_each_head():
    report = rows_of(requests(ROWS))
    assert all(row.in_place for table in report.tables for row in table.rows)
    record = decide(report, load_aligner())
    for key, texts in ROWS.items():
        assert row_of(record, key) == expected(texts)
        assert all(record.cells[f"requests.{key}.{column}"].confidence == 1 for column in COLUMNS)


@pytest.mark.parametrize("first", [0, 2])
def test_values_that_stand_beside_their_heads_are_for_the_classifier(first):
    (table,) = rows_of(requests(ROWS, first=first)).tables
    assert not any(row.in_place for row in table.rows)


def test_values_of_another_table_than_the_heads_are_for_the_classifier():
    (table,) = rows_of(requests(ROWS, under="other")).tables
    assert not any(row.in_place for row in table.rows)


def test_an_unknown_head_leaves_all_to_the_classifier():
    (table,) = rows_of(requests(ROWS, heads=("自然人", "商业企业", "怪机构", *HEADS[3:]))).tables
    assert not any(row.in_place for row in table.rows)


@pytest.mark.parametrize(("spare", "in_place"), [("", True), ("0", False)])
def test_a_spacer_column_may_be_blank_only(spare, in_place):
    rows = {key: f"{texts},{spare}" for key, texts in ROWS.items()}
    (table,) = rows_of(requests(rows)).tables
    assert [row.in_place for row in table.rows] == [in_place] * len(ROWS)
    if in_place:
        assert [len(row.tokens) for row in table.rows] == [7] * len(ROWS)


def test_two_values_in_one_cell_are_no_value_in_place():
    (table,) = rows_of(requests({**ROWS, "granted": "5 1,,,,,,"})).tables
    assert [row.row for row in table.rows if not row.in_place] == ["granted"]


def test_a_wrong_sum_in_place_is_the_agencys():
    record = record_of(requests({**ROWS, "new_received": "44,3,0,0,0,0,48"}))
    assert row_of(record, "new_received") == expected("44,3,0,0,0,0,48")
    (finding,) = [
        finding for finding in record.findings if finding.code == "T3.applicants" and finding.outcome == "fail"
    ]
    assert finding.cause == "agency"


def test_values_without_a_label_after_a_row_of_blanks_are_not_its_values_unsaid():
    record = record_of(
        requests({"new_received": "1,,,,,,1", "granted": ",,,,,,", "": "3,,,,,,3", "results_total": "3,,,,,,3"})
    )
    assert all(review or value is None for value, review in row_of(record, "granted"))
    assert all(review for _, review in row_of(record, "granted"))


def disputes(*rows):
    builder = Builder(Source("x", "", "text/html"), DEFAULTS)
    builder.prose("青石县水利局2021年政府信息公开工作年度报告")
    builder.row([Printed("行政复议", 0, 5), Printed("行政诉讼", 5, 15)], table="t")
    builder.row([*cells(RESULTS), Printed("未经复议直接起诉", 5, 10), Printed("复议后起诉", 10, 15)], table="t")
    builder.row(cells((*RESULTS, *RESULTS), 5), table="t")
    for row in rows:
        builder.row(cells(row), table="t")
    return builder.finish()


def test_a_row_of_blanks_under_all_heads_is_blank():
    record = record_of(disputes([""] * 15))
    assert [(cell.state, cell.review) for cell in record.cells.values()] == [("blank", False)] * 15


def test_spacer_rows_of_blanks_change_nothing():
    figures = [str(number) for number in (1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)]
    plain, spaced = record_of(disputes(figures)), record_of(disputes([""] * 15, figures, [""] * 15))
    assert [cell.value for cell in spaced.cells.values()] == [cell.value for cell in plain.cells.values()]


# --- recognised from a picture ---------------------------------------------------------------------------------------


def test_the_confidence_of_recognition_is_that_of_the_cell():
    record = record_of(requests(ROWS, confidence=0.98))
    cell = record.cells["requests.new_received.natural_person"]
    assert (cell.value, cell.confidence, cell.review) == (44, 0.98, True)
    blank = record.cells["requests.new_received.research"]
    assert (blank.value, blank.confidence, blank.review) == (None, 0.98, True)


@pytest.mark.parametrize(("confidence", "cause", "flagged"), [(1.0, "agency", False), (0.9999, "unknown", True)])
def test_a_recognised_digit_in_a_sum_that_fails_is_doubted(confidence, cause, flagged):
    rows = {"new_received": "44,3,0,0,0,0,48", "carried_over": "0,0,0,0,0,0,0", "granted": "1,0,0,0,0,0,1"}
    record = record_of(requests(rows, confidence=confidence))
    assert row_of(record, "new_received") == [(value, flagged) for value, _ in expected(rows["new_received"])]
    assert not any(review for _, review in row_of(record, "granted"))
    (finding,) = [
        finding for finding in record.findings if finding.code == "T3.applicants" and finding.outcome == "fail"
    ]
    assert finding.cause == cause


def test_recognised_blanks_in_a_sum_that_fails_are_doubted():
    record = record_of(requests({"new_received": "44,,0,0,0,0,48"}, confidence=0.9999))
    assert all(review for _, review in row_of(record, "new_received"))


@pytest.mark.parametrize(("printed", "flagged"), [("24.5", True), ("245", True), ("0", False), ("", False)])
def test_a_recognised_amount_is_always_looked_at(printed, flagged):
    builder = Builder(Source("x", "", "image/png"), DEFAULTS)
    builder.prose("青石县水利局2021年政府信息公开工作年度报告")
    for texts in (("第二十条第（六）项",), ("信息内容", "本年处理决定数量"), ("行政处罚", "26"), ("行政强制", "3")):
        builder.row(cells(texts, confidence=0.9999), table="t")
    for texts in (("第二十条第（八）项",), ("信息内容", "本年收费金额（单位：万元）"), ("行政事业性收费", printed)):
        builder.row(cells(texts, confidence=0.9999), table="t")
    record = record_of(builder.finish())
    assert record.cells["proactive.fees.amount"].review is flagged
    assert record.cells["proactive.penalties.decisions"].review is False
