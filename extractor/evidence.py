"""What speaks for a segment being a row of the form: its label, the labels near it, and the number of its values.

All evidence is a log-weight. The weights are orders of magnitude, not fitted: a known label outweighs several unknown ones.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from extractor.fold import label
from extractor.forms import FormTable
from extractor.heads import ACROSS, placed_by_heads, printed_rows, row_cells, widths
from extractor.monotone import Scores
from extractor.segments import Segment
from extractor.similarity import similarity
from extractor.tokens import Token
from extractor.vocabulary import RowLabel, TableFamily, is_extra_row, may_be_head, rows_named

_KNOWN, _SHARED, _OTHER_ROW = 10.0, 6.0, -40.0  # the label is a wording of this row; of several; of another row
_BLANK_ROW = 6.0  # a known label without any value
_NO_LABEL, _UNKNOWN, _ACROSS = -2.0, -5.0, 1.0  # no label; words that are like no row; a row that needs no label
_NEAR_FITTING, _NEAR = 12.0, 4.0  # the label stands on the line before, and the number of values fits or not
_FITS, _HOPELESS = 3.0, -20.0  # as many values as columns; far too many
_DROP, _DROP_VALUE, _DROP_LABEL = -4.0, -1.0, -3.0  # values are left out; for each value; when they have a known label
_LEAST_LIKENESS, _SURE_LIKENESS, _LIKENESS_WEIGHT = 0.55, 0.65, 12.0
_BLANK_LIKENESS = 0.8
_ENUMERATOR_BONUS = 0.06
_MAX_FILLER = 4  # empty cells after a row, left over from spanned columns


def known_rows(token: Token | None, family: TableFamily) -> frozenset[str]:
    """Keys of the rows that a token names with a known wording."""
    return rows_named(token.terms, family.table) if token else frozenset()


def _is_doubtful(token: Token | None, known: frozenset[str]) -> bool:
    """True for a wording that heads a column as well, like 总计 without an enumerator, or that several rows share."""
    return token is not None and ((not token.enumerator and may_be_head(token.terms)) or len(known) > 1)


def is_extra(segment: Segment, table: str) -> bool:
    """True for a row that some agencies add and the form has no cell for."""
    return segment.label is not None and is_extra_row(segment.label.terms, table)


def is_candidate(segment: Segment, family: TableFamily) -> bool:
    """False for what can't be a row: heads, captions, rows that the form does not have, unknown words without values."""
    token = segment.label
    if is_extra(segment, family.table):
        return False
    if segment.numbers or token is None:
        return bool(segment.numbers) or (family.across and is_blank_row(segment, family))
    if family.across or token.kind != "text":
        return False
    if token.terms:
        return bool(known_rows(token, family)) and (bool(token.enumerator) or not may_be_head(token.terms))
    return max(_alike(segment, family).values(), default=0.0) >= _BLANK_LIKENESS


def is_blank_row(segment: Segment, family: TableFamily) -> bool:
    """True for a row of a real table that has nothing but a blank under each head of a form."""
    return any(
        placed_by_heads(segment, row_cells(ACROSS, form)) is not None for form in family.forms if not segment.numbers
    )


def scores(segment: Segment, form: FormTable, family: TableFamily) -> Scores:
    """Log-weight of a segment at each of :func:`~extractor.heads.printed_rows`; ``-inf`` where it can't be."""
    token = segment.label
    glued = any(value.number and len(value.number.digits) > 1 and value.glued for value in segment.values)
    fit = _fit(form, family, segment.head_keys, segment.numbers, len(segment.values), glued)
    if token is not None and not token.terms:
        words = _words_of(segment, token) if token.kind == "text" else ()
        return _unknown_label(words, token.enumerator, form, family, bool(segment.numbers)) + fit
    known = known_rows(token, family)
    if not segment.numbers:
        return _blank_row(form, family, known, 0.0 if _is_doubtful(token, known) else _BLANK_ROW)
    if known and not _is_doubtful(token, known):
        return _known_label(form, family, known) + fit
    near = known_rows(segment.near, family)
    return _other_label(form, family, known, near) + np.where(fit > 0, 0.0, _near_loss(form, family, near)) + fit


def drop(segment: Segment, family: TableFamily) -> float:
    """Log-weight of a segment being no row at all."""
    if not segment.numbers:
        return 0.0
    known = known_rows(segment.label, family)
    named = bool(known) and (len(known) > 1 or not _is_doubtful(segment.label, known))
    return _DROP + _DROP_VALUE * min(segment.numbers, 10) + (_DROP_LABEL if named else 0.0)


def only_by_order(segment: Segment, row: RowLabel, family: TableFamily) -> bool:
    """True when no label says that a segment is this row."""
    if row.key == ACROSS or row.key in known_rows(segment.label, family) or row.key in known_rows(segment.near, family):
        return False
    return _alike(segment, family).get(row.key, 0.0) < _SURE_LIKENESS


