"""The KPI catalogue: every definition once, for pages, API, exports and reviews alike."""

from apps.metrics.catalogue import (
    acquisition,
    customers,
    deals,
    leads,
    ledger,
    orders,
    people,
    pipeline,
    quotas,
    revenue,
    subscriptions,
    surveys,
)
from apps.metrics.catalogue.definitions import Definitions, UnknownKpi
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit, Version

__all__ = [
    "BUILT_IN",
    "Category",
    "Definitions",
    "Direction",
    "Kind",
    "Kpi",
    "Unit",
    "UnknownKpi",
    "Version",
    "all_kpis",
    "find_kpi",
    "get_kpi",
    "variants_of",
]

# One entry per (key, variant). Of the variants of a key, the first one here whose tables have data is the default.
_CATALOGUE: tuple[Kpi, ...] = (
    *revenue.KPIS,
    *ledger.KPIS,
    *deals.KPIS,
    *pipeline.KPIS,
    *quotas.KPIS,
    *leads.KPIS,
    *acquisition.KPIS,
    *customers.KPIS,
    *subscriptions.KPIS,
    *orders.KPIS,
    *surveys.KPIS,
    *people.KPIS,
)


def all_kpis() -> list[Kpi]:
    """Every KPI once, in catalogue order; of several variants the first."""
    return BUILT_IN.all()


def variants_of(key: str) -> list[Kpi]:
    """The definitions under one key, the preferred one first."""
    return BUILT_IN.variants(key)


def get_kpi(ref: str, variant: str | None = None) -> Kpi:
    """The KPI of the catalogue under `key` or `key:variant`; what a workspace chose or defined is not known here
    (metrics.queries.definitions_of). Raises UnknownKpi with the nearest names, or with the variants there are."""
    return BUILT_IN.get(ref, variant)


def find_kpi(ref: str) -> Kpi | None:
    """As get_kpi, but None for what the catalogue does not have (any more): a goal outlives the KPI it was set on."""
    return BUILT_IN.find(ref)


# Without a workspace nobody says which tables have rows: what sales organisations have first of all are deals.
BUILT_IN = Definitions(_CATALOGUE, tables=frozenset({"deals"}))
