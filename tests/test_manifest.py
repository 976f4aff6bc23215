"""Manifests: what is read of them, and which file is on which line."""

import csv
import io
import time
from collections import Counter
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from extractor.errors import InputError
from extractor.export import guarded
from extractor.manifest import join_files, match_files, read_manifest
from extractor.store import Listed

SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def manifest(tmp_path):
    """Writes a manifest, and reads it."""

    def read(content, encoding="utf-8"):
        path = tmp_path / "list.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return read_manifest(path)

    return read


def refused(manifest, content, code="input.manifest"):
    with pytest.raises(InputError) as error:
        manifest(content)
    assert error.value.code == code
    assert "\n" not in str(error.value)
    return str(error.value)


CHINESE = "序号,年份,机关,上级,网址,统一社会信用代码\r\n1,2023,甲市财政局,甲市人民政府,https://www.x.gov.cn/a.html,11420000\r\n"
LISTED = Listed(None, "https://www.x.gov.cn/a.html", "甲市财政局", "11420000", 2023, "甲市人民政府")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_columns_in_any_order_and_encoding(manifest, encoding):
    assert manifest(CHINESE, encoding) == [LISTED]


@pytest.mark.parametrize("mark", [",", "\t", ";", "；", "，"])
def test_any_separator(manifest, mark):
    assert manifest(CHINESE.replace(",", mark)) == [LISTED]


def test_english_columns_empty_lines_and_empty_fields(manifest):
    text = " Path ,AGENCY,year,remark\n\na/b.html, 甲局 ,2023年,x\n,,,\n,乙局\n c.html\n"
    assert manifest(text) == [Listed("a/b.html", None, "甲局", None, 2023), Listed(agency="乙局"), Listed("c.html")]


@pytest.mark.parametrize("year", ["2023", "２０２３", "2023年", "2023年度", "2023.0", " 2023 "])
def test_years_as_people_write_them(manifest, year):
    assert manifest(f"agency,year\n甲局,{year}\n")[0].year == 2023


@pytest.mark.parametrize("year", ["1999", "2101", "23", "二〇二三", "2023-2024", "2023.5", "=2023", "20230101"])
def test_a_year_that_is_none(manifest, year):
    said = refused(manifest, f"agency,year\n甲局,2020\n乙局,{year}\n")
    assert "第 3 行" in said
    assert year in said


def test_apostrophes_that_guard_against_formulas_are_taken_off(manifest):
    (line,) = manifest("path,agency\n'-a/b.html,'=甲局\n")
    assert line == Listed("-a/b.html", agency="=甲局")


def test_paths_have_one_spelling(manifest):
    rows = ("C:\\年报\\a.docx", "./b//./c.html", "/d/e.pdf", "a  b.txt", "https://x.cn//a")
    found = manifest("path\n" + "\n".join(rows) + "\n")
    assert [line.path for line in found] == ["C:/年报/a.docx", "b/c.html", "/d/e.pdf", "a  b.txt", "https://x.cn//a"]


def test_a_line_that_comes_twice_is_given_once_and_completed(manifest):
    text = "path,agency,year,parent\na.html,甲局,2023,\n./a.html,甲局,,甲市\n,乙局,2023,\n,乙局,2023,甲市\n"
    assert manifest(text) == [
        Listed("a.html", None, "甲局", None, 2023, "甲市"),
        Listed(None, None, "乙局", None, 2023, "甲市"),
    ]


