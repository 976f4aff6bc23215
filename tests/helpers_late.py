"""Small report texts, and the stages up to a given one, for the tests of the late stages."""

from functools import cache

from extractor.align import Aligner
from extractor.label import label_rows
from extractor.locate import locate
from extractor.model import load_model
from extractor.readers import read
from extractor.settings import DEFAULTS
from extractor.tokens import tokenize

TITLE = "青石县水利局2021年政府信息公开工作年度报告"
END = "五、存在的主要问题及改进情况\n栏目更新还不够及时。\n"
PROACTIVE = """二、主动公开政府信息情况
第二十条第（一）项
信息内容\t本年制发件数\t本年废止件数\t现行有效件数
规章\t0\t0\t0
行政规范性文件\t3\t1\t52
第二十条第（五）项
信息内容\t本年处理决定数量
行政许可\t120
第二十条第（六）项
信息内容\t本年处理决定数量
行政处罚\t26
行政强制\t/
第二十条第（八）项
信息内容\t本年收费金额（单位：万元）
行政事业性收费\t24.5
"""
DISPUTES = """四、政府信息公开行政复议、行政诉讼情况
行政复议\t行政诉讼
结果维持\t结果纠正\t其他结果\t尚未审结\t总计\t未经复议直接起诉\t复议后起诉
结果维持\t结果纠正\t其他结果\t尚未审结\t总计\t结果维持\t结果纠正\t其他结果\t尚未审结\t总计
0\t1\t0\t0\t1\t0\t0\t0\t0\t0\t0\t2\t0\t0\t2
"""
REPORT = f"{TITLE}\n{PROACTIVE}{DISPUTES}{END}"
"""A report that leaves nothing to review."""

APPLICANTS = """三、收到和处理政府信息公开申请情况
申请人情况
自然人\t法人或其他组织\t总计
商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他
"""
LABELS = {
    "new_received": "一、本年新收政府信息公开申请数量",
    "carried_over": "二、上年结转政府信息公开申请数量",
    "granted": "（一）予以公开",
    "results_total": "（七）总计",
    "carried_forward": "四、结转下年度继续办理",
}


def requests_text(**rows):
    """A table of applications with these rows; each row is what is printed after its label."""
    return APPLICANTS + "".join(f"{LABELS[key]}{printed}\n" for key, printed in rows.items()) + END


def tabbed(*values):
    """Cells after a label, each behind a tab."""
    return "".join(f"\t{value}" for value in values)


def tables_in(text):
    """The labelled tables of a text."""
    return [label_rows(region) for region in locate(tokenize(read(text.encode(), "test")))]


def table_in(text):
    """The only labelled table of a text."""
    (table,) = tables_in(text)
    return table


@cache
def aligner():
    """The aligner with the packaged model."""
    return Aligner(load_model(), DEFAULTS)


def aligned(text):
    """The only table of a text, and its aligned rows by row key."""
    table = table_in(text)
    (rows,) = aligner().align([table])
    return table, {row.row.row: row for row in rows}


def texts_of(items):
    """The printed text of each item, None for none."""
    return [item.text if item else None for item in items]
