import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from extractor.errors import InputError
from extractor.forms import forms
from training.annotations import (
    STRAY,
    Annotation,
    Mark,
    Rejected,
    dump,
    from_dict,
    load,
    load_corpus,
    problems,
    to_dict,
)
from training.overlap import overlaps
from training.quirks import quirks

ROOT = Path(__file__).parent.parent / "annotations"
FILES = sorted([*(ROOT / "train").glob("*.json"), *(ROOT / "gold").glob("*.json")])
TITLE = "青石县水利局2021年政府信息公开工作年度报告"
TEXT = f"{TITLE}\n规章\t1\t/\t1,234\n行政许可\t减少4件\t１２\t7\n行政处罚\t\n"
UNWRITTEN = ("html-grid", "pdf-born-digital")
"""Layouts of files that are no text; no annotation has them yet."""


def token(printed, key, nth=0, text=TEXT, **value):
    start = [match.start() for match in re.finditer(re.escape(printed), text)][nth]
    return {"start": start, "end": start + len(printed), "text": printed, "key": key, **value}


def whole(**changed):
    """An annotation without problems, as JSON data, some of it changed."""
    found = {
        "format": 1,
        "publisher": "青石县水利局",
        "year": 2021,
        "origin": "test",
        "reviewed": True,
        "layouts": ["tsv-grid", "thousands"],
        "source": {"text": TEXT},
        "lines": {"2": "proactive.rules", "3": "proactive.permits", "4": "proactive.penalties"},
        "tokens": [
            token("\t1\t", "proactive.rules.issued") | {"start": TEXT.index("\t1\t") + 1, "end": TEXT.index("\t1\t") + 2}
            | {"text": "1"},
            token("/", "proactive.rules.repealed", value=None),
            token("1,234", "proactive.rules.in_force"),
            token("减少4件", "proactive.permits.change", value=-4),
            token("１２", "proactive.permits.previous_items"),
            token("7", STRAY),
        ],
        "blanks": ["proactive.penalties.decisions"],
        "ambiguous": {"proactive.fees.amount": None},
    }  # fmt: skip
    return found | changed


def without(place, **changed):
    """The tokens of :func:`whole` with one changed, or left out."""
    tokens = whole()["tokens"]
    return [*tokens[:place], *([tokens[place] | changed] if changed else []), *tokens[place + 1 :]]


def write(folder, name="one", **changed):
    path = folder / f"{name}.json"
    path.write_text(dump(whole(**changed)), encoding="utf-8")
    return path


def refused(path):
    """Why a file can't be loaded."""
    with pytest.raises(InputError) as caught:
        load(path)
    assert caught.value.code == "input.annotation"
    return str(caught.value)


def made(**changed):
    return from_dict(whole(**changed), "one", Path())


# --- reading and writing ---------------------------------------------------------------------------------------------


def test_an_annotation_is_read(tmp_path):
    annotation = load(write(tmp_path))
    assert annotation.name == "one"
    assert annotation.publisher == "青石县水利局"
    assert annotation.layouts == ("tsv-grid", "thousands")
    assert annotation.year == 2021
    assert annotation.reviewed
    assert annotation.text == annotation.data.decode() == annotation.document.text == TEXT
    assert annotation.lines == {2: ("proactive.rules",), 3: ("proactive.permits",), 4: ("proactive.penalties",)}
    assert annotation.ambiguous == {"proactive.fees.amount": None}


def test_the_truth_has_values_dashes_and_blanks_but_no_strays():
    assert made().truth == {
        "proactive.rules.issued": 1,
        "proactive.rules.repealed": None,
        "proactive.rules.in_force": 1234,
        "proactive.permits.change": -4,
        "proactive.permits.previous_items": 12,
        "proactive.penalties.decisions": None,
    }


