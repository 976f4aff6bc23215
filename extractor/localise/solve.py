"""The cheapest set of changes after which all equations of a table hold (Fellegi and Holt 1976), by HiGHS.

For each known cell a binary tells whether it is changed, a number what it then is; cells without a value are free. Acts that move
several numbers at once are binaries of their own. Alternatives are found by forbidding what was found, and all that contains it.
"""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from extractor.localise.acts import Act, act_of, is_total
from extractor.localise.covers import Solution, solution
from extractor.localise.slips import typical_cost
from extractor.localise.system import System, Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LARGEST = 200_000
"""A binary can't bind larger numbers with the solver's tolerances."""
_MOST_ACTS = 30
_IMPOSSIBLE, _LATE = "impossible", "late"
_STATUS_INFEASIBLE = 2
_FREE = 1e-5
"""Cost of each that a free cell holds: nothing to speak of, but a blank is rather none."""
_SIZE = 1e-6


@dataclass(frozen=True)
class _Program:
    """The mixed-integer program of a system: its columns are changed?, new value, free value, act?, in this order.

    Attributes:
        system: the table.
        known, free: its operands with and without a value.
        acts: the acts that move several numbers.
    """

    system: System
    known: tuple[str, ...]
    free: tuple[str, ...]
    acts: tuple[Act, ...]

    @cached_property
    def width(self) -> int:
        """How many columns there are."""
        return 2 * len(self.known) + len(self.free) + len(self.acts)

    @cached_property
    def costs(self) -> "NDArray[np.float64]":
        """The objective."""
        import numpy as np

        cells = self.system.cells
        edits = [typical_cost(cells[key], total=is_total(self.system, key)) for key in self.known]
        return np.array(
            [*edits, *[_SIZE] * len(self.known), *[_FREE] * len(self.free), *(act.cost for act in self.acts)]
        )

    @cached_property
    def largest(self) -> "NDArray[np.float64]":
        """For each known cell the most that it may have to hold: all that stands in one of its equations."""
        import numpy as np

        sums = [
            sum(abs(self.system.values.get(key, 0)) for key, _ in equation.terms) + 1
            for equation in self.system.equations
        ]
        return np.array([max(sums[index] for index, _ in self.system.of_cell[key]) for key in self.known], dtype=float)

    @cached_property
    def equations(self) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """The equations as a matrix, and their right side."""
        import numpy as np

        n, system = len(self.known), self.system
        matrix = np.zeros((len(system.equations), self.width))
        for place, key in enumerate(self.known):
            for index, sign in system.of_cell[key]:
                matrix[index, place] = -sign * system.values[key]
                matrix[index, n + place] = sign
        for place, key in enumerate(self.free):
            for index, sign in system.of_cell[key]:
                matrix[index, 2 * n + place] = sign
        for place, act in enumerate(self.acts):
            for key, value in act.changes:
                for index, sign in system.of_cell.get(key, ()):
                    matrix[index, 2 * n + len(self.free) + place] += sign * (value - system.values.get(key, 0))
        return matrix, -np.array(system.residuals, dtype=float)

    @cached_property
    def links(self) -> "NDArray[np.float64]":
        """Rows that are ≤ 0: a cell that is not changed has no new value. Then rows that are ≤ 1: one change of each cell."""
        import numpy as np

        n = len(self.known)
        matrix = np.zeros((2 * n, self.width))
        places = {key: place for place, key in enumerate(self.known)}
        matrix[range(n), range(n)] = -self.largest
        matrix[range(n), range(n, 2 * n)] = 1
        matrix[range(n, 2 * n), range(n)] = 1
        for number, act in enumerate(self.acts):
            for key in (key for key, _ in act.changes if key in places):
                matrix[n + places[key], 2 * n + len(self.free) + number] = 1
        return matrix


