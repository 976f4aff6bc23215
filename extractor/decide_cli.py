"""The command ``gongkai decide``: what people decided, from a list into a store."""

import re
from collections.abc import Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, get_args

import typer

from extractor.console import STORE, complain
from extractor.errors import InputError
from extractor.numbers import State

if TYPE_CHECKING:
    from extractor.lines import Line
    from extractor.store import Decision, Store

_CODE = "input.decision"
_COLUMNS = {
    "source": ("文件", "路径", "来源", "path", "file"),
    "sha256": ("散列", "哈希"),
    "part": ("部分", "第几份", "份"),
    "key": ("单元格", "键"),
    "value": ("值", "数值"),
    "state": ("状态",),
    "by": ("决定人", "核对人", "复核人", "核定人"),
    "note": ("备注", "说明", "理由"),
}
_STATES = {
    "数字": "number",
    "空白": "blank",
    "空": "blank",
    "横线": "dash",
    "无": "dash",
    "文字": "note",
    "缺失": "missing",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,16})(?:\.\d{1,12})?", re.ASCII)
_MOST = 2**53
_MOST_PARTS = 2**15
_AT_ONCE = 500

_Cell = tuple[str, int, str]
"""The sha256 of a source, the part, and the key."""
_SHOWN = 20


class Kept(NamedTuple):
    """What became of decisions.

    Attributes:
        kept: how many were kept.
        first: those on cells that had none.
        changed: those on cells that had another value or state; others confirm it.
        known: how many were there already, by the same person with the same note. They are not kept twice.
        idle: decisions on a part or a cell that no record of their source has.
    """

    kept: int
    first: int
    changed: int
    known: int
    idle: int


def decide(
    path: Annotated[
        Path,
        typer.Argument(
            help="CSV: source (a file of the store) or sha256, part, key, value, state, by, note.", metavar="FILE.csv"
        ),
    ],
    store: Annotated[str, STORE],
    by: Annotated[str | None, typer.Option(help="Who decided, where the list does not say.")] = None,
) -> None:
    """Keep what people decided cells to be. It holds for these reports whatever model reads them, now and later.

    Either all lines are kept, or none.
    """
    from extractor.store import open_store

    with open_store(store, read_only=True):
        pass  # where there is no store, none is made
    with open_store(store) as opened:
        kept = keep(opened, path, by)
    typer.echo(
        f"已保存 {kept.kept:,} 个决定：{kept.first:,} 个单元格首次核定，{kept.changed:,} 个单元格改变了原来的决定，"
        f"{kept.kept - kept.first - kept.changed:,} 个与原来一致；另有 {kept.known:,} 个此前已保存"
    )
    if kept.idle:
        complain(_CODE, f"{kept.idle:,} 个决定没有对应的单元格（报告没有这一份，或没有这张表），暂不起作用")


def keep(store: "Store", path: Path, by: str | None) -> Kept:
    """Keep the decisions of a list.

    Args:
        store: opened for writing.
        path: the list.
        by: who decided, where the list does not say.

    Raises:
        InputError: ``input.decision`` with the number of the line; when several are wrong, each is told on standard error. Then
            none is kept.
    """
    made = _read(store, path, by)
    before = {_cell(it): it for it in store.decisions()}
    new = [it for it in made if _said(before.get(_cell(it), it)) != _said(it) or _cell(it) not in before]
    first = sum(_cell(it) not in before for it in new)
    changed = sum(_what(before.get(_cell(it), it)) != _what(it) for it in new)
    cells = {_cell(it) for it in made}
    return Kept(store.decide(new), first, changed, len(made) - len(new), len(cells - _with_cells(store, cells)))


def _read(store: "Store", path: Path, by: str | None) -> "list[Decision]":
    from extractor.lines import read_lines

    columns, lines = read_lines(path, _COLUMNS, _CODE)
    for names in (("source", "sha256"), ("key",), ("value", "state")):
        if not columns.intersection(names):
            raise InputError(f"{path}：没有 {' 或 '.join(names)} 列；请写上", code=_CODE)
    sources = _Sources(store)
    made: dict[_Cell, tuple[int, Decision]] = {}
    wrong: list[str] = []
    for line in lines:
        try:
            _add(made, line.number, _decision(line, sources, by))
        except InputError as error:
            wrong.append(f"{path} 第 {line.number} 行：{error}")
    if len(wrong) > 1:
        for message in wrong[:_SHOWN]:
            complain(_CODE, message)
        raise InputError(f"{path}：共 {len(wrong):,} 行有误，没有保存任何决定；请改正后重试", code=_CODE)
    if wrong or not made:
        raise InputError(wrong[0] if wrong else f"{path}：只有表头，没有一个决定", code=_CODE)
    return [decision for _, decision in made.values()]


def _add(made: "dict[_Cell, tuple[int, Decision]]", number: int, decision: "Decision") -> None:
    first, known = made.setdefault(_cell(decision), (number, decision))
    if _what(known) != _what(decision):
        raise InputError(f"同一单元格在第 {first} 行另有决定；请只留一个")


def _cell(decision: "Decision") -> _Cell:
    return decision.sha256, decision.part, decision.key


def _what(decision: "Decision") -> tuple[float | None, State]:
    return decision.value, decision.state


def _said(decision: "Decision") -> tuple[object, ...]:
    return decision.value, decision.state, decision.by, decision.note


