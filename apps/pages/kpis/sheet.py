"""The definition sheet of a KPI: all that makes the number what it is, and what this workspace still lacks for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apps.goals.queries import open_goals_by_variant
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.derived import DERIVED, source_of
from apps.metrics.catalogue.formulas import Given, walk
from apps.metrics.lacking import Missing, needs_told
from apps.metrics.models import GivenNumber
from apps.metrics.queries import given_numbers
from apps.metrics.readiness import Readiness, readiness_of
from apps.pages.access import WorkspaceRequest
from apps.people.permissions import can
from apps.people.roles import Permission


@dataclass(frozen=True)
class Variant:
    """One of several definitions under a key. `needs` says what the workspace lacks for it, in one clause."""

    kpi: Kpi
    told: str
    is_taken: bool
    is_shown: bool
    needs: str
    open_goals: int


@dataclass(frozen=True)
class Needed:
    """The columns that are read of one table, each with whether the workspace still lacks it."""

    table: str
    columns: list[tuple[str, bool]]
    is_missing: bool


@dataclass(frozen=True)
class Asked:
    """A number that no table has, with what was given so far, the newest first."""

    name: str
    label: str
    numbers: list[GivenNumber]


def sheet_of(request: WorkspaceRequest, kpi: Kpi) -> dict[str, Any]:
    """The context of the page beside its values."""
    definitions, readiness = request.definitions, readiness_of(request.workspace)
    missing = readiness.missing(kpi)
    counter = definitions.find(kpi.counter_metric) if kpi.counter_metric else None
    return {
        "kpi": kpi,
        "told": definitions.told(kpi),
        "counter": counter,
        "variants": _variants(request, kpi, readiness),
        "missing": missing,
        "needed": _needed(kpi, missing),
        "asked": _asked(request, kpi),
        "history": kpi.versions[::-1],
        "may_set_goals": can(request.member, Permission.MANAGE_TEAM_GOALS),
        "may_define": can(request.member, Permission.DEFINE_KPIS),
        "may_import": can(request.member, Permission.IMPORT_DATA),
    }


def _variants(request: WorkspaceRequest, shown: Kpi, readiness: Readiness) -> list[Variant]:
    """Empty if there is only one way to compute it."""
    definitions = request.definitions
    alike = definitions.variants(shown.key)
    if len(alike) == 1:
        return []
    taken, goals = definitions.default(shown.key), open_goals_by_variant(request.workspace, shown.key)
    return [
        Variant(
            kpi=kpi,
            told=definitions.told(kpi),
            is_taken=kpi is taken,
            is_shown=kpi.variant == shown.variant,
            needs=needs_told([readiness.missing(kpi)]),
            open_goals=goals.get(kpi.variant, 0),
        )
        for kpi in alike
    ]


def _needed(kpi: Kpi, missing: Iterable[Missing]) -> list[Needed]:
    lacking = {(each.table, each.column) for each in missing}
    columns: dict[str, dict[str, None]] = {table: {} for table in kpi.tables}
    for table, names in kpi.needs_of.items():
        late = DERIVED[table].late if table in DERIVED else {}
        columns.setdefault(source_of(table), {}).update(dict.fromkeys(name for name in names if name not in late))
    return [
        Needed(table, [(name, (table, name) in lacking) for name in names], (table, "") in lacking)
        for table, names in columns.items()
    ]


def _asked(request: WorkspaceRequest, kpi: Kpi) -> list[Asked]:
    names = dict.fromkeys(part.name for part in walk(kpi) if isinstance(part, Given))
    if not names:
        return []
    numbers = given_numbers(request.workspace)[::-1]
    return [
        Asked(name, name.replace("_", " "), [number for number in numbers if number.name == name]) for name in names
    ]
