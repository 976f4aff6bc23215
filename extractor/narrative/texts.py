"""Text as printed to text as it is read: folded, without white space, quotes and titles, and only what may state a count."""

import re
from collections.abc import Iterator

from extractor.fold import fold_with_places, script

_SUBJECT = re.compile(
    r"申请|复议|诉讼|规范性文件|规章|行政许可|行政处罚|行政强制|事业性收费|收费金额|集中采购|管理服务|[予部]以?分?公开|公开\d|无法提供|不予处理|其他处理|不补正|不掌握|新收|结转"
)
_COUNT = re.compile(r"\d|[零一二两三四五六七八九十壹贰叁][件宗条起份项例次]|未|没|无|为零")
_PARAGRAPH = re.compile(r"\n\s*\n")
_LEFT_OUT = re.compile(r"《[^《》]{1,80}》|[“”\"'‘’「」『』\s]")
_ENDS_OPEN = re.compile(r"[\u4e00-\u9fff\d)）]$")
_SENTENCE = re.compile(r"[^。!?！？]*[。!?！？]?")
_STOP = "。"
_VARIANT = str.maketrans("覆", "复")  # 答覆, 覆議: no matter of script to OpenCC


def is_worth_reading(text: str) -> bool:
    """True for a text that speaks of requests, disputes or table 2, and may state a count."""
    folded = script(re.sub(r"\s", "", text))
    return bool(_SUBJECT.search(folded)) and bool(_COUNT.search(folded))


def fold_text(text: str) -> tuple[str, list[int]]:
    r"""A folded text without the sentences that state no count, and the place of each of its characters in the text as printed.

    >>> fold_text("收 到\n“申請”")
    ('收到申请', [0, 2, 5, 6])
    """
    folded, places = fold_with_places(text)
    paragraphs = {match.start() for match in _PARAGRAPH.finditer(folded)}
    left_out = bytearray(len(folded))
    for match in _LEFT_OUT.finditer(folded):
        left_out[match.start() : match.end()] = b"\1" * len(match[0])
    kept: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(folded.translate(_VARIANT)):
        if place in paragraphs and kept and _ENDS_OPEN.search(kept[-1]):
            kept.append(_STOP)
            origin.append(places[place])
        elif not left_out[place]:
            kept.append(character)
            origin.append(places[place])
    whole = "".join(kept)
    spans = list(_sentences(whole))
    return "".join(whole[a:b] for a, b in spans), [place for a, b in spans for place in origin[a:b]]


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """The sentences that speak of the subject, and those with counts that go on from one."""
    goes_on = False
    for match in _SENTENCE.finditer(text):
        if _SUBJECT.search(match[0]) or (goes_on and _COUNT.search(match[0])):
            goes_on = True
            yield match.span()
        else:
            goes_on = False
