import pytest

from extractor.identity import identify
from extractor.readers import read

REPORT = "政府信息公开工作年度报告"
BODY = "本单位按照要求公开信息，流程规范。\n"


def identity(text):
    return identify(read(text.encode(), "test"))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"青石县水利局2021年{REPORT}\n", f"青石县水利局2021年{REPORT}"),
        (f"2021年青石县水利局{REPORT}\n", f"2021年青石县水利局{REPORT}"),
        (f"2021年度青石县水利局{REPORT}\n", f"2021年度青石县水利局{REPORT}"),
        (f"关于青石县水利局2021年{REPORT}\n", f"关于青石县水利局2021年{REPORT}"),
        ("青石县水利局2021年政府信息公开年度报告\n", "青石县水利局2021年政府信息公开年度报告"),
        ("青石县水利局2021年政务公开工作报告\n", None),
        ("青石縣水利局2021年政府信息公開工作年度報告\n", "青石縣水利局2021年政府信息公開工作年度報告"),
        ("  青石县水利局 2021 年政府信息公开工作年度报告  \n", "青石县水利局 2021 年政府信息公开工作年度报告"),
        ("青石县水利局2021年\n政府信息公开工作年度报告\n", f"青石县水利局2021年{REPORT}"),
        ("青石县水利局2021年政府信息公开\n工作年度报告\n", f"青石县水利局2021年{REPORT}"),
        ("索引号：QS-3 | 公开\n青石县水利局2021年政府信息公开工作年度报告\n", f"青石县水利局2021年{REPORT}"),
    ],
)
def test_titles(text, title):
    assert identity(text + BODY).title == title


@pytest.mark.parametrize(
    "text",
    [
        f"青石县水利局2021年{REPORT}\n",
        f"2021年青石县水利局{REPORT}\n",
        f"2021年度青石县水利局{REPORT}\n",
        f"关于青石县水利局2021年{REPORT}\n",
        f"青石县水利局\n2021年{REPORT}\n",
        "青石县水利局2021年\n政府信息公开工作年度报告\n",
        "青石县水利局2021年政府信息公开\n工作年度报告\n",
        "青 石 县 水 利 局 2021 年 政 府 信 息 公 开 工 作 年 度 报 告\n",
        "青石縣水利局2021年政府信息公開工作年度報告\n",
        f"青石县水利局{REPORT}\n（2021年度）\n",
        f"2021年{REPORT}\n2021年，青石县水利局认真落实条例，规范流程。\n",
        "2021年以来，青石县水利局紧扣中心工作推进公开。\n",
    ],
)
def test_agency_and_year(text):
    found = identity(text + BODY)
    assert (found.agency, found.year) == ("青石县水利局", 2021)


@pytest.mark.parametrize(
    "name",
    [
        "青石县人民政府办公室",
        "青石经济开发区管理委员会",
        "临江街道办事处",
        "白河镇人民政府",
        "东岭省教育厅",
        "南浦市审计局",
    ],
)
def test_kinds_of_bodies(name):
    assert identity(f"{name}2021年{REPORT}\n{BODY}").agency == name
    assert identity(f"2021年{REPORT}\n2021年，{name}围绕中心工作推进公开。\n").agency == name
    assert identity(f"{name}\n2021年{REPORT}\n{BODY}").agency == name


@pytest.mark.parametrize(
    "text",
    [
        f"2021年{REPORT}\n",
        f"2021年{REPORT}\n2021年，我局围绕中心工作推进公开。\n",
        f"2021年{REPORT}\n2021年，本单位围绕中心工作推进公开。\n",
        f"信息索引\n2021年{REPORT}\n",
    ],
)
def test_an_agency_that_is_not_stated_is_none(text):
    found = identity(text + BODY)
    assert found.agency is None
    assert found.year == 2021


def test_a_year_that_is_not_stated_is_none():
    found = identity(f"青石县水利局{REPORT}\n{BODY}")
    assert (found.agency, found.year, found.years) == ("青石县水利局", None, ())


def test_the_period_tells_the_year_when_the_title_does_not():
    text = f"青石县水利局{REPORT}\n统计期限自2021年1月1日起至2021年12月31日止。2022年2022年2022年将继续。\n"
    assert identity(text).year == 2021


def test_the_year_of_the_title_outweighs_the_prose():
    found = identity(f"青石县水利局2021年{REPORT}\n2020年公开三条，2020年办理两件，2022年1月公布。\n")
    assert found.year == 2021
    assert found.years[0] == 2020
    assert set(found.years) == {2020, 2021, 2022}


def test_without_title_the_most_frequent_year_is_taken():
    found = identity("2022年公开三条，2022年办理两件，2021年办理一件。\n")
    assert (found.title, found.year, found.years) == (None, 2022, (2022, 2021))


@pytest.mark.parametrize("suffix", ["pdf", "doc", "docx", "wps", "html"])
def test_an_attachment_is_no_title(suffix):
    name = f"青石县水利局2021年{REPORT}"
    assert identity(f"{name}.{suffix}\n{BODY}").title is None
    assert identity(f"{name}.{suffix}\n青石县教育局2021年{REPORT}\n{BODY}").title == f"青石县教育局2021年{REPORT}"


@pytest.mark.parametrize(
    "line",
    [
        f"根据要求公布青石县水利局2021年{REPORT}",
        f"现将青石县水利局2021年{REPORT}公布如下。",
        f"附件：青石县水利局2021年{REPORT}",
        f"青石县水利局2021年{REPORT}目录",
        f"{'全年主动公开工作情况' * 6}青石县水利局2021年{REPORT}",
    ],
)
def test_sentences_are_no_titles(line):
    assert identity(f"{line}\n{BODY}").title is None


@pytest.mark.parametrize(
    ("text", "is_report"),
    [
        (f"青石县水利局2021年{REPORT}\n", True),
        (f"2021年，我局按时完成{REPORT}。\n", True),
        ("2021年上半年，我局完成政府信息公开工作报告。\n", False),
        ("2021年第三季度，我局完成政府信息公开工作报告。\n", False),
        ("今天天气很好，适合散步。\n", False),
        ("青石县水利局2021年上半年政府信息公开工作报告\n", False),
        ("青石县水利局2021年第一季度政府信息公开工作报告\n", False),
    ],
)
def test_only_annual_reports_are_reports(text, is_report):
    assert identity(text + BODY).is_report is is_report


def test_a_title_far_down_is_not_looked_for():
    text = "第一行\n" * 80 + f"青石县水利局2021年{REPORT}\n"
    assert identity(text).title is None


@pytest.mark.parametrize("spelt", ["二〇二二", "二○二二", "二零二二"])
def test_a_year_may_be_spelt_out(spelt):
    found = identity(f"青石县水利局{spelt}年政府信息公开工作年度报告\n{BODY}")
    assert (found.agency, found.year) == ("青石县水利局", 2022)


def test_a_commission_for_staffing_has_a_title():
    found = identity(f"中共青石县委机构编制委员会办公室2022年政府信息公开工作年度报告\n{BODY}")
    assert (found.agency, found.year) == ("中共青石县委机构编制委员会办公室", 2022)
