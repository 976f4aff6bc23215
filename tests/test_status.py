"""What is in a store: counts, who has filed, and what another reading has otherwise."""

import json
from dataclasses import replace

import pytest
from helpers_store import NAME, SAMPLES, a_reading, digest, fill, sample, stored
from sqlalchemy import func, select

from extractor.document import Source
from extractor.errors import StoreError
from extractor.manifest import match_files
from extractor.record import failed_record
from extractor.status import Asked, look
from extractor.store import Decision, Listed, open_store
from extractor.store.connection import is_held
from extractor.store.packing import Read, pack
from extractor.store.schema import cells
from extractor.store.writer import writing

KEY = "requests.new_received.total"
NAMES = [path.name for path in SAMPLES]


def write(target, files, reading=None, listed=(), status="ok"):
    """Write files into a store: path, bytes (None where there are none to read) and records (None when they come later)."""
    with open_store(target) as store, writing(store, reading or a_reading(), {}) as writer:
        writer.list_files(listed, [path for path, _, _ in files], match_files)
        for path, data, records in files:
            if data is None:
                writer.add_file(path, None, None, ("input.missing", "文件不存在"))
                continue
            writer.add_file(path, data, digest(data))
            if records is not None and digest(data) not in writer.done:
                packed = tuple(pack(record, NAME) for record in records)
                writer.save([Read(digest(data), packed)])
        writer.save([])
        writer.end(status, {"files": len(files), "failed": {"limit.time": 1}})


def of_sample(place, path=None, **changes):
    data, record = sample(place)
    return path or NAMES[place], data, [replace(record, **changes)]


def failing(path, data=b"slow", code="limit.time"):
    source = Source(NAME, digest(data), "application/octet-stream")
    return path, data, [failed_record(source, code, "太慢", dict.fromkeys(sample(0)[1].tables))]


def seen(target, **asked):
    with open_store(target, read_only=True) as store:
        return look(store, Asked(**asked))


def states(found):
    return {it.listed.path or it.listed.url or it.listed.agency: it.state for it in found.filings}


def test_the_counts_are_those_of_the_reports_themselves(store_target):
    fill(store_target, places=range(6))
    found, reports = seen(store_target), [it.record for it in stored(store_target)]
    with open_store(store_target, read_only=True) as store:
        (in_table,) = store.rows(select(func.count()).select_from(cells))
    assert found.total.reports == len(reports) == 6
    assert found.total.cells == in_table[0] == sum(len(it.cells) for it in reports)
    assert found.total.flagged == sum(cell.review for it in reports for cell in it.cells.values())
    for year, counts in found.years.items():
        own = [it for it in reports if it.year == year]
        assert (counts.reports, counts.cells) == (len(own), sum(len(it.cells) for it in own))
        for status in ("ok", "review", "failed"):
            assert getattr(counts, status) == sum(it.status == status for it in own)
        assert counts.to_dict()["review_share"] == pytest.approx(counts.review / len(own), abs=1e-6)
    assert sum(it.reports for it in found.years.values()) == 6


def test_an_empty_store(store_target):
    open_store(store_target).__exit__()
    found = seen(store_target)
    assert found.reading is None
    assert found.run is None
    assert found.total.reports == found.files.files == 0
    assert found.files.unlisted is None
    assert json.loads(json.dumps(found.to_dict()))["total"]["flagged_share"] is None
    found = seen(store_target, lines=[Listed("a.html", year=2023), Listed(agency="甲局")])
    assert set(states(found).values()) == {"missing"}
    with pytest.raises(StoreError) as error:
        seen(store_target, reading="aligner-9")
    assert error.value.code == "store.empty"


def test_files_sources_duplicates_and_errors(store_target):
    again = of_sample(0, "copy/of-0.txt")
    slow, slow_too = failing("slow.pdf"), failing("slow-copy.pdf")
    unread = "later.txt", b"later", None
    write(store_target, [of_sample(0), of_sample(1), again, slow, slow_too, unread, ("none.txt", None, None)])
    found = seen(store_target)
    assert found.files._asdict() == {
        "files": 7,
        "sources": 4,
        "duplicates": 2,
        "failed": 3,
        "unread": 1,
        "unlisted": None,
        "undecided": 0,
    }
    assert [tuple(it) for it in found.failures] == [
        ("none.txt", None, "input.missing", "文件不存在"),
        ("slow-copy.pdf", digest(b"slow"), "limit.time", "太慢"),
        ("slow.pdf", digest(b"slow"), "limit.time", "太慢"),
    ]
    assert found.to_dict()["errors"] == [{"code": "limit.time", "files": 2}, {"code": "input.missing", "files": 1}]
    assert (found.total.reports, found.total.failed) == (3, 1)
    assert found.years[None].failed == 1


