"""The way of the data, on one screen: bytes → document → tables → rows → readings → cells → audited record."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

from extractor.align import AlignedRow, Aligner
from extractor.audit import audit
from extractor.cells import decide_cells
from extractor.document import Document
from extractor.errors import InputError
from extractor.findings import document_findings, table_findings
from extractor.identity import Identity, identify
from extractor.label import LabelledTable, label_rows, without_heads
from extractor.locate import TableRegion, locate
from extractor.model import load_model
from extractor.readers import read
from extractor.recognition import doubt_recognised
from extractor.reconcile import reconcile
from extractor.record import CellValue, Finding, Record
from extractor.settings import DEFAULTS, Settings
from extractor.tokens import Token, tokenize
from extractor.vocabulary import vocabulary


def extract(
    data: bytes,
    name: str = "report",
    *,
    agency: str | None = None,
    year: int | None = None,
    model: Path | None = None,
    settings: Settings = DEFAULTS,
) -> Record:
    """Read one annual report.

    Args:
        data: the bytes of the file.
        name: its name, for ``Source.name`` and messages.
        agency: whose report it is, when known; else it is taken from the text.
        year: the year it reports on, when known; else it is taken from the text.
        model: an ``aligner-N`` folder, or a folder of models with ``CURRENT``; by default the promoted model.
        settings: limits and thresholds.

    Returns:
        The record: every cell of the tables that the report has, and what the checks found.

    Raises:
        InputError: the bytes can't be read, or are no annual report; see its ``code``.
        ModelError: the model is missing, changed or made for another installation.
    """
    report = find_rows(data, name, year=year, settings=settings)
    return _audited(report, load_aligner(model, settings), agency, year, settings)


def extract_all(
    data: bytes,
    name: str = "report",
    *,
    agency: str | None = None,
    year: int | None = None,
    model: Path | None = None,
    settings: Settings = DEFAULTS,
) -> tuple[Record, ...]:
    """Read all annual reports of a file: a workbook may hold several, a sheet or more for each. Otherwise as :func:`extract`."""
    aligner = load_aligner(model, settings)
    reports = [rows_of(part, year=year, settings=settings) for part in divide(read(data, name, settings))]
    return tuple(_audited(report, aligner, agency, year, settings) for report in reports)


class Report(NamedTuple):
    """A report of which the rows are known, but not yet which value is in which column.

    Attributes:
        document: the document.
        identity: what it says of itself.
        tables: its tables with their rows.
        taken: the tokens that belong to tables; all else is prose.
    """

    document: Document
    identity: Identity
    tables: tuple[LabelledTable, ...]
    taken: tuple[Token, ...] = ()


def _audited(report: Report, aligner: "RowAligner", agency: str | None, year: int | None, settings: Settings) -> Record:
    """Rows → readings → cells → checked record."""
    record = decide(report, aligner, agency=agency, year=year, settings=settings)
    return audit(record, report.document, report.taken, settings)


class RowAligner(Protocol):
    """What gives the readings of rows: :class:`~extractor.align.Aligner`, or what it is compared with."""

    id: str
    sha256: str

    def align(self, tables: Sequence[LabelledTable]) -> list[list[AlignedRow]]:
        """For each table its rows in order, each with its readings."""
        ...


def find_rows(data: bytes, name: str, *, year: int | None = None, settings: Settings = DEFAULTS) -> Report:
    """The first half of :func:`extract`: bytes → document → tables → rows.

    Raises:
        InputError: the bytes can't be read, or are no annual report, or are several; see its ``code``.
    """
    parts = divide(read(data, name, settings))
    if len(parts) > 1:
        names = "、".join(part.source.name.rpartition("#")[2] for part in parts)
        raise InputError(
            f"文件里有 {len(parts)} 份报告（{names}）；请用 gongkai extract 命令或 extract_all 读取",
            code="input.several_reports",
        )
    return rows_of(parts[0], year=year, settings=settings)


def divide(document: Document) -> tuple[Document, ...]:
    """A document by its reports: itself, or, when its sections repeat a table, each section that has one."""
    if len(document.sections) < 2:
        return (document,)
    parts = [
        replace(
            document,
            source=replace(document.source, name=f"{document.source.name}#{section.name}"),
            lines=document.lines[section.first : section.last],
            sections=(),
        )
        for section in document.sections
    ]
    tables = [{region.table for region in locate(tokenize(part))} for part in parts if part.lines]
    if sum(map(len, tables)) == len(set().union(*tables)):
        return (document,)
    return tuple(part for part, found in zip((part for part in parts if part.lines), tables, strict=True) if found)


def rows_of(document: Document, *, year: int | None = None, settings: Settings = DEFAULTS) -> Report:
    """Document → tables → rows.

    Raises:
        InputError: it is no annual report; see its ``code``.
    """
    identity = identify(document)
    regions = locate(tokenize(document), settings.max_cells)
    tables = _tables(regions, vocabulary().form_of_year(year or identity.year))
    if identity.period:
        raise InputError(f"这是{identity.period}的报告，不是年度报告；请检查文件", code="input.not_report")
    if not tables and not identity.is_report:
        raise InputError(
            "没有找到年度报告的标题或表格，不像政府信息公开工作年度报告；请检查文件", code="input.not_report"
        )
    return Report(document, identity, tuple(tables), tuple(token for region in regions for token in region.tokens))


def decide(
    report: Report,
    aligner: RowAligner,
    *,
    agency: str | None = None,
    year: int | None = None,
    settings: Settings = DEFAULTS,
) -> Record:
    """The second part of :func:`extract`: rows → readings → cells. What they add up to is for :func:`~extractor.audit.audit`."""
    document, identity, tables, _ = report
    cells: dict[str, CellValue] = {}
    found = {table.form.table for table in tables}
    missing = [family.forms[-1].title for family in vocabulary().families if family.table not in found]
    findings: list[Finding] = [*document_findings(document, identity, year, missing)]
    for table, aligned in zip(tables, aligner.align(tables), strict=True):
        rows = reconcile(aligned, table.form, settings)
        own = doubt_recognised(table, rows, decide_cells(table, rows, vocabulary().columns, settings))
        cells.update(own)
        findings += table_findings(table, own)
    forms = {table.form.table: table.form.form for table in tables}
    return Record(
        source=document.source,
        agency=agency or identity.agency,
        year=year or identity.year,
        title=identity.title,
        tables={family.table: forms.get(family.table) for family in vocabulary().families},
        cells=cells,
        findings=tuple(findings),
        status="review" if findings or any(cell.review for cell in cells.values()) else "ok",
        model={"id": aligner.id, "sha256": aligner.sha256},
    )


def _tables(regions: Sequence[TableRegion], hint: str | None) -> list[LabelledTable]:
    """The tables of a document with their rows. A table that may be of several forms is taken to be of those before it.

    Args:
        regions: where they are.
        hint: the form of the year.
    """
    tables: list[LabelledTable] = []
    for region in regions:
        tables.append(label_rows(region, hint))
        hint = tables[-1].form.form
    return tables + without_heads(tables)


@lru_cache(maxsize=4)
def load_aligner(model: Path | None = None, settings: Settings = DEFAULTS) -> Aligner:
    """The aligner with a model, see :func:`extract`; the same one each time, since it remembers what it has scored.

    Raises:
        ModelError: the model is missing, changed or made for another installation.
    """
    return Aligner(load_model(model), settings)
