"""A training run from annotations to a model folder: train, score on gold beside the promoted model, write, perhaps promote."""

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from extractor.errors import ModelError
from extractor.model import current_model, load_model, promoted
from training.annotations import Annotation, Corpus, Rejected, load_corpus
from training.card import Run, card, scores
from training.evaluate import Models, evaluate
from training.overlap import overlaps
from training.promote import Verdict, judge, promote
from training.store import write_json, write_model
from training.suspects import unlearnable
from training.train import Recipe, Trained, fit_aligner


class Outcome(NamedTuple):
    """A finished run: the folder of the model, what happened, and the verdict (None without a model or gold to compare)."""

    place: Path
    run: Run
    verdict: Verdict | None
    is_promoted: bool


def run_training(
    train: Iterable[Path],
    gold: Iterable[Path],
    models: Path,
    recipe: Recipe,
    *,
    promoting: bool = False,
    jobs: int = 1,
    progress: Callable[[], None] | None = None,
) -> Outcome:
    """Train a model, describe it, and promote it when that is wanted and no gold report gets worse.

    Args:
        train: annotation files and folders to learn from.
        gold: those to be scored on; reports that are in both are not learned from.
        models: the folder of the models; nothing in it is overwritten.
        recipe: how to train.
        promoting: whether to promote.
        jobs: processes.
        progress: called after each simulated report and after each fit.

    Raises:
        InputError: a path names nothing.
    """
    started = time.monotonic()
    gold_reports = load_corpus(gold)
    learned = _apart(load_corpus(train), gold_reports.reports)
    trained = fit_aligner(learned.reports, recipe, jobs=jobs, progress=progress)
    place = write_model(models, trained.model, _details(trained, recipe, learned))
    result = evaluate(gold_reports.reports, Models(place, _previous(models))) if gold_reports.reports else None
    run = Run(
        recipe=recipe,
        annotations=len(learned.reports),
        rejected=(*learned.rejected, *gold_reports.rejected),
        unlearnable=tuple(reason for annotation in learned.reports for reason in unlearnable(annotation)),
        trained=replace(trained, model=replace(trained.model, id=place.name)),
        gold=result,
        seconds=time.monotonic() - started,
    )
    (place / "CARD.md").write_text(card(place.name, run), encoding="utf-8")
    write_json(place / "scores.json", scores(run))
    verdict = judge(result) if result and "against" in result.evaluations else None
    is_promoted = promoting and (verdict is None or verdict.accepted)
    if is_promoted:
        promote(place)
    return Outcome(place, run, verdict, is_promoted)


def _apart(found: Corpus, gold: tuple[Annotation, ...]) -> Corpus:
    """The reports that have nothing in common with gold; the others are rejected."""
    kept, rejected = [], list(found.rejected)
    for annotation in found.reports:
        shared = overlaps([annotation], gold)
        if shared:
            rejected.append(Rejected(annotation.name, shared[0]))
        else:
            kept.append(annotation)
    return Corpus(tuple(kept), tuple(rejected))


def _details(trained: Trained, recipe: Recipe, learned: Corpus) -> dict[str, object]:
    """What ``model.json`` says of a model: what it was made of, with a fingerprint of the annotations, and what came out."""
    digest = hashlib.sha256()
    for annotation in sorted(learned.reports, key=lambda item: item.name):
        digest.update(repr((annotation.name, annotation.publisher, annotation.text, annotation.marks)).encode())
    return {
        "reports": recipe.reports,
        "seed": recipe.seed,
        "annotations": len(learned.reports),
        "manifest": digest.hexdigest(),
        "estimator": trained.chosen.name,
        "weights": trained.model.weights._asdict(),
        "scores": trained.after._asdict(),
    }


def _previous(models: Path) -> Path | None:
    """The model that a new one would replace: that of its folder, else the one in use; None when it can't be loaded."""
    try:
        place = promoted(models) or current_model()
        load_model(place)
    except ModelError:
        return None
    return place
