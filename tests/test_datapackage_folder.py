import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers_datapackage import fill_all

from extractor.datapackage import folder
from extractor.datapackage.folder import replacing_folder
from extractor.errors import OutputError

ROOT = Path(__file__).parent.parent


def make(target, **files):
    """A dataset, as far as its folder is concerned."""
    with replacing_folder(target) as place:
        for name, text in files.items():
            (place.folder / f"{name}.csv").write_text(text)
        (place.scratch / "meanwhile").write_text("x")
        told = {"resources": [{"path": f"{name}.csv"} for name in files], "gongkai": {}}
        (place.folder / "datapackage.json").write_text(json.dumps(told))


def contents(target):
    return {it.name: it.read_text() for it in target.iterdir() if it.suffix == ".csv"}


def names(place):
    return sorted(it.name for it in place.iterdir())


def refused(target, code):
    with pytest.raises(OutputError) as caught:
        make(target, cells="new")
    assert caught.value.code == code
    return str(caught.value)


@pytest.fixture
def old(tmp_path):
    """A dataset that stands there already."""
    target = tmp_path / "dataset"
    make(target, cells="old", files="old")
    return target


# --- where it may go -------------------------------------------------------------------------------------------------


def test_a_new_folder(tmp_path):
    make(tmp_path / "dataset", cells="1")
    assert names(tmp_path) == ["dataset"]
    assert names(tmp_path / "dataset") == ["cells.csv", "datapackage.json"]
    assert (tmp_path / "dataset").stat().st_mode & 0o777 == 0o777 & ~umask()


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "dataset").mkdir()
    make(tmp_path / "dataset", cells="1")
    assert contents(tmp_path / "dataset") == {"cells.csv": "1"}


def test_a_dataset_is_replaced_whole(old, tmp_path):
    make(old, cells="new")
    assert contents(old) == {"cells.csv": "new"}
    assert names(tmp_path) == ["dataset"]


def test_a_link_to_a_dataset_stays_a_link(old, tmp_path):
    link = tmp_path / "latest"
    link.symlink_to(old)
    make(link, cells="new")
    assert link.is_symlink()
    assert contents(old) == {"cells.csv": "new"}


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", "x", '{"resources": [], "name": "another"}', '{"gongkai": {}}', '{"gongkai": 1, "resources": [3]}'],
)
def test_another_package_is_not_ours(tmp_path, text):
    target = tmp_path / "dataset"
    target.mkdir()
    (target / "datapackage.json").write_text(text)
    assert "datapackage.json" in refused(target, "output.exists")
    assert (target / "datapackage.json").read_text() == text


def test_a_dataset_with_something_else_in_it_is_left_alone(old):
    (old / "notes.txt").write_text("mine")
    assert "notes.txt" in refused(old, "output.exists")
    assert contents(old) == {"cells.csv": "old", "files.csv": "old"}


def test_what_is_put_into_it_meanwhile_is_not_lost(old, tmp_path):
    def make_slowly():
        with replacing_folder(old):
            (old / "notes.txt").write_text("mine")

    with pytest.raises(OutputError, match=r"notes\.txt"):
        make_slowly()
    assert (old / "notes.txt").read_text() == "mine"
    assert names(tmp_path) == ["dataset"]


def test_a_full_folder_a_file_and_the_inside_of_a_dataset_are_refused(old, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a").touch()
    (tmp_path / "file").touch()
    refused(tmp_path / "own", "output.exists")
    refused(tmp_path / "file", "output.exists")
    refused(old / "cells.csv", "output.exists")
    assert str(old) in refused(old / "further", "output.exists")
    assert names(tmp_path) == ["dataset", "file", "own"]


def test_a_folder_to_put_it_in_must_be_there(tmp_path):
    assert str(tmp_path / "none") in refused(tmp_path / "none" / "dataset", "output.missing")


# --- all or nothing --------------------------------------------------------------------------------------------------


def stop(target, error):
    with replacing_folder(target) as place:
        (place.folder / "cells.csv").write_text("new")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, MemoryError, SystemExit, BrokenPipeError])