@pytest.mark.parametrize(
    ("second", "column"),
    [("./a.html,乙局,2023", "agency"), ("a.html,甲局,2022", "year"), (".\\a.html,乙局,", "agency")],
)
def test_two_lines_on_one_file_that_contradict_each_other(manifest, second, column):
    said = refused(manifest, f"path,agency,year\na.html,甲局,2023\nb.html,丙局,2023\n{second}\n")
    assert "第 2 行与第 4 行" in said
    assert column in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "第 1 行：没有表头"),
        ("\n\n", "没有表头"),
        ("a.html,甲局,2023\n", "第 1 行：没有表头"),
        ("年份,上级\n2023,甲市\n", "path（路径）"),
        ("path,agency\n", "只有表头"),
        ("path,文件,agency\na,b,c\n", "同一列"),
        ("path,agency,year\na.html,甲局,2023\n,,2023\n", "第 3 行：path、url、agency 都是空的"),
        ("path,agency\na.html,甲局,2023\n", "第 2 行：比表头多出“2023”"),
        ('path,agency\nb.html,乙局\n"a.html,甲局\n', "第 3 行：不是有效的 CSV"),
        ("path,agency\na\0.html,甲局\n", "第 2 行：有 NUL"),
        ("path\n./\n", "第 2 行"),
        ("url\nhttps://\n", "第 2 行"),
        ("url\n?id=1\n", "第 2 行"),
        ("path\n\x1b[31m.html\n", "第 2 行"),
        ("path\n" + "a" * 5000 + "\n", "第 2 行"),
        ("path,agency\na," + "甲" * 200_000 + "\n", "第 2 行：不是有效的 CSV"),
    ],
)
def test_what_is_no_manifest_is_told_in_one_line(manifest, content, said):
    assert said in refused(manifest, content)


def test_lines_are_counted_as_in_the_file(manifest):
    assert "第 5 行" in refused(manifest, 'agency,year\n"甲\n局",2020\n\n乙局,1\n')


def test_binary_and_missing_and_huge_files(manifest, tmp_path):
    assert "无法识别文字编码" in refused(manifest, b"\xff\xff\xfe\x80\x81PK\x03\x04", "input.encoding")
    for name, code in (("none.csv", "input.missing"), ("", "input.unreadable")):
        with pytest.raises(InputError) as error:
            read_manifest(tmp_path / name)
        assert error.value.code == code
        assert str(tmp_path / name) in str(error.value)
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(InputError) as error:
        read_manifest(tmp_path / "huge.csv")
    assert error.value.code == "input.too_large"


def test_more_lines_than_any_list_has(manifest, monkeypatch):
    monkeypatch.setattr("extractor.lines._MOST_LINES", 100)
    assert len(manifest("agency\n" + "\n".join(f"甲{n}" for n in range(99)))) == 99
    assert "超过 100 行" in refused(manifest, "agency\n" + "a\n" * 100)


@SAME_FOLDER
@given(st.binary(max_size=200) | st.text(alphabet="path,agency年份\n\r\"'=\\/.\0 ;\t2023甲", max_size=120))
def test_any_bytes_are_a_manifest_or_one_error(manifest, content):
    text = content if isinstance(content, str) else content.decode("latin-1")
    for given_file in (content, "path,agency,year\n" + text):
        try:
            found = manifest(given_file)
        except InputError as error:
            code, said = error.code, str(error)
        else:
            assert found
            assert all(line.path or line.url or line.agency for line in found)
            continue
        assert code in ("input.manifest", "input.encoding")
        assert "\n" not in said


WORDS = st.text("ab甲乙 -=+@,;'\"", min_size=1, max_size=6).map(lambda text: " ".join(text.split()))


@SAME_FOLDER
@given(
    st.lists(
        st.tuples(WORDS.filter(lambda text: text and text[0] != "'"), st.integers(2000, 2100)),
        min_size=1,
        unique_by=lambda row: row[0],
    )
)
def test_what_a_table_of_ours_holds_is_read(manifest, rows):
    file = io.StringIO()
    out = csv.writer(file)
    out.writerow(["year", "agency"])
    out.writerows((year, guarded(agency)) for agency, year in rows)
    assert [(line.agency, line.year) for line in manifest(file.getvalue())] == rows


def paths(*names):
    return [Listed(path=name) for name in names]


def urls(*names):
    return [Listed(url=name) for name in names]


