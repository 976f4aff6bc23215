import hashlib
import json
from collections import Counter

import openpyxl
import pytest
from helpers_datapackage import BOOK, DECIDED, LISTED, fill_all, read_csv
from helpers_store import SAMPLES, a_reading, digest, fill, sample, stored

from extractor.datapackage import FORMATS, export_dataset, workbook
from extractor.datapackage.names import stata_names, variables
from extractor.datapackage.tables import tables
from extractor.datasets import open_dataset
from extractor.errors import StoreError
from extractor.forms import forms
from extractor.store import open_store
from extractor.store.writer import writing
from extractor.vocabulary import vocabulary

pa_parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
pandas = pytest.importorskip("pandas", reason="pandas is not installed")
FIRST = digest(sample(0)[0])


def export(target, folder, *formats, reading=None):
    with open_store(str(target), read_only=True) as store:
        return export_dataset(store, store.find_reading(reading), folder, formats or FORMATS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store with all that there may be, and its dataset in all formats."""
    place = tmp_path_factory.mktemp("whole")
    fill_all(str(place / "store.db"))
    summary = export(place / "store.db", place / "dataset")
    return place / "store.db", place / "dataset", summary


@pytest.fixture
def dataset(whole):
    return whole[1]


def parquet(dataset, name):
    return pa_parquet.read_table(dataset / f"{name}.parquet").to_pylist()


def sheets(path):
    book = openpyxl.load_workbook(path)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def descriptor(dataset):
    return json.loads((dataset / "datapackage.json").read_text(encoding="utf-8"))


# --- what the tables tell --------------------------------------------------------------------------------------------


def test_all_files_are_there_and_nothing_else(whole):
    dataset = whole[1]
    names = {f"{name}.{suffix}" for name in tables() for suffix in ("csv", "parquet")}
    assert {it.name for it in dataset.iterdir()} == names | {
        "reports.dta",
        "cells.dta",
        "dataset.xlsx",
        "datapackage.json",
    }
    assert sorted(it.name for it in dataset.parent.iterdir() if it.name.startswith(".")) == []


def test_every_cell_of_every_report_has_its_row(whole):
    store, dataset, _ = whole
    found = {(row["sha256"], row["part"], row["key"]): row for row in parquet(dataset, "cells")}
    expected = {
        (it.record.source.sha256, it.part, key): (it, cell)
        for it in stored(str(store))
        for key, cell in it.record.cells.items()
    }
    assert found.keys() == expected.keys()
    assert len(parquet(dataset, "cells")) == len(expected)
    for name, (it, cell) in expected.items():
        row, where = found[name], cell.where
        told = (row["source"], row["value"], row["text"], row["state"], row["confidence"], row["review"], row["unit"])
        assert told == (
            it.record.source.name,
            cell.value,
            cell.text,
            cell.state,
            round(cell.confidence, 4),
            cell.review,
            cell.unit,
        )
        place = (row["page"], row["line"], row["start"], row["end"], row["path"])
        assert place == ((where.page, where.line, where.start, where.end, where.path) if where else (None,) * 5)
        assert row["proposed"] == (cell.proposed.value if cell.proposed else None)
        assert (row["form"], row["key"]) == (
            it.record.tables[row["table"]],
            f"{row['table']}.{row['row']}.{row['column']}",
        )
    assert any(row["proposed"] is not None for row in found.values())


def test_reports_are_wide_and_numbered_as_their_cells(whole):
    store, dataset, _ = whole
    reports = parquet(dataset, "reports")
    assert [row["report"] for row in reports] == list(range(1, 7))
    assert [(row["sha256"], row["part"]) for row in reports] == [
        (it.record.source.sha256, it.part) for it in stored(str(store))
    ]
    numbers = {(row["sha256"], row["part"]): row["report"] for row in reports}
    for name in ("cells", "findings", "claims"):
        assert {numbers[row["sha256"], row["part"]] == row["report"] for row in parquet(dataset, name)} == {True}
    for row, it in zip(reports, stored(str(store)), strict=True):
        cells = it.record.cells
        for key in vocabulary().columns:
            assert row[key] == (cells[key].value if key in cells else None), key
        assert {name: row[f"form_{name}"] for name in it.record.tables} == dict(it.record.tables)
        assert row["cells_to_review"] == sum(cell.review for cell in cells.values())


def test_the_manifest_comes_before_what_was_read(dataset):
    reports = {row["source"]: row for row in parquet(dataset, "reports")}
    first = reports["a.txt"]
    record = sample(0)[1]
    assert (first["agency"], first["year"], first["code"], first["parent"]) == (
        "清单水利局",
        2022,
        "11440000",
        "省人民政府",
    )
    assert (first["agency_read"], first["year_read"], first["copies"]) == (record.agency, record.year, 2)
    bare = reports["bare.txt"]
    assert (bare["agency"], bare["year"], bare["code"]) == (sample(4)[1].agency, sample(4)[1].year, "33")
    cells = [row for row in parquet(dataset, "cells") if row["source"] == "a.txt"]
    assert {(row["agency"], row["year"]) for row in cells} == {("清单水利局", 2022)}


def test_of_a_file_with_several_reports_the_manifest_does_not_say_whose_each_is(dataset):
    reports = [row for row in parquet(dataset, "reports") if row["sha256"] == digest(BOOK)]
    assert [(row["part"], row["source"]) for row in reports] == [(0, "book.xlsx#甲局"), (1, "book.xlsx#乙局")]
    assert [(row["agency"], row["year"], row["agency_read"]) for row in reports] == [
        ("甲局", 2020, "甲局"),
        ("清单文件局", 2018, None),
    ]
    assert {(row["code"], row["n_pages"]) for row in reports} == {("22", 2)}


def test_what_could_not_be_read_has_a_row_and_a_finding(dataset):
    (row,) = [row for row in parquet(dataset, "reports") if row["status"] == "failed"]
    assert (row["source"], row["error"], row["cells_to_review"]) == ("empty.txt", "input.empty", 0)
    assert (row["failed_checks"], row["passed_checks"], row["unverifiable_checks"]) == (None, None, None)
    assert {row[key] for key in vocabulary().columns} == {None}
    (told,) = [it for it in parquet(dataset, "findings") if it["source"] == "empty.txt"]
    assert (told["code"], told["outcome"], told["severity"]) == ("input.empty", "fail", "error")
    assert told["message"]


def test_findings_that_passed_are_counted_and_the_others_told(whole):
    store, dataset, _ = whole
    findings = parquet(dataset, "findings")
    counted = {(row["sha256"], row["part"]): row for row in parquet(dataset, "reports")}
    for it in stored(str(store)):
        name = (it.record.source.sha256, it.part)
        own = [row for row in findings if (row["sha256"], row["part"]) == name]
        expected = [(n, f) for n, f in enumerate(it.record.findings) if f.outcome != "pass"]
        assert [row["number"] for row in own] == [number for number, _ in expected]
        for row, (_, finding) in zip(own, expected, strict=True):
            assert (row["code"], row["outcome"], row["message"], row["cause"]) == (
                finding.code,
                finding.outcome,
                finding.message,
                finding.cause,
            )
            assert tuple((row["cells"] or "").split()) == finding.cells
            changes = [[dict(change) for change in fix] for fix in json.loads(row["corrections"] or "[]")]
            assert changes == [[change._asdict() for change in fix] for fix in finding.corrections]
        if it.record.status != "failed":
            outcomes = Counter(finding.outcome for finding in it.record.findings)
            hints = sum(f.outcome == "fail" and f.severity == "info" for f in it.record.findings)
            row = counted[name]
            assert row["passed_checks"] == outcomes["pass"] > 0
            assert row["unverifiable_checks"] == outcomes["unverifiable"]
            assert row["failed_checks"] == outcomes["fail"] - hints
    assert any(row["corrections"] for row in findings)


def test_claims_are_those_of_the_prose(whole):
    store, dataset, _ = whole
    expected = [
        (it.record.source.name, claim.key, claim.value, claim.text, claim.scope, claim.where.start)
        for it in stored(str(store))
        for claim in it.record.claims
    ]
    found = parquet(dataset, "claims")
    assert [
        tuple(row[name] for name in ("source", "key", "value", "text", "scope", "start")) for row in found
    ] == expected
    assert len(expected) > 3


def test_what_a_person_decided_stands_in_the_cell_with_what_was_read(dataset):
    decided = [row for row in parquet(dataset, "cells") if row["decided_by"]]
    (row,) = decided
    read = sample(0)[1].cells[DECIDED]
    assert (row["source"], row["key"], row["value"], row["state"], row["review"]) == (
        "a.txt",
        DECIDED,
        999,
        "number",
        False,
    )
    assert (row["decided_by"], row["read_value"], row["text"]) == ("@王", read.value, read.text)
    assert {it["read_value"] for it in parquet(dataset, "cells") if not it["decided_by"]} == {None}
    wide = {it["source"]: it for it in parquet(dataset, "reports")}
    assert (wide["a.txt"][DECIDED], wide["a.txt"]["decided_cells"], wide["bare.txt"]["decided_cells"]) == (999, 1, 0)


def test_files_tell_of_all_files(dataset):
    found = {row["path"]: row for row in parquet(dataset, "files")}
    assert list(found) == sorted(found)
    assert len(found) == 7
    assert found["a.txt"]["sha256"] == found["copy/a.txt"]["sha256"] == FIRST
    assert [found["a.txt"][name] for name in ("agency", "code", "year", "parent", "url")] == [
        *LISTED["a.txt"][2:],
        "https://example.cn/a",
    ]
    lost = found["lost.txt"]
    assert (lost["sha256"], lost["error"], lost["message"], lost["agency"]) == (
        None,
        "input.missing",
        "找不到文件",
        "没有的局",
    )
    assert found["copy/a.txt"]["agency"] is None


# --- the same in every format ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", tables())
def test_csv_says_the_same_as_parquet(dataset, name):
    rows = read_csv(dataset / f"{name}.csv")
    assert (dataset / f"{name}.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    for found, expected in zip(rows, parquet(dataset, name), strict=True):
        assert list(found) == list(expected)
        for column, value in expected.items():
            text = found[column]
            if isinstance(value, str) and text != value:
                assert text == f"'{value}", column
            elif isinstance(value, float):
                assert float(text) == value, column
            else:
                assert text == ("" if value is None else str(value)), column


@pytest.mark.parametrize("name", tables())
def test_so_does_the_workbook(dataset, name):
    head, *rows = sheets(dataset / "dataset.xlsx")[name]
    assert head == tables()[name].names
    for found, expected in zip(rows, parquet(dataset, name), strict=True):
        assert [None if it == "" else it for it in expected.values()] == list(found)


@pytest.mark.parametrize("name", ["reports", "cells"])
def test_so_does_stata(dataset, name):
    found = pandas.read_stata(dataset / f"{name}.dta")
    names = variables(tables()[name])
    assert list(found) == list(names)
    expected = pandas.DataFrame(parquet(dataset, name), dtype=object)
    for variable, column in names.items():
        values = [None if it is pandas.NA or it != it or it == "" else it for it in found[variable].astype(object)]
        assert values == [None if it == "" else it for it in expected[column.name]], column.name


def test_only_reports_in_stata_repeat_what_tells_them_apart(dataset):
    left_out = {it.name for it in tables()["cells"].columns} - {it.name for it in variables(tables()["cells"]).values()}
    assert left_out == {"sha256", "part", "source", "agency"}
    cells, reports = (pandas.read_stata(dataset / f"{name}.dta") for name in ("cells", "reports"))
    merged = cells.merge(reports, on="report", validate="m:1")
    assert list(merged["sha256"]) == [row["sha256"] for row in parquet(dataset, "cells")]


def test_stata_has_labels(dataset):
    with pandas.io.stata.StataReader(dataset / "cells.dta") as reader:
        assert reader.variable_labels()["value"] == "数值"
        assert reader.value_labels()["state"] == dict(
            enumerate(["number", "blank", "dash", "note", "missing"], start=1)
        )
        assert list(reader.value_labels()["key"].values()) == list(vocabulary().columns)
    with pandas.io.stata.StataReader(dataset / "reports.dta") as reader:
        labels = reader.variable_labels()
        assert labels["r_new_received_total"] == "本年新收政府信息公开申请数量·总计"
        assert all(0 < len(label) <= 80 for label in labels.values())


def test_the_same_store_makes_the_same_bytes(whole, tmp_path):
    store, dataset, _ = whole
    export(store, tmp_path / "again")
    names = sorted(it.name for it in dataset.iterdir())
    assert sorted(it.name for it in (tmp_path / "again").iterdir()) == names
    assert [(tmp_path / "again" / it).read_bytes() == (dataset / it).read_bytes() for it in names] == [True] * len(
        names
    )


def test_both_databases_make_the_same_bytes(store_target, whole, tmp_path):
    fill_all(store_target)
    export(store_target, tmp_path / "dataset")
    for file in sorted((tmp_path / "dataset").iterdir()):
        assert file.read_bytes() == (whole[1] / file.name).read_bytes(), file.name


# --- what describes it -----------------------------------------------------------------------------------------------


def test_every_file_is_described_with_its_size_and_sum(dataset):
    told = descriptor(dataset)
    assert {it["path"] for it in told["resources"]} == {it.name for it in dataset.iterdir()} - {"datapackage.json"}
    for resource in told["resources"]:
        data = (dataset / resource["path"]).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert resource["name"] == resource["path"]
        assert "/" in resource["mediatype"]
    assert not [name for name in ("created", "time", "date") if name in told]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_schemas_describe_each_column_and_its_values_keep_to_them(dataset, kind):
    resources = {it["name"]: it for it in descriptor(dataset)["resources"]}
    for name in tables():
        resource, rows = resources[f"{name}.{kind}"], parquet(dataset, name)
        schema = resource["schema"]
        assert resource["rows"] == len(rows)
        assert [field["name"] for field in schema["fields"]] == list(tables()[name].names)
        kinds = {"string": str, "integer": int, "number": float, "boolean": bool}
        for field in schema["fields"]:
            assert field["title"]
            assert len(field["description"]) > len(field["title"])
            values = {row[field["name"]] for row in rows}
            rules = field.get("constraints", {})
            assert {type(value) for value in values - {None}} <= {kinds[field["type"]]}
            assert not (rules.get("required") and None in values), field["name"]
            assert "enum" not in rules or values - {None} <= set(rules["enum"]), field["name"]
        primary = [tuple(row[it] for it in schema["primaryKey"]) for row in rows]
        assert len(set(primary)) == len(primary)
        for key in schema.get("foreignKeys", ()):
            assert key["reference"]["resource"] == f"reports.{kind}"
            known = {tuple(row[it] for it in key["fields"]) for row in parquet(dataset, "reports")}
            assert {tuple(row[it] for it in key["fields"]) for row in rows} <= known


def test_the_descriptor_tells_of_the_reading_and_the_counts(whole):
    _, dataset, summary = whole
    told = descriptor(dataset)["gongkai"]
    reading = a_reading()
    assert told["reading"] == {
        "model": reading.model,
        "model_sha256": reading.model_sha256,
        "version": reading.version,
        "names_kept": False,
    }
    assert [it["id"] for it in told["forms"]] == [form.id for form in forms()]
    assert told["rows"] == summary.rows == {name: len(parquet(dataset, name)) for name in tables()}
    cells = parquet(dataset, "cells")
    assert told["cells_to_review"] == sum(row["review"] for row in cells) > 0
    assert (told["reports_failed"], told["cells_decided"], told["sources_unread"]) == (1, 1, 0)


def test_variables_of_stata_are_told_with_their_columns(dataset):
    resources = {it["name"]: it for it in descriptor(dataset)["resources"]}
    for name in ("reports", "cells"):
        told = resources[f"{name}.dta"]
        assert told["observations"] == len(parquet(dataset, name))
        assert [it["name"] for it in told["variables"]] == list(pandas.read_stata(dataset / f"{name}.dta"))
        assert {it["column"] for it in told["variables"]} <= set(tables()[name].names)
    names = {it["column"]: it["name"] for it in resources["reports.dta"]["variables"]}
    assert names["requests.new_received.total"] == "r_new_received_total"


def test_frictionless_finds_nothing_wrong(dataset):
    frictionless = pytest.importorskip("frictionless", reason="frictionless is not installed")
    told = descriptor(dataset)
    told["resources"] = [it for it in told["resources"] if it["format"] == "csv"]
    report = frictionless.Package.from_descriptor(told, basepath=str(dataset)).validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "note"])[:3]
    assert len(report.tasks) == len(tables())


def test_duckdb_asks_in_one_line(dataset):
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    ((count, total),) = duckdb.sql(
        f"select count(*), sum(value) from '{dataset}/cells.parquet' where key = '{DECIDED}'"  # noqa: S608
    ).fetchall()
    values = [row[DECIDED] for row in parquet(dataset, "reports") if row["status"] != "failed"]
    assert (count, total) == (len(values), sum(value or 0 for value in values))


def test_parquet_says_what_its_columns_mean(dataset):
    field = pa_parquet.read_schema(dataset / "cells.parquet").field("value")
    assert field.metadata[b"title"].decode() == "数值"
    assert b"never scaled" in field.metadata[b"description"]


def test_the_dictionary_tells_of_every_column_in_both_languages(dataset):
    rows = sheets(dataset / "dataset.xlsx")["数据字典 dictionary"]
    heads = next(number for number, row in enumerate(rows) if row[0] == "表 table")
    told = {(row[0], row[1]): row for row in rows[heads + 1 :]}
    assert list(told) == [(table.name, name) for table in tables().values() for name in table.names]
    for row in told.values():
        assert all(isinstance(row[place], str) and row[place] for place in (3, 4, 5, 6))
        assert row[6].isascii()
        assert any(ord(letter) > 0x4E00 for letter in row[5]), row
    fees = told["reports", "proactive.fees.amount"]
    assert (fees[2], fees[4], fees[8]) == ("p_fees_amount", "行政事业性收费·本年收费金额", "万元")
    assert told["cells", "state"][7] == "number blank dash note missing"


# --- columns ---------------------------------------------------------------------------------------------------------


def test_reports_have_a_column_for_each_cell_of_each_form():
    assert {key for form in forms() for key in form.columns} <= set(tables()["reports"].names)
    for table in tables().values():
        assert len(set(table.names)) == len(table.names)


def test_the_same_cell_under_another_name_in_an_older_form_is_told():
    columns = {it.name: it for it in tables()["reports"].columns}
    column = columns["proactive.permits.decisions"]
    assert column.title == "行政许可·本年处理决定数量"
    assert "行政许可·处理决定数量" in column.zh
    assert columns["requests.denied_state_secret.business"].title == (
        "本年度办理结果—不予公开—属于国家秘密·法人或其他组织—商业企业"
    )


def test_names_for_stata_are_valid_and_differ():
    for table in tables().values():
        found = list(stata_names(table.names).values())
        assert len(set(found)) == len(found)
        assert all(name.isidentifier() and name.isascii() and len(name) <= 32 for name in found)
    assert stata_names(tables()["cells"].names)["end"] == "end_"


# --- other stores ----------------------------------------------------------------------------------------------------


def test_a_store_without_reports_makes_empty_tables(tmp_path):
    target = tmp_path / "store.db"
    with open_store(str(target)) as store, writing(store, a_reading(), {}) as writer:
        writer.end("ok", {})
    summary = export(target, tmp_path / "dataset")
    assert set(summary.rows.values()) == {0}
    for name, table in tables().items():
        assert read_csv(tmp_path / "dataset" / f"{name}.csv") == []
        assert parquet(tmp_path / "dataset", name) == []
        assert sheets(tmp_path / "dataset" / "dataset.xlsx")[name] == [table.names]
    for name in ("reports", "cells"):
        found = pandas.read_stata(tmp_path / "dataset" / f"{name}.dta")
        assert (len(found), list(found)) == (0, list(variables(tables()[name])))


def test_a_store_that_nothing_was_read_into_is_told(tmp_path):
    open_store(str(tmp_path / "store.db")).__exit__()
    with pytest.raises(StoreError) as caught:
        export(tmp_path / "store.db", tmp_path / "dataset")
    assert caught.value.code == "store.empty"
    assert not (tmp_path / "dataset").exists()


def test_each_reading_makes_its_own_dataset(tmp_path):
    target = tmp_path / "store.db"
    fill(str(target), [0, 1])
    fill(str(target), [1], a_reading("aligner-9"))
    assert export(target, tmp_path / "new", "csv").counts["sources_unread"] == 1
    assert export(target, tmp_path / "old", "csv", reading="aligner-2").counts["sources_unread"] == 0
    assert [row["source"] for row in read_csv(tmp_path / "new" / "reports.csv")] == [SAMPLES[1].name]
    assert len(read_csv(tmp_path / "old" / "reports.csv")) == 2
    assert descriptor(tmp_path / "new")["gongkai"]["reading"]["model"] == "aligner-9"
    assert descriptor(tmp_path / "new")["gongkai"]["sources_unread"] == 1
    assert "1 sources have not been read" in descriptor(tmp_path / "new")["description"]


@pytest.mark.parametrize("kind", FORMATS)
def test_one_format_alone(whole, tmp_path, kind):
    export(whole[0], tmp_path / "dataset", kind)
    for file in (tmp_path / "dataset").iterdir():
        assert file.suffix[1:] in (kind, "json")
        if file.suffix != ".json":
            assert file.read_bytes() == (whole[1] / file.name).read_bytes()


@pytest.mark.parametrize("file", ["cells.csv", "cells.parquet", "dataset.xlsx"])
def test_the_checks_read_what_is_written(whole, file):
    store, dataset, _ = whole
    found = {it.source.name: it for it in open_dataset(str(dataset / file)) if it.cells}
    expected = {it.record.source.name: it for it in stored(str(store)) if it.record.cells}
    assert found.keys() == expected.keys()
    for name, it in expected.items():
        own = found[name]
        assert own.tables == it.record.tables
        for key, cell in it.record.cells.items():
            told = own.cells[key]
            assert (told.value, told.text, told.state, told.review, told.unit) == (
                cell.value,
                cell.text,
                cell.state,
                cell.review,
                cell.unit,
            )
            assert (told.where and told.where[:4]) == (cell.where and cell.where[:4])


# --- large ones ------------------------------------------------------------------------------------------------------


def test_tables_longer_than_a_sheet_go_on_in_the_next(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 20)
    summary = export(whole[0], tmp_path / "dataset", "xlsx")
    found, at_once = (sheets(it / "dataset.xlsx") for it in (tmp_path / "dataset", whole[1]))
    for name in ("reports", "findings", "files", "claims"):
        own = [sheet for sheet in found if sheet.split()[0] == name]
        assert own == [name, *(f"{name} {number}" for number in range(2, len(own) + 1))]
        assert all(found[sheet][0] == tables()[name].names for sheet in own)
        rows = [row for sheet in own for row in found[sheet][1:]]
        assert rows == at_once[name][1:]
        assert [len(found[sheet]) - 1 for sheet in own[:-1]] == [20] * (len(own) - 1)
    assert "findings 2" in found
    (resource,) = descriptor(tmp_path / "dataset")["resources"]
    told = Counter()
    for sheet in resource["sheets"]:
        told[sheet["table"]] += sheet["rows"]
    assert dict(told) == {name: count for name, count in summary.rows.items() if name != "cells"}


def test_cells_that_no_sheet_has_room_for_are_left_to_other_formats_and_this_is_said(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 100)
    summary = export(whole[0], tmp_path / "dataset", "xlsx", "csv")
    found = sheets(tmp_path / "dataset" / "dataset.xlsx")
    assert not [sheet for sheet in found if sheet.startswith("cells")]
    ((zh, en),) = summary.notes
    assert "没有 cells 表" in zh
    assert (zh, en) in {(row[0], row[6]) for row in found["数据字典 dictionary"]}
    assert en in descriptor(tmp_path / "dataset")["description"]
    assert (tmp_path / "dataset" / "cells.csv").read_bytes() == (whole[1] / "cells.csv").read_bytes()


def test_tables_of_many_batches_are_whole(whole, tmp_path, monkeypatch):
    monkeypatch.setattr("extractor.datapackage._AT_ONCE", dict.fromkeys(tables(), 7))
    monkeypatch.setattr("extractor.datapackage.csv_files._MOST", 3)
    export(whole[0], tmp_path / "dataset", "csv", "dta", "parquet")
    for file in (tmp_path / "dataset").iterdir():
        if file.suffix == ".parquet":
            assert pa_parquet.read_table(file).equals(pa_parquet.read_table(whole[1] / file.name))
        elif file.suffix != ".json":
            assert file.read_bytes() == (whole[1] / file.name).read_bytes(), file.name
