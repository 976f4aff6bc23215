"""Simulated reports through the whole program with the packaged model."""

import pytest

from extractor import extract
from training.scoring import outcomes
from training.simulate import simulated_report
from training.styles import SEPARATING, STYLES

SEEDS = range(5_000_006, 5_000_031)  # far from those that the packaged model was trained on


@pytest.mark.parametrize("style", STYLES)
def test_no_cell_of_an_undamaged_report_is_wrong_without_a_flag(style):
    flagged = total = 0
    for seed in SEEDS:
        report = simulated_report(seed, style, [], 0.0)
        cells = extract(report.data, style).cells
        total += len(report.truth)
        flagged += sum(cell.review for cell in cells.values())
        for key, cell in cells.items():
            assert cell.review or cell.value == report.truth.get(key), (seed, key)
    if style in SEPARATING:
        assert flagged < 0.5 * total


@pytest.mark.parametrize("style", ["tsv_grid", "pipe_rows", "cr_run_text"])
def test_undamaged_reports_that_show_everything_are_read(style):
    found = [
        outcome
        for seed in SEEDS
        for report in [simulated_report(seed, style, [], 0.0)]
        for outcome in outcomes(report, extract(report.data, style))
    ]
    assert sum(outcome.kind == "right" for outcome in found) > 0.97 * len(found)
    assert [outcome for outcome in found if outcome.silent] == []
