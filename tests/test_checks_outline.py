from dataclasses import replace

import pytest
from helpers_checks import MISSING, context, number, only, outcomes, prose, record, zeros
from helpers_late import END, REPORT

from extractor import extract
from extractor.checks import Context
from extractor.checks.outline import form_version, sections, template
from extractor.prose import Prose
from extractor.readers import read

HEADINGS = {
    1: "一、总体情况\n水库的水位每天登载。\n",
    2: "二、主动公开政府信息情况\n登载水情八十次。\n",
    3: "三、收到和处理政府信息公开申请情况\n没有收到。\n",
    4: "四、政府信息公开行政复议、行政诉讼情况\n没有发生。\n",
    5: "五、存在的主要问题及改进情况\n讲解少。\n",
    6: "六、其他需要报告的事项\n无\n",
}
TITLE = "青石县水利局2022年政府信息公开工作年度报告\n"


def report(*, without=(), instead="", tables=None):
    """The findings on the sections of a report that lacks some."""
    text = TITLE + "".join(part for number, part in HEADINGS.items() if number not in without) + instead
    return list(sections(context(text=text, tables={} if tables is None else tables)))


def failed(findings):
    return [finding for finding in findings if finding.outcome == "fail"]


# --- sections --------------------------------------------------------------------------------------------------------


def test_a_report_with_all_sections_passes_six_times():
    assert outcomes(report()) == [("S.missing", "pass")] * 6


@pytest.mark.parametrize(
    ("lost", "severity"), [(1, "warning"), (2, "warning"), (3, "warning"), (4, "warning"), (5, "warning"), (6, "info")]
)
def test_a_missing_section_fails(lost, severity):
    found = report(without=[lost])
    finding = only(failed(found))
    assert (finding.code, finding.severity, finding.cause) == ("S.missing", severity, "agency")
    assert f"没有“{HEADINGS[lost].partition(chr(10))[0]}”" == finding.message
    assert len(found) == 6


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (1, "水库的水位每天登载，" * 12),
        (2, "全年的规范性文件都已登载。"),
        (3, "全年没有收到申请。"),
        (4, "没有发生复议和诉讼。"),
        (5, "下一步要多讲解。"),
        (6, "没有收取处理费。"),
    ],
)
def test_what_is_told_under_another_heading_is_unverifiable(lost, said):
    text = (
        TITLE + (f"{said}\n" if lost == 1 else "") + "".join(part for place, part in HEADINGS.items() if place != lost)
    )
    found = list(sections(context(text=text + f"七、另外\n{said}\n", tables={})))
    assert [finding.outcome for finding in found].count("unverifiable") == 1
    assert failed(found) == []


def test_a_section_whose_table_is_there_is_there():
    tables = {"proactive": None, "requests": "2021", "disputes": None}
    assert outcomes(report(without=[3], tables=tables)) == [("S.missing", "pass")] * 6


def test_two_sections_may_be_missing():
    found = failed(report(without=[4, 6]))
    assert [finding.message for finding in found] == [
        "没有“四、政府信息公开行政复议、行政诉讼情况”",
        "没有“六、其他需要报告的事项”",
    ]
    assert [finding.severity for finding in found] == ["warning", "info"]


@pytest.mark.parametrize("without", [(3, 5, 6), (1, 2, 3, 4), (1, 2, 3, 4, 5, 6)])
def test_a_part_of_a_report_misses_nothing(without):
    found = report(without=without)
    assert failed(found) == []
    assert [finding.outcome for finding in found].count("unverifiable") == len(without)


def test_without_the_document_nothing_is_said_of_sections_and_templates():
    assert list(sections(context())) == list(template(context())) == []


# --- forms -----------------------------------------------------------------------------------------------------------


def versions(cells, tables, year):
    return list(form_version(context(cells, tables=tables, year=year)))


@pytest.mark.parametrize(("year", "form"), [(2019, "2019"), (2020, "2019"), (2021, "2021"), (2025, "2021")])
def test_the_form_of_the_year_passes(year, form):
    tables = {"proactive": form, "requests": form, "disputes": "2021"}
    found = versions(zeros("proactive", form) | zeros("requests", form) | zeros("disputes"), tables, year)
    assert outcomes(found) == [("S.form", "pass")] * 2


@pytest.mark.parametrize(("year", "form"), [(2019, "2021"), (2020, "2021"), (2021, "2019"), (2025, "2019")])
def test_the_form_of_other_years_fails(year, form):
    finding = only(versions(zeros("requests", form), {"requests": form}, year))
    assert (finding.outcome, finding.severity, finding.cause) == ("fail", "warning", "agency")
    assert f"{year} 年" in finding.message
    assert "〔2019〕60号" in finding.message
    assert "〔2021〕30号" in finding.message
    assert finding.where == number(0).where


def test_a_block_of_another_form_fails_with_its_cells():
    created = {f"proactive.rules.{column}": number(0, line=5) for column in ("created", "disclosed", "total_disclosed")}
    cells = {key: cell for key, cell in zeros("proactive").items() if ".rules." not in key} | created
    finding = only(versions(cells, {"proactive": "2021"}, 2022))
    assert (finding.outcome, finding.cells, finding.where.line) == ("fail", tuple(created), 5)
    assert "混用" in finding.message


def test_a_block_that_is_not_in_the_document_is_no_mixture():
    cells = zeros("proactive") | {"proactive.rules.created": MISSING}
    assert only(versions(cells, {"proactive": "2021"}, 2022)).outcome == "pass"


