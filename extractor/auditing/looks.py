"""How a cell looks on a page or in a workbook: by its state, how sure its reading is, and what the checks say of it.

Each look has a mark as well as a colour, for those who do not tell the colours apart, and for print.
"""

from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple

from extractor.numbers import figure
from extractor.pages import clean
from extractor.record import Cause, CellValue, Status

Name = Literal["number", "blank", "dash", "note", "missing", "review", "unsure", "proposed", "suspect", "involved"]
_EVEN = 0.5
_LONGEST = 16

STATUSES: dict[Status, str] = {"review": "需要核对", "ok": "通过", "failed": "未能读取"}
SEVERITIES = {"error": "错误", "warning": "警告", "info": "提示"}
CAUSES: dict[Cause | None, str] = {None: "", "agency": "机关原文错误", "misread": "读取错误", "unknown": "未能判断"}


class Style(NamedTuple):
    """A look: its mark, what it means, and its colours (background and text)."""

    mark: str
    words: str
    fill: str
    ink: str = "#22303c"


STYLES: dict[Name, Style] = {
    "number": Style("", "数字，读取确定", "#ffffff"),
    "review": Style("？", "需要人工核对", "#fff0cc", "#6b4300"),
    "unsure": Style("？？", "需要人工核对，把握不到一半", "#ffd98f", "#5a3800"),
    "blank": Style("空", "原文空白（空白不等于 0）", "#f1f3f5", "#56646f"),
    "dash": Style("－", "原文印有横线、斜线或“无”", "#e6edf5", "#2f4a63"),
    "note": Style("注", "原文是文字，或由文字表示的数", "#eee8f8", "#4a3573"),
    "missing": Style("缺", "文中找不到这个单元格", "#dfe3e6", "#45525c"),
    "proposed": Style("→", "建议值：不是原文所印，仅供核对", "#ffffff", "#14569c"),
    "suspect": Style("✗", "可能有误：改动它，不符的关系便可成立", "#fde0dd", "#a01b14"),
    "involved": Style("", "与某项“错误”或“警告”有关（虚线框）", "#ffffff"),
}
"""The looks in the order of a legend."""

_BY_WEIGHT: tuple[Name, ...] = ("suspect", "unsure", "review")


class Look(NamedTuple):
    """How one cell looks.

    Attributes:
        text: what is shown as its value.
        names: the looks that it has; the first is its state.
        proposed: the value proposed beside it, in figures.
    """

    text: str
    names: tuple[Name, ...]
    proposed: str = ""

    @property
    def marks(self) -> str:
        """What tells its looks without colours, besides its text."""
        own = "注" if "note" in self.names else ""
        return own + "".join(STYLES[name].mark for name in _BY_WEIGHT if name in self.names)

    @property
    def ground(self) -> Name:
        """The look that gives it its colours."""
        return next((name for name in _BY_WEIGHT if name in self.names), self.names[0])


def look(
    key: str, cell: CellValue, suspects: AbstractSet[str] = frozenset(), involved: AbstractSet[str] = frozenset()
) -> Look:
    """How a cell looks.

    Args:
        key: of the cell.
        cell: as read.
        suspects: keys of the cells that a correction names.
        involved: keys of the cells that a failed check is about.
    """
    names: list[Name] = [cell.state]
    if cell.review and cell.state != "missing":
        names.append("review" if cell.confidence >= _EVEN else "unsure")
    if cell.proposed:
        names.append("proposed")
    if key in suspects:
        names.append("suspect")
    elif key in involved:
        names.append("involved")
    return Look(_shown(cell), tuple(names), figure(cell.proposed.value) if cell.proposed else "")


def _shown(cell: CellValue) -> str:
    """What stands in the cell: as printed; a sign for what is not, and nothing where no value could be decided."""
    if cell.state in ("blank", "missing"):
        return STYLES[cell.state].mark
    if cell.value is None and cell.state == "number":
        return ""
    text = str(clean(cell.text)).strip() or (figure(cell.value) if cell.value is not None else STYLES["dash"].mark)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
