import pytest
from helpers_late import APPLICANTS, END, LABELS
from helpers_training import annotation

from extractor.document import Source, Where
from extractor.label import label_rows
from extractor.locate import locate
from extractor.pipeline import decide, find_rows
from extractor.record import CellValue, Proposal, Record
from extractor.tokens import tokenize
from training.annotations import STRAY
from training.baseline import OrderAligner
from training.scoring import KINDS, Outcome, Placed, RowHeads, outcomes, placements, read_places, row_heads
from training.simulate import simulated_report

CELL = "requests.granted.total"
OTHER = "requests.granted.business"


def cell(value=None, *, state=None, confidence=0.9, review=False, proposed=None, by="reading", start=None):
    state = state or ("number" if value is not None or review else "blank")
    proposal = Proposal(proposed, by, "因为") if proposed is not None else None
    where = Where(1, start, start + 1) if start is not None else None
    return CellValue(value, "", state, confidence, review, where, None, proposal)


def record_of(cells):
    return Record(Source("report", "", "text/plain"), None, None, None, {}, cells, (), "ok")


def outcome(printed, given, **details):
    """What becomes of one cell: ``printed`` is a text, None for a cell that is not there, "" for a blank."""
    parts = [(printed, CELL)] if printed else []
    blanks = frozenset([CELL] if printed == "" else [])
    report = annotation("（一）予以公开 ", *parts, blanks=blanks, **details)
    found = list(outcomes(report, record_of({CELL: given} if given else {})))
    assert len(found) <= 1
    return found[0] if found else None


# --- outcomes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "given", "state", "kind"),
    [
        ("3", cell(3), "number", "right"),
        ("3.50", cell(3.5), "number", "right"),
        ("1,165", cell(1165), "number", "right"),
        ("减4", cell(-4), "number", "right"),
        ("0", cell(0), "zero", "right"),
        ("", cell(), "blank", "right"),
        ("/", cell(state="dash"), "dash", "right"),
        ("3", cell(4), "number", "wrong"),
        ("0", cell(1), "zero", "wrong"),
        ("3", cell(), "number", "missed"),
        ("0", cell(), "zero", "missed"),
        ("3", cell(state="missing"), "number", "missed"),
        ("", cell(0), "blank", "extra"),
        ("/", cell(0), "dash", "extra"),
        (None, cell(2), "absent", "extra"),
        ("未增未减", cell(0, state="note"), "note", "right"),
        ("未增未减", cell(), "note", "missed"),
    ],
)
def test_kinds_of_outcomes(printed, given, state, kind):
    found = outcome(printed, given)
    assert (found.key, found.state, found.kind) == (CELL, state, kind)
    assert found.got == given.value
    assert found.flagged is False
    assert found.silent is (kind != "right")
    assert kind in KINDS


@pytest.mark.parametrize("value", [3, 4, None])
def test_a_flag_breaks_the_silence(value):
    found = outcome("3", cell(value, review=True))
    assert found.kind == {3: "right", 4: "wrong", None: "missed"}[value]
    assert found.flagged
    assert not found.silent


def test_a_cell_that_is_neither_printed_nor_given_is_no_outcome():
    assert outcome(None, cell()) is None
    assert outcome(None, cell(state="missing", review=True)) is None


def test_cells_that_the_record_does_not_know_are_missed_in_silence():
    found = outcome("3", None)
    assert (found.kind, found.flagged, found.silent, found.confidence) == ("missed", False, True, None)
    assert (found.want, found.got) == (3, None)


def test_a_record_that_was_refused_misses_everything_with_a_flag():
    report = annotation(("3", CELL), " ", ("/", OTHER), blanks=frozenset(["requests.granted.research"]))
    found = {outcome.key: outcome for outcome in outcomes(report, None)}
    assert {key: item.kind for key, item in found.items()} == {
        CELL: "missed",
        OTHER: "right",
        "requests.granted.research": "right",
    }
    assert all(item.flagged and not item.silent and item.got is None for item in found.values())


def test_strays_are_no_cells():
    report = annotation(("7", STRAY), " ", ("3", CELL))
    found = list(outcomes(report, record_of({CELL: cell(3)})))
    assert [item.key for item in found] == [CELL]


def test_values_are_equal_up_to_the_last_digits():
    assert outcome("0.3", cell(0.1 + 0.2)).kind == "right"
    assert outcome("0.3", cell(0.3001)).kind == "wrong"


def test_every_cell_has_one_outcome():
    keys = [f"requests.granted.{column}" for column in ("natural_person", "business", "research", "total")]
    report = annotation(("1", keys[0]), " ", ("2", keys[1]), blanks=frozenset([keys[2]]))
    given = record_of({keys[1]: cell(2), keys[2]: cell(5), keys[3]: cell(3)})
    found = {item.key: item.kind for item in outcomes(report, given)}
    assert found == {keys[0]: "missed", keys[1]: "right", keys[2]: "extra", keys[3]: "extra"}


# --- what nobody can know --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (cell(4), "over"),
        (cell(3), None),  # the best guess
        (cell(4, review=True), None),
        (cell(), None),
        (cell(state="missing"), None),
        (None, None),
    ],
)
def test_ambiguous_cells_may_be_given_with_a_flag_or_as_the_best_guess(given, expected):
    found = outcome("3", given, ambiguous={CELL: 3.0})
    assert (found and found.kind) == expected
    if found:
        assert found == Outcome(CELL, "ambiguous", "over", False, 0.9, False, None, 4)
        assert found.silent


