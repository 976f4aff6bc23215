"""Stub: proposals."""

from collections.abc import Mapping

from extractor.record import Proposal, Record


def proposals(record: Record) -> Mapping[str, Proposal]:
    """Values beside cells."""
    return {}
