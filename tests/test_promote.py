from pathlib import Path

import pytest
from helpers_runs import small, write_copy, write_ignorant_model

from extractor.errors import ModelError, OutputError
from extractor.model import POINTER, load_model, promoted
from training.annotations import load_corpus
from training.corpora import packaged
from training.evaluate import Evaluation, Models, ReportScore, Result, evaluate
from training.promote import judge, promote


def score(name="a", *, cells=200, right=200, accepted=190, silent=0):
    return ReportScore(name, ("tsv-grid",), cells, right, accepted, silent, 0)


def verdict(new, old):
    """The verdict on the scores of the same reports by two models."""
    found = {}
    for key, scores in (("model", new), ("against", old)):
        found[key] = Evaluation(key, reports=list(scores))
    return judge(Result(found))


# --- the verdict -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "old", "text"),
    [
        (score(silent=1), score(), "a：未标记的错误 0 → 1"),
        (score(right=199), score(), "a：正确的单元格 200 → 199"),
        (score(accepted=189), score(), "a：正确且无需复核的单元格 190 → 189"),
        (score(silent=3, right=150, accepted=10), score(silent=2), "a：未标记的错误 2 → 3"),  # the gravest is told
        (score(right=190, accepted=10), score(), "a：正确的单元格 200 → 190"),
    ],
)
def test_a_report_gets_worse_or_better(new, old, text):
    worse = verdict([new], [old])
    assert worse == ((text,), ())
    assert not worse.accepted
    start, _, numbers = text.rpartition(" → ")
    label, _, before = start.rpartition(" ")
    assert verdict([old], [new]) == ((), (f"{label} {numbers} → {before}",))
    assert verdict([old], [new]).accepted


def test_equal_scores_are_neither():
    found = verdict([score(), score("b", right=3)], [score(), score("b", right=3)])
    assert found == ((), ())
    assert found.accepted


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (score(right=200, silent=1), score(right=150)),  # more right, but one more silent error
        (score(silent=0, right=199), score(silent=5, right=200)),
        (score(accepted=199, right=199), score(accepted=10, right=200)),
    ],
)
def test_a_report_that_gains_and_loses_is_worse(new, old):
    found = verdict([new], [old])
    assert len(found.worse) == 1
    assert found.better == ()
    assert not found.accepted


def test_gains_elsewhere_do_not_make_up_for_a_report_that_gets_worse():
    found = verdict(
        [score("a", accepted=189), score("b", right=200), score("c")], [score("a"), score("b", right=1), score("c")]
    )
    assert found.worse == ("a：正确且无需复核的单元格 190 → 189",)
    assert found.better == ("b：正确的单元格 1 → 200",)
    assert not found.accepted


def test_reports_of_one_name_are_judged_apart():
    """Annotation files of two folders may have the same name."""
    found = verdict([score("a", right=1), score("a")], [score("a"), score("a")])
    assert found.worse == ("a：正确的单元格 200 → 1",)


def test_a_verdict_needs_the_same_reports():
    with pytest.raises(ValueError, match=r"shorter|longer"):
        verdict([score("a")], [score("a"), score("b")])


def test_nothing_to_compare_with_is_no_verdict():
    with pytest.raises(KeyError):
        judge(evaluate([small()], Models(baseline=False)))


def test_an_ignorant_model_is_worse_than_the_packaged_one(tmp_path):
    reports = load_corpus([packaged("gold")]).reports[:6]
    ignorant = write_ignorant_model(tmp_path)
    found = judge(evaluate(reports, Models(ignorant, write_copy(tmp_path), baseline=False)))
    assert [text.partition("：")[0] for text in found.worse] == [report.name for report in reports]
    assert found.better == ()
    back = judge(evaluate(reports, Models(None, ignorant, baseline=False)))
    assert (len(back.better), back.worse) == (6, ())


def test_a_model_is_as_good_as_its_copy(tmp_path):
    reports = load_corpus([packaged("gold")]).reports[:3]
    assert judge(evaluate(reports, Models(write_copy(tmp_path), write_copy(tmp_path)))) == ((), ())


# --- promotion -------------------------------------------------------------------------------------------------------


def test_a_promoted_model_is_the_current_one(tmp_path):
    first, second = write_copy(tmp_path), write_ignorant_model(tmp_path)
    promote(first)
    assert promoted(tmp_path) == first
    assert load_model(tmp_path).id == "aligner-1"
    promote(second)
    assert promoted(tmp_path) == second
    assert (tmp_path / POINTER).read_text(encoding="utf-8") == "aligner-2\n"


def test_promotion_leaves_only_the_pointer(tmp_path):
    place = write_copy(tmp_path)
    promote(place)
    promote(place)
    assert {path.name for path in tmp_path.iterdir()} == {"aligner-1", POINTER}
    assert {path.name for path in place.iterdir()} == {"model.json", "model.joblib"}


def test_others_may_read_the_pointer(tmp_path):
    place = write_copy(tmp_path)
    promote(place)
    assert (tmp_path / POINTER).stat().st_mode & 0o777 == 0o644


def test_the_pointer_is_replaced_when_it_is_whole(tmp_path, monkeypatch):
    first, second = write_copy(tmp_path), write_copy(tmp_path)
    promote(first)
    seen = []
    replace = Path.replace

    def watched(path, target):
        seen.append((path.parent, path.read_text(encoding="utf-8"), Path(target), promoted(tmp_path)))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", watched)
    promote(second)
    assert seen == [(tmp_path, "aligner-2\n", tmp_path / POINTER, first)]  # until then, the old one counts
    assert promoted(tmp_path) == second


def test_a_promotion_that_fails_leaves_the_old_model(tmp_path, monkeypatch):
    first, second = write_copy(tmp_path), write_copy(tmp_path)
    promote(first)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space"):
        promote(second)
    assert promoted(tmp_path) == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CURRENT", first.name, second.name]


def test_a_promoted_model_that_is_gone_is_told(tmp_path):
    place = write_copy(tmp_path)
    promote(place)
    place.rename(tmp_path / "elsewhere")
    with pytest.raises(ModelError, match="aligner-1") as caught:
        promoted(tmp_path)
    assert caught.value.code == "model.missing"
