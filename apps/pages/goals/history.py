"""The targets of a goal over time as its page tells them: who, when, why, from what to what, and what came of each."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.goals import pace
from apps.goals.approvals import before_each, may_decide, same_person
from apps.goals.changing import asks_told
from apps.goals.models import Goal, TargetVersion
from apps.goals.permissions import Reach
from apps.pages.goals.present import Shown
from apps.people.models import Member


@dataclass(frozen=True)
class Change:
    """One version beside the one that was in force when it was proposed; None for the first."""

    version: TargetVersion
    before: TargetVersion | None

    @property
    def why_second(self) -> str:
        return asks_told(self.version.asks)


@dataclass(frozen=True)
class SideBySide:
    """How much of the way is done, by the first target and by the one now in force."""

    original: TargetVersion
    current: TargetVersion
    by_original: float | None
    by_current: float | None


def history_of(goal: Goal, versions: list[TargetVersion] | None = None) -> list[Change]:
    """The newest change first; what waits at the top. One query, or none with the versions of target_history."""
    if versions is None:
        versions = list(goal.targets.select_related("set_by", "decided_by"))
    before = before_each(versions)
    found = [Change(version, before[version.pk]) for version in versions]
    return sorted(found, key=lambda each: (each.version.state == "waiting", each.version.pk), reverse=True)


def side_by_side(shown: Shown, versions: list[TargetVersion], today: date) -> SideBySide | None:
    """None while the target is the first one, nothing has been computed, or no way to go was ever known."""
    goal, actual = shown.goal, shown.actual
    agreed = sorted(
        (each for each in versions if each.state == "in_force"), key=lambda each: (each.effective_from, each.pk)
    )
    now = [each for each in agreed if each.effective_from <= max(today, goal.starts_on)]
    if actual is None or actual.value is None or not now or now[-1] == agreed[0] or agreed[0].low is not None:
        return None
    if actual.attainment is None:
        return None
    baseline = None if shown.adds_up else goal.baseline
    original, current = (_attained(actual.value, baseline, version.value) for version in (agreed[0], now[-1]))
    return SideBySide(agreed[0], now[-1], original, current)


def _attained(value: Decimal, baseline: Decimal | None, target: Decimal) -> float | None:
    reached = pace.attainment(value, baseline, target)
    return None if reached is None else float(reached)


def decidable(member: Member, goal: Goal, changes: list[Change], reach: Reach) -> TargetVersion | None:
    """The change that waits, if this member may decide on it or take it back."""
    waiting = next((each.version for each in changes if each.version.state == "waiting"), None)
    if waiting is None or goal.closed_at:
        return None
    waiting.goal = goal
    return waiting if may_decide(member, waiting, reach) or same_person(member, waiting.set_by) else None
