"""What a goal of each kind needs, which KPIs it suits, and the target that follows from what was said.

A change by percent or points has its target from the frozen baseline: b × (1 + p), or b + p. A band to keep has limits
instead of a target; the number kept as its target is the limit, or the middle of two.
"""

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.goals import rules
from apps.goals.models import Ambition, Goal, GoalKind, Stage
from apps.goals.rules import Draft, Problems, Typed
from apps.metrics.catalogue import Kind, Kpi, Unit
from apps.people.models import Workspace

CHANGES = (GoalKind.CHANGE_PERCENT, GoalKind.CHANGE_POINTS)
BANDS = (GoalKind.KEEP_ABOVE, GoalKind.KEEP_BELOW, GoalKind.KEEP_BETWEEN)
LEVELS = frozenset(Kind) - {Kind.FLOW}
# Kinds of KPIs that a kind of goal suits; what is not named suits all.
SUITS = {
    GoalKind.CUMULATIVE: frozenset({Kind.FLOW, Kind.RECOUNT}),
    GoalKind.RATE: LEVELS - {Kind.STOCK},
    GoalKind.SNAPSHOT: frozenset({Kind.STOCK, Kind.RECOUNT, Kind.COMPOSITE}),
    **dict.fromkeys(BANDS, LEVELS),
}
_INSTEAD = {
    GoalKind.CUMULATIVE: "does not add up over a period: choose to reach a value, or to keep one",
    GoalKind.RATE: "is no rate: choose to add up to a target, or to reach a value",
    GoalKind.SNAPSHOT: "belongs to a period and not to a date: choose to reach a value, or to add up to it",
}
_ADDS_UP = "adds up from 0 with every day, so it cannot be kept within limits: choose to add up to a target"
_POINTS = re.compile(r"\s*(percentage points?|points?|pp)\.?\s*$", re.IGNORECASE)


class Numbers(NamedTuple):
    """The numbers of a draft as they are stored, in the unit of its KPI; shares are fractions."""

    target: Decimal | None
    baseline: Decimal | None
    change: Decimal | None
    low: Decimal | None
    high: Decimal | None
    keep_share: Decimal


def numbers_of(draft: Draft, kpi: Kpi | None, target: Typed, problems: Problems) -> Numbers:
    """All numbers of a draft, checked against its kind. What its kind has no use for is left out."""
    workspace, kind = draft.workspace, draft.kind
    given = rules.the_number(target, kpi, workspace, "target", problems)
    baseline = rules.the_number(draft.baseline, kpi, workspace, "baseline", problems)
    change = low = high = None
    if kind in CHANGES:
        change = _change(draft.change, kind, kpi, workspace, problems)
        given = _changed(kind, baseline, change, kpi, given, problems)
    elif kind in BANDS:
        low = rules.the_number(draft.low, kpi, workspace, "low", problems) if kind != GoalKind.KEEP_BELOW else None
        high = rules.the_number(draft.high, kpi, workspace, "high", problems) if kind != GoalKind.KEEP_ABOVE else None
        low, high = _limits(kind, low, high, given, problems)
        given = low if high is None else high if low is None else (low + high) / 2
    elif kind == GoalKind.MILESTONES and given is not None:
        problems.add("target", "A plan of milestones is done when all of them are: leave the target empty.")
    return Numbers(given, baseline, change, low, high, _keep_share(draft.keep_share, problems))


def check_kind(draft: Draft, kpi: Kpi | None, problems: Problems) -> None:
    if draft.kind and draft.kind not in GoalKind.values:
        problems.add("kind", f"“{draft.kind}” is no kind of goal; choose {', '.join(GoalKind.values)}.")
    elif kpi and draft.kind and kpi.kind not in SUITS.get(GoalKind(draft.kind), frozenset(Kind)):
        instead = _INSTEAD.get(GoalKind(draft.kind), _ADDS_UP)
        problems.add("kind", f"{kpi.name} {instead}.")
    elif kpi and draft.kind == GoalKind.CHANGE_PERCENT and kpi.unit is Unit.PERCENT:
        problems.add(
            "kind",
            f"{kpi.name} is a percentage, and 10 % more of 20 % could mean 22 % or 30 %: choose a change by points.",
        )
    if draft.ambition not in Ambition.values:
        problems.add("ambition", f"Choose how it is meant: {' or '.join(Ambition.values)}.")
    if draft.stage not in Stage.values:
        problems.add("stage", f"“{draft.stage}” is no stage of a goal; choose {', '.join(Stage.values)}.")


def check_window(draft: Draft, problems: Problems) -> None:
    """The window of the baseline: whole, before the goal's period, and with the number that came out of it."""
    start, end = draft.baseline_from, draft.baseline_to
    if len(draft.compares) > 20:
        problems.add("compares", f"What is compared has {len(draft.compares)} characters; 20 is the most.")
    if start is None and end is None:
        return
    if start is None or end is None:
        missing = "baseline_from" if start is None else "baseline_to"
        problems.add(missing, "Give both the first and the last day that the baseline was computed from.")
    elif end <= start:
        problems.add(
            "baseline_to", f"The baseline's days end before they begin on {day_told(start)}: choose later ones."
        )
    elif draft.starts_on and end > draft.starts_on:
        problems.add(
            "baseline_to",
            f"A baseline is of days before the goal begins on {day_told(draft.starts_on)}: choose earlier ones.",
        )
    elif draft.baseline is None or draft.baseline == "":
        problems.add("baseline", "Give the number that the KPI came to on the days of the baseline.")