def test_what_is_left_out_has_a_default():
    found = whole()
    for name in ("year", "origin", "reviewed", "layouts", "lines", "blanks", "ambiguous"):
        del found[name]
    annotation = from_dict(found, "one", Path())
    assert annotation == Annotation(
        "one", "青石县水利局", (), TEXT.encode(), TEXT, made().marks, reviewed=True, lines={}, ambiguous={}
    )


def test_tokens_may_stand_in_any_order():
    assert made(tokens=whole()["tokens"][::-1]) == made()


@pytest.mark.parametrize(
    ("printed", "value"),
    [("0", 0), ("12", 12), ("１２", 12), ("1,234", 1234), ("１，２３４", 1234), ("12,345,678.90", 12345678.9), ("-3", -3),
     ("+3", 3), ("０．５", 0.5), (" 8 ", 8)],
)  # fmt: skip
def test_plain_numbers_need_no_value(printed, value):
    text = f"{TITLE}\n规章\t{printed}\n"
    found = whole(source={"text": text}, lines={}, tokens=[token(printed, "proactive.rules.issued", -1, text)])
    annotation = from_dict(found, "one", Path())
    assert annotation.marks[0].value == value
    assert "value" not in to_dict(annotation)["tokens"][0]


@pytest.mark.parametrize("printed", ["/", "—", "无", "减少4件", "1,23", "12,34", "5件", "5-", "1 2", "十", "4.", "2%"])
def test_other_prints_need_a_value(printed):
    text = f"{TITLE}\n规章\t{printed}\n"
    one = token(printed, "proactive.rules.issued", -1, text)
    with pytest.raises(InputError, match="不是单纯的数字，请写明 value") as caught:
        made(source={"text": text}, lines={}, tokens=[one])
    assert caught.value.code == "input.annotation"
    for value in (None, -4, 2.5):
        annotation = made(source={"text": text}, lines={}, tokens=[one | {"value": value}])
        assert annotation.marks[0].value == value
        assert to_dict(annotation)["tokens"][0]["value"] == value
    assert made(source={"text": text}, lines={}, tokens=[one | {"key": STRAY}]).marks[0] == Mark(
        one["start"], one["end"], STRAY
    )


def test_a_line_has_one_row_or_several():
    assert made(lines={"2": ["proactive.rules", "proactive.fees"]}).lines == {2: ("proactive.rules", "proactive.fees")}
    assert to_dict(made())["lines"]["2"] == "proactive.rules"


def test_written_and_read_again_it_is_the_same(tmp_path):
    (tmp_path / "one.json").write_text(dump(to_dict(made())), encoding="utf-8")
    assert load(tmp_path / "one.json") == made()
    assert json.loads(dump(to_dict(made()))) == to_dict(made())


