"""Cells that were recognised from a picture: where the form's sums fail, the error may be ours, so that a person must look.

Text in a file is what was printed; a digit on a scan is a guess. The sums of the form can't tell which digit is wrong, and no
digit is ever repaired; but a sum that fails tells that one of its operands may be. Amounts of money are in no sum, and a point
that recognition overlooks makes them tenfold, so that a person must always look.
"""

from collections.abc import Mapping, Sequence

from extractor.check import check_relations
from extractor.label import LabelledTable
from extractor.reconcile import ReconciledRow
from extractor.record import CellValue
from extractor.vocabulary import vocabulary


def doubt_recognised(
    table: LabelledTable, rows: Sequence[ReconciledRow], cells: Mapping[str, CellValue]
) -> Mapping[str, CellValue]:
    """The cells of a table; flagged are recognised amounts, and those of relations that fail when any was recognised.

    Args:
        table: the table.
        rows: its rows with the choice for each cell.
        cells: the cells as decided.
    """
    recognised = {key for row in rows if row.row.recognised < 1 for key in row.row.cells}
    if not recognised:
        return cells
    decided = dict(cells)
    amounts = (key for key in recognised if vocabulary().columns[key].kind != "count" and cells[key].value)
    decided |= {key: cells[key]._replace(review=True) for key in amounts}
    as_zero = {key: cell._replace(value=cell.value or 0) for key, cell in cells.items() if cell.state != "missing"}
    for finding in check_relations(table.form, as_zero):
        if finding.outcome != "pass" and recognised.intersection(finding.cells):
            decided |= {key: decided[key]._replace(review=True) for key in finding.cells}
    return decided
