"""What a goal must be: every check collects one sentence per field, so that a form is answered as a whole."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from apps.common.dates import day_told
from apps.common.errors import Refusal
from apps.common.money import Number, format_figure, parse_figure, plain_number
from apps.common.periods import add_months
from apps.goals.errors import GoalRefusal
from apps.goals.models import Ambition, Benchmark, Cadence, Goal, Phasing, Scope, Stage
from apps.goals.permissions import reach_of
from apps.metrics.catalogue import Definitions, Kind, Kpi
from apps.people.models import Member, Team, Workspace
from apps.people.queries import is_here

LONGEST_MONTHS = 18
MOST_GOALS = 7  # open at a time for one person; more is a warning, never a refusal
YEARS = range(1970, 2200)  # outside of these a year is a slip of the hand

Typed = str | Number | None  # a number as typed (`1.2m`, `30 %`) or as a program gives it (a share as fraction)


@dataclass
class Problems:
    """Sentences by field. The first one for a field stays; `refuse` raises them all at once."""

    found: dict[str, str] = field(default_factory=dict)

    def add(self, where: str, sentence: str) -> None:
        self.found.setdefault(where, sentence)

    def refuse(self) -> None:
        if self.found:
            raise GoalRefusal(self.found)


@dataclass(frozen=True)
class Draft:
    """A goal as somebody wants it, before it is checked. `kpi` is a key, or key and variant."""

    workspace: Workspace
    kpi: str
    scope: str
    owner: Member | None
    starts_on: date | None
    ends_on: date | None
    title: str = ""
    team: Team | None = None
    person: Member | None = None
    baseline: Typed = None
    cadence: str = Cadence.WEEKLY
    note: str = ""
    kind: str = ""
    ambition: str = Ambition.COMMITTED
    stage: str = Stage.PUBLISHED
    change: Typed = None
    low: Typed = None
    high: Typed = None
    keep_share: Typed = None
    baseline_from: date | None = None
    baseline_to: date | None = None  # first day after the window
    compares: str = ""
    parent: Goal | None = None
    reviewer: Member | None = None
    phasing: Phasing | None = None


@dataclass(frozen=True)
class BenchmarkDraft:
    """A number to compare with. Without source and date nobody could check it, so both are required."""

    kind: str
    value: Typed
    source: str
    as_of: date | None


def the_kpi(ref: str, definitions: Definitions, problems: Problems) -> Kpi | None:
    """A key alone stands for the variant that the workspace takes."""
    if not ref.strip():
        problems.add("kpi", "Choose the KPI that measures this goal.")
        return None
    try:
        return definitions.get(ref.strip())
    except Refusal as refusal:
        problems.add("kpi", refusal.sentence)
        return None


def the_number(typed: Typed, kpi: Kpi | None, workspace: Workspace, where: str, problems: Problems) -> Decimal | None:
    """A number in the unit of the KPI; None for nothing typed or a problem. Text is read as people write it."""
    return parsed(typed, kpi.unit if kpi else "", workspace.currency, where, problems)


def parsed(typed: Typed, unit: str, currency: str, where: str, problems: Problems) -> Decimal | None:
    """A number in a unit; None for nothing typed or a problem."""
    if typed is None or (isinstance(typed, str) and not typed.strip()):
        return None
    try:
        number = parse_figure(typed, unit, currency) if isinstance(typed, str) else plain_number(typed)
    except Refusal as refusal:
        problems.add(where, refusal.sentence)
        return None
    return round(number, 6)


def check_target(target: Decimal | None, kpi: Kpi | None, problems: Problems) -> None:
    """A flow counts up from 0, so a target of 0 or below is reached before it starts."""
    if target is None or kpi is None:
        return
    if kpi.kind is Kind.FLOW and target <= 0:
        shown = format_figure(target, kpi.unit)
        problems.add("target", f"{kpi.name} adds up from 0, so a target of {shown} is no goal: set one above 0.")


def check_distance(target: Decimal | None, baseline: Decimal | None, kpi: Kpi | None, problems: Problems) -> None:
    """Baseline and target must differ. (Not for flows: there the baseline is only a comparison.)"""
    if kpi is None or kpi.kind is Kind.FLOW or target is None or target != baseline:
        return
    problems.add(
        "target",
        f"Target and baseline are both {format_figure(target, kpi.unit)}, so there is no way to go:"
        " change one of them, or leave the baseline empty to keep the level.",
    )


def check_period(draft: Draft, problems: Problems) -> None:
    start, end = draft.starts_on, draft.ends_on
    if start is None:
        problems.add("starts_on", "Give the first day of the goal's period.")
    elif start.year not in YEARS:
        problems.add("starts_on", f"The year {start.year} is surely a slip: check the first day.")
    if end is None:
        problems.add("ends_on", "Give the last day of the goal's period.")
    elif end.year not in YEARS:
        problems.add("ends_on", f"The year {end.year} is surely a slip: check the last day.")
    if start is None or end is None or {"starts_on", "ends_on"} & problems.found.keys():
        return
    last_day = end - timedelta(days=1)
    if end <= start:
        problems.add(
            "ends_on",
            f"The last day ({day_told(last_day)}) is before the first day ({day_told(start)}): choose a later one.",
        )
    elif end > add_months(start, LONGEST_MONTHS):
        problems.add(
            "ends_on",
            f"From {day_told(start)} to {day_told(last_day)} is more than {LONGEST_MONTHS} months:"
            " choose an earlier last day, or set one goal per year.",
        )


def check_words(draft: Draft, problems: Problems) -> None:
    if len(draft.title.strip()) > 200:
        problems.add("title", f"The title has {len(draft.title.strip())} characters; 200 is the most.")
    if len(draft.note) > 5000:
        problems.add("note", f"The note has {len(draft.note)} characters; 5000 is the most.")
    if not draft.cadence:
        problems.add("cadence", "Choose how often the goal is reviewed.")
    elif draft.cadence not in Cadence.values:
        problems.add("cadence", f"“{draft.cadence}” is no review rhythm; choose {', '.join(Cadence.values)}.")


def check_scope(draft: Draft, kpi: Kpi | None, problems: Problems) -> None:
    """The scope names its team or its person, both are of this workspace, and the KPI can be told of it."""
    if draft.scope not in Scope.values:
        problems.add("scope", "Choose for whom the goal is: the whole company, a team or a person.")
    elif kpi and draft.scope not in kpi.scopes:
        problems.add("scope", _not_of_scope(draft.scope, kpi))
    elif draft.scope == Scope.TEAM:
        if draft.team is None:
            problems.add("team", "Choose the team whose goal this is.")
        elif draft.team.workspace_id != draft.workspace.pk:
            problems.add("team", "This team is not in the workspace: choose one of the list.")
    elif draft.scope == Scope.PERSON:
        _check_person(draft, problems)


def _not_of_scope(scope: str, kpi: Kpi) -> str:
    subject = {Scope.TEAM.value: "a team", Scope.PERSON.value: "a person"}.get(scope, "the whole company")
    others = {"workspace": "the whole company", "team": "a team", "person": "a person"}
    instead = " or ".join(others[each] for each in kpi.scopes)
    return f"{kpi.name} says nothing about {subject}: set this goal for {instead}."


def _check_person(draft: Draft, problems: Problems) -> None:
    person = draft.person
    if person is None:
        problems.add("person", "Choose the person whose goal this is.")
    elif person.workspace_id != draft.workspace.pk:
        problems.add("person", "This person is not in the workspace: choose one of the list.")
    elif draft.starts_on and person.left_on and person.left_on <= draft.starts_on:
        problems.add(
            "person",
            f"{person.name} left on {day_told(person.left_on)}, before this goal starts: choose another person.",
        )


def check_owner(
    owner: Member | None, workspace: Workspace, today: date, problems: Problems, where: str = "owner"
) -> None:
    if owner is None:
        problems.add(where, "Choose one person who answers for this goal.")
    elif owner.workspace_id != workspace.pk:
        problems.add(where, "This person is not in the workspace: choose one of the list.")
    elif owner.left_on and not is_here(owner, today):
        problems.add(where, f"{owner.name} left on {day_told(owner.left_on)}: choose somebody who is still here.")


def check_reach(draft: Draft, by: Member | None, today: date, problems: Problems) -> None:
    """Nobody sets goals beyond their reach. None is the machine itself (the demo, a command)."""
    if by is None or {"scope", "team", "person"} & problems.found.keys():
        return
    reach = reach_of(by, today) if by.workspace_id == draft.workspace.pk else None
    team_id, person_id = (thing.pk if thing else None for thing in (draft.team, draft.person))
    if reach and reach.covers(draft.scope, team_id, person_id):
        return
    if not reach:
        problems.add("scope", f"Your role ({by.get_role_display()}) may not set goals here: ask a manager.")
        return
    where = draft.scope if draft.scope in (Scope.TEAM, Scope.PERSON) else "scope"
    problems.add(where, "You set goals for the teams you belong to and the people in them: choose one of those.")


def too_many_told(name: str, goals: int) -> str:
    """A warning before one goal more; empty while there is room."""
    return f"{name} already has {goals} goals; more than seven are seldom kept." if goals >= MOST_GOALS else ""


def check_duplicate(draft: Draft, problems: Problems, but_not: Goal | None = None) -> None:
    """Two open goals on the same number for the same days would be two truths. Call it with the workspace locked."""
    if problems.found or draft.starts_on is None or draft.ends_on is None:
        return
    key, _, variant = draft.kpi.partition(":")
    same = Goal.objects.filter(
        workspace=draft.workspace,
        kpi=key,
        variant=variant,
        scope=draft.scope,
        team=draft.team,
        person=draft.person,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        closed_at__isnull=True,
    )
    twin = (same.exclude(pk=but_not.pk) if but_not else same).first()
    if twin:
        problems.add(
            "kpi",
            f"“{twin.title}” is an open goal on the same KPI for the same people and days:"
            " change its target, or close it first.",
        )


def check_benchmark(draft: BenchmarkDraft, value: Decimal | None, problems: Problems) -> None:
    if draft.kind not in Benchmark.Kind.values:
        problems.add("benchmark_kind", f"Choose what is compared with: {', '.join(Benchmark.Kind.labels)}.")
    if value is None:
        problems.add("benchmark_value", "Give the benchmark's number.")
    if not draft.source.strip():
        problems.add("benchmark_source", "Say where the benchmark comes from, so that it can be checked.")
    elif len(draft.source.strip()) > 200:
        problems.add("benchmark_source", f"The source has {len(draft.source.strip())} characters; 200 is the most.")
    if draft.as_of is None:
        problems.add("benchmark_as_of", "Give the day the benchmark is of: an undated number cannot be trusted.")
