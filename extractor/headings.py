"""The headings of the six sections of a report.

What a heading says tells which section it begins, not its numeral, which may be lost, or be that of another series.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from extractor.folded import FoldedText, Squeezed

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_NUMERAL = re.compile(
    r"(?:第?([一二三四五六七八九])(?:部分|[、.,:])*|表[一二三四][:、.]?|\d(?:[、.,:]|部分)|、|(\([一二三四五六]\)[、.]?))"
)
_NUMERALS = "一二三四五六"
_ALSO_BELOW = 5
"""Sections before this one also give their names to parts of the first one, with a numeral in brackets."""
_AIMS = (
    r"(?:(?:以?及|[和与、]|下一?步|今后)*(?:的?(?:改进|整改|工作|努力|主要))*"
    r"(?:情况|措施|打算|方向|计划|安排|思路|意见|办法))*"
)
_HEADINGS = tuple(  # by the number of the section on the official form, first its own wording, then others
    (number, re.compile(official), re.compile(f"(?:{official})|{others}"))
    for number, official, others in (
        (1, r"总体情况", r"(?:20\d\d年)?(?:政府信息公开)?(?:工作)?的?(?:总体情况|基本情况|总体工作情况)|概述"),
        (2, r"(?:行政机关)?主动公开政府(?:信息|政府)的?情况", r"(?:行政机关)?主动公开(?:信息)?(?:工作)?的?情况"),
        (
            3,
            r"(?:行政机关)?收到[和的与及]?处理(?:政府)?信息公开的?申请的?情况",
            r"(?:政府)?信息公开申请的?(?:受理|办理|处理){0,3}的?情况|依申请公开(?:政府)?(?:信息)?的?(?:工作|办理|处理)?的?情况",
        ),
        (
            4,
            r"因?(?:政府)?信息公开(?:工作)?被?(?:申请|提起)?行政法?复议[和及、,]?被?(?:提起)?行政诉讼的?情况",
            r"[^。；;:\d]{0,16}行政法?复议[^。；;:\d]{0,8}诉讼的?情况",
        ),
        (
            5,
            r"(?:政府信息公开)?(?:工作)?(?:中|目前)?存在的?主要问题[及和与]改进(?:情况|措施)",
            rf"(?:政府信息公开)?(?:工作)?(?:中|目前)?(?:存在的?)?(?:主要|突出)?(?:问题|不足|困难)[及和与、](?:问题|不足|困难)?{_AIMS}"
            rf"|(?:政府信息公开)?(?:工作)?(?:中|目前)?(?:主要)?存在的?(?:主要|突出)?(?:问题|不足|困难){_AIMS}",
        ),
        (
            6,
            r"(?:其[他它]需要报告的?(?:事项|情况)|需要报告的其[他它]事项)",
            r"(?:其[他它](?:需要?|应当?)?(?:予以)?(?:报告|说明)的?(?:其[他它])?(?:事项|情况|内容)|其他事项)",
        ),
    )
)
_ANY = re.compile(
    r"(?!\d(?![、.,:部]|0\d\d年))"  # a figure: neither a numeral nor a year; in tables that is most of what there is
    rf"(?>{_NUMERAL.pattern})?+(?:{'|'.join(any_wording.pattern for _, _, any_wording in _HEADINGS)})"
)
"""A numeral, if any, and the wording of a heading."""
_BEFORE_WORDS = "的告明他它"
_WORDS = re.compile(
    rf"情况(?<=[体本作开府息请理讼{_BEFORE_WORDS}]情况)|概述|问题|不足|困难"
    rf"|事项(?<=[{_BEFORE_WORDS}]事项)|内容(?<=[{_BEFORE_WORDS}]内容)"
)
_LONGEST = 50
"""Each heading has one of these words, with such a character before it, and begins so many characters at most before it."""
_GLUED = re.compile(rf"([{_NUMERALS}])、")
_NAMED_BEFORE, _NAMED_AFTER = re.compile('[见如在对“《"]'), re.compile('[中的所”》"]')
"""What stands around the name of a section in a sentence."""
_EDGE = re.compile(r"[\s|#*>。；;：:!！?？)）】]")
_EDGES = re.compile(r"[\s|#*>。；;：:!！?？)）】\u200b-\u200d\ufeff]++(?![013-9]\s*[\d|])")
"""Edges in a row, but those before a figure, or several, that are no year: no heading begins so."""
_MARKS = re.compile(r"[\s|#*>·◆■●▲【]*")
_REST_OF_LINE = re.compile(r"[\s|*:：。】]*(?:[（(](?:[一二三四五]|续表?|以?[上下])[）)])?[\s|*:：。]*$")
_PAGE = re.compile(r"[\s.·…_—-]*\d{1,3}[\s|]*$")
_IN_CONTENTS = 3


class Heading(NamedTuple):
    """The heading of a section, from ``start`` to ``end`` in the document's text; ``paged``: a page number follows it."""

    section: int
    start: int
    end: int
    paged: bool = False


