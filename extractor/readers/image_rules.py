"""What can be measured on the picture of a page: paper and ink, skew, ruled lines, lines of text.

Lengths are in pixels; what depends on the resolution is given by ``dpi``. Importing this module without the extra
``gongkai[ocr]`` raises :class:`~extractor.errors.InputError`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractor.errors import InputError

NO_EXTRA = "读取扫描件需要文字识别组件；请安装：pip install 'gongkai[ocr]'"
try:
    import cv2
except ImportError:
    raise InputError(NO_EXTRA, code="extra.ocr") from None

Gray = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_MOST_SKEW = 3.0
_SKEW_WIDTH = 1000
_LEVEL = 0.02
"""Degrees that are not worth turning a page for."""
_INK = 0.4
_WEAK_INK = 0.2
"""Shares of the contrast of a page from which on something is ink, or may be."""
_LEAST_CONTRAST = 40.0
_TRACE = 0.12
_RIM = 6
_MOST_PIECES = 1500
_MOST_RULES = 300
"""A page with more straight pieces, or lines, in one direction is a drawing, not a table."""
_SPECK = 0.35
_SPECK_REACH = 0.5
"""Shares of the height of a digit: what is smaller is a speck or a point, and how far a point may stand from a digit."""
_MOST_PAIRS = 100_000
_CONTINUOUS = 0.9
"""Share of its length that a line must be dark on."""
_HALF_FRAMED = 0.3
"""Inches that a line is long at least of which only one end meets a line."""
_MOST_CROSSED = 0.12
"""Share of its length that ink may cross a line on; strokes of characters are crossed by others."""


class Rule(NamedTuple):
    """A ruled line: ``at`` is y for a horizontal one and x for a vertical one; it runs from ``start`` to ``end``."""

    at: float
    start: float
    end: float
    thickness: float


class Mark(NamedTuple):
    """A connected piece of ink: its box (half open) and how many pixels it has."""

    x0: int
    y0: int
    x1: int
    y1: int
    area: int

    @property
    def width(self) -> int:
        """Its extent from left to right."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Its extent from top to bottom."""
        return self.y1 - self.y0


def darkness(gray: Gray, dpi: float) -> Gray:
    """How much darker each pixel is than the paper around it, stretched so that ink is 255; paper may be shaded."""
    small = cv2.resize(gray, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    reach = max(3, round(0.12 * dpi / 4)) | 1  # wider than a stroke, so that paper is found between strokes
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((reach, reach), np.uint8)), (0, 0), reach / 2)
    paper = cv2.resize(paper, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR)
    found = cv2.subtract(paper, gray)
    contrast = max(_LEAST_CONTRAST, float(np.percentile(found, 99.5)))
    return np.asarray(cv2.convertScaleAbs(found, alpha=255 / contrast), np.uint8)


def ink(dark: Gray) -> Mask:
    """Which pixels are ink."""
    return np.asarray(dark > 255 * _INK)


def weak_ink(dark: Gray) -> Mask:
    """Which pixels may be ink, faint as they are; noise of single pixels is none."""
    return np.asarray(cv2.blur(dark, (3, 3)) > 255 * _WEAK_INK)


def skew(inked: Mask) -> float:
    """Degrees by which lines on the page fall to the right, within ±3: along the true direction, ink piles up in few rows."""
    step = max(1, -(-inked.shape[1] // _SKEW_WIDTH))
    if not inked[:, ::step].any():
        return 0.0

    def best(angles: NDArray[np.float64], rows_step: int) -> float:
        ys, xs = np.nonzero(inked[::rows_step, ::step])

        def piled(angle: float) -> float:
            rows = ys - xs * (np.tan(np.radians(angle)) * step / rows_step)
            return float((np.bincount((rows - rows.min() + 0.5).astype(np.intp)).astype(float) ** 2).sum())

        scores = np.array([piled(angle) for angle in angles])
        return float(angles[scores >= 0.995 * scores.max()].mean())

    rough = best(np.arange(-_MOST_SKEW, _MOST_SKEW + 0.01, 0.1), step)
    angle = best(np.arange(rough - 0.2, rough + 0.201, 0.02), 1)
    return angle if abs(angle) > _LEVEL else 0.0


def turning(shape: tuple[int, ...], angle: float) -> NDArray[np.float64]:
    """The 2×3 matrix that turns a page by ``angle`` degrees against its skew about its middle."""
    return np.asarray(cv2.getRotationMatrix2D((shape[1] / 2, shape[0] / 2), angle, 1.0), np.float64)


def rules(dark: Gray, dpi: float, *, vertical: bool = False) -> list[Rule]:
    """The straight lines of a level page, at least 0.18 inch long and at most some 3 points thick, faint ones as well.

    Darkness is averaged along the line first, so that noise and short gaps vanish; what is thick is shading or text.
    """
    picture: Gray = np.ascontiguousarray(dark.T) if vertical else dark
    reach, thick = round(0.12 * dpi) | 1, round(0.04 * dpi) | 1
    along = np.asarray(cv2.blur(picture, (reach, 1)), np.uint8)
    thin = cv2.morphologyEx(along, cv2.MORPH_TOPHAT, np.ones((thick, 1), np.uint8))
    _, mask = cv2.threshold(thin, 255 * 0.1, 255, cv2.THRESH_BINARY)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, round(0.18 * dpi)), np.uint8))
    strokes = _without_rules_across(picture, round(0.18 * dpi))
    # a line that is not quite level steps from one row of pixels to the next
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found: list[Rule] = []
    if len(stats) > _MOST_PIECES:
        return found
    for number, (x, y, width, height, _) in enumerate(stats[1:], start=1):
        own = labels[y : y + height, x : x + width] == number
        found += _rules_of(along, (picture, strokes), own, (int(x), int(y)), 0.18 * dpi)
    return found if len(found) <= _MOST_RULES else []


