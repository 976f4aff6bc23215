"""What sentences say of requests and of fees, against the tables and against each other."""

import re
from collections.abc import Iterator, Sequence

from extractor.checks import Context, finding
from extractor.checks.operands import by_words, figure_of, name, printed, quoted
from extractor.numbers import figure
from extractor.prose import Prose, Sentence
from extractor.record import Cause, Finding, Outcome

_FORWARD = "requests.carried_forward.total"
_FEE_OVERDUE = "requests.other_fee_overdue.total"
_FEES = "proactive.fees.amount"
_PLANS, _OTHER_MATTERS = 5, 6
"""Sections of the form: plans for the next year, and other matters to be reported."""

_FINISHED = re.compile(
    r"(?:(?:全部|全数|悉数)|(?:均|都)(?:已经?)?)(?:已经?)?(?:[^。;,不未没无]{0,14}?)(?P<done>办结|办理完[毕成]|处理完[毕成]|办毕|答复|回复)"
    r"|(?P<rate>办结|答复|回复)率(?:[为是]|达到?|保持)*:?100%"
)
_SURE = re.compile(r"办结|办理完|处理完|办毕")
_REQUESTS = r"(?:信息)?公开的?申请|依申请公开|公开件|申请(?!人|表|书|材料|渠道|方式|复议|行政复议|强制|法院|审批|许可)"
_OTHERS = (
    "建议|提案|信件|来信|留言|咨询|投诉|举报|热线|工单|复议|诉讼|信访|邮件|信箱|来电|来访|审批|许可|政务服务|案件|问题|整改|意见"
    "|任务|项目|事项|诉求|办件|舆情|问政|救助|补贴|低保|住房|网民"
)
_SUBJECT = re.compile(f"(?P<own>{_REQUESTS})|(?P<other>{_OTHERS})")
_OTHER_REQUEST = re.compile(
    "(?:许可|审批|登记|补贴|救助|低保|执行|仲裁|复核|复议|诉讼|信访|投诉|举报|入学|资助|保障|破路|道路|住房|用地|专利|援助)的?$"
)
_STILL_OPEN = re.compile(
    "结转|转结|接转|顺延|转下[一年]|转入|正在|尚[未在]|除.{0,12}外|其余|其[他它]|未到期|未办结|办理中|在办|待|到期|应[办答]"
)
_NOT_THE_YEAR = re.compile("确保|力争|争取|应当|必须|上半年|下半年|季度|去年|上年|历年|累计|以来|以前")

_FEE = re.compile("处理费|信息公开[^。;,]{0,8}?收费")
_TOLD = re.compile("(?:收取|收缴|收到|征收)[^。;,]{0,16}?处理费|处理费[^。;,]{0,10}?(?:收取|收入|合计|共计|共)")
_NO_REPORT = re.compile("标准|每件|/件|元/|规定|办法|如需|可以|不得")
_AMOUNT = re.compile(r"(?P<value>\d[\d,]*(?:\.\d+)?)(?P<unit>万?元)")
_YEAR = re.compile(r"20\d\d(?=年)")
_NOTHING = re.compile(
    "^[^,。]{0,12}?(?:暂?无|没有)(?:其[他它])?(?:需要?)?(?:予以)?(?:报告|说明)?的?(?:其[他它])?(?:事项|情况|内容)?[。.;]?$"
)
_NOT_COLLECTED = re.compile("(?:未|没有|无|不)(?:曾|有|再|需|向[^。,]{0,12}?)?(?:收取|收过|产生|发生|收费|收)")
_NO_NOTICE = re.compile(
    "(?:未|没有|无)(?:向[^。,]{0,10})?(?:发出|下达|作出|送达)[^。,]{0,12}?收费通知|发出[^。,]{0,12}?收费通知[^。,]{0,6}?(?<!\\d)0[件份次]"
)
_NO_CHARGES = re.compile(
    "(?:未|没有|无|不涉及|不存在)(?:收取|产生|发生|有)?(?:任何)?行政事业性收费(?:项目|事项|情况|收入)?(?:[。,;]|$)"
)


# --- requests --------------------------------------------------------------------------------------------------------


@by_words
def all_finished(context: Context) -> Iterator[Finding]:
    """N.all_finished (《政府信息公开条例》第三十三条、第五十条): when all requests were finished, none is carried forward."""
    if context.prose is None:
        return
    forward, told = printed(context.record, _FORWARD), set()
    for sentence in context.prose.sentences:
        said = says_all_finished(sentence.text) if sentence.section != _PLANS else None
        if said is None or sentence.text in told:
            continue
        told.add(sentence.text)
        where, words = context.prose.where(sentence.start, sentence.end), f"正文“{quoted(sentence.text)}”"
        if forward.value is None:
            message = f"{words}：表中结转下年度的数字缺失、空白或未能确定，无法核对"
            yield finding("N.all_finished", "unverifiable", message, cells=(_FORWARD,), where=where)
        elif forward.value:
            message = f"{words}称{said}，表中却有 {figure(forward.value)} 件结转下年度继续办理"
            found = finding("N.all_finished", "fail", message, cause="agency", cells=(_FORWARD,), where=where)
            yield found if _SURE.search(said) else found._replace(severity="info")
        else:
            yield finding("N.all_finished", "pass", f"{words}：与表中结转 0 件相符", cells=(_FORWARD,), where=where)


