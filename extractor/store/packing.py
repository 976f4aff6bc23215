"""Records as rows of the store, and back. Packing happens in the process that reads, so it imports nothing of a database.

Every part of a record is kept in one place only: cells, claims and failed findings as rows to be queried; compressed in ``rest``
what is bulky and alike: places and units of cells, what is proposed for them, findings that passed or could not be checked. (Rows
cost by their columns, and a hundred thousand reports have twenty million cells.)
"""

import json
import pickle
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from extractor.document import Source, Where
from extractor.record import CellValue, Change, Claim, Correction, Finding, Proposal, Record

Row = tuple[Any, ...]
_FAST = 1
_AS_IT_IS = "surrogatepass"
_STATUS, _ERROR = 6, 8
_EXACT = 2**53
_NOWHERE = Where()
_IN_TEXT = 3  # line, start and end: all that a place in a text has
_NO_PAGE = _NOWHERE[_IN_TEXT:]


class Packed(NamedTuple):
    """The rows of a record, as :mod:`extractor.store.schema` has them, without the numbers that the store gives.

    Attributes:
        head: ``section`` … ``rest`` of its row in ``records``.
        cells: each begins with its key.
        claims, findings: each begins with its place in the record.
    """

    head: Row
    cells: list[Row]
    claims: list[Row]
    findings: list[Row]

    @property
    def status(self) -> str:
        """``Record.status``."""
        return str(self.head[_STATUS])

    @property
    def error(self) -> str | None:
        """The code of a document that could not be read."""
        code: str | None = self.head[_ERROR]
        return code

    @property
    def message(self) -> str:
        """Why it could not be read."""
        return str(self.findings[0][4]) if self.error else ""


class Read(NamedTuple):
    """What was read from some bytes: a record for each report in them."""

    sha256: str
    records: Sequence[Packed]


def seal(read: Read) -> bytes:
    """What was read as bytes, which cost nothing to hand on from process to process."""
    return pickle.dumps(read, pickle.HIGHEST_PROTOCOL)


def unseal(data: bytes) -> Read:
    """What :func:`seal` has sealed, in our own processes."""
    read: Read = pickle.loads(data)
    return read


def pack(record: Record, name: str) -> Packed:
    """The rows of a record that was read under a name. Its own is longer when it is one of several in a file."""
    head = (
        _text(record.source.name.removeprefix(name).removeprefix("#")) or None,
        record.source.media_type,
        record.source.n_pages,
        _text(record.agency),
        record.year,
        _text(record.title),
        record.status,
        json.dumps(dict(record.tables)),
        record.findings[0].code if record.status == "failed" else None,
        sum(cell.review for cell in record.cells.values()),
        _rest(record),
    )
    return Packed(
        head,
        [
            (
                key,
                value if value is None else _stored(value),
                text if not text or text.isdecimal() else _text(text),
                state,
                round(confidence, 4),
                review,
            )
            for key, (value, text, state, confidence, review, _, _, _) in record.cells.items()
        ],
        [
            (number, it.key, _stored(it.value), _text(it.text), it.scope, _text(it.unit), *_place(it.where))
            for number, it in enumerate(record.claims)
        ],
        [_finding_row(number, it) for number, it in enumerate(record.findings) if it.outcome == "fail"],
    )


def unpack(packed: Packed, source: tuple[str, str], reading: tuple[Mapping[str, str], str]) -> Record:
    """The record of rows.

    Args:
        packed: its rows.
        source: its name and sha256.
        reading: the model and the version of the program that read it.
    """
    section, media_type, n_pages, agency, year, title, status, forms, _, _, rest = packed.head
    name, sha256 = source
    model, version = reading
    others = json.loads(zlib.decompress(rest).decode("utf-8", _AS_IT_IS))
    keys = sorted(row[0] for row in packed.cells)
    places = dict(zip(keys, _places(others), strict=True))
    units = {keys[int(number)]: unit for number, unit in others["units"].items()}
    proposed = {keys[int(number)]: Proposal(*it) for number, it in others["proposed"].items()}
    return Record(
        source=Source(f"{name}#{section}" if section else name, sha256, media_type, n_pages),
        agency=agency,
        year=year,
        title=title,
        tables=json.loads(forms),
        cells={
            key: CellValue(
                number_of(value),
                text,
                state,
                confidence,
                bool(review),
                places[key],
                units.get(key),
                proposed.get(key),
            )
            for key, value, text, state, confidence, review in packed.cells
        },
        findings=_findings(packed.findings, others["findings"], keys),
        status=status,
        model=model if status != "failed" else None,
        claims=tuple(
            Claim(key, number_of(value), text, scope, _where(place) or Where(), unit)
            for _, key, value, text, scope, unit, *place in packed.claims
        ),
        version=version,
    )


