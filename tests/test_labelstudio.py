import copy
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from extractor.errors import InputError
from extractor.vocabulary import vocabulary
from training.annotations import STRAY, dump, from_dict, load, problems, to_dict
from training.labelstudio import export_tasks, import_tasks, labelling_config

ROOT = Path(__file__).parent.parent / "annotations"
FILES = sorted([*(ROOT / "train").glob("*.json"), *(ROOT / "gold").glob("*.json")])
KEYS = sorted(vocabulary().columns)
LINE_ENDS = ("\n", "\r\n", "\r", "\u2028")


def annotated(lines, blanks=(), ambiguous=None, ends="\n"):
    """An annotation of a text that is made here: each line is (rows, parts), a part is a text or (text, key[, value])."""
    text, tokens, rows_of = "", [], {}
    for number, (rows, parts) in enumerate(lines, start=1):
        if rows:
            rows_of[str(number)] = list(rows)
        for part in parts:
            if isinstance(part, tuple):
                printed, key, *value = part
                token = {"start": len(text), "end": len(text) + len(printed), "text": printed, "key": key}
                tokens.append(token | ({"value": value[0]} if value else {}))
                text += printed
            else:
                text += part
        text += ends
    found = {
        "format": 1,
        "publisher": "青石县水利局",
        "year": 2021,
        "origin": "test",
        "layouts": ["tsv-grid"],
        "source": {"text": text},
        "lines": rows_of,
        "tokens": tokens,
        "blanks": list(blanks),
        "ambiguous": ambiguous or {},
    }
    return from_dict(found, "one", Path())


RULES = ("规章\t", ("0", "proactive.rules.issued"), "\t", ("／", "proactive.rules.repealed", None), "\t", ("７", STRAY))
CHANGE = (
    "行政许可\t",
    ("减少4件", "proactive.permits.change", -4),
    "\t",
    ("1,234", "proactive.permits.previous_items"),
)
RULES_ROW, PERMITS_ROW = "proactive.rules", "proactive.permits"


def small(ends="\n", title="青石县水利局😀政府信息公开工作年度报告𠮷"):
    return annotated(
        [((), (title,)), ((RULES_ROW,), RULES), ((), ()), ((PERMITS_ROW, RULES_ROW), CHANGE), ((), ("特此报告",))],
        blanks=("proactive.rules.in_force", "proactive.fees.amount"),
        ambiguous={"proactive.permits.decisions": 2.5, "proactive.penalties.decisions": None},
        ends=ends,
    )


def tasks_of(*annotations):
    """What Label Studio gives back when nobody changes anything."""
    return json.loads(json.dumps(export_tasks(annotations)))


def results(task):
    return task["annotations"][0]["result"]


def region(task, control, text):
    """The result of a control for the first region with a text; per-region text fields are found by their region."""
    identity = next(item["id"] for item in results(task) if item["value"].get("text") == text)
    return next(item for item in results(task) if item["id"] == identity and item["from_name"] == control)


def reason(task):
    """Why a task is rejected."""
    annotations, rejected = import_tasks([task])
    assert not annotations
    return rejected[0].reason


def one(task):
    annotations, rejected = import_tasks([task])
    assert not rejected, rejected
    return annotations[0]


# --- round trip ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_annotation_comes_back_as_it_went(path):
    annotation = load(path)
    back = one(tasks_of(annotation)[0])
    assert replace(back, data=annotation.data) == annotation
    assert back.data.decode() == annotation.text


@pytest.mark.parametrize("ends", LINE_ENDS)
def test_all_kinds_of_regions_come_back(ends):
    assert one(tasks_of(small(ends))[0]) == small(ends)


def test_what_comes_back_can_be_written_and_read(tmp_path):
    (tmp_path / "one.json").write_text(dump(to_dict(one(tasks_of(small())[0]))), encoding="utf-8")
    assert load(tmp_path / "one.json") == small()


