"""Whose report it is and of which year, from what the document says of itself: title line, headings, prose."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from extractor.document import Document
from extractor.fold import fold, prose

_REPORT = r"政府(?:信息|信息与政务|政务)?公开(?:工作)?(?:年度)?(?:工作)?(?:情况)?(?:的)?(?:年度)?(?:工作)?(?:报告|年报)"
_TITLE = re.compile(
    rf"(?P<before>[\u4e00-\u9fff()、“”\"]*?)(?P<year>20[0-3]\d)年?度?(?P<middle>[\u4e00-\u9fff]{{0,20}}?){_REPORT}"
)
_TITLE_WITHOUT_YEAR = re.compile(rf"(?P<before>[\u4e00-\u9fff]{{2,30}}?)(?:年度)?{_REPORT}")
_YEAR = re.compile(r"(20[0-3]\d)(?<!\d\d{4})年")
_PERIOD = re.compile(r"(20[0-3]\d)年1月1日起?至")
_END_OF_PERIOD = re.compile(
    r"统计(?:期|时间).{0,12}?1月1日起?[,，]?到?至?(?:20[0-3]\d年)?(?P<month>\d{1,2})月\d{1,2}日"
)
_KIND = "人民政府办公[厅室]|人民政府|街道办事处|管理委员会|管委会|办公[厅室]|委员会|[局厅委院署办]|[镇乡]"
_BODY = rf"[\u4e00-\u9fff]{{2,20}}?(?:{_KIND})"
_BODY_LINE = re.compile(rf"[\u4e00-\u9fff]{{2,30}}(?:{_KIND}|中心|法院|检察院)")
_AGENCY_IN_PROSE = re.compile(
    rf"(?:20[0-3]\d年(?:度|来|以来)?[,，]?)(?P<body>(?!政府|我|本|各|全|该|其)(?:{_BODY}))"
    r"(?=严格|认真|坚持|紧紧|紧扣|深入|按照|根据|以|在|把|将|围绕|聚焦|积极|主动|持续|始终|全面|贯彻|高度|切实|扎实"
    r"|着力|大力|充分|依法|加强|推进|立足|结合|不断|进一步|共|[,，])"
)
_NOT_A_TITLE = re.compile(r"[。；;]|根据|按照|编制(?!委|办)|条例|要求|目录|附件|\d[、.]\d|\.(?:pdf|docx?|wps|html?)$")
_PERIODICAL = re.compile(
    r"(?:上|下)半年|[一二三四1-4]季度|半年|年中报|月报|季报|1月?[-~至到](?:20\d\d年)?(?:[2-9]|1[01])月"
)
_SUMMARY = re.compile(r"政府信息公开.*(?:报告|情况|统计表?|总结|小结|[年季月]报)(?:\(.*\))?$")
_SPELT_YEAR = re.compile(r"二[〇○零]([一二三])([〇○零一二三四五六七八九])(?=年)")
_NUMERALS = dict(zip("〇○零一二三四五六七八九", "000123456789", strict=True))
_FIRST_LINES = 60
_FIRST_CHARACTERS = 6000
_FIRST_WORDS = 200
_DECEMBER = 12
_LONGEST_TITLE = 60


class Identity(NamedTuple):
    """Title, agency and year as the document states them, None where it does not.

    ``years`` are all years of reports that headings and prose name, most frequent first: more than one is a conflict.
    ``is_report`` tells that the document calls itself an annual report; ``period`` is the part of a year that its title names.
    """

    title: str | None
    agency: str | None
    year: int | None
    years: tuple[int, ...]
    is_report: bool
    period: str | None = None


def identify(document: Document) -> Identity:
    """Find title, agency and year of a report."""
    title, match = _title(document)
    agency = (_agency(match) or _body_beside(document, title)) if match else None
    text = prose(document.text[:_FIRST_CHARACTERS])
    stated = Counter(int(year) for year in _YEAR.findall(text))
    period = _PERIOD.search(text)
    years = tuple(year for year, _ in stated.most_common())
    year = _title_year(match) or (int(period[1]) if period else None) or (years[0] if years else None)
    if agency is None and (found := _AGENCY_IN_PROSE.search(text)):
        agency = found["body"]
    part = _part_of_year(document, title)
    if part is None and (end := _END_OF_PERIOD.search(text)) and int(end["month"]) < _DECEMBER:
        part = f"1月至{end['month']}月"
    is_report = part is None and (title is not None or bool(re.search(_REPORT, text)))
    return Identity(title, agency, year, years, is_report and not _PERIODICAL.search(text[:_FIRST_WORDS]), part)


def _title(document: Document) -> tuple[str | None, re.Match[str] | None]:
    """The title line, joined with the line before or after it when it is broken."""
    for pattern in (_TITLE, _TITLE_WITHOUT_YEAR):
        for text in _title_candidates(document):
            folded = _SPELT_YEAR.sub(_in_figures, fold(text))
            if not _NOT_A_TITLE.search(folded) and (match := pattern.search(folded)):
                return text.strip(), match
    return None, None


def _in_figures(year: re.Match[str]) -> str:
    """A year that is spelt out, ``二〇二二``, as 2022."""
    return f"20{_NUMERALS[year[1]]}{_NUMERALS[year[2]]}"


def _part_of_year(document: Document, title: str | None) -> str | None:
    """The part of a year that the title names, or, where none was found, the first line like one."""
    for text in [title] if title else _short_cells(document):
        folded = fold(text)
        if (found := _PERIODICAL.search(folded)) and (title or _SUMMARY.search(folded)):
            return found[0]
    return None


def _first_cells(document: Document) -> Iterator[str]:
    """What the first lines print, cell by cell."""
    return (cell.text for line in document.lines[:_FIRST_LINES] for cell in line.cells if cell.text)


def _short_cells(document: Document) -> Iterator[str]:
    """The first cells that are short enough for a title."""
    return (text for text in _first_cells(document) if len(text) <= _LONGEST_TITLE)


def _title_candidates(document: Document) -> Iterator[str]:
    """Short cells of the first lines, then short lines as a whole, then pairs of cells."""
    yield from (text for text in _short_cells(document) if "公" in text)
    for line in document.lines[:_FIRST_LINES]:
        if len(line.cells) > 1:
            text = " ".join(cell.text for cell in line.cells if cell.text)
            if len(text) <= 2 * _LONGEST_TITLE:
                yield text
    for first, second in pairwise(_short_cells(document)):
        if "公" in first or "公" in second:
            yield first + second


def _body_beside(document: Document, title: str | None) -> str | None:
    """The body that stands on a line of its own before the title."""
    cells = list(_first_cells(document))
    before = cells[cells.index(title) - 1] if title in cells[1:] else ""
    name = prose(before)
    return name if _BODY_LINE.fullmatch(name) else None


def _title_year(match: re.Match[str] | None) -> int | None:
    return int(match["year"]) if match and "year" in match.groupdict() else None


def _agency(match: re.Match[str]) -> str | None:
    """The body that a title names, before or after the year."""
    groups = match.groupdict()
    for part in (groups.get("before"), groups.get("middle")):
        name = re.sub(r"^(?:正文|关于|索引号|标题|名称)+|(?:年度|关于|的)$", "", part or "").strip('()、“”"')
        if len(name) >= 3 and name not in ("政府信息", "年政府信息"):
            return name
    return None
