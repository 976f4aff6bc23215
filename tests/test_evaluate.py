from collections import Counter
from dataclasses import replace

import pytest
from helpers_runs import END, PROACTIVE, SMALL_TEXT, TITLE, marked, small, write_copy, write_ignorant_model

from extractor.errors import InputError
from extractor.model import current_model, load_model
from training.annotations import STRAY, load_corpus
from training.corpora import packaged
from training.evaluate import (
    BASELINE,
    DIMENSIONS,
    SEED,
    Models,
    ReportScore,
    benchmark_cases,
    evaluate,
    evaluate_simulated,
    simulated_case,
    with_ratios,
)
from training.layouts import DAMAGES, SEVERITIES
from training.scoring import KINDS
from training.store import write_model
from training.styles import SEPARATING
from training.train import REPORTS, Recipe


def mistaken():
    """The small report with an annotation that says otherwise: each kind of error at least once."""
    text = SMALL_TEXT.replace("in_force⟧\n第二十条第（五）", "in_force=53⟧\n第二十条第（五）")  # wrong
    text = text.replace("⟦120|proactive.permits.decisions⟧", f"⟦120|{STRAY}⟧")  # extra, of no printed cell
    text = text.replace("⟦26|proactive.penalties.decisions⟧", "26")  # extra, a blank
    text = text.replace("栏目更新", "答复⟦7|requests.granted.total⟧件，栏目更新")  # missed
    return marked(
        text,
        blanks=frozenset(["proactive.penalties.decisions"]),
        ambiguous={"proactive.rules.issued": 9.0},  # over: 0 is given without a flag
    )


def of(counts):
    return {name: count for name, count in counts.items() if count}


def counts_of(annotations):
    """The counts of the model."""
    return evaluate(annotations, Models(baseline=False)).model


@pytest.fixture(scope="module")
def mistakes():
    return counts_of([mistaken()])


@pytest.fixture(scope="module")
def gold():
    return load_corpus([packaged("gold")]).reports


@pytest.fixture(scope="module")
def ignorant(tmp_path_factory):
    return write_ignorant_model(tmp_path_factory.mktemp("models"))


def named(reports, start):
    return next(report for report in reports if report.name.startswith(start))


# --- counts ----------------------------------------------------------------------------------------------------------


def test_a_report_read_right_has_no_errors():
    found = counts_of([small()])
    assert of(found.total) == {"cells": 25, "right": 25, "accepted": 25, "support": 24, "given": 24, "hit": 24}
    assert found.reports == [ReportScore("report", ("pipe-rows",), 25, 25, 25, 0, 0)]
    assert found.reports[0].exact
    assert (found.rows, found.heads) == ({"rows": 9, "exact": 9}, {"rows": 9, "right": 9})


def test_every_kind_of_error_is_counted(mistakes):
    assert of(mistakes.total) == {
        "cells": 25,
        "right": 21,
        "wrong": 1,
        "missed": 1,
        "extra": 2,
        "over": 1,  # no cell of its own
        "silent": 5,  # also the cell of a table that was not found
        "accepted": 21,
        "support": 22,
        "given": 24,
        "hit": 20,  # the dash is right, but no number
    }


def test_the_score_of_a_report_counts_what_it_prints(mistakes):
    (score,) = mistakes.reports
    assert score == ReportScore("report", ("pipe-rows",), cells=24, right=21, accepted=21, silent=5, extra=1)
    assert not score.exact
    assert not ReportScore("one too many", (), cells=4, right=4, accepted=4, silent=0, extra=1).exact


def test_counts_by_table_row_and_column(mistakes):
    assert {name: of(counts) for name, counts in mistakes.by["table"].items()} == {
        "proactive": {
            "cells": 9, "right": 6, "wrong": 1, "extra": 2, "over": 1, "silent": 4, "accepted": 6,
            "support": 6, "given": 9, "hit": 5,
        },
        "disputes": {"cells": 15, "right": 15, "accepted": 15, "support": 15, "given": 15, "hit": 15},
        "requests": {"cells": 1, "missed": 1, "silent": 1, "support": 1},
    }  # fmt: skip
    rows, columns = mistakes.by["row"], mistakes.by["column"]
    assert rows["proactive.normative_documents"]["wrong"] == columns["proactive.in_force"]["wrong"] == 1
    assert columns["proactive.in_force"]["cells"] == 2
    assert columns["proactive.decisions"]["extra"] == 2
    assert rows["proactive.permits"]["extra"] == rows["proactive.penalties"]["extra"] == 1
    assert rows["proactive.rules"]["over"] == columns["proactive.issued"]["over"] == 1


