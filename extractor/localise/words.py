"""What a finding says of the cells that are probably wrong, in Chinese."""

from collections.abc import Sequence

from extractor.localise.system import System
from extractor.numbers import figure
from extractor.record import Cause, Correction

_CAUSES: dict[Cause, str] = {
    "agency": "原文所印即如此，应是报告本身有误",
    "misread": "所涉单元格读取存疑，很可能是误读，请对照原文",
    "unknown": "是报告有误还是误读，尚不能断定",
}
UNSOLVED = "；未能推断是哪个单元格有误"


def explanation(system: System, corrections: Sequence[Correction], cause: Cause, *, more: bool) -> str:
    """What is added to the message of a failed relation.

    Args:
        system: the table.
        corrections: what would explain it, the likeliest first.
        cause: whose error it is.
        more: there are others that are not listed.
    """
    best = said(system, corrections[0])
    if len(corrections) == 1:
        return f"；很可能是{best}；{_CAUSES[cause]}"
    count = f"{'至少 ' if more else ' '}{len(corrections)} 种"
    return f"；改法不唯一，有{count}都能说通，例如{best}；{_CAUSES[cause]}"


def said(system: System, correction: Correction) -> str:
    """A correction in words."""
    return "、".join(
        f"“{system.form.names[key]}”{_now(system, key)}，应为 {figure(value)}" for key, value in correction
    )


def _now(system: System, key: str) -> str:
    value = system.values.get(key)
    return "为空白" if value is None else f"为 {figure(value)}"
