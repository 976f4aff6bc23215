"""The words of the forms, ready to be found in a document.

A :class:`Term` is one meaning of a wording. Many wordings have several: 其他 is a column, a row and part of a head; 总计 is a
column and a row. Which one is meant is decided later, from the enumerator, the order and the values (``label.py``).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Literal, NamedTuple

from extractor.fold import label, words
from extractor.forms import FormColumn, FormGroup, FormRow, FormTable, forms

TermKind = Literal["row", "column", "group", "caption", "head", "heading", "extra"]
_SHORTEST_PART = 4
_CAPTION = re.compile(r"^(.+?)第(.)项$")
_CAPTION_PREFIXES = ("", "条例", "政府信息公开条例", "中华人民共和国政府信息公开条例")


class Term(NamedTuple):
    """One meaning of a wording: a ``kind`` of form element of a ``table``, with its key and the enumerator before it."""

    kind: TermKind
    table: str
    key: str
    enumerator: str = ""


@lru_cache(maxsize=1024)
def rows_named(terms: tuple[Term, ...], table: str) -> frozenset[str]:
    """Keys of the rows of a table among the meanings of a wording."""
    return frozenset(term.key for term in terms if term.kind == "row" and term.table == table)


@lru_cache(maxsize=1024)
def columns_named(terms: tuple[Term, ...], table: str) -> tuple[str, ...]:
    """Keys of the columns of a table among the meanings of a wording."""
    return tuple(term.key for term in terms if term.kind == "column" and term.table == table)


@lru_cache(maxsize=1024)
def is_extra_row(terms: tuple[Term, ...], table: str) -> bool:
    """True for a row that some agencies add and the form has no cell for."""
    return any(term.kind == "extra" and term.table == table for term in terms)


@lru_cache(maxsize=1024)
def may_be_head(terms: tuple[Term, ...]) -> bool:
    """True for wordings like 总计 and 其他, which head a column as well as a row."""
    return any(term.kind in ("column", "head") for term in terms)


@lru_cache(maxsize=1024)
def tables_of(terms: tuple[Term, ...]) -> frozenset[str]:
    """The tables that a wording can stand in, headings left out."""
    return frozenset(term.table for term in terms if term.kind != "heading")


@lru_cache(maxsize=1024)
def heading_of(terms: tuple[Term, ...]) -> str | None:
    """The table that a heading introduces, empty for a section without a table; None for what is no heading."""
    return next((term.key for term in terms if term.kind == "heading"), None)


class RowLabel(NamedTuple):
    """A row of a table family, with every wording known for it (folded, without punctuation)."""

    key: str
    enumerator: str
    wordings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class TableFamily:
    """All forms of one table. Their rows are merged into one order, so that a row is found before its form is known."""

    table: str
    forms: tuple[FormTable, ...]

    @cached_property
    def rows(self) -> tuple[RowLabel, ...]:
        """The rows of all forms, each where its own form has it."""
        merged: list[FormRow] = []
        for form in self.forms:
            place = 0
            for row in (row for block in form.blocks for row in block.rows):
                known = [index for index, other in enumerate(merged) if other.key == row.key]
                if known:
                    old = merged[known[0]]
                    merged[known[0]] = FormRow(
                        old.key, old.label, (*old.aliases, row.label, *row.aliases), old.enumerator, old.parent
                    )
                    place = known[0] + 1
                else:
                    merged.insert(place, row)
                    place += 1
        return tuple(RowLabel(row.key, row.enumerator, _wordings(row)) for row in merged)

    @cached_property
    def row_index(self) -> dict[str, int]:
        """Place of each row key in :attr:`rows`."""
        return {row.key: index for index, row in enumerate(self.rows)}

    @cached_property
    def across(self) -> bool:
        """True when the rows of this table are printed side by side, as one line."""
        return any(block.across for form in self.forms for block in form.blocks)


def _wordings(item: FormRow | FormGroup) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label(text).words for text in (item.label, *item.aliases)))


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Every wording of every form."""

    families: tuple[TableFamily, ...]

    def family(self, table: str) -> TableFamily:
        """The forms of one table."""
        return next(family for family in self.families if family.table == table)

    @cached_property
    def terms(self) -> dict[str, tuple[Term, ...]]:
        """The meanings of each wording (folded, without enumerator and punctuation)."""
        found: dict[str, dict[Term, None]] = {}
        for family in self.families:
            for form in family.forms:
                for wording, term in _form_terms(form):
                    found.setdefault(wording, {})[term] = None
        return {wording: tuple(terms) for wording, terms in found.items()}

    def find(self, wording: str, enumerator: str = "") -> tuple[Term, ...]:
        """The meanings of a wording. An enumerator narrows them: ``3`` 其他 is the row, not the column."""
        terms = self.terms.get(wording, ())
        if enumerator and len(terms) > 1:
            narrowed = tuple(term for term in terms if term.enumerator == enumerator)
            return narrowed or tuple(term for term in terms if term.kind != "column") or terms
        return terms

    def is_part(self, wording: str) -> bool:
        """True for a part of a wording, of some length: a line of a label that is wrapped."""
        return len(wording) >= _SHORTEST_PART and wording in self._all_wordings

    @cached_property
    def _all_wordings(self) -> str:
        return "\n".join(self.terms)

    @cached_property
    def columns(self) -> dict[str, FormColumn]:
        """The column of each cell key of any form."""
        return {
            key: column for family in self.families for form in family.forms for key, column in form.columns.items()
        }

    def forms_of(self, tables: Mapping[str, str | None]) -> Iterator[FormTable]:
        """The forms of the tables that a report has, in the order of the report; ``tables`` as in a record."""
        for family in self.families:
            yield from (form for form in family.forms if form.form == tables.get(family.table))

    def form_of_year(self, year: int | None) -> str | None:
        """The ``form`` in force for reports on a year."""
        known = sorted({form.form for family in self.families for form in family.forms})
        return max((form for form in known if year is not None and int(form) <= year), default=None)

    @cache  # noqa: B019 - the vocabulary lives as long as the process
    def column_keys(self, table: str) -> frozenset[str]:
        """Keys of all columns of a table, of any form."""
        return frozenset(column.key for form in self.family(table).forms for column in form.columns.values())

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the longest wording at each place of a folded text."""
        return re.compile(_trie_pattern(self.terms))

    @cached_property
    def heads(self) -> re.Pattern[str]:
        """Finds what only a table prints: its heads and captions. Tells a table in a long text from prose."""
        kinds = ("column", "head", "caption")
        return re.compile(
            _trie_pattern(
                wording for wording, terms in self.terms.items() if len(wording) > 3 and terms[0].kind in kinds
            )
        )


def _form_terms(form: FormTable) -> Iterator[tuple[str, Term]]:
    def spell(kind: TermKind, key: str, texts: Iterable[str], enumerator: str = "") -> Iterator[tuple[str, Term]]:
        for text in texts:
            yield words(label(text).words), Term(kind, form.table, key, enumerator)

    yield from spell("heading", form.table, (form.title, *form.headings))
    yield from spell("heading", "", form.neighbours)
    yield from spell("extra", form.table, form.extra_rows)
    for block in form.blocks:
        yield from spell("head", block.key, block.heads)
        yield from spell("caption", block.key, _captions(block.caption))
        for group in block.groups:
            yield from spell("group", group.key, (group.label, *group.aliases), group.enumerator)
        for column in block.columns:
            yield from spell("column", column.key, (column.label, *column.aliases))
        for row in block.rows:
            yield from spell("row", row.key, (row.label, *row.aliases), row.enumerator)


def _captions(caption: str | None) -> Iterator[str]:
    """A caption with and without its number and the name of the law: ``第二十条第(一)项``, ``第二十条第()``, ``第二十条``."""
    match = _CAPTION.match(words(label(caption).words)) if caption else None
    if not match:
        return
    for prefix in _CAPTION_PREFIXES:
        for tail in (f"第{match[2]}项", f"{match[2]}项", f"第{match[2]}", "第项", "第", "项"):
            yield f"{prefix}{match[1]}{tail}"


def _trie_pattern(wordings: Iterable[str]) -> str:
    """A regular expression that matches the longest of many wordings without trying them one by one."""
    trie: dict[str, dict] = {}  # type: ignore[type-arg]
    for wording in wordings:
        node = trie
        for character in wording:
            node = node.setdefault(character, {})
        node[""] = {}

    def spell(node: dict[str, dict]) -> str:  # type: ignore[type-arg]
        branches = [re.escape(character) + spell(below) for character, below in node.items() if character]
        if not branches:
            return ""
        body = branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
        return f"(?:{body})?" if "" in node else body

    return spell(trie)


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of the forms shipped with the package."""
    tables = dict.fromkeys(form.table for form in forms())
    return Vocabulary(
        tuple(TableFamily(table, tuple(form for form in forms() if form.table == table)) for table in tables)
    )
