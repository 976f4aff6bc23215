"""Simulated reports through the whole program with the packaged model."""

import pytest

from extractor import extract
from training.scoring import outcomes
from training.simulate import simulated_report
from training.styles import SEPARATING, STYLES

SEEDS = range(5_000_006, 5_000_018)  # far from those that the packaged model was trained on
PLAIN = ("tsv_grid", "pipe_rows", "cr_run_text")


@pytest.mark.parametrize("style", STYLES)
def test_no_cell_of_an_undamaged_report_is_wrong_without_a_flag(style):
    flagged = right = total = 0
    for seed in SEEDS:
        report = simulated_report(seed, style, [], 0.0)
        record = extract(report.data, style)
        total += len(report.truth)
        flagged += sum(cell.review for cell in record.cells.values())
        right += sum(outcome.kind == "right" for outcome in outcomes(report, record))
        for key, cell in record.cells.items():
            assert cell.review or cell.value == report.truth.get(key), (seed, key)
    if style in SEPARATING:
        assert flagged < 0.55 * total
    if style in PLAIN:
        assert right > 0.97 * total
