"""The audit trail in sentences: who changed what, from what to what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.urls import reverse

from apps.audit.models import Event
from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.goals.models import Cadence, Goal, Scope
from apps.metrics.catalogue import Definitions
from apps.people.models import Member, Team, Workspace
from apps.people.roles import Role

TITLES = {
    "goal.create": "Goal set",
    "goal.edit": "Goal edited",
    "goal.set_target": "Target changed",
    "goal.propose_target": "Another target proposed",
    "goal.approve_target": "Target approved",
    "goal.refuse_target": "Proposed target refused",
    "goal.withdraw_target": "Proposed target withdrawn",
    "goal.split": "Goal shared out",
    "goal.unsplit": "Sharing out taken back",
    "goal.link": "Goal put under another",
    "goal.unlink": "Goal taken from under another",
    "goal.decide_gap": "Gap decided on",
    "goal.hand_over": "Rest of the target handed over",
    "member.away": "Days away noted",
    "member.not_away": "Days away taken back",
    "goal.set_benchmark": "Benchmark set",
    "goal.close": "Goal closed",
    "goal.reopen": "Goal reopened",
    "goal.kudos": "Kudos given",
    "goal.kudos_taken_back": "Kudos taken back",
    "leaderboard.on": "Leaderboard switched on",
    "leaderboard.off": "Leaderboard switched off",
    "plan.create": "Plan made",
    "plan.copy": "Plan copied to the next period",
    "plan.edit": "Plan edited",
    "plan.remove": "Plan removed",
    "plan.change": "Numbers of a plan changed",
    "plan.undo": "Change of a plan taken back",
    "plan.redo": "Change of a plan done again",
    "plan.stage": "Plan moved on",
    "plan.propose_row": "Other numbers proposed",
    "plan.counter": "Proposal answered with other numbers",
    "plan.accept": "Numbers of a plan agreed to",
    "plan.comment": "Said about a plan",
    "plan.publish": "Plan published",
    "plan.add_person": "Person added to a plan",
    "plan.drop_person": "Person taken out of a plan",
    "goal.from_plan": "Goal phased as in its plan",
    "import.receive": "File received",
    "import.committed": "Imported",
    "import.unchanged": "Imported, nothing changed",
    "import.refused": "Import refused",
    "import.failed": "Import failed",
    "import.undo": "Import undone",
    "import.redo": "Import redone",
    "team.add": "Team added",
    "team.rename": "Team renamed",
    "team.move": "Team moved",
    "member.add": "Member added",
    "member.edit": "Member edited",
    "member.change_role": "Role changed",
    "member.move": "Team changed",
    "member.leave": "Leaves",
    "member.remove": "Member removed",
    "owner.resolve": "Owner in the data resolved",
    "owner.unresolve": "Owner in the data unresolved",
    "invitation.send": "Invitation sent",
    "invitation.revoke": "Invitation taken back",
    "invitation.accept": "Invitation accepted",
    "token.create": "API token made",
    "token.revoke": "API token taken back",
    "kpi.choose_variant": "KPI taken from another table",
    "own_kpi.build": "KPI built",
    "own_kpi.change": "KPI defined anew",
    "own_kpi.rename": "KPI renamed",
    "own_kpi.withdraw": "Definition taken back",
    "own_kpi.archive": "KPI archived",
    "own_kpi.restore": "KPI brought back",
    "number.give": "Number given",
    "number.withdraw": "Number taken back",
    "signal.confirm": "Signal confirmed",
    "signal.dismiss": "Signal dismissed",
    "signal.withdraw": "Verdict on a signal taken back",
    "workspace.create": "Workspace made",
    "workspace.change": "Settings changed",
    "holiday.add": "Holiday added",
    "holiday.remove": "Holiday removed",
    "rate.add": "Exchange rate added",
    "rate.change": "Exchange rate corrected",
    "rate.remove": "Exchange rate removed",
}
LABELS = {
    "kpi": "KPI",
    "starts_on": "first day",
    "ends_on": "last day",
    "effective_from": "from",
    "on": "from",
    "left_on": "first day away",
    "valid_from": "from",
    "variant": "taken from",
    "value": "benchmark",
    "as_of": "as of",
    "aliases": "other names in the data",
    "weekmask": "working days",
}
NUMBERS = {"target", "baseline", "value"}
DAYS = {"valid_from", "starts_on", "ends_on", "effective_from", "as_of", "on", "left_on", "day"}
NOT_TOLD = {"checksum", "values", "step", "shares"}
PAGES = {
    "goal": ("pages:goal", "goal_id"),
    "targetplan": ("pages:plan", "plan_id"),
    "import": ("pages:import", "import_id"),
    "member": ("pages:member", "member_id"),
}

Names = dict[str, dict[Any, str]]


@dataclass(frozen=True)
class Told:
    title: str
    who: str
    at: datetime
    subject: str
    url: str  # of the page of the subject; empty if it has none
    lines: list[str]


def told(workspace: Workspace, events: Iterable[Event], definitions: Definitions) -> list[Told]:
    """Ids in the trail are turned into names with one query each, however many events there are."""
    found = list(events)
    names, units = _names(workspace, found, definitions), _units(workspace, found, definitions)
    actors = _actors(workspace, found)
    return [
        Told(
            TITLES.get(event.action, event.action.replace(".", " ").replace("_", " ").capitalize()),
            actors.get(event.actor_id, "Somebody from elsewhere") if event.actor_id else "The application",
            event.at,
            event.subject,
            _url(workspace, event),
            _lines(event, names, units.get(event.subject_id, ""), workspace.currency),
        )
        for event in found
    ]


def _actors(workspace: Workspace, events: list[Event]) -> dict[int, str]:
    """By user: the name they have here. An account without one would show its e-mail address, which is nobody's."""
    users = {event.actor_id for event in events if event.actor_id}
    return dict(workspace.members.filter(user__in=users).values_list("user_id", "name")) if users else {}


