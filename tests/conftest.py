"""What tests of several modules are given."""

import io
import json
import signal
import sys
from typing import NamedTuple
from uuid import uuid4

import pytest
from hypothesis import settings

from extractor.record import Record
from training.cli import main

# No deadline: machines that are busy with other things take their time. The same examples each time, so that what the suite
# says of a change is due to the change; other examples are tried by --hypothesis-profile explore.
settings.register_profile("gongkai", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False)
settings.load_profile("gongkai")

# In the background Ctrl-C is ignored, and the programs that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def records(self):
        return [Record.from_dict(json.loads(line)) for line in self.out.splitlines()]


@pytest.fixture
def gongkai(monkeypatch, capsys):
    def run(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["gongkai", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def postgresql():
    """The URL of a PostgreSQL server, without a database."""
    from helpers_postgresql import server

    with server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_target(request, tmp_path):
    """Where a new store is to be: both databases must do the same."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    from helpers_postgresql import new_database

    return new_database(request.getfixturevalue("postgresql"), f"gongkai-{uuid4().hex}")
