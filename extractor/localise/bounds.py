"""What the sums of a table leave open for the cells that it does not tell: bounds, propagated until nothing changes.

All cells are counts ≥ 0, so that a total of 0 makes its parts 0. Beside the equations of the form, those that follow from two of
them are used, what both share left out.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from extractor.localise.system import EQUAL, Sums, System, Value

_FEW = 6
_PASSES = 40


class Rest(NamedTuple):
    """What an equation says of open cells: Σ sign × cell + known = 0; ``places`` are the equations that it comes from.

    ``one_sided``: all signs are the same.
    """

    signs: Mapping[str, int]
    known: Value
    places: tuple[int, ...]
    one_sided: bool


def _rest(signs: Mapping[str, int], known: Value, *places: int) -> Rest:
    return Rest(signs, known, places, len(set(signs.values())) == 1)


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


def propagate(system: System, left_out: Collection[int] = ()) -> Mapping[str, Bounds] | None:
    """The bounds of the free cells of which the sums of a system tell something.

    None when no counts make all its equations hold, as far as bounds can tell.

    Args:
        system: the table.
        left_out: equations that are not to be trusted.
    """
    free = tuple([key for key in system.of_cell if key not in system.values])
    return _told(system.sums, free, system.residuals, frozenset(left_out))


@lru_cache(maxsize=256)
def _told(
    sums: Sums, free: tuple[str, ...], residuals: tuple[Value, ...], left_out: frozenset[int]
) -> Mapping[str, Bounds] | None:
    """Many tables are blank in the same cells, often in all, and what they print leaves the same: nothing."""
    rests = _rests(sums, frozenset(free), residuals, left_out)
    if any(not rest.signs and abs(rest.known) > EQUAL for rest in rests.values()):
        return None
    rests = {index: rest for index, rest in rests.items() if rest.signs}
    bounds = dict.fromkeys(free, _COUNT) | dict.fromkeys(sums.signed.intersection(free), _ANY)
    waiting = all_rests = [*rests.values(), *_combined(sums, rests)]
    told: set[str] = set()
    for _ in range(_PASSES):
        narrowed: set[str] = set()
        for rest in waiting:
            if told.isdisjoint(rest.signs) and _is_open(rest, sums.signed):
                continue
            changed = _narrow(rest, bounds)
            if changed is None:
                return None
            narrowed.update(changed)
            told.update(changed)
        if not narrowed:
            break
        waiting = [rest for rest in all_rests if not narrowed.isdisjoint(rest.signs)]
    return MappingProxyType({key: bounds[key] for key in free if key in told})


def _rests(sums: Sums, free: frozenset[str], residuals: Sequence[Value], left_out: Collection[int]) -> dict[int, Rest]:
    """What each equation says of open cells."""
    return {
        index: _rest({key: sign for key, sign in equation.terms if key in free}, residuals[index], index)
        for index, equation in enumerate(sums.equations)
        if index not in left_out
    }


def _combined(sums: Sums, rests: Mapping[int, Rest]) -> Iterator[Rest]:
    """What follows from two equations that share open cells, these left out."""
    open_cells = [len(rests[index].signs) if index in rests else 0 for index in range(len(sums.equations))]
    for first, second, most in sums.sharing:
        of_one, of_other = open_cells[first], open_cells[second]
        if not of_one or not of_other or of_one + of_other - 2 * most > _FEW:
            continue
        one, other = rests[first], rests[second]
        shared = one.signs.keys() & other.signs.keys()
        if not shared or not 0 < of_one + of_other - 2 * len(shared) <= _FEW:
            continue
        times = {-one.signs[key] * other.signs[key] for key in shared}
        if len(times) == 1:
            (sign,) = times
            signs = {key: s for key, s in one.signs.items() if key not in shared}
            signs |= {key: sign * s for key, s in other.signs.items() if key not in shared}
            yield _rest(signs, one.known + sign * other.known, *one.places, *other.places)


def _is_open(rest: Rest, signed: frozenset[str]) -> bool:
    """True when an equation tells nothing at first: counts on both sides, with nothing known beside them, may all be any."""
    return not rest.known and not rest.one_sided and signed.isdisjoint(rest.signs)


def _narrow(rest: Rest, bounds: dict[str, Bounds]) -> Collection[str] | None:
    """Narrow the bounds of the cells of one equation; the cells that changed, or None when it can't hold."""
    if not rest.known and _is_zero(rest, bounds):
        return _zeros(rest, bounds)
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


def _is_zero(rest: Rest, bounds: Mapping[str, Bounds]) -> bool:
    """True for counts that add up to 0 on one side, or are the same as others that are all 0. Most is implied by these."""
    signs = {sign for key, sign in rest.signs.items() if bounds[key].high}
    return len(signs) < 2 and all(bounds[key].low == 0 for key in rest.signs)


def _zeros(rest: Rest, bounds: dict[str, Bounds]) -> Collection[str]:
    """Make all cells of an equation 0; those that changed."""
    zero = Bounds(0, 0, rest.places)
    changed = [key for key in rest.signs if bounds[key].high > EQUAL]
    bounds.update(dict.fromkeys(changed, zero))
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
