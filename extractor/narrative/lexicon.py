"""The words of the prose: what each does in a sentence, and a jieba segmenter that knows them and nothing else."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

from extractor.similarity import tokenizer_of
from extractor.vocabulary import vocabulary

_OFTEN = 100_000
_GENERIC = {"其他", "其它", "总计", "合计", "总数"}
_NUMERALS = "零〇一二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾"
_DIGITS = dict(
    zip("零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖", (0, 0, 1, 2, 2, *range(3, 10), *range(1, 10)), strict=True)
)
_POWERS = {"十": 10, "拾": 10, "百": 100, "千": 1000}
_UNITS = "件次|批次|人次|[件条宗起次份项例个批笔]"
_PIECES = (
    ("PHONE", r"\d{3,4}-\d{7,8}(?!\d)"),
    ("OTHER", r"12345"),
    ("YEAR", r"20\d\d(?:年度|年|(?=[-~至]20\d\d年))"),
    (
        "YEARLY",
        r"1月?[-~至到—]12月份?",
    ),
    (
        "PERIOD",
        r"(?:1月)?(?:1?[-~至到—](?:1[01]|[2-9])月份?|1月1日至(?:1[01]|[2-9])月\d+日)|1(?:月)?[-~至到](?:1[01]|[2-9])月份?",
    ),
    ("DATE", r"\d{1,2}月(?:\d{1,2}日|底|份|末)?|\d{1,2}日(?!均)"),
    ("PERCENT", r"[+-]?\d+(?:\.\d+)?(?:[%％‰]|个百分点)|百分之[零一二三四五六七八九十百点]+"),
    ("MONEY", r"\d+(?:,\d{3})*(?:\.\d+)?(?:万元|亿元|万|亿|元)(?![次人条件])"),
    ("FILL", r"\d+[位名](?=公民|自然人|申请人|群众|市民|村民|居民)"),
    (
        "QUANTITY",
        r"\d+(?:,\d{3})*(?:\.\d+)?(?:万|余|多)?(?:人次|人|场次|场|期|篇|字|户|辆|名|小时|分钟|分|个工作日|工作日|天|岁|个月|年|倍|万次|家次|余件|余条|余次|多件|多条|余家|位)",
    ),
    ("NUMBER", r"\d+(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?"),
    ("NUMERAL", rf"(?<![每任第同十百千万唯])(?:零(?={_UNITS}|$|[,.;。、)])|[{_NUMERALS}]+(?=[件宗份例条起](?!事|来)))"),
)
_PIECE = re.compile("|".join(rf"(?P<{name}_{place}>{words})" for place, (name, words) in enumerate(_PIECES)))
_BREAKS = {
    ",": "COMMA", "，": "COMMA", "、": "AND", ";": "SEMICOLON", "；": "SEMICOLON", "。": "STOP", "!": "STOP", "?": "STOP",
    "！": "STOP", "？": "STOP", "(": "OPEN_BRACKET", ")": "CLOSE_BRACKET", ":": "COLON", "：": "COLON", "/": "AND",
}  # fmt: skip
_LONGEST_KEPT = 100
"""The words of longer stretches are not kept: they hardly come again."""
_HAN = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z]+")


class Entry(NamedTuple):
    """What a word is: tags, and the row, applicant column or result column that it names."""

    tags: frozenset[str]
    row: str | None = None
    applicant: str | None = None
    result: str | None = None


class Word(NamedTuple):
    """A word of a sentence with its place: ``tag`` is what it does (``X`` for a word that is not known)."""

    text: str
    start: int
    end: int
    tag: str
    entry: Entry


UNKNOWN = Entry(frozenset())


@cache
def lexicon() -> Mapping[str, Entry]:
    """Every known word."""
    data = tomllib.loads((resources.files(__package__) / "lexicon.toml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = {}
    for tag, words in data["words"].items():
        for word in words:
            found.setdefault(word, {"tags": []})["tags"].append(tag)
    for kind, tag in (("rows", "ROW"), ("applicants", "APPLICANT"), ("results", "RESULT")):
        for key, words in data[kind].items():
            for word in words:
                own = found.setdefault(word, {"tags": []})
                own["tags"].append(tag)
                own[kind.removesuffix("s")] = key
    for word, key in _labels():
        own = found.setdefault(word, {"tags": []})
        if "row" not in own:
            own["tags"].append("ROW")
            own["row"] = key
    return {word: Entry(**{**own, "tags": frozenset(own["tags"])}) for word, own in found.items()}


@cache
def patterns() -> Mapping[str, tuple[str, ...]]:
    """Patterns of tags by the name of what they make."""
    data = tomllib.loads((resources.files(__package__) / "lexicon.toml").read_text(encoding="utf-8"))
    return {name: tuple(found) for name, found in data["patterns"].items()}


@cache
def groups() -> Mapping[str, frozenset[str]]:
    """The groups of rows of results whose sums the prose states, with their rows."""
    found: dict[str, set[str]] = {}
    for form in vocabulary().family("requests").forms:
        for block in form.blocks:
            for group in block.groups:
                if group.parent:
                    found.setdefault(group.key, set()).update(row.key for row in block.rows if row.parent == group.key)
    return {group: frozenset(rows) for group, rows in found.items()}


def _labels() -> Iterator[tuple[str, str]]:
    """The wordings of the rows of results, as the forms have them."""
    for form in vocabulary().family("requests").forms:
        for block in form.blocks:
            below = {group.key for group in block.groups}
            for row in block.rows:
                if row.parent in below:
                    for word in (row.label, *row.aliases):
                        if word not in _GENERIC and row.key != "results_total":
                            yield re.sub(r"（.*）|[“”]", "", word), row.key


@cache
def _segmenter() -> Any:
    return tokenizer_of({word: _OFTEN * len(word) ** 4 for word in lexicon()})


def words(text: str) -> list[Word]:
    """The words of a folded text without white space: numbers and dates, punctuation, known words, and the rest."""
    found: list[Word] = []
    place = 0
    for match in _PIECE.finditer(text):
        found += _words_between(text, place, match.start())
        tag = (match.lastgroup or "").rpartition("_")[0]
        found.append(Word(match[0], match.start(), match.end(), *_tagged(match[0], tag)))
        place = match.end()
    found += _words_between(text, place, len(text))
    return found


def _words_between(text: str, start: int, end: int) -> Iterator[Word]:
    """The words between numbers."""
    known = _split(text[start:end]) if end - start <= _LONGEST_KEPT else _split.__wrapped__(text[start:end])
    return (Word(said, start + first, start + last, tag, entry) for said, first, last, tag, entry in known)


@lru_cache(maxsize=4096)
def _split(text: str) -> tuple[Word, ...]:
    """The words of a stretch without numbers; what is not known stays in one piece. Reports say much in the same words."""
    return tuple(Word(piece, start, start + len(piece), *_tagged(piece, tag)) for piece, start, tag in _pieces(text))


def _pieces(text: str) -> Iterator[tuple[str, int, str | None]]:
    unknown = place = 0
    for piece in _segmenter().cut(text, HMM=False) if text else ():
        if piece in lexicon() or piece in _BREAKS:
            if unknown < place:
                yield text[unknown:place], unknown, "X"
            yield piece, place, None
            unknown = place + len(piece)
        place += len(piece)
    if unknown < len(text):
        yield text[unknown:], unknown, "X"


def _tagged(piece: str, tag: str | None) -> tuple[str, Entry]:
    if tag in (None, "OTHER", "FILL"):
        entry = lexicon().get(piece, UNKNOWN)
        if piece in _BREAKS:
            return _BREAKS[piece], entry
        return min(entry.tags, default=tag or "X"), entry
    if tag == "X" and not _HAN.search(piece):
        return "NOISE", UNKNOWN
    return tag or "X", UNKNOWN


def numeral(text: str) -> int:
    """The value of a Chinese numeral below 10,000.

    >>> numeral("二十五"), numeral("一百零八"), numeral("十"), numeral("零")
    (25, 108, 10, 0)
    """
    total = digit = 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total, digit = total + (digit or 1) * _POWERS[character], 0
    return total + digit