def check_company(draft: Draft, today: date, problems: Problems, old: Goal | None = None) -> None:
    """The reviewer, the parent and the phasing are of this workspace, and nobody reviews what they own."""
    if draft.reviewer and (old is None or old.reviewer != draft.reviewer):
        rules.check_owner(draft.reviewer, draft.workspace, today, problems, where="reviewer")
        if draft.reviewer == draft.owner:
            problems.add("reviewer", f"{draft.reviewer.name} owns this goal: choose somebody else to look at it.")
    if draft.parent:
        check_parent(draft.parent, draft.workspace, old, problems)
    if draft.phasing and (draft.phasing.workspace_id != draft.workspace.pk or draft.phasing.removed_at):
        problems.add("phasing", "This phasing is not in the workspace: choose one of the list.")


def check_parent(parent: Goal, workspace: Workspace, old: Goal | None, problems: Problems) -> None:
    if parent.workspace_id != workspace.pk:
        problems.add("parent", "This goal is not in the workspace: choose one of the list.")
    above: Goal | None = parent
    seen: set[int] = set()
    while above is not None and above.pk not in seen:
        if old is not None and above.pk == old.pk:
            problems.add("parent", f"“{parent.title}” serves this goal already: choose one above it.")
            return
        seen.add(above.pk)
        above = above.parent


def _change(typed: Typed, kind: str, kpi: Kpi | None, workspace: Workspace, problems: Problems) -> Decimal | None:
    """A fraction for a change by percent, else in the unit of the KPI: “2 pp” of a rate is 0.02."""
    points = kind == GoalKind.CHANGE_POINTS
    if isinstance(typed, str):
        typed = _POINTS.sub("", typed) if points else typed
        if typed.strip() and "%" not in typed and (not points or (kpi and kpi.unit is Unit.PERCENT)):
            typed = f"{typed} %"
    number = rules.the_number(typed, kpi if points else None, workspace, "change", problems)
    if number is None:
        problems.add("change", "Say by how much it is to change: 10 %, −5 %, or 3 points.")
    elif number == 0:
        problems.add("change", "A change by 0 is no way to go: give another amount, or keep the level.")
    elif kpi and (number > 0) != (kpi.direction == "up"):
        better, sign = ("higher", "above") if kpi.direction == "up" else ("lower", "below")
        problems.add("change", f"{kpi.name} is better {better}: give a change {sign} 0.")
    return number


def _changed(
    kind: str,
    baseline: Decimal | None,
    change: Decimal | None,
    kpi: Kpi | None,
    given: Decimal | None,
    problems: Problems,
) -> Decimal | None:
    """The target that a change from the baseline comes to. A target given beside it has to be the same."""
    if baseline is None:
        problems.add("baseline", "A change needs the number it is counted from: give the baseline.")
    if baseline is None or change is None:
        return None
    if kind == GoalKind.CHANGE_POINTS:
        target = baseline + change
    elif baseline <= 0:
        problems.add(
            "baseline",
            f"A change by percent needs a baseline above 0, and this one is {format_figure(baseline, _unit(kpi))}:"
            " choose a change by points, or a value to reach.",
        )
        return None
    else:
        target = round(baseline * (1 + change), 6)
    if given is not None and abs(given - target) > Decimal("0.000001"):
        told, said = format_figure(target, _unit(kpi)), format_figure(given, _unit(kpi))
        problems.add("target", f"From this baseline the change comes to {told}, not to {said}: leave the target empty.")
    return target


def _limits(
    kind: str, low: Decimal | None, high: Decimal | None, given: Decimal | None, problems: Problems
) -> tuple[Decimal | None, Decimal | None]:
    """Of a band with one side the target may be given in its place."""
    if kind == GoalKind.KEEP_ABOVE:
        low = given if low is None else low
    elif kind == GoalKind.KEEP_BELOW:
        high = given if high is None else high
    if low is None and kind != GoalKind.KEEP_BELOW:
        problems.add("low", "Give the number it must not fall below.")
    if high is None and kind != GoalKind.KEEP_ABOVE:
        problems.add("high", "Give the number it must not rise above.")
    if low is not None and high is not None and high <= low:
        problems.add("high", "The upper limit is not above the lower one: change one of them.")
    return low, high


def _keep_share(typed: Typed, problems: Problems) -> Decimal:
    """0.9 unless said otherwise; text is read as percent."""
    usual = Decimal("0.9")
    if isinstance(typed, str) and typed.strip() and "%" not in typed:
        typed = f"{typed} %"
    number = rules.parsed(typed, "percent", "", "keep_share", problems)
    if number is None:
        return usual
    if not 0 < number <= 1:
        problems.add("keep_share", "Give the share of its parts in which it has to be kept, above 0 % and up to 100 %.")
        return usual
    return round(number, 4)


def _unit(kpi: Kpi | None) -> str:
    return kpi.unit if kpi else ""
