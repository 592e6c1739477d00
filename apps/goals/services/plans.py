"""Writing target plans: their cells, what fills and splits them, undo, people, and the copy for the next period.

Every write moves `version` by compare-and-set: who saves on top of an older state is told who changed it since, and
nothing is stored.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from apps.common.dates import period_told
from apps.common.errors import Refusal
from apps.common.periods import Grain, Period, custom_period, next_period, parse_period, period_of
from apps.goals import planning
from apps.goals.errors import GoalRefusal
from apps.goals.models import PlanStep, Scope, TargetPlan
from apps.goals.permissions import reach_of
from apps.goals.planning import Cell, Changes, Key
from apps.goals.plans import GRAINS, Kinds, candidates, columns_of, from_rows, people_of, sheet_of, stacks
from apps.goals.rules import Problems, Typed, the_kpi, the_number
from apps.goals.services.parts import plain
from apps.goals.services.plan_parts import add_cells, audit, moved, note, require_edit, store
from apps.goals.suggestions import a_year_before, capacity
from apps.metrics.catalogue import Kind, Kpi
from apps.metrics.queries import definitions_of
from apps.people.models import Member, Team, Workspace
from apps.people.queries import is_here

MOST_PEOPLE = 500
WAYS = ("even", "history", "capacity")


@transaction.atomic
def create_plan(
    *,
    workspace: Workspace,
    by: Member | None,
    today: date,
    kpi: str,
    period: str,
    grain: str = "month",
    team: Team | None = None,
    target: Typed = None,
    title: str = "",
) -> TargetPlan:
    """An empty grid for everybody who is in the team (without one: in any team) on some day of the period."""
    problems = Problems()
    definition = the_kpi(kpi, definitions_of(workspace), problems)
    _check_kpi(definition, problems)
    number = the_number(target, definition, workspace, "target", problems)
    if number is not None and number <= 0:
        problems.add("target", "Give a target above 0, or leave it empty.")
    days = _period(workspace, period, problems)
    if grain not in GRAINS:
        problems.add("grain", "Choose columns of a month or of a quarter.")
    if len(title.strip()) > 200:
        problems.add("title", f"The title has {len(title.strip())} characters; 200 is the most.")
    _check_reach(workspace, team, by, today, problems)
    problems.refuse()
    assert definition is not None
    assert days is not None
    subject = team.name if team else workspace.name
    usual = f"{definition.name}, {subject}, {period_told(days.start, days.end, workspace.fiscal)}"
    plan = TargetPlan.objects.create(
        workspace=workspace, title=title.strip() or usual[:200], kpi=definition.key, variant=definition.variant,
        team=team, starts_on=days.start, ends_on=days.end, grain=grain, target=number, created_by=by,
    )  # fmt: skip
    people = candidates(workspace, team, days.start, days.end)
    _check_number(people)
    add_cells(plan, people)
    audit(plan, by, "plan.create", {}, {"title": plan.title, "kpi": plan.kpi, "people": len(people)})
    return plan


@transaction.atomic
def edit_plan(*, plan: TargetPlan, by: Member | None, today: date, version: int, title: str, target: Typed) -> None:
    """Its name, and what it has to add up to."""
    require_edit(plan, by, today)
    problems = Problems()
    number = the_number(target, _kpi_of(plan), plan.workspace, "target", problems)
    if number is not None and number <= 0:
        problems.add("target", "Give a target above 0, or leave it empty.")
    if not title.strip() or len(title.strip()) > 200:
        problems.add("title", "Give the plan a title of at most 200 characters.")
    problems.refuse()
    before = {"title": plan.title, "target": plain(plan.target)}
    if (plan.title, plan.target) == (title.strip(), number):
        return
    moved(plan, version, title=title.strip(), target=number)
    audit(plan, by, "plan.edit", before, {"title": plan.title, "target": plain(number)})


@transaction.atomic
def remove_plan(*, plan: TargetPlan, by: Member | None, today: date, version: int, now: datetime) -> None:
    """Take a plan off the list. The goals it published stay as they are."""
    require_edit(plan, by, today)
    moved(plan, version, removed_at=now)
    audit(plan, by, "plan.remove", {"title": plan.title}, {})


@transaction.atomic
def set_cells(
    *,
    plan: TargetPlan,
    by: Member | None,
    today: date,
    version: int,
    values: Mapping[Key, Typed],
    locks: Mapping[Key, bool] | None = None,
    text: str = "",
) -> PlanStep | None:
    """Numbers as people type them into cells of the plan, all or none; an empty text empties the cell.

    GoalRefusal with a sentence a cell, its field is `person:first day`. None if nothing is different afterwards.
    """
    require_edit(plan, by, today)
    sheet, kpi, problems = sheet_of(plan), _kpi_of(plan), Problems()
    there = set(sheet.places)
    wanted: Changes = {}
    for key, typed in values.items():
        where = f"{key[0]}:{key[1]}"
        if key not in there:
            problems.add(where, "This cell is not in the plan any more: load the page again.")
            continue
        number = the_number(typed, kpi, plan.workspace, where, problems)
        if number is not None and number < 0:
            problems.add(where, f"“{typed}” is below 0: a target here adds up from 0.")
        wanted[key] = Cell(number, sheet.at(*key).locked)
    for key, lock in (locks or {}).items():
        if key in there:
            wanted[key] = wanted.get(key, sheet.at(*key))._replace(locked=lock)
    problems.refuse()
    return store(plan, by, version, sheet.changed(wanted), text=text, sheet=sheet)


@transaction.atomic
def fill_right(
    *, plan: TargetPlan, by: Member | None, today: date, version: int, first: date, person: int | None = None
) -> PlanStep | None:
    """What stands in one column goes into every later one, of one row or of all."""
    require_edit(plan, by, today)
    sheet = sheet_of(plan)
    return store(plan, by, version, planning.filled_right(sheet, _rows(sheet, person), first), "Filled right", sheet)


@transaction.atomic
def scale(
    *, plan: TargetPlan, by: Member | None, today: date, version: int, percent: Typed, person: int | None = None
) -> PlanStep | None:
    """All open cells, or those of one row, by so many percent up or down."""
    require_edit(plan, by, today)
    factor, told = factor_of(percent)
    sheet = sheet_of(plan)
    return store(plan, by, version, planning.scaled(sheet, factor, _rows(sheet, person)), f"Changed by {told}", sheet)


@transaction.atomic
def split_target(*, plan: TargetPlan, by: Member | None, today: date, version: int, way: str) -> PlanStep | None:
    """The plan's target over its people: evenly, as the year before came in, or by capacity. Locked cells stay."""
    require_edit(plan, by, today)
    if plan.target is None:
        raise GoalRefusal({"target": "There is no target to split: give the plan one first."})
    sheet = sheet_of(plan)
    if way == "history":
        history = a_year_before(plan, _kpi_of(plan), sheet.people)
        if not any(value > 0 for value in history.values()):
            raise GoalRefusal({"way": "There is no history of these people and months: split evenly or by capacity."})
        changes = planning.split(sheet, plan.target, lambda key: max(history.get(key, Decimal(0)), Decimal(0)))
    elif way == "capacity":
        weights = capacity(plan, people_of(plan))
        changes = planning.split(sheet, plan.target, lambda key: weights.get(key, 0))
    elif way == "even":
        changes = planning.split(sheet, plan.target, lambda key: 1)
    else:
        raise GoalRefusal({"way": f"Choose how to split: {', '.join(WAYS)}."})
    return store(plan, by, version, changes, f"Split {way if way == 'even' else f'by {way}'}", sheet)


