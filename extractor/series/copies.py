"""Tables that are the same as another's, and agencies that are there twice for a year."""

import math
from collections.abc import Iterator, Sequence

from extractor.checks import finding
from extractor.forms import FormTable
from extractor.record import Finding
from extractor.series.figures import Figures, amount, imprint, same
from extractor.series.reports import ODD, SEVERAL, Report, Reports

_SHOWN = 3


def copied(form: FormTable, own: Figures, previous: Figures | None, place: int, reports: Reports) -> Iterator[Finding]:
    """``X.copied``: a table whose figures are all those of last year's table, or of another agency's on the same year.

    A table of few and small figures is like many others by chance: 1 request, 1 granted. So a table counts only when its
    different figures, sums left out, have at least :data:`~extractor.series.reports.ODD` bits, and for each doubling of the
    number of tables that it is compared with one more. Beside last year's, what there is at the end of the year (rules in force)
    does not count: it may stay the same.
    """
    made = imprint(own, form)
    if made is None:
        yield finding("X.copied", "unverifiable", f"{form.title}：有单元格缺失或未能确定，无法比较")
        return
    found = False
    if previous is not None and _stands_out(own, form) and (last := imprint(previous, form)):
        found = last.figures == made.figures
        if found:
            yield _copied(form, "上年的报告", made.figures)
    others = [it for it in _others(form, own, place, reports) if imprint(reports.figures(it), form) == made]
    if others:
        found = True
        first = reports[others[0]]
        more = f"等 {len(others)} 份" if len(others) > 1 else ""
        yield _copied(form, f"“{first.agency}”同年的报告（{first.source}）{more}", made.figures)
    if not found:
        yield finding("X.copied", "pass", f"{form.title}：没有发现与上年或其他机关完全相同")


def _stands_out(own: Figures, form: FormTable) -> bool:
    flows = imprint(own, form, flows=True)
    return flows is not None and flows.bits >= ODD


def _others(form: FormTable, own: Figures, place: int, reports: Reports) -> list[int]:
    """The reports of other agencies whose table is the same by its hash, when that can be no coincidence."""
    report, made = reports[place], imprint(own, form)
    if made is None or made.bits < ODD + math.log2(max(1, reports.in_year(report.year) - 1)):
        return []
    return [
        it
        for it in reports.same_table(report.year, form, made)[: SEVERAL * SEVERAL]
        if reports[it].agency != report.agency and reports[it].file != report.file
    ]


def _copied(form: FormTable, whose: str, figures: Sequence[tuple[str, float]]) -> Finding:
    message = f"{form.title}：{len(figures)} 个非零数字与{whose}完全相同"
    return finding("X.copied", "fail", message, cells=tuple(key for key, _ in figures))


def duplicates(forms: Sequence[FormTable], own: Figures, place: int, reports: Reports) -> Iterator[Finding]:
    """``X.duplicate``: another report of the agency on the same year, or the same file once more.

    That it is there twice is only worth knowing; that figures which both print differ is an error. When one file was read twice
    with different results, the error is not the agency's.
    """
    report = reports[place]
    twins = reports.of(report.agency, report.year)
    if len(twins) > SEVERAL:
        message = f"“{report.agency}”{report.year}年有 {len(twins)} 份报告，可能是同名的不同机关，无法核对"
        yield finding("X.duplicate", "unverifiable", message)
        return
    others = dict.fromkeys([*reports.same_file(place)[:SEVERAL], *twins])
    others.pop(place, None)
    if not others:
        yield finding("X.duplicate", "pass", "没有同一机关同一年的另一份报告")
        return
    differing = {it: _differences(forms, own, reports.figures(it)) for it in others}
    worst = max(differing, key=lambda it: len(differing[it]))
    yield _duplicate(report, reports[worst], differing[worst])


def _differences(forms: Sequence[FormTable], own: Figures, other: Figures) -> list[tuple[str, str]]:
    """The cells that both reports print, with different numbers, each with the two in words."""
    return [
        (key, f"{form.names[key]} {amount(value)} 与 {amount(other[key])}")
        for form in forms
        for key in form.columns
        if (value := own.get(key)) is not None and other.get(key) is not None and not same(value, other[key])
    ]


def _duplicate(report: Report, other: Report, differences: Sequence[tuple[str, str]]) -> Finding:
    once_more = other.file == report.file and bool(report.file[0])
    who = "同一文件" if once_more else f"“{report.agency}”{report.year}年"
    if not differences:
        message = f"{who}还有一份报告（{other.source}），数字相同"
        return Finding("X.duplicate", "fail", "info", message)
    shown = "；".join(words for _, words in differences[:_SHOWN]) + ("…" if len(differences) > _SHOWN else "")
    message = f"{who}还有一份报告（{other.source}），{len(differences)} 个单元格的数字不同：{shown}"
    cells = tuple(key for key, _ in differences)
    return finding("X.duplicate", "fail", message, cause="unknown" if once_more else "agency", cells=cells)