def _alike(segment: Segment, family: TableFamily) -> Mapping[str, float]:
    """Likeness of unknown words to each row, by its key; empty for other segments."""
    token = segment.label
    if token is None or token.terms or token.kind != "text":
        return {}
    return likeness(_words_of(segment, token), token.enumerator, family)


def _words_of(segment: Segment, label: Token) -> tuple[str, ...]:
    return (label.text, *[before.text for before in reversed(segment.context)])


@lru_cache(maxsize=2048)
def likeness(words: tuple[str, ...], enumerator: str, family: TableFamily) -> Mapping[str, float]:
    """Likeness of unknown words, with or without the words before them, to each row of a table.

    Args:
        words: as printed, and then those before them, the nearest first.
        enumerator: what stands before the words.
        family: the table.
    """
    return {row.key: _likeness(words, enumerator, row, family.table) for row in family.rows}


def _likeness(words: tuple[str, ...], enumerator: str, row: RowLabel, table: str) -> float:
    mark, text = label(words[0])
    best = similarity(text, row, table) if text else 0.0
    for before in words[1:]:
        mark, part = label(before)
        text = part + text
        best = max(best, similarity(text, row, table) - 0.01)
    mark = enumerator or mark
    if not mark or not row.enumerator or not best:
        return best
    return best + (_ENUMERATOR_BONUS if mark == row.enumerator else -2 * _ENUMERATOR_BONUS)


# --- weights for each row of a form; remembered, since most reports use the same labels ------------------------------


@lru_cache(maxsize=2048)
def _fit(
    form: FormTable, family: TableFamily, head_keys: frozenset[str], numbers: int, cells: int, glued: bool
) -> Scores:
    """Weight of the number of values. A blank cell counts where it makes the row complete; a glued run may be any number."""
    if not numbers:
        return np.zeros(len(printed_rows(form, family)))
    width = np.array(widths(form, family, head_keys, numbers))
    if glued:
        return np.where(width == numbers, _FITS, _FITS - 1.0)
    uneven = np.where(numbers < width, 1.0 - 0.3 * (width - numbers), 2.0 + 2 * (width - numbers))
    complete = (numbers < width) & (width <= cells) & (cells <= width + _MAX_FILLER)
    return np.where(width == numbers, _FITS, np.where(complete, _FITS - 0.5, np.maximum(_HOPELESS, uneven)))


@lru_cache(maxsize=2048)
def _is_in(form: FormTable, family: TableFamily, keys: frozenset[str]) -> NDArray[np.bool_]:
    return np.array([row.key in keys for row in printed_rows(form, family)])


@lru_cache(maxsize=2048)
def _known_label(form: FormTable, family: TableFamily, known: frozenset[str]) -> Scores:
    return np.where(_is_in(form, family, known), _KNOWN, _OTHER_ROW)


@lru_cache(maxsize=2048)
def _blank_row(form: FormTable, family: TableFamily, known: frozenset[str], weight: float) -> Scores:
    return np.where(_is_in(form, family, known), weight, -np.inf)


@lru_cache(maxsize=2048)
def _other_label(form: FormTable, family: TableFamily, known: frozenset[str], near: frozenset[str]) -> Scores:
    """Weight of values without a label, or with one that may be a head."""
    is_known, is_near = _is_in(form, family, known), _is_in(form, family, near)
    named = np.where(is_known, _SHARED, np.where(is_near, _NO_LABEL + _NEAR_FITTING, _NO_LABEL))
    if not family.across:
        return named
    is_across = _is_in(form, family, frozenset({ACROSS}))
    return np.where(is_across, _ACROSS, np.where(is_known | is_near, named, 2 * _UNKNOWN))


@lru_cache(maxsize=2048)
def _near_loss(form: FormTable, family: TableFamily, near: frozenset[str]) -> Scores:
    """What a label on the line before counts less when the number of values does not fit."""
    return np.where(_is_in(form, family, near), _NEAR - _NEAR_FITTING, 0.0)


@lru_cache(maxsize=2048)
def _unknown_label(
    words: tuple[str, ...], enumerator: str, form: FormTable, family: TableFamily, has_values: bool
) -> Scores:
    """Weight of unknown words, see :func:`likeness`; prose is given as none."""
    found = likeness(words, enumerator, family) if words else {}
    alike = np.array([found.get(row.key, 0.0) for row in printed_rows(form, family)])
    weight = _LIKENESS_WEIGHT * (alike - _LEAST_LIKENESS)
    if not has_values:
        return np.where(alike >= _LEAST_LIKENESS, weight - 1.0, -np.inf)
    return np.where(alike >= _LEAST_LIKENESS, 1.0 + weight, _UNKNOWN)
