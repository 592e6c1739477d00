"""Kinds of goals and baselines in plain words, and which kinds a KPI is offered."""

from apps.goals.kinds import SUITS
from apps.goals.models import GoalKind
from apps.metrics.catalogue import Kind, Kpi

AMBITIONS = [("committed", "We commit to it"), ("aspirational", "A stretch: 70 % of it would be good")]
BASELINES = [
    ("", "A number I type"),
    ("previous", "The last finished period"),
    ("last_year", "The same period last year"),
    ("average_4", "The average of the last four"),
    ("previous_season", "The last finished period, seasons taken out"),
    ("average_4_season", "The average of the last four, seasons put in"),
    ("own", "Days of my own"),
]
KIND_WORDS = {
    "": "Reach a value",
    GoalKind.CUMULATIVE: "Add up to a total",
    GoalKind.RATE: "Reach a rate over the whole period",
    GoalKind.SNAPSHOT: "Stand at a value on the last day",
    GoalKind.CHANGE_PERCENT: "Change by percent",
    GoalKind.CHANGE_POINTS: "Change by so much",
    GoalKind.KEEP_ABOVE: "Keep above a value",
    GoalKind.KEEP_BELOW: "Keep below a value",
    GoalKind.KEEP_BETWEEN: "Keep between two values",
}
# which numbers a kind asks for, besides baseline and target
NEEDED_BY = {
    GoalKind.CHANGE_PERCENT.value: ("change",),
    GoalKind.CHANGE_POINTS.value: ("change",),
    GoalKind.KEEP_ABOVE.value: ("low",),
    GoalKind.KEEP_BELOW.value: ("high",),
    GoalKind.KEEP_BETWEEN.value: ("low", "high"),
}
BY_NUMBERS = tuple(NEEDED_BY)  # kinds whose target follows from other numbers


def kind_choices(kpi: Kpi | None, chosen: str = "") -> list[tuple[str, str]]:
    """The kinds that fit the KPI, in plain words; all of them while none is chosen. What is chosen stays."""
    usual = {Kind.FLOW: GoalKind.CUMULATIVE, Kind.STOCK: GoalKind.SNAPSHOT, Kind.RATIO: GoalKind.RATE}
    fits = [kind for kind in KIND_WORDS if kpi is None or kind == chosen or _fits(kind, kpi)]
    if kpi is not None and kpi.kind in usual and usual[kpi.kind] != chosen:
        fits = [kind for kind in fits if kind != usual[kpi.kind]]  # “reach a value” already means that
    words = KIND_WORDS | ({"": KIND_WORDS[usual[kpi.kind]]} if kpi and kpi.kind in usual else {})
    points = {GoalKind.CHANGE_POINTS: "Change by percentage points"} if kpi and kpi.unit == "percent" else {}
    return [(str(kind), (words | points)[kind]) for kind in fits]


def _fits(kind: str, kpi: Kpi) -> bool:
    if kind == GoalKind.CHANGE_PERCENT and kpi.unit == "percent":
        return False
    return not kind or kpi.kind in SUITS.get(GoalKind(kind), frozenset(Kind))
