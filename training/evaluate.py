"""Evaluation: what a model reads right, wrong and silently wrong, beside a baseline and beside another model.

Counts are summed over all cells first, ratios are taken last. Every aligner gets the same labelled rows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import joblib

from extractor.errors import InputError
from extractor.pipeline import Report, RowAligner, decide, find_rows, load_aligner
from training.annotations import STRAY, Annotation
from training.baseline import OrderAligner
from training.layouts import DAMAGES, SEVERITIES
from training.reliability import Reliability
from training.scoring import KINDS, Outcome, outcomes, placements, row_heads
from training.simulate import simulated_report
from training.styles import SEPARATING, STYLES

BASELINE = "baseline"
SEED = 40_000_000
"""Simulated reports for evaluation are drawn from seeds from here on; training uses others."""

DIMENSIONS = ("table", "row", "column", "layout", "state", "damage", "severity")


class ReportScore(NamedTuple):
    """One report: the cells it prints, right, right unflagged, silently wrong; and values given for cells it does not print."""

    name: str
    layouts: tuple[str, ...]
    cells: int
    right: int
    accepted: int
    silent: int
    extra: int

    @property
    def exact(self) -> bool:
        """Every cell is right, and none is given that is not printed or not decided."""
        return self.right == self.cells and not self.extra and not self.silent


class Disagreement(NamedTuple):
    """A cell that two models read differently: what is printed, what each gives, and whether it flags it."""

    report: str
    key: str
    want: float | None
    got: float | None
    flagged: bool
    other: float | None
    other_flagged: bool


@dataclass
class Evaluation:
    """The scores of one aligner.

    Attributes:
        name: of the aligner.
        total: counts of cells by kind, and ``cells``, ``silent``, ``flagged``, ``accepted`` (right without a flag), ``support``
            (numbers printed), ``given`` (numbers read), ``hit`` (numbers read right).
        by: the same for each name of each of :data:`DIMENSIONS`.
        reports: each report.
        rows: rows that hold values, and those of which every cell is right (``exact``).
        heads: rows with marked values, and those found under their own header (``right``).
        confusion: how often a value of one column was read into another, :data:`STRAY` for none.
        reliability: what confidences are worth.
    """

    name: str
    total: Counter[str] = field(default_factory=Counter)
    by: dict[str, dict[str, Counter[str]]] = field(default_factory=lambda: {dimension: {} for dimension in DIMENSIONS})
    reports: list[ReportScore] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    heads: Counter[str] = field(default_factory=Counter)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    reliability: Reliability = field(default_factory=Reliability)

    def add(self, outcome: Outcome, names: Mapping[str, Sequence[str]]) -> None:
        """Count a cell, in total and under the names it has in each dimension."""
        counts = _counts(outcome)
        self.total.update(counts)
        for dimension, own in names.items():
            for name in own:
                self.by[dimension].setdefault(name, Counter()).update(counts)
        if outcome.kind != "over":
            self.reliability.add(outcome.confidence, outcome.guess_right)

    def merge(self, other: "Evaluation") -> None:
        """Add the counts of other reports."""
        self.total.update(other.total)
        for dimension, names in other.by.items():
            for name, counts in names.items():
                self.by[dimension].setdefault(name, Counter()).update(counts)
        self.reports += other.reports
        for own, more in ((self.rows, other.rows), (self.heads, other.heads)):
            own.update(more)
        self.confusion.update(other.confusion)
        self.reliability.merge(other.reliability)

    def to_dict(self) -> dict[str, Any]:
        """The scores as JSON data."""
        return {
            "name": self.name,
            "total": with_ratios(self.total),
            "reports": len(self.reports),
            "exact_reports": sum(report.exact for report in self.reports),
            "rows": self.rows["rows"],
            "exact_rows": self.rows["exact"],
            "row_headers": self.heads["rows"],
            "row_headers_right": self.heads["right"],
            "reliability": self.reliability.to_dict(),
            "by": {
                dimension: {name: with_ratios(counts) for name, counts in sorted(names.items())}
                for dimension, names in self.by.items()
            },
            "confusion": [[true, read, count] for (true, read), count in sorted(self.confusion.items())],
            "each_report": [report._asdict() for report in self.reports],
        }


def _counts(outcome: Outcome) -> dict[str, int]:
    found = {
        "cells": outcome.kind != "over",
        outcome.kind: True,
        "silent": outcome.silent,
        "flagged": outcome.flagged,
        "accepted": outcome.kind == "right" and not outcome.flagged,
        "support": outcome.want is not None,
        "given": outcome.got is not None,
        "hit": outcome.kind == "right" and outcome.want is not None,
    }
    return {name: int(value) for name, value in found.items()}


def with_ratios(counts: Mapping[str, int]) -> dict[str, float]:
    """Counts, and the ratios that follow: share right, errors, precision, recall and F1 of numbers."""

    def ratio(part: float, whole: float) -> float:
        return round(part / whole, 6) if whole else 1.0

    precision = ratio(counts.get("hit", 0), counts.get("given", 0))
    recall = ratio(counts.get("hit", 0), counts.get("support", 0))
    return {
        **{name: int(counts.get(name, 0)) for name in ("cells", *KINDS, "silent", "flagged", "accepted", "support")},
        "right_share": ratio(counts.get("right", 0), counts.get("cells", 0)),
        "accepted_share": ratio(counts.get("accepted", 0), counts.get("cells", 0)),
        "precision": precision,
        "recall": recall,
        "f1": ratio(2 * precision * recall, precision + recall),
    }


@dataclass
class Result:
    """The evaluations of several aligners on the same reports, the model first, and where it differs from ``against``."""

    evaluations: dict[str, Evaluation]
    disagreements: list[Disagreement] = field(default_factory=list)

    @property
    def model(self) -> Evaluation:
        """The evaluation of the model."""
        return next(iter(self.evaluations.values()))

    def merge(self, other: "Result") -> None:
        """Add other reports."""
        for name, evaluation in other.evaluations.items():
            if name in self.evaluations:
                self.evaluations[name].merge(evaluation)
            else:
                self.evaluations[name] = evaluation
        self.disagreements += other.disagreements

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON data."""
        return {
            "evaluations": [evaluation.to_dict() for evaluation in self.evaluations.values()],
            "disagreements": [item._asdict() for item in self.disagreements],
        }


