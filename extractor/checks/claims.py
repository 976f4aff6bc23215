"""What the prose states against the tables, and against itself."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from extractor.checks import Context, finding
from extractor.checks.operands import Printed, by_words, cause_of, figure_of, name, printed, quoted, same_amount
from extractor.fold import fold
from extractor.numbers import figure
from extractor.record import Claim, Finding, Record
from extractor.vocabulary import vocabulary

NEW, OVER, RESULTS, FORWARD = (
    f"requests.{row}.total" for row in ("new_received", "carried_over", "results_total", "carried_forward")
)
_SAME_SIZE, _FEW = 2 / 3, 9
_EQUAL = 1e-6

_HANDLED = re.compile("办理|处理|承办|处置")
_IN_PART = re.compile("办结|答复|回复|按[时期]|及时|办毕")
"""What was finished or answered in time may be a part of what was handled."""


# --- claims against cells --------------------------------------------------------------------------------------------


@by_words
def claims(context: Context) -> Iterator[Finding]:
    """N.claim (《政府信息公开条例》第五十条): a count that the prose states is the one in the table."""
    for claim in _own(context.record.claims):
        yield _compared(context.record, claim)


def _own(found: Iterable[Claim]) -> list[Claim]:
    """The claims on what the report itself counts."""
    return [claim for claim in found if claim.scope == "report"]


def _compared(record: Record, claim: Claim) -> Finding:
    """One claim beside its cell, or beside the sum of its group of rows."""
    there = printed(record, claim.key)
    place, said = name(record, claim.key), f"正文“{quoted(claim.text)}”"
    if there.value is None:
        message = f"{said}：表中{place}缺失、空白或未能确定，无法核对"
        return finding("N.claim", "unverifiable", message, cells=there.cells, where=claim.where)
    same = _is_same(record, claim, there)
    if same:
        return finding("N.claim", "pass", f"{said}：与表中{place}相符", cells=there.cells, where=claim.where)
    if same is None or there.blanks:
        message = f"{said}：表中{place}有空白或单位不明，无法核对"
        return finding("N.claim", "unverifiable", message, cells=there.cells, where=claim.where)
    kind = "各行之和" if len(there.cells) > 1 else ""
    message = f"{said}称 {figure(claim.value)}{claim.unit or ''}，表中{place}{kind}为 {figure_of(record, there)}"
    cause = cause_of(record, there.cells)
    return finding("N.claim", "fail", message, cause=cause, cells=there.cells, where=claim.where)


def _is_same(record: Record, claim: Claim, there: Printed) -> bool | None:
    """Whether a claim has the value of its cells; None when their units don't tell."""
    column = vocabulary().columns.get(there.cells[0])
    if column and column.kind == "amount":
        return same_amount(claim.value, claim.unit, there.value or 0, record.cells[there.cells[0]].unit)
    return abs(claim.value - (there.value or 0)) < _EQUAL


@by_words
def accepted(context: Context) -> Iterator[Finding]:
    """N.accepted (《政府信息公开条例》第五十条): requests accepted are the new ones, or those and the ones carried over.

    Those that were handled (办理) may also be the results.
    """
    record = context.record
    new, over, results = (printed(record, key) for key in (NEW, OVER, RESULTS))
    for claim in _own(context.accepted):
        said = f"正文“{quoted(claim.text)}”"
        words = fold(claim.text).replace("覆", "复")
        handled = bool(_HANDLED.search(words))
        both = (
            new.value + (over.value or 0) if new.value is not None and (over.value is not None or over.blanks) else None
        )
        cells = (NEW, OVER, RESULTS) if handled else (NEW, OVER)
        may_be = (new.value, both, results.value) if handled or _IN_PART.search(words) else (new.value, both)
        if any(value is not None and abs(value - claim.value) < _EQUAL for value in may_be):
            yield finding("N.accepted", "pass", f"{said}：与表中数字相符", cells=cells, where=claim.where)
        elif new.number is None or over.number is None or (handled and results.number is None):
            message = f"{said}：表中相应数字缺失、空白或未能确定，无法核对"
            yield finding("N.accepted", "unverifiable", message, cells=cells, where=claim.where)
        elif _IN_PART.search(words):
            message = f"{said}：可能只是其中一部分，无法核对"
            yield finding("N.accepted", "unverifiable", message, cells=cells, where=claim.where)
        else:
            printed_here = f"新收 {figure(new.number)}、上年结转 {figure(over.number)}"
            printed_here += f"、办理结果总计 {figure(results.number)}" if handled and results.number is not None else ""
            message = f"{said}称 {figure(claim.value)}，表中{printed_here}，都不相符"
            cause = cause_of(record, cells)
            yield finding("N.accepted", "fail", message, cause=cause, cells=cells, where=claim.where)


