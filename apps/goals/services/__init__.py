"""Writing goals: create, edit, set a target, set a benchmark, close, reopen. Keyword-only, all or nothing, audited.

`by` is the member who acts, or None for the machine itself (the demo, a command). `today` is the day in the workspace
on which they act: it decides whom they manage. Bad input raises GoalRefusal with a sentence per field; acting on a goal
that is out of one's reach raises PermissionDenied.

Actuals and statuses are not touched here: goals know nothing of refresh. Whoever calls a service at an edge (a page,
the API) then asks refresh.services.request_recompute for new figures.
"""

from apps.goals.rules import BenchmarkDraft
from apps.goals.services.approving import (
    approve_target,
    counter_target,
    propose_target,
    refuse_target,
    withdraw_target,
)
from apps.goals.services.cascading import decide_gap, link_goal, split_goal, undo_split
from apps.goals.services.closing import close_goal, reopen_goal
from apps.goals.services.handing import hand_over, move_share, prorate_target
from apps.goals.services.setting import create_goal, edit_goal
from apps.goals.services.targets import set_benchmark, set_target

__all__ = [
    "BenchmarkDraft",
    "approve_target",
    "close_goal",
    "counter_target",
    "create_goal",
    "decide_gap",
    "edit_goal",
    "hand_over",
    "link_goal",
    "move_share",
    "propose_target",
    "prorate_target",
    "refuse_target",
    "reopen_goal",
    "set_benchmark",
    "set_target",
    "split_goal",
    "undo_split",
    "withdraw_target",
]
