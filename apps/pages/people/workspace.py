"""Settings of the workspace: name, currency, calendar, holidays."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.periods import Grain, Period, period_of, periods_between
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.people.attempts import attempt
from apps.pages.people.forms import CountryForm, HolidayForm, WorkspaceForm
from apps.people import services
from apps.people.roles import Permission
from apps.people.services.workspaces import OF_THE_YEAR
from apps.refresh.services import request_recompute


@workspace_view(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def workspace_settings(request: WorkspaceRequest) -> HttpResponse:
    form = WorkspaceForm(request.POST or None, initial=WorkspaceForm.initial_of(request.workspace))

    def save(data: dict[str, str]) -> None:
        kept = {name: value for name, value in data.items() if value or name not in OF_THE_YEAR}  # left out: as it is
        services.change_workspace(workspace=request.workspace, by=request.member, **kept)

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
def holidays_take(request: WorkspaceRequest) -> HttpResponse:
    """The public holidays of a country for a year, all at once."""
    form, taken = CountryForm(request.POST), []

    def take(data: dict[str, Any]) -> None:
        taken.append(services.take_holidays(workspace=request.workspace, by=request.member, **data))

    if attempt(form, take):
        told = "All of them are here already." if not taken[0] else f"{taken[0]} holidays are added."
        return _saved(request, f"{told} Goals are being recomputed with them.")
    return _page(request, WorkspaceForm(initial=WorkspaceForm.initial_of(request.workspace)), HolidayForm(), form)


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


def _page(
    request: WorkspaceRequest, form: WorkspaceForm, holiday_form: HolidayForm, country: CountryForm | None = None
) -> HttpResponse:
    fiscal, next_year = request.workspace.fiscal, request.today.year + 1
    country = country or CountryForm(initial={"place": request.workspace.holidays_of, "year": next_year})
    context = {
        "form": form,
        "holiday_form": holiday_form,
        "country_form": country,
        "holidays": request.workspace.holidays.all(),
        "year": period_of(request.today, Grain.YEAR, fiscal),
        "periods": _periods(request),
    }
    status = 422 if form.errors or holiday_form.errors or country.errors else 200
    return render(request, "pages/people/workspace_settings.html", context, status=status)


def _periods(request: WorkspaceRequest) -> list[tuple[Period, list[Period]]]:
    """The quarters of the running fiscal year with their months or periods, to see what the settings mean."""
    fiscal = request.workspace.fiscal
    year = period_of(request.today, Grain.YEAR, fiscal)
    quarters = periods_between(year.start, year.end, Grain.QUARTER, fiscal)
    return [(each, periods_between(each.start, each.end, Grain.MONTH, fiscal)) for each in quarters]
