"""Batches that finish: many reports into a store, by many processes, again and again until all are there."""

from extractor.bulk.run import Batch, Counts, Event

__all__ = ["Batch", "Counts", "Event"]