class Models(NamedTuple):
    """What is evaluated: folders of models (None: the promoted one), and whether the baseline is."""

    model: Path | None = None
    against: Path | None = None
    baseline: bool = True

    def aligners(self) -> dict[str, RowAligner]:
        """The aligners by name, the model first."""
        found: dict[str, RowAligner] = {"model": load_aligner(self.model)}
        if self.against:
            found["against"] = load_aligner(self.against)
        if self.baseline:
            found[BASELINE] = OrderAligner()
        return found


def evaluate(
    annotations: Iterable[Annotation], models: Models, *, jobs: int = 1, progress: Callable[[], None] | None = None
) -> Result:
    """Evaluate on annotated reports.

    Args:
        annotations: the gold reports.
        models: what to evaluate.
        jobs: processes.
        progress: called after each report.
    """
    return _collect((joblib.delayed(_evaluate_one)(item, models) for item in annotations), jobs, progress)


class Case(NamedTuple):
    """A simulated report to evaluate: its damage (empty for none), severity by name, and seed."""

    damage: str
    severity: str
    seed: int


def benchmark_cases(reports: int) -> list[Case]:
    """The damage benchmark: so many reports of every operator, and of no damage, at every severity."""
    return [
        Case(damage, severity, SEED + 1_000_003 * place + 10_007 * step + number)
        for place, damage in enumerate(("", *DAMAGES))
        for step, severity in enumerate(SEVERITIES)
        for number in range(reports)
    ]


def evaluate_simulated(
    cases: Sequence[Case], models: Models, *, jobs: int = 1, progress: Callable[[], None] | None = None
) -> Result:
    """Evaluate on simulated reports with seeds that training does not use; each case is in a random style."""
    return _collect((joblib.delayed(_evaluate_case)(case, models) for case in cases), jobs, progress)


