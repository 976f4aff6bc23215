"""The real reports, where they are at hand: all their numbers right, nothing wrong without a flag."""

import importlib.util
import json
from pathlib import Path

import pytest

from extractor.batch import Options, extract_file

SHARED = Path(__file__).parent.parent.parent / "shared"
REPORTS = sorted(SHARED.glob("reports/*/source.*"))
GRIDS = ("tsv-grid", "html-grid", "pdf-born-digital")

pytestmark = pytest.mark.skipif(not REPORTS, reason="the real reports are not part of the project")


@pytest.fixture(scope="module")
def score():
    spec = importlib.util.spec_from_file_location("score", SHARED / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.parent.name)
def test_real_report(path, score):
    gold = json.loads((path.parent / "gold.json").read_text(encoding="utf-8"))
    (record,) = extract_file(str(path), Options())
    counts, details = score.score_case(gold, record.to_dict())
    assert counts["right"] == counts["cells"], details
    assert counts["silent"] == 0, details
    if gold["layout"].startswith(GRIDS):
        assert counts["false_alarm"] <= 0.03 * counts["cells"]
