"""Settings of the workspace: name, currency, calendar, holidays."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.people.attempts import attempt
from apps.pages.people.forms import HolidayForm, WorkspaceForm
from apps.people import services
from apps.people.roles import Permission
from apps.refresh.services import request_recompute


@workspace_view(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def workspace_settings(request: WorkspaceRequest) -> HttpResponse:
    form = WorkspaceForm(request.POST or None, initial=WorkspaceForm.initial_of(request.workspace))

    def save(data: dict[str, str]) -> None:
        services.change_workspace(workspace=request.workspace, by=request.member, **data)

    if request.method == "POST" and attempt(form, save):
        return _saved(request, "The settings are saved; goals are being recomputed with them.")
    request.workspace.refresh_from_db()
    return _page(request, form, HolidayForm())


@workspace_view(Permission.MANAGE_WORKSPACE)
@require_POST
def holiday_add(request: WorkspaceRequest) -> HttpResponse:
    form = HolidayForm(request.POST)
    if attempt(form, lambda data: services.add_holiday(workspace=request.workspace, by=request.member, **data)):
        return _saved(request, "The holiday is added; goals are being recomputed with it.")
    return _page(request, WorkspaceForm(initial=WorkspaceForm.initial_of(request.workspace)), form)


@workspace_view(Permission.MANAGE_WORKSPACE)
@require_POST
def holiday_remove(request: WorkspaceRequest, holiday_id: int) -> HttpResponse:
    holiday = get_object_or_404(request.workspace.holidays, pk=holiday_id)
    services.remove_holiday(holiday=holiday, by=request.member)
    return _saved(request, "The holiday is removed; goals are being recomputed without it.")


def _saved(request: WorkspaceRequest, sentence: str) -> HttpResponse:
    request_recompute(workspace=request.workspace, by=request.member)
    messages.success(request, sentence)
    return redirect("pages:workspace_settings", request.workspace.slug)


def _page(request: WorkspaceRequest, form: WorkspaceForm, holiday_form: HolidayForm) -> HttpResponse:
    context = {"form": form, "holiday_form": holiday_form, "holidays": request.workspace.holidays.all()}
    status = 422 if form.errors or holiday_form.errors else 200
    return render(request, "pages/people/workspace_settings.html", context, status=status)
