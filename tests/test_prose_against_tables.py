"""Whole reports whose prose tells what their tables print: nothing fails, and a figure changed in the prose is found.

In the prose ``{name}`` stands for a figure of the tables that the checks must know when it is changed, ``{=name}`` for one that
they may leave alone, ``{#name}`` for a figure of something else, which must never matter.
"""

import re
from functools import cache
from random import Random

import pytest
from helpers_grid import Paragraph, ReportGrid, report_grid
from helpers_markup import html_clean, tab_text

from extractor import extract
from extractor.readers import read
from extractor.vocabulary import vocabulary
from training.sound import sound_sheet, with_values

HEADINGS = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "六、其他需要报告的事项",
)
PROBLEMS = "政策解读形式单一，有3件答复不够规范。下一步将丰富解读形式，力争申请全部提前办结。"

# --- figures ---------------------------------------------------------------------------------------------------------

DENIED = (
    "denied_state_secret",
    "denied_prohibited_by_law",
    "denied_security_and_stability",
    "denied_third_party_rights",
    "denied_internal_affairs",
    "denied_process_information",
    "denied_enforcement_files",
    "denied_administrative_inquiry",
)
UNAVAILABLE = ("unavailable_not_held", "unavailable_needs_creation", "unavailable_still_unclear")
REJECTED = (
    "rejected_petition",
    "rejected_duplicate",
    "rejected_publication",
    "rejected_excessive",
    "rejected_reconfirmation",
)
OTHER = {
    "2021": ("other_correction_overdue", "other_fee_overdue", "other_remaining"),
    "2019": ("other_handling",),
}
DISPUTES = {"rc": "reconsideration", "ld": "litigation_direct", "la": "litigation_after_reconsideration"}
PARTS = {"u": "upheld", "c": "corrected", "o": "other", "p": "pending"}
PROACTIVE = {
    "2021": {
        "ndi": "normative_documents.issued",
        "ndr": "normative_documents.repealed",
        "ndf": "normative_documents.in_force",
        "per": "permits.decisions",
        "pen": "penalties.decisions",
        "coe": "coercive_measures.decisions",
        "fee": "fees.amount",
    },
    "2019": {
        "ndc": "normative_documents.created",
        "ndd": "normative_documents.disclosed",
        "ndt": "normative_documents.total_disclosed",
        "per": "permits.decisions",
        "pen": "penalties.decisions",
        "coe": "coercive_measures.decisions",
        "prn": "procurement.projects",
    },
}
LAST_YEAR = {"last": 97, "more": 13, "share": 13.4}
NOISE = {"v": 7, "w": 31, "x": 428, "y": 5206, "z": 61307}

SIZES = {  # rows of results → natural persons, businesses; and the rest of the tables as a factor
    "none": {},
    "one": {"granted": (1, 0)},
    "few": {"granted": (3, 0), "partially_granted": (2, 0), "unavailable_not_held": (1, 0)},
    "some": {
        "granted": (19, 4),
        "partially_granted": (6, 1),
        **{row: (place + 1, 0) for place, row in enumerate(DENIED)},
        **{row: (place + 4, 1) for place, row in enumerate(UNAVAILABLE)},
        **{row: (place + 2, 0) for place, row in enumerate(REJECTED)},
    },
    "many": {
        "granted": (1203, 88),
        "partially_granted": (217, 20),
        **{row: (41 + 3 * place, 2) for place, row in enumerate(DENIED)},
        **{row: (77 + 9 * place, 5) for place, row in enumerate(UNAVAILABLE)},
        **{row: (18 + 7 * place, 0) for place, row in enumerate(REJECTED)},
    },
}
OVER = {"none": 0, "one": 0, "few": 0, "some": 6, "many": 131}
FORWARD = {"none": 0, "one": 0, "few": 0, "some": 9, "many": 172}
FACTOR = {"none": 0, "one": 0, "few": 0, "some": 1, "many": 57}


