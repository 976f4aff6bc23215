"""The store as a whole, the same on both databases."""

import os
import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from helpers_store import NAME, SAMPLES, a_reading, digest, fill, run_batch, sample, stored
from sqlalchemy import func, select

from extractor.errors import InputError, StoreError
from extractor.store import Decision, Listed, open_store
from extractor.store.packing import Read, pack
from extractor.store.schema import cells, files, records, runs, sources
from extractor.store.writer import writing


def count(store, table):
    return store.rows(select(func.count()).select_from(table))[0][0]


def test_what_is_written_comes_back(store_target):
    fill(store_target)
    found = stored(store_target)
    assert [it.record.source.sha256 for it in found] == sorted(digest(sample(place)[0]) for place in range(3))
    by_name = {it.record.source.name: it.record.to_dict() for it in found}
    for place in range(3):
        name = SAMPLES[place].name
        expected = sample(place)[1].to_dict()
        expected["source"]["name"] = name
        assert by_name[name] == expected


def test_another_model_adds_records_and_leaves_the_old_ones(store_target):
    fill(store_target)
    newer = replace(sample(0)[1], title="别的")
    with open_store(store_target) as store:
        with writing(store, a_reading("aligner-3"), {}) as writer:
            assert not writer.done
            writer.save([Read(digest(sample(0)[0]), (pack(newer, NAME),))])
        assert [str(it) for it in store.readings()] == ["aligner-2/0.1.0", "aligner-3/0.1.0"]
        assert count(store, records) == 4
    assert [it.record.title for it in stored(store_target)] == ["别的"]
    assert {it.record.title for it in stored(store_target, "aligner-2")} == {
        sample(place)[1].title for place in range(3)
    }
    with pytest.raises(StoreError, match="没有读法"):
        stored(store_target, "aligner-9")


def test_a_reading_is_a_model_a_version_and_whether_names_are_kept(store_target):
    readings = [a_reading(), a_reading(version="9"), a_reading()._replace(names_kept=True), a_reading()]
    with open_store(store_target) as store:
        for reading in readings:
            with writing(store, reading, {}) as writer:
                writer.end("ok", {})
        assert [it.number for it in store.readings()] == [1, 2, 3]
        assert [str(it) for it in store.readings()][2].endswith("+names")


def test_a_source_that_is_read_again_has_its_records_replaced(store_target):
    fill(store_target, [0])
    data, record = sample(0)
    with open_store(store_target) as store, writing(store, a_reading(), {}) as writer:
        assert writer.done == {digest(data)}
        again = replace(record, cells=dict(list(record.cells.items())[:5]))
        writer.save([Read(digest(data), (pack(again, NAME), pack(again, NAME)))])
        assert count(store, cells) == 10
    assert [it.part for it in stored(store_target)] == [0, 1]


def test_files_with_the_same_bytes_share_a_record(store_target):
    data, record = sample(0)
    with open_store(store_target) as store, writing(store, a_reading(), {}) as writer:
        for name in ("z.txt", "a.txt", "m/a.txt"):
            writer.add_file(name, data, digest(data))
        writer.add_file("lost.txt", None, None, ("input.missing", "没有"))
        writer.save([Read(digest(data), (pack(record, NAME),))])
    (found,) = stored(store_target)
    assert [file.path for file in found.files] == ["a.txt", "m/a.txt", "z.txt"]
    assert found.record.source.name == "a.txt"
    with open_store(store_target, read_only=True) as store:
        assert [(file.path, file.error) for file in store.files()][1] == ("lost.txt", "input.missing")
        assert count(store, sources) == 1


def test_a_file_with_new_bytes_points_to_them(store_target):
    fill(store_target, [0, 1], names={0: "a.txt", 1: "b.txt"})
    fill(store_target, [2], names={2: "a.txt"})
    assert {it.record.source.name: it.record.source.sha256 for it in stored(store_target)} == {
        "a.txt": digest(sample(2)[0]),
        "b.txt": digest(sample(1)[0]),
    }
    with open_store(store_target, read_only=True) as store:
        assert (count(store, files), count(store, sources), count(store, records)) == (2, 3, 3)


