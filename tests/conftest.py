"""What tests of several modules are given."""

import io
import json
import sys
from typing import NamedTuple

import pytest

from extractor.record import Record
from training.cli import main


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
