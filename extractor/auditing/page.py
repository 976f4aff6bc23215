"""The audit as one page in Chinese, with nothing to load from elsewhere: a batch in figures and plots, then each report.

Texts from reports are cleaned and escaped. What a cell shows when it is pointed at stands as data beside its report's tables.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any

from extractor.auditing.layout import official_names
from extractor.auditing.looks import CAUSES, SEVERITIES, STATUSES, STYLES
from extractor.auditing.report import Report, view
from extractor.auditing.shares import ALL, Shares, shares
from extractor.auditing.summary import summarise
from extractor.numbers import figure
from extractor.pages import clean, environment, percent
from extractor.record import CellValue, Record
from extractor.snippets import Excerpts

TITLE = "政府信息公开工作年度报告核对"
_UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_BUFFER = 200


def audit_page(records: Sequence[Record], *, title: str = TITLE) -> Iterator[str]:
    """The page of a batch, in pieces, so that it is never in memory as a whole.

    Args:
        records: those that could not be read as well.
        title: of the page.
    """
    found = shares(records) if sum(record.status != "failed" for record in records) > 1 else Shares((), (), ())
    stream = _template().stream(
        title=title,
        style=_own("audit.css"),
        script=_own("audit.js"),
        total=summarise(records),
        reports=_Reports(records),
        plots=found.checks,
        all=ALL,
        years=list(found.years),
        forms=list(found.forms),
        scale=_scale(found),
        styles=STYLES,
        statuses=STATUSES,
        severities=SEVERITIES,
        causes=CAUSES,
        words=_json({"names": dict(official_names()), "looks": {name: style.words for name, style in STYLES.items()}}),
    )
    stream.enable_buffering(_BUFFER)
    yield from stream


@cache
def _template() -> Any:
    made = environment(percent=percent, figures=figure, data=_data)
    return made.from_string(resources.files(__package__).joinpath("audit.html.jinja").read_text(encoding="utf-8"))


class _Reports:
    """The reports of a page, each made anew when the template comes to it; it needs them twice."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Report]:
        for number, record in enumerate(self._records, start=1):
            yield view(record, number)


def _own(name: str) -> Any:
    return _markup(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own files, and JSON without the characters of markup


def _scale(found: Shares) -> float:
    """The share that fills a bar: the largest of the batch, or a tenth when all are small."""
    labels = [ALL, *found.years, *found.forms]
    return max([0.1, *(check.share(label).value for check in found.checks for label in labels)])


# --- data for what a cell shows --------------------------------------------------------------------------------------


def _data(report: Report) -> Any:
    """What the script of the page knows of the cells of a report, in the order in which they stand on the page."""
    record = report.record
    keys = [key for grid in report.grids for key in grid.names]
    told: dict[str, list[int]] = {}
    for item in report.told:
        changed = (change.key for correction in item.finding.corrections for change in correction)
        for key in dict.fromkeys((*item.finding.cells, *changed)):
            told.setdefault(key, []).append(item.number)
    proposals = {n: cell.proposed for n, key in enumerate(keys) if (cell := record.cells[key]).proposed}
    return _json(
        {
            "pieces": [_printed(text) for text in report.excerpts.texts],
            "cells": [_cell(record.cells[key], report.looks[key].text, report.excerpts) for key in keys],
            "more": {n: [figure(it.value), clean(it.why)] for n, it in proposals.items()},
            "told": {n: told[key] for n, key in enumerate(keys) if key in told},
        }
    )


def _cell(cell: CellValue, shown: str, excerpts: Excerpts) -> list[Any]:
    """Confidence, place, snippet, unit, and what is printed where the page shows something else."""
    where = cell.where
    printed = "" if cell.state in ("blank", "missing") or cell.text == shown else str(clean(cell.text))
    found = excerpts.window(where)
    own = [round(cell.confidence, 4), *((where.page, where.line, clean(where.path)) if where else (None, None, None))]
    row = [
        *own,
        *(found or (-1,)),
        *([clean(cell.unit), printed] if found else [0, 0, 0, 0, clean(cell.unit), printed]),
    ]
    while len(row) > len(own) + 1 and not row[-1]:
        row.pop()
    return row


def _printed(text: str) -> str:
    """A snippet without characters that hide or turn others, its tabs and line breaks kept; no character is added or lost."""
    return "".join(it if it in "\t\n" else "\n" if it == "\r" else str(clean(it)) for it in text)


def _json(data: Any) -> Any:
    """JSON that can stand in a page: it can't end its element, whatever the texts say."""
    return _markup(json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE))
