"""An evaluation as one page in Chinese: figures, plots and tables, with nothing to load from elsewhere.

matplotlib lays the plots out with its own font and leaves text as text; the page's style sheet gives it a Chinese font. So the
same result makes the same bytes on every machine. Names from reports are cleaned and escaped, and harmless in plots.
"""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from io import StringIO
from math import ceil, log, log10
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from extractor.errors import OutputError
from extractor.forms import forms
from extractor.pages import clean, environment, percent
from training.annotations import STRAY
from training.evaluate import BASELINE, Evaluation, ReportScore, Result, benchmark_cases
from training.layouts import DAMAGES, SEVERITIES
from training.reliability import PRECISION, Reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = {"model": "#1f5fa8", "against": "#8a63b5", BASELINE: "#d0812a"}
_STATES = ("number", "zero", "blank", "dash", "note", "absent", "ambiguous")
_INK, _GREY, _FAINT = "#22303c", "#8795a1", "#f1f4f6"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "gongkai", "text.parse_math": False, "font.size": 9, "text.color": _INK,
    "axes.edgecolor": _GREY, "axes.labelcolor": _INK, "axes.linewidth": 0.7, "axes.grid": True, "axes.axisbelow": True,
    "axes.spines.top": False, "axes.spines.right": False, "grid.color": "#e3e8ec", "grid.linewidth": 0.6,
    "xtick.color": _GREY, "ytick.color": _GREY, "xtick.labelcolor": _INK, "ytick.labelcolor": _INK,
    "xtick.major.size": 3, "ytick.major.size": 3, "figure.facecolor": "none", "axes.facecolor": "none",
    "axes.titlelocation": "left", "axes.titlesize": 9, "lines.linewidth": 1.5, "lines.dashed_pattern": (4, 2),
}  # fmt: skip
_WIDTH = 5.8
_LETTER = 0.085  # inches; letters of codes are narrower
_MOST_BARS = 24
_LONGEST = 32
_CURVE_STEP = 0.002


def evaluation_page(result: Result, *, title: str, simulated: Result | None = None) -> str:
    """The page of an evaluation.

    Args:
        result: on gold reports.
        title: of the page.
        simulated: on the damage benchmark.

    Raises:
        OutputError: ``output.extra`` when matplotlib or jinja2 is not installed.
    """
    require_plots()
    import matplotlib as mpl

    template = (resources.files("training") / "templates" / "evaluation.html.j2").read_text(encoding="utf-8")
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        warnings.filterwarnings("ignore", r"Glyph \d+ ")  # of the font that the page does not use
        sections = [_section("gold", result)] + ([_section("simulated", simulated)] if simulated else [])
    made = environment(percent=percent, errors=_errors).from_string(template)
    return made.render(title=title, sections=sections, labels=_labels(), colours=_COLOURS)


def require_plots() -> None:
    """Raise OutputError (``output.extra``) when matplotlib or jinja2 is not installed: before the work, not after it."""
    try:
        import jinja2  # noqa: F401
        import matplotlib as mpl  # noqa: F401
    except ImportError:
        message = '生成评测网页需要 matplotlib 和 jinja2；请运行 pip install "gongkai[plots]"'
        raise OutputError(message, code="output.extra") from None


def _section(name: str, result: Result) -> dict[str, Any]:
    """What the template says of a result. Of simulated reports only those with an error are listed."""
    model, *others = result.evaluations.values()
    reports = sorted(model.reports, key=lambda it: (-it.silent, -_errors(it), it.accepted - it.right))
    return {
        "id": name,
        "sides": result.evaluations,
        "model": model,
        "base": result.evaluations.get(BASELINE),
        "cards": [(*figure, [_compared(figure, model, other) for other in (model, *others)]) for figure in _figures()],
        "plots": dict(_plots(name, result.evaluations)),
        "tables": {dimension: _order(dimension, names) for dimension, names in model.by.items() if names},
        "reports": [report for report in reports if name == "gold" or report.silent or not report.exact],
        "others": [{report.name: report for report in other.reports} for other in others],
        "disagreements": result.disagreements if "against" in result.evaluations else None,
    }


# --- figures ---------------------------------------------------------------------------------------------------------


class _Measure(NamedTuple):
    """A number, or a part of a whole, and what is printed small below it."""

    part: float
    whole: int | None = None
    detail: str = ""

    @property
    def value(self) -> float | None:
        """The share, or the number; None for a part of nothing."""
        return self.part if self.whole is None else self.part / self.whole if self.whole else None

    @property
    def text(self) -> str:
        """As printed."""
        if self.whole is not None:
            return percent(self.part, self.whole)
        return f"{self.part:,}" if isinstance(self.part, int) else f"{self.part:.4f}"


