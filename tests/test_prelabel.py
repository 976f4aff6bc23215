import json
from dataclasses import replace

import pytest
from helpers_runs import END, PROACTIVE, SMALL_TEXT, TITLE, marked, small

from extractor.align import Aligner
from extractor.errors import InputError
from extractor.model import load_model
from extractor.pipeline import decide, find_rows
from extractor.settings import DEFAULTS
from training.annotations import STRAY, dump, load, load_corpus
from training.corpora import packaged
from training.evaluate import Models, evaluate
from training.prelabel import draft_data, prelabel, write_drafts

UNDECIDED = marked(SMALL_TEXT.replace("\t⟦0|proactive.rules.issued⟧\t⟦0|proactive.rules.repealed⟧\t⟦0|", "⟦1153|"))
"""``1153`` for three columns: 1, 1 and 53, or 1, 15 and 3, or 11, 5 and 3."""


@pytest.fixture(scope="module")
def aligner():
    return Aligner(load_model(), DEFAULTS)


@pytest.fixture(scope="module")
def corpus():
    """Every fifth report that comes with the program: all kinds of layouts."""
    reports = [report for kind in ("train", "gold") for report in load_corpus([packaged(kind)]).reports]
    return [report for report in reports if report.marks][::5]


@pytest.fixture(scope="module")
def drafts(corpus, aligner):
    return [prelabel(report.data, f"{report.name}.txt", aligner) for report in corpus]


def value_tokens(data):
    """The values of all rows, as the program finds them."""
    tables = find_rows(data, "report").tables
    return [token for table in tables for row in table.rows for token in row.tokens if token.kind == "value"]


def reviewed(path, publisher="云岭县水利局"):
    """What a person does to a draft that is right."""
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["reviewed"] is False
    path.write_text(dump(data | {"reviewed": True, "publisher": publisher}), encoding="utf-8")
    return path


# --- a draft ---------------------------------------------------------------------------------------------------------


def test_a_clean_report_is_filled_in(aligner):
    draft = prelabel(small().data, "云岭.txt", aligner)
    found = draft.annotation
    assert found.name == "云岭"
    assert found.marks == small().marks
    assert found.truth == small().truth
    assert (found.publisher, found.year, found.reviewed) == ("青石县水利局", 2021, False)
    assert draft.flagged == 0
    assert min(draft.certainty.values()) > 0.99


def test_a_draft_names_the_rows_of_each_line(aligner):
    found = prelabel(small().data, "report", aligner).annotation
    rows = {found.text.splitlines()[line - 1].partition("\t")[0]: keys for line, keys in found.lines.items()}
    assert rows["行政规范性文件"] == ("proactive.normative_documents",)
    assert rows["0"] == (
        "disputes.reconsideration", "disputes.litigation_direct", "disputes.litigation_after_reconsideration",
    )  # fmt: skip
    assert "五、存在的主要问题及改进情况" not in rows


def test_blanks_are_listed(aligner):
    text = SMALL_TEXT.replace("⟦1|proactive.normative_documents.repealed⟧", "")
    found = prelabel(marked(text).data, "report", aligner).annotation
    assert found.blanks == {"proactive.normative_documents.repealed"}
    assert "proactive.normative_documents.repealed" not in {mark.key for mark in found.marks}


def test_a_value_too_many_is_proposed_as_stray(aligner):
    text = SMALL_TEXT.replace("⟦120|proactive.permits.decisions⟧", "⟦120|proactive.permits.decisions⟧\t7")
    found = marked(text)
    draft = prelabel(found.data, "report", aligner)
    (stray,) = (mark for mark in draft.annotation.marks if mark.key == STRAY)
    assert draft.annotation.text[stray.start : stray.end] == "7"
    assert draft.certainty[stray.start] == 0


def test_marks_cover_every_value_of_every_row(corpus, drafts):
    values = 0
    for report, draft in zip(corpus, drafts, strict=True):
        spans = [(mark.start, mark.end) for mark in draft.annotation.marks]
        for token in value_tokens(report.data):
            values += 1
            assert any(start < token.where.end and token.where.start < end for start, end in spans), token
        assert draft.certainty.keys() == {start for start, _ in spans}
    assert values > 1000


def test_most_marks_are_those_of_the_annotation(corpus, drafts):
    known = right = 0
    for report, draft in zip(corpus, drafts, strict=True):
        found = {(mark.start, mark.end): mark.key for mark in draft.annotation.marks}
        for mark in report.marks:
            if mark.key != STRAY:
                known += 1
                right += found.get((mark.start, mark.end)) == mark.key
    assert right > 0.97 * known


def test_undecided_cells_are_proposed(aligner):
    data = UNDECIDED.data
    cells = decide(find_rows(data, "report"), aligner).cells
    undecided = {key: cell for key, cell in cells.items() if cell.value is None and cell.proposed}
    assert undecided
    draft = prelabel(data, "report", aligner)
    marks = {mark.key: mark for mark in draft.annotation.marks}
    for key, cell in undecided.items():
        assert key.startswith("proactive.rules.")
        assert (marks[key].start, marks[key].end) == (cell.where.start, cell.where.end)
        assert marks[key].value == cell.proposed.value
        assert draft.certainty[cell.where.start] == cell.confidence < 0.99
    assert draft.flagged == 3


