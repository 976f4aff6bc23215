import pytest
from helpers_early import regions, tokens

from extractor.errors import InputError
from extractor.locate import locate

ITEM1 = "信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n"
ITEM5 = "信息内容\t本年处理决定数量\n"
REPORT = """二、主动公开政府信息情况
第二十条第（一）项
信息内容\t本年制发件数\t本年废止件数\t现行有效件数
规章\t0\t0\t0
三、收到和处理政府信息公开申请情况
\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计
一、本年新收政府信息公开申请数量\t1\t0\t0\t0\t0\t0\t1
四、政府信息公开行政复议、行政诉讼情况
行政复议\t行政诉讼
结果维持\t结果纠正\t其他结果\t尚未审结\t总计
0\t0\t0\t0\t0\t1\t0\t0\t0\t1\t0\t0\t0\t0\t0
五、存在的主要问题及改进情况
下一步将加强学习，改进工作。
"""


def found(text):
    return [(region.table, " ".join(token.text for token in region.tokens)) for region in regions(text)]


def tables(text):
    return [region.table for region in regions(text)]


def test_the_tables_of_a_report_are_found_in_its_order():
    assert found(REPORT) == [
        ("proactive", "第二十条第（一）项 信息内容 本年制发件数 本年废止件数 现行有效件数 规章 0 0 0"),
        (
            "requests",
            "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计 一、本年新收政府信息公开申请数量 1 0 0 0 0 0 1",
        ),
        (
            "disputes",
            "行政复议 行政诉讼 结果维持 结果纠正 其他结果 尚未审结 总计 0 0 0 0 0 1 0 0 0 1 0 0 0 0 0",
        ),
    ]


def test_tables_are_found_in_any_order_and_given_in_that_of_the_report():
    second, third, fourth = (
        REPORT.split("三、")[0],
        "三、" + REPORT.split("三、")[1].split("四、")[0],
        REPORT.split("四、")[1],
    )
    assert tables(f"{fourth}\n{third}\n{second}") == ["proactive", "requests", "disputes"]


@pytest.mark.parametrize(
    "heading", ["二、主动公开政府信息情况\n", "甲乙丙丁\n", "", "四、政府信息公开行政复议、行政诉讼情况\n"]
)
def test_a_table_is_known_by_its_labels_whatever_its_heading(heading):
    assert tables(f"{heading}{ITEM1}规章\t0\t0\t5\n") == ["proactive"]


@pytest.mark.parametrize(
    "text",
    [
        "本年办理行政处罚8件，行政许可3件，没有制定规章，也没有收费。",
        "行政处罚\t8件\n行政许可\t3件\n",
        "规章\t5\n",
        "规章\t5\t1\t2\n",
        "三、收到和处理政府信息公开申请情况\n四、政府信息公开行政复议、行政诉讼情况\n五、存在的主要问题及改进情况\n",
        "新闻发布会\t电视采访\n3\t2\n",
        "\t".join(["0"] * 20),
        "信息内容\n",
    ],
)
def test_what_only_names_rows_is_no_table(text):
    assert tables(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "规章\t5\t1\t2\n行政规范性文件\t1\t1\t2\n",
        "规章\t0\t0\t0\t0\t0\t0\n",
        ITEM1 + "规章\t8件\t0件\t9件\n",
        ITEM1 + "0\t0\t5\n",
        "第二十条第（五）项\n信息内容\n行政许可\t66\n",
    ],
)
def test_rows_with_bare_values_or_heads_are_a_table(text):
    assert tables(text) == ["proactive"]


def test_heads_without_rows_or_values_are_no_table():
    assert tables(ITEM1) == []


@pytest.mark.parametrize(("count", "is_table"), [(5, False), (6, True)])
def test_values_right_after_a_heading_are_its_table_when_they_are_enough(count, is_table):
    text = "二、主动公开政府信息情况\n" + "\t".join(["0"] * count) + "\n"
    assert tables(text) == (["proactive"] if is_table else [])


def test_values_after_a_sentence_under_a_heading_are_no_table():
    assert tables("二、主动公开政府信息情况\n本年情况如下，请查看。\n" + "\t".join(["0"] * 15)) == []


@pytest.mark.parametrize("heading", ["一、总体情况", "五、存在的主要问题及改进情况", "六、其他需要报告的事项"])
def test_values_under_the_heading_of_another_section_are_no_table(heading):
    assert tables(f"{heading}\n" + "\t".join(["7"] * 15)) == []


def test_a_sentence_inside_a_table_is_left_out():
    text = f"{ITEM1}规章\t5\t1\t2\n本机关全年没有制定其他文件，请予理解。\n{ITEM5}行政许可\t3\n"
    assert found(text) == [
        ("proactive", "信息内容 本年制发件数 本年废止件数 现行有效件数 规章 5 1 2 信息内容 本年处理决定数量 行政许可 3")
    ]


def test_parts_of_a_table_are_put_in_the_order_of_the_form():
    text = f"{ITEM5}行政许可\t3\n本机关依法履行职责，完成任务。\n{ITEM1}规章\t5\t1\t2\n"
    (region,) = regions(text)
    assert [token.text for token in region.tokens][-2:] == ["行政许可", "3"]
    assert [token.text for token in region.tokens][4:8] == ["规章", "5", "1", "2"]


def test_a_list_in_the_prose_does_not_repeat_the_rows_of_the_table():
    text = f"规章\t7\n行政许可\t7\n行政处罚\t7\n以上数据，详见下表。\n{ITEM1}规章\t5\t1\t2\n{ITEM5}行政许可\t3\n行政处罚\t4\n"
    (region,) = regions(text)
    assert [token.text for token in region.tokens if token.kind == "value"] == ["5", "1", "2", "3", "4"]


def test_words_of_two_tables_belong_to_the_one_that_follows():
    assert found("总计\n结果维持\n结果纠正\n1\n2\n") == [("disputes", "总计 结果维持 结果纠正 1 2")]
    assert found("总计\n自然人\n商业企业\n1\n2\n") == [("requests", "总计 自然人 商业企业 1 2")]


@pytest.mark.parametrize(
    ("tail", "last"),
    [
        ("", "2"),
        ("下一步将加强学习，改进工作。\n", None),
        ("五、存在的主要问题及改进情况\n", None),
        ("行政规范性文件\t3", "3"),
    ],
)
def test_the_last_token_is_known_when_the_text_ends_in_the_table(tail, last):
    (region,) = regions(f"{ITEM1}规章\t5\t1\t2\n{tail}")
    assert (region.last and region.last.text) == last


@pytest.mark.parametrize(
    ("repeated", "count", "deduplicated"), [(False, 30, True), (True, 30, False), (False, 10, False)]
)
def test_a_long_text_without_any_line_twice_is_taken_to_be_deduplicated(repeated, count, deduplicated):
    lines = [f"第{n}项工作已经完成，效果很好。" for n in range(count)]
    text = "\n".join([*lines, *lines[: int(repeated)], ITEM1 + "规章\t5\t1\t2"])
    (region,) = regions(text)
    assert region.deduplicated is deduplicated


def test_a_table_with_too_many_cells_is_refused():
    found_tokens = tokens("一、总体情况\n" + ITEM1 + "规章\t5\t1\t2\n" * 3)
    assert len(locate(found_tokens, 16)[0].tokens) == 16
    with pytest.raises(InputError, match=r"第 2 行起的表格有 16 个单元格，超过上限 15") as caught:
        locate(found_tokens, 15)
    assert caught.value.code == "input.too_many_cells"


def test_no_tokens_no_tables():
    assert locate([]) == []
