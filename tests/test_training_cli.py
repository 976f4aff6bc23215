"""The commands that train, evaluate and annotate, as a user runs them."""

import builtins
import json
from dataclasses import replace

import pytest
from helpers_runs import small, write_annotation, write_copy, write_ignorant_model

from extractor.model import load_model, promoted
from training.annotations import load_corpus
from training.calibration import RowScores
from training.corpora import packaged
from training.estimators import CANDIDATES
from training.promote import promote
from training.train import Trained


@pytest.fixture
def gold(tmp_path):
    folder = tmp_path / "gold"
    for name in ("one", "two"):
        write_annotation(folder, replace(small(), name=name, publisher=f"{name}县水利局"))
    return folder


def refused(result, code):
    """One line on standard error that tells the code; nothing else happened."""
    (line,) = result.err.splitlines()
    assert line.startswith(f"gongkai: [{code}] ")
    assert (result.code, result.out) == (2, "")
    return line


# --- train -----------------------------------------------------------------------------------------------------------


def test_train_tells_what_came_out_and_writes_a_model(gongkai, tmp_path, gold):
    (gold / "draft.json").write_text("{}", encoding="utf-8")
    models = tmp_path / "models"
    result = gongkai("train", gold, "--alone", "--models", models, "--reports", 60, "-j", 1)
    assert result.code == 0, result.err
    assert {path.name for path in (models / "aligner-1").iterdir()} == {
        "CARD.md",
        "model.joblib",
        "model.json",
        "scores.json",
    }
    assert "模拟报告 60 份，人工标注报告 2 份" in result.out
    assert "未采用的标注：" in result.out
    assert "draft.json" in result.out
    assert f"新模型：{models / 'aligner-1'}" in result.out
    assert not (models / "CURRENT").exists()


def test_train_refuses_a_folder_that_is_not_there(gongkai, tmp_path):
    assert "nowhere" in refused(gongkai("train", tmp_path / "nowhere", "--models", tmp_path), "input.missing")


@pytest.fixture
def fitted(monkeypatch):
    """Training gives this model at once."""

    def use(model):
        nothing = RowScores()
        done = Trained(model, CANDIDATES[0], (), nothing, nothing, (0, 0))
        monkeypatch.setattr("training.run.fit_aligner", lambda *_, **__: done)

    return use


def test_a_worse_model_is_not_used(gongkai, tmp_path, fitted):
    models = tmp_path / "models"
    promote(write_copy(models))
    fitted(load_model(write_ignorant_model(tmp_path / "ignorant")))
    result = gongkai("train", "--alone", "--models", models, "--promote")
    assert result.code == 1
    assert result.err == "没有启用：有金标准报告变差，继续使用原来的模型\n"
    worse = [line for line in result.out.splitlines() if line.startswith("变差：")]
    assert any(line.startswith("变差：01-tsv-grid-stray-zero-all-zero：正确的单元格 200 → ") for line in worse)
    assert "已启用" not in result.out
    assert promoted(models).name == "aligner-1"
    assert (models / "aligner-2" / "CARD.md").is_file()


def test_a_better_model_is_used_from_then_on(gongkai, tmp_path, fitted):
    models = tmp_path / "models"
    promote(write_ignorant_model(models))
    fitted(load_model())
    unasked = gongkai("train", "--alone", "--models", models)
    assert (unasked.code, unasked.err) == (0, "")
    assert promoted(models).name == "aligner-1"
    result = gongkai("train", "--alone", "--models", models, "--promote")
    assert (result.code, result.err) == (0, "")
    assert "变好：01-tsv-grid-stray-zero-all-zero：正确的单元格 " in result.out
    assert "变差" not in result.out
    assert result.out.endswith("已启用新模型\n")
    assert promoted(models).name == "aligner-3"


def test_more_gold_is_scored_on(gongkai, tmp_path, gold, fitted):
    fitted(load_model())
    packaged_gold = len(load_corpus([packaged("gold")]).reports)
    result = gongkai("train", "--alone", "--models", tmp_path / "models", "--gold", gold)
    assert f"金标准 {packaged_gold + 2} 份" in result.out


# --- evaluate --------------------------------------------------------------------------------------------------------


def test_evaluate_shows_and_writes_the_scores(gongkai, tmp_path, gold):
    result = gongkai("evaluate", gold, "-j", 1, "-o", tmp_path / "out.json", "-o", tmp_path / "out.html")
    assert result.code == 0, result.err
    assert "expected calibration error" in result.out
    assert "requests" not in result.out  # the reports have no such table
    data = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [item["name"] for item in data["gold"]["evaluations"]][1] == "baseline"
    assert data["gold"]["evaluations"][0]["total"]["right"] == 50
    assert "<svg" in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_evaluate_lists_what_another_model_reads_differently(gongkai, tmp_path, gold):
    other = write_ignorant_model(tmp_path / "models")
    result = gongkai("evaluate", gold, "-j", 1, "--against", other)
    assert result.code == 0
    assert "differences" in result.out
    assert f"against ({other.name})" in result.out


