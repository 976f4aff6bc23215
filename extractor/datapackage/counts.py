"""What a store holds of a reading, counted before anything is read."""

from typing import NamedTuple

from sqlalchemy import func, select

from extractor.store import Reading, Store
from extractor.store.schema import cells, files, records


class Counts(NamedTuple):
    """Reports that a reading has, sources that it has none of though files hold them, and whether more cells than asked for."""

    reports: int
    unread: int
    more_cells: bool


def counts(store: Store, reading: Reading, *, most_cells: int) -> Counts:
    """Count what there is of a reading.

    Raises:
        StoreError: the database can't be read.
    """
    held = select(files.c.source_id).where(files.c.source_id.is_not(None)).distinct()
    own = records.c.reading_id == reading.number
    read = select(records.c.source_id).where(own)
    of_reading = select(records.c.id).where(own, records.c.source_id.in_(held))
    first = select(cells.c.key_id).where(cells.c.record_id.in_(of_reading)).limit(most_cells + 1)
    with store.transaction() as connection:
        reports, unread, few = (
            connection.scalar(select(func.count()).select_from(query.subquery())) or 0
            for query in (of_reading, held.where(files.c.source_id.not_in(read)), first)
        )
    return Counts(reports, unread, few > most_cells)
