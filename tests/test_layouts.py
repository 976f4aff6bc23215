"""Quirks of real tables, end to end, each as small as it gets. Names are those of ``annotations/README.md``."""

import pytest

from extractor import extract
from extractor.errors import InputError

TITLE = "白河县水利局2021年政府信息公开工作年度报告\n"
END = "五、存在的主要问题及改进情况\n个别信息公开不够及时。\n"
HEADS = "信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |\n"
OLD_HEADS = "信息内容 | 上一年项目数量 | 本年增/减 | 处理决定数量 |\n"
APPLICANTS = "自然人 | 商业企业 | 科研机构 | 社会公益组织 | 法律服务机构 | 其他 | 总计 |\n"


def marks(text, *rows):
    """The cells of rows as text: ``_`` blank, ``/`` dash, ``.`` missing, ``?`` undecided, ``*`` flagged."""
    record = extract(text.encode())
    return [
        " ".join(_mark(cell) for key, cell in record.cells.items() if key.rpartition(".")[0] == row) for row in rows
    ]


def _mark(cell):
    if cell.value is None:
        mark = {"blank": "_", "dash": "/", "missing": "."}.get(cell.state, "?")
        return mark if cell.state == "missing" else mark + "*" * cell.review
    return f"{cell.value:g}" + "*" * cell.review


RULES = "proactive.rules"
DOCUMENTS = "proactive.normative_documents"
PERMITS = "proactive.permits"
PENALTIES = "proactive.penalties"
NEW = "requests.new_received"
OVER = "requests.carried_over"

CASES = {
    "pipe-rows": (f"{HEADS}规章 | 0 | 0 | 0 |\n行政规范性文件 | 5 | 1 | 25 |\n", {RULES: "0 0 0", DOCUMENTS: "5 1 25"}),
    "pipe-rows-leading": (f"| {HEADS}| 规章 | 0 | 0 | 0 |\n| 行政规范性文件 | 5 | 1 | 25 |\n", {DOCUMENTS: "5 1 25"}),
    "pipe-rows-broken": (
        f"{APPLICANTS}一、本年新收政府信息公开申请数量 | 25 |\n|\n|\n|\n|\n|\n25 |\n二、上年结转政府信息公开申请数量 | 1 |"
        " 0 | 0 | 0 | 0 | 0 | 1 |\n",
        {NEW: "25 _ _ _ _ _ 25", OVER: "1 0 0 0 0 0 1"},
    ),
    "cell-per-line-plain": (
        "信息内容\n本年制发件数\n本年废止件数\n现行有效件数\n规章\n/\n/\n/\n行政规范性文件\n3\n0\n14\n",
        {RULES: "/ / /", DOCUMENTS: "3 0 14"},
    ),
    "lone-pipe": (
        "信息内容\n|\n本年制发件数\n|\n本年废止件数\n|\n现行有效件数\n|\n规章\n|\n0\n|\n0\n|\n0\n|\n行政规范性文件\n|\n7\n|\n|\n9\n|\n",
        {RULES: "0 0 0", DOCUMENTS: "7 _ 9"},
    ),
    "mixed": (
        f"{HEADS}规章 |\n0 | 0 | 0 |\n行政规范性文件 | 2 |\n0 |\n11 |\n",
        {RULES: "0 0 0", DOCUMENTS: "2 0 11"},
    ),
    "glued": (
        "信息内容本年制发件数本年废止件数现行有效件数\n规章000\n行政规范性文件406\n",
        {RULES: "0 0 0", DOCUMENTS: "4 0 6"},
    ),
    "glued-undecidable": (
        "信息内容本年制发件数本年废止件数现行有效件数\n规章000\n行政规范性文件1153\n",
        {DOCUMENTS: "?* ?* ?*"},
    ),
    "glued-label-number": (
        "信息内容本年制发件数本年废止件数现行有效件数规章000行政规范性文件000第二十条第（五）项信息内容本年处理决定数量行政许可7",
        {RULES: "0 0 0", DOCUMENTS: "0 0 0", PERMITS: "7"},
    ),
    "glued-sign": (
        "信息内容上一年项目数量本年增/减处理决定数量\n行政许可2648-18538\n其他对外管理服务事项0+33\n",
        {PERMITS: "2648* ?* ?*"},
    ),
    "one-value-row": (
        f"{APPLICANTS}一、本年新收政府信息公开申请数量 | 0 |\n二、上年结转政府信息公开申请数量 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |\n",
        {OVER: "0 0 0 0 0 0 0"},
    ),
    "only-total": (
        f"{APPLICANTS}一、本年新收政府信息公开申请数量 | | | | | | | 6 |\n二、上年结转政府信息公开申请数量 | | | | | | | 0 |\n",
        {NEW: "_ _ _ _ _ _ 6", OVER: "_ _ _ _ _ _ 0"},
    ),
    "traditional-pinyin": (
        "信息內(nèi)容 | 本年制發(fā)件數(shù) | 本年廢止件數(shù) | 現(xiàn)行有效件數(shù) |\n規(guī)章 | 0 | 0 | 0 |\n"
        "行政規(guī)范性文件 | 2 | 1 | 8 |\n",
        {RULES: "0 0 0", DOCUMENTS: "2 1 8"},
    ),
    "kangxi": (
        "信息内容 | 本年制发件数 | 本年废⽌件数 | 现⾏有效件数 |\n规章 | 0 | 0 | 0 |\n⾏政规范性⽂件 | 2 | 1 | 8 |\n",
        {DOCUMENTS: "2 1 8"},
    ),
    "space-in-label": (
        f"{HEADS}规 章 | 0 | 0 | 0 |\n行 政规范性 文件 | 2 | 1 | 8 |\n",
        {RULES: "0 0 0", DOCUMENTS: "2 1 8"},
    ),
    "note-in-label": (
        f"{HEADS}规章(设区的市应提供相关数据，如8) | 0 | 0 | 0 |\n行政规范性文件 | 2 | 1 | 8 |\n",
        {RULES: "0 0 0", DOCUMENTS: "2 1 8"},
    ),
    "all-blank": (
        "信息内容\n本年制发件数\n本年废止件数\n现行有效件数\n规章\n行政规范性文件\n第二十条第（五）项\n信息内容\n本年处理决定数量\n行政许可\n",
        {RULES: "_ _ _", DOCUMENTS: "_ _ _", PERMITS: "_"},
    ),
    "extra-row": (
        f"{HEADS}规章 | 0 | 0 | 0 |\n行政规范性文件 | 2 | 1 | 8 |\n其他主动公开文件 | 4 | 4 | 4 |\n",
        {RULES: "0 0 0", DOCUMENTS: "2 1 8"},
    ),
    "nbsp-as-?": (f"{HEADS}规章 | ? 0 | ? 0 | ? 0 |\n行政规范性文件 | 2 | 1 | 8 |\n", {RULES: "0 0 0"}),
    "caption-row": (
        f"单位:白河县水利局 | | 2021年度 |\n第二十条第（一）项 | |||\n{HEADS}规章 | 0 | 0 | 0 |\n行政规范性文件 | 2 | 1 | 8 |\n",
        {DOCUMENTS: "2 1 8"},
    ),
}


