import json
import shutil
from collections import Counter
from itertools import pairwise
from random import Random

import joblib
import numpy as np
import pytest

from extractor import extract
from extractor.features import STRAY as STRAY_COLUMN
from extractor.features import feature_names, schema
from extractor.forms import forms
from extractor.model import load_model
from extractor.numbers import parse
from training.examples import examples
from training.figures import apply_habit, draw_cells, draw_form
from training.layouts import DAMAGES, STRAY, damage, draw_sheet
from training.styles import STYLES
from training.train import fit, simulate, simulate_many, train, training_set

SEEDS = range(5_000_006, 5_000_031)  # far from those that the packaged model was trained on
FORMS = {form.id: form for form in forms()}


def sheet_of(seed):
    return draw_sheet(Random(seed))


def values_of(sheet):
    """All printed values of a sheet with their keys, in order."""
    return [
        (value.key, value.text)
        for table in sheet.tables
        for row in table.rows
        for value in row.values
        if value.key and value.text
    ]


def data_rows(sheet):
    return [row for table in sheet.tables for row in table.rows if row.kind == "data"]


def check_spans(sheet, text):
    spans = sorted(text.spans)
    assert [(text.spans[span], text.text[slice(*span)]) for span in spans] == values_of(sheet)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    for span in spans:
        key, printed = text.spans[span], parse(text.text[slice(*span)])
        if key != STRAY:
            assert printed.value == sheet.truth[key]
    assert len(text.text) == text.length


# --- the simulator ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_spans_of_a_style_hold_the_printed_values(style, seed):
    sheet = sheet_of(seed)
    text = STYLES[style](sheet, Random(seed))
    check_spans(sheet, text)
    assert text.text.startswith(sheet.title)


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("style", ["tsv_grid", "cell_per_line", "one_table_per_row"])
def test_spans_of_a_damaged_sheet_hold_the_printed_values(name, style):
    for seed in range(21, 25):
        sheet = damage(sheet_of(seed), Random(seed), 0.9, [name])
        check_spans(sheet, STYLES[style](sheet, Random(seed)))


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_changes_sheets_but_not_the_truth(name):
    changed = 0
    for seed in range(31, 41):
        sheet = sheet_of(seed)
        damaged = damage(sheet, Random(seed), 0.9, [name])
        changed += damaged != sheet
        assert damaged.truth == sheet.truth
        assert Counter(values_of(damaged)) - Counter(values_of(sheet)) <= Counter(
            item for item in values_of(damaged) if item[0] == STRAY or parse(item[1]).state == "dash"
        )
    assert changed > 0


@pytest.mark.parametrize("name", ["extra_column", "stray_zero", "extra_values", "page_number"])
def test_strays_are_marked_as_strays(name):
    strays = Counter()
    for seed in range(41, 51):
        damaged = damage(sheet_of(seed), Random(seed), 1.0, [name])
        strays.update(text for key, text in values_of(damaged) if key == STRAY)
    assert strays
    if name != "page_number":
        assert set(strays) == {"0"}


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("row_lost", lambda sheet: len(data_rows(sheet))),
        ("label_lost", lambda sheet: sum(bool(row.labels) for row in data_rows(sheet))),
        ("head_lost", lambda sheet: sum(row.kind != "data" for table in sheet.tables for row in table.rows)),
        ("leading_lost", lambda sheet: sum(len(row.values) for row in data_rows(sheet))),
        ("trailing_lost", lambda sheet: sum(len(row.values) for row in data_rows(sheet))),
        ("blank_dropped", lambda sheet: sum(not value.text for row in data_rows(sheet) for value in row.values)),
        ("blank_merged", lambda sheet: sum(not value.text for row in data_rows(sheet) for value in row.values)),
        ("dashes", lambda sheet: sum(not value.text for row in data_rows(sheet) for value in row.values)),
        ("filler", lambda sheet: -sum(row.filler for row in data_rows(sheet))),
        ("leading_blanks", lambda sheet: -sum(len(row.values) for row in data_rows(sheet))),
        ("inner_space", lambda sheet: -sum(label.count(" ") for row in data_rows(sheet) for label in row.labels)),
    ],
)
def test_damage_takes_away_what_it_is_named_after(name, measure):
    before = after = 0
    for seed in range(51, 61):
        sheet = sheet_of(seed)
        before += measure(sheet)
        after += measure(damage(sheet, Random(seed), 1.0, [name]))
    assert after < before


