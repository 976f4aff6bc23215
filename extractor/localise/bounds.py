"""What the sums of a table leave open for the cells that it does not tell: bounds, propagated until nothing changes.

All cells are counts ≥ 0, so that a total of 0 makes its parts 0. Beside the equations of the form, those that follow from two of
them are used, what both share left out.
"""

import math
from collections.abc import Collection, Iterator, Mapping
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


def propagate(system: System, left_out: Collection[int] = ()) -> dict[str, Bounds] | None:
    """The bounds of the free cells of a system; None when no counts make all its equations hold, as far as bounds can tell.

    Args:
        system: the table.
        left_out: equations that are not to be trusted.
    """
    bounds: dict[str, Bounds] = {}
    rests = [rest for rest in _rests(system) if not set(left_out).intersection(rest.places)]
    for rest in rests:
        if not rest.signs and abs(rest.known) > EQUAL:
            return None
        for key in rest.signs:
            bounds.setdefault(key, Bounds(0 if system.kind(key) != "signed" else -math.inf, math.inf))
    rests += [rest for rest in _combined(rests) if rest.signs]
    waiting = [rest for rest in rests if rest.signs]
    for _ in range(_PASSES):
        narrowed: set[str] = set()
        for rest in waiting:
            found = _narrow(rest, bounds)
            if found is None:
                return None
            narrowed |= found
        waiting = [rest for rest in rests if narrowed.intersection(rest.signs)]
        if not waiting:
            break
    return bounds


def _rests(system: System) -> Iterator[Rest]:
    for index, equation in enumerate(system.equations):
        signs = {key: sign for key, sign in equation.terms if key not in system.values}
        yield Rest(signs, system.residuals[index], (index,))


def _combined(rests: list[Rest]) -> Iterator[Rest]:
    """What follows from two equations that share open cells, these left out."""
    for one, other in combinations([rest for rest in rests if rest.signs], 2):
        shared = one.signs.keys() & other.signs.keys()
        if not shared or len(one.signs) + len(other.signs) - 2 * len(shared) > _FEW:
            continue
        times = {-one.signs[key] * other.signs[key] for key in shared}
        if len(times) == 1:
            (sign,) = times
            signs = {key: s for key, s in one.signs.items() if key not in shared}
            signs |= {key: sign * s for key, s in other.signs.items() if key not in shared}
            yield Rest(signs, one.known + sign * other.known, (*one.places, *other.places))


def _narrow(rest: Rest, bounds: dict[str, Bounds]) -> set[str] | None:
    """Narrow the bounds of the cells of one equation; the cells that changed, or None when it can't hold."""
    spans = {key: _span(sign, bounds[key]) for key, sign in rest.signs.items()}
    low, high = _totals(spans, rest.known)
    if low.value > EQUAL or high.value < -EQUAL:
        return None
    changed: set[str] = set()
    for key, sign in rest.signs.items():
        own = spans[key]
        others_low, others_high = low.without(own[0]), high.without(own[1])
        new = (-others_high, -others_low) if sign > 0 else (others_low, others_high)
        old = bounds[key]
        if new[0] > old.low + EQUAL or new[1] < old.high - EQUAL:
            if max(new[0], old.low) > min(new[1], old.high) + EQUAL:
                return None
            why = tuple(dict.fromkeys((*(old.why if _still(old, new) else ()), *rest.places)))
            bounds[key] = Bounds(max(new[0], old.low), min(new[1], old.high), why)
            spans[key] = _span(sign, bounds[key])
            low, high = _totals(spans, rest.known)
            changed.add(key)
    return changed


def _still(old: Bounds, new: tuple[float, float]) -> bool:
    """True when one of the old bounds still counts beside new ones, and it is not the plain 0."""
    return (old.low > max(new[0], 0.0) + EQUAL) or old.high < new[1] - EQUAL


def _span(sign: int, bounds: Bounds) -> tuple[float, float]:
    return (bounds.low, bounds.high) if sign > 0 else (-bounds.high, -bounds.low)


class _Total(NamedTuple):
    """A sum with infinite terms: the sum of the finite ones, how many are infinite, and of which sign those are."""

    finite: float
    infinite: int
    sign: int

    @property
    def value(self) -> float:
        """The sum."""
        return self.sign * math.inf if self.infinite else self.finite

    def without(self, term: float) -> float:
        """The sum of the others."""
        left = self if math.isfinite(term) else self._replace(infinite=self.infinite - 1)
        return left.value if left.infinite else left.finite - (term if math.isfinite(term) else 0)


def _totals(spans: Mapping[str, tuple[float, float]], known: Value) -> tuple[_Total, _Total]:
    """The sums of the lower and of the upper ends of spans."""
    totals = []
    for side, sign in ((0, -1), (1, 1)):
        finite, infinite = float(known), 0
        for span in spans.values():
            if math.isinf(span[side]):
                infinite += 1
            else:
                finite += span[side]
        totals.append(_Total(finite, infinite, sign))
    return totals[0], totals[1]
