"""Word files: reports as agencies print them, and one file by hand for each thing that Word can do to a text."""

import io
import zipfile
from functools import cache

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor import extract
from extractor.document import Source
from extractor.errors import InputError
from extractor.readers.docx import read_docx
from extractor.settings import Settings

TITLE = "清河区水务局2023年政府信息公开工作年度报告"
PERSONS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
GROUPS = (
    ("（三）不予公开", "denied"),
    ("（四）无法提供", "unavailable"),
    ("（五）不予处理", "rejected"),
    ("（六）其他处理", "other"),
)
ITEMS = {
    "denied": (
        ("state_secret", "1.属于国家秘密"),
        ("prohibited_by_law", "2.其他法律行政法规禁止公开"),
        ("security_and_stability", "3.危及“三安全一稳定”"),
        ("third_party_rights", "4.保护第三方合法权益"),
        ("internal_affairs", "5.属于三类内部事务信息"),
        ("process_information", "6.属于四类过程性信息"),
        ("enforcement_files", "7.属于行政执法案卷"),
        ("administrative_inquiry", "8.属于行政查询事项"),
    ),
    "unavailable": (
        ("not_held", "1.本机关不掌握相关政府信息"),
        ("needs_creation", "2.没有现成信息需要另行制作"),
        ("still_unclear", "3.补正后申请内容仍不明确"),
    ),
    "rejected": (
        ("petition", "1.信访举报投诉类申请"),
        ("duplicate", "2.重复申请"),
        ("publication", "3.要求提供公开出版物"),
        ("excessive", "4.无正当理由大量反复申请"),
        ("reconfirmation", "5.要求行政机关确认或重新出具已获取信息"),
    ),
    "other": (
        ("correction_overdue", "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"),
        ("fee_overdue", "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
        ("remaining", "3.其他"),
    ),
}
COLUMNS = ("natural_person", "business", "research", "public_welfare", "legal_service", "other_org", "total")
COUNTS = {  # of the first six columns; all other rows are 0
    "new_received": (41, 7, 0, 1, 12, 2),
    "carried_over": (3, 0, 1, 0, 0, 0),
    "granted": (22, 4, 0, 1, 5, 1),
    "partially_granted": (6, 0, 1, 0, 2, 0),
    "denied_third_party_rights": (2, 1, 0, 0, 0, 0),
    "unavailable_not_held": (7, 1, 0, 0, 3, 1),
    "rejected_petition": (4, 0, 0, 0, 0, 0),
    "results_total": (41, 6, 1, 1, 10, 2),
    "carried_forward": (3, 1, 0, 0, 2, 0),
}
PROACTIVE = {
    "rules.issued": "0", "rules.repealed": "0", "rules.in_force": "0",
    "normative_documents.issued": "3", "normative_documents.repealed": "1", "normative_documents.in_force": "26",
    "permits.decisions": "1532", "penalties.decisions": "48", "coercive_measures.decisions": "5", "fees.amount": "120.56",
}  # fmt: skip
DISPUTES = {
    "reconsideration": "3,1,0,2,6",
    "litigation_direct": "1,0,0,0,1",
    "litigation_after_reconsideration": "0,0,1,1,2",
}
OUTCOMES = ("upheld", "corrected", "other", "pending", "total")


def request_rows():
    """Each row: its key, and its labels as (column, text, rows, columns)."""
    results = 3 + sum(map(len, ITEMS.values()))
    yield "new_received", [(0, "一、本年新收政府信息公开申请数量", 1, 3)]
    yield "carried_over", [(0, "二、上年结转政府信息公开申请数量", 1, 3)]
    yield "granted", [(0, "三、本年度办理结果", results, 1), (1, "（一）予以公开", 1, 2)]
    yield "partially_granted", [(1, "（二）部分公开（区分处理的，只计这一情形，不计其他情形）", 1, 2)]
    for group, name in GROUPS:
        above = [(1, group, len(ITEMS[name]), 1)]
        for key, label in ITEMS[name]:
            yield f"{name}_{key}", [*above, (2, label, 1, 1)]
            above = []
    yield "results_total", [(1, "（七）总计", 1, 2)]
    yield "carried_forward", [(0, "四、结转下年度继续办理", 1, 3)]


def figures(key):
    counts = COUNTS.get(key, (0,) * 6)
    return [str(count) for count in (*counts, sum(counts))]


def truth():
    cells = {f"proactive.{key}": text for key, text in PROACTIVE.items()}
    for key, _ in request_rows():
        cells |= {f"requests.{key}.{column}": text for column, text in zip(COLUMNS, figures(key), strict=True)}
    for key, texts in DISPUTES.items():
        cells |= {f"disputes.{key}.{column}": text for column, text in zip(OUTCOMES, texts.split(","), strict=True)}
    return cells


def put(table, text, row, column, rows=1, columns=1):
    cell = table.cell(row, column)
    if rows > 1 or columns > 1:
        cell = cell.merge(table.cell(row + rows - 1, column + columns - 1))
    cell.text = text


def add_proactive(document):
    table = document.add_table(14, 4, style="Table Grid")
    values = iter(PROACTIVE.values())
    blocks = (
        ("第二十条第（一）项", ("本年制发件数", "本年废止件数", "现行有效件数"), ("规章", "行政规范性文件")),
        ("第二十条第（五）项", ("本年处理决定数量",), ("行政许可",)),
        ("第二十条第（六）项", ("本年处理决定数量",), ("行政处罚", "行政强制")),
        ("第二十条第（八）项", ("本年收费金额（单位：万元）",), ("行政事业性收费",)),
    )
    row = 0
    for caption, heads, labels in blocks:
        put(table, caption, row, 0, columns=4)
        width = 3 // len(heads)
        for label, texts in (("信息内容", heads), *((label, None) for label in labels)):
            row += 1
            put(table, label, row, 0)
            for place in range(len(heads)):
                put(table, texts[place] if texts else next(values), row, 1 + place * width, columns=width)
        row += 1


def add_requests(document):
    rows = list(request_rows())
    table = document.add_table(3 + len(rows), 10, style="Table Grid")
    put(table, "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", 0, 0, 3, 3)
    put(table, "申请人情况", 0, 3, columns=7)
    put(table, "自然人", 1, 3, rows=2)
    put(table, "法人或其他组织", 1, 4, columns=5)
    put(table, "总计", 1, 9, rows=2)
    for place, head in enumerate(PERSONS[1:]):
        put(table, head, 2, 4 + place)
    for row, (key, labels) in enumerate(rows, 3):
        for column, label, below, across in labels:
            put(table, label, row, column, below, across)
        for column, text in enumerate(figures(key), 3):
            put(table, text, row, column)


def add_disputes(document):
    table = document.add_table(4, 15, style="Table Grid")
    put(table, "行政复议", 0, 0, columns=5)
    put(table, "行政诉讼", 0, 5, columns=10)
    put(table, "未经复议直接起诉", 1, 5, columns=5)
    put(table, "复议后起诉", 1, 10, columns=5)
    heads = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    for column in range(15):
        put(table, heads[column % 5], 1 + (column >= 5), column, rows=2 - (column >= 5))
    for column, text in enumerate(",".join(DISPUTES.values()).split(",")):
        put(table, text, 3, column)


@cache
def report():
    """A report with the three official tables, merged as agencies print them."""
    document = docx.Document()
    document.add_heading(TITLE, 0)
    document.add_paragraph("一、总体情况")
    document.add_paragraph("2023年，清河区水务局认真贯彻《中华人民共和国政府信息公开条例》，持续推进政府信息公开工作。")
    for heading, add in (
        ("二、主动公开政府信息情况", add_proactive),
        ("三、收到和处理政府信息公开申请情况", add_requests),
        ("四、政府信息公开行政复议、行政诉讼情况", add_disputes),
    ):
        document.add_paragraph(heading)
        add(document)
    document.add_paragraph("五、存在的主要问题及改进情况")
    document.add_paragraph("六、其他需要报告的事项")
    document.add_paragraph("无。")
    return saved(document)


def saved(document):
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACES = (
    f'xmlns:w="{WORD}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" xmlns:wps="http://schemas.microsoft.com/office/word/2010/'
    'wordprocessingShape" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SOURCE = Source("a.docx", "0" * 64, "application/vnd.openxmlformats-officedocument.wordprocessingml.document")


def relations(**targets):
    items = "".join(
        f'<Relationship Id="r{place}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate(targets.items())
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{items}</Relationships>'
    )


def package(parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def word(body, numbering=None, styles=None, **parts):
    """A Word file with this text; only the parts that are needed."""
    return package(
        {
            "_rels/.rels": relations(officeDocument="word/document.xml"),
            "word/_rels/document.xml.rels": relations(
                styles="styles.xml", numbering="numbering.xml", theme="theme/gone.xml"
            ),
            "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        }
        | ({"word/numbering.xml": f"<w:numbering {NAMESPACES}>{numbering}</w:numbering>"} if numbering else {})
        | ({"word/styles.xml": f"<w:styles {NAMESPACES}>{styles}</w:styles>"} if styles else {})
        | parts
    )


def read(data, **limits):
    return read_docx(data, SOURCE, Settings(**limits))


def lines(data):
    """Each line: a text for prose, a list of (text, column, rows, columns) for a row."""
    return [
        [(cell.text, cell.x0, cell.row_span, cell.col_span) for cell in line.cells] if line.grid else line.cells[0].text
        for line in read(data).lines
    ]


def texts(body, **parts):
    """The text of each line, with bars between cells."""
    return ["|".join(cell.text for cell in line.cells) for line in read(word(body, **parts)).lines]


def run(text, properties=""):
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(content, properties=""):
    return (
        f"<w:p><w:pPr>{properties}</w:pPr>{content if content.startswith('<') or not content else run(content)}</w:p>"
    )


def cell(content="", properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content if content.startswith('<') else paragraph(content)}</w:tc>"


def row(*cells, properties=""):
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(each if each.startswith('<') else cell(each) for each in cells)}</w:tr>"


def table(*rows):
    return f'<w:tbl><w:tblGrid><w:gridCol w:w="1"/></w:tblGrid>{"".join(rows)}</w:tbl>'


def refused(data, **limits):
    with pytest.raises(InputError) as error:
        read(data, **limits)
    assert "\n" not in str(error.value)
    return error.value.code


def test_every_cell_of_a_report_is_right_and_none_is_flagged():
    record = extract(report(), "report.docx")
    assert record.status == "ok"
    assert (record.agency, record.year) == ("清河区水务局", 2023)
    assert {key: found.text for key, found in record.cells.items()} == truth()
    assert not [key for key, found in record.cells.items() if found.review]
    assert record.cells["requests.granted.natural_person"].where.path == "tbl[2]/tr[6]/tc[3]"


def test_merged_heads_and_labels_stand_at_their_grid_columns():
    found = lines(report())
    heads = next(place for place, line in enumerate(found) if line[-1] == ("申请人情况", 3, 1, 7))
    assert found[heads][0][1:] == (0, 3, 3)
    assert found[heads + 1] == [("自然人", 3, 2, 1), ("法人或其他组织", 4, 1, 5), ("总计", 9, 2, 1)]
    assert found[heads + 2] == [(head, 4 + place, 1, 1) for place, head in enumerate(PERSONS[1:])]
    assert found[heads + 5][:3] == [("三、本年度办理结果", 0, 22, 1), ("（一）予以公开", 1, 1, 2), ("22", 3, 1, 1)]
    assert found[heads + 7][:3] == [("（三）不予公开", 1, 8, 1), ("1.属于国家秘密", 2, 1, 1), ("0", 3, 1, 1)]
    assert found[heads + 8][:2] == [("2.其他法律行政法规禁止公开", 2, 1, 1), ("0", 3, 1, 1)]


def test_a_blank_cell_is_a_cell():
    assert lines(word(table(row("规章", "", "0")))) == [[("规章", 0, 1, 1), ("", 1, 1, 1), ("0", 2, 1, 1)]]


def test_a_cell_with_nothing_but_a_picture_is_not_blank():
    picture = paragraph("<w:r><w:drawing><pic:pic/></w:drawing></w:r>")
    document = read(word(table(row("规章", cell(picture), "0"))))
    assert [found.text for found in document.lines[0].cells] == ["规章", "[图]", "0"]
    assert document.attachments == ("图片 1 张",)


def test_cells_wrapped_in_controls_and_custom_xml_are_found_in_order():
    inner = f"<w:sdt><w:sdtPr/><w:sdtContent>{cell('1')}</w:sdtContent></w:sdt>"
    wrapped = f"<w:customXml><w:customXmlPr/>{row('规章', inner, '2')}</w:customXml>"
    body = f"<w:sdt><w:sdtContent>{table(row('a', 'b'), wrapped)}{paragraph('后')}</w:sdtContent></w:sdt>"
    assert texts(paragraph("前") + body) == ["前", "a|b", "规章|1|2", "后"]


def test_columns_before_the_first_cell_count():
    found = lines(word(table(row("a", "b", "c"), row("d", properties='<w:gridBefore w:val="2"/>'))))
    assert found[1] == [("d", 2, 1, 1)]


def test_legacy_horizontal_merges_are_one_cell():
    merge = '<w:hMerge w:val="{}"/>'.format
    cells = (cell("头", merge("restart")), cell("", merge("continue")), cell("", "<w:hMerge/>"), "5")
    assert lines(word(table(row(*cells)))) == [[("头", 0, 1, 3), ("5", 3, 1, 1)]]


def test_a_merged_cell_may_be_wide_and_begin_anew_below():
    start, on = '<w:gridSpan w:val="2"/><w:vMerge w:val="restart"/>', '<w:gridSpan w:val="2"/><w:vMerge/>'
    found = lines(
        word(
            table(
                row(cell("甲", start), "1"),
                row(cell("", on), "2"),
                row(cell("乙", start), "3"),
                row(cell("藏", on), "4"),
            )
        )
    )
    assert found == [
        [("甲", 0, 2, 2), ("1", 2, 1, 1)],
        [("2", 2, 1, 1)],
        [("乙", 0, 2, 2), ("3", 2, 1, 1)],
        [("4", 2, 1, 1)],
    ]


def test_a_cell_that_goes_on_from_nothing_is_printed_as_it_stands():
    on = "<w:vMerge/>"
    assert texts(table(row(cell("甲", on), "1"), row(cell("", on), "2"))) == ["甲|1", "2"]
    assert texts(table(row("a", "b"), row(cell("5", on), "6"))) == ["a|b", "5|6"]


def test_a_number_is_not_lost_to_a_merge_of_another_width():
    rows = (row(cell("头", '<w:gridSpan w:val="2"/><w:vMerge w:val="restart"/>')), row(cell("5", "<w:vMerge/>"), "6"))
    assert texts(table(*rows)) == ["头", "5|6"]


@pytest.mark.parametrize("span", ["0", "-3", "x", "", "99999999999", "1e9", "２"])
def test_a_senseless_span_is_one_column_or_a_wide_cell(span):
    (line,) = read(word(table(row(cell("a", f'<w:gridSpan w:val="{span}"/>'), "b")))).lines
    assert [found.text for found in line.cells] == ["a", "b"]
    assert 1 <= line.cells[1].x0 <= 40_000


def test_a_row_with_a_table_in_it_only_arranges_the_page():
    inner = table(row("规章", "3"))
    outer = table(row("左", cell(paragraph("前") + inner + paragraph("后"))), row("行政许可", "7"))
    document = read(word(outer))
    assert lines(word(outer)) == [
        "左",
        "前",
        [("规章", 0, 1, 1), ("3", 1, 1, 1)],
        "后",
        [("行政许可", 0, 1, 1), ("7", 1, 1, 1)],
    ]
    assert document.lines[2].cells[1].where.path == "tbl[1]/tr[1]/tc[2]/tbl[1]/tr[1]/tc[2]"


def test_a_page_in_one_cell_is_read_by_paragraphs():
    assert lines(word(table(row(cell(paragraph("一、总体情况") + paragraph("正文。")))))) == ["一、总体情况", "正文。"]


def test_a_cell_beside_merged_ones_keeps_its_column():
    label = cell("甲", '<w:vMerge w:val="restart"/>'), cell("", "<w:vMerge/>")
    both = cell(paragraph("1") + paragraph("2"))
    assert lines(word(table(row(label[0], "0"), row(label[1], both))))[1] == [("1 2", 1, 1, 1)]


def test_paragraphs_of_a_cell_are_joined_by_a_space_and_runs_are_not():
    number = f"<w:p>{run('1')}{run('5', '<w:b/>')}{run('32')}</w:p>"
    assert texts(table(row(cell(paragraph("商业") + paragraph("企业")), cell(number)))) == ["商业 企业|1532"]


@pytest.mark.parametrize(
    "properties",
    ['<w:vertAlign w:val="superscript"/>', "<w:strike/>", '<w:dstrike w:val="true"/>'],
)
def test_a_raised_or_struck_out_figure_is_no_digit_of_its_neighbour(properties):
    assert texts(f"<w:p>{run('12')}{run('3', properties)}</w:p>") == ["12 3"]


@pytest.mark.parametrize(
    "properties", ['<w:vertAlign w:val="baseline"/>', '<w:strike w:val="0"/><w:dstrike w:val="false"/>']
)
def test_a_switch_that_is_off_changes_nothing(properties):
    after = run("3", f'{properties}<w:vanish w:val="off"/>')
    assert texts(f"<w:p>{run('12')}{after}</w:p>") == ["123"]


def test_deleted_and_moved_text_is_left_out_and_inserted_text_is_read():
    content = (
        f"<w:del><w:r><w:delText>9</w:delText></w:r></w:del><w:ins>{run('1')}</w:ins>"
        f"<w:moveFrom>{run('8')}</w:moveFrom><w:moveTo>{run('2')}</w:moveTo>"
    )
    assert texts(table(row("甲", cell(f"<w:p>{content}</w:p>")))) == ["甲|12"]


def test_deleted_and_hidden_rows_and_deleted_cells_are_left_out():
    rows = (
        row("甲", "1"),
        row("乙", "2", properties='<w:del w:id="1" w:author="x"/>'),
        row("丙", "3", properties="<w:hidden/>"),
        row("丁", cell("9", '<w:cellDel w:id="2"/>'), "4"),
    )
    assert lines(word(table(*rows)))[1:] == [[("丁", 0, 1, 1), ("4", 1, 1, 1)]]
    assert read(word(table(*rows))).lines[1].cells[1].where.path == "tbl[1]/tr[4]/tc[3]"


def test_hidden_text_is_left_out_by_itself_and_by_style():
    styles = (
        '<w:style w:type="character" w:styleId="Hid"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Top"><w:basedOn w:val="Base"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Base"><w:basedOn w:val="Top"/><w:rPr><w:vanish/></w:rPr></w:style>'
    )
    hidden = run("3", '<w:rStyle w:val="Hid"/>')
    body = (
        f"<w:p>{run('1')}{run('2', '<w:vanish/>')}{hidden}{run('4')}</w:p>"
        + paragraph("窗体顶端", '<w:pStyle w:val="Top"/>')
        + paragraph(run("见", '<w:vanish w:val="0"/>'), '<w:pStyle w:val="Top"/>')
    )
    assert texts(body, styles=styles) == ["14", "见"]


def test_signs_that_are_elements_are_printed():
    content = "<w:r><w:noBreakHyphen/><w:t>417</w:t></w:r>"
    assert texts(table(row("行政许可", cell(f"<w:p>{content}</w:p>")))) == ["行政许可|-417"]
    symbols = "".join(
        f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>'
        for font, code in (
            ("Symbol", "F02D"),
            ("Symbol", "F035"),
            ("Wingdings", "F035"),
            ("宋体", "4E00"),
            ("宋体", "zz"),
        )
    )
    assert texts(f"<w:p>{symbols}</w:p>") == ["-5\uf035一\ufffd"]
    assert texts("<w:p><w:r><w:t>5</w:t><w:softHyphen/><w:t>6</w:t></w:r></w:p>") == ["56"]


def test_digits_stay_as_they_are_printed():
    assert texts(paragraph("３７.5０")) == ["３７.5０"]


def test_line_breaks_make_lines_of_prose_and_spaces_in_cells():
    content = "<w:p><w:r><w:t>一</w:t><w:br/><w:t>二</w:t></w:r></w:p>"
    assert texts(content + table(row(cell(content), "1"))) == ["一", "二", "一 二|1"]


def test_what_tabs_hold_apart_stands_apart():
    document = read(word("<w:p><w:r><w:t>规章</w:t><w:tab/><w:tab/><w:t>12</w:t></w:r></w:p>"))
    (line,) = document.lines
    assert [(found.text, found.x0, found.x1) for found in line.cells] == [("规章", 0, 2), ("12", 4, 6)]
    assert not line.grid


def field(kind):
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def test_results_of_fields_are_read_and_instructions_are_not():
    inner = f"{field('begin')}{run('9')}{field('separate')}{run('8')}{field('end')}"
    nested = f"{field('begin')}<w:r><w:instrText>=SUM(</w:instrText></w:r>{inner}"
    complex_field = f"<w:p>{nested}{field('separate')}{run('12')}{field('end')}{run('件')}</w:p>"
    assert texts(complex_field) == ["12件"]
    assert texts(f'<w:p><w:fldSimple w:instr="PAGE">{run("3")}</w:fldSimple></w:p>') == ["3"]


def test_a_field_that_never_ends_hides_no_other_paragraph():
    assert texts(f"<w:p>{field('begin')}{run('PAGE')}</w:p><w:p>{field('end')}{run('7')}</w:p>") == ["7"]


def test_each_text_box_is_read_once_after_its_paragraph():
    box = f"<w:txbxContent>{paragraph('框')}{table(row('规章', '1'))}</w:txbxContent>"
    ways = f"<mc:Choice><wps:txbx>{box}</wps:txbx></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
    drawing = f"<w:r><mc:AlternateContent>{ways}</mc:AlternateContent></w:r>"
    document = read(word(f"<w:p>{run('前')}{drawing}{run('文')}</w:p>"))
    assert [[found.text for found in line.cells] for line in document.lines] == [["前文"], ["框"], ["规章", "1"]]
    assert document.lines[2].cells[1].where.path == "p[1]/box[1]/tbl[1]/tr[1]/tc[2]"
    old = f"<w:p><w:r><w:pict><v:textbox>{box}</v:textbox></w:pict></w:r></w:p>"
    assert texts(old) == ["框", "规章|1"]


def test_a_choice_without_text_gives_way():
    content = f"<mc:AlternateContent><mc:Choice/><mc:Fallback>{run('5')}</mc:Fallback></mc:AlternateContent>"
    assert texts(f"<w:p>{content}</w:p>") == ["5"]


def test_figures_of_a_formula_are_not_joined():
    formula = (
        "<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>"
    )
    assert texts(f"<w:p>{formula}</w:p>") == ["1 2"]


def test_readings_above_characters_are_left_out():
    ruby = f"<w:r><w:ruby><w:rt>{run('guī')}</w:rt><w:rubyBase>{run('规')}</w:rubyBase></w:ruby></w:r>"
    assert texts(f"<w:p>{ruby}{run('章')}</w:p>") == ["规章"]


def test_what_is_not_opened_is_told():
    picture = "<w:drawing><pic:pic/></w:drawing>"
    body = (
        f"<w:p><w:r>{picture}</w:r><w:r><w:pict><v:shape><v:imagedata/></v:shape></w:pict></w:r>"
        f"<w:r><mc:AlternateContent><mc:Choice>{picture}</mc:Choice><mc:Fallback>{picture}</mc:Fallback></mc:AlternateContent></w:r>"
        "<w:r><w:object><v:shape><v:imagedata/></v:shape></w:object></w:r>"
        f"<w:del><w:r>{picture}</w:r></w:del></w:p>"
        '<w:altChunk r:id="r9"/>'
    )
    assert read(word(body)).attachments == ("图片 3 张", "嵌入对象 1 个", "嵌入文件 1 个")


def level(place, form, text, extra=""):
    return f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{extra}<w:lvlText w:val="{text}"/></w:lvl>'


def definition(name, *levels, extra=""):
    return f'<w:abstractNum w:abstractNumId="{name}">{extra}{"".join(levels)}</w:abstractNum>'


def number(name, of, overrides=""):
    return f'<w:num w:numId="{name}"><w:abstractNumId w:val="{of}"/>{overrides}</w:num>'


def listed(text, name="1", place=0):
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{place}"/><w:numId w:val="{name}"/></w:numPr>')


NOTHING = '<w:suff w:val="nothing"/>'


@pytest.mark.parametrize(
    ("form", "text", "printed"),
    [
        ("decimal", "%1.", "12."),
        ("chineseCounting", "（%1）", "（十二）"),
        ("chineseCountingThousand", "%1、", "十二、"),
        ("ideographDigital", "%1", "一二"),
        ("decimalZero", "%1", "12"),
        ("decimalFullWidth", "%1．", "１２．"),
        ("decimalEnclosedCircleChinese", "%1", "⑫"),
        ("upperRoman", "%1", "XII"),
        ("lowerLetter", "%1)", "l)"),
        ("hebrew1", "%1", ""),
    ],
)
def test_numbers_are_printed_in_the_form_of_their_list(form, text, printed):
    body = "".join(listed("甲") for _ in range(12))
    assert texts(body, numbering=definition(0, level(0, form, text, NOTHING)) + number(1, 0))[-1] == f"{printed}甲"


@pytest.mark.parametrize(
    ("count", "printed"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (25, "二十五"), (99, "九十九")]
)
def test_chinese_numbers(count, printed):
    anew = f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{count}"/></w:lvlOverride>'
    numbering = definition(0, level(0, "chineseCounting", "%1", NOTHING)) + number(1, 0, anew)
    assert texts(listed("、甲"), numbering=numbering) == [f"{printed}、甲"]


def test_levels_count_within_those_above():
    numbering = definition(0, level(0, "chineseCounting", "%1、"), level(1, "decimal", "%1.%2", "<w:isLgl/>")) + number(
        1, 0
    )
    body = listed("a") + listed("b", place=1) + listed("c", place=1) + listed("d") + listed("e", place=1)
    assert texts(body, numbering=numbering) == ["一、 a", "1.1 b", "1.2 c", "二、 d", "2.1 e"]


def test_a_level_may_go_on_counting():
    numbering = definition(
        0, level(0, "decimal", "%1."), level(1, "decimal", "%2)", '<w:lvlRestart w:val="0"/>')
    ) + number(1, 0)
    body = listed("a") + listed("b", place=1) + listed("c") + listed("d", place=1)
    assert texts(body, numbering=numbering) == ["1. a", "1) b", "2. c", "2) d"]


def test_lists_of_one_definition_count_together_unless_one_begins_anew():
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    numbering = definition(0, level(0, "decimal", "%1.")) + number(1, 0) + number(2, 0) + number(3, 0, anew)
    body = listed("a", 1) + listed("b", 2) + listed("c", 3) + listed("d", 3)
    assert texts(body, numbering=numbering) == ["1. a", "2. b", "1. c", "2. d"]


def test_a_level_may_be_replaced_in_a_list():
    override = f'<w:lvlOverride w:ilvl="0">{level(0, "upperLetter", "%1)")}</w:lvlOverride>'
    assert texts(listed("a"), numbering=definition(0, level(0, "decimal", "%1.")) + number(1, 0, override)) == ["A) a"]


def test_numbers_come_from_styles_and_can_be_taken_away():
    styles = (
        '<w:style w:type="paragraph" w:styleId="H1"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="H2"><w:basedOn w:val="H1"/></w:style>'
    )
    numbering = definition(
        0,
        level(0, "chineseCounting", "%1、", '<w:pStyle w:val="H1"/>'),
        level(1, "decimal", "%2.", '<w:pStyle w:val="H2"/>'),
    ) + number(1, 0)
    body = (
        paragraph("a", '<w:pStyle w:val="H1"/>')
        + paragraph("b", '<w:pStyle w:val="H2"/>')
        + paragraph("c", '<w:pStyle w:val="H1"/><w:numPr><w:numId w:val="0"/></w:numPr>')
        + paragraph("d", '<w:pStyle w:val="H1"/>')
    )
    assert texts(body, styles=styles, numbering=numbering) == ["一、 a", "1. b", "c", "二、 d"]


def test_a_list_may_be_defined_by_a_style_of_lists():
    styles = (
        '<w:style w:type="numbering" w:styleId="L"><w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>'
    )
    numbering = (
        definition(0, extra='<w:numStyleLink w:val="L"/>')
        + definition(1, level(0, "decimal", "（%1）"), extra='<w:styleLink w:val="L"/>')
        + number(1, 0)
        + number(2, 1)
    )
    assert texts(listed("a"), styles=styles, numbering=numbering) == ["（1） a"]


def test_deleted_and_former_numbers_do_not_count():
    numbering = definition(0, level(0, "decimal", "%1.")) + number(1, 0)
    gone = paragraph("", '<w:numPr><w:numId w:val="1"/></w:numPr><w:rPr><w:del w:id="1"/></w:rPr>')
    former = paragraph("b", '<w:pPrChange><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:pPrChange>')
    assert texts(listed("a") + gone + former + listed("c"), numbering=numbering) == ["1. a", "b", "2. c"]


def test_a_number_stands_in_a_cell_without_other_text():
    numbering = definition(0, level(0, "decimal", "%1", NOTHING)) + number(1, 0)
    assert texts(table(row(cell(listed("")), "甲"), row(cell(listed("")), "乙")), numbering=numbering) == [
        "1|甲",
        "2|乙",
    ]


def test_bullets_are_printed():
    numbering = definition(0, level(0, "bullet", "\uf0b7")) + number(1, 0)
    assert texts(listed("甲"), numbering=numbering) == ["• 甲"]


@pytest.mark.parametrize(
    "numbering",
    [
        "<w:num/>",
        number(1, 7),
        definition(0) + number(1, 0),
        definition(0, extra='<w:numStyleLink w:val="L"/>') + number(1, 0),
    ],
)
def test_a_list_that_is_not_defined_has_no_numbers(numbering):
    assert texts(listed("甲"), numbering=numbering) == ["甲"]


def test_the_text_is_found_by_its_relationship():
    other = package(
        {
            "_rels/.rels": relations(officeDocument="/word/document2.xml"),
            "word/document2.xml": f"<w:document {NAMESPACES}><w:body>{paragraph('甲')}</w:body></w:document>",
            "word/document.xml": f"<w:document {NAMESPACES}><w:body>{paragraph('旧')}</w:body></w:document>",
        }
    )
    assert lines(other) == ["甲"]


def test_odd_names_and_namespaces_are_read():
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    body = f'<x:document xmlns:x="{strict}"><x:body><x:p><x:r><x:t>甲</x:t></x:r></x:p></x:body></x:document>'
    assert lines(package({"word\\Document.xml": body})) == ["甲"]


def test_a_missing_part_is_missed_only_where_it_is_needed():
    assert texts(listed("甲", "1") + paragraph("乙", '<w:pStyle w:val="gone"/>')) == ["甲", "乙"]
    external = relations(officeDocument="http://example.org/document.xml").replace("/>", ' TargetMode="External"/>')
    assert lines(word(paragraph("甲"), **{"_rels/.rels": external})) == ["甲"]


@pytest.mark.parametrize("kind", ["docm", "dotx"])
def test_documents_with_macros_and_templates_are_read(kind):
    types = {"docm": "application/vnd.ms-word.document.macroEnabled.main+xml", "dotx": "application/x-template"}
    content = f'<Types><Override PartName="/word/document.xml" ContentType="{types[kind]}"/></Types>'
    assert lines(word(paragraph("甲"), **{"[Content_Types].xml": content, "word/vbaProject.bin": b"\xd0\xcf"})) == [
        "甲"
    ]


LAUGHS = "".join(f'<!ENTITY l{place} "{f"&l{place - 1};" * 10}">' for place in range(1, 12))


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE x>",
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>',
    ],
)
@pytest.mark.parametrize("use", ["", "<w:p><w:r><w:t>&e;&l11;</w:t></w:r></w:p>", '<w:p w:x="&l11;"/>'])
def test_dtds_and_entities_are_refused(doctype, use):
    content = f"{doctype}<w:document {NAMESPACES}><w:body>{paragraph('甲')}{use}</w:body></w:document>"
    assert refused(word("", **{"word/document.xml": content})) == "input.damaged"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<w:document",
        "\x00\x01",
        f"<w:document {NAMESPACES}/>",
        f"<w:body {NAMESPACES}/>",
        '<?xml version="1.0" encoding="q"?><a/>',
    ],
)
def test_a_damaged_text_is_refused(content):
    assert refused(word("", **{"word/document.xml": content})) == "input.damaged"