def _url(workspace: Workspace, event: Event) -> str:
    if event.subject_type not in PAGES:
        return ""
    view, argument = PAGES[event.subject_type]
    return reverse(view, kwargs={"slug": workspace.slug, argument: event.subject_id})


def _units(workspace: Workspace, events: list[Event], definitions: Definitions) -> dict[str, str]:
    """The unit of each goal that is told about, by its id as the trail keeps it."""
    ids = {event.subject_id for event in events if event.subject_type == "goal"}
    if not ids:
        return {}
    kpis = {str(goal.pk): definitions.find(goal.ref) for goal in Goal.objects.filter(workspace=workspace, pk__in=ids)}
    return {goal: str(kpi.unit) if kpi else "" for goal, kpi in kpis.items()}


def _names(workspace: Workspace, events: list[Event], definitions: Definitions) -> Names:
    changed = {name for event in events for name in event.after if event.subject_type == "goal"}
    names: Names = {
        "kpi": {},
        "scope": dict(Scope.choices),
        "cadence": dict(Cadence.choices),
        "role": dict(Role.choices),
        "team": {},
        "owner": {},
    }
    if any("kpi" in (*event.before, *event.after) for event in events):
        names["kpi"] = {kpi.key: kpi.name for kpi in definitions.all()}
    if "team" in changed:
        names["team"] = dict(Team.objects.filter(workspace=workspace).values_list("pk", "name"))
    if {"owner", "person"} & changed:
        names["owner"] = dict(Member.objects.filter(workspace=workspace).values_list("pk", "name"))
    names["person"] = names["owner"]
    return names


def _lines(event: Event, names: Names, unit: str, currency: str) -> list[str]:
    """`owner: Ann → Bob` for a change; for what is new or gone only what was given."""
    lines = []
    for name in dict.fromkeys([*event.before, *event.after]):
        old = _text(name, event.before.get(name), names, unit, currency)
        new = _text(name, event.after.get(name), names, unit, currency)
        if name in NOT_TOLD or not (old or new) or (name not in event.after and event.after):
            continue
        label = LABELS.get(name, name.replace("_", " "))
        label = label[0].upper() + label[1:]
        lines.append(f"{label}: {old} → {new or 'nothing'}" if old else f"{label}: {new}")
    return lines


def _text(name: str, value: Any, names: Names, unit: str, currency: str) -> str:
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
