"""The whole command ``gongkai``: what reads reports (``extractor.cli``) and what trains, evaluates and annotates."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.cli import app, main
from extractor.console import SOME_FAILED, complain, progress_bar
from extractor.errors import GongkaiError, InputError
from training.annotations_cli import annotations, writing
from training.defaults import REPORTS, SEED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from training.evaluate import Result
    from training.run import Outcome

__all__ = ["main"]

_JOBS = typer.Option("-j", "--jobs", help="Worker processes; -1 for one a core.")
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
    jobs: Annotated[int, _JOBS] = -1,
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


@app.command()
def evaluate(
    gold: Annotated[
        list[Path] | None,
        typer.Argument(help="Annotated reports; by default those that come with the program.", metavar="[GOLD]..."),
    ] = None,
    model: Annotated[Path | None, typer.Option(help="A model folder; by default the promoted model.")] = None,
    against: Annotated[Path | None, typer.Option(help="Another model folder, to list every difference.")] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Also run the damage benchmark: every operator at three severities.")
    ] = False,
    reports: Annotated[int, typer.Option(help="Simulated reports of each operator and severity.", min=1)] = 20,
    output: Annotated[
        list[Path] | None, typer.Option("-o", "--output", help="Also write .json, or .html: a page with plots.")
    ] = None,
    jobs: Annotated[int, _JOBS] = -1,
) -> None:
    """Score a model on annotated reports, beside a baseline without learning; exit code 1 when a cell is silently wrong."""
    from training.annotations import load_corpus
    from training.corpora import packaged
    from training.evaluate import Models, benchmark_cases, evaluate_simulated
    from training.evaluate import evaluate as run
    from training.tables import show_result

    writers = [_result_writer(path) for path in output or ()]
    models = Models(model, against)
    models.aligners()  # a model that can't be loaded is told before the work begins
    corpus = load_corpus(gold or [packaged("gold")])
    for item in corpus.rejected:
        complain("input.annotation", f"{item.name}：{item.reason}")
    if not corpus.reports:
        raise InputError("没有可用的金标准报告", code="input.missing")
    cases = benchmark_cases(reports) if simulated else []
    with progress_bar(len(corpus.reports) + len(cases), shown=sys.stderr.isatty()) as advance:
        results = {"gold": run(corpus.reports, models, jobs=jobs, progress=advance)}
        if cases:
            results["simulated"] = evaluate_simulated(cases, models, jobs=jobs, progress=advance)
    for name, result in results.items():
        show_result(result, name)
    for write in writers:
        write(results)
    if results["gold"].model.total["silent"]:
        raise typer.Exit(SOME_FAILED)


def _result_writer(path: Path) -> "Callable[[Mapping[str, Result]], object]":
    """What writes results to a file, by its suffix; complains before the work begins."""
    if path.suffix == ".json":
        from training.store import write_json

        return lambda results: write_json(path, {name: result.to_dict() for name, result in results.items()})
    if path.suffix in (".html", ".htm"):
        from training.page import evaluation_page, require_plots

        require_plots()
        return lambda results: path.write_text(
            evaluation_page(results["gold"], title="评测结果", simulated=results.get("simulated")), encoding="utf-8"
        )
    raise InputError(f"{path}：不支持的输出格式；请用 .json 或 .html", code="output.format")


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
