"""Where the statuses of the workspace begin."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.common.money import format_figure
from apps.goals.case import USUAL, Thresholds
from apps.goals.errors import GoalRefusal
from apps.goals.queries import thresholds_of
from apps.goals.services.thresholds import set_thresholds
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.goals.forms import RefusableForm
from apps.people.roles import Permission
from apps.refresh.services import request_recompute


def _share(label: str, help_text: str) -> forms.CharField:
    field = forms.CharField(label=label, max_length=12, required=False, help_text=help_text)
    field.widget.attrs["inputmode"] = "decimal"
    return field


class ThresholdsForm(RefusableForm):
    """Shares in percent."""

    needed = Thresholds._fields

    on_track_from = _share("On track from", "Progress as a share of what is expected by now.")
    at_risk_from = _share("At risk from", "Below this a goal is off track.")
    early_until = _share("Too early until", "No verdict on pace before this part of the phased target is due.")
    likely_from = _share("On track from a chance of", "Where a forecast has a track record, its chance is asked first.")
    possible_from = _share("At risk from a chance of", "Below this a goal is off track.")
    late_change_from = _share(
        "A change of target is late after", "This part of the period; then a second person has to agree."
    )


@workspace_view(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def thresholds(request: WorkspaceRequest) -> HttpResponse:
    in_force = thresholds_of(request.workspace)
    form = ThresholdsForm(request.POST or None, initial=_told(in_force))
    if request.method == "POST" and form.is_valid():
        try:
            set_thresholds(workspace=request.workspace, by=request.member, **form.cleaned_data)
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            request_recompute(workspace=request.workspace, by=request.member)
            messages.success(request, "The thresholds are saved; goals are being judged by them.")
            return redirect("pages:thresholds", request.workspace.slug)
    form.focus_first_error()
    context = {"form": form, "usual": [(form.fields[name].label, text) for name, text in _told(USUAL).items()]}
    return render(request, "pages/goals/thresholds.html", context, status=422 if form.errors else 200)


def _told(shares: Thresholds) -> dict[str, Any]:
    return {name: format_figure(share, "percent") for name, share in shares._asdict().items()}
