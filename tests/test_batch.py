import hashlib
import io
import os
import sys
import zipfile

import pytest
from helpers_late import END, PROACTIVE, REPORT

from extractor import pipeline
from extractor.batch import Options, extract_file, extract_files, find_files, read_bytes
from extractor.errors import InputError, ModelError
from extractor.settings import DEFAULTS, Settings


@pytest.fixture
def folder(tmp_path):
    for name in ("b.txt", "a.txt", "sub/c.md", ".hidden.txt", ".cache/d.txt", "sub/.e.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(REPORT, encoding="utf-8")
    return tmp_path


def error_of(path, settings=DEFAULTS):
    with pytest.raises(InputError) as caught:
        read_bytes(str(path), settings)
    assert "\n" not in str(caught.value)
    return caught.value


# --- finding files ---------------------------------------------------------------------------------------------------


def test_a_folder_stands_for_the_files_below_it_but_hidden_ones(folder):
    assert find_files([str(folder)]) == [str(folder / name) for name in ("a.txt", "b.txt", "sub/c.md")]


def test_files_keep_the_order_they_are_given_in(folder):
    paths = [str(folder / "b.txt"), str(folder / "a.txt")]
    assert find_files(paths) == paths


def test_a_file_named_twice_is_read_once(folder):
    assert find_files([str(folder / "b.txt"), str(folder), str(folder / "b.txt")]) == [
        str(folder / name) for name in ("b.txt", "a.txt", "sub/c.md")
    ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["a.txt", "b.txt"]),
        ("[a]*.txt", ["a.txt"]),
        ("s?b", ["sub/c.md"]),
        ("**/*.md", ["sub/c.md"]),
        ("*.pdf", ["*.pdf"]),
    ],
)
def test_patterns(folder, pattern, expected):
    assert find_files([str(folder / pattern)]) == [str(folder / name) for name in expected]


def test_a_hidden_file_that_is_named_is_read(folder):
    assert find_files([str(folder / ".hidden.txt")]) == [str(folder / ".hidden.txt")]


def test_a_file_whose_name_looks_like_a_pattern(folder):
    odd = folder / "[2021].txt"
    odd.write_text(REPORT, encoding="utf-8")
    assert find_files([str(odd)]) == [str(odd)]


def test_what_is_not_there_is_kept(folder):
    assert find_files([str(folder / "none.txt"), "-"]) == [str(folder / "none.txt"), "-"]


def test_an_empty_folder_gives_nothing(tmp_path):
    assert find_files([str(tmp_path)]) == []


def zipped(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "/") + ".txt", content)
    return str(path)


def test_an_archive_is_a_folder(folder):
    path = zipped(folder / "b.zip", x=REPORT, 甲_y=REPORT)
    expected = [f"{path}/x.txt", f"{path}/甲/y.txt"]
    assert find_files([path]) == expected
    assert find_files([str(folder / "*.zip")]) == expected
    assert find_files([str(folder)])[2:4] == expected
    assert read_bytes(expected[1], DEFAULTS).decode() == REPORT
    (record,) = extract_file(expected[1], Options())
    assert (record.status, record.source.name) == ("ok", expected[1])


def test_an_archive_without_files_becomes_an_error(folder):
    path = zipped(folder / "b.zip")
    assert find_files([path]) == [path]
    (record,) = extract_file(path, Options())
    assert record.findings[0].code == "input.archive"


def test_limits_hold_for_archives(folder):
    path = zipped(folder / "b.zip", x=REPORT, y=REPORT)
    assert find_files([path], Settings(max_members=1)) == [path]
    (record,) = extract_file(path, Options(settings=Settings(max_members=1)))
    assert record.findings[0].code == "limit.members"
    assert error_of(f"{path}/x.txt", Settings(max_bytes=400)).code == "input.too_large"


