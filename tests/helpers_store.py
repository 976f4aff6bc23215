"""Stores with something in them, and engines that do the work here and now."""

from concurrent.futures import BrokenExecutor, Future
from functools import cache
from hashlib import sha256
from pathlib import Path

from extractor import extract
from extractor.batch import Options, extract_file
from extractor.bulk import Batch
from extractor.record import VERSION
from extractor.store import Reading, open_store
from extractor.store.packing import Read, pack, seal
from extractor.store.reports import reports
from extractor.store.writer import writing

SAMPLES = sorted((Path(__file__).parent.parent / "annotations" / "samples").glob("*.txt"))
NAME = "report"


@cache
def sample(place):
    """The bytes and the record of a sample."""
    data = SAMPLES[place].read_bytes()
    return data, extract(data, NAME)


def digest(data):
    return sha256(data).hexdigest()


def a_reading(model="aligner-2", version=VERSION):
    from extractor.model import load_model

    return Reading(0, model, load_model().sha256, version, names_kept=False)


def fill(target, places=(0, 1, 2), reading=None, names=None):
    """Write samples into a store, as a batch would."""
    with open_store(target) as store, writing(store, reading or a_reading(), {}) as writer:
        for place in places:
            data, record = sample(place)
            writer.add_file(names[place] if names else SAMPLES[place].name, data, digest(data))
            writer.save([Read(digest(data), (pack(record, NAME),))])
        writer.end("ok", {})


def stored(target, reading=None):
    with open_store(target, read_only=True) as store:
        return list(reports(store, store.find_reading(reading)))


class Here:
    """An engine without processes. ``losing`` gives how often each chunk's worker is lost, by the data of its first task."""

    def __init__(self, losing=None, slots=2):
        self.losing = dict(losing or {})
        self.chunks = []
        self._slots = slots
        self.closed = False

    def slots(self):
        return self._slots

    def submit(self, chunk):
        self.chunks.append(chunk)
        future = Future()
        culprit = next((task.data for task in chunk.tasks if self.losing.get(task.data)), None)
        if culprit is not None:
            self.losing[culprit] -= 1
            future.set_exception(BrokenExecutor("gone"))
        else:
            future.set_result([seal(self.read(task, chunk)) for task in chunk.tasks])
        return future

    def read(self, task, chunk):
        return Read(task.sha256, tuple(pack(record, NAME) for record in extract_file(NAME, chunk.options, task.data)))

    def is_loss(self, error):
        return isinstance(error, BrokenExecutor)

    def close(self):
        self.closed = True


def run_batch(target, files, engine=None, options=None, **others):
    """A batch in this process: its counts."""
    with open_store(target) as store, writing(store, a_reading(), {}) as writer:
        batch = Batch(writer, options or Options(), **others)
        batch.run(map(str, files), engine or Here())
        writer.end("ok", batch.counts.to_dict())
    return batch.counts
