"""Exchange rates of the workspace: listed, added, corrected, removed; and which currencies still wait for one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.datasets.queries import snapshots, unconverted_told
from apps.datasets.schema import TABLES
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.downloads import format_asked
from apps.pages.people.attempts import attempt
from apps.pages.people.forms import RateForm
from apps.pages.people.taken import rates_response
from apps.people import services
from apps.people.queries import rates_of
from apps.people.roles import Permission
from apps.refresh.services import request_recompute


@workspace_view(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def rates(request: WorkspaceRequest) -> HttpResponseBase:
    """The same form adds a rate and corrects one: there is one rate for a currency from a day on."""
    if request.method != "POST" and (wanted := format_asked(request)):
        return rates_response(request, wanted)
    form = RateForm(request.POST or None)

    def save(data: dict[str, Any]) -> None:
        services.set_rate(workspace=request.workspace, by=request.member, **data)

    if request.method == "POST" and attempt(form, save):
        return _saved(request, "The rate is saved; goals are being recomputed with it.")
    live = snapshots(workspace=request.workspace, tables=TABLES)
    context = {"form": form, "rates": rates_of(request.workspace), "left_out": unconverted_told(live.values())}
    return render(request, "pages/people/rates.html", context, status=422 if form.errors else 200)


@workspace_view(Permission.MANAGE_WORKSPACE)
@require_POST
def rate_remove(request: WorkspaceRequest, rate_id: int) -> HttpResponse:
    rate = get_object_or_404(rates_of(request.workspace), pk=rate_id)
    services.remove_rate(rate=rate, by=request.member)
    return _saved(request, "The rate is removed; goals are being recomputed without it.")


def _saved(request: WorkspaceRequest, sentence: str) -> HttpResponse:
    request_recompute(workspace=request.workspace, by=request.member)
    messages.success(request, sentence)
    return redirect("pages:rates", request.workspace.slug)