@transaction.atomic
def suggest(*, plan: TargetPlan, by: Member | None, today: date, version: int, percent: Typed) -> PlanStep | None:
    """What the same months came to a year before, by so many percent more, where there is a history."""
    require_edit(plan, by, today)
    factor, told = factor_of(percent)
    sheet = sheet_of(plan)
    history = a_year_before(plan, _kpi_of(plan), sheet.people)
    if not history:
        raise GoalRefusal({"percent": "The data tells nothing about these people a year before: type the numbers."})
    return store(plan, by, version, planning.raised(sheet, history, factor), f"Last year {told}", sheet)


@transaction.atomic
def lock_row(
    *, plan: TargetPlan, by: Member | None, today: date, version: int, person: int | None, lock: bool
) -> PlanStep | None:
    require_edit(plan, by, today)
    sheet = sheet_of(plan)
    text = "Locked" if lock else "Unlocked"
    return store(plan, by, version, planning.locked(sheet, _rows(sheet, person), lock), text, sheet)


@transaction.atomic
def undo(*, plan: TargetPlan, by: Member | None, today: date, version: int) -> PlanStep:
    """Take the last change of cells back, whoever made it; not behind an agreement or a stage."""
    return _back(plan, by, today, version, Kinds.UNDO)


@transaction.atomic
def redo(*, plan: TargetPlan, by: Member | None, today: date, version: int) -> PlanStep:
    return _back(plan, by, today, version, Kinds.REDO)


