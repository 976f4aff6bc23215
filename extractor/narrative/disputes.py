"""Reconsideration and litigation in sentences.

``行政诉讼2件`` is of both blocks of the form together: it is no cell, unless it is 0.
"""

from collections.abc import Iterable

from extractor.narrative.phrases import Count, Item, Phrase, count_of, has

_KINDS = {
    "COURT_REVIEW": "reconsideration",
    "LITIGATION_DIRECT": "litigation_direct",
    "LITIGATION_AFTER": "litigation_after_reconsideration",
    "LITIGATION": "litigation",
}
_BLOCKS = {"litigation": ("litigation_direct", "litigation_after_reconsideration")}
_OF_REQUESTS = ("DISCLOSURE", "REQUEST", "ON_REQUEST", "BECAUSE", "APPLICATION")


class Disputes:
    """Follows what a text says of disputes.

    Args:
        of_requests: all disputes that it speaks of are about requests.
    """

    def __init__(self, *, of_requests: bool = False) -> None:
        self._of_requests = of_requests
        self._kind: str | None = None  # what was counted last; None for several kinds, or litigation as a whole
        self._last: Count | None = None
        self._suits: Count | None = None  # litigation as a whole, when that was counted last
        self._listing = False  # the last number was of a result
        self._others = False  # the sentence is about disputes that the agency decides, or is sued in for other reasons
        self.is_open = False

    def begin_sentence(self, sentence: Phrase) -> None:
        """Look whether a sentence is about other disputes than those of requests."""
        about = has(sentence, "DISCLOSURE", "REQUEST", "ON_REQUEST")
        self._others = has(sentence, "ORGAN") and not self._of_requests and not about

    def leave(self) -> None:
        """The text speaks of something else."""
        self.is_open, self._kind, self._last = False, None, None

    def count(self, phrase: Phrase, item: Item) -> list[Count] | None:
        """What a number counts that stands with a phrase; None when it is no dispute."""
        kinds = kinds_of(phrase)
        result = next((own.entry.result for own in reversed(phrase) if own.entry.result), None)
        if not result and self._listing and _is_rest(phrase):
            result = "other"  # 维持2件、纠正3件、其他1件
        if not kinds and not (result and self.is_open):
            self._listing = False
            return None
        self._listing = bool(result)
        if item.tag != "COUNT":
            return []
        if (self._others or has(phrase, "ORGAN")) and not self._of_requests and not has(phrase, *_OF_REQUESTS):
            self.leave()
            return []
        if has(phrase, "DIFFERENCE", "CHANNEL", "LOST", "WITHDRAWN") or (item.value and _as_organ(phrase)):
            return []
        if result:
            return self._result(kinds, result, phrase, item)
        return self._total(kinds, phrase, item)

    def _total(self, kinds: list[str], phrase: Phrase, item: Item) -> list[Count]:
        if item.value == 0:
            self.is_open = True
            if len(kinds) == 1 and kinds[0] not in _BLOCKS:
                self._kind, self._last = kinds[0], None
            return list(none_of(kinds, item, phrase))
        self.is_open = True
        self._kind = kinds[0] if len(kinds) == 1 and kinds[0] not in _BLOCKS else None
        self._last = None
        self._suits = count_of("", item, phrase) if kinds == ["litigation"] else None
        if self._kind is None:
            return []
        self._last = count_of(f"disputes.{self._kind}.total", item, phrase)
        return [self._last]

    def _result(self, kinds: list[str], result: str, phrase: Phrase, item: Item) -> list[Count]:
        kind = self._kind
        if kinds:
            kind = kinds[0] if len(kinds) == 1 and kinds[0] not in _BLOCKS else None
            self.is_open, self._kind = True, kind
        self._last = None
        return [count_of(f"disputes.{kind}.{result}", item, phrase)] if kind else []

    def state(self, clause: Phrase) -> list[Count]:
        """What a clause without a number says of the disputes counted last: ``结果均为维持``, ``未被纠错``."""
        if (
            self._suits
            and has(clause, "ALL")
            and (kinds := kinds_of(clause))
            and kinds[0] not in ("litigation", *_BLOCKS)
        ):
            suits, self._suits, self._kind = self._suits, None, kinds[0]
            return [suits._replace(key=f"disputes.{kinds[0]}.total")]
        last = self._last
        results = {item.entry.result for item in clause if item.entry.result}
        if has(clause, "WITHDRAWN", "LITIGATION", "PARTLY") or last is None or len(results) != 1:
            return []
        (result,) = results
        block = last.key.rpartition(".")[0]
        where = [item for item in clause if item.entry.result]
        if has(clause, "NEG"):
            return [count_of(f"{block}.{result}", where[0], where, 0)] if result == "corrected" else []
        self._last = None
        return [count_of(f"{block}.{result}", where[0], where, last.value)]

    def none(self, span: Phrase, no: Item) -> list[Count]:
        """The disputes that a negation denies."""
        kinds = kinds_of(span)
        named = any(item.entry.result for item in span)
        if not kinds or named or has(span, "LOST", "WITHDRAWN") or (self._others and not has(span, *_OF_REQUESTS)):
            return []
        self.is_open, self._kind, self._last = True, None, None
        return list(none_of(kinds, no, span))


def _is_rest(phrase: Phrase) -> bool:
    return has(phrase, "REST") and all(own.has("REST", "AND", "FILL") for own in phrase)


def _as_organ(phrase: Phrase) -> bool:
    """True for cases that the agency decides: those are accepted (受理), or new to it (新收)."""
    return has(phrase, "ACCEPTED") or any(own.text.startswith("新收") for own in phrase)


def kinds_of(phrase: Phrase) -> list[str]:
    """The kinds of disputes that a phrase names; the general word beside a special one is none of its own."""
    kinds = [kind for item in phrase for tag, kind in _KINDS.items() if item.has(tag)]
    found = list(dict.fromkeys(kinds))
    if len(found) > 1 and any(kind.startswith("litigation_") for kind in found):
        found = [kind for kind in found if kind != "litigation"]
    return found


def none_of(kinds: Iterable[str], item: Item, phrase: Phrase) -> Iterable[Count]:
    """Totals of 0."""
    for kind in kinds:
        for block in _BLOCKS.get(kind, (kind,)):
            yield count_of(f"disputes.{block}.total", item, phrase, 0)
