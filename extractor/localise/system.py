"""The sums of one table as a system of equations over its cells.

A printed value is known; a blank, lost or undecided cell is *free*: any count that makes its sums hold. A sum without free cells
holds or fails; one with free cells fails only when no counts ≥ 0 can make it hold.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import NamedTuple

from extractor.forms import CellRelation, FormTable, Kind
from extractor.record import CellValue

Value = int | float
EQUAL = 1e-6


class Term(NamedTuple):
    """A cell of an equation with its sign."""

    key: str
    sign: int


class Equation(NamedTuple):
    """A relation of the form as Σ sign × cell = 0."""

    relation: CellRelation
    terms: tuple[Term, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """Its operands, in the order of the form."""
        return (*self.relation.left, *self.relation.right)


@dataclass(frozen=True)
class System:
    """The equations of a table, and what its cells hold.

    Attributes:
        form: the form of the table.
        equations: of which all cells are in the record.
        cells: the cells of the table.
        values: the value of each operand that has one.
    """

    form: FormTable
    equations: tuple[Equation, ...]
    cells: Mapping[str, CellValue]
    values: Mapping[str, Value]

    @cached_property
    def of_cell(self) -> Mapping[str, tuple[tuple[int, int], ...]]:
        """For each operand the equations that it is in, with its sign."""
        whole = len(self.equations) == len(self.form.cell_relations)
        return _all_places(self.form) if whole else _places(self.equations)

    @cached_property
    def residuals(self) -> tuple[Value, ...]:
        """What the known values of each equation add up to; 0 when it holds without free cells."""
        return tuple(
            sum(sign * self.values[key] for key, sign in equation.terms if key in self.values)
            for equation in self.equations
        )

    @cached_property
    def free_signs(self) -> tuple[frozenset[int], ...]:
        """The signs of the free cells of each equation."""
        return tuple(
            frozenset(sign for key, sign in equation.terms if key not in self.values) for equation in self.equations
        )

    @cached_property
    def failing(self) -> frozenset[int]:
        """The equations that do not hold."""
        return frozenset(
            index
            for index, (residual, signs) in enumerate(zip(self.residuals, self.free_signs, strict=True))
            if not may_hold(residual, signs)
        )

    def holds_with(self, index: int, shift: Value, given: Mapping[str, Value]) -> bool:
        """True when an equation may hold after its known values have changed by ``shift`` and ``given`` cells have values."""
        signs = self.free_signs[index]
        if signs:
            terms = self.equations[index].terms
            signs = frozenset(sign for key, sign in terms if key not in self.values and key not in given)
        return may_hold(self.residuals[index] + shift, signs)

    def kind(self, key: str) -> Kind:
        """What numbers a cell may hold."""
        return self.form.columns[key].kind

    def possible(self, key: str, value: Value) -> bool:
        """True for a value that a cell may hold: counts are whole and not negative."""
        kind = self.kind(key)
        return kind == "signed" or (value >= 0 and (kind == "amount" or value == int(value)))

    def with_values(self, changed: Mapping[str, Value]) -> "System":
        """The system with other values in some cells."""
        return System(self.form, self.equations, self.cells, {**self.values, **changed})


def may_hold(residual: Value, signs: Collection[int]) -> bool:
    """True when an equation holds, given what its known values add up to, for some counts in free cells with these signs."""
    if abs(residual) < EQUAL:
        return True
    return (-1 if residual > 0 else 1) in signs


def system_of(form: FormTable, cells: Mapping[str, CellValue]) -> System:
    """The system of a table as read."""
    whole = cells.keys() >= _all_places(form).keys()
    equations = _all_equations(form) if whole else tuple(equations_of(form, cells))
    keys = _all_places(form) if whole else _places(equations)
    values = {key: value for key in keys if (value := cells[key].value) is not None and math.isfinite(value)}
    return System(form, equations, cells, values)


def equations_of(form: FormTable, cells: Iterable[str]) -> Iterable[Equation]:
    """The equations of a form of which every cell is there."""
    known = set(cells)
    for equation in _all_equations(form):
        if known.issuperset(equation.relation.left) and known.issuperset(equation.relation.right):
            yield equation


def _places(equations: Iterable[Equation]) -> dict[str, tuple[tuple[int, int], ...]]:
    """For each operand the equations that it is in, with its sign."""
    found: dict[str, list[tuple[int, int]]] = {}
    for index, equation in enumerate(equations):
        for key, sign in equation.terms:
            found.setdefault(key, []).append((index, sign))
    return {key: tuple(places) for key, places in found.items()}


@cache
def _all_places(form: FormTable) -> Mapping[str, tuple[tuple[int, int], ...]]:
    return MappingProxyType(_places(_all_equations(form)))


@cache
def _all_equations(form: FormTable) -> tuple[Equation, ...]:
    return tuple(
        Equation(relation, (*(Term(key, 1) for key in relation.left), *(Term(key, -1) for key in relation.right)))
        for relation in form.cell_relations
    )
