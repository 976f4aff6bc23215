"""Annotated reports: what every number of a report is, keyed by a person; one JSON file a report.

The format is described in ``annotations/GUIDELINES.md``. A file that is not whole is rejected with a reason that names the
place, so that the person who wrote it can mend it; nothing is skipped in silence.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from extractor.document import Document
from extractor.errors import GongkaiError, InputError
from extractor.readers import read
from extractor.tokens import tokenize
from extractor.vocabulary import vocabulary
from training.quirks import quirks

STRAY = "stray"
"""Key of a printed value that is no cell of the form."""
FORMAT = 1

_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, OSError, OverflowError, RecursionError)
_PLAIN = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")


class Mark(NamedTuple):
    """A printed value: its place in the text (half open), its cell key or :data:`STRAY`, and what it says (None: a dash)."""

    start: int
    end: int
    key: str
    value: float | None = None


@dataclass(frozen=True)
class Annotation:
    """An annotated report.

    Attributes:
        name: of the file, without its suffix.
        publisher: who published the report; reports of one publisher are never both trained on and scored.
        layouts: the layouts and quirks it shows, by their names in ``annotations/README.md``.
        data: the bytes of the report.
        text: the same as the reader decodes them; places count in it.
        marks: the printed values, in order.
        blanks: keys of cells that are printed blank.
        lines: the rows that each line belongs to (``requests.granted``), by line number; lines of no row are left out.
        ambiguous: cells that the source alone does not decide, with the best guess.
        year: the year reported on.
        origin: where figures and layout come from.
        reviewed: a person vouches for it.
    """

    name: str
    publisher: str
    layouts: tuple[str, ...]
    data: bytes
    text: str
    marks: tuple[Mark, ...]
    blanks: frozenset[str] = frozenset()
    lines: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    ambiguous: Mapping[str, float | None] = field(default_factory=dict)
    year: int | None = None
    origin: str = ""
    reviewed: bool = True

    @property
    def document(self) -> Document:
        """The report as read."""
        return read(self.data, self.name)

    @property
    def truth(self) -> dict[str, float | None]:
        """What each cell prints, None for a blank or a dash; cells that the document lacks are absent."""
        return dict.fromkeys(self.blanks) | {mark.key: mark.value for mark in self.marks if mark.key != STRAY}


class Rejected(NamedTuple):
    """A file that can't be used, and why (in Chinese, for the person who annotates)."""

    name: str
    reason: str


class Corpus(NamedTuple):
    """The annotated reports of a folder, and those rejected."""

    reports: tuple[Annotation, ...]
    rejected: tuple[Rejected, ...]


def load_corpus(paths: Iterable[Path], *, drafts: bool = False) -> Corpus:
    """Load annotation files, and folders of them.

    Args:
        paths: the files and folders.
        drafts: whether files that no person has reviewed yet are taken too.

    Raises:
        InputError: ``input.missing`` when a path names nothing.
    """
    reports: list[Annotation] = []
    rejected: list[Rejected] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}：文件或文件夹不存在；请检查路径", code="input.missing")
        for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
            try:
                reports.append(load(file, drafts=drafts))
            except InputError as error:
                rejected.append(Rejected(str(file), str(error)))
    return Corpus(tuple(reports), tuple(rejected))


def load(path: Path, *, drafts: bool = False) -> Annotation:
    """Load one annotation and check it; a draft need not be reviewed nor name its publisher.

    Raises:
        InputError: ``input.annotation`` with the reason when it can't be used.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        annotation = from_dict(found, path.stem, path.parent)
        problem = next(problems(annotation, draft=drafts), None)
    except _MALFORMED as error:
        raise refused(f"不是标注文件（{type(error).__name__}: {error}）；格式见 annotations/GUIDELINES.md") from None
    if problem:
        raise refused(problem)
    return annotation


def refused(reason: str) -> InputError:
    """The error of an annotation that can't be used."""
    return InputError(reason, code="input.annotation")


