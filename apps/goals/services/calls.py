"""What the owner of a goal expects beside the computed status: said with a reason, and not for longer than a review."""

from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.common.dates import day_told
from apps.goals import rules
from apps.goals.calls import CALLABLE, longest_until
from apps.goals.models import Goal, OwnerCall
from apps.goals.rules import Problems, Typed
from apps.goals.services.parts import audit, check_reason, locked, require_open
from apps.metrics.queries import definitions_of
from apps.people.models import Member
from apps.people.queries import day_in


@transaction.atomic
def make_call(
    *,
    goal: Goal,
    by: Member | None,
    status: str,
    value: Typed = None,
    reason: str,
    expires_on: date | None,
    now: datetime,
) -> OwnerCall:
    """Say where the goal stands and, if wanted, where it will end. Only its owner may; a newer call takes its place.

    It holds until the next review at the longest. Raises GoalRefusal with a sentence per field.
    """
    goal = locked(goal)
    if by is not None and goal.owner_id != by.pk:
        raise PermissionDenied("Only the owner of a goal makes a call on it.")
    require_open(goal)
    problems, today = Problems(), day_in(goal.workspace, now)
    number = _the_value(goal, value, problems)
    _check(goal, status, reason, today, problems)
    until = expires_on or longest_until(goal, today)
    _check_until(goal, until, today, problems)
    problems.refuse()
    call = OwnerCall.objects.create(
        goal=goal, status=status, value=number, reason=reason.strip(), computed=goal.latest, by=by, at=now,
        expires_on=until,
    )  # fmt: skip
    told = {"status": status, "value": None if number is None else str(number), "reason": call.reason}
    audit(goal, by, "goal.call", {}, told | {"expires_on": str(until)})
    return call


def _the_value(goal: Goal, value: Typed, problems: Problems) -> Decimal | None:
    return rules.the_number(value, definitions_of(goal.workspace).find(goal.ref), goal.workspace, "value", problems)


def _check(goal: Goal, status: str, reason: str, today: date, problems: Problems) -> None:
    if status not in CALLABLE:
        problems.add("status", "Choose on track, at risk or off track.")
    if not reason.strip():
        problems.add("reason", "Say why: a call without a reason helps nobody.")
    check_reason(reason, problems)
    if not goal.starts_on <= today < goal.ends_on:
        problems.add("", "A call is made while the period of the goal runs.")


def _check_until(goal: Goal, until: date, today: date, problems: Problems) -> None:
    longest = longest_until(goal, today)
    if until <= today:
        problems.add("expires_on", "A call has to hold until tomorrow at least: choose a later day.")
    elif until > longest:
        problems.add(
            "expires_on", f"A call holds until the next review at the longest: choose {day_told(longest)} or earlier."
        )
