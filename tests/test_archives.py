import io
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.archives import is_archive, list_members, read_member
from extractor.errors import InputError
from extractor.settings import DEFAULTS, Settings


def zipped(files, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data, **options)
    return buffer.getvalue()


@pytest.fixture
def saved(tmp_path):
    def save(data):
        path = tmp_path / "reports.zip"
        path.write_bytes(data)
        return str(path)

    return save


def code_of(call, *arguments):
    with pytest.raises(InputError) as caught:
        call(*arguments)
    assert "\n" not in str(caught.value)
    return caught.value.code


def with_raw_name(raw):
    """An archive of one file whose name is these bytes, not marked as UTF-8."""
    data = zipped([("x" * len(raw), b"text")])
    return data.replace(b"x" * len(raw), raw)


def patched(data, central, local, value):
    """The archive with other bytes in the headers of its first member."""
    changed = bytearray(data)
    place = data.rfind(b"PK\x01\x02")
    changed[place + central : place + central + len(value)] = value
    changed[local : local + len(value)] = value
    return bytes(changed)


# --- what is an archive ----------------------------------------------------------------------------------------------


def test_archives_are_told_by_content(saved, tmp_path):
    assert is_archive(saved(zipped([("a.txt", b"x")])), DEFAULTS)
    assert not is_archive(saved(zipped([("word/document.xml", b"<x/>")])), DEFAULTS)
    assert not is_archive(saved(zipped([("xl/workbook.xml", b"<x/>")])), DEFAULTS)
    ods = zipped([("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")])
    assert not is_archive(saved(ods), DEFAULTS)
    assert not is_archive(saved(b"PK is no archive"), DEFAULTS)
    assert not is_archive(saved(b""), DEFAULTS)
    assert not is_archive(str(tmp_path), DEFAULTS)
    assert not is_archive(str(tmp_path / "missing.zip"), DEFAULTS)
    assert not is_archive("-", DEFAULTS)
    assert not is_archive("a\0b", DEFAULTS)


# --- names -----------------------------------------------------------------------------------------------------------


def test_files_are_listed_sorted_without_folders_and_hidden_ones(saved):
    path = saved(
        zipped(
            [
                ("乙县/报告.txt", b"2"),
                ("a.txt", b"1"),
                ("乙县/", b""),
                (".git/config", b""),
                ("乙县/.DS_Store", b""),
                ("__MACOSX/乙县/._报告.txt", b""),
                ("乙县/甲.doc", b"3"),
            ]
        )
    )
    assert list_members(path, DEFAULTS) == ["a.txt", "乙县/报告.txt", "乙县/甲.doc"]
    assert read_member(path, "乙县/报告.txt", DEFAULTS) == b"2"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize("name", ["某某县政府信息公开年度报告.txt", "数据/年报.docx", "浙江省舟山市.txt"])
def test_names_without_a_mark_are_utf8_or_gb18030(saved, name, encoding):
    path = saved(with_raw_name(name.encode(encoding)))
    assert list_members(path, DEFAULTS) == [name]
    assert read_member(path, name, DEFAULTS) == b"text"


def test_a_name_in_no_encoding_is_kept(saved):
    path = saved(with_raw_name(b"\xff\xff.txt"))
    (name,) = list_members(path, DEFAULTS)
    assert name.endswith(".txt")
    assert read_member(path, name, DEFAULTS) == b"text"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\Windows\\x.txt", "..\\x.txt", "a/../b.txt"])
def test_names_that_lead_outside_are_only_names(saved, tmp_path, name):
    path = saved(zipped([(name, b"text")]))
    before = sorted(tmp_path.rglob("*"))
    (listed,) = list_members(path, DEFAULTS)
    assert listed == name.replace("\\", "/")
    assert read_member(path, listed, DEFAULTS) == b"text"
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_files_with_one_name_none_is_lost(saved):
    path = saved(zipped([("a.txt", b"1"), ("a.txt", b"2")]))
    assert {read_member(path, name, DEFAULTS) for name in list_members(path, DEFAULTS)} == {b"1", b"2"}


@given(st.dictionaries(st.text("ab中/\\.é ~", min_size=1, max_size=8), st.binary(max_size=20), max_size=6))
def test_every_file_that_is_listed_can_be_read(tmp_path_factory, files):
    path = tmp_path_factory.mktemp("zip") / "x.zip"
    path.write_bytes(zipped(files.items()))
    listed = list_members(str(path), DEFAULTS)
    contents = [read_member(str(path), name, DEFAULTS) for name in listed]
    assert listed == sorted(set(listed))
    shown = [
        data for name, data in files.items()
        if not name.replace("\\", "/").endswith("/")
        and (parts := [p for p in name.replace("\\", "/").split("/") if p not in ("", ".", "..")])
        and not any(part.startswith(".") for part in parts)
    ]  # fmt: skip
    assert sorted(contents) == sorted(shown)


# --- archives in archives ----------------------------------------------------------------------------------------------


def test_an_archive_in_an_archive_is_a_folder(saved):
    inner = zipped([("报告.txt", b"inner"), ("b/c.txt", b"deep")])
    path = saved(
        zipped([("县/内.zip", inner), ("a.txt", b"outer"), ("report.docx", zipped([("word/document.xml", b"")]))])
    )
    assert list_members(path, DEFAULTS) == ["a.txt", "report.docx", "县/内.zip/b/c.txt", "县/内.zip/报告.txt"]
    assert read_member(path, "县/内.zip/报告.txt", DEFAULTS) == b"inner"
    assert read_member(path, "县/内.zip/b/c.txt", DEFAULTS) == b"deep"
    assert read_member(path, "report.docx", DEFAULTS)[:2] == b"PK"


