import json
from dataclasses import replace

import pytest
from helpers_runs import small, write_ignorant_model

from extractor.model import load_model
from training.annotations import Rejected
from training.calibration import RowScores
from training.card import Run, card, scores, summary
from training.estimators import Candidate
from training.evaluate import Models, evaluate
from training.suspects import Suspect
from training.train import Comparison, Recipe, Trained

ROWS = RowScores(rows=1000, right=990, sure=800, sure_right=799, loss=30.0)
FOLDS = (RowScores(500, 500, 1, 1, 10.0), RowScores(500, 480, 1, 1, 20.0))
OTHER = RowScores(rows=1000, right=955, sure=1, sure_right=1, loss=120.0)
SUSPECT = Suspect(
    "07-mine", 812, "16", "requests.granted.total", "requests.granted.business", "按标注，T3.total 不成立"
)
REJECTED = Rejected("mine/draft.json", "尚未经人核对（reviewed 为 false）；核对后改为 true")
DULL = "07-mine 第 31 行：数字的标注不按列的顺序"


def candidate(name):
    return Candidate(name, lambda *_: ())


def trained(**details):
    return Trained(
        model=load_model(),
        chosen=candidate("perceptron 48-24"),
        comparisons=(
            Comparison(candidate("logistic regression"), OTHER, (OTHER,)),
            Comparison(candidate("perceptron 48-24"), ROWS, FOLDS),
        ),
        before=ROWS._replace(loss=45.0),
        after=ROWS,
        rows=(23_456, 789),
        **details,
    )


def run(*, gold=None, suspects=(), rejected=(), unlearnable=()):
    return Run(Recipe(reports=8_000, seed=4711), 34, rejected, unlearnable, trained(suspects=suspects), gold, 61.4)


@pytest.fixture(scope="module")
def gold(tmp_path_factory):
    other = write_ignorant_model(tmp_path_factory.mktemp("models"))
    return evaluate([replace(small(), name="a"), replace(small(), name="b")], Models(against=other))


def everything(gold):
    return run(gold=gold, suspects=(SUSPECT,), rejected=(REJECTED,), unlearnable=(DULL,))


def section(text, title):
    """The lines below a heading."""
    _, _, rest = text.partition(f"## {title}")
    assert rest
    return rest.partition("\n## ")[0]


# --- the card --------------------------------------------------------------------------------------------------------


def test_the_card_tells_what_the_model_is_made_of(gold):
    text = card("aligner-7", everything(gold))
    assert text.startswith("# aligner-7\n")
    made = section(text, "Made of")
    assert "8,000 simulated reports (23,456 rows), seed 4711" in made
    assert "34 annotated reports (789 rows); 1 rejected" in made
    assert "1 labels were suspect" in made
    assert "1 rows teach nothing" in made


def test_the_card_compares_the_estimators(gold):
    text = section(card("aligner-7", everything(gold)), "Estimators")
    assert "| logistic regression | 95.5000% | 0.0000% | 0.1200 |" in text
    assert "| perceptron 48-24 | 99.0000% | 2.0000% | 0.0300 |" in text  # shares of 100 % and 96 % in two folds
    assert "Chosen: **perceptron 48-24**" in text


def test_the_card_tells_what_confidence_is_worth(gold):
    text = section(card("aligner-7", everything(gold)), "Calibration")
    assert "Rows right in the first place 99.000%" in text
    assert "confidence of 99 % or more 80.0%, of these right 99.875%" in text
    assert "0.0450 before calibration, 0.0300 after" in text
    assert str(load_model().weights.sums) in text


def test_the_card_sets_the_models_side_by_side_on_gold(gold):
    text = section(card("aligner-7", everything(gold)), "Gold: 2 reports of other publishers")
    rows = {
        row.split("|")[1].strip(): [cell.strip() for cell in row.split("|")[2:]] for row in text.splitlines() if row
    }
    assert rows["this model"][:4] == ["50", "50", "0", "0"]
    assert rows["the model before"][0] == "50"
    assert int(rows["the model before"][1]) < 50
    assert rows["no learning"][:4] == ["50", "50", "0", "0"]
    assert rows["this model"][5] == "100.00%"


