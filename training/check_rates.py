"""What the checks are worth: of each how much it finds, how much of that is right, and how often it fails on a sound report.

Each case is made from a sound report (:mod:`training.sound`) in a clean print:

- The report as it is: whatever fails is a false alarm.
- *printing*: one number, pair or row of a table is printed wrong (:data:`~training.injections.PRINTING`). The sums that then fail
  must be found, with the right cells and the cause ``agency``.
- *misreading*: the record is changed as if we had misread it (:data:`~training.injections.MISREADING`): the cause is ``misread``.
- *fault*: what another check must find (:data:`~training.faults.FAULTS`).
- *series*: what a check across reports must find (:data:`~training.series_faults.SERIES_FAULTS`).

Errors are only put into prints that are read without any doubt, so that what is measured is the audit and not the reading.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from random import Random
from typing import NamedTuple

import joblib

from extractor.audit import examine
from extractor.check import check_relations
from extractor.checks import Context, catalogue
from extractor.forms import FormTable
from extractor.pipeline import extract
from extractor.record import Correction, Finding, Record
from extractor.vocabulary import vocabulary
from training.faults import FAULTS
from training.injections import MISREADING, PRINTING, Injected, misread, print_error
from training.rates import CheckRates, KindRate
from training.series_faults import SERIES_FAULTS, neighbours
from training.sheets import Sheet
from training.sound import CLEAN, Value, as_read, sound_sheet
from training.styles import STYLES

SEED = 70_000_000
_TRIES = 8


class Case(NamedTuple):
    """One report: ``what`` is ``printing``, ``misreading``, ``fault`` or ``series``; ``kind`` names the error."""

    what: str
    kind: str
    seed: int


# --- cases -----------------------------------------------------------------------------------------------------------


def cases(count: int, faults: int) -> list[Case]:
    """``count`` printing errors and ``count`` misreadings, all kinds of each in turn, and ``faults`` of each other fault."""
    drawn: list[Case] = []
    for place, (what, kinds) in enumerate((("printing", tuple(PRINTING)), ("misreading", tuple(MISREADING)))):
        drawn += [Case(what, kinds[n % len(kinds)], SEED + 1_000_000 * place + 97 * n) for n in range(count)]
    others = [*(("fault", code) for code in FAULTS), *(("series", code) for code in SERIES_FAULTS)]
    for place, (what, code) in enumerate(others, start=2):
        drawn += [Case(what, code, SEED + 1_000_000 * place + 97 * n) for n in range(faults)]
    return drawn


def check_rates(drawn: Sequence[Case], *, jobs: int = 1, progress: Callable[[], None] | None = None) -> CheckRates:
    """Measure the checks.

    Args:
        drawn: the cases, see :func:`cases`. The sound reports that they are made from are measured as well.
        jobs: processes.
        progress: called after each case.
    """
    rates = CheckRates()
    for one in joblib.Parallel(n_jobs=jobs, return_as="generator")(joblib.delayed(run_case)(case) for case in drawn):
        rates.merge(one)
        if progress:
            progress()
    return rates


def run_case(case: Case) -> CheckRates:
    """The rates of one case."""
    rates = CheckRates()
    random = Random(case.seed)
    if case.what == "series":
        _series(case, random, rates)
        return rates
    for sheet, style, record in _clear(random, rates, telling=case.what == "misreading"):
        if case.what == "fault":
            done = _fault(case, sheet, style, random, rates)
        elif case.what == "printing":
            done = _printing(case, sheet, style, random, rates)
        else:
            done = _misreading(case, record, random, rates)
        if done:
            break
    return rates


def _clear(random: Random, rates: CheckRates, *, telling: bool) -> Iterator[tuple[Sheet, str, Record]]:
    """Sound reports that are read without any doubt, with the style of their print; false alarms on all are counted."""
    for _ in range(_TRIES):
        sheet, style = sound_sheet(random, telling=telling), random.choice(CLEAN)
        record = _read(sheet, style)
        failed = {finding.code for finding in _failed(record.findings)}
        rates.passed_over(_of_one_report(), failed)
        doubtful = any(cell.review for cell in record.cells.values())
        rates.sound.update(reports=1, alarmed=int(bool(failed)), doubtful=int(doubtful))
        if not doubtful and not failed:
            yield sheet, style, record


def _read(sheet: Sheet, style: str) -> Record:
    """A printed sheet, read by the whole program; the print does not depend on chance."""
    return extract(STYLES[style](sheet, Random(style)).text.encode(), f"{style}.txt")


@cache
def _of_one_report() -> frozenset[str]:
    """The codes of all checks of one report."""
    return frozenset(code for code, check in catalogue().items() if check.scope != "series")


def _fault(case: Case, sheet: Sheet, style: str, random: Random, rates: CheckRates) -> bool:
    fault = FAULTS[case.kind]
    faulty = fault.put(sheet, random)
    if faulty is None:
        return False
    rates.fault(case.kind, Counter(finding.code for finding in _failed(_read(faulty, style).findings)), fault.also)
    return True


def _series(case: Case, random: Random, rates: CheckRates) -> None:
    """A fault in one of several reports."""
    fault = SERIES_FAULTS[case.kind]
    for _ in range(_TRIES):
        sound = neighbours(sound_sheet(random, telling=False), random)
        rates.passed_over(SERIES_FAULTS, sound.failed())
        if faulty := fault.put(sound):
            rates.fault(case.kind, Counter(faulty.failed()), fault.also)
            return


# --- errors in the tables --------------------------------------------------------------------------------------------


def _printing(case: Case, sheet: Sheet, style: str, random: Random, rates: CheckRates) -> bool:
    drawn = print_error(sheet, random, case.kind)
    if drawn is None:
        return False
    faulty, injected = drawn
    record = _read(faulty, style)
    _timed(record, rates)
    form = next(table.form for table in faulty.tables if table.form.table == injected.table)
    truth = {key: value for key, value in faulty.truth.items() if key in record.cells}
    rate = rates.kind(case.kind, case.what, injected.hidden)
    rate.flagged += any(cell.review for cell in record.cells.values())
    rate.silent += any(record.cells[key].value != truth[key] and not record.cells[key].review for key in truth)
    _grade(record, form, faulty.truth, injected, rate, rates)
    return True


def _misreading(case: Case, record: Record, random: Random, rates: CheckRates) -> bool:
    drawn = misread(record, random, case.kind)
    if drawn is None:
        return False
    changed, injected = drawn
    read = _timed(changed, rates)
    form = next(form for form in vocabulary().family(injected.table).forms if form.form == read.tables[injected.table])
    rate = rates.kind(case.kind, case.what, injected.hidden)
    wrong = [read.cells[key] for key in injected.given]
    rate.flagged += all(cell.review for cell in wrong)
    rate.silent += any(not cell.review for cell in wrong)
    _grade(read, form, {key: cell.value for key, cell in read.cells.items()}, injected, rate, rates)
    return True


def _timed(record: Record, rates: CheckRates) -> Record:
    """The audit of a record once more, with what it takes."""
    begun = time.perf_counter()
    audited = examine(Context(record))
    rates.seconds.append(time.perf_counter() - begun)
    return audited


def _grade(
    record: Record, form: FormTable, values: Mapping[str, Value], injected: Injected, rate: KindRate, rates: CheckRates
) -> None:
    """Compare what was found with what was put in.

    Args:
        record: as audited.
        form: the form of the table with the error.
        values: what the table holds, the error included.
        injected: the error.
        rate: of its kind.
        rates: of the checks.
    """
    broken = {(item.code, item.cells) for item in _failed(check_relations(form, as_read(form, values)))}
    own = [item for item in _failed(record.findings) if item.code in form.relation_codes]
    found = {(item.code, item.cells) for item in own}
    for code, cells in broken:
        rates.code(code).errors += 1
        rates.code(code).caught += (code, cells) in found
    for item in _failed(record.findings):
        rates.code(item.code).fired += 1
        rates.code(item.code).right += (item.code, item.cells) in broken
    seen = [item for item in own if (item.code, item.cells) in broken]
    lists = [item.corrections for item in seen if item.corrections]
    rate.seen += bool(seen)
    rate.located += any(_restores(one, values, injected) for each in lists for one in each)
    rate.first += any(_restores(each[0], values, injected) for each in lists)
    rate.unique += any(len(each) == 1 and _restores(each[0], values, injected) for each in lists)
    right = "agency" if rate.what == "printing" else "misread"
    rate.cause += bool(seen) and all(item.cause == right for item in seen)


def _failed(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.outcome == "fail"]


def _restores(correction: Correction, values: Mapping[str, Value], injected: Injected) -> bool:
    """True when a correction makes of the wrong cells what they should hold, and touches no other; a blank counts as 0."""
    changed = dict(correction)
    return changed.keys() <= injected.true.keys() and all(
        (changed.get(key, values[key]) or 0) == (value or 0) for key, value in injected.true.items()
    )
