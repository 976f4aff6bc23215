"""Glued runs of digits: every way to cut one into the numbers of a row.

No number of these forms begins with a zero unless it is 0 itself, so ``000`` is three zeros, and ``1153`` as three numbers is
1|1|53, 1|15|3 or 11|5|3. Where a row has totals, only cuts that add up are worth considering, and few do.
"""

from collections.abc import Iterator, Sequence


def cuts(digits: str, count: int) -> Iterator[tuple[str, ...]]:
    """All cuts of a run into ``count`` numbers. Decimals can only belong to the last.

    >>> sorted(cuts("1153", 3))
    [('1', '1', '53'), ('1', '15', '3'), ('11', '5', '3')]
    >>> list(cuts("000", 2))
    []
    """
    whole, point, decimals = digits.partition(".")
    tail = point + decimals

    def cut(start: int, left: int) -> Iterator[tuple[str, ...]]:
        if left == 1:
            if start < len(whole) and (whole[start] != "0" or len(whole) - start == 1):
                yield (whole[start:] + tail,)
            return
        longest = start + 1 if whole[start : start + 1] == "0" else len(whole) - left + 1
        for end in range(start + 1, longest + 1):
            for rest in cut(end, left - 1):
                yield (whole[start:end], *rest)

    if 0 < count <= len(whole):
        yield from cut(0, count)


def balanced_cuts(digits: str, totals: Sequence[Sequence[int]]) -> Iterator[tuple[str, ...]]:
    """The cuts of a run into ``len(totals)`` numbers in which every total is the sum of its parts.

    Args:
        digits: the run, without decimals.
        totals: for each number the places of the numbers that it is the sum of, all before it; empty for the others.

    >>> list(balanced_cuts("15130000154", ((), (), (), (), (), (), (0, 1, 2, 3, 4, 5))))
    [('151', '3', '0', '0', '0', '0', '154')]
    """
    count = len(totals)

    def cut(start: int, done: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        place = len(done)
        if place == count:
            if start == len(digits):
                yield done
            return
        if totals[place]:
            total = str(sum(int(done[part]) for part in totals[place]))
            if digits.startswith(total, start):
                yield from cut(start + len(total), (*done, total))
            return
        longest = start + 1 if digits[start : start + 1] == "0" else len(digits) - (count - place) + 1
        for end in range(start + 1, min(longest, len(digits)) + 1):
            yield from cut(end, (*done, digits[start:end]))

    if digits.isdigit():
        yield from cut(0, ())
