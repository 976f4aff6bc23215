"""The trained aligner: its file, what is checked before it is loaded, and its predictions.

A model is a folder ``aligner-N`` with ``model.joblib`` (the weights that scikit-learn fitted, as arrays) and ``model.json``
(what it is made of). The arrays are all that prediction needs, so scikit-learn is not imported at run time: that would take
longer than reading a report.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_data_path

from extractor.errors import ModelError
from extractor.features import choices, joint_matrix, schema
from extractor.shapes import Shape

FORMAT = 1
POINTER = "CURRENT"
"""The file in a folder of models that names the promoted one."""
MODELS_VARIABLE = "GONGKAI_MODELS"
_EQUAL = 1e-9
_NAME = re.compile(r"[\w-][\w.-]*")
_FILES = ("model.json", "model.joblib")
_RETRAIN = "请用 gongkai train 重新训练，或用 --model 指定另一个模型"


class StepWeights(Mapping[tuple[int, int], list[float]]):
    """By place of a value and last column used: the log-probabilities of the columns right of that one and, last, of stray.

    Of the many places a beam search asks for few.
    """

    def __init__(self, weights: NDArray[np.float64], slices: Mapping[tuple[int, int], slice]) -> None:
        self._weights, self._slices = weights, slices

    def __getitem__(self, place: tuple[int, int]) -> list[float]:
        found: list[float] = self._weights[self._slices[place]].tolist()
        return found

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self._slices)

    def __len__(self) -> int:
        return len(self._slices)


class ReadingWeights(NamedTuple):
    """Log-weights of the traits of a reading of a whole row; see :class:`ReadingTraits`."""

    score: float = 1.0
    sums: float = 0.0
    broken: float = 0.0
    stray: float = 0.0
    wasted: float = 0.0

    def weigh_place(self, score: float, stray: int, wasted: int) -> float:
        """The part of the log-weight that the columns of the values give, whatever they say."""
        return self.score * score + self.stray * stray + self.wasted * wasted

    def weigh_arithmetic(self, sums: int, broken: int) -> float:
        """The part of the log-weight that the row's totals give."""
        return self.sums * sums + self.broken * broken


class ReadingTraits(NamedTuple):
    """What tells a likely reading of a row from an unlikely one.

    Attributes:
        score: sum of the log-probabilities of its values.
        sums: how many totals other than 0 are the sum of their parts.
        broken: how many totals are not, though every column has a value.
        stray: values called stray though there are fewer values than columns.
        wasted: values called stray beyond the surplus, where there are as many values as columns or more.
    """

    score: float
    sums: int
    broken: int
    stray: int
    wasted: int


def reading_traits(
    score: float, values: Sequence[float | None], totals: Sequence[Sequence[int]], strays: int, printed: int
) -> ReadingTraits:
    """The traits of a reading.

    Args:
        score: the sum of the log-probabilities of its values.
        values: the number of each column; a column without one, or with a dash, is None and counts as 0 in sums.
        totals: for each column those that it is the total of.
        strays: how many values it calls stray.
        printed: how many values are printed.
    """
    return ReadingTraits(score, *total_traits(values, totals), *stray_traits(strays, printed, len(values)))


def total_traits(values: Sequence[float | None], totals: Sequence[Sequence[int]]) -> tuple[int, int]:
    """``sums`` and ``broken`` of :class:`ReadingTraits`."""
    sums = broken = 0
    for place, parts in enumerate(totals):
        if parts and (total := values[place]) is not None:
            holds = abs(sum([values[part] or 0 for part in parts]) - total) < _EQUAL
            sums += holds and total != 0
            broken += not holds
    return sums, 0 if None in values else broken


def stray_traits(strays: int, printed: int, width: int) -> tuple[int, int]:
    """``stray`` and ``wasted`` of :class:`ReadingTraits`."""
    surplus = printed - width
    return (strays, 0) if surplus < 0 else (0, strays - surplus)