# --- JSON ------------------------------------------------------------------------------------------------------------


def from_dict(found: Mapping[str, Any], name: str, folder: Path) -> Annotation:
    """An annotation from JSON data.

    Args:
        found: the data.
        name: of the annotation.
        folder: where the path of a source counts from.

    Raises:
        InputError: the format is another, the source is missing or changed, or the value of a number can't be told.
        KeyError, TypeError, ValueError: the data have another structure.
    """
    if found["format"] != FORMAT:
        raise refused(f"格式版本是 {found['format']}，本程序只读版本 {FORMAT}")
    data = _source(found["source"], folder)
    try:
        text = read(data, name).text
    except GongkaiError as error:
        raise refused(f"原文不能读取：{error}") from None
    return Annotation(
        name=name,
        publisher=_typed(found["publisher"], str, "publisher"),
        layouts=tuple(_typed(layout, str, "layouts") for layout in found.get("layouts", ())),
        data=data,
        text=text,
        marks=tuple(_mark(item, text) for item in sorted(found["tokens"], key=lambda item: int(item["start"]))),
        blanks=frozenset(found.get("blanks", ())),
        lines={
            int(line): (rows,) if isinstance(rows, str) else tuple(rows)
            for line, rows in found.get("lines", {}).items()
        },
        ambiguous={key: _value(value) for key, value in found.get("ambiguous", {}).items()},
        year=_typed(found.get("year"), (int, type(None)), "year"),
        origin=_typed(found.get("origin", ""), str, "origin"),
        reviewed=_typed(found.get("reviewed", True), bool, "reviewed"),
    )


def _typed(value: Any, kind: Any, name: str) -> Any:
    if not isinstance(value, kind):
        raise refused(f"{name} 的值“{value}”不是应有的类型；格式见 annotations/GUIDELINES.md")
    return value


def _value(value: Any) -> float | None:
    """A number of the file; none for a dash."""
    return None if value is None else float(_typed(value, (int, float), "value"))


def _source(source: Mapping[str, str], folder: Path) -> bytes:
    if "text" in source:
        return source["text"].encode("utf-8")
    path = (folder / source["path"]).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise refused(f"原文 {source['path']} 不在标注文件的文件夹之内")
    if not path.is_file():
        raise refused(f"原文 {source['path']} 不存在")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != source["sha256"]:
        raise refused(f"原文 {source['path']} 与记录的 sha256 不符：标注之后文件被改动")
    return data


def _mark(item: Mapping[str, Any], text: str) -> Mark:
    start, end, printed = int(item["start"]), int(item["end"]), str(item["text"])
    if text[start:end] != printed or not printed:
        raise refused(f"位置 {start}–{end} 的原文是“{text[start:end]}”，标注却写“{printed}”")
    if "value" in item:
        return Mark(start, end, str(item["key"]), _value(item["value"]))
    plain = _plain(printed)
    if plain is not None:
        return Mark(start, end, str(item["key"]), plain)
    if item["key"] == STRAY:
        return Mark(start, end, STRAY)
    raise refused(f"位置 {start} 的“{printed}”不是单纯的数字，请写明 value（空白符号写 null）")


def _plain(printed: str) -> float | None:
    """What a print says that is nothing but a number, perhaps of full width; None for any other."""
    plain = unicodedata.normalize("NFKC", printed).strip()
    return float(plain.replace(",", "")) if _PLAIN.fullmatch(plain) else None


def to_dict(annotation: Annotation, *, source: Mapping[str, str] | None = None) -> dict[str, Any]:
    """An annotation as JSON data.

    Args:
        annotation: the annotation.
        source: path and sha256 of the source; by default its text is part of the data.
    """
    return {
        "format": FORMAT,
        "publisher": annotation.publisher,
        "year": annotation.year,
        "origin": annotation.origin,
        "reviewed": annotation.reviewed,
        "layouts": list(annotation.layouts),
        "source": dict(source) if source else {"text": annotation.text},
        "lines": {str(line): rows[0] if len(rows) == 1 else list(rows) for line, rows in annotation.lines.items()},
        "tokens": [_token(mark, annotation.text) for mark in annotation.marks],
        "blanks": sorted(annotation.blanks),
        "ambiguous": dict(annotation.ambiguous),
    }


