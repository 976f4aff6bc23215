"""Files made or broken to harm: each gives a record or an error code, within the limits, and nothing crashes."""

from collections import Counter

import pytest
from helpers_hostile import attempt, attempt_mutation, bombs, originals

from extractor.workers import Lost, Workers

MUTATIONS = 2_000
SECONDS = 20.0
MEMORY = 1_500_000_000


def test_mutated_files_of_every_format():
    forms = sorted(originals())
    tasks = [(forms[number % len(forms)], number) for number in range(MUTATIONS)]
    with Workers(2, SECONDS, MEMORY) as workers:
        results = list(workers.map(attempt_mutation, tasks))
    lost = [task for task, result in zip(tasks, results, strict=True) if isinstance(result, Lost)]
    assert lost == []
    codes = Counter(code for code, _ in results)
    assert codes["ok"] > MUTATIONS / 10  # they are not all turned away at the door
    assert len(codes) > 5
    assert all(code == "ok" or code.startswith(("input.", "limit.", "extra.")) for code in codes), codes


@pytest.fixture(scope="module")
def results_of_bombs():
    with Workers(2, SECONDS, MEMORY) as workers:
        return dict(zip(bombs(), workers.map(attempt, bombs().values()), strict=True))


@pytest.mark.parametrize("name", sorted(bombs()))
def test_bombs(name, results_of_bombs):
    result = results_of_bombs[name]
    assert not isinstance(result, Lost), result
    code, seconds = result
    assert code == "ok" or code.startswith(("input.", "limit.", "extra."))
    assert seconds < SECONDS
