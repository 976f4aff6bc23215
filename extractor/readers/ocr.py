"""Pictures of single lines of text to text, with a confidence that is honest about digits.

The recogniser is the PP-OCR model in the wheel of ``rapidocr`` (extra ``gongkai[ocr]``), run by onnxruntime directly: the
probabilities of each character are needed, not only the best text. Nothing is fetched. Importing this module without the
extra raises :class:`~extractor.errors.InputError`.
"""

import math
import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractor.errors import InputError
from extractor.readers.builder import DOUBT
from extractor.readers.image_rules import NO_EXTRA, Gray, Mark, box_of, signs

try:
    import cv2
    import onnxruntime
except ImportError:
    raise InputError(NO_EXTRA, code="extra.ocr") from None

Probabilities = NDArray[np.float32]
"""Of each step along a line (rows) and each character of the model (columns; 0 is "no character here")."""

NUMERIC = "0123456789+-.,/%()"
"""What a cell of narrow signs may hold. Digits are wanted there, and letters that look like them do not occur."""

_SUREST = 0.9999
"""What is recognised is never certain."""
_HEIGHT = 48
_WIDEST = 4096
_BATCH_WIDTH = 2400
_FOREIGN = 0.001
"""Probability, of all that is not blank, that is set aside for signs that are not numeric."""
_THREADS_VARIABLE = "GONGKAI_OCR_THREADS"
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?%?|/|\(\d+\)")
_MOST_FOREIGN = 0.995
_NARROW = 0.85
"""A sign that is wider than this share of the height of its line is no digit, or several that touch."""
_DIGIT_WIDTH = 0.4
"""Several digits that touch are at least so wide each, as a share of their height."""
_FLAT = 0.35
_STUB = 0.26
"""Share of the height of a line; a flat stroke at its beginning that is longer is no part of a digit."""
_MOST_SIGNS = 16
_BESIDE = 0.6
"""How far a sign may stand from the next one, as a share of the height of a digit."""
_RIM = 2
"""Pixels of the pale rim of ink."""
_STROKE = 0.6
_STRAIGHT = (0.5, 0.6)
_SLOPE = 0.15
"""How straight a stroke is, from doubtful on and from certain on, and how far it leans; ``1`` in italics is less straight."""
_LOOKS = ((0.2, 96), (0.4, 128))
"""White space around a line as a share of its height, and the least width: a number is looked at twice."""


class Strip(NamedTuple):
    """A line of text on a page: its marks, the usual height of a digit there, and from where to where its cell has room."""

    marks: tuple[Mark, ...]
    digit: float
    room: tuple[int, int] = (0, 1 << 30)

    @property
    def height(self) -> float:
        """Of its highest mark, or of a digit where it has none so high (a dash)."""
        return max(self.digit * 0.8, *(mark.height for mark in self.marks))

    @property
    def narrow(self) -> bool:
        """True when its signs are of the shape of digits."""
        found = signs(self.marks)
        return len(found) <= _MOST_SIGNS and all(x1 - x0 <= _NARROW * self.height for x0, x1 in found)


class Reading(NamedTuple):
    """A text and the probability that its least certain character is right.

    ``foreign``: the probability that a sign is of another alphabet than it was read in. ``average``: over its characters.
    """

    text: str
    confidence: float
    foreign: float = 0.0
    average: float = 1.0