def test_bytes_that_no_file_holds_any_more_are_not_counted(store_target):
    write(store_target, [of_sample(0)])
    write(store_target, [(NAMES[0], *of_sample(1)[1:])])
    found = seen(store_target)
    assert (found.total.reports, found.files.sources) == (1, 1)
    assert found.years.keys() == {sample(1)[1].year}


LISTED = [
    Listed(NAMES[0], None, sample(0)[1].agency, None, sample(0)[1].year),
    Listed(None, "https://www.x.gov.cn/slow.pdf", "甲局", None, 2023),
    Listed("none.txt", None, "乙局", None, 2023),
    Listed("later.txt", None, "丙局", None, 2023),
    Listed("nowhere.txt", None, "丁局", None, 2023),
]
FILES = [of_sample(0), failing("m/www.x.gov.cn/slow.pdf"), ("none.txt", None, None), ("later.txt", b"later", None)]
STATES = ["filed", "failed", "failed", "unread", "missing"]


@pytest.mark.parametrize("kept", [True, False])
def test_who_has_filed_against_the_manifest_kept_or_given(store_target, kept):
    write(store_target, FILES, listed=LISTED if kept else ())
    found = seen(store_target, lines=None if kept else LISTED)
    assert [it.state for it in found.filings] == STATES
    assert [it.error for it in found.filings] == [None, "limit.time", "input.missing", None, None]
    assert [it.path for it in found.filings] == [*(path for path, _, _ in FILES), None]
    assert [it.listed.agency for it in found.not_filed] == ["甲局", "乙局", "丙局", "丁局"]
    assert found.files.unlisted == 0
    assert found.total.to_dict()["manifest"] == {
        "lines": 5,
        "filed": 1,
        "missing": 1,
        "failed": 2,
        "unread": 1,
        "undecided": 0,
    }
    assert found.years[2023].filing == {"missing": 1, "failed": 2, "unread": 1}
    assert found.years[2023].failed == 1  # the year of a report that could not be read is that of its line


def test_a_manifest_that_is_given_takes_the_place_of_the_one_kept(store_target):
    write(store_target, [of_sample(0), of_sample(1)], listed=[Listed(NAMES[0]), Listed("gone.txt")])
    assert states(seen(store_target)) == {NAMES[0]: "filed", "gone.txt": "missing"}
    found = seen(store_target, lines=[Listed(NAMES[1])])
    assert states(found) == {NAMES[1]: "filed"}
    assert found.files.unlisted == 1


def test_lines_without_a_file_are_filed_by_agency_and_year(store_target):
    write(store_target, [of_sample(0, agency="甲縣 人民政府（本級）", year=2021), failing("slow.pdf")])
    same = Listed(agency="甲县人民政府(本级)", year=2021)
    lines = [same, same._replace(year=2022), same._replace(year=None), Listed(agency="乙县人民政府", year=2021)]
    found = seen(store_target, lines=lines)
    assert [it.state for it in found.filings] == ["filed", "missing", "filed", "missing"]
    assert found.filings[0].path == NAMES[0]
    # a list of agencies without years is about the year that is asked for
    assert [it.state for it in seen(store_target, lines=lines, year=2021).filings] == ["filed", "filed", "missing"]
    assert [it.state for it in seen(store_target, lines=lines, year=2020).filings] == ["missing"]
    assert seen(store_target, lines=lines, year=2020).years[2020].filing == {"missing": 1}


def test_a_line_names_the_report_of_its_file_for_lines_without_one(store_target):
    write(store_target, [of_sample(0, agency=None, year=None)])
    lines = [
        Listed(NAMES[0], agency="甲局", year=2022),
        Listed(agency="甲局", year=2022),
        Listed(agency="甲局", year=2021),
    ]
    assert [it.state for it in seen(store_target, lines=lines).filings] == ["filed", "filed", "missing"]


def test_a_report_under_another_name_is_told_but_not_counted(store_target):
    write(store_target, [of_sample(0, agency="甲局", year=2022)])
    (found,) = seen(store_target, lines=[Listed("甲局2022.docx", agency="甲局", year=2022)]).filings
    assert (found.state, found.path, found.other) == ("missing", None, NAMES[0])


