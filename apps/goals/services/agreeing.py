"""A plan is put before its people, who propose, comment and accept; managers accept or counter. All of it is dated."""

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.goals.errors import GoalRefusal
from apps.goals.models import PlanStep, Stage, TargetPlan
from apps.goals.permissions import reach_of
from apps.goals.planning import Cell, Changes, Sheet
from apps.goals.plans import NOT_TALKED, Kinds, RowState, as_rows, from_rows, may_edit_plan, sheet_of, talks
from apps.goals.rules import Problems, Typed, the_number
from apps.goals.services.plan_parts import audit, moved, note, require_edit, set_stage, settle_stage, store
from apps.metrics.queries import definitions_of
from apps.people.models import Member

TOO_LONG = "{} characters are too many; 500 is the most."


@transaction.atomic
def propose_plan(*, plan: TargetPlan, by: Member | None, today: date, version: int) -> None:
    """Show everybody their row, and ask what they think of it."""
    require_edit(plan, by, today)
    if plan.stage != Stage.DRAFT:
        raise GoalRefusal({"": "This plan was proposed already."})
    if not sheet_of(plan).total:
        raise GoalRefusal({"": "There is no number in the plan yet: fill it before you propose it."})
    moved(plan, version)
    set_stage(plan, by, Stage.PROPOSED, "")


@transaction.atomic
def withdraw_plan(*, plan: TargetPlan, by: Member | None, today: date, version: int) -> None:
    """Back to a draft, which only those who manage it see."""
    require_edit(plan, by, today)
    if plan.stage not in (Stage.PROPOSED, Stage.AGREED):
        raise GoalRefusal({"": "Only a proposed plan can be taken back to a draft."})
    moved(plan, version)
    set_stage(plan, by, Stage.DRAFT, "Back to a draft")


@transaction.atomic
def propose_row(*, plan: TargetPlan, by: Member, values: Mapping[date, Typed], text: str = "", today: date) -> PlanStep:
    """Somebody asks for other numbers in their own row; the plan stays as it is until a manager answers."""
    _require_row(plan, by, by, today)
    sheet = sheet_of(plan)
    wanted = _typed_row(plan, by, sheet, values)
    if not sheet.changed(wanted):
        raise GoalRefusal({"": "These are the numbers of the plan: change one, or accept them."})
    _check_text(text)
    step = note(plan, by, Kinds.PROPOSE, text.strip(), by)
    step.before, step.after = as_rows({key: sheet.at(*key) for key in wanted}), as_rows(wanted)
    step.save(update_fields=["before", "after"])
    audit(plan, by, "plan.propose_row", {"values": step.before}, {"values": step.after, "text": step.text})
    settle_stage(plan, by, sheet)
    return step


@transaction.atomic
def comment(*, plan: TargetPlan, by: Member, person: Member, text: str, today: date) -> PlanStep:
    """A word about a row, by its owner or by who manages the plan."""
    _require_row(plan, by, person, today)
    if not text.strip():
        raise GoalRefusal({"text": "Write what you want to say."})
    _check_text(text)
    step = note(plan, by, Kinds.COMMENT, text.strip(), person)
    audit(plan, by, "plan.comment", {}, {"person": person.pk, "text": step.text})
    return step


@transaction.atomic
def accept_row(*, plan: TargetPlan, by: Member, person: Member, version: int, today: date, text: str = "") -> PlanStep:
    """Owners accept what stands in their row; who manages the plan accepts what the owner proposed.

    A proposal that is accepted becomes the numbers of the row.
    """
    _require_row(plan, by, person, today)
    _check_text(text)
    sheet = sheet_of(plan)
    talk = talks(plan, sheet, person).get(person.pk, NOT_TALKED)
    changes: Changes = {}
    if talk.state is RowState.PROPOSED and talk.proposal and (by != person or _manages(plan, by, today)):
        changes = from_rows(talk.proposal.after)
    elif by != person:
        raise GoalRefusal({"": f"{person.name} has not proposed anything that waits for an answer."})
    elif talk.state is RowState.AGREED:
        raise GoalRefusal({"": "You agreed to these numbers already."})
    return _agreed(plan, by, person, version, sheet, changes, text)


@transaction.atomic
def counter_row(
    *,
    plan: TargetPlan,
    by: Member | None,
    person: Member,
    version: int,
    today: date,
    values: Mapping[date, Typed] | None = None,
    text: str = "",
) -> PlanStep:
    """A manager answers a proposal with numbers of their own, or stays with those of the plan and says why."""
    require_edit(plan, by, today)
    sheet = sheet_of(plan)
    if talks(plan, sheet, person).get(person.pk, NOT_TALKED).state is not RowState.PROPOSED:
        raise GoalRefusal({"": f"{person.name} has not proposed anything that waits for an answer."})
    _check_text(text)
    changes = sheet.changed(_typed_row(plan, person, sheet, values or {}))
    if not changes and not text.strip():
        raise GoalRefusal({"text": "Say why it stays as it is, or give other numbers."})
    step = store(plan, by, version, changes, text.strip(), sheet, Kinds.COUNTER, person)
    assert step is not None
    return step


def _agreed(
    plan: TargetPlan, by: Member, person: Member, version: int, sheet: Sheet, changes: Changes, text: str
) -> PlanStep:
    """The step keeps the whole row: the agreement holds for these numbers and no others."""
    row = {(person.pk, start): sheet.at(person.pk, start) for start in sheet.starts}
    after = row | {key: cell._replace(locked=row[key].locked) for key, cell in changes.items() if key in row}
    step = store(plan, by, version, after, text.strip(), sheet, Kinds.ACCEPT, person)
    assert step is not None
    return step


def _typed_row(plan: TargetPlan, person: Member, sheet: Sheet, values: Mapping[date, Typed]) -> Changes:
    kpi = definitions_of(plan.workspace).find(f"{plan.kpi}:{plan.variant}")
    problems = Problems()
    row: Changes = {(person.pk, start): sheet.at(person.pk, start) for start in sheet.starts}
    for start, typed in values.items():
        key = (person.pk, start)
        number = the_number(typed, kpi, plan.workspace, f"{person.pk}:{start}", problems)
        if key not in row:
            problems.add(f"{person.pk}:{start}", "This part is not in the plan any more: load the page again.")
        elif number is not None and number < 0:
            problems.add(f"{person.pk}:{start}", f"“{typed}” is below 0: a target here adds up from 0.")
        else:
            row[key] = Cell(number, row[key].locked)
    problems.refuse()
    return row


def _manages(plan: TargetPlan, by: Member, today: date) -> bool:
    return by.workspace_id == plan.workspace_id and may_edit_plan(plan, reach_of(by, today))


def _require_row(plan: TargetPlan, by: Member, person: Member, today: date) -> None:
    """The row is there, and one's own once it was proposed, or of a plan one manages."""
    if not plan.cells.filter(person=person).exists():
        raise GoalRefusal({"person": "This person has no row in the plan."})
    if _manages(plan, by, today):
        return
    if by != person or plan.stage == Stage.DRAFT:
        raise PermissionDenied("You may speak about your own row.")


def _check_text(text: str) -> None:
    if len(text.strip()) > 500:
        raise GoalRefusal({"text": TOO_LONG.format(len(text.strip()))})
