"""Which cells of a printed row are totals of others in the row, by the forms' relations."""

from collections.abc import Sequence
from functools import cache

from extractor.forms import forms

Totals = tuple[tuple[int, ...], ...]
"""For each cell of a printed row the places of the cells that it is the total of."""


@cache
def row_totals(cells: tuple[str, ...]) -> Totals:
    """The totals among the cells of a printed row."""
    places = {cell: place for place, cell in enumerate(cells)}
    found: list[tuple[int, ...]] = [()] * len(cells)
    for relation in (relation for form in forms() for relation in form.cell_relations):
        if relation.relation.each == "row" and relation.right[0] in places:
            found[places[relation.right[0]]] = tuple(places[cell] for cell in relation.left)
    return tuple(found)


def sums_disagree(values: Sequence[float | None], totals: Totals) -> bool:
    """True when a total is not the sum of its parts, or the last value is the sum of the others but in no total's place."""
    if not any(values):
        return False
    for place, parts in enumerate(totals):
        operands = [values[part] for part in parts]
        if (
            parts
            and values[place] is not None
            and None not in operands
            and sum([value or 0 for value in operands]) != values[place]
        ):
            return True
    printed = [place for place, value in enumerate(values) if value is not None]
    if len(printed) < 2 or not totals[-1] or len(totals[-1]) + 1 < len(values):
        return False
    *others, last = [values[place] or 0 for place in printed]
    return not totals[printed[-1]] and last != 0 and last == sum(others)