def test_misprints_leave_values_alone():
    sheet = sheet_of(61)
    spoiled = damage(sheet, Random(61), 1.0, ["misprint"])
    assert values_of(spoiled) == values_of(sheet)
    assert [row.labels for row in data_rows(spoiled)] != [row.labels for row in data_rows(sheet)]


def test_no_damage_is_no_damage():
    sheet = sheet_of(62)
    assert damage(sheet, Random(62), 1.0, []) == sheet


@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_gives_the_same_text(style):
    def printed(seed):
        random = Random(seed)
        return STYLES[style](damage(draw_sheet(random), random, 0.5), random)

    one, again, other = printed(71), printed(71), printed(72)
    assert (one.text, one.spans) == (again.text, again.spans)
    assert one.text != other.text


def test_a_cut_text_keeps_the_spans_before_the_cut():
    text = STYLES["pipe_rows"](sheet_of(81), Random(81))
    middle = sorted(text.spans)[len(text.spans) // 2][0]
    cut = text.cut(middle)
    assert cut.text == text.text[:middle]
    assert cut.spans == {span: key for span, key in text.spans.items() if span[0] < middle}
    assert len(cut.spans) == len(text.spans) // 2


def test_a_value_that_is_cut_in_two_keeps_its_key():
    text = STYLES["pipe_rows"](sheet_of(82), Random(82))
    span = next(span for span in sorted(text.spans) if span[1] - span[0] > 1)
    cut = text.cut(span[0] + 1)
    assert cut.spans[span] == text.spans[span]
    assert cut.text.endswith(text.text[span[0]])


# --- figures ---------------------------------------------------------------------------------------------------------


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


def test_now_and_then_an_agency_miscounts():
    form = FORMS["requests-2021"]
    wrong = 0
    for seed in range(100):
        cells = draw_cells(Random(seed), form)
        sums = [(sum(map(cells.get, item.left)), sum(map(cells.get, item.right))) for item in form.cell_relations]
        wrong += any(left != right for left, right in sums)
    assert 0 < wrong < 20


def test_forms_are_mostly_those_of_the_year():
    drawn = Counter(draw_form(Random(seed), "requests", 2020).form for seed in range(200))
    assert drawn["2019"] > drawn["2021"] > 0


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
    assert {key: printed[f"disputes.reconsideration.{key}"] for key in expected} == expected


# --- examples --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["tsv_grid", "pipe_rows", "cell_per_line"])
def test_examples_of_a_clean_report_are_in_order(style):
    sheet = next(sheet for sheet in map(sheet_of, range(91, 120)) if None not in sheet.truth.values())
    text = STYLES[style](sheet, Random(1))
    found = list(examples(text.text, text.spans))
    assert len(found) > 25
    for example in found:
        assert example.columns == tuple(range(len(example.shape.totals)))
        assert len(example.printed) == len(example.columns)
    numbers = Counter(value for example in found for value in example.printed)
    assert numbers <= Counter(value for value in sheet.truth.values())


def test_a_value_that_is_no_cell_is_a_stray_example():
    text = "三、收到和处理政府信息公开申请情况\n自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计\n"
    row = "一、本年新收政府信息公开申请数量\t0\t7\t0\t0\t0\t0\t1\t8\n"
    keys = {}
    start = len(text)
    columns = [column.key for column in FORMS["requests-2021"].blocks[0].columns]
    places = [start + offset for offset, sign in enumerate(row) if sign.isdigit()]
    for place, column in zip(places[1:], columns, strict=True):  # the first 0 is no cell
        keys[place, place + 1] = f"requests.new_received.{column}"
    (example,) = examples(text + row + "五、存在的主要问题及改进情况\n", keys)
    assert example.columns == (STRAY_COLUMN, 0, 1, 2, 3, 4, 5, 6)
    assert example.printed == (0, 7, 0, 0, 0, 0, 1, 8)


# --- training --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    (folder / "notes").mkdir()
    calls = []
    first = train(folder, reports=60, seed=7, progress=lambda: calls.append(1))
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    second = train(folder, reports=60, seed=7)
    return folder, first, second, before, len(calls)


def some_shapes():
    sheet = sheet_of(131)
    text = STYLES["tsv_grid"](sheet, Random(131))
    return [example.shape for example in examples(text.text, text.spans)]


def test_models_are_numbered_and_nothing_is_overwritten(trained):
    folder, first, second, before, _ = trained
    assert sorted(path.name for path in folder.iterdir()) == ["aligner-1", "aligner-2", "notes"]
    assert (first, second) == (folder / "aligner-1", folder / "aligner-2")
    assert {path.name: path.read_bytes() for path in first.iterdir()} == before


def test_a_trained_model_is_described_and_loads(trained):
    _, first, *_ = trained
    details = json.loads((first / "model.json").read_text(encoding="utf-8"))
    model = load_model(first)
    assert (model.id, model.sha256) == ("aligner-1", details["sha256"])
    assert (details["features"], details["n_features"]) == (schema(), len(feature_names()))
    assert (details["reports"], details["seed"]) == (60, 7)
    assert details["forms"] == [form.id for form in forms()]
    assert details["scores"]["rows"] > 100
    assert details["scores"]["rows_right"] > 0.85
    assert 0 < details["scores"]["sure"] <= 1


def test_the_same_seed_gives_the_same_predictions(trained):
    _, first, second, *_ = trained
    some = some_shapes()
    one, other = load_model(first), load_model(second)
    assert one.weights == other.weights
    for found, again in zip(one.log_probabilities(some), other.log_probabilities(some), strict=True):
        assert all(np.array_equal(found[step], again[step]) for step in found)


def test_progress_is_told_of_each_report(trained):
    *_, calls = trained
    assert calls == 60 + 60 // 5


def test_a_trained_model_reads_a_report(trained):
    _, first, *_ = trained
    sheet = next(sheet for sheet in map(sheet_of, range(141, 170)) if None not in sheet.truth.values())
    text = STYLES["tsv_grid"](sheet, Random(1)).text
    record = extract(text.encode(), "test", model=first)
    assert record.model["id"] == "aligner-1"
    right = sum(record.cells[key].value == value for key, value in sheet.truth.items())
    assert right > 0.95 * len(sheet.truth)


def test_a_trained_model_has_only_arrays(trained):
    _, first, *_ = trained
    content = joblib.load(first / "model.joblib")
    assert set(content) == {"layers", "weights"}
    assert all(type(part) is np.ndarray for layer in content["layers"] for part in layer)
    assert len(content["weights"]) == 5


def test_gaps_in_the_numbers_are_not_filled(trained, tmp_path):
    _, first, *_ = trained
    from training.train import write

    shutil.copytree(first, tmp_path / "aligner-7")
    (tmp_path / "aligner-old").mkdir()
    assert write(tmp_path, {"layers": (), "weights": ()}, {}).name == "aligner-8"


def test_simulated_examples_do_not_depend_on_the_workers():
    assert simulate_many(6, seed=3, jobs=2) == simulate_many(6, seed=3, jobs=1)
    assert simulate_many(6, seed=3) != simulate_many(6, seed=4)


def test_the_training_set_holds_one_taken_step_for_each_value():
    found = [example for seed in range(4) for example in simulate(seed)]
    features, truth, weights = training_set(found)
    assert features.shape == (len(truth), len(feature_names()))
    distinct = {(example.shape, example.columns) for example in found}
    assert truth.sum() == sum(len(columns) for _, columns in distinct)
    assert set(np.unique(truth)) == {0, 1}
    assert weights.min() == 1
    assert weights.max() > 1  # rows that occur often weigh more


def test_a_classifier_learns_what_it_is_shown():
    found = [example for seed in range(12) for example in simulate(seed)]
    one, other = fit(found, seed=5), fit(found, seed=5)
    features, truth, weights = training_set(found)
    assert np.array_equal(one.predict_proba(features), other.predict_proba(features))
    assert np.average(one.predict(features) == truth, weights=weights) > 0.95


# --- the whole way ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_no_cell_of_an_undamaged_report_is_wrong_without_a_flag(style):
    flagged = total = 0
    for seed in SEEDS:
        random = Random(seed)
        sheet = draw_sheet(random)
        cells = extract(STYLES[style](sheet, random).text.encode(), style).cells
        total += len(sheet.truth)
        flagged += sum(cell.review for cell in cells.values())
        for key, cell in cells.items():
            assert cell.review or cell.value == sheet.truth.get(key), (style, seed, key)
    if not style.startswith("glued"):
        assert flagged < 0.5 * total