def test_counts_by_what_is_printed(mistakes):
    states = {name: of(counts) for name, counts in mistakes.by["state"].items()}
    assert {name: counts.get("cells", 0) for name, counts in states.items()} == {
        "zero": 13, "number": 9, "blank": 1, "dash": 1, "absent": 1, "ambiguous": 0,
    }  # fmt: skip
    assert states["number"]["wrong"] == states["number"]["missed"] == 1
    assert states["blank"] == states["absent"] == {"cells": 1, "extra": 1, "silent": 1, "given": 1}
    assert states["dash"] == {"cells": 1, "right": 1, "accepted": 1}
    assert states["ambiguous"] == {"over": 1, "silent": 1, "given": 1}


@pytest.mark.parametrize("dimension", ["table", "row", "column", "layout", "state"])
def test_every_cell_is_counted_once_in_a_dimension(mistakes, dimension):
    assert sum(mistakes.by[dimension].values(), Counter()) == +mistakes.total


def test_a_report_of_several_layouts_counts_under_each():
    found = counts_of([replace(small(), layouts=("tsv-grid", "decimals")), small()])
    assert {name: counts["cells"] for name, counts in found.by["layout"].items()} == {
        "tsv-grid": 25,
        "decimals": 25,
        "pipe-rows": 25,
    }
    assert found.total["cells"] == 50


def test_rows_are_exact_when_all_their_cells_are_right(mistakes):
    assert mistakes.rows == {"rows": 9, "exact": 6}  # not: wrong, blank with a value, missed


def test_row_headers_are_judged_apart_from_columns(mistakes):
    assert mistakes.heads == {"rows": 8, "right": 7}  # only the one in the prose has no header


def test_the_confusion_tells_where_each_value_went(mistakes):
    confusion = mistakes.confusion
    assert confusion[STRAY, "proactive.decisions"] == 1
    assert confusion["requests.total", STRAY] == 1
    assert confusion["disputes.total", "disputes.total"] == 3
    assert sum(confusion.values()) == len(mistaken().marks)


def test_reliability_counts_all_cells_but_those_over(mistakes):
    assert mistakes.reliability.cells == 25
    assert mistakes.reliability.unfound == 1
    assert sum(count for (_, right), count in mistakes.reliability.counts.items() if right) == 21


def test_a_report_that_is_refused_is_missed_with_flags():
    half = marked(SMALL_TEXT.replace(TITLE, TITLE.replace("年度", "").replace("2021年", "2021年上半年")))
    found = counts_of([half])
    assert of(found.total) == {"cells": 25, "missed": 24, "right": 1, "flagged": 25, "support": 24}
    assert found.heads == {"rows": 9, "right": 0}
    assert found.reliability.unfound == 25
    assert found.reports == [ReportScore("report", ("pipe-rows",), 25, 1, 0, 0, 0)]
    assert found.confusion["disputes.total", STRAY] == 3


def test_the_year_of_the_annotation_is_used(monkeypatch):
    seen = []

    def refuse(data, name, *, year):
        seen.append((data, name, year))
        raise InputError("leer", code="input.empty")

    monkeypatch.setattr("training.evaluate.find_rows", refuse)
    counts_of([small(year=2023)])
    assert seen == [(small().data, "report", 2023)]


# --- ratios ----------------------------------------------------------------------------------------------------------


