"""The run of a batch, with an engine that does the work here."""

import json

import pytest
from helpers_store import SAMPLES, Here, run_batch, stored
from sqlalchemy import select

from extractor.batch import Options
from extractor.bulk import Event
from extractor.bulk.run import finished
from extractor.bulk.work import Chunk, Task
from extractor.errors import EngineError
from extractor.record import VERSION
from extractor.settings import Settings
from extractor.store import open_store
from extractor.store.packing import Read
from extractor.store.schema import runs


@pytest.fixture
def folder(tmp_path):
    for place, sample in enumerate(SAMPLES):
        (tmp_path / f"{place:02d}.txt").write_bytes(sample.read_bytes())
    return tmp_path


def files_in(folder):
    return sorted(folder.glob("*.txt"))


def test_all_is_read_once_and_then_nothing(folder, store_target):
    counts = run_batch(store_target, files_in(folder))
    assert (counts.files, counts.read, counts.reports, counts.unchanged) == (
        len(SAMPLES),
        len(SAMPLES),
        len(SAMPLES),
        0,
    )
    assert counts.review == sum(it.record.status == "review" for it in stored(store_target))
    assert len(stored(store_target)) == len(SAMPLES)
    engine = Here()
    again = run_batch(store_target, files_in(folder), engine)
    assert (again.read, again.unchanged) == (0, len(SAMPLES))
    assert engine.chunks == []
    with open_store(store_target, read_only=True) as store:
        assert json.loads(store.rows(select(runs.c.counts).order_by(runs.c.id))[-1][0]) == again.to_dict()


def test_what_is_new_or_changed_is_read(folder, store_target):
    run_batch(store_target, files_in(folder)[:5])
    changed = files_in(folder)[0]
    changed.write_bytes(changed.read_bytes() + "\n附注\n".encode())
    counts = run_batch(store_target, files_in(folder))
    assert (counts.unchanged, counts.read) == (4, len(SAMPLES) - 4)


def test_the_same_bytes_are_read_once(folder, store_target):
    copies = []
    for number in range(3):
        copies.append(folder / f"copy-{number}.txt")
        copies[-1].write_bytes(SAMPLES[0].read_bytes())
    engine = Here()
    counts = run_batch(store_target, [*files_in(folder), *copies, files_in(folder)[0]], engine)
    assert counts.duplicates == 7  # the copies stand among the files of the folder, too
    assert sum(len(chunk.tasks) for chunk in engine.chunks) == len(SAMPLES)
    assert [len(it.files) for it in stored(store_target) if it.record.source.name.endswith("00.txt")] == [4]


def test_no_error_is_hidden(folder, store_target):
    (folder / "empty.txt").write_bytes(b"")
    (folder / "no report.txt").write_text(
        "关于报送材料的通知\n各单位：请于周五前将材料送到办公室。\n", encoding="utf-8"
    )
    told: list[Event] = []
    files = [*sorted(folder.iterdir()), folder / "none.txt"]
    counts = run_batch(store_target, files, told=told.append)
    codes = {"input.empty": 1, "input.not_report": 1, "input.missing": 1}
    assert dict(counts.failed) == codes
    assert len(told) == counts.files == len(files)
    assert {(event.path.rpartition("/")[2], event.code) for event in told if event.code} == {
        ("empty.txt", "input.empty"),
        ("no report.txt", "input.not_report"),
        ("none.txt", "input.missing"),
    }
    assert all(event.message for event in told if event.code)
    again = run_batch(store_target, files)
    assert dict(again.failed) == codes  # an error does not go away by looking twice
    assert again.read == 0


def test_what_failed_is_read_again_when_asked(folder, store_target):
    options = Options(settings=Settings(max_characters=100))
    assert run_batch(store_target, files_in(folder), options=options).failed["input.too_large"] == len(SAMPLES)
    assert run_batch(store_target, files_in(folder)).failed["input.too_large"] == len(SAMPLES)
    counts = run_batch(store_target, files_in(folder), retry=True)
    assert (counts.read, counts.failed.total()) == (len(SAMPLES), 0)
    assert len(stored(store_target)) == len(SAMPLES)
    assert run_batch(store_target, files_in(folder), retry=True).read == 0


def chunks_of(*names):
    return [Chunk(tuple(Task(name, name.encode()) for name in chunk), Options(), "0", VERSION, 0) for chunk in names]


def results_of(engine, *names):
    return sorted(read.sha256 for results in finished(engine, iter(chunks_of(*names))) for read in results)


class Echo(Here):
    def read(self, task, _):
        return Read(task.sha256, ())


def test_a_chunk_that_loses_its_worker_is_read_again():
    engine = Echo({b"b": 1})
    assert results_of(engine, "abc", "def") == list("abcdef")
    assert [len(chunk.tasks) for chunk in engine.chunks] == [3, 3, 3]


def test_then_each_of_its_documents_alone():
    engine = Echo({b"b": 2})
    assert results_of(engine, "abc", "def") == list("abcdef")
    assert [len(chunk.tasks) for chunk in engine.chunks] == [3, 3, 3, 1, 1, 1]


def test_one_that_is_lost_even_then_is_given_up():
    engine = Echo({b"b": 99})
    results = [read for results in finished(engine, iter(chunks_of("abc", "def"))) for read in results]
    assert sorted(read.sha256 for read in results) == list("abcdef")
    (given_up,) = [read for read in results if read.sha256 == "b"]
    assert given_up.records[0].error == "limit.crashed"


def test_others_that_were_under_way_are_not_blamed():
    """A pool that loses a process fails everything that it was doing."""

    class Pool(Echo):
        def submit(self, chunk):
            future = super().submit(chunk)
            if future.exception() and len(chunk.tasks) > 1:
                for other in self.chunks[-3:-1]:
                    self.losing[other.tasks[0].data] = self.losing.get(other.tasks[0].data, 0)
            return future

    engine = Pool({b"b": 99, b"d": 1, b"g": 1}, slots=3)
    results = {
        read.sha256: read.records
        for results in finished(engine, iter(chunks_of("abc", "def", "ghi")))
        for read in results
    }
    assert [name for name, records in results.items() if records] == ["b"]


def test_when_all_workers_are_lost_all_the_time_it_ends():
    class Broken(Echo):
        def submit(self, chunk):
            self.losing[chunk.tasks[0].data] = 1
            return super().submit(chunk)

    with pytest.raises(EngineError) as caught:
        results_of(Broken(), *["abcdefghij" * 5] * 3)
    assert caught.value.code == "engine.lost"


def test_chunks_are_made_as_they_are_needed(folder, store_target):
    taken = []

    class Watching(Here):
        def submit(self, chunk):
            taken.append(len(seen))
            return super().submit(chunk)

    seen: list[str] = []

    def paths():
        for number in range(400):
            seen.append(str(number))
            path = folder / f"{number}.md"
            path.write_bytes(b"%d" % number)
            yield str(path)

    counts = run_batch(store_target, paths(), Watching(slots=1))
    assert counts.failed.total() == 400
    assert taken[0] < 100
