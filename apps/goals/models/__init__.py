"""Goals and all that hangs on them."""

from apps.goals.models.actuals import STATUSES, Actual, Celebration, Kudos, OwnerCall, TrackRecord
from apps.goals.models.benchmarks import Benchmark, KpiBenchmark
from apps.goals.models.cascade import GapDecision, Split
from apps.goals.models.goal import Ambition, Cadence, Goal, GoalKind, Scope, Stage
from apps.goals.models.leaderboards import LeaderboardAbsence, LeaderboardChoice
from apps.goals.models.plans import PlanCell, PlanStep, TargetPlan
from apps.goals.models.targets import Milestone, Phasing, TargetVersion, Thresholds

__all__ = [
    "STATUSES",
    "Actual",
    "Ambition",
    "Benchmark",
    "Cadence",
    "Celebration",
    "GapDecision",
    "Goal",
    "GoalKind",
    "KpiBenchmark",
    "Kudos",
    "LeaderboardAbsence",
    "LeaderboardChoice",
    "Milestone",
    "OwnerCall",
    "Phasing",
    "PlanCell",
    "PlanStep",
    "Scope",
    "Split",
    "Stage",
    "TargetPlan",
    "TargetVersion",
    "Thresholds",
    "TrackRecord",
]
