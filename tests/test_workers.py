import os
import time
from pathlib import Path

import helpers_workers as tasks
import pytest

from extractor.workers import Lost, Workers

MEMORY = 2_000_000_000


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def run(function, given, jobs=1, seconds=30.0, memory=MEMORY):
    with Workers(jobs, seconds, memory) as workers:
        return list(workers.map(function, given))


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_order(jobs):
    assert run(tasks.double, range(20), jobs) == [2 * number for number in range(20)]


def test_no_tasks_start_no_worker():
    with Workers(2, 1.0, MEMORY) as workers:
        assert list(workers.map(tasks.double, [])) == []
        assert workers._workers == []


def test_a_slow_task_does_not_hold_up_the_others():
    results = run(tasks.slow_first, range(6), jobs=2)
    assert [number for number, _ in results] == list(range(6))
    first = results[0][1]
    assert first not in {pid for _, pid in results[1:]}


def test_tasks_are_taken_only_as_they_are_needed():
    taken = []

    def given():
        for number in range(10_000):
            taken.append(number)
            yield number

    with Workers(1, 30.0, MEMORY) as workers:
        results = workers.map(tasks.double, given())
        assert [next(results) for _ in range(3)] == [0, 2, 4]
        assert len(taken) < 100


def test_one_that_hangs_is_killed_with_all_that_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr("extractor.workers._GRACE", 0.5)
    monkeypatch.setattr("extractor.workers._START", 3.0)
    monkeypatch.setenv("GONGKAI_TEST_PID", str(tmp_path / "pid"))
    started = time.monotonic()
    assert run(tasks.stubborn, range(3), seconds=0.5) == [0, Lost("timeout"), 2]
    assert time.monotonic() - started < 20
    pids = [int(pid) for pid in (tmp_path / "pid").read_text().split()]
    time.sleep(0.2)
    assert len(pids) == 2
    assert not any(is_alive(pid) for pid in pids)


def test_one_that_dies_is_told_and_replaced():
    assert run(tasks.dying, range(4)) == [0, Lost("crashed"), 2, 3]


def test_memory_has_a_limit():
    assert run(tasks.greedy, [10, 400_000_000, 20], memory=200_000_000) == [10, "no memory", 20]


def test_what_is_raised_comes_through():
    with Workers(1, 30.0, MEMORY) as workers, pytest.raises(ValueError, match="no 7"):
        list(workers.map(tasks.failing, [7]))


def test_what_a_worker_prints_does_not_harm():
    assert run(tasks.noisy, [1, 2]) == [1, 2]


def test_no_worker_is_left_behind():
    with Workers(2, 30.0, MEMORY) as workers:
        list(workers.map(tasks.double, range(4)))
        pids = [worker._process.pid for worker in workers._workers]
        assert pids
    assert not any(is_alive(pid) for pid in pids)


def test_a_worker_ends_when_nobody_is_there():
    workers = Workers(1, 30.0, MEMORY)
    list(workers.map(tasks.double, [1]))
    worker = workers._workers[0]
    worker.connection.close()
    assert worker._process.wait(timeout=10) == 0
    worker.connection = type(worker.connection)(os.open(os.devnull, os.O_RDONLY))
    worker.stop()


def test_a_module_beside_the_files_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "pickle.py").write_text("raise SystemExit(3)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(tasks.double, [4]) == [8]
