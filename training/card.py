"""The model card, and the summary of a training run in words that need no statistics."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from training.annotations import Rejected
from training.evaluate import BASELINE, Evaluation, Result
from training.train import Comparison, Recipe, Trained

_COMPARED = {"model": "this model", "against": "the model before", BASELINE: "no learning"}


class Run(NamedTuple):
    """A training run: what it was made of, what came out, and how it does on gold (None when there is none)."""

    recipe: Recipe
    annotations: int
    rejected: tuple[Rejected, ...]
    unlearnable: tuple[str, ...]
    trained: Trained
    gold: Result | None
    seconds: float


def scores(run: Run) -> dict[str, Any]:
    """All figures of a run as JSON data (``scores.json``)."""
    return {
        "estimators": [_estimator(item) for item in run.trained.comparisons],
        "chosen": run.trained.chosen.name,
        "held_out_rows_before_calibration": run.trained.before._asdict(),
        "held_out_rows": run.trained.after._asdict(),
        "suspects": [suspect._asdict() for suspect in run.trained.suspects],
        "rejected": [item._asdict() for item in run.rejected],
        "unlearnable": list(run.unlearnable),
        "gold": run.gold.to_dict()["evaluations"] if run.gold else None,
    }


def _estimator(item: Comparison) -> dict[str, Any]:
    counts = item.scores
    return {
        "name": item.candidate.name,
        "rows": int(counts.rows),
        "rows_right": round(counts.right_share, 6),
        "standard_error": round(item.standard_error, 6),
        "log_loss": round(counts.mean_loss, 6),
    }


def card(name: str, run: Run) -> str:
    """The model card in Markdown.

    Args:
        name: of the model, ``aligner-N``.
        run: the training run.
    """
    trained, recipe = run.trained, run.recipe
    after = trained.after
    lines = [
        f"# {name}",
        "",
        "Assigns the printed values of a row to the columns of the form, or to none, in annual reports on government information",
        "disclosure (政府信息公开工作年度报告). Part of gongkai; meant for nothing else.",
        "",
        "## Made of",
        "",
        f"- {recipe.reports:,} simulated reports ({trained.rows[0]:,} rows), seed {recipe.seed}",
        f"- {run.annotations} annotated reports ({trained.rows[1]:,} rows); {len(run.rejected)} rejected",
        f"- {len(trained.suspects)} labels were suspect and their rows left out; {len(run.unlearnable)} rows teach nothing",
        "",
        "## Estimators, cross-validated by publisher",
        "",
        "| estimator | rows right | standard error | log loss of a row |",
        "|---|---|---|---|",
        *(
            f"| {item['name']} | {item['rows_right']:.4%} | {item['standard_error']:.4%} | {item['log_loss']:.4f} |"
            for item in map(_estimator, trained.comparisons)
        ),
        "",
        f"Chosen: **{trained.chosen.name}**, for the lowest log loss: a proper score, which punishes wrong certainty most. Each",
        "was fitted on two thirds of the publishers and judged on the third. Tree ensembles are not among them: scikit-learn",
        "would have to evaluate them at run time, and importing it takes longer than reading a report.",
        "",
        "## Calibration, on publishers kept back",
        "",
        f"Rows right in the first place {after.right_share:.3%}; rows read with a confidence of 99 % or more "
        f"{after.sure_share:.1%}, of these right {after.sure_right_share:.3%}.",
        f"Log loss of a row {trained.before.mean_loss:.4f} before calibration, "
        f"{after.mean_loss:.4f} after. Weights: {trained.model.weights._asdict()}.",
        "",
        *_gold(run.gold),
        *_listed(
            "Suspect labels",
            [f"{item.report} {item.start}：“{item.text}” {item.key}。{item.reason}" for item in trained.suspects],
        ),
        *_listed("Rejected annotations", [f"{item.name}：{item.reason}" for item in run.rejected]),
        *_listed("Rows that teach nothing", run.unlearnable),
        "## Limits",
        "",
        "What the simulator does not imitate and nobody annotated, it has not seen. Its confidence is of the place of a value,",
        "not of its digits. Cells that the print does not decide stay undecided and flagged.",
        "",
    ]
    return "\n".join(lines)


def _gold(gold: Result | None) -> list[str]:
    if gold is None:
        return []
    rows = [_gold_row(label, gold.evaluations[key]) for key, label in _COMPARED.items() if key in gold.evaluations]
    return [
        f"## Gold: {len(gold.model.reports)} reports of other publishers",
        "",
        "| | cells | right | silent | flagged | ECE | coverage at 99.9 % |",
        "|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def _gold_row(label: str, found: Evaluation) -> str:
    total, reliable = found.total, found.reliability
    return (
        f"| {label} | {total['cells']} | {total['right']} | {total['silent']} | {total['flagged']} "
        f"| {reliable.calibration_error():.4f} | {reliable.coverage():.2%} |"
    )


def _listed(title: str, items: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *(f"- {item}" for item in items), ""] if items else []


def summary(run: Run) -> list[str]:
    """What a person who annotates wants to know, in Chinese, a line a fact."""
    trained = run.trained
    after = trained.after
    found = [
        f"学习材料：模拟报告 {run.recipe.reports:,} 份，人工标注报告 {run.annotations} 份（{trained.rows[1]:,} 行）；"
        f"用时 {run.seconds:.0f} 秒",
        f"比较了 {len(trained.comparisons)} 种方法，选用 {trained.chosen.name}"
        "（在没有见过的机关的报告上，读法的概率最可信）",
        f"在没有见过的机关的报告上：每 1000 行读对 {1000 * after.right_share:.0f} 行；"
        f"有把握的 {int(after.sure):,} 行（{after.sure_share:.0%}）里，"
        f"读错 {int(after.sure - after.sure_right)} 行",
    ]
    if run.gold:
        total = run.gold.model.total
        found.append(
            f"金标准 {len(run.gold.model.reports)} 份：{total['cells']:,} 个单元格读对 {total['right']:,} 个，"
            f"未标记的错误 {total['silent']} 个，需人工复核 {total['flagged']} 个"
        )
    found += [
        f"可疑标注（未用于学习，请核对）：{item.report} 第 {item.start} 字“{item.text}” {item.key}：{item.reason}"
        for item in trained.suspects
    ]
    found += [f"未采用的标注：{item.name}：{item.reason}" for item in run.rejected]
    found += [f"未采用的行：{item}" for item in run.unlearnable]
    return found
