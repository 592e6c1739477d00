"""Where an own KPI is used. Rooms above this one (goals) say how they find their uses when the application starts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from apps.metrics.own.definition import OwnSpec
from apps.metrics.own_queries import specs_of
from apps.people.models import Workspace


@dataclass(frozen=True)
class Use:
    """`kind` is what uses it, `id` its number or key: pages make a link of both."""

    kind: str
    id: int | str
    name: str


Find = Callable[[Workspace, str], Iterable[Use]]
_FINDERS: dict[str, Find] = {}


def register(kind: str, find: Find) -> None:
    """`find` gives what uses the own KPI of this key."""
    _FINDERS[kind] = find


def uses_of(workspace: Workspace, key: str) -> list[Use]:
    """The own KPIs made of it, then whatever was registered."""
    found = [Use("kpi", each.key, each.name) for each in specs_of(workspace) if _is_made_of(each, key)]
    for find in _FINDERS.values():
        found += find(workspace, key)
    return found


def _is_made_of(spec: OwnSpec, key: str) -> bool:
    return spec.key != key and any(key in each.definition.own_keys for each in spec.in_use)