def _without_rules_across(picture: Gray, least: int) -> Gray:
    """A picture without the straight pieces that run down it: crossing another line does not make a line a stroke."""
    inked = np.asarray(cv2.blur(picture, (1, 5)) > 255 * _WEAK_INK, np.uint8)
    down = cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones((least, 1), np.uint8))
    return np.where(cv2.dilate(down, np.ones((1, 5), np.uint8)) > 0, np.uint8(0), picture)


def _rules_of(
    along: Gray, pictures: tuple[Gray, Gray], own: Mask, corner: tuple[int, int], least: float
) -> Iterator[Rule]:
    """The lines in one connected piece of the averaged picture, cut where they really begin, end and break off.

    ``pictures`` are the page, and the page without the lines of the other direction.
    """
    x, y = corner
    height, width = own.shape
    values = np.where(own, along[y : y + height, x : x + width], 0).max(axis=0).astype(float)
    typical = float(np.median(values))
    beside = max(2, round(least / 12))
    top = max(0, y - beside - 1)
    inked, strokes = (
        np.asarray(picture[top : y + height + beside + 1, x : x + width] > 0.35 * typical, np.bool_)
        for picture in pictures
    )
    first, last = max(0, y - 1 - top), y + height + 1 - top  # a line drifts, and its pixels are noisy
    raw = _somewhere(inked[first:last])
    crossed = _somewhere(strokes[:first]) & _somewhere(strokes[last:])
    for first_x, last_x in runs(values >= 0.5 * typical, 1):
        pieces = [(first_x + begin, first_x + stop) for begin, stop in runs(raw[first_x:last_x], beside)]
        start, end = _without_strokes(pieces, least / 2)
        covered = sum(min(stop, end) - max(begin, start) for begin, stop in pieces if begin < end and stop > start)
        if (
            end - start >= least
            and covered >= _CONTINUOUS * (end - start)
            and crossed[start:end].mean() <= _MOST_CROSSED
        ):
            lengths = own[:, start:end].sum(axis=0)
            middle = float((np.nonzero(own[:, start:end])[0]).mean()) + y
            yield Rule(middle + 0.5, x + start, x + end, float(max(np.percentile(lengths, 90), height / 2)))


def _somewhere(flags: Mask) -> Mask:
    """For each column whether any pixel of it is set."""
    return np.asarray(flags.any(axis=0), np.bool_)


def _without_strokes(pieces: Sequence[tuple[int, int]], least: float) -> tuple[int, int]:
    """From where to where a line runs: short pieces before and after the long ones are strokes of characters next to it.

    A line without long pieces is dotted.
    """
    long = [piece for piece in pieces if piece[1] - piece[0] >= least] or pieces
    return (long[0][0], long[-1][1]) if long else (0, 0)


def framed(horizontals: Sequence[Rule], verticals: Sequence[Rule], dpi: float) -> tuple[list[Rule], list[Rule]]:
    """The lines of tables: long ones, and shorter ones of which the ends meet lines; others are strokes of characters."""
    reach = 0.04 * dpi

    def meets(rule: Rule, end: float, others: Sequence[Rule]) -> bool:
        return any(
            abs(other.at - end) <= reach and other.start - reach <= rule.at <= other.end + reach for other in others
        )

    def kept(own: Sequence[Rule], others: Sequence[Rule], long: float) -> list[Rule]:
        """Lines that are long enough for the number of ends that meet a line."""
        enough = (long * dpi, _HALF_FRAMED * dpi, 0.0)
        return [
            rule
            for rule in own
            if rule.end - rule.start >= enough[sum(meets(rule, end, others) for end in (rule.start, rule.end))]
        ]

    horizontals = kept(horizontals, verticals, 1.0)
    verticals = kept(verticals, horizontals, 0.5)
    return kept(horizontals, verticals, 1.0), verticals


