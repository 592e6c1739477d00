"""The live rows of all tables that a KPI reads, seen as one: from when to when, and which columns all of them have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from apps.datasets.queries import snapshots
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi
from apps.metrics.engine import coverage_of, has_rows
from apps.metrics.engine.coverage import tables_read
from apps.metrics.engine.derived import columns_of
from apps.people.models import Workspace


@dataclass(frozen=True)
class Live:
    """`snapshots` hold at least the tables of the KPI."""

    kpi: Kpi
    snapshots: Mapping[str, Snapshot]

    @property
    def is_empty(self) -> bool:
        return not has_rows(self.snapshots, self.kpi) or self.covers_from is None or self.complete_through is None

    @property
    def empty_tables(self) -> list[str]:
        return [table for table in self.kpi.tables if self.snapshots[table].is_empty]

    @property
    def covers_from(self) -> date | None:
        return coverage_of(self.snapshots, self.kpi).first

    @property
    def complete_through(self) -> date | None:
        return coverage_of(self.snapshots, self.kpi).through

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Those that every table has: by others the figures could not be grouped."""
        first, *others = [columns_of(table, self.snapshots) for table in tables_read(self.kpi)] or [()]
        return tuple(name for name in first if all(name in other for other in others))


def live_of(workspace: Workspace, kpi: Kpi) -> Live:
    return Live(kpi, snapshots(workspace=workspace, tables=kpi.tables))


def live_of_all(workspace: Workspace, kpis: Iterable[Kpi]) -> list[Live]:
    """One query for all of them."""
    wanted = list(kpis)
    found = snapshots(workspace=workspace, tables={table for kpi in wanted for table in kpi.tables})
    return [Live(kpi, found) for kpi in wanted]
