import hashlib
import json
import shutil
from importlib import metadata
from pathlib import Path

import joblib
import numpy as np
import pytest

from extractor import model as model_module
from extractor.document import Where
from extractor.errors import ModelError
from extractor.features import feature_names, schema, steps
from extractor.model import (
    AlignerModel,
    ReadingTraits,
    ReadingWeights,
    current_model,
    load_model,
    models_folder,
    reading_traits,
    release,
)
from extractor.numbers import parse
from extractor.shapes import Row, shapes
from extractor.tokens import Token

SUM_OF_TWO = ((), (), (0, 1))
TOTALS = ((), (), (), (), (), (), (0, 1, 2, 3, 4, 5))


class Malicious:
    """Loading its pickle creates a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(current_model(), tmp_path / "aligner-9"))


def change(folder, **details):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | details), encoding="utf-8")


def put_malicious(folder, trap):
    joblib.dump({"layers": Malicious(trap), "weights": ()}, folder / "model.joblib")
    return hashlib.sha256((folder / "model.joblib").read_bytes()).hexdigest()


def refusal(folder):
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    return caught.value.code, message


def some_shapes():
    def row(*kinds):
        return Row(
            tuple(
                Token("value" if text else "blank", text, Where(1), 1, x, True, number=parse(text) if text else None)
                for x, text in enumerate(kinds, start=1)
            ),
            TOTALS,
        )

    rows = [row(*"1000001"), row(*"00000000"), row("7", "", "1", "8"), row("", "", ""), row("5"), row(*"2000002")]
    return shapes(rows)


# --- what is refused -------------------------------------------------------------------------------------------------


def test_the_trap_works(tmp_path, copy):
    put_malicious(copy, tmp_path / "trap")
    joblib.load(copy / "model.joblib")
    assert (tmp_path / "trap").exists()


def test_a_changed_file_is_refused_before_it_is_unpickled(tmp_path, copy):
    put_malicious(copy, tmp_path / "trap")
    code, message = refusal(copy)
    assert code == "model.changed"
    assert "gongkai train" in message
    assert not (tmp_path / "trap").exists()


@pytest.mark.parametrize(
    ("details", "command"),
    [
        ({"features": "0123456789abcdef"}, "gongkai train"),
        ({"features": None}, "gongkai train"),
        ({"format": 2}, "gongkai train"),
        ({"scikit_learn": "1.0.2"}, 'pip install "scikit-learn==1.0.2"'),
        ({"scikit_learn": None}, "gongkai train"),
    ],
)
def test_a_model_for_another_installation_is_refused_before_it_is_unpickled(tmp_path, copy, details, command):
    change(copy, sha256=put_malicious(copy, tmp_path / "trap"), **details)
    code, message = refusal(copy)
    assert code == "model.mismatch"
    assert command in message
    assert not (tmp_path / "trap").exists()


def test_a_single_flipped_bit_is_noticed(copy):
    data = bytearray((copy / "model.joblib").read_bytes())
    data[len(data) // 2] ^= 1
    (copy / "model.joblib").write_bytes(data)
    assert refusal(copy)[0] == "model.changed"


@pytest.mark.parametrize("sha256", ["0" * 64, "", None, 7])
def test_another_checksum_is_refused(copy, sha256):
    change(copy, sha256=sha256)
    code, message = refusal(copy)
    assert code == "model.changed"
    assert "gongkai train" in message


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"model"', b"\xff\xfe{}"])
def test_broken_details_are_refused(copy, content):
    (copy / "model.json").write_bytes(content)
    code, message = refusal(copy)
    assert code == "model.changed"
    assert "model.json" in message
    assert "gongkai train" in message


@pytest.mark.parametrize("name", ["model.json", "model.joblib"])
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    code, message = refusal(copy)
    assert code == "model.missing"
    assert name in message
    assert "--model" in message


def test_a_missing_folder_is_refused(tmp_path):
    code, message = refusal(tmp_path / "aligner-7")
    assert code == "model.missing"
    assert "gongkai train" in message


def test_no_promoted_model(monkeypatch, tmp_path):
    monkeypatch.setattr(model_module, "_packaged_models", lambda: (tmp_path, True))
    monkeypatch.delenv("GONGKAI_MODELS", raising=False)
    with pytest.raises(ModelError, match="gongkai train") as caught:
        current_model()
    assert caught.value.code == "model.missing"


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """A program that is installed, with a packaged model, and a user with a data folder of their own."""
    packaged = tmp_path / "site-packages" / "extractor" / "models"
    shutil.copytree(current_model(), packaged / "aligner-1")
    (packaged / "CURRENT").write_text("aligner-1\n")
    monkeypatch.setattr(model_module, "_packaged_models", lambda: (packaged, False))
    monkeypatch.setattr(model_module, "user_data_path", lambda *_, **__: tmp_path / "data" / "gongkai")
    monkeypatch.delenv("GONGKAI_MODELS", raising=False)
    return packaged


def own_model(folder, packaged):
    shutil.copytree(packaged / "aligner-1", folder / "aligner-9")
    (folder / "CURRENT").write_text("aligner-9\n")
    return folder / "aligner-9"


def test_an_installed_program_writes_models_to_the_data_of_the_user(installed, tmp_path):
    assert models_folder() == tmp_path / "data" / "gongkai" / "models"
    assert current_model() == installed / "aligner-1"


def test_the_model_of_the_user_is_never_shadowed_by_the_packaged_one(installed):
    own = own_model(models_folder(), installed)
    assert current_model() == own
    assert load_model(models_folder()).id == "aligner-9"


def test_the_variable_comes_first(installed, monkeypatch, tmp_path):
    own_model(models_folder(), installed)
    monkeypatch.setenv("GONGKAI_MODELS", str(tmp_path / "elsewhere"))
    assert models_folder() == tmp_path / "elsewhere"
    assert current_model() == installed / "aligner-1"  # there is none yet
    own_model(tmp_path / "elsewhere", installed)
    assert current_model() == tmp_path / "elsewhere" / "aligner-9"


@pytest.mark.parametrize("name", ["../aligner-1", "/etc", "", "aligner-7", ".", "..", "a/b"])
def test_the_pointer_names_only_a_folder_beside_it(installed, name):
    (installed / "CURRENT").write_text(name)
    with pytest.raises(ModelError, match="CURRENT") as caught:
        current_model()
    assert caught.value.code == "model.missing"


# --- what is accepted ------------------------------------------------------------------------------------------------


def test_the_promoted_model_is_what_its_details_say():
    details = json.loads((current_model() / "model.json").read_text(encoding="utf-8"))
    model = load_model()
    assert model.id == current_model().name == (models_folder() / "CURRENT").read_text(encoding="utf-8").strip()
    assert model.sha256 == hashlib.sha256((current_model() / "model.joblib").read_bytes()).hexdigest()
    assert model.weights == ReadingWeights(**details["weights"])
    assert details["features"] == schema()


def test_a_copy_has_the_name_of_its_folder(copy):
    assert load_model(copy).id == "aligner-9"


def test_another_patch_release_of_scikit_learn_is_accepted(copy):
    change(copy, scikit_learn=f"{release(metadata.version('scikit-learn'))}.99")
    assert load_model(copy).id == "aligner-9"


@pytest.mark.parametrize(
    ("version", "expected"), [("1.9.1", "1.9"), ("1.10.0", "1.10"), ("2.0rc1", "2.0rc1"), ("1", "1")]
)
def test_release(version, expected):
    assert release(version) == expected


# --- predictions -----------------------------------------------------------------------------------------------------


def test_every_step_has_probabilities_that_sum_to_one():
    some = some_shapes()
    for shape, found in zip(some, load_model().log_probabilities(some), strict=True):
        every = steps(len(shape.slots), 7)
        assert set(found) == set(zip(every.place.tolist(), every.previous.tolist(), strict=True))
        for (_, previous), options in found.items():
            assert len(options) == 7 - previous  # the columns to the right, and stray
            assert np.exp(options).sum() == pytest.approx(1, abs=1e-9)


def test_a_row_without_values_has_no_steps():
    empty = some_shapes()[3]
    assert empty.slots == ()
    assert load_model().log_probabilities([empty]) == [{}]
    assert load_model().log_probabilities([]) == []


def test_predictions_are_the_same_each_time(copy):
    some = some_shapes()
    one, other = (model.log_probabilities(some) for model in (load_model(), load_model(copy)))
    for found, again in zip(one, other, strict=True):
        assert all(np.array_equal(found[step], again[step]) for step in found)


def test_predictions_do_not_depend_on_the_other_rows():
    some = some_shapes()
    together = load_model().log_probabilities(some)
    for shape, found in zip(some, together, strict=True):
        (alone,) = load_model().log_probabilities([shape])
        assert found.keys() == alone.keys()
        assert all(np.allclose(found[step], alone[step], atol=1e-4) for step in found)


def test_a_full_row_is_read_from_left_to_right():
    (found,) = load_model().log_probabilities(some_shapes()[:1])
    for place in range(7):
        assert np.exp(found[place, place - 1][0]) > 0.99


def test_a_model_without_weights_finds_all_steps_alike():
    (shape,) = some_shapes()[:1]
    nothing = (np.zeros((len(feature_names()), 1), np.float32), np.zeros(1, np.float32))
    blank = AlignerModel("blank", "", (nothing,))
    (found,) = blank.log_probabilities([shape])
    assert np.exp(found[0, -1]) == pytest.approx([1 / 8] * 8)
    assert np.exp(found[6, 6]) == pytest.approx([1.0])


# --- traits of readings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "strays", "printed", "expected"),
    [
        ((1, 2, 3), 0, 3, ReadingTraits(-0.5, 1, 0, 0, 0)),
        ((1, 2, 4), 0, 3, ReadingTraits(-0.5, 0, 1, 0, 0)),
        ((0, 0, 0), 0, 3, ReadingTraits(-0.5, 0, 0, 0, 0)),  # 0 = 0 + 0 tells nothing
        ((1, None, 1), 0, 2, ReadingTraits(-0.5, 1, 0, 0, 0)),
        ((1, None, 4), 0, 2, ReadingTraits(-0.5, 0, 0, 0, 0)),  # the blank may be the rest
        ((1, 2, None), 0, 2, ReadingTraits(-0.5, 0, 0, 0, 0)),
        ((1, None, None), 1, 2, ReadingTraits(-0.5, 0, 0, 1, 0)),
        ((1, 2, 3), 1, 4, ReadingTraits(-0.5, 1, 0, 0, 0)),  # one value too many must be stray
        ((1, None, 1), 2, 4, ReadingTraits(-0.5, 1, 0, 0, 1)),
    ],
)
def test_traits_of_a_reading(values, strays, printed, expected):
    assert reading_traits(-0.5, values, SUM_OF_TWO, strays, printed) == expected


def test_weights_are_multiplied_with_traits():
    weights = ReadingWeights(1.0, 2.0, -3.0, 0.5, -0.25)
    assert weights.weigh_place(-1.5, 4, 8) == -1.5
    assert weights.weigh_arithmetic(2, 1) == 1.0
    assert weights.weigh_place(-1.5, 4, 8) + weights.weigh_arithmetic(2, 1) == -0.5
