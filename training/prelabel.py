"""Annotation files filled in by the current model, so that a person only corrects them; the least certain values come first."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from extractor.align import Aligner
from extractor.pipeline import Report, decide, find_rows
from extractor.readers.formats import Format
from extractor.record import Record
from training.annotations import STRAY, Annotation, Mark, dump, to_dict
from training.scoring import read_places


class Draft(NamedTuple):
    """A report filled in by a model.

    Attributes:
        annotation: the annotation, not yet reviewed.
        certainty: of each mark, by its place: the confidence of its cell; 0 for what was read as no cell.
        flagged: how many cells the model asks a person to look at.
        suffix: of the file that the report is kept in beside its annotation; empty for a text, which is kept in the annotation.
    """

    annotation: Annotation
    certainty: dict[int, float]
    flagged: int
    suffix: str = ""


def prelabel(data: bytes, name: str, aligner: Aligner) -> Draft:
    """Fill in the annotation of a report.

    Args:
        data: the bytes of the report.
        name: of the report.
        aligner: the model.

    Raises:
        InputError: the report can't be read.
    """
    report = find_rows(data, name)
    record = decide(report, aligner)
    marks, certainty = _marks(report, record)
    placed = {mark.key for mark in marks}
    return Draft(
        Annotation(
            name=Path(name).stem,
            publisher=record.agency or "",
            layouts=(),
            data=data,
            text=report.document.text,
            marks=tuple(marks),
            blanks=frozenset(key for key, cell in record.cells.items() if cell.state == "blank" and key not in placed),
            lines=_lines(report),
            year=record.year,
            origin="gongkai prelabel",
            reviewed=False,
        ),
        certainty,
        sum(cell.review for cell in record.cells.values()),
        "" if report.document.source.media_type == Format.TEXT else Path(name).suffix or ".bin",
    )


def _marks(report: Report, record: Record) -> tuple[list[Mark], dict[int, float]]:
    """The values of all rows: those read into cells, undecided ones by their likeliest cell, the rest as strays."""
    places = read_places(record)
    marks: dict[int, Mark] = {}
    certainty: dict[int, float] = {}
    for start, key in places.items():
        cell = record.cells[key]
        value = cell.value if cell.value is not None else cell.proposed.value if cell.proposed else None
        end = cell.where.end if cell.where else None
        marks[start] = Mark(start, end or start + len(cell.text), key, None if value is None else float(value))
        certainty[start] = cell.confidence
    for token in (token for table in report.tables for row in table.rows for token in row.tokens):
        start, end = token.where.start or 0, token.where.end or 0
        if token.kind == "value" and not any(start < mark.end and mark.start < end for mark in marks.values()):
            marks[start] = Mark(start, end, STRAY)
            certainty[start] = 0.0
    return [marks[start] for start in sorted(marks)], certainty


def _lines(report: Report) -> dict[int, tuple[str, ...]]:
    """The rows that each line with values belongs to."""
    found: dict[int, dict[str, None]] = {}
    for row in (row for table in report.tables for row in table.rows):
        rows = dict.fromkeys(row.form_rows)
        for where in (row.where, *(token.where for token in row.tokens)):
            if where and where.line:
                found.setdefault(where.line, {}).update(rows)
    return {line: tuple(rows) for line, rows in sorted(found.items())}


def write_drafts(drafts: Sequence[Draft], folder: Path) -> Iterator[tuple[Path, Draft]]:
    """Write drafts, the report with most doubts first; nothing is overwritten.

    Yields:
        The file of each draft.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number, draft in enumerate(sorted(drafts, key=lambda item: (-item.flagged, item.annotation.name)), start=1):
        path = folder / f"{number:03d}-{draft.annotation.name}.json"
        source = None
        if draft.suffix:
            report = path.with_suffix(draft.suffix)
            with report.open("xb") as kept:
                kept.write(draft.annotation.data)
            source = {"path": report.name, "sha256": hashlib.sha256(draft.annotation.data).hexdigest()}
        with path.open("x", encoding="utf-8") as file:
            file.write(dump(draft_data(draft, source)))
        yield path, draft


def draft_data(draft: Draft, source: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A draft as JSON data: each token with its confidence, the least certain first. ``source`` as in :func:`to_dict`."""
    data = to_dict(draft.annotation, source=source)
    for token in data["tokens"]:
        token["confidence"] = round(draft.certainty.get(token["start"], 0.0), 4)
    data["tokens"].sort(key=lambda token: (token["confidence"], token["start"]))
    return data
