"""Reads of own KPIs. Everything starts from a workspace."""

import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from django.db.models import Prefetch, QuerySet

from apps.metrics.catalogue import BUILT_IN, Kpi
from apps.metrics.models import OwnKpi, OwnKpiVersion
from apps.metrics.own.compiling import Workshop
from apps.metrics.own.definition import Definition, OwnSpec, Version
from apps.people.models import Workspace


def own_kpis_of(workspace: Workspace) -> list[Kpi]:
    """The own KPIs in use, by name; the same objects as long as no definition changes. One query.

    Each is the newest definition and knows the earlier ones (`Kpi.at`).
    """
    return list(_compiled(_as_kept(workspace)))


def own_kpi_models(workspace: Workspace) -> QuerySet[OwnKpi]:
    """All of them, archived ones too, with their versions oldest first, withdrawn ones too."""
    versions = OwnKpiVersion.objects.select_related("made_by").order_by("number")
    return (
        OwnKpi.objects.filter(workspace=workspace).select_related("created_by").prefetch_related(
            Prefetch("versions", versions)
        )
    )  # fmt: skip


def own_kpi_for(workspace: Workspace, key: str) -> OwnKpi:
    """One of this workspace; OwnKpi.DoesNotExist for one of another."""
    return own_kpi_models(workspace).get(key=key)


def specs_of(workspace: Workspace) -> list[OwnSpec]:
    """What is in use, as plain data."""
    return [_spec(*row) for row in _as_kept(workspace)]


def newest_of(own: OwnKpi) -> OwnKpiVersion:
    """The version last made that was not withdrawn."""
    return next(each for each in reversed(own.versions.all()) if each.withdrawn_at is None)


def definition_of(version: OwnKpiVersion) -> Definition:
    return Definition.from_json(version.definition)


_Kept = tuple[str, str, tuple[tuple[int, date, bool, str, str], ...]]  # key, name, versions as text


def _as_kept(workspace: Workspace) -> tuple[_Kept, ...]:
    rows = OwnKpiVersion.objects.filter(
        kpi__workspace=workspace, kpi__archived_at__isnull=True, withdrawn_at__isnull=True
    ).order_by("kpi__name", "kpi_id", "number")
    found: dict[tuple[str, str], list[tuple[int, date, bool, str, str]]] = {}
    names = ("kpi__key", "kpi__name", "number", "effective_from", "restates", "what", "definition")
    for key, name, number, day, restates, what, definition in rows.values_list(*names):
        version = (number, day, restates, what, json.dumps(definition, sort_keys=True))
        found.setdefault((key, name), []).append(version)
    return tuple((key, name, tuple(versions)) for (key, name), versions in found.items())


@lru_cache(maxsize=256)
def _compiled(kept: tuple[_Kept, ...]) -> tuple[Kpi, ...]:
    specs: Iterable[OwnSpec] = (_spec(*row) for row in kept)
    return tuple(Workshop(specs, BUILT_IN.find).all())


def _spec(key: str, name: str, versions: tuple[tuple[int, date, bool, str, str], ...]) -> OwnSpec:
    return OwnSpec(
        key,
        name,
        tuple(
            Version(number, day, what, Definition.from_json(json.loads(definition)), restates)
            for number, day, restates, what, definition in versions
        ),
    )
