import csv
import io
import json
import sys

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
from helpers_late import REPORT
from helpers_series import BLANK, BUSY, MISSING, UNDECIDED, number, report

from extractor import extract
from extractor.datasets import open_dataset
from extractor.datasets.findings import FINDING_COLUMNS, finding_rows, findings_table, place_in_words
from extractor.document import Source, Where
from extractor.errors import InputError, OutputError
from extractor.export import dataset_writer
from extractor.record import CellValue, Finding, Record, failed_record
from extractor.settings import Settings
from extractor.vocabulary import vocabulary

READ = extract(REPORT.encode(), "read.txt")
OLD = report("=乙局", 2020, name="old.html", cells=BUSY)
DOUBTFUL = report(
    "甲局",
    2021,
    name="doubtful.pdf",
    cells={
        "proactive.fees.amount": number(24.5, unit="万元"),
        "proactive.rules.issued": BLANK,
        "proactive.rules.repealed": MISSING,
        "proactive.rules.in_force": UNDECIDED._replace(where=Where(3, 10, 12, 2, None, "table[1]/tr[2]")),
        "proactive.permits.decisions": CellValue(-3, "减3", "number", 0.4, review=True),
    },
)
FAILED = failed_record(
    Source("bad.pdf", "f" * 64, "application/pdf"),
    "input.damaged",
    "已损坏",
    dict.fromkeys(("proactive", "requests", "disputes")),
)
EMPTY = Record(
    Source("empty.txt", "e" * 64, "text/plain"),
    "丙局",
    2022,
    "丙局2022年报告",
    dict.fromkeys(("proactive", "requests", "disputes")),
    {},
    (),
    "ok",
)
RECORDS = (READ, OLD, DOUBTFUL, FAILED, EMPTY)
TABLES = [".csv", ".parquet", ".xlsx"]


def write(path, *records):
    with dataset_writer(path) as writer:
        for record in records:
            writer.write(record)
    return path


def records_in(path, **limits):
    return list(open_dataset(str(path), Settings(**limits)))


def refused(path, code="input.dataset", **limits):
    with pytest.raises(InputError) as raised:
        records_in(path, **limits)
    assert raised.value.code == code
    assert "\n" not in str(raised.value)
    return str(raised.value)


def known(record):
    """What a table of cells keeps of a record."""
    cells = {
        key: (
            cell.value,
            cell.text,
            cell.state,
            round(cell.confidence, 4),
            cell.review,
            cell.unit,
            cell.where and cell.where._replace(bbox=None),
        )
        for key, cell in record.cells.items()
    }
    return record.source.name, record.source.sha256, record.agency, record.year, dict(record.tables), cells


# --- records ---------------------------------------------------------------------------------------------------------


def test_json_lines_come_back_whole(tmp_path):
    assert records_in(write(tmp_path / "out.jsonl", *RECORDS)) == [Record.from_dict(it.to_dict()) for it in RECORDS]


def test_a_dataset_is_read_as_often_as_is_needed(tmp_path):
    dataset = open_dataset(str(write(tmp_path / "out.jsonl", READ, OLD)))
    assert [len(list(dataset)), len(list(dataset))] == [2, 2]


def test_standard_input_is_read_as_often_as_is_needed(monkeypatch):
    line = json.dumps(READ.to_dict(), ensure_ascii=False)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{line}\n{line}\n".encode())))
    dataset = open_dataset("-")
    assert [len(list(dataset)), len(list(dataset))] == [2, 2]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
def test_one_record(tmp_path, indent, start):
    path = tmp_path / "one.json"
    path.write_text(start + json.dumps(READ.to_dict(), ensure_ascii=False, indent=indent), encoding="utf-8")
    assert [record.agency for record in records_in(path)] == [READ.agency]


