"""The names of layouts and quirks that annotations, simulator and evaluation share; the list is ``quirks.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources


@cache
def quirks() -> Mapping[str, str]:
    """What each layout or quirk is, by its name."""
    groups = tomllib.loads((resources.files("training") / "quirks.toml").read_text(encoding="utf-8"))
    return {name: text for group in groups.values() for name, text in group.items()}
