"""The command that brings what people decided into a store."""

import csv
import io
from dataclasses import replace

import pytest
from helpers_store import NAME, SAMPLES, a_reading, digest, fill, sample, stored
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor.decide_cli import keep
from extractor.errors import InputError
from extractor.store import open_store
from extractor.store.packing import Read, pack
from extractor.store.writer import writing

KEY, OTHER = "requests.new_received.total", "requests.carried_over.total"
FILE = SAMPLES[0].name
SHA256 = digest(sample(0)[0])
ONE_DATABASE = pytest.mark.parametrize("store_target", ["sqlite"], indirect=True)
"""For what is wrong with a list before any database sees it."""


@pytest.fixture
def store(store_target):
    fill(store_target, places=(0, 1))
    return store_target


@pytest.fixture
def decide(store, tmp_path, gongkai):
    def run(text, *options, encoding="utf-8", target=None):
        path = tmp_path / "decisions.csv"
        path.write_text(text, encoding=encoding)
        return gongkai("decide", "--store", target or store, path, *options)

    return run


def decisions(target):
    with open_store(target, read_only=True) as opened:
        return opened.decisions()


def test_the_keys_of_these_tests_are_cells():
    assert {KEY, OTHER} <= sample(0)[1].cells.keys()


def test_decisions_are_kept_and_used(decide, store):
    result = decide(f"source,key,value,state,by,note\n{FILE},{KEY},12,,张三,看过原件\n{FILE},{OTHER},,,李四,\n")
    assert result.code == 0
    assert "已保存 2 个决定：2 个单元格首次核定" in result.out
    assert result.err == ""
    assert [tuple(it[:7]) for it in decisions(store)] == [
        (SHA256, 0, KEY, 12, "number", "张三", "看过原件"),
        (SHA256, 0, OTHER, None, "blank", "李四", ""),
    ]
    own = next(it for it in stored(store) if it.record.source.sha256 == SHA256)
    assert (own.record.cells[KEY].value, own.record.cells[OTHER].state) == (12, "blank")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_chinese_columns_and_states(decide, store, encoding):
    text = f"备注,状态,数值,单元格,文件,部分,其他\n原文如此,文字,,{KEY},{FILE},0,x\n,横线,,{OTHER},{FILE},,\n"
    assert decide(text, "--by", "张三", encoding=encoding).code == 0
    assert [(it.key, it.state, it.by, it.note) for it in decisions(store)] == [
        (KEY, "note", "张三", "原文如此"),
        (OTHER, "dash", "张三", ""),
    ]


@ONE_DATABASE
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("1,234", 1234),
        ("１２", 12),
        ("12.0", 12),
        ("3.25", 3.25),
        ("-35", -35),
        ("0", 0),
        ("+7", 7),
        (" 5 ", 5),
    ],
)
def test_values_as_people_write_them(decide, store, written, value):
    assert decide(f'source,key,value\n{FILE},{KEY},"{written}"\n', "--by", "张三").code == 0
    (found,) = decisions(store)
    assert (found.value, type(found.value), found.state) == (value, type(value), "number")


def test_a_source_by_its_sha256(decide, store):
    assert decide(f"sha256,key,value\n{SHA256.upper()},{KEY},1\n", "--by", "张三").code == 0
    assert decide(f"sha256,source,key,value\n{SHA256},{FILE},{KEY},2\n", "--by", "张三").code == 0
    assert [it.sha256 for it in decisions(store)] == [SHA256, SHA256]


def test_the_person_of_a_line_comes_before_that_of_the_option(decide, store):
    assert decide(f"source,key,value,by\n{FILE},{KEY},1,李四\n{FILE},{OTHER},1,\n", "--by", "张三").code == 0
    assert [it.by for it in decisions(store)] == ["李四", "张三"]


def test_names_that_an_export_has_guarded(store_target, decide):
    fill(store_target, places=(2,), names={2: "-a.txt"})
    assert decide(f"source,key,value,note\n'-a.txt,{KEY},1,'=好\n", "--by", "张三").code == 0
    (found,) = decisions(store_target)
    assert (found.sha256, found.note) == (digest(sample(2)[0]), "=好")