def test_a_broken_archive_is_an_error_record_and_the_batch_goes_on(folder):
    broken = folder / "broken.zip"
    broken.write_bytes(b"PK\x05\x06" + b"no directory" * 9)
    inner = zipped(folder / "inner.zip", a=REPORT, b=REPORT)
    with zipfile.ZipFile(folder / "outer.zip", "w") as archive:
        archive.write(inner, "one.zip")
        archive.write(inner, "two.zip")
    settings = Settings(max_members=2)
    files = find_files([str(folder)], settings)
    assert {str(broken), str(folder / "outer.zip")} <= set(files)
    records = list(extract_files(files, Options(settings=settings)))
    status = {record.source.name: record.status for record in records}
    assert [status[str(folder / name)] for name in ("a.txt", "b.txt")] == ["ok", "ok"]
    assert [status[str(folder / name)] for name in ("broken.zip", "outer.zip")] == ["failed"] * 2


@pytest.mark.parametrize("inside", ["none.txt", "x.txt/y.txt", "../a.txt", "/etc/passwd"])
def test_what_is_not_in_an_archive_is_missing(folder, inside):
    path = zipped(folder / "b.zip", x=REPORT)
    assert error_of(f"{path}/{inside}").code == "input.missing"
    assert error_of(folder / "a.txt" / "b.txt").code in ("input.missing", "input.damaged")


# --- reading bytes ---------------------------------------------------------------------------------------------------


def test_bytes_are_read_as_they_are(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xff\x00\r\n1")
    assert read_bytes(str(path), DEFAULTS) == b"\xff\x00\r\n1"


def test_max_bytes_is_a_limit(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 100)
    assert len(read_bytes(str(path), Settings(max_bytes=100))) == 100
    error = error_of(path, Settings(max_bytes=99))
    assert error.code == "input.too_large"
    assert "100" in str(error)
    assert "99" in str(error)


@pytest.mark.parametrize(("size", "refused"), [(99, False), (100, False), (101, True)])
def test_max_bytes_limits_standard_input(monkeypatch, size, refused):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * size)))
    if refused:
        assert error_of("-", Settings(max_bytes=100)).code == "input.too_large"
    else:
        assert read_bytes("-", Settings(max_bytes=100)) == b"x" * size


def test_a_missing_file(tmp_path):
    assert error_of(tmp_path / "none.txt").code == "input.missing"


def test_a_folder_is_no_file(tmp_path):
    assert error_of(tmp_path).code == "input.unreadable"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert error_of(tmp_path / "pipe").code == "input.unreadable"


@pytest.mark.parametrize("path", ["a\0b.txt", "x" * 5000])
def test_an_impossible_name(path):
    assert error_of(path).code == "input.unreadable"


# --- one file --------------------------------------------------------------------------------------------------------


def test_a_good_file_gives_its_record(folder):
    (record,) = extract_file(str(folder / "a.txt"), Options())
    assert (record.status, record.agency, record.year) == ("ok", "青石县水利局", 2021)
    assert record.source.name == str(folder / "a.txt")
    assert record.source.sha256 == hashlib.sha256(REPORT.encode()).hexdigest()


def test_options_reach_the_extraction(folder):
    (record,) = extract_file(str(folder / "a.txt"), Options(agency="白河县水利局", year=2020))
    assert (record.agency, record.year) == ("白河县水利局", 2020)
    (record,) = extract_file(str(folder / "a.txt"), Options(settings=Settings(max_characters=50)))
    assert record.findings[0].code == "input.too_large"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "input.empty"),
        (b"%PDF-1.7 ...", "input.damaged"),
        (b"\x00\x01\x02\x03" * 50, "input.binary"),
        ("今天天气很好，适合散步。".encode(), "input.not_report"),
        ("<html><body><p>今天天气很好，适合散步。</p></body></html>".encode(), "input.not_report"),
    ],
)
def test_a_bad_file_gives_a_failed_record(tmp_path, content, code):
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    (record,) = extract_file(str(path), Options())
    assert (record.status, dict(record.cells)) == ("failed", {})
    assert record.tables == {"proactive": None, "requests": None, "disputes": None}
    (finding,) = record.findings
    assert (finding.code, finding.outcome, finding.severity) == (code, "fail", "error")
    assert record.source.name == str(path)
    assert record.source.sha256 == hashlib.sha256(content).hexdigest()


