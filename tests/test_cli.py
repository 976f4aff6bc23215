import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest
from helpers_late import REPORT, requests_text, tabbed

from extractor.forms import forms
from extractor.model import current_model
from extractor.record import VERSION

WRONG = REPORT.replace("0\t1\t0\t0\t1\t", "0\t-1\t0\t0\t4\t")
TOTAL = "disputes.reconsideration.total"


@pytest.fixture
def folder(tmp_path):
    reports = tmp_path / "reports"
    reports.mkdir()
    for name, text in {"a.txt": REPORT, "b.txt": WRONG, "c.txt": "", "d.txt": REPORT}.items():
        (reports / name).write_text(text, encoding="utf-8")
    return reports


def sole_line(err, code):
    """The only line on standard error; it tells the code."""
    (line,) = err.splitlines()
    assert line.startswith(f"gongkai: [{code}] ")
    return line


# --- one report ------------------------------------------------------------------------------------------------------


def test_one_file_is_printed_as_json(gongkai, folder):
    result = gongkai("extract", folder / "a.txt")
    data = json.loads(result.out)
    assert (result.code, result.err) == (0, "")
    assert (data["agency"], data["year"], data["status"]) == ("青石县水利局", 2021, "ok")
    assert data["cells"]["proactive.fees.amount"]["value"] == 24.5
    assert data["source"]["name"] == str(folder / "a.txt")
    assert "青石县水利局" in result.out  # not escaped


def test_a_report_to_review_is_no_error(gongkai, folder):
    result = gongkai("extract", folder / "b.txt")
    assert (result.code, json.loads(result.out)["status"]) == (0, "review")


def test_standard_input(gongkai):
    result = gongkai("extract", "-", stdin=REPORT.encode("gb18030"))
    assert result.code == 0
    assert json.loads(result.out)["cells"]["proactive.normative_documents.in_force"]["value"] == 52


def test_what_is_given_outweighs_what_the_text_says(gongkai, folder):
    result = gongkai("extract", folder / "a.txt", "--agency", "白河县水利局", "--year", "2023")
    data = json.loads(result.out)
    assert (data["agency"], data["year"]) == ("白河县水利局", 2023)
    assert [item["code"] for item in data["findings"] if item["outcome"] == "fail"] == ["document.year"]


def test_one_file_as_json_lines(gongkai, folder):
    result = gongkai("extract", folder / "a.txt", "--format", "jsonl")
    assert len(result.out.splitlines()) == 1
    assert result.records[0].agency == "青石县水利局"


def test_one_file_as_tables(gongkai, folder):
    result = gongkai("extract", folder / "b.txt", "-f", "table")
    assert result.code == 0
    assert re.search(r"行政规范性文件 +3 +1 +52\b", result.out)
    assert re.search(r"行政复议 +0\* +-1\* +0\* +0\* +4\*", result.out)
    assert "T4.total" in result.out


def test_one_file_as_a_summary(gongkai, folder):
    result = gongkai("extract", folder / "a.txt", "--format", "summary")
    assert re.search(r"a\.txt +青石县水利局 +2021 .* 通过", result.out)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "input.empty"),
        (b"%PDF-1.7", "input.damaged"),
        (b"\x00\x01\x02\x03" * 60, "input.binary"),
        ("今天天气很好，适合散步。".encode(), "input.not_report"),
    ],
)
def test_a_bad_file_gives_one_line_and_a_failed_record(gongkai, tmp_path, content, code):
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    result = gongkai("extract", path)
    assert result.code == 2
    assert str(path) in sole_line(result.err, code)
    data = json.loads(result.out)
    assert (data["status"], data["cells"], data["findings"][0]["code"]) == ("failed", {}, code)


def test_a_missing_file(gongkai, tmp_path):
    result = gongkai("extract", tmp_path / "none.txt")
    assert result.code == 2
    assert "文件不存在" in sole_line(result.err, "input.missing")
    assert json.loads(result.out)["status"] == "failed"


def test_a_bad_file_has_no_table(gongkai, folder):
    result = gongkai("extract", folder / "c.txt", "--format", "table")
    assert (result.code, result.out) == (2, "")
    sole_line(result.err, "input.empty")


def test_a_model_that_is_none(gongkai, folder):
    result = gongkai("extract", folder / "a.txt", "--model", folder)
    assert (result.code, result.out) == (2, "")
    assert "gongkai train" in sole_line(result.err, "model.missing")


def test_the_model_may_be_named(gongkai, folder):
    result = gongkai("extract", folder / "a.txt", "--model", current_model())
    assert json.loads(result.out)["model"]["id"] == current_model().name


# --- many reports ----------------------------------------------------------------------------------------------------


def test_a_folder_is_printed_as_json_lines(gongkai, folder):
    result = gongkai("extract", folder)
    assert result.code == 1
    assert [record.source.name for record in result.records] == [str(folder / f"{name}.txt") for name in "abcd"]
    assert [record.status for record in result.records] == ["ok", "review", "failed", "ok"]
    first, last = result.err.splitlines()
    assert first.startswith("gongkai: [input.empty] ")
    assert str(folder / "c.txt") in first
    assert last == "gongkai: [batch] 共 4 份，1 份未能读取（input.empty 1）"


def test_good_files_are_no_error(gongkai, folder):
    result = gongkai("extract", folder / "a.txt", folder / "d.txt")
    assert (result.code, result.err) == (0, "")
    assert [record.status for record in result.records] == ["ok", "ok"]


def test_a_pattern(gongkai, folder):
    result = gongkai("extract", folder / "[ad].txt")
    assert [Path(record.source.name).name for record in result.records] == ["a.txt", "d.txt"]


