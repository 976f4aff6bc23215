"""What a worker of a batch does, wherever it is: it reads documents one by one in a process of its own, within their limits."""

import contextlib
import threading
from typing import NamedTuple

from extractor.batch import Options, extract_file, lost_file, reading_workers
from extractor.errors import EngineError
from extractor.record import VERSION, Record
from extractor.store.packing import Packed, Read, pack, seal
from extractor.workers import Lost, Workers

_NAME = "report"
"""What every document is called while it is read: the same bytes give the same record, whatever files hold them."""


class Task(NamedTuple):
    """Bytes to read, and their sha256."""

    sha256: str
    data: bytes


class Chunk(NamedTuple):
    """Some tasks for one worker, and how to do them.

    Attributes:
        tasks: the documents.
        options: how to read them.
        model_sha256: of the model that reads them.
        version: of the program that reads them.
        lost: how many workers were lost with it.
    """

    tasks: tuple[Task, ...]
    options: Options
    model_sha256: str
    version: str
    lost: int = 0


_own = threading.local()


def read_chunk(chunk: Chunk) -> list[bytes]:
    """Read the documents of a chunk: for each what was read, sealed.

    A document that costs its process is tried once more, alone in a new one; then its record says so. The process is kept for
    the next chunk, with all that it has loaded.

    Raises:
        EngineError: ``engine.version`` when this worker has another version of the program or of the model.
        ModelError: no report can be read at all with this model.
    """
    if chunk.version != VERSION:
        raise EngineError(
            f"工作进程的 gongkai 是 {VERSION}，本机是 {chunk.version}；请在各机器上安装同一版本", code="engine.version"
        )
    workers = _workers(chunk.options)
    return [_read(task, chunk, workers) for task in chunk.tasks]


def _workers(options: Options) -> Workers:
    """The process of this worker, or of this thread of it."""
    if getattr(_own, "options", None) != options:
        with contextlib.suppress(AttributeError):
            _own.workers.stop()
        _own.options = options
        _own.workers = reading_workers(1, options.settings)
    workers: Workers = _own.workers
    return workers


def _read(task: Task, chunk: Chunk, workers: Workers) -> bytes:
    given = (task, chunk.options, chunk.model_sha256)
    result = workers.ask(_records, given)
    if isinstance(result, Lost) and result.reason == "crashed":
        result = workers.ask(_records, given)
    if isinstance(result, Lost):
        return seal(_lost(task, result, chunk.options))
    sealed: bytes = result
    return sealed


def _records(given: tuple[Task, Options, str]) -> bytes:
    """In the process that reads: the records of a document, as rows, sealed."""
    task, options, model_sha256 = given
    records = extract_file(_NAME, options, task.data)
    for record in records:
        if record.model and record.model["sha256"] != model_sha256:
            raise EngineError("工作进程的模型与本机不同；请在各机器上用同一个模型", code="engine.version")
    return seal(Read(task.sha256, _packed(records)))


def crashed(chunk: Chunk) -> Read:
    """The record of a document, alone in its chunk, that was lost with every worker that read it."""
    (task,) = chunk.tasks
    return _lost(task, Lost("crashed"), chunk.options)


def _lost(task: Task, lost: Lost, options: Options) -> Read:
    return Read(task.sha256, _packed(lost_file(_NAME, task.data, lost, options.settings)))


def _packed(records: tuple[Record, ...]) -> tuple[Packed, ...]:
    return tuple(pack(record, _NAME) for record in records)
