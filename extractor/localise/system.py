"""The sums of one table as a system of equations over its cells.

A printed value is known; a blank, lost or undecided cell is *free*: any count that makes its sums hold. A sum without free cells
holds or fails; one with free cells fails only when no counts ≥ 0 can make it hold.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
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
        return self.relation.cells


@dataclass(frozen=True, eq=False)
class Sums:
    """The equations of a form of which every cell is there; the same object for all tables that have these cells."""

    form: FormTable
    equations: tuple[Equation, ...]

    @cached_property
    def of_cell(self) -> Mapping[str, tuple[tuple[int, int], ...]]:
        """For each operand the equations that it is in, with its sign."""
        found: dict[str, list[tuple[int, int]]] = {}
        for index, equation in enumerate(self.equations):
            for key, sign in equation.terms:
                found.setdefault(key, []).append((index, sign))
        return MappingProxyType({key: tuple(places) for key, places in found.items()})

    @cached_property
    def signed(self) -> frozenset[str]:
        """The operands that may be below 0."""
        return frozenset(key for key in self.of_cell if self.form.columns[key].kind == "signed")

    @cached_property
    def sharing(self) -> tuple[tuple[int, int, int], ...]:
        """The pairs of equations that share operands, in order, with how many."""
        indices = ([index for index, _ in places] for places in self.of_cell.values())
        shares = Counter(pair for own in indices for pair in combinations(own, 2))
        return tuple((first, second, many) for (first, second), many in sorted(shares.items()))


@dataclass(frozen=True)
class System:
    """The equations of a table, and what its cells hold.

    Attributes:
        sums: its equations.
        cells: the cells of the record.
        values: the value of each operand that has one.
    """

    sums: Sums
    cells: Mapping[str, CellValue]
    values: Mapping[str, Value]

    @property
    def form(self) -> FormTable:
        """The form of the table."""
        return self.sums.form

    @property
    def equations(self) -> tuple[Equation, ...]:
        """Those of which all cells are in the record."""
        return self.sums.equations

    @property
    def of_cell(self) -> Mapping[str, tuple[tuple[int, int], ...]]:
        """For each operand the equations that it is in, with its sign."""
        return self.sums.of_cell

    @cached_property
    def residuals(self) -> tuple[Value, ...]:
        """What the known values of each equation add up to; 0 when it holds without free cells."""
        values = self.values
        if not any(values.values()):
            return (0,) * len(self.equations)
        return tuple(
            [sum([sign * values[key] for key, sign in each.terms if key in values]) for each in self.equations]
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
        return System(self.sums, self.cells, {**self.values, **changed})


def may_hold(residual: Value, signs: Collection[int]) -> bool:
    """True when an equation holds, given what its known values add up to, for some counts in free cells with these signs."""
    if abs(residual) < EQUAL:
        return True
    return (-1 if residual > 0 else 1) in signs


def system_of(form: FormTable, cells: Mapping[str, CellValue]) -> System:
    """The system of a table as read."""
    sums = _sums_of(form)
    if not cells.keys() >= sums.of_cell.keys():
        sums = _sums_of(form, frozenset(sums.of_cell.keys() - cells.keys()))
    values = {key: value for key in sums.of_cell if (value := cells[key].value) is not None and math.isfinite(value)}
    return System(sums, cells, values)


@lru_cache(maxsize=64)
def _sums_of(form: FormTable, missing: frozenset[str] = frozenset()) -> Sums:
    """The equations of a form without those of which cells are missing."""
    there = [item for item in form.cell_relations if missing.isdisjoint(item.cells)]
    return Sums(
        form,
        tuple(
            Equation(relation, (*(Term(key, 1) for key in relation.left), *(Term(key, -1) for key in relation.right)))
            for relation in there
        ),
    )
