"""How alike a printed label and a row of the form are, when the print is no known wording.

Two measures, of which the better counts: rapidfuzz's ratio on characters, which forgives a misprint, and the overlap of
jieba's words weighted by how few rows use them, which forgives other wordings, lost parts and wraps.
"""

import io
import logging
import math
from collections import Counter
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import IO, Any

from rapidfuzz import fuzz

from extractor.vocabulary import RowLabel, vocabulary

_SHORTEST_PART = 4


def _jieba() -> Any:
    """The jieba module, quiet."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's own source warns on newer Pythons
        import jieba

    jieba.setLogLevel(logging.ERROR)
    return jieba


def tokenizer_of(frequencies: Mapping[str, int]) -> Any:
    """A jieba tokenizer that knows these words and no others: no dictionary or cache file is read or written."""
    lines = "\n".join(f"{word} {count}" for word, count in frequencies.items())
    return _tokenizer(io.BytesIO(lines.encode()))


def _tokenizer(dictionary: IO[bytes]) -> Any:
    tokenizer = _jieba().Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(dictionary)
    tokenizer.initialized = True
    return tokenizer


@cache
def _segmenter() -> Any:
    """A jieba tokenizer that knows the words of the forms."""
    with (resources.files("extractor.forms") / "words.txt").open("rb") as file:
        return _tokenizer(file)


@lru_cache(maxsize=4096)
def segment(text: str) -> tuple[str, ...]:
    """The words of a folded text."""
    return tuple(_segmenter().lcut(text, HMM=False))


@cache
def _weights(table: str) -> dict[str, float]:
    """Weight of each word: rare among the rows of the table is heavy."""
    rows = vocabulary().family(table).rows
    counts = Counter(word for row in rows for word in {word for wording in row.wordings for word in segment(wording)})
    return {word: math.log(1 + len(rows) / count) for word, count in counts.items()}


def _overlap(one: Counter[str], other: Counter[str], weights: dict[str, float]) -> float:
    def weight(words: Counter[str]) -> float:
        return sum(weights.get(word, 1.0) * count for word, count in words.items())

    return weight(one & other) / max(weight(one | other), 1e-9)


@lru_cache(maxsize=8192)
def similarity(text: str, row: RowLabel, table: str) -> float:
    """Likeness in 0…1 of a folded label (without enumerator and punctuation) to a row.

    A part of a label of at least four characters counts as a truncated label.
    """
    words, weights = Counter(segment(text)), _weights(table)
    best = 0.0
    for wording in row.wordings:
        ratio = fuzz.ratio(text, wording) / 100
        overlap = _overlap(words, Counter(segment(wording)), weights)
        part = 0.65 + 0.3 * len(text) / len(wording) if len(text) >= _SHORTEST_PART and text in wording else 0.0
        best = max(best, ratio, part, 0.4 * ratio + 0.6 * overlap)
    return min(best, 1.0)
