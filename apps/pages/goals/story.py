"""The audit trail of a goal in sentences: who changed what, from what to what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.audit.models import Event
from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.goals.models import Cadence, Scope
from apps.metrics.catalogue import all_kpis
from apps.people.models import Member, Team, Workspace

TITLES = {
    "goal.create": "Goal set",
    "goal.edit": "Edited",
    "goal.set_target": "Target changed",
    "goal.set_benchmark": "Benchmark set",
    "goal.close": "Closed",
    "goal.reopen": "Reopened",
}
LABELS = {
    "kpi": "KPI",
    "starts_on": "first day",
    "ends_on": "last day",
    "effective_from": "from",
    "value": "benchmark",
    "as_of": "as of",
}
NUMBERS = {"target", "baseline", "value"}
DAYS = {"starts_on", "ends_on", "effective_from", "as_of"}


@dataclass(frozen=True)
class Told:
    title: str
    who: str
    at: datetime
    lines: list[str]


def told(workspace: Workspace, events: Iterable[Event], unit: str) -> list[Told]:
    """Ids in the trail are turned into names with one query each, however many events there are."""
    found = list(events)
    names = _names(workspace, found)
    return [
        Told(
            TITLES.get(event.action, event.action),
            str(event.actor) if event.actor else "The application",
            event.at,
            _lines(event, names, unit, workspace.currency),
        )
        for event in found
    ]


def _names(workspace: Workspace, events: list[Event]) -> dict[str, dict[Any, str]]:
    changed = {name for event in events for name in event.after}
    names: dict[str, dict[Any, str]] = {
        "kpi": {kpi.key: kpi.name for kpi in all_kpis()},
        "scope": dict(Scope.choices),
        "cadence": dict(Cadence.choices),
        "team": {},
        "owner": {},
    }
    if "team" in changed:
        names["team"] = dict(Team.objects.filter(workspace=workspace).values_list("pk", "name"))
    if {"owner", "person"} & changed:
        names["owner"] = dict(Member.objects.filter(workspace=workspace).values_list("pk", "name"))
    names["person"] = names["owner"]
    return names


def _lines(event: Event, names: dict[str, dict[Any, str]], unit: str, currency: str) -> list[str]:
    """`owner: Ann → Bob` for a change; for a first value only what was given."""
    lines = []
    for name, after in event.after.items():
        new = _text(name, after, names, unit, currency)
        if event.action == "goal.create" and not new:
            continue
        old = _text(name, event.before.get(name), names, unit, currency) if name in event.before else ""
        label = LABELS.get(name, name)
        lines.append(
            f"{label.capitalize()}: {old} → {new or 'nothing'}" if old else f"{label.capitalize()}: {new or 'nothing'}"
        )
    return lines


def _text(name: str, value: Any, names: dict[str, dict[Any, str]], unit: str, currency: str) -> str:
    if value in (None, ""):
        return ""
    if name in names:
        return str(names[name].get(value, value))
    if name in NUMBERS:
        return _number(str(value), unit, currency)
    if name in DAYS:
        day = date.fromisoformat(str(value))
        return day_told(day - timedelta(days=1) if name == "ends_on" else day)
    return str(value)


def _number(text: str, unit: str, currency: str) -> str:
    try:
        return format_figure(Decimal(text), unit, currency)
    except InvalidOperation:
        return text