def test_an_ambiguous_cell_may_best_be_blank():
    assert outcome("", cell(0), ambiguous={CELL: None}).kind == "over"
    assert outcome(None, cell(2), ambiguous={CELL: None}).kind == "over"
    assert outcome("", cell(), ambiguous={CELL: None}) is None


# --- guesses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "given", "right"),
    [
        ("3", cell(3), True),
        ("3", cell(4), False),
        ("3", cell(review=True, proposed=3), True),
        ("3", cell(review=True, proposed=4), False),
        ("3", cell(review=True, proposed=3, by="relation"), False),  # the confidence speaks of the reading
        ("3", cell(4, review=True, proposed=3), False),
        ("3", cell(), False),
        ("", cell(), True),
        ("", cell(review=True, proposed=3), False),
        ("", cell(review=True, state="blank", proposed=3), True),  # that it is blank is the reading
        ("/", cell(state="dash"), True),
    ],
)
def test_guesses_are_what_the_confidence_speaks_of(printed, given, right):
    found = outcome(printed, given)
    assert found.guess_right is right
    assert found.confidence == 0.9


def test_cells_without_a_trace_have_no_confidence():
    assert outcome("3", cell(state="missing", confidence=0.0)).confidence is None


# --- placements ------------------------------------------------------------------------------------------------------


def test_values_are_placed_where_they_were_read():
    report = annotation(("1", CELL), " ", ("2", OTHER), " ", ("0", STRAY), " ", ("5", STRAY))
    read = record_of({CELL: cell(1, start=0), "requests.granted.research": cell(2, start=2), OTHER: cell(0, start=4)})
    assert list(placements(report, read)) == [
        Placed(CELL, CELL),
        Placed(OTHER, "requests.granted.research"),
        Placed(STRAY, OTHER),
        Placed(STRAY, STRAY),
    ]


def test_values_of_a_refused_report_are_placed_nowhere():
    report = annotation(("1", CELL), " ", ("0", STRAY))
    assert list(placements(report, None)) == [Placed(CELL, STRAY), Placed(STRAY, STRAY)]


def test_blanks_have_a_place_but_no_value():
    places = read_places(
        record_of({
            "a": cell(1, start=0), "b": cell(start=5), "c": cell(state="missing", start=7), "d": cell(2),
            "e": cell(state="dash", start=9),
        })
    )  # fmt: skip
    assert places == {0: "a", 9: "e"}


@pytest.mark.parametrize("style", ["tsv_grid", "cell_per_line", "lone_pipe_row", "cr_run_text"])
def test_placements_of_a_clean_report_are_right(style):
    seed = next(seed for seed in range(50) if not simulated_report(seed, style, [], 0.5).blanks)
    report = simulated_report(seed, style, [], 0.5)
    read = decide(find_rows(report.data, report.name), OrderAligner())
    found = list(placements(report, read))
    assert len(found) == len(report.marks) > 100
    assert [item for item in found if item.true != item.read] == []
    assert {item.kind for item in outcomes(report, read)} == {"right"}


# --- row headers -----------------------------------------------------------------------------------------------------


def tables_of(report):
    return [label_rows(region) for region in locate(tokenize(report.document))]


def requests(**rows):
    """Rows of requests; each has (printed, column) or (printed, column, row) for its values."""
    parts = [APPLICANTS]
    for row, values in rows.items():
        parts.append(LABELS[row])
        for printed, column, *other in values:
            key = column if column == STRAY else f"requests.{other[0] if other else row}.{column}"
            parts += ["\t", (printed, key)]
        parts.append("\n")
    return annotation(*parts, END)


def test_values_are_found_under_their_headers():
    report = requests(new_received=[("1", "business"), ("1", "total")], granted=[("1", "business"), ("1", "total")])
    assert row_heads(report, tables_of(report)) == RowHeads(2, 2)


def test_one_value_under_another_header_spoils_the_row():
    report = requests(
        new_received=[("1", "business"), ("1", "total")],
        granted=[("2", "business"), ("2", "total", "carried_over")],
        carried_forward=[("3", "total")],
    )
    assert row_heads(report, tables_of(report)) == RowHeads(4, 3)  # the row carried_over is not found


def test_a_row_in_two_places_is_not_right():
    for one, other in (("new_received", "granted"), ("granted", "carried_forward")):
        report = requests(**{one: [("2", "business", "granted")], other: [("2", "total", "granted")]})
        assert row_heads(report, tables_of(report)) == RowHeads(1, 0)


def test_columns_and_strays_do_not_matter():
    report = requests(new_received=[("0", STRAY), ("1", "total"), ("1", "business")])
    assert row_heads(report, tables_of(report)) == RowHeads(1, 1)


def test_rows_that_were_not_found_are_not_right():
    report = requests(new_received=[("1", "total")], granted=[("1", "total")])
    assert row_heads(report, []) == RowHeads(2, 0)
    assert row_heads(annotation(("0", STRAY)), tables_of(report)) == RowHeads(0, 0)


def test_the_disputes_row_is_three_rows():
    seed = next(seed for seed in range(500, 600) if not simulated_report(seed, "tsv_grid", [], 0.5).blanks)
    report = simulated_report(seed, "tsv_grid", [], 0.5)
    rows = {mark.key.rpartition(".")[0] for mark in report.marks}
    assert sum(row.startswith("disputes.") for row in rows) == 3
    assert row_heads(report, tables_of(report)) == RowHeads(len(rows), len(rows))
