import json
from dataclasses import replace
from pathlib import Path

import pytest
from helpers_checks import record as made_record
from hypothesis import given
from hypothesis import strategies as st

from extractor.document import Where
from extractor.locate import locate
from extractor.pipeline import divide, extract
from extractor.privacy import REQUESTER_NAMED, mask, masked, private_names
from extractor.prose import Prose
from extractor.readers import read
from extractor.record import CellValue, Claim, Finding, Proposal
from extractor.settings import DEFAULTS, Settings, with_limits
from extractor.tokens import tokenize

NAMES = ("卢金锁", "仝百川", "马小娥", "郄文")
SENTENCE = "全年处理信息公开申请5件，其中卢金锁、仝百川、柳泉县金谷粮油有限公司、马小\n娥、郄文等申请了信息公开。"
REPORT = f"""柳泉县人民政府2022年政府信息公开工作年度报告

一、总体情况

政务公开领导小组组长李明、副组长王强主持召开会议，部署申请办理工作。

{SENTENCE}

二、主动公开政府信息情况

第二十条第（一）项
信息内容\t本年制发件数\t本年废止件数\t现行有效件数
规章\t0\t0\t0
行政规范性文件\t3\t1\t12
第二十条第（五）项
信息内容\t本年处理决定数量
行政许可\t127
第二十条第（六）项
信息内容\t本年处理决定数量
行政处罚\t60
行政强制\t0
第二十条第（八）项
信息内容\t本年收费金额（单位：万元）
行政事业性收费\t0
"""


def prose_of(text):
    return Prose(read(text.encode(), "test.txt"), ())


def folded_names(text):
    return [name.text for name in private_names(prose_of(text))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (SENTENCE, NAMES),
        ("申请人卢金锁、仝\n百川通过网络申请公开拆迁补偿协议。", NAMES[:2]),
        ("申請人盧金鎖、馬小娥申請公開徵地批文。", ("卢金锁", "马小娥")),
        ("卢 锁、郄　文、仝百川申请公开低保名单。", ("卢锁", "郄文", "仝百川")),
        ("申请人：卢金锁 仝百川 郄文。", ("卢金锁", "仝百川", "郄文")),
        ("全年收到信息公开申请3件。其中卢金锁2件、仝百川1件。", NAMES[:2]),
        ("领导小组组长李明召开会议。卢金锁申请公开会议纪要。", NAMES[:1]),
        ("卢金锁申请公开批文。已向卢金锁答复。卢金锁未申请复议。", NAMES[:1]),
    ],
)
def test_names_are_found_as_printed(text, names):
    assert folded_names(text) == list(names)


@pytest.mark.parametrize(
    "text",
    ["12", "。。。", "全年未收到申请。", "其中卢金锁2件、仝百川1件。", "李明负责申请办理。", "\ufeff申请\x00申请"],
)
def test_no_names(text):
    assert folded_names(text) == []


def test_places_point_into_the_document():
    document = read(REPORT.encode(), "test.txt")
    prose = Prose(document, ())
    found = private_names(prose)
    assert ["".join(document.text[name.start : name.end].split()) for name in found] == list(NAMES)
    first = found[0]
    assert prose.where(first.start, first.end).line == REPORT[: REPORT.index("卢金锁")].count("\n") + 1


LETTERS = st.text("卢金锁仝百川郄文、，。 \n\u3000申请公开×a1", max_size=60)


@given(LETTERS, st.lists(st.sampled_from(NAMES), max_size=3))
def test_a_mask_changes_names_only(text, names):
    hidden = mask(text, names)
    assert len(hidden) == len(text)
    assert all(new in (old, "×") for old, new in zip(text, hidden, strict=True))
    assert not any(name in "".join(hidden.split()) for name in names)
    if not any(name[:2] in "".join(text.split()) for name in names):
        assert hidden == text
    assert mask(hidden, names) == hidden


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("由卢金锁提出", "由×××提出"),
        ("由卢金\n锁、郄　文提出", "由××\n×、×　×提出"),
        ("盧金鎖", "×××"),
        ("正文“其中卢金…”有误", "正文“其中××…”有误"),
        ("卢金属加工厂", "卢金属加工厂"),
        ("", ""),
    ],
)
def test_mask(text, expected):
    assert mask(text, NAMES) == expected


