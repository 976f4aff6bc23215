"""What people decided survives whatever reads the reports next."""

from dataclasses import replace

import pytest
from helpers_store import NAME, SAMPLES, a_reading, digest, fill, sample, stored

from extractor.document import Source
from extractor.errors import InputError
from extractor.record import failed_record
from extractor.store import Decision, open_store
from extractor.store.packing import Read, pack
from extractor.store.writer import writing

KEY = "requests.new_received.total"
PLACE = 0


def write(target, record, reading=None, data=None):
    """Write a record of a sample into a store."""
    data = data or sample(PLACE)[0]
    with open_store(target) as store, writing(store, reading or a_reading(), {}) as writer:
        writer.add_file(SAMPLES[PLACE].name, data, digest(data))
        writer.save([Read(digest(data), (pack(record, NAME),))])
        writer.end("ok", {})


def decide(target, value=None, key=KEY, part=0, state="number", by="张三"):
    with open_store(target) as store:
        return store.decide([Decision(digest(sample(PLACE)[0]), part, key, value, state, by, "看过原件")])


def with_cell(record, **changes):
    return replace(record, cells={**record.cells, KEY: record.cells[KEY]._replace(**changes)})


def outcomes(record, code):
    return sorted(it.outcome for it in record.findings if it.code == code)


def test_a_decision_takes_the_place_of_the_reading_and_keeps_it(store_target):
    record = with_cell(sample(PLACE)[1], value=None, confidence=0.4, review=True)
    write(store_target, record)
    before = stored(store_target)[0].record.cells
    right = sample(PLACE)[1].cells[KEY].value
    assert decide(store_target, right) == 1
    (found,) = stored(store_target)
    cell = found.record.cells[KEY]
    assert (cell.value, cell.state, cell.confidence, cell.review, cell.proposed) == (right, "number", 1.0, False, None)
    assert (cell.text, cell.where) == (record.cells[KEY].text, record.cells[KEY].where)  # what is printed stays
    assert found.read == {KEY: before[KEY]}
    assert found.decided[KEY].by == "张三"
    assert found.decided[KEY].note == "看过原件"
    assert found.decided[KEY].decided.endswith("+00:00")
    assert {**found.record.cells, KEY: before[KEY]} == before


def test_the_relations_are_checked_with_what_was_decided(store_target):
    _, record = sample(PLACE)
    write(store_target, record)
    assert outcomes(stored(store_target)[0].record, "T3.applicants") == ["pass"] * len(
        outcomes(record, "T3.applicants")
    )
    decide(store_target, record.cells[KEY].value + 1)
    wrong = stored(store_target)[0].record
    assert "fail" in outcomes(wrong, "T3.applicants")
    assert wrong.status == "review"
    decide(store_target, record.cells[KEY].value)
    again = stored(store_target)[0].record
    assert "fail" not in outcomes(again, "T3.applicants")
    assert again.status == record.status


def test_a_decision_survives_a_newer_model_and_holds_for_the_older_one_as_well(store_target):
    _, record = sample(PLACE)
    write(store_target, record, a_reading("aligner-2"))
    decide(store_target, 77)
    write(store_target, with_cell(record, value=5, review=True), a_reading("aligner-3"))
    for name in ("aligner-2", "aligner-3"):
        (found,) = stored(store_target, name)
        assert found.record.cells[KEY].value == 77
        assert not found.record.cells[KEY].review
    assert stored(store_target, "aligner-3")[0].read[KEY].value == 5


def test_a_decision_survives_a_retry_of_what_had_failed(store_target):
    data, record = sample(PLACE)
    source = Source(NAME, digest(data), "application/octet-stream")
    write(store_target, failed_record(source, "limit.time", "太慢", dict.fromkeys(record.tables)))
    decide(store_target, 77)
    (found,) = stored(store_target)
    assert found.record.status == "failed"
    assert not found.decided
    write(store_target, record)
    (found,) = stored(store_target)
    assert found.record.cells[KEY].value == 77
    assert found.decided.keys() == {KEY}


def test_a_decision_holds_for_bytes_and_not_for_a_name(store_target):
    _, record = sample(PLACE)
    write(store_target, record)
    before = stored(store_target)[0].record.cells
    decide(store_target, 77)
    write(store_target, record, data=b"the file was changed")
    (found,) = stored(store_target)
    assert found.record.source.sha256 == digest(b"the file was changed")
    assert not found.decided
    assert found.record.cells == before


def test_the_last_decision_counts_and_the_earlier_ones_stay(store_target):
    write(store_target, sample(PLACE)[1])
    decide(store_target, 1)
    decide(store_target, 2.5, by="李四")
    decide(store_target, None, state="blank", by="王五")
    (found,) = stored(store_target)
    assert (found.record.cells[KEY].value, found.record.cells[KEY].state) == (None, "blank")
    with open_store(store_target, read_only=True) as store:
        assert [(it.value, it.by) for it in store.decisions()] == [(1, "张三"), (2.5, "李四"), (None, "王五")]


@pytest.mark.parametrize("part", [1, 300])
def test_a_decision_on_another_part_changes_nothing(store_target, part):
    write(store_target, sample(PLACE)[1])
    before = stored(store_target)
    decide(store_target, 77, part=part)
    assert stored(store_target) == before


def test_a_decision_on_a_cell_of_another_form_changes_nothing(store_target):
    from extractor.vocabulary import vocabulary

    _, record = sample(PLACE)
    write(store_target, record)
    strange = next(key for key in vocabulary().columns if key not in record.cells)
    before = stored(store_target)
    decide(store_target, 77, key=strange)
    assert stored(store_target) == before


def test_decisions_of_one_report_leave_the_others_alone(store_target):
    fill(store_target)
    before = {it.record.source.sha256: it.record for it in stored(store_target)}
    decide(store_target, 77)
    own = digest(sample(PLACE)[0])
    for found in stored(store_target):
        if found.record.source.sha256 == own:
            assert found.decided.keys() == {KEY}
        else:
            assert found.record == before[found.record.source.sha256]


@pytest.mark.parametrize("wrong", [{"sha256": "0" * 64}, {"key": "requests.none.total"}])
def test_nothing_is_kept_when_one_is_wrong(store_target, wrong):
    write(store_target, sample(PLACE)[1])
    good = Decision(digest(sample(PLACE)[0]), 0, KEY, 1, "number", "张三")
    with open_store(store_target) as store:
        with pytest.raises(InputError) as error:
            store.decide([good, good._replace(**wrong)])
        assert error.value.code == "input.decision"
        assert store.decisions() == []