def test_lines_whose_file_can_not_be_told(store_target):
    files = [of_sample(0, "a/x.txt"), of_sample(1, "b/x.txt"), of_sample(2, "c/y.txt"), of_sample(2, "d/y.txt")]
    write(store_target, files)
    found = seen(store_target, lines=[Listed("x.txt"), Listed("y.txt")])
    assert [it.state for it in found.filings] == ["undecided", "filed"]  # the files called y.txt are the same bytes
    assert (found.files.undecided, found.files.unlisted) == (2, 2)
    found = seen(store_target, lines=[Listed("m/a/x.txt"), Listed("n/a/x.txt")])
    assert [it.state for it in found.filings] == ["undecided", "undecided"]


def test_what_manifest_and_text_disagree_on(store_target):
    files = [of_sample(place, agency="甲局", year=2022) for place in (0, 1, 2, 3)]
    write(store_target, [*files, of_sample(4, agency=None, year=None), failing("slow.pdf")])
    lines = [
        Listed(NAMES[0], agency="甲 局", year=2022),
        Listed(NAMES[1], agency="乙局", year=2022),
        Listed(NAMES[2], agency="乙局", year=2021),
        Listed(NAMES[3]),
        Listed(NAMES[4], agency="乙局", year=2022),  # of itself it says nothing
        Listed("slow.pdf", agency="乙局", year=2022),
    ]
    found = seen(store_target, lines=lines)
    assert [(it.path, it.differs) for it in found.disagreements] == [
        (NAMES[1], ("agency",)),
        (NAMES[2], ("agency", "year")),
    ]
    told = found.to_dict()["disagreements"]
    assert (told["files"], told["agency"], told["year"]) == (2, 2, 1)
    assert told["list"][1]["manifest"] == {"agency": "乙局", "year": 2021}
    assert told["list"][1]["text"] == {"agency": ["甲局"], "year": [2022]}
    # the manifest's year where it says one
    assert {year: it.reports for year, it in found.years.items() if it.reports} == {2021: 1, 2022: 5}


def test_several_reports_in_a_file(store_target):
    data, record = sample(0)
    named = [replace(record, agency=agency, year=year) for agency, year in (("甲局", 2021), ("乙局", 2022))]
    write(store_target, [("all.xlsx", data, named)])
    lines = [
        Listed("all.xlsx", agency="乙局", year=2022),
        Listed(agency="甲局", year=2021),
        Listed(agency="甲局", year=2022),
    ]
    found = seen(store_target, lines=lines)
    assert [it.state for it in found.filings] == ["filed", "filed", "missing"]
    assert {year: it.reports for year, it in found.years.items()} == {2021: 1, 2022: 1}
    assert not found.disagreements


def test_one_year(store_target):
    years = {place: 2020 + place for place in range(3)}
    write(store_target, [*(of_sample(place, year=year) for place, year in years.items()), failing("slow.pdf")])
    lines = [Listed(NAMES[place], year=year) for place, year in years.items()]
    found = seen(store_target, lines=[*lines, Listed("slow.pdf", year=2021)], year=2021)
    assert found.total.reports == 2
    assert found.years.keys() == {2021}
    assert (found.files.files, found.files.failed) == (2, 1)
    assert [it.path for it in found.failures] == ["slow.pdf"]
    assert [it.listed.path for it in found.filings] == [NAMES[1], "slow.pdf"]


def test_what_people_decided(store_target):
    flagged = replace(sample(0)[1], cells={**sample(0)[1].cells, KEY: sample(0)[1].cells[KEY]._replace(review=True)})
    write(store_target, [(NAMES[0], sample(0)[0], [flagged]), of_sample(1)])
    own = Decision(digest(sample(0)[0]), 0, KEY, 1, "number", "张三")
    other, another, *_ = (key for key, cell in flagged.cells.items() if not cell.review)
    with open_store(store_target) as store:
        store.decide([own, own._replace(value=2), own._replace(key=other), own._replace(part=1, key=another)])
    found = seen(store_target).total
    assert (found.decided, found.cells_decided, found.flagged_decided) == (1, 2, 1)
    assert found.to_dict()["decided_share"] == 0.5
    write(store_target, [of_sample(0), of_sample(1)], reading=a_reading("aligner-3"))
    found = seen(store_target).total  # the new reading does not flag it
    assert (found.decided, found.cells_decided, found.flagged_decided) == (1, 2, 0)


