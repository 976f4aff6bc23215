import csv
import json

import openpyxl
import pytest
from helpers_late import REPORT
from helpers_series import BUSY, report

from extractor.audit import examine, with_findings
from extractor.checks import Context, catalogue
from extractor.document import Source, Where
from extractor.export import dataset_writer
from extractor.record import Claim, Finding, Record, failed_record

WRONG = REPORT.replace("0\t1\t0\t0\t1\t", "0\t2\t0\t0\t4\t")
TOTAL = "disputes.reconsideration.total"
FAILED = failed_record(
    Source("bad.pdf", "f" * 64, "application/pdf"),
    "input.damaged",
    "已损坏",
    dict.fromkeys(("proactive", "requests", "disputes")),
)
LAST = report(
    "甲县水利局", 2021, name="last.html", requests__carried_forward__total=2, requests__results_total__total=-2
)


def sole_line(err, code):
    """The only line on standard error; it tells the code."""
    (line,) = err.splitlines()
    assert line.startswith(f"gongkai: [{code}] ")
    return line


@pytest.fixture
def folder(tmp_path):
    reports = tmp_path / "reports"
    reports.mkdir()
    texts = {
        "a.txt": REPORT,
        "b.txt": WRONG.replace("2021年", "2023年"),
        "c.txt": "",
        "d.txt": REPORT.replace("2021年", "2022年"),
    }
    for name, text in texts.items():
        (reports / name).write_text(text, encoding="utf-8")
    return reports


@pytest.fixture
def dataset(tmp_path):
    def write(*records, name="out.jsonl"):
        with dataset_writer(tmp_path / name) as writer:
            for record in records:
                writer.write(record)
        return tmp_path / name

    return write


def clean(agency="甲县水利局", year=2022, **cells):
    """A report that holds in itself."""
    return report(agency, year, **cells)


def requests(new=0, over=0, forward=0):
    """A table of applications that holds, of natural persons only."""
    rows = {"new_received": new, "carried_over": over, "granted": new + over - forward, "results_total": new + over - forward,
            "carried_forward": forward}  # fmt: skip
    return {f"requests.{row}.{column}": count for row, count in rows.items() for column in ("natural_person", "total")}


def lines(result):
    """What is printed, by report: its line, and the codes of the lines below it."""
    found, name = {}, None
    for line in result.out.splitlines():
        if line.startswith("  "):
            found[name][1].append(line.split("　")[0].strip())
        elif "：" in line and not line.startswith("共 "):
            name, _, told = line.rpartition("：")
            found[name] = (told, [])
    return found


# --- one report ------------------------------------------------------------------------------------------------------


def test_a_saved_record_that_holds(gongkai, folder, tmp_path):
    saved = tmp_path / "a.json"
    saved.write_text(gongkai("extract", folder / "a.txt").out, encoding="utf-8")
    result = gongkai("check", saved)
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{folder / 'a.txt'}：相符\n"


def test_a_saved_record_with_a_broken_relation(gongkai, folder, tmp_path):
    saved = tmp_path / "b.json"
    saved.write_text(gongkai("extract", folder / "b.txt").out, encoding="utf-8")
    result = gongkai("check", saved)
    assert result.code == 1
    first, second = result.out.splitlines()
    assert first.endswith("b.txt：1 项不符")
    assert "T4.total" in second
    assert "但为 2 与 4" in second


def test_a_value_changed_in_a_saved_record_is_noticed(gongkai, folder):
    data = json.loads(gongkai("extract", folder / "a.txt").out)
    data["cells"][TOTAL] |= {"value": 3, "text": "3"}
    result = gongkai("check", "-", stdin=json.dumps(data).encode())
    assert result.code == 1
    assert "但为 1 与 3" in result.out