def test_each_token_stands_on_a_line_of_its_own():
    lines = dump(to_dict(made())).splitlines()
    assert sum('"text": "1,234"' in line for line in lines) == 1
    assert not [line for line in lines if line.count('"key"') > 1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_file_is_loaded_and_comes_back_as_it_went(path):
    annotation = load(path)
    assert not list(problems(annotation))
    assert from_dict(json.loads(dump(to_dict(annotation))), path.stem, Path()) == replace(
        annotation, data=annotation.text.encode()
    )


# --- the source as a file --------------------------------------------------------------------------------------------


def with_file(folder, data, path="reports/one.txt", digest=None):
    (folder / "reports").mkdir(exist_ok=True)
    (folder / "reports" / "one.txt").write_bytes(data)
    return write(folder, source={"path": path, "sha256": digest or hashlib.sha256(data).hexdigest()})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_source_may_be_a_file_in_any_encoding(tmp_path, encoding):
    annotation = load(with_file(tmp_path, TEXT.encode(encoding)))
    assert replace(annotation, data=b"") == replace(made(), data=b"")
    assert annotation.data == TEXT.encode(encoding)


def test_the_source_is_written_as_given(tmp_path):
    source = {"path": "one.txt", "sha256": hashlib.sha256(TEXT.encode()).hexdigest()}
    assert to_dict(made(), source=source)["source"] == source
    (tmp_path / "one.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "one.json").write_text(dump(to_dict(made(), source=source)), encoding="utf-8")
    assert load(tmp_path / "one.json") == made()


def test_a_changed_source_is_refused(tmp_path):
    path = with_file(tmp_path, TEXT.encode())
    (tmp_path / "reports" / "one.txt").write_bytes(TEXT.replace("7", "8").encode())
    assert "与记录的 sha256 不符" in refused(path)


@pytest.mark.parametrize("path", ["../one.txt", "reports/../../one.txt", "/etc/hostname"])
def test_a_source_outside_the_folder_is_refused(tmp_path, path):
    (tmp_path / "one.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "inner").mkdir()
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert "不在标注文件的文件夹之内" in refused(with_file(tmp_path / "inner", TEXT.encode(), path, digest))


def test_a_link_to_a_source_outside_the_folder_is_refused(tmp_path):
    (tmp_path / "one.txt").write_text(TEXT, encoding="utf-8")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.txt").symlink_to(tmp_path / "one.txt")
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert "不在标注文件的文件夹之内" in refused(write(inner, source={"path": "link.txt", "sha256": digest}))


@pytest.mark.parametrize("path", ["reports/two.txt", "reports"])
def test_a_missing_source_is_refused(tmp_path, path):
    assert f"原文 {path} 不存在" in refused(with_file(tmp_path, TEXT.encode(), path))


def test_an_unreadable_source_is_refused(tmp_path):
    assert "原文不能读取：PDF 已损坏" in refused(with_file(tmp_path, b"%PDF-1.4"))
    assert "原文不能读取：文件是空的" in refused(write(tmp_path, source={"text": " \n"}))


# --- what is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"publisher": ""}, "没有写发布机关"),
        ({"reviewed": False}, "尚未经人核对"),
        ({"layouts": ["tsv-grid", "新版式", "另一种"]}, "未知的版式名 新版式、另一种；"),
        ({"tokens": without(0, key="proactive.rules.issue")}, "没有这样的单元格：proactive.rules.issue；"),
        ({"tokens": without(0, key="")}, "没有这样的单元格：；"),
        ({"blanks": ["proactive.rules"]}, "没有这样的单元格：proactive.rules；"),
        ({"ambiguous": {"规章": 1}}, "没有这样的单元格：规章；"),
        ({"lines": {"2": "proactive.rules.issued"}}, "没有这样的行：proactive.rules.issued；"),
        ({"lines": {"2": ["proactive.rules", "规章"]}}, "没有这样的行：规章；"),
        ({"tokens": [*whole()["tokens"], token("34", STRAY)]}, "与前一个数字的标注重叠"),
        ({"tokens": [*whole()["tokens"], whole()["tokens"][0]]}, "与前一个数字的标注重叠"),
        ({"tokens": without(2, key="proactive.rules.issued")}, "proactive.rules.issued 标注了两个不同的数：1.0 和 1234.0"),
        ({"tokens": without(2, key="proactive.rules.repealed")}, "标注了两个不同的数：None 和 1234.0"),
        ({"blanks": ["proactive.rules.issued"]}, "proactive.rules.issued 既标注为空白，又标注了数字"),
        ({"blanks": ["proactive.rules.repealed"]}, "proactive.rules.repealed 既标注为空白，又标注了数字"),
        ({"tokens": without(5)}, "第 3 行的“7”没有标注"),
        ({"tokens": without(2)}, "第 2 行的“1,234”没有标注"),
        ({"tokens": without(1)}, "第 2 行的“/”没有标注"),
    ],
)  # fmt: skip
def test_each_problem_is_told(tmp_path, changed, said):
    assert said in refused(write(tmp_path, **changed))
    assert len(list(problems(made(**changed)))) == 1


def test_all_problems_are_told_the_most_basic_first():
    found = list(problems(made(publisher="", reviewed=False, layouts=["x"], blanks=["y"], tokens=without(5))))
    assert [re.sub("（.*", "", problem)[:7] for problem in found] == [
        "没有写发布机关", "尚未经人核对", "未知的版式名 ", "没有这样的单元", "第 3 行的“",
    ]  # fmt: skip


def test_a_draft_lacks_reviewer_and_publisher_only(tmp_path):
    path = write(tmp_path, publisher="", reviewed=False)
    assert load(path, drafts=True) == made(publisher="", reviewed=False)
    assert load_corpus([path], drafts=True).reports
    assert not load_corpus([path]).reports
    with pytest.raises(InputError, match="未知的版式名"):
        load(write(tmp_path, publisher="", reviewed=False, layouts=["x"]), drafts=True)


def test_the_same_number_twice_is_no_problem():
    text = f"{TITLE}\n规章\t5\n规章\t5\n"
    tokens = [token("5", "proactive.rules.issued", nth, text) for nth in (0, 1)]
    assert not list(problems(made(source={"text": text}, lines={"2": "proactive.rules"}, tokens=tokens)))


def test_numbers_elsewhere_need_no_mark():
    assert not list(problems(made(lines={}, tokens=[])))
    assert not list(problems(made(lines={"4": "proactive.penalties"}, tokens=[])))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": 2}, "格式版本是 2，本程序只读版本 1"),
        ({"tokens": without(2, text="1,235")}, "的原文是“1,234”，标注却写“1,235”"),
        ({"tokens": without(2, end=10_000)}, "标注却写“1,234”"),
        ({"tokens": without(2, start="x")}, "不是标注文件（ValueError"),
        ({"tokens": without(3, value="四")}, "value 的值“四”不是应有的类型"),
        ({"tokens": [{"start": 0}]}, "不是标注文件（KeyError"),
        ({"tokens": 5}, "不是标注文件（TypeError"),
        ({"lines": []}, "不是标注文件（AttributeError"),
        ({"lines": {"二": "proactive.rules"}}, "不是标注文件（ValueError"),
        ({"source": {}}, "不是标注文件（KeyError"),
        ({"source": {"path": "one.txt"}}, "不存在"),
    ],
)
def test_another_structure_is_refused(tmp_path, changed, said):
    assert said in refused(write(tmp_path, **changed))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "5", '{"format": 1}', "\ufeff{}"])