def test_evaluate_runs_the_benchmark(gongkai, tmp_path, gold, monkeypatch):
    monkeypatch.setattr(
        "training.evaluate.DAMAGES", {"filler": __import__("training.layouts").layouts.DAMAGES["filler"]}
    )
    result = gongkai("evaluate", gold, "--simulated", "--reports", 1, "-j", 1, "-o", tmp_path / "out.json")
    assert result.code == 0, result.err
    data = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert set(data["simulated"]["evaluations"][0]["by"]["damage"]) == {"none", "filler"}
    assert set(data["simulated"]["evaluations"][0]["by"]["severity"]) == {"low", "medium", "high"}


def test_a_silent_error_on_gold_is_an_exit_code(gongkai, gold):
    # the truth says 99 where 120 is printed: the program can't know
    text = json.loads((gold / "one.json").read_text(encoding="utf-8"))
    token = next(item for item in text["tokens"] if item["key"] == "proactive.permits.decisions")
    token["value"] = 99
    (gold / "one.json").write_text(json.dumps(text, ensure_ascii=False), encoding="utf-8")
    result = gongkai("evaluate", gold, "-j", 1)
    assert (result.code, result.err) == (1, "")
    assert "1 of 2" in result.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nowhere"], "input.missing"),
        (["-o", "out.txt"], "output.format"),
        (["--model", "nowhere"], "model.missing"),
    ],
)
def test_evaluate_complains_before_the_work(gongkai, tmp_path, monkeypatch, arguments, code):
    monkeypatch.chdir(tmp_path)
    refused(gongkai("evaluate", *arguments), code)


def test_the_page_needs_its_extra(gongkai, gold, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "gongkai[plots]" in refused(gongkai("evaluate", gold, "-o", tmp_path / "a.html"), "output.extra")


# --- annotate --------------------------------------------------------------------------------------------------------


def test_prelabel_fills_in_and_check_asks_for_a_person(gongkai, tmp_path):
    report, broken, drafts = tmp_path / "report.txt", tmp_path / "empty.txt", tmp_path / "drafts"
    report.write_text(small().text, encoding="utf-8")
    broken.write_text("", encoding="utf-8")
    result = gongkai("prelabel", report, broken, "-o", drafts)
    assert result.code == 1
    assert "[input.empty]" in result.err
    (file,) = drafts.iterdir()
    assert file.name == "001-report.json"
    assert str(file) in result.out
    checked = gongkai("annotations", "check", drafts)
    assert checked.code == 1
    assert "尚未经人核对" in checked.err
    data = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(data | {"reviewed": True, "publisher": "青石县水利局"}), encoding="utf-8")
    assert gongkai("annotations", "check", drafts) == (0, "可用 1 份，不可用 0 份\n", "")
    assert load_corpus([drafts]).reports[0].truth == small().truth


def test_prelabel_overwrites_nothing(gongkai, tmp_path):
    report = tmp_path / "report.txt"
    report.write_text(small().text, encoding="utf-8")
    assert gongkai("prelabel", report, "-o", tmp_path / "drafts").code == 0
    before = (tmp_path / "drafts" / "001-report.json").read_bytes()
    refused(gongkai("prelabel", report, "-o", tmp_path / "drafts"), "output.exists")
    assert (tmp_path / "drafts" / "001-report.json").read_bytes() == before


def test_annotations_go_to_label_studio_and_back(gongkai, gold, tmp_path):
    tasks, config, back = tmp_path / "tasks.json", tmp_path / "config.xml", tmp_path / "back"
    assert gongkai("annotations", "export", gold, "-o", tasks, "--config", config).code == 0
    assert config.read_text(encoding="utf-8").lstrip().startswith("<View")
    assert gongkai("annotations", "import", tasks, "-o", back).code == 0
    assert load_corpus([back]) == load_corpus([gold])
    refused(gongkai("annotations", "import", tasks, "-o", back), "output.exists")


def test_what_is_no_export_of_label_studio_is_refused(gongkai, tmp_path):
    (tmp_path / "a.json").write_text("[" * 100_000, encoding="utf-8")
    refused(gongkai("annotations", "import", tmp_path / "a.json", "-o", tmp_path / "b"), "input.labelstudio")
    (tmp_path / "a.json").write_text('{"a": 1}', encoding="utf-8")
    refused(gongkai("annotations", "import", tmp_path / "a.json", "-o", tmp_path / "b"), "input.labelstudio")
