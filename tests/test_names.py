import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.fold import script
from extractor.names import Belief, believe, may_be, no_names, surname_of, surnames, unheard

ALL = surnames().plain | surnames().single | surnames().words | surnames().compound


def test_the_lists_are_sound():
    known = surnames()
    assert sum(map(len, known)) == len(ALL), "a surname stands in one section only"
    assert {len(name) for name in known.compound} == {2}
    assert {len(name) for name in ALL - known.compound} == {1}
    assert all(script(name) == name for name in ALL), "surnames are compared with folded texts"
    assert all(len(word) == 1 for word in no_names().last)
    assert "".join(name for name in "王李张刘陈杨黄赵周吴" if name in known.plain) == "王李张刘陈杨黄赵周吴"


@pytest.mark.parametrize(
    ("name", "surname"),
    [("卢金锁", "卢"), ("欧阳雪", "欧阳"), ("欧阳", "欧"), ("司马文成", "司马"), ("禤国良", "禤"), ("的金锁", "")],
)
def test_surname_of(name, surname):
    assert surname_of(name) == surname


@pytest.mark.parametrize(
    "name",
    [
        "卢金锁",
        "仝百川",
        "马小娥",
        "郄文",
        "卢锁",
        "亓官婷",
        "欧阳德明",
        "诸葛敏",
        "逯志远",
        "佘太平",
        "缑桂兰",
        "昝家乐",
        "谌玉田",
        "王芳",
        "李娜",
        "张伟",
        "刘平安",
        "王文化",
        "阿依古丽·买买提",
    ],
)
def test_names_are_believed(name):
    assert believe(name) is Belief.NAME


@pytest.mark.parametrize(
    ("name", "at_most"),
    [
        ("高峰", Belief.MAYBE),
        ("安全", Belief.NO),
        ("康复", Belief.MAYBE),
        ("水仙", Belief.HARDLY),
        ("张家港", Belief.NO),
        ("王庄", Belief.NO),
        ("杨湾", Belief.MAYBE),
        ("金融类", Belief.NO),
        ("高标准", Belief.MAYBE),
        ("师生", Belief.NO),
        ("单位", Belief.NO),
        ("向法院", Belief.NO),
        ("曾多次", Belief.NO),
        ("于规定", Belief.HARDLY),
        ("全局依", Belief.NO),
        ("王某", Belief.NO),
        ("王某某", Belief.NO),
        ("张女士", Belief.NO),
        ("李先生", Belief.NO),
        ("赵×", Belief.NO),
    ],
)
def test_other_words_are_not(name, at_most):
    assert believe(name) <= at_most


def test_a_surname_that_is_a_word_needs_a_given_name():
    assert believe("于志强") is Belief.NAME
    assert believe("和办结") is Belief.NO


@pytest.mark.parametrize(
    ("word", "expected"), [("扎西次仁", True), ("公证", False), ("其他组织", False), ("外地律师", False)]
)
def test_words_that_nobody_knows(word, expected):
    assert unheard(word) is expected


@given(st.text("金锁川娥文王高安于曾某女士先生区县局·的等", min_size=1, max_size=6))
def test_what_may_not_be_a_name_is_not_believed(name):
    if "·" not in name and not may_be(name):
        assert believe(name) is Belief.NO


def test_jieba_is_loaded_only_for_names():
    code = (
        "import sys; from extractor.requesters import requesters;"
        "requesters('全年收到政府信息公开申请3件,申请人均为自然人,其中公民申请2件、法人申请1件');"
        "print('jieba.posseg' in sys.modules);"
        "requesters('卢金锁申请公开征地批文'); print('jieba.posseg' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True"]
