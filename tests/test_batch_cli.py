"""The command ``gongkai batch``, as users run it: in a process of its own, with poison in the folder, killed and run again."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers_store import SAMPLES, stored
from sqlalchemy import func, select

from extractor.errors import StoreError
from extractor.store import open_store
from extractor.store.schema import records, runs
from training.simulate import simulated_report
from training.sound import CLEAN

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-c", "from training.cli import main; main()", "batch"]


def start(*arguments, poison=False, **environment):
    path = [str(ROOT), *([str(Path(__file__).parent / "poison")] if poison else []), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path), **environment},
    )


def run(*arguments, **options):
    process = start(*arguments, **options)
    out, err = process.communicate(timeout=180)
    return process.returncode, out, err


def wait_until_begun(store):
    log, deadline = Path(f"{store}.log"), time.monotonic() + 60
    while not (log.exists() and "开始" in log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def generate(folder, count):
    folder.mkdir(exist_ok=True)
    for number in range(count):
        data = simulated_report(90_000_000 + number, CLEAN[number % len(CLEAN)], (), 0.0).data
        (folder / f"{number:04d}.txt").write_bytes(data)
    return folder


def contents(store):
    return [(json.dumps(it.record.to_dict()), it.part, it.files) for it in stored(str(store))]


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("reports"), 100)


@pytest.fixture(scope="module")
def undisturbed(reports, tmp_path_factory):
    """The contents of a store of all reports."""
    store = tmp_path_factory.mktemp("store") / "whole.db"
    code, out, err = run(reports, "--store", store, "-j", 2)
    assert (code, err) == (0, "")
    assert "新读 100 个" in out
    return contents(store)


def written(store):
    """How many reports are in a store by now."""
    try:
        with open_store(str(store), read_only=True) as opened:
            return opened.rows(select(func.count()).select_from(records))[0][0]
    except StoreError:  # it is only being made
        return 0


def wait_until_written(process, store, count):
    while written(store) < count and process.poll() is None:
        time.sleep(0.02)


def test_a_batch_that_is_killed_again_and_again_gives_the_same(reports, undisturbed, tmp_path):
    store, chance, killed = tmp_path / "killed.db", random.Random(6), 0
    for most in (0, 1, 20, 40, 60):
        process = start(reports, "--store", store, "-j", 2)
        wait_until_written(process, store, most)
        time.sleep(chance.uniform(0.0, 0.4))
        killed += process.poll() is None
        process.kill()
        process.communicate()
    assert killed >= 3
    code, out, _ = run(reports, "--store", store, "-j", 2)
    assert code == 0
    assert "共 100 个文件" in out
    assert contents(store) == undisturbed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_batch_that_is_interrupted_ends_cleanly(reports, undisturbed, tmp_path, number):
    store = tmp_path / "s.db"
    process = start(reports, "--store", store, "-j", 1)
    wait_until_written(process, store, 1)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() == "gongkai: [batch] 已中断；读过的都在数据库里，再次运行即可接着做"
    with open_store(str(store), read_only=True) as opened:
        assert [row.status for row in opened.rows(select(runs))] == ["interrupted"]
    assert run(reports, "--store", store)[0] == 0
    assert contents(store) == undisturbed


POISON = {
    "loop": {"limit.time"},
    "loop_in_c": {"limit.time"},
    "eat_memory": {"limit.memory"},
    "eat_memory_in_c": {"limit.memory", "limit.crashed"},
    "crash": {"limit.crashed"},
    "leave": {"limit.crashed"},
    "be_killed": {"limit.crashed"},
    "recurse": {"internal", "limit.crashed"},
    "fail": {"internal"},
}


def test_poison_is_set_aside_and_all_else_is_there(reports, undisturbed, tmp_path, monkeypatch):
    monkeypatch.setenv("GONGKAI_TEST_ONCE", str(tmp_path / "once"))
    for number, kind in enumerate(POISON):
        (reports / f"{number:04d}-{kind}.poison").write_bytes(f"POISON {kind}\n".encode())
    good = SAMPLES[0].read_bytes()
    (reports / "0099-crash_once.poison").write_bytes(b"POISON crash_once\n" + good)
    (reports / "0100-empty.poison").write_bytes(b"")
    (reports / "0101-zip.poison").write_bytes(b"PK\x03\x04" + b"x" * 100)
    store = tmp_path / "s.db"
    limits = ("--limit", "max_seconds=1", "--limit", "max_memory=700000000")
    try:
        code, out, err = run(reports, "--store", store, "-j", 2, *limits, poison=True)
    finally:
        for file in reports.glob("*.poison"):
            file.unlink()
    assert code == 1, err
    assert f"未能读取 {len(POISON) + 2} 个" in out
    assert err.count("\n") == 1
    found = {it.record.source.name.rpartition("/")[2]: it.record for it in stored(str(store))}
    for number, (kind, codes) in enumerate(POISON.items()):
        record = found.pop(f"{number:04d}-{kind}.poison")
        assert record.status == "failed"
        assert record.findings[0].code in codes, kind
    assert found.pop("0100-empty.poison").findings[0].code == "input.empty"
    assert found.pop("0101-zip.poison").status == "failed"
    assert found.pop("0099-crash_once.poison").status != "failed"  # it was tried once more
    assert sorted(json.dumps(record.to_dict()) for record in found.values()) == sorted(
        record for record, _, _ in undisturbed
    )
    log = Path(f"{store}.log").read_text()
    assert log.count("WARNING") == len(POISON) + 2


def test_two_batches_on_one_store(reports, tmp_path):
    store = tmp_path / "s.db"
    first = start(reports, "--store", store, "-j", 1)
    wait_until_begun(store)
    code, _, err = run(reports, "--store", store)
    first.communicate(timeout=120)
    assert code == 2
    assert "[store.busy]" in err
    assert err.count("\n") == 1
    assert len(contents(store)) == 100


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["none", "--store", "s.db"], None),
        ([".", "--store", "no/such/s.db"], "store.missing"),
        ([".", "--store", "mysql://x/y"], "store.url"),
        ([".", "--store", "s.db", "--engine", "dask"], "--scheduler"),
        ([".", "--store", "s.db", "--scheduler", "tcp://x:1"], "--scheduler"),
        ([".", "--store", "s.db", "--manifest", "none.csv"], "input."),
        ([".", "--store", "s.db", "--limit", "max_seconds=x"], "input.limit"),
        ([".", "--store", "s.db", "--model", "none"], "model.missing"),
        ([".", "--store", "s.db", "--log", "no/such.log"], "output.write"),
    ],
)
def test_bad_use_is_told_in_a_line(gongkai, arguments, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_bytes(b"")
    result = gongkai("batch", *arguments)
    if code is None:  # a file that is not there is an error of the batch
        assert result.code == 1
        assert "input.missing 1" in result.out
    else:
        assert result.code == 2
        assert code in result.err


def test_a_folder_without_files(gongkai, tmp_path):
    result = gongkai("batch", tmp_path, "--store", tmp_path / "s.db")
    assert result.code == 2
    assert "input.missing" in result.err


def test_what_is_ours_is_not_read(gongkai, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_bytes(SAMPLES[0].read_bytes())
    (tmp_path / "list.csv").write_text("path,agency,year\na.txt,某市某局,2021\n")
    for _ in range(2):
        result = gongkai("batch", ".", "--store", "s.db", "--manifest", "list.csv")
        assert result.code == 0, result.err
        assert "共 1 个文件" in result.out
    (found,) = stored("s.db")
    assert found.files[0].listed.agency == "某市某局"
