"""What DESIGN and README promise of the code itself."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted([*(ROOT / "extractor").rglob("*.py"), *(ROOT / "training").rglob("*.py")])
# From the bottom up: a module imports only what stands before it. Imports inside functions count as well.
ORDER = [
    "errors", "console", "pages", "locks", "fold", "forms", "settings", "document", "vocabulary", "numbers", "record",
    "runs", "tokens", "similarity", "totals", "locate", "segments", "heads", "monotone", "evidence", "fitting",
    "layout", "labelling", "label", "glued", "shapes", "features", "model", "align", "reconcile", "readers.encoding",
    "readers.containers", "readers.formats", "readers.builder", "readers.grid", "readers.page", "readers.compose",
    "readers.borderless", "readers.arrange", "readers.pdfium", "readers.text", "readers.html_tags", "readers.html_grid",
    "readers.html_page", "readers.html", "readers.numbering", "readers.docx", "readers.office", "readers.workbook",
    "readers.other_tools", "readers.image_rules", "readers.ocr", "readers.scan", "readers.pdf", "readers", "identity",
    "cells", "check", "recognition", "findings", "folded", "headings", "prose", "checks", "narrative.lexicon",
    "narrative.phrases", "narrative.texts", "narrative.scope", "narrative.disputes", "narrative.tables",
    "narrative.outcomes", "narrative.figures", "narrative.requests", "narrative.reader", "narrative.component",
    "narrative", "names", "requesters", "privacy", "localise.system", "localise.slips", "localise.acts",
    "localise.bounds", "localise.covers", "localise.solve", "localise.search", "localise.cause", "localise.words",
    "localise", "propose", "checks.operands", "checks.plausible", "checks.outline", "checks.claims", "checks.sentences",
    "checks.privacy", "checks.registry", "checks.listing", "snippets", "audit", "pipeline", "workers", "archives",
    "batch", "store.schema", "store.connection", "store.packing", "store.types", "store.store", "store", "store.writer",
    "store.reports", "bulk.work", "bulk.engines", "bulk.run", "bulk", "bulk.watch", "export", "show", "datasets.tables",
    "datasets.tidy", "datasets.findings", "datasets", "auditing", "auditing.layout", "auditing.looks",
    "auditing.shares", "auditing.summary", "auditing.report", "auditing.page", "auditing.drawing", "auditing.workbook",
    "series.figures", "series.reports", "series.years", "series.copies", "series.hierarchy", "series", "lines",
    "manifest", "datapackage.tables", "datapackage.batch", "datapackage.names", "datapackage.folder",
    "datapackage.descriptor", "datapackage.counts", "datapackage.rows", "datapackage.csv_files",
    "datapackage.parquet_files", "datapackage.stata", "datapackage.workbook", "datapackage", "status.filing",
    "status.against", "status.counts", "status.look", "status", "audit_cli", "batch_cli", "export_cli", "status_cli",
    "decide_cli", "check_cli", "cli", "training.quirks", "training.narrative", "training.annotations",
    "training.overlap", "training.defaults", "training.figures", "training.sheets", "training.wordings",
    "training.layouts", "training.styles", "training.undecidable", "training.examples", "training.simulate",
    "training.sound", "training.injections", "training.faults", "training.series_faults", "training.rates",
    "training.check_rates", "training.rate_tables", "training.scoring", "training.suspects", "training.estimators",
    "training.calibration", "training.train", "training.store", "training.baseline", "training.reliability",
    "training.corpora", "training.evaluate", "training.promote", "training.tables", "training.page", "training.card",
    "training.prelabel", "training.labelstudio", "training.run", "training.annotations_cli", "training.evaluate_cli",
    "training.cli",
]  # fmt: skip


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts[1:] if parts[0] == "extractor" else parts)


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in ("extractor", "training"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_downward_only(path):
    own = name_of(path)
    if own in ("", "training"):
        return
    for module in imported(path):
        package, _, rest = module.partition(".")
        target = rest if package == "extractor" else module if package == "training" else None
        if target:
            assert ORDER.index(target) < ORDER.index(own), f"{own} imports {target}"


def test_every_module_has_its_place():
    assert {name_of(path) for path in MODULES} - {"", "training"} == set(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_stay_readable(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_fit_on_a_screen(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 60, node.name


def test_no_code_names_a_form_year():
    for path in MODULES:
        constants = (
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant)
        )
        if path.is_relative_to(ROOT / "extractor"):
            assert not {"2019", "2021", 2019, 2021}.intersection(constants), path


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, extractor; print([m for m in ('numpy', 'jieba', 'sklearn', 'rich', 'pyarrow') if m in sys.modules])"
    assert run(code) == "[]"


def test_reading_a_report_does_not_import_scikit_learn():
    sample = ROOT / "annotations" / "samples" / "01-tabs-stray-zero.txt"
    code = (
        "import sys; from pathlib import Path; from extractor import extract;"
        f"extract(Path({str(sample)!r}).read_bytes()); print('sklearn' in sys.modules)"
    )
    assert run(code) == "False"
