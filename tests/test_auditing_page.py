import re
from dataclasses import replace

import pytest
from helpers_auditing import (
    HOSTILE,
    NEW,
    NONE,
    OLD,
    RECEIVED,
    TOTAL,
    Page,
    failed,
    miscounted,
    number,
    page,
    record,
    zeros,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import extract
from extractor.auditing.looks import STYLES, look
from extractor.auditing.page import TITLE
from extractor.auditing.report import place, view
from extractor.auditing.shares import ALL, shares
from extractor.auditing.summary import summarise
from extractor.document import Source, Where
from extractor.forms import forms
from extractor.numbers import figure
from extractor.record import CellValue, Change, Claim, Finding, Proposal

FORMS = [{**NONE, form.table: form.form} for form in forms()]


# --- the page as a whole ---------------------------------------------------------------------------------------------


def test_needs_nothing_from_elsewhere_and_lets_nothing_in():
    text = page(miscounted(), record(OLD), failed())
    found = Page(text)
    assert text.startswith("<!DOCTYPE html>")
    assert "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:" in text
    assert found.others == []
    assert not {"link", "img", "iframe", "object", "embed", "base", "image", "use"}.intersection(found.tags)
    assert not re.search(r"https?:|@import|url\(|//[a-z]", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|fetch|XMLHttp|\son\w+=", text)


def test_ids_are_unique_and_links_lead_somewhere():
    found = Page(page(miscounted(), record(), miscounted(), failed()))
    assert len(found.ids) == len(set(found.ids))
    assert set(found.links) <= set(found.ids)


@pytest.mark.parametrize("tables", [NEW, OLD, *FORMS], ids=str)
def test_every_cell_of_every_form_is_there_once_with_its_key(tables):
    made = record(tables)
    found = Page(page(made, made))
    assert list(found.cells) == [f"r{report}-{key}" for report in (1, 2) for key in zeros(tables)]


def test_a_report_without_tables_says_so():
    found = Page(page(record(NONE, title="青石县水利局2022年年度报告")))
    assert found.cells == {}
    for title in ("主动公开政府信息情况", "收到和处理政府信息公开申请情况", "政府信息公开行政复议、行政诉讼情况"):
        assert f"{title}：文中没有这张表" in found.text


def test_a_report_with_one_table_has_that_and_the_names_of_the_others():
    found = Page(page(record(NEW | {"requests": None})))
    assert len(found.cells) == 25
    assert "收到和处理政府信息公开申请情况：文中没有这张表" in found.text
    assert "主动公开政府信息情况：文中没有这张表" not in found.text


def test_what_could_not_be_read_is_listed_with_its_error():
    found = Page(page(record(), failed("文件是空的，没有内容")))
    assert "未能读取" in found.text
    assert "文件是空的，没有内容" in found.text
    assert "input.empty" in found.text
    assert len(found.data) == 1
    assert "文中没有这张表" not in found.text


def test_no_reports_at_all():
    assert "共 0 份报告" in Page(page()).text


def test_the_title():
    assert f"<title>{TITLE}</title>" in page(record())
    assert "<h1>甲 &lt;乙&gt;</h1>" in page(record(), title="甲 <乙>")


def test_same_records_same_page():
    assert page(miscounted(), record()) == page(miscounted(), record())


def test_a_report_that_is_in_order_takes_little_room():
    made = record(cells={key: cell._replace(where=Where(30, 100, 101)) for key, cell in zeros(NEW).items()})
    one, many = (len(page(*[made] * count).encode()) for count in (2, 12))
    assert (many - one) / 10 < 40_000


# --- hostile texts ---------------------------------------------------------------------------------------------------


def hostile():
    where = Where(1, 0, 4, None, None, HOSTILE)
    cell = CellValue(3, HOSTILE, "note", 0.5, True, where, HOSTILE, Proposal(4, HOSTILE, HOSTILE))
    finding = Finding("T4.total", "fail", "error", HOSTILE, "agency", (TOTAL, HOSTILE), where, ((Change(HOSTILE, 1),),))
    unknown = Finding(HOSTILE, "fail", "warning", HOSTILE)
    unchecked = Finding(HOSTILE, "unverifiable", "info", HOSTILE)
    made = record(
        cells={TOTAL: cell, HOSTILE: cell, "requests.a b.\"'": cell},
        agency=HOSTILE,
        title=HOSTILE,
        name=HOSTILE,
        findings=(finding, unknown, unchecked),
        claims=(Claim(HOSTILE, 1, HOSTILE, HOSTILE, where, HOSTILE), Claim(RECEIVED, 1, HOSTILE, "report", where)),
        snippets={0: HOSTILE * 3},
        model={"id": HOSTILE, "sha256": HOSTILE},
        version=HOSTILE,
    )
    return replace(made, source=Source(HOSTILE, HOSTILE, HOSTILE))


def test_texts_of_reports_are_escaped():
    text = page(hostile(), hostile(), failed(HOSTILE), title=HOSTILE)
    found = Page(text)
    assert found.tags["script"] == 2 + 2
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert text.count("<!--") == 0
    assert "</td></script><script>alert('x')</script>\"&=1\N{REPLACEMENT CHARACTER} <!--" in "".join(found.texts)
    assert found.data[0]["pieces"][0].count("</script>") == 6
    assert len(found.cells) == 2 * 202


@settings(max_examples=60, deadline=None)
@given(
    agency=st.text(max_size=20),
    words=st.text(max_size=60),
    snippet=st.text(max_size=80),
    value=st.one_of(st.integers(), st.floats(), st.none()),
    state=st.sampled_from(["number", "blank", "dash", "note", "missing"]),
    confidence=st.floats(0, 1),
)
def test_whatever_the_texts_are_the_page_is_whole(agency, words, snippet, value, state, confidence):
    where = Where(2, 3, 3 + min(2, len(snippet)), 1, None, words)
    cell = CellValue(value, words, state, confidence, True, where, words, Proposal(2, words, words))
    made = record(
        {**NONE, "disputes": "2021"},
        cells={TOTAL: cell},
        agency=agency,
        name=words,
        findings=(Finding("T4.total", "fail", "error", words, "unknown", (TOTAL,), where, ((Change(TOTAL, 1),),)),),
        claims=(Claim(TOTAL, 3, words, "report", where),),
        snippets={3: snippet} if snippet else {},
    )
    found = Page(page(made))
    assert len(found.cells) == 15
    assert len(found.data[0]["cells"]) == 15
    assert sum(map(len, found.data[0]["pieces"])) == len(snippet)


# --- cells -----------------------------------------------------------------------------------------------------------

CERTAIN = CellValue(12, "12", "number", 0.9999, review=False)
EMPTY = CellValue(None, "", "blank", 1, review=False)
UNDECIDED = CellValue(None, "1153", "number", 0.3, True, None, None, Proposal(1153, "reading", "最可能的读法"))
LONG = CellValue(3, "这是一段很长很长的话，说明了许多事情", "note", 1, review=False)
FEE = "proactive.fees.amount"
DENIED = "requests.denied_internal_affairs.total"


@pytest.mark.parametrize(
    ("cell", "looks", "text"),
    [
        (CERTAIN, "number", "12"),
        (CERTAIN._replace(review=True, confidence=0.9), "number review", "12？"),
        (CERTAIN._replace(review=True, confidence=0.3), "number unsure", "12？？"),
        (CERTAIN._replace(value=1165, text="1,165"), "number", "1,165"),
        (CellValue(None, "", "blank", 1, review=False), "blank", "空"),
        (CellValue(None, "", "blank", 0.8, review=True), "blank review", "空？"),
        (CellValue(None, "／", "dash", 1, review=False), "dash", "／"),
        (CellValue(0, "未增未减", "note", 1, review=False), "note", "未增未减注"),
        (CellValue(None, "", "missing", 1, review=True), "missing", "缺"),
        (CellValue(None, "", "missing", 1, True, proposed=Proposal(7, "prose", "正文")), "missing proposed", "缺→7"),
        (UNDECIDED, "number unsure proposed", "？？→1153"),
        (CERTAIN._replace(proposed=Proposal(2.50, "relation", "")), "number proposed", "12→2.5"),
        (LONG, "note", "这是一段很长很长的话，说明了许…注"),
    ],
)  # fmt: skip
def test_a_cell_has_its_looks_and_its_marks(cell, looks, text):
    found = Page(page(record(cells={TOTAL: cell})))
    assert found.cells[f"r1-{TOTAL}"] == (tuple(looks.split()), text)


def test_looks_can_be_told_without_colours():
    shown = set()
    for state in ("number", "blank", "dash", "note", "missing"):
        for confidence, review in ((1, False), (0.9, True), (0.1, True)):
            for suspects in ((), {"k"}):
                if (state, review) == ("missing", False):
                    continue
                cell = CellValue(1, "1", state, confidence, review=review)
                made = look("k", cell, frozenset(suspects))
                shown.add((made.text, made.marks, state == "dash"))
    assert len(shown) == 4 * 3 * 2 + 2


def contrast(one, two):
    """The ratio of WCAG 2, 1…21."""

    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, bright = sorted((light(one), light(two)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", STYLES)
def test_texts_stand_out_from_their_grounds(name):
    assert contrast(STYLES[name].fill, STYLES[name].ink) >= 4.5
    assert contrast(STYLES[name].fill, STYLES["proposed"].ink) >= 4.5


def test_the_legend_has_every_look():
    found = Page(page(record()))
    for style in STYLES.values():
        assert style.words in found.text


def test_a_wrong_total_is_marked_and_what_it_is_wrong_with():
    found = Page(page(miscounted()))
    assert found.cells[f"r1-{TOTAL}"] == (("number", "proposed", "suspect"), "0✗→3")
    assert found.cells["r1-disputes.reconsideration.upheld"] == (("number", "involved"), "2")
    assert found.cells["r1-disputes.litigation_direct.upheld"] == (("number",), "0")
    assert found.cells[f"r1-{RECEIVED}"] == (("blank", "review", "involved"), "空？")


@pytest.mark.parametrize(("code", "severity"), [("table.incomplete", "warning"), ("T4.total", "info")])
def test_what_is_only_information_or_of_the_reading_marks_no_cell(code, severity):
    finding = Finding(code, "fail", severity, "说明", None, (TOTAL,))
    assert Page(page(record(findings=(finding,)))).cells[f"r1-{TOTAL}"] == (("number",), "0")


def test_what_a_cell_shows_is_its_own():
    text = "行政许可\t1153"
    cells = {
        "proactive.permits.decisions": CellValue(
            1153, "1153", "number", 0.99871, False, Where(4, 105, 109, 2, None, "表/2"), "件"
        ),
        TOTAL: CellValue(None, "1 5", "number", 0.2, True, Where(5), None, Proposal(15, "reading", "最可能的读法")),
    }
    found = Page(page(record(cells=cells, snippets={100: text})))
    data, order = found.data[0], list(found.cells)
    confidence, sheet, line, path, piece, first, start, end, last, unit = data["cells"][
        order.index("r1-proactive.permits.decisions")
    ]
    assert (confidence, sheet, line, path, unit) == (0.9987, 2, 4, "表/2", "件")
    assert (data["pieces"][piece][start:end], data["pieces"][piece][first:last]) == ("1153", text)
    place_of_total = order.index(f"r1-{TOTAL}")
    assert data["cells"][place_of_total] == [0.2, None, 5, None, -1, 0, 0, 0, 0, None, "1 5"]
    assert data["more"] == {str(place_of_total): ["15", "最可能的读法"]}
    assert data["cells"][order.index(f"r1-{RECEIVED}")] == [0.9998, None, None, None, -1]


def test_a_cell_leads_to_the_findings_about_it():
    found = Page(page(miscounted()))
    order, told = list(found.cells), found.data[0]["told"]
    assert told[str(order.index(f"r1-{TOTAL}"))] == [1]
    assert told[str(order.index(f"r1-{RECEIVED}"))] == [2]
    assert len(told) == 6


def test_the_cells_of_a_real_report_point_to_what_is_printed():
    from helpers_late import REPORT

    from extractor.settings import DEFAULTS

    made = extract(REPORT.encode(), "a.txt", settings=replace(DEFAULTS, snippets=True))
    found = Page(page(made))
    assert list(found.cells) == [f"r1-{key}" for key in made.cells]
    for cell, row in zip(made.cells.values(), found.data[0]["cells"], strict=True):
        _, _, line, _, piece, _, start, end, *_ = row
        assert found.data[0]["pieces"][piece][start:end] == cell.text
        assert line == cell.where.line


# --- findings and claims ---------------------------------------------------------------------------------------------


def test_findings_are_told_worst_first_with_cause_and_correction():
    info = Finding("table.row_by_order", "fail", "info", "只是说明")
    made = replace(miscounted(), findings=(info, *reversed(miscounted().findings)))
    text = Page(page(made)).text
    own = text[text.index("逐份报告", text.index("图例")) :]
    assert own.index("应等于总计，但为 3 与 0") < own.index("正文与表不同") < own.index("只是说明")
    assert "原因：机关原文错误" in own
    assert "原因：未能判断" in own
    assert "可以解释的改动（原文不改）：行政复议·总计 由 0 改为 3" in own
    assert "相符 1，不符或需注意 3，无法核对 1（T3.balance 1）" in own


def test_other_corrections_and_sets_of_cells_are_told():
    upheld = "disputes.reconsideration.upheld"
    sets = ((Change(TOTAL, 3),), (Change(upheld, 0), Change("disputes.reconsideration.other", 2.5)))
    finding = Finding("T4.total", "fail", "error", "不符", "misread", (TOTAL,), None, sets)
    text = Page(page(record(cells={upheld: number(2)}, findings=(finding,)))).text
    assert "或者：行政复议·结果维持 由 2 改为 0，并且 行政复议·其他结果 由 0 改为 2.5" in text
    assert "原因：读取错误" in text


def test_only_some_of_many_cells_are_named():
    keys = tuple(key for key in zeros(NEW) if key.endswith(".total"))
    text = Page(page(record(findings=(Finding("T3.results", "fail", "error", "不符", None, keys),)))).text
    assert f"等 {len(keys)} 个" in text


def claim(key, value, **more):
    return Claim(key, value, "原话", more.pop("scope", "report"), Where(3), **more)


@pytest.mark.parametrize(
    ("said", "cells", "printed", "verdict"),
    [
        (claim(RECEIVED, 12), {RECEIVED: number(12)}, "12", "＝ 相同"),
        (claim(RECEIVED, 12), {RECEIVED: number(13)}, "13", "≠ 不同"),
        (claim(RECEIVED, 12), {RECEIVED: CellValue(None, "", "blank", 1, review=False)}, "空白", " 表中空白"),
        (claim(RECEIVED, 12), {RECEIVED: CellValue(None, "", "missing", 1, review=True)}, "缺", " 表中缺失"),
        (claim(RECEIVED, 12), {RECEIVED: UNDECIDED}, "？", " 表中未能确定"),
        (claim("requests.denied.total", 5), {DENIED: UNDECIDED}, "？", " 表中未能确定"),
        (claim(RECEIVED, 12, scope="other"), {RECEIVED: number(13)}, "", " 其他主体，不比"),
        (claim("requests.denied.total", 5), {DENIED: number(5)}, "5", "＝ 相同"),
        (claim("requests.denied.total", 5), {DENIED: number(4)}, "4", "≠ 不同"),
        (
            claim("requests.denied.total", 5),
            {DENIED: number(4), "requests.denied_state_secret.total": EMPTY},
            "4", " 表中有空白",
        ),
        (claim(FEE, 5, unit="元"), {FEE: number(5, unit="万元")}, "5万元", " 单位不同，未比"),
        (claim(FEE, 5.0, unit="万元"), {FEE: number(5, unit="万元")}, "5", "＝ 相同"),
        (claim("proactive.procurement.amount", 5), {}, "缺", " 表中缺失"),
    ],
)  # fmt: skip
def test_claims_stand_beside_the_table(said, cells, printed, verdict):
    (stated,) = view(record(cells=cells, claims=(said,)), 1).stated
    assert (stated.printed, f"{stated.sign} {stated.verdict}") == (printed, verdict)


def test_a_claim_is_shown_in_its_sentence():
    text = page(miscounted())
    assert "全年<mark>收到申请12件</mark>。" in text
    assert "一、本年新收政府信息公开申请数量·总计" in Page(text).text


def test_a_claim_without_a_snippet_is_shown_in_its_own_words():
    assert "<mark>收到申请12件</mark>" in page(replace(miscounted(), snippets={}))


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (None, ""),
        (Where(), ""),
        (Where(0, page=0), "第 0 页，第 0 行"),
        (Where(5, 1, 2, path="表!B2"), "第 5 行，表!B2"),
    ],
)
def test_places_in_words(where, words):
    assert place(where) == words


# --- the batch -------------------------------------------------------------------------------------------------------


def test_the_batch_in_figures():
    total = summarise([miscounted(), record(status="ok"), failed()])
    assert (total.reports, dict(total.statuses)) == (3, {"review": 1, "ok": 1, "failed": 1})
    assert (total.cells_read, total.flagged, total.missing, total.proposed, total.claims) == (400, 1, 0, 1, 1)
    assert dict(total.severities) == {"error": 1, "warning": 1}
    assert (total.causes["agency"], total.causes["unknown"], total.causes["misread"]) == (1, 1, 0)
    assert [(check.code, check.reports, check.outcomes["fail"]) for check in total.failing] == [
        ("T4.total", 1, 1), ("N.claim", 1, 1),
    ]  # fmt: skip
    assert [check.code for check in total.clean] == ["T3.balance"]
    text = Page(page(miscounted(), record(status="ok"), failed())).text
    for words in (
        "共 3 份报告：需要核对 1 份，通过 1 份，未能读取 1 份。",
        "400 个已读",
        "其中待核对 1（0.25 %）",
        "错误 1，警告 1，提示 0",
    ):
        assert words in text


def judged(outcome, year=2022, tables=NEW, code="T3.balance", cells=(RECEIVED,)):
    return record(tables, year=year, findings=(Finding(code, outcome, "error", "", None, cells),))


def test_shares_are_of_the_reports_in_which_a_check_could_be_made():
    batch = [
        judged("fail"),
        judged("pass"),
        judged("unverifiable"),
        judged("pass", 2020, OLD),
        judged("fail", None, OLD),
        failed(),
    ]
    found = shares(batch)
    assert found.years == ("2020", "2022", "年份不明")
    assert found.forms == ("2019 年表格", "2021 年表格")
    (check,) = found.checks
    texts = {label: check.share(label).text for label in (ALL, *found.years, *found.forms)}
    assert texts == {
        ALL: "50 %（2/4）", "2020": "0 %（0/1）", "2022": "50 %（1/2）", "年份不明": "100 %（1/1）",
        "2019 年表格": "50 %（1/2）", "2021 年表格": "50 %（1/2）",
    }  # fmt: skip
    assert check.share("1999").text == "—"


def test_a_report_that_breaks_a_relation_twice_counts_once():
    twice = replace(judged("fail"), findings=judged("fail").findings * 2 + judged("pass").findings)
    assert shares([twice, judged("pass")]).checks[0].share(ALL)[1:] == (1, 2)


def test_what_can_only_fail_has_no_share():
    found = shares(
        [judged("fail", code="table.unread"), judged("pass", code="N.claim"), judged("fail", code="strange")]
    )
    assert [check.code for check in found.checks] == ["N.claim"]


def test_plots_have_words_for_those_who_do_not_see_them():
    text = page(judged("fail"), judged("pass", 2020, OLD))
    found = Page(text)
    assert found.tags["svg"] == found.tags["desc"] == 1
    assert '<svg viewBox="0 0 330' in text
    assert "T3.balance：不符的报告所占比例" in found.text
    assert (
        "全部 50 %（1/2）；2020 0 %（0/1）；2022 100 %（1/1）；2019 年表格 0 %（0/1）；2021 年表格 100 %（1/1）；"
        in found.text
    )
    widths = re.findall(r'<rect [^>]*width="([\d.]+)" height="16" class="bar"', text)
    assert widths == ["56.0", "112.0", "112.0"]


@pytest.mark.parametrize("batch", [[judged("fail")], [judged("fail"), failed()], [judged("unverifiable")] * 3])
def test_a_single_report_and_nothing_to_compare_have_no_plots(batch):
    assert Page(page(*batch)).tags["svg"] == 0


def test_one_report_is_open_and_needs_no_list():
    one, two = page(record()), page(record(), record())
    assert re.search(r'<details class="report" id="r1"[^>]* open>', one)
    assert 'id="list"' not in one
    assert not re.search(r"<details[^>]* open>", two)
    assert two.count("<tr data-of=") == 2


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (-3, "-3"), (10**20, "1" + "0" * 20), (2.0, "2"), (0.1 + 0.2, "0.3")]
)
def test_figures(value, text):
    assert figure(value) == text
