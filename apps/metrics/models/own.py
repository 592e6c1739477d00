"""KPIs that a workspace defines itself, and every definition each of them has had."""

from typing import Any

from django.db import models
from django.db.models import Q

from apps.people.models import Member, Workspace


class OwnKpi(models.Model):
    """A KPI of one workspace. `key` is what formulas, goals and addresses call it; it never changes."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="own_kpis")
    key = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="one_own_kpi_a_key")]

    def __str__(self) -> str:
        return self.name


class OwnKpiVersion(models.Model):
    """A definition from a day on. Rows are only ever added; one that is not in force yet can be withdrawn.

    A period is computed by the version that was in force on its first day; one that restates holds for all days.
    """

    kpi = models.ForeignKey(OwnKpi, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    effective_from = models.DateField()
    restates = models.BooleanField(default=False, help_text="holds for all earlier days, too")
    # what was chosen in the builder: apps/metrics/own/definition.py
    definition: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    what = models.CharField(max_length=300, help_text="what changed, and why")
    made_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["kpi", "number"], name="one_version_a_number"),
            models.UniqueConstraint(
                fields=["kpi", "effective_from"],
                condition=Q(withdrawn_at__isnull=True, restates=False),
                name="one_version_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"
