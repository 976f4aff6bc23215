"""What the sums of a table leave open for the cells that it does not tell: bounds, propagated until nothing changes.

All cells are counts ≥ 0, so that a total of 0 makes its parts 0. Beside the equations of the form, those that follow from two of
them are used, what both share left out.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from extractor.localise.system import EQUAL, System, Value

_FEW = 6
_PASSES = 40


class Rest(NamedTuple):
    """What an equation says of open cells: Σ sign × cell + known = 0; ``places`` are the equations that it comes from."""

    signs: Mapping[str, int]
    known: Value
    places: tuple[int, ...]


class Bounds(NamedTuple):
    """The least and the greatest value of an open cell, and the equations that tell."""

    low: float
    high: float
    why: tuple[int, ...] = ()

    @property
    def value(self) -> Value | None:
        """The only value, None when there are several."""
        if not self.high - self.low <= EQUAL:
            return None
        return round(self.low) if abs(self.low - round(self.low)) < EQUAL else self.low


_COUNT, _ANY = Bounds(0, math.inf), Bounds(-math.inf, math.inf)


def propagate(system: System, left_out: Collection[int] = ()) -> dict[str, Bounds] | None:
    """The bounds of the free cells of a system; None when no counts make all its equations hold, as far as bounds can tell.

    Args:
        system: the table.
        left_out: equations that are not to be trusted.
    """
    rests: list[Rest] = []
    for rest in _rests(system, left_out):
        if rest.signs:
            rests.append(rest)
        elif abs(rest.known) > EQUAL:
            return None
    bounds = dict.fromkeys((key for rest in rests for key in rest.signs), _COUNT)
    bounds |= {key: _ANY for key in bounds if system.kind(key) == "signed"}
    rests += [*_combined(rests)]
    waiting = rests
    for _ in range(_PASSES):
        narrowed: set[str] = set()
        for rest in waiting:
            found = _narrow(rest, bounds)
            if found is None:
                return None
            narrowed.update(found)
        waiting = [rest for rest in rests if not narrowed.isdisjoint(rest.signs)]
        if not waiting:
            break
    return bounds


def _rests(system: System, left_out: Collection[int]) -> Iterator[Rest]:
    values = system.values
    for index, equation in enumerate(system.equations):
        if index not in left_out:
            signs = {key: sign for key, sign in equation.terms if key not in values}
            yield Rest(signs, system.residuals[index], (index,))


def _combined(rests: list[Rest]) -> Iterator[Rest]:
    """What follows from two equations that share open cells, these left out."""
    of_key: dict[str, list[int]] = {}
    for place, rest in enumerate(rests):
        for key in rest.signs:
            of_key.setdefault(key, []).append(place)
    shares = Counter(pair for places in of_key.values() for pair in combinations(places, 2))
    for (first, second), many in sorted(shares.items()):
        one, other = rests[first], rests[second]
        if not 0 < len(one.signs) + len(other.signs) - 2 * many <= _FEW:
            continue
        shared = one.signs.keys() & other.signs.keys()
        times = {-one.signs[key] * other.signs[key] for key in shared}
        if len(times) == 1:
            (sign,) = times
            signs = {key: s for key, s in one.signs.items() if key not in shared}
            signs |= {key: sign * s for key, s in other.signs.items() if key not in shared}
            yield Rest(signs, one.known + sign * other.known, (*one.places, *other.places))


def _narrow(rest: Rest, bounds: dict[str, Bounds]) -> Collection[str] | None:
    """Narrow the bounds of the cells of one equation; the cells that changed, or None when it can't hold."""
    spans = [_span(sign, bounds[key]) for key, sign in rest.signs.items()]
    sums = _Sums(rest.known, spans)
    if sums.out_of_reach:
        return None
    if sums.widest <= sums.slack:
        return ()
    changed: list[str] = []
    for (key, sign), own in zip(rest.signs.items(), spans, strict=True):
        low, high = sums.without(own)
        new = (-high, -low) if sign > 0 else (low, high)
        old = bounds[key]
        if new[0] > old.low + EQUAL or new[1] < old.high - EQUAL:
            if max(new[0], old.low) > min(new[1], old.high) + EQUAL:
                return None
            why = tuple(dict.fromkeys((*old.why, *rest.places))) if _still(old, new) else rest.places
            bounds[key] = Bounds(max(new[0], old.low), min(new[1], old.high), why)
            sums.replace(own, _span(sign, bounds[key]))
            changed.append(key)
    return changed


def _still(old: Bounds, new: tuple[float, float]) -> bool:
    """True when one of the old bounds still counts beside new ones, and it is not the plain 0."""
    return (old.low > max(new[0], 0.0) + EQUAL) or old.high < new[1] - EQUAL


def _span(sign: int, bounds: Bounds) -> tuple[float, float]:
    return (bounds.low, bounds.high) if sign > 0 else (-bounds.high, -bounds.low)


class _Sums:
    """What spans add up to at least and at most; how many of their ends are open (infinite) is counted aside.

    Attributes:
        widest: how wide the widest span was at first.
    """

    __slots__ = ("highest", "highest_open", "lowest", "lowest_open", "widest")

    def __init__(self, known: Value, spans: Iterable[tuple[float, float]]) -> None:
        lowest = highest = float(known)
        lowest_open = highest_open = 0
        widest = 0.0
        for low, high in spans:
            if low == -math.inf:
                lowest_open += 1
            else:
                lowest += low
            if high == math.inf:
                highest_open += 1
            else:
                highest += high
            if high - low > widest:
                widest = high - low
        self.lowest, self.lowest_open = lowest, lowest_open
        self.highest, self.highest_open = highest, highest_open
        self.widest = widest

    def replace(self, old: tuple[float, float], new: tuple[float, float]) -> None:
        """Put another span in the place of one."""
        for (low, high), times in ((old, -1), (new, 1)):
            if low == -math.inf:
                self.lowest_open += times
            else:
                self.lowest += times * low
            if high == math.inf:
                self.highest_open += times
            else:
                self.highest += times * high

    def without(self, span: tuple[float, float]) -> tuple[float, float]:
        """The sums of the others."""
        low, high = span
        if self.lowest_open:
            lowest = self.lowest if self.lowest_open == 1 and low == -math.inf else -math.inf
        else:
            lowest = self.lowest - low
        if self.highest_open:
            highest = self.highest if self.highest_open == 1 and high == math.inf else math.inf
        else:
            highest = self.highest - high
        return lowest, highest

    @property
    def slack(self) -> float:
        """A span that is no wider than this can't be narrowed."""
        if self.lowest_open == 1 or self.highest_open == 1:
            return -math.inf  # the others tell something of the one that is open
        return min(math.inf if self.lowest_open else -self.lowest, math.inf if self.highest_open else self.highest)

    @property
    def out_of_reach(self) -> bool:
        """True when the sum of all can't be 0."""
        return (not self.lowest_open and self.lowest > EQUAL) or (not self.highest_open and self.highest < -EQUAL)
