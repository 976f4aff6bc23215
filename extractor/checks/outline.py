"""The report as a whole: its sections, the version of its tables, and what is left in it of the template it was written in."""

import re
from collections.abc import Iterator
from functools import lru_cache

from extractor.checks import Context, finding
from extractor.checks.operands import by_words, parts, quoted
from extractor.document import Where
from extractor.fold import fold
from extractor.forms import FormTable
from extractor.prose import Prose
from extractor.record import Finding, Record
from extractor.vocabulary import vocabulary

_SECTIONS = {
    1: "总体情况",
    2: "主动公开政府信息情况",
    3: "收到和处理政府信息公开申请情况",
    4: "政府信息公开行政复议、行政诉讼情况",
    5: "存在的主要问题及改进情况",
    6: "其他需要报告的事项",
}
_NUMERALS = "一二三四五六"
_MOST = 4
"""A document with so many of the sections is a report; one with fewer may be a part of one."""

_SPOKEN_OF = {  # sections that may be there under a heading we don't know, by what their sentences speak of
    2: re.compile(r"主动公开(?:政府信息)?的?情况|规范性文件|行政许可"),
    3: re.compile(r"申请"),
    4: re.compile(r"复议|诉讼"),
    5: re.compile(r"问题|不足|困难|短板|薄弱|有待|改进|下一步|今后|明年|来年"),
    6: re.compile(r"其[他它](?:需要?|应当?|有关)?(?:予以)?(?:报告|说明)|(?:报告|说明)的?其[他它]|处理费"),
}
_YEAR, _PERIOD = re.compile(r"20[0-3]\d(?=年)"), re.compile(r"(20[0-3]\d)年1月1日")
_OVERVIEW = 100
"""So many characters before the first heading may be the first section without its heading."""

_BLANK = "xX×✕✖"
_TEMPLATE = re.compile(
    r"该部分以表格形式报告"
    r"|^[(【]?这一(?:项|部分)(?:主要)?报告本机关"
    r"|^\((?:请|没有的?|问题不少于|此处|可根据|字数)[^()]*(?:填|写|列|删|对应|不少于|不超过)[^()]*\)"
    r"|^(?:填报|填表|填写)说明|请在?此处|此处(?:填写|插入|应填)|没有的?,?请?填[“\"]?无"
    r"|[\[【(](?:行政)?(?:机关|单位|部门)(?:名称|全称)[\])】]"
    rf"|(?:20)?[{_BLANK}]{{2,4}}年|(?<![\dA-Za-z{_BLANK}])[{_BLANK}]{{2,4}}(?:余)?[件条次份篇期]"
    r"|_{2,}[件条次份年月]"
)
_TITLE_LEFT = re.compile(
    rf"[{_BLANK}]{{2,}}(?:省|市|县|区|镇|乡|街道|局|委|人民政府|单位|机关|部门).{{0,30}}公开.{{0,8}}(?:报告|年报)"
)


@by_words
def sections(context: Context) -> Iterator[Finding]:
    """S.missing (国办公开办函〔2021〕30号，《政府信息公开条例》第五十条): the report has the six sections of the form.

    A section is there when its heading or its table is. It is missing only in a document that is a report and says nothing of
    what would stand in it; where the document may simply break off, that is no more than information.
    """
    if context.prose is None:
        return
    found = context.prose.sections | {form.section for form in vocabulary().forms_of(context.record.tables)}
    for number, title in _SECTIONS.items():
        named = f"{_NUMERALS[number - 1]}、{title}"
        if number in found:
            yield finding("S.missing", "pass", f"有“{named}”")
        elif len(context.prose.sections) < _MOST or _may_be_unheaded(context.prose, number):
            yield finding("S.missing", "unverifiable", f"没有找到标题“{named}”，可能是摘录，或标题不同")
        else:
            missing = finding("S.missing", "fail", f"没有“{named}”", cause="agency")
            yield missing._replace(severity="info") if number > max(found) else missing


def _may_be_unheaded(prose: Prose, number: int) -> bool:
    if number in _SPOKEN_OF:
        return bool(_SPOKEN_OF[number].search(fold(prose.text)))
    return sum(len(passage.text) for passage in prose.passages if passage.section is None) >= _OVERVIEW


def form_version(context: Context) -> Iterator[Finding]:
    """S.form (国办公开办函〔2021〕30号、〔2019〕60号): each table is that of the form in force for the year of the report."""
    record = context.record
    expected = vocabulary().form_of_year(record.year)
    strays = _strays(record)
    for form in vocabulary().forms_of(record.tables):
        if len(vocabulary().family(form.table).forms) < 2:
            continue
        if expected is None:
            yield finding("S.form", "unverifiable", f"{form.title}：报告年份不明，无法判断应使用的表格")
            continue
        others = tuple(key for key in strays if parts(key)[0] == form.table)
        official = next((each for each in vocabulary().family(form.table).forms if each.form == expected), form)
        if form is not official and _other_forms(context, expected):
            yield finding("S.form", "unverifiable", f"{form.title}：报告对年份的说法不一，无法判断应使用的表格")
        elif form is not official:
            message = (
                f"{form.title}：{record.year} 年的报告应使用 {official.source} 的表格，实际使用 {form.source} 的表格"
            )
            yield finding("S.form", "fail", message, cause="agency", where=_first_place(context, form))
        elif others:
            message = f"{form.title}：混用了两个版本的表格，应全部使用 {official.source} 的表格"
            where = record.cells[others[0]].where
            yield finding("S.form", "fail", message, cause="agency", cells=others, where=where)
        else:
            yield finding("S.form", "pass", f"{form.title}：使用 {official.source} 的表格")


def _other_forms(context: Context, expected: str) -> bool:
    """True when the title, or the period that the prose names, is of a year with another form."""
    title, prose = context.record.title, context.prose
    stated = _YEAR.findall(fold(title or ""))
    stated += [year for sentence in prose.sentences for year in _PERIOD.findall(sentence.text)] if prose else []
    return any(vocabulary().form_of_year(int(year)) != expected for year in stated)


def _strays(record: Record) -> list[str]:
    """Cells of tables that their forms do not have: a block of a table is that of another form."""
    known = _cells_of(tuple(vocabulary().forms_of(record.tables)))
    if record.cells.keys() <= known:
        return []
    return [key for key, cell in record.cells.items() if key not in known and cell.state != "missing"]


@lru_cache(maxsize=64)
def _cells_of(forms: tuple[FormTable, ...]) -> frozenset[str]:
    """The keys of all cells of some forms."""
    return frozenset(key for form in forms for key in form.columns)


def _first_place(context: Context, form: FormTable) -> Where | None:
    """The place of the first cell of a table that has one."""
    places = (context.record.cells[key].where for key in form.columns if key in context.record.cells)
    return next(filter(None, places), None)


@by_words
def template(context: Context) -> Iterator[Finding]:
    """S.template (国办公开办函〔2021〕30号): no instruction and no placeholder of a template is left in the report."""
    if context.prose is None or not context.prose.passages:
        return
    clean = True
    for sentence in context.prose.sentences:
        if _TEMPLATE.search(sentence.text) or (sentence.section is None and _TITLE_LEFT.search(sentence.text)):
            clean = False
            where = context.prose.where(sentence.start, sentence.end)
            yield finding(
                "S.template", "fail", f"模板的文字没有删去：“{quoted(sentence.text)}”", cause="agency", where=where
            )
    if clean:
        yield finding("S.template", "pass", "没有发现模板的文字")