@pytest.mark.parametrize("quirk", CASES)
def test_quirk(quirk):
    text, expected = CASES[quirk]
    assert marks(TITLE + text + END, *expected) == list(expected.values())


NUMBERS = {
    "1,165": (1165, None),
    "１２": (12, None),
    "减4": (-4, None),
    "增13": (13, None),
    "-417": (-417, None),
    "+126": (126, None),
    "未增未减": (0, None),
    "16件": (16, "件"),
}


@pytest.mark.parametrize("printed", NUMBERS)
def test_number_format(printed):
    text = f"{TITLE}{OLD_HEADS}行政许可 | 31 | {printed} | 9 |\n其他对外管理服务事项 | 0 | 0 | 0 |\n"
    cell = extract(text.encode()).cells["proactive.permits.change"]
    assert (cell.value, cell.unit) == NUMBERS[printed]
    assert cell.text == printed


@pytest.mark.parametrize(
    ("printed", "value", "unit"), [("160.5964万元", 160.5964, "万元"), ("709455.9元", 709455.9, "元")]
)
def test_amounts_keep_their_unit_and_are_not_scaled(printed, value, unit):
    text = f"{TITLE}{HEADS}规章 | 0 | 0 | 0 |\n信息内容 | 本年收费金额（单位：万元） |\n行政事业性收费 | {printed} |\n{END}"
    cell = extract(text.encode()).cells["proactive.fees.amount"]
    assert (cell.value, cell.unit, cell.text) == (value, unit, printed)


