"""How many reports of a batch break each check, by year and by form: the figures of the plots and of the table below them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from extractor.checks import catalogue
from extractor.record import Finding, Record

UNKNOWN_YEAR = "年份不明"
ALL = "全部"


class Share(NamedTuple):
    """Of the reports in which a check could be made, how many break it."""

    label: str
    broken: int
    checked: int

    @property
    def value(self) -> float:
        """The share, 0…1."""
        return self.broken / self.checked if self.checked else 0.0

    @property
    def text(self) -> str:
        """The share in words.

        >>> Share("2021", 3, 25).text, Share("2021", 0, 0).text
        ('12 %（3/25）', '—')
        """
        if not self.checked:
            return "—"
        percent = 100 * self.value
        return (
            f"{percent:.3g} %（{self.broken}/{self.checked}）"
            if percent < 100
            else f"100 %（{self.broken}/{self.checked}）"
        )


@dataclass
class CheckShares:
    """The shares of one check."""

    code: str
    meaning: str
    broken: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)

    @property
    def drawn(self) -> bool:
        """True for what is worth a plot: the relations of the forms, and whatever some report breaks."""
        return bool(self.broken[ALL]) or catalogue()[self.code].scope == "relation"

    def share(self, label: str) -> Share:
        """Of the reports of a year or form."""
        return Share(label, self.broken[label], self.checked[label])


@dataclass(frozen=True)
class Shares:
    """The shares of a batch: by check, with the years and forms that it has reports of."""

    checks: tuple[CheckShares, ...]
    years: tuple[str, ...]
    forms: tuple[str, ...]


def shares(records: Iterable[Record]) -> Shares:
    """Count the relations of the forms, and all other checks that can be passed (a share of failures alone says nothing)."""
    found: dict[str, CheckShares] = {}
    passed: set[str] = set()
    years: set[str] = set()
    forms: set[str] = set()
    for record in records:
        if record.status == "failed":
            continue
        year = str(record.year) if record.year is not None else UNKNOWN_YEAR
        years.add(year)
        for code, findings in _checked(record).items():
            broken = any(finding.outcome == "fail" for finding in findings)
            passed |= {code} if any(finding.outcome == "pass" for finding in findings) else set()
            own = {form for finding in findings for form in _forms(finding, record.tables)}
            forms |= own
            check = catalogue().get(code)
            entry = found.setdefault(code, CheckShares(code, check.zh if check else ""))
            for label in (ALL, year, *own):
                entry.checked[label] += 1
                entry.broken[label] += broken
    wanted = [
        code for code in catalogue() if code in found and (code in passed or catalogue()[code].scope == "relation")
    ]
    return Shares(tuple(found[code] for code in wanted), tuple(sorted(years)), tuple(sorted(forms)))


def _checked(record: Record) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in record.findings:
        if finding.outcome in ("pass", "fail"):
            found.setdefault(finding.code, []).append(finding)
    return found


def _forms(finding: Finding, tables: Mapping[str, str | None]) -> Iterator[str]:
    """The forms of the tables that a finding is about, as labels."""
    for table in dict.fromkeys(key.partition(".")[0] for key in finding.cells):
        if form := tables.get(table):
            yield f"{form} 年表格"