def test_what_is_no_annotation_is_refused(tmp_path, text):
    (tmp_path / "one.json").write_text(text, encoding="utf-8")
    assert "不是标注文件" in refused(tmp_path / "one.json")


def test_bytes_that_are_no_text_and_folders_are_refused(tmp_path):
    (tmp_path / "one.json").write_bytes(b"\xff\xfe\x00{")
    (tmp_path / "two.json").mkdir()
    assert "不是标注文件" in refused(tmp_path / "one.json")
    assert "不是标注文件" in refused(tmp_path / "two.json")


@pytest.mark.parametrize(
    "text",
    [
        dump(whole(layouts=[[]])),
        dump(whole(lines={"2": [[]]})),
        dump(whole(tokens=without(0, start=float("inf")))),
        dump(whole(tokens=without(3, value=10**400))),
        "[" * 200_000,
    ],
    ids=["layout", "row", "infinite place", "large value", "deep"],
)
def test_no_value_of_another_type_stops_the_others(tmp_path, text):
    write(tmp_path, "a")
    (tmp_path / "b.json").write_text(text, encoding="utf-8")
    corpus = load_corpus([tmp_path])
    assert [report.name for report in corpus.reports] == ["a"]
    assert len(corpus.rejected) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"publisher": None},
        {"lines": {"99": "proactive.rules"}},
        {"ambiguous": {"proactive.fees.amount": "x"}},
        {"year": "2021"},
        {"lines": {}, "tokens": [{"start": 5, "end": 5, "text": "", "key": "proactive.rules.issued", "value": 3}]},
    ],
    ids=["no publisher", "no such line", "ambiguous without number", "year in words", "mark of nothing"],
)
def test_what_cannot_be_meant_is_refused(tmp_path, changed):
    refused(write(tmp_path, **changed))