def test_what_changes_is_told(decide, store):
    head = "source,key,value,by\n"
    assert "2 个单元格首次核定，0 个单元格改变" in decide(f"{head}{FILE},{KEY},1,张三\n{FILE},{OTHER},2,张三\n").out
    result = decide(f"{head}{FILE},{KEY},3,张三\n{FILE},{OTHER},2,李四\n")
    assert "已保存 2 个决定：0 个单元格首次核定，1 个单元格改变了原来的决定，1 个与原来一致" in result.out
    result = decide(f"{head}{FILE},{KEY},3,张三\n{FILE},{OTHER},2,李四\n")
    assert "已保存 0 个决定" in result.out  # the same list once more
    assert "另有 2 个此前已保存" in result.out
    assert len(decisions(store)) == 4
    assert decide(f"{head}{FILE},{KEY},1,张三\n").code == 0  # back again: the earlier one does not count any more
    assert decisions(store)[-1].value == 1


def test_the_same_line_twice_is_one_decision(decide, store):
    assert "已保存 1 个决定" in decide(f"source,key,value\n{FILE},{KEY},1\n\n{FILE},{KEY},1.0\n", "--by", "张三").out
    assert len(decisions(store)) == 1


def test_decisions_without_a_cell_are_kept_and_told(decide, store):
    from extractor.vocabulary import vocabulary

    strange = next(key for key in vocabulary().columns if key not in sample(0)[1].cells)
    result = decide(
        f"source,key,part,value\n{FILE},{KEY},1,1\n{FILE},{strange},0,1\n{FILE},{KEY},0,1\n", "--by", "张三"
    )
    assert result.code == 0
    assert "已保存 3 个决定" in result.out
    assert "2 个决定没有对应的单元格" in result.err
    own = next(it for it in stored(store) if it.record.source.sha256 == SHA256)
    assert own.decided.keys() == {KEY}


def several(target):
    data, record = sample(3)
    parts = [replace(record, source=replace(record.source, name=f"{NAME}#{name}")) for name in ("甲局", "乙#局")]
    with open_store(target) as opened, writing(opened, a_reading(), {}) as writer:
        writer.add_file("all#1.xlsx", data, digest(data))
        writer.save([Read(digest(data), tuple(pack(part, NAME) for part in parts))])
        writer.end("ok", {})


def test_a_report_in_a_file_by_its_name(decide, store):
    several(store)
    names = {it.part: it.record.source.name for it in stored(store) if it.record.source.sha256 == digest(sample(3)[0])}
    assert names == {0: "all#1.xlsx#甲局", 1: "all#1.xlsx#乙#局"}
    head = "source,part,key,value\n"
    assert (
        decide(f"{head}{names[1]},,{KEY},1\n{names[0]},0,{KEY},2\nall#1.xlsx,1,{OTHER},3\n", "--by", "张三").code == 0
    )
    assert [(it.part, it.value) for it in decisions(store)] == [(1, 1), (0, 2), (1, 3)]
    result = decide(f"{head}{names[1]},0,{KEY},1\n", "--by", "张三")
    assert (result.code, "第 1 部分" in result.err) == (2, True)


WRONG = [
    (f"{FILE},,requests.none.total,1,,张三", "没有单元格"),
    (f"{FILE},,,1,,张三", "没有单元格"),
    (f"none.txt,,{KEY},1,,张三", "没有文件"),
    (f",,{KEY},1,,张三", "没有写 source 或 sha256"),
    (f",{'0' * 64},{KEY},1,,张三", "没有 sha256"),
    (f",../../etc,{KEY},1,,张三", "没有 sha256"),
    (f"{SAMPLES[1].name},{SHA256},{KEY},1,,张三", "与所写的不同"),
    (f"{FILE}#甲,,{KEY},1,,张三", "没有文件"),
    (f"{FILE},,{KEY},1件,,张三", "不是数字"),
    (f"{FILE},,{KEY},nan,,张三", "不是数字"),
    (f"{FILE},,{KEY},1e5,,张三", "不是数字"),
    (f'{FILE},,{KEY},"1,23",,张三', "不是数字"),
    (f"{FILE},,{KEY},9999999999999999,,张三", "太大"),
    (f"{FILE},,{KEY},{'9' * 400},,张三", "不是数字"),
    (f"{FILE},,{KEY},1,blank,张三", "却有值"),
    (f"{FILE},,{KEY},,number,张三", "却没有值"),
    (f"{FILE},,{KEY},,maybe,张三", "不认识"),
    (f"{FILE},,{KEY},1,,", "没有写谁决定的"),
]


