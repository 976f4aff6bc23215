"""Annotations to Label Studio and back, as JSON of a project that labels text.

A printed value is a region with a label ``cell``, ``dash`` or ``stray``; a line that belongs to rows is a region ``row``. The
taxonomy ``key`` of a region names its cell, or its rows; the text field ``value`` says a number that is printed in words.
Blank and ambiguous cells have no place, so two text fields of the whole task hold them: ``blanks`` with a key a line,
``ambiguous`` with ``key=value`` a line (nothing after the sign for a blank). A third, ``publisher``, mends that of a draft.

Places: Label Studio counts code points, as Python does; older versions counted UTF-16 code units, and a browser may make one
of two characters that end a line. So a place is believed only when the text there is the text of the region.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from extractor.errors import InputError
from extractor.fold import width
from extractor.forms import forms
from extractor.readers.text import LINE_END
from training.annotations import FORMAT, STRAY, Annotation, Rejected, from_dict, problems, refused, to_dict

T = TypeVar("T")
_CELL, _DASH, _ROW = "cell", "dash", "row"
_KINDS = {
    _CELL: ("单元格的数字", "#2f9e44"),
    _DASH: ("表示空白的符号或文字", "#1971c2"),
    STRAY: ("不是单元格的数字", "#e03131"),
    _ROW: ("属于某些行的一行文字", "#868e96"),
}
_LISTS = {
    "blanks": "空白的单元格，每行一个，例如 requests.granted.total",
    "ambiguous": "原文不能确定的单元格，每行一个，例如 requests.granted.total=3；空白则等号后不写",
    "publisher": "发布机关，上面没有写或写错时填写",
}
_ABOUT = ("publisher", "year", "origin", "layouts")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_STYLE = ".htx-text, .htx-richtext { white-space: pre-wrap; }"  # or the browser drops spaces, and places with them


def export_tasks(annotations: Iterable[Annotation], *, predictions: bool = False) -> list[dict[str, Any]]:
    """One task a report, to be written as JSON and imported into a project with :func:`labelling_config`.

    Args:
        annotations: the reports.
        predictions: they are drafts of a model, to be accepted or corrected. Reports that nobody vouches for are drafts
            anyway: what comes back as an annotation counts as reviewed.

    Raises:
        InputError: ``input.labelstudio`` when rows are given to a line that the report does not have.
    """
    tasks = []
    for annotation in annotations:
        saved = to_dict(annotation)
        data = {"text": annotation.text, "name": annotation.name} | {field: saved[field] for field in _ABOUT}
        filled = {"result": [*_token_results(saved["tokens"]), *_line_results(annotation), *_list_results(annotation)]}
        if predictions or not annotation.reviewed:
            tasks.append({"data": data, "predictions": [{"model_version": "gongkai"} | filled]})
        else:
            tasks.append({"data": data, "annotations": [filled]})
    return tasks


def _result(identity: str, control: str, kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": identity, "from_name": control, "to_name": "text", "type": kind, "value": dict(value)}


def _token_results(tokens: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for number, token in enumerate(tokens):
        place = {name: token[name] for name in ("start", "end", "text")}
        stray, value = token["key"] == STRAY, token.get("value")
        kind = STRAY if stray else _DASH if "value" in token and value is None else _CELL
        yield _result(f"token-{number}", "kind", "labels", place | {"labels": [kind]})
        if not stray:
            yield _result(f"token-{number}", "key", "taxonomy", place | {"taxonomy": [token["key"].split(".")]})
        if value is not None:
            yield _result(f"token-{number}", "value", "textarea", place | {"text": [_spell(value)]})


def _line_results(annotation: Annotation) -> Iterator[dict[str, Any]]:
    spans = _line_spans(annotation.text)
    for line, rows in sorted(annotation.lines.items()):
        if not 1 <= line <= len(spans):
            raise InputError(f"{annotation.name}：lines 写了第 {line} 行，原文没有这一行", code="input.labelstudio")
        start, end = spans[line - 1]
        end = max(end, min(start + 1, len(annotation.text)))  # an empty line has its end only
        place = {"start": start, "end": end, "text": annotation.text[start:end]}
        if rows:
            yield _result(f"line-{line}", "kind", "labels", place | {"labels": [_ROW]})
            yield _result(f"line-{line}", "key", "taxonomy", place | {"taxonomy": [row.split(".") for row in rows]})


def _list_results(annotation: Annotation) -> Iterator[dict[str, Any]]:
    ambiguous = (f"{key}={_spell(value)}" for key, value in annotation.ambiguous.items())
    for control, said in (("blanks", "\n".join(sorted(annotation.blanks))), ("ambiguous", "\n".join(ambiguous))):
        if said:
            yield _result(control, control, "textarea", {"text": [said]})


def _spell(value: float | None) -> str:
    """A number without exponent, None as nothing."""
    return "" if value is None else f"{Decimal(repr(float(value))).normalize():f}"


def _line_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each line, without what ends it."""
    ends = [match.span() for match in LINE_END.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    return list(zip(starts, [*(start for start, _ in ends), len(text)], strict=True))


def labelling_config() -> str:
    """The labelling configuration of the project (XML), with every row and cell of the forms.

    The choices show the wording of the form and the key; results hold the key alone (``alias``).
    """
    view = Element("View")
    SubElement(view, "Style").text = _STYLE
    for field in ("$name", "$publisher"):
        SubElement(view, "Header", value=field, size="4")
    labels = SubElement(view, "Labels", name="kind", toName="text", choice="single")
    for kind, (hint, color) in _KINDS.items():
        SubElement(labels, "Label", value=kind, hint=hint, background=color)
    SubElement(view, "Text", name="text", value="$text", granularity="symbol", saveTextResult="yes")
    region = SubElement(view, "View", visibleWhen="region-selected")
    SubElement(region, "Header", value="单元格（cell、dash），或这一行所属的各行（row）", size="5")
    _add_choices(SubElement(region, "Taxonomy", name="key", toName="text", perRegion="true", showFullPath="true"))
    SubElement(region, "Header", value="用文字写出的数，例如“减少4件”写 -4", size="5")
    SubElement(region, "TextArea", name="value", toName="text", perRegion="true", maxSubmissions="1", editable="true")
    for name, title in _LISTS.items():
        SubElement(view, "Header", value=title, size="5")
        SubElement(view, "TextArea", name=name, toName="text", rows="6", editable="true")
    indent(view)
    return tostring(view, encoding="unicode") + "\n"


def _add_choices(taxonomy: Element) -> None:
    tree: dict[tuple[str, ...], Element] = {(): taxonomy}

    def add(path: tuple[str, ...], wording: str) -> None:
        if path not in tree:  # forms share rows and columns; the newest form comes first
            tree[path] = SubElement(tree[path[:-1]], "Choice", value=f"{wording} {path[-1]}", alias=path[-1])

    for form in forms():
        add((form.table,), form.title)
        for block in form.blocks:
            groups = {group.key: group.label for group in block.groups}
            for row in block.rows:
                add((form.table, row.key), f"{groups[row.parent]}·{row.label}" if row.parent else row.label)
                for column in block.columns:
                    add((form.table, row.key, column.key), column.label)


# --- from Label Studio -----------------------------------------------------------------------------------------------


class _Region(NamedTuple):
    """A region: its place, the text there as Label Studio has it, and what its controls say."""

    start: int
    end: int
    text: str
    kind: list[str]
    paths: list[list[str]]
    value: list[str]


class _Task(NamedTuple):
    """A task. ``regions`` is None when nobody has completed it; ``lists`` are the lines of the fields of the whole task."""

    name: str
    data: Mapping[str, Any]
    regions: list[_Region] | None
    lists: Mapping[str, list[str]]


def import_tasks(tasks: object) -> tuple[list[Annotation], list[Rejected]]:
    """Annotations from an export of Label Studio.

    Of each task the newest annotation that was not skipped counts; further ones are ignored. The source of an imported
    annotation is its text: the bytes of the original file never were in Label Studio.

    Args:
        tasks: the data of an export in the format ``JSON``.

    Returns:
        The annotations, and the tasks that can't be used, each with its first problem.

    Raises:
        InputError: ``input.labelstudio`` when the data have another structure.
    """
    annotations: dict[str, Annotation] = {}
    rejected = []
    for task in _tasks(tasks):
        try:
            if task.name in annotations:
                raise refused("前面已有同名的任务")
            annotations[task.name] = _annotation(task)
        except InputError as error:
            rejected.append(Rejected(task.name, str(error)))
    return list(annotations.values()), rejected


def _tasks(tasks: object) -> list[_Task]:
    """What the tasks say, in the types that are expected; raises ``input.labelstudio`` for others."""
    place, found = "最外层", []
    try:
        for number, task in enumerate(_typed(tasks, list), start=1):
            place = f"第 {number} 个任务"
            found.append(_task(task, number))
    except (KeyError, TypeError, ValueError) as error:
        reason = f"{place}：缺少 {error}" if isinstance(error, KeyError) else f"{place}：{error}"
        message = f"不是本项目的 Label Studio 导出（{reason}）；请用 JSON 格式导出（不是 JSON-MIN、CSV 等）"
        raise InputError(message, code="input.labelstudio") from None
    return found


def _typed(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{value!r:.40} 应为 {kind.__name__}")
    return value


def _get(found: object, name: str, kind: type[T], default: T | None = None) -> T:
    """A field of JSON data, which must be there unless there is a default."""
    fields: dict[str, object] = _typed(found, dict)
    return _typed(fields[name] if default is None else fields.get(name, default), kind)


def _texts(found: object, name: str) -> list[str]:
    """A list of texts; one text stands for a list of it."""
    values = _typed(found, dict)[name]
    return [_typed(value, str) for value in ([values] if isinstance(values, str) else _typed(values, list))]


def _task(task: object, number: int) -> _Task:
    """What a task says, in the types that are expected."""
    data = _get(task, "data", dict)
    _get(data, "text", str).encode()  # half a surrogate pair is no text
    for field in ("name", "publisher", "origin"):
        _get(data, field, str, "")
    if data.get("year") is not None:
        _get(data, "year", int)
    if "layouts" in data:
        _texts(data, "layouts")
    name = data.get("name") or f"任务 {number}"
    completed = [item for item in _get(task, "annotations", list, []) if not _get(item, "was_cancelled", bool, False)]
    if not completed:
        return _Task(name, data, None, {})
    # ISO 8601 in UTC sorts as text; of annotations that tell no time the last is the newest
    newest = sorted(completed, key=lambda item: str(item.get("updated_at") or item.get("created_at") or ""))[-1]
    return _Task(name, data, *_regions(_get(newest, "result", list)))


def _regions(results: Sequence[object]) -> tuple[list[_Region], dict[str, list[str]]]:
    """The results of one annotation, those of each region joined, and the lines of the text fields of the whole task."""
    regions: dict[str, _Region] = {}
    lists: dict[str, list[str]] = {control: [] for control in _LISTS}
    for result in results:
        if _get(result, "type", str) == "relation":
            continue
        control, value = _get(result, "from_name", str), _get(result, "value", dict)
        if control in lists:
            lists[control] += [line.strip() for text in _texts(value, "text") for line in text.splitlines()]
            continue
        if control not in ("kind", "key", "value"):
            raise ValueError(f"没有控件 {control}；项目应使用本程序给出的标注配置")
        identity = _get(result, "id", str)
        region = regions.setdefault(identity, _Region(0, 0, "", [], [], []))
        if control == "value":  # its text is what was typed, not the text of the region
            region.value.extend(_texts(value, "text"))
            continue
        if control == "kind":
            region.kind.extend(_texts(value, "labels"))
        else:
            for path in _get(value, "taxonomy", list):  # versions without ``alias`` save all that a choice shows
                region.paths.append([_typed(part, str).rpartition(" ")[2] for part in _typed(path, list)])
        start, end, text = _get(value, "start", int), _get(value, "end", int), _get(value, "text", str)
        regions[identity] = region._replace(start=start, end=end, text=text)
    return list(regions.values()), {name: [line for line in lines if line] for name, lines in lists.items()}


def _annotation(task: _Task) -> Annotation:
    """The annotation of a task; raises ``input.annotation`` with the reason why it can't be used."""
    text = task.data["text"]
    if Path(task.name).name != task.name or "\\" in task.name:
        raise refused("名称（name）要作文件名，不能含路径")
    if task.regions is None:
        raise refused("没有完成的标注（未标注，或被跳过）")
    regions = _placed(text, task.regions)
    rows = [region for region in regions if region.kind == [_ROW]]
    found = {
        **{field: task.data[field] for field in _ABOUT if field in task.data},
        "format": FORMAT,
        "publisher": "".join(task.lists["publisher"]) or task.data.get("publisher", ""),
        "source": {"text": text},
        "tokens": [_token(region, text) for region in regions if region.kind != [_ROW]],
        "lines": _lines(rows, text),
        "blanks": task.lists["blanks"],
        "ambiguous": dict(_ambiguous(line) for line in task.lists["ambiguous"]),
    }
    annotation = from_dict(found, task.name, Path())
    if annotation.text != text:
        raise refused("原文不能按 UTF-8 原样保存（开头有 BOM）")
    if problem := next(problems(annotation), None):
        raise refused(problem)
    return annotation


def _placed(text: str, regions: list[_Region]) -> list[_Region]:
    """The regions with places in ``text``, under the way of counting by which most have the text they should have."""
    ways = [_places(text, utf16=utf16, joined=joined) for utf16, joined in product((False, True), repeat=2)]
    found = [[_moved(region, text, places) for region in regions] for places in ways]
    best = min(found, key=lambda moved: sum(isinstance(item, str) for item in moved))
    for reason in best:
        if isinstance(reason, str):
            raise refused(reason)
    return [region for region in best if isinstance(region, _Region)]


def _places(text: str, *, utf16: bool, joined: bool) -> list[int | None]:
    r"""The place in ``text`` of each offset (None inside a character); ``joined``: ``\r\n`` counts as one."""
    places: list[int | None] = []
    for place, character in enumerate(text):
        if not (joined and text[place - 1 : place + 1] == "\r\n"):
            places.append(place)
        if utf16 and ord(character) > 0xFFFF:
            places.append(None)
    return [*places, len(text)]


def _moved(region: _Region, text: str, places: Sequence[int | None]) -> _Region | str:
    """A region with its places counted in ``text``, without white space around a value; or why it can't be there."""
    where = f"位置 {region.start}–{region.end} 的“{_shown(region.text)[:40]}”"
    if not 0 <= region.start <= region.end < len(places):
        return f"{where} 超出原文（共 {len(text)} 个字符）"
    start, end = places[region.start], places[region.end]
    if start is None or end is None or _shown(text[start:end]) != _shown(region.text):
        return f"{where} 与原文不符，原文是“{_shown(text[start or 0 : end or 0])[:40]}”"
    if len(region.kind) != 1 or region.kind[0] not in _KINDS:
        return f"{where} 应标为 {'、'.join(_KINDS)} 中的一种"
    if region.kind != [_ROW] and (bare := text[start:end].strip()):
        start += text[start:end].index(bare)
        end = start + len(bare)
    return region._replace(start=start, end=end)


def _shown(text: str) -> str:
    r"""A text without what a browser changes: white space, and line ends, for which Label Studio writes ``\n`` spelt out."""
    return "".join(text.replace(r"\n", "\n").split())


def _token(region: _Region, text: str) -> dict[str, Any]:
    """A region of a printed value as a token of :func:`training.annotations.from_dict`."""
    kind, where = region.kind[0], f"位置 {region.start} 的“{_shown(region.text)[:40]}”"
    if kind == STRAY and region.paths:
        raise refused(f"{where} 标为 {STRAY}，却选了单元格")
    if kind != STRAY and len(region.paths) != 1:
        raise refused(f"{where} 应选一个单元格，选了 {len(region.paths)} 个")
    if region.value and (kind == _DASH or len(region.value) > 1):
        raise refused(f"{where} 标为 {kind}，却写了数 {'、'.join(region.value)}")
    key = STRAY if kind == STRAY else ".".join(region.paths[0])
    token = {"start": region.start, "end": region.end, "text": text[region.start : region.end], "key": key}
    if kind == _DASH or region.value:
        token["value"] = _number(region.value[0], where) if region.value else None
    return token


def _number(typed: str, where: str) -> float:
    if _NUMBER.fullmatch(plain := width(typed).replace(",", "").strip()):
        return float(plain)
    raise refused(f"{where} 的 value 写成“{typed}”，不是数字")


def _lines(rows: Iterable[_Region], text: str) -> dict[int, list[str]]:
    """The rows of each line that a region has something of; of an empty line when it has nothing else."""
    spans = _line_spans(text)
    found: dict[int, dict[str, None]] = {}
    for row in sorted(rows):
        if not row.paths or row.value:
            raise refused(f"位置 {row.start} 的“{_shown(row.text)[:40]}”标为 {_ROW}，应选它所属的行，不写 value")
        keys = dict.fromkeys(".".join(path) for path in row.paths)
        touched = [n for n, (a, b) in enumerate(spans, start=1) if text[max(row.start, a) : min(row.end, b)].strip()]
        for line in touched or [sum(start <= row.start for start, _ in spans)]:
            found.setdefault(line, {}).update(keys)
    return {line: list(keys) for line, keys in found.items()}


def _ambiguous(line: str) -> tuple[str, float | None]:
    key, sign, typed = (part.strip() for part in line.partition("="))
    if not sign:
        raise refused(f"ambiguous 的“{line}”应写成 单元格=数，空白则等号后不写")
    return key, _number(typed, key) if typed else None
