"""The command ``gongkai evaluate``: what a model, the checks and the reader of prose are worth."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractor.console import JOBS, SOME_FAILED, complain, progress_bar
from extractor.errors import InputError

if TYPE_CHECKING:
    from training.annotations import Annotation
    from training.evaluate import Models, Result
    from training.narrative import NarrativeScore
    from training.rates import CheckRates

_FEWEST_FAULTS, _FAULTS_PER = 5, 25


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
    checks: Annotated[
        bool, typer.Option("--checks", help="Also measure every check: errors found, false alarms, causes.")
    ] = False,
    narrative: Annotated[
        bool, typer.Option("--narrative", help="Also score the counts read from prose, on annotated sentences.")
    ] = False,
    reports: Annotated[int, typer.Option(help="Simulated reports of each operator and severity.", min=1)] = 20,
    errors: Annotated[
        int, typer.Option(help="For --checks: printing errors, and as many misreadings, to be put in.", min=1)
    ] = 100,
    sentences: Annotated[
        list[Path] | None,
        typer.Option(help="For --narrative: files of sentences; by default those that come with the program."),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o", "--output", help="Also write .json, .md (the rates of checks), or .html: a page with plots."
        ),
    ] = None,
    jobs: Annotated[int, JOBS] = -1,
) -> None:
    """Score a model on annotated reports, beside a baseline without learning; exit code 1 when a cell is silently wrong."""
    from training.evaluate import Models

    writers = [_result_writer(path) for path in output or ()]
    models = Models(model, against)
    models.aligners()  # a model that can't be loaded is told before the work begins
    corpus = _gold(gold)
    prose = _score_prose(sentences) if narrative else None
    results, rates = _measure(corpus, models, reports if simulated else 0, errors if checks else 0, jobs)
    _tell(results, rates, prose)
    audit = {"checks": rates, "narrative": prose}
    for write in writers:
        write(results, {name: found for name, found in audit.items() if found is not None})
    if results["gold"].model.total["silent"]:
        raise typer.Exit(SOME_FAILED)


def _gold(paths: Sequence[Path] | None) -> "Sequence[Annotation]":
    """The annotated reports to score on.

    Raises:
        InputError: ``input.missing``: there are none.
    """
    from training.annotations import load_corpus
    from training.corpora import packaged

    corpus = load_corpus(paths or [packaged("gold")])
    for item in corpus.rejected:
        complain("input.annotation", f"{item.name}：{item.reason}")
    if not corpus.reports:
        raise InputError("没有可用的金标准报告", code="input.missing")
    return corpus.reports


def _score_prose(paths: Sequence[Path] | None) -> "NarrativeScore":
    from training.corpora import packaged_sentences
    from training.narrative import load_sentences, score_sentences

    return score_sentences(item for path in paths or [packaged_sentences()] for item in load_sentences(path))


def _measure(
    corpus: "Sequence[Annotation]", models: "Models", simulated: int, errors: int, jobs: int
) -> "tuple[dict[str, Result], CheckRates | None]":
    """The scores of the models, and the rates of the checks when ``errors`` are to be put in."""
    from training.check_rates import cases as check_cases
    from training.check_rates import check_rates
    from training.evaluate import benchmark_cases, evaluate_simulated
    from training.evaluate import evaluate as run

    cases = benchmark_cases(simulated) if simulated else []
    injected = check_cases(errors, max(_FEWEST_FAULTS, errors // _FAULTS_PER)) if errors else []
    with progress_bar(len(corpus) + len(cases) + len(injected), shown=sys.stderr.isatty()) as advance:
        results = {"gold": run(corpus, models, jobs=jobs, progress=advance)}
        if cases:
            results["simulated"] = evaluate_simulated(cases, models, jobs=jobs, progress=advance)
        return results, check_rates(injected, jobs=jobs, progress=advance) if injected else None


def _tell(results: "Mapping[str, Result]", rates: "CheckRates | None", prose: "NarrativeScore | None") -> None:
    """Print what was measured."""
    from training.rate_tables import show_narrative, show_rates
    from training.tables import show_result

    for name, result in results.items():
        show_result(result, name)
    if rates:
        show_rates(rates)
    if prose:
        show_narrative(prose)


def _result_writer(path: Path) -> "Callable[[Mapping[str, Result], Mapping[str, Any]], object]":
    """What writes results and audit rates to a file, by its suffix; complains before the work begins."""
    if path.suffix == ".json":
        from training.store import write_json

        return lambda results, audit: write_json(
            path, {name: result.to_dict() for name, result in {**results, **audit}.items()}
        )
    if path.suffix == ".md":
        from training.rate_tables import markdown

        return lambda _, audit: path.write_text(
            markdown(audit["checks"]) if "checks" in audit else "", encoding="utf-8"
        )
    if path.suffix in (".html", ".htm"):
        from training.page import evaluation_page, require_plots

        require_plots()
        return lambda results, _: path.write_text(
            evaluation_page(results["gold"], title="评测结果", simulated=results.get("simulated")), encoding="utf-8"
        )
    raise InputError(f"{path}：不支持的输出格式；请用 .json、.md 或 .html", code="output.format")
