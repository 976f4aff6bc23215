"""Cells that were recognised from a picture: where the form's sums fail, the error may be ours, so that a person must look.

Text in a file is what was printed; a digit on a scan is a guess. The sums of the form can't tell which digit is wrong, and no
digit is ever repaired; but a sum that fails tells that one of its operands may be.
"""

from collections.abc import Mapping, Sequence

from extractor.check import check_relations
from extractor.label import LabelledTable
from extractor.reconcile import ReconciledRow
from extractor.record import CellValue


def doubt_recognised(
    table: LabelledTable, rows: Sequence[ReconciledRow], cells: Mapping[str, CellValue]
) -> dict[str, CellValue]:
    """The cells of a table, those of relations that fail flagged when any of them was recognised from a picture.

    Args:
        table: the table.
        rows: its rows with the choice for each cell.
        cells: the cells as decided.
    """
    recognised = {key for row in rows if any(token.confidence < 1 for token in row.row.tokens) for key in row.row.cells}
    decided = dict(cells)
    if not recognised:
        return decided
    as_zero = {key: cell._replace(value=cell.value or 0) for key, cell in cells.items() if cell.state != "missing"}
    for finding in check_relations(table.form, as_zero):
        if finding.outcome != "pass" and recognised.intersection(finding.cells):
            decided |= {key: decided[key]._replace(review=True) for key in finding.cells}
    return decided
