import csv
import io
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor.datapackage.batch import Batch
from extractor.datapackage.csv_files import CsvFiles
from extractor.datapackage.names import variables
from extractor.datapackage.tables import tables
from extractor.datapackage.workbook import Workbook
from extractor.datasets.tidy import unguarded
from extractor.export import guarded, plain_text
from extractor.numbers import State
from extractor.vocabulary import vocabulary

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
CELLS = tables()["cells"]
KEYS = list(vocabulary().columns)
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
texts = st.text(max_size=20) | st.sampled_from(
    ["=1+1", "'=1", "''", "-35", "-", 'a,"b"\r\nc', "<r>x</r>", "_x0041_", "＝1"]
)
numbers = st.none() | st.integers(-(10**12), 10**12) | st.floats(-1e15, 1e15).filter(lambda it: it != int(it))
whole = st.none() | st.integers(0, 2**31 - 30)


def a_row(number, key, value, text, state, unit, confidence, review, place, path, others):
    table, row, column = key.split(".")
    head = (number, "0" * 64, 0, "a.txt", "某局", 2021)
    page, line, start, end = place
    proposed, by, read = others
    return (
        *head, table, "2021", key, row, column, value, text, state, unit, confidence, review, page, line, start, end, path,
        proposed, by, read,
    )  # fmt: skip


rows = st.lists(
    st.builds(
        a_row,
        st.integers(1, 2**31 - 30),
        st.sampled_from(KEYS),
        numbers,
        texts,
        st.sampled_from(State.__args__),
        st.none() | texts,
        st.floats(0, 1).map(lambda it: round(it, 4)),
        st.booleans(),
        st.tuples(whole, whole, whole, whole),
        st.none() | texts,
        st.tuples(numbers, st.none() | texts, numbers),
    ),
    min_size=1,
    max_size=12,
)


def written(sink, name, made):
    """Write rows of cells in two batches, and give the folder."""
    half = len(made) // 2
    for part in (made[:half], made[half:]):
        if part:
            sink.write(Batch(tables()[name], zip(*part, strict=True)))
    sink.finish()
    sink.close()


def in_csv(made, name="cells"):
    with TemporaryDirectory() as folder:
        written(CsvFiles(Path(folder), [tables()[name]]), name, made)
        data = (Path(folder) / f"{name}.csv").read_bytes()
    return data, list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1:]


def cleaned(value):
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


# --- formulas --------------------------------------------------------------------------------------------------------


@given(st.text() | st.builds("{}{}".format, st.sampled_from(["", "'", "''"]), texts))
def test_what_is_guarded_is_no_formula_and_can_be_told_from_what_it_guards(text):
    safe = guarded(text)
    assert not safe.startswith(DANGEROUS) or safe.lstrip("+-").replace(",", "").replace(".", "").isdecimal()
    assert (unguarded(safe) or "") == text


@given(texts, texts)
def test_two_texts_never_become_one(one, other):
    assert (guarded(one) == guarded(other)) == (one == other)


@quick
@given(rows)
def test_no_text_of_a_document_begins_a_formula_in_csv(made):
    _, found = in_csv(made)
    free = [place for place, column in enumerate(CELLS.columns) if column.kind == "free"]
    for row in found:
        for place in free:
            assert not row[place].startswith(DANGEROUS) or float(row[place].replace(",", "")) is not None


def test_all_that_comes_from_outside_is_guarded():
    outside = {
        "reports": {"source", "agency", "agency_read", "code", "parent", "title"},
        "cells": {"source", "agency", "text", "unit", "path", "decided_by"},
        "findings": {"source", "agency", "message", "path"},
        "claims": {"source", "agency", "text", "unit", "path"},
        "files": {"path", "message", "agency", "code", "parent", "url"},
    }
    for name, table in tables().items():
        assert {column.name for column in table.columns if column.kind == "free"} == outside[name]


# --- there and back --------------------------------------------------------------------------------------------------


@quick
@given(rows)
def test_csv_gives_back_what_was_written(made):
    _, found = in_csv(made)
    assert len(found) == len(made)
    for row, expected in zip(found, made, strict=True):
        for text, value, column in zip(row, expected, CELLS.columns, strict=True):
            if column.kind == "free":
                assert (unguarded(text) or "") == cleaned(value or "")
            elif column.kind == "number":
                assert (float(text) if text else None) == value
            else:
                assert text == ("" if value is None else str(value))