def figures(size, form):
    """The figures of the three tables by cell key, and those that the prose names by their short names."""
    cells = {key: 0 for table in ("proactive", "requests", "disputes") for key in form_of(table, form).columns}
    results = dict(SIZES[size])
    if size in ("some", "many"):
        results |= {row: (place + 5, 0) for place, row in enumerate(OTHER[form])}
    rows = {**results, "carried_over": (OVER[size], 0), "carried_forward": (FORWARD[size], 0)}
    rows["results_total"] = tuple(sum(pair[place] for pair in results.values()) for place in (0, 1))
    rows["new_received"] = (rows["results_total"][0] + FORWARD[size] - OVER[size], rows["results_total"][1])
    for row, (persons, businesses) in rows.items():
        cells[f"requests.{row}.natural_person"], cells[f"requests.{row}.business"] = persons, businesses
        cells[f"requests.{row}.total"] = persons + businesses
    total = {row: cells[f"requests.{row}.total"] for row in (*DENIED, *UNAVAILABLE, *REJECTED, *OTHER[form], *rows)}
    named = {
        "n": total["new_received"],
        "o": total["carried_over"],
        "s": total["new_received"] + total["carried_over"],
        "r": total["results_total"],
        "f": total["carried_forward"],
        "np": cells["requests.new_received.natural_person"],
        "bu": cells["requests.new_received.business"],
        "g": total.get("granted", 0),
        "p": total.get("partially_granted", 0),
    }
    for letter, group in {"d": DENIED, "u": UNAVAILABLE, "j": REJECTED, "h": OTHER[form]}.items():
        named |= {f"{letter}{place}": total[row] for place, row in enumerate(group, start=1)}
        named[letter] = sum(total[row] for row in group)
    for place, (short, row) in enumerate(DISPUTES.items()):
        parts = {part: (2 + place + 2 * index) * FACTOR[size] for index, part in enumerate(PARTS.values())}
        cells |= {f"disputes.{row}.{part}": count for part, count in parts.items()}
        cells[f"disputes.{row}.total"] = named[short] = sum(parts.values())
        named |= {f"{short}{letter}": parts[part] for letter, part in PARTS.items()}
    for place, (short, name) in enumerate(PROACTIVE[form].items()):
        value = (11 + 23 * place) * FACTOR[size] + (0.25 if short == "fee" and FACTOR[size] else 0)
        cells[f"proactive.{name}"] = named[short] = value
    return cells, named | LAST_YEAR | NOISE


def form_of(table, form):
    """The form of a table, or its only one."""
    forms = vocabulary().family(table).forms
    return next((each for each in forms if each.form == form), forms[0])


# --- reports ---------------------------------------------------------------------------------------------------------


class Told:
    """A report: its sections, and the size of its figures. ``〔表〕`` is the place of a table among the words beside it."""

    def __init__(self, name, agency, year, size, first, second="", third="", fourth="", last="无其他需要报告的事项。"):
        self.name, self.title = name, f"{agency}{year}年政府信息公开工作年度报告"
        self.year, self.size, self.form = year, size, "2021" if year > 2020 else "2019"
        self.sections = (first, second, third, fourth, PROBLEMS, last)

    def __repr__(self):
        return self.name

    @property
    def places(self):
        """What the prose names, in order, with its mark."""
        return re.findall(r"\{([=#]?)(\w+)(?::,)?\}", "\n".join(self.sections))

    def grid(self, changed=()):
        """The report; the figures at some places are changed in the prose."""
        cells, named = figures(self.size, self.form)
        tables = report_grid(with_values(base_sheet(self.form), cells)).tables
        places = iter(range(len(self.places)))

        def filled(match):
            value = named[match[2]]
            value = value * 10 + 7 if next(places) in changed else value
            return f"{value:,}" if match[3] else str(value)

        blocks = [Paragraph(self.title, "title")]
        for place, (heading, text) in enumerate(zip(HEADINGS, self.sections, strict=True)):
            before, _, after = re.sub(r"\{([=#]?)(\w+)(:,)?\}", filled, text).partition("〔表〕")
            blocks.append(Paragraph(heading, "heading"))
            blocks += [Paragraph(line) for line in before.split("\n") if line]
            blocks += [tables[place - 1]] if place in (1, 2, 3) else []
            blocks += [Paragraph(line) for line in after.split("\n") if line]
        return ReportGrid(self.title, tuple(blocks), cells)