@dataclass(frozen=True)
class AlignerModel:
    """A classifier of steps: where the next value of a row goes.

    Attributes:
        id: name of its folder, ``aligner-N``.
        sha256: of its ``model.joblib``.
        layers: weight matrices and biases of a perceptron with rectified hidden layers and one logistic output.
        weights: what makes a reading of a whole row likely, fitted on data the layers were not fitted on.
    """

    id: str
    sha256: str
    layers: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]
    weights: ReadingWeights = field(default_factory=ReadingWeights)

    def log_probabilities(self, shapes: Sequence[Shape]) -> list[StepWeights]:
        """Log-probability of every step of every shape, with one evaluation of the network.

        Returns:
            For each shape its :data:`StepWeights`.
        """
        filled = [shape for shape in shapes if shape.slots]
        logits = self._logits(joint_matrix(filled)) if filled else np.zeros(0)
        result, start = [], 0
        for shape in shapes:
            slices, starts, sizes = choices(len(shape.slots), len(shape.totals))
            own = logits[start : start + sizes.sum()]
            start += len(own)
            sums = np.logaddexp.reduceat(own, starts) if len(own) else own
            result.append(StepWeights(own - np.repeat(sums, sizes), slices))
        return result

    def _logits(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        hidden = features
        for weights, bias in self.layers[:-1]:
            hidden = hidden @ weights
            hidden += bias
            np.maximum(hidden, 0, out=hidden)
        weights, bias = self.layers[-1]
        return (hidden @ weights + bias)[:, 0].astype(np.float64)


def _packaged_models() -> tuple[Path, bool]:
    """The folder of the models that come with the program, and whether it is that of a checkout."""
    package = Path(str(resources.files("extractor")))
    installed = package / "models"
    return (installed, False) if installed.is_dir() else (package.parent / "models", True)


def models_folder() -> Path:
    """Where new models are written: ``$GONGKAI_MODELS``, else the checkout's ``models``, else the user's data folder."""
    if own := os.environ.get(MODELS_VARIABLE):
        return Path(own)
    packaged, is_checkout = _packaged_models()
    return packaged if is_checkout else user_data_path("gongkai", appauthor=False) / "models"


def current_model() -> Path:
    """The folder of the promoted model: the user's own if there is one, else that of the program.

    Raises:
        ModelError: no model is promoted.
    """
    folders = (models_folder(), _packaged_models()[0])
    for folder in folders:
        if place := promoted(folder):
            return place
    raise ModelError(f"{folders[0]}：没有模型（缺少 {POINTER}）；{_RETRAIN}", code="model.missing")


def promoted(folder: Path) -> Path | None:
    """The model that a folder's ``CURRENT`` names; None when it has no such file.

    Raises:
        ModelError: it names no folder beside it.
    """
    if not (folder / POINTER).is_file():
        return None
    name = (folder / POINTER).read_text(encoding="utf-8").strip()
    if not _NAME.fullmatch(name) or not (folder / name).is_dir():
        raise ModelError(f"{folder / POINTER}：所指的模型“{name[:60]}”不存在；{_RETRAIN}", code="model.missing")
    return folder / name


@cache
def load_model(folder: Path | None = None) -> AlignerModel:
    """Load a model after checking that it is whole and fits this installation. Nothing is unpickled before that.

    Args:
        folder: an ``aligner-N`` folder, or a folder of models with ``CURRENT``; by default the promoted model.

    Raises:
        ModelError: files are missing (``model.missing``), were changed (``model.changed``), or were made for other features,
            another scikit-learn or another version of this program (``model.mismatch``).
    """
    place = folder or current_model()
    place = promoted(place) or place
    details = _details(place)
    data = (place / "model.joblib").read_bytes()
    _check(place, details, data)
    import io

    import joblib

    content = joblib.load(io.BytesIO(data))
    layers = tuple(
        (np.asarray(weights, np.float32), np.asarray(bias, np.float32)) for weights, bias in content["layers"]
    )
    return AlignerModel(place.name, details["sha256"], layers, ReadingWeights(*map(float, content["weights"])))


def _details(place: Path) -> dict[str, Any]:
    for name in _FILES:
        if not (place / name).is_file():
            raise ModelError(f"{place}：缺少 {name}，不是模型文件夹；{_RETRAIN}", code="model.missing")
    try:
        details = json.loads((place / "model.json").read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError):
        raise ModelError(f"{place}：model.json 无法解析；{_RETRAIN}", code="model.changed") from None
    if not isinstance(details, dict):
        raise ModelError(f"{place}：model.json 无法解析；{_RETRAIN}", code="model.changed")
    return details


def _check(place: Path, details: dict[str, Any], data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != details.get("sha256"):
        raise ModelError(
            f"{place}：model.joblib 与 model.json 记录的校验值不符，文件被改动或损坏，拒绝加载；{_RETRAIN}",
            code="model.changed",
        )
    for name, found, wanted in (
        ("格式", details.get("format"), FORMAT),
        ("特征", details.get("features"), schema()),
    ):
        if found != wanted:
            raise ModelError(
                f"{place}：模型的{name}（{found}）与本程序（{wanted}）不符，拒绝加载；{_RETRAIN}", code="model.mismatch"
            )
    made_for, installed = str(details.get("scikit_learn")), metadata.version("scikit-learn")
    if release(made_for) != release(installed):
        raise ModelError(
            f"{place}：模型由 scikit-learn {made_for} 训练，当前安装的是 {installed}，拒绝加载；"
            f'请运行 pip install "scikit-learn=={made_for}"，或 gongkai train 重新训练',
            code="model.mismatch",
        )


def release(version: str) -> str:
    """The release line of a version: predictions may change between these.

    >>> release("1.9.1")
    '1.9'
    """
    return ".".join(version.split(".")[:2])
