"""What is typed about a plan. The forms only read; what a plan must be is decided by apps.goals.services.plans."""

from datetime import date
from typing import Any

from django import forms

from apps.common.dates import period_told
from apps.common.periods import Grain, next_period, period_of
from apps.goals.models import Scope
from apps.goals.permissions import Reach
from apps.metrics.catalogue import Definitions, Kind
from apps.pages.goals.forms import RefusableForm
from apps.people.models import Team, Workspace
from apps.people.queries import teams_of


class PlanForm(RefusableForm):
    needed = ("kpi", "period", "grain")
    kpi = forms.CharField(label="KPI", required=False, widget=forms.Select)
    team = forms.ModelChoiceField(label="For", queryset=Team.objects.none(), required=False, empty_label=None)
    period = forms.CharField(label="Period", required=False, widget=forms.Select)
    grain = forms.CharField(
        label="Columns", required=False, widget=forms.Select(choices=[("month", "Months"), ("quarter", "Quarters")])
    )
    target = forms.CharField(
        label="Target of the whole",
        required=False,
        max_length=60,
        help_text="What all rows together have to reach: 1.2m, 250k. The grid shows how far they are over or under it.",
    )
    title = forms.CharField(
        label="Title", required=False, max_length=200, help_text="Left empty, it is made of KPI, team and period."
    )

    def __init__(
        self, *args: Any, workspace: Workspace, definitions: Definitions, reach: Reach, today: date, **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        teams = [team for team in teams_of(workspace) if reach.covers(Scope.TEAM, team.pk, None)]
        field: Any = self.fields["team"]
        field.queryset = Team.objects.filter(workspace=workspace)
        field.needed = True
        everybody = [("", "The whole company")] if reach.everything else []
        field.widget.choices = [*everybody, *((team.pk, team.name) for team in teams)]
        self.fields["kpi"].widget.choices = kpi_choices(definitions)
        self.fields["period"].widget.choices = period_choices(workspace, today)


def kpi_choices(definitions: Definitions) -> list[tuple[str, str]]:
    """What adds up over people and time, each in the definitions that have data."""
    offered = [kpi for default in definitions.all() for kpi in definitions.offered(default.key)]
    return [(kpi.ref, definitions.told(kpi)) for kpi in offered if kpi.kind is Kind.FLOW and Scope.PERSON in kpi.scopes]


def period_choices(workspace: Workspace, today: date) -> list[tuple[str, str]]:
    """This quarter and the three after it, this year and the next."""
    fiscal, found = workspace.fiscal, []
    for grain, how_many in ((Grain.QUARTER, 4), (Grain.YEAR, 2)):
        period = period_of(today, grain, fiscal)
        for _ in range(how_many):
            found.append((period.label, period_told(period.start, period.end, fiscal)))
            period = next_period(period, grain, fiscal)
    return found