FLAGGED = {
    "extra-values": (f"{HEADS}规章 | 0 | 0 | 0 |\n信息内容 | 本年处理决定数量 |\n行政许可 | 7 | 0 | 0 |\n", PERMITS),
    "one-value-row": (
        f"{APPLICANTS}一、本年新收政府信息公开申请数量 | 3 | ||||||||\n二、上年结转政府信息公开申请数量 | 0 | ||||||||\n",
        NEW,
    ),
    "head-replaced": (
        "信息内容 | 上一年项目数量 | 本年数量 | 处理决定数量 |\n行政许可 | 31 | 40 | 9 |\n其他对外管理服务事项 | 0 | 0 | 0 |\n",
        PERMITS,
    ),
    "double sign": (f"{OLD_HEADS}行政许可 | 31 | --253 | 9 |\n其他对外管理服务事项 | 0 | 0 | 0 |\n", PERMITS),
    "shifted-value": (f"{OLD_HEADS}行政许可 | +22 | 0 | 889 |\n其他对外管理服务事项 | 0 | 0 | 0 |\n", PERMITS),
    "repeated-row": (
        f"{OLD_HEADS}行政许可 | 1 | 0 | 9 |\n行政许可 | 2 | 0 | 9 |\n其他对外管理服务事项 | 0 | 0 | 0 |\n",
        PERMITS,
    ),
    "every total is wrong": (
        f"{APPLICANTS}一、本年新收政府信息公开申请数量 | 0 | 0 | 0 | 0 | 0 | 5 | 0 |\n"
        "二、上年结转政府信息公开申请数量 | 0 | 0 | 0 | 0 | 0 | 1 | 0 |\n",
        NEW,
    ),
    "lone total in a blank table": (
        f"{APPLICANTS}一、本年新收政府信息公开申请数量 | | | | | | | |\n二、上年结转政府信息公开申请数量 | | | | | | | 12 |\n",
        OVER,
    ),
    "blanks of rows like it are lost": (
        f"{APPLICANTS}一、本年新收政府信息公开申请数量 | | | | | 7 | 2 | 9 |\n二、上年结转政府信息公开申请数量 | 2 | 2 |\n"
        "（一）予以公开 | 1 | 1 |\n",
        NEW,
    ),
    "label-lost": (f"{HEADS}| 4 | 0 | 5 |\n行政规范性文件 | 2 | 1 | 8 |\n", RULES),
}


@pytest.mark.parametrize("quirk", FLAGGED)
def test_what_is_odd_is_flagged(quirk):
    text, row = FLAGGED[quirk]
    cells = [cell for key, cell in extract((TITLE + text).encode()).cells.items() if key.rpartition(".")[0] == row]
    assert any(cell.review for cell in cells)


def test_a_wrong_total_of_the_agency_is_kept_and_reported():
    rows = [
        "一、本年新收政府信息公开申请数量 | 5 | 1 | 0 | 0 | 0 | 0 | 7 |",
        "二、上年结转政府信息公开申请数量 | 1 | 0 | 0 | 0 | 0 | 0 | 1 |",
    ]
    rows += ["（一）予以公开 | 3 | 1 | 0 | 0 | 0 | 0 | 4 |", "（二）部分公开 | 2 | 0 | 0 | 0 | 0 | 0 | 2 |"]
    record = extract((TITLE + APPLICANTS + "\n".join(rows) + "\n" + END).encode())
    cell = record.cells["requests.new_received.total"]
    assert (cell.value, cell.review) == (7, False)
    (found,) = [finding for finding in record.findings if finding.code == "T3.applicants" and finding.outcome == "fail"]
    assert found.cause == "agency"
    assert "requests.new_received.total" in found.cells


def test_totals_alone_are_a_habit_when_many_rows_have_them():
    text = f"{TITLE}{CASES['only-total'][0]}{END}"
    assert not any(cell.review for cell in extract(text.encode()).cells.values() if cell.state != "missing")


def tables(text):
    return dict(extract(text.encode()).tables)


def test_sentences_are_no_tables():
    text = (
        f"{TITLE}一、总体情况\n二、主动公开政府信息情况\n全年作出行政处罚8件，没有规章，行政许可12件。\n三、收到和处理政府信息公开申请情况\n"
        "2021年没有收到政府信息公开申请。\n四、政府信息公开行政复议、行政诉讼情况\n无。\n"
    )
    assert tables(text) == {"proactive": None, "requests": None, "disputes": None}


def test_a_table_of_contents_is_no_table():
    text = f"{TITLE}目录\n一、总体情况 …… 1\n二、主动公开政府信息情况 …… 10\n三、收到和处理政府信息公开申请情况 …… 11\n"
    assert tables(text) == {"proactive": None, "requests": None, "disputes": None}