# --- a corpus --------------------------------------------------------------------------------------------------------


def test_a_bad_file_spoils_nothing(tmp_path):
    write(tmp_path, "a")
    write(tmp_path, "b", publisher="")
    (tmp_path / "c.json").write_text("{", encoding="utf-8")
    (tmp_path / "c.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "d.json").mkdir()
    (tmp_path / "inner").mkdir()
    write(tmp_path / "inner", "e")
    corpus = load_corpus([tmp_path])
    assert [report.name for report in corpus.reports] == ["a", "e"]
    assert [(Path(item.name).name, item.reason[:6]) for item in corpus.rejected] == [
        ("b.json", "没有写发布机"),
        ("c.json", "不是标注文件"),
        ("d.json", "不是标注文件"),
    ]


def test_files_and_folders_are_read_in_the_order_given(tmp_path):
    (tmp_path / "inner").mkdir()
    paths = [write(tmp_path / "inner", "b").parent, write(tmp_path, "a"), write(tmp_path, "c", format=0)]
    corpus = load_corpus(paths)
    assert [report.name for report in corpus.reports] == ["b", "a"]
    assert corpus.rejected == (Rejected(str(paths[2]), "格式版本是 0，本程序只读版本 1"),)
    assert load_corpus([]) == ((), ())


def test_a_path_that_names_nothing_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"none：文件或文件夹不存在") as caught:
        load_corpus([tmp_path / "none"])
    assert caught.value.code == "input.missing"


# --- overlaps --------------------------------------------------------------------------------------------------------

PROSE = (
    "水库移民后期扶持资金的拨付进度首次逐月公布，群众可在各乡镇便民服务点的触摸屏上自行查阅。去年汛期两度超警，防汛简报"
    "由每日一期改为每两小时一期，堤防巡查的责任人姓名和电话也一并上墙。针对村民反映灌溉用水排期看不懂的问题，我们把表格"
    "改成日历，印成年画送到每户门口。培训方面，请省厅专家讲了半天课，乡镇水管员都来听。"
)


def report(name, publisher, text):
    return Annotation(name, publisher, (), text.encode(), text, ())


@pytest.fixture(name="gold")
def one_gold():
    return report("g", "石桥县水利局", f"石桥县水利局2021年政府信息公开工作年度报告\n{PROSE}\n{TEXT}")


def test_reports_that_share_nothing_do_not_overlap(gold):
    assert overlaps([made()], [gold]) == []
    assert overlaps([], [gold]) == overlaps([gold], []) == []


@pytest.mark.parametrize("publisher", ["石桥县水利局", "石橋縣水利局", " 石桥县 水利局"])
def test_the_same_publisher_is_told(gold, publisher):
    assert overlaps([replace(made(), publisher=publisher)], [gold]) == [
        "训练集的 one 与评测集的 g 是同一发布机关：石桥县水利局"
    ]


def test_all_reports_of_a_shared_publisher_are_told_at_once(gold):
    train = [replace(made(), publisher=gold.publisher, name=name) for name in "ab"]
    assert overlaps(train, [gold])[0].startswith("训练集的 a、b 与评测集的 g 是同一发布机关")


def test_the_same_file_is_told_once(gold):
    (reason,) = overlaps([replace(gold, name="t", publisher="望江县水利局")], [gold])
    assert reason.startswith("训练集的 t 与评测集的 g 是同一文件（sha256 ")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("石桥县水利局", "望江县林业局").replace("1,234", "99"),
        lambda text: re.sub(r"\d", "3", text).replace("\t", " | ").replace("\n", "|\n"),
        lambda text: "".join(text.split()),
        lambda text: text[: text.index("首次") + len(text) // 4],
        lambda text: text.replace("，", "\n").replace("群众", "村民").replace("去年", "上年"),
        lambda text: (
            text.replace("报告", "報告").replace("资金", "資金").replace("灌溉", "灌溉 ").replace("问题", "問題")
        ),
        lambda text: text + "另外，" + PROSE[::-1],
    ],
    ids=["renamed", "other layout and figures", "glued", "cut", "wrapped", "traditional", "with more"],
)
def test_a_near_duplicate_is_told(gold, change):
    planted = report("t", "望江县水利局", change(gold.text))
    (reason,) = overlaps([made(), planted], [gold])
    assert reason.startswith("训练集的 t 与评测集的 g 文字几乎相同（相似度 ")


