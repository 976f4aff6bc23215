"""What a text's own arithmetic decides: whether a count of requests accepted, handled or answered is that of a cell.

受理 may mean new requests or all, 办理 and 答复 need not mean finished. They are claims when the balance of the form
(new + carried over = results + carried forward), or the sum of the results, comes out with them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from extractor.narrative.lexicon import groups
from extractor.narrative.phrases import Count

_NEW, _OVER, _FORWARD, _RESULTS = (
    f"requests.{row}.total" for row in ("new_received", "carried_over", "carried_forward", "results_total")
)
_ACCEPTED, _HANDLED, _ANSWERED, _SUMMED = "accepted.total", "handled.total", "answered.total", "summed.total"
OPEN_COUNTS = (_ACCEPTED, _HANDLED, _ANSWERED)
"""Counts of requests that need not be those of a cell."""
UNDECIDED = ("accepted.", "handled.", "answered.", "summed.", "listed.")


class Decided(NamedTuple):
    """What became of counts: claims on cells, and counts of one cell that contradict each other, of which none is a claim."""

    claims: list[Count]
    contradicted: list[Count]


def decided(counts: Sequence[Count]) -> Decided:
    """The counts of a text with keys of cells only.

    Args:
        counts: as read.
    """
    values = _values(counts)
    renamed = dict(_meanings(values))
    found: dict[str, list[Count]] = {}
    for count in counts:
        prefix, _, column = count.key.partition(".")
        key = f"{renamed[prefix]}.{column}" if prefix in renamed and count.key.startswith(UNDECIDED) else count.key
        if key.startswith(UNDECIDED) or (key != count.key and count.key in values and count.value != values[count.key]):
            continue  # open still, or another count of the same kind, which the figures did not decide
        same = found.setdefault(key, [])
        if same and count.part and key.startswith("requests.") and count.value < same[0].value and not same[0].part:
            continue  # 全县收到259件，其中县政府办公室收到86件
        if all(count.value != other.value for other in same):
            same.append(count._replace(key=key))
    return Decided(
        [same[0] for same in found.values() if len(same) == 1],
        [count for same in found.values() if len(same) > 1 for count in same],
    )


def _values(counts: Sequence[Count]) -> dict[str, float]:
    """The first value of each key, and the last of those that a text goes on to correct."""
    values: dict[str, float] = {}
    for count in counts:
        values.setdefault(count.key, count.value)
    return values


def _meanings(values: Mapping[str, float]) -> list[tuple[str, str]]:
    """The cells that undecided counts turn out to be, as (``accepted``, ``requests.new_received``)."""
    found = []
    over, forward = values.get(_OVER), values.get(_FORWARD)
    results = next((values[key] for key in (_RESULTS, _ANSWERED, _HANDLED) if key in values), None)
    new = values.get(_NEW)
    balances = over is not None and results is not None and values.get(_ACCEPTED, -1) + over == results + (forward or 0)
    if new is None and balances:
        new = values[_ACCEPTED]
        found.append(("accepted", "requests.new_received"))
    listed = [value for key, value in values.items() if key.startswith("listed.")]
    if listed and new is not None and sum(listed) == new:
        found.append(("listed", "requests.new_received"))
    if _RESULTS in values:
        return found
    whole = _sum_of_results(values)
    for key in (_ANSWERED, _HANDLED, _SUMMED):
        if key not in values:
            continue
        balanced = key != _SUMMED and new is not None and new + (over or 0) == values[key] + (forward or 0)
        if key == _ANSWERED and values.get(_ACCEPTED) == values[key] and over is None and forward is None:
            balanced = True  # 受理61件…答复61件
        stated = key == _ANSWERED or over is not None or forward is not None
        if (balanced and stated) or (whole is not None and whole == values[key]):
            found.append((key.partition(".")[0], "requests.results_total"))
            break
    return found


def _sum_of_results(values: Mapping[str, float]) -> float | None:
    """The sum of the results, rows within a group that is stated left out; None when fewer than two are."""
    results = {"granted", "partially_granted", *groups(), *(row for rows in groups().values() for row in rows)}
    stated = {
        key.split(".")[1]: value
        for key, value in values.items()
        if key.startswith("requests.") and key.endswith(".total")
    }
    own = {row: value for row, value in stated.items() if row in results}
    within = {row for group, rows in groups().items() if group in own for row in rows}
    counted = [value for row, value in own.items() if row not in within]
    return sum(counted) if len(counted) > 1 else None
