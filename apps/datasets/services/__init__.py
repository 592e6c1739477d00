"""Taking data in, all or nothing, and taking it back.

A file becomes visible by one row, LiveBatch, in one short transaction that also moves the head of its table by
compare-and-set, so that two imports at once into one table cannot both believe they were the last. Everything before
that transaction works on files nobody else reads and can be killed and begun again at any moment.
"""

from apps.datasets.orphans import sweep_orphans
from apps.datasets.services.compacting import compact
from apps.datasets.services.history import redo_import, rerun_import, undo_import
from apps.datasets.services.importing import dry_run, fail_import, nothing, run_import
from apps.datasets.services.receiving import receive_file, withdraw_import

__all__ = [
    "compact",
    "dry_run",
    "fail_import",
    "nothing",
    "receive_file",
    "redo_import",
    "rerun_import",
    "run_import",
    "sweep_orphans",
    "undo_import",
    "withdraw_import",
]
