"""What training and gold reports must not share: a publisher, a file, or the text of a report in another layout."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import product

from extractor.fold import fold, words
from extractor.vocabulary import vocabulary
from training.annotations import Annotation

_TITLE = re.compile(r"政府信息公开(?:工作)?(?:年度)?报告")
_DIGITS = re.compile(r"\d+")
_GRAM = 5
_FEWEST = 20
"""A text with fewer 5-grams of its own can't be told from another by them."""
_ALIKE = 0.3
"""From this Jaccard similarity on, two texts count as one. Reports written apart reach 0.18 (both print the form's footnotes),
mostly below 0.05; a copy that breaks off in the middle keeps 0.6."""


def overlaps(train: Iterable[Annotation], gold: Iterable[Annotation]) -> list[str]:
    """What reports to train on share with reports to score on, in Chinese; empty when nothing does.

    Told are the same publisher, the same file (sha256 of its bytes), and nearly the same text. Texts are compared without
    what all reports print: digits, the wordings of the forms and the title, so neither figures nor layout count.

    Args:
        train: the reports to train on.
        gold: the reports to score on.
    """
    train, gold = tuple(train), tuple(gold)
    reasons = [
        f"训练集的 {'、'.join(names)} 与评测集的 {'、'.join(others)} 是同一发布机关：{publisher}"
        for publisher, names, others in _shared(_by_publisher(train), _by_publisher(gold))
    ]
    files = list(_shared(_by_file(train), _by_file(gold)))
    reasons += [
        f"训练集的 {'、'.join(names)} 与评测集的 {'、'.join(others)} 是同一文件（sha256 {digest}）"
        for digest, names, others in files
    ]
    same_files = {pair for _, names, others in files for pair in product(names, others)}
    for one, other in product(train, gold):
        alike = _likeness(_own_words(one.text), _own_words(other.text))
        if alike >= _ALIKE and (one.name, other.name) not in same_files:
            reasons.append(f"训练集的 {one.name} 与评测集的 {other.name} 文字几乎相同（相似度 {alike:.2f}）")
    return reasons


def _by_publisher(reports: Iterable[Annotation]) -> dict[str, list[str]]:
    """Names of the reports of each publisher, however its name is printed."""
    found: dict[str, list[str]] = {}
    for report in reports:
        found.setdefault(fold(report.publisher), []).append(report.name)
    return found


def _by_file(reports: Iterable[Annotation]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for report in reports:
        found.setdefault(hashlib.sha256(report.data).hexdigest(), []).append(report.name)
    return found


def _shared(
    train: Mapping[str, list[str]], gold: Mapping[str, list[str]]
) -> Iterable[tuple[str, list[str], list[str]]]:
    return ((key, train[key], gold[key]) for key in sorted(train.keys() & gold.keys()))


@lru_cache(maxsize=1024)
def _own_words(text: str) -> tuple[str, frozenset[str]]:
    """The folded text, and the 5-grams of what the report says in its own words."""
    folded = words(fold(text))
    own = vocabulary().pattern.sub("\n", _TITLE.sub("\n", _DIGITS.sub("", folded)))
    return folded, frozenset(part[at : at + _GRAM] for part in own.split() for at in range(len(part) - _GRAM + 1))


def _likeness(one: tuple[str, frozenset[str]], other: tuple[str, frozenset[str]]) -> float:
    """Jaccard similarity of two texts; texts with few words of their own are alike only when they are the same."""
    if one[0] == other[0]:
        return 1.0
    grams, others = one[1], other[1]
    if min(len(grams), len(others)) < _FEWEST:
        return 0.0
    return len(grams & others) / len(grams | others)
