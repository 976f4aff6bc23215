"""The run of a batch: files to chunks, chunks to workers, what they read to the store."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from extractor.batch import Options, read_bytes
from extractor.bulk.engines import Engine
from extractor.bulk.work import Chunk, Task, crashed
from extractor.document import printable
from extractor.errors import EngineError, InputError
from extractor.record import VERSION
from extractor.store.packing import Read, unseal
from extractor.store.writer import Writer

_CHUNK = 16
_CHUNK_BYTES = 8_000_000
_AHEAD = 2
_LOOK = 5.0
_LOSSES = 10


@dataclass
class Counts:
    """What became of the files of a batch.

    Attributes:
        files: all.
        duplicates: files with the bytes of another one of this batch.
        unchanged: files whose bytes had been read before.
        read: sources that were read now, with or without success.
        reports: the reports in them.
        review: reports of those that a person must look at.
        failed: by code, the files of this batch that could not be read, now or before.
    """

    files: int = 0
    duplicates: int = 0
    unchanged: int = 0
    read: int = 0
    reports: int = 0
    review: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def to_dict(self) -> dict[str, Any]:
        """The counts as plain JSON data."""
        return {**vars(self), "failed": dict(sorted(self.failed.items()))}


@dataclass(frozen=True, slots=True)
class Event:
    """A file is done: what a progress bar and a log are told. Of one that failed its path, and why."""

    path: str = ""
    code: str | None = None
    message: str = ""


Told = Callable[[Event], None]


class Batch:
    """One run over some files.

    Args:
        writer: of the store.
        options: how to read.
        retry: read again what could not be read before.
        told: is told of each file that is done.
    """

    def __init__(self, writer: Writer, options: Options, *, retry: bool = False, told: Told = lambda _: None) -> None:
        self.counts = Counts()
        self._writer, self._options, self._retry, self._told = writer, options, retry, told
        self._paths: dict[str, str] = {}

    def run(self, paths: Iterable[str], engine: Engine) -> None:
        """Read what has not been read with this reading, and keep it. What is kept stays, however this ends.

        Raises:
            EngineError, ModelError, StoreError: no report can be read, or nothing kept.
        """
        for results in finished(engine, self._chunks(paths)):
            self._keep(results)
        self._writer.save([])

    def _chunks(self, paths: Iterable[str]) -> Iterator[Chunk]:
        tasks: list[Task] = []
        size = 0
        for task in self._tasks(paths):
            if tasks and (len(tasks) == _CHUNK or size + len(task.data) > _CHUNK_BYTES):
                yield self._chunk(tasks)
                tasks, size = [], 0
            tasks.append(task)
            size += len(task.data)
        if tasks:
            yield self._chunk(tasks)

    def _chunk(self, tasks: Sequence[Task]) -> Chunk:
        return Chunk(tuple(tasks), self._options, self._writer.reading.model_sha256, VERSION)

    def _tasks(self, paths: Iterable[str]) -> Iterator[Task]:
        """What is to be read: bytes that no record of this reading tells of, once each."""
        for path in paths:
            self.counts.files += 1
            name = printable(path)
            try:
                data = read_bytes(path, self._options.settings)
            except InputError as error:
                self._writer.add_file(name, None, None, (error.code, str(error)))
                self._fail(name, error.code, str(error))
                continue
            digest = sha256(data).hexdigest()
            self._writer.add_file(name, data, digest)
            if digest in self._paths:
                self.counts.duplicates += 1
                self._told(Event())
            elif digest in self._writer.done and not (self._retry and digest in self._writer.failed):
                self._paths[digest] = name
                self.counts.unchanged += 1
                if code := self._writer.failed.get(digest):
                    self._fail(name, code, "此前未能读取；--retry 再试")
                else:
                    self._told(Event())
            else:
                self._paths[digest] = name
                yield Task(digest, data)

    def _fail(self, path: str, code: str, message: str) -> None:
        self.counts.failed[code] += 1
        self._told(Event(path, code, message))

    def _keep(self, results: Sequence[Read]) -> None:
        self._writer.save(results)
        for result in results:
            self.counts.read += 1
            first = result.records[0]
            if first.error:
                self._fail(self._paths[result.sha256], first.error, first.message)
                continue
            self.counts.reports += len(result.records)
            self.counts.review += sum(record.status == "review" for record in result.records)
            self._told(Event())


def finished(engine: Engine, chunks: Iterator[Chunk]) -> Iterator[list[Read]]:
    """What is read of chunks, as it is done; a few chunks are under way for each worker.

    A chunk that was lost with its worker is read again. If it is lost again, each of its documents is read while nothing else is;
    one that is lost even then is given up.

    Raises:
        EngineError: ``engine.lost`` when workers are lost one after the other, or as the engine says.
        ModelError: no report can be read at all with this model.
    """
    again: deque[Chunk] = deque()
    alone: deque[Chunk] = deque()
    busy: dict[Future[list[bytes]], Chunk] = {}
    losses = 0
    while True:
        while len(busy) < _AHEAD * engine.slots() and (chunk := again.popleft() if again else next(chunks, None)):
            busy[engine.submit(chunk)] = chunk
        if not busy:
            if not alone:
                return
            chunk = alone.popleft()
            busy[engine.submit(chunk)] = chunk
        for future in wait(busy, timeout=_LOOK, return_when=FIRST_COMPLETED).done:
            chunk = busy.pop(future)
            error = _error_of(future)
            if error is None:
                losses = 0
                yield [unseal(sealed) for sealed in future.result()]
                continue
            if not engine.is_loss(error):
                raise error
            losses += 1
            if losses > _LOSSES * engine.slots():
                raise EngineError("工作进程一再异常终止；请检查内存和安装", code="engine.lost") from error
            if not chunk.lost:
                again.append(chunk._replace(lost=1))
            elif chunk.lost == 1:
                alone += (chunk._replace(tasks=(task,), lost=2) for task in chunk.tasks)
            else:
                yield [crashed(chunk)]


def _error_of(future: "Future[list[bytes]]") -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        return error
