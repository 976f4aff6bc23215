from dataclasses import replace
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from helpers_training import FORMS, full_sheet

from extractor.align import Aligner
from extractor.features import feature_matrix, feature_names
from extractor.model import ReadingWeights
from extractor.pipeline import decide, find_rows
from extractor.settings import DEFAULTS
from extractor.shapes import STRAY, Shape
from training import train
from training.annotations import STRAY as STRAY_KEY
from training.calibration import RowScores
from training.estimators import CANDIDATES, Candidate
from training.examples import Example, examples
from training.layouts import DAMAGES
from training.simulate import simulated_examples, simulated_report
from training.styles import STYLES
from training.train import FOLDS, Comparison, Pool, Portion, Recipe, choose, fit_aligner, steps_after

COLUMNS = [column.key for column in FORMS["requests-2021"].blocks[0].columns]
RECIPE = Recipe(reports=60, seed=7)
SMALL = Recipe(reports=12, seed=7)


def annotated(count=6, publishers=3):
    """Annotated reports, several of one publisher."""
    reports = (simulated_report(9_000 + place, "tsv_grid", ["filler"], 0.5) for place in range(count))
    return [replace(report, publisher=f"县{place % publishers}") for place, report in enumerate(reports)]


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def trained(told):
    return fit_aligner(annotated(), RECIPE, progress=lambda: told.append(1))


# --- a trained model -------------------------------------------------------------------------------------------------


def test_all_estimators_are_compared_on_the_same_rows(trained):
    assert [item.candidate for item in trained.comparisons] == list(CANDIDATES)
    for item in trained.comparisons:
        assert len(item.by_fold) == FOLDS
        assert np.sum(item.by_fold, axis=0) == pytest.approx(item.scores)
        assert item.scores.rows == trained.comparisons[0].scores.rows
        assert all(fold.rows > 100 for fold in item.by_fold)


def test_all_rows_are_held_out_once(trained):
    assert trained.comparisons[0].scores.rows == sum(trained.rows)
    simulated = sum(map(len, simulated_examples(60, seed=7)))
    by_hand = sum(len(list(examples(report))) for report in annotated())
    assert trained.rows == (simulated, by_hand)


def test_the_chosen_estimator_is_the_best_of_the_comparison(trained):
    assert trained.chosen == choose(trained.comparisons)
    widths = [weights.shape[1] for weights, _ in trained.model.layers]
    assert trained.chosen.name.startswith("perceptron") == (len(widths) > 1)


def test_most_rows_of_publishers_held_out_are_right(trained):
    best = next(item.scores for item in trained.comparisons if item.candidate == trained.chosen)
    assert best.right > 0.9 * best.rows
    assert best.sure_right > 0.97 * best.sure > 0


def test_calibration_is_measured_on_rows_that_were_kept_back(trained):
    assert 0 < trained.after.rows < 0.4 * sum(trained.rows)
    assert trained.before.rows == trained.after.rows
    assert trained.after.loss < trained.before.loss
    assert trained.model.weights != ReadingWeights()


def test_progress_is_told_of_each_report_and_each_fit(trained, told):
    assert trained.comparisons
    assert len(told) == 60 + steps_after(RECIPE)
    assert steps_after(RECIPE) == len(CANDIDATES) + 1


def test_a_trained_model_reads_a_report(trained):
    sheet = full_sheet(141)
    text = STYLES["tsv_grid"](sheet, Random(1)).text
    record = decide(find_rows(text.encode(), "test"), Aligner(trained.model, DEFAULTS))
    right = sum(record.cells[key].value == value for key, value in sheet.truth.items())
    assert right > 0.95 * len(sheet.truth)
    silent = [key for key, cell in record.cells.items() if not cell.review and cell.value != sheet.truth[key]]
    assert silent == []


def test_labels_of_a_faithful_annotation_are_not_suspect(trained):
    assert trained.suspects == ()