def simulated_case(case: Case) -> Annotation:
    """The report of a case, with what it does not decide listed as ambiguous."""
    damages = (case.damage,) if case.damage else ()
    adds = any(DAMAGES[name].adds for name in damages)
    style = Random(case.seed).choice(SEPARATING if adds else tuple(STYLES))
    return simulated_report(case.seed, style, damages, SEVERITIES[case.severity], graded=True)


def _collect(tasks: Iterable[Any], jobs: int, progress: Callable[[], None] | None) -> Result:
    result = Result({})
    for one in joblib.Parallel(n_jobs=jobs, return_as="generator")(tasks):
        result.merge(one)
        if progress:
            progress()
    return result


def _evaluate_case(case: Case, models: Models) -> Result:
    annotation = simulated_case(case)
    extra = {"damage": (case.damage or "none",), "severity": (case.severity,)}
    return _evaluate_one(annotation, models, extra, layouts=annotation.layouts[:1])


def _evaluate_one(
    annotation: Annotation,
    models: Models,
    names: Mapping[str, Sequence[str]] | None = None,
    layouts: Sequence[str] | None = None,
) -> Result:
    try:
        report = find_rows(annotation.data, annotation.name, year=annotation.year)
    except InputError:  # refused: every cell is missed, with a flag
        report = None
    shared = {"layout": annotation.layouts if layouts is None else layouts, **(names or {})}
    result = Result({})
    found: dict[str, dict[str, Outcome]] = {}
    for name, aligner in models.aligners().items():
        evaluation = Evaluation(aligner.id)
        found[name] = _score(annotation, report, aligner, shared, evaluation)
        result.evaluations[name] = evaluation
    if "against" in found:
        result.disagreements = list(_disagreements(annotation.name, found["model"], found["against"]))
    return result


def _score(
    annotation: Annotation,
    report: Report | None,
    aligner: RowAligner,
    shared: Mapping[str, Sequence[str]],
    evaluation: Evaluation,
) -> dict[str, Outcome]:
    record = decide(report, aligner, year=annotation.year) if report else None
    found = {outcome.key: outcome for outcome in outcomes(annotation, record)}
    rows: dict[str, bool] = {}
    for outcome in found.values():
        table, row, column = outcome.key.split(".")
        evaluation.add(
            outcome, {**shared, "table": (table,), "row": (f"{table}.{row}",), "column": (f"{table}.{column}",),
                      "state": (outcome.state,)},
        )  # fmt: skip
        if outcome.state not in ("absent", "ambiguous"):
            rows[row] = rows.get(row, True) and outcome.kind == "right"
    evaluation.rows.update(rows=len(rows), exact=sum(rows.values()))
    heads = row_heads(annotation, report.tables if report else ())
    evaluation.heads.update(rows=heads.rows, right=heads.right)
    for place in placements(annotation, record):
        evaluation.confusion[_column(place.true), _column(place.read)] += 1
    counts = evaluation.total
    absent = sum(outcome.state == "absent" for outcome in found.values())
    evaluation.reports.append(
        ReportScore(
            annotation.name, annotation.layouts, counts["cells"] - absent,
            counts["right"], counts["accepted"], counts["silent"], absent,
        )
    )  # fmt: skip
    return found


def _column(key: str) -> str:
    table, _, rest = key.partition(".")
    return f"{table}.{rest.partition('.')[2]}" if rest else STRAY


def _disagreements(name: str, found: Mapping[str, Outcome], other: Mapping[str, Outcome]) -> Iterable[Disagreement]:
    for key in sorted({*found, *other}):
        one, two = found.get(key), other.get(key)
        got, flagged = (one.got, one.flagged) if one else (None, True)
        other_got, other_flagged = (two.got, two.flagged) if two else (None, True)
        if (got, flagged) != (other_got, other_flagged):
            want = one.want if one else two.want if two else None
            yield Disagreement(name, key, want, got, flagged, other_got, other_flagged)