def test_a_report_that_cannot_be_read_is_refused(aligner):
    with pytest.raises(InputError) as caught:
        prelabel(b"", "leer.txt", aligner)
    assert caught.value.code == "input.empty"


# --- files -----------------------------------------------------------------------------------------------------------


def test_drafts_are_read_as_drafts_only(drafts, tmp_path):
    written = list(write_drafts(drafts, tmp_path / "mine"))
    assert len(written) == len(drafts)
    refused = load_corpus([tmp_path])
    assert refused.reports == ()
    assert all("reviewed" in item.reason or "publisher" in item.reason for item in refused.rejected)
    assert len(refused.rejected) == len(drafts)
    found = load_corpus([tmp_path], drafts=True)
    assert found.rejected == ()
    by_path = {path.stem: draft.annotation for path, draft in written}
    for report in found.reports:
        draft = by_path[report.name]
        assert report.text == draft.text
        assert report.truth == draft.truth
        assert (report.blanks, report.lines, report.year) == (draft.blanks, draft.lines, draft.year)
        assert [mark[:3] for mark in report.marks] == [mark[:3] for mark in draft.marks]


def test_a_reviewed_draft_can_be_learned_from(drafts, tmp_path):
    for path, _ in write_drafts(drafts, tmp_path):
        assert load(reviewed(path)).publisher == "云岭县水利局"


def test_a_draft_without_publisher_must_be_given_one(aligner, tmp_path):
    draft = prelabel(small().data, "report.txt", aligner)
    draft = draft._replace(annotation=replace(draft.annotation, publisher=""))
    ((path, _),) = write_drafts([draft], tmp_path)
    with pytest.raises(InputError, match="publisher"):
        load(reviewed(path, publisher=""))
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(dump(data | {"publisher": "云岭县水利局"}), encoding="utf-8")
    assert load(path).publisher == "云岭县水利局"


def test_a_clean_report_comes_back_all_right(aligner, tmp_path):
    """Prelabelled, vouched for, and evaluated."""
    draft = prelabel(small().data, "report.txt", aligner)
    ((path, _),) = write_drafts([draft], tmp_path)
    (score,) = evaluate([load(reviewed(path))], Models(baseline=False)).model.reports
    assert score.exact
    assert (score.cells, score.accepted) == (25, 25)


def test_the_least_certain_value_comes_first(aligner, drafts):
    for draft in (*drafts, prelabel(UNDECIDED.data, "report", aligner)):
        tokens = draft_data(draft)["tokens"]
        order = [(token["confidence"], token["start"]) for token in tokens]
        assert order == sorted(order)
        assert len(tokens) == len(draft.annotation.marks)
        assert all(0 <= confidence <= 1 for confidence, _ in order)
    assert order[0][0] < order[-1][0]


def test_the_report_with_most_doubts_comes_first(drafts, tmp_path):
    written = list(write_drafts(drafts, tmp_path))
    flagged = [draft.flagged for _, draft in written]
    assert flagged == sorted(flagged, reverse=True)
    assert flagged[0] > flagged[-1]
    names = [path.name for path, _ in written]
    assert names == sorted(names)
    assert names[0].startswith("001-")


def test_reports_of_one_name_get_files_of_their_own(aligner, tmp_path):
    drafts = [prelabel(small().data, f"{folder}/report.txt", aligner) for folder in ("a", "b")]
    assert [path.name for path, _ in write_drafts(drafts, tmp_path)] == ["001-report.json", "002-report.json"]


def test_nothing_is_overwritten(aligner, tmp_path):
    (tmp_path / "001-report.json").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        list(write_drafts([prelabel(small().data, "report.txt", aligner)], tmp_path))
    assert (tmp_path / "001-report.json").read_text(encoding="utf-8") == "mine"


def test_no_drafts_are_no_files(tmp_path):
    assert list(write_drafts([], tmp_path / "new")) == []
    assert list((tmp_path / "new").iterdir()) == []


def test_a_number_that_is_printed_otherwise_keeps_its_value(aligner, tmp_path):
    text = TITLE + PROACTIVE.replace("⟦120|proactive.permits.decisions⟧", "1,120件") + END
    draft = prelabel(marked(text).data, "report.txt", aligner)
    ((path, _),) = write_drafts([draft], tmp_path)
    tokens = {token["key"]: token for token in json.loads(path.read_text(encoding="utf-8"))["tokens"]}
    assert tokens["proactive.permits.decisions"]["value"] == 1120
    assert "value" not in tokens["proactive.penalties.decisions"]
    assert tokens["proactive.coercive_measures.decisions"]["value"] is None
    assert load(path, drafts=True).truth["proactive.permits.decisions"] == 1120
