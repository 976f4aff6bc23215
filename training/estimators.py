"""The classifiers that are compared, all from scikit-learn, and all of a kind that numpy can evaluate at run time.

Each becomes layers of a network: weights and biases, rectified between layers. So a linear model is a network of one layer,
and reading a report never imports scikit-learn (``extractor/model.py``).
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB
from sklearn.neural_network import MLPClassifier

Layers = tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]


class StepSet(NamedTuple):
    """Steps to learn from: features (steps × features), whether each was taken, and its weight."""

    features: NDArray[np.float32]
    taken: NDArray[np.int8]
    weights: NDArray[np.float64]


class Candidate(NamedTuple):
    """A kind of classifier.

    Attributes:
        name: as it stands in the model card.
        fit: fits it to steps with a seed and gives its layers.
    """

    name: str
    fit: Callable[[StepSet, int], Layers]


def _layers(matrices: Sequence[Any], biases: Sequence[Any]) -> Layers:
    return tuple(
        (np.asarray(matrix, np.float32), np.asarray(bias, np.float32))
        for matrix, bias in zip(matrices, biases, strict=True)
    )


def _fitted(classifier: Any, steps: StepSet) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of rounds is meant
        return classifier.fit(steps.features, steps.taken, steps.weights)


def _naive_bayes(steps: StepSet, _: int) -> Layers:
    fitted = _fitted(BernoulliNB(), steps)
    yes, no = fitted.feature_log_prob_, np.log1p(-np.exp(fitted.feature_log_prob_))
    weights = (yes - no)[1] - (yes - no)[0]
    bias = (fitted.class_log_prior_ + no.sum(1)) @ (-1, 1)
    return _layers([weights[:, None]], [[bias]])


def _logistic(steps: StepSet, _: int) -> Layers:
    fitted = _fitted(LogisticRegression(C=10.0, max_iter=60), steps)
    return _layers([fitted.coef_.T], [fitted.intercept_])


def _perceptron(*hidden: int) -> Callable[[StepSet, int], Layers]:
    def fit(steps: StepSet, seed: int) -> Layers:
        classifier = MLPClassifier(
            hidden, alpha=1e-4, batch_size=512, learning_rate_init=2e-3, max_iter=10, random_state=seed, tol=1e-5
        )
        fitted = _fitted(classifier, steps)
        return _layers(fitted.coefs_, fitted.intercepts_)

    return fit


CANDIDATES = (
    Candidate("naive Bayes", _naive_bayes),
    Candidate("logistic regression", _logistic),
    Candidate("perceptron 48-24", _perceptron(48, 24)),
)