@cache
def base_sheet(form):
    """A sheet of the forms of a year, of which only the labels are used."""
    for seed in range(200):
        sheet = sound_sheet(Random(seed))
        heads = {label for table in sheet.tables for row in table.rows for label in row.labels}
        if {table.form.form for table in sheet.tables[:2]} == {form} and (
            form == "2019" or any("万元" in h for h in heads)
        ):
            return sheet
    raise AssertionError(form)


REPORTS = (
    Told(
        "street",
        "青石区柳林街道办事处",
        2023,
        "none",
        "2023年，柳林街道发布信息{#x}条，公众号推送{#y}篇。\n（一）依申请公开。2023年度未收到政府信息公开申请，无上年结转件。\n"
        "（二）监督保障。全年组织培训{#v}次，未发生责任追究情况。",
        fourth="2023年，我街道未发生因政府信息公开引起的行政复议和行政诉讼。",
    ),
    Told(
        "town",
        "临江县白塘镇人民政府",
        2022,
        "none",
        "本镇2022年收到依申请公开事项{n}件，上年度结转{o}件。全年制发规范性文件{ndi}件，作出行政许可决定{per}件、"
        "行政处罚决定{pen}件、行政强制决定{coe}件。",
        last="本年度未收取信息处理费，没有其他需要报告的事项。",
    ),
    Told(
        "zero in words",
        "东岭市桃花街道办事处",
        2024,
        "none",
        "本年度我街道共收到政府信息公开申请零件，办结零件，结转下年度继续办理零件。因政府信息公开工作被申请行政复议{rc}起，"
        "提起行政诉讼0起。热线12345转办工单{#y}件，办结率100%。",
        last="我街道2024年度没有产生信息处理费。",
    ),
    Told(
        "traditional none",
        "東嶺縣青山鄉人民政府",
        2021,
        "none",
        "2021年，本鄉主動公開各類信息{#x}條，收到政府信息公開申請{n}件，未發生行政復議和行政訴訟。",
    ),
    Told(
        "other applications",
        "青石区民政局",
        2023,
        "none",
        "2023年未收到依申请公开申请，信访件{#w}件已全部办结；收到许可申请{#x}件、低保申请{#y}件，全部办结。",
        last="（一）信息处理费：无收取。（二）承办建议{#v}件、提案{#w}件，全部办结。",
    ),
    Told(
        "one",
        "青石县柳溪镇人民政府",
        2023,
        "one",
        "2023年收到{n}件政府信息公开申请，申请人为自然人，已在法定期限内答复。无上年结转，无结转下年。",
    ),
    Told(
        "few",
        "青石县水务局",
        2023,
        "few",
        "2023年共收到政府信息公开申请{n}件，其中自然人{np}件，均按时办结。其中予以公开{g}件，部分公开{p}件，"
        "本机关不掌握{u1}件。比上年{#w}件有所变化，办结率100%。",
    ),
    Told(
        "accepted with carry-over",
        "东岭市住房和城乡建设局",
        2022,
        "some",
        "全年共受理政府信息公开申请{s}件（含上年结转{o}件），办结{r}件，结转下一年度{f}件。其中：\n1.予以公开{g}件，占{#share}%；\n"
        "2.部分公开{p}件；\n3.不予公开{d}件（其中国家秘密{d1}件、第三方合法权益{d4}件、过程性信息{d6}件）；\n"
        "4.无法提供{u}件（其中本机关不掌握{u1}件、没有现成信息{u2}件）；\n5.不予处理{j}件；\n6.其他处理{h}件。",
        fourth="因政府信息公开被申请行政复议{rc}件，其中维持{rcu}件，纠正{rcc}件，其他结果{rco}件，尚未审结{rcp}件；"
        "未经复议直接起诉{ld}件，复议后起诉{la}件。〔表〕",
    ),
    Told(
        "number first",
        "临江市市场监督管理局",
        2023,
        "some",
        "全年共作出许可决定{=per}件。行政处罚决定{pen}件，罚没款{#x}万元。依申请公开方面，新收{n}件，办结{r}件（含上年结转{o}件），"
        "另有{f}件结转至2024年办理。因信息公开引发行政复议{rc}起（{rcu}起维持、{rcc}起纠正、{rco}起其他结果，{rcp}起尚在审理）。"
        "投诉举报{#y}件，办结率98.5%。",
    ),
    Told(
        "older form",
        "青石市财政局",
        2020,
        "some",
        "2020年，收到申请{n}件，上年结转{o}件，共办结{r}件，结转下年{f}件。其中：予以公开{g}件；部分公开{p}件；不予公开{d}件；"
        "无法提供{u}件；不予处理{j}件；其他处理{h}件。全年政府集中采购项目{prn}个。新制作规范性文件{ndc}件，新公开{ndd}件，"
        "对外公开总数{ndt}件。",
    ),
    Told(
        "wrapped",
        "临江市生态环境局",
        2023,
        "some",
        "我局全年共收到政府信息公开申请{n}件，其中自然人申请{np}件、\n商业企业申请{bu}件。申请办理结果如下：予以公开{g}\n"
        "件，部分公开{p}件，不予公开{d}件，无法提供{u}件，\n不予处理{j}件，其他处理{h}件。",
    ),
    Told(
        "traditional",
        "青石區發展和改革局",
        2022,
        "some",
        "2022年，本局共收到政府信息公開申請{n}件，上年結轉{o}件。辦結{r}件，結轉下年度繼續辦理{f}件。其中，予以公開{g}件，"
        "部分公開{p}件，不予公開{d}件，無法提供{u}件。",
        fourth="全年因政府信息公開被申請行政復議{rc}件，維持{rcu}件、糾正{rcc}件。〔表〕",
    ),
    Told(
        "number before row",
        "南浦市农业农村局",
        2023,
        "some",
        "2023年收到{n}件政府信息公开申请，{g}件予以公开，{p}件部分公开，{u1}件本机关不掌握，{u2}件没有现成信息需要另行制作，"
        "{j1}件属于信访举报投诉类申请，{j2}件重复申请，其余按其他情形答复。",
    ),
    Told(
        "labels of the form",
        "青石市人民防空办公室",
        2021,
        "some",
        "新收政府信息公开申请数量{n}件，上年结转政府信息公开申请数量{o}件。本年度办理结果：予以公开{g}件，部分公开{p}件；不予公开："
        "属于国家秘密{d1}件，其他法律行政法规禁止公开{d2}件，危及“三安全一稳定”{d3}件，保护第三方合法权益{d4}件，"
        "属于三类内部事务信息{d5}件，属于四类过程性信息{d6}件，属于行政执法案卷{d7}件，属于行政查询事项{d8}件；无法提供："
        "本机关不掌握相关政府信息{u1}件，没有现成信息需要另行制作{u2}件，补正后申请内容仍不明确{u3}件；不予处理："
        "信访举报投诉类申请{j1}件，重复申请{j2}件，要求提供公开出版物{j3}件，无正当理由大量反复申请{j4}件；其他处理{h}件；"
        "总计{=r}件。结转下年度继续办理{f}件。",
    ),
    Told(
        "as fields",
        "南浦市统计局",
        2021,
        "some",
        "收到申请的数量：{n}；上年结转的数量：{o}；办结的数量：{r}；结转下年的数量：{f}。",
    ),
    Told(
        "other years",
        "临江市医疗保障局",
        2023,
        "some",
        "2023年共收到申请公开政府信息的函件{n}件，均已登记。2022年收到{#last}件，2021年收到{#w}件。第一季度收到申请{#v}件。"
        "自条例施行以来累计收到申请{#y}件。",
    ),
    Told(
        "all but some",
        "东岭市国有资产监督管理委员会",
        2024,
        "some",
        "新收申请{n}件。除{f}件结转下年办理外，其余均已办结。上年结转{o}件均已办结。",
    ),
    Told(
        "numbered outcomes",
        "白河市园林局",
        2023,
        "some",
        "截至2023年12月31日，本单位办结政府信息公开申请{r}件；结转下年度办理{f}件；平均答复时间{#v}个工作日。其中："
        "（一）予以公开的{g}件；（二）部分公开的{p}件；（三）不予公开的{d}件；（四）无法提供的{u}件；（五）不予处理的{j}件；"
        "（六）其他处理的{h}件。",
    ),
    Told(
        "unofficial outcomes",
        "青石市水利局",
        2023,
        "some",
        "收到政府信息公开申请{n}件，撤回{#v}件，补正{#w}件，延期答复{#v}件。市局机关新收数量较上年增加{#more}件，增长{#share}%。"
        "访问量{#z}次，公开指南更新{#v}次，依申请公开信息{#w}条，不予公开属性文件{#v}件。",
    ),
    Told(
        "table two",
        "东岭市交通运输局",
        2025,
        "some",
        "今年以来公开道路信息{#y}条，受理养护申请{#x}件。",
        second="行政规范性文件本年制发{ndi}件、废止{ndr}件、现行有效{ndf}件。行政许可处理决定{per}件，行政处罚处理决定{pen}件，"
        "行政强制处理决定{coe}件，行政事业性收费{fee}万元。〔表〕",
    ),
    Told(
        "county",
        "白河区人民政府",
        2024,
        "many",
        "全区共办理政府信息公开申请{s}件（新收{n}件，上年结转{o}件），已办结{r}件，结转{f}件到2025年继续办理。",
        second="全年公开各类文件{#y}件。〔表〕",
    ),
    Told(
        "county wrapped",
        "青石区人民政府",
        2023,
        "many",
        "2023年，全区共收到政府信\n息公开申请{n}件，上年结转{o}件，办\n结{r}件，结转下年{f}件。在已办结的申请\n中，予以公开{g}件，"
        "部分公开{p}件，不\n予公开{d}件，无法提供{u}件，不予处\n理{j}件，其他处理{h}件。",
    ),
    Told(
        "county listed",
        "白河县人民政府",
        2022,
        "many",
        "新收申请{n}件，其中自然人{np}件；上年结转申请{o}件；办结{r}件：（1）予以公开{g}件；（2）部分公开{p}件；（3）不予公开{d}件；"
        "（4）无法提供{u}件；（5）不予处理{j}件；（6）其他处理{h}件；结转下年{f}件。",
    ),
    Told(
        "province with commas",
        "临江省自然资源厅",
        2022,
        "many",
        "全年新收申请{n:,}件，结转上年申请{o:,}件；办结{r:,}件，结转下年{f:,}件。其中，予以公开{g:,}件、部分公开{p:,}件、"
        "不予公开{d:,}件、无法提供{u:,}件、不予处理{j:,}件、其他处理{h:,}件。行政复议{rc}件、未经复议直接起诉{ld}件、复议后起诉{la}件。",
    ),
    Told(
        "province of the older form",
        "南浦省教育厅",
        2019,
        "many",
        "收到申请{n}件，较2018年增加{#more}件，增幅{#share}%，办结{r}件。予以公开{g}件，占办结总数的{#share}%。不予公开{d}件，"
        "其中涉及国家秘密{d1}件、过程性信息{d6}件。",
    ),
)


