"""Variables of Stata, and their names: at most 32 characters, of letters, digits and underscores."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from extractor.datapackage.tables import Column, Table

TABLES = ("reports", "cells")
"""The tables that Stata gets."""
_LONGEST = 32
_MARK = 4
_RESERVED = frozenset(
    ("_all", "_b", "byte", "_coef", "_cons", "double", "end", "float", "if", "in", "int", "long", "_n", "_N", "_pi", "_pred",
     "_rc", "_skip", "strL", "using", "with")
)  # fmt: skip


def stata_name(name: str) -> str:
    """The name of a variable. It depends on nothing but the column's own name.

    The table of a cell key becomes its first letter. What is too long has its words cut: each to the same length, the greatest
    with which the whole fits. A word that Stata keeps for itself has an underscore behind it.

    >>> stata_name("requests.granted.total"), stata_name("requests.denied_administrative_inquiry.natural_person")
    ('r_granted_total', 'r_denie_admin_inqui_natur_perso')
    >>> stata_name("sha256"), stata_name("end")
    ('sha256', 'end_')
    """
    table, _, rest = name.partition(".")
    words = [table[:1], *rest.replace(".", "_").split("_")] if rest else name.split("_")
    most = max(map(len, words))
    while len(cut := "_".join(word[:most] for word in words)) > _LONGEST and most > 1:
        most -= 1
    return f"{cut}_" if cut in _RESERVED else cut[:_LONGEST]


def stata_names(names: Iterable[str]) -> dict[str, str]:
    """The names of variables by those of columns. Columns that would share one have a part of the SHA-256 of their own behind it.

    >>> stata_names(["year", "rows.a.b", "rows.a_b"])
    {'year': 'year', 'rows.a.b': 'r_a_b_cae9', 'rows.a_b': 'r_a_b_faa6'}
    """
    found = {name: stata_name(name) for name in names}
    often = Counter(found.values())
    return {name: own if often[own] == 1 else _marked(own, name) for name, own in found.items()}


def _marked(own: str, name: str) -> str:
    return f"{own[: _LONGEST - _MARK - 1]}_{hashlib.sha256(name.encode()).hexdigest()[:_MARK]}"


def variables(table: Table) -> dict[str, Column]:
    """The columns of a table that Stata gets, by the names of their variables; none of a table that it does not get."""
    names = stata_names(table.names) if table.name in TABLES else {}
    return {names[it.name]: it for it in table.columns if names and (table.name == "reports" or not it.apart)}
