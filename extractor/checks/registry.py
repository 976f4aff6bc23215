"""All rules that are run on a report, in the order of their findings."""

from extractor.checks import Rule
from extractor.checks.claims import accepted, balance, claims, conflicts
from extractor.checks.outline import form_version, sections, template
from extractor.checks.plausible import counts, fee_unit, rules_power
from extractor.checks.privacy import named_requesters
from extractor.checks.sentences import all_finished, fees

RULES: tuple[Rule, ...] = (
    sections,
    form_version,
    template,
    counts,
    fee_unit,
    rules_power,
    claims,
    accepted,
    conflicts,
    balance,
    all_finished,
    fees,
    named_requesters,
)
