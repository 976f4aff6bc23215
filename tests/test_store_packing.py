import json
from dataclasses import replace

import pytest
from helpers_store import NAME, SAMPLES, sample
from hypothesis import given
from hypothesis import strategies as st

from extractor.batch import Options, extract_file
from extractor.document import Source, Where
from extractor.record import CellValue, Claim, Finding, Proposal, Record
from extractor.store.packing import pack, unpack


def there_and_back(record, name=NAME):
    return unpack(pack(record, name), (name, record.source.sha256), (record.model, record.version))


@pytest.mark.parametrize("place", range(len(SAMPLES)), ids=lambda place: SAMPLES[place].stem)
def test_a_record_comes_back_as_it_was(place):
    record = sample(place)[1]
    assert there_and_back(record).to_dict() == record.to_dict()


def test_so_does_one_that_could_not_be_read():
    (record,) = extract_file(NAME, Options(), b"")
    back = there_and_back(record)
    assert back.to_dict() == record.to_dict()
    packed = pack(record, NAME)
    assert (packed.status, packed.error, packed.message) == ("failed", "input.empty", record.findings[0].message)


def test_one_of_several_in_a_file_keeps_its_section():
    record = replace(sample(0)[1], source=Source(f"{NAME}#表#2", "0", "x/y"))
    assert there_and_back(record).source.name == f"{NAME}#表#2"
    assert unpack(pack(record, NAME), ("a/b.xlsx", "0"), (record.model, "1")).source.name == "a/b.xlsx#表#2"


@pytest.mark.parametrize("value", [0, -3, 1165, 160.5964, None, 2**53 - 1])
def test_numbers_are_exact(value):
    cell = CellValue(value, "x", "number", 0.5, review=True)
    back = there_and_back(replace(sample(0)[1], cells={"a.b.c": cell})).cells["a.b.c"]
    assert back == cell
    assert type(back.value) is type(value)


def test_numbers_beyond_all_counts_are_near():
    cell = CellValue(10**400, "1" + "0" * 400, "number", 0.5, review=True)
    back = there_and_back(replace(sample(0)[1], cells={"a.b.c": cell})).cells["a.b.c"]
    assert back.value > 10**300
    assert back.text == cell.text


words = st.text(max_size=12)
places = st.none() | st.builds(
    Where,
    *[st.none() | st.integers(0, 10**6)] * 4,
    st.none() | st.tuples(*[st.floats(0, 1000)] * 4),
    st.none() | st.text(min_size=1, max_size=8),
)


@given(
    st.dictionaries(
        st.text("abc.", min_size=1),
        st.builds(
            CellValue,
            st.none() | st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6),
            words,
            st.just("note"),
            st.floats(0, 1).map(lambda it: round(it, 4)),
            st.booleans(),
            places,
            st.none() | st.text(min_size=1),
            st.none() | st.builds(Proposal, st.integers(0, 99), words, words),
        ),
        max_size=4,
    ),
    st.lists(
        st.builds(
            Finding,
            words,
            st.sampled_from(["pass", "fail", "unverifiable"]),
            st.just("error"),
            words,
            cells=st.tuples(words),
            where=places,
            corrections=st.just(((),)),
        ),
        max_size=5,
    ),
    st.lists(
        st.builds(Claim, words, st.integers(0, 99), words, words, st.builds(Where, st.integers(1, 9))), max_size=3
    ),
)
def test_whatever_a_record_holds_comes_back_or_is_made_storable(cells, findings, claims):
    record = replace(sample(0)[1], cells=cells, findings=tuple(findings), claims=tuple(claims))

    def storable(data):
        return json.loads(
            json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode().replace("\\u0000", "\ufffd")
        )

    nothing = {"page": None, "line": None, "start": None, "end": None, "bbox": None, "path": None}

    def told(record: Record):
        data = record.to_dict()
        for cell in data["cells"].values():
            cell["value"] = float(cell["value"]) if cell["value"] is not None else None
            cell["where"] = None if cell["where"] == nothing else cell["where"]
        for finding in data["findings"]:
            finding["where"] = None if finding["where"] == nothing else finding["where"]
        return storable(data)

    assert told(there_and_back(record)) == told(record)
