"""How the target of a goal spreads over its period, and the percentage tables of the workspace."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.dates import period_told
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal, Phasing
from apps.goals.queries import named_phasings
from apps.goals.services.phasing import remove_phasing_table, save_phasing_table, set_phasing
from apps.goals.spreading import Spread, spread_of
from apps.metrics.catalogue import Kpi
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.goals.actions import editable_goal, saved
from apps.pages.goals.forms import RefusableForm
from apps.pages.goals.present import GoneKpi, kpi_of
from apps.people.models import Workspace
from apps.people.permissions import can
from apps.people.queries import calendar_of
from apps.people.roles import Permission
from apps.refresh.services import request_recompute

WIDTH, HEIGHT = 320, 96


def phasing_shown(request: WorkspaceRequest, goal: Goal, kpi: Kpi | GoneKpi) -> dict[str, Any]:
    """For `_phasing.html`: the one expected curve, and what is due in each part."""
    lines = {"may_change_lines": can(request.member, Permission.MANAGE_WORKSPACE), "spread": None}
    if isinstance(kpi, GoneKpi):
        return lines
    spread = spread_of(goal, kpi, request.today, calendar_of(request.workspace))
    if spread is None:
        return lines
    fiscal = request.workspace.fiscal
    return lines | {
        "spread": spread,
        "spread_unit": kpi.unit,
        "spread_parts": [(period_told(each.period.start, each.period.end, fiscal), each) for each in spread.parts],
        "spread_path": _path(spread),
        "spread_box": (WIDTH, HEIGHT),
    }


def _path(spread: Spread) -> str:
    places = (f"{x * WIDTH:.1f} {HEIGHT - y * HEIGHT:.1f}" for x, y in spread.line)
    return "M" + " L".join(places)


class PartsForm(RefusableForm):
    """A number for each part of a period or a year."""

    def __init__(self, *args: Any, labels: list[str], help_text: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.labels = labels
        for place, label in enumerate(labels):
            field = forms.CharField(label=label, required=False, max_length=40)
            field.widget.attrs["inputmode"] = "decimal"
            self.fields[f"part_{place}"] = field

    @property
    def parts(self) -> list[Any]:
        return [self[f"part_{place}"] for place in range(len(self.labels))]

    def amounts(self) -> list[str]:
        return [self.cleaned_data.get(f"part_{place}", "") for place in range(len(self.labels))]


class PhasingForm(PartsForm):
    kind = forms.ChoiceField(label="How the target spreads", choices=Phasing.Kind.choices, widget=forms.RadioSelect)
    table = forms.ModelChoiceField(
        label="Percentage table", queryset=Phasing.objects.none(), required=False, empty_label="Choose a table"
    )
    scale = forms.BooleanField(label="Scale the amounts to the target where they sum to something else", required=False)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["table"].queryset = named_phasings(workspace)  # type: ignore[attr-defined]


class TableForm(PartsForm):
    name = forms.CharField(label="Name", required=False, max_length=120)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
@require_http_methods(["GET", "HEAD", "POST"])
def goal_phasing(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    goal = editable_goal(request, goal_id)
    kpi = kpi_of(goal, request.definitions)
    shown = phasing_shown(request, goal, kpi)
    spread: Spread | None = shown["spread"]
    options: dict[str, Any] = {
        "workspace": request.workspace,
        "labels": [label for label, _ in shown.get("spread_parts", [])],
    }
    context = {"goal": goal, "kpi": kpi, **shown}
    if request.method != "POST":
        form = PhasingForm(initial=_initial(goal, spread), **options)
        return render(request, "pages/goals/phasing.html", context | {"form": form})
    form = PhasingForm(request.POST, **options)
    if form.is_valid():
        given = form.cleaned_data
        choice = {"kind": given["kind"], "table": given["table"], "scale": given["scale"]}
        try:
            set_phasing(goal=goal, by=request.member, today=request.today, amounts=form.amounts(), **choice)
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            return saved(request, goal)
    form.focus_first_error()
    return render(request, "pages/goals/phasing.html", context | {"form": form}, status=422)


def _initial(goal: Goal, spread: Spread | None) -> dict[str, Any]:
    """As it is now: an edit by hand begins with the amounts there are."""
    parts = spread.parts if spread else []
    phasing = goal.phasing
    return {
        "kind": phasing.kind if phasing else Phasing.Kind.WORKING_DAYS,
        "table": phasing.pk if phasing and phasing.name else None,
        **{f"part_{place}": _typed(abs(part.adds)) for place, part in enumerate(parts)},
    }


def _typed(number: Decimal) -> str:
    return f"{number.normalize():f}"


@workspace_view(Permission.MANAGE_TEAM_GOALS)
@require_http_methods(["GET", "HEAD", "POST"])
def phasings(request: WorkspaceRequest) -> HttpResponse:
    """The percentage tables, and a form for one more, or for `?table=` as it is."""
    labels = _labels(request.workspace)
    table = _table(request, request.GET.get("table", ""))
    form = TableForm(request.POST or None, labels=labels, initial=_of_table(table, len(labels)))
    if request.method == "POST" and form.is_valid():
        name, shares = form.cleaned_data["name"], form.amounts()
        try:
            save_phasing_table(
                workspace=request.workspace,
                by=request.member,
                now=timezone.now(),
                name=name,
                shares=shares,
                table=table,
            )
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            return _to_tables(request, f"The table “{name.strip()}” is kept.")
    form.focus_first_error()
    context = {"form": form, "table": table, "tables": _told(request.workspace, labels), "labels": labels}
    return render(request, "pages/goals/phasings.html", context, status=422 if form.errors else 200)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
@require_POST
def phasing_remove(request: WorkspaceRequest, table_id: int) -> HttpResponse:
    table = get_object_or_404(named_phasings(request.workspace), pk=table_id)
    remove_phasing_table(table=table, by=request.member, now=timezone.now())
    return _to_tables(request, f"The table “{table.name}” is taken off the list; goals phased by it stay so.")


def _to_tables(request: WorkspaceRequest, sentence: str) -> HttpResponse:
    request_recompute(workspace=request.workspace, by=request.member)
    messages.success(request, sentence)
    return redirect("pages:phasings", request.workspace.slug)


def _table(request: WorkspaceRequest, number: str) -> Phasing | None:
    if not number:
        return None
    found = named_phasings(request.workspace)
    return get_object_or_404(found, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)


def _labels(workspace: Workspace) -> list[str]:
    """The months of a fiscal year by name, or its periods by number."""
    fiscal = workspace.fiscal
    runs = fiscal.periods(2025)
    return [f"{start:%B}" if fiscal.by_months else f"P{place:02d}" for place, (start, _) in enumerate(runs, start=1)]


def _of_table(table: Phasing | None, size: int) -> dict[str, str]:
    if table is None:
        return {f"part_{place}": "" for place in range(size)}
    return {"name": table.name} | {
        f"part_{place}": _typed(Decimal(str(share)) * 100) for place, share in enumerate(table.weights)
    }


def _told(workspace: Workspace, labels: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "table": table,
            "goals": table.goals.count(),
            "shares": list(zip(labels, [Decimal(str(share)) for share in table.weights], strict=False)),
        }
        for table in named_phasings(workspace)
    ]
