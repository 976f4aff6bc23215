"""What the sums of a table leave open for the cells that it does not tell: bounds, propagated until nothing changes.

All cells are counts ≥ 0, so that a total of 0 makes its parts 0. Beside the equations of the form, those that follow from two of
them are used, what both share left out.
"""

import math
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
    low = _Sum(-1, rest.known, (span[0] for span in spans.values()))
    high = _Sum(1, rest.known, (span[1] for span in spans.values()))
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
            narrowed = _span(sign, bounds[key])
            low.replace(own[0], narrowed[0])
            high.replace(own[1], narrowed[1])
            changed.add(key)
    return changed


def _still(old: Bounds, new: tuple[float, float]) -> bool:
    """True when one of the old bounds still counts beside new ones, and it is not the plain 0."""
    return (old.low > max(new[0], 0.0) + EQUAL) or old.high < new[1] - EQUAL


def _span(sign: int, bounds: Bounds) -> tuple[float, float]:
    return (bounds.low, bounds.high) if sign > 0 else (-bounds.high, -bounds.low)


class _Sum:
    """A sum of the lower ends of spans (``sign`` -1) or the upper ones (1), some of which may be infinite."""

    __slots__ = ("finite", "infinite", "sign")

    def __init__(self, sign: int, known: Value, terms: Iterable[float]) -> None:
        self.sign = sign
        self.finite, self.infinite = float(known), 0
        for term in terms:
            self._add(term, 1)

    def _add(self, term: float, times: int) -> None:
        if math.isinf(term):
            self.infinite += times
        else:
            self.finite += times * term

    def replace(self, old: float, new: float) -> None:
        """Put another term in the place of one."""
        self._add(old, -1)
        self._add(new, 1)

    def without(self, term: float) -> float:
        """The sum of the others."""
        infinite = math.isinf(term)
        if self.infinite > infinite:
            return self.sign * math.inf
        return self.finite if infinite else self.finite - term

    @property
    def value(self) -> float:
        """The sum of all."""
        return self.sign * math.inf if self.infinite else self.finite