# --- the same recipe -------------------------------------------------------------------------------------------------


def some_shapes():
    return [example.shape for example in examples(simulated_report(131, "pipe_rows", ["blank_dropped"], 0.5))]


def same_predictions(one, other):
    some = some_shapes()
    return one.weights == other.weights and all(
        found[step] == again[step]
        for found, again in zip(one.log_probabilities(some), other.log_probabilities(some), strict=True)
        for step in found
    )


def test_the_same_recipe_gives_the_same_predictions():
    recipe = replace(SMALL, candidates=CANDIDATES[1:2])
    one, again = (fit_aligner(annotated(), recipe) for _ in range(2))
    assert same_predictions(one.model, again.model)
    assert (one.chosen, one.comparisons, one.after) == (again.chosen, again.comparisons, again.after)
    other = fit_aligner(annotated(), replace(recipe, seed=8))
    assert not same_predictions(one.model, other.model)


def test_recipes_say_what_is_used():
    recipe = Recipe()
    assert (recipe.reports, recipe.seed) == (train.REPORTS, train.SEED)
    assert list(recipe.damages) == list(DAMAGES)
    assert recipe.candidates == CANDIDATES


def test_damages_and_annotations_of_the_recipe_are_used():
    recipe = replace(SMALL, candidates=[constant()])
    plain = fit_aligner([], replace(recipe, damages=()))
    assert plain.rows[1] == 0
    assert plain.rows[0] == sum(map(len, simulated_examples(12, seed=7, damages=())))
    found = fit_aligner(annotated(4), recipe)
    assert found.rows[0] == sum(map(len, simulated_examples(12, seed=7))) != plain.rows[0]
    assert found.rows[1] > 50


# --- publishers held out ---------------------------------------------------------------------------------------------


def constant(name="constant"):
    """An estimator that reads values in order, whatever it is shown; its bias says which fit it was."""
    calls = []

    def fit(*_):
        calls.append(1)
        weights = np.array([[40.0 * (feature == "left=0")] for feature in feature_names()], np.float32)
        return ((weights, np.array([len(calls)], np.float32)),)

    return Candidate(name, fit)


@pytest.fixture
def learned(monkeypatch):
    """The publishers that each fit learned from."""
    fits = []
    steps = Pool.steps

    def spy(pool, portions, *others):
        portions = list(portions)
        fits.append({portion.publisher for portion in portions})
        return steps(pool, portions, *others)

    monkeypatch.setattr(Pool, "steps", spy)
    return fits


def test_publishers_are_judged_by_models_that_did_not_learn_from_them(learned, monkeypatch):
    judged = {}
    monkeypatch.setattr(
        train, "suspects", lambda report, model: judged.setdefault(report.name, (report.publisher, model)) and []
    )
    reports = annotated(12, publishers=5)
    fit_aligner(reports, replace(SMALL, candidates=[constant()]))
    assert set(judged) == {report.name for report in reports}
    for publisher, model in judged.values():
        fit = int(model.layers[0][1][0])
        assert 1 <= fit <= FOLDS
        assert publisher not in learned[fit - 1]
        assert all(publisher in others for place, others in enumerate(learned[:FOLDS]) if place != fit - 1)


def test_rankings_are_of_publishers_that_were_not_learned_from(learned, monkeypatch):
    portions = [Portion(f"县{place % 7}", (example(place),), annotated=True) for place in range(40)]
    monkeypatch.setattr(train, "_portions", lambda *_: portions)
    monkeypatch.setattr(train, "suspects", lambda *_: [])
    publisher_of = {portion.examples[0]: portion.publisher for portion in portions}
    ranked = []
    rankings = train.rankings

    def spy(model, found):
        found = list(found)
        ranked.append({publisher_of[item] for item in found})
        return rankings(model, found)

    monkeypatch.setattr(train, "rankings", spy)
    fit_aligner([], replace(SMALL, candidates=[constant()]))
    everybody = set(publisher_of.values())
    assert len(learned) == len(ranked) == FOLDS + 1
    for others, held in zip(learned, ranked, strict=True):
        assert others
        assert held
        assert not others & held
        assert others | held == everybody
    assert sum(map(len, ranked[:FOLDS])) == len(everybody)  # each is held out once


