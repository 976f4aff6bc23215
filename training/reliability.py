"""What confidences are worth: calibration error, and how many cells can be accepted at a given precision."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

PRECISION = 0.999
_BINS = 20
_STEPS = 100_000  # confidences are kept to five places


class Bin(NamedTuple):
    """Cells of like confidence: how many, their mean confidence, and the share of them that is right."""

    cells: int
    confidence: float
    right: float


@dataclass
class Reliability:
    """Cells by confidence and whether they were right; cells without a confidence were not found at all."""

    counts: Counter[tuple[int, bool]] = field(default_factory=Counter)
    unfound: int = 0

    def add(self, confidence: float | None, right: bool) -> None:
        """Count a cell."""
        if confidence is None:
            self.unfound += 1
        else:
            self.counts[round(confidence * _STEPS), right] += 1

    def merge(self, other: "Reliability") -> None:
        """Add other cells."""
        self.counts.update(other.counts)
        self.unfound += other.unfound

    @property
    def cells(self) -> int:
        """All cells."""
        return self.counts.total() + self.unfound

    def bins(self) -> list[Bin]:
        """The cells in twenty bins of equal width, empty ones left out."""
        found: dict[int, list[tuple[int, bool, int]]] = {}
        for (step, right), count in self.counts.items():
            found.setdefault(min(step * _BINS // _STEPS, _BINS - 1), []).append((step, right, count))
        result = []
        for _, items in sorted(found.items()):
            total = sum(count for *_, count in items)
            confidence = sum(step * count for step, _, count in items) / _STEPS / total
            result.append(Bin(total, confidence, sum(count for _, right, count in items if right) / total))
        return result

    def calibration_error(self) -> float:
        """Expected calibration error: the mean distance of confidence and share right over the bins (Naeini et al. 2015)."""
        total = self.counts.total()
        return sum(item.cells * abs(item.confidence - item.right) for item in self.bins()) / total if total else 0.0

    def accepted(self) -> list[tuple[int, int]]:
        """How many cells are accepted and how many of these are right, the most confident first, at each confidence there is."""
        steps = sorted({step for step, _ in self.counts}, reverse=True)
        every = accumulate(self.counts[step, True] + self.counts[step, False] for step in steps)
        return list(zip(every, accumulate(self.counts[step, True] for step in steps), strict=True))

    def coverage(self, precision: float = PRECISION) -> float:
        """The largest share of all cells that can be accepted, most confident first, so that so many of them are right."""
        good = [count for count, right in self.accepted() if right >= precision * count]
        return max(good, default=0) / self.cells if self.cells else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON data."""
        return {
            "calibration_error": round(self.calibration_error(), 6),
            "precision": PRECISION,
            "coverage": round(self.coverage(), 6),
            "cells": self.cells,
            "not_found": self.unfound,
            "bins": [item._asdict() for item in self.bins()],
        }
