"""Counts and rates of what checks find, as data: see :mod:`training.check_rates`."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_PERCENTILE = 0.95


@dataclass
class CodeRate:
    """The rates of one check.

    Attributes:
        errors: what it should have found.
        caught: what it found of that.
        fired, right: its failed findings on reports with an error, and those that are right.
        reports, alarmed: sound reports (series of them), and those on which it failed.
    """

    errors: int = 0
    caught: int = 0
    fired: int = 0
    right: int = 0
    reports: int = 0
    alarmed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The counts and the rates that follow; a rate is None where nothing was counted."""
        return {
            **vars(self),
            "recall": _ratio(self.caught, self.errors),
            "precision": _ratio(self.right, self.fired),
            "false_alarms": _ratio(self.alarmed, self.reports),
        }


@dataclass
class KindRate:
    """What became of one kind of error in the tables.

    Attributes:
        what: ``printing`` or ``misreading``.
        errors: how many were put in; each breaks a sum.
        hidden: how many were drawn besides that break none.
        seen: some sum was found to fail.
        located: a listed correction has all wrong cells, with what they should hold, and no more cells than that.
        first: it is the likeliest one.
        unique: it is the only one.
        cause: all failed sums have the right cause.
        flagged: printing errors: a cell was flagged for review; misreadings: all wrong cells are.
        silent: a cell without a flag has another value than is printed.
    """

    what: str
    errors: int = 0
    hidden: int = 0
    seen: int = 0
    located: int = 0
    first: int = 0
    unique: int = 0
    cause: int = 0
    flagged: int = 0
    silent: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The counts, and each as a share of the errors."""
        shares = {
            f"{name}_share": _ratio(getattr(self, name), self.errors)
            for name in ("seen", "located", "first", "unique", "cause", "flagged")
        }
        return {**vars(self), **shares}


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


@dataclass
class CheckRates:
    """All rates.

    Attributes:
        codes: of each check, by its code.
        kinds: of each kind of error in the tables.
        sound: sound reports that were read, and those of them with a failed check (``alarmed``) or a flagged cell (``doubtful``).
        seconds: what the audit of each report with an error took.
    """

    codes: dict[str, CodeRate] = field(default_factory=dict)
    kinds: dict[str, KindRate] = field(default_factory=dict)
    sound: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def code(self, code: str) -> CodeRate:
        """The counts of a check."""
        return self.codes.setdefault(code, CodeRate())

    def kind(self, kind: str, what: str, hidden: int) -> KindRate:
        """The counts of a kind of error, one more of which was put in."""
        rate = self.kinds.setdefault(kind, KindRate(what))
        rate.errors += 1
        rate.hidden += hidden
        return rate

    def passed_over(self, codes: Iterable[str], failed: Collection[str]) -> None:
        """A sound report was read: ``codes`` were checked, ``failed`` are false alarms."""
        for code in {*codes, *failed}:
            self.code(code).reports += 1
            self.code(code).alarmed += code in failed

    def fault(self, expected: str, failed: Mapping[str, int], also: Collection[str]) -> None:
        """A fault was put in: how often each check failed, and which may rightly do so beside the one expected."""
        self.code(expected).errors += 1
        self.code(expected).caught += expected in failed
        for code, count in failed.items():
            if code not in also:
                self.code(code).fired += count
                self.code(code).right += count if code == expected else 0

    def measured(self) -> dict[str, CodeRate]:
        """The checks of which anything is known but that they passed."""
        return {code: rate for code, rate in sorted(self.codes.items()) if rate.errors or rate.fired or rate.alarmed}

    def merge(self, other: "CheckRates") -> None:
        """Add the counts of other reports."""
        for code, rate in other.codes.items():
            _add(self.codes.setdefault(code, CodeRate()), rate)
        for kind, found in other.kinds.items():
            _add(self.kinds.setdefault(kind, KindRate(found.what)), found)
        self.sound.update(other.sound)
        self.seconds += other.seconds

    def total(self, what: str) -> KindRate:
        """All kinds of printing errors, or of misreadings, together."""
        total = KindRate(what)
        for rate in self.kinds.values():
            if rate.what == what:
                _add(total, rate)
        return total

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON data."""
        return {
            "codes": {code: rate.to_dict() for code, rate in self.measured().items()},
            "kinds": {kind: rate.to_dict() for kind, rate in self.kinds.items()},
            "total": {what: self.total(what).to_dict() for what in ("printing", "misreading")},
            "sound": dict(self.sound),
            "seconds": self.times(),
        }

    def times(self) -> dict[str, float]:
        """Seconds for the audit of one report: the median, 95 of 100, the most."""
        ranked = sorted(self.seconds) or [0.0]
        places = {"median": len(ranked) // 2, "p95": int(len(ranked) * _PERCENTILE), "most": len(ranked) - 1}
        return {name: round(ranked[place], 4) for name, place in places.items()}


def _add(to: CodeRate | KindRate, other: CodeRate | KindRate) -> None:
    for name, count in vars(other).items():
        if isinstance(count, int):
            setattr(to, name, getattr(to, name) + count)
