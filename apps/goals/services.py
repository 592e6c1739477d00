"""Writing goals: create, edit, set a target, set a benchmark, close, reopen. Keyword-only, all or nothing, audited.

`by` is the member who acts, or None for the machine itself (the demo, a command). Bad input raises GoalRefusal with a
sentence per field; acting on a goal that is out of one's reach raises PermissionDenied.

Actuals and statuses are not touched here: goals know nothing of refresh. Whoever calls a service at an edge (a page,
the API) then asks refresh.services.request_recompute for new figures.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.audit.services import record
from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.goals import rules
from apps.goals.errors import GoalRefusal
from apps.goals.models import Benchmark, Goal, Scope, TargetVersion
from apps.goals.permissions import can_edit_goal
from apps.goals.rules import BenchmarkDraft, Draft, Problems, Typed
from apps.metrics.catalogue import Kpi, find_kpi
from apps.people.models import Member, Team, Workspace
from apps.people.queries import today_in

__all__ = [
    "BenchmarkDraft",
    "close_goal",
    "create_goal",
    "edit_goal",
    "reopen_goal",
    "set_benchmark",
    "set_target",
]

_FIELDS = ("title", "kpi", "scope", "team", "person", "owner", "starts_on", "ends_on", "baseline", "cadence", "note")


class Changes(TypedDict, total=False):
    """What of a goal can be edited; what is left out stays."""

    title: str
    kpi: str
    scope: str
    team: Team | None
    person: Member | None
    owner: Member | None
    starts_on: date | None
    ends_on: date | None
    baseline: Typed
    cadence: str
    note: str


@transaction.atomic
def create_goal(
    *,
    workspace: Workspace,
    by: Member | None,
    kpi: str,
    scope: str,
    owner: Member | None,
    starts_on: date | None,
    ends_on: date | None,
    title: str = "",
    team: Team | None = None,
    person: Member | None = None,
    baseline: Typed = None,
    target: Typed = None,
    cadence: str = "weekly",
    note: str = "",
    benchmark: BenchmarkDraft | None = None,
    today: date | None = None,
) -> Goal:
    """A new goal. `ends_on` is the first day after its period; without a title it gets one; a target may come later."""
    problems = Problems()
    draft = _without_other_subject(
        Draft(workspace, kpi, scope, owner, starts_on, ends_on, title, team, person, baseline, cadence, note)
    )
    definition = rules.the_kpi(kpi, problems)
    number = rules.the_number(target, definition, workspace, "target", problems)
    goal = _checked(draft, definition, number, by, today or today_in(workspace), problems)
    rules.check_target(number, definition, problems)
    compared = _checked_benchmark(benchmark, definition, workspace, problems) if benchmark else None
    _lock(workspace)
    rules.check_duplicate(replace(draft, kpi=goal.kpi), problems)
    problems.refuse()
    goal.created_by = by
    goal.save()
    if number is not None:
        TargetVersion.objects.create(goal=goal, value=number, effective_from=goal.starts_on, set_by=by)
    if compared:
        compared.goal = goal
        compared.save()
    _audit(goal, by, "goal.create", {}, _as_json(goal) | {"target": _plain(number)})
    return goal


@transaction.atomic
def edit_goal(*, goal: Goal, by: Member | None, today: date | None = None, **changes: Unpack[Changes]) -> Goal:
    """Change what is given. The target has its own service, because its history is kept."""
    goal = _locked(goal)
    _require_edit(goal, by)
    _require_open(goal)
    before = _as_json(goal)
    draft = _without_other_subject(replace(_draft_of(goal), **changes))
    problems = Problems()
    definition = rules.the_kpi(draft.kpi, problems)
    current = goal.targets.last()
    day = today or today_in(goal.workspace)
    edited = _checked(draft, definition, current.value if current else None, by, day, problems, goal)
    rules.check_duplicate(replace(draft, kpi=edited.kpi), problems, but_not=goal)
    problems.refuse()
    for name in (*_FIELDS, "kpi_version"):
        setattr(goal, name, getattr(edited, name))
    goal.save(update_fields=[*_FIELDS, "kpi_version"])
    _cover_new_start(goal, by)
    after = _as_json(goal)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        _audit(goal, by, "goal.edit", {name: before[name] for name in changed}, {name: after[name] for name in changed})
    return goal


@transaction.atomic
def set_target(
    *,
    goal: Goal,
    by: Member | None,
    value: Typed,
    reason: str = "",
    effective_from: date | None = None,
    today: date | None = None,
) -> TargetVersion:
    """A new version of the target from a day on (default: today, or the start). Earlier versions stay as they are.

    The first target needs no reason; every later one does, for it is read in reviews.
    """
    goal = _locked(goal)
    _require_edit(goal, by)
    _require_open(goal)
    kpi, current = _kpi_of(goal), goal.targets.last()
    day = effective_from or _day_within(goal, today or today_in(goal.workspace), current)
    problems = Problems()
    number = rules.the_number(value, kpi, goal.workspace, "target", problems)
    if number is None:
        problems.add("target", "Give the new target.")
    rules.check_target(number, kpi, problems)
    rules.check_distance(number, goal.baseline, kpi, problems)
    _check_version(goal, current, number, kpi, day, reason, problems)
    problems.refuse()
    assert number is not None
    version = TargetVersion.objects.create(
        goal=goal, value=number, effective_from=day, reason=reason.strip(), set_by=by
    )
    before = {"target": _plain(current.value), "effective_from": str(current.effective_from)} if current else {}
    _audit(
        goal,
        by,
        "goal.set_target",
        before,
        {"target": _plain(number), "effective_from": str(day), "reason": version.reason},
    )
    return version


@transaction.atomic
def set_benchmark(
    *, goal: Goal, by: Member | None, kind: str, value: Typed, source: str, as_of: date | None
) -> Benchmark:
    """A number to compare the goal with. The newest of a kind is the one shown; older ones stay."""
    _require_edit(goal, by)
    _require_open(goal)
    problems = Problems()
    kpi = _kpi_of(goal)
    benchmark = _checked_benchmark(BenchmarkDraft(kind, value, source, as_of), kpi, goal.workspace, problems)
    problems.refuse()
    benchmark.goal = goal
    benchmark.save()
    after = {"kind": kind, "value": _plain(benchmark.value), "source": benchmark.source, "as_of": str(as_of)}
    _audit(goal, by, "goal.set_benchmark", {}, after)
    return benchmark


@transaction.atomic
def close_goal(*, goal: Goal, by: Member | None, outcome: str, reason: str = "", now: datetime | None = None) -> Goal:
    """Close as `done` (judged by the figures it has then) or `cancelled` (not judged; needs a reason)."""
    goal = _locked(goal)
    _require_edit(goal, by)
    problems = Problems()
    if goal.closed_at:
        problems.add("", f"“{goal.title}” is closed already.")
    if outcome not in ("done", "cancelled"):
        problems.add("outcome", "Choose how the goal is closed: done or cancelled.")
    if outcome == "cancelled" and not reason.strip():
        problems.add("reason", "Say why the goal is cancelled: it is read in the next review.")
    _check_reason(reason, problems)
    problems.refuse()
    goal.closed_at, goal.closed_as, goal.closed_reason = now or timezone.now(), outcome, reason.strip()
    goal.save(update_fields=["closed_at", "closed_as", "closed_reason"])
    _audit(goal, by, "goal.close", {}, {"outcome": outcome, "reason": goal.closed_reason})
    return goal


@transaction.atomic
def reopen_goal(*, goal: Goal, by: Member | None, reason: str = "") -> Goal:
    """Undo a close. Refused while another open goal measures the same."""
    goal = _locked(goal)
    _require_edit(goal, by)
    problems = Problems()
    if not goal.closed_at:
        problems.add("", f"“{goal.title}” is open.")
    _check_reason(reason, problems)
    rules.check_duplicate(_draft_of(goal), problems, but_not=goal)
    if "kpi" in problems.found:
        problems.found[""] = problems.found.pop("kpi")
    problems.refuse()
    before = {"outcome": goal.closed_as, "reason": goal.closed_reason}
    goal.closed_at, goal.closed_as, goal.closed_reason = None, "", ""
    goal.save(update_fields=["closed_at", "closed_as", "closed_reason"])
    _audit(goal, by, "goal.reopen", before, {"reason": reason.strip()})
    return goal


# --- checks ----------------------------------------------------------------------------------------------------------


def _checked(
    draft: Draft,
    kpi: Kpi | None,
    target: Decimal | None,
    by: Member | None,
    today: date,
    problems: Problems,
    old: Goal | None = None,
) -> Goal:
    """The goal that a draft describes, unsaved; meaningless if problems were found. Keeps an owner who left since."""
    workspace = draft.workspace
    baseline = rules.the_number(draft.baseline, kpi, workspace, "baseline", problems)
    rules.check_words(draft, problems)
    rules.check_period(draft, problems)
    rules.check_scope(draft, problems)
    if old is None or old.owner != draft.owner:
        rules.check_owner(draft.owner, workspace, today, problems)
    rules.check_reach(draft, by, today, problems)
    rules.check_distance(target, baseline, kpi, problems)
    goal = Goal(
        workspace=workspace, baseline=baseline, kpi=kpi.key if kpi else "", kpi_version=kpi.version if kpi else 1
    )
    for name in ("scope", "team", "person", "owner", "starts_on", "ends_on", "cadence"):
        if not (name == "owner" and draft.owner is None):
            setattr(goal, name, getattr(draft, name))
    goal.note = draft.note.strip()
    goal.title = draft.title.strip() or _title_for(draft, kpi)
    return goal


def _checked_benchmark(draft: BenchmarkDraft, kpi: Kpi | None, workspace: Workspace, problems: Problems) -> Benchmark:
    """The benchmark that a draft describes, unsaved; meaningless if problems were found."""
    value = rules.the_number(draft.value, kpi, workspace, "benchmark_value", problems)
    rules.check_benchmark(draft, value, problems)
    benchmark = Benchmark(kind=draft.kind, source=draft.source.strip())
    if value is not None and draft.as_of is not None:
        benchmark.value, benchmark.as_of = value, draft.as_of
    return benchmark


def _check_version(
    goal: Goal,
    current: TargetVersion | None,
    number: Decimal | None,
    kpi: Kpi,
    day: date,
    reason: str,
    problems: Problems,
) -> None:
    _check_reason(reason, problems)
    if not goal.starts_on <= day < goal.ends_on:
        problems.add(
            "effective_from", f"Choose a day of the goal's period, which starts on {day_told(goal.starts_on)}."
        )
    if current is None:
        return
    if day < current.effective_from:
        problems.add(
            "effective_from",
            f"A target is in force from {day_told(current.effective_from)} on: choose that day or a later one,"
            " so that the past stays as it was agreed.",
        )
    if number == current.value:
        shown = format_figure(number, kpi.unit, goal.workspace.currency)
        problems.add("target", f"{shown} is the target already.")
    if not reason.strip():
        problems.add("reason", "Say why the target changes: it is read in the next review.")


def _check_reason(reason: str, problems: Problems) -> None:
    if len(reason.strip()) > 300:
        problems.add("reason", f"The reason has {len(reason.strip())} characters; 300 is the most.")


def _require_edit(goal: Goal, by: Member | None) -> None:
    if by is not None and not can_edit_goal(by, goal):
        raise PermissionDenied("Only those who manage this goal's team or people may change it.")


def _require_open(goal: Goal) -> None:
    if goal.closed_at:
        raise GoalRefusal({"": f"“{goal.title}” is closed: reopen it to change it."})


def _kpi_of(goal: Goal) -> Kpi:
    kpi = find_kpi(goal.kpi)
    if kpi is None:
        raise GoalRefusal({"": f"“{goal.kpi}” is no longer in the catalogue: edit the goal and choose another KPI."})
    return kpi


# --- parts -----------------------------------------------------------------------------------------------------------


def _lock(workspace: Workspace) -> None:
    """One writer of goals at a time in a workspace, so that two requests cannot create the same goal."""
    Workspace.objects.select_for_update().filter(pk=workspace.pk).first()


def _locked(goal: Goal) -> Goal:
    """The goal as it is now, behind the workspace's lock: nobody else's change is written over."""
    _lock(goal.workspace)
    return Goal.objects.select_related("workspace", "team", "person", "owner").get(pk=goal.pk)


def _draft_of(goal: Goal) -> Draft:
    return Draft(workspace=goal.workspace, **{name: getattr(goal, name) for name in _FIELDS})


def _without_other_subject(draft: Draft) -> Draft:
    """A form sends team and person along; only the one of the chosen scope is meant."""
    return replace(
        draft,
        team=draft.team if draft.scope == Scope.TEAM else None,
        person=draft.person if draft.scope == Scope.PERSON else None,
    )


def _title_for(draft: Draft, kpi: Kpi | None) -> str:
    subject = draft.team or draft.person or draft.workspace
    return f"{kpi.name if kpi else ''}, {subject}"[:200]


def _day_within(goal: Goal, today: date, current: TargetVersion | None) -> date:
    """Today, but a day of the period, and not before the version in force."""
    day = min(max(today, goal.starts_on), goal.ends_on - timedelta(days=1))
    return max(day, current.effective_from) if current else day


def _cover_new_start(goal: Goal, by: Member | None) -> None:
    """A period moved to an earlier start is judged against the first target from there on."""
    first = goal.targets.first()
    if first and first.effective_from > goal.starts_on:
        TargetVersion.objects.create(
            goal=goal, value=first.value, effective_from=goal.starts_on, reason="The period was moved.", set_by=by
        )


def _as_json(goal: Goal) -> dict[str, Any]:
    """The goal's fields as the audit trail keeps them: people and teams by id, days and numbers as text."""
    return {
        "title": goal.title,
        "kpi": goal.kpi,
        "scope": goal.scope,
        "team": goal.team_id,
        "person": goal.person_id,
        "owner": goal.owner_id,
        "starts_on": str(goal.starts_on),
        "ends_on": str(goal.ends_on),
        "baseline": _plain(goal.baseline),
        "cadence": str(goal.cadence),
        "note": goal.note,
    }


def _plain(number: Decimal | None) -> str | None:
    """A number as the audit trail keeps it: 0.3, whether typed so or read with six decimals."""
    return None if number is None else format(number.normalize(), "f")


def _audit(goal: Goal, by: Member | None, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    record(
        workspace=goal.workspace,
        actor=by.user if by else None,
        action=action,
        subject=goal,
        before=before,
        after=after,
    )
