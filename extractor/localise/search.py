"""All likely explanations of the failing equations of a table.

Most tables with errors are explained by acts that each mend what they touch; these are found without a solver, and the solver is
asked only when a set of acts that depend on each other could be as cheap.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from extractor.localise.acts import Act, acts_of, is_total
from extractor.localise.bounds import propagate
from extractor.localise.covers import Solution, covers, solution
from extractor.localise.slips import typical_cost
from extractor.localise.solve import Solver
from extractor.localise.system import System

NEAR = 3.0
"""Solutions that cost so much more than the likeliest (they are 20 times less likely) are no alternatives."""
MOST = 12
"""Alternatives that are looked for."""
_MOST_WRONG = 8
"""So many wrong numbers explain nothing: any figures at all can be made to add up."""


class Group(NamedTuple):
    """Failing equations with one explanation.

    Attributes:
        equations: those that fail together.
        alternatives: the acts that explain them, with their cost, the likeliest first.
        complete: there are no other alternatives.
    """

    equations: frozenset[int]
    alternatives: tuple[Solution, ...]
    complete: bool


def search(system: System, seconds: float) -> list[Group]:
    """The failing equations of a table in groups that are explained together; empty when the time is out before there is any.

    Args:
        system: the table.
        seconds: for the solver, when it is needed.
    """
    if not system.failing:
        return []
    acts = acts_of(system)
    covered, complete = covers(system, acts, NEAR)
    found = [one for one in covered if _is_possible(system, one)]
    if not found or found[0].cost > _least(system) + NEAR:
        solver = Solver(seconds)
        found += _solved(system, acts, found, solver)
        complete = complete and solver.in_time
    best = min((one.cost for one in found), default=0.0)
    near = sorted((one for one in _distinct(found) if one.cost <= best + NEAR), key=lambda one: one.cost)
    return list(_groups(system, near, complete=complete))


def _is_possible(system: System, found: Solution) -> bool:
    """True when counts in the free cells can make everything hold after a solution."""
    if not any(system.free_signs):
        return True
    return propagate(system.with_values(dict(found.changes))) is not None


def _least(system: System) -> float:
    """What solutions that were not tried cost at least: three changes, and one for as many equations as a cell is in."""
    cheapest = min(typical_cost(system.cells[key], total=is_total(system, key)) for key in system.values)
    widest = max(len(places) for places in system.of_cell.values())
    return cheapest * max(3, math.ceil(len(system.failing) / widest))


def _solved(system: System, acts: Sequence[Act], known: Sequence[Solution], solver: Solver) -> Iterator[Solution]:
    """The cheapest solution of all, and for each independent part of it those near it."""
    first = next(solver.solutions(system, acts, margin=0.0, most=1), None)
    if first is None or set(first.changes) in [set(one.changes) for one in known]:
        return
    yield first
    for part in independent(first.acts):
        others = [act for act in first.acts if act not in part]
        fixed = {key: value for act in others for key, value in act.changes}
        rest = system.with_values(fixed)
        rest_acts = [act for act in acts_of(rest) if not any(key in fixed for key, _ in act.changes)]
        found = [one for one in covers(rest, rest_acts, NEAR)[0] if _is_possible(rest, one)]
        if len(part) > 1:
            found += solver.solutions(rest, rest_acts, margin=NEAR, most=MOST)
        for one in found:
            yield solution((*others, *one.acts))


def independent(acts: Sequence[Act]) -> list[list[Act]]:
    """Acts in parts that share no equation."""
    parts: list[list[Act]] = []
    for act in acts:
        linked = [part for part in parts if any(act.touched & other.touched for other in part)]
        parts = [part for part in parts if part not in linked] + [[act, *(other for part in linked for other in part)]]
    return parts


def _distinct(found: Iterable[Solution]) -> Iterator[Solution]:
    """Solutions, of several with the same changes the cheapest."""
    cheapest: dict[frozenset[tuple[str, float]], Solution] = {}
    for one in sorted(found, key=lambda one: one.cost):
        cheapest.setdefault(frozenset(one.changes), one)
    yield from cheapest.values()


def _groups(system: System, solutions: Sequence[Solution], *, complete: bool) -> Iterator[Group]:
    """The failing equations that some solution explains together, each group with its explanations."""
    linked: list[frozenset[int]] = []
    for part in (part for one in solutions for part in independent(one.acts)):
        equations = frozenset(index for act in part for index in act.touched) & system.failing
        joined = [own for own in linked if own & equations]
        linked = [own for own in linked if own not in joined] + [equations.union(*joined)]
    for equations in (own for own in linked if own):
        explanations = [one for one in _explanations(equations, solutions) if _wrong_numbers(one) <= _MOST_WRONG]
        if explanations:
            yield Group(equations, tuple(explanations), complete)


def _wrong_numbers(found: Solution) -> int:
    """How many numbers are wrong by themselves."""
    return sum(len(act.changes) for act in found.acts if act.kind == "edit")


def _explanations(equations: frozenset[int], solutions: Iterable[Solution]) -> list[Solution]:
    """What the solutions say of these equations, cheapest first."""
    found = [
        solution([act for part in independent(one.acts) if _touches(part, equations) for act in part])
        for one in solutions
    ]
    ranked = sorted(_distinct(found), key=lambda one: one.cost)
    return [one for one in ranked if one.cost <= ranked[0].cost + NEAR]


def _touches(part: Iterable[Act], equations: frozenset[int]) -> bool:
    return any(act.touched & equations for act in part)