def test_what_stops_it_leaves_nothing_behind(old, tmp_path, error):
    for target in (old, tmp_path / "other"):
        with pytest.raises(error):
            stop(target, error)
    assert contents(old) == {"cells.csv": "old", "files.csv": "old"}
    assert names(tmp_path) == ["dataset"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "output.full"),
        (errno.EFBIG, "output.full"),
        (errno.EDQUOT, "output.full"),
        (errno.EACCES, "output.write"),
        (errno.EIO, "output.write"),
        (None, "output.write"),
    ],
)
def test_what_the_system_says_is_told(old, tmp_path, number, code):
    error = OSError(number, os.strerror(number)) if number else OSError("odd\nthing")
    with pytest.raises(OutputError) as caught:
        stop(old, error)
    assert caught.value.code == code
    assert str(old) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == ["dataset"]
    assert contents(old) == {"cells.csv": "old", "files.csv": "old"}


@pytest.mark.parametrize("error", [OSError(errno.EIO, "no"), KeyboardInterrupt()])
def test_the_old_one_is_put_back_when_the_new_one_cannot_take_its_place(old, tmp_path, monkeypatch, error):
    rename = Path.rename

    def failing(self, target):
        if self.name == "new":
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        make(old, cells="new")
    assert contents(old) == {"cells.csv": "old", "files.csv": "old"}
    assert names(tmp_path) == ["dataset"]


def test_another_export_may_be_quicker(old, tmp_path):
    with replacing_folder(old) as place:
        make(old, cells="quicker", claims="quicker")
        (place.folder / "cells.csv").write_text("slower")
        (place.folder / "datapackage.json").write_text('{"resources": [{"path": "cells.csv"}], "gongkai": {}}')
    assert contents(old) == {"cells.csv": "slower"}
    assert names(tmp_path) == ["dataset"]


def test_one_that_comes_between_the_two_renames_is_replaced(old, tmp_path, monkeypatch):
    rename, once = Path.rename, []

    def slow(self, target):
        if self.name == "new" and not once:
            once.append(1)
            make(old, cells="quicker")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", slow)
    make(old, cells="new")
    assert contents(old) == {"cells.csv": "new"}
    assert names(tmp_path) == ["dataset"]


def test_nothing_is_seen_before_it_is_whole(old, tmp_path):
    with replacing_folder(old) as place:
        assert contents(old) == {"cells.csv": "old", "files.csv": "old"}
        (place.folder / "cells.csv").write_text("new")
        assert [it.name.startswith(".dataset.") for it in tmp_path.iterdir() if it != old] == [True]


# --- what killed exports leave ---------------------------------------------------------------------------------------

KILLED = """
import sys
from pathlib import Path
from extractor.datapackage.folder import replacing_folder
with replacing_folder(Path(sys.argv[1])) as place:
    (place.folder / "cells.csv").write_text("new")
    if len(sys.argv) > 2:
        Path(sys.argv[1]).rename(place.folder.parent / "old")
    print("ready", flush=True)
    sys.stdin.read()
"""


def started(target, *more):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(target), *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout.readline() == b"ready\n"
    return process


