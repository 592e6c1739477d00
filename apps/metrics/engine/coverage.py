"""What must be there before a KPI has figures: tables with rows, the days they cover, columns that say whose rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.derived import source_of
from apps.metrics.catalogue.formulas import Count, Stocktake, ThenKnown, Total, leaves, table_of, walk
from apps.metrics.engine.derived import columns_of
from apps.metrics.engine.figures import Scope
from apps.metrics.engine.plan import tallies_of


@dataclass(frozen=True, slots=True)
class Coverage:
    """The days for which the data can say something; None is no bound.

    `through` is the last day that every table covers. `reach` is the last that any covers: rows up to it are counted,
    so lengths of time and means over days go up to it too, or a month of rows would be divided by a few days.
    """

    first: date | None
    through: date | None
    reach: date | None


def coverage_of(snapshots: Mapping[str, Snapshot], kpi: Kpi) -> Coverage:
    """The days that all tables cover from which the KPI counts events. Levels and spans do not bound it: they stand
    until something moves them."""
    tables = _tables_of_events(kpi) or set(kpi.tables)
    found = [snapshots[table] for table in tables]
    ends = [each.complete_through for each in found if each.complete_through]
    return Coverage(
        first=max((each.covers_from for each in found if each.covers_from), default=None),
        through=min(ends, default=None),
        reach=max(ends, default=None),
    )


def _tables_of_events(kpi: Kpi) -> set[str]:
    return {source_of(table_of(leaf)) for leaf in leaves(kpi) if isinstance(leaf, Count | Total | Stocktake)}


def has_rows(snapshots: Mapping[str, Snapshot], kpi: Kpi) -> bool:
    """Also whether there are the columns: one of the workspace's own is gone with the import that brought it."""
    return all(table in snapshots and not snapshots[table].is_empty for table in kpi.tables) and all(
        name in columns_of(table, snapshots) for table, names in kpi.needs_of.items() for name in names
    )


def ran_in(snapshots: Mapping[str, Snapshot], kpi: Kpi) -> tuple[str, ...]:
    """The relations of a warehouse in which its figures are worked out; none where all of its rows are imported."""
    found = (snapshots[table].in_place for table in kpi.tables if table in snapshots)
    return tuple(each.said for each in found if each is not None)


def tables_read(kpi: Kpi) -> tuple[str, ...]:
    """The tables whose rows are measured, derived ones under their own name; that of the KPI first."""
    measured = [table_of(leaf) for leaf in leaves(kpi)] + [tally.table for tally in tallies_of(kpi).values()]
    return tuple(dict.fromkeys((kpi.table, *measured) if kpi.table in measured else measured))


def tells_whose(snapshots: Mapping[str, Snapshot], kpi: Kpi, scope: Scope) -> bool:
    """Whether every table says whose its rows are."""
    if scope not in kpi.scopes:
        return False
    if scope == "workspace":
        return True
    wanted = {"owner"} if scope == "person" else {"owner", "team"}
    return all(wanted & set(columns_of(table, snapshots)) for table in tables_read(kpi))


def looks_back(kpi: Kpi) -> bool:
    """Whether it needs the data as it was known earlier."""
    return any(isinstance(part, ThenKnown) for part in walk(kpi))
