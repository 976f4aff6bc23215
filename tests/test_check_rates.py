import json
from collections import Counter

import pytest

from training.check_rates import Case, cases, check_rates, run_case
from training.faults import FAULTS
from training.injections import MISREADING, PRINTING
from training.rate_tables import markdown, rate_tables, show_rates
from training.rates import CheckRates, CodeRate
from training.series_faults import SERIES_FAULTS


@pytest.fixture(scope="module")
def rates():
    told = []
    drawn = [case for case in cases(7, 1) if case.what != "fault" or case.kind in ("N.claim", "V.count")]
    made = check_rates(drawn, progress=lambda: told.append(1))
    assert len(told) == len(drawn)
    return made


def test_cases_are_of_every_kind_in_turn():
    drawn = Counter((case.what, case.kind) for case in cases(28, 3))
    assert {kind: count for (what, kind), count in drawn.items() if what == "printing"} == dict.fromkeys(PRINTING, 4)
    assert {kind: count for (what, kind), count in drawn.items() if what == "misreading"} == dict.fromkeys(
        MISREADING, 7
    )
    assert {kind: count for (what, kind), count in drawn.items() if what == "fault"} == dict.fromkeys(FAULTS, 3)
    assert {kind: count for (what, kind), count in drawn.items() if what == "series"} == dict.fromkeys(SERIES_FAULTS, 3)
    assert len({case.seed for case in cases(28, 3)}) == sum(drawn.values())


def test_errors_are_found_located_and_their_cause_told(rates):
    for what in ("printing", "misreading"):
        total = rates.total(what)
        assert total.errors >= 6
        assert total.seen == total.errors
        assert total.located >= 0.8 * total.errors
        assert total.cause >= 0.8 * total.errors
        assert total.silent == 0
        assert total.unique <= total.first <= total.located
    assert rates.total("misreading").flagged == rates.total("misreading").errors


def test_every_broken_sum_and_nothing_else_is_found(rates):
    sums = [rate for code, rate in rates.codes.items() if code.startswith("T")]
    assert sum(rate.errors for rate in sums) > 10
    assert all(rate.errors == rate.caught == rate.right == rate.fired and not rate.alarmed for rate in sums)
    assert rates.codes["N.claim"].caught == rates.codes["N.claim"].errors == 1
    assert rates.sound["alarmed"] == 0
    assert rates.sound["reports"] >= 14


def test_rates_are_plain_data(rates):
    data = json.loads(json.dumps(rates.to_dict()))
    assert data["codes"]["T4.total"]["recall"] == 1.0
    assert data["codes"]["T4.total"]["false_alarms"] == 0.0
    assert data["total"]["printing"]["located_share"] <= 1
    assert data["seconds"]["median"] <= data["seconds"]["p95"] <= data["seconds"]["most"]
    assert "input.format" not in data["codes"]


def test_the_same_case_gives_the_same_rates():
    case = Case("printing", "cells swapped", 12)
    one, other = (run_case(case).to_dict() | {"seconds": 0} for _ in range(2))
    assert one == other


def test_counts_of_several_workers_are_added():
    one, other = CheckRates(), CheckRates()
    one.fault("N.claim", {"N.claim": 2, "N.fee": 1, "N.balance": 1}, ("N.balance",))
    other.fault("N.claim", {}, ())
    other.passed_over(["N.claim"], {"N.claim"})
    one.merge(other)
    assert one.codes["N.claim"] == CodeRate(errors=2, caught=1, fired=2, right=2, reports=1, alarmed=1)
    assert one.codes["N.fee"] == CodeRate(fired=1)
    assert "N.balance" not in one.codes
    assert one.codes["N.claim"].to_dict()["recall"] == 0.5
    assert one.codes["N.fee"].to_dict()["recall"] is None


def test_the_tables_have_a_row_for_each_check_and_each_kind(rates, capsys):
    codes, kinds = rate_tables(rates)
    assert [row[0] for row in codes.rows] == list(rates.measured())
    assert {row[0] for row in kinds.rows} == {*rates.kinds, "all: printing", "all: misreading"}
    show_rates(rates)
    assert "T4.total" in capsys.readouterr().out
    lines = markdown(rates).splitlines()
    assert f"| {' | '.join(codes.heads)} |" in lines
    assert any(line.startswith("| T4.total | ") for line in lines)


def test_tables_of_nothing():
    assert markdown(CheckRates()).count("|") > 10
