import io
import re
from random import Random

import pytest
from helpers_formats import RENDERED
from helpers_grid import Paragraph, sample_report
from helpers_late import DISPUTES, END, PROACTIVE, REPORT, TITLE, requests_text, tabbed
from helpers_pdf import FONT_FILE
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.headings import _ANY, _EDGES, _HEADINGS, _LONGEST, _WORDS
from extractor.pipeline import divide, find_rows, rows_of
from extractor.prose import Prose
from extractor.readers import read

SECTIONS = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "六、其他需要报告的事项",
)


def prose_of(text, name="test.txt"):
    """The prose of a text, of which no table has taken anything."""
    return Prose(read(text if isinstance(text, bytes) else text.encode(), name), ())


def beside_tables(text):
    """The prose of a report with tables."""
    report = find_rows(text.encode(), "test")
    return Prose(report.document, report.taken)


def said(prose):
    return [(passage.section, re.sub(r"\s+", "", passage.text)) for passage in prose.passages]


# --- sections --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        *((heading, number) for number, heading in enumerate(SECTIONS, 1)),
        *((heading.partition("、")[2], number) for number, heading in enumerate(SECTIONS, 1)),
        ("## 一、总体情况", 1),
        ("**一、总体情况**", 1),
        ("一、概述", 1),
        ("第一部分 总体情况", 1),
        ("一、2023年政府信息公开工作总体情况", 1),
        ("（二）主动公开政府信息情况".removeprefix("（二）"), 2),
        ("二、行政机关主动公开政府信息的情况：", 2),
        ("二、主动公开政府政府情况", 2),
        ("二、 主 动 公 开 政 府 信 息 情 况", 2),
        ("２．主动公开政府信息情况", 2),
        ("、行政机关收到和处理政府信息公开申请情况", 3),
        ("三、收到的处理政府信息公开申请情况", 3),
        ("三、收到和处理政府信息公开申\n请情况", 3),
        ("三、收到和處理政府信息公開申請情況", 3),
        ("三、收到和處理政府信息公開申請(qǐng)情況", 3),
        ("表三：收到和处理政府信息公开申请情况", 3),
        ("收到和处理政府信息公开申请情况（续）", 3),
        ("四、因政府信息公开工作被申请行政复议、提起行政诉讼情况", 4),
        ("四、政府信息公开行政法复议、行政诉讼情况", 4),
        ("四、政府信息公开⾏政复议、⾏政诉讼情况", 4),
        ("五、存在问题及改进措施", 5),
        ("五、政府信息公开工作存在的问题和下一步工作打算", 5),
        ("（一）存在的主要问题", 5),
        ("六、其它需要报告的事项", 6),
        ("六、需要报告的其他事项", 6),
    ],
)
def test_headings_of_sections(heading, section):
    prose = prose_of(f"青石县水利局的年度报告\n{heading}\n水库的水位每天登载。\n")
    assert prose.sections == {section}
    assert said(prose) == [(None, "青石县水利局的年度报告"), (section, "水库的水位每天登载。")]


@pytest.mark.parametrize(
    "text",
    [
        "（一）主动公开政府信息情况。全年登载水情八十次。",
        "详见二、主动公开政府信息情况中的表格。",
        "总体情况良好，水情每天登载。",
        "本局没有其他需要报告的事项。",
        "存在的问题是讲解少，措施是多讲。",
        "一是存在的主要问题及改进情况已经上报。",
    ],
)
def test_what_only_sounds_like_a_heading(text):
    assert not prose_of(f"{TITLE}\n{text}\n").sections


def test_headings_and_sentences_of_one_line():
    text = "　　".join(
        (
            "一、总体情况",
            "水情每天登载。",
            "二、主动公开政府信息情况",
            "登载规约一件。",
            "六、其他需要报告的事项",
            "无。",
        )
    )
    assert said(prose_of(text)) == [(1, "水情每天登载。"), (2, "登载规约一件。"), (6, "无。")]


def test_official_headings_without_anything_before_them():
    text = "水情每天登载四、政府信息公开行政复议、行政诉讼情况本局没有这类案件。五、存在的主要问题及改进情况讲解少。"
    assert said(prose_of(text)) == [(None, "水情每天登载"), (4, "本局没有这类案件。"), (5, "讲解少。")]


def test_a_table_of_contents_is_no_section():
    contents = "".join(f"{heading} …… {page}\n" for page, heading in enumerate(SECTIONS, 1))
    prose = prose_of(f"{TITLE}\n目录\n{contents}本报告由局办公室编写。\n一、总体情况\n水情每天登载。\n")
    assert prose.sections == {1}
    assert said(prose) == [(None, f"{TITLE}目录"), (None, "本报告由局办公室编写。"), (1, "水情每天登载。")]


def test_contents_without_page_numbers_are_known_by_their_return():
    prose = prose_of(
        "\n".join(SECTIONS) + "\n本报告由局办公室编写。\n" + "\n水情每天登载。\n".join(SECTIONS) + "\n无\n"
    )
    assert said(prose)[0] == (None, "本报告由局办公室编写。")
    assert [section for section, _ in said(prose)] == [None, 1, 2, 3, 4, 5, 6]


