"""What the commands share: options, what they say on standard error, exit codes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import typer

SOME_FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130

JOBS = typer.Option("-j", "--jobs", help="Worker processes; -1 for one a core.")
AGENCY = typer.Option(help="The agency, when it is known better than the text says.")
YEAR = typer.Option(help="The year reported on, when it is known better.", min=2000, max=2100)
MODEL = typer.Option(help="A model folder (aligner-N) to use instead of the packaged one.")
LIMIT = typer.Option(help="A limit for one document, such as max_pages=1000; may be repeated.", metavar="NAME=VALUE")
STORE = typer.Option(help="The store: an SQLite file, or postgresql://USER@HOST/DATABASE.", metavar="FILE_OR_URL")
KEEP_NAMES = typer.Option("--keep-names", help="Do not mask the names of private persons who filed requests.")


def complain(code: str, message: str) -> None:
    """One line on standard error."""
    typer.echo(f"gongkai: [{code}] {message}", err=True)


@contextmanager
def progress_bar(total: int, *, shown: bool, **told: str) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error.

    Args:
        total: how many steps there are.
        shown: False for none.
        told: what else it shows: by name, the format of a number, such as ``"{:.0f}/s"``.

    Returns:
        What is to be called after each step, with the numbers by their names.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    texts = [TextColumn(text.replace("{", f"{{task.fields[{name}]")) for name, text in told.items()]
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), *texts)
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    begin: dict[str, Any] = dict.fromkeys(told, 0)
    with bar if shown else nullcontext():
        task = bar.add_task("", total=total, **begin)
        yield lambda **numbers: bar.update(task, advance=1, **numbers)
