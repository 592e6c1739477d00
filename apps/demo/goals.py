"""The planned goals, made by the services of the goals room and dated as if they had been set in time."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from apps.common.periods import Grain, add_months, period_of
from apps.demo.figures import Book
from apps.demo.plan import Plan, plans, target_for
from apps.demo.staff import Staff
from apps.goals.models import Goal, Scope, TargetVersion
from apps.goals.rules import BenchmarkDraft
from apps.goals.services import close_goal, create_goal, set_target
from apps.people.models import Workspace
from apps.people.queries import calendar_of

IN_THE_MORNING = time(7, 30, tzinfo=UTC)
CLOSED_AFTER = timedelta(days=7)  # a week to get the last figures in
RAISED_BY = Decimal("0.08")
RAISE_REASON = "A rep was added, and the new territory opened earlier than planned."


def make_goals(workspace: Workspace, staff: Staff, book: Book, today: date) -> list[Goal]:
    calendar = calendar_of(workspace)
    goals = []
    for plan in plans(today, book.value):
        target = target_for(plan, value=book.value, through=book.through, calendar=calendar)
        goal = _goal(workspace, staff, plan, target, book, today)
        if plan.was_raised:
            _raise_target(goal, staff, target, today)
        goals.append(goal)
    return goals


def close_finished(workspace: Workspace, today: date) -> None:
    """What ended before the last quarter was closed in its time; the last quarter still waits to be closed.

    Call it after the recompute: a goal closed before its newest actual keeps that one.
    """
    last_quarter = add_months(period_of(today, Grain.QUARTER).start, -3)
    for goal in workspace.goals.filter(ends_on__lte=last_quarter).order_by("ends_on", "pk"):
        close_goal(
            goal=goal, by=goal.owner, outcome="done", now=datetime.combine(goal.ends_on + CLOSED_AFTER, IN_THE_MORNING)
        )


def _goal(workspace: Workspace, staff: Staff, plan: Plan, target: Decimal, book: Book, today: date) -> Goal:
    """Its target is the one it begins with: what a raise will add is taken off."""
    start, end = plan.period.start, plan.period.end
    year_ago = add_months(start, -12)
    before = book.value(plan.kpi, plan.subject, year_ago, add_months(end, -12))
    history = BenchmarkDraft("historical", before, f"Own deals, {year_ago:%B %Y} on", start) if before else None
    goal = create_goal(
        workspace=workspace,
        by=staff.leader,
        today=today,
        kpi=f"{plan.kpi}:deals",
        scope=_scope(staff, plan.subject),
        team=staff.teams.get(plan.subject),
        person=staff.members.get(plan.subject),
        owner=staff.owner_for(plan.subject),
        starts_on=start,
        ends_on=end,
        target=_first_target(plan, target),
        cadence=plan.cadence,
        note=plan.note,
        benchmark=history if plan.kpi != "pipeline_value" else None,
    )
    set_at = datetime.combine(min(start, today) - timedelta(days=3), IN_THE_MORNING)
    Goal.objects.filter(pk=goal.pk).update(created_at=set_at)
    TargetVersion.objects.filter(goal=goal).update(set_at=set_at)
    return goal


def _first_target(plan: Plan, target: Decimal) -> Decimal:
    return Decimal(f"{target * (1 - RAISED_BY):.3g}") if plan.was_raised else target


def _raise_target(goal: Goal, staff: Staff, target: Decimal, today: date) -> None:
    day = goal.starts_on + (min(today, goal.ends_on) - goal.starts_on) / 3
    set_target(goal=goal, by=staff.leader, value=target, reason=RAISE_REASON, effective_from=day, today=today)


def _scope(staff: Staff, subject: str) -> Scope:
    if subject in staff.members:
        return Scope.PERSON
    return Scope.TEAM if subject in staff.teams else Scope.WORKSPACE