def _place(where: Where | None) -> Row:
    """The columns of a place."""
    line, start, stop, page, bbox, path = where or Where()
    return page, line, start, stop, json.dumps(bbox) if bbox else None, _text(path)


def _trimmed(where: Where | None) -> Sequence[Any]:
    """A place without what sources of text do not have."""
    if where is None:
        return ()
    return where if where[_IN_TEXT:] != _NO_PAGE else where[:_IN_TEXT]


def _where(place: Sequence[Any]) -> Where | None:
    """The place of columns; None when they tell of none."""
    page, line, start, stop, bbox, path = place
    where = Where(line, start, stop, page, tuple(json.loads(bbox)) if bbox else None, path)
    return where if any(it is not None for it in where) else None


def _of_trimmed(found: Sequence[Any]) -> Where | None:
    if not found:
        return None
    whole: list[Any] = [*found, *[None] * (6 - len(found))]
    line, start, stop, page, bbox, path = whole
    return Where(line, start, stop, page, tuple(bbox) if bbox else None, path)


def number_of(value: Any) -> Any:
    """A number as it was: databases keep whole ones as fractions."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _stored(value: float | None) -> float | None:
    """A number that every database can hold. What has more digits than that is no count; its text tells it in full."""
    if isinstance(value, int) and abs(value) >= _EXACT:
        return min(max(float(str(value)), -sys.float_info.max), sys.float_info.max)
    return value


def _text(text: str | None) -> str | None:
    """A text that every database can hold: no NUL, which PostgreSQL refuses, and no half of a character."""
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


class _Order:
    """The cells of a record in the alphabetical order of their keys, which no change of the forms changes."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = sorted(keys)
        self.numbers = {key: number for number, key in enumerate(self.keys)}


@lru_cache(maxsize=64)
def _order(keys: tuple[str, ...]) -> _Order:
    return _Order(keys)


def _rest(record: Record) -> bytes:
    """What has no row. Cells are told by their number in :class:`_Order`."""
    order = _order(tuple(record.cells))
    cells = list(enumerate([record.cells[key] for key in order.keys]))
    places = [cell.where or _NOWHERE for _, cell in cells]
    rest = {
        "places": [part for place in places for part in place[:_IN_TEXT]],
        "pages": {number: it for number, it in enumerate(place[_IN_TEXT:] for place in places) if it != _NO_PAGE},
        "nowhere": [number for number, cell in cells if cell.where is None],
        "units": {number: cell.unit for number, cell in cells if cell.unit},
        "proposed": {number: cell.proposed for number, cell in cells if cell.proposed},
    }
    passed = ",".join(
        [f"[{number},{_passed(it, order)}]" for number, it in enumerate(record.findings) if it.outcome != "fail"]
    )
    text = f'{_json(rest)[:-1]},"findings":[{passed}]}}'
    return zlib.compress(text.encode("utf-8", _AS_IT_IS), _FAST)


def _places(others: Mapping[str, Any]) -> Iterator[Where | None]:
    """The places of all cells, of what :func:`_rest` kept."""
    nowhere, flat = set(others["nowhere"]), iter(others["places"])
    for number, place in enumerate(zip(flat, flat, flat, strict=True)):
        yield None if number in nowhere else _of_trimmed([*place, *others["pages"].get(str(number), ())])


@lru_cache(maxsize=4096)
def _passed(it: Finding, order: _Order) -> str:
    """A finding that did not fail, as JSON: most reports have most of them in common."""
    cells = [order.numbers.get(key, key) for key in it.cells]
    place = _trimmed(it.where)
    return _json([it.code, it.outcome, it.severity, it.message, it.cause, cells, place, it.corrections])[1:-1]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _finding_row(number: int, finding: Finding) -> Row:
    return (
        number,
        finding.code,
        finding.severity,
        finding.cause,
        _text(finding.message),
        json.dumps(finding.cells),
        json.dumps(finding.corrections),
        *_place(finding.where),
    )


def _findings(rows: Iterable[Row], others: Iterable[Row], keys: Sequence[str]) -> tuple[Finding, ...]:
    """The findings of a record in their order: those with a row, and the others."""
    found: dict[int, Finding] = {}
    for number, code, severity, cause, message, cells, corrections, *place in rows:
        where, changes = _where(place), _corrections(json.loads(corrections))
        found[number] = Finding(code, "fail", severity, message, cause, tuple(json.loads(cells)), where, changes)
    for number, code, outcome, severity, message, cause, named, place, corrections in others:
        cells = tuple(keys[it] if isinstance(it, int) else it for it in named)
        where, changes = _of_trimmed(place), _corrections(corrections)
        found[number] = Finding(code, outcome, severity, message, cause, cells, where, changes)
    return tuple(found[number] for number in sorted(found))


def _corrections(data: Iterable[Iterable[Row]]) -> tuple[Correction, ...]:
    return tuple(tuple(Change(*change) for change in correction) for correction in data)
