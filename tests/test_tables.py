from collections import Counter

import pytest
from helpers_runs import small, write_ignorant_model

from training.evaluate import Models, evaluate
from training.tables import errors, show_result


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    other = write_ignorant_model(tmp_path_factory.mktemp("models"))
    return evaluate([small()], Models(against=other))


def test_all_parts_of_a_result_are_printed(result, capsys):
    show_result(result, "gold standard")
    out = capsys.readouterr().out
    assert "gold standard" in out
    for name in (
        "model (",
        "against (",
        "baseline (baseline)",
        "proactive.in_force",
        "pipe-rows",
        "disputes",
        "1 of 1",
    ):
        assert name in out
    assert "100.0000%" in out
    assert f"{len(result.disagreements)} differences" in out


def test_every_difference_is_a_line(result, capsys):
    show_result(result, "gold")
    out = capsys.readouterr().out.partition("differences")[2]
    assert sum(item.key in out for item in result.disagreements) == len(result.disagreements)


def test_errors_are_cells_that_are_not_right():
    assert errors(Counter(cells=9, right=3, wrong=1, missed=2, extra=3, over=5)) == 6
