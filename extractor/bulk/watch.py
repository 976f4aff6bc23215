"""What a batch tells while it runs: a bar on the screen, and a log."""

import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from extractor.bulk.run import Event
from extractor.console import progress_bar
from extractor.errors import OutputError

_EVERY = 30.0
"""Seconds between lines of progress in the log."""


@contextmanager
def logging_to(path: Path | None) -> Iterator[logging.Logger]:
    """A logger that adds to a file; one that says nothing for None.

    Raises:
        OutputError: ``output.write`` when it can't be written.
    """
    log = logging.Logger("gongkai")
    handler: logging.Handler = logging.NullHandler()
    if path is not None:
        try:
            handler = logging.FileHandler(path, encoding="utf-8")
        except OSError as error:
            raise OutputError(
                f"{path}：日志无法写入（{error.strerror}）；请用 --log 指定", code="output.write"
            ) from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    try:
        yield log
    finally:
        handler.close()


@contextmanager
def watching(total: int, log: logging.Logger) -> Iterator[Callable[[Event], None]]:
    """What is told of the files of a batch as they are done: a bar where there is a screen, and lines in the log.

    Args:
        total: how many files there are.
        log: gets a line for each file that failed, and one of the progress every half a minute.
    """
    began = said = time.monotonic()
    done, failed = 0, Counter[str]()
    with progress_bar(total, shown=sys.stderr.isatty(), rate="{:.0f}/s", failed="{} 失败") as advance:

        def tell(event: Event) -> None:
            nonlocal done, said
            done += 1
            now = time.monotonic()
            rate = done / max(now - began, 1e-9)
            if event.code:
                failed[event.code] += 1
                log.warning("[%s] %s：%s", event.code, event.path, event.message)
            advance(rate=rate, failed=failed.total())
            if now - said > _EVERY:
                said = now
                left = (total - done) / rate
                log.info("%d/%d，%.0f/s，约剩 %.0f 秒，失败 %d", done, total, rate, left, failed.total())

        yield tell