def test_texts_that_databases_refuse_are_made_harmless(store_target):
    data, record = sample(0)
    odd = replace(record, title="a\0b\ud800", agency="\ufffe")
    with open_store(store_target) as store, writing(store, a_reading(), {}) as writer:
        writer.add_file("\udcff.txt".encode("utf-8", "surrogateescape").decode("utf-8", "replace"), data, digest(data))
        writer.save([Read(digest(data), (pack(odd, NAME),))])
    assert [(it.record.title, it.record.agency) for it in stored(store_target)] == [("a\ufffdb?", "\ufffe")]


def test_what_fails_on_the_way_leaves_nothing_half_done(store_target):
    data, record = sample(0)
    packed = pack(record, NAME)
    broken = packed._replace(findings=[(*packed.claims[:1], "x")])
    with open_store(store_target) as store:
        with writing(store, a_reading(), {}) as writer:
            writer.add_file("a.txt", data, digest(data))
            with pytest.raises(StoreError):
                writer.save([Read(digest(data), (broken,))])
        assert [count(store, table) for table in (files, sources, records, cells)] == [0] * 4
    fill(store_target, [0])
    assert len(stored(store_target)) == 1


def test_runs_tell_how_they_ended(store_target):
    with open_store(store_target) as store:
        for _ in range(2):
            with writing(store, a_reading(), {"jobs": 2}):
                pass  # as if killed: nobody says how it ended
        with writing(store, a_reading(), {}) as writer:
            writer.end("ok", {"files": 3})
        assert [row.status for row in store.rows(select(runs).order_by(runs.c.id))] == ["killed", "killed", "ok"]


def test_one_batch_at_a_time(store_target):
    fill(store_target, [0])
    with open_store(store_target) as store, writing(store, a_reading(), {}):
        with open_store(store_target) as other:
            second = ExitStack()
            with pytest.raises(StoreError, match="另一个批处理") as caught:
                second.enter_context(writing(other, a_reading(), {}))
            assert caught.value.code == "store.busy"
        assert len(stored(store_target)) == 1  # those who only read needn't wait
    fill(store_target, [1])
    assert len(stored(store_target)) == 2


def test_an_export_sees_one_moment(store_target):
    fill(store_target, range(3))
    with open_store(store_target, read_only=True) as store:
        from extractor.store.reports import reports

        found = reports(store, store.find_reading(None))
        first = next(found)
        fill(store_target, range(3, 6))
        assert 1 + len(list(found)) == 3
        assert first.record.source.sha256
    assert len(stored(store_target)) == 6


def test_lines_of_manifests(store_target):
    lines = [Listed("a.txt", None, "甲", "1", 2021, None), Listed(None, None, "乙", None, 2021, None)]

    def matching(listed, paths):
        return {path: place for place, line in enumerate(listed) for path in paths if line.path == path}

    data, record = sample(0)
    with open_store(store_target) as store:
        with writing(store, a_reading(), {}) as writer:
            writer.add_file("b.txt", data, digest(data))
            writer.save([Read(digest(data), (pack(record, NAME),))])
            writer.list_files(lines, ["a.txt"], matching)
            writer.add_file("a.txt", data, digest(data))
            writer.save([])
        assert store.listed() == lines
        assert [(it.path, it.listed) for it in store.files()] == [("a.txt", lines[0]), ("b.txt", None)]
        newer = [lines[0]._replace(agency="丙"), Listed("b.txt", None, "丁", None, 2022, None)]
        with writing(store, a_reading(), {}) as writer:
            writer.list_files(newer, [], matching)
            writer.save([])
        assert store.listed() == [newer[0], lines[1], newer[1]]
        assert [it.listed and it.listed.agency for it in store.files()] == ["丙", "丁"]


