"""What an import did to the goals: the outcome of the recompute that followed it, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.common.dates import period_told
from apps.goals.case import Status
from apps.goals.queries import visible_goals
from apps.people.models import Member
from apps.refresh.models import Run
from apps.refresh.recompute import FLIPS_KEPT


@dataclass(frozen=True, slots=True)
class Change:
    goal_id: int
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Moved:
    """`sentence` says how many; `changes` are the goals whose status is another one now."""

    sentence: str
    changes: list[Change]


def moved(run: Run | None, member: Member, today: date) -> Moved | None:
    """None until the recompute has ended well. Goals that the member may not see are counted but not named."""
    if run is None or run.state != Run.State.DONE or "goals" not in run.result:
        return None
    flips: list[Mapping[str, Any]] = run.result.get("flips", [])
    seen = visible_goals(member, today).filter(pk__in=[flip["goal"] for flip in flips])
    year_start = member.workspace.fiscal
    titles = {goal.pk: f"{goal.title}, {period_told(goal.starts_on, goal.ends_on, year_start)}" for goal in seen}
    return Moved(sentence=_sentence(run.result, len(flips)), changes=list(_changes(flips, titles)))


def _changes(flips: Iterable[Mapping[str, Any]], titles: Mapping[int, str]) -> Iterable[Change]:
    for flip in flips:
        if flip["goal"] in titles:
            yield Change(flip["goal"], titles[flip["goal"]], _word(flip["from"]), _word(flip["to"]))


def _word(status: str) -> str:
    return str(Status(status).label).lower() if status else "no status yet"


def _sentence(result: Mapping[str, Any], flips: int) -> str:
    goals = int(result["goals"])
    if not goals:
        return "There are no goals yet that the new data could move."
    computed = f"{goals:,} goal{'' if goals == 1 else 's'} recomputed"
    if not flips:
        return f"{computed}, no status changed."
    many = f"{flips} or more statuses" if flips >= FLIPS_KEPT else "1 status" if flips == 1 else f"{flips} statuses"
    return f"{computed}, {many} changed:"