@pytest.mark.parametrize(
    "part", ["_rels/.rels", "word/_rels/document.xml.rels", "word/styles.xml", "word/numbering.xml"]
)
def test_a_damaged_part_is_refused(part):
    assert refused(word(paragraph("甲"), **{part: "<a"})) == "input.damaged"


def test_a_file_without_text_is_refused():
    assert refused(package({"a.txt": "甲"})) == "input.damaged"
    assert refused(word("<w:p/>")) == "input.empty"


def test_elements_nested_too_deep_are_refused():
    assert refused(word("<w:sdt>" * 300 + "</w:sdt>" * 300)) == "limit.depth"


def test_the_deepest_tables_that_are_read_end_well():
    deep = "<w:tbl><w:tr><w:tc>" * 80 + paragraph("甲") + "</w:tc></w:tr></w:tbl>" * 80
    assert texts(deep) == ["甲"]


def test_a_part_that_is_too_large_is_refused():
    assert refused(word(paragraph("甲" * 200)), max_characters=5) == "input.too_large"


def test_a_part_of_too_many_elements_is_refused():
    assert refused(word("<w:p/>" * 100), max_characters=100) == "input.too_large"


def test_a_zip_bomb_is_refused():
    assert refused(word("<w:p/>" * 400_000)) == "limit.expansion"


