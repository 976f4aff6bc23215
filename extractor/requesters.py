"""Who filed a request, where prose names them: the sentences that say so, as a small grammar on folded text without white space.

A name counts where the sentence says that this person files: by what follows (张三申请公开…, 由张三提出的申请), by what stands
before (申请人：张三), by a number beside each name (其中张三2件、李四1件), or in brackets (自然人（张三、李四）). Names that are
listed together share what is said of them. Officials, whom a title or a meeting gives away, and organisations are left alone.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from extractor.names import OF_OTHER_PEOPLES, Belief, believe, may_be, shape, unheard

Span = tuple[int, int]

ASKS = re.compile(r"申\s*[请請]|[复複復]\s*[议議]|原\s*告|[诉訴]|要\s*求\s*公")
"""A sentence without these words names no requester; it may be as printed."""

_COUNT = r"(?:\d+|[一二两三四五六七八九十]+)"
_UNITS = "件条份宗起例项次"
_NOTE = rf"(?:各?{_COUNT}[{_UNITS}]|\([^()]{{0,40}}\))"
_ITEM = r"[^、,;:。()]"
_PERSONS = "自然人|公民|村民|居民|市民|群众|业主|个人|农民|职工|老人|住户|当事人|申请人|申请者|原告|复议人"
_APPLICANTS = r"(?<!被)(?:申请人|申请者|申请公民|复议人|原告|上诉人)"
_BEFORE = "其中|分别|收到|接到|接收|受理|答复|回复|办理|处理|关于|针对|包括"
_KIN = r"先生|女士|夫[妇妻]|父[子女]|母[子女]|兄弟|姐妹|一家|本人"
_ORGANISATION = re.compile(
    "(?:公司|企业|集团|中心|事务所|银行|政府|单位|机构|街道|基地|超市|宾馆|商行|工作室"
    "|[厂场矿店社所局站部院校学馆园区县市镇乡村组会户处厅委办行队])$"
)
_MASKED = re.compile(r"[某×xX*＊○〇□]|先生$|女士$")
_TITLE = (
    "(?:[局县区镇乡市省州厅处科股所站院校村组部司队班会社]长|主任|书记|主席|秘书长|负责人|领导|成员|委员|干部|代表|专员|联络员|联系人"
    "|工作人员|经办人|专家|教授|记者|法官|同志)"
)

# What stands right before and right behind a name.
_LEFT = "|".join(
    [
        r"^",
        r"(?<=[、,;:()\"“《和及与由为是系有对给向以据了即年月日村组镇乡区县市])",
        rf"(?<=\d[.{_UNITS}])",
        *(rf"(?<={word})" for word in f"{_PERSONS}|上诉人|{_BEFORE}".split("|")),
    ]
)
_MANNER = (
    r"先后|分别|均|都|又|[多再]次|共同|联[名合]|同时|自行|依法|当面|书面|网上|线上|在线|现场|口头|委托|邮寄|来[信函访]|不服|为代表|通过|采取"
    r"|按照|根据|关于|[于在向以因就对]"
)
_RIGHT = (
    rf"(?=$|[、,;:()\"”》\d]|和|以?及|与|等|各|的|{_KIN}|[一二两三四五六七八九十][人位名户件次]|{_MANNER}"
    r"|申请|提[出交请起]|递交|要求|请求|诉|寄|发来|填写|(?:政府)?信息公开|身份|性别|联系|电话|[住地]址|作出)"
)

# What follows the last name of a list: how many they are, how they file, and that they file.
_MANY = rf"(?:{_KIN})?等?人?共?计?(?:{_COUNT}[余多]?[人位名户个])?(?:{_PERSONS})?"
_SOMEONE_ELSE = (
    "群众|公众|公民|申请人|可以|应当|方便|引导|鼓励|规范|畅通|负责|工作|推广|参加|开展|会上|会议|指导|带领|协助"
)
_HOW = rf"(?:[,:]?(?:{_MANNER}|各|{_COUNT}次|20\d\d年|\d+月)(?:(?!{_SOMEONE_ELSE})[^;。]){{0,80}}?|[,:])?"
_OBJECT = r"(?:[^,;。]{0,40}?(?:信息|资讯|公开|复议|资料|材料|文件|》|”))?的?"
_NOT_A_REQUEST = "(?!人|渠|量|表|工作|公开工作|平台|栏目|流程|指南|制度)"
_FILES = (
    rf"(?:提[出交请起]|递交|寄来|寄送|邮寄|发来|填写)(?:了|的)?(?!要|应|须|意见|建议|加强|优化){_OBJECT}(?:申请{_NOT_A_REQUEST}|复议|行政诉讼)"
    rf"|(?:申请|请求)[了对]?(?:依法|书面)?(?:公开{_NOT_A_REQUEST}|获[取得]|查[阅询看]|提供|复制|调取|知悉|了解|政府信息|信息|依申请|(?:行政)?复议|撤销"
    r"|[《“\"])"
    r"|要求(?:依法|书面)?(?:公开|获取|查[阅询看]|提供|复制)(?!透明|工作|要)"
    rf"|的{_OBJECT}申请{_NOT_A_REQUEST}"
    r"|诉[^,;。、]{1,24}(?:政府|局|委|办|处|街道|厅|中心|机关)"
)
_FILING = re.compile(r"申请|请求|要求|复议|诉")
_MORE = rf"{_NOTE}?(?P<more>(?:、{_ITEM}{{2,30}}{_NOTE}?){{0,12}}(?:(?:、|和|及|与){_ITEM}{{2,30}}?{_NOTE}?)??)"
_FILED = re.compile(rf"{_MORE}{_MANY}(?:{_HOW}(?:{_FILES})|(?:政府)?(?:信息|资讯)公开的?申请{_NOT_A_REQUEST})")
_RAISED = re.compile(rf"{_MORE}{_MANY}{_HOW}(?:提[出交起]|递交)(?:[,;]|$)")
_COUNTED = re.compile(rf"各?{_COUNT}[{_UNITS}]")
_CLOSED = re.compile(rf"{_NOTE}?(?:\)|$)")

# What stands before the first name of a list, with other applicants between.
_LISTED = rf"(?:{_ITEM}{{1,30}}、){{0,12}}(?:{_ITEM}{{0,14}}?(?:{_PERSONS}))?$"
_INTRODUCED = re.compile(
    rf"(?:{_APPLICANTS}(?:姓名|名单|名称|分别|主要|均|[为是系:]|包括)+|(?:{_PERSONS}){_ITEM}{{0,14}}\((?:分别|均|[为是系:]|姓名)*){_LISTED}"
)
_IN_BRACKETS = re.compile(rf"申请{_ITEM}{{0,14}}\((?:分别|均|[为是系:])*{_LISTED}")
_AMONG = re.compile(rf"(?:其中|分别|包括|\()[为是有系]?[,:]?{_LISTED}")
_BY = re.compile(rf"由{_LISTED}")
_APPLICANT = re.compile(rf"{_APPLICANTS}$")
_PERSON = re.compile(rf"(?:{_PERSONS})$")
_LAST_ITEM = re.compile(rf"({_ITEM}{{1,30}})、$")
_OFFICIAL = re.compile(
    rf"{_TITLE}(?:[:为是]|[:为是]?{_ITEM}{{0,6}}(?:、{_ITEM}{{2,4}}){{0,12}}、)$|会议|会上|领导小组|主持|讲话|座谈|部署|强调|培训|任命|分管"
)

_AROUND, _NEAR = 160, 20
"""How far around a list it is looked for what is said of it, and around a name for what word it is."""


class _Run(NamedTuple):
    """Candidates of one list, with what stands around it."""

    spans: list[Span]
    before: str
    after: str


@cache
def _candidate() -> re.Pattern[str]:
    begins_later = rf"[\u4e00-\u9fff]{{0,7}}?(?:{_PERSONS}|{_BEFORE}|[由为是系与及])"
    return re.compile(rf"(?:{_LEFT})(?P<name>(?!{begins_later}){OF_OTHER_PEOPLES}|{shape()}){_RIGHT}")


@cache
def _between() -> re.Pattern[str]:
    """What may stand between two names of a list."""
    item = rf"{_ITEM}{{1,30}}{_NOTE}?"
    and_ = "以?及|和|与"
    return re.compile(
        rf"{_NOTE}?(?:[、,;]|{and_})(?:{item}[、,;]){{0,6}}(?:{item}(?:{and_}))?(?:{_ITEM}{{0,14}}?(?:{_PERSONS}))?"
    )


def requesters(sentence: str) -> list[Span]:
    """The places of the persons that a sentence names as those who filed requests.

    Args:
        sentence: folded, without white space.
    """
    found = [match.span("name") for match in _candidate().finditer(sentence) if may_be(match["name"])]
    return sorted(span for run in _runs(sentence, found) for span in _named(sentence, run))


def _runs(sentence: str, found: list[Span]) -> Iterator[_Run]:
    """Candidates by the lists that they stand in."""
    run: list[Span] = []
    for span in found:
        if run and not (span[0] - run[-1][1] < _AROUND and _between().fullmatch(sentence, run[-1][1], span[0])):
            yield _run(sentence, run)
            run = []
        run.append(span)
    if run:
        yield _run(sentence, run)


def _run(sentence: str, spans: list[Span]) -> _Run:
    start, end = spans[0][0], spans[-1][1]
    return _Run(spans, sentence[max(0, start - _AROUND) : start], sentence[end : end + _AROUND])


def _named(sentence: str, run: _Run) -> list[Span]:
    """The names of a list, when the sentence says of it that these persons file."""
    filed, introduced = _filed(run), _INTRODUCED.search(run.before)
    said = filed or introduced
    if not (said or _is_counted(sentence, run) or _APPLICANT.search(run.before)) or _OFFICIAL.search(run.before):
        return []
    beliefs = {span: believe(sentence[slice(*span)], _near(sentence, span)) for span in run.spans}
    sure = sum(belief is Belief.NAME for belief in beliefs.values())
    if not said:
        return run.spans if sure == len(run.spans) else []
    if sure < 2 and _is_other(run.before):
        return []
    vouched = sure or introduced or _PERSON.search(run.before)
    least = Belief.HARDLY if sure > 1 else Belief.MAYBE if vouched else Belief.NAME
    named = [span for span, belief in beliefs.items() if belief >= least]
    return named + (list(_strangers(sentence, run, filed)) if sure > 1 else [])


def _filed(run: _Run) -> re.Match[str] | None:
    """That they file, by what follows."""
    filed = _FILED.match(run.after) if _FILING.search(run.after) else None
    return filed or (_RAISED.match(run.after) if _BY.search(run.before) else None)


def _is_counted(sentence: str, run: _Run) -> bool:
    """True when all that is said is how many requests each filed, or that they are in brackets behind the requests."""
    if _CLOSED.match(run.after) and _IN_BRACKETS.search(run.before):
        return True
    counts = all(_COUNTED.match(sentence, end) for _, end in run.spans)
    return counts and len(run.spans) > 1 and bool(_AMONG.search(run.before)) and not _is_other(run.before)


def _is_other(before: str) -> bool:
    """True when the list goes on to the left with what is neither a person nor an organisation."""
    item = _LAST_ITEM.search(before)
    return bool(item and not (_ORGANISATION.search(item[1]) or _MASKED.search(item[1])))


def _near(sentence: str, span: Span) -> str:
    """What stands around a name, as far as it tells what word it is."""
    return sentence[max(0, span[0] - _NEAR) : span[1] + _NEAR]


def _strangers(sentence: str, run: _Run, filed: re.Match[str] | None) -> Iterator[Span]:
    """Other words in a list of persons, with a surname that is not known or without one: names of other peoples."""
    stretches = [(end, start) for (_, end), (start, _) in pairwise(run.spans)]
    if filed:
        end = run.spans[-1][1]
        stretches.append((end, end + filed.end("more")))
    for start, end in stretches:
        for item in re.finditer(rf"(?<=[、,;和及与])[\u4e00-\u9fff]{{2,4}}(?=[、,;]|{_NOTE}|$)", sentence[start:end]):
            if unheard(item[0]) and not _ORGANISATION.search(item[0]) and not _MASKED.search(item[0]):
                yield start + item.start(), start + item.end()
