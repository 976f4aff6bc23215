"""Simulated reports: a sheet in a random style with random damage, as an annotated report.

Same seed, same report. Each simulated report counts as a publisher of its own: its figures, style and habits are its own.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from random import Random

import joblib

from training.annotations import STRAY, Annotation, Mark
from training.examples import Example, examples
from training.layouts import DAMAGES, DASHES, SEVERITIES, damage, some_damages
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
        _mark(start, end, key, whole, None if key == STRAY else sheet.truth[key])
        for (start, end), key in text.spans.items()
    )
    truth = {mark.key: mark.value for mark in marks}
    return Annotation(
        name=name,
        publisher=name,
        layouts=layouts,
        data=whole.encode(),
        text=whole,
        marks=marks,
        blanks=frozenset(_blanks(sheet, truth, whole=text.whole)),
        ambiguous={key: truth.get(key) for key in ambiguous},
    )


def _mark(start: int, end: int, key: str, text: str, value: float | None) -> Mark:
    """The mark of a value: what the sheet says, a dash, or what is left of a number where the text breaks off."""
    if key == STRAY or text[start:end] in DASHES:
        return Mark(start, end, key)
    if end > len(text):
        rest = text[start:]
        return Mark(start, len(text), key, float(rest) if rest.isdigit() else None)
    return Mark(start, end, key, None if value is None else float(value))


def _blanks(sheet: Sheet, printed: Container[str], *, whole: bool) -> Iterator[str]:
    """The cells that are printed blank. Of a text that breaks off only those in rows that it has something of."""
    for row in (row for table in sheet.tables for row in table.rows):
        keys = [value.key for value in row.values if value.key and value.key != STRAY]
        if whole or any(key in printed for key in keys):
            yield from (key for key in keys if key not in printed)


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
