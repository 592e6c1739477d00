"""What every service that writes a goal begins and ends with: lock it, ask who may, note what was done."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied

from apps.audit.services import record
from apps.goals import rules
from apps.goals.errors import GoalRefusal
from apps.goals.models import Ambition, Benchmark, Goal, Stage
from apps.goals.permissions import can_edit_goal, reach_of
from apps.goals.rules import BenchmarkDraft, Draft, Problems
from apps.metrics.catalogue import Kpi
from apps.people.models import Member, Workspace

FIELDS = (
    *("title", "scope", "team", "person", "owner", "starts_on", "ends_on", "baseline", "cadence", "note"),
    *("kind", "ambition", "stage", "change", "low", "high", "keep_share", "baseline_from", "baseline_to", "compares"),
    *("parent", "reviewer", "phasing"),
)


def lock(workspace: Workspace) -> None:
    """One writer of goals at a time in a workspace, so that two requests cannot create the same goal."""
    Workspace.objects.select_for_update().filter(pk=workspace.pk).first()


def locked(goal: Goal) -> Goal:
    """The goal as it is now, behind the workspace's lock: nobody else's change is written over."""
    lock(goal.workspace)
    return Goal.objects.select_related("workspace", "team", "person", "owner").get(pk=goal.pk)


def require_edit(goal: Goal, by: Member | None, today: date) -> None:
    if by is not None and not can_edit_goal(by, goal, reach_of(by, today)):
        raise PermissionDenied("Only those who manage this goal's team or people may change it.")


def require_open(goal: Goal) -> None:
    if goal.closed_at:
        raise GoalRefusal({"": f"“{goal.title}” is closed: reopen it to change it."})


def draft_of(goal: Goal) -> Draft:
    return Draft(workspace=goal.workspace, kpi=goal.ref, **{name: getattr(goal, name) for name in FIELDS})


def check_reason(reason: str, problems: Problems) -> None:
    if len(reason.strip()) > 300:
        problems.add("reason", f"The reason has {len(reason.strip())} characters; 300 is the most.")


def checked_benchmark(draft: BenchmarkDraft, kpi: Kpi | None, workspace: Workspace, problems: Problems) -> Benchmark:
    """The benchmark that a draft describes, unsaved; meaningless if problems were found."""
    value = rules.the_number(draft.value, kpi, workspace, "benchmark_value", problems)
    rules.check_benchmark(draft, value, problems)
    benchmark = Benchmark(kind=draft.kind, source=draft.source.strip())
    if value is not None and draft.as_of is not None:
        benchmark.value, benchmark.as_of = value, draft.as_of
    return benchmark


def as_json(goal: Goal) -> dict[str, Any]:
    """The goal's fields as the audit trail keeps them: people and teams by id, days and numbers as text."""
    return {
        "title": goal.title,
        "kpi": goal.kpi,
        "variant": goal.variant,
        "scope": goal.scope,
        "team": goal.team_id,
        "person": goal.person_id,
        "owner": goal.owner_id,
        "starts_on": str(goal.starts_on),
        "ends_on": str(goal.ends_on),
        "baseline": plain(goal.baseline),
        "cadence": str(goal.cadence),
        "note": goal.note,
    } | _meant(goal)


def _meant(goal: Goal) -> dict[str, Any]:
    """What a goal is besides its KPI and period, as far as it was said: most say little of it."""
    said = {
        "kind": goal.kind,
        "ambition": "" if goal.ambition == Ambition.COMMITTED else str(goal.ambition),
        "stage": "" if goal.stage == Stage.PUBLISHED else str(goal.stage),
        "change": plain(goal.change),
        "low": plain(goal.low),
        "high": plain(goal.high),
        "keep_share": plain(goal.keep_share) if goal.kind.startswith("keep_") else None,
        "baseline_from": str(goal.baseline_from or ""),
        "baseline_to": str(goal.baseline_to or ""),
        "compares": goal.compares,
        "parent": goal.parent_id,
        "reviewer": goal.reviewer_id,
        "phasing": goal.phasing_id,
    }
    return {name: value or None for name, value in said.items()}


def plain(number: Decimal | None) -> str | None:
    """A number as the audit trail keeps it: 0.3, whether typed so or read with six decimals."""
    return None if number is None else format(number.normalize(), "f")


def audit(goal: Goal, by: Member | None, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    record(
        workspace=goal.workspace,
        actor=by.user if by else None,
        action=action,
        subject=goal,
        before=before,
        after=after,
    )