def test_a_third_level_is_not_opened(saved):
    third = zipped([("x.txt", b"x")])
    path = saved(zipped([("2.zip", zipped([("3.zip", third), ("y.txt", b"y")]))]))
    assert list_members(path, DEFAULTS) == ["2.zip/3.zip", "2.zip/y.txt"]
    assert code_of(read_member, path, "2.zip/3.zip", DEFAULTS) == "limit.depth"
    assert read_member(path, "2.zip/y.txt", DEFAULTS) == b"y"


def test_a_damaged_inner_archive_is_a_file_like_others(saved):
    path = saved(zipped([("bad.zip", b"PK\x03\x04 cut off"), ("a.txt", b"1")]))
    assert list_members(path, DEFAULTS) == ["a.txt", "bad.zip"]


@pytest.mark.parametrize("member", ["b.txt", "", "a.txt/b.txt", "2.zip/none.txt", "2.zip"])
def test_what_is_not_there_is_missing(saved, member):
    path = saved(zipped([("a.txt", b"1"), ("2.zip/", b""), ("3.zip", zipped([("x", b"")]))]))
    assert code_of(read_member, path, member, DEFAULTS) == "input.missing"


# --- hostile and broken ------------------------------------------------------------------------------------------------


def test_broken_and_missing_archives(saved, tmp_path):
    whole = zipped([("a.txt", b"text" * 100)])
    assert code_of(list_members, saved(whole[: len(whole) // 2]), DEFAULTS) == "input.damaged"
    assert code_of(list_members, str(tmp_path / "none.zip"), DEFAULTS) == "input.missing"
    assert code_of(list_members, str(tmp_path), DEFAULTS) in ("input.unreadable", "input.missing")
    assert code_of(list_members, "a\0b", DEFAULTS) == "input.unreadable"
    path = saved(whole)
    assert code_of(list_members, path, Settings(max_bytes=10)) == "input.too_large"


def test_damage_of_a_file_is_told_when_it_is_read(saved):
    data = zipped([("a.txt", b"text"), ("b.txt", b"more")])
    path = saved(patched(data, 16, 14, b"\0\0\0\0"))  # the checksum of the last in the directory
    assert list_members(path, DEFAULTS) == ["a.txt", "b.txt"]
    assert code_of(read_member, path, "b.txt", DEFAULTS) == "input.damaged"
    assert read_member(path, "a.txt", DEFAULTS) == b"text"


def test_encrypted_files(saved):
    path = saved(patched(zipped([("a.txt", b"text")]), 8, 6, b"\x01\x00"))
    assert list_members(path, DEFAULTS) == ["a.txt"]
    assert code_of(read_member, path, "a.txt", DEFAULTS) == "input.encrypted"


def test_unknown_compression_is_damage(saved):
    path = saved(patched(zipped([("a.txt", b"text")]), 10, 8, b"\x63\x00"))
    assert code_of(read_member, path, "a.txt", DEFAULTS) == "input.damaged"


def test_a_large_file_is_refused_without_being_unpacked(saved):
    path = saved(zipped([("a.txt", b"0" * 5000), ("b.txt", b"1")]))
    limits = Settings(max_bytes=1000)
    assert list_members(path, limits) == ["a.txt", "b.txt"]
    assert code_of(read_member, path, "a.txt", limits) == "input.too_large"
    assert read_member(path, "b.txt", limits) == b"1"


def test_limits_on_expansion_and_members(saved):
    path = saved(zipped([("a.txt", b"0" * 1_000_000)]))
    assert code_of(list_members, path, DEFAULTS) == "limit.expansion"
    path = saved(zipped([(f"{n}.txt", b"") for n in range(20)]))
    assert code_of(list_members, path, Settings(max_members=10)) == "limit.members"
    inner = zipped([(f"{n}.txt", b"") for n in range(8)])
    path = saved(zipped([("1.zip", inner), ("2.zip", inner)]))
    assert code_of(list_members, path, Settings(max_members=10)) == "limit.members"


def test_a_size_that_lies_costs_no_memory(saved):
    """The directory claims 10 bytes of a file that unpacks to 30 MB."""
    bomb = patched(zipped([("a.txt", b"0" * 30_000_000)]), 24, 22, struct.pack("<I", 10))
    path = saved(bomb)
    tracemalloc.start()
    try:
        assert code_of(read_member, path, "a.txt", DEFAULTS) == "input.damaged"
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_entries_that_share_their_data_are_counted_each(saved):
    """An overlap bomb: many directory entries point to one piece of data."""
    data = zipped([("a.txt", b"0" * 20_000)])
    place = data.rfind(b"PK\x01\x02")
    end = data.rfind(b"PK\x05\x06")
    entry, tail = data[place:end], data[end:]
    count = 50
    directory = b"".join(entry.replace(b"a.txt", b"%05d" % n) for n in range(count))
    tail = tail[:8] + struct.pack("<HHI", count, count, len(directory)) + tail[16:]
    bomb = data[:place] + directory + tail
    assert zipfile.ZipFile(io.BytesIO(bomb)).namelist()[:2] == ["00000", "00001"]
    assert code_of(list_members, saved(bomb), DEFAULTS) == "limit.expansion"


def test_an_archive_that_changes_is_read_again(saved):
    path = saved(zipped([("a.txt", b"old")]))
    assert read_member(path, "a.txt", DEFAULTS) == b"old"
    saved(zipped([("a.txt", b"newer")]))
    assert read_member(path, "a.txt", DEFAULTS) == b"newer"
