from random import Random

import pytest

from extractor import extract
from training.faults import FAULTS
from training.series_faults import SERIES_FAULTS, neighbours
from training.sound import sound_sheet
from training.styles import STYLES


def faulty(code):
    """The first sheet that offers an occasion for a fault, before and after."""
    for seed in range(60):
        sheet = sound_sheet(Random(seed), telling=False)
        made = FAULTS[code].put(sheet, Random(seed))
        if made:
            return sheet, made
    raise AssertionError(code)


def failed(sheet):
    made = extract(STYLES["tsv_grid"](sheet, Random(1)).text.encode())
    return {finding.code for finding in made.findings if finding.outcome == "fail"}


def test_a_fault_is_put_into_a_sound_report():
    for code in FAULTS:
        before, after = faulty(code)
        assert after != before
    assert failed(before) == set()


@pytest.mark.parametrize("code", ["N.claim", "V.count", "S.form", "table.incomplete"])
def test_the_check_of_a_fault_fails_and_no_other(code):
    assert {code} <= failed(faulty(code)[1]) <= {code, *FAULTS[code].also}


def test_a_fault_may_find_no_occasion():
    quiet = next(
        sheet
        for sheet in (sound_sheet(Random(seed), telling=False) for seed in range(60))
        if sheet.truth["requests.carried_forward.total"] == 0
    )
    assert FAULTS["N.all_finished"].put(quiet, Random(1)) is None


@pytest.mark.parametrize("seed", range(8))
def test_sound_neighbours_agree(seed):
    sheet = sound_sheet(Random(seed), telling=False)
    assert neighbours(sheet, Random(seed)).failed() == set()


@pytest.mark.parametrize("code", SERIES_FAULTS)
def test_the_check_of_a_fault_across_reports_fails(code):
    found = []
    for seed in range(12):
        random = Random(seed)
        made = SERIES_FAULTS[code].put(neighbours(sound_sheet(random, telling=False), random))
        if made:
            found.append(made.failed())
    assert found
    assert sum(code in own for own in found) > len(found) / 2
    assert set().union(*found) <= {code, *SERIES_FAULTS[code].also}
