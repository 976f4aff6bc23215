"""The small grammar of counts: what each number of a text counts, and of what the text says that there was none.

A text is read from left to right. What was spoken of last stays the subject: requests, reconsideration, a kind of document.
What a phrase names decides what its number counts; when it names nothing, the words after the number do (``12件结转下年度``).
Words that make figures somebody else's, another year's, or a difference take them out of the report.
"""

from collections.abc import Sequence

from extractor.narrative.disputes import Disputes
from extractor.narrative.lexicon import groups
from extractor.narrative.outcomes import goes_on_as_list, interleaved, outcome_row
from extractor.narrative.phrases import (
    NUMERIC,
    Count,
    Item,
    Phrase,
    clause_before,
    clauses,
    count_of,
    has,
    has_any,
    heading_before,
    phrase_after,
    phrase_before,
)
from extractor.narrative.requests import (
    NAMED,
    VERBS,
    denies_requests,
    is_channel,
    is_none_at_all,
    is_service,
    last_of_group,
    only_named,
    received_beside,
    unknown_object,
    without_lead,
)
from extractor.narrative.scope import Scope
from extractor.narrative.tables import PublishedTable

ACCEPTED = "accepted"
"""What is listed of requests that were accepted, is of new ones only when the other figures say so."""
RECEIVED, CARRIED_OVER, CARRIED_FORWARD, RESULTS = (
    f"requests.{row}" for row in ("new_received", "carried_over", "carried_forward", "results_total")
)

_SILENT = ("UNFINISHED", "WITHDRAWN", "UNOFFICIAL", "ATTRIBUTE", "BODY", "HELP")
_SAYS = frozenset((
    "REQUEST", "ON_REQUEST", "APPLICATION", "RECEIVED", "ACCEPTED", "HANDLED", "FINISHED", "ANSWERED", "CARRIED_OVER",
    "CARRIED_FORWARD", "CARRY", "ROW", "APPLICANT", "GROUP_APPLICANT", "RESULT", "COURT_REVIEW", "LITIGATION",
    "LITIGATION_DIRECT",
    "LITIGATION_AFTER", "NORMATIVE", "RULES", "ISSUED", "REPEALED", "IN_FORCE", "NEWLY_OPEN", "OPEN_TOTAL", "PERMITS",
    "PENALTIES", "COERCIVE", "OTHER_SERVICES", "DECIDED", "PREVIOUS_ITEMS", "CHANGE", "CHANGE_MORE", "CHANGE_LESS", "FEES",
    "PROCUREMENT", "OTHER", "PUBLISH", "CHANNEL", "SERVICE", "OPEN", "DIFFERENCE", "X", *_SILENT,
))  # fmt: skip
_BECAME = ("FINISHED", "ROW", "CARRIED_OVER", "CARRIED_FORWARD", "RESULT")
"""What words after a number tell of requests that words before it name."""
_SAYS_MORE = _SAYS - {"REQUEST", "ON_REQUEST", "APPLICATION", "X"}
_IS = ("为", "均为", "是", "数量", "件数", "数", "量")
_MOST_KINDS = 3
_SUMS = ("总计", "合计", "共计", "合共", "总数")
_NEAR = 3