def _back(plan: TargetPlan, by: Member | None, today: date, version: int, kind: str) -> PlanStep:
    require_edit(plan, by, today)
    steps = stacks(plan)[kind == Kinds.REDO]
    if not steps:
        raise GoalRefusal({"": f"There is nothing to {'take back' if kind == Kinds.UNDO else 'do again'}."})
    step = PlanStep.objects.get(pk=steps[-1])
    changes = from_rows(step.before if kind == Kinds.UNDO else step.after)
    stored = store(plan, by, version, changes, text=step.text, kind=kind)
    assert stored is not None
    return stored


@transaction.atomic
def add_person(*, plan: TargetPlan, by: Member | None, today: date, version: int, person: Member) -> None:
    """One more row, empty."""
    require_edit(plan, by, today)
    if person.workspace_id != plan.workspace_id:
        raise GoalRefusal({"person": "This person is not in the workspace: choose one of the list."})
    if by is not None and not reach_of(by, today).covers(Scope.PERSON, None, person.pk):
        raise GoalRefusal({"person": f"{person.name} is in none of your teams: ask a leader."})
    if plan.cells.filter(person=person).exists():
        raise GoalRefusal({"person": f"{person.name} has a row in this plan already."})
    moved(plan, version)
    add_cells(plan, [person])
    note(plan, by, Kinds.STAGE, f"{person.name} was added.")
    audit(plan, by, "plan.add_person", {}, {"person": person.pk})


@transaction.atomic
def drop_person(*, plan: TargetPlan, by: Member | None, today: date, version: int, person: Member) -> None:
    """The row goes with its numbers, which stay in the audit trail; goals that were published stay."""
    require_edit(plan, by, today)
    sheet = sheet_of(plan)
    if person.pk not in sheet.people:
        raise GoalRefusal({"person": "This person has no row in the plan."})
    moved(plan, version)
    plan.cells.filter(person=person).delete()
    note(plan, by, Kinds.STAGE, f"{person.name} was taken out.")
    values = [plain(cell.value) for cell in sheet.row(person.pk)]
    audit(plan, by, "plan.drop_person", {"person": person.pk, "values": values}, {})


@transaction.atomic
def copy_plan(*, plan: TargetPlan, by: Member | None, today: date) -> TargetPlan:
    """The next period with the same numbers, part by part; who left is not there, who is new has an empty row."""
    require_edit(plan, by, today)
    days = following(plan)
    title = f"{_kpi_of(plan).name}, {plan.team or plan.workspace}, "
    copy = TargetPlan.objects.create(
        workspace=plan.workspace, title=f"{title}{period_told(days.start, days.end, plan.workspace.fiscal)}"[:200],
        kpi=plan.kpi, variant=plan.variant, team=plan.team, starts_on=days.start, ends_on=days.end, grain=plan.grain,
        target=plan.target, copied_from=plan, created_by=by,
    )  # fmt: skip
    sheet = sheet_of(plan)
    here = _people_of_copy(plan, days)
    starts = {before: part.start for before, part in zip(sheet.starts, columns_of(copy), strict=False)}
    values = {
        (person, starts[start]): Cell(sheet.at(person, start).value)
        for person in sheet.people
        if person in here
        for start in sheet.starts
        if start in starts
    }
    add_cells(copy, list(here.values()), values)
    audit(copy, by, "plan.copy", {"plan": plan.pk}, {"title": copy.title, "people": len(here)})
    return copy


