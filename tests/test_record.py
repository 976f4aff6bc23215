import json
from pathlib import Path

import pytest
from helpers_late import REPORT
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import extract
from extractor.document import Source, Where
from extractor.errors import InputError
from extractor.forms import forms
from extractor.record import VERSION, CellValue, Claim, Finding, Proposal, Record, failed_record

SAMPLES = sorted((Path(__file__).parent.parent / "annotations" / "samples").iterdir())
SOURCE = Source("a.txt", "0" * 64, "text/plain")
FULL = Record(
    source=Source("a.txt", "f" * 64, "application/pdf", 7),
    agency="青石县水利局",
    year=2021,
    title=None,
    tables={"proactive": "2021", "requests": None, "disputes": None},
    cells={
        "proactive.fees.amount": CellValue(
            24.5, "24.5", "number", 0.875, True, Where(3, 10, 14, 2, (1.0, 2.0, 3.5, 4.0)), "万元"
        ),
        "proactive.permits.decisions": CellValue(
            None, "1153", "number", 0.25, True, Where(4, 20, 24), None, Proposal(1153, "reading", "最可能的读法")
        ),
        "proactive.rules.issued": CellValue(None, "", "missing", 1.0, True),
    },
    findings=(
        Finding("T4.total", "fail", "error", "不符", "agency", ("a.b.c", "a.b.d"), Where(9)),
        Finding("document.damaged", "fail", "warning", "已损坏"),
    ),
    status="review",
    model={"id": "aligner-1", "sha256": "e" * 64},
    claims=(Claim("requests.new_received.total", 16, "收到申请16件", "report", Where(5, 1, 7)),),
    version="0.0.9",
    snippets={0: "收到申请16件", 40: "行政许可\t1153"},
)

numbers = st.one_of(st.none(), st.integers(-(10**9), 10**9), st.floats(0, 1e9, allow_nan=False))
places = st.one_of(
    st.none(), st.builds(Where, st.integers(1, 99), st.integers(0, 99), st.integers(0, 99), st.none(), st.none())
)
cell_values = st.builds(
    CellValue,
    value=numbers,
    text=st.text(max_size=8),
    state=st.sampled_from(["number", "blank", "dash", "note", "missing"]),
    confidence=st.integers(0, 10_000).map(lambda number: number / 10_000),
    review=st.booleans(),
    where=places,
    unit=st.sampled_from([None, "万元", "元"]),
    proposed=st.one_of(st.none(), st.builds(Proposal, st.integers(0, 99), st.just("reading"), st.text(max_size=5))),
)


def through_json(record):
    return Record.from_dict(json.loads(json.dumps(record.to_dict(), ensure_ascii=False)))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_real_record_survives_json(path):
    record = extract(path.read_bytes(), path.name)
    again = through_json(record)
    assert again.to_dict() == record.to_dict()
    assert again.findings == record.findings
    assert (again.source, again.tables, again.status, again.model) == (
        record.source,
        record.tables,
        record.status,
        record.model,
    )
    for key, cell in record.cells.items():
        assert again.cells[key]._replace(confidence=0) == cell._replace(confidence=0)
        assert again.cells[key].confidence == pytest.approx(cell.confidence, abs=5.1e-5)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_record_has_every_key_of_its_tables_and_no_other(path):
    data = extract(path.read_bytes(), path.name).to_dict()
    columns = {(form.table, form.form): set(form.columns) for form in forms()}
    assert list(data["tables"]) == ["proactive", "requests", "disputes"]
    expected = set()
    for table, form in data["tables"].items():
        keys = {key for key in data["cells"] if key.startswith(f"{table}.")}
        expected |= keys if form else set()
        if form:
            assert keys == columns[table, form]
    assert set(data["cells"]) == expected


def test_a_full_record_survives_json_unchanged():
    assert through_json(FULL) == FULL


@settings(max_examples=80, deadline=None)
@given(cells=st.dictionaries(st.sampled_from(list(forms()[0].columns)), cell_values, max_size=4))
def test_any_cells_survive_json(cells):
    record = Record(SOURCE, None, None, "题", {"proactive": "2021"}, cells, (), "ok")
    assert through_json(record) == record


