"""What phrases say of requests: of which, received how, and whether it is requests for information at all."""

from collections.abc import Sequence

from extractor.narrative.lexicon import groups
from extractor.narrative.phrases import Count, Item, Phrase, has

_NEAR = 3
_ABSENT = {"没有", "没", "无", "未有", "暂无", "均无", "亦无", "也无", "尚无", "并无", "皆无", "不存在"}
_BESIDE_REQUEST = (
    "REQUEST",
    "ON_REQUEST",
    "APPLICATION",
    "FILL",
    "AND",
    "SELF",
    "YEARLY",
    "THIS_YEAR",
    "OF",
    "CHANNEL",
    "WAYS",
    "DISCLOSURE",
    "X",
    "BECAUSE",
    "BY",
    "PERIOD",
    "COUNT",
)
_BEING = ("有", "仍有", "尚有", "另有", "还有", "共有", "其中", "其中有")
_UNKNOWN_OBJECT = 2
VERBS = ("RECEIVED", "FINISHED", "ACCEPTED", "HANDLED", "ANSWERED")
NAMED = ("REQUEST", "ON_REQUEST")


def without_lead(phrase: list[Item]) -> list[Item]:
    """A phrase without unknown words that lead up to a verb of being: ``年末仍有37个``."""
    return [own for own in phrase if own.tag != "X"] if phrase and phrase[-1].text in _BEING else phrase


def is_none_at_all(items: Sequence[Item], place: int) -> bool:
    """True for the one of ``无一起``: not a number, but part of a negation."""
    return (
        items[place].text.startswith("一")
        and place > 0
        and items[place - 1].has("NEG", "RECEIVED", "BODY")
        and has(items[max(0, place - _NEAR) : place], "NEG")
    )


def received_beside(phrase: list[Item]) -> list[Item]:
    """The part of a phrase that speaks of requests received, before the disputes: ``收到申请、由此引起的复议均为零``."""
    both = next((n for n, own in enumerate(phrase) if own.tag == "AND" or own.text in ("及", "和", "以及")), 0)
    part = phrase[:both]
    return part if has(part, "RECEIVED", "ACCEPTED") and has(part, "REQUEST", "ON_REQUEST", "APPLICATION") else []


def last_of_group(last: Count, phrase: Phrase) -> bool:
    """True for ``其他1件`` in the list of what else was done with requests."""
    group = groups().get("other_handling", frozenset())
    rest = [own for own in phrase if not own.has("AND", "FILL", "REST", "OF")]
    return last.key.split(".")[1] in group and has(phrase, "REST") and not rest


def is_channel(phrase: Phrase) -> bool:
    """True for requests by their way in (``网络申请6件``), but not for all ways together, nor for ``申请公开函件``."""
    ways = [n for n, own in enumerate(phrase) if own.has("CHANNEL")]
    return any(n == 0 or not phrase[n - 1].has("REQUEST", "APPLICATION") for n in ways) and not by_ways(phrase)


def by_ways(phrase: Phrase) -> bool:
    """True for ``通过信函、网络等方式收到``: all channels together."""
    return has(phrase, "RECEIVED") and has(phrase, "WAYS", "BY")


def is_service(phrase: Phrase) -> bool:
    """True for applications to something else, ``建房申请``."""
    before = next((phrase[n - 1] for n, own in enumerate(phrase) if n and own.tag == "APPLICATION"), None)
    if before is None:
        return False
    return before.has("ORGAN", "OTHER") or (before.tag == "X" and before.end - before.start >= _UNKNOWN_OBJECT)


def unknown_object(phrase: Phrase, after: Phrase) -> bool:
    """True when something else than requests was received or finished, as far as the words are not known."""
    verb = next((n for n, own in enumerate(phrase) if own.has(*VERBS)), 0)
    unknown = sum(own.end - own.start for own in phrase[verb:] if own.tag == "X")
    first = after[0] if after else None
    return unknown >= _UNKNOWN_OBJECT or (
        first is not None and first.tag == "X" and first.end - first.start >= _UNKNOWN_OBJECT
    )


def denies_requests(no: Item, span: Phrase, subject: str, *, disputes: bool) -> bool:
    """True when a negation says that no request was received.

    Args:
        no: the negation.
        span: what follows it.
        subject: what the text spoke of before.
        disputes: it denies disputes as well.
    """
    request = next((n for n, item in enumerate(span) if item.has("APPLICATION", *NAMED)), None)
    named = request is not None or (subject == "requests" and not has(span, "OTHER", "X"))
    if not named or has(span, "ROW", "SERVICE", "LOST", "CARRIED_OVER", "CARRIED_FORWARD"):
        return False
    ways = sum(own.has("CHANNEL") for own in span)
    if ways == 1 and has(span, "WAYS"):
        return False  # by one way only
    kinds = {own.entry.applicant or "group" for own in span if own.has("GROUP_APPLICANT", "APPLICANT")}
    anyone = any(own.text == "任何" for own in span)
    if kinds and not anyone and (len(kinds) == 1 or "natural_person" not in kinds):
        return False  # narrower than all requests
    until = span[: len(span) if request is None else request]
    if has(until, "OTHER", "SERVICE") or is_service(span):
        return False
    if disputes and (has(until, "BECAUSE") or not has(until, "RECEIVED", "ACCEPTED")):
        return not has(until, "BECAUSE") and no.text in _ABSENT and request == 0 and has(span, "AND")
    if has(span, "RECEIVED", "ACCEPTED"):
        return True
    if request is None or has(span, "FINISHED", "ANSWERED", "HANDLED", "PUBLISH"):
        return False
    asked = has(span, "SUBMITTED") or span[request].text.startswith("申请")
    return asked or (no.text in _ABSENT and all(own.has(*_BESIDE_REQUEST) for own in span))


def only_named(phrase: Phrase) -> bool:
    """True for ``全年政府信息公开申请0件``, but not for ``依申请公开0件``, which may be what documents are."""
    named = [own for own in phrase if not own.has("FILL", "YEARLY", "THIS_YEAR", "SELF", "AND")]
    return len(named) == 1 and named[0].tag == "REQUEST" and named[0].text.endswith("申请")
