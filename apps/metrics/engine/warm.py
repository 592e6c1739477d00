"""Databases that stay open between the explanations of one process: to open one costs more than most questions to it.

Each may read the folders of one question and nothing else. Everybody who asks gets a connection of their own to it,
whose views and temporary tables nobody else sees and which are gone when it closes. No rows are kept in memory.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import duckdb

from apps.datasets.store.connection import lock
from apps.datasets.store.snapshot import Snapshot, open_for_reading

_MOST = 4  # each has threads that sleep
_OF_ALL = ("TimeZone = 'UTC'", "python_enable_replacements = false")  # connect() sets them for its connection only

_Key = tuple[frozenset[Path], int, str]
_open: OrderedDict[_Key, duckdb.DuckDBPyConnection] = OrderedDict()
_lock = threading.Lock()
_of_parents: list[object] = []  # a process that was forked must not close what its parent has open


def connection_for(snapshots: Iterable[Snapshot]) -> duckdb.DuckDBPyConnection:
    """A connection that may read the files of these snapshots, and nothing else. Close it when done."""
    found = list(snapshots)
    folders = frozenset(path.parent for each in found for path in (*each.row_files, *each.superseded_files))
    limits = (found[0].threads, found[0].memory) if found else (Snapshot.threads, Snapshot.memory)
    with _lock:
        database = _open.get((folders, *limits)) or _opened(found)
        _open[folders, *limits] = database
        _open.move_to_end((folders, *limits))
        while len(_open) > _MOST:
            _open.popitem(last=False)  # lives on until the last connection to it is closed
        return database.cursor()


def _opened(snapshots: list[Snapshot]) -> duckdb.DuckDBPyConnection:
    database = open_for_reading(snapshots, locked=False)
    for setting in _OF_ALL:
        database.execute(f"SET GLOBAL {setting}")
    # Row files never change: what is said at their end is read once.
    database.execute("SET parquet_metadata_cache = true")
    database.execute("SET enable_external_file_cache = false")
    lock(database)
    return database


def _forked() -> None:
    global _open, _lock
    _of_parents.append(_open)
    _open, _lock = OrderedDict(), threading.Lock()


os.register_at_fork(after_in_child=_forked)
