"""What a file is while it is being taken in: read, typed and checked, inside a DuckDB of its own."""

from dataclasses import dataclass, field

import duckdb

from apps.datasets.checks import ZONE, Check, Issue, IssueGroup
from apps.datasets.plan import Plan
from apps.datasets.reader import Source


@dataclass
class Stage:
    """A file read, typed and checked."""

    con: duckdb.DuckDBPyConnection
    source: Source
    plan: Plan
    checks: list[Check]
    read: int = 0
    failed: int = 0  # the bits of all checks that any row failed
    rejected: int = 0
    duplicates: int = 0
    left_out: int = 0
    excluded: int = 0
    issues: list[Issue] = field(default_factory=list)
    groups: list[IssueGroup] = field(default_factory=list)

    @property
    def valid(self) -> int:
        return self.read - self.rejected - self.duplicates

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.plan.fields)

    @property
    def error_mask(self) -> int:
        """The bits of the checks that reject a row."""
        return sum(1 << bit for bit, check in enumerate(self.checks) if check.rejects)

    @property
    def told_mask(self) -> int:
        """The bits of the checks that are told row by row."""
        return sum(1 << bit for bit, check in enumerate(self.checks) if check.kind != ZONE)


def row(staged: Stage, query: str) -> tuple[int, ...]:
    """The one row of a query that counts."""
    return tuple(staged.con.execute(query).fetchall()[0])
