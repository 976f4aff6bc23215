"""Writing models: a new folder for each, nothing overwritten, and everything the loader checks."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn

from extractor.features import feature_names, schema
from extractor.forms import forms
from extractor.model import FORMAT, AlignerModel


def write_model(folder: Path, model: AlignerModel, details: Mapping[str, Any]) -> Path:
    """Write a model to the next free ``aligner-N`` folder.

    Args:
        folder: the folder of the models; made when it is not there.
        model: the model.
        details: what ``model.json`` says of it beside what the loader checks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"aligner-{_next_number(folder)}"
    place.mkdir()
    joblib.dump({"layers": model.layers, "weights": tuple(model.weights)}, place / "model.joblib", compress=3)
    write_json(
        place / "model.json",
        {
            "format": FORMAT,
            "sha256": hashlib.sha256((place / "model.joblib").read_bytes()).hexdigest(),
            "features": schema(),
            "n_features": len(feature_names()),
            "scikit_learn": sklearn.__version__,
            "numpy": np.__version__,
            "forms": [form.id for form in forms()],
            **details,
        },
    )
    return place


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write data as indented JSON."""
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _next_number(folder: Path) -> int:
    numbers = (path.name.removeprefix("aligner-") for path in folder.glob("aligner-*"))
    return 1 + max((int(number) for number in numbers if number.isdigit()), default=0)
