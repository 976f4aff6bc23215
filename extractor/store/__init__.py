"""Where batches keep what they read: SQLite in a file, or PostgreSQL. See :mod:`extractor.store.schema` for its tables."""

from extractor.store.store import Store, open_store
from extractor.store.types import Decision, File, Listed, Reading, Stored

__all__ = ["Decision", "File", "Listed", "Reading", "Store", "Stored", "open_store"]