def test_a_foreign_table_is_ignored():
    text = f"{TITLE}新闻发布会 | 电视采访 |\n3次 | 2次 |\n{HEADS}规章 | 0 | 0 | 0 |\n行政规范性文件 | 2 | 1 | 8 |\n"
    assert marks(text, RULES, DOCUMENTS) == ["0 0 0", "2 1 8"]


def test_a_table_before_its_heading_is_found():
    text = f"{TITLE}{HEADS}规章 | 0 | 0 | 0 |\n行政规范性文件 | 2 | 1 | 8 |\n二、主动公开政府信息情况\n"
    assert marks(text, DOCUMENTS) == ["2 1 8"]


def test_the_form_is_known_by_its_labels_not_by_the_year():
    text = f"{TITLE}{OLD_HEADS}行政许可 | 31 | 0 | 9 |\n其他对外管理服务事项 | 0 | 0 | 0 |\n"
    assert tables(text)["proactive"] == "2019"


def test_blocks_of_two_forms_in_one_table():
    text = (
        f"{TITLE}信息内容 | 本年新制作数量 | 本年新公开数量 | 对外公开总数量 |\n"
        "规章 | 0 | 0 | 0 |\n行政规范性文件 | 2 | 2 | 8 |\n"
        "信息内容 | 本年处理决定数量 |\n行政许可 | 5 |\n信息内容 | 本年处理决定数量 |\n行政处罚 | 6 |\n行政强制 | 0 |\n"
    )
    cells = extract(text.encode()).cells
    assert cells["proactive.normative_documents.created"].value == 2
    assert cells["proactive.permits.decisions"].value == 5


@pytest.mark.parametrize("period", ["2021年上半年", "2021年第三季度"])
def test_a_part_of_a_year_is_no_annual_report(period):
    text = f"白河县{period}政府信息公开工作情况统计\n主动公开信息120条，收到申请3件。\n"
    with pytest.raises(InputError) as error:
        extract(text.encode())
    assert error.value.code == "input.not_report"


def test_a_row_broken_off_has_its_visible_cells_and_no_others():
    text = (
        f"{TITLE}{APPLICANTS}一、本年新收政府信息公开申请数量 | 3 | 0 | 0 | 0 | 0 | 0 | 3 |\n"
        "二、上年结转政府信息公开申请数量 | 1 | 0 | 0"
    )
    new, over = marks(text, NEW, OVER)
    assert new == "3 0 0 0 0 0 3"
    assert over.replace("*", "").split()[3:] == [".", ".", ".", "."]


def test_an_empty_table_is_blank_never_zero():
    text = f"{TITLE}{HEADS}规章 | | | |\n行政规范性文件 | | | |\n"
    cells = extract(text.encode()).cells.values()
    assert {cell.value for cell in cells} == {None}


def test_a_short_sentence_with_a_count_is_no_row():
    text = f"{TITLE}{HEADS}规章 | 0 | 0 | 0 |\n全年公开，12件。\n行政规范性文件 | 2 | 1 | 8 |\n行政许可 | 5 |\n"
    assert marks(text, RULES, DOCUMENTS) == ["0 0 0", "2 1 8"]
    assert not [item for item in extract(text.encode()).findings if item.code == "table.unread"]


def test_brackets_in_brackets_do_no_harm():
    assert extract(f"{TITLE}{HEADS}规章 | {'(' * 4000}3{')' * 4000} | 0 | 0 |\n{END}".encode()).status == "review"


def test_units_in_the_prose_make_no_table():
    text = f"{TITLE}行政许可 12件\n行政处罚 3件\n行政强制 1件\n"
    assert tables(text)["proactive"] is None


# --- values that must not vanish -------------------------------------------------------------------------------------

TWO_ROWS = f"{TITLE}申请人情况\n自然人 法人或其他组织 总计\n商业企业 科研机构 社会公益组织 法律服务机构 其他\n"
WRAPPED = {
    "a comma in it": (
        "（二）部分公开（区分处理的，\n只计这一情形，不计 5 0 0 0 0 0 5\n其他情形）\n",
        "requests.partially_granted",
    ),
    "values before its last line": (
        "（二）部分公开（区分处理的，只计这一情 5 0 0 0 0 0 5\n形，不计其他情形）\n",
        "requests.partially_granted",
    ),
    "one character left": ("6.属于四类过程性信\n息 5 0 0 0 0 0 5\n", "requests.denied_process_information"),
}


@pytest.mark.parametrize("wrap", WRAPPED)
def test_values_of_a_wrapped_label_are_read_or_flagged(wrap):
    label, row = WRAPPED[wrap]
    (found,) = marks(f"{TWO_ROWS}（一）予以公开 14 3 0 0 0 0 17\n{label}7.属于行政执法案卷 0 0 0 0 0 0 0\n{END}", row)
    assert found == "5 0 0 0 0 0 5" or set(found.split()) <= {"?*", "_*", "5*", "0*"}