def following(plan: TargetPlan) -> Period:
    """The period after the plan's: the next month, quarter or year, or as many days."""
    fiscal = plan.workspace.fiscal
    for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        now = period_of(plan.starts_on, grain, fiscal)
        if (now.start, now.end) == (plan.starts_on, plan.ends_on):
            return next_period(now, grain, fiscal)
    return custom_period(plan.ends_on, plan.ends_on + (plan.ends_on - plan.starts_on))


def factor_of(percent: Typed) -> tuple[Decimal, str]:
    """`10`, `+10 %`, `-5%`: what to multiply by, and how it is told. GoalRefusal for anything else."""
    text = str(percent).strip().replace("−", "-").removesuffix("%").strip().replace(",", ".")
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise GoalRefusal({"percent": f"“{str(percent)[:40]}” is no percentage: write 10, -5 or 2.5."}) from None
    if not number.is_finite() or not -100 <= number <= 1000:
        raise GoalRefusal({"percent": "Choose a percentage from -100 to 1000."})
    return 1 + number / 100, f"{'+' if number >= 0 else '−'}{plain(abs(number))} %"


def _people_of_copy(plan: TargetPlan, days: Period) -> dict[int, Member]:
    """Who belongs there then, and who was added to this plan by hand and is still in the workspace."""
    usual = {person.pk for person in candidates(plan.workspace, plan.team, plan.starts_on, plan.ends_on)}
    here = {person.pk: person for person in candidates(plan.workspace, plan.team, days.start, days.end)}
    by_hand = {pk: person for pk, person in people_of(plan).items() if pk not in usual and is_here(person, days.start)}
    return here | by_hand


def _rows(sheet: planning.Sheet, person: int | None) -> tuple[int, ...]:
    if person is None:
        return sheet.people
    if person not in sheet.people:
        raise GoalRefusal({"person": "This person has no row in the plan."})
    return (person,)


def _check_kpi(kpi: Kpi | None, problems: Problems) -> None:
    if kpi is None:
        return
    if kpi.kind is not Kind.FLOW:
        problems.add("kpi", f"{kpi.name} does not add up over people and months, so it has no grid: set goals instead.")
    elif Scope.PERSON not in kpi.scopes:
        problems.add("kpi", f"{kpi.name} says nothing about a person, so it cannot be planned by person.")


def _check_reach(workspace: Workspace, team: Team | None, by: Member | None, today: date, problems: Problems) -> None:
    if team is not None and team.workspace_id != workspace.pk:
        problems.add("team", "This team is not in the workspace: choose one of the list.")
    elif by is not None and by.workspace_id != workspace.pk:
        problems.add("", "You are not in this workspace.")
    elif by is not None:
        scope = Scope.TEAM if team else Scope.WORKSPACE
        if not reach_of(by, today).covers(scope, team.pk if team else None, None):
            problems.add("team", "You plan for the teams you belong to and those below: choose one of them.")


def _check_number(people: list[Member]) -> None:
    if not people:
        raise GoalRefusal({"team": "Nobody is in this team in the period: add people to it first (People, Teams)."})
    if len(people) > MOST_PEOPLE:
        raise GoalRefusal({"team": f"{len(people)} people are more than one grid holds ({MOST_PEOPLE}): plan by team."})


def _period(workspace: Workspace, label: str, problems: Problems) -> Period | None:
    try:
        days = parse_period(label, workspace.fiscal)
    except Refusal as refusal:
        problems.add("period", refusal.sentence)
        return None
    if not 28 <= (days.end - days.start).days <= 371:
        problems.add("period", "A plan runs over a month, a quarter or a year.")
    return days


def _kpi_of(plan: TargetPlan) -> Kpi:
    kpi = definitions_of(plan.workspace).find(f"{plan.kpi}:{plan.variant}")
    if kpi is None:
        raise GoalRefusal({"": f"“{plan.kpi}” is no longer in the catalogue, so this plan cannot be changed."})
    return kpi
