"""A CSV or Excel file with a row a person and a column a part goes into the grid."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.datasets.reader import open_source
from apps.datasets.uploads import workbench
from apps.goals.errors import GoalRefusal
from apps.goals.services.plans import set_cells
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.plans.acting import acting
from apps.pages.plans.files import values_of
from apps.pages.plans.views import editable_plan
from apps.people.roles import Permission

LARGEST = 5 * 1024**2
SHOWN = 3  # refusals of a file that are told at once


@workspace_view(Permission.MANAGE_TEAM_GOALS)
@require_POST
def plan_file(request: WorkspaceRequest, plan_id: int) -> HttpResponse:
    """A file with a row a person and a column a part; what it leaves out stays. All of it or nothing."""
    plan = editable_plan(request, plan_id)
    upload = request.FILES.get("file")
    try:
        if upload is None or not upload.name:
            raise GoalRefusal({"": "Choose a CSV or Excel file."})
        if (upload.size or 0) > LARGEST:
            raise GoalRefusal({"": f"{upload.name} is larger than 5 MB: a plan is a small table."})
        with workbench() as folder:
            path = folder / "plan"
            path.write_bytes(upload.read())
            values = dict(values_of(plan, open_source(path, folder, upload.name)))
        step = set_cells(plan=plan, values=values, text=f"From {upload.name}"[:200], **acting(request, request.POST))
        told = f"{upload.name}: {len(step.after)} cells changed." if step else f"{upload.name} changes nothing."
        messages.success(request, told)
    except GoalRefusal as refusal:
        sentences = list(dict.fromkeys(refusal.problems.values()))
        more = f" And {len(sentences) - SHOWN} more." if len(sentences) > SHOWN else ""
        messages.error(request, " ".join(sentences[:SHOWN]) + more)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("pages:plan", request.workspace.slug, plan.pk)
