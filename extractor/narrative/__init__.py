"""The counts that the prose states, as claims on cells of the forms."""

from collections.abc import Mapping
from typing import NamedTuple

from extractor.prose import Prose
from extractor.record import Claim


class Narrative(NamedTuple):
    """What the prose states.

    Attributes:
        claims: counts that are those of a cell, or of a group of rows.
        accepted: counts of requests accepted or handled (受理, 办理, key ``requests.accepted.total``), which may be the new ones or
            all: no claim unless the figures decide.
    """

    claims: tuple[Claim, ...] = ()
    accepted: tuple[Claim, ...] = ()


def narrate(prose: Prose, *, year: int | None = None, forms: Mapping[str, str | None] | None = None) -> Narrative:
    """Read the counts in the running text of a report."""
    return Narrative()