class _Figure(NamedTuple):
    """A main figure; ``better``: 1 when more of it is better, -1 when less is, 0 when neither."""

    label: str
    note: str
    better: int
    measure: Callable[[Evaluation], _Measure]


def _figures() -> Iterator[_Figure]:
    """The main figures, most telling first."""

    def share(part: int, whole: int, unit: str = "") -> _Measure:
        return _Measure(part, whole, f"{part:,} / {whole:,}{unit}")

    def f1(total: Counter[str]) -> _Measure:
        return _Measure(2 * total["hit"], total["given"] + total["support"], f"支持数 {total['support']:,}")

    def covered(found: Reliability) -> _Measure:
        return share(round(found.coverage() * found.cells), found.cells)

    yield _Figure("未标记的错误", "读错而没有提醒人核对", -1, lambda it: _Measure(it.total["silent"]))
    yield _Figure("读对的单元格", "", 1, lambda it: share(it.total["right"], it.total["cells"]))
    yield _Figure("需人工核对", "已标记", -1, lambda it: share(it.total["flagged"], it.total["cells"]))
    yield _Figure("单元格", "", 0, lambda it: _Measure(it.total["cells"], None, f"{len(it.reports):,} 份报告"))
    yield _Figure("全对的报告", "", 1, lambda it: share(sum(r.exact for r in it.reports), len(it.reports), " 份"))
    yield _Figure("全对的行", "", 1, lambda it: share(it.rows["exact"], it.rows["rows"], " 行"))
    yield _Figure("行标题", "各数归到所属的行", 1, lambda it: share(it.heads["right"], it.heads["rows"], " 行"))
    yield _Figure("精确率", "给出的数中对的", 1, lambda it: share(it.total["hit"], it.total["given"]))
    yield _Figure("召回率", "印出的数中读对的", 1, lambda it: share(it.total["hit"], it.total["support"]))
    yield _Figure("F1", "", 1, lambda it: f1(it.total))
    yield _Figure("校准误差", "ECE，越小越好", -1, lambda it: _Measure(float(it.reliability.calibration_error())))
    yield _Figure(f"{100 * PRECISION:g} % 精度下的覆盖率", "", 1, lambda it: covered(it.reliability))


def _compared(figure: _Figure, model: Evaluation, other: Evaluation) -> tuple[_Measure, str, str]:
    """A figure of one, how that of the model differs, and whether that is ``better`` or ``worse``."""
    measure = figure.measure(other)
    one, two = figure.measure(model).value, measure.value
    if one is None or two is None:
        return measure, "", ""
    if one == two:
        return measure, "相同", ""
    change = one - two
    scale, unit, digits = (1, "", 4) if measure.whole is None else (100, " 百分点", 2)
    text = next(text for n in range(digits, 12) if float(text := f"{change * scale:+.{n}f}") or n == 11) + unit
    text = f"{change:+,}" if isinstance(change, int) else text
    return measure, text.replace("-", "−"), ("", "better", "worse")[figure.better * (1 if change > 0 else -1)]


def _errors(report: ReportScore) -> int:
    return report.cells - report.right + report.extra


def _error(counts: Mapping[str, int]) -> float:
    return 1 - counts.get("right", 0) / counts["cells"] if counts.get("cells") else 0.0


# --- names -----------------------------------------------------------------------------------------------------------


@cache
def _labels() -> Mapping[str, Mapping[str, str]]:
    """Chinese labels of tables, rows and columns, in the order of the forms; the newest form has the last word."""
    found: dict[str, dict[str, str]] = {"table": {}, "row": {}, "column": {}}
    for form in forms():
        found["table"][form.table] = form.title
        for block in form.blocks:
            groups = {group.key: f"{group.label} · " for group in block.groups}
            for row in block.rows:
                found["row"][f"{form.table}.{row.key}"] = groups.get(row.parent or "", "") + row.label
            found["column"] |= {f"{form.table}.{column.key}": column.label for column in block.columns}
    return found


def _order(dimension: str, names: Mapping[str, Counter[str]]) -> list[str]:
    """Names in the order of the forms or operators; those without an order the worst first."""
    orders = {**_labels(), "damage": ("none", *DAMAGES), "severity": tuple(SEVERITIES), "state": _STATES}
    place = {name: number for number, name in enumerate(orders.get(dimension, ()))}
    return sorted(names, key=lambda name: (place.get(name, len(place)), -_error(names[name]), name))


# --- plots -----------------------------------------------------------------------------------------------------------

_Sides = Mapping[str, Evaluation]
_Fields = dict[tuple[float, float], tuple[str, float, str]]


