"""All rules that are run on a report, in the order of their findings."""

from extractor.checks import Rule

RULES: tuple[Rule, ...] = ()