def test_readings_stay_apart(store_target):
    write(store_target, [of_sample(0), of_sample(1)], reading=a_reading("aligner-1"))
    write(
        store_target,
        [of_sample(0), (*of_sample(1)[:2], None)],
        reading=a_reading("aligner-2"),
        listed=[Listed(NAMES[1])],
    )
    found = seen(store_target)
    assert [(it.model, count) for it, count in found.readings] == [("aligner-1", 2), ("aligner-2", 1)]
    assert (found.reading.model, found.total.reports, found.files.unread) == ("aligner-2", 1, 1)
    assert states(found) == {NAMES[1]: "unread"}
    found = seen(store_target, reading="aligner-1")
    assert (found.total.reports, found.files.unread) == (2, 0)
    assert states(found) == {NAMES[1]: "filed"}


def test_the_last_run(store_target):
    fill(store_target, places=[0])
    write(store_target, [of_sample(1)], status="failed")
    run = seen(store_target).run
    assert (run.number, run.status, run.counts["failed"]) == (2, "failed", {"limit.time": 1})
    assert run.started <= run.ended


def test_while_a_batch_writes(store_target):
    fill(store_target, places=[0])
    with open_store(store_target) as store, writing(store, a_reading(), {}) as writer:
        writer.add_file(NAMES[1], sample(1)[0], digest(sample(1)[0]))
        with open_store(store_target, read_only=True) as other:
            assert is_held(other.engine, other.name)
        found = seen(store_target)
        assert (found.run.status, found.total.reports) == ("running", 1)
        with store.transaction():  # it is just about to commit
            assert seen(store_target).total.reports == 1
        writer.save([Read(digest(sample(1)[0]), (pack(sample(1)[1], NAME),))])
        assert seen(store_target).total.reports == 2
    with open_store(store_target, read_only=True) as other:
        assert not is_held(other.engine, other.name)
    assert seen(store_target).run.status == "killed"  # it did not say how it ended


def changed(record, changes):
    return replace(record, cells=record.cells | {key: record.cells[key]._replace(**it) for key, it in changes.items()})


def test_a_reading_against_another(store_target):
    record = sample(0)[1]
    old = changed(record, {key: {"review": False} for key in record.cells})
    keys = list(record.cells)
    others = {
        keys[0]: {"value": 901},  # silent
        keys[1]: {"value": 902, "review": True},
        keys[2]: {"value": None, "state": "blank"},  # silent
        keys[3]: {"review": True},
        keys[4]: {"text": "another text", "confidence": 0.123},  # no difference
    }
    new = changed(old, others)
    gone = replace(sample(1)[1], tables={**sample(1)[1].tables, "requests": None})
    gone = replace(gone, cells={key: it for key, it in gone.cells.items() if not key.startswith("requests.")})
    write(store_target, [(NAMES[0], sample(0)[0], [old]), of_sample(1), of_sample(2), of_sample(3)], a_reading("old"))
    write(
        store_target,
        [
            (NAMES[0], sample(0)[0], [new]),
            (NAMES[1], sample(1)[0], [gone]),
            failing(NAMES[2], sample(2)[0]),
            of_sample(4),
        ],
        a_reading("new"),
    )
    found = seen(store_target, against="old", examples=3).comparison
    assert (found.reports, found.only_here, found.only_there) == (3, 1, 1)
    assert (found.failed_here, found.failed_there) == (1, 0)
    assert found.cells == len(old.cells) + len(gone.cells)
    lost = len(sample(1)[1].cells) - len(gone.cells) + len(sample(2)[1].cells)
    assert (found.cells_only_here, found.cells_only_there) == (0, lost)
    assert (found.differing, found.value, found.state) == (4, 3, 1)
    assert (found.review_here, found.review_there, found.silent) == (2, 0, 2)
    assert [it.key for it in found.examples] == [keys[0], keys[2], keys[1]]  # the silent ones first
    first = found.examples[0]
    assert (first.path, first.sha256, first.part) == (NAMES[0], digest(sample(0)[0]), 0)
    assert (first.value, first.other_value) == (901, old.cells[keys[0]].value)
    back = seen(store_target, reading="old", against="new", examples=0).comparison
    assert (back.differing, back.silent, back.review_there, back.examples) == (4, 2, 2, [])
    assert (back.cells_only_here, back.cells_only_there) == (lost, 0)
    json.dumps(found.to_dict())