def test_a_summary_of_many(gongkai, folder):
    result = gongkai("extract", folder, "--format", "summary")
    assert result.code == 1
    found = re.findall(r"^ ([a-d]\.txt) .* (\S+) *$", result.out, re.MULTILINE)
    assert found == [("a.txt", "通过"), ("b.txt", "需要人工核对"), ("c.txt", "未能读取"), ("d.txt", "通过")]


def test_tables_of_many(gongkai, folder):
    result = gongkai("extract", folder / "a.txt", folder / "b.txt", "--format", "table")
    assert result.out.count("状态：通过") == 1
    assert result.out.count("状态：需要人工核对") == 1


def test_workers_print_the_same(gongkai, folder):
    assert gongkai("extract", folder, "-j", "2") == gongkai("extract", folder)


def test_json_is_for_one_report(gongkai, folder):
    result = gongkai("extract", folder, "--format", "json")
    assert result.code == 2
    assert "jsonl" in result.err


def test_an_empty_folder(gongkai, tmp_path):
    result = gongkai("extract", tmp_path)
    assert (result.code, result.out) == (2, "")
    assert str(tmp_path) in sole_line(result.err, "input.missing")


# --- datasets --------------------------------------------------------------------------------------------------------


def values_of_total(path):
    """The value of one cell in each report of a dataset."""
    if path.suffix == ".jsonl":
        records = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return [data["cells"][TOTAL]["value"] for data in records if data["cells"]]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [int(row["value"]) for row in csv.DictReader(file) if row["key"] == TOTAL]
    if path.suffix == ".parquet":
        return [row["value"] for row in pyarrow.parquet.read_table(path).to_pylist() if row["key"] == TOTAL]
    head, *rows = openpyxl.load_workbook(path)["cells"].iter_rows(values_only=True)
    return [row[head.index("value")] for row in rows if row[head.index("key")] == TOTAL]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet", ".xlsx"])
def test_a_batch_with_a_bad_file_is_written(gongkai, folder, tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    result = gongkai("extract", folder, "-o", path)
    assert (result.code, result.out) == (1, "")
    assert "[input.empty]" in result.err
    assert values_of_total(path) == [1, 4, 1]


def test_one_file_is_written(gongkai, folder, tmp_path):
    result = gongkai("extract", folder / "a.txt", "-o", tmp_path / "out.csv", "-j", "2")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert values_of_total(tmp_path / "out.csv") == [1]


def test_a_dataset_may_be_printed_as_well(gongkai, folder, tmp_path):
    result = gongkai("extract", folder / "a.txt", "-o", tmp_path / "out.csv", "--format", "jsonl")
    assert result.records[0].agency == "青石县水利局"
    assert values_of_total(tmp_path / "out.csv") == [1]


@pytest.mark.parametrize(
    ("name", "code"), [("out.txt", "output.format"), ("none/out.csv", "output.missing"), ("reports", "output.format")]
)
def test_a_dataset_that_cannot_be_written(gongkai, folder, tmp_path, name, code):
    result = gongkai("extract", folder / "a.txt", "-o", tmp_path / name)
    assert (result.code, result.out) == (2, "")
    sole_line(result.err, code)


# --- other commands --------------------------------------------------------------------------------------------------


def test_forms_are_listed(gongkai):
    result = gongkai("forms")
    assert result.code == 0
    assert all(form.id in result.out for form in forms())


def test_a_form_is_shown(gongkai):
    result = gongkai("forms", "disputes")
    assert result.code == 0
    assert "litigation_direct" in result.out
    assert "未经复议直接起诉" in result.out


def test_an_unknown_form(gongkai):
    result = gongkai("forms", "requests-1999")
    assert result.code == 2
    assert "requests-2021" in sole_line(result.err, "input.form")


def test_version(gongkai):
    result = gongkai("version")
    assert (result.code, result.out) == (0, f"gongkai {VERSION}, model {current_model()}\n")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["extract", "a.txt", "--colour"], "--colour"),
        (["extract", "a.txt", "--format", "xml"], "xml"),
        (["extract", "a.txt", "--year", "1900"], "--year"),
        (["extract", "a.txt", "--year", "zwanzig"], "--year"),
        (["extract", "a.txt", "-j", "two"], "--jobs"),
        (["extract"], "PATH"),
        (["read"], "'read'"),
    ],
)
def test_wrong_usage(gongkai, arguments, named):
    result = gongkai(*arguments)
    assert (result.code, result.out) == (2, "")
    assert named in re.sub(r"\x1b\[[\d;]*m", "", result.err)


def test_help_names_the_commands(gongkai):
    out = gongkai("--help").out
    assert all(command in out for command in ("extract", "forms", "check", "train", "version"))


# --- the installed command -------------------------------------------------------------------------------------------


COMMAND = Path(sys.executable).with_name("gongkai")


@pytest.mark.skipif(not COMMAND.exists(), reason="the package is not installed")
def test_the_installed_command(folder):
    run = subprocess.run([COMMAND, "extract", folder / "c.txt"], capture_output=True, timeout=60, check=False)
    assert run.returncode == 2
    sole_line(run.stderr.decode(), "input.empty")
    assert json.loads(run.stdout)["status"] == "failed"


@pytest.mark.skipif(not COMMAND.exists(), reason="the package is not installed")
def test_a_reader_that_has_seen_enough_is_no_error(folder):
    text = requests_text(new_received=tabbed(*"1000001"), carried_over=tabbed(*"0000000"))
    for number in range(12):
        (folder / f"x{number}.txt").write_text(text, encoding="utf-8")
    with subprocess.Popen(
        [COMMAND, "extract", folder, "--format", "jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        run.stdout.read(100)
        run.stdout.close()
        errors = run.stderr.read()
        assert run.wait(timeout=60) in (0, 1)
    assert b"Traceback" not in errors