def test_a_line_separator_in_a_text_ends_no_line(tmp_path):
    odd = report("甲局\u2028乙局\x85", 2022)
    assert [record.agency for record in records_in(write(tmp_path / "out.jsonl", odd, odd))] == [odd.agency] * 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{}", "第 1 条"),
        (b"[1, 2]", "第 1 条"),
        (b"{\n", "第 1 行"),
        (b"\xff\xfe\xfa", "UTF-8"),
        (b'"x"', "第 1 条"),
        (b"[" * 100_000, "第 1 行"),
        (b'{"a": 1}{"b": 2}', "第 1 行"),
    ],
)
def test_what_is_no_record(tmp_path, content, told):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    message = refused(path, "input.record")
    assert told in message
    assert str(path) in message


def test_a_broken_line_among_records(tmp_path):
    path = write(tmp_path / "out.jsonl", READ)
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{{\n", encoding="utf-8")
    assert "第 3 行" in refused(path, "input.record")


def test_the_cells_as_json_lines_are_no_records(tmp_path):
    write(tmp_path / "out.jsonl", READ)
    assert str(tmp_path / "out.jsonl") in refused(tmp_path / "out.cells.jsonl", "input.record")


def test_a_record_that_is_too_long(tmp_path):
    assert "1,000" in refused(write(tmp_path / "out.jsonl", READ), "input.too_large", max_bytes=1000)
    path = tmp_path / "one.json"
    path.write_text(json.dumps(READ.to_dict(), indent=1), encoding="utf-8")
    refused(path, "input.too_large", max_bytes=1000)


@pytest.mark.parametrize(("name", "content"), [("a.txt", "今天天气很好"), ("a.pdf", "%PDF-1.7\n")])
def test_a_report_is_no_dataset(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert "不是数据集" in refused(tmp_path / name)


def test_a_missing_file(tmp_path):
    for suffix in (".jsonl", ".csv"):
        assert "文件不存在" in refused(tmp_path / f"none{suffix}", "input.missing")


def test_an_empty_file_has_no_records(tmp_path):
    (tmp_path / "x.jsonl").touch()
    assert records_in(tmp_path / "x.jsonl") == []


# --- tables of cells -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", TABLES)
def test_a_table_of_cells_comes_back_with_the_reports_beside_it(tmp_path, suffix):
    found = records_in(write(tmp_path / f"out{suffix}", *RECORDS))
    assert [known(record) for record in found[:3]] == [known(record) for record in RECORDS[:3]]
    assert [record.title for record in found] == [READ.title, None, None, None, EMPTY.title]
    assert [record.status for record in found] == ["ok", "ok", "review", "failed", "ok"]
    assert found[3].findings[0].code == "input.damaged"


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_cells_alone(tmp_path, suffix):
    path = write(tmp_path / f"out{suffix}", *RECORDS)
    (tmp_path / f"out.reports{suffix}").unlink()
    assert [known(record) for record in records_in(path)] == [known(record) for record in RECORDS[:3]]


def test_a_dataset_saved_again_by_excel(tmp_path):
    path = write(tmp_path / "out.csv", DOUBTFUL)
    text = path.read_text(encoding="utf-8-sig").replace("True", "TRUE").replace("False", "FALSE")
    path.write_text(text, encoding="gb18030", newline="")
    assert [known(record) for record in records_in(path)] == [known(DOUBTFUL)]


def csv_of(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_a_dataset_of_few_columns_is_read_as_it_is(tmp_path):
    path = csv_of(
        tmp_path / "x.csv",
        ("agency", "year", "key", "value"),
        ("甲局", "2021.0", "proactive.permits.decisions", "12"),
        ("甲局", "2021.0", "proactive.fees.amount", "24.5"),
        ("甲局", "2021.0", "proactive.rules.issued", ""),
        ("甲局", "2020", "requests.other_handling.total", "3"),
    )
    first, second = records_in(path)
    assert (first.source.name, first.agency, first.year) == ("甲局 2021.0", "甲局", 2021)
    assert first.tables == {"proactive": "2021", "requests": None, "disputes": None}
    assert first.cells["proactive.permits.decisions"] == CellValue(12, "", "number", 1.0, review=False)
    assert first.cells["proactive.fees.amount"].value == 24.5
    assert (first.cells["proactive.rules.issued"].state, first.cells["proactive.rules.issued"].review) == (
        "missing",
        True,
    )
    assert second.tables["requests"] == "2019"


def test_numbers_that_pandas_lacks(tmp_path):
    columns = {
        "source": ["a", "a"],
        "key": ["proactive.rules.issued", "proactive.permits.decisions"],
        "value": [float("nan"), 3.0],
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "x.parquet")
    (record,) = records_in(tmp_path / "x.parquet")
    assert [(cell.value, cell.state) for cell in record.cells.values()] == [(None, "missing"), (3, "number")]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("a", "proactive.rules.issued", "三", "", "")], "第 2 行：“三”不是数字"),
        ([("a", "proactive.rules.issued", "1", "", ""), ("a", "total", "1", "", "")], "第 3 行：key"),
        ([("a", "proactive.rules.issued", "1", "gone", "")], "state"),
        ([("a", "proactive.rules.issued", "1", "", "maybe")], "review"),
        ([("a", "proactive.rules.issued", "inf", "", "")], "不是数字"),
        (
            [
                ("a", "proactive.rules.issued", "1", "", ""),
                ("b", "proactive.rules.issued", "1", "", ""),
                ("a", "proactive.rules.repealed", "1", "", ""),
            ],
            "不在一起",
        ),
    ],
)
def test_rows_that_make_no_sense(tmp_path, rows, told):
    path = csv_of(tmp_path / "x.csv", ("source", "key", "value", "state", "review"), *rows)
    assert told in refused(path)


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"source,key\nx,y\n", b"\xff\xfe\x00", b'source,key,value\n"' + b"x" * 200_000]
)
def test_a_csv_that_is_no_dataset(tmp_path, content):
    (tmp_path / "x.csv").write_bytes(content)
    assert "x.csv" in refused(tmp_path / "x.csv")


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx"])
def test_a_file_that_is_not_what_it_is_called(tmp_path, suffix):
    (tmp_path / f"x{suffix}").write_bytes(b"nothing of that kind")
    refused(tmp_path / f"x{suffix}", "input.damaged" if suffix == ".xlsx" else "input.dataset")


