"""What sentences say of table 2: documents made, decisions taken, fees, procurement.

What an agency published on its site (``公开行政许可9条``) are items of a site, not decisions.
"""

import re
from collections.abc import Iterator

from extractor.narrative.phrases import Count, Item, Phrase, count_of, has

_DOCUMENTS = {"NORMATIVE": "normative_documents", "RULES": "rules"}
_MADE = {  # in the order of the forms: what a form does not have is dropped later
    "ISSUED": ("issued", "created"),
    "REPEALED": ("repealed",),
    "IN_FORCE": ("in_force",),
    "NEWLY_OPEN": ("disclosed",),
    "OPEN_TOTAL": ("total_disclosed",),
}
_SUBJECTS = {
    "PERMITS": "permits",
    "PENALTIES": "penalties",
    "COERCIVE": "coercive_measures",
    "OTHER_SERVICES": "other_services",
    "FEES": "fees",
    "PROCUREMENT": "procurement",
}
_CHANGES = {"CHANGE": 1, "CHANGE_MORE": 1, "CHANGE_LESS": -1}
_SUM_OF_MONEY = re.compile(r"金额|总额|收费")
_OF_ITEMS = {"项"}
"""What decisions are not counted in."""
_COUNTED = {"件", "个", "份", "项"}


class PublishedTable:
    """Follows what a text says of table 2."""

    def __init__(self) -> None:
        self._documents: list[str] = []
        self._made: list[str] = []
        self._subject = ""
        self._deciding = self._publishing = False

    def begin_sentence(self) -> None:
        """A subject holds for its sentence, a kind of document for longer."""
        self._subject = ""
        self._deciding = self._publishing = False

    def state(self, clause: Phrase) -> list[Count]:
        """Note what a clause without numbers speaks of (``行政许可方面，``), and take in that nothing changed."""
        if not has(clause, "NEG"):
            self._subject = (_subjects_of(clause) or [self._subject])[-1]
            self._documents = documents_of(clause) or self._documents
            self._deciding = self._deciding or has(clause, "DECIDED")
        where = [item for item in clause if item.has("NO_CHANGE")]
        return [count_of(f"proactive.{self._subject}.change", where[0], where, 0)] if where and self._subject else []

    def count(self, phrase: Phrase, item: Item) -> list[Count] | None:
        """What a number counts that stands with a phrase; None when it is nothing of table 2."""
        subjects = _subjects_of(phrase)
        documents = documents_of(phrase)
        made = [tag for tag in _MADE if has(phrase, tag)]
        if (
            documents
            and not made
            and phrase[0].tag == "AND"
            and all(own.has("AND", "FILL", *_DOCUMENTS) for own in phrase)
        ):
            made = self._made  # 制定规章0件、行政规范性文件0件
        self._made = made
        if has(phrase, "OTHER", "REQUEST", "ON_REQUEST") and not has(phrase, "DECIDED"):
            return None
        if documents or (made and self._documents):
            return self._document(documents, made, phrase, item)
        if subjects or (self._subject and has(phrase, "DECIDED", "PREVIOUS_ITEMS", *_CHANGES)) or item.tag == "MONEY":
            return self._decided(subjects, phrase, item)
        return None

    def _document(self, documents: list[str], made: list[str], phrase: Phrase, item: Item) -> list[Count] | None:
        if documents:
            self._documents = documents
        elif has(phrase, "PAPER") and "ISSUED" in made:
            return None
        if has(phrase, "DIFFERENCE", "NO_RULES"):
            return []
        if not made and documents and item.unit in _COUNTED and _are_opened(phrase):
            return [count_of(f"proactive.{documents[0]}.disclosed", item, phrase)]
        several = sum(own.has(*made) for own in phrase) > 1 and "REPEALED" in made  # 宣布失效和废止27件
        if several or len(made) != 1 or (len(self._documents) > 1 and item.value):
            return []
        return [
            count_of(f"proactive.{document}.{column}", item, phrase)
            for document in self._documents
            for column in _MADE[made[0]]
        ]

    def _decided(self, subjects: list[str], phrase: Phrase, item: Item) -> list[Count] | None:
        self._publishing = has(phrase, "PUBLISH", "OPEN") or (self._publishing and phrase[0].tag == "AND")
        if self._publishing:
            self._subject, self._deciding = "", False
            return []
        if subjects:
            self._subject = subjects[-1]
        subject = self._subject
        if item.tag == "MONEY":
            return self._amount(subject, phrase, item)
        if len(subjects) > 1 and item.value:
            return []
        for tag, sign in _CHANGES.items():
            if has(phrase, tag):
                return [count_of(f"proactive.{subject}.change", item, phrase, sign * (item.value or 0))]
        if has(phrase, "PREVIOUS_ITEMS"):
            return [count_of(f"proactive.{subject}.previous_items", item, phrase)]
        if subject == "procurement":
            return [count_of("proactive.procurement.projects", item, phrase)]
        if subject == "fees":
            return []
        if has(phrase, "DECIDED"):
            decided = next(n for n, own in enumerate(phrase) if own.has("DECIDED"))
            named = next((n for n, own in enumerate(phrase) if own.has(*_SUBJECTS)), -1)
            self._deciding = self._deciding or decided < named  # 作出行政许可12件、行政处罚5件
        if (self._deciding and item.unit not in _OF_ITEMS) or has(phrase, "DECIDED"):
            named_now = subjects or [subject]
            return [count_of(f"proactive.{own}.decisions", item, phrase) for own in dict.fromkeys(named_now)]
        return []

    @staticmethod
    def _amount(subject: str, phrase: Phrase, item: Item) -> list[Count] | None:
        of_it = has(phrase, *_SUBJECTS) or all(
            own.has("FILL", "AND") or _SUM_OF_MONEY.search(own.text) for own in phrase
        )
        if has(phrase, "HANDLING_FEE", "DIFFERENCE") or subject not in ("fees", "procurement") or not of_it:
            return []
        return [count_of(f"proactive.{subject}.amount", item, phrase)]

    def none(self, span: Phrase, rest: Phrase, no: Item) -> Iterator[Count]:
        """What a negation denies; ``rest`` is all of the clause after it: ``未制发、未废止行政规范性文件``."""
        made = [tag for tag in _MADE if has(span, tag)]
        documents = documents_of(span) or documents_of(rest)
        if documents:
            self._documents = documents
        if made and (documents or not has(rest, "PAPER", "OTHER", "X")):
            for document in self._documents:
                for tag in made:
                    yield from (count_of(f"proactive.{document}.{column}", no, span, 0) for column in _MADE[tag])
        if has(span, "DECIDED"):
            for own in span:
                yield from (
                    count_of(f"proactive.{subject}.decisions", no, span, 0)
                    for tag, subject in _SUBJECTS.items()
                    if own.has(tag) and subject not in ("fees", "procurement")
                )


def _subjects_of(phrase: Phrase) -> list[str]:
    return [subject for own in phrase for tag, subject in _SUBJECTS.items() if own.has(tag)]


def documents_of(phrase: Phrase) -> list[str]:
    """The kinds of documents that a phrase names."""
    return [kind for tag, kind in _DOCUMENTS.items() if has(phrase, tag)]


def _are_opened(phrase: Phrase) -> bool:
    """True for ``主动公开规范性文件15个``, the words of the older form's second column; nothing else stands between."""
    verb = next((n for n, own in enumerate(phrase) if own.has("PUBLISH", "OPEN") and "公开" in own.text), None)
    return verb is not None and not any(own.tag == "X" for own in phrase[verb:])