def failed(report, *changed):
    """The codes of what fails in a report."""
    record = extract(tab_text(report.grid(changed), Random(0)))
    return {found.code for found in record.findings if found.outcome == "fail"}


# --- what must hold --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("printed", [tab_text, html_clean])
@pytest.mark.parametrize("report", REPORTS, ids=repr)
def test_nothing_fails_where_prose_and_tables_agree(report, printed):
    data = printed(report.grid(), Random(0))
    record, text = extract(data), read(data, "report").text
    assert [found for found in record.findings if found.outcome == "fail"] == []
    assert {key: cell.value for key, cell in record.cells.items()} == report.grid().truth
    assert record.year == report.year
    assert record.claims
    for claim in record.claims:
        assert text[claim.where.start : claim.where.end] == claim.text
        digits = re.sub(r"\D", "", claim.text)
        assert not digits or str(claim.value).replace(".", "") in digits


@pytest.mark.parametrize("report", REPORTS, ids=repr)
def test_a_figure_of_the_tables_that_the_prose_states_otherwise_is_found(report):
    for place, (mark, name) in enumerate(report.places):
        if not mark:
            codes = failed(report, place)
            assert codes & {"N.claim", "N.accepted", "N.balance"}, (place, name)
            assert codes <= {"N.claim", "N.accepted", "N.balance", "N.conflict", "N.all_finished"}, (place, name)


@pytest.mark.parametrize("report", REPORTS, ids=repr)
def test_a_figure_of_something_else_does_not_matter(report):
    others = [place for place, (mark, _) in enumerate(report.places) if mark == "#"]
    assert not others or not failed(report, *others)