def test_the_card_lists_what_was_left_out(gold):
    text = card("aligner-7", everything(gold))
    suspect = section(text, "Suspect labels")
    assert all(str(part) in suspect for part in (SUSPECT.report, SUSPECT.start, "“16”", SUSPECT.key, SUSPECT.reason))
    assert f"- {REJECTED.name}：{REJECTED.reason}" in section(text, "Rejected annotations")
    assert f"- {DULL}" in section(text, "Rows that teach nothing")
    assert section(text, "Limits")


def test_what_there_is_none_of_has_no_heading():
    text = card("aligner-7", run())
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Made of",
        "## Estimators, cross-validated by publisher",
        "## Calibration, on publishers kept back",
        "## Limits",
    ]
    assert "0 labels were suspect" in text


def test_a_card_without_a_model_before():
    alone = evaluate([small()], Models(baseline=False))
    text = section(card("aligner-1", run(gold=alone)), "Gold: 1 reports")
    assert "this model" in text
    assert "the model before" not in text
    assert "no learning" not in text


@pytest.mark.parametrize("whole", [True, False])
def test_the_card_is_whole(gold, whole):
    text = card("aligner-7", everything(gold) if whole else run())
    assert "None" not in text
    assert "nan" not in text
    assert text.endswith(".\n")
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} <= {5, 8}


def test_a_run_that_held_nothing_out_has_a_card():
    nothing = replace(trained(), comparisons=(), before=RowScores(), after=RowScores(), rows=(0, 0))
    empty = Run(Recipe(), 0, (), (), nothing, None, 0.0)
    assert "nan" not in card("aligner-1", empty)
    assert "每 1000 行读对 0 行" in "\n".join(summary(empty))


# --- the summary -----------------------------------------------------------------------------------------------------


def test_the_summary_tells_the_facts_a_line_each(gold):
    lines = summary(everything(gold))
    assert len(lines) == 7
    material, methods, unseen, on_gold, suspect, rejected, dull = lines
    assert "模拟报告 8,000 份" in material
    assert "人工标注报告 34 份（789 行）" in material
    assert "用时 61 秒" in material
    assert "2 种方法" in methods
    assert "perceptron 48-24" in methods
    assert "每 1000 行读对 990 行" in unseen
    assert "有把握的 800 行（80%）里，读错 1 行" in unseen
    assert on_gold == "金标准 2 份：50 个单元格读对 50 个，未标记的错误 0 个，需人工复核 0 个"
    assert all(
        str(part) in suspect for part in (SUSPECT.report, SUSPECT.start, SUSPECT.text, SUSPECT.key, SUSPECT.reason)
    )
    assert REJECTED.name in rejected
    assert REJECTED.reason in rejected
    assert DULL in dull


def test_a_summary_without_gold_and_without_faults():
    lines = summary(run())
    assert len(lines) == 3
    assert not any("金标准" in line for line in lines)


def test_the_summary_is_free_of_programming(gold):
    for line in summary(everything(gold)):
        assert "None" not in line
        assert "\n" not in line


# --- the figures -----------------------------------------------------------------------------------------------------


def test_all_figures_are_data(gold):
    data = json.loads(json.dumps(scores(everything(gold)), ensure_ascii=False))
    assert [item["name"] for item in data["estimators"]] == ["logistic regression", "perceptron 48-24"]
    assert data["estimators"][1] == {
        "name": "perceptron 48-24",
        "rows": 1000,
        "rows_right": 0.99,
        "standard_error": 0.02,
        "log_loss": 0.03,
    }
    assert data["chosen"] == "perceptron 48-24"
    assert data["held_out_rows"] == ROWS._asdict()
    assert data["held_out_rows_before_calibration"]["loss"] == 45.0
    assert data["suspects"] == [SUSPECT._asdict()]
    assert data["rejected"] == [REJECTED._asdict()]
    assert data["unlearnable"] == [DULL]
    assert [item["total"]["cells"] for item in data["gold"]] == [50, 50, 50]


def test_figures_without_gold():
    assert scores(run())["gold"] is None