def _plots(prefix: str, sides: _Sides) -> Iterator[tuple[str, str]]:
    """The plots as SVG by name; those with nothing to draw are left out."""
    model = sides["model"]
    yield "reliability", _svg(_reliability(sides), f"{prefix}-reliability")
    yield "coverage", _svg(_coverage(sides), f"{prefix}-coverage")
    for key in ("model", BASELINE):
        if key in sides and sides[key].confusion:
            yield f"confusion-{key}", _svg(_confusion(sides[key].confusion), f"{prefix}-confusion-{key}")
    worst = {
        name: max(_error(side.by["layout"].get(name, {})) for side in sides.values()) for name in model.by["layout"]
    }
    names = sorted((name for name in worst if worst[name]), key=lambda name: (-worst[name], name))
    if names:
        yield "layout", _svg(_layouts(names[:_MOST_BARS], sides), f"{prefix}-layout")
    if model.by["damage"]:
        yield "damage", _svg(_damages(sides), f"{prefix}-damage")


def _axes(height: float, left: float, right: float, top: float, bottom: float) -> "Axes":
    """Axes of a new figure with margins in inches."""
    from matplotlib.figure import Figure

    box = (left / _WIDTH, bottom / height, 1 - (left + right) / _WIDTH, 1 - (top + bottom) / height)
    return Figure(figsize=(_WIDTH, height)).add_axes(box)


def _svg(axes: "Axes", prefix: str) -> str:
    """A figure as SVG inside HTML: without namespaces, metadata, styles and fonts, its ids with a prefix."""
    buffer, figure = StringIO(), cast("Figure", axes.figure)
    figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    opening = rf'<svg \1 role="img" aria-labelledby="{prefix}">'
    text = re.sub(r'(?s)^.*?<svg[^>]*?(viewBox="[^"]*")[^>]*>', opening, buffer.getvalue(), count=1)
    text = re.sub(r"(?s)<style.*?</style>|<metadata.*?</metadata>|; font-family: [^;\"]*", "", text)
    return re.sub(r'(?<= id=")|(?<=url\(#)|(?<=href="#)', f"{prefix}-", text).replace("xlink:href", "href")


def _reliability(sides: _Sides) -> "Axes":
    axes = _axes(4.4, 0.7, 0.25, 0.32, 1.45)
    low = axes.figure.add_axes((0.7 / _WIDTH, 0.45 / 4.4, 1 - 0.95 / _WIDTH, 0.7 / 4.4), sharex=axes)
    axes.plot((0, 1), (0, 1), "--", color=_GREY, linewidth=1)
    width = 0.042 / len(sides)
    for place, (key, side) in enumerate(sides.items()):
        bins, colour = side.reliability.bins(), _COLOURS[key]
        counts, where, right = ([item[part] for item in bins] for part in range(3))
        sizes, face = [14 + 30 * log10(count) for count in counts], "none" if place else colour
        axes.plot(where, right, "--" if place else "-", color=colour)
        axes.scatter(where, right, sizes, face, edgecolors=colour, clip_on=False, zorder=3)
        lefts = [min(int(at * 20), 19) / 20 + 0.004 + place * width for at in where]
        low.bar(lefts, counts, width, align="edge", color=colour)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), title="读对的比例")
    axes.tick_params(labelbottom=False)
    low.set(yscale="log", xlabel="信心", title="单元格数")
    low.set_ylim(bottom=0.7)
    low.yaxis.set_major_formatter("{x:,.0f}")
    low.minorticks_off()
    low.grid(visible=False, axis="x")
    return axes


def _coverage(sides: _Sides) -> "Axes":
    axes, lowest = _axes(4.4, 0.75, 0.6, 0.32, 0.45), PRECISION
    for place, (key, side) in enumerate(sides.items()):
        cells = side.reliability.cells
        points = [(taken / cells, right / taken) for taken, right in side.reliability.accepted()]
        if not points:
            continue
        thinned = {round(covered / _CURVE_STEP): (covered, precision) for covered, precision in points}
        curve = [(0.0, precision) for _, precision in points[:1]] + list(thinned.values())
        axes.plot(*zip(*curve, strict=True), "--" if place else "-", color=_COLOURS[key], clip_on=False)
        axes.plot(*zip(*curve[-1:], strict=True), "o", color=_COLOURS[key], markersize=5, clip_on=False)
        lowest = min(lowest, *(precision for _, precision in curve))
    axes.axhline(PRECISION, color=_GREY, linewidth=1, linestyle="--")
    axes.text(1.015, PRECISION, f"{100 * PRECISION:g} %", va="center", fontsize=8)
    axes.set(xlim=(0, 1), ylim=(1.08 * lowest - 0.08, 1), xlabel="覆盖率", title="精度")
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
    return axes