def without_contents(headings: Sequence[Heading], text: str) -> Iterator[Heading]:
    """The headings but those of a table of contents."""
    for run in _runs(headings, text):
        later = {heading.section for heading in headings if heading.start > run[-1].start}
        if len(run) < _IN_CONTENTS or not later.issuperset(heading.section for heading in run):
            yield from (heading for heading in run if not heading.paged)


def _runs(headings: Sequence[Heading], text: str) -> Iterator[list[Heading]]:
    """Headings with nothing between them but page numbers."""
    run: list[Heading] = []
    for heading in headings:
        if run and _CHINESE.search(text, run[-1].end, heading.start):
            yield run
            run = []
        run.append(heading)
    if run:
        yield run


def headings_of(folded: FoldedText) -> Iterator[Heading]:
    """The headings of a text, those of a table of contents among them."""
    squeezed = folded.squeezed
    end = last = 0  # of the last heading, and of what was looked at
    for word in _WORDS.finditer(squeezed.text):
        first, last = max(last, word.start() - _LONGEST), word.start() + 1
        for index in _beginnings(squeezed, folded.text, first, last):
            if squeezed.places[index] >= end and (found := _heading_at(squeezed, index, folded.text)):
                yield found
                end = found.end


def _beginnings(squeezed: Squeezed, text: str, first: int, last: int) -> list[int]:
    """Where in a part of the squeezed text a heading may begin: after an edge, or with a numeral."""
    start = squeezed.places[first - 1] if first else 0
    found = {squeezed.first_from(match.end()) for match in _EDGES.finditer(text, start, squeezed.places[last - 1])}
    if squeezed.text.find("、", first, last) >= 0:
        found.update(match.start() for match in _GLUED.finditer(squeezed.text, first, last))
    if not first:
        found.add(0)
    return [index for index in sorted(found) if _ANY.match(squeezed.text, index)]


def _heading_at(squeezed: Squeezed, index: int, text: str) -> Heading | None:
    """The heading that begins at an index of the squeezed text, if any.

    It has its line for itself, or its numeral before it and the edge of something else. Right after other words there must be
    the official wording with the official numeral: a report without line breaks, not a sentence that names a section.
    """
    said = squeezed.text
    numeral = _NUMERAL.match(said, index)
    begin = numeral.end() if numeral else index
    for number, official, any_wording in _HEADINGS:
        if number < _ALSO_BELOW and numeral and numeral[2]:
            continue
        match = any_wording.match(said, begin)
        if not match:
            continue
        start, end = squeezed.places[index], squeezed.places[match.end() - 1] + 1
        rest = text[end:].partition("\n")[0].partition("\r")[0].partition("\t")[0]
        line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start), text.rfind("\t", 0, start)) + 1
        opens = bool(_MARKS.fullmatch(text, line_start, start))
        if page := opens and _PAGE.match(rest):
            return Heading(number, start, end + page.end(), paged=True)
        alone = (
            opens and bool(_REST_OF_LINE.match(rest)) and not (numeral is None and "。" in rest)
        )  # the end of a sentence
        end += len(rest.rstrip()) if alone else 0
        marked = bool(numeral and numeral[1]) and (opens or bool(_EDGE.match(text[start - 1])))
        own = number > 1 and numeral and numeral[1] == _NUMERALS[number - 1] and official.match(said, begin)
        own = own and not (_NAMED_BEFORE.match(said, max(0, index - 1)) or _NAMED_AFTER.match(said, match.end()))
        return Heading(number, start, end) if alone or marked or own else None
    return None
