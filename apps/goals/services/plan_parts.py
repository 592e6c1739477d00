"""What every write of a plan begins and ends with: who may, compare-and-set, cells, the step, the trail."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db.models import F

from apps.audit.services import record
from apps.goals.errors import GoalRefusal
from apps.goals.models import PlanCell, PlanStep, Stage, TargetPlan
from apps.goals.permissions import reach_of
from apps.goals.planning import EMPTY, Cell, Changes, Key, Sheet
from apps.goals.plans import Kinds, all_agreed, as_rows, columns_of, may_edit_plan, sheet_of
from apps.goals.services.parts import plain
from apps.people.models import Member

BATCH = 200  # cells a statement: SQLite takes 999 values
MOST_AUDITED = 60


class PlanMoved(GoalRefusal):
    """Somebody else changed the plan since it was looked at."""


def require_edit(plan: TargetPlan, by: Member | None, today: date) -> None:
    if by is not None and not (by.workspace_id == plan.workspace_id and may_edit_plan(plan, reach_of(by, today))):
        raise PermissionDenied("Only those who manage this plan’s team may change it.")


def moved(plan: TargetPlan, version: int, **fields: Any) -> None:
    """Compare-and-set: one version further with these fields, or PlanMoved that names who came first."""
    here = TargetPlan.objects.filter(pk=plan.pk, version=version, removed_at__isnull=True)
    if not here.update(version=F("version") + 1, **fields):
        raise PlanMoved({"": _came_first(plan)})
    plan.version = version + 1
    for name, value in fields.items():
        setattr(plan, name, value)


def check_version(plan: TargetPlan, version: int) -> None:
    if not TargetPlan.objects.filter(pk=plan.pk, version=version, removed_at__isnull=True).exists():
        raise PlanMoved({"": _came_first(plan)})


def store(
    plan: TargetPlan,
    by: Member | None,
    version: int,
    changes: Changes,
    text: str = "",
    sheet: Sheet | None = None,
    kind: str = Kinds.CHANGE,
    person: Member | None = None,
) -> PlanStep | None:
    """Cells as they are to be, in one step that can be taken back; None if nothing is different."""
    if not changes and kind == Kinds.CHANGE:
        check_version(plan, version)
        return None
    sheet = sheet or sheet_of(plan)
    moved(plan, version)
    before = {key: sheet.cells.get(key, EMPTY) for key in changes}
    write_cells(plan, changes)
    step = PlanStep.objects.create(
        plan=plan, kind=kind, by=by, text=text, person=person, before=as_rows(before), after=as_rows(changes)
    )
    after = sheet.with_changes(changes)
    shown = {"step": step.pk, "cells": len(changes)}
    audit(
        plan,
        by,
        f"plan.{kind}",
        shown | {"total": plain(sheet.total), "values": as_rows(before)[:MOST_AUDITED]},
        shown | {"total": plain(after.total), "values": as_rows(changes)[:MOST_AUDITED]},
    )
    settle_stage(plan, by, after)
    return step


def settle_stage(plan: TargetPlan, by: Member | None, sheet: Sheet) -> None:
    """A proposed plan is agreed once every row is; one that was agreed is open again when a number changes."""
    if plan.stage not in (Stage.PROPOSED, Stage.AGREED):
        return
    stage = Stage.AGREED if all_agreed(plan, sheet) else Stage.PROPOSED
    if stage != plan.stage:
        set_stage(plan, by, stage, "")


def set_stage(plan: TargetPlan, by: Member | None, stage: str, text: str) -> None:
    before, plan.stage = plan.stage, stage
    plan.save(update_fields=["stage"])
    note(plan, by, Kinds.STAGE, text or str(Stage(stage).label))
    audit(plan, by, "plan.stage", {"stage": before}, {"stage": stage})


def write_cells(plan: TargetPlan, cells: Mapping[Key, Cell]) -> None:
    ends = {part.start: part.end for part in columns_of(plan)}
    PlanCell.objects.bulk_create(
        [
            PlanCell(plan=plan, person_id=person, starts_on=start, ends_on=ends[start], value=value, locked=locked)
            for (person, start), (value, locked) in cells.items()
        ],
        update_conflicts=True,
        unique_fields=["plan", "person", "starts_on"],
        update_fields=["value", "locked"],
        batch_size=BATCH,
    )


def add_cells(plan: TargetPlan, people: Iterable[Member], values: Mapping[Key, Cell] | None = None) -> None:
    """A row for each person, empty where there is no value."""
    starts = [part.start for part in columns_of(plan)]
    write_cells(
        plan, {(each.pk, start): (values or {}).get((each.pk, start), EMPTY) for each in people for start in starts}
    )


def note(plan: TargetPlan, by: Member | None, kind: str, text: str, person: Member | None = None) -> PlanStep:
    return PlanStep.objects.create(plan=plan, kind=kind, by=by, text=text[:500], person=person)


def audit(plan: TargetPlan, by: Member | None, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    record(
        workspace=plan.workspace,
        actor=by.user if by else None,
        action=action,
        subject=plan,
        before=before,
        after=after,
    )


def _came_first(plan: TargetPlan) -> str:
    last = plan.steps.select_related("by").order_by("-pk").first()
    if last is None:
        return "This plan was changed meanwhile; nothing of yours was stored. Load the page again, then repeat it."
    at = last.at.astimezone(ZoneInfo(plan.workspace.timezone))
    return (
        f"{last.by or 'Somebody'} changed this plan at {at:%H:%M}, after you opened it; nothing of yours was stored."
        " Load the page again, then repeat it."
    )