@ONE_DATABASE
@pytest.mark.parametrize(("line", "said"), WRONG)
def test_nothing_is_kept_when_a_line_is_wrong(decide, store, line, said):
    head = "source,sha256,key,value,state,by\n"
    result = decide(f"{head}{FILE},,{OTHER},1,,张三\n{line}\n")
    assert result.code == 2
    assert result.err.startswith("gongkai: [input.decision] ")
    assert result.err.count("\n") == 1
    assert "decisions.csv 第 3 行" in result.err
    assert said in result.err
    assert decisions(store) == []


@ONE_DATABASE
@pytest.mark.parametrize("part", ["-1", "1.5", "一", "99999", "１"])
def test_a_part_that_is_none(decide, store, part):
    result = decide(f"source,part,key,value\n{FILE},{part},{KEY},1\n", "--by", "张三")
    assert (result.code, "第 2 行：part 列" in result.err) == (2, True)
    assert decisions(store) == []


def test_all_that_is_wrong_is_told_at_once(decide, store):
    lines = "".join(f"{FILE},requests.none{n}.total,1\n" for n in range(30))
    result = decide(f"source,key,value\n{FILE},{KEY},1\n{lines}", "--by", "张三")
    assert result.code == 2
    assert "第 3 行" in result.err
    assert "共 30 行有误" in result.err
    assert len(result.err.splitlines()) == 21
    assert decisions(store) == []


def test_two_decisions_on_one_cell_in_one_list(decide, store):
    result = decide(f"source,key,value\n{FILE},{KEY},1\n{FILE},{OTHER},1\n{FILE},{KEY},2\n", "--by", "张三")
    assert result.code == 2
    assert "第 4 行：同一单元格在第 2 行另有决定" in result.err
    assert decisions(store) == []


@ONE_DATABASE
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "没有表头"),
        ("source,key,value\n", "只有表头"),
        ("key,value\na,1\n", "没有 source 或 sha256 列"),
        ("source,value\na,1\n", "没有 key 列"),
        ("source,key\na,b\n", "没有 value 或 state 列"),
        (f"source,key,value\n{FILE},{KEY},1,234\n", "第 2 行：比表头多出“234”"),
        (f"source,key,value\n{FILE},{KEY},\0\n", "第 2 行：有 NUL"),
    ],
)
def test_lists_that_are_none(decide, store, text, said):
    result = decide(text, "--by", "张三")
    assert (result.code, said in result.err) == (2, True)
    assert decisions(store) == []


def test_no_store_is_made(decide, tmp_path):
    result = decide(f"source,key,value\n{FILE},{KEY},1\n", "--by", "张三", target=str(tmp_path / "none.db"))
    assert result.code == 2
    assert "[store.missing]" in result.err
    assert not (tmp_path / "none.db").exists()


def test_while_a_batch_holds_the_store(decide, store):
    with open_store(store) as opened, writing(opened, a_reading(), {}):
        assert decide(f"source,key,value\n{FILE},{KEY},1\n", "--by", "张三").code == 0
    assert len(decisions(store)) == 1


FIELDS = st.sampled_from(
    [FILE, KEY, OTHER, SHA256, "", "0", "1", "2.5", "blank", "number", "张三", "'=1", "\x1b", "x" * 300]
)


@ONE_DATABASE
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(FIELDS, min_size=1, max_size=8), max_size=4))
def test_any_list_is_kept_whole_or_refused(store, tmp_path, rows):
    file = io.StringIO()
    csv.writer(file).writerows([["source", "sha256", "part", "key", "value", "state", "by", "note"], *rows])
    (tmp_path / "any.csv").write_text(file.getvalue(), encoding="utf-8")
    before = len(decisions(store))
    with open_store(store) as opened:
        try:
            kept = keep(opened, tmp_path / "any.csv", None).kept
        except InputError:
            kept = 0
    assert len(decisions(store)) == before + kept
