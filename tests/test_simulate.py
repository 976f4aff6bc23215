from collections import Counter
from dataclasses import replace

import pytest
from helpers_training import FORMS

from extractor.numbers import parse
from training.annotations import STRAY, problems
from training.layouts import DAMAGES, SEVERITIES
from training.simulate import random_report, simulated_examples, simulated_report
from training.styles import SEPARATING, STYLES

NAMES = ["extra_column", "blank_dropped", "label_lost"]
NUMBER_OF_CELLS = {sum(len(FORMS[form].columns) for form in forms) for forms in (
    ("proactive-2021", "requests-2021", "disputes"), ("proactive-2019", "requests-2019", "disputes"),
    ("proactive-2021", "requests-2019", "disputes"), ("proactive-2019", "requests-2021", "disputes"),
)}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_gives_the_same_report(style):
    def report(seed):
        return simulated_report(seed, style, NAMES, 0.5, cut=0.5)

    assert report(7) == report(7)
    assert report(7).text != report(8).text


def test_severity_and_damages_make_another_report():
    plain = simulated_report(9, "pipe_rows", [], 0.5)
    assert simulated_report(9, "pipe_rows", [], 0.9) == plain
    low, high = (simulated_report(9, "pipe_rows", ["misprint"], severity) for severity in (0.15, 0.9))
    assert len({plain.text, low.text, high.text}) == 3
    assert plain.truth == low.truth == high.truth


def test_a_report_is_named_after_its_seed_and_is_a_publisher_of_its_own():
    report = simulated_report(12, "lone_pipe", ["filler", "dashes"], 0.5)
    assert report.name == report.publisher == "simulated-12"
    assert report.layouts == ("lone_pipe", "filler", "dashes")
    assert report.publisher != simulated_report(13, "lone_pipe", [], 0.5).publisher


@pytest.mark.parametrize("style", STYLES)
def test_a_report_is_a_whole_annotation(style):
    for seed in range(6):
        report = simulated_report(seed, style, [], 0.5)
        assert list(problems(replace(report, layouts=()))) == []
        assert report.document.text == report.text == report.data.decode()
        assert len(report.truth) in NUMBER_OF_CELLS
        assert not report.blanks & {mark.key for mark in report.marks}
        assert not report.ambiguous
        for mark in report.marks:
            assert parse(report.text[mark.start : mark.end]).value == mark.value
            assert report.truth[mark.key] == mark.value


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("severity", SEVERITIES.values())
def test_marks_say_what_is_printed(name, severity):
    for seed in range(4):
        report = simulated_report(seed, "tsv_grid", [name], severity)
        assert list(problems(replace(report, layouts=()))) == []
        for mark in report.marks:
            number = parse(report.text[mark.start : mark.end])
            assert mark.key == STRAY or number.value == mark.value
            assert (mark.key == STRAY) <= (mark.value is None)


def test_a_dash_in_place_of_a_part_is_no_number():
    for seed in range(10):
        report = simulated_report(seed, "tsv_grid", ["only_total", "dashes"], 0.9)
        for mark in report.marks:
            assert mark.key == STRAY or parse(report.text[mark.start : mark.end]).value == mark.value


def test_what_is_lost_is_no_part_of_the_truth():
    whole, lost = (simulated_report(21, "tsv_grid", names, 0.9) for names in ([], ["row_lost"]))
    assert lost.truth.items() < whole.truth.items()
    gone = {key.rpartition(".")[0] for key in whole.truth.keys() - lost.truth.keys()}
    assert not gone & {key.rpartition(".")[0] for key in lost.truth}


def test_strays_are_marked_and_no_part_of_the_truth():
    plain, strays = (simulated_report(22, "tsv_grid", names, 0.9) for names in ([], ["extra_column"]))
    assert sum(mark.key == STRAY for mark in strays.marks) > 5
    assert strays.truth == plain.truth


# --- what the text does not decide -----------------------------------------------------------------------------------