@quick
@given(
    st.lists(
        st.tuples(*(texts | st.none() if column.kind == "free" else st.none() for column in tables()["files"].columns)),
        min_size=1,
    )
)
def test_csv_is_what_the_csv_module_writes(made):
    expected = io.StringIO(newline="")
    csv.writer(expected).writerows([[guarded(cleaned(it)) for it in row] for row in made])
    data, _ = in_csv(made, "files")
    assert data.decode("utf-8-sig") == ",".join(tables()["files"].names) + "\r\n" + expected.getvalue()


@quick
@given(rows)
def test_parquet_gives_back_what_was_written(made):
    pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    from extractor.datapackage.parquet_files import ParquetFiles

    with TemporaryDirectory() as folder:
        written(ParquetFiles(Path(folder), [CELLS]), "cells", made)
        found = pq.read_table(Path(folder) / "cells.parquet").to_pylist()
    assert [tuple(row.values()) for row in found] == [tuple(map(cleaned, row)) for row in made]


@quick
@given(rows)
def test_stata_gives_back_what_was_written(made):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    from extractor.datapackage.stata import StataFiles

    with TemporaryDirectory() as folder:
        place = Path(folder)
        written(StataFiles(place, place, [CELLS]), "cells", made)
        found = pandas.read_stata(place / "cells.dta")
    for variable, column in variables(CELLS).items():
        place = CELLS.names.index(column.name)
        values = [None if it != it or it == "" else it for it in found[variable].astype(object)]
        assert values == [cleaned(row[place]) if row[place] != "" else None for row in made], variable


