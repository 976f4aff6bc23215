"""All checks as a table: what ``gongkai checks`` prints."""

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from extractor.checks import Check, catalogue
from extractor.errors import InputError
from extractor.forms import Severity

_SCOPES = {
    "document": "文件",
    "table": "表格",
    "relation": "勾稽关系",
    "prose": "正文",
    "plausibility": "合理性",
    "series": "多份报告",
    "privacy": "隐私",
}
_SEVERITIES: dict[Severity, tuple[str, str]] = {
    "error": ("错误", "red"),
    "warning": ("警告", "yellow"),
    "info": ("提示", "cyan"),
}


def checks_table(code: str | None = None) -> Table:
    """A row for each check: code, scope, severity, source, and what must hold in Chinese and English.

    Args:
        code: only this check, or those whose codes begin so (``N``, ``T3.``); all when None.

    Raises:
        InputError: code ``input.check`` when there is none.
    """
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("代码", no_wrap=True)
    for heading in ("范围", "级别"):
        table.add_column(heading, no_wrap=True)
    for heading in ("依据", "应当成立", "What must hold"):
        table.add_column(heading, overflow="fold", ratio=1)
    for check in chosen(code):
        said, colour = _SEVERITIES[check.severity]
        scope = _SCOPES.get(check.scope, check.scope)
        table.add_row(check.code, scope, Text(said, colour), Text(check.source), Text(check.zh), Text(check.en))
    return table


def chosen(code: str | None) -> list[Check]:
    """The checks with a code, or whose codes begin so, in the order of the catalogue; see :func:`checks_table`."""
    known = catalogue()
    if code is None:
        return list(known.values())
    wanted = code.strip().lower()
    exact = [check for check in known.values() if check.code.lower() == wanted]
    found = exact or [check for check in known.values() if wanted and check.code.lower().startswith(wanted)]
    if not found:
        families = "、".join(dict.fromkeys(each.partition(".")[0] for each in known))
        raise InputError(
            f"没有代码为 {code} 的检查（代码以 {families} 开头）；请用 gongkai checks 查看全部", code="input.check"
        )
    return found
