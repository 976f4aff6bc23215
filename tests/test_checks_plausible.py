import pytest
from helpers_checks import BLANK, DASH, MISSING, claim, context, number, only, outcomes, zeros

from extractor.checks.plausible import counts, fee_unit, may_make_rules, rules_power

FEES = "proactive.fees.amount"
ISSUED = "proactive.rules.issued"

# --- counts ----------------------------------------------------------------------------------------------------------


def test_whole_numbers_pass_once_a_table():
    cells = zeros("proactive") | zeros("requests") | {FEES: number(24.5, unit="万元"), ISSUED: BLANK}
    found = list(counts(context(cells, tables={"proactive": "2021", "requests": "2021", "disputes": None})))
    assert outcomes(found) == [("V.count", "pass")] * 2


@pytest.mark.parametrize("value", [-3, 2.5, -0.5])
def test_a_count_that_is_none_fails_with_its_place(value):
    key = "proactive.permits.decisions"
    cells = zeros("proactive") | {key: number(value, line=7)}
    finding = only(counts(context(cells, tables={"proactive": "2021"})))
    assert (finding.outcome, finding.severity, finding.cause, finding.cells) == ("fail", "error", "agency", (key,))
    assert finding.where.line == 7
    assert "行政许可·本年处理决定数量" in finding.message
    assert str(value) in finding.message


def test_a_doubtful_count_may_be_misread():
    cells = zeros("requests") | {"requests.granted.total": number(-3, review=True)}
    assert only(counts(context(cells, tables={"requests": "2021"}))).cause == "unknown"


def test_changes_and_amounts_are_no_counts():
    cells = zeros("proactive", "2019") | {
        "proactive.permits.change": number(-417),
        "proactive.fees.change": number(-3),
        "proactive.procurement.amount": number(160.5964, unit="万元"),
    }
    finding = only(counts(context(cells, tables={"proactive": "2019"})))
    assert (finding.code, finding.outcome) == ("V.count", "pass")


def test_what_is_not_there_is_no_count():
    cells = dict.fromkeys(zeros("disputes"), MISSING)
    assert only(counts(context(cells, tables={"disputes": "2021"}))).outcome == "pass"
    assert list(counts(context(tables={}))) == []


# --- fees ------------------------------------------------------------------------------------------------------------


def fees(cell, **more):
    """The only finding on the amount of fees."""
    return only(fee_unit(context({FEES: cell}, **more)))


@pytest.mark.parametrize("value", [0, 24.5, 13191.8241, 24074, 48012.6, 999_999])
def test_fees_of_a_county_pass(value):
    finding = fees(number(value, unit="万元"), agency="孟津区人民政府")
    assert (finding.code, finding.outcome, finding.severity) == ("V.fee_unit", "pass", "info")


@pytest.mark.parametrize("unit", ["万", "万元"])
def test_the_unit_of_the_form_in_other_words(unit):
    assert fees(number(12, unit=unit)).outcome == "pass"


def test_fees_printed_in_yuan_fail():
    finding = fees(number(1254370.5, unit="元", line=9))
    assert (finding.outcome, finding.severity, finding.cause, finding.cells) == ("fail", "warning", "agency", (FEES,))
    assert finding.where.line == 9
    assert "“元”" in finding.message
    assert "1254370.5" in finding.message


def test_no_fees_have_no_wrong_unit():
    assert fees(number(0, unit="元")).outcome == "pass"


@pytest.mark.parametrize(
    ("value", "stated", "unit", "outcome"),
    [
        (245000, 24.5, "万元", "fail"),
        (245000, 245000, "元", "fail"),
        (24.5, 245000, "元", "pass"),
        (24.5, 24.5, "万元", "pass"),
        (24.5, 25, "万元", "pass"),  # another amount, but not by the unit: that is for N.claim
        (24.5, 3, "万元", "pass"),
        (245000, 0, "元", "pass"),
    ],
)
def test_fees_against_the_prose(value, stated, unit, outcome):
    finding = fees(number(value, unit="万元"), agency="青石县人民政府", claims=[claim(FEES, stated, "收费", unit=unit)])
    assert finding.outcome == outcome
    assert ("正文称“收费”" in finding.message) == (outcome == "fail")


def test_what_another_body_collected_is_not_compared():
    told = claim(FEES, 24.5, unit="万元", scope="other")
    assert fees(number(245000, unit="万元"), agency="青石县人民政府", claims=[told]).outcome == "pass"


