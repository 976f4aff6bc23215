import re
import tomllib
from importlib import resources

from training import layouts, wordings
from training.quirks import quirks


def test_every_quirk_is_described():
    assert quirks()["extra-column"] == "a 0 or an empty cell too many in a row"
    assert len(quirks()) > 60
    for name, text in quirks().items():
        assert re.fullmatch(r"[a-z]+(-[a-z?]+)*", name), name
        assert len(text) > 5, name


def test_no_name_stands_in_two_groups():
    groups = tomllib.loads((resources.files("training") / "quirks.toml").read_text(encoding="utf-8"))
    assert sum(len(group) for group in groups.values()) == len(quirks())


def test_operators_imitate_quirks_that_are_listed():
    for name, operator in layouts.DAMAGES.items():
        assert operator.quirk in quirks(), name


def test_operators_say_which_quirks_they_imitate():
    for name, operator in layouts.DAMAGES.items():
        named = re.findall(r"``([^`]+)``", operator.apply.__doc__)
        assert operator.quirk in named, name
        assert set(named) <= quirks().keys(), name


def test_every_operator_is_listed_once():
    made = {
        name
        for module in (layouts, wordings)
        for name, found in vars(module).items()
        if callable(found) and getattr(found, "__module__", "") == module.__name__ and not name.startswith("_")
    }
    assert made - {"Operator", "damage", "some_damages"} == set(layouts.DAMAGES)
