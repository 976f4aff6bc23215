"""Training of the aligner: simulated and annotated reports to a classifier, chosen, calibrated and described.

Everything that is said of a model (which estimator is best, what its probabilities are worth, which annotations look wrong) is
said by models that were fitted without the publisher in question.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, GroupShuffleSplit
from threadpoolctl import threadpool_limits

from extractor.features import Steps, feature_matrix, feature_names, steps
from extractor.model import AlignerModel, ReadingWeights
from extractor.shapes import STRAY, Shape
from training.annotations import Annotation
from training.calibration import RowScores, calibrate, rankings, row_scores
from training.defaults import REPORTS, SEED
from training.estimators import CANDIDATES, Candidate, StepSet
from training.examples import Example, examples
from training.layouts import DAMAGES
from training.simulate import simulated_examples
from training.suspects import Suspect, suspects

FOLDS = 3
_ANNOTATED_SHARE = 0.15
_MOST_WEIGHT = 40.0
_STEPS_COMPARED = 50_000
_STEPS_FITTED = 400_000
_REPORTS_RANKED = 150
_KEPT = 0.15


class Portion(NamedTuple):
    """The examples of one report: of which publisher, and whether a person annotated it."""

    publisher: str
    examples: tuple[Example, ...]
    annotated: bool = False


@dataclass(frozen=True)
class Recipe:
    """What a model is trained with; the same recipe and annotations give the same predictions.

    Attributes:
        reports: how many simulated reports.
        seed: of the simulation and of the estimators.
        damages: the damage operators used.
        candidates: the estimators compared.
    """

    reports: int = REPORTS
    seed: int = SEED
    damages: Sequence[str] = tuple(DAMAGES)
    candidates: Sequence[Candidate] = CANDIDATES


class Comparison(NamedTuple):
    """One estimator, cross-validated: its scores over all publishers held out, and in each fold."""

    candidate: Candidate
    scores: RowScores
    by_fold: tuple[RowScores, ...]

    @property
    def standard_error(self) -> float:
        """Of the share of rows right, from how the folds differ."""
        shares = [fold.right_share for fold in self.by_fold]
        return float(np.std(shares, ddof=1) / len(shares) ** 0.5) if len(shares) > 1 else 0.0


@dataclass(frozen=True)
class Trained:
    """A trained model and what was found on the way.

    Attributes:
        model: the model, not yet written.
        chosen: the estimator.
        comparisons: all estimators, cross-validated.
        suspects: labels that are probably wrong; their rows were not learned from.
        before, after: scores on held-out publishers, before and after calibration.
        rows: how many rows were learned from, simulated and annotated.
    """

    model: AlignerModel
    chosen: Candidate
    comparisons: tuple[Comparison, ...]
    before: RowScores
    after: RowScores
    rows: tuple[int, int]
    suspects: tuple[Suspect, ...] = ()


def fit_aligner(
    annotations: Sequence[Annotation],
    recipe: Recipe,
    *,
    jobs: int = 1,
    progress: Callable[[], None] | None = None,
) -> Trained:
    """Choose, fit and calibrate an aligner.

    Args:
        annotations: annotated reports to learn from beside the simulated ones.
        recipe: how.
        jobs: processes for the simulation.
        progress: called after each simulated report and after each of :func:`steps_after` fits.
    """
    portions = list(_portions(annotations, recipe, jobs, progress))
    with threadpool_limits(1):  # small matrices: more threads are slower, and much slower where other programs run
        return _fit(annotations, portions, recipe, progress or (lambda: None))


def _fit(
    annotations: Sequence[Annotation], portions: list[Portion], recipe: Recipe, tick: Callable[[], None]
) -> Trained:
    """Compare the estimators, leave out what is suspect, fit the best and calibrate it."""
    pool, folds = Pool(portions), _folds(portions, recipe.seed)
    comparisons, fitted = [], {}
    to_compare = [pool.steps(learned, recipe.seed, _STEPS_COMPARED) for learned, _ in folds]
    for candidate in recipe.candidates:
        models = [AlignerModel("held-out", "", candidate.fit(steps_of, recipe.seed)) for steps_of in to_compare]
        found = [list(rankings(model, _some(held))) for model, (_, held) in zip(models, folds, strict=True)]
        weights = calibrate(chain.from_iterable(found))
        by_fold = tuple(row_scores(fold, weights) for fold in found)
        comparisons.append(Comparison(candidate, reduce(RowScores.plus, by_fold), by_fold))
        fitted[candidate.name] = (models, weights)
        tick()
    chosen = choose(comparisons)
    doubted = _suspects(annotations, _held_out(*fitted[chosen.name], folds))
    if doubted:
        simulated = [portion for portion in portions if not portion.annotated]
        portions = [*simulated, *_annotated_portions(annotations, doubted)]
    learned, kept = _kept_for_calibration(portions, recipe.seed)
    layers = chosen.fit(pool.steps(learned, recipe.seed, _STEPS_FITTED), recipe.seed)
    judged = list(rankings(AlignerModel("new", "", layers), _some(kept, len(kept))))
    weights = calibrate(judged)
    tick()
    return Trained(
        model=AlignerModel("new", "", layers, weights),
        chosen=chosen,
        comparisons=tuple(comparisons),
        suspects=tuple(doubted),
        before=row_scores(judged, ReadingWeights()),
        after=row_scores(judged, weights),
        rows=(_rows(portions, annotated=False), _rows(portions, annotated=True)),
    )


def steps_after(recipe: Recipe) -> int:
    """How many steps of progress follow those of the simulated reports."""
    return len(recipe.candidates) + 1


def _rows(portions: Iterable[Portion], *, annotated: bool) -> int:
    return sum(len(portion.examples) for portion in portions if portion.annotated is annotated)


def choose(comparisons: Sequence[Comparison]) -> Candidate:
    """The estimator with the lowest log loss of whole rows on publishers held out.

    The log loss is a proper score (Gneiting and Raftery 2007): it rewards a right reading and punishes wrong certainty, which
    would be a silent error.
    """
    return min(comparisons, key=lambda item: item.scores.mean_loss).candidate


def _portions(
    annotations: Sequence[Annotation], recipe: Recipe, jobs: int, progress: Callable[[], None] | None
) -> Iterable[Portion]:
    simulated = simulated_examples(
        recipe.reports, seed=recipe.seed, damages=recipe.damages, jobs=jobs, progress=progress
    )
    for place, found in enumerate(simulated):
        yield Portion(f"simulated-{place}", tuple(found))
    yield from _annotated_portions(annotations)


def _annotated_portions(annotations: Sequence[Annotation], doubted: Iterable[Suspect] = ()) -> Iterator[Portion]:
    """The examples of annotated reports, but for rows with a suspect label."""
    for annotation in annotations:
        without = {suspect.start for suspect in doubted if suspect.report == annotation.name}
        yield Portion(annotation.publisher, tuple(examples(annotation, without)), annotated=True)


def _suspects(annotations: Sequence[Annotation], held_out: Mapping[str, AlignerModel]) -> list[Suspect]:
    """The suspect labels of all annotations, each judged by a model that was not fitted on its publisher."""
    return [found for annotation in annotations for found in suspects(annotation, held_out[annotation.publisher])]


def _folds(portions: Sequence[Portion], seed: int) -> list[tuple[list[Portion], list[Portion]]]:
    """What to learn from and what to hold out; no publisher is in both."""
    publishers = [portion.publisher for portion in portions]
    splits = GroupKFold(FOLDS, shuffle=True, random_state=seed).split(publishers, groups=publishers)
    return [([portions[index] for index in learned], [portions[index] for index in held]) for learned, held in splits]


def _kept_for_calibration(portions: Sequence[Portion], seed: int) -> tuple[list[Portion], list[Portion]]:
    """What the final model is fitted to, and the publishers kept back to calibrate it."""
    publishers = [portion.publisher for portion in portions]
    split = GroupShuffleSplit(1, test_size=_KEPT, random_state=seed).split(publishers, groups=publishers)
    learned, kept = next(split)
    return [portions[index] for index in learned], [portions[index] for index in kept]


def _held_out(
    models: Sequence[AlignerModel], weights: ReadingWeights, folds: Sequence[tuple[list[Portion], list[Portion]]]
) -> dict[str, AlignerModel]:
    return {
        portion.publisher: AlignerModel("held-out", "", model.layers, weights)
        for model, (_, held) in zip(models, folds, strict=True)
        for portion in held
        if portion.annotated
    }


def _some(portions: Sequence[Portion], most: int = _REPORTS_RANKED) -> Iterator[Example]:
    """The examples of all annotated reports, and of at most so many simulated ones."""
    simulated = islice((portion for portion in portions if not portion.annotated), most)
    for portion in (*(portion for portion in portions if portion.annotated), *simulated):
        yield from portion.examples


class Pool:
    """The steps of the true readings of all examples, and at each the steps not taken: computed once, weighed for each fold.

    Equal rows are taken together; their weight is the square root of their number, so that rare layouts are heard. Annotated
    rows weigh more than simulated ones, all together up to :data:`_ANNOTATED_SHARE`.
    """

    def __init__(self, portions: Sequence[Portion]) -> None:
        self._index: dict[tuple[Shape, tuple[int, ...]], int] = {}
        for shape, columns, _ in (example for portion in portions for example in portion.examples):
            self._index.setdefault((shape, columns), len(self._index))
        parts = [_steps_of(shape, columns) for shape, columns in self._index]
        self._sizes = [len(taken) for _, taken in parts]
        empty = (np.zeros((0, len(feature_names())), np.float32), np.zeros(0, np.int8))
        self._features, self._taken = (np.concatenate(part) for part in zip(empty, *parts, strict=True))

    def steps(self, portions: Iterable[Portion], seed: int, most: int) -> StepSet:
        """The steps of some of the portions, or of parts of them.

        Args:
            portions: which.
            seed: of the draw when there are too many.
            most: at most so many steps are drawn, by weight.
        """
        counts = np.zeros((2, len(self._index)))
        for portion in portions:
            for shape, columns, _ in portion.examples:
                counts[int(portion.annotated), self._index[shape, columns]] += 1
        simulated, annotated = np.sqrt(counts)
        share = _ANNOTATED_SHARE * simulated.sum() / max(annotated.sum(), 1.0)
        weights = np.repeat(simulated + max(1.0, min(_MOST_WEIGHT, share)) * annotated, self._sizes)
        kept = np.flatnonzero(weights)
        if len(kept) > most:
            kept = np.random.default_rng(seed).choice(len(weights), size=most, p=weights / weights.sum())
            weights = np.ones(len(weights))
        return StepSet(self._features[kept], self._taken[kept], weights[kept])


def _steps_of(shape: Shape, columns: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Features of the steps that a row's true reading could take at each value, and which it took."""
    every = steps(len(columns), len(shape.totals))
    used = np.array(
        [max((column for column in columns[:place] if column != STRAY), default=-1) for place in range(len(columns))]
    )
    chosen = every.previous == used[every.place]
    found = Steps(*(part[chosen] for part in every))
    return feature_matrix(shape, found), (found.column == np.array(columns)[found.place]).astype(np.int8)
