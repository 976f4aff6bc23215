"""Names of persons: what has the shape of one, and whether it is one, by its surname and jieba's part-of-speech tagger.

Texts are folded: simplified characters, no white space. Names are Chinese, a surname and a given name of one or two characters,
or of other peoples, in parts with a dot between them (阿依古丽·买买提).
"""

import re
import warnings
from enum import IntEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

_PLACES = frozenset("湾沟坡坪塘桥渡坝墩楼寨营集庙铺口港岗堡圩洼垸坑滩峪窑河岭")
_SHORTEST = 2
_TITLES = re.compile(r"(?:某|[×xX*＊□○〇]|先生|女士|小姐|老师|同志|律师|大爷|大妈|师傅|[男女])+$")
_FUNCTION = frozenset({"p", "c", "d", "u", "ud", "ug", "uj", "ul", "uv", "uz", "m", "r", "f", "y"})
_PROPER = frozenset({"nr", "ns", "nz", "x"})
_DOTS = "·•・‧∙⋅･"
_HAN = r"[\u4e00-\u9fff]"
_GIVEN = rf"(?:(?![等的了与及之是各]){_HAN})"
OF_OTHER_PEOPLES = rf"{_HAN}{{1,8}}(?:[{_DOTS}]{_HAN}{{1,8}}){{0,4}}[{_DOTS}]{_HAN}{{1,8}}?"


class Belief(IntEnum):
    """How far a word that has the shape of a name is one.

    ``MAYBE`` is a word as well (高峰), or begins like one; ``HARDLY`` is a word of another kind, though a person may be called so
    (水仙). Both need the company of names.
    """

    NO = 0
    HARDLY = 1
    MAYBE = 2
    NAME = 3


class Surnames(NamedTuple):
    """Surnames: ``plain`` begin hardly any other word, ``single`` do, ``words`` are mostly other words themselves."""

    plain: frozenset[str]
    single: frozenset[str]
    words: frozenset[str]
    compound: frozenset[str]


class NoNames(NamedTuple):
    """What is no name though it has the shape of one: a ``whole`` word, how it ``begin``s or ``end``s, its ``last`` character."""

    whole: frozenset[str]
    begin: frozenset[str]
    end: frozenset[str]
    last: frozenset[str]


@cache
def surnames() -> Surnames:
    """The surnames of ``data/surnames.txt``."""
    return Surnames(**_sections("surnames.txt"))


@cache
def no_names() -> NoNames:
    """The words of ``data/no_names.txt``."""
    return NoNames(**_sections("no_names.txt"))


def _sections(file: str) -> dict[str, frozenset[str]]:
    """The words of each section of a list; where a line has no spaces, its characters."""
    text = (resources.files("extractor") / "data" / file).read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            section += line.split() if " " in line else line
    return {name: frozenset(words) for name, words in found.items()}


@cache
def shape() -> str:
    """A regular expression for what may be a Chinese name, the longer reading first."""
    known = surnames()
    compound = "|".join(sorted(known.compound))
    single = "".join(sorted(known.plain | known.single | known.words))
    return rf"(?:(?:{compound})|[{single}]){_GIVEN}{{1,2}}"


def surname_of(name: str) -> str:
    """The surname that a name begins with, or nothing."""
    known = surnames()
    if name[:2] in known.compound and len(name) > 2:
        return name[:2]
    return name[:1] if name[:1] in known.plain | known.single | known.words else ""


def believe(name: str, sentence: str = "") -> Belief:
    """How far a word is the name of a person.

    Args:
        name: it has the :func:`shape` of one, or is one :data:`OF_OTHER_PEOPLES`.
        sentence: where it stands.
    """
    if any(dot in name for dot in _DOTS):
        return Belief.NAME
    surname = surname_of(name)
    if not surname or not may_be(name):
        return Belief.NO
    tag = _dictionary().get(name)
    if tag is None:
        return _unknown_word(name, surname, sentence)
    if not tag.startswith("nr"):
        return Belief.HARDLY
    # the tag for names is given to many other words as well: 安全, 许可, 公正
    return Belief.NAME if surname in surnames().plain or len(surname) > 1 else Belief.MAYBE


def may_be(name: str) -> bool:
    """False for what is no name at first sight: 高校, 王某, 方案类."""
    none = no_names()
    if name in none.whole or name[:2] in none.begin or name[1:] in none.end or name[-1] in none.last:
        return False
    return not _TITLES.search(name[1:])


def unheard(word: str) -> bool:
    """True for a word that the dictionary does not have, and that is not put together of words that it has."""
    if not may_be(word) or word in _dictionary():
        return False
    return all(len(part.word) == 1 or part.tag[:2] in _PROPER for part in tagged(word))


def _unknown_word(name: str, surname: str, sentence: str) -> Belief:
    """A word that the dictionary does not have is a name unless its parts speak against it."""
    if len(surname) > 1:
        return Belief.NAME
    parts = tagged(name)
    if any(part.tag in _FUNCTION and len(part.word) > 1 for part in parts):
        return Belief.NO
    begins_a_word = len(parts[0].word) > 1 and not parts[0].tag.startswith("nr")
    if begins_a_word and surname not in surnames().plain:
        return Belief.MAYBE  # 金融+类, but also 高峰+林
    if surname in surnames().words and not _is_tagged(name, sentence):
        return Belief.HARDLY
    if len(name) == _SHORTEST and name[-1] in _PLACES:
        return Belief.MAYBE
    return Belief.NAME


def _is_tagged(name: str, sentence: str) -> bool:
    """True when the tagger takes the name, or what follows the surname, for a name."""
    parts = tagged(name)
    if any(part.tag.startswith("nr") and (part.word == name or len(part.word) > 1) for part in parts):
        return True
    return any(part.word == name and part.tag.startswith("nr") for part in tagged(sentence))


class Tagged(NamedTuple):
    """A word and its part of speech."""

    word: str
    tag: str


@lru_cache(maxsize=1024)
def tagged(text: str) -> tuple[Tagged, ...]:
    """The words of a folded text with their parts of speech, by jieba."""
    return tuple(Tagged(pair.word, pair.flag) for pair in _tagger().cut(text))


def _dictionary() -> dict[str, str]:
    words: dict[str, str] = _tagger().word_tag_tab
    return words


@cache
def _tagger() -> Any:
    """The tagger of jieba on its own dictionary, which all of a process share; no cache file is read or written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's own source warns on newer Pythons
        import jieba
        from jieba import posseg

    if not jieba.dt.initialized:
        jieba.dt.FREQ, jieba.dt.total = jieba.dt.gen_pfdict(jieba.dt.get_dict_file())
        jieba.dt.initialized = True
    return posseg.dt
