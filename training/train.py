"""Training of the aligner: simulated sheets to examples, a classifier fitted by scikit-learn, and its calibration.

The classifier is a small perceptron on steps (:mod:`extractor.features`). What turns its scores into probabilities of whole
readings (:class:`~extractor.model.ReadingWeights`) is fitted on sheets that the classifier has not seen.
"""

import hashlib
import json
import math
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import joblib
import numpy as np
import sklearn
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from extractor.align import decode
from extractor.features import STRAY, Steps, feature_matrix, feature_names, schema, steps
from extractor.forms import forms
from extractor.model import FORMAT, AlignerModel, ReadingWeights, StepWeights, reading_traits
from training.examples import Example, examples
from training.layouts import damage, draw_sheet
from training.styles import STYLES

SEED = 20211
_READINGS = 24
_HIDDEN = (48, 24)
_SURE = 0.99
_CUT_SHARE = 0.3
_SEPARATING = tuple(
    name for name in STYLES if not name.startswith("glued")
)  # glued values are cut by enumeration, not aligned


def simulate(seed: int) -> list[Example]:
    """The examples of one simulated report in a random style with random damage."""
    random = Random(seed)
    sheet = damage(draw_sheet(random), random, random.choice((0.15, 0.5, 0.9)))
    text = STYLES[random.choice(_SEPARATING)](sheet, random)
    if random.random() < _CUT_SHARE:
        text = text.cut(random.randint(text.length // 5, text.length))
    return list(examples(text.text, text.spans))


def simulate_many(count: int, *, seed: int, jobs: int = 1, progress: Callable[[], None] | None = None) -> list[Example]:
    """The examples of many simulated reports, the same for the same seed whatever ``jobs`` is."""
    found: list[Example] = []
    runs = joblib.Parallel(n_jobs=jobs, return_as="generator")(
        joblib.delayed(simulate)(seed * 1_000_003 + place) for place in range(count)
    )
    for part in runs:
        found += part
        if progress:
            progress()
    return found


def training_set(found: Sequence[Example]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The steps of the true readings, and at each the steps not taken. Equal rows are counted; their weight is the square root.

    Returns:
        Features (steps × features), truth (steps), weights (steps).
    """
    counts = Counter((example.shape, example.columns) for example in found)
    features, truth, weights = [], [], []
    for (shape, columns), count in counts.items():
        every = steps(len(columns), len(shape.totals))
        used = np.array(
            [
                max((column for column in columns[:place] if column != STRAY), default=-1)
                for place in range(len(columns))
            ]
        )
        chosen = every.previous == used[every.place]
        taken = Steps(*(part[chosen] for part in every))
        features.append(feature_matrix(shape, taken))
        truth.append(taken.column == np.array(columns)[taken.place])
        weights.append(np.full(len(taken.place), count**0.5))
    return np.concatenate(features), np.concatenate(truth).astype(np.int8), np.concatenate(weights)


def fit(found: Sequence[Example], *, seed: int = SEED) -> MLPClassifier:
    """Fit the classifier."""
    features, truth, weights = training_set(found)
    random = np.random.default_rng(seed)
    share = weights / weights.sum()
    drawn = random.choice(len(truth), size=min(len(truth) * 2, 600_000), p=share)  # the perceptron takes no weights
    classifier = MLPClassifier(
        _HIDDEN, alpha=1e-4, batch_size=512, learning_rate_init=2e-3, max_iter=10, random_state=seed, tol=1e-5
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of rounds is meant
        return classifier.fit(features[drawn], truth[drawn])


class _Ranking(NamedTuple):
    """The readings of an example, those with the same values together: the traits of each, and which is true."""

    traits: list[np.ndarray]
    truth: int | None


def _ranking(example: Example, probabilities: StepWeights) -> _Ranking:
    groups: dict[tuple[float | None, ...], list[tuple[float, ...]]] = {}
    for assignment, score in decode(probabilities, len(example.columns), _READINGS):
        values = _values(example, assignment)
        numbers = [None if value is None or math.isinf(value) else value for value in values]
        groups.setdefault(values, []).append(
            reading_traits(score, numbers, example.shape.totals, assignment.count(STRAY), len(assignment))
        )
    truth = _values(example, example.columns)
    return _Ranking(
        [np.array(group, float) for group in groups.values()], list(groups).index(truth) if truth in groups else None
    )


def _values(example: Example, assignment: Sequence[int]) -> tuple[float | None, ...]:
    """The number of each column in a reading; a dash is :data:`math.inf`, so that it differs from nothing."""
    values: list[float | None] = [None] * len(example.shape.totals)
    for printed, column in zip(example.printed, assignment, strict=True):
        if column != STRAY:
            values[column] = math.inf if printed is None else printed
    return tuple(values)


def _weigh(ranking: _Ranking, weights: Sequence[float] | np.ndarray) -> np.ndarray:
    """Log-probability of each group of readings."""
    scored = np.array([np.logaddexp.reduce(traits @ np.asarray(weights)) for traits in ranking.traits])
    result: np.ndarray = scored - np.logaddexp.reduce(scored)
    return result


def rank(model: AlignerModel, found: Sequence[Example]) -> list[tuple[Example, int, _Ranking]]:
    """The readings that a model gives to each distinct example, and how often the example occurs."""
    counts = Counter(found)
    scored = model.log_probabilities([example.shape for example in counts])
    return [
        (example, count, _ranking(example, scores))
        for (example, count), scores in zip(counts.items(), scored, strict=True)
    ]


def calibrate(model: AlignerModel, found: Sequence[Example]) -> ReadingWeights:
    """Fit what makes a reading of a whole row likely, on examples that the classifier was not fitted on (conditional logit)."""
    rankings = [
        (ranking, count**0.5)
        for _, count, ranking in rank(model, found)
        if ranking.truth is not None and len(ranking.traits) > 1
    ]

    def loss(weights: np.ndarray) -> float:
        return -sum(count * _weigh(ranking, weights)[ranking.truth] for ranking, count in rankings) / len(rankings)

    best = minimize(
        loss,
        np.array([1.0, 2.0, -2.0, -1.0, -3.0]),
        method="Nelder-Mead",
        options={"xatol": 0.02, "fatol": 1e-4, "maxiter": 600},
    )
    return ReadingWeights(*(round(float(weight), 4) for weight in best.x))


def train(
    folder: Path, *, reports: int = 12_000, seed: int = SEED, jobs: int = 1, progress: Callable[[], None] | None = None
) -> Path:
    """Train a model and write it to a new ``aligner-N`` folder.

    Args:
        folder: the folder of the models; nothing in it is overwritten.
        reports: how many simulated reports to learn from; a fifth more are used to calibrate and to score.
        seed: same seed, same predictions.
        jobs: processes.
        progress: called after each simulated report.

    Returns:
        The folder of the new model.
    """
    learned = simulate_many(reports, seed=seed, jobs=jobs, progress=progress)
    unseen = simulate_many(reports // 5, seed=seed + 1, jobs=jobs, progress=progress)
    classifier = fit(learned, seed=seed)
    fitted = zip(classifier.coefs_, classifier.intercepts_, strict=True)
    layers = tuple((np.asarray(matrix, np.float32), np.asarray(bias, np.float32)) for matrix, bias in fitted)
    weights = calibrate(AlignerModel("new", "", layers), unseen)
    details = {
        "reports": reports,
        "rows": len(learned),
        "seed": seed,
        "estimator": "MLPClassifier",
        "hidden_layers": list(_HIDDEN),
        "weights": weights._asdict(),
        "scores": scores(AlignerModel("new", "", layers, weights), unseen),
    }
    return write(folder, {"layers": layers, "weights": tuple(weights)}, details)


def scores(model: AlignerModel, found: Sequence[Example]) -> dict[str, float]:
    """How often the best reading of a row has the true values, on rows that were not learned from, and how sure it is of them.

    Returns:
        ``rows``, ``rows_right``, and for the rows read with at least 99 % confidence their share and how many are right.
    """
    right = sure = sure_right = total = 0
    for _, count, ranking in rank(model, found):
        probabilities = np.exp(_weigh(ranking, model.weights))
        best = int(np.argmax(probabilities))
        is_right, is_sure = best == ranking.truth, probabilities[best] >= _SURE
        total, right, sure, sure_right = (
            total + count,
            right + count * is_right,
            sure + count * is_sure,
            sure_right + count * (is_right and is_sure),
        )
    return {
        "rows": total,
        "rows_right": round(right / max(total, 1), 6),
        "sure": round(sure / max(total, 1), 6),
        "sure_right": round(sure_right / max(sure, 1), 6),
    }


def write(folder: Path, content: dict[str, Any], details: dict[str, Any]) -> Path:
    """Write a model to the next free ``aligner-N`` folder."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + max(
        (int(path.name.split("-")[1]) for path in folder.glob("aligner-*") if path.name.split("-")[1].isdigit()),
        default=0,
    )
    place = folder / f"aligner-{number}"
    place.mkdir()
    joblib.dump(content, place / "model.joblib", compress=3)
    about = {
        "format": FORMAT,
        "sha256": hashlib.sha256((place / "model.joblib").read_bytes()).hexdigest(),
        "features": schema(),
        "n_features": len(feature_names()),
        "scikit_learn": sklearn.__version__,
        "numpy": np.__version__,
        "forms": [form.id for form in forms()],
        **details,
    }
    (place / "model.json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return place
