"""The status of a goal: ordered rules over given inputs, the first that matches wins. A pure function.

Silence is never green: no data, waiting for data and too early are statuses of their own. A goal is judged at the last
day its data covers, by the working days closed until then. The day on which it is judged (`today`) is an input like any
other and only tells whether a period has begun, is over, or has data too old to mean anything.

Comparisons are unrounded and inclusive. The rules are numbered versions: a change raises the number.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any

from apps.goals.case import BY_URGENCY, FRESH_FOR_DAYS, Before, Case, Inputs, Status
from apps.goals.pace import Course
from apps.goals.sentences import sentence_for

__all__ = ["BY_URGENCY", "FRESH_FOR_DAYS", "RULES", "Inputs", "Status", "Verdict", "judge"]

# Statuses that a comparison of the actual with what was expected has decided.
JUDGED = frozenset({Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK, Status.ACHIEVED, Status.MISSED})
# From good to bad. One step of these has to be seen twice before it is said.
COLOURS = (Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK)


class Verdict:
    """A status with what it rests on. The sentence and the stored inputs are made only when asked for."""

    def __init__(self, status: Status, rule: str, case: Case, leaning: Status | None = None) -> None:
        self.status = status
        self.rule = rule
        self.leaning = leaning  # what the rules say, while hysteresis still keeps the status before
        self.case = case
        self.expected = case.expected
        self.attainment = case.attainment
        self.pace = case.pace if status in JUDGED else None

    @cached_property
    def needed_per_day(self) -> Decimal | None:
        """For flows that are running: what each working day left must bring (for a limit: may take)."""
        return self.case.needed_per_day() if self.status in JUDGED or self.status is Status.TOO_EARLY else None

    @cached_property
    def sentence(self) -> str:
        """One sentence with rule, inputs and remedy."""
        return sentence_for(self.case, self.status, self.rule, self.leaning)

    @property
    def inputs(self) -> dict[str, Any]:
        """What was judged, JSON-ready, so that the verdict can be checked and repeated."""
        return self.case.as_json()


def judge(given: Inputs) -> Verdict:
    """Apply the rules in order; the first that has an answer decides."""
    case = Case(given)
    for name, rule in RULES:
        status = rule(case)
        if status is not None:
            kept = _kept_status(case, status)
            return Verdict(kept, name, case, leaning=None if kept is status else status)
    raise AssertionError("the last rule always answers")


def _kept_status(case: Case, found: Status) -> Status:
    """Hysteresis: a colour changes by one step only when two evaluations in a row, on data of different days, say so.

    Two steps at once, and all that is no matter of more or less (reached, missed, no data), count at once.
    """
    before = case.given.before
    if before is None or before.status not in COLOURS or found not in COLOURS:
        return found
    if _asks_otherwise(case, before):
        return found
    last = Status(before.status)
    if abs(COLOURS.index(last) - COLOURS.index(found)) != 1:
        return found
    moved_on = before.through is None or case.given.through is None or case.given.through > before.through
    return found if before.leaning == found and moved_on else last


def _asks_otherwise(case: Case, before: Before) -> bool:
    """Another target, or data that was taken back: the status before says nothing of what is asked now."""
    given = case.given
    if before.target is not None and before.target != given.target:
        return True
    return before.through is not None and given.through is not None and given.through < before.through


# --- the rules -------------------------------------------------------------------------------------------------------


def _cancelled(case: Case) -> Status | None:
    return Status.CANCELLED if case.given.closed_as == "cancelled" else None


def _not_started(case: Case) -> Status | None:
    return Status.NOT_STARTED if case.given.today < case.given.starts_on else None


def _no_target(case: Case) -> Status | None:
    return Status.NO_TARGET if case.given.target is None else None


def _nothing_imported(case: Case) -> Status | None:
    return Status.NO_DATA if case.given.through is None else None


def _data_before_start(case: Case) -> Status | None:
    through = case.given.through
    return Status.WAITING if through is not None and through < case.given.starts_on else None


def _no_value(case: Case) -> Status | None:
    return Status.NO_DATA if case.given.value is None else None


def _too_few(case: Case) -> Status | None:
    """A rate of three rows is not early, it says nothing: the reason is told, and more rows mend it."""
    given = case.given
    return Status.NO_DATA if given.rows < given.min_n and given.kind not in ("flow", "stock") else None


def _stale(case: Case) -> Status | None:
    given = case.given
    if case.is_over or given.through is None:
        return None
    return Status.WAITING if (given.today - given.through).days > given.fresh_for_days else None


def _incomplete_at_end(case: Case) -> Status | None:
    return Status.WAITING if case.is_over and not case.is_complete else None


def _unripe(case: Case) -> Status | None:
    """A cohort that still has time to convert is neither behind nor missed. Who closes a goal does not wait."""
    given = case.given
    if not given.ripe_after or given.closed_as or given.through is None:
        return None
    return Status.TOO_EARLY if given.through < case.ripe_on else None


def _at_end(case: Case) -> Status | None:
    if not case.is_over:
        return None
    return Status.ACHIEVED if (case.has_kept if case.is_band else case.met) else Status.MISSED


def _reached_early(case: Case) -> Status | None:
    """Only what accumulates upwards can be reached early; provisional, as refunds can still undo it."""
    if case.course is Course.CUMULATIVE and case.given.direction != "down" and case.met:
        return Status.ACHIEVED
    return None


def _band(case: Case) -> Status | None:
    if not case.is_band:
        return None
    if case.in_band and case.has_kept:
        return Status.ON_TRACK
    return Status.AT_RISK if case.can_still_keep else Status.OFF_TRACK


def _chance(case: Case) -> Status | None:
    """Only a forecast with a track record gives a chance; then it says more than a pace."""
    outlook, lines = case.given.outlook, case.given.thresholds
    if outlook is None or outlook.chance is None:
        return None
    if outlook.chance >= float(lines.likely_from):
        return Status.ON_TRACK
    return Status.AT_RISK if outlook.chance >= float(lines.possible_from) else Status.OFF_TRACK


def _on_its_date(case: Case) -> Status | None:
    """A value on a date, without a baseline from which a way would lead there: no pace, only the date tells."""
    if case.given.goal_kind != "snapshot" or case.course is not Course.LEVEL:
        return None
    return Status.TOO_EARLY


def _too_early(case: Case) -> Status | None:
    return Status.TOO_EARLY if case.due.closed < case.given.thresholds.early_until * case.due.total else None


def _pace(case: Case) -> Status | None:
    if case.reaches(case.given.thresholds.on_track_from):
        return Status.ON_TRACK
    return Status.AT_RISK if case.reaches(case.given.thresholds.at_risk_from) else Status.OFF_TRACK


RULES: tuple[tuple[str, Callable[[Case], Status | None]], ...] = (
    ("cancelled@1", _cancelled),
    ("not-started@1", _not_started),
    ("no-target@1", _no_target),
    ("nothing-imported@1", _nothing_imported),
    ("data-before-start@1", _data_before_start),
    ("no-value@1", _no_value),
    ("too-few-rows@1", _too_few),
    ("stale-data@1", _stale),
    ("period-incomplete@1", _incomplete_at_end),
    ("unripe@1", _unripe),
    ("at-end@2", _at_end),
    ("reached-early@1", _reached_early),
    ("band@1", _band),
    ("chance@1", _chance),
    ("on-its-date@1", _on_its_date),
    ("too-early@2", _too_early),
    ("pace@2", _pace),
)
