import json
from dataclasses import replace

import pytest
from helpers_late import REPORT
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import extract
from extractor.document import Source, Where
from extractor.record import CellValue, Claim, Finding, Record
from extractor.settings import DEFAULTS, with_limits
from extractor.snippets import LONGEST, Excerpts, snippets

WANTED = replace(DEFAULTS, snippets=True)


def pointing(*wheres):
    """A record whose cells point to these places."""
    cells = {f"a.b.{n}": CellValue(1, "1", "number", 1.0, review=False, where=where) for n, where in enumerate(wheres)}
    return Record(Source("a", "0", "t"), None, None, None, {}, cells, (), "ok")


def found(text, *wheres):
    return Excerpts(snippets(pointing(*wheres), text))


def test_only_when_asked_for():
    assert not extract(REPORT.encode(), "a.txt").snippets
    assert extract(REPORT.encode(), "a.txt", settings=WANTED).snippets
    assert with_limits(WANTED, ["max_pages=3"]).snippets


def test_the_line_of_every_cell_of_a_report_with_its_value():
    record = extract(REPORT.encode(), "a.txt", settings=WANTED)
    excerpts = Excerpts(record.snippets)
    for key, cell in record.cells.items():
        excerpt = excerpts.at(cell.where)
        assert excerpt.marked == cell.text, key
    assert excerpts.at(record.cells["proactive.normative_documents.issued"].where).before.endswith("行政规范性文件\t")
    for start, text in record.snippets.items():
        assert REPORT[start : start + len(text)] == text


def test_snippets_survive_json():
    record = extract(REPORT.encode(), "a.txt", settings=WANTED)
    again = Record.from_dict(json.loads(json.dumps(record.to_dict(), ensure_ascii=False)))
    assert again.snippets == record.snippets


def test_claims_and_failed_findings_have_theirs_others_not():
    text = "第一行\n" * 40 + "收到申请16件。\n" + "无\n" * 40 + "规章 1\n" + "无\n" * 40 + "规章 2\n"
    one, two, three = text.index("收到"), text.index("规章 1"), text.index("规章 2")
    record = replace(
        pointing(),
        claims=(Claim("a.b.c", 16, "收到申请16件", "report", Where(start=one, end=one + 7)),),
        findings=(
            Finding("x", "fail", "error", "", where=Where(start=two, end=two + 4)),
            Finding("x", "pass", "error", "", where=Where(start=three, end=three + 4)),
        ),
    )
    excerpts = Excerpts(snippets(record, text))
    assert excerpts.at(Where(start=one, end=one + 7)).marked == "收到申请16件"
    assert excerpts.at(Where(start=two, end=two + 4)).marked == "规章 1"
    assert excerpts.at(Where(start=three, end=three + 4)) is None


def test_a_line_of_some_length_stands_alone():
    line = "一、本年新收政府信息公开申请数量\t16\t0\t0\t0\t0\t0\t16，表内各数均为本年新收"
    text = f"上一行的文字\n{line}\n下一行的文字"
    start = text.index("16")
    assert found(text, Where(start=start, end=start + 2)).at(Where(start=start, end=start + 2)) == (
        "一、本年新收政府信息公开申请数量\t", "16", "\t0\t0\t0\t0\t0\t16，表内各数均为本年新收",
    )  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_value_on_a_line_of_its_own_has_the_lines_around_it(end):
    text = end.join(["很久以前的一行" * 9, "一、本年新收政府信息公开申请数量", "16", "0", "下一行" * 30])
    where = Where(start=text.index("16"), end=text.index("16") + 2)
    excerpt = found(text, where).at(where)
    assert excerpt.before.strip() == "一、本年新收政府信息公开申请数量"
    assert (excerpt.marked, excerpt.after.strip()) == ("16", "0")


def test_a_very_long_line_is_cut_around_each_value():
    text = "甲" * 5000 + "16" + "乙" * 5000 + "17" + "丙" * 100
    places = [Where(start=at, end=at + 2) for at in (5000, 10_002)]
    excerpts = found(text, *places)
    assert [len(part) for part in excerpts.texts] == [LONGEST, 149 + 2 + 100]
    assert [excerpts.at(place).marked for place in places] == ["16", "17"]


def test_places_beside_each_other_share_a_snippet():
    text = "0" * 4000
    places = [Where(start=at, end=at + 1) for at in range(1000, 2000, 7)]
    assert len(found(text, *places).texts) == 1


@pytest.mark.parametrize(
    "where",
    [None, Where(), Where(3), Where(start=2), Where(start=5, end=2), Where(start=-1, end=2), Where(start=0, end=99),
     Where(start=98, end=99), Where(start="0", end="1"), Where(start=1.0, end=2.0)],
)  # fmt: skip
def test_a_place_that_makes_no_sense_has_none(where):
    assert found("规章 1", where).texts == []
    assert Excerpts({3: "规章 1"}).at(where) is None


def test_an_empty_place_at_the_end_of_a_line():
    where = Where(start=3, end=3)
    assert found("规章\t\n无", where).at(where) == ("规章\t", "", "\n无")


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(alphabet="0数\t\n\r𠮷", min_size=1, max_size=1500),
    spans=st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 700)), max_size=8),
)
def test_every_place_is_marked_in_its_own_words(text, spans):
    wheres = [Where(start=start, end=start + length) for start, length in spans if start + length <= len(text)]
    made = snippets(pointing(*wheres), text)
    assert list(made) == sorted(made)
    ends = [start + len(part) for start, part in made.items()]
    assert all(end < start for end, start in zip(ends, list(made)[1:], strict=False))
    excerpts = Excerpts(made)
    for where in wheres:
        excerpt = excerpts.at(where)
        if excerpt is None:
            assert where.start == where.end  # of an empty line
            continue
        assert excerpt.marked == text[where.start : where.end][:LONGEST]
        assert "".join(excerpt) in text
        assert len("".join(excerpt)) <= LONGEST + 60
