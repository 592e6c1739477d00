"""What lists can be narrowed by."""

from django import forms
from django.core.validators import MaxValueValidator
from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.api.authentication import member_of, today_of
from apps.common.periods import parse_period
from apps.goals.filters import PERIODS
from apps.goals.models import STATUSES, Goal, Scope
from apps.goals.queries import in_period


class IdFilter(filters.NumberFilter):  # type: ignore[misc]
    """A whole number that the database can hold."""

    field_class = forms.IntegerField

    def get_max_validator(self) -> MaxValueValidator:
        return MaxValueValidator(2**63 - 1, "There is no such number.")


class GoalFilter(filters.FilterSet):  # type: ignore[misc]
    kpi = filters.CharFilter(help_text="key of a KPI")
    status = filters.ChoiceFilter(field_name="standing", choices=STATUSES)
    scope = filters.ChoiceFilter(choices=Scope.choices)
    team = IdFilter(help_text="id of the team the goal is about")
    person = IdFilter(help_text="id of the member the goal is about")
    owner = IdFilter(help_text="id of the member who answers for it")
    period = filters.CharFilter(
        method="in_period",
        help_text="running, coming, to_close (ended, still open), past, or the days a goal shares: "
        "2026, 2026-Q3, 2026-03, 2026-W12, first..end",
    )

    class Meta:
        model = Goal
        fields: list[str] = []

    def in_period(self, goals: QuerySet[Goal], _name: str, label: str) -> QuerySet[Goal]:
        """Raises PeriodError (a sentence) for a label nobody can read."""
        workspace = member_of(self.request).workspace
        if label in PERIODS:
            return goals.filter(in_period(label, today_of(self.request)))
        period = parse_period(label, workspace.fiscal)
        return goals.filter(starts_on__lt=period.end, ends_on__gt=period.start)
