"""Whether the prose keeps to itself who filed requests."""

from collections.abc import Iterator

from extractor.checks import Context, finding
from extractor.privacy import REQUESTER_NAMED, private_names
from extractor.record import Finding


def named_requesters(context: Context) -> Iterator[Finding]:
    """privacy.requester_named (《个人信息保护法》第二十五条): one failure for each person whom the prose names as a requester."""
    prose = context.prose
    if prose is None or not prose.passages:
        yield finding(REQUESTER_NAMED, "unverifiable", "没有正文可查，无法核对是否写出了申请人姓名")
        return
    names = private_names(prose)
    for name in names:
        message = f"正文写出了申请人的姓名“{name.text}”，应当隐去"
        yield finding(REQUESTER_NAMED, "fail", message, where=prose.where(name.start, name.end))
    if not names:
        yield finding(REQUESTER_NAMED, "pass", "正文没有写出申请人的姓名")