def test_decisions_stand_apart_from_records(store_target):
    fill(store_target, [0])
    data, record = sample(0)
    key = "requests.new_received.total"
    mine = Decision(digest(data), 0, key, 999, "number", "甲")
    with open_store(store_target) as store:
        assert store.decide([mine._replace(value=1), mine]) == 2
        with pytest.raises(InputError, match="没有来源"):
            store.decide([mine._replace(value=5), mine._replace(sha256="0")])
        with pytest.raises(InputError, match="没有单元格"):
            store.decide([mine._replace(key="a.b.c")])
        with pytest.raises(InputError, match="不是数字"):
            store.decide([mine._replace(value=float("nan"))])
        assert [it.value for it in store.decisions()] == [1, 999]
    fill(store_target, [0], a_reading("aligner-3"))
    (found,) = stored(store_target)
    assert found.record.cells[key].value == 999
    assert not found.record.cells[key].review
    assert found.read[key].value == record.cells[key].value
    assert found.decided[key].by == "甲"
    assert any(it.outcome == "fail" and key in it.cells for it in found.record.findings)


def test_a_store_that_is_none_is_refused(tmp_path):
    text = tmp_path / "a.db"
    text.write_text("no database\n" * 100)
    other = tmp_path / "b.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE cells (a)")
    old = tmp_path / "c.db"
    fill(str(old), [0])
    with sqlite3.connect(old) as connection:
        connection.execute("UPDATE about SET value = '0'")
    for target, code in (
        (text, "store.damaged"),
        (other, "store.damaged"),
        (old, "store.schema"),
        (tmp_path, "store.missing"),
        (tmp_path / "no" / "x.db", "store.missing"),
        ("mysql://x/y", "store.url"),
        ("oracle+nonsense://x/y", "store.url"),
    ):
        with pytest.raises(StoreError) as caught:
            open_store(str(target))
        assert caught.value.code == code, target
    with pytest.raises(StoreError) as caught:
        open_store(str(tmp_path / "new.db"), read_only=True)
    assert caught.value.code == "store.missing"
    assert not (tmp_path / "new.db").exists()


def test_a_server_that_is_not_there():
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://nobody@127.0.0.1:9/none")
    assert caught.value.code == "store.connect"


@pytest.mark.parametrize("lines", ["", "fill(target, [3])"], ids=["reading", "writing"])
def test_a_store_that_can_only_be_read(tmp_path, lines):
    """By a user who may not write, since root may always."""
    target = tmp_path / "store" / "s.db"
    target.parent.mkdir()
    fill(str(target), [0])
    target.chmod(0o444)
    target.parent.chmod(0o555)
    if os.getuid() == 0:
        for folder in target.parents:
            if folder.stat().st_mode & 0o005 != 0o005 and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o005)
    code = (
        "import os, sys\n"
        "from helpers_store import fill, stored\n"
        f"fill({str(tmp_path / 'other.db')!r}, [3])\n"  # imports all that will be needed
        f"stored({str(tmp_path / 'other.db')!r})\n"
        "if os.getuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        f"target = {str(target)!r}\n"
        "from extractor.errors import StoreError\n"
        f"try:\n    print(len(stored(target)))\n    {lines or 'pass'}\n"
        "except StoreError as error: print(error.code)\n"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    target.parent.chmod(0o755)
    assert done.stdout.split() == ["1"] + ["store.read_only"] * bool(lines), done.stderr


def test_a_full_disk_loses_nothing(tmp_path):
    """A limit on the size of files stands for it."""
    target = str(tmp_path / "s.db")
    fill(target, [0])
    code = (
        "import resource, signal\n"
        "from helpers_store import fill\n"
        "from extractor.errors import StoreError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        f"try: fill({target!r}, range(1, 14))\n"
        "except StoreError as error: print(error.code)\n"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.stdout.split() == ["store.full"], done.stderr
    kept = len(stored(target))
    assert 1 <= kept < 14
    counts = run_batch(target, SAMPLES)
    assert (counts.unchanged, counts.read) == (kept, len(SAMPLES) - kept)


def test_a_batch_without_a_manifest_leaves_the_lines_of_the_files(store_target):
    line = Listed("a.txt", None, "甲", "1", 2021, None)
    data, _ = sample(0)

    def matching(listed, paths):
        return {path: place for place, it in enumerate(listed) for path in paths if it.path == path}

    with open_store(store_target) as store:
        for lines in ([line, line], []):
            with writing(store, a_reading(), {}) as writer:
                writer.list_files(lines, ["a.txt"], matching)
                writer.add_file("a.txt", data, digest(data))
                writer.save([])
        assert store.listed() == [line]
        assert [it.listed for it in store.files()] == [line]