def test_json_lines_are_checked_one_by_one(gongkai, folder, tmp_path):
    saved = tmp_path / "all.jsonl"
    gongkai("extract", folder, "-o", saved)
    result = gongkai("check", saved)
    assert result.code == 1
    assert [told for told, _ in lines(result).values()] == ["相符", "3 项不符", "未能读取（input.empty）", "2 项不符"]
    assert lines(result)[str(folder / "d.txt")][1] == [
        "X.in_force",
        "X.copied",
    ]  # the same figures, and 52 + 3 - 1 is not 52
    assert lines(result)[str(folder / "b.txt")][1] == ["T4.total", "X.in_force", "X.copied"]
    assert result.out.splitlines()[-1].startswith("共 4 份报告：相符 ")
    assert result.out.splitlines()[-1].endswith("1 份未能读取")


@pytest.mark.parametrize("content", [b"{}", b"{\n", b"\xff\xfe\xfa"])
def test_what_is_no_record_is_told(gongkai, tmp_path, content):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    result = gongkai("check", path)
    assert (result.code, result.out) == (2, "")
    assert str(path) in sole_line(result.err, "input.record")


def test_nothing_is_printed_before_the_whole_dataset_was_read(gongkai, folder):
    good = json.dumps(json.loads(gongkai("extract", folder / "a.txt").out), ensure_ascii=False)
    result = gongkai("check", "-", stdin=f"{good}\n\n{good[:50]}\n".encode())
    assert (result.code, result.out) == (2, "")
    assert "第 3 行" in sole_line(result.err, "input.record")


def test_a_missing_file_and_an_empty_one(gongkai, tmp_path):
    result = gongkai("check", tmp_path / "none.json")
    assert result.code == 2
    assert "none.json" in sole_line(result.err, "input.missing")
    (tmp_path / "none.json").touch()
    assert "没有记录" in sole_line(gongkai("check", tmp_path / "none.json").err, "input.empty")


def test_a_report_that_could_not_be_read(gongkai, dataset):
    result = gongkai("check", dataset(FAILED))
    assert (result.code, result.out) == (1, "bad.pdf：未能读取（input.damaged）\n")


# --- across reports --------------------------------------------------------------------------------------------------


def test_years_are_compared(gongkai, dataset):
    last = clean(year=2021, cells=requests(new=9, forward=2))
    result = gongkai("check", dataset(last, clean(cells=requests(over=1))))
    assert result.code == 1
    assert lines(result)["甲县水利局-2022.html"] == ("2 项不符", ["X.carry", "X.carry"])
    assert gongkai("check", dataset(last, clean(cells=requests(over=2)))).code == 0


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_years_may_stand_in_several_datasets_of_any_kind(gongkai, dataset, suffix):
    first = dataset(clean(year=2021, cells=requests(new=9, forward=2)), name="first.jsonl")
    second = dataset(clean(cells=requests(over=1)), name=f"second{suffix}")
    assert lines(gongkai("check", first, second))["甲县水利局-2022.html"][1] == ["X.carry", "X.carry"]


def test_a_pattern_may_name_both_files_of_a_dataset(gongkai, dataset):
    saved = dataset(clean(year=2021), clean(), name="out.csv")
    result = gongkai("check", *sorted(saved.parent.glob("out*.csv")))
    assert (result.code, result.out.count("相符\n")) == (0, 2)


def test_what_is_only_worth_knowing_is_no_failure(gongkai, dataset):
    cells = {"proactive.permits.decisions": 900}
    result = gongkai("check", dataset(clean(year=2021), clean(cells=cells)))
    assert result.code == 0
    assert lines(result)["甲县水利局-2022.html"] == ("相符，1 项提示", ["X.jump"])
    assert "提示 1 项" in result.out.splitlines()[-1]


def test_a_hierarchy(gongkai, dataset, tmp_path):
    (tmp_path / "h.csv").write_text("child,parent\n甲县水利局,甲县人民政府\n", encoding="gb18030")
    saved = dataset(clean(cells=requests(new=4)), clean("甲县人民政府", cells=requests(new=3)))
    result = gongkai("check", saved, "--hierarchy", tmp_path / "h.csv")
    assert (result.code, result.err) == (1, "")
    assert lines(result)["甲县人民政府-2022.html"] == ("1 项不符", ["X.parent"])
    assert gongkai("check", saved).code == 0


