"""The annotated reports that come with the program: those to learn from, and those to be scored on."""

from importlib import resources
from pathlib import Path
from typing import Literal


def packaged(kind: Literal["train", "gold"]) -> Path:
    """The folder of annotations that come with the program: inside the package when installed, beside it in a checkout."""
    return _annotations(kind)


def packaged_sentences() -> Path:
    """The annotated sentences that come with the program, see :mod:`training.narrative`."""
    return _annotations("narrative") / "sentences.jsonl"


def _annotations(kind: str) -> Path:
    package = Path(str(resources.files("training")))
    installed = package / "annotations" / kind
    return installed if installed.is_dir() else package.parent / "annotations" / kind
