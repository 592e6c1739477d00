"""A version of a target comes into being: in force at once, or waiting for a second person."""

from datetime import date, timedelta

from apps.common.dates import day_told
from apps.goals.approvals import newest_in_force, somebody_else_may, waiting_of, why_second
from apps.goals.changing import PROPOSED, Aim
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal, TargetVersion
from apps.goals.services.parts import audit, plain
from apps.metrics.catalogue import Kpi
from apps.people.models import Member

ALONE = "Nobody else could approve it then."


def put_version(
    *,
    goal: Goal,
    kpi: Kpi,
    by: Member | None,
    today: date,
    aim: Aim,
    day: date,
    reason: str,
    days_away: int | None = None,
    proposed: bool = False,
) -> TargetVersion:
    """Store a checked change, behind the workspace's lock. It waits if a second person has to agree.

    The machine itself (`by` None) and a person who is alone in managing the goal have nobody to wait for; the version
    says so. Refused while another change waits: two open questions about one number have no answer.
    """
    refuse_second_question(goal)
    current = newest_in_force(goal)
    asks = why_second(goal, kpi, current, aim, max(day, today))
    asks = (PROPOSED, *asks) if proposed else asks
    alone = by is not None and not proposed and bool(asks) and not somebody_else_may(goal, by, today)
    waits = by is not None and bool(asks) and not alone
    version = TargetVersion(
        goal=goal,
        value=aim.value,
        low=aim.low,
        high=aim.high,
        effective_from=day,
        reason=reason.strip(),
        set_by=by,
        state="waiting" if waits else "in_force",
        asks=",".join(asks),
        days_away=days_away if days_away is not None else current.days_away if current else None,
        decision_note=ALONE if alone else "",
    )
    version.save()
    audit(goal, by, "goal.propose_target" if waits else "goal.set_target", _told(current), _told(version))
    return version


def refuse_second_question(goal: Goal) -> None:
    waiting = waiting_of(goal)
    if waiting:
        who = waiting.set_by.name if waiting.set_by else "The application"
        raise GoalRefusal(
            {"": f"{who} proposed another target on {day_told(waiting.set_at.date())}: decide on that one first."}
        )


def day_within(goal: Goal, today: date, current: TargetVersion | None) -> date:
    """Today, but a day of the period, and not before the version in force."""
    day = min(max(today, goal.starts_on), goal.ends_on - timedelta(days=1))
    return max(day, current.effective_from) if current else day


def _told(version: TargetVersion | None) -> dict[str, object]:
    """As the audit trail keeps it; who proposed is in the trail itself."""
    if version is None:
        return {}
    told = {
        "target": plain(version.value),
        "low": plain(version.low),
        "high": plain(version.high),
        "effective_from": str(version.effective_from),
        "reason": version.reason,
    }
    return {name: value for name, value in told.items() if value not in (None, "")}