class Solver:
    """Finds solutions for some seconds, from when the library is loaded; ``in_time`` tells whether they were enough."""

    def __init__(self, seconds: float) -> None:
        import scipy.optimize  # noqa: F401 - not to be counted

        self._deadline = time.monotonic() + seconds
        self.in_time = True

    def solutions(self, system: System, acts: Sequence[Act], *, margin: float, most: int) -> Iterator[Solution]:
        """The cheapest solutions of a system, one after the other.

        Args:
            system: the table.
            acts: what may have gone wrong in one act.
            margin: how much more than the first a solution may cost.
            most: how many to find.
        """
        program = _program(system, acts)
        if not program.known or float(program.largest.max()) > _LARGEST:
            self.in_time = False
            return
        forbidden: list[list[int]] = []
        first = math.inf
        for _ in range(most):
            seconds = self._deadline - time.monotonic()
            found = _optimum(program, forbidden, seconds) if seconds > 0 else _LATE
            if isinstance(found, str):
                self.in_time = self.in_time and found != _LATE
                return
            if found[0] > first + margin:
                return
            cost, chosen, values = found
            first = min(first, cost)
            forbidden.append(chosen)
            if made := _solution(program, chosen, values):
                yield made


def _program(system: System, acts: Sequence[Act]) -> _Program:
    """The program of a system: the cells that hang together with failing equations, the acts that mend more than they break."""
    near = _within_reach(system)
    moves = [
        act
        for act in acts
        if act.kind != "edit" and 2 * len(act.covers) > len(act.touched) and near.issuperset(dict(act.changes))
    ]
    return _Program(
        system,
        tuple(key for key in system.values if key in near),
        tuple(key for key in system.of_cell if key in near and key not in system.values),
        tuple(moves[:_MOST_ACTS]),
    )


def _within_reach(system: System) -> frozenset[str]:
    """The operands that hang together with a failing equation."""
    cells: set[str] = set()
    waiting = set(system.failing)
    done: set[int] = set()
    while waiting:
        index = waiting.pop()
        done.add(index)
        for key, _ in system.equations[index].terms:
            if key not in cells:
                cells.add(key)
                waiting |= {other for other, _ in system.of_cell[key]} - done
    return frozenset(cells)


def _optimum(
    program: _Program, forbidden: Sequence[Sequence[int]], seconds: float
) -> tuple[float, list[int], Mapping[str, Value]] | str:
    """The cheapest solution that holds none of the forbidden sets of binaries: its cost, its binaries, the new values.

    Returns:
        Why there is none instead: it is impossible, or the time is out.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    n, f, width = len(program.known), len(program.free), program.width
    matrix, right = program.equations
    links = program.links
    cuts = np.zeros((len(forbidden), width))
    for row, binaries in enumerate(forbidden):
        cuts[row, binaries] = 1
    limits = np.array([*[0.0] * n, *[1.0] * n, *(len(binaries) - 1.0 for binaries in forbidden)])
    binary = np.concatenate([np.ones(n), np.zeros(n + f), np.ones(len(program.acts))])
    upper = np.concatenate([np.ones(n), program.largest, np.full(f, _LARGEST), np.ones(len(program.acts))])
    result: Any = milp(
        program.costs,
        integrality=binary,
        bounds=Bounds(0, upper),
        constraints=[
            LinearConstraint(csr_array(matrix), right, right),
            LinearConstraint(csr_array(np.vstack([links, cuts])), -np.inf, limits),
        ],
        options={"time_limit": seconds},
    )
    if result.status != 0 or result.x is None:
        return _IMPOSSIBLE if result.status == _STATUS_INFEASIBLE else _LATE
    chosen = [place for place in np.flatnonzero(result.x > 0.5).tolist() if binary[place]]
    values = {program.known[place]: _plain(result.x[n + place]) for place in chosen if place < n}
    return float(result.fun), chosen, values


def _plain(value: float) -> Value:
    return round(value) if abs(value - round(value)) < 1e-4 else float(value)


def _solution(program: _Program, chosen: Sequence[int], values: Mapping[str, Value]) -> Solution | None:
    """The solution of these binaries; None when its numbers do not make the equations hold after all."""
    first = 2 * len(program.known) + len(program.free)
    moves = [program.acts[place - first] for place in chosen if place >= first]
    edits = [act_of(program.system, "edit", {key: value}) for key, value in values.items()]
    made = solution([*moves, *(edit for edit in edits if edit)])
    after = program.system.with_values(dict(made.changes))
    return None if after.failing else made