def test_all_texts_of_a_record_are_masked():
    text = f"{SENTENCE}\n卢金锁"
    where = Where(1, text.index("卢金锁"), text.index("卢金锁") + 3)
    proposal = Proposal(1, "prose", "正文写道：“卢金锁1件”")
    record = made_record(
        {"requests.new_received.total": CellValue(1, "1（卢金锁）", "number", 1.0, review=False, proposed=proposal)},
        claims=[Claim("requests.new_received.total", 1, "收到卢金锁申请1件", "report", where)],
        title="卢金锁的报告",
        agency="卢金锁所在地人民政府",
    )
    findings = (
        Finding(REQUESTER_NAMED, "fail", "warning", "写出了“卢金锁”", where=where),
        Finding("table.unread", "fail", "warning", "“卢金锁”后的数字"),
    )
    snippets = {0: text[:20], len(text) - 2: text[-2:]}
    hidden = masked(replace(record, findings=findings, snippets=snippets), text)
    data = json.dumps(hidden.to_dict(), ensure_ascii=False)
    assert "卢金锁" not in data
    assert "金锁" not in data, "a snippet that begins within a name is masked by its place"
    assert data.count("×××") == 8
    assert hidden.claims[0].where == where
    assert hidden.findings[1].message == "“×××”后的数字"
    assert hidden.snippets[len(text) - 2] == "××"


def test_a_record_without_names_stays_as_it_is():
    record = made_record({"requests.new_received.total": 1}, claims=[], title="柳泉县水利局2022年报告")
    assert masked(record, "全文") is record


def findings_of(record, outcome):
    return [one for one in record.findings if one.code == REQUESTER_NAMED and one.outcome == outcome]


@pytest.mark.parametrize("snippets", [False, True])
def test_a_report_is_masked_unless_names_are_kept(snippets):
    kept = extract(REPORT.encode(), settings=Settings(keep_names=True, snippets=snippets))
    hidden = extract(REPORT.encode(), settings=Settings(snippets=snippets))
    failed = findings_of(kept, "fail")
    assert [one.message.count(name) for one, name in zip(failed, NAMES, strict=True)] == [1] * 4
    assert [one.where for one in findings_of(hidden, "fail")] == [one.where for one in failed]
    assert kept.status == hidden.status == "review"
    text = json.dumps(hidden.to_dict(), ensure_ascii=False)
    assert not any(name in text for name in NAMES)
    assert not snippets or ("、马小\\n娥、" in json.dumps(kept.to_dict(), ensure_ascii=False) and "、××\\n×、" in text)
    assert "柳泉县金谷粮油有限公司" in text or not snippets
    assert {key: cell.value for key, cell in hidden.cells.items()} == {
        key: cell.value for key, cell in kept.cells.items()
    }


def test_a_report_without_names_passes():
    record = extract(REPORT.replace(SENTENCE, "全年处理信息公开申请5件，申请人均为自然人。").encode())
    assert len(findings_of(record, "pass")) == 1
    assert not findings_of(record, "fail")


def test_limits_leave_names_masked():
    assert not with_limits(DEFAULTS, ["max_pages=9"]).keep_names
    assert with_limits(Settings(keep_names=True), ["max_pages=9"]).keep_names


def test_the_command_masks_names(gongkai, tmp_path):
    path, output = tmp_path / "report.txt", tmp_path / "out.csv"
    path.write_text(REPORT, encoding="utf-8")
    hidden = gongkai("extract", path, "--format", "table", "-o", output)
    kept = gongkai("extract", path, "--format", "table", "--keep-names")
    assert hidden.code == kept.code == 0
    assert all(name in kept.out for name in NAMES)
    assert "×××" in hidden.out
    written = hidden.out + "".join(file.read_text(encoding="utf-8") for file in tmp_path.glob("out*.csv"))
    assert not any(name in written for name in NAMES)


def test_no_report_that_we_wrote_names_anyone():
    root = Path(__file__).parent.parent / "annotations"
    texts = [
        data["source"]["text"]
        for path in sorted(root.glob("*/*.json"))
        if "text" in (data := json.loads(path.read_text(encoding="utf-8"))).get("source", {})
    ]
    assert len(texts) > 80
    assert [folded_names(text) for text in texts if folded_names(text)] == []


SHARED = Path(__file__).parent.parent.parent / "shared" / "reports"


@pytest.mark.skipif(not SHARED.exists(), reason="the real reports are not part of the project")
def test_real_reports():
    named = {}
    for path in sorted(SHARED.glob("*/source.*")):
        for part in divide(read(path.read_bytes(), str(path))):
            prose = Prose(part, tuple(token for region in locate(tokenize(part)) for token in region.tokens))
            if names := private_names(prose):
                named[path.parent.name] = names
    assert {case: len(names) for case, names in named.items()} == {"mengjin-2021": 7}
    assert max(len(name.text) for name in named["mengjin-2021"]) <= 3, "no organisation among them"
