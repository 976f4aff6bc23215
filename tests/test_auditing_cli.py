import json

import openpyxl
import pytest
from helpers_auditing import Page
from helpers_late import REPORT

WRONG = REPORT.replace("0\t1\t0\t0\t1\t", "0\t1\t0\t0\t4\t")
TOTAL = "disputes.reconsideration.total"


@pytest.fixture
def folder(tmp_path):
    reports = tmp_path / "reports"
    reports.mkdir()
    for name, text in {"a.txt": REPORT, "b.txt": WRONG}.items():
        (reports / name).write_text(text, encoding="utf-8")
    return reports


def written(path):
    return Page(path.read_text(encoding="utf-8"))


def test_one_report_becomes_a_page(gongkai, folder, tmp_path):
    result = gongkai("audit", folder / "b.txt", "-o", tmp_path / "audit.html")
    assert (result.code, result.out, result.err) == (0, "", "")
    found = written(tmp_path / "audit.html")
    assert "suspect" in found.cells[f"r1-{TOTAL}"][0]
    assert "1 0 0 【" not in found.text
    assert found.data[0]["pieces"]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["audit.html"]


def test_a_folder_becomes_a_page_and_a_workbook_at_once(gongkai, folder, tmp_path):
    page, book = tmp_path / "audit.html", tmp_path / "audit.xlsx"
    result = gongkai("audit", folder, "-o", page, "-o", book, "--title", "一批报告", "-j", 2)
    assert result.code == 0
    assert "一批报告" in written(page).text
    assert len(written(page).cells) == 2 * 25
    assert openpyxl.load_workbook(book).sheetnames[-1] == "2 青石县水利局 2021 年"


def test_what_could_not_be_read_is_told_and_listed(gongkai, folder, tmp_path):
    (folder / "c.txt").write_text("", encoding="utf-8")
    result = gongkai("audit", folder, "-o", tmp_path / "audit.html")
    assert result.code == 1
    assert [line.split("]")[0] for line in result.err.splitlines()] == ["gongkai: [input.empty", "gongkai: [batch"]
    assert "共 3 份，1 份未能读取" in result.err
    assert "未能读取 1 份" in written(tmp_path / "audit.html").text


@pytest.mark.parametrize("name", ["saved.jsonl", "saved.json"])
def test_saved_records_are_shown_without_the_documents(gongkai, folder, tmp_path, name):
    printed = gongkai("extract", folder / "b.txt", "-f", "jsonl" if name.endswith("l") else "json").out
    (tmp_path / name).write_text(printed, encoding="utf-8")
    result = gongkai("audit", tmp_path / name, "-o", tmp_path / "audit.html")
    found = written(tmp_path / "audit.html")
    assert (result.code, len(found.cells), found.data[0]["pieces"]) == (0, 25, [])
    assert found.data[0]["cells"][0][2] == 5


def test_saved_snippets_are_shown(gongkai, tmp_path):
    from dataclasses import replace

    from extractor import extract
    from extractor.settings import DEFAULTS

    record = extract(REPORT.encode(), "a.txt", settings=replace(DEFAULTS, snippets=True))
    (tmp_path / "a.jsonl").write_text(json.dumps(record.to_dict(), ensure_ascii=False) + "\n", encoding="utf-8")
    gongkai("audit", tmp_path / "a.jsonl", "-o", tmp_path / "audit.html")
    assert any("行政许可\t120" in piece for piece in written(tmp_path / "audit.html").data[0]["pieces"])


def test_a_folder_of_records_and_reports(gongkai, folder, tmp_path):
    gongkai("extract", folder / "a.txt", "-o", folder / "out.jsonl")
    assert (folder / "out.cells.jsonl").exists()
    result = gongkai("audit", folder, "-o", tmp_path / "audit.html")
    assert result.code == 0
    assert len(written(tmp_path / "audit.html").data) == 3


def test_names_of_applicants_are_masked_unless_they_are_to_be_kept(gongkai, tmp_path):
    told = "二、主动公开政府信息情况\n本年收到柳晓岚提出的政府信息公开申请1件，已答复。\n"
    (tmp_path / "a.txt").write_text(REPORT.replace("二、主动公开政府信息情况\n", told), encoding="utf-8")
    for options, shown in ((), False), (("--keep-names",), True):
        gongkai("audit", tmp_path / "a.txt", "-o", tmp_path / "audit.html", "-o", tmp_path / "audit.xlsx", *options)
        assert ("柳晓岚" in (tmp_path / "audit.html").read_text(encoding="utf-8")) == shown
        sheets = openpyxl.load_workbook(tmp_path / "audit.xlsx").worksheets
        printed = [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row]
        assert any("柳晓岚" in text for text in printed) == shown


def test_options_of_the_reading(gongkai, folder, tmp_path):
    gongkai("audit", folder / "a.txt", "-o", tmp_path / "audit.html", "--agency", "白河县水利局", "--year", 2020)
    text = written(tmp_path / "audit.html").text
    assert "白河县水利局 2020 年" in text
    assert "document.year" in text
    result = gongkai("audit", folder / "a.txt", "-o", tmp_path / "audit.html", "--limit", "max_characters=10")
    assert (result.code, "max_characters" in result.err or "input.too" in result.err) == (1, True)


@pytest.mark.parametrize(
    ("paths", "output", "code"),
    [
        (["reports"], "audit.pdf", "output.format"),
        (["reports"], "nowhere/audit.html", "output.missing"),
        (["empty"], "audit.html", "input.missing"),
        (["bad.jsonl"], "audit.html", "input.record"),
        (["cut.jsonl"], "audit.html", "input.record"),
        (["out.cells.jsonl"], "audit.html", "input.record"),
    ],
)
def test_mistakes_are_told_in_one_line_and_write_nothing(gongkai, folder, tmp_path, paths, output, code):
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    (tmp_path / "cut.jsonl").write_text('{"source": {"name": "a"', encoding="utf-8")
    gongkai("extract", folder / "a.txt", "-o", tmp_path / "out.jsonl")
    result = gongkai("audit", *[tmp_path / path for path in paths], "-o", tmp_path / output)
    assert result.code == 2
    (line,) = result.err.splitlines()
    assert line.startswith(f"gongkai: [{code}] ")
    assert not (tmp_path / output).exists()


def test_an_output_must_be_named(gongkai, folder):
    assert gongkai("audit", folder).code == 2


def test_a_page_is_replaced_only_when_the_new_one_is_whole(gongkai, folder, tmp_path, monkeypatch):
    target = tmp_path / "audit.html"
    target.write_text("old", encoding="utf-8")

    def broken(*_, **__):
        yield "half"
        raise RuntimeError("no more")

    monkeypatch.setattr("extractor.auditing.page.audit_page", broken)
    with pytest.raises(RuntimeError):
        gongkai("audit", folder, "-o", target)
    assert target.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["audit.html"]