def test_simulated_reports_are_publishers_of_their_own(learned):
    fit_aligner(annotated(3), replace(SMALL, candidates=[constant()]))
    names = {f"simulated-{place}" for place in range(12)} | {"县0", "县1", "县2"}
    assert set().union(*learned) == names
    assert [len(found) for found in learned[:FOLDS]] == [10] * FOLDS


def test_suspect_rows_are_not_learned_from():
    """A number is taken for a stray 0, so that all others are in the next column: as if in order, but nothing adds up."""
    report = next(filter(counts_persons, (simulated_report(seed, "tsv_grid", [], 0.5) for seed in range(100))))
    keys = [f"requests.new_received.{column}" for column in COLUMNS]
    moved = dict(zip(keys, [STRAY_KEY, *keys[:5], keys[6]], strict=True))
    marks = tuple(mark._replace(key=moved.get(mark.key, mark.key)) for mark in report.marks)
    wrong = replace(report, marks=marks)
    recipe = replace(SMALL, candidates=[constant()])
    found, plain = fit_aligner([wrong, *annotated(2)], recipe), fit_aligner([report, *annotated(2)], recipe)
    assert plain.suspects == ()
    assert {suspect.report for suspect in found.suspects} == {report.name}
    assert "requests.new_received.natural_person" in {suspect.key for suspect in found.suspects}
    assert found.rows == (plain.rows[0], plain.rows[1] - 1)
    assert len(list(examples(wrong))) == len(list(examples(report)))


def counts_persons(report):
    """True for a report without blanks whose only new requests are of natural persons."""
    new = [report.truth[f"requests.new_received.{column}"] for column in COLUMNS]
    return not report.blanks and new[0] and not any(new[1:6]) and new[0] == new[6]


# --- choice ----------------------------------------------------------------------------------------------------------


def compared(name, loss, rows=100, right=90):
    return Comparison(constant(name), RowScores(rows, right, 80, 79, loss), ())


def test_the_estimator_with_the_lowest_loss_of_rows_is_chosen():
    some = [compared("one", 12.0), compared("two", 11.0), compared("three", 13.0)]
    assert choose(some).name == "two"
    assert choose(some[::-1]).name == "two"


def test_wrong_certainty_costs_more_than_rows_right_gain():
    assert choose([compared("bold", 30.0, right=97), compared("careful", 20.0, right=95)]).name == "careful"


def test_losses_are_compared_by_row():
    assert choose([compared("few", 12.0, rows=50), compared("many", 20.0, rows=100)]).name == "many"


def test_of_two_alike_the_first_is_chosen():
    assert choose([compared("first", 5.0), compared("second", 5.0)]).name == "first"
    assert choose([compared("only", 0.0, rows=0)]).name == "only"


def test_the_standard_error_is_that_of_the_folds():
    folds = tuple(RowScores(100, right) for right in (90, 94, 98))
    item = Comparison(constant(), RowScores(300, 282), folds)
    assert item.standard_error == pytest.approx(0.04 / 3**0.5)
    assert item._replace(by_fold=folds[:1]).standard_error == 0
    assert item._replace(by_fold=(folds[0], folds[0])).standard_error == 0
    assert item._replace(by_fold=(RowScores(), folds[2])).standard_error > 0


# --- steps and their weights -----------------------------------------------------------------------------------------