def test_ratios_of_counts():
    found = with_ratios({"cells": 10, "right": 7, "hit": 6, "given": 8, "support": 9, "accepted": 5, "silent": 1})
    assert found["right_share"] == 0.7
    assert found["accepted_share"] == 0.5
    assert found["precision"] == 0.75
    assert found["recall"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["f1"] == pytest.approx(12 / 17, abs=1e-6)  # 2 · 6 / (8 + 9)
    assert (found["missed"], found["silent"]) == (0, 1)


def test_nothing_to_read_is_read_right():
    found = with_ratios({})
    assert (found["right_share"], found["precision"], found["recall"], found["f1"]) == (1, 1, 1, 1)


def test_nothing_read_has_no_f1():
    found = with_ratios({"cells": 4, "support": 4, "missed": 4})
    assert (found["precision"], found["recall"], found["f1"]) == (1, 0, 0)


def test_ratios_are_taken_of_summed_counts():
    short = marked((TITLE + PROACTIVE + END).replace("permits.decisions⟧", "permits.decisions=121⟧"))
    one, other = counts_of([small()]), counts_of([short])
    both = counts_of([small(), short]).to_dict()
    assert one.to_dict()["total"]["right_share"] == 1
    assert other.to_dict()["total"]["right_share"] == 0.9
    assert both["total"]["right_share"] == pytest.approx(34 / 35, abs=1e-6)  # not the mean of both, 0.95
    assert both["by"]["table"]["proactive"]["right_share"] == 0.95


# --- several reports and several aligners ----------------------------------------------------------------------------


def test_merging_is_evaluating_together(gold, ignorant):
    models = Models(against=ignorant)
    parts = [gold[:2], [mistaken()], gold[5:8]]
    merged = evaluate(parts[0], models)
    for part in parts[1:]:
        merged.merge(evaluate(part, models))
    together = evaluate([report for part in parts for report in part], models)
    assert merged.to_dict() == together.to_dict()
    assert len(together.model.reports) == 6
    assert together.disagreements


def test_a_result_is_the_sum_of_its_reports(gold):
    reports = [*gold[:3], mistaken()]
    both, alone = counts_of(reports), [counts_of([report]) for report in reports]
    for part in ("total", "rows", "heads", "confusion"):
        assert getattr(both, part) == sum((getattr(own, part) for own in alone), Counter()), part
    assert both.reports == [own.reports[0] for own in alone]
    assert both.reliability.cells == sum(own.reliability.cells for own in alone)
    for dimension in ("table", "row", "column", "layout", "state"):
        for name, counts in both.by[dimension].items():
            assert counts == sum((own.by[dimension].get(name, Counter()) for own in alone), Counter())


def test_workers_find_the_same(gold, ignorant):
    models = Models(against=ignorant)
    calls = []
    one = evaluate(gold[:5], models, progress=lambda: calls.append(1))
    assert len(calls) == 5
    assert evaluate(gold[:5], models, jobs=2).to_dict() == one.to_dict()


def test_the_aligners_are_the_model_another_and_the_baseline(ignorant):
    result = evaluate([small()], Models(against=ignorant))
    assert list(result.evaluations) == ["model", "against", BASELINE]
    assert result.evaluations["against"].name == ignorant.name
    assert result.evaluations[BASELINE].name == "baseline"
    assert result.model is result.evaluations["model"]
    assert list(evaluate([small()], Models(baseline=False)).evaluations) == ["model"]


def test_the_evaluation_as_data(mistakes):
    data = mistakes.to_dict()
    assert (data["reports"], data["exact_reports"], data["rows"], data["exact_rows"]) == (1, 0, 9, 6)
    assert (data["row_headers"], data["row_headers_right"]) == (8, 7)
    assert data["total"]["silent"] == 5
    assert set(data["by"]) == set(DIMENSIONS)
    assert data["by"]["layout"]["pipe-rows"]["f1"] == data["total"]["f1"]
    assert [STRAY, "proactive.decisions", 1] in data["confusion"]
    assert data["each_report"][0]["name"] == "report"
    assert data["reliability"]["not_found"] == 1


# --- differences -----------------------------------------------------------------------------------------------------


def test_equal_models_have_no_differences(gold, tmp_path):
    result = evaluate(gold[:4], Models(against=write_copy(tmp_path), baseline=False))
    assert result.disagreements == []
    assert result.evaluations["against"].total == result.model.total


def test_every_difference_between_two_models_is_listed(gold, ignorant):
    report = named(gold, "04-")  # tabs, with blank cells between label and values
    result = evaluate([report], Models(against=ignorant, baseline=False))
    new, old = result.model.reports[0], result.evaluations["against"].reports[0]
    assert (new.right, new.silent) == (new.cells, 0)
    assert old.right < 0.5 * old.cells
    found = result.disagreements
    assert len(found) >= new.right - old.right
    assert [item.key for item in found] == sorted({item.key for item in found})
    for item in found:
        assert item.report == report.name
        assert (item.want, item.got) == (report.truth[item.key],) * 2
        assert (item.got, item.flagged) != (item.other, item.other_flagged)
    assert any(item.other is None and item.other_flagged and not item.flagged for item in found)


def test_a_flag_of_one_model_only_is_a_difference(gold, tmp_path):
    """A model that is less sure of itself reads the same."""
    model = load_model()
    unsure = replace(model, weights=model.weights._replace(score=0.2 * model.weights.score))
    models = Models(None, write_model(tmp_path, unsure, {}), baseline=False)
    found = evaluate([named(gold, "01-")], models).disagreements
    assert found
    assert all((item.got, item.flagged, item.other_flagged) == (item.other, False, True) for item in found)


def test_the_model_is_named_first(gold, ignorant):
    report = named(gold, "05-")
    found = evaluate([report], Models(ignorant, current_model(), baseline=False)).disagreements
    assert found
    assert all(item.other == report.truth[item.key] for item in found)
    assert all(item.flagged for item in found)


# --- the damage benchmark --------------------------------------------------------------------------------------------


def test_the_benchmark_has_every_operator_at_every_severity():
    cases = benchmark_cases(2)
    assert Counter((case.damage, case.severity) for case in cases) == {
        (damage, severity): 2 for damage in ("", *DAMAGES) for severity in SEVERITIES
    }
    assert len({case.seed for case in cases}) == len(cases)
    assert cases == benchmark_cases(2)
    assert set(benchmark_cases(1)) < set(cases)


def test_the_benchmark_has_seeds_of_its_own():
    """The seeds of a training run are those of :func:`training.simulate.simulated_examples`."""
    seeds = {case.seed for case in benchmark_cases(20)}
    assert min(seeds) >= SEED
    for recipe in (Recipe(), Recipe(reports=100 * REPORTS), Recipe(seed=0), Recipe(seed=1), Recipe(seed=7)):
        learned = range(recipe.seed * 1_000_003, recipe.seed * 1_000_003 + recipe.reports)
        assert not any(seed in learned for seed in seeds)


def test_a_case_is_what_it_says():
    (case,) = (case for case in benchmark_cases(1) if case[:2] == ("extra_column", "high"))
    report = simulated_case(case)
    assert report == simulated_case(case)
    assert report.layouts[1:] == ("extra_column",)
    assert report.layouts[0] in SEPARATING  # a stray 0 in a glued run would be no number of its own
    plain = simulated_case(benchmark_cases(1)[0])
    assert len(plain.layouts) == 1


@pytest.fixture(scope="module")
def benchmark():
    cases = [case for case in benchmark_cases(2) if case.severity == "high"]
    return evaluate_simulated(cases, Models())


def test_the_benchmark_counts_by_operator_severity_and_style(benchmark):
    by = benchmark.model.by
    assert by["damage"].keys() == {"none", *DAMAGES}
    assert by["severity"] == {"high": benchmark.model.total}
    assert sum(by["damage"].values(), Counter()) == +benchmark.model.total
    assert sum(by["layout"].values(), Counter()) == +benchmark.model.total  # by style, not once more by damage
    assert len(benchmark.model.reports) == 2 * len(by["damage"])


def test_the_model_makes_far_fewer_errors_than_the_baseline(benchmark):
    def errors(evaluation):
        return sum(evaluation.total[kind] for kind in KINDS if kind != "right")

    model, base = errors(benchmark.model), errors(benchmark.evaluations[BASELINE])
    assert base > 100
    assert model < base / 3
    assert benchmark.model.total["silent"] < 5
    assert benchmark.model.total["silent"] < benchmark.evaluations[BASELINE].total["silent"] / 4


def test_no_operator_breaks_the_model(benchmark):
    shares = {name: counts["right"] / counts["cells"] for name, counts in benchmark.model.by["damage"].items()}
    assert min(shares.values()) > 0.96, min(shares, key=shares.get)
    assert shares["none"] > 0.99


def test_workers_find_the_same_in_the_benchmark():
    cases = benchmark_cases(1)[:6]
    assert evaluate_simulated(cases, Models(), jobs=2).to_dict() == evaluate_simulated(cases, Models()).to_dict()


# --- gold ------------------------------------------------------------------------------------------------------------


def test_gold_reports_are_read_without_silent_errors(gold):
    result = evaluate(gold, Models())
    data = result.model.to_dict()
    assert data["reports"] == len(gold) >= 45
    assert data["total"]["silent"] == 0
    assert data["total"]["right_share"] >= 0.999
    assert data["total"]["accepted_share"] > 0.9  # not by flagging all
    assert result.evaluations[BASELINE].total["silent"] > 0
    assert result.evaluations[BASELINE].total["right"] < result.model.total["right"]
