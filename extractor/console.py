"""What the commands say on standard error, and their exit codes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import typer

SOME_FAILED = 1
BAD_INPUT = 2


def complain(code: str, message: str) -> None:
    """One line on standard error."""
    typer.echo(f"gongkai: [{code}] {message}", err=True)


@contextmanager
def progress_bar(total: int, *, shown: bool) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    bar = Progress(
        BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    )
    with bar if shown else nullcontext():
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)