def test_the_wordings_of_the_form_are_no_likeness():
    printed = "\n".join(
        (block.caption or "") + "".join(row.label + "\t0" * len(block.columns) + "\n" for row in block.rows)
        for form in forms()
        for block in form.blocks
    )
    own = (
        "本年度着力解决档案移交不及时的老毛病，新设了一间阅览室",
        "年初制定的七项任务到岁末只完成五项，欠账列入来年计划",
    )
    one, other = (report(text[:2], text[:3], f"{TITLE}\n{printed}{text}") for text in own)
    assert overlaps([one], [other]) == []


def test_texts_without_own_words_are_alike_only_when_they_are_the_same():
    one = report("t", "甲县", "规章 1 2 3\n")
    assert overlaps([one], [report("g", "乙县", "规章 1 2 4\n")]) == []
    assert overlaps([one], [report("g", "乙县", "规章 | 1 | 2 | 3 |\n")]) == [
        "训练集的 t 与评测集的 g 文字几乎相同（相似度 1.00）"
    ]


# --- the corpus of the project ---------------------------------------------------------------------------------------


@pytest.fixture(name="corpora", scope="module")
def both_corpora():
    return {name: load_corpus([ROOT / name]) for name in ("train", "gold")}


def test_no_annotation_of_the_project_is_rejected(corpora):
    assert corpora["train"].rejected == corpora["gold"].rejected == ()
    assert len(corpora["train"].reports) >= 40
    assert len(corpora["gold"].reports) >= 25


def test_training_and_gold_share_nothing(corpora):
    assert overlaps(corpora["train"].reports, corpora["gold"].reports) == []


def test_a_gold_report_that_slips_into_training_would_be_told(corpora):
    """Gold reports with words of their own are found again under another name, with other figures, in another layout."""
    found = 0
    for annotation in corpora["gold"].reports:
        other = re.sub(r"\d", "7", annotation.text.replace("\t", "|").replace(annotation.publisher, "某县某局"))
        planted = replace(annotation, name="planted", publisher="某县某局", text=other, data=other.encode())
        found += bool(overlaps([planted], [annotation]))
    assert found >= len(corpora["gold"].reports) / 2  # the others are a page of a table, with hardly a sentence


def test_each_publisher_of_gold_has_one_report(corpora):
    publishers = [annotation.publisher for annotation in corpora["gold"].reports]
    assert len(publishers) == len(set(publishers))


def test_every_layout_name_is_known_and_every_layout_is_annotated(corpora):
    used = {name for corpus in corpora.values() for annotation in corpus.reports for name in annotation.layouts}
    assert used <= quirks().keys()
    assert not set(quirks()) - used - set(UNWRITTEN)


@pytest.mark.parametrize("name", ["train", "gold"])
def test_every_form_occurs(corpora, name):
    cells = {}
    for form in forms():
        cells.setdefault(form.form, set()).update(form.columns)
    for form, keys in cells.items():
        own = keys.difference(*(others for other, others in cells.items() if other != form))
        showing = [annotation.name for annotation in corpora[name].reports if own & annotation.truth.keys()]
        assert len(showing) >= 5, form


def test_layout_names_are_described_once():
    assert len(quirks()) == sum(
        line.startswith('"')
        for line in (Path(__file__).parent.parent / "training" / "quirks.toml").read_text(encoding="utf-8").splitlines()
    )
    assert all(quirks().values())
