"""Parents and children: a government whose report sums up those of its offices."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from extractor.checks import finding
from extractor.errors import InputError
from extractor.forms import FormTable
from extractor.record import Finding
from extractor.series.figures import Figures, amount, same
from extractor.series.reports import agency_key

_CHILD = {"child", "children", "子", "子机关", "下级", "下级机关", "下级单位", "所属", "机关"}
_PARENT = {"parent", "父", "父机关", "上级", "上级机关", "上级单位", "主管", "主管机关"}
_SHOWN = 3

Hierarchy = Mapping[str, tuple[str, ...]]
"""The children of each parent, by the names that agencies are told apart by (:func:`~extractor.series.reports.agency_key`)."""


def read_hierarchy(data: bytes, name: str) -> Hierarchy:
    """Read a hierarchy file: CSV of two columns, child and parent, in this order or as a header says.

    It may be in UTF-8, UTF-16 with a mark, or GB18030, and be separated by commas, tabs or semicolons. Lines that repeat, empty
    lines, agencies without a parent, and agencies with several parents are no error.

    Args:
        data: the file.
        name: its name, for messages.

    Raises:
        InputError: ``input.hierarchy`` when a line has no child or more than two columns, when there is no pair at all, or when
            an agency is, over however many steps, its own parent; ``input.encoding`` when it can't be decoded.
    """
    text = decoded_list(data, name)
    delimiter = max(",\t;，；", key=lambda mark: sum(mark in line for line in text.splitlines()))
    found: dict[str, dict[str, None]] = {}
    for child, parent in _pairs(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), name):
        found.setdefault(parent, {})[child] = None
    if not found:
        raise InputError(f"{name}：没有一行是“下级,上级”；请写成两列的 CSV", code="input.hierarchy")
    hierarchy = {parent: tuple(children) for parent, children in found.items()}
    if circle := _circle(hierarchy):
        raise InputError(f"{name}：{' → '.join(circle)} 互为上下级；请改正", code="input.hierarchy")
    return hierarchy


def decoded_list(data: bytes, name: str) -> str:
    """The text of a list that people wrote: UTF-8, UTF-16 with a mark, or GB18030, as Excel saves it.

    Raises:
        InputError: ``input.encoding`` when it is none of these.
    """
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{name}：无法识别文字编码；请另存为 UTF-8 的 CSV", code="input.encoding")


def _pairs(rows: Iterable[list[str]], name: str) -> Iterator[tuple[str, str]]:
    """Child and parent of each line, the header and lines without a parent left out."""
    child_at, parent_at, first = 0, 1, True
    try:
        for number, row in enumerate(rows, start=1):
            cells = [agency_key(cell) for cell in row]
            if not any(cells):
                continue
            header = _header(cells) if first else None
            first = False
            if header:
                child_at, parent_at = header
                continue
            child, parent = ((*cells, "", "")[at] if at < len(cells) else "" for at in (child_at, parent_at))
            wide = [cell for cell in cells if cell] if (child_at, parent_at) == (0, 1) else []
            if not child or len(wide) > 2:
                raise InputError(f"{name} 第 {number} 行：不是“下级,上级”两列；请改正", code="input.hierarchy")
            if parent:
                yield child, parent
    except csv.Error as error:
        raise InputError(f"{name}：不是有效的 CSV（{error}）", code="input.hierarchy") from None


def _header(cells: Sequence[str]) -> tuple[int, int] | None:
    """The places of child and parent when this is a header."""
    children = [place for place, cell in enumerate(cells) if cell.lower() in _CHILD]
    parents = [place for place, cell in enumerate(cells) if cell.lower() in _PARENT]
    return (children[0], parents[0]) if children and parents else None


def _circle(hierarchy: Hierarchy) -> list[str]:
    """A circle of parents and children, its first agency at both ends; empty when there is none."""
    safe: set[str] = set()
    for start in hierarchy:
        path: list[str] = []
        ways: list[Iterator[str]] = [iter((start,))]
        while ways:
            agency = next(ways[-1], None)
            if agency is None:
                ways.pop()
                safe.update(path[-1:])
                del path[-1:]
            elif agency in path:
                return [*path[path.index(agency) :], agency]
            elif agency not in safe:
                path.append(agency)
                ways.append(iter(hierarchy.get(agency, ())))
    return []


def sums(form: FormTable, own: Figures, children: Mapping[str, Figures | None]) -> Iterator[Finding]:
    """``X.parent`` and ``X.parent_more``: the counts of a parent beside the sums of its children.

    A government's report sums up its offices, and what came to the government itself may be added. So less than the sum is a
    failure (warning) and more than it is worth knowing (info). Only counts of what happened in the year are summed: requests,
    disputes, decisions, documents issued. Amounts are rounded by each agency in its own way, and what there is at the end of the
    year (items of permits) may be the same things at several levels.

    Args:
        form: the form of the parent's table.
        own: the figures of the parent.
        children: those of each child, None for one without a report on the year.
    """
    if missing := [name for name, figures in children.items() if figures is None]:
        named = "、".join(missing[:_SHOWN]) + (f"等 {len(missing)} 个机关" if len(missing) > _SHOWN else "")
        for code in ("X.parent", "X.parent_more"):
            yield finding(code, "unverifiable", f"{form.title}：缺少下级 {named} 的报告，无法核对")
        return
    known = [figures for figures in children.values() if figures is not None]
    less, more, equal = dict[str, float](), dict[str, float](), 0
    for key in _summed(form):
        total = _total(key, own, known)
        if total is None:
            continue
        if same(own[key], total):
            equal += 1
        else:
            (less if (own[key] or 0) < total else more)[key] = total
    yield _sum_finding("X.parent", "少于", form, own, less, checked=bool(more or equal))
    yield _sum_finding("X.parent_more", "多于", form, own, more, checked=bool(less or equal))


def _total(key: str, own: Figures, children: Sequence[Figures]) -> float | None:
    """The sum of the children; None when a figure is not known, or the sum is not the parent's and one of them is blank."""
    everyone = [own, *children]
    if any(key not in figures for figures in everyone) or all(figures[key] is None for figures in everyone):
        return None
    total = sum(figures[key] or 0 for figures in children)
    return None if any(figures[key] is None for figures in everyone) and not same(own[key], total) else total


def _sum_finding(
    code: str, less_or_more: str, form: FormTable, own: Figures, odd: Mapping[str, float], *, checked: bool
) -> Finding:
    if odd:
        told = "；".join(
            f"{form.names[key]} {amount(own[key])}，下级之和 {amount(odd[key])}" for key in [*odd][:_SHOWN]
        )
        message = f"{form.title}：{len(odd)} 个单元格{less_or_more}下级之和：{told}{'…' if len(odd) > _SHOWN else ''}"
        return finding(code, "fail", message, cause="agency" if code == "X.parent" else None, cells=tuple(odd))
    if checked:
        return finding(code, "pass", f"{form.title}：没有{less_or_more}下级之和的数字")
    return finding(code, "unverifiable", f"{form.title}：没有上下级都能确定的数字，无法核对")


@cache
def _summed(form: FormTable) -> tuple[str, ...]:
    return tuple(key for key, column in form.columns.items() if column.kind == "count" and not column.stock)
