import csv
import json
import math
import os
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest
from helpers_late import REPORT

from extractor import extract
from extractor.document import Source, Where
from extractor.errors import OutputError
from extractor.export import (
    CELL_COLUMNS,
    beside,
    cell_rows,
    dataset_writer,
    guarded,
    report_columns,
    report_row,
)
from extractor.forms import forms
from extractor.record import CellValue, Finding, Record, failed_record

GOOD = extract(REPORT.encode(), "good.txt")
WRONG = extract(REPORT.replace("0\t1\t0\t0\t1\t", "0\t-1\t0\t0\t4\t").encode(), "wrong.txt")
FAILED = failed_record(
    Source("bad.pdf", "0" * 64, "application/octet-stream"),
    "input.format",
    "这是 PDF 文件",
    dict.fromkeys(["proactive", "requests", "disputes"]),
)
RECORDS = (GOOD, WRONG, FAILED)
ALL = [".jsonl", ".csv", ".parquet", ".xlsx"]
HARMFUL = Record(
    Source("=cmd|' /C calc'!A0.txt", "0" * 64, "text/plain"),
    "@青石县水利局",
    2021,
    "+标题",
    {"proactive": "2021", "requests": None, "disputes": None},
    {
        "proactive.rules.issued": CellValue(None, "=1+1", "note", 1.0, True, Where(1, 0, 4)),
        "proactive.rules.repealed": CellValue(-3, "-3", "number", 1.0, True, Where(1, 5, 7)),
        "proactive.rules.in_force": CellValue(None, "-2+3", "note", 1.0, True, Where(1, 8, 12)),
    },
    (Finding("table.unread", "fail", "warning", "=HYPERLINK(1)"),),
    "review",
)


