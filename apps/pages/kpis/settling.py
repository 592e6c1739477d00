"""What a workspace settles about a KPI: the table it is taken from, and the numbers that no table has."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.common.money import parse_figure
from apps.goals.queries import open_goals_by_variant
from apps.metrics.catalogue import Kpi, UnknownKpi
from apps.metrics.errors import KpiRefusal
from apps.metrics.models import GivenNumber
from apps.metrics.services import choose_variant, give_number, withdraw_number
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.kpis.sheet import sheet_of
from apps.pages.kpis.views import unknown_kpi
from apps.pages.widgets import DayInput
from apps.people.permissions import can
from apps.people.roles import Permission
from apps.refresh.services import request_recompute


class NumberForm(forms.Form):
    """A number with its source and the day from which it holds. What it must be is decided by the service."""

    value = forms.CharField(
        label="Number", required=False, max_length=60, help_text="As you would say it: 12 000, 1.2m."
    )
    valid_from = forms.DateField(
        label="From which day",
        required=False,
        widget=DayInput,
        error_messages={"invalid": "Write the day as year-month-day, for example 2026-03-31."},
        help_text="It holds until the next one.",
    )
    source = forms.CharField(
        label="Source", required=False, max_length=300, help_text="Where it comes from, so that it can be checked."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.needed = True  # type: ignore[attr-defined]


@workspace_view(Permission.DEFINE_KPIS)
@require_POST
def kpi_variant(request: WorkspaceRequest, key: str) -> HttpResponse:
    """Take the KPI from another table from now on; goals that are set keep theirs, and that is said."""
    try:
        wanted = request.definitions.get(key, request.POST.get("variant") or None)
    except UnknownKpi as unknown:
        return unknown_kpi(request, unknown)
    before = request.definitions.default(wanted.key)
    choose_variant(workspace=request.workspace, by=request.member, key=wanted.key, variant=wanted.variant)
    messages.success(request, f"{wanted.name} is taken from {_from(wanted)} now.{_who_stays(request, before, wanted)}")
    return redirect("pages:kpi", request.workspace.slug, wanted.key)


@workspace_view(Permission.SEE_WORKSPACE)
def kpi_number(request: WorkspaceRequest, key: str, asked: str) -> HttpResponse:
    """Give a number that the KPI asks for; figures that need it are computed anew."""
    try:
        kpi = request.definitions.get(key, request.GET.get("variant"))
    except UnknownKpi as unknown:
        return unknown_kpi(request, unknown)
    sheet = sheet_of(request, kpi)
    number = next((each for each in sheet["asked"] if each.name == asked), None)
    if number is None:
        raise Http404("The KPI does not ask for such a number.")
    if not can(request.member, Permission.DEFINE_KPIS):
        raise PermissionDenied(f"Your role ({request.member.get_role_display()}) may not do this.")
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _given(request, form, asked):
        return _saved(request, kpi, f"Saved: the {number.label}. Figures that need it are being recomputed.")
    status = 422 if request.method == "POST" else 200
    return render(request, "pages/kpis/number.html", sheet | {"form": form, "number": number}, status=status)


@workspace_view(Permission.DEFINE_KPIS)
@require_POST
def kpi_number_withdraw(request: WorkspaceRequest, key: str, number_id: int) -> HttpResponse:
    number = GivenNumber.objects.filter(workspace=request.workspace, pk=number_id).first()
    if number is None:
        raise Http404("There is no such number.")
    withdraw_number(number=number, by=request.member, now=timezone.now())
    kpi = request.definitions.find(key)
    if kpi is None:
        raise Http404("There is no such KPI.")
    return _saved(request, kpi, "Taken back. Figures that needed it are being recomputed.")


def _given(request: WorkspaceRequest, form: NumberForm, name: str) -> bool:
    typed = form.cleaned_data["value"].strip()
    try:
        value = parse_figure(typed, "count") if typed else None
        give_number(
            workspace=request.workspace,
            by=request.member,
            now=timezone.now(),
            name=name,
            value=value,
            valid_from=form.cleaned_data["valid_from"],
            source=form.cleaned_data["source"],
        )
    except KpiRefusal as refused:
        form.add_error(refused.field or None, refused.sentence)
    except Refusal as refused:
        form.add_error("value", refused.sentence)
    else:
        return True
    return False


def _saved(request: WorkspaceRequest, kpi: Kpi, sentence: str) -> HttpResponseRedirect:
    request_recompute(workspace=request.workspace, by=request.member)
    messages.success(request, sentence)
    address = reverse("pages:kpi", args=[request.workspace.slug, kpi.key])
    return redirect(f"{address}?variant={kpi.variant}")


def _from(kpi: Kpi) -> str:
    return kpi.variant.replace("_", " ")


def _who_stays(request: WorkspaceRequest, before: Kpi, wanted: Kpi) -> str:
    """Nothing is changed behind anybody's back: how many open goals go on measuring another table."""
    goals = open_goals_by_variant(request.workspace, wanted.key)
    others = {variant: number for variant, number in goals.items() if variant != wanted.variant}
    told = [f"{number} open goal{'' if number == 1 else 's'} on {variant}" for variant, number in others.items()]
    stay = "stays as it is" if sum(others.values()) == 1 else "stay as they are"
    return f" {' and '.join(told)} {stay}." if told else ""
