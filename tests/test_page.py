import re
import sys
import warnings
from collections import Counter
from html.parser import HTMLParser

import pytest

from extractor.errors import OutputError
from training.annotations import STRAY
from training.evaluate import Disagreement, Evaluation, ReportScore, Result, benchmark_cases
from training.layouts import DAMAGES, SEVERITIES
from training.page import evaluation_page
from training.scoring import Outcome

HOSTILE = "</td><script>alert('x')</script>\"&\u202e\n.txt"
VOID = {"meta", "br", "wbr", "img", "link", "input", "hr"}


@pytest.fixture(autouse=True)
def _extras():
    pytest.importorskip("matplotlib")
    pytest.importorskip("jinja2")


def evaluation(name="aligner-9", report="样本一", silent=0, wrong=0, right=20, layout="tsv-grid", **names):
    """Cells of one report: right ones, wrong ones with a flag, and wrong ones without."""
    found = Evaluation(name)
    names = {
        "table": ["requests"],
        "row": ["requests.granted"],
        "column": ["requests.total"],
        "layout": [layout],
    } | names
    for kind, flagged, count in (("right", False, right), ("wrong", True, wrong), ("wrong", False, silent)):
        for _ in range(count):
            confidence = 0.62 if kind == "wrong" else 0.9997
            found.add(
                Outcome("requests.granted.total", "number", kind, flagged, confidence, kind == "right", 2.0, 2.0),
                {**names, "state": ["number"]},
            )
    cells = right + wrong + silent
    found.reports.append(ReportScore(report, (layout,), cells, right, right, silent, 0))
    found.rows.update(rows=8, exact=7)
    found.heads.update(rows=6, right=6)
    found.confusion = Counter(
        {("requests.total", "requests.total"): right, ("requests.total", STRAY): wrong + silent, (STRAY, STRAY): 1}
    )
    return found


def result(*, against=None, disagreements=(), **options):
    sides = {"model": evaluation(**options), "against": against, "baseline": evaluation("baseline", wrong=4)}
    return Result({key: side for key, side in sides.items() if side}, list(disagreements))


def benchmark():
    """A report of every operator and severity; the first operator is read wrong at high severity."""
    sides = {}
    for key in ("model", "baseline"):
        merged = Evaluation(key)
        for case in benchmark_cases(1):
            bad = case.damage == next(iter(DAMAGES)) and case.severity == "high"
            names = {"damage": [case.damage or "none"], "severity": [case.severity]}
            merged.merge(evaluation(key, f"simulated-{case.seed}", wrong=bad, right=6, **names))
        sides[key] = merged
    return Result(sides)


class Page(HTMLParser):
    """The ids, links and texts of a page; fails on tags that are not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.tags, self.text = [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            elif name in ("href", "src", "aria-labelledby"):
                self.links.append(value.removeprefix("#"))
            self.links += re.findall(r"url\(#?([^)]*)\)", value or "")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_is_whole_and_needs_nothing_from_elsewhere():
    text = evaluation_page(result(against=evaluation("aligner-8")), title="评测", simulated=benchmark())
    page = Page(text)
    assert "http:" not in text
    assert "https:" not in text
    assert "@import" not in text
    assert not {"script", "link", "img", "iframe", "image"}.intersection(page.tags)
    assert page.tags.count("svg") == 11
    assert len(page.ids) == len(set(page.ids))
    assert set(page.links) <= set(page.ids)
    assert text.startswith("<!DOCTYPE html>")


def test_names_from_data_are_escaped():
    disagreement = Disagreement(HOSTILE, HOSTILE, 2.0, None, True, 3.0, False)
    found = result(
        name=HOSTILE,
        report=HOSTILE,
        layout=HOSTILE + "$x^$",
        wrong=1,
        against=evaluation(HOSTILE),
        disagreements=[disagreement],
    )
    text = evaluation_page(found, title=HOSTILE)
    page = Page(text)
    assert "script" not in page.tags
    assert "\u202e" not in text
    assert text.count("&lt;script&gt;") >= 6
    assert any("<script>alert('x')</script>\"&\N{REPLACEMENT CHARACTER} .txt" in part for part in page.text)


def test_holds_the_main_figures_and_how_they_changed():
    text = evaluation_page(result(right=4999, wrong=1), title="评测")
    for figure in ("99.98 %", "4,999 / 5,000", "87.50 %", "7 / 8 行", "支持数 5,000", "+16.65 百分点", "1 份报告"):
        assert figure in text
    assert 'class="card good"' in text
    assert "没有未标记的错误" in text


def test_a_silent_error_is_red():
    text = evaluation_page(result(silent=3), title="评测")
    assert 'class="card bad"' in text
    assert "有 3 处未标记的错误" in text
    assert 'class="n silent">3<' in text


def test_same_result_same_bytes_whatever_the_settings_of_matplotlib():
    import matplotlib as mpl

    one = evaluation_page(result(), title="评测", simulated=benchmark())
    with mpl.rc_context({"font.size": 31, "svg.fonttype": "path", "axes.facecolor": "red"}):
        assert evaluation_page(result(), title="评测", simulated=benchmark()) == one
        assert mpl.rcParams["font.size"] == 31
    assert "matplotlib.pyplot" not in sys.modules


def test_plots_keep_chinese_as_text_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = evaluation_page(result(), title="评测")
    assert re.search(r"<text [^>]*>社会公益组织</text>", text)
    assert "DejaVu" not in text


def test_differences_have_the_words_of_the_form():
    item = Disagreement("样本一", "requests.denied_state_secret.natural_person", 1200.0, 1200.0, True, None, True)
    text = evaluation_page(result(against=evaluation("aligner-8"), disagreements=[item]), title="评测")
    assert "不予公开 · 属于国家秘密，自然人" in text
    assert '<span class="is">1,200</span> <span class="flag">需核对</span>' in text
    assert '<span class="not">—</span>' in text
    same = evaluation_page(result(against=evaluation("aligner-8")), title="评测")
    assert "两个模型给出的值和标记完全相同" in same
    assert "与对照的差异" not in evaluation_page(result(), title="评测")


def test_simulated_reports_by_damage_and_severity():
    simulated = benchmark()
    text = evaluation_page(result(), title="评测", simulated=simulated)
    heat = text[text.index('<h4 id="simulated-damage"') :]
    heat = heat[: heat.index("</figure>")]
    for name in ("none", *DAMAGES):
        assert f">{name}</text>" in heat
    assert heat.count(">14.3</text>") == 2  # 1 of 7, of the model and of the baseline
    assert heat.count(">5.3</text>") == 2  # the operator at every severity: 1 of 19
    reports = len(simulated.model.reports)
    assert reports == len(SEVERITIES) * (len(DAMAGES) + 1)
    assert f"另有 {reports - 1} 份全对，不列" in text


def test_nothing_to_count_is_no_error():
    text = evaluation_page(Result({"model": Evaluation("aligner-9")}), title="评测", simulated=None)
    assert Page(text).tags.count("svg") == 2
    assert '<div class="big">—</div>' in text


@pytest.mark.parametrize("name", ["matplotlib", "jinja2"])
def test_names_the_extra_that_is_missing(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(OutputError, match=r"gongkai\[plots\]") as error:
        evaluation_page(result(), title="评测")
    assert error.value.code == "output.extra"