values = st.one_of(
    st.integers(0, 99_999).map(lambda number: (str(number),)),
    st.integers(1000, 999_999).map(lambda number: (f"{number:,}",)),
    st.sampled_from(["１２", "0.50", "-3"]).map(lambda printed: (printed,)),
    st.sampled_from(["/", "—", "无"]).map(lambda printed: (printed, None)),
    st.sampled_from(
        [("减少4件", -4.0), ("十二", 12.0), ("0.1万", 0.0001), ("🈳", None), ("约千亿", 1e15), ("些微", 1e-7)]
    ),
)
labels = st.sampled_from(["规章", "😀规章𠮷", "行政许可👨‍👩‍👧", "𫟦", "\\n 路径", "总 计", "", "| "])


@st.composite
def small_annotations(draw):
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=16, unique=True))
    lines = (
        [((), ("😀青石县水利局政府信息公开工作年度报告",))] if draw(st.booleans()) else [((), ("青石县水利局的报告",))]
    )
    marked, blanks, ambiguous = keys[: len(keys) // 2], keys[len(keys) // 2 :], {}
    while marked:
        taken, marked = marked[:3], marked[3:]
        parts = [draw(labels)]
        for key in taken:
            printed, *value = draw(values)
            stray = draw(st.integers(0, 9)) == 0
            parts += ["\t", (printed, STRAY if stray else key, *([] if stray else value))]
        rows = draw(st.lists(st.sampled_from([key.rpartition(".")[0] for key in taken]), max_size=3, unique=True))
        lines.append((rows, parts))
        lines += [((), ())] * draw(st.integers(0, 1))
    for key in blanks[: len(blanks) // 2]:
        ambiguous[key] = draw(st.none() | st.integers(0, 999) | st.sampled_from([0.5, 12.3456]))
    return annotated(lines, blanks[len(blanks) // 2 :], ambiguous, ends=draw(st.sampled_from(LINE_ENDS)))


@settings(max_examples=150, deadline=None)
@given(annotation=small_annotations())
def test_round_trip(annotation):
    assume(not list(problems(annotation)))
    assert one(tasks_of(annotation)[0]) == annotation


@settings(max_examples=60, deadline=None)
@given(annotation=small_annotations())
def test_round_trip_of_an_annotation_that_cannot_be_used_is_a_reason(annotation):
    found, rejected = import_tasks(tasks_of(replace(annotation, publisher="")))
    assert not found
    assert "发布机关" in rejected[0].reason


# --- the format ------------------------------------------------------------------------------------------------------


def test_a_task_has_the_fields_of_label_studio():
    (task,) = tasks_of(small())
    assert task["data"] == {
        "text": small().text,
        "name": "one",
        "publisher": "青石县水利局",
        "year": 2021,
        "origin": "test",
        "layouts": ["tsv-grid"],
    }
    assert {(item["from_name"], item["to_name"], item["type"]) for item in results(task)} == {
        ("kind", "text", "labels"),
        ("key", "text", "taxonomy"),
        ("value", "text", "textarea"),
        ("blanks", "text", "textarea"),
        ("ambiguous", "text", "textarea"),
    }
    start = small().text.index("减少4件")
    place = {"start": start, "end": start + 4}
    assert region(task, "kind", "减少4件")["value"] == place | {"text": "减少4件", "labels": ["cell"]}
    assert region(task, "key", "减少4件")["value"] == place | {
        "text": "减少4件",
        "taxonomy": [["proactive", "permits", "change"]],
    }
    assert region(task, "value", "减少4件")["value"] == place | {"text": ["-4"]}
    assert region(task, "kind", "／")["value"]["labels"] == ["dash"]
    assert region(task, "kind", "７")["value"]["labels"] == ["stray"]
    row = region(task, "key", "行政许可\t减少4件\t1,234")
    assert row["value"]["taxonomy"] == [["proactive", "permits"], ["proactive", "rules"]]
    assert results(task)[-2]["value"] == {"text": ["proactive.fees.amount\nproactive.rules.in_force"]}
    assert results(task)[-1]["value"] == {"text": ["proactive.permits.decisions=2.5\nproactive.penalties.decisions="]}


def test_regions_have_ids_of_their_own():
    for path in FILES[:3]:
        (task,) = tasks_of(load(path))
        kinds = [item["id"] for item in results(task) if item["from_name"] == "kind"]
        assert len(kinds) == len(set(kinds))


def test_drafts_are_predictions_and_do_not_count_until_a_person_submits_them():
    (asked,) = export_tasks([small()], predictions=True)
    (draft,) = export_tasks([replace(small(), reviewed=False)])
    assert asked == draft
    assert "annotations" not in draft
    assert draft["predictions"][0]["result"] == results(tasks_of(small())[0])
    assert "没有完成的标注" in reason(draft)
    accepted = {**draft, "annotations": [{"result": draft["predictions"][0]["result"]}]}
    assert one(accepted) == small()


def test_the_publisher_of_a_draft_can_be_typed_in():
    (task,) = tasks_of(replace(small(), publisher=""))
    assert "发布机关" in reason(task)
    results(task).append(
        {
            "id": "p",
            "from_name": "publisher",
            "to_name": "text",
            "type": "textarea",
            "value": {"text": ["青石县水利局"]},
        }
    )
    assert one(task) == small()


def test_rows_of_a_line_that_does_not_exist_are_told():
    with pytest.raises(InputError, match="第 99 行") as caught:
        export_tasks([replace(small(), lines={99: (RULES_ROW,)})])
    assert caught.value.code == "input.labelstudio"


def test_the_configuration_offers_every_cell_and_every_control():
    config = labelling_config()
    view = ElementTree.fromstring(config)  # noqa: S314 - our own
    keys, rows = set(), set()
    for table in view.iter("Taxonomy"):
        for one_table in table:
            for row in one_table:
                rows.add(f"{one_table.get('alias')}.{row.get('alias')}")
                keys |= {f"{one_table.get('alias')}.{row.get('alias')}.{column.get('alias')}" for column in row}
    assert keys == set(KEYS)
    assert rows == {key.rpartition(".")[0] for key in KEYS}
    for choices in (element for element in view.iter() if element.tag in ("Taxonomy", "Choice")):
        shown = [choice.get("value") for choice in choices]
        assert len(shown) == len(set(shown)), "Label Studio drops choices of the same wording"
    assert {item.get("value") for item in view.iter("Label")} == {"cell", "dash", "stray", "row"}
    controls = {item.get("name"): item.tag for item in view.iter() if item.get("toName") == "text"}
    used = {(item["from_name"], item["type"]) for item in results(tasks_of(small())[0])}
    assert {(name, tag.lower()) for name, tag in controls.items()} == used | {("publisher", "textarea")}
    per_region = {item.get("name") for item in view.iter() if item.get("perRegion") == "true"}
    assert per_region == {"key", "value"}
    assert view.find("Text").get("value") == "$text"
    assert "危及“三安全一稳定”" in config


# --- places ----------------------------------------------------------------------------------------------------------


def counted(task, count):
    """A task with its places counted another way."""
    text = task["data"]["text"]
    task = copy.deepcopy(task)
    for item in results(task):
        if "start" in item["value"]:
            item["value"]["start"] = count(text[: item["value"]["start"]])
            item["value"]["end"] = count(text[: item["value"]["end"]])
    return task


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("ends", LINE_ENDS)
def test_places_in_utf16_code_units(ends):
    (task,) = tasks_of(small(ends))
    moved = counted(task, utf16)
    assert moved != task
    assert one(moved) == small(ends)


@pytest.mark.parametrize("unit", [len, utf16])
def test_places_where_two_characters_end_a_line_as_one(unit):
    (task,) = tasks_of(small("\r\n"))
    assert one(counted(task, lambda before: unit(before.replace("\r\n", "\n")))) == small("\r\n")


@settings(max_examples=60, deadline=None)
@given(annotation=small_annotations())
def test_places_in_utf16_are_understood_or_refused_but_never_moved_in_silence(annotation):
    assume(not list(problems(annotation)))
    found, rejected = import_tasks([counted(tasks_of(annotation)[0], utf16)])
    assert not rejected
    printed = [(mark.key, annotation.text[mark.start : mark.end]) for mark in annotation.marks]
    assert [(mark.key, found[0].text[mark.start : mark.end]) for mark in found[0].marks] == printed


def test_line_ends_and_white_space_of_a_region_may_come_back_changed():
    annotation = small("\r\n")
    (task,) = tasks_of(annotation)
    printed = "行政许可\t减少4件\t1,234"
    drawn = {  # the region of the row was drawn from the row before on; Label Studio spells line ends out
        "start": annotation.text.index("规章\t0"),
        "end": annotation.text.index(printed) + len(printed),
        "text": "规章 0 ／ ７\\n\\n\\n\\n行政许可 减少4件 1,234",
    }
    changed = [region(task, control, printed) for control in ("kind", "key")]
    for item in changed:
        item["value"] |= drawn
    assert one(task).lines == {2: (RULES_ROW, PERMITS_ROW), 4: (PERMITS_ROW, RULES_ROW)}


def test_a_value_drawn_with_white_space_is_taken_without():
    (task,) = tasks_of(small())
    for item in results(task):
        if item["value"].get("text") == "1,234":
            item["value"]["start"] -= 1
            item["value"]["text"] = "\t1,234"
    assert one(task) == small()


def test_a_region_whose_text_changed_is_refused_with_place_and_both_texts():
    (task,) = tasks_of(small())
    for item in results(task):
        if item["value"].get("text") == "1,234":
            item["value"]["text"] = "1,235"
    found, rejected = import_tasks([task])
    start = small().text.index("1,234")
    assert not found
    assert rejected[0].name == "one"
    assert rejected[0].reason == f"位置 {start}–{start + 5} 的“1,235” 与原文不符，原文是“1,234”"


def test_a_text_that_changed_under_its_regions_is_refused():
    (task,) = tasks_of(small())
    task["data"]["text"] = "新" + task["data"]["text"]
    assert "与原文不符" in reason(task)


def test_the_changed_region_is_told_also_where_places_count_utf16():
    task = counted(tasks_of(small())[0], utf16)
    for item in results(task):
        if item["value"].get("text") == "1,234":
            item["value"]["text"] = "1,235"
    assert "的“1,235” 与原文不符，原文是“1,234”" in reason(task)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (5, 3), (3, 10_000)])
def test_a_place_outside_the_text_is_refused(start, end):
    (task,) = tasks_of(small())
    results(task)[0]["value"] |= {"start": start, "end": end}
    results(task)[1]["value"] |= {"start": start, "end": end}
    assert f"位置 {start}–{end} 的“0” 超出原文" in reason(task)


# --- which annotation counts, and what is wrong with it --------------------------------------------------------------


def test_a_task_without_completed_annotation_is_rejected():
    (task,) = tasks_of(small())
    skipped = {**task, "annotations": [{**task["annotations"][0], "was_cancelled": True}]}
    for unfinished in (skipped, {**task, "annotations": []}, {"data": task["data"]}):
        assert "没有完成的标注" in reason(unfinished)


def test_the_newest_annotation_counts_whatever_its_place():
    (task,) = tasks_of(small())
    whole, empty = task["annotations"][0], {"result": []}
    times = [
        {"updated_at": f"2024-05-0{day}T08:00:00.000000Z", "created_at": "2024-01-01T00:00:00Z"} for day in (1, 2, 3)
    ]
    task["annotations"] = [whole | times[1], empty | times[0], empty | times[2] | {"was_cancelled": True}]
    assert one(task) == small()
    task["annotations"] = [empty | {"created_at": "2024-05-01T08:00:00Z"}, whole | times[1]]
    assert one(task) == small()
    task["annotations"] = [empty, whole]
    assert one(task) == small()


def test_good_tasks_are_kept_beside_rejected_ones():
    (task,), (other,) = tasks_of(small()), tasks_of(replace(small(), name="two"))
    bad = copy.deepcopy(other)
    bad["annotations"] = []
    bad["data"]["name"] = "three"
    found, rejected = import_tasks([task, bad, other, task])
    assert [annotation.name for annotation in found] == ["one", "two"]
    assert [(item.name, item.reason) for item in rejected] == [
        ("three", "没有完成的标注（未标注，或被跳过）"),
        ("one", "前面已有同名的任务"),
    ]


def drop(control, text):
    def change(task):
        results(task).remove(region(task, control, text))

    return change


def put(control, text, field, said):
    def change(task):
        region(task, control, text)["value"][field] = said

    return change


def add(text, control, kind, said):
    def change(task):
        template = region(task, "kind", text)
        value = {key: template["value"][key] for key in ("start", "end", "text")} | said
        results(task).append(template | {"from_name": control, "type": kind, "value": value})

    return change


def field(name, said):
    def change(task):
        next(item for item in results(task) if item["from_name"] == name)["value"]["text"] = [said]

    return change


def data(name, said):
    def change(task):
        task["data"][name] = said

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop("kind", "1,234"), "“1,234” 应标为 cell、dash、stray、row 中的一种"),
        (put("kind", "1,234", "labels", ["cell", "row"]), "应标为"),
        (put("kind", "1,234", "labels", ["数字"]), "应标为"),
        (drop("key", "1,234"), "“1,234” 应选一个单元格，选了 0 个"),
        (put("key", "1,234", "taxonomy", [["proactive", "rules", "issued"]] * 2), "应选一个单元格，选了 2 个"),
        (put("key", "1,234", "taxonomy", [["proactive", "permits"]]), "没有这样的单元格：proactive.permits"),
        (put("kind", "1,234", "labels", ["stray"]), "标为 stray，却选了单元格"),
        (add("／", "value", "textarea", {"text": ["0"]}), "标为 dash，却写了数 0"),
        (put("value", "减少4件", "text", ["-4", "4"]), "却写了数 -4、4"),
        (put("value", "减少4件", "text", ["减四"]), "“减四”，不是数字"),
        (put("value", "减少4件", "text", ["nan"]), "不是数字"),
        (drop("value", "减少4件"), "不是单纯的数字"),
        (drop("key", "规章\t0\t／\t７"), "标为 row，应选它所属的行"),
        (put("key", "规章\t0\t／\t７", "taxonomy", [["proactive"]]), "没有这样的行：proactive"),
        (field("ambiguous", "proactive.fees.amount"), "应写成 单元格=数"),
        (field("ambiguous", "proactive.fees.amount=一"), "不是数字"),
        (field("blanks", "proactive.fees"), "没有这样的单元格：proactive.fees"),
        (field("blanks", "proactive.rules.issued"), "既标注为空白，又标注了数字"),
        (data("layouts", ["新版式"]), "未知的版式名 新版式"),
        (data("publisher", ""), "没有写发布机关"),
        (data("name", "../one"), "不能含路径"),
        (data("name", "a\\b"), "不能含路径"),
        (data("text", " "), "超出原文"),
        (lambda task: task.update(annotations=[{"result": []}]) or data("text", " ")(task), "原文不能读取：文件是空的"),
        (lambda task: task.update(annotations=[{"result": []}]) or data("text", "\ufeff报告")(task), "BOM"),
    ],
)
def test_what_a_person_can_get_wrong_is_told(change, said):
    (task,) = tasks_of(small())
    change(task)
    assert said in reason(task)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (put("value", "减少4件", "text", ["−４"]), {"proactive.permits.change": -4}),
        (put("value", "减少4件", "text", "-4"), {"proactive.permits.change": -4}),
        (put("value", "减少4件", "text", ["-1,200.5 "]), {"proactive.permits.change": -1200.5}),
        (put("key", "1,234", "taxonomy", [["主动公开 proactive", "行政强制 coercive_measures", "数量 decisions"]]),
         {"proactive.coercive_measures.decisions": 1234}),
        (field("blanks", "\nproactive.fees.amount \n\nproactive.other_services.change\n"),
         {"proactive.fees.amount": None, "proactive.other_services.change": None}),
    ],
)  # fmt: skip
def test_what_people_and_versions_write_differently_is_understood(change, expected):
    (task,) = tasks_of(small())
    change(task)
    assert one(task).truth.items() >= expected.items()