@pytest.mark.parametrize(
    ("listed", "files", "found"),
    [
        (paths("a/x.html"), ["a/x.html"], {0: 0}),
        (paths("x.html"), ["out/a/x.html"], {0: 0}),  # the manifest stands beside the files
        (paths("out/a/x.html"), ["x.html"], {0: 0}),  # or above the folder from which they were read
        (paths("/data/out/a/x.html"), ["../a/x.html"], {0: 0}),
        (paths("x.html"), ["ax.html"], {}),  # parts, not characters
        (paths("X.html"), ["x.html"], {}),
        (paths(".\\a\\x.html"), ["./out/a//x.html"], {0: 0}),
        (paths("b/x.docx"), ["reports.zip/a/b/x.docx"], {0: 0}),
        (paths("c/x.html"), ["a/b/../c/x.html"], {0: 0}),
        (urls("https://www.x.gov.cn/a/b.html?id=3#top"), ["out/www.x.gov.cn/a/b.html"], {0: 0}),
        (urls("https://www.x.gov.cn/a/b.html"), ["a/b.html"], {0: 0}),
        (urls("https://WWW.x.gov.cn/a/"), ["out/www.x.gov.cn/a/index.html"], {0: 0}),
        (urls("http://www.x.gov.cn"), ["www.x.gov.cn/index.html"], {0: 0}),
        (urls("//u:p@www.x.gov.cn/a.html"), ["www.x.gov.cn/a.html"], {0: 0}),
        (urls("http://x.cn/" + quote("年报") + ".html"), ["x.cn/年报.html"], {0: 0}),
        (urls("http://x.cn/" + quote("年报".encode("gbk")) + ".html"), ["x.cn/年报.html"], {0: 0}),
        (urls("http://x.cn/" + quote("年报") + ".html"), ["x.cn/" + quote("年报") + ".html"], {0: 0}),
        (urls("http://x.cn/%ff%.html"), ["x.cn/%ff%.html"], {0: 0}),
        ([Listed(path="https://x.cn/a.html")], ["x.cn/a.html"], {0: 0}),
        ([Listed(path="b.html", url="https://x.cn/a.html")], ["m/b.html"], {0: 0}),
        # the longest fit wins
        (paths("x.html", "a/x.html"), ["out/a/x.html"], {0: 1}),
        (paths("a/x.html"), ["out/a/x.html", "x.html"], {0: 0}),
        (paths("a/x.html", "x.html"), ["a/x.html", "x.html"], {0: 0, 1: 1}),
        (paths("a/x.html", "x.html"), ["out/a/x.html", "out/x.html"], {0: 0, 1: 1}),
        # equal fits are no match, whichever is meant
        (paths("a/x.html", "b/x.html"), ["x.html"], {}),
        (paths("x.html"), ["a/x.html", "b/x.html"], {}),
        (urls("https://x.cn/show.jsp?id=1", "https://x.cn/show.jsp?id=2"), ["x.cn/show.jsp"], {}),
        ([Listed("a.html", "https://x.cn/b.html"), Listed("a.html")], ["m/a.html", "b.html"], {}),
        # … but others are
        (paths("a/x.html", "b/x.html", "c.html"), ["x.html", "m/a/x.html", "c.html"], {1: 0, 2: 2}),
        # another spelling of one path is one file
        (paths("x.html"), ["x.html", "./x.html"], {0: 0, 1: 0}),
        ([Listed(agency="甲局")], ["x.html"], {}),
        ([], ["x.html"], {}),
        (paths("x.html"), [], {}),
    ],
)
def test_which_file_is_on_which_line(listed, files, found):
    assert match_files(listed, files) == {files[file]: line for file, line in found.items()}


def test_what_can_not_be_decided_is_told():
    files = ["a/x.html", "b/x.html", "y.html", "z.html"]
    matches = join_files(paths("x.html", "a/y.html", "b/y.html", "z.html"), files)
    assert matches.found == {"z.html": 3}
    assert matches.several == {0: ("a/x.html", "b/x.html")}
    assert matches.torn == {1, 2}
    assert matches.undecided == {"a/x.html", "b/x.html", "y.html"}


def rank(line, file):
    """By the words of the specification, without any index: how many parts a line and a file share, and whether all."""
    a, b = ([part for part in text.split("/") if part not in ("", ".")] for text in (line, file))
    shorter, longer = sorted((a, b), key=len)
    return (len(shorter), a == b) if longer[len(longer) - len(shorter) :] == shorter else None


