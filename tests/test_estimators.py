import re

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from extractor.features import feature_names
from extractor.model import AlignerModel
from training import estimators
from training.estimators import CANDIDATES, StepSet
from training.simulate import simulated_examples
from training.train import Pool, Portion

NAMES = [candidate.name for candidate in CANDIDATES]


def steps_of(seed):
    portions = [Portion(str(place), tuple(found)) for place, found in enumerate(simulated_examples(10, seed=seed))]
    return Pool(portions).steps(portions, seed, 10**6)


@pytest.fixture(scope="module")
def shown():
    return steps_of(5)


@pytest.fixture(scope="module")
def unseen():
    return steps_of(6)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """As in training: the matrices are small."""
    with threadpool_limits(1):
        yield


@pytest.fixture(params=CANDIDATES, ids=NAMES, scope="module")
def candidate(request):
    return request.param


@pytest.fixture(scope="module")
def layers(candidate, shown):
    return candidate.fit(shown, 3)


def log_odds(layers, features):
    return AlignerModel("new", "", layers)._logits(features)


def spy_on(monkeypatch, name):
    """The estimators of scikit-learn that are fitted from now on."""
    fitted = []

    class Spy(getattr(estimators, name)):
        def fit(self, *data):
            fitted.append(self)
            return super().fit(*data)

    monkeypatch.setattr(estimators, name, Spy)
    return fitted


def sklearn_log_odds(estimator, features):
    """What scikit-learn itself says, in double precision."""
    features = features.astype(np.float64)
    if hasattr(estimator, "decision_function"):
        return estimator.decision_function(features)
    if hasattr(estimator, "predict_joint_log_proba"):
        return estimator.predict_joint_log_proba(features) @ (-1, 1)
    probabilities = estimator.predict_proba(features)
    return np.log(probabilities[:, 1]) - np.log(probabilities[:, 0])


@pytest.mark.parametrize(
    ("candidate", "name"),
    list(zip(CANDIDATES, ["BernoulliNB", "LogisticRegression", "MLPClassifier"], strict=True)),
    ids=NAMES,
)
def test_layers_say_exactly_what_the_estimator_says(candidate, name, shown, unseen, monkeypatch):
    fitted = spy_on(monkeypatch, name)
    layers = candidate.fit(shown, 3)
    (estimator,) = fitted
    own, expected = log_odds(layers, unseen.features), sklearn_log_odds(estimator, unseen.features)
    assert np.abs(expected).max() > 4
    assert own == pytest.approx(expected, abs=1e-3)


def test_estimators_learn_what_they_are_shown(layers, shown, unseen):
    for steps, least in ((shown, 0.975), (unseen, 0.95)):
        right = (log_odds(layers, steps.features) > 0) == steps.taken
        guess = np.average(steps.taken == 0, weights=steps.weights)
        assert np.average(right, weights=steps.weights) > least > guess + 0.05


def test_estimators_learn_nothing_from_noise(candidate, shown, unseen):
    taken = np.random.default_rng(1).permutation(shown.taken)
    layers = candidate.fit(shown._replace(taken=taken), 3)
    right = (log_odds(layers, unseen.features) > 0) == unseen.taken
    assert np.average(right, weights=unseen.weights) < 0.9


def test_the_same_seed_gives_the_same_layers(candidate, layers, shown):
    again = candidate.fit(shown, 3)
    for (weights, bias), (other_weights, other_bias) in zip(layers, again, strict=True):
        assert np.array_equal(weights, other_weights)
        assert np.array_equal(bias, other_bias)


def test_only_perceptrons_depend_on_the_seed(candidate, layers, shown):
    other = candidate.fit(shown, 4)
    same = all(np.array_equal(own[0], theirs[0]) for own, theirs in zip(layers, other, strict=True))
    assert same is not candidate.name.startswith("perceptron")


def test_layers_fit_together(candidate, layers):
    hidden = re.findall(r"\d+", candidate.name)
    widths = [len(feature_names()), *map(int, hidden)]
    assert [weights.shape for weights, _ in layers] == list(zip(widths, [*widths[1:], 1], strict=True))
    assert [bias.shape for _, bias in layers] == [(width,) for width in (*widths[1:], 1)]
    assert {part.dtype for layer in layers for part in layer} == {np.dtype(np.float32)}


@pytest.mark.parametrize("linear", CANDIDATES[:2], ids=NAMES[:2])
def test_steps_of_double_weight_are_as_good_as_two(linear, shown):
    twice = StepSet(*(np.concatenate([part, part[:500]]) for part in shown))
    heavy = shown.weights.copy()
    heavy[:500] *= 2
    found, expected, plain = (
        log_odds(linear.fit(steps, 3), shown.features) for steps in (shown._replace(weights=heavy), twice, shown)
    )
    assert np.abs(found - plain).max() > 10 * np.abs(found - expected).max()


def test_candidates_are_told_apart_by_name():
    assert len(set(NAMES)) == len(CANDIDATES)