@pytest.mark.parametrize(
    ("agency", "value", "outcome"),
    [
        ("柳溪街道办事处", 99_000, "pass"),
        ("柳溪街道办事处", 120_000, "fail"),
        ("青石县水利局", 1_254_370, "fail"),
        ("青石县人民政府", 999_000, "pass"),
        ("青石县人民政府", 1_254_370, "fail"),
        ("河北省人民政府", 9_000_000, "pass"),
        (None, 9_000_000, "pass"),
        (None, 40_000_000, "fail"),
    ],
)
def test_mere_size_is_only_information(agency, value, outcome):
    finding = fees(number(value, unit="万元"), agency=agency)
    assert (finding.outcome, finding.severity) == (outcome, "info")


def test_an_amount_that_the_prose_confirms_is_not_too_large():
    told = claim(FEES, 12, unit="亿元")
    assert fees(number(120_000, unit="万元"), agency="柳溪街道办事处", claims=[told]).outcome == "pass"


@pytest.mark.parametrize("cell", [BLANK, DASH, number(1254370.5, unit="元", review=True)])
def test_fees_that_are_not_sure_are_unverifiable(cell):
    finding = fees(cell)
    assert (finding.outcome, finding.cells) == ("unverifiable", (FEES,))


def test_amounts_without_a_prescribed_unit_are_left_alone():
    assert list(fee_unit(context({"proactive.procurement.amount": number(5, unit="元"), FEES: MISSING}))) == []


# --- rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agency", "makes"),
    [
        ("河北省人民政府", True),
        ("广西壮族自治区人民政府", True),
        ("延边朝鲜族自治州人民政府", True),
        ("上海市人民政府办公厅", True),
        ("青石县人民政府", False),
        ("青石县人民政府办公室", False),
        ("孟津区人民政府", False),
        ("麻阳苗族自治县人民政府", False),
        ("长春新区管委会", False),
        ("洛阳市洛龙区翠云路街道办事处", False),
        ("柳溪乡人民政府", False),
        ("福禄镇", False),
        ("青石县水利局", False),
        ("武汉市生态环境局", False),
        ("省教育厅", False),
        ("河北省教育厅", False),
        ("上海市科委", False),
        ("某区某局", False),
        ("句容市人民政府", None),
        ("杭州市人民政府", None),
        ("临江市人民政府办公厅", None),
        ("国家市场监督管理总局", None),
        ("国家税务总局青石县税务局", None),
        ("教育部", None),
        ("住房和城乡建设部", None),
        ("市场监督管理局", None),
        ("城市管理局", None),
        ("我县", False),
        ("", None),
        (None, None),
    ],
)
def test_who_may_make_rules(agency, makes):
    assert may_make_rules(agency) is makes


def rules(agency, **cells):
    made = {f"proactive.rules.{column}": cell for column, cell in cells.items()}
    return only(rules_power(context(made, agency=agency)))


def test_a_county_without_rules_passes():
    finding = rules("青石县人民政府", issued=0, repealed=0, in_force=BLANK)
    assert (finding.code, finding.outcome, len(finding.cells)) == ("V.rules_power", "pass", 3)


def test_rules_of_a_town_fail_with_what_is_printed():
    finding = rules("福禄镇人民政府", issued=number(2, line=4), repealed=0, in_force=12)
    assert (finding.outcome, finding.severity, finding.cause) == ("fail", "warning", "agency")
    assert finding.cells == ("proactive.rules.issued", "proactive.rules.in_force")
    assert finding.message == "福禄镇人民政府无权制定规章，却报告规章·本年制发件数 2、规章·现行有效件数 12"
    assert finding.where.line == 4


@pytest.mark.parametrize("agency", ["句容市人民政府", None])
def test_rules_of_an_agency_that_may_have_the_power_are_unverifiable(agency):
    assert rules(agency, issued=2).outcome == "unverifiable"
    assert rules(agency, issued=0).outcome == "pass"


def test_rules_of_a_province_pass():
    assert rules("河北省人民政府", issued=2, in_force=80).outcome == "pass"


def test_a_flagged_number_of_rules_is_unverifiable():
    assert rules("福禄镇人民政府", issued=number(2, review=True)).outcome == "unverifiable"


def test_rules_of_others_may_be_published():
    assert rules("福禄镇人民政府", created=0, disclosed=3, total_disclosed=40).outcome == "pass"
    assert rules("福禄镇人民政府", created=1, disclosed=3).outcome == "fail"
    assert list(rules_power(context({"proactive.rules.disclosed": 3}))) == []
