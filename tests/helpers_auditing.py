"""Records made by hand, and pages taken apart, for the tests of the audit for people."""

import json
import re
from collections import Counter
from html.parser import HTMLParser

from extractor.auditing.page import audit_page
from extractor.document import Source, Where
from extractor.forms import forms
from extractor.record import CellValue, Change, Claim, Finding, Proposal, Record, failed_record

NEW = {"proactive": "2021", "requests": "2021", "disputes": "2021"}
OLD = {"proactive": "2019", "requests": "2019", "disputes": "2021"}
NONE = {"proactive": None, "requests": None, "disputes": None}
HOSTILE = "</td></script><script>alert('x')</script>\"&=1\u202e\n<!--"
VOID = {"meta", "br", "wbr", "col", "input"}
TOTAL = "disputes.reconsideration.total"
RECEIVED = "requests.new_received.total"


def form_of(table, year):
    return next(form for form in forms() if (form.table, form.form) == (table, year))


def number(value, **more):
    """A cell that prints this number, read with certainty."""
    return CellValue(value, str(value), "number", 0.9998, review=False, **more)


def zeros(tables):
    """All cells of these forms, printed as 0."""
    return {key: number(0) for table, year in tables.items() if year for key in form_of(table, year).columns}


def record(tables=NEW, *, cells=(), name="a.txt", agency="青石县水利局", year=2022, **more):
    """A record of which all cells are 0, but those given."""
    parts = {"status": "review", "findings": (), **more}
    made = zeros(tables) | dict(cells)
    return Record(Source(name, "0" * 64, "text/plain"), agency, year, parts.pop("title", None), tables, made, **parts)


def miscounted():
    """A record with a wrong total: the finding, its correction, a claim of the prose, and snippets."""
    text = "全年收到申请12件。\n行政复议\t2\t1\t0\t0\t0"
    cells = {
        "disputes.reconsideration.upheld": number(2, where=Where(2, 16, 17)),
        "disputes.reconsideration.corrected": number(1, where=Where(2, 18, 19)),
        TOTAL: number(0, where=Where(2, 24, 25), proposed=Proposal(3, "relation", "各项之和")),
        RECEIVED: CellValue(None, "", "blank", 0.62, review=True),
    }
    keys = tuple(f"disputes.reconsideration.{name}" for name in ("upheld", "corrected", "other", "pending", "total"))
    found = (
        Finding(
            "T4.total", "fail", "error", "应等于总计，但为 3 与 0", "agency", keys, corrections=((Change(TOTAL, 3),),)
        ),
        Finding("T4.total", "pass", "error", "相符"),
        Finding("T3.balance", "unverifiable", "info", "无法核对"),
        Finding("N.claim", "fail", "warning", "正文与表不同", "unknown", (RECEIVED,), Where(1, 0, 9)),
    )
    claims = (Claim(RECEIVED, 12, "收到申请12件", "report", Where(1, 2, 9)),)
    return record(cells=cells, findings=found, claims=claims, snippets={0: text})


def failed(message="文件是空的"):
    return failed_record(Source("b.pdf", "1" * 64, "application/pdf"), "input.empty", message, NONE)


def page(*records, **options):
    """The text of a page."""
    return "".join(audit_page(records, **options))


class Page(HTMLParser):
    """A page taken apart; fails on tags that are not closed.

    Attributes:
        cells: of each value cell by id: its looks and its text.
        ids, links: those of the page; links without their ``#``.
        data: the JSON of each report.
    """

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.others, self.texts = [], [], [], [], []
        self.tags, self.cells, self.data = Counter(), {}, []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "td" and "id" in found:
            self.cells[found["id"]] = (tuple((found.get("class") or "number").split()), "")
        if tag == "a":
            assert found["href"].startswith("#")
            self.links.append(found["href"][1:])
        self.links += (found.get("aria-labelledby") or "").split()
        self.others += [
            found[name] for name in ("src", "href", "action", "srcset", "data") if name in found and tag != "a"
        ]

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        tag, found = self.open[-1] if self.open else ("", {})
        if tag == "script" and found.get("type") == "application/json" and "id" not in found:
            self.data.append(json.loads(data))
        elif tag not in ("script", "style"):
            self.texts.append(data)
        for name, within in self.open:
            if name == "td" and "id" in within:
                looks, text = self.cells[within["id"]]
                self.cells[within["id"]] = (looks, text + data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.texts))