def slowly(lines, files):
    """The same as ``match_files``, in as many steps as there are pairs."""
    best = {}
    for file in files:
        ranks = {place: found for place, line in enumerate(lines) if (found := rank(line, file))}
        top = max(ranks.values(), default=None)
        best[file] = top, [place for place, found in ranks.items() if found == top]
    found = {}
    for place in range(len(lines)):
        claims = {file: top for file, (top, own) in best.items() if own == [place]}
        torn = [top for top, own in best.values() if place in own and len(own) > 1]
        top = max(claims.values(), default=None)
        own = [file for file, it in claims.items() if it == top]
        spellings = {"/".join(part for part in file.split("/") if part != ".") for file in own}
        if len(spellings) == 1 and (not torn or max(torn) < top):
            found |= dict.fromkeys(own, place)
    return found


PLACES = (
    st.lists(st.sampled_from(["a", "b", "c", "."]), min_size=1, max_size=4)
    .map("/".join)
    .filter(lambda it: it.strip("./"))
)


@settings(deadline=None, max_examples=400)
@given(st.lists(PLACES, max_size=7), st.lists(PLACES, max_size=7, unique=True))
@example(["a", "a"], ["a"])
@example(["b/a", "a"], ["a", "b/a", "c/b/a"])
def test_matching_does_as_the_specification_says(lines, files):
    assert match_files(paths(*lines), files) == slowly(lines, files)


@settings(deadline=None)
@given(st.lists(PLACES, max_size=7, unique=True), st.lists(PLACES, max_size=7, unique=True), st.randoms())
def test_matching_does_not_depend_on_the_order(lines, files, random):
    shuffled, others = list(lines), list(files)
    random.shuffle(shuffled)
    random.shuffle(others)
    found = {path: lines[place] for path, place in match_files(paths(*lines), files).items()}
    assert {path: shuffled[place] for path, place in match_files(paths(*shuffled), others).items()} == found


@settings(deadline=None)
@given(st.lists(PLACES, max_size=7), st.lists(PLACES, max_size=7, unique=True))
def test_what_is_left_alone_is_told_and_nothing_else(lines, files):
    matches = join_files(paths(*lines), files)
    lines_found = set(matches.found.values())
    assert not matches.undecided & matches.found.keys()
    assert not matches.torn & (lines_found | set(matches.several))
    assert not lines_found & set(matches.several)
    for file in files:
        ranks = {place: found for place, line in enumerate(lines) if (found := rank(line, file))}
        own = [place for place, found in ranks.items() if found == max(ranks.values())]
        if len(own) > 1:
            assert file in matches.undecided
        elif own and file not in matches.found and file not in matches.undecided:
            better = [found for other, found in ((it, rank(lines[own[0]], it)) for it in files) if found]
            assert max(better) > ranks[own[0]]
    assert all(set(own) <= matches.undecided for own in matches.several.values())


def cpu(work):
    before = time.process_time()
    work()
    return time.process_time() - before


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("https://www.c{0}.gov.cn/{1}/r{2}.html", "out/www.c{0}.gov.cn/{1}/r{2}.html"),
        ("{2}/index.html", "index.html"),  # each line fits the one file
        ("index.html", "{2}/index.html"),  # all lines fit all files
        ("a/" * 30 + "{2}", "b/" * 30 + "{2}"),
    ],
)
def test_twice_the_lines_and_files_take_about_twice_the_time(line, file):
    def work(count):
        listed = [Listed(path=line.format(n % 99, n // 99, n)) for n in range(count)]
        files = [file.format(n % 99, n // 99, n) for n in range(count)]
        return lambda: match_files(listed, files)

    for _ in range(3):  # other work of this machine may disturb one
        small, large = (min(cpu(work(count)) for _ in range(2)) for count in (2_000, 8_000))
        if large < 10 * small + 0.05:  # pairs would take 16 times as long
            return
    pytest.fail(f"{small:.2f} s, {large:.2f} s")


def test_a_large_manifest_is_joined(manifest):
    rows = "\n".join(f"https://www.x{n % 50}.gov.cn/{n}.html,甲{n}局,{2018 + n % 6}" for n in range(5_000))
    listed = manifest("网址,机关,年度\n" + rows)
    found = match_files(listed, [f"out/www.x{n % 50}.gov.cn/{n}.html" for n in range(5_000)])
    assert Counter(found.values()) == Counter(range(5_000))
    assert all(listed[place].url.endswith(path.removeprefix("out")) for path, place in found.items())