class Reader:
    """Reads the counts of one text.

    Args:
        section: the section of the report that it stands in.
    """

    def __init__(self, section: int | None = None) -> None:
        self._scope = Scope()
        self._disputes = Disputes(of_requests=section == 4)
        self._table = PublishedTable()
        self._subject = "requests" if section == 3 else ""
        self._row = ""  # what applicants are listed of
        self._last_verb = ""
        self._received: Count | None = None
        self._mixed = False  # a number counted requests together with other things
        self._after_applicant = False
        self._applicants: set[str | None] = set()  # of this sentence
        self._several = False
        self._parts = False  # the sentence has come to the parts of a number: 其中…
        self._column = "total"
        self._is_wide = False  # the last number was received by a whole region
        self._superseded: Count | None = None
        self._includes = False  # requests carried over are part of those counted before
        self._results = False  # results have been counted
        self._last_result: Count | None = None
        self._attributes = False  # the sentence tells what documents are, not how requests ended
        self._heading_row = ""  # what the numbers after a colon are of
        self._waiting: Item | None = None  # a number of requests of which the next clause tells what became

    def read(self, items: Sequence[Item]) -> list[Count]:
        """The counts of a text, in its order."""
        found: list[Count] = []
        columns = interleaved(items)
        for begin, end in clauses(items):
            if begin == 0 or items[begin - 1].tag == "STOP":
                self._begin_sentence(items[begin:])
            rest = begin
            for place in range(begin, end):
                self._scope.pass_by(items, begin, place)
                if items[place].tag in NUMERIC and place >= rest and not is_none_at_all(items, place):
                    first = rest if rest > begin else 0
                    new, rest = self._number(items, place, first, in_column=place in columns)
                    self._keep(new, found)
            if end < len(items) and items[end].tag == "COLON" and has(items[begin:end], "RECEIVED") and rest == begin:
                self._row = self._heading_row = RECEIVED
            self._keep(self._statement(items[rest:end], heading_before(items, begin, end), alone=rest == begin), found)
            if end < len(items):
                self._scope.leave(items[end])
        return found

    def _keep(self, new: Sequence[Count], found: list[Count]) -> None:
        """Take what is the report's own; the figure of a whole region gives way to that of the agency in it."""
        if not self._scope.is_open:
            return
        for count in new:
            if (
                count.key == f"{CARRIED_OVER}.total"
                and self._includes
                and found
                and found[-1].key == f"{RECEIVED}.total"
            ):
                found.pop()  # 收到12件，其中上年结转2件
            if count.key == f"{RECEIVED}.total" and self._superseded is not None and self._superseded in found:
                found.remove(self._superseded)
            found.append(count)
        self._superseded, self._includes = None, False

    def _begin_sentence(self, items: Sequence[Item]) -> None:
        self._column = "total"
        self._after_applicant = self._mixed = self._is_wide = False
        self._superseded = None
        self._heading_row = ""
        self._table.begin_sentence()
        sentence = items[: next((n for n, item in enumerate(items) if item.tag == "STOP"), len(items))]
        self._disputes.begin_sentence(sentence)
        kinds = has(sentence, "PUBLISH") and has(sentence, "ON_REQUEST", "REQUEST") and has(sentence, "ROW")
        self._applicants, self._parts = set(), False
        self._several = sum(own.has("APPLICANT", "GROUP_APPLICANT") for own in sentence) > 1
        self._attributes = has(sentence, "ATTRIBUTE") or (kinds and not has(sentence, *VERBS))
        if self._subject == "other":
            self._subject = ""

    # --- numbers ---------------------------------------------------------------------------------------------------

    def _number(self, items: Sequence[Item], place: int, rest: int, *, in_column: bool) -> tuple[list[Count], int]:
        """What the number at ``place`` counts, and the place up to which the text is then read."""
        item = items[place]
        begin, phrase = phrase_before(items, place, rest)
        after = phrase_after(items, place)
        used = place + 1
        if not has_any(without_lead(phrase), _SAYS):
            if has(after, "RECEIVED") and any(own.text == "其中" for own in phrase):
                return [], used + len(after)  # 其中2件于年末收到
            if has(after, "ROW") and goes_on_as_list(items, place + 1 + len(after)):
                return [], used + len(after)  # 其余23件依法作出不予公开、无法提供等答复
            if has_any(after, _SAYS):
                used, phrase, after = used + len(after), [*phrase, *after], []
            else:
                phrase = clause_before(items, begin, phrase)
        elif has(after, *_BECAME) and not has_any(phrase, _SAYS_MORE):
            used, phrase, after = used + len(after), [*phrase, *after], []  # 收到的18件申请中16件办结
        column = self._column if in_column else "total"
        return self._label(phrase, item, after, column), used

    def _label(self, phrase: list[Item], item: Item, after: Phrase, column: str) -> list[Count]:
        """What a number counts that stands with these words."""
        if item.tag not in ("COUNT", "MONEY"):
            self._leave_requests_for_other(phrase)
            return []
        if has(phrase, "NEG") and not has(phrase, "ROW"):
            return []
        if item.value and any(own.text in ("分别", "分别为") for own in phrase):
            return []
        found = self._disputes.count(phrase, item)
        if found is None:
            found = self._table.count(phrase, item)
        if found is not None:
            self._subject = "disputes" if self._disputes.is_open else "table"
            if item.value == 0 and (received := received_beside(phrase)):
                return [count_of(f"{RECEIVED}.total", item, received), *found]
            return found
        return self._request(phrase, item, after, column) if item.tag == "COUNT" else []

    def _leave_requests_for_other(self, phrase: Phrase) -> None:
        if has(phrase, "OTHER", "PUBLISH") and not has(phrase, *NAMED):
            self._subject = "other"

    def _request(self, phrase: list[Item], item: Item, after: Phrase, column: str) -> list[Count]:
        """A number of requests, or of something else."""
        named = has(phrase, *NAMED) or has(after[:_NEAR], *NAMED)
        listed, self._after_applicant = self._after_applicant, False
        self._waiting = item if has(phrase, "REST", "UNFINISHED") else None
        if self._attributes:
            return []
        if named:
            self._subject = "requests"
            self._disputes.leave()
        if has(phrase, "DIFFERENCE") or (has(phrase, *_SILENT) and not has(phrase, "CARRIED_OVER", "CARRIED_FORWARD")):
            late = has(phrase, "UNOFFICIAL") and has(
                phrase, "FINISHED"
            )  # 按时办结64件，延期办结2件: neither is the total
            return [count_of(f"{RESULTS}.total", item, phrase)] if late else []
        if is_channel(phrase) and not has(phrase, "OTHER"):
            self._subject = "requests" if has(phrase, "APPLICATION") else self._subject
            return []
        if has(phrase, "SERVICE") or is_service(phrase):
            return self._other()
        others = [
            own
            for n, own in enumerate(phrase)
            if own.has("OTHER") and not (n and phrase[n - 1].has(*NAMED, "APPLICATION"))
        ]
        strange = others or has(phrase, "PUBLISH", "PAPER") or (has(phrase, "INFORMATION") and not named)
        if strange and not has(phrase, "ROW"):
            if not named and any(own.text == "类" for own in phrase):
                return []  # a topic of requests, 不动产登记类22件
            if not named or has(phrase, "PUBLISH"):
                self._mixed = bool(others) and has(phrase, "RECEIVED", "ACCEPTED")
                return self._other()
            if others:
                self._mixed = has(phrase, "RECEIVED", "ACCEPTED")
                return []
        if self._subject == "other" and not (has(phrase, "RECEIVED") or (has(phrase, "ROW") and self._last_verb)):
            return []
        for found in (self._carried(phrase, item, column), self._outcome(phrase, item, column)):
            if found is not None:
                return found
        applicant = self._applicant(phrase, item, listed=listed)
        return self._verb(phrase, item, after, named=named) if applicant is None else applicant

    def _other(self) -> list[Count]:
        self._subject, self._row = "other", ""
        return []

    def _carried(self, phrase: Phrase, item: Item, column: str) -> list[Count] | None:
        if has(phrase, "CARRIED_OVER", "CARRIED_FORWARD") and self._subject == "":
            self._subject = "requests"
        if has(phrase, "CARRIED_OVER"):
            self._includes = any(own.text in ("含", "包含", "包括", "其中") for own in phrase)
            return [count_of(f"{CARRIED_OVER}.total", item, phrase)]
        alone = has(phrase, "CARRY") and self._last_verb in ("FINISHED", "HANDLED", "ANSWERED")
        alone = alone or (has(phrase, "CARRY") and has(phrase, "EXCEPT"))
        if has(phrase, "CARRIED_FORWARD") or alone:
            return [count_of(f"{CARRIED_FORWARD}.{column}", item, phrase)]
        return [] if has(phrase, "CARRY") and not has(phrase, *VERBS) else None

    def _outcome(self, phrase: Phrase, item: Item, column: str) -> list[Count] | None:
        if has(phrase, "ROW"):
            row = outcome_row(phrase)
            self._results = True
            self._last_result = count_of(f"requests.{row}.{column}", item, phrase) if row else None
            return [self._last_result] if self._last_result else []
        rest = [own for own in phrase if not own.has("FILL", "AND", "OF", "SELF", "OPEN")]
        summed = "summed" if self._results else self._heading_row
        if not rest and summed and any(own.text in _SUMS for own in phrase):
            return [count_of(f"{summed}.total", item, phrase)]
        if self._last_result and last_of_group(self._last_result, phrase):
            return [count_of(f"requests.other_remaining.{column}", item, phrase)]
        if has(phrase, "OPEN") and not rest and self._subject == "requests" and (self._last_verb or column != "total"):
            return [count_of(f"requests.granted.{column}", item, phrase)]
        return None

    def _applicant(self, phrase: Phrase, item: Item, *, listed: bool) -> list[Count] | None:
        if has(phrase, "GROUP_APPLICANT") and not has(phrase, *VERBS):
            self._after_applicant = True
            return []
        named = {own.entry.applicant for own in phrase if own.entry.applicant}
        listed = listed or (self._column != "total" and has(phrase, "APPLICATION"))
        if (
            listed
            and not named
            and has(phrase, "REST")
            and len(self._applicants) >= _MOST_KINDS
            and not has(phrase, "X")
        ):
            named = {"other_org"}
        if not named or has(phrase, "GROUP_APPLICANT", "ANSWERED", "FINISHED", "HANDLED"):
            return None
        self._after_applicant = True
        if len(named) > 1 or self._subject not in ("", "requests"):
            return []
        (applicant,) = named
        self._applicants.add(applicant)
        self._column = applicant or "total"
        whole = has(phrase, *NAMED) and not self._row and not self._several
        total = self._verb(phrase, item, (), named=True) if whole else []
        row = self._row or (RECEIVED if has(phrase, "RECEIVED") else "listed")
        return [*total, count_of(f"{row}.{applicant}", item, phrase)]

    def _verb(self, phrase: Phrase, item: Item, after: Phrase, *, named: bool) -> list[Count]:
        """A number of requests received, accepted, handled, finished."""
        verb = next((tag for tag in VERBS if has(phrase, tag)), "")
        named = named or has(phrase, "APPLICATION") or has(after[:_NEAR], "APPLICATION")
        if not verb:
            numbers = any(own.has("APPLICATION", "REQUEST") and own.text.endswith(("量", "数")) for own in phrase)
            nil = (
                item.value == 0
                and has(phrase, *NAMED)
                and (any(own.text in _IS for own in phrase) or only_named(phrase))
            )
            submitted = named and has(phrase, "SUBMITTED")
            if not (named and self._mixed) and not numbers and not nil and not submitted:
                return []
            verb = "RECEIVED"
        unknown = not named and unknown_object(phrase, after)
        if unknown:
            return self._other()
        if self._subject != "requests" and not named and not any(own.text.startswith("新收") for own in phrase):
            return [count_of("summed.total", item, phrase)] if verb == "FINISHED" and not self._subject else []
        self._subject, self._last_verb = "requests", verb
        if verb == "RECEIVED" and has(phrase, "REST"):
            return []  # 收到其他申请1件
        if verb == "RECEIVED" or (verb == "ACCEPTED" and item.value == 0):
            self._row = RECEIVED
            last, self._received = self._received, count_of(f"{RECEIVED}.total", item, phrase)
            self._parts = self._parts or self._received.part
            self._received = self._received._replace(part=self._parts)
            if self._is_wide and has(phrase, "SELF"):
                self._superseded = last
            self._is_wide = has(phrase, "WIDE")
            finished = [count_of(f"{RESULTS}.total", item, phrase)] if has(phrase, "FINISHED") else []
            return [self._received, *finished]
        if verb == "FINISHED":
            return [count_of(f"{RESULTS}.total", item, phrase)]
        if verb != "ANSWERED":
            self._row = ACCEPTED if verb == "ACCEPTED" else ""
        return [count_of(f"{verb.lower()}.total", item, phrase)]

    # --- statements without numbers --------------------------------------------------------------------------------

    def _statement(self, clause: Phrase, heading: Phrase, *, alone: bool) -> list[Count]:
        """What a clause says without a number, or the rest of one after its last number (not ``alone``)."""
        found: list[Count] = []
        clause = [*clause, *heading]
        for place, item in enumerate(clause):
            if item.has("NEG"):
                end = next((n for n in range(place + 1, len(clause)) if clause[n].has("NEG")), len(clause))
                found += self._none(item, clause[:place], clause[place + 1 : end], clause[place + 1 :])
        if not has(clause, "NEG"):
            found += self._all_of_one(clause)
            found += self._all_of_group(clause)
            if self._waiting and has(clause, "CARRIED_FORWARD") and alone:
                found.append(count_of(f"{CARRIED_FORWARD}.total", self._waiting, clause))
        found += [*self._disputes.state(clause), *self._table.state(clause)]
        if has(clause, "RESULTS_HEADING") and not self._subject:
            self._subject, self._last_verb = "requests", "FINISHED"
        if has(clause, *NAMED) and not has(clause, "OTHER"):
            self._subject = "requests"
        elif alone and has(clause, "OTHER", "SERVICE", "PUBLISH") and not has(clause, "NEG"):
            self._subject = ""
        return found

    def _all_of_one(self, clause: Phrase) -> list[Count]:
        """``均为自然人``: all that were received."""
        named = {item.entry.applicant for item in clause if item.entry.applicant}
        if has(clause, "REST", "PARTLY") or any(own.text == "等" for own in clause):
            return []
        says = has(clause, "ALL", "SUBMITTED") or (bool(clause) and clause[0].text in ("系", "为", "是", "属", "属于"))
        if len(named) != 1 or has(clause, "GROUP_APPLICANT") or not says or not self._received:
            return []
        if self._row != RECEIVED or self._subject != "requests":
            return []
        where = [item for item in clause if item.has("ALL", "APPLICANT")]
        return [count_of(f"{RECEIVED}.{named.pop()}", where[0], where, self._received.value)]

    def _all_of_group(self, clause: Phrase) -> list[Count]:
        """``不予处理10件，均为重复申请``: all of the group counted last."""
        last = self._last_result
        if last is None or not has(clause, "ALL"):
            return []
        row = outcome_row(clause)
        if row is None or row not in groups().get(last.key.split(".")[1], ()):
            return []
        where = [item for item in clause if item.has("ALL", "ROW")]
        return [count_of(f"requests.{row}.total", where[0], where, last.value)]

    def _none(self, no: Item, before: Phrase, span: Phrase, rest: Phrase) -> list[Count]:
        """What a negation says that there was none of; ``rest`` is all that follows it in the clause, ``span`` up to the next."""
        if (has(before, "BODY") and not has(before, "SELF")) or has(span, "DIFFERENCE"):
            return []
        denied = span if has_any(span, _SAYS) else before  # 复议和诉讼没有发生
        found = self._disputes.none(denied, no)
        if denies_requests(no, span, self._subject, disputes=bool(found)):
            self._subject, self._row = "requests", RECEIVED
            self._received = count_of(f"{RECEIVED}.total", no, span, 0)
            found.append(self._received)
        if has(span, "CARRIED_OVER") or (has(before, "PRIOR") and has(span, "CARRY")):
            found.append(count_of(f"{CARRIED_OVER}.total", no, span, 0))
        elif has(span, "CARRIED_FORWARD") or (has(span, "CARRY") and self._last_verb == "FINISHED"):
            found.append(count_of(f"{CARRIED_FORWARD}.total", no, span, 0))
        return [*found, *self._table.none(span, [*before, *rest], no)]
