"""Every sample report against its golden record, which a person has compared with the report by eye.

``python tests/test_golden.py`` writes the records anew after a change that is meant; look at every line of the diff.
"""

import json
from pathlib import Path

import pytest

from extractor import extract
from extractor.readers import read

SAMPLES = sorted((Path(__file__).parent.parent / "annotations" / "samples").iterdir())
GOLDEN = Path(__file__).parent / "golden"


def readable(record):
    """A record as a person compares it: a line for each row. ``_`` blank, ``/`` dash, ``.`` not in the document, ``?`` undecided
    (with what is proposed), ``*`` to be reviewed."""
    rows = {}
    for key, cell in record.cells.items():
        row, _, _ = key.rpartition(".")
        rows.setdefault(row, []).append(_mark(cell))
    return {
        "agency": record.agency,
        "year": record.year,
        "title": record.title,
        "tables": dict(record.tables),
        "status": record.status,
        "rows": {row: " ".join(marks) for row, marks in rows.items()},
        "findings": sorted(f"{item.code} {item.cause or '-'}" for item in record.findings if item.outcome == "fail"),
    }


def _mark(cell):
    if cell.state == "missing":
        return "."
    mark = {"blank": "_", "dash": "/"}.get(cell.state, cell.text or "_")
    if cell.value is None and cell.review and cell.state == "number":
        mark = "?" + (str(cell.proposed.value) if cell.proposed else "")
    return mark + "*" * cell.review


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_sample_is_read_as_a_person_read_it(path):
    expected = json.loads((GOLDEN / f"{path.stem}.json").read_text(encoding="utf-8"))
    assert readable(extract(path.read_bytes(), path.name)) == expected


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_value_stands_where_the_record_says(path):
    text = read(path.read_bytes(), path.name).text
    for key, cell in extract(path.read_bytes(), path.name).cells.items():
        if cell.text:
            where = cell.where
            assert text[where.start : where.end] == cell.text, key
            assert len(text[: where.start].splitlines()) in (where.line, where.line - 1), key


def test_there_are_samples_of_both_forms_and_many_layouts():
    assert len(SAMPLES) >= 8
    forms = {
        form for path in GOLDEN.iterdir() for form in json.loads(path.read_text(encoding="utf-8"))["tables"].values()
    }
    assert forms == {"2019", "2021", None}


if __name__ == "__main__":
    for sample in SAMPLES:
        content = readable(extract(sample.read_bytes(), sample.name))
        target = GOLDEN / f"{sample.stem}.json"
        target.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
