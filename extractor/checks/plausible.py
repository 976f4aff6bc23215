"""Single cells that can't be, or can hardly be, what the form asks for."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from extractor.checks import Context, finding
from extractor.checks.operands import cause_of, in_yuan, name, parts, same_amount
from extractor.forms import FormColumn
from extractor.numbers import figure
from extractor.record import CellValue, Claim, Finding
from extractor.vocabulary import vocabulary

_EQUAL = 1e-6
_TIMES = 10_000
"""So many 元 are a 万元: by this much an amount is too large when it was filled in in the wrong unit."""

_MADE = frozenset(f"proactive.rules.{column}" for column in ("created", "issued", "repealed", "in_force"))
"""Cells that count rules an agency made; the others count what it put on its website, whoever made it."""

_LOCAL = re.compile(
    r"(?:^|[\u4e00-\u9fff])(?:省|(?<!城)市(?!场)|县|(?<![社小地])区|州|旗|镇|(?<!城)乡(?!村)|街道)(?=[\u4e00-\u9fff])"
)
_CENTRAL = re.compile(r"^(?:中华人民共和国|国务院|国家|中国|中央|最高)")
_OFFICE = re.compile(r"(?:局|厅|委员会|委|办公室|办|中心|分局|支队|大队|管理处|管理所|服务站|档案馆)$")
_OF_GOVERNMENT = re.compile(r"(?:省|市|州|自治区)(?:人民)?政府办(?:公[厅室])?$")
_TOWN = re.compile(r"(?:镇|乡|苏木|街道)(?:人民政府|办事处)?(?:办公室|党政办)?$")
_COUNTY = re.compile(r"(?:县|旗|(?<!自治)区)(?:人民政府)?(?:办公[厅室]|办)?$")
_COMMITTEE = re.compile(r"(?:管理委员会|管委会)$")
_MAKERS = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,8}自治区|[\u4e00-\u9fff]{2,16}自治州|(?:北京|上海|天津|重庆)市)(?:人民政府)(?:办公[厅室])?$"
)


# --- counts ----------------------------------------------------------------------------------------------------------


def counts(context: Context) -> Iterator[Finding]:
    """V.count (国办公开办函〔2021〕30号、〔2019〕60号表格): a count is a whole number, and not below 0."""
    record = context.record
    columns = vocabulary().columns
    no_counts = [
        key for key, cell in record.cells.items() if (value := cell.value) and (value < 0 or value != int(value))
    ]
    for form in vocabulary().forms_of(record.tables):
        own = (key for key in no_counts if parts(key)[0] == form.table)
        odd = [key for key in own if key in columns and columns[key].kind == "count"]
        for key in odd:
            text = record.cells[key].text or figure(record.cells[key].value or 0)
            message = f"{form.title}：{name(record, key)} 为 {text}，不是非负整数"
            where, cause = record.cells[key].where, cause_of(record, (key,))
            yield finding("V.count", "fail", message, cause=cause, cells=(key,), where=where)
        if not odd:
            yield finding("V.count", "pass", f"{form.title}：各项数量均为非负整数")


# --- fees ------------------------------------------------------------------------------------------------------------


class _Money(NamedTuple):
    """A cell with an amount, for which the form prescribes a unit."""

    key: str
    cell: CellValue
    value: int | float
    column: FormColumn


def fee_unit(context: Context) -> Iterator[Finding]:
    """V.fee_unit (国办公开办函〔2021〕30号表格，单位：万元): fees are given in the unit that the form prescribes."""
    amounts = _amounts()
    for key in [key for key in context.record.cells if key in amounts]:
        cell = context.record.cells[key]
        if cell.state == "missing":
            continue
        if cell.value is None or cell.review:
            yield finding("V.fee_unit", "unverifiable", f"{name(context.record, key)}：空白或未能确定", cells=(key,))
        else:
            yield _fee(context, _Money(key, cell, cell.value, amounts[key]))


@cache
def _amounts() -> Mapping[str, FormColumn]:
    """The cells of amounts for which the form prescribes a unit."""
    columns = vocabulary().columns
    return {key: column for key, column in columns.items() if column.kind == "amount" and column.unit}


def _fee(context: Context, money: _Money) -> Finding:
    """One amount: the unit printed beside it, then what the prose says, then its mere size."""
    record, (key, cell, value, column) = context.record, money
    place = f"{name(record, key)} {figure(value)}"
    if not value:
        return finding("V.fee_unit", "pass", f"{place}：单位无误", cells=(key,))
    if cell.unit and in_yuan(cell.unit) != in_yuan(column.unit):
        message = f"{place}：印的单位是“{cell.unit}”，表格规定的单位是“{column.unit}”"
        return finding("V.fee_unit", "fail", message, cause="agency", cells=(key,), where=cell.where)
    claims = [claim for claim in record.claims if claim.key == key and claim.scope == "report" and claim.unit]
    for claim in claims:
        if _is_other_unit(money, claim):
            message = f"{place}{column.unit}：正文称“{claim.text}”，表中的数字像是以元填写的"
            return finding("V.fee_unit", "fail", message, cause="agency", cells=(key,), where=claim.where)
    limit = _largest(record.agency)
    agreed = any(same_amount(value, column.unit, claim.value, claim.unit) for claim in claims)
    if value > limit and not agreed:
        message = f"{place}{column.unit}：数额大得异常，可能是以元填写的"
        found = finding("V.fee_unit", "fail", message, cause="agency", cells=(key,), where=cell.where)
        return found._replace(severity="info")
    return finding("V.fee_unit", "pass", f"{place}{column.unit}：单位无误", cells=(key,))


def _is_other_unit(money: _Money, claim: Claim) -> bool:
    """True when the cell has the digits of the claim's amount, so many times too large."""
    if not claim.value or same_amount(money.value, money.column.unit, claim.value, claim.unit):
        return False
    return bool(same_amount(money.value / _TIMES, money.column.unit, claim.value, claim.unit))


