"""Numbers to begin a plan with: what the same months came to a year before, and who has how much capacity."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from apps.common.calendars import WorkingCalendar
from apps.common.periods import Grain, Period, add_months
from apps.datasets.queries import snapshots
from apps.goals.models import Goal, TargetPlan
from apps.goals.planning import Key
from apps.goals.plans import columns_of, year_before
from apps.metrics.catalogue import Kpi
from apps.metrics.engine import Request, compute_requests
from apps.metrics.queries import context_of, org_of
from apps.people.models import Absence, Member
from apps.people.queries import calendar_of

# How much somebody new can carry in the first, second and third month; from then on all of it.
RAMP = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))


def a_year_before(plan: TargetPlan, kpi: Kpi, people: Iterable[int]) -> dict[Key, Decimal]:
    """What each person's part of the year before came to, where the data tells; one computation for all."""
    grain, fiscal = Grain(plan.grain), plan.workspace.fiscal
    keys: list[Key] = []
    requests: list[Request] = []
    for part in columns_of(plan):
        before = year_before(part, grain, fiscal)
        for person in people:
            requests.append(Request(len(keys), kpi.ref, "person", person, before.start, before.end))
            keys.append((person, part.start))
    live = snapshots(workspace=plan.workspace, tables=kpi.tables)
    answers = compute_requests(live, requests, org_of(plan.workspace), {kpi.ref: kpi}, context_of(plan.workspace))
    return {keys[number]: answer.figure.value for number, answer in answers.items() if answer.figure.value is not None}


def attainment_before(plan: TargetPlan, people: Iterable[int]) -> dict[int, float]:
    """How the goals of the year before on the same KPI ended, by person."""
    columns = columns_of(plan)
    grain, fiscal = Grain(plan.grain), plan.workspace.fiscal
    first, last = year_before(columns[0], grain, fiscal), year_before(columns[-1], grain, fiscal)
    goals = Goal.objects.filter(
        workspace_id=plan.workspace_id, kpi=plan.kpi, variant=plan.variant, person__in=list(people),
        starts_on=first.start, ends_on=last.end, latest__attainment__isnull=False,
    )  # fmt: skip
    found = goals.values_list("person_id", "latest__attainment")
    return {person: done for person, done in found if person is not None and done is not None}


def capacity(plan: TargetPlan, people: Mapping[int, Member]) -> dict[Key, Fraction]:
    """Working days of each person in each part: only while here, not absent, and less during the first months."""
    calendar = calendar_of(plan.workspace)
    away: dict[int, list[tuple[date, date]]] = defaultdict(list)
    absences = Absence.objects.filter(member__in=list(people), starts_on__lt=plan.ends_on, ends_on__gt=plan.starts_on)
    for person, start, end in absences.values_list("member_id", "starts_on", "ends_on"):
        away[person].append((start, end))
    columns = columns_of(plan)
    return {
        (pk, part.start): working_capacity(calendar, part, member.joined_on, member.left_on, away[pk])
        for pk, member in people.items()
        for part in columns
    }


def working_capacity(
    calendar: WorkingCalendar,
    part: Period,
    joined_on: date | None,
    left_on: date | None,
    away: Iterable[tuple[date, date]],
) -> Fraction:
    """Working days in the part, each weighed by how far the person had ramped up. Overlapping absences count once."""
    start = max(part.start, joined_on or part.start)
    end = min(part.end, left_on or part.end)
    days = Fraction(0)
    for first, last in _present(start, end, away):
        for stage, share in _stages(joined_on):
            days += share * calendar.count(max(first, stage[0]), min(last, stage[1]))
    return days


def _present(start: date, end: date, away: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for first, back in sorted(away):
        if first > start:
            runs.append((start, min(first, end)))
        start = max(start, back)
    return [run for run in [*runs, (start, end)] if run[0] < run[1]]


def _stages(joined_on: date | None) -> list[tuple[tuple[date, date], Fraction]]:
    if joined_on is None:
        return [((date.min, date.max), Fraction(1))]
    steps = [add_months(joined_on, month) for month in range(len(RAMP) + 1)]
    ramp = [((steps[month], steps[month + 1]), share) for month, share in enumerate(RAMP)]
    return [*ramp, ((steps[-1], date.max), Fraction(1))]