def traces(dark: Gray, at: float, start: float, end: float, *, without: Iterable[tuple[int, int]]) -> float:
    """The share of a horizontal line's length on which it is seen, faint as it may be, ranges of text on it left out."""
    own = dark[max(0, round(at) - 2) : round(at) + 2, max(0, round(start)) : round(end)]
    seen = _somewhere(np.asarray(cv2.blur(np.ascontiguousarray(own), (7, 1)) > 255 * _TRACE, np.bool_))
    free = np.ones(own.shape[1], np.bool_)
    free[:_RIM] = free[len(free) - _RIM :] = False  # the lines at its ends
    for first, last in without:
        free[max(0, first - round(start) - _RIM) : max(0, last - round(start) + _RIM)] = False
    return float(seen[free].mean()) if free.any() else 0.0


def erase(dark: Gray, horizontals: Sequence[Rule], verticals: Sequence[Rule]) -> Gray:
    """The page without these lines."""
    clean = dark.copy()
    for at, start, end, thickness in horizontals:
        top, bottom = at - thickness / 2 - 1, at + thickness / 2 + 1
        clean[max(0, round(top)) : round(bottom), max(0, round(start) - 2) : round(end) + 2] = 0
    for at, start, end, thickness in verticals:
        left, right = at - thickness / 2 - 1, at + thickness / 2 + 1
        clean[max(0, round(start) - 2) : round(end) + 2, max(0, round(left)) : round(right)] = 0
    return clean


def marks(inked: Mask, least: float) -> list[Mark]:
    """The connected pieces of ink of which the longer side is at least ``least``; smaller ones are dust."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(inked.astype(np.uint8), connectivity=8)
    return [
        Mark(int(x), int(y), int(x + width), int(y + height), int(area))
        for x, y, width, height, area in stats[1:]
        if max(width, height) >= least
    ]


def without_specks(found: Sequence[Mark], digit: float) -> list[Mark]:
    """The marks without small ones that stand too far from larger ones to be a point or a comma. Small ones alone are kept."""
    small = [mark for mark in found if max(mark.width, mark.height) < _SPECK * digit]
    large = [mark for mark in found if max(mark.width, mark.height) >= _SPECK * digit]
    if not large or len(small) * len(large) > _MOST_PAIRS:
        return list(found)
    reach = _SPECK_REACH * digit
    return large + [
        speck
        for speck in small
        if any(
            max(mark.x0 - speck.x1, speck.x0 - mark.x1) <= reach
            and max(mark.y0 - speck.y1, speck.y0 - mark.y1) <= reach
            for mark in large
        )
    ]


def has_more(faint: Sequence[Mark], found: Sequence[Mark], digit: float) -> bool:
    """True when there is a faint mark, no speck, beside the marks that were found: perhaps a sign that has faded."""
    return any(
        max(pale.width, pale.height) > _SPECK * digit
        and not any(
            pale.x0 < mark.x1 and mark.x0 < pale.x1 and pale.y0 < mark.y1 and mark.y0 < pale.y1 for mark in found
        )
        for pale in faint
    )


def runs(flags: NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """Where flags are set, as half open ranges; ranges less than ``gap`` apart are one."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    found: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if found and start - found[-1][1] < gap:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def text_lines(found: Sequence[Mark], size: float) -> list[list[Mark]]:
    """Marks grouped into lines of text, from top to bottom; a character of several strokes (三) is one line, not three.

    Args:
        found: the marks of a cell or another region of one column.
        size: the usual height of a character.
    """
    lines: list[list[Mark]] = []
    bottom = 0
    for mark in sorted(found, key=lambda mark: mark.y0):
        if lines and mark.y0 < bottom:
            lines[-1].append(mark)
        else:
            lines.append([mark])
        bottom = max(bottom, mark.y1)
    merged: list[list[Mark]] = []
    for line in lines:
        if merged and _extent(merged[-1] + line) <= 1.25 * size:
            merged[-1] += line
        else:
            merged.append(line)
    return merged


def box_of(found: Sequence[Mark]) -> tuple[int, int, int, int]:
    """(x0, top, x1, bottom) around marks."""
    return (
        min(mark.x0 for mark in found),
        min(mark.y0 for mark in found),
        max(mark.x1 for mark in found),
        max(mark.y1 for mark in found),
    )


def signs(line: Sequence[Mark]) -> list[tuple[int, int]]:
    """The signs of a line from left to right, as ranges of x: marks that stand above each other are one sign."""
    found: list[tuple[int, int]] = []
    for mark in sorted(line):
        if found and mark.x0 < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], mark.x1))
        else:
            found.append((mark.x0, mark.x1))
    return found


def _extent(line: Sequence[Mark]) -> int:
    _, top, _, bottom = box_of(line)
    return bottom - top
