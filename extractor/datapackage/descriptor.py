"""``datapackage.json``: a Frictionless Data Package (https://datapackage.org) that tells of every file and column."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from extractor.datapackage.folder import DESCRIPTOR, OURS
from extractor.datapackage.names import variables
from extractor.datapackage.tables import WHOLE, Column, Table
from extractor.forms import forms
from extractor.record import VERSION
from extractor.store.types import Reading

FORMAT = 1
"""Goes up when tables or columns change in a way that programs must know of."""
_MEDIA_TYPES = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "dta": "application/x-stata-dta",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMATS = tuple(_MEDIA_TYPES)


class Sheet(NamedTuple):
    """A sheet of a workbook: its name, the table that it holds, and how many rows of it."""

    name: str
    table: str
    rows: int


class Content(NamedTuple):
    """What a dataset holds.

    Attributes:
        reading: by what its reports were read.
        tables: its tables.
        rows: how many each has.
        counts: further numbers, by what they count.
        sheets: of the workbook.
        notes: what users must know, Chinese and English.
    """

    reading: Reading
    tables: Mapping[str, Table]
    rows: Mapping[str, int]
    counts: Mapping[str, int]
    sheets: Sequence[Sheet]
    notes: Sequence[tuple[str, str]]


def write_descriptor(folder: Path, content: Content) -> None:
    """Describe the files of a folder, in the folder."""
    files = sorted(folder.iterdir(), key=lambda it: (_FORMATS.index(it.suffix[1:]), _order(content, it.stem)))
    told = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "gongkai-dataset",
        "title": "政府信息公开工作年度报告数据集",
        "description": (
            "Tables, findings and claims of government information-disclosure annual reports, a report, cell, finding, claim or "
            "file a row. 政府信息公开工作年度报告的表格、核对发现和正文中的数。"
            + "".join(f"\n{en} {zh}" for zh, en in content.notes)
        ),
        "resources": [_resource(file, content) for file in files],
        OURS: _about(content),
    }
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    (folder / DESCRIPTOR).write_text(text, encoding="utf-8", newline="\n")


def _order(content: Content, name: str) -> int:
    return list(content.tables).index(name) if name in content.tables else 0


def _about(content: Content) -> dict[str, Any]:
    reading = content.reading._asdict()
    del reading["number"]  # it tells in which order a store was filled
    return {
        "format": FORMAT,
        "version": VERSION,
        "reading": reading,
        "forms": [
            {"id": it.id, "table": it.table, "form": it.form, "title": it.title, "source": it.source} for it in forms()
        ],
        "rows": dict(content.rows),
        **content.counts,
    }


def _resource(file: Path, content: Content) -> dict[str, Any]:
    kind = file.suffix[1:]
    told = {
        "name": file.name,
        "path": file.name,
        "format": kind,
        "mediatype": _MEDIA_TYPES[kind],
        "bytes": file.stat().st_size,
        "hash": f"sha256:{_sha256(file)}",
    }
    if kind == "xlsx":
        sheets = [{"name": it.name, "table": it.table, "rows": it.rows} for it in content.sheets]
        return told | {
            "title": "工作簿",
            "description": "Workbook, a table a sheet. 工作簿，每张表一个工作表。",
            "sheets": sheets,
        }
    table = content.tables[file.stem]
    told |= {"title": table.title, "description": f"{table.en}. {table.zh}。"}
    if kind == "dta":  # which no Data Package knows as a table, so that its columns can't stand in a schema
        columns = [_field(it) | {"name": name, "column": it.name} for name, it in variables(table).items()]
        return told | {"observations": content.rows[table.name], "variables": columns}
    told |= {"type": "table", "rows": content.rows[table.name]}
    if kind == "csv":
        told |= {
            "encoding": "utf-8",
            "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
        }
    return told | {"schema": _schema(table, kind)}


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _schema(table: Table, kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(it) for it in table.columns], "primaryKey": list(table.primary)}
    if table.parent:
        keys = ["sha256", "part"]
        whole = {"resource": f"{table.parent}.{kind}", "fields": keys}
        schema["foreignKeys"] = [{"fields": keys, "reference": whole}]
    return schema


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _type(column),
        "title": column.title,
        "description": f"{column.en}. {column.zh}。",
    }
    if column.kind == "flag":
        field |= {"trueValues": ["True"], "falseValues": ["False"]}
    if column.unit:
        field["unit"] = column.unit
    constraints = _constraints(column)
    return field | ({"constraints": constraints} if constraints else {})


def _type(column: Column) -> str:
    if column.kind in WHOLE:
        return "integer"
    return {"number": "number", "flag": "boolean"}.get(column.kind, "string")


def _constraints(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {"required": True} if column.required else {}
    if column.words:
        found["enum"] = list(column.words)
    if column.kind == "hash":
        found["pattern"] = "[0-9a-f]{64}"
    if column.name == "confidence":
        found |= {"minimum": 0, "maximum": 1}
    return found


def dictionary(tables: Iterable[Table]) -> Iterable[tuple[str, ...]]:
    """What each column means: table, column, variable of Stata, type, title, Chinese, English, possible words, unit."""
    for table in tables:
        names = {it.name: name for name, it in variables(table).items()}
        for it in table.columns:
            words = "" if it.name in ("key", "row", "column") else " ".join(it.words)
            yield table.name, it.name, names.get(it.name, ""), _type(it), it.title, it.zh, it.en, words, it.unit or ""