PERMITS_ONLY = (
    TITLE
    + "第二十条第（五）项\n信息内容\n本年处理决定数量\n行政许可\n{}第二十条第（六）项\n信息内容\n本年处理决定数量\n行政处罚\n57\n"
    "行政强制\n3\n" + END
)


@pytest.mark.parametrize(
    "printed",
    [
        "400余件\n", "约30件\n", "1842户\n", "3.2万件\n", "4127/312\n", "二十五\n", "12件，均已公示\n",
        "注：含备案，不含其他\n1842\n",
        "2022年年度报告，第5页，共9页\n1842\n", "三、收到和处理政府信息公开申请情况\n1842\n", "↓8\n", "（8）\n", "（8件）\n",
        "~ 5 ~\n",
    ],
)  # fmt: skip
def test_a_number_that_can_not_be_read_is_no_certain_blank(printed):
    cell = extract(PERMITS_ONLY.format(printed).encode()).cells[f"{PERMITS}.decisions"]
    assert cell.review


@pytest.mark.parametrize("printed", ["4127件，其中承诺件302件", "含变更，不含撤回件\t4127"])
def test_a_sentence_in_a_cell_does_not_hide_its_row(printed):
    text = PERMITS_ONLY.format("").replace("行政许可\n", f"行政许可\t{printed}\n")
    assert extract(text.encode()).cells[f"{PERMITS}.decisions"].review


@pytest.mark.parametrize(("printed", "value"), [("- 8", -8), ("－ 8", -8), ("—8", -8), (".5", 0.5)])
def test_a_sign_or_point_is_not_lost(printed, value):
    text = f"{TITLE}{OLD_HEADS}行政许可 | 18 | {printed} | 71 |\n其他对外管理服务事项 | 0 | 0 | 0 |\n{END}"
    assert extract(text.encode()).cells["proactive.permits.change"].value == value


def test_a_comparison_of_years_in_the_prose_is_no_table():
    text = f"{TITLE}近三年行政执法情况\n事项\t2020年\t2021年\t增减\n行政许可\t3980\t4127\t147\n行政处罚\t298\t312\t14\n{END}"
    assert tables(text)["proactive"] is None


def test_sentences_under_names_of_rows_are_no_table():
    text = f"{TITLE}（一）规章、规范性文件\n全年制发规范性文件7件。\n"
    text += f"（二）行政许可\n全年作出4127件。\n（三）行政处罚\n全年312件。\n{END}"
    assert tables(text)["proactive"] is None


def test_heads_in_another_order_are_flagged():
    text = f"{TITLE}信息内容 | 现行有效件数 | 本年废止件数 | 本年制发件数 |\n"
    text += f"规章 | 14 | 1 | 2 |\n行政规范性文件 | 58 | 3 | 7 |\n{END}"
    assert all("*" in mark for mark in marks(text, DOCUMENTS)[0].split())


def test_a_statistic_that_ends_in_june_is_no_year():
    text = f"{TITLE}本报告统计期限为2021年1月1日至6月30日。\n{HEADS}规章 | 0 | 0 | 0 |\n行政规范性文件 | 2 | 1 | 8 |\n{END}"
    with pytest.raises(InputError):
        extract(text.encode())
    assert extract(text.replace("6月30日", "12月31日").encode()).year == 2021


def test_a_label_whose_note_goes_on_elsewhere_is_no_certain_blank():
    text = f"{TITLE}信息内容\n本年制发件数\n本年废止件数\n现行有效件数\n规章\n0\n0\n0\n"
    text += "行政规范性文件(行政机关制定发布的\n决定、公告、通告\n"
    cells = extract(
        f"{text}等公文)\n7\n3\n58\n第二十条第（五）项\n信息内容\n本年处理决定数量\n行政许可\n4\n{END}".encode()
    ).cells
    assert all(cells[f"{DOCUMENTS}.{column}"].review for column in ("issued", "repealed", "in_force"))


@pytest.mark.parametrize("period", ["2021年1-6月", "2021年1月至9月"])
def test_months_are_no_year(period):
    text = f"白河县水利局{period}政府信息公开工作报告\n{HEADS}规章 | 0 | 0 | 0 |\n行政规范性文件 | 2 | 1 | 8 |\n{END}"
    with pytest.raises(InputError) as error:
        extract(text.encode())
    assert error.value.code == "input.not_report"