def test_a_missing_file_gives_a_failed_record(tmp_path):
    (record,) = extract_file(str(tmp_path / "none.txt"), Options())
    assert (record.status, record.findings[0].code) == ("failed", "input.missing")


def test_a_missing_model_stops_everything(folder):
    with pytest.raises(ModelError):
        extract_file(str(folder / "a.txt"), Options(model=folder))


# --- many files ------------------------------------------------------------------------------------------------------


def test_a_bad_file_does_not_stop_the_others(folder):
    (folder / "b.txt").write_bytes(b"%PDF-1.7")
    paths = [str(folder / name) for name in ("a.txt", "b.txt", "none.txt", "sub/c.md")]
    records = list(extract_files(paths, Options()))
    assert [record.source.name for record in records] == paths
    assert [record.status for record in records] == ["ok", "failed", "failed", "ok"]


def test_a_defect_of_the_program_becomes_a_record(folder, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(pipeline, "extract_all", broken)
    (record,) = extract_file(str(folder / "b.txt"), Options())
    (finding,) = record.findings
    assert (record.status, finding.code) == ("failed", "internal")
    assert "ZeroDivisionError: oops" in finding.message
    assert record.source.sha256 == hashlib.sha256(REPORT.encode()).hexdigest()


def test_lack_of_memory_becomes_a_record(folder, monkeypatch):
    def greedy(*_, **__):
        raise MemoryError

    monkeypatch.setattr(pipeline, "extract_all", greedy)
    (record,) = extract_file(str(folder / "b.txt"), Options())
    assert (record.status, record.findings[0].code) == ("failed", "limit.memory")


def test_a_file_that_takes_too_long_is_given_up_and_the_others_are_read(folder, monkeypatch):
    monkeypatch.setattr("extractor.workers._GRACE", 0.0)
    monkeypatch.setattr("extractor.workers._START", 0.0)
    paths = [str(folder / "a.txt"), str(folder / "b.txt")]
    records = list(extract_files(paths, Options(settings=Settings(max_seconds=0.001))))
    assert [record.findings[0].code for record in records] == ["limit.time", "limit.time"]
    assert [record.source.sha256 for record in records] == [hashlib.sha256(REPORT.encode()).hexdigest()] * 2
    assert [record.source.name for record in records] == paths


def test_a_file_that_needs_too_much_memory_is_given_up(folder):
    records = list(extract_files([str(folder / "a.txt")], Options(settings=Settings(max_memory=30_000_000))))
    assert records[0].findings[0].code in ("limit.memory", "limit.crashed")


def test_progress_is_told_of_each_file_also_of_bad_ones(folder):
    calls = []
    paths = [str(folder / "a.txt"), str(folder / "none.txt")]
    for number, _ in enumerate(extract_files(paths, Options(), progress=lambda: calls.append(1)), start=1):
        assert len(calls) == number
    assert len(calls) == 2


def test_no_files_give_no_records():
    assert list(extract_files([], Options())) == []


def test_workers_keep_the_order_and_change_nothing(tmp_path):
    paths = []
    for number in range(7):
        path = tmp_path / f"{number}.txt"
        path.write_text((PROACTIVE + END).replace("52", str(50 + number)) * (1 + number % 2), encoding="utf-8")
        paths.append(str(path))
    (tmp_path / "3.txt").write_bytes(b"")
    alone = list(extract_files(paths, Options()))
    together = list(extract_files(paths, Options(), jobs=2))
    assert [record.source.name for record in together] == paths
    assert together[3].findings[0].code == "input.empty"
    assert [record.to_dict() for record in together] == [record.to_dict() for record in alone]
    assert together[2].cells["proactive.normative_documents.in_force"].value == 52
