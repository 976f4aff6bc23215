"""A small annotated report, models to compare, and annotation files, for the tests of evaluation and of training runs."""

import re
from dataclasses import replace

import numpy as np
from helpers_training import annotation

from extractor.forms import forms
from extractor.model import load_model
from training.annotations import dump, to_dict
from training.store import write_model

_VALUE = re.compile(r"⟦(.*?)\|(.*?)(?:=(.*?))?⟧")
DISPUTES = [
    f"disputes.{row.key}.{column.key}"
    for form in forms()
    if form.table == "disputes"
    for block in form.blocks
    for row in block.rows
    for column in block.columns
]

TITLE = "青石县水利局2021年政府信息公开工作年度报告\n"
PROACTIVE = """二、主动公开政府信息情况
第二十条第（一）项
信息内容\t本年制发件数\t本年废止件数\t现行有效件数
规章\t⟦0|proactive.rules.issued⟧\t⟦0|proactive.rules.repealed⟧\t⟦0|proactive.rules.in_force⟧
行政规范性文件\t⟦3|proactive.normative_documents.issued⟧\t⟦1|proactive.normative_documents.repealed⟧\t\
⟦52|proactive.normative_documents.in_force⟧
第二十条第（五）项
信息内容\t本年处理决定数量
行政许可\t⟦120|proactive.permits.decisions⟧
第二十条第（六）项
信息内容\t本年处理决定数量
行政处罚\t⟦26|proactive.penalties.decisions⟧
行政强制\t⟦/|proactive.coercive_measures.decisions⟧
第二十条第（八）项
信息内容\t本年收费金额（单位：万元）
行政事业性收费\t⟦24.5|proactive.fees.amount⟧
"""
HEADS = """四、政府信息公开行政复议、行政诉讼情况
行政复议\t行政诉讼
结果维持\t结果纠正\t其他结果\t尚未审结\t总计\t未经复议直接起诉\t复议后起诉
结果维持\t结果纠正\t其他结果\t尚未审结\t总计\t结果维持\t结果纠正\t其他结果\t尚未审结\t总计
"""
END = "五、存在的主要问题及改进情况\n栏目更新还不够及时。\n"


def marked(text, **details):
    """An annotation of a text that names its cells: ``⟦3|proactive.rules.issued⟧``, or ``⟦减3|proactive.rules.change=-3⟧``."""
    parts, end = [], 0
    for match in _VALUE.finditer(text):
        printed, key, value = match.groups()
        parts += [text[end : match.start()], (printed, key) if value is None else (printed, key, float(value))]
        end = match.end()
    return annotation(*parts, text[end:], **details)


def disputes(*printed):
    """The third table, with these values in its columns."""
    return "\t".join(f"⟦{text}|{key}⟧" for text, key in zip(printed, DISPUTES, strict=True)) + "\n"


SMALL_TEXT = TITLE + PROACTIVE + HEADS + disputes(*"010010000002002") + END
"""A report of 25 cells that leaves nothing to review."""


def small(**details):
    """The small report, annotated."""
    return marked(SMALL_TEXT, **details)


def write_annotation(folder, found):
    """Write an annotation file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{found.name}.json"
    path.write_text(dump(to_dict(found)), encoding="utf-8")
    return path


def write_ignorant_model(folder):
    """Write a model to which all steps are alike: the packaged one with zeros for weights."""
    model = load_model()
    layers = tuple((np.zeros_like(weights), np.zeros_like(bias)) for weights, bias in model.layers)
    return write_model(folder, replace(model, layers=layers), {})


def write_copy(folder):
    """Write the packaged model once more."""
    return write_model(folder, load_model(), {})
