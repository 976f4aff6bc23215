"""The sets of acts that explain every failing equation, each by itself: most tables with errors need no more than one act."""

from collections.abc import Sequence
from typing import NamedTuple

from extractor.localise.acts import Act, Changes
from extractor.localise.system import System

_MOST_NODES = 5_000
_DEEPEST = 8


class Solution(NamedTuple):
    """Acts after which all equations of a table hold, with their whole cost."""

    acts: tuple[Act, ...]
    cost: float

    @property
    def changes(self) -> Changes:
        """All changed cells."""
        return tuple(change for act in self.acts for change in act.changes)


def solution(acts: Sequence[Act]) -> Solution:
    """A solution by its acts."""
    return Solution(tuple(acts), sum(act.cost for act in acts))


def covers(system: System, acts: Sequence[Act], margin: float) -> tuple[list[Solution], bool]:
    """The sets of acts that break nothing and of which each failing equation is mended by exactly one, cheapest first.

    Args:
        system: the table.
        acts: acts, cheapest first.
        margin: how much more than the cheapest a solution may cost.

    Returns:
        The solutions, and whether these are all.
    """
    useful = [act for act in acts if act.perfect]
    found: list[Solution] = []
    nodes = 0

    def extend(chosen: tuple[Act, ...], open_equations: frozenset[int], cost: float) -> None:
        nonlocal nodes
        nodes += 1
        if not open_equations:
            found.append(Solution(chosen, cost))
            return
        if len(chosen) == _DEEPEST:
            return
        used = {key for act in chosen for key, _ in act.changes}
        options = {
            index: [
                act
                for act in useful
                if index in act.covers
                and act.covers <= open_equations
                and not used.intersection(key for key, _ in act.changes)
                and not any(act.touched & other.touched for other in chosen)
            ]
            for index in open_equations
        }
        for act in min(options.values(), key=len):
            best = min((one.cost for one in found), default=float("inf"))
            if nodes > _MOST_NODES or cost + act.cost > best + margin:
                break
            extend((*chosen, act), open_equations - act.covers, cost + act.cost)

    extend((), system.failing, 0.0)
    best = min((one.cost for one in found), default=0.0)
    near = sorted((one for one in found if one.cost <= best + margin), key=lambda one: one.cost)
    return near, nodes <= _MOST_NODES
