"""A plan as CSV or Excel, and what such a file says about the cells."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponseBase

from apps.common.texts import normalised
from apps.goals.errors import GoalRefusal
from apps.goals.models import TargetPlan
from apps.goals.permissions import Reach
from apps.goals.planning import Key
from apps.goals.plans import columns_of, may_edit_plan, people_of, sheet_of
from apps.pages.access import WorkspaceRequest
from apps.pages.downloads import Column, about, table_response
from apps.pages.plans.grid import column_name
from apps.people.queries import owner_texts

WHOLE = {"total", "sum", "all"}


def plan_download(request: WorkspaceRequest, plan: TargetPlan, reach: Reach, wanted: Any) -> HttpResponseBase:
    """The rows one may see; a column a part, and the total."""
    sheet, everything = sheet_of(plan), may_edit_plan(plan, reach)
    kpi = request.definitions.find(f"{plan.kpi}:{plan.variant}")
    unit, currency = (str(kpi.unit) if kpi else "number"), plan.workspace.currency
    names = [column_name(part, plan.grain, plan) for part in columns_of(plan)]
    people = {pk: each for pk, each in people_of(plan).items() if everything or pk == request.member.pk}
    rows = ([each.name, *(cell.value for cell in sheet.row(pk)), sheet.row_total(pk)] for pk, each in people.items())
    return table_response(
        format=wanted,
        file_name=plan.title,
        columns=[Column("Person"), *(Column(name, unit, currency) for name in [*names, "Total"])],
        rows=rows,
        about=about(request, f"Targets of the plan “{plan.title}”"),
    )


def values_of(plan: TargetPlan, source: Any) -> Iterator[tuple[Key, str]]:
    """Every cell of the file that belongs to the plan. GoalRefusal for a person or column that the plan has not."""
    columns = _columns(plan, source.header)
    people, known = people_of(plan), owner_texts(plan.workspace)
    for line, cells in source.rows():
        name = cells[0].strip() if cells else ""
        if not name or normalised(name) in WHOLE:
            continue
        person = known.get(normalised(name))
        if person not in people:
            raise GoalRefusal({"": f"Line {line}: “{name[:60]}” has no row in this plan: add the person first."})
        for place, start in columns.items():
            yield (person, start), cells[place] if place < len(cells) else ""


def _columns(plan: TargetPlan, header: tuple[str, ...]) -> dict[int, Any]:
    named = {}
    for part in columns_of(plan):
        for text in (part.label, column_name(part, plan.grain, plan), str(part.start)):
            named[normalised(text)] = part.start
    found = {place: named[normalised(text)] for place, text in enumerate(header) if normalised(text) in named}
    if not found:
        some = column_name(columns_of(plan)[0], plan.grain, plan)
        raise GoalRefusal({"": f"No column of the file is a part of this plan: call them as here, for example {some}."})
    others = [text for place, text in enumerate(header) if place and place not in found]
    strange = [text for text in others if normalised(text) not in WHOLE]
    if strange:
        raise GoalRefusal({"": f"The column “{strange[0][:60]}” is no part of this plan: take it out of the file."})
    return found
