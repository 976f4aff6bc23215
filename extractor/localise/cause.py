"""Whose error it is: the agency's when what must change was read with certainty, ours when a doubtful reading explains it."""

from collections.abc import Sequence
from itertools import chain

from extractor.localise.acts import Act, printed_rows_of, run_digits
from extractor.localise.slips import is_firm, one_digit
from extractor.localise.system import System, Value
from extractor.record import Cause, CellValue
from extractor.settings import DEFAULTS


def cause_of(system: System, alternatives: Sequence[Sequence[Act]]) -> Cause:
    """The cause of failed relations.

    Args:
        system: the table.
        alternatives: the acts that explain them equally well.

    Returns:
        ``agency`` or ``misread`` when all alternatives agree, else ``unknown``.
    """
    causes = {_cause(system, act) for act in chain.from_iterable(alternatives)}
    return causes.pop() if len(causes) == 1 else "unknown"


def _cause(system: System, act: Act) -> Cause:
    if act.kind == "reread":
        return "misread"
    if all(is_firm(system.cells[key], _row(system, key)) for key, _ in act.changes):
        return "agency"
    if act.kind != "edit":
        return "unknown"
    causes = {_cause_of_edit(system, *change) for change in act.changes}
    return causes.pop() if len(causes) == 1 else "unknown"


def _cause_of_edit(system: System, key: str, value: Value) -> Cause:
    cell, row = system.cells[key], _row(system, key)
    if is_firm(cell, row):
        return "agency"
    if run_digits(row):  # they are those of the text, and no other cut of them makes the sums hold
        return "agency"
    if _is_own_doubt(cell, row) and one_digit(cell.value or 0, value):
        return "misread"
    return "unknown"


def _row(system: System, key: str) -> list[CellValue]:
    """The cells of the printed row of a cell."""
    return [system.cells[other] for row in printed_rows_of(system.form) if key in row for other in row]


def _is_own_doubt(cell: CellValue, row: Sequence[CellValue]) -> bool:
    """True when the print of a cell itself is doubtful, and not just the row that it stands in."""
    return cell.confidence < DEFAULTS.accept or any(cell.confidence < other.confidence for other in row)