def killed(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_what_a_killed_export_left_is_removed_by_the_next(old, tmp_path):
    killed(started(old))
    assert len(names(tmp_path)) == 2
    make(old, cells="next")
    assert names(tmp_path) == ["dataset"]
    assert contents(old) == {"cells.csv": "next"}


def test_what_a_living_export_works_on_is_not(old, tmp_path):
    process = started(old)
    try:
        make(old, cells="next")
        assert len(names(tmp_path)) == 2
        assert contents(old) == {"cells.csv": "next"}
    finally:
        killed(process)


def test_a_dataset_moved_aside_by_a_killed_export_is_put_back(old, tmp_path):
    killed(started(old, "between the renames"))
    assert not old.exists()
    with pytest.raises(RuntimeError):
        stop(old, RuntimeError())
    assert contents(old) == {"cells.csv": "old", "files.csv": "old"}
    assert names(tmp_path) == ["dataset"]


def test_folders_of_others_that_look_alike_stay(tmp_path):
    for name in (".data.x.tmp", ".dataset.", "x.dataset.y.tmp", ".dataset.young.tmp"):
        (tmp_path / name).mkdir()
    before = names(tmp_path)
    make(tmp_path / "dataset", cells="1")
    assert names(tmp_path) == sorted([*before, "dataset"])
    long_ago = time.time() - 3600
    os.utime(tmp_path / ".dataset.young.tmp", (long_ago, long_ago))
    make(tmp_path / "dataset", cells="2")
    assert names(tmp_path) == sorted({*before, "dataset"} - {".dataset.young.tmp"})


@pytest.mark.parametrize("name", ["[a]", "数据", "a b", "*"])
def test_names_with_odd_letters(tmp_path, name):
    killed(started(tmp_path / name))
    make(tmp_path / name, cells="1")
    make(tmp_path / name, cells="2")
    assert names(tmp_path) == [name]
    assert contents(tmp_path / name) == {"cells.csv": "2"}


# --- a full disk -----------------------------------------------------------------------------------------------------

FULL = """
import resource, sys
if int(sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv = ["gongkai", *sys.argv[2:]]
import typer
from extractor.errors import GongkaiError
from extractor.export_cli import export
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(export)
try:
    app()
except GongkaiError as error:
    print(error.code, error, file=sys.stderr)
    sys.exit(2)
"""


def exported(store, target, kind, most=0):
    command = [sys.executable, "-c", FULL, str(most), "--store", str(store), "-o", str(target), "--format", kind]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    target = tmp_path_factory.mktemp("store") / "store.db"
    fill_all(str(target))
    return target


def test_control_c_leaves_the_old_dataset(store, tmp_path):
    target = tmp_path / "dataset"
    make(target, cells="old")
    command = [sys.executable, "-c", FULL, "0", "--store", str(store), "-o", str(target), "--format", "xlsx"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(names(tmp_path)) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), err
    assert err.startswith("gongkai: [export]")
    assert len(err.strip().splitlines()) == 1
    assert contents(target) == {"cells.csv": "old"}
    assert names(tmp_path) == ["dataset"]


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx", "dta"])
def test_a_file_that_may_not_grow_is_told_and_leaves_the_old_dataset(store, tmp_path, kind):
    if kind in ("parquet", "dta"):
        pytest.importorskip({"parquet": "pyarrow", "dta": "pandas"}[kind])
    assert hasattr(resource, "RLIMIT_FSIZE")
    target = tmp_path / "dataset"
    make(target, cells="old")
    ended = exported(store, target, kind, 40_000)  # SQLite itself needs 32 KiB beside the store
    assert (ended.returncode, ended.stderr.split()[0]) == (2, "output.full"), ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert contents(target) == {"cells.csv": "old"}
    assert names(tmp_path) == ["dataset"]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own with little room."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)]
    if os.getuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx", "dta"])
def test_a_full_disk_is_told_and_leaves_the_old_dataset(store, small_disk, kind):
    if kind in ("parquet", "dta"):
        pytest.importorskip({"parquet": "pyarrow", "dta": "pandas"}[kind])
    make(small_disk / "dataset", cells="old")
    (small_disk / "full").write_bytes(b"x" * 350_000)
    ended = exported(store, small_disk / "dataset", kind)
    assert (ended.returncode, ended.stderr.split()[0]) == (2, "output.full"), ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert contents(small_disk / "dataset") == {"cells.csv": "old"}
    assert names(small_disk) == ["dataset", "full"]


def test_a_folder_that_may_not_be_written(tmp_path, monkeypatch):
    def no(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(folder.tempfile, "mkdtemp", no)
    assert "Permission denied" in refused(tmp_path / "dataset", "output.write")
