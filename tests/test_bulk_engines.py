"""Real processes: loky, and a Dask scheduler with two workers on loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import wait
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers_store import SAMPLES, a_reading, digest, sample

from extractor.batch import Options
from extractor.bulk.engines import DaskEngine, LocalEngine
from extractor.bulk.run import finished
from extractor.bulk.work import Chunk, Task
from extractor.errors import EngineError
from extractor.record import VERSION
from extractor.settings import Settings
from extractor.store.packing import unpack

ROOT = Path(__file__).parent.parent


def chunk_of(*places, version=VERSION, model=None):
    tasks = tuple(Task(digest(sample(place)[0]), sample(place)[0]) for place in places)
    return Chunk(tasks, Options(settings=Settings()), model or a_reading().model_sha256, version)


def check(results):
    """Every sample is read as it is in this process."""
    expected = {digest(sample(place)[0]): sample(place)[1].to_dict() for place in range(len(SAMPLES))}
    found = {}
    for read in results:
        assert read.sha256 not in found
        (packed,) = read.records
        model = {"id": "aligner-2", "sha256": a_reading().model_sha256}
        found[read.sha256] = unpack(packed, ("report", read.sha256), (model, VERSION)).to_dict()
    assert found == expected


def halves():
    half = len(SAMPLES) // 2
    return [chunk_of(*range(half)), chunk_of(*range(half, len(SAMPLES)))]


@contextmanager
def local(jobs=2):
    engine = LocalEngine(jobs)
    try:
        yield engine
    finally:
        engine.close()


def descendants(pid):
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            try:
                yield from descendants(int(child))
            except OSError:
                continue


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def wait_until(true, seconds=20):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_loky_reads_as_we_do_and_leaves_nothing_behind():
    before = set(descendants(os.getpid()))  # pools of other tests
    with local() as engine:
        assert engine.slots() == 2
        check(read for results in finished(engine, iter(halves())) for read in results)
        ours = (b"LokyProcess", b"extractor.workers")
        commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in {*descendants(os.getpid())} - before}
        started = [pid for pid, command in commands.items() if any(name in command for name in ours)]
        assert len(started) == 4  # two workers, and in each one a process that reads
    wait_until(lambda: all(map(is_gone, started)))


def test_a_worker_of_loky_that_is_killed_costs_nothing():
    with local() as engine:
        killed = []

        def chunks():
            yield from halves()
            while not killed:
                for pid in descendants(os.getpid()):
                    if b"LokyProcess" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        os.kill(pid, signal.SIGKILL)
                        killed.append(pid)
                        break

        check(read for results in finished(engine, chunks()) for read in results)
        assert killed


@pytest.mark.parametrize(
    ("wrong", "code"), [({"version": "0.0"}, "engine.version"), ({"model": "0" * 64}, "engine.version")]
)
def test_workers_with_another_program_or_model_are_refused(wrong, code):
    with local(1) as engine, pytest.raises(EngineError) as caught:
        list(finished(engine, iter([chunk_of(0, **wrong)])))
    assert caught.value.code == code


# --- Dask --------------------------------------------------------------------------------------------------------------


@contextmanager
def dask_scheduler(folder, workers=2):
    """The address of a scheduler, and its workers' processes."""
    pytest.importorskip("distributed", reason="dask is not installed")
    file = folder / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "env": environment}
    command = [sys.executable, "-m", "dask"]
    shared = ["--scheduler-file", str(file), "--no-dashboard"]
    own = ["--host", "127.0.0.1", "--port", "0"]
    processes = [subprocess.Popen([*command, "scheduler", *shared, *own], **quiet)]
    try:
        wait_until(lambda: file.exists() and file.read_text().endswith("}"), 30)
        worker = [*command, "worker", *shared, "--nthreads", "1", "--no-nanny"]
        processes += [subprocess.Popen(worker, **quiet) for _ in range(workers)]
        yield json.loads(file.read_text())["address"], processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_dask_reads_the_same_though_a_worker_is_killed(tmp_path):
    with dask_scheduler(tmp_path) as (address, workers):
        engine = DaskEngine(address)
        wait_until(lambda: engine._client.nthreads() and len(engine._client.nthreads()) == 2, 30)
        chunks = [chunk_of(place) for place in range(len(SAMPLES))]
        results = []
        for number, reads in enumerate(finished(engine, iter(chunks))):
            results += reads
            if number == 2:
                workers[0].kill()
        check(results)
        engine.close()
        assert workers[1].poll() is None


def test_a_scheduler_that_is_not_there():
    pytest.importorskip("distributed", reason="dask is not installed")
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        with pytest.raises(EngineError) as caught:
            DaskEngine(address)
        assert caught.value.code == "engine.connect"


def test_a_scheduler_without_workers(tmp_path, monkeypatch):
    monkeypatch.setattr("extractor.bulk.engines._PATIENCE", 0.5)
    with dask_scheduler(tmp_path, workers=0) as (address, _), pytest.raises(EngineError) as caught:
        DaskEngine(address).slots()
    assert caught.value.code == "engine.workers"


def test_a_future_that_is_given_up_is_a_loss():
    distributed = pytest.importorskip("distributed", reason="dask is not installed")
    engine = object.__new__(DaskEngine)
    assert engine.is_loss(distributed.KilledWorker("task", None, 3))
    assert not engine.is_loss(ValueError())


# A thread of loky stumbles over chunks that it has just given up.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_futures_end_when_the_pool_is_closed():
    with local(1) as engine:
        futures = [engine.submit(chunk_of(*range(5))) for _ in range(4)]
        engine.close()
        assert not wait(futures, timeout=20).not_done