class Recogniser:
    """The model that reads a picture of one line. Use :func:`recogniser` to get it.

    Args:
        model: the ONNX file.
        threads: of the CPU.

    Raises:
        InputError: ``extra.ocr`` when it is no such model.
    """

    def __init__(self, model: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.enable_cpu_mem_arena = (
            False  # widths differ from batch to batch, and an arena keeps the largest of each
        )
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        characters = self._session.get_modelmeta().custom_metadata_map.get("character", "").splitlines()
        if not set(NUMERIC) <= set(characters):
            raise InputError(NO_EXTRA, code="extra.ocr")
        self.characters = ("", *characters, " ")

    def probabilities(self, pictures: Sequence[Gray], least_width: int) -> list[Probabilities]:
        """What the model says of each picture, dark on light. ``least_width`` is of the picture at the model's height."""
        scaled = [_scaled(picture) for picture in pictures]
        result: list[Probabilities] = [np.zeros((0, len(self.characters)), np.float32)] * len(scaled)
        for batch in _batches([picture.shape[1] for picture in scaled], least_width):
            width = max(least_width, *(scaled[place].shape[1] for place in batch))
            inputs = np.zeros((len(batch), 3, _HEIGHT, width), np.float32)
            for row, place in enumerate(batch):
                inputs[row, :, :, : scaled[place].shape[1]] = scaled[place]
            for place, found in zip(batch, self._session.run(None, {self._input: inputs})[0], strict=True):
                result[place] = found
        return result


@lru_cache(maxsize=1)
def recogniser() -> Recogniser:
    """The recogniser, loaded once a process; ``GONGKAI_OCR_THREADS`` sets its threads (1 by default).

    Raises:
        InputError: ``extra.ocr`` when the model is not installed.
    """
    package = find_spec("rapidocr")
    folders = package.submodule_search_locations if package else None
    models = sorted(path for folder in folders or () for path in Path(folder, "models").glob("PP-OCR*_rec_*.onnx"))
    if not models:
        raise InputError(NO_EXTRA, code="extra.ocr")
    threads = os.environ.get(_THREADS_VARIABLE, "")
    return Recogniser(models[-1], max(1, int(threads)) if threads.isdecimal() else 1)


def decode(probabilities: Probabilities, characters: Sequence[str]) -> Reading:
    """The most probable text: the best character of each step, repetitions of it are one (CTC)."""
    best = probabilities.argmax(axis=1)
    text, scores = "", [1.0]
    for character, steps in groupby(range(len(best)), key=lambda step: int(best[step])):
        if character:
            text += characters[character]
            if not characters[character].isspace():
                scores.append(max(float(probabilities[step, character]) for step in steps))
    return Reading(text.strip(), min(scores) if text.strip() else 0.0, average=sum(scores) / len(scores))


def decode_numeric(probabilities: Probabilities, characters: Sequence[str]) -> Reading:
    """The most probable text of :data:`NUMERIC` signs, given that each step where the model sees a sign has one of them.

    A lone ``0`` looks like the letter O, and the model cannot know that letters do not occur. So the signs are found with all
    characters, and named with those that occur.
    """
    places = [characters.index(sign) for sign in NUMERIC]
    inked = probabilities.argmax(axis=1) != 0
    own = probabilities[:, places]
    best = np.where(inked, own.argmax(axis=1), -1)
    visible = 1.0 - probabilities[:, 0]
    mass = own.sum(axis=1)
    share = own.max(axis=1) / (mass + _FOREIGN * visible + 1e-9)
    foreign = 1.0 - mass / (visible + 1e-9)
    text, scores, others = "", [1.0], [0.0]
    for sign, group in groupby(range(len(best)), key=lambda step: int(best[step])):
        if sign >= 0:
            steps = list(group)
            clearest = max(steps, key=lambda step: float(visible[step]))
            text += NUMERIC[sign]
            scores.append(float(share[clearest]))
            others.append(float(foreign[clearest]))
    return Reading(text, min(scores) if text else 0.0, max(others))


def read_strips(page: Gray, strips: Sequence[Strip]) -> list[Reading]:
    """The text of each line of a page, dark on white. Numbers are looked at twice, and doubted where the looks differ.

    Args:
        page: the level page without ruled lines.
        strips: its lines.

    Raises:
        InputError: ``extra.ocr`` when the model is not installed.
    """
    model = recogniser()
    readings = [_dashes(strip) for strip in strips]
    todo = [place for place, reading in enumerate(readings) if reading is None]
    for place, reading in _look(model, page, strips, todo, 0).items():
        readings[place] = reading
    numbers = [place for place in todo if _is_number(readings[place], strips[place])]
    for place, second in _look(model, page, strips, numbers, 1).items():
        readings[place] = _checked(_agreed(readings[place], second), strips[place], page)
    return [reading or Reading("", DOUBT) for reading in readings]


def _look(
    model: Recogniser, page: Gray, strips: Sequence[Strip], places: Sequence[int], look: int
) -> dict[int, Reading]:
    """What some of the strips of a page say, with the white space of that look around them."""
    margin, least = _LOOKS[look]
    found = model.probabilities([_cut(page, strips[place], margin) for place in places], least)
    return {place: _read(own, model.characters, strips[place]) for place, own in zip(places, found, strict=True)}


def _read(probabilities: Probabilities, characters: Sequence[str], strip: Strip) -> Reading:
    """The text of a strip: as a number when it has the shape of one, unless the model is sure that it is none."""
    free = decode(probabilities, characters)
    if not strip.narrow and not (free.text and set(free.text) <= set(NUMERIC)):
        return free
    numeric = decode_numeric(probabilities, characters)
    return numeric if numeric.text and numeric.foreign <= _MOST_FOREIGN else free


def _is_number(reading: Reading | None, strip: Strip) -> bool:
    """True for what is a number or an amount, or may be one by its shape."""
    text = reading.text if reading else ""
    return strip.narrow or 2 * sum(character.isdigit() for character in text) >= len(text) > 0


def _agreed(first: Reading | None, second: Reading) -> Reading:
    """Two looks at the same strip as one reading."""
    if first is None or first.text == second.text:
        sure = 1 - math.sqrt((1 - first.confidence) * (1 - second.confidence)) if first else 0
        return second._replace(confidence=min(sure, _SUREST))
    best = max(first, second, key=lambda reading: reading.confidence)
    return best._replace(confidence=min(DOUBT, best.confidence))


def _checked(reading: Reading, strip: Strip, page: Gray) -> Reading:
    """A number held against the marks it was read from: no sign is left out, none is made up, and strokes lean as they should."""
    text = reading.text.replace(" ", "")
    if not strip.narrow and not set(text) <= set(NUMERIC):
        return reading
    found = signs(strip.marks)
    room = sum(max(1, int((x1 - x0) / (_DIGIT_WIDTH * strip.height))) for x0, x1 in found)
    digits = sum(character.isdigit() for character in text)
    apart = any(after[0] - before[1] > strip.height for before, after in pairwise(found))
    unsigned = text[:1].isdigit() and _begins_flat(page, strip)
    doubtful = apart or unsigned or len(found) > len(text) or digits > room or not _NUMBER.fullmatch(text)
    if len(found) == len(text):
        for (x0, x1), sign in zip(found, text, strict=True):
            leaning = _leaning(page, strip, x0, x1)
            if text in ("1", "/") and leaning:
                return Reading("/", 0.995)
            doubtful |= leaning is not (sign == "/") if sign in "1/7" else False
    return Reading(text, min(reading.confidence, DOUBT) if doubtful else reading.confidence)


def _leaning(page: Gray, strip: Strip, x0: int, x1: int) -> bool | None:
    """Whether a sign is one stroke that leans to the right as a slash does; None when that is hard to tell."""
    _, top, _, bottom = box_of(strip.marks)
    ys, xs = np.nonzero(page[top:bottom, x0:x1] < 255 * _STROKE)
    if not len(ys) or not xs.std() or not ys.std():
        return False
    straight = -float(np.corrcoef(xs, ys)[0, 1])
    slope = straight * float(xs.std() / ys.std())
    if straight < _STRAIGHT[0] or slope < _SLOPE:
        return False
    return straight > _STRAIGHT[1] or None


def _begins_flat(page: Gray, strip: Strip) -> bool:
    """True when a line begins with a flat stroke at half its height, as if a minus had run into the digit after it."""
    x0, top, x1, bottom = box_of(strip.marks)
    inked = page[top:bottom, x0:x1] < 255 * _STROKE
    height = len(inked)
    first = inked.argmax(axis=0)
    last = height - inked[::-1].argmax(axis=0)
    flat = (first >= 0.3 * height) & (last <= 0.8 * height) & (last - first <= _FLAT * height)
    return bool(flat[: math.ceil(_STUB * height)].mean() >= 0.7)


def _dashes(strip: Strip) -> Reading | None:
    """A line of dashes, or of nothing but specks, told by its shape, since the model has never seen one alone."""
    if any(mark.height > _FLAT * strip.digit for mark in strip.marks):
        return None
    found = signs(strip.marks)
    if all(x1 - x0 >= 0.25 * strip.digit for x0, x1 in found) and all(
        mark.width >= 1.5 * mark.height and mark.area >= 0.6 * mark.width * mark.height for mark in strip.marks
    ):
        return Reading("-" * len(found), 0.995)
    return Reading("", DOUBT)


def _cut(page: Gray, strip: Strip, margin: float) -> Gray:
    """The picture of a strip, with white space around it.

    What stands around it on the page is not seen, but for what is close on its left and right: a sign too faint for a mark.
    """
    x0, top, x1, bottom = box_of(strip.marks)
    height = max(bottom - top, round(strip.height))
    above = (height - (bottom - top)) // 2
    space = round(margin * height)
    beside = round(_BESIDE * strip.digit)
    side = max(2 * space, beside)
    picture = np.full((height + 2 * space, x1 - x0 + 2 * side), 255, np.uint8)
    left = max(0, min(x0 - _RIM, max(x0 - beside, strip.room[0])))
    right = max(x1 + _RIM, min(x1 + beside, strip.room[1]))
    up = max(0, top - _RIM)
    y, x = max(0, space + above - (top - up)), max(0, side - (x0 - left))
    own = page[up : bottom + _RIM, left:right][: picture.shape[0] - y, : picture.shape[1] - x]
    picture[y : y + own.shape[0], x : x + own.shape[1]] = own
    return picture


def _scaled(picture: Gray) -> NDArray[np.float32]:
    """A picture at the model's height, from -1 (black) to 1 (white)."""
    height, width = picture.shape
    wide = min(max(8, round(width * _HEIGHT / height)), _WIDEST)
    method = cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_LINEAR
    resized = cv2.resize(picture, (wide, _HEIGHT), interpolation=method)
    return np.asarray(resized, np.float32) / np.float32(127.5) - np.float32(1)


def _batches(widths: Sequence[int], least_width: int) -> Iterator[list[int]]:
    """Pictures of about the same width together, no more than the memory for their probabilities allows."""
    batch: list[int] = []
    for place in sorted(range(len(widths)), key=lambda place: widths[place]):
        if batch and (len(batch) + 1) * max(least_width, widths[place]) > _BATCH_WIDTH:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