def test_a_table_of_too_many_cells_is_refused():
    assert refused(word(table(*[row("1", "2")] * 10)), max_document_cells=15) == "input.too_many_cells"


@given(st.data())
def test_no_damage_to_a_file_gives_another_error(data):
    content = bytearray(report_without_parts())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(len(content) // 2, len(content)))
    codes = []
    try:
        read(bytes(content[:cut]))
    except InputError as error:
        codes.append(error.code)
    assert set(codes) <= {f"input.{code}" for code in ("damaged", "encrypted", "empty", "too_large")} | {
        "limit.expansion"
    }


@cache
def report_without_parts():
    return word(paragraph(TITLE) + table(row("规章", "1", "2"), row(cell("甲", "<w:vMerge/>"), "")) + listed("甲"))


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.integers(1, 4), st.sampled_from([None, "restart", "continue"]), st.sampled_from(["", "7", "甲"])
            ),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_cells_of_a_row_never_overlap_and_no_number_appears_from_nowhere(rows):
    merges = {None: "", "restart": '<w:vMerge w:val="restart"/>', "continue": "<w:vMerge/>"}
    cells = [
        [cell(text, f'<w:gridSpan w:val="{span}"/>{merges[merge]}') for span, merge, text in each] for each in rows
    ]
    document = read(word(paragraph("题") + table(*(row(*each) for each in cells))))
    for line in document.lines[1:]:
        place = int(line.cells[0].where.path.split("tr[")[1].split("]")[0]) - 1
        starts = [sum(span for span, _, _ in rows[place][:column]) for column in range(len(rows[place]))]
        for found in line.cells:
            column = int(found.where.path.split("tc[")[1].split("]")[0]) - 1
            assert (found.x0, found.col_span, found.text) == (
                starts[column],
                rows[place][column][0],
                rows[place][column][2],
            )
            assert place + found.row_span <= len(rows)
