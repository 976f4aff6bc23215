"""The whole command ``gongkai``: what reads reports (``extractor.cli``) and what trains."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from extractor.cli import app, main, progress_bar

__all__ = ["main"]


@app.command()
def train(
    models: Annotated[
        Path, typer.Option(help="Folder of the models; the new one becomes aligner-N, nothing is overwritten.")
    ] = Path("models"),
    reports: Annotated[int, typer.Option(help="How many simulated reports to learn from.", min=50)] = 12_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same predictions.")] = 20211,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="Worker processes; -1 for one a core.")] = -1,
) -> None:
    """Train the aligner on simulated reports and write a new model."""
    from training.train import train as run

    with progress_bar(reports + reports // 5, shown=sys.stderr.isatty()) as advance:
        place = run(models, reports=reports, seed=seed, jobs=jobs, progress=advance)
    typer.echo(f"{place}：{(place / 'model.json').read_text(encoding='utf-8')}")