def test_headings_without_text_between_them_count_where_they_do_not_return():
    prose = prose_of("\n".join(SECTIONS) + "\n无\n")
    assert prose.sections == {1, 2, 3, 4, 5, 6}
    assert said(prose) == [(6, "无")]


# --- passages --------------------------------------------------------------------------------------------------------


def test_wrapped_lines_and_paragraphs_are_one_passage_with_their_breaks():
    prose = prose_of("一、总体情况\n全年没有收到政\n府信息公开申请。\n\n水情每天登载。\n")
    (passage,) = prose.passages
    assert passage.text == "全年没有收到政\n府信息公开申请。\n\n水情每天登载。"


def test_tables_and_their_heads_are_no_prose():
    rows = requests_text(new_received=tabbed(1, 0, 0, 0, 0, 0, 1), carried_over=tabbed(*"0000000"))
    text = f"{TITLE}\n一、总体情况\n水情每天登载。\n{PROACTIVE}{rows.replace(END, '')}{DISPUTES}{END}"
    assert said(beside_tables(text)) == [(None, TITLE), (1, "水情每天登载。"), (5, "栏目更新还不够及时。")]


def test_heads_of_a_table_that_is_cut_off_are_no_prose():
    text = f"{TITLE}\n{PROACTIVE}三、收到和处理政府信息公开申请情况\n（本列数据的勾稽关系为：第一项加第二项之和\n申请人情况\n"
    assert said(beside_tables(text)) == [(None, TITLE)]


def test_lines_of_wrapped_labels_are_no_prose():
    rows = "自然\n人\t法人或其他组织\t总计\n二、上年结转政府信\n息公开申请数\t0\t0\t0\t1\t0\t0\t1\n量\n"
    text = requests_text(new_received=tabbed(1, 0, 0, 0, 0, 0, 1)).replace(END, rows + END)
    assert [section for section, _ in said(beside_tables(text))] == [5]


@pytest.mark.parametrize("sentence", ["全年没有收到申请。", "收到公开申请3件，其中网络2件", "无申请"])
def test_sentences_between_a_heading_and_its_table_are_prose(sentence):
    text = REPORT.replace("二、主动公开政府信息情况\n", f"二、主动公开政府信息情况\n{sentence}\n")
    assert (2, sentence) in said(beside_tables(text))


def test_a_sentence_among_the_words_of_a_table_is_prose():
    glued = (
        "三、收到和处理政府信息公开申请情况申请人情况自然人法人或其他组织总计商业企业科研机构社会公益组织法律服务机构其他"
        "一、本年新收政府信息公开申请数量1000001二、上年结转政府信息公开申请数量0000000（七）总计1000001四、结转下年度继续办理0000000"
        "四、政府信息公开行政复议、行政诉讼情况本局在这一年里没有发生涉及政府信息公开的行政复议、行政诉讼案件。"
    )
    text = f"{TITLE}\n{glued}\n"
    assert (4, "本局在这一年里没有发生涉及政府信息公开的行政复议、行政诉讼案件。") in said(beside_tables(text))


def test_sentences_in_a_layout_table_are_prose():
    text = "| 一、总体情况 | |\n| 水库的水位每天登载，汛期加密。 | 图 |\n| 全年没有收到公开申请。 |\n"
    assert [text for _, text in said(prose_of(text, "a.md"))] == [
        "水库的水位每天登载，汛期加密。",
        "全年没有收到公开申请。",
    ]


@pytest.mark.parametrize("number", ["- 3 -", "— 12 —", "第 3 页", "第3页 共9页", "Page 3", "P. 8"])
def test_page_numbers_are_no_prose(number):
    prose = prose_of(f"一、总体情况\n收到公开申请\n{number}\n两件，都已答复。\n")
    assert said(prose) == [(1, "收到公开申请"), (1, "两件，都已答复。")]


def test_a_bare_figure_in_a_wrapped_sentence_is_kept():
    assert said(prose_of("一、总体情况\n收到公开申请\n12\n件，都已答复。\n")) == [(1, "收到公开申请12件，都已答复。")]


def test_a_document_without_prose():
    prose = beside_tables(PROACTIVE + DISPUTES)
    assert prose.passages == ()
    assert prose.sentences == ()


# --- every format ----------------------------------------------------------------------------------------------------


def squeezed(text):
    return re.sub(r"[\s#*]+", "", text)


def expected(report):
    """What each section of a report says."""
    found, section = {}, None
    for block in report.blocks:
        if isinstance(block, Paragraph) and block.kind == "heading":
            section = "一二三四五六".index(block.text[0]) + 1
        elif isinstance(block, Paragraph) and block.kind == "prose" and section:
            found[section] = found.get(section, "") + squeezed(block.text)
    return found


