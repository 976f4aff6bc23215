from helpers_checks import record

from extractor.checks import Context
from extractor.checks.privacy import named_requesters
from extractor.prose import Prose
from extractor.readers import read


def found(text):
    prose = Prose(read(text.encode(), "test.txt"), ()) if text is not None else None
    return list(named_requesters(Context(record(), prose)))


def test_one_failure_for_each_person():
    text = "其中卢金锁、仝百川等申请了信息公开。卢金锁又申请公开一次。"
    findings = found(text)
    assert [(one.code, one.outcome, one.severity) for one in findings] == [
        ("privacy.requester_named", "fail", "warning")
    ] * 2
    assert [text[one.where.start : one.where.end] for one in findings] == ["卢金锁", "仝百川"]


def test_organisations_and_counts_pass():
    (one,) = found("其中柳泉县金谷粮油有限公司、王某某等申请了信息公开，共2件。")
    assert (one.outcome, one.severity, one.where) == ("pass", "info", None)


def test_without_prose_it_can_not_be_told():
    for text in (None, "12 34\n"):
        assert [one.outcome for one in found(text)] == ["unverifiable"]