@quick
@given(rows)
def test_the_workbook_gives_back_what_was_written(made):
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "scratch").mkdir()
        written(Workbook(place, place / "scratch", tables(), with_cells=True), "cells", made)
        book = openpyxl.load_workbook(place / "dataset.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "b"}
    found = list(book["cells"].iter_rows(min_row=2, values_only=True))
    assert len(found) == len(made)
    for row, expected in zip(found, made, strict=True):
        for told, value, column in zip(row, expected, CELLS.columns, strict=True):
            if column.kind == "number" and value is not None:
                assert told == pytest.approx(value, rel=1e-14)
            elif isinstance(value, str):
                assert _same_text(told or "", cleaned(value)), (told, value)
            else:
                assert told == value


def _same_text(told, value):
    """As Excel gives it: line ends are one character, and what XML can't hold is told by its number."""
    from openpyxl.utils.escape import unescape

    return unescape(told).replace("\r", "\n") in (plain_text(value).replace("\r", "\n"), value.replace("\r\n", "\n"))


# --- odd values ------------------------------------------------------------------------------------------------------


def some(**odd):
    values = dict(
        zip(
            CELLS.names,
            a_row(1, KEYS[0], 1, "1", "number", None, 1.0, False, (None,) * 4, None, (None,) * 3),
            strict=True,
        )
    )
    return tuple((values | odd).values())


def test_halves_of_characters_and_nul_are_replaced():
    batch = Batch(CELLS, zip(some(path="a\ud800b", text="x\0y"), some(text="=\0"), strict=True))
    columns = dict(zip(CELLS.names, batch.columns, strict=True))
    assert columns["path"] == ["a?b", None]
    assert columns["text"] == ["x\ufffdy", "=\ufffd"]
    assert columns["source"] == ("a.txt", "a.txt")


@pytest.mark.parametrize("value", [10**64, -(10**64), 10**300])
def test_numbers_beyond_all_counts_are_near(tmp_path, value):
    pytest.importorskip("pandas", reason="pandas is not installed")
    pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    import pandas

    from extractor.datapackage.parquet_files import ParquetFiles
    from extractor.datapackage.stata import StataFiles

    (tmp_path / "scratch").mkdir()
    for sink in (
        CsvFiles(tmp_path, [CELLS]),
        ParquetFiles(tmp_path, [CELLS]),
        StataFiles(tmp_path, tmp_path / "scratch", [CELLS]),
        Workbook(tmp_path, tmp_path / "scratch", tables(), with_cells=True),
    ):
        written(sink, "cells", [some(value=value), some(value=None)])
    assert pq.read_table(tmp_path / "cells.parquet")["value"].to_pylist() == [float(value), None]
    assert list(pandas.read_stata(tmp_path / "cells.dta")["value"].dropna()) == [float(value)]
    sheet = openpyxl.load_workbook(tmp_path / "dataset.xlsx")["cells"]
    assert sheet.cell(2, CELLS.names.index("value") + 1).value == pytest.approx(value)


def stata(folder, made, name="cells"):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    from extractor.datapackage.stata import StataFiles

    (folder / "scratch").mkdir(exist_ok=True)
    written(StataFiles(folder, folder / "scratch", [tables()[name]]), name, made)
    return pandas.read_stata(folder / f"{name}.dta")


def test_what_stata_has_no_room_for_is_missing(tmp_path):
    odd = [some(value=1.7e308), some(line=2**31 - 1), some(year=32_767), some(start=2**40)]
    found = stata(tmp_path, [*odd, some(value=8.9e307, line=2_147_483_620, year=32_740)])
    assert [found[name].isna().sum() for name in ("value", "line", "year", "start")] == [1, 4, 1, 5]
    assert [found[name].iloc[-1] for name in ("value", "line", "year")] == [8.9e307, 2_147_483_620, 32_740]


def test_long_texts_of_stata_are_kept_whole_and_once(tmp_path):
    long = "很长的说明" * 1000
    made = [some(text=text, path=path) for text, path in [(long, ""), ("3", long), (long, "x"), ("", "3")]]
    found = stata(tmp_path, made)
    assert list(found["text"]) == [long, "3", long, ""]
    assert list(found["path"]) == ["", long, "x", "3"]
    data = (tmp_path / "cells.dta").read_bytes()
    assert data.count(long.encode()) == 2  # once for each variable
    texts = data[data.index(b"<strls>") : data.index(b"</strls>")]
    assert [struct.unpack_from("<IQ", texts, place + 3) for place in range(len(texts)) if texts[place : place + 3] == b"GSO"] == [
        (9, 1), (9, 2), (18, 2), (18, 3), (18, 4),
    ]  # fmt: skip


def test_texts_of_reports_have_the_width_that_they_need(tmp_path):
    table = tables()["reports"]
    row = dict.fromkeys(table.names) | {"report": 1, "sha256": "0" * 64, "part": 0, "source": "a", "status": "ok"}
    made = [tuple((row | {"agency": agency, "title": "题" * 700}).values()) for agency in ("某局", "某某局", None)]
    found = stata(tmp_path, made, "reports")
    assert list(found["agency"]) == ["某局", "某某局", ""]
    assert list(found["title"]) == ["题" * 700] * 3  # longer than a fixed width may be
    import pandas

    with pandas.io.stata.StataReader(tmp_path / "reports.dta") as reader:
        reader.variable_labels()
        types = dict(zip(variables(table), reader._typlist, strict=True))
    assert (types["agency"], types["sha256"], types["title"]) == (9, 64, "Q")


def test_more_units_than_stata_has_labels_for_are_texts(tmp_path):
    made = [some(unit=f"单位{number}") for number in range(4000)]
    found = stata(tmp_path, made)
    assert found["unit"].dtype != "category"
    assert list(found["unit"]) == [f"单位{number}" for number in range(4000)]


def test_few_units_are_labels(tmp_path):
    made = [some(unit=unit) for unit in ("万元", None, "件", "万元")]
    found = stata(tmp_path, made)
    assert found["unit"].dtype == "category"
    assert [None if it != it else it for it in found["unit"]] == ["万元", None, "件", "万元"]


def test_markup_of_excel_in_a_text_stays_a_text(tmp_path):
    (tmp_path / "scratch").mkdir()
    hostile = "<r><t>hidden</t></broken></r>"
    written(Workbook(tmp_path, tmp_path / "scratch", tables(), with_cells=True), "cells", [some(text=hostile)])
    sheet = openpyxl.load_workbook(tmp_path / "dataset.xlsx")["cells"]
    assert sheet.cell(2, CELLS.names.index("text") + 1).value == f"{hostile} "


def test_texts_too_long_for_excel_are_cut_and_this_is_seen(tmp_path):
    (tmp_path / "scratch").mkdir()
    written(Workbook(tmp_path, tmp_path / "scratch", tables(), with_cells=True), "cells", [some(text="字" * 40_000)])
    sheet = openpyxl.load_workbook(tmp_path / "dataset.xlsx")["cells"]
    assert sheet.cell(2, CELLS.names.index("text") + 1).value == "字" * 16_000 + "…"