def test_an_excel_file_without_cells(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.save(tmp_path / "x.xlsx")
    refused(tmp_path / "x.xlsx")


def test_an_excel_file_that_unpacks_to_too_much(tmp_path):
    refused(write(tmp_path / "x.xlsx", READ), "limit.expansion", max_expansion=1)


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    path = write(tmp_path / "x.parquet", READ)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "gongkai[parquet]" in refused(path, "input.extra")


def test_a_report_twice_in_a_row_is_there_twice(tmp_path):
    assert len(records_in(write(tmp_path / "x.csv", READ, DOUBTFUL))) == 2
    rows = (tmp_path / "x.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)
    own = [row for row in rows if row.startswith("doubtful")]
    (tmp_path / "y.csv").write_text("".join([rows[0], *own, *own]), encoding="utf-8")
    assert "重复" in refused(tmp_path / "y.csv")


# --- tables of reports -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_of_reports_gives_the_values(tmp_path, suffix):
    write(tmp_path / f"out{suffix}", *RECORDS)
    found = records_in(tmp_path / f"out.reports{suffix}")
    assert [(it.agency, it.year, it.title) for it in found] == [(it.agency, it.year, it.title) for it in RECORDS]
    assert [it.status == "failed" for it in found] == [it.status == "failed" for it in RECORDS]
    assert dict(found[1].tables) == dict(OLD.tables)
    assert {key: cell.value for key, cell in found[1].cells.items()} == {
        key: cell.value for key, cell in OLD.cells.items()
    }
    assert not any(cell.review for cell in found[1].cells.values())


def test_it_does_not_tell_which_cells_are_flagged(tmp_path):
    write(tmp_path / "out.csv", DOUBTFUL)
    (found,) = records_in(tmp_path / "out.reports.csv")
    assert all(cell.review for cell in found.cells.values())
    assert found.cells["proactive.rules.issued"].state == "missing"  # a blank as well: it can't be told from a lost one


def test_a_table_of_reports_of_another_hand(tmp_path):
    path = csv_of(
        tmp_path / "x.csv", ("agency", "year", "requests.other_handling.total"), ("甲局", 2020, 3), ("乙局", 2020, "")
    )
    first, second = records_in(path)
    assert first.tables["requests"] == "2019"
    assert first.cells["requests.other_handling.total"] == CellValue(3, "3", "number", 1.0, review=False)
    assert second.cells == {}


# --- findings --------------------------------------------------------------------------------------------------------

FOUND = Record(
    READ.source,
    "+甲局",
    2021,
    None,
    READ.tables,
    {"proactive.rules.issued": CellValue(1, "1", "number", 1.0, review=False, where=Where(12, 5, 6, 3))},
    (
        Finding("T4.total", "fail", "error", "=不符", "agency", ("proactive.rules.issued", "a.b.c")),
        Finding("X.carry", "unverifiable", "info", "无法核对"),
        Finding("V.count", "pass", "info", "相符", where=Where(path="Sheet1!B5")),
    ),
    "review",
)
ROWS = [
    (
        "read.txt",
        "'+甲局",
        "2021",
        "T4.total",
        "fail",
        "error",
        "agency",
        "proactive.rules.issued a.b.c",
        "'=不符",
        "第3页第12行",
    ),
    ("read.txt", "'+甲局", "2021", "X.carry", "unverifiable", "info", "", "", "无法核对", ""),
    ("read.txt", "'+甲局", "2021", "V.count", "pass", "info", "", "", "相符", "Sheet1!B5"),
]


def test_findings_as_csv(tmp_path):
    with findings_table(tmp_path / "f.csv") as add:
        add(FOUND)
    with (tmp_path / "f.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [tuple(row) for row in csv.reader(file)] == [FINDING_COLUMNS, *ROWS]


def test_findings_as_a_workbook_leave_out_what_passed(tmp_path):
    with findings_table(tmp_path / "f.xlsx") as add:
        add(FOUND)
    rows = [*openpyxl.load_workbook(tmp_path / "f.xlsx")["findings"].iter_rows(values_only=True)]
    assert rows[0] == FINDING_COLUMNS
    assert [(row[1], row[2], row[3], row[8]) for row in rows[1:]] == [
        ("+甲局", 2021, "T4.total", "=不符"),
        ("+甲局", 2021, "X.carry", "无法核对"),
    ]


def test_more_findings_than_excel_has_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("extractor.datasets.findings._MOST_ROWS", 1)
    with pytest.raises(OutputError) as raised, findings_table(tmp_path / "f.xlsx") as add:
        add(FOUND)
    assert raised.value.code == "output.too_large"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "code"), [("f.txt", "output.format"), ("none/f.csv", "output.missing")])
def test_a_findings_table_that_can_not_be_written(tmp_path, name, code):
    with pytest.raises(OutputError) as raised, findings_table(tmp_path / name):
        pass
    assert raised.value.code == code


def test_every_finding_is_a_row():
    assert [row["code"] for row in finding_rows(READ)] == [finding.code for finding in READ.findings]
    assert place_in_words(Where(line=3, path="p[1]")) == "第3行 p[1]"


def test_every_cell_key_is_read_back(tmp_path):
    every = report(cells=dict.fromkeys(vocabulary().columns, 1))
    assert set(records_in(write(tmp_path / "x.csv", every))[0].cells) == set(vocabulary().columns)