def _decision(line: "Line", sources: "_Sources", by: str | None) -> "Decision":
    """The decision of a line.

    Raises:
        InputError: what is wrong with it, without its number.
    """
    from extractor.store import Decision
    from extractor.vocabulary import vocabulary

    values = line.values
    sha256, part = sources.find(values)
    key, value = values.get("key", "").strip(), _number(values.get("value", ""))
    if key not in vocabulary().columns:
        raise InputError(f"没有单元格“{key}”；键形如 表.行.列，见 gongkai forms")
    person = values.get("by") or by
    if not person or not person.strip():
        raise InputError("没有写谁决定的；请写 by 列，或用 --by")
    return Decision(
        sha256, part, key, value, _state(values.get("state"), value), person.strip(), values.get("note", "")
    )


def _number(text: str) -> int | float | None:
    from extractor.fold import fold

    if not text.strip():
        return None
    match = _NUMBER.fullmatch(fold(text))
    if not match:
        raise InputError(f"值“{text[:80]}”不是数字；没有数字的请留空，并写 state 列")
    number = float(match[0].replace(",", ""))
    if abs(number) >= _MOST:
        raise InputError(f"值“{text[:80]}”太大")
    return int(number) if number.is_integer() else number


def _state(text: str | None, value: float | None) -> State:
    default: State = "blank" if value is None else "number"
    word = (text or default).strip().lower()
    state = next((known for known in get_args(State) if known == _STATES.get(word, word)), None)
    if state is None:
        raise InputError(f"状态“{word[:80]}”不认识；有：{'、'.join(get_args(State))}")
    if state != "note" and (state == "number") != (value is not None):
        raise InputError(f"状态是 {state}，{'却没有值' if value is None else '却有值'}；请改正")
    found: State = state
    return found


class _Sources:
    """The sources of a store, to be found by file, by the name of a report in a file, or by sha256."""

    def __init__(self, store: "Store") -> None:
        from sqlalchemy import select

        from extractor.store.schema import records, sources

        sections = (
            select(sources.c.sha256, records.c.section, records.c.part)
            .join_from(records, sources)
            .where(records.c.section.is_not(None))
            .distinct()
        )
        self._files = {file.path: file.sha256 for file in store.files()}
        self._known = {sha256 for (sha256,) in store.rows(select(sources.c.sha256))}
        self._parts: dict[tuple[str, str], list[int]] = {}
        for sha256, section, part in store.rows(sections):
            self._parts.setdefault((sha256, section), []).append(part)

    def find(self, values: Mapping[str, str]) -> tuple[str, int]:
        """The sha256 and the part that a line names.

        Raises:
            InputError: it names none, or two different ones.
        """
        source, sha256 = values.get("source", ""), values.get("sha256", "").strip().lower()
        if not source and not sha256:
            raise InputError("没有写 source 或 sha256；请写是哪个文件")
        if sha256 and not (_SHA256.fullmatch(sha256) and sha256 in self._known):
            raise InputError(f"数据库里没有 sha256 为“{sha256[:80]}”的来源")
        found, part = self._named(source) if source else (sha256, None)
        if sha256 and found != sha256:
            raise InputError(f"文件“{source[:80]}”的 sha256 是 {found}，与所写的不同")
        written = _part(values.get("part"))
        if None not in (part, written) and part != written:
            raise InputError(f"“{source[:80]}”是第 {part} 部分，与 part 列的 {written} 不同")
        return found, written or part or 0

    def _named(self, name: str) -> tuple[str, int | None]:
        """The source of a file, or of a report in a file (``年报.xlsx#甲局``), whose part is known then."""
        if name in self._files:
            sha256 = self._files[name]
            if sha256 is None:
                raise InputError(f"文件“{name[:80]}”没有读到内容，不能核定")
            return sha256, None
        path, mark, section = name.partition("#")
        while mark:
            sha256 = self._files.get(path)
            parts = self._parts.get((sha256, section), []) if sha256 else []
            if sha256 and len(parts) == 1:
                return sha256, parts[0]
            more, mark, section = section.partition("#")
            path = f"{path}#{more}"
        raise InputError(f"数据库里没有文件“{name[:80]}”；请检查路径")


def _part(text: str | None) -> int | None:
    if not text or not text.strip():
        return None
    number = text.strip().removesuffix(".0")
    if not (number.isascii() and number.isdecimal() and int(number) < _MOST_PARTS):
        raise InputError(f"part 列的“{text[:80]}”不是从 0 起的序号")
    return int(number)


def _with_cells(store: "Store", wanted: Set[_Cell]) -> set[_Cell]:
    """Those of cells that some record has."""
    from sqlalchemy import select

    from extractor.store.schema import cell_keys, cells, records, sources

    keys: dict[str, set[str]] = {}
    for sha256, _, key in wanted:
        keys.setdefault(sha256, set()).add(key)
    query = (
        select(sources.c.sha256, records.c.part, cell_keys.c.key)
        .join_from(sources, records, records.c.source_id == sources.c.id)
        .join(cells, cells.c.record_id == records.c.id)
        .join(cell_keys, cell_keys.c.id == cells.c.key_id)
        .distinct()
    )
    found: set[_Cell] = set()
    for start in range(0, len(keys), _AT_ONCE):
        some = list(keys)[start : start + _AT_ONCE]
        asked = {key for sha256 in some for key in keys[sha256]}
        rows = store.rows(query.where(sources.c.sha256.in_(some), cell_keys.c.key.in_(asked)))
        found |= wanted & set(map(tuple, rows))
    return found
