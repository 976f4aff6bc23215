import ast
import json
import re
from pathlib import Path

import pytest
from helpers_checks import BLANK, DASH, MISSING, TABLES, UNDECIDED, claim, context, number, record, zeros
from helpers_late import REPORT
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from extractor import checks, extract
from extractor.audit import examine
from extractor.batch import Options, extract_file
from extractor.checks import Check, Context, catalogue, finding
from extractor.checks.listing import checks_table, chosen
from extractor.checks.registry import RULES
from extractor.errors import FormError, InputError
from extractor.forms import forms
from extractor.prose import Prose
from extractor.readers import read
from extractor.record import Record
from training.simulate import simulated_report
from training.styles import STYLES

PACKAGE = Path(checks.__file__).parent.parent
READING = ("readers", "archives.py", "batch.py", "workers.py", "pipeline.py", "locate.py")
"""Where errors come from that make a record of a file that can't be read."""
OWN = ("S.", "V.", "N.", "privacy.")


def calls(name, paths):
    """Calls of a function or class in the modules."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield node


def constants(node):
    """The texts that an expression may be."""
    return [each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def emitted():
    """The codes of all findings that are spelt out in the program."""
    modules = sorted(PACKAGE.rglob("*.py"))
    for name in ("Finding", "finding"):
        yield from (code for call in calls(name, modules) if call.args for code in constants(call.args[0]))


def errors():
    """The codes of all errors that reading a file may give."""
    modules = [
        path for name in READING for path in ([PACKAGE / name] if "." in name else (PACKAGE / name).rglob("*.py"))
    ]
    for call in calls("InputError", modules):
        (code,) = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
        yield from constants(code)
    for call in calls("_failed", [PACKAGE / "batch.py"]):
        yield from (text for text in constants(call.args[2]))


# --- the catalogue ---------------------------------------------------------------------------------------------------


def test_every_code_of_a_finding_is_in_the_catalogue():
    found = set(emitted())
    assert {"S.missing", "V.count", "N.claim", "document.damaged", "table.unread"} <= found
    assert found <= set(catalogue())


def test_every_code_of_an_error_in_reading_is_in_the_catalogue():
    found = set(errors())
    assert {"input.encoding", "limit.time", "internal"} <= found
    assert found <= set(catalogue())


def test_every_relation_of_a_form_is_in_the_catalogue():
    assert {relation.code for form in forms() for relation in form.relations} <= set(catalogue())


@pytest.mark.parametrize("check", catalogue().values(), ids=list(catalogue()))
def test_entries_are_whole(check):
    assert re.fullmatch(r"[A-Za-z]\w*(?:\.[a-z_]+)?", check.code)
    for text in (check.source, check.zh):
        assert re.search(r"[\u4e00-\u9fff]", text)
    assert re.search(r"[a-z]{3}", check.en)
    assert not check.zh.endswith("。")
    assert not check.en.endswith(".")


def test_codes_of_a_kind_stand_together():
    kinds = [code.partition(".")[0] for code in catalogue()]
    assert len([kind for place, kind in enumerate(kinds) if kind not in kinds[place + 1 :]]) == len(set(kinds))
    runs = [kind for place, kind in enumerate(kinds) if place == 0 or kinds[place - 1] != kind]
    assert [kind for kind in runs if kind in "SVN"] == list("SVN")


@pytest.mark.parametrize(
    "change", [{"scope": "nonsense"}, {"severity": "nonsense"}, {"code": "T3.balance"}, {"code": "document.damaged"}]
)
def test_a_damaged_catalogue_is_refused(monkeypatch, change):
    good = {"code": "A.b", "scope": "prose", "severity": "info", "source": "某", "zh": "某", "en": "some"}
    known = {**good, "code": "document.damaged", "scope": "document"}
    monkeypatch.setattr(checks.tomllib, "loads", lambda _: {"checks": [known, {**good, **change}]})
    with pytest.raises(FormError, match=r"catalogue\.toml"):
        checks.catalogue.__wrapped__()


def test_a_failure_has_the_severity_of_its_check():
    failed, passed = finding("V.count", "fail", "不对", cells=("a.b.c",)), finding("V.count", "pass", "对")
    assert (failed.severity, failed.cells, passed.severity) == ("error", ("a.b.c",), "info")
    with pytest.raises(KeyError):
        finding("V.nonsense", "fail", "不对")


# --- the rules -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_names_its_code_and_its_source(rule):
    code, source = re.match(r"(\w+\.\w+) \((.+)\): ", rule.__doc__.replace("\n", " ")).groups()
    check = catalogue()[code]
    assert check.source.startswith(re.split(r"[，、“（]", source)[0])


def test_every_check_on_a_report_has_its_rule():
    codes = {re.match(r"\w+\.\w+", rule.__doc__)[0] for rule in RULES}
    assert {code for code in catalogue() if code.startswith(OWN)} == {code for code in codes if code.startswith(OWN)}


def test_findings_come_in_the_order_of_the_rules():
    order = [re.match(r"\w+\.\w+", rule.__doc__)[0] for rule in RULES]
    found = [each.code for each in extract(REPORT.encode(), "test").findings if each.code in order]
    assert found == sorted(found, key=order.index)
    assert {"S.missing", "S.form", "S.template", "V.count", "V.fee_unit", "V.rules_power"} <= set(found)


def test_findings_of_each_kind_survive_saving():
    made = extract(REPORT.replace("青石县水利局2021年", "青石县水利局2020年").encode(), "test")
    saved = Record.from_dict(json.loads(json.dumps(made.to_dict())))
    again = examine(Context(saved))
    assert {(each.code, each.outcome) for each in again.findings} >= {("S.form", "fail"), ("S.missing", "unverifiable")}
    assert sorted(map(repr, again.findings)) == sorted(map(repr, saved.findings))


def test_an_empty_and_a_failed_record_have_nothing_to_check():
    (failed,) = extract_file("/nonsense/nowhere.txt", Options())
    for nothing in (context(tables={}), Context(failed)):
        (only,) = [each for rule in RULES for each in rule(nothing)]
        assert (only.code, only.outcome) == ("privacy.requester_named", "unverifiable")
    assert failed.findings[0].code in catalogue()


def test_keys_of_no_form_are_left_alone():
    cells = {"x": number(-1), "a.b": number(-1), "a.b.c": number(0.5), "proactive.rules.issued.more": number(1)}
    told = [claim("a.b.c", 1), claim("x", 2), claim("x", 3)]
    found = [
        each
        for rule in RULES
        for each in rule(context(cells, "收到申请3件，已全部办结。", claims=told, tables={"x": "2021"}))
    ]
    assert {each.code for each in found} <= {
        "S.missing",
        "S.template",
        "N.claim",
        "N.conflict",
        "N.all_finished",
        "V.rules_power",
        "privacy.requester_named",
    }


CELLS = st.one_of(
    st.sampled_from([BLANK, DASH, MISSING, UNDECIDED]),
    st.builds(
        number, st.integers(-2, 9) | st.floats(0, 9), review=st.booleans(), unit=st.sampled_from([None, "万元", "元"])
    ),
)
KEYS = sorted({*zeros("proactive"), *zeros("disputes"), *(key for key in zeros("requests") if key.endswith(".total"))})
CLAIMED = [*KEYS, "requests.denied.total", "requests.rejected.total", "requests.other_handling.total"]
CLAIMS = st.builds(
    claim,
    st.sampled_from(CLAIMED),
    st.integers(0, 9),
    scope=st.sampled_from(["report", "other"]),
    unit=st.sampled_from([None, "元"]),
)
SENTENCES = st.sampled_from(
    [
        "收到公开申请3件，已全部办结。", "没有行政事业性收费。", "未发出收费通知。", "收取信息处理费9元。",
        "六、其他需要报告的事项\n无\n", "一、总体情况\n", "XX年", "（没有的填“无”）", "\n\n",
    ]
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(KEYS), CELLS, max_size=30),
    st.lists(CLAIMS, max_size=6),
    st.lists(CLAIMS, max_size=3),
    st.lists(SENTENCES, max_size=6).map("".join),
    st.sampled_from(["青石县水利局", "河北省人民政府", None]),
)
@settings(max_examples=150, deadline=None)
def test_no_check_fails_on_what_is_not_there(cells, told, accepted, text, agency):
    made = record(cells, claims=told, agency=agency, tables=TABLES)
    prose = Prose(read(text.encode(), "test"), ()) if text.strip() else None
    for rule in RULES:
        for each in rule(Context(made, prose, tuple(accepted))):
            assert each.severity == "info" or each.outcome == "fail"
            assert (each.cause is not None) == (each.outcome == "fail")
            if each.outcome != "fail" or each.code in ("S.form", "N.conflict", "N.balance"):
                continue
            there = [made.cells[key] for key in each.cells]
            assert all(cell.value is not None and cell.state != "missing" for cell in there), each
            assert each.code == "V.count" or not any(cell.review for cell in there), each


# --- clean reports ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", range(40, 46))
def test_simulated_reports_fail_only_where_they_are_wrong(style, seed):
    report = simulated_report(seed, style, (), 0.0)
    made = extract(report.data, "test")
    printed = {mark.key: mark.value for mark in report.marks} | dict.fromkeys(report.blanks)
    old = {key.partition(".")[0] for key in printed if ".procurement." in key or ".other_handling." in key}
    odd = {table for table in ("proactive", "requests") if (table in old) != (made.year < 2021)}
    failed = [each for each in made.findings if each.outcome == "fail" and each.code.startswith(OWN)]
    titles = {each.message.partition("：")[0] for each in failed if each.code == "S.form"}
    assert titles == {form.title for form in forms() if form.table in odd}
    for each in failed:
        if each.code == "V.rules_power":
            assert all(printed[key] for key in each.cells)
        elif each.code == "V.fee_unit":
            assert "单位：元" in report.text
        else:
            assert each.code == "S.form", each


# --- the list --------------------------------------------------------------------------------------------------------


def shown(code=None):
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(checks_table(code))
    return console.export_text()


def test_the_list_has_every_check_with_all_it_says():
    text = shown()
    for check in catalogue().values():
        assert check.code in text
    assert checks_table().row_count == len(catalogue())
    one = shown("V.rules_power")
    assert all(
        words in one for words in ("V.rules_power", "合理性", "警告", "《立法法》", "无权制定规章", "reports none")
    )


@pytest.mark.parametrize(
    ("code", "first", "count"),
    [("N", "N.claim", 6), ("n.", "N.claim", 6), ("V.count", "V.count", 1), (" t3. ", "T3.balance", 3)],
)
def test_the_list_may_be_of_one_code_or_of_a_kind(code, first, count):
    found = chosen(code)
    assert all(isinstance(check, Check) for check in found)
    assert (found[0].code, len(found)) == (first, count)


@pytest.mark.parametrize("code", ["Q.nonsense", "", "[red]"])
def test_a_code_that_is_not_known_is_refused(code):
    with pytest.raises(InputError, match="没有代码为") as error:
        checks_table(code)
    assert error.value.code == "input.check"
