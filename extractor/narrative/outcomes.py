"""Results of requests in sentences: which row or group of rows a phrase names."""

from collections.abc import Sequence

from extractor.narrative.lexicon import groups
from extractor.narrative.phrases import Item, Phrase, has, phrase_after, phrase_before

_SEVERAL = 2


def outcome_row(phrase: Phrase) -> str | None:
    """The row, or the group of rows, that a phrase names; None when it is several, or none of the form.

    One row with its group is that row (``保护第三方合法权益不予公开``), several with their group are the group
    (``信访投诉举报、重复申请等不予处理``).
    """
    named = list(dict.fromkeys(item.entry.row for item in phrase if item.entry.row))
    own_groups = [row for row in named if row in groups()]
    rows = [row for row in named if row not in groups()]
    attribute = next((n for n, item in enumerate(phrase) if item.entry.row), len(phrase))
    if has(phrase[attribute + 1 :], "INFORMATION", "PAPER") and not has(phrase, "APPLICATION", "REQUEST"):
        return None  # 不予公开信息15条: what documents are, not how requests ended
    if len(own_groups) > 1 or (own_groups and not groups()[own_groups[0]].issuperset(rows)):
        return None
    if len(rows) == 1 and own_groups and any(item.text == "等" for item in phrase):
        return own_groups[0]  # 因本机关不掌握等原因无法提供
    if len(rows) == 1:
        both = rows[0] == "partially_granted" and has(phrase, "OPEN")
        return None if both else rows[0]  # 公开和部分公开: both together
    return own_groups[0] if own_groups else None


def interleaved(items: Sequence[Item]) -> frozenset[int]:
    """The numbers of a sentence that stand under an applicant: ``自然人申请147件,公开115件;其他申请48件,公开48件``.

    Results count for the applicant before them only where applicants and results take turns.
    """
    found: set[int] = set()
    sentence: list[tuple[int, str]] = []
    for place, item in enumerate(items):
        if item.tag == "COUNT":
            _, phrase = phrase_before(items, place)
            sentence.append((place, _kind(phrase, phrase_after(items, place))))
        if item.tag == "STOP" or place == len(items) - 1:
            kinds = "".join(kind for _, kind in sentence)
            first = kinds.find("A")
            if kinds.count("A") >= _SEVERAL and "AA" not in kinds and "RA" in kinds[first:]:
                found |= {own for own, kind in sentence[first:] if kind == "R"}
            sentence = []
    return frozenset(found)


def _kind(phrase: Phrase, after: Phrase) -> str:
    for words in (phrase, after):
        if has(words, "APPLICANT") or (has(words, "REST") and has(words, "APPLICATION")):
            return "A"
        if has(words, "ROW", "CARRIED_FORWARD", "OPEN"):
            return "R"
    return "-"


def goes_on_as_list(items: Sequence[Item], end: int) -> bool:
    """True when the words up to ``end`` go on as a list of results without numbers of their own."""
    if end >= len(items) or items[end].tag != "AND":
        return False
    after = phrase_after(items, end)
    number = end + 1 + len(after)
    return has(after, "ROW") and not (number < len(items) and items[number].tag == "COUNT")
