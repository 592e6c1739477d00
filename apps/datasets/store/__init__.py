"""The column store: append-only Parquet batches, and per batch the list of older rows it replaces.

Which batches count is decided by rows of the application database, never by the files themselves: undo takes a batch
off the list, as-of is an earlier list, and nothing that was written is ever rewritten.
"""

from apps.datasets.store.connection import connect
from apps.datasets.store.conversion import Rate
from apps.datasets.store.layout import Layout
from apps.datasets.store.snapshot import Snapshot

__all__ = ["Layout", "Rate", "Snapshot", "connect"]
