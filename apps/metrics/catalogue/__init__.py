"""The KPI catalogue: every definition once, for pages, API, exports and reviews alike."""

import difflib

from apps.common.errors import Refusal
from apps.metrics.catalogue import deals
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit

__all__ = [
    "Category",
    "Direction",
    "Kind",
    "Kpi",
    "Unit",
    "UnknownKpi",
    "all_kpis",
    "find_kpi",
    "get_kpi",
    "variants_of",
]

# One entry per (key, variant). Of the variants of a key, the first one here whose table has data is the default.
_CATALOGUE: tuple[Kpi, ...] = (*deals.KPIS,)


class UnknownKpi(Refusal):
    """No KPI, or no variant of it, has this name."""


def all_kpis() -> list[Kpi]:
    """Every KPI once, in catalogue order; of several variants the first."""
    return list({kpi.key: kpi for kpi in reversed(_CATALOGUE)}.values())[::-1]


def variants_of(key: str) -> list[Kpi]:
    """The definitions under one key, the preferred one first."""
    found = [kpi for kpi in _CATALOGUE if kpi.key == key]
    if not found:
        raise UnknownKpi(f"There is no KPI called “{key}”.{_did_you_mean(key)}")
    return found


def get_kpi(key: str, variant: str | None = None) -> Kpi:
    """The KPI with this key. Raises UnknownKpi with the nearest names, or with the variants there are."""
    found = variants_of(key)
    if variant is None:
        return found[0]
    for kpi in found:
        if kpi.variant == variant:
            return kpi
    there_are = ", ".join(kpi.variant for kpi in found)
    raise UnknownKpi(f"{found[0].name} has no variant “{variant}”; there is: {there_are}.")


def find_kpi(key: str) -> Kpi | None:
    """As get_kpi, but None for what the catalogue does not have (any more): a goal outlives the KPI it was set on."""
    return next((kpi for kpi in _CATALOGUE if kpi.key == key), None)


def _did_you_mean(key: str) -> str:
    """A sentence with the nearest keys; names and synonyms lead to their key."""
    known = {kpi.key: kpi.key for kpi in _CATALOGUE}
    for kpi in _CATALOGUE:
        known |= {name.lower().replace(" ", "_"): kpi.key for name in (kpi.name, *kpi.synonyms)}
    near = difflib.get_close_matches(key.lower().replace(" ", "_"), known, n=4, cutoff=0.6)
    keys = list(dict.fromkeys(known[name] for name in near))
    if keys:
        return f" Did you mean {' or '.join(keys[:3])}?"
    return f" There are: {', '.join(kpi.key for kpi in all_kpis())}."