@pytest.mark.parametrize("name", sorted(set(RENDERED) - {"xlsx_three_sheets"}))
@pytest.mark.parametrize("seed", [1, 2])
def test_every_format_has_its_sentences_in_their_sections(name, seed):
    report = sample_report(seed)
    data = RENDERED[name](report, Random(seed))
    (part,) = [rows_of(document) for document in divide(read(data, name))]
    prose = Prose(part.document, part.taken)
    assert prose.sections == {1, 2, 3, 4, 5, 6}
    found = {}
    for passage in prose.passages:
        assert part.document.text[passage.start : passage.start + len(passage.text)] == passage.text
        found[passage.section] = found.get(passage.section, "") + squeezed(passage.text)
    for section, text in expected(report).items():
        assert found.pop(section).startswith(text)  # web pages go on with their foot
    assert set(found) <= {None}


# --- places ----------------------------------------------------------------------------------------------------------


def test_a_place_in_a_text_has_line_and_offsets():
    prose = prose_of("一、总体情况\n\n水情每天登载。\n收到申请三件。\n")
    start = prose.text.index("收到")
    where = prose.where(start, start + 7)
    assert (where.line, where.start, where.end) == (4, start, start + 7)
    assert (where.page, where.bbox, where.path) == (None, None, None)


def test_a_place_in_a_page_names_its_element():
    html = "<html><body><p>一、总体情况</p><p>水情每天登载。</p><p>收到公开申请三件。</p></body></html>"
    prose = prose_of(html.encode(), "a.html")
    start = prose.text.index("三件")
    where = prose.where(start, start + 2)
    assert where.path == prose.where(start - 4, start).path
    assert where.path != prose.where(prose.text.index("水情"), prose.text.index("水情") + 2).path
    assert prose.text[where.start : where.end] == "三件"


@pytest.mark.skipif(not FONT_FILE.exists(), reason="the font is not installed")
def test_a_place_over_two_printed_lines_has_one_box():
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("prose", str(FONT_FILE), subfontIndex=0))
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.setFont("prose", 12)
    for place, line in enumerate((TITLE, "一、总体情况", "全年一共收到公开申请十五件。", "其中网络申请十二件。")):
        canvas.drawString(60, 780 - 20 * place, line)
    canvas.showPage()
    canvas.save()
    prose = prose_of(buffer.getvalue(), "a.pdf")
    start = prose.text.index("全年")
    both, first = prose.where(start, start + 24), prose.where(start, start + 4)
    assert both.page == first.page == 1
    assert both.bbox[3] > first.bbox[3] + 10
    assert both.bbox[:2] == first.bbox[:2]


# --- sentences -------------------------------------------------------------------------------------------------------


def test_sentences_are_folded_and_keep_their_places():
    prose = prose_of("一、总體情況\n收到 申請３件，\n都已答復。水情每天登載；\n\n無一遺漏\n")
    assert [sentence.text for sentence in prose.sentences] == ["收到申请3件,都已答复。", "水情每天登载;", "无一遗漏"]
    assert {sentence.section for sentence in prose.sentences} == {1}
    first = prose.sentences[0]
    assert prose.text[first.start : first.end] == "收到 申請３件，\n都已答復。"


WORDS = st.sampled_from(
    [
        *SECTIONS,
        "收到申请3件，",
        "都已答复。",
        "\n",
        "\n\n",
        "\r",
        "\t",
        "　　",
        "| ",
        "规章",
        "0",
        "12",
        "（一）",
        "- 3 -",
        "(fā)",
        "𠀀",
        "\u200b",
        "總體情況",
        "x",
    ]
)


@given(st.lists(WORDS, max_size=40).map("".join).filter(lambda text: text.strip()))
@settings(max_examples=150, deadline=None)
def test_passages_are_stretches_of_the_text_in_order(text):
    document = read(("青" + text).encode(), "test")
    prose = Prose(document, ())
    place = 0
    for passage in prose.passages:
        assert passage.start >= place
        assert document.text[passage.start : passage.start + len(passage.text)] == passage.text
        place = passage.start + len(passage.text)
        assert passage.section is None or passage.section in prose.sections
    for sentence in prose.sentences:
        assert any(one.start <= sentence.start and sentence.end <= one.start + len(one.text) for one in prose.passages)
        assert not re.search(r"\s", sentence.text)
        where = prose.where(sentence.start, sentence.end)
        assert (where.start, where.end) == (sentence.start, sentence.end)


@given(st.data(), st.sampled_from(_HEADINGS))
def test_each_heading_has_a_word_that_headings_are_sought_by(data, heading):
    text = data.draw(st.from_regex(heading[2], fullmatch=True))
    assert any(word.start() <= _LONGEST for word in _WORDS.finditer(text))


@pytest.mark.parametrize("words", [*range(5), 30])
def test_words_of_a_heading_that_go_on_and_on_make_no_heading(words):
    text = "三、政府信息公开申请" + "受理" * words + "情况"
    assert prose_of(f"{text}\n今年无。").sections == ({3} if words <= 3 else set())


@given(st.text(st.sampled_from("0129 \t\n|年、总体情况"), max_size=12))
def test_no_heading_begins_after_an_edge_that_is_left_out(text):
    squeezed = "".join(text.split())
    if not _EDGES.match("\n" + text) and text == text.strip() and not text.startswith("|"):
        assert not _ANY.match(squeezed)