def test_agencies_of_a_hierarchy_that_have_no_report_are_told(gongkai, dataset, tmp_path):
    (tmp_path / "h.csv").write_text("甲县水利局,甲县人民政府\n乙局,甲县人民政府\n", encoding="utf-8")
    saved = dataset(clean(), clean("甲县人民政府"))
    result = gongkai("check", saved, "--hierarchy", tmp_path / "h.csv")
    assert result.code == 0
    assert "1 个机关没有报告（乙局）" in sole_line(result.err, "input.hierarchy")


@pytest.mark.parametrize(
    ("text", "code"),
    [("甲,乙\n乙,甲\n", "input.hierarchy"), ("丙局,丁局\n", "input.hierarchy"), (None, "input.missing")],
)
def test_a_hierarchy_that_does_not_fit(gongkai, dataset, tmp_path, text, code):
    if text is not None:
        (tmp_path / "h.csv").write_text(text, encoding="utf-8")
    result = gongkai("check", dataset(clean()), "--hierarchy", tmp_path / "h.csv")
    assert (result.code, result.out) == (2, "")
    assert "h.csv" in sole_line(result.err, code)


# --- output ----------------------------------------------------------------------------------------------------------


def test_records_are_written_with_the_new_findings(gongkai, dataset, tmp_path):
    saved = dataset(clean(year=2021, cells=requests(new=9, forward=2)), clean(cells=requests(over=1)), FAILED)
    again = tmp_path / "again.jsonl"
    gongkai("check", saved, "-o", again)
    first, second, third = (
        Record.from_dict(json.loads(line)) for line in again.read_text(encoding="utf-8").splitlines()
    )
    assert [finding.code for finding in second.findings if finding.outcome == "fail"] == ["X.carry", "X.carry"]
    assert (first.status, second.status, third.status) == ("ok", "review", "failed")
    assert dict(second.cells) == dict(clean(cells=requests(over=1)).cells)


def test_checking_twice_finds_the_same(gongkai, folder, tmp_path):
    gongkai("extract", folder, "-o", tmp_path / "0.jsonl")
    for number in (0, 1):
        gongkai("check", tmp_path / f"{number}.jsonl", "-o", tmp_path / f"{number + 1}.jsonl")
    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()


def test_a_dataset_may_be_written_over_itself(gongkai, dataset):
    saved = dataset(clean())
    assert gongkai("check", saved, "-o", saved).code == 0
    assert len(saved.read_text(encoding="utf-8").splitlines()) == 1