def _largest(agency: str | None) -> float:
    """An amount in 万元 that the fees of such an agency in a year can't reach; those of the whole country are some 40,000,000."""
    if agency and (_TOWN.search(agency) or (_LOCAL.search(agency) and _OFFICE.search(agency))):
        return 100_000
    if agency and (_COUNTY.search(agency) or _COMMITTEE.search(agency)):
        return 1_000_000
    return 10_000_000


# --- rules -----------------------------------------------------------------------------------------------------------


def rules_power(context: Context) -> Iterator[Finding]:
    """V.rules_power (《立法法》（2023年修正）第九十一条、第九十三条): an agency that can't make 规章 reports none of its own.

    Departments of the State Council, provinces, cities with districts and autonomous prefectures make them; a county, a town, or
    a bureau of any of them does not.
    """
    record = context.record
    keys = [key for key in record.cells if key in _MADE]
    if not keys:
        return
    makes = may_make_rules(record.agency)
    some = [key for key in keys if record.cells[key].value]
    certain = tuple(key for key in some if not record.cells[key].review)
    who = record.agency or "报告机关"
    if makes is False and certain:
        made = "、".join(f"{name(record, key)} {record.cells[key].text}" for key in certain)
        message = f"{who}无权制定规章，却报告{made}"
        where = record.cells[certain[0]].where
        yield finding("V.rules_power", "fail", message, cause="agency", cells=certain, where=where)
    elif some and makes is not True:
        yield finding("V.rules_power", "unverifiable", f"{who}能否制定规章，或规章件数，无法确定", cells=tuple(some))
    else:
        yield finding("V.rules_power", "pass", f"{who}：规章件数与其权限相符", cells=tuple(keys))


def may_make_rules(agency: str | None) -> bool | None:
    """Whether an agency can make 规章, as far as its name tells; None when it does not, as for 某市 with districts or without.

    >>> may_make_rules("河北省人民政府"), may_make_rules("青石县水利局"), may_make_rules("句容市人民政府")
    (True, False, None)
    """
    if not agency or _CENTRAL.search(agency):
        return None
    if _MAKERS.search(agency):
        return True
    if _OF_GOVERNMENT.search(agency):
        return None
    if _TOWN.search(agency) or _COUNTY.search(agency) or _COMMITTEE.search(agency):
        return False
    return False if _LOCAL.search(agency) and _OFFICE.search(agency) else None