# --- claims among themselves -----------------------------------------------------------------------------------------


@by_words
def conflicts(context: Context) -> Iterator[Finding]:
    """N.conflict (《政府信息公开条例》第五十条): a count that the prose states twice is the same both times."""
    record = context.record
    stated = sorted(_own((*record.claims, *_near(context.contradicted))), key=lambda claim: claim.key)
    for key, same_key in groupby(stated, key=lambda claim: claim.key):
        first, *others = same_key
        if not others:
            continue
        place = name(record, key)
        odd = next((claim for claim in others if _differ(first, claim)), None)
        if odd:
            message = f"正文对{place}的说法不一：“{quoted(first.text)}”与“{quoted(odd.text)}”"
            yield finding("N.conflict", "fail", message, cause="agency", cells=(key,), where=odd.where)
        else:
            yield finding("N.conflict", "pass", f"正文对{place}的说法一致", cells=(key,), where=first.where)


def _near(contradicted: Iterable[Claim]) -> Iterator[Claim]:
    """Counts of one text that are of the same size: those far apart are rather of two bodies, or of a part."""
    by_key = groupby(sorted(contradicted, key=lambda claim: claim.key), key=lambda claim: claim.key)
    for same_key in (list(claims) for _, claims in by_key):
        values = [claim.value for claim in same_key]
        if len(values) == 2 and (min(values) >= _SAME_SIZE * max(values) or abs(values[0] - values[1]) <= _FEW):
            yield from same_key


def _differ(one: Claim, other: Claim) -> bool:
    """True when two claims can't both be right."""
    if one.unit is None and other.unit is None:
        return abs(one.value - other.value) > _EQUAL
    if vocabulary().columns[one.key].kind != "amount" if one.key in vocabulary().columns else True:
        return abs(one.value - other.value) > _EQUAL
    return same_amount(one.value, one.unit, other.value, other.unit) is False


@by_words
def balance(context: Context) -> Iterator[Finding]:
    """N.balance (表头：第一项加第二项之和，等于第三项加第四项之和): the counts of requests in the prose balance."""
    stated: dict[str, set[float]] = {}
    own = [claim for claim in _own(context.record.claims) if claim.key in (NEW, OVER, RESULTS, FORWARD)]
    for claim in own:
        stated.setdefault(claim.key, set()).add(claim.value)
    if len(stated) < 4:
        return
    cells, where = (NEW, OVER, RESULTS, FORWARD), own[0].where
    if any(len(values) > 1 for values in stated.values()):
        yield finding("N.balance", "unverifiable", "正文的说法不一，无法核对收支平衡", cells=cells, where=where)
        return
    new, over, results, forward = (next(iter(stated[key])) for key in cells)
    sums = f"新收 {figure(new)} 加上年结转 {figure(over)}，办结 {figure(results)} 加结转下年 {figure(forward)}"
    if abs(new + over - results - forward) < _EQUAL:
        yield finding("N.balance", "pass", f"正文：{sums}，相等", cells=cells, where=where)
    else:
        yield finding("N.balance", "fail", f"正文：{sums}，不相等", cause="agency", cells=cells, where=where)
