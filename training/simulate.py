"""Simulated reports: a sheet in a random style with random damage, as an annotated report.

Same seed, same report. Each simulated report counts as a publisher of its own: its figures, style and habits are its own.
"""

from collections.abc import Callable, Iterator, Sequence
from random import Random

import joblib

from training.annotations import STRAY, Annotation, Mark
from training.examples import Example, examples
from training.layouts import DAMAGES, SEVERITIES, damage, some_damages
from training.sheets import Sheet, Text, draw_sheet
from training.styles import SEPARATING, STYLES
from training.undecidable import undecidable

_CUT_SHARE = 0.3


def simulated_report(
    seed: int, style: str, damages: Sequence[str], severity: float, *, cut: float = 0.0, graded: bool = False
) -> Annotation:
    """One simulated report.

    Args:
        seed: same seed, same figures.
        style: a name of :data:`~training.styles.STYLES`.
        damages: names of :data:`~training.layouts.DAMAGES`.
        severity: 0…1.
        cut: probability that the text breaks off somewhere.
        graded: list what the text does not decide as ``ambiguous``; it takes as long as the report itself.

    Returns:
        The report; ``layouts`` has the style and then the damages.
    """
    random = Random(seed)
    sheet = damage(draw_sheet(random), random, severity, damages)
    text = STYLES[style](sheet, random)
    if random.random() < cut:
        text = text.cut(random.randint(text.length // 5, text.length))
    name, layouts = f"simulated-{seed}", (style, *damages)
    return _annotated(name, sheet, text, layouts, undecidable(sheet, text) if graded else frozenset())


def _annotated(name: str, sheet: Sheet, text: Text, layouts: tuple[str, ...], ambiguous: frozenset[str]) -> Annotation:
    whole = text.text
    marks = tuple(
        Mark(start, end, key, None if key == STRAY else _number(sheet.truth[key]))
        for (start, end), key in text.spans.items()
    )
    printed = {mark.key for mark in marks}
    there = {value.key for table in sheet.tables for row in table.rows for value in row.values if value.key}
    return Annotation(
        name=name,
        publisher=name,
        layouts=layouts,
        data=whole.encode(),
        text=whole,
        marks=marks,
        blanks=frozenset(there - printed),
        ambiguous={key: _number(sheet.truth[key]) for key in ambiguous},
    )


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def random_report(seed: int, damages: Sequence[str] = tuple(DAMAGES)) -> Annotation:
    """A report for training: any style whose values are separate, a few of the damages, any severity.

    Glued values are cut by enumeration, not aligned, so their styles teach nothing.
    """
    random = Random(seed)
    return simulated_report(
        seed,
        random.choice(SEPARATING),
        some_damages(random, damages),
        random.choice(list(SEVERITIES.values())),
        cut=_CUT_SHARE,
    )


def _examples(seed: int, damages: Sequence[str]) -> list[Example]:
    return list(examples(random_report(seed, damages)))


def simulated_examples(
    count: int,
    *,
    seed: int,
    damages: Sequence[str] = tuple(DAMAGES),
    jobs: int = 1,
    progress: Callable[[], None] | None = None,
) -> Iterator[list[Example]]:
    """The examples of many simulated reports, the same for the same seed whatever ``jobs`` is, a list for each report."""
    runs = joblib.Parallel(n_jobs=jobs, return_as="generator")(
        joblib.delayed(_examples)(seed * 1_000_003 + place, damages) for place in range(count)
    )
    for part in runs:
        yield part
        if progress:
            progress()
