"""The whole command ``gongkai``: what reads reports (``extractor.cli``) and what trains, evaluates and annotates."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.cli import app, main
from extractor.console import JOBS, SOME_FAILED, complain, progress_bar
from extractor.errors import GongkaiError
from training.annotations_cli import annotations, writing
from training.defaults import REPORTS, SEED
from training.evaluate_cli import evaluate

if TYPE_CHECKING:
    from training.run import Outcome

__all__ = ["main"]

app.add_typer(annotations, name="annotations")


@app.command()
def train(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Your annotation files, and folders of them.", metavar="[ANNOTATIONS]...", show_default=False
        ),
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the models; the new one becomes aligner-N, nothing is overwritten.", show_default=False
        ),
    ] = None,
    gold: Annotated[
        list[Path] | None,
        typer.Option(help="More annotated reports to be scored on, beside those that come with the program."),
    ] = None,
    promote: Annotated[
        bool, typer.Option("--promote", help="Use the new model from now on, if no gold report gets worse.")
    ] = False,
    alone: Annotated[
        bool, typer.Option("--alone", help="Leave out the annotations that come with the program.")
    ] = False,
    reports: Annotated[int, typer.Option(help="How many simulated reports to learn from.", min=50)] = REPORTS,
    seed: Annotated[int, typer.Option(help="The same seed gives the same predictions.")] = SEED,
    jobs: Annotated[int, JOBS] = -1,
) -> None:
    """Train a new model on simulated and annotated reports, and score it on gold reports beside the present one.

    Exit code 1 when it was to be promoted but a gold report got worse.
    """
    from extractor.model import models_folder
    from training.corpora import packaged
    from training.run import run_training
    from training.train import Recipe, steps_after

    recipe = Recipe(reports, seed)
    ours = [] if alone else [packaged("train")]
    with progress_bar(reports + steps_after(recipe), shown=sys.stderr.isatty()) as advance:
        done = run_training(
            [*ours, *(paths or ())],
            [packaged("gold"), *(gold or ())],
            models or models_folder(),
            recipe,
            promoting=promote,
            jobs=jobs,
            progress=advance,
        )
    _tell(done, promote)


def _tell(done: "Outcome", promoting: bool) -> None:
    """Tell what came out of a training run."""
    from training.card import summary

    for line in summary(done.run):
        typer.echo(line)
    for text in done.verdict.better if done.verdict else ():
        typer.echo(f"变好：{text}")
    for text in done.verdict.worse if done.verdict else ():
        typer.echo(f"变差：{text}")
    typer.echo(f"新模型：{done.place}（说明见 CARD.md）")
    if done.is_promoted:
        typer.echo("已启用新模型")
    elif promoting:
        typer.echo("没有启用：有金标准报告变差，继续使用原来的模型", err=True)
        raise typer.Exit(SOME_FAILED)


app.command()(evaluate)


@app.command()
def prelabel(
    paths: Annotated[list[str], typer.Argument(help="Reports: files, folders or patterns.", metavar="REPORT...")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the annotation files.")] = Path(
        "prelabelled"
    ),
    model: Annotated[Path | None, typer.Option(help="A model folder; by default the promoted model.")] = None,
) -> None:
    """Write annotation files filled in by the model, least certain first, so that a person only corrects them."""
    from extractor.batch import find_files, read_bytes
    from extractor.pipeline import load_aligner
    from extractor.settings import DEFAULTS
    from training.prelabel import prelabel as fill
    from training.prelabel import write_drafts

    aligner = load_aligner(model)
    drafts, failed = [], 0
    for path in find_files(paths):
        try:
            drafts.append(fill(read_bytes(path, DEFAULTS), path, aligner))
        except GongkaiError as error:
            failed += 1
            complain(error.code, f"{path}：{error}")
    with writing(output):
        for place, draft in write_drafts(drafts, output):
            typer.echo(f"{place}：{len(draft.annotation.marks)} 个数字，{draft.flagged} 个单元格存疑")
    if failed:
        raise typer.Exit(SOME_FAILED)