def test_keys_of_the_json():
    data = extract(REPORT.encode(), "a.txt").to_dict()
    assert set(data) == {
        "source", "agency", "year", "title", "tables", "status", "cells", "claims", "findings", "model", "version",
    }  # fmt: skip
    assert set(FULL.to_dict()) == {*data, "snippets"}
    assert set(data["source"]) == {"name", "sha256", "media_type", "n_pages"}
    assert set(data["model"]) == {"id", "sha256"}
    cell = data["cells"]["proactive.fees.amount"]
    assert set(cell) == {"value", "text", "state", "confidence", "review", "where", "unit", "proposed"}
    assert set(cell["where"]) == {"page", "line", "start", "end", "bbox", "path"}
    assert set(data["findings"][0]) == {
        "code",
        "outcome",
        "severity",
        "cause",
        "cells",
        "message",
        "where",
        "corrections",
    }
    assert data["version"] == VERSION


def test_what_the_json_of_a_report_says():
    data = extract(REPORT.encode(), "a.txt").to_dict()
    assert data["source"]["name"] == "a.txt"
    assert (data["agency"], data["year"], data["status"]) == ("青石县水利局", 2021, "ok")
    assert data["tables"] == {"proactive": "2021", "requests": None, "disputes": "2021"}
    cell = data["cells"]["proactive.fees.amount"]
    assert (cell["value"], cell["text"], cell["state"], cell["unit"]) == (24.5, "24.5", "number", "万元")
    assert REPORT[cell["where"]["start"] : cell["where"]["end"]] == "24.5"


def test_what_is_given_outweighs_what_the_text_says():
    record = extract(REPORT.encode(), "a.txt", agency="白河县水利局", year=2020)
    assert (record.agency, record.year) == ("白河县水利局", 2020)


def test_what_an_older_record_lacks_is_filled():
    data = FULL.to_dict()
    del data["claims"], data["version"], data["model"]
    record = Record.from_dict(data)
    assert (record.claims, record.version, record.model) == ((), VERSION, None)


def without(*path):
    data = json.loads(json.dumps(FULL.to_dict()))
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return data


def with_(value, *path):
    data = json.loads(json.dumps(FULL.to_dict()))
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return data


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        None,
        "record",
        7,
        without("source"),
        without("cells"),
        without("findings"),
        without("source", "sha256"),
        without("cells", "proactive.fees.amount", "value"),
        without("cells", "proactive.fees.amount", "where"),
        without("findings", 0, "code"),
        without("claims", 0, "where"),
        with_(None, "cells"),
        with_([1], "cells"),
        with_("x", "cells", "proactive.fees.amount"),
        with_("x", "cells", "proactive.fees.amount", "where"),
        with_("x", "cells", "proactive.fees.amount", "proposed"),
        with_(1, "cells", "proactive.fees.amount", "colour"),
        with_([7], "findings"),
        with_(None, "tables"),
        with_("16", "cells", "proactive.fees.amount", "value"),
        with_(16, "cells", "proactive.fees.amount", "text"),
        with_("high", "cells", "proactive.fees.amount", "confidence"),
        with_("grave", "findings", 0, "severity"),
        with_("perhaps", "findings", 0, "outcome"),
        with_("printer", "findings", 0, "cause"),
        with_(None, "findings", 0, "message"),
        with_("done", "status"),
        with_("2021", "year"),
        with_(["某局"], "agency"),
        with_({"first": "文"}, "snippets"),
        with_({"0": 1}, "snippets"),
        with_([], "snippets"),
    ],
)
def test_broken_data_is_an_input_error(data):
    with pytest.raises(InputError) as caught:
        Record.from_dict(data)
    assert caught.value.code == "input.record"
    assert "gongkai extract" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_failed_record_says_why():
    record = failed_record(SOURCE, "input.empty", "文件是空的", {"proactive": None})
    assert (record.status, record.cells, record.model) == ("failed", {}, None)
    (finding,) = record.findings
    assert (finding.code, finding.outcome, finding.severity, finding.message) == (
        "input.empty",
        "fail",
        "error",
        "文件是空的",
    )
    assert through_json(record) == record
