"""How well the counts of the prose are read: claims on annotated sentences, and traps that must not become claims.

A file of sentences has one JSON object a line: ``id``, ``text``, ``claims`` (cell key → value), ``traps`` (what looks like a
claim and is none), ``year``, ``form``, and ``soft``: keys that a reader may give or not, which are not scored.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from extractor.errors import InputError
from extractor.narrative import claims_of
from extractor.vocabulary import vocabulary

_FIELDS = {"id": str, "text": str, "claims": dict, "traps": list}


class Sentence(NamedTuple):
    """An annotated text: the claims that it makes, likely ones that are not scored, and its traps."""

    id: str
    text: str
    claims: Mapping[str, float]
    soft: Mapping[str, float]
    traps: tuple[str, ...]
    year: int | None
    form: str | None


class Slip(NamedTuple):
    """A sentence that was read wrong: what was given and is not so, what is so and was not given."""

    sentence: Sentence
    wrong: Mapping[str, float]
    missed: Mapping[str, float]


@dataclass
class NarrativeScore:
    """Counts over all sentences; ratios are taken last.

    Attributes:
        stated: claims that the sentences make.
        found: those given with their value.
        wrong: claims given that the sentences do not make.
        traps: what looks like a claim.
        fired: traps of sentences in which a wrong claim was given, at most one a wrong claim.
        slips: the sentences that were read wrong.
    """

    stated: int = 0
    found: int = 0
    wrong: int = 0
    traps: int = 0
    fired: int = 0
    slips: list[Slip] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Share of the claims given that are so."""
        return self.found / max(1, self.found + self.wrong)

    @property
    def recall(self) -> float:
        """Share of the claims made that are given."""
        return self.found / max(1, self.stated)

    def to_dict(self) -> dict[str, Any]:
        """The score as JSON data."""
        return {
            "stated": self.stated,
            "found": self.found,
            "wrong": self.wrong,
            "precision": round(self.precision, 6),
            "recall": round(self.recall, 6),
            "traps": self.traps,
            "fired": self.fired,
            "slips": [
                {"id": slip.sentence.id, "wrong": dict(slip.wrong), "missed": dict(slip.missed)} for slip in self.slips
            ],
        }


def load_sentences(path: Path) -> Iterator[Sentence]:
    """The annotated sentences of a file.

    Raises:
        InputError: ``input.missing``, or ``input.annotation`` with the line that can't be used.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise InputError(f"{path}：文件不存在；请检查路径", code="input.missing") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}：无法读取（{error}）", code="input.unreadable") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _sentence(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{path} 第 {number} 行：不是标注的句子（{error}）；每行应为含 id、text、claims、traps 的 JSON",
                    code="input.annotation",
                ) from None


def _sentence(data: Any) -> Sentence:
    for name, kind in _FIELDS.items():
        if not isinstance(data[name], kind):
            raise TypeError(name)
    known = {form.form for family in vocabulary().families for form in family.forms}
    form = data.get("form")
    return Sentence(
        data["id"],
        data["text"],
        data["claims"],
        data.get("soft") or {},
        tuple(data["traps"]),
        data.get("year"),
        form if form in known else None,
    )


def score_sentences(sentences: Iterable[Sentence]) -> NarrativeScore:
    """Read sentences and compare the claims given with those annotated."""
    score = NarrativeScore()
    for sentence in sentences:
        given = {claim.key: claim.value for claim in claims_of(sentence.text, year=sentence.year, form=sentence.form)}
        wrong = {
            key: value for key, value in given.items() if key not in sentence.soft and sentence.claims.get(key) != value
        }
        missed = {key: value for key, value in sentence.claims.items() if given.get(key) != value}
        score.stated += len(sentence.claims)
        score.found += len(sentence.claims) - len(missed)
        score.wrong += len(wrong)
        score.traps += len(sentence.traps)
        score.fired += min(len(wrong), len(sentence.traps))
        if wrong or missed:
            score.slips.append(Slip(sentence, wrong, missed))
    return score