def says_all_finished(text: str) -> str | None:
    """The words of a sentence by which all requests for information were finished; None for one about something else.

    >>> says_all_finished("收到公开申请7件,已全部办结。"), says_all_finished("办理提案20件,均已办结。")
    ('全部办结', None)
    """
    for match in _FINISHED.finditer(text):
        before = text[: match.start()]
        subject = next(reversed([*_SUBJECT.finditer(before)]), None)
        if subject is None or subject["other"] or _OTHER_REQUEST.search(before[: subject.start()]):
            continue
        if not _STILL_OPEN.search(text) and not _NOT_THE_YEAR.search(before):
            return match[0]
    return None


# --- fees ------------------------------------------------------------------------------------------------------------


@by_words
def fees(context: Context) -> Iterator[Finding]:
    """N.fee (《政府信息公开信息处理费管理办法》，国办函〔2020〕109号): section six does not deny a fee that the report tells of.

    The fees of the table (行政事业性收费) are all fees of an agency, not those for information, so that 无 in section six says
    nothing of them; only a sentence that names them does.
    """
    if context.prose is None:
        return
    sentences = context.prose.sentences
    denial = next(_denials(sentences), None)
    told = next((one for one in sentences if fee_told(one.text, context.record.year)), None)
    if denial and told:
        message = f"正文“{quoted(told.text)}”，第六部分却称“{quoted(denial.text)}”"
        yield _on(context.prose, "fail", message, denial)
    elif denial:
        yield _on(context.prose, "pass", f"第六部分“{quoted(denial.text)}”：与全文相符", denial)
    yield from _fee_cells(context, context.prose)


def _denials(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """Sentences of section six: no fee for information was collected; or nothing is to be reported, and no word of fees."""
    own = [sentence for sentence in sentences if sentence.section == _OTHER_MATTERS]
    of_fees = [sentence for sentence in own if _FEE.search(sentence.text)]
    for sentence in of_fees:
        amounts = _amounts(sentence.text)
        if _NOT_COLLECTED.search(sentence.text) or (amounts and not any(amounts)):
            yield sentence
    if not of_fees:
        yield from (sentence for sentence in own if _NOTHING.search(sentence.text))


def fee_told(text: str, year: int | None) -> bool:
    """True for a sentence by which a fee for information was collected, and not in another year.

    >>> fee_told("全年收取信息处理费120元。", 2021), fee_told("信息处理费每件收取100元。", 2021)
    (True, False)
    """
    fee = _TOLD.search(text)
    if not fee or _NOT_COLLECTED.search(text) or _NO_REPORT.search(text):
        return False
    if any(int(found) != year for found in _YEAR.findall(text)):
        return False
    return any(_amounts(text[fee.start() :]))


def _amounts(text: str) -> list[float]:
    return [float(match["value"].replace(",", "")) for match in _AMOUNT.finditer(text)]


def _fee_cells(context: Context, prose: Prose) -> Iterator[Finding]:
    """Sentences that deny what a cell counts: notices of fees that were not paid, and the fees of the agency."""
    record = context.record
    stated = {claim.key for claim in record.claims if claim.scope == "report"}
    for key, word, pattern in ((_FEE_OVERDUE, "收费通知", _NO_NOTICE), (_FEES, "行政事业性收费", _NO_CHARGES)):
        sentence = next((one for one in prose.sentences if word in one.text and pattern.search(one.text)), None)
        if sentence is None or key in stated or key not in record.cells:
            continue
        there, place, words = printed(record, key), name(record, key), f"正文“{quoted(sentence.text)}”"
        if there.value is None:
            message = f"{words}：表中{place}缺失、空白或未能确定，无法核对"
            yield _on(prose, "unverifiable", message, sentence, key)
        elif there.value:
            yield _on(prose, "fail", f"{words}，表中{place}却为 {figure_of(record, there)}", sentence, key)
        else:
            yield _on(prose, "pass", f"{words}：与表中{place}相符", sentence, key)


def _on(prose: Prose, outcome: Outcome, message: str, sentence: Sentence, *cells: str) -> Finding:
    cause: Cause | None = "agency" if outcome == "fail" else None
    where = prose.where(sentence.start, sentence.end)
    return finding("N.fee", outcome, message, cause=cause, cells=cells, where=where)