def _token(mark: Mark, text: str) -> dict[str, Any]:
    printed = text[mark.start : mark.end]
    token: dict[str, Any] = {"start": mark.start, "end": mark.end, "text": printed, "key": mark.key}
    if mark.key != STRAY and _plain(printed) is None:
        token["value"] = mark.value
    return token


def dump(data: Mapping[str, Any]) -> str:
    """JSON with one token, one line number or one blank a line, so that a change of one is a change of one line."""

    def short(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    parts = []
    for key, value in data.items():
        if isinstance(value, list) and value:
            parts.append(f" {short(key)}: [\n" + ",\n".join(f"  {short(item)}" for item in value) + "\n ]")
        elif isinstance(value, dict) and value and key != "source":
            items = (f"  {short(name)}: {short(item)}" for name, item in value.items())
            parts.append(f" {short(key)}: {{\n" + ",\n".join(items) + "\n }")
        else:
            parts.append(f" {short(key)}: {short(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


# --- what is wrong with an annotation --------------------------------------------------------------------------------


def problems(annotation: Annotation, *, draft: bool = False) -> Iterator[str]:
    """What keeps an annotation from being used, in Chinese, most basic first; a draft may still lack what a person adds."""
    if not annotation.publisher and not draft:
        yield "没有写发布机关（publisher），无法保证训练与评测的机关不重叠"
    if not annotation.reviewed and not draft:
        yield "尚未经人核对（reviewed 为 false）；核对后改为 true"
    if unknown := [name for name in annotation.layouts if name not in quirks()]:
        yield f"未知的版式名 {'、'.join(unknown)}；名称见 annotations/README.md"
    for key in (*(mark.key for mark in annotation.marks), *annotation.blanks, *annotation.ambiguous):
        if key != STRAY and key not in vocabulary().columns:
            yield f"没有这样的单元格：{key}；全部名称见 gongkai forms"
    document = annotation.document
    printed = {line.where.line for line in document.lines}
    for line in annotation.lines:
        if line not in printed:
            yield f"原文没有第 {line} 行，或这一行是空的"
    for row in (row for rows in annotation.lines.values() for row in rows):
        if row not in _rows():
            yield f"没有这样的行：{row}；全部名称见 gongkai forms"
    yield from _contradictions(annotation)
    yield from _unmarked(annotation, document)


def _contradictions(annotation: Annotation) -> Iterator[str]:
    for mark, following in zip(annotation.marks, annotation.marks[1:], strict=False):
        if following.start < mark.end:
            yield f"位置 {following.start} 与前一个数字的标注重叠"
    said: dict[str, float | None] = {}
    for mark in annotation.marks:
        if mark.key != STRAY and said.setdefault(mark.key, mark.value) != mark.value:
            yield f"{mark.key} 标注了两个不同的数：{said[mark.key]} 和 {mark.value}"
    if both := sorted(annotation.blanks & said.keys()):
        yield f"{both[0]} 既标注为空白，又标注了数字"


def _unmarked(annotation: Annotation, document: Document) -> Iterator[str]:
    """Numbers on the line of a row that are not marked."""
    if not annotation.lines:
        return
    for token in tokenize(document):
        if token.kind != "value" or token.line not in annotation.lines:
            continue
        marked = any(
            mark.start < (token.where.end or 0) and (token.where.start or 0) < mark.end for mark in annotation.marks
        )
        if not marked:
            yield f"第 {token.line} 行的“{token.text}”没有标注（不是单元格的数字标为 {STRAY}）"


@cache
def _rows() -> frozenset[str]:
    return frozenset(key.rpartition(".")[0] for key in vocabulary().columns)
