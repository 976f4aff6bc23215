"""Promotion: a new model replaces the old one only when no gold report gets worse."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from extractor.export import replacing
from extractor.model import POINTER
from training.evaluate import ReportScore, Result


class Verdict(NamedTuple):
    """Whether a model may be promoted: the gold reports that get worse with it, and those that get better, in Chinese."""

    worse: tuple[str, ...]
    better: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """No report gets worse."""
        return not self.worse


def judge(result: Result) -> Verdict:
    """Compare a model with the one it would replace, report by report.

    A report is worse when more of its cells are silently wrong, when fewer are right, or when fewer are right without a flag.

    Args:
        result: an evaluation with ``against``.
    """
    pairs = list(zip(result.model.reports, result.evaluations["against"].reports, strict=True))
    return Verdict(
        tuple(text for new, old in pairs for text in _changes(new, old, -1)),
        tuple(text for new, old in pairs if not any(_changes(new, old, -1)) for text in _changes(new, old, 1)),
    )


def _changes(new: ReportScore, old: ReportScore, direction: int) -> Iterator[str]:
    """The gravest of what a report gains (``direction`` 1) or loses (-1) with the new scores."""
    for label, after, before, sign in (
        ("未标记的错误", new.silent, old.silent, -1),
        ("正确的单元格", new.right, old.right, 1),
        ("正确且无需复核的单元格", new.accepted, old.accepted, 1),
    ):
        if direction * sign * (after - before) > 0:
            yield f"{new.name}：{label} {before} → {after}"
            return


def promote(place: Path) -> None:
    """Make a model the promoted one of its folder. The pointer is replaced at once, so that no reader sees half of it.

    Raises:
        OutputError: ``output.write`` when the pointer can't be written; the old one stays.
    """
    with replacing(place.parent / POINTER, encoding="utf-8") as file:
        file.write(place.name + "\n")