def write(path, *records):
    with dataset_writer(path) as writer:
        for record in records:
            writer.write(record)
    return path


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read_jsonl(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_xlsx(path, sheet):
    head, *rows = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def all_cells():
    return [row for record in RECORDS for row in cell_rows(record)]


def as_text(value):
    return "" if value is None else str(value)


def same(found, expected):
    """Equal rows; what is empty in a sheet is None."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == (None if value == "" else value), name


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# --- rows ------------------------------------------------------------------------------------------------------------


def test_a_cell_row_tells_where_a_cell_comes_from():
    (row,) = (row for row in cell_rows(GOOD) if row["key"] == "proactive.fees.amount")
    assert tuple(row) == CELL_COLUMNS
    assert (row["source"], row["agency"], row["year"]) == ("good.txt", "青石县水利局", 2021)
    assert (row["table"], row["form"], row["row"], row["column"]) == ("proactive", "2021", "fees", "amount")
    assert (row["value"], row["text"], row["unit"], row["state"], row["review"]) == (
        24.5,
        "24.5",
        "万元",
        "number",
        False,
    )
    assert REPORT[row["start"] : row["end"]] == "24.5"
    assert REPORT.splitlines()[row["line"] - 1] == "行政事业性收费\t24.5"


def test_a_report_row_has_a_column_for_each_cell_of_each_form():
    columns = report_columns()
    assert {key for form in forms() for key in form.columns} <= set(columns)
    assert len(set(columns)) == len(columns)
    assert set(report_row(GOOD)) <= set(columns)


def test_a_report_row_counts_what_a_person_must_look_at():
    good, wrong, failed = map(report_row, RECORDS)
    assert (good["status"], good["cells_to_review"], good["failed_checks"], good["error"]) == ("ok", 0, 0, None)
    assert (wrong["status"], wrong["cells_to_review"], wrong["failed_checks"]) == ("review", 15, 2)
    assert wrong["disputes.reconsideration.total"] == 4
    assert (failed["status"], failed["failed_checks"], failed["error"]) == ("failed", None, "input.format")
    assert (good["form_proactive"], good["form_requests"], failed["form_proactive"]) == ("2021", None, None)


# --- formats ---------------------------------------------------------------------------------------------------------


def test_csv(tmp_path):
    path = write(tmp_path / "out.csv", *RECORDS)
    assert names(tmp_path) == ["out.csv", "out.reports.csv"]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf" + b"source,sha256,")
    found = read_csv(path)
    assert found == [{name: as_text(value) for name, value in row.items()} for row in all_cells()]
    reports = read_csv(tmp_path / "out.reports.csv")
    assert tuple(reports[0]) == report_columns()
    for row, record in zip(reports, RECORDS, strict=True):
        expected = dict.fromkeys(report_columns()) | report_row(record)
        assert row == {name: as_text(value) for name, value in expected.items()}


def test_jsonl(tmp_path):
    path = write(tmp_path / "out.jsonl", *RECORDS)
    assert names(tmp_path) == ["out.cells.jsonl", "out.jsonl"]
    assert read_jsonl(path) == [record.to_dict() for record in RECORDS]
    assert read_jsonl(tmp_path / "out.cells.jsonl") == all_cells()
    assert "青石县水利局" in path.read_text(encoding="utf-8")


def test_parquet(tmp_path):
    path = write(tmp_path / "out.parquet", *RECORDS)
    assert names(tmp_path) == ["out.parquet", "out.reports.parquet"]
    table = pyarrow.parquet.read_table(path)
    assert tuple(table.column_names) == CELL_COLUMNS
    assert table.to_pylist() == all_cells()
    assert str(table.schema.field("value").type) == "double"
    assert str(table.schema.field("review").type) == "bool"
    reports = pyarrow.parquet.read_table(tmp_path / "out.reports.parquet").to_pylist()
    assert reports == [dict.fromkeys(report_columns()) | report_row(record) for record in RECORDS]


def test_parquet_of_many_records_is_complete(tmp_path):
    path = write(tmp_path / "out.parquet", *[GOOD] * 450)  # more rows than are held back at once
    assert pyarrow.parquet.read_table(path).num_rows == 450 * len(GOOD.cells)
    assert pyarrow.parquet.read_table(tmp_path / "out.reports.parquet").num_rows == 450


def test_xlsx(tmp_path):
    path = write(tmp_path / "out.xlsx", *RECORDS)
    assert names(tmp_path) == ["out.xlsx"]
    assert openpyxl.load_workbook(path).sheetnames == ["cells", "reports", "findings"]
    for found, expected in zip(read_xlsx(path, "cells"), all_cells(), strict=True):
        same(found, expected)
    for found, record in zip(read_xlsx(path, "reports"), RECORDS, strict=True):
        same(found, dict.fromkeys(report_columns()) | report_row(record))
    findings = read_xlsx(path, "findings")
    assert [(row["source"], row["code"], row["outcome"]) for row in findings] == [
        ("wrong.txt", "T4.total", "fail"),
        ("wrong.txt", "V.count", "fail"),
        ("bad.pdf", "input.format", "fail"),
    ]
    assert findings[0]["cells"].split()[0] == "disputes.reconsideration.upheld"


@pytest.mark.parametrize("suffix", ALL)
def test_no_records_make_an_empty_dataset(tmp_path, suffix):
    path = write(tmp_path / f"out{suffix}")
    if suffix == ".jsonl":
        assert read_jsonl(path) == []
    elif suffix == ".csv":
        assert read_csv(path) == []
    elif suffix == ".parquet":
        assert pyarrow.parquet.read_table(path).num_rows == 0
    else:
        assert read_xlsx(path, "cells") == []


@pytest.mark.parametrize("suffix", ALL)
def test_a_file_name_that_is_not_utf8_is_written(tmp_path, suffix):
    name = os.fsdecode("年报.txt".encode("gbk"))
    path = write(tmp_path / f"out{suffix}", extract(REPORT.encode(), name), GOOD)
    assert path.stat().st_size > 0


def test_suffixes_may_be_capitals(tmp_path):
    assert len(read_csv(write(tmp_path / "OUT.CSV", GOOD))) == len(GOOD.cells)


def test_the_second_file_stands_beside_the_first():
    assert beside(Path("a/out.v2.csv"), "reports") == Path("a/out.v2.reports.csv")


# --- formulas --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd", "-2+3", "\t=1", "\r=1", "-", "- 3", "=cmd|' /C calc'!A0"])
def test_texts_that_look_like_formulas_are_guarded(text):
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("value", ["规章", "", "-35", "+19", "-1,165.5", "1=1", "a@b", 7, -3, 2.5, None, True])
def test_other_values_are_left_alone(value):
    assert guarded(value) is value


def test_csv_is_guarded_against_formulas(tmp_path):
    cells = read_csv(write(tmp_path / "out.csv", HARMFUL))
    assert [row["text"] for row in cells] == ["'=1+1", "-3", "'-2+3"]
    assert [row["value"] for row in cells] == ["", "-3", ""]
    assert cells[0]["source"].startswith("'=cmd")
    (report,) = read_csv(tmp_path / "out.reports.csv")
    assert (report["agency"], report["title"]) == ("'@青石县水利局", "'+标题")


def test_xlsx_holds_texts_not_formulas(tmp_path):
    book = openpyxl.load_workbook(write(tmp_path / "out.xlsx", HARMFUL))
    for sheet in book:
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    texts = [row["text"] for row in read_xlsx(tmp_path / "out.xlsx", "cells")]
    assert texts == ["=1+1", "-3", "-2+3"]
    assert read_xlsx(tmp_path / "out.xlsx", "findings")[0]["message"] == "=HYPERLINK(1)"


# --- all or nothing --------------------------------------------------------------------------------------------------


def interrupt(path):
    with dataset_writer(path) as writer:
        writer.write(GOOD)
        raise RuntimeError("stop")


def interrupted(path):
    with pytest.raises(RuntimeError, match="stop"):
        interrupt(path)


@pytest.mark.parametrize("suffix", ALL)
def test_an_interrupted_dataset_leaves_no_file(tmp_path, suffix):
    interrupted(tmp_path / f"out{suffix}")
    assert names(tmp_path) == []


@pytest.mark.parametrize("suffix", ALL)
def test_an_interrupted_dataset_leaves_the_old_files(tmp_path, suffix):
    path = write(tmp_path / f"out{suffix}", WRONG)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    interrupted(path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("suffix", ALL)
def test_nothing_is_seen_before_the_dataset_is_whole(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    with dataset_writer(path) as writer:
        writer.write(GOOD)
        assert not path.exists()
    assert path.exists()
    assert not any(name.endswith(".tmp") for name in names(tmp_path))


def test_a_new_dataset_replaces_the_old(tmp_path):
    write(tmp_path / "out.csv", GOOD, WRONG)
    assert len(read_csv(write(tmp_path / "out.csv", GOOD))) == len(GOOD.cells)


@pytest.mark.parametrize("name", ["out.txt", "out", "out.xls", "csv"])
def test_an_unknown_format_is_refused(tmp_path, name):
    with pytest.raises(OutputError, match=r"\.csv") as caught:
        dataset_writer(tmp_path / name)
    assert caught.value.code == "output.format"


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(OutputError) as caught:
        dataset_writer(tmp_path / "none" / "out.csv")
    assert caught.value.code == "output.missing"
    assert str(tmp_path / "none") in str(caught.value)


@pytest.mark.parametrize("suffix", ALL)
def test_a_target_that_is_a_folder_is_an_output_error(tmp_path, suffix):
    (tmp_path / f"out{suffix}").mkdir()
    with pytest.raises(OutputError) as caught:
        write(tmp_path / f"out{suffix}", GOOD)
    assert caught.value.code == "output.write"
    assert names(tmp_path / f"out{suffix}") == []
    assert not any(name.endswith(".tmp") for name in names(tmp_path))


def test_values_are_finite_numbers():
    assert all(math.isfinite(row["value"]) for row in all_cells() if row["value"] is not None)