def test_graded_reports_list_what_is_ambiguous():
    opened = 0
    for seed in range(2, 10):
        plain, graded = (simulated_report(seed, "glued_rows", [], 0.5, graded=graded) for graded in (False, True))
        assert replace(graded, ambiguous={}) == plain
        assert graded.ambiguous.items() <= graded.truth.items()
        opened += bool(graded.ambiguous)
    assert opened > 2


def test_nothing_is_ambiguous_where_everything_shows():
    for seed in range(12):
        assert not simulated_report(seed, "tsv_grid", ["misprint", "filler"], 0.9, graded=True).ambiguous


def test_the_guess_for_a_part_that_is_not_printed_is_that_it_is_blank():
    for seed in range(10):
        report = simulated_report(seed, "space_rows", ["only_total"], 0.9, graded=True)
        assert report.ambiguous.items() <= report.truth.items()


# --- cut -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_a_cut_report_is_the_beginning_of_the_whole(style):
    lost = 0
    for seed in range(8):
        whole, cut = (simulated_report(seed, style, [], 0.5, cut=cut) for cut in (0.0, 1.0))
        assert whole.text.startswith(cut.text)
        assert len(whole.text) // 5 <= len(cut.text) <= len(whole.text)
        kept = [mark for mark in whole.marks if mark.start < len(cut.text)]
        assert [mark[:1] + mark[2:3] for mark in cut.marks] == [mark[:1] + mark[2:3] for mark in kept]
        assert all(mark.end == min(other.end, len(cut.text)) for mark, other in zip(cut.marks, kept, strict=True))
        lost += len(whole.marks) - len(cut.marks)
    assert lost > 0


def test_reports_are_cut_with_the_probability_given():
    whole = [simulated_report(seed, "pipe_rows", [], 0.5) for seed in range(60)]
    cut = [simulated_report(seed, "pipe_rows", [], 0.5, cut=0.3) for seed in range(60)]
    assert 8 < sum(one.text != other.text for one, other in zip(whole, cut, strict=True)) < 30


def test_cells_behind_the_cut_are_not_there():
    reports = [simulated_report(seed, "wide_spaces", [], 0.5, cut=1.0) for seed in range(20)]
    report = next(report for report in reports if "三、" not in report.text)
    assert not [key for key in report.truth if key.startswith("disputes.")]


def test_a_number_that_the_cut_breaks_is_not_what_it_was():
    report = simulated_report(91, "pipe_rows", [], 0.5, cut=1.0)
    assert report.text.endswith("| 1")  # of 12
    assert report.marks[-1].end <= len(report.text)


# --- many reports ----------------------------------------------------------------------------------------------------


def test_random_reports_keep_values_apart_and_show_all_kinds_of_damage():
    styles, damages, numbers = Counter(), Counter(), Counter()
    for seed in range(300):
        style, *names = random_report(seed).layouts
        styles[style] += 1
        damages.update(names)
        numbers[len(names)] += 1
    assert set(styles) == set(SEPARATING)
    assert set(damages) == set(DAMAGES)
    assert set(numbers) == {0, 1, 2, 3}


def test_random_reports_use_the_damages_given():
    drawn = {name for seed in range(60) for name in random_report(seed, ["filler", "dashes"]).layouts[1:]}
    assert drawn == {"filler", "dashes"}
    assert random_report(3, ["filler"]) == random_report(3, ["filler"])


def test_simulated_examples_do_not_depend_on_the_workers():
    one = list(simulated_examples(6, seed=3, jobs=2))
    assert one == list(simulated_examples(6, seed=3, jobs=1))
    assert len(one) == 6
    assert sum(map(len, one)) > 60


def test_simulated_examples_depend_on_the_seed_alone():
    assert list(simulated_examples(4, seed=3)) == list(simulated_examples(6, seed=3))[:4]
    one, other = (list(simulated_examples(4, seed=seed)) for seed in (3, 4))
    assert [found for found in one if found in other] == []
    assert list(simulated_examples(20, seed=3, damages=())) != list(simulated_examples(20, seed=3))


def test_progress_is_told_of_each_report():
    told = []
    for place, _ in enumerate(simulated_examples(3, seed=5, progress=lambda: told.append(1))):
        assert len(told) == place
    assert len(told) == 3
