"""A goal is closed, and opened again if that was a mistake."""

from datetime import date, datetime

from django.db import transaction

from apps.goals import rules
from apps.goals.models import Goal
from apps.goals.rules import Problems
from apps.goals.services.parts import audit, check_reason, draft_of, locked, require_edit
from apps.people.models import Member
from apps.people.queries import day_in


@transaction.atomic
def close_goal(*, goal: Goal, by: Member | None, now: datetime, outcome: str, reason: str = "") -> Goal:
    """Close as `done` (judged by the figures it has then) or `cancelled` (not judged; needs a reason)."""
    goal = locked(goal)
    require_edit(goal, by, day_in(goal.workspace, now))
    problems = Problems()
    if goal.closed_at:
        problems.add("", f"“{goal.title}” is closed already.")
    if outcome not in ("done", "cancelled"):
        problems.add("outcome", "Choose how the goal is closed: done or cancelled.")
    if outcome == "cancelled" and not reason.strip():
        problems.add("reason", "Say why the goal is cancelled: it is read in the next review.")
    check_reason(reason, problems)
    problems.refuse()
    goal.closed_at, goal.closed_as, goal.closed_reason = now, outcome, reason.strip()
    goal.save(update_fields=["closed_at", "closed_as", "closed_reason"])
    audit(goal, by, "goal.close", {}, {"outcome": outcome, "reason": goal.closed_reason})
    return goal


@transaction.atomic
def reopen_goal(*, goal: Goal, by: Member | None, today: date, reason: str = "") -> Goal:
    """Undo a close. Refused while another open goal measures the same."""
    goal = locked(goal)
    require_edit(goal, by, today)
    problems = Problems()
    if not goal.closed_at:
        problems.add("", f"“{goal.title}” is open.")
    check_reason(reason, problems)
    rules.check_duplicate(draft_of(goal), problems, but_not=goal)
    if "kpi" in problems.found:
        problems.found[""] = problems.found.pop("kpi")
    problems.refuse()
    before = {"outcome": goal.closed_as, "reason": goal.closed_reason}
    goal.closed_at, goal.closed_as, goal.closed_reason = None, "", ""
    goal.save(update_fields=["closed_at", "closed_as", "closed_reason"])
    audit(goal, by, "goal.reopen", before, {"reason": reason.strip()})
    return goal