def test_findings_as_a_table(gongkai, dataset, tmp_path):
    saved = dataset(clean(year=2021, cells=requests(new=9, forward=2)), clean(cells=requests(over=1)))
    gongkai("check", saved, "-o", tmp_path / "f.csv")
    with (tmp_path / "f.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["outcome"] == "fail"]
    assert [(row["source"], row["year"], row["code"], row["cause"], row["cells"]) for row in rows] == [
        ("甲县水利局-2022.html", "2022", "X.carry", "agency", f"requests.carried_over.{column}")
        for column in ("natural_person", "total")
    ]
    gongkai("check", saved, "-o", tmp_path / "f.xlsx")
    outcomes = {
        row[4] for row in openpyxl.load_workbook(tmp_path / "f.xlsx")["findings"].iter_rows(min_row=2, values_only=True)
    }
    assert outcomes == {"fail", "unverifiable"}


def test_an_output_that_can_not_be_written(gongkai, dataset, tmp_path):
    result = gongkai("check", dataset(clean()), "-o", tmp_path / "f.txt")
    assert (result.code, result.out) == (2, "")
    sole_line(result.err, "output.format")


def test_findings_as_json_lines(gongkai, dataset):
    result = gongkai("check", dataset(clean(), LAST), "--format", "jsonl")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert {row["outcome"] for row in rows} == {"pass", "fail", "unverifiable"}
    assert {row["source"] for row in rows} == {"甲县水利局-2022.html", "last.html"}


def test_a_summary_has_a_line_a_check(gongkai, dataset):
    saved = dataset(clean(year=2021, cells=requests(new=9, forward=2)), clean(cells=requests(over=1)))
    result = gongkai("check", saved, "--format", "summary")
    (line,) = (line for line in result.out.splitlines() if "X.carry" in line)
    assert [part.strip() for part in line.split("│")[1:6]] == ["X.carry", "5", "2", "1", "1"]
    assert result.out.splitlines()[-1].startswith("共 2 份报告")


# --- saved records ---------------------------------------------------------------------------------------------------

KEPT = (
    Finding("table.unread", "fail", "warning", "一行读不出"),
    Finding("X.carry", "fail", "error", "旧的", "agency", ("requests.carried_over.total",)),
)
OF_THE_PROSE = [code for code, check in catalogue().items() if check.scope in ("prose", "privacy")]


def test_what_the_reading_found_is_kept_and_what_was_found_across_reports_is_found_anew(gongkai, dataset, tmp_path):
    gongkai("check", dataset(with_findings(clean(), KEPT)), "-o", tmp_path / "again.jsonl")
    again = Record.from_dict(json.loads((tmp_path / "again.jsonl").read_text(encoding="utf-8")))
    assert [finding.message for finding in again.findings if finding.code == "table.unread"] == ["一行读不出"]
    assert [finding.outcome for finding in again.findings if finding.code == "X.carry"] == ["unverifiable"]


def test_what_the_reading_found_is_no_failed_check(gongkai, dataset):
    result = gongkai("check", dataset(with_findings(clean(), KEPT[:1])))
    assert (result.code, lines(result)["甲县水利局-2022.html"]) == (0, ("相符", []))


@pytest.mark.parametrize("code", OF_THE_PROSE)
def test_findings_of_the_prose_outlive_the_document(code):
    """A saved record has no prose: what was found in it is kept, unless the claims that are saved decide it anew."""
    found = Finding(code, "fail", "warning", "原文所见", None, (), Where(3))
    again = examine(Context(with_findings(clean(), [found])))
    assert [it for it in again.findings if it.code == code and it.outcome == "fail"] == [found]
    assert again.status == "review"


def test_a_claim_is_compared_anew_with_the_cell():
    claim = Claim("requests.new_received.total", 5, "新收5件", "report", Where(3, 1, 5))
    wrong = Record(**{**vars_of(clean(cells=requests(new=4))), "claims": (claim,)})
    first = examine(Context(wrong))
    failing = [finding for finding in first.findings if finding.outcome == "fail"]
    mended = {**first.cells, **clean(cells=requests(new=5)).cells}
    again = examine(Context(Record(**{**vars_of(first), "cells": mended})))
    assert len(failing) == 1
    assert not [finding for finding in again.findings if finding.outcome == "fail"]


def vars_of(record):
    return {name: getattr(record, name) for name in Record.__slots__}


def test_the_findings_of_the_relations_are_those_of_now():
    stale = Finding("T4.total", "fail", "error", "旧的", "agency", (TOTAL,))
    again = examine(Context(with_findings(clean(), [stale])))
    assert stale not in again.findings
    assert again.status == "ok"


def test_what_was_implausible_is_judged_by_the_cells_of_now():
    key = "proactive.permits.decisions"
    first = examine(Context(clean(cells={key: -3})))
    assert [it.cells for it in first.findings if it.outcome == "fail"] == [(key,)]
    again = examine(Context(Record(**{**vars_of(first), "cells": clean().cells})))
    assert not [it for it in again.findings if it.outcome == "fail"]


def test_a_missing_section_is_a_failed_check(gongkai, dataset):
    found = with_findings(clean(), [Finding("S.missing", "fail", "warning", "缺少第五部分")])
    assert lines(gongkai("check", dataset(found)))["甲县水利局-2022.html"] == ("1 项不符", ["S.missing"])


def test_a_failed_record_stays_failed():
    assert with_findings(FAILED, FAILED.findings).status == "failed"


def test_busy_tables_that_are_copied_are_told(gongkai, dataset):
    result = gongkai("check", dataset(clean("甲局", cells=BUSY), clean("乙局", cells=BUSY)))
    assert [codes for _, codes in lines(result).values()] == [["X.copied"], ["X.copied"]]
