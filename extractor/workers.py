"""Worker processes: each document is read in one, so that a hostile or broken file costs time, memory or a crash there only.

A worker is a child process of its own session with a limit on its memory. It is given one task after the other; when one takes
too long, the whole session (and with it any converter that it started) is killed, and a new worker takes over.
"""

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, NamedTuple

_GRACE = 5.0
"""Seconds over the limit until a worker that has a time limit of its own inside (a converter's) is killed."""
_START = 60.0
"""Seconds for a new worker to be ready."""
_TIDY = 1.0
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""A worker is one thread: several, for products of small matrices, take twice the time of the processors and save none."""
_MANY = 100_000
_CODE = "import sys; from extractor.workers import serve; serve(*map(int, sys.argv[1:]))"


def count_of(jobs: int) -> int:
    """How many workers ``jobs`` asks for: below 1, one a core."""
    return (os.cpu_count() or 1) if jobs < 1 else jobs


class Lost(NamedTuple):
    """What is given in place of a result: the worker was stopped (``timeout``) or died (``crashed``)."""

    reason: str


class _Worker:
    """One child process."""

    def __init__(self, seconds: float, memory: int, prepare: Callable[[], None] | None) -> None:
        self._seconds = seconds
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-c", _CODE, str(theirs.fileno()), str(int(seconds)), str(memory)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # what libraries say of a damaged file is no message of ours
                start_new_session=True,
                env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        self.connection = Connection(ours.detach())
        self.place: int | None = None
        self.deadline = 0.0
        self._ready = False
        self.connection.send(prepare)

    def start(self, place: int, task: Any) -> None:
        """Give it a task. Its time begins when the worker is ready."""
        self.place = place
        self._set_deadline()
        self.connection.send(task)

    def receive(self) -> tuple[bool, Any] | None:
        """What it has to say: whether its function raised, and the error or the result; None when it has only become ready.

        Raises:
            EOFError, OSError: it is gone.
        """
        answer: tuple[bool, Any] | None = self.connection.recv()
        if answer is None:
            self._ready = True
            self._set_deadline()
        return answer

    def _set_deadline(self) -> None:
        self.deadline = time.monotonic() + (self._seconds + _GRACE if self._ready else _START)

    def stop(self) -> None:
        """End it and all that it started: it may tidy up for a moment, then it is killed."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_TIDY)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.connection.close()


class Workers:
    """Runs tasks in worker processes; a context manager that leaves none behind.

    Args:
        jobs: how many workers.
        seconds: time for one task.
        memory: bytes of memory for one worker.
        prepare: a function of a module, called in each new worker before its first task: what it loads is ready for all tasks.
    """

    def __init__(self, jobs: int, seconds: float, memory: int, prepare: Callable[[], None] | None = None) -> None:
        self._jobs, self._seconds, self._memory, self._prepare = jobs, seconds, memory, prepare
        self._workers: list[_Worker] = []

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the workers; another task starts new ones."""
        while self._workers:
            self._workers.pop().stop()

    def ask(self, function: Callable[[Any], Any], task: Any) -> Any:
        """The result of a function of one task, or :class:`Lost`; see :meth:`map`."""
        (result,) = self.map(function, [task])
        return result

    def map(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        """The results of a function of each task, in order, as they are done.

        Args:
            function: a function of a module, called with one task; task and result are pickled.
            tasks: the tasks.

        Returns:
            For each task what the function returned, or :class:`Lost`.

        Raises:
            Exception: what the function raised.
        """
        waiting = enumerate(tasks)
        done: dict[int, Any] = {}
        next_place = 0
        while True:
            self._feed(function, waiting, next_place)
            busy = [worker for worker in self._workers if worker.place is not None]
            if not busy and not done:
                return
            while next_place in done:
                yield done.pop(next_place)
                next_place += 1
            if busy:
                done |= self._collect(busy)

    def _feed(self, function: Callable[[Any], Any], waiting: Iterator[tuple[int, Any]], next_place: int) -> None:
        """Give each idle worker a task, but run no further ahead than a few tasks for each."""
        while True:
            busy = [worker for worker in self._workers if worker.place is not None]
            ahead = max((worker.place or 0 for worker in busy), default=0) - next_place
            if len(busy) == self._jobs or (busy and ahead > 64 * self._jobs):
                return
            found = next(waiting, None)
            if found is None:
                return
            idle = next((worker for worker in self._workers if worker.place is None), None)
            if idle is None:
                idle = _Worker(self._seconds, self._memory, self._prepare)
                self._workers.append(idle)
            idle.start(found[0], (function, found[1]))

    def _collect(self, busy: list[_Worker]) -> dict[int, Any]:
        """Wait until some worker is done, or its time is over."""
        left = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
        ready = set(wait([worker.connection for worker in busy], timeout=left))
        results: dict[int, Any] = {}
        for worker in busy:
            place = worker.place or 0
            if worker.connection in ready:
                try:
                    answer = worker.receive()
                except (EOFError, OSError):
                    results[place] = self._lose(worker, "crashed")
                    continue
                if answer is not None:
                    worker.place = None
                    results[place] = _result(*answer)
            elif time.monotonic() >= worker.deadline:
                results[place] = self._lose(worker, "timeout")
        return results

    def _lose(self, worker: _Worker, reason: str) -> Lost:
        worker.stop()
        self._workers.remove(worker)
        return Lost(reason)


def _result(raised: bool, result: Any) -> Any:
    if raised:
        raise result
    return result


def serve(descriptor: int, seconds: int, memory: int) -> None:
    """The life of a worker: tasks come in, results go out, until the other side is gone."""
    _limit_memory(memory)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that converters are stopped and temporary files removed
    connection = Connection(descriptor)
    prepare = connection.recv()
    if prepare is not None:
        with contextlib.suppress(Exception):  # the first task will meet it, too, and tell
            prepare()
    settle()
    connection.send(None)
    while True:
        try:
            function, task = connection.recv()
        except EOFError:
            return
        signal.alarm(int(seconds + _GRACE + 2 * _START))  # ends it when nobody is left to do so
        try:
            answer = (False, function(task))
        except Exception as error:
            answer = (True, error)
        connection.send(answer)


def settle() -> None:
    """What is loaded by now stays, so that it need not be searched for garbage again and again.

    A report makes a hundred thousand short-lived tuples and hardly a cycle; this takes a fifth off its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_MANY, 20, 100)


def _limit_memory(size: int) -> None:
    """Limit the memory of this process, where the system can."""
    try:
        import resource
    except ImportError:  # pragma: no cover - not on Windows
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
