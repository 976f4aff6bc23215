"""The counts that the prose states, as claims on cells of the forms.

Only sentences with a number or a negation, and a word of the subject, are read at all; :mod:`extractor.narrative.component` reads
them with spaCy, and is a component of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from extractor.document import Where
from extractor.narrative.texts import is_worth_reading
from extractor.prose import Passage, Prose
from extractor.record import Claim
from extractor.vocabulary import vocabulary

ACCEPTED = "requests.accepted.total"
"""Key of counts of requests accepted or handled (受理, 办理): no cell, unless the figures decide."""

_SECTIONS = (None, 1, 2, 3, 4, 6)
"""Section five speaks of problems, and of other years."""


class Narrative(NamedTuple):
    """What the prose states.

    Attributes:
        claims: counts that are those of a cell, or of a group of rows.
        accepted: counts of requests accepted or handled (受理, 办理; :data:`ACCEPTED`), which may be the new ones or all: no
            claim unless the figures decide.
        contradicted: counts of one cell that contradict each other within a text, none of which is a claim.
    """

    claims: tuple[Claim, ...] = ()
    accepted: tuple[Claim, ...] = ()
    contradicted: tuple[Claim, ...] = ()


def narrate(prose: Prose, *, year: int | None = None, forms: Mapping[str, str | None] | None = None) -> Narrative:
    """Read the counts in the running text of a report.

    Args:
        prose: its running text.
        year: the year that it reports on; figures of other years are left alone.
        forms: the form of each table, as in ``Record.tables``; where there is none, the form of the year counts.
    """
    return _read(prose.passages, year, forms or {}, prose.where)


def claims_of(text: str, *, year: int | None = None, form: str | None = None) -> tuple[Claim, ...]:
    """The claims of a text alone, such as a sentence.

    Args:
        text: the text, as printed.
        year: the year that it reports on.
        form: the form that its figures are for (``FormTable.form``); by default that of the year, else any.

    >>> [(claim.key, claim.value) for claim in claims_of("全年新收政府信息公开申请12件，上年结转0件。")]
    [('requests.new_received.total', 12), ('requests.carried_over.total', 0)]
    """
    forms = {family.table: form for family in vocabulary().families}
    return _read((Passage(text, 0),), year, forms, lambda start, end: Where(start=start, end=end)).claims


def _read(
    passages: Sequence[Passage], year: int | None, forms: Mapping[str, str | None], where: Callable[[int, int], Where]
) -> Narrative:
    worth = [passage for passage in passages if passage.section in _SECTIONS and is_worth_reading(passage.text)]
    if not worth:
        return Narrative()
    from extractor.narrative.component import read_texts  # spaCy takes its time to load

    keys = _keys(tuple(forms.get(family.table) or vocabulary().form_of_year(year) for family in vocabulary().families))
    found: dict[str, list[Claim]] = {"claim": [], "open": [], "contradicted": []}
    for number, count, kind in read_texts([(passage.text, passage.section) for passage in worth], year):
        passage = worth[number]
        key = ACCEPTED if kind == "open" else count.key
        if kind == "open" or key in keys:
            place = where(passage.start + count.start, passage.start + count.end)
            text = passage.text[count.start : count.end]
            found[kind].append(Claim(key, count.value, text, "report", place, count.unit))
    return Narrative(tuple(found["claim"]), tuple(found["open"]), tuple(found["contradicted"]))


@lru_cache(maxsize=64)
def _keys(names: tuple[str | None, ...]) -> frozenset[str]:
    """The cells, and the sums of groups, that a report can have whose tables are of these forms, one for each family."""
    found: set[str] = set()
    for family, name in zip(vocabulary().families, names, strict=True):
        for form in family.forms:
            if form.form == name or name is None or len(family.forms) == 1:
                found.update(form.columns)
                found.update(
                    f"{form.table}.{group.key}.total"
                    for block in form.blocks
                    for group in block.groups
                    if group.parent is not None
                )
    return frozenset(found)