def test_relations_between_regions_say_nothing():
    (task,) = tasks_of(small())
    results(task).append({"from_id": "token-0", "to_id": "token-1", "type": "relation", "direction": "right"})
    assert one(task) == small()


def test_a_task_without_name_is_named_by_its_number():
    (task,) = tasks_of(small())
    del task["data"]["name"]
    assert one(task) == replace(small(), name="任务 1")


# --- malformed -------------------------------------------------------------------------------------------------------


def no_offset(task):
    del results(task)[0]["value"]["start"]


@pytest.mark.parametrize(
    "change",
    [
        lambda task: task.pop("data"),
        lambda task: task["data"].pop("text"),
        lambda task: task.update(data=[]),
        lambda task: task["data"].update(text=5),
        lambda task: task["data"].update(text="\ud83d"),
        lambda task: task["data"].update(year="2021"),
        lambda task: task["data"].update(layouts=[[]]),
        lambda task: task["data"].update(publisher=None),
        lambda task: task.update(annotations={}),
        lambda task: task.update(annotations=["x"]),
        lambda task: task.update(annotations=[{}]),
        lambda task: task["annotations"][0].update(result=None),
        lambda task: task["annotations"][0].update(was_cancelled="no"),
        lambda task: results(task).append("x"),
        lambda task: results(task).append({}),
        lambda task: results(task)[0].update(value=None),
        lambda task: results(task)[0].update(from_name="label"),
        lambda task: results(task)[0].pop("id"),
        lambda task: results(task)[0]["value"].update(start="3"),
        lambda task: results(task)[0]["value"].update(start=True),
        lambda task: results(task)[0]["value"].update(end=float("inf")),
        lambda task: results(task)[0]["value"].update(labels=[5]),
        lambda task: results(task)[0]["value"].update(text=None),
        lambda task: results(task)[1]["value"].update(taxonomy=["proactive"]),
        lambda task: results(task)[1]["value"].update(taxonomy=[[5]]),
        lambda task: results(task)[-1]["value"].update(text={}),
        no_offset,
    ],
)
def test_malformed_tasks_are_one_clear_line(change):
    good, bad = tasks_of(small()), tasks_of(small())
    change(bad[0])
    with pytest.raises(InputError, match=r"第 2 个任务：.+；请用 JSON 格式导出") as caught:
        import_tasks(good + bad)
    assert caught.value.code == "input.labelstudio"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data", [None, {}, "[]", 5, [None], [[]], [{"text": "规章", "kind": [{"start": 0, "end": 2}]}]]
)
def test_other_data_are_one_clear_line(data):
    with pytest.raises(InputError, match="不是本项目的 Label Studio 导出") as caught:
        import_tasks(data)
    assert caught.value.code == "input.labelstudio"


FIELDS = (
    "data", "text", "name", "annotations", "result", "value", "from_name", "type", "id", "labels", "taxonomy", "start",
    "end", "year",
)  # fmt: skip
json_data = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 50) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(tasks=json_data, inside=st.integers(0, 3))
def test_no_data_make_a_traceback(tasks, inside):
    task = tasks_of(small())[0]
    if inside == 1:
        tasks = [tasks]
    elif inside == 2:
        tasks = [{**task, "annotations": tasks}]
    elif inside == 3:
        results(task).append({**results(task)[0], "value": tasks})
        tasks = [task]
    problem = None
    try:
        import_tasks(tasks)
    except InputError as error:
        problem = error
    assert problem is None or (problem.code == "input.labelstudio" and "\n" not in str(problem))


def test_nothing_is_nothing():
    assert import_tasks([]) == ([], [])
    assert export_tasks([]) == []