def test_many_reports_against_another_reading(store_target, monkeypatch):
    monkeypatch.setattr("extractor.status.against._AT_ONCE", 2)
    sure = {"value": 1, "state": "number", "review": False}
    wrong = {2: {"value": 7.5, "review": True}, 3: {"value": 7.5}, 6: {"value": 7.5}}

    def records(changes):
        for place in range(7):
            data, record = sample(place)
            first = next(iter(record.cells))
            yield NAMES[place], data, [changed(record, {first: sure | changes.get(place, {})})]

    write(store_target, list(records({})), a_reading("old"))
    write(store_target, list(records(wrong)), a_reading("new"))
    found = seen(store_target, against="old", examples=2).comparison
    assert (found.reports, found.differing, found.value, found.silent, found.review_here) == (7, 3, 3, 2, 1)
    assert {it.path for it in found.examples} == {NAMES[3], NAMES[6]}
    same = seen(store_target, reading="old", against="old").comparison
    assert (same.reports, same.differing, same.cells_only_here, same.cells_only_there) == (7, 0, 0, 0)


@pytest.fixture
def filled(store_target):
    write(store_target, FILES, listed=LISTED, status="failed")
    return store_target


def test_the_command_prints_tables(gongkai, filled):
    result = gongkai("status", "--store", filled)
    assert result.code == 0
    for words in ("读法 1", "完成，有文件未能读取", "未报", "已报占比", "limit.time", "input.missing", "文件 4"):
        assert words in result.out
    assert gongkai("status", "--store", filled, "--against", "1").out.count("aligner-2") >= 2


def test_the_command_lists_errors(gongkai, filled):
    result = gongkai("status", "--store", filled, "--errors")
    assert result.code == 1
    assert "[limit.time] m/www.x.gov.cn/slow.pdf：太慢" in result.out
    assert "[input.missing] none.txt：文件不存在" in result.out
    assert "nowhere.txt" not in result.out


def test_the_command_lists_who_has_not_filed(gongkai, filled):
    result = gongkai("status", "--store", filled, "--missing")
    assert result.code == 1
    lines = result.out.splitlines()[-4:]
    assert [line.split("　")[0] for line in lines] == [
        "未能读取 [limit.time]",
        "未能读取 [input.missing]",
        "未读",
        "未报",
    ]
    assert lines[-1] == "未报　2023　丁局　nowhere.txt"
    assert gongkai("status", "--store", filled, "--missing", "--year", "2019").code == 2
    assert gongkai("status", "--store", filled, "--missing", "--year", str(sample(0)[1].year)).code == 0


def test_the_command_gives_json(gongkai, filled, tmp_path):
    manifest = tmp_path / "list.csv"
    manifest.write_text(f"文件\n{NAMES[0]}\nb.html\n", encoding="gb18030")
    result = gongkai("status", "--store", filled, "--manifest", manifest, "-f", "json", "--missing", "--errors")
    assert result.code == 1
    data = json.loads(result.out)
    assert data["store"] == filled
    assert [it["path"] for it in data["missing"]] == ["b.html"]
    assert [it["path"] for it in data["error_files"]] == ["m/www.x.gov.cn/slow.pdf", "none.txt"]
    assert data["run"]["status"] == "failed"
    plain = json.loads(gongkai("status", "--store", filled, "-f", "json").out)
    assert "missing" not in plain
    assert "error_files" not in plain


def test_nothing_is_listed_when_all_is_well(gongkai, store_target):
    write(store_target, [of_sample(0)], listed=[Listed(NAMES[0])])
    assert gongkai("status", "--store", store_target, "--missing", "--errors").code == 0


def test_without_a_manifest_nobody_is_missing(gongkai, store_target):
    fill(store_target, places=[0])
    result = gongkai("status", "--store", store_target, "--missing")
    assert result.code == 2
    assert "[input.manifest]" in result.err


def test_there_must_be_a_store(gongkai, tmp_path):
    result = gongkai("status", "--store", tmp_path / "none.db")
    assert (result.code, result.out) == (2, "")
    assert "[store.missing]" in result.err
    assert list(tmp_path.iterdir()) == []


def test_names_can_not_write_to_the_terminal(gongkai, store_target):
    write(
        store_target,
        [failing("a\x1b[31m[bold]\u202eb.pdf")],
        listed=[Listed("a\x1b[31m[bold]\u202eb.pdf", agency="[red]甲")],
    )
    result = gongkai("status", "--store", store_target, "--errors", "--missing")
    assert result.code == 1
    assert "\x1b" not in result.out
    assert "\u202e" not in result.out
    assert "[bold]" in result.out
    assert "[red]甲" in result.out