def example(number=0, columns=(0,)):
    """A row of one column and as many values; ``number`` makes rows differ."""
    count = len(columns)
    places = tuple(range(count))
    flags = (False,) * count
    shape = Shape(((),), places, places, flags, (None,) * count, flags, number % 20, number // 20, None, 0, False)
    return Example(shape, columns, (1.0,) * count)


def portion(name, *rows, annotated=False):
    return Portion(name, rows, annotated)


def weights_of(portions, which=None, most=10**6):
    return Pool(portions).steps(which or portions, 1, most).weights.tolist()


def test_a_pool_has_the_steps_of_the_true_readings():
    rows = [example(1, (0, STRAY)), example(2)]
    some = portion("one", *rows)
    steps = Pool([some]).steps([some], 1, 100)
    assert steps.taken.tolist() == [1, 0, 1, 1, 0]  # 0 or stray; then stray is all that is left; 0 or stray
    matrix = feature_matrix(rows[0].shape)
    assert np.array_equal(steps.features[:2], matrix[:2])
    assert steps.features.shape == (5, len(feature_names()))


def test_each_value_takes_one_step():
    found = [Portion(str(place), tuple(part)) for place, part in enumerate(simulated_examples(4, seed=3))]
    steps = Pool(found).steps(found, 1, 10**6)
    distinct = {(example.shape, example.columns) for part in found for example in part.examples}
    assert steps.taken.sum() == sum(len(columns) for _, columns in distinct)
    assert set(steps.taken.tolist()) == {0, 1}
    assert steps.weights.min() == 1
    assert steps.weights.max() > 1


def test_equal_rows_weigh_the_root_of_their_number():
    some = [portion("one", *[example(1)] * 9), portion("two", example(2)), portion("three", *[example(1)] * 7)]
    assert weights_of(some) == [4, 4, 1, 1]
    assert weights_of(some, some[:1]) == [3, 3]
    assert weights_of(some, some[1:2]) == [1, 1]


def test_few_annotated_rows_weigh_no_less_than_simulated_ones():
    some = [portion("one", example(1)), portion("two", example(2), annotated=True)]
    assert weights_of(some) == [1, 1, 1, 1]


@pytest.mark.parametrize(("simulated", "rows", "weight"), [(100, 1, 15), (100, 5, 3), (100, 30, 1), (380, 1, 40)])
def test_annotated_rows_weigh_more_but_together_a_share(simulated, rows, weight):
    some = [portion(str(number), example(number)) for number in range(simulated)]
    some.append(portion("annotated", *[example(380 + number) for number in range(rows)], annotated=True))
    found = weights_of(some)
    assert found[: 2 * simulated] == [1] * 2 * simulated
    assert found[2 * simulated :] == pytest.approx([weight] * 2 * rows)


def test_a_row_that_is_annotated_and_simulated_counts_as_both():
    some = [
        *[portion(str(number), example(number)) for number in range(100)],
        portion("by hand", example(0), annotated=True),
    ]
    assert weights_of(some)[:3] == pytest.approx([16, 16, 1])


def test_at_most_so_many_steps_are_drawn_by_weight():
    some = [portion("often", *[example(1)] * 10_000), portion("once", example(2))]
    pool = Pool(some)
    drawn = pool.steps(some, 1, 3)
    assert drawn.taken.shape == (3,)
    assert drawn.weights.tolist() == [1, 1, 1]
    assert len(pool.steps(some, 1, 4).taken) == 4
    many = [pool.steps(some, seed, 3).features for seed in range(30)]
    often = {row.tobytes() for row in pool.steps(some[:1], 1, 4).features}
    assert np.mean([row.tobytes() in often for part in many for row in part]) > 0.9
    assert np.array_equal(pool.steps(some, 5, 3).features, pool.steps(some, 5, 3).features)
    assert any(not np.array_equal(one, other) for one, other in pairwise(many))


def test_a_pool_may_be_empty():
    steps = Pool([]).steps([], 1, 10)
    assert steps.features.shape == (0, len(feature_names()))
    assert len(steps.taken) == len(steps.weights) == 0