def _heat_map(axes: "Axes", fields: _Fields) -> None:
    """Fields with a text at their places, darker with their strength, 0…1, in a scale of colours; faint at 0."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    for (x, y), (text, strength, scale) in fields.items():
        colour = colormaps[scale](0.1 + 0.8 * strength) if strength else _FAINT
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, edgecolor="white"))
        ink = "white" if strength > 0.6 else _INK if strength else _GREY
        axes.text(x + 0.5, y + 0.52, text, ha="center", va="center", fontsize=7.5, color=ink)
    axes.set(xlim=(0, max(x for x, _ in fields) + 1), ylim=(max(y for _, y in fields) + 1, 0))
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _confusion(counts: Mapping[tuple[str, str], int]) -> "Axes":
    axes = _axes(4.1, 1.05, 0.15, 0.32, 0.75)
    labels = {name: text for name, text in _labels()["column"].items() if name.startswith("requests.")}
    labels[STRAY] = "表外的数"
    most = log(1 + max(counts.values(), default=0))
    fields: _Fields = {}
    for y, true in enumerate(labels):
        for x, read in enumerate(labels):
            count = counts.get((true, read), 0)
            fields[x, y] = (f"{count:,}", log(1 + count) / most, "Blues" if true == read else "OrRd")
    _heat_map(axes, fields)
    places = [place + 0.5 for place in range(len(labels))]
    axes.set_xticks(places, labels.values(), rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, labels.values())
    axes.set_title("原文的列（纵）、读入的列（横）")
    return axes


def _layouts(names: Sequence[str], sides: _Sides) -> "Axes":
    labels = [clean(name)[:_LONGEST] for name in names]
    left = 0.15 + _LETTER * max(map(len, labels))
    axes = _axes(0.4 + 0.1 * len(names) * (len(sides) + 0.6), left, 0.6, 0.05, 0.3)
    thick = 0.8 / len(sides)
    for place, (key, side) in enumerate(sides.items()):
        errors = [100 * _error(side.by["layout"].get(name, {})) for name in names]
        rows = [row - 0.4 + thick * (place + 0.5) for row in range(len(names))]
        axes.barh(rows, errors, thick, color=_COLOURS[key])
        for at in zip(errors, rows, strict=True):
            text = percent(at[0], 100)
            axes.annotate(text, at, (3, 0), textcoords="offset points", va="center", fontsize=6.5)
    axes.set_yticks(range(len(names)), labels)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter("{x:g} %")
    return axes


def _damages(sides: _Sides) -> "Axes":
    """Operators by severity, and by all of them: errors of the model and the baseline, and the model's without a flag."""
    model, columns = sides["model"], {"low": "轻", "medium": "中", "high": "重", "all": "全"}
    names = _order("damage", model.by["damage"])
    cases = benchmark_cases(ceil(len(model.reports) / (len(DAMAGES) + 1) / len(SEVERITIES)))
    known = {f"simulated-{case.seed}": (case.damage or "none", case.severity) for case in cases}
    labels = [clean(name)[:_LONGEST] for name in names]
    axes = _axes(0.6 + 0.21 * len(names), 0.15 + _LETTER * max(map(len, labels)), 0.1, 0.5, 0.05)
    fields: _Fields = {}
    ticks: dict[float, str] = {}
    shown = [("模型错误 %", "model"), ("基线错误 %", BASELINE), ("模型未标记", "model")]
    for block, (heading, key) in enumerate((heading, key) for heading, key in shown if key in sides):
        left = block * (len(columns) + 0.4)
        found = {(name, "all"): counts for name, counts in sides[key].by["damage"].items()}
        for report in (report for report in sides[key].reports if report.name in known):
            counts = found.setdefault(known[report.name], Counter())
            counts.update(cells=report.cells + report.extra, right=report.right, silent=report.silent)
        for (name, severity), counts in ((place, counts) for place, counts in found.items() if place[0] in names):
            percent, silent = 100 * _error(counts), counts["silent"]
            text = f"{percent:.1f}" if percent >= 0.05 else "<0.1" if percent else "0"
            field = (text, min(percent / 25, 1) ** 0.5, "OrRd")
            place = (left + [*columns].index(severity), names.index(name))
            fields[place] = (f"{silent:,}", 0.8 * bool(silent), "Reds") if heading == shown[-1][0] else field
        ticks |= {left + x + 0.5: text for x, text in enumerate(columns.values())}
        axes.text(left + 2, -1.3, heading, ha="center", fontsize=9)
    _heat_map(axes, fields)
    axes.set_xticks([*ticks], ticks.values())
    axes.set_yticks([row + 0.5 for row in range(len(names))], labels)
    axes.xaxis.tick_top()
    return axes
