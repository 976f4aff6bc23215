import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from helpers_datapackage import fill_all, read_csv
from helpers_store import a_reading, fill
from typer.testing import CliRunner

from extractor import export_cli
from extractor.datapackage import require
from extractor.errors import GongkaiError, OutputError, StoreError

ROOT = Path(__file__).parent.parent
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(export_cli.export)


def run(*arguments):
    return CliRunner().invoke(app, [str(it) for it in arguments])


def failing(*arguments):
    result = run(*arguments)
    assert isinstance(result.exception, GongkaiError), result.output
    return result.exception


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    target = tmp_path_factory.mktemp("store") / "store.db"
    fill_all(str(target))
    return target


def test_it_tells_what_was_written(store, tmp_path):
    result = run("--store", store, "-o", tmp_path / "dataset", "--format", "csv")
    assert result.exit_code == 0, result.output
    told = dict(re.findall(r"^(\w+) +([\d,]+) 行", result.stdout, re.MULTILINE))
    for name, count in told.items():
        assert len(read_csv(tmp_path / "dataset" / f"{name}.csv")) == int(count.replace(",", ""))
    assert list(told) == ["reports", "cells", "findings", "claims", "files"]
    assert "1 份未能读取" in result.stdout
    cells = read_csv(tmp_path / "dataset" / "cells.csv")
    share = 100 * sum(row["review"] == "True" for row in cells) / len(cells)
    assert f"待核对 {share:.2f} %" in result.stdout
    assert "人工核定 1" in result.stdout
    assert str(tmp_path / "dataset") in result.stdout.replace("\n", "")
    assert str(a_reading()) in result.stdout


def test_formats_may_be_repeated_and_are_written_once(store, tmp_path):
    result = run("--store", store, "-o", tmp_path / "d", "-f", "csv", "-f", "xlsx", "--format", "csv")
    assert result.exit_code == 0, result.output
    assert {it.suffix for it in (tmp_path / "d").iterdir()} == {".csv", ".xlsx", ".json"}


def test_all_formats_are_the_default(store, tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    pytest.importorskip("pandas", reason="pandas is not installed")
    assert run("--store", store, "-o", tmp_path / "d").exit_code == 0
    assert {it.suffix for it in (tmp_path / "d").iterdir()} == {".csv", ".xlsx", ".json", ".parquet", ".dta"}


def test_an_unknown_format_is_refused(store, tmp_path):
    assert run("--store", store, "-o", tmp_path / "d", "--format", "sav").exit_code == 2


def test_what_is_left_out_is_told_and_the_rest_is_written(tmp_path):
    target = tmp_path / "store.db"
    fill(str(target), [0, 1, 2])
    fill(str(target), [1], a_reading("aligner-9"))
    result = run("--store", target, "-o", tmp_path / "d", "-f", "csv")
    assert result.exit_code == 1
    assert "2 个来源" in result.stderr
    assert len(read_csv(tmp_path / "d" / "reports.csv")) == 1
    result = run("--store", target, "-o", tmp_path / "d", "-f", "csv", "--reading", "aligner-2")
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(read_csv(tmp_path / "d" / "reports.csv")) == 3


def test_errors_say_what_is_wrong(store, tmp_path):
    assert failing("--store", tmp_path / "none.db", "-o", tmp_path / "d").code == "store.missing"
    assert failing("--store", store, "-o", tmp_path / "d", "--reading", "x").code == "store.reading"
    assert failing("--store", store, "-o", store, "-f", "csv").code == "output.exists"
    assert failing("--store", store, "-o", tmp_path / "no" / "d", "-f", "csv").code == "output.missing"
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_the_store_is_not_taken_for_a_dataset(tmp_path):
    target = tmp_path / "data" / "store.db"
    target.parent.mkdir()
    fill(str(target), [0])
    error = failing("--store", target, "-o", target.parent, "-f", "csv")
    assert error.code == "output.exists"
    assert "store.db" in str(error)


@pytest.mark.parametrize(
    ("lacking", "formats", "words"),
    [
        ({"pyarrow"}, ["parquet"], 'pip install "gongkai[parquet]"'),
        ({"pandas"}, ["dta", "csv"], 'pip install "gongkai[stata]"'),
        ({"pandas", "pyarrow"}, ["csv", "parquet", "xlsx", "dta"], 'pip install "gongkai[parquet,stata]"'),
    ],
)
def test_what_is_not_installed_is_told_before_any_work(tmp_path, monkeypatch, lacking, formats, words):
    for name in lacking:
        monkeypatch.setitem(sys.modules, name, None)
    options = [it for name in formats for it in ("--format", name)]
    error = failing("--store", tmp_path / "none.db", "-o", tmp_path / "d", *options)  # nor is there a store
    assert isinstance(error, OutputError)
    assert error.code == "output.extra"
    assert words in str(error)
    assert "--format csv" in str(error)
    require(["csv", "xlsx"])
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_be_read_to_the_end_leaves_the_old_dataset(store, tmp_path, monkeypatch):
    assert run("--store", store, "-o", tmp_path / "d", "-f", "csv").exit_code == 0
    before = {it.name: it.read_bytes() for it in (tmp_path / "d").iterdir()}
    from extractor import datapackage

    whole = datapackage.reports

    def broken(*arguments):
        found = whole(*arguments)
        yield next(found)
        raise StoreError("x：数据库出错", code="store.damaged")

    monkeypatch.setattr(datapackage, "reports", broken)
    assert failing("--store", store, "-o", tmp_path / "d", "-f", "csv", "-f", "xlsx").code == "store.damaged"
    assert {it.name: it.read_bytes() for it in (tmp_path / "d").iterdir()} == before
    assert len(list(tmp_path.iterdir())) == 1


def test_the_command_is_light_until_it_runs():
    code = (
        "import sys, extractor.export_cli;"
        "print([m for m in ('numpy', 'sqlalchemy', 'pandas', 'pyarrow', 'xlsxwriter', 'rich') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ended.stdout.strip() == "[]"


def test_progress_counts_the_reports(store, tmp_path, monkeypatch):
    from contextlib import contextmanager

    seen = []

    @contextmanager
    def bar(total, *, shown):
        seen.append((total, shown))
        yield lambda: seen.append("report")

    monkeypatch.setattr(export_cli, "progress_bar", bar)
    assert run("--store", store, "-o", tmp_path / "d", "-f", "csv").exit_code == 0
    told = json.loads((tmp_path / "d" / "datapackage.json").read_text(encoding="utf-8"))
    assert seen == [(told["gongkai"]["rows"]["reports"], False), *["report"] * 6]
