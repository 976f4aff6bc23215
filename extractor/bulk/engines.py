"""Where the work of a batch is done: in processes of this machine (loky), or of several (Dask).

Both are used as executors of futures, not through :class:`joblib.Parallel`: a lost worker then costs only the chunks under way.
(A lost process ends a whole run of joblib's loky backend, and its Dask backend waits for ever for a task that Dask gives up.)
"""

import contextlib
import os
import signal
import threading
import time
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Any, Protocol

from extractor.bulk.work import Chunk, read_chunk
from extractor.errors import EngineError
from extractor.workers import count_of

_LOOK = 1.0
_PATIENCE = 60.0
"""Seconds to wait for Dask workers, at the start and when all are gone."""


class Engine(Protocol):
    """A place where chunks are read."""

    def slots(self) -> int:
        """How many chunks are read at a time."""
        ...

    def submit(self, chunk: Chunk) -> "Future[list[bytes]]":
        """Begin to read a chunk."""
        ...

    def is_loss(self, error: BaseException) -> bool:
        """True when an error of a future means that its worker was lost, not that the work failed. Makes up for the loss."""
        ...

    def close(self) -> None:
        """Stop all work."""
        ...


class LocalEngine:
    """Worker processes on this machine.

    Args:
        jobs: how many; below 1 for one a core.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = count_of(jobs)
        self._executor: Executor | None = None

    def slots(self) -> int:
        """How many processes there are."""
        return self._jobs

    def submit(self, chunk: Chunk) -> "Future[list[bytes]]":
        """Begin to read a chunk; the first one starts the processes."""
        if self._executor is None:
            from joblib.externals.loky import ProcessPoolExecutor

            self._executor = ProcessPoolExecutor(self._jobs, initializer=_begin, initargs=(os.getpid(),))
        return self._executor.submit(read_chunk, chunk)

    def is_loss(self, error: BaseException) -> bool:
        """True for a pool that lost a process: all that it had to do is lost, and the next chunk starts another one."""
        if not isinstance(error, BrokenExecutor | CancelledError):
            return False
        self.close()
        return True

    def close(self) -> None:
        """Kill the processes."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True, kill_workers=True)  # type: ignore[call-arg]


def _begin(parent: int) -> None:
    """In a new worker process: leave Ctrl-C to the batch, and end when the batch is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class DaskEngine:
    """The workers of a Dask scheduler, on any machines. They need the same gongkai, and the same model.

    Args:
        scheduler: its address, such as ``tcp://10.0.0.1:8786``.

    Raises:
        EngineError: ``engine.extra`` without Dask, ``engine.connect`` when nobody answers at the address.
    """

    def __init__(self, scheduler: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise EngineError('用 Dask 需要安装：pip install "gongkai[dask]"', code="engine.extra") from None
        self._scheduler = scheduler
        try:
            self._client: Any = Client(scheduler, timeout=10, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise EngineError(
                f"{scheduler}：连不上 Dask 调度器（{' '.join(str(error).split())}）；请先运行 dask scheduler，再检查地址",
                code="engine.connect",
            ) from None
        self._executor = self._client.get_executor(pure=False, retries=0)
        self._slots, self._looked = 0, 0.0

    def slots(self) -> int:
        """How many threads the workers have now. Waits for the first one.

        Raises:
            EngineError: ``engine.workers`` when there has been none for a minute.
        """
        if time.monotonic() - self._looked > _LOOK:
            deadline = time.monotonic() + _PATIENCE
            while not (threads := sum(self._client.nthreads().values())):
                if time.monotonic() > deadline:
                    raise EngineError(
                        f"{self._scheduler}：没有工作进程；请运行 dask worker {self._scheduler} --nthreads 1",
                        code="engine.workers",
                    )
                time.sleep(_LOOK)
            self._slots, self._looked = threads, time.monotonic()
        return self._slots

    def submit(self, chunk: Chunk) -> "Future[list[bytes]]":
        """Begin to read a chunk."""
        future: Future[list[bytes]] = self._executor.submit(read_chunk, chunk)
        return future

    def is_loss(self, error: BaseException) -> bool:
        """True when Dask gave a task up, since too many workers died with it. One death it makes up for itself."""
        from distributed import KilledWorker

        return isinstance(error, KilledWorker)

    def close(self) -> None:
        """Give up what is not done, and leave the scheduler and its workers as they are."""
        with contextlib.suppress(Exception):  # a scheduler that is gone can't be told
            self._client.close(timeout=_LOOK)
