import hashlib
import json
import shutil
from itertools import pairwise

import joblib
import numpy as np
import pytest
import sklearn

from extractor.errors import ModelError
from extractor.features import feature_names, schema
from extractor.forms import forms
from extractor.model import AlignerModel, ReadingWeights, load_model
from extractor.shapes import Shape
from training.store import write_json, write_model

WEIGHTS = ReadingWeights(0.5, 2.0, -1.5, -0.25, -3.0)


def model_of(seed, *hidden):
    random = np.random.default_rng(seed)
    widths = [len(feature_names()), *hidden, 1]
    layers = tuple(
        (random.normal(size=size).astype(np.float32), random.normal(size=size[1]).astype(np.float32))
        for size in pairwise(widths)
    )
    return AlignerModel("new", "", layers, WEIGHTS)


@pytest.fixture
def written(tmp_path):
    return write_model(tmp_path / "models", model_of(1, 5), {"reports": 60, "seed": 7})


def details_of(place):
    return json.loads((place / "model.json").read_text(encoding="utf-8"))


def test_the_first_model_makes_the_folder(tmp_path):
    place = write_model(tmp_path / "some" / "models", model_of(1), {})
    assert place == tmp_path / "some" / "models" / "aligner-1"
    assert sorted(path.name for path in place.iterdir()) == ["model.joblib", "model.json"]


def test_models_are_numbered_and_nothing_is_overwritten(written):
    before = {path.name: path.read_bytes() for path in written.iterdir()}
    again = write_model(written.parent, model_of(2), {})
    assert [again.name, write_model(written.parent, model_of(1, 5), {}).name] == ["aligner-2", "aligner-3"]
    assert {path.name: path.read_bytes() for path in written.iterdir()} == before


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["aligner-7"], "aligner-8"),  # gaps are not filled
        (["aligner-9", "aligner-10"], "aligner-11"),
        (["aligner-old", "aligner-", "notes", "model-5"], "aligner-1"),
    ],
)
def test_the_number_is_one_more_than_the_highest(tmp_path, names, expected):
    for name in names:
        (tmp_path / name).mkdir()
    assert write_model(tmp_path, model_of(1), {}).name == expected
    assert {path.name for path in tmp_path.iterdir()} == {*names, expected}


def test_files_beside_the_models_stay(written):
    (written.parent / "CURRENT").write_text("aligner-1\n")
    write_model(written.parent, model_of(2), {})
    assert (written.parent / "CURRENT").read_text() == "aligner-1\n"


@pytest.mark.parametrize("hidden", [(), (5,), (6, 4)])
def test_a_written_model_loads_and_predicts_as_before(tmp_path, hidden):
    model = model_of(3, *hidden)
    place = write_model(tmp_path, model, {})
    found = load_model(place)
    assert (found.id, found.weights) == ("aligner-1", WEIGHTS)
    assert found.sha256 == hashlib.sha256((place / "model.joblib").read_bytes()).hexdigest()
    shape = Shape(((), (), (0, 1)), (0, 1), (0, 1), (False,) * 2, (None,) * 2, (False,) * 2, 2, None, None, 0, False)
    ((one,), (other,)) = (each.log_probabilities([shape]) for each in (model, found))
    assert one == other
    assert len({probability for step in one.values() for probability in step}) > 3


def test_the_file_holds_only_arrays_and_numbers(written):
    content = joblib.load(written / "model.joblib")
    assert set(content) == {"layers", "weights"}
    assert [tuple(type(part) for part in layer) for layer in content["layers"]] == [(np.ndarray, np.ndarray)] * 2
    assert content["weights"] == tuple(WEIGHTS)
    assert {type(weight) for weight in content["weights"]} == {float}
    assert type(content["weights"]) is tuple


def test_the_details_say_what_the_loader_checks(written):
    details = details_of(written)
    assert (details["format"], details["features"], details["n_features"]) == (1, schema(), len(feature_names()))
    assert details["sha256"] == hashlib.sha256((written / "model.joblib").read_bytes()).hexdigest()
    assert (details["scikit_learn"], details["numpy"]) == (sklearn.__version__, np.__version__)
    assert details["forms"] == [form.id for form in forms()]


def test_further_details_are_kept(written):
    assert (details_of(written)["reports"], details_of(written)["seed"]) == (60, 7)


def test_a_model_that_is_changed_after_it_was_written_is_refused(written):
    copy = shutil.copytree(written, written.parent / "aligner-5")
    with (copy / "model.joblib").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError) as caught:
        load_model(copy)
    assert caught.value.code == "model.changed"


def test_the_same_model_is_written_alike(written):
    again = write_model(written.parent, model_of(1, 5), {"reports": 60, "seed": 7})
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in written.iterdir()
    }


def test_json_is_readable_and_keeps_chinese(tmp_path):
    write_json(tmp_path / "some.json", {"县": ["一", 2.5, None], "a": {"b": True}})
    text = (tmp_path / "some.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"县": ["一", 2.5, None], "a": {"b": True}}
    assert text.startswith('{\n "县": [')
    assert text.endswith("}\n")
