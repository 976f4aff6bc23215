"""Names of the private persons who filed requests: where the prose gives them, and the record without them.

A report counts applicants; who they are is nobody's business. :mod:`extractor.requesters` says where a sentence names one.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from extractor.fold import fold_with_places
from extractor.prose import Passage, Prose
from extractor.record import Record
from extractor.requesters import ASKS, requesters

REQUESTER_NAMED = "privacy.requester_named"
MASK = "×"

_SENTENCE = re.compile(r"[^。！？!?]+")
_SPACE = re.compile(r"\s")
_APART = re.compile(r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2,4}(?: +[\u4e00-\u9fff]{2,4})+(?![\u4e00-\u9fff])")
"""Names with nothing but spaces between them."""


class PrivateName(NamedTuple):
    """The name of a person, folded, and where it stands in the document's text, half open."""

    text: str
    start: int
    end: int


def private_names(prose: Prose) -> tuple[PrivateName, ...]:
    """The names of private persons who filed requests, each where it is first said that they did."""
    found: dict[str, PrivateName] = {}
    for passage in prose.passages:
        for name in _in_passage(passage):
            found.setdefault(name.text, name)
    return tuple(found.values())


def _in_passage(passage: Passage) -> Iterator[PrivateName]:
    asked = False
    for sentence in _SENTENCE.finditer(passage.text):
        asks = bool(ASKS.search(sentence[0]))
        if asks or asked:
            folded, places = _squeezed(sentence[0], apart=True)
            for start, end in requesters(folded):
                first = passage.start + sentence.start()
                yield PrivateName(folded[start:end], first + places[start], first + places[end - 1] + 1)
        asked = asks


def _squeezed(text: str, *, apart: bool = False) -> tuple[str, list[int]]:
    """A text folded and without white space, with each character's index; names ``apart`` by spaces only get a mark between."""
    folded, places = fold_with_places(text)
    if apart and " " in folded:
        folded = _APART.sub(lambda names: re.sub(r" (?! )", "、", names[0]), folded)
    if not _SPACE.search(folded):
        return folded, places
    kept = [index for index, character in enumerate(folded) if not character.isspace()]
    return "".join(folded[index] for index in kept), [places[index] for index in kept]


def mask(text: str, names: Collection[str]) -> str:
    """A text with each character of the names replaced, so that it keeps its length and its places.

    A name may be wrapped or padded, in traditional script, or cut where a quotation ends.

    >>> mask("张 三、李四光申请公开：“李四…”", ["张三", "李四光"])
    '× ×、×××申请公开：“××…”'
    """
    if not names or not text:
        return text
    folded, places = _squeezed(text)
    characters = list(text)
    for name in _any_of(frozenset(names)).finditer(folded):
        for place in places[name.start() : name.end()]:
            characters[place] = MASK
    return "".join(characters)


@lru_cache(maxsize=8)
def _any_of(names: frozenset[str]) -> re.Pattern[str]:
    """Names, the longest first, and what is left of one at the end of a quotation."""
    whole = sorted(names, key=lambda name: (-len(name), name))
    cut = [name[:length] for name in whole for length in range(len(name) - 1, 1, -1)]
    ends = rf"|(?:{'|'.join(map(re.escape, cut))})(?=[…”]|$)" if cut else ""
    return re.compile("|".join(map(re.escape, whole)) + ends)


def masked(record: Record, text: str) -> Record:
    """The record without the names that its findings point to, in all that comes from the document.

    Args:
        record: with its findings.
        text: of the document.
    """
    wheres = [finding.where for finding in record.findings if finding.code == REQUESTER_NAMED]
    names = {_squeezed(text[where.start : where.end])[0] for where in wheres if where}
    if not names:
        return record
    hidden = mask(text, names)
    cells = {
        key: cell._replace(
            text=mask(cell.text, names),
            proposed=cell.proposed and cell.proposed._replace(why=mask(cell.proposed.why, names)),
        )
        for key, cell in record.cells.items()
    }
    return replace(
        record,
        agency=record.agency and mask(record.agency, names),
        title=record.title and mask(record.title, names),
        cells=cells,
        claims=tuple(claim._replace(text=mask(claim.text, names)) for claim in record.claims),
        findings=tuple(finding._replace(message=mask(finding.message, names)) for finding in record.findings),
        snippets={start: hidden[start : start + len(snippet)] for start, snippet in record.snippets.items()},
    )