@pytest.mark.parametrize("year", [None, 2015])
def test_a_year_without_a_form_is_unverifiable(year):
    finding = only(versions(zeros("requests"), {"requests": "2021"}, year))
    assert (finding.outcome, finding.cause) == ("unverifiable", None)


@pytest.mark.parametrize(
    ("title", "text", "outcome"),
    [
        ("青石县2021年政府信息公开工作年度报告", None, "fail"),
        ("青石县2020年政府信息公开工作年度报告", None, "unverifiable"),
        ("青石县2021年政府信息公开工作年度报告", "统计期限为2020年1月1日至12月31日。", "unverifiable"),
        ("青石县2021年政府信息公开工作年度报告", "统计期限为2021年1月1日至12月31日，2020年的另见。", "fail"),
        (None, "水情每天登载。", "fail"),
    ],
)
def test_a_report_that_names_a_year_of_another_form_is_unverifiable(title, text, outcome):
    made = context(zeros("requests", "2019"), text, tables={"requests": "2019"}, year=2021, title=title)
    assert only(form_version(made)).outcome == outcome


def test_tables_that_are_not_there_have_no_form():
    assert versions({}, {"proactive": None, "requests": None}, 2022) == []


# --- templates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "该部分以表格形式报告。",
        "（请从主动公开、依申请公开两个方面填写）",
        "（没有的填“无”）",
        "（问题不少于两条，措施逐条对应）",
        "填报说明：",
        "请在此处填写。",
        "[机关名称]认真落实条例。",
        "（单位名称）认真落实条例。",
        "收到申请XX件，都已答复。",
        "收到申请××件，都已答复。",
        "XXXX年，水情每天登载。",
        "20××年，水情每天登载。",
        "收到申请__件。",
    ],
)
def test_what_a_template_leaves_fails(sentence):
    text = f"{TITLE}一、总体情况\n水情每天登载。{sentence}\n讲解少。\n"
    made = prose(text)
    finding = only(template(Context(record(), made)))
    assert (finding.code, finding.outcome, finding.cause) == ("S.template", "fail", "agency")
    assert sentence.rstrip("，都已答复。水情每天登载认真落实条例") in made.text[finding.where.start : finding.where.end]


def test_a_title_that_was_not_filled_in_fails():
    assert (
        only(template(context(text="××县水利局2022年政府信息公开工作年度报告\n一、总体情况\n水情每天登载。\n"))).outcome
        == "fail"
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "按照要求填报数据，情况如下表。",
        "村民王××反映的问题已经解决。",
        "××村的水库已经加固。",
        "部分公开（区分处理的，只计这一情形，不计其他情形）1件。",
        "机关单位的名称已经更新。",
        "请见局网站（每天更新）。",
        "网址为https://www.example.gov.cn/xx/1.html。",
        "二○二二年一月。",
        "登载了《XX管理办法》。",
        "解读材料共五件（含图解）。",
        "没有填报差错。",
    ],
)
def test_what_sounds_like_a_template(sentence):
    found = only(template(context(text=f"{TITLE}一、总体情况\n水情每天登载。{sentence}\n")))
    assert (found.code, found.outcome) == ("S.template", "pass")


def test_each_sentence_of_a_template_is_told():
    found = list(template(context(text=f"{TITLE}一、总体情况\n该部分以表格形式报告。\n\n（没有的填“无”）\n")))
    assert outcomes(found) == [("S.template", "fail")] * 2


# --- whole reports ---------------------------------------------------------------------------------------------------


def codes(text, code):
    return [finding for finding in extract(text.encode(), "test").findings if finding.code == code]


def test_a_clean_report_and_its_parts():
    assert {finding.outcome for finding in codes(REPORT, "S.missing")} == {"pass", "unverifiable"}
    assert {finding.outcome for finding in codes(REPORT, "S.form")} == {"pass"}
    assert outcomes(codes(REPORT, "S.template")) == [("S.template", "pass")]


def test_a_report_on_the_form_of_another_year():
    found = failed(codes(REPORT.replace("2021年", "2020年"), "S.form"))
    assert [finding.message.partition("：")[0] for finding in found] == ["主动公开政府信息情况"]


def test_a_whole_report_that_lacks_a_section():
    text = REPORT.replace("二、主动", f"{HEADINGS[1]}二、主动").replace("四、政府", f"{HEADINGS[3]}四、政府")
    found = failed(codes(text.replace(END, HEADINGS[6]), "S.missing"))
    assert [finding.message for finding in found] == ["没有“五、存在的主要问题及改进情况”"]


# --- words that were recognised ---------------------------------------------------------------------------------------


def test_words_recognised_in_a_picture_prove_nothing():
    text = TITLE + "".join(part for number, part in HEADINGS.items() if number != 5) + "该部分以表格形式报告。\n"
    document = read(text.encode(), "test")
    lines = tuple(
        line._replace(cells=tuple(cell._replace(confidence=0.97) for cell in line.cells)) for line in document.lines
    )
    sure, unsure = (Context(record(tables={}), Prose(each, ())) for each in (document, replace(document, lines=lines)))
    for rule in (sections, template):
        (failure,) = failed(rule(sure))
        found = [each for each in rule(unsure) if each.message.startswith(failure.message)]
        assert (only(found).outcome, only(found).severity, only(found).cause) == ("unverifiable", "info", None)
        assert only(found).where == failure.where
        assert failed(rule(unsure)) == []
