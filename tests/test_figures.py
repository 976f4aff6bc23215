from collections import Counter
from random import Random
from statistics import median

import pytest
from helpers_training import FORMS

from training.figures import apply_habit, draw_cells, draw_form, heavy_tailed


@pytest.mark.parametrize("form_id", FORMS)
def test_drawn_figures_fill_the_form_and_mostly_add_up(form_id):
    form = FORMS[form_id]
    holds = total = 0
    for seed in range(40):
        cells = draw_cells(Random(seed), form)
        assert set(cells) == set(form.columns)
        for key, column in form.columns.items():
            assert cells[key] >= 0 or column.kind == "signed"
            assert isinstance(cells[key], int) or column.kind == "amount"
        for relation in form.cell_relations:
            total += 1
            holds += sum(cells[key] for key in relation.left) == sum(cells[key] for key in relation.right)
    assert holds >= 0.98 * total


@pytest.mark.parametrize("form_id", FORMS)
def test_figures_are_mostly_zero_and_not_all(form_id):
    drawn = [value for seed in range(60) for value in draw_cells(Random(seed), FORMS[form_id]).values()]
    assert 0.5 * len(drawn) < drawn.count(0) < 0.98 * len(drawn)


@pytest.mark.parametrize("form_id", FORMS)
def test_the_same_seed_draws_the_same_figures(form_id):
    def drawn(seeds):
        return [draw_cells(Random(seed), FORMS[form_id]) for seed in seeds]

    assert drawn(range(10)) == drawn(range(10)) != drawn(range(10, 20))


def test_now_and_then_an_agency_miscounts():
    form = FORMS["requests-2021"]
    wrong = 0
    for seed in range(100):
        cells = draw_cells(Random(seed), form)
        sums = [(sum(map(cells.get, item.left)), sum(map(cells.get, item.right))) for item in form.cell_relations]
        wrong += any(left != right for left, right in sums)
    assert 0 < wrong < 20


def test_most_applicants_are_natural_persons():
    form = FORMS["requests-2021"]
    drawn = [draw_cells(Random(seed), form) for seed in range(60)]
    natural, every = (
        sum(cells[f"requests.new_received.{column}"] for cells in drawn) for column in ("natural_person", "total")
    )
    assert 0.7 * every < natural < every


def test_changes_are_positive_and_negative():
    drawn = [draw_cells(Random(seed), FORMS["proactive-2019"])["proactive.permits.change"] for seed in range(60)]
    assert min(drawn) < 0 < max(drawn)


def test_counts_have_a_heavy_tail():
    drawn = [heavy_tailed(Random(seed), 30) for seed in range(400)]
    assert 20 < median(drawn) < 45
    assert max(drawn) > 10 * median(drawn)
    assert min(drawn) >= 0


def test_forms_are_mostly_those_of_the_year():
    drawn = Counter(draw_form(Random(seed), "requests", 2020).form for seed in range(200))
    assert drawn["2019"] > drawn["2021"] > 0
    assert Counter(draw_form(Random(seed), "requests", 2022).form for seed in range(200)).most_common(1)[0][0] == "2021"


@pytest.mark.parametrize(
    ("habit", "expected"),
    [
        ("zeros", {"upheld": 0, "corrected": 2, "total": 2}),
        ("blanks", {"upheld": None, "corrected": 2, "total": 2}),
        ("totals", {"upheld": None, "corrected": None, "total": 2}),
        ("empty", {"upheld": None, "corrected": None, "total": None}),
    ],
)
def test_habits_of_printing(habit, expected):
    form = FORMS["disputes"]
    cells = dict.fromkeys(form.columns, 0) | {
        "disputes.reconsideration.corrected": 2,
        "disputes.reconsideration.total": 2,
    }
    printed = apply_habit(cells, form, habit)
    assert printed.keys() == cells.keys()
    assert {key: printed[f"disputes.reconsideration.{key}"] for key in expected} == expected


def test_a_table_without_totals_is_printed_whole_by_those_who_print_totals():
    form = FORMS["proactive-2021"]
    cells = dict.fromkeys(form.columns, 3)
    assert apply_habit(cells, form, "totals") == cells
