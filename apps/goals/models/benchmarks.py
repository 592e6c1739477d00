"""Numbers from elsewhere to compare a KPI with, each with where it comes from and until when it means anything."""

from typing import Any

from django.db import models

from apps.goals.models.goal import Goal
from apps.people.models import Member, Workspace


class Benchmark(models.Model):
    class Kind(models.TextChoices):
        INDUSTRY = "industry", "Industry"
        HISTORICAL = "historical", "Own history"
        INTERNAL = "internal", "Internal"

    class Match(models.TextChoices):
        SAME = "same", "The same definition"
        SIMILAR = "similar", "A similar definition"
        DIFFERENT = "different", "Another definition"

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="benchmarks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.DecimalField(max_digits=24, decimal_places=6)
    source = models.CharField(max_length=200, help_text="where the number comes from, so that it can be checked")
    as_of = models.DateField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"


class KpiBenchmark(models.Model):
    """A benchmark of a KPI for the whole workspace: one value, a range, or percentiles of a sample.

    `percentiles` is {"10": 3.1, "25": …}; drawn as a band only where the definition is the same and it has not expired.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="kpi_benchmarks")
    kpi = models.CharField(max_length=60, help_text="key of the KPI catalogue")
    variant = models.CharField(max_length=60, blank=True)
    kpi_version = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=10, choices=Benchmark.Kind.choices, default=Benchmark.Kind.INDUSTRY)
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    low = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    high = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    percentiles: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    segment = models.CharField(max_length=200, blank=True, help_text="industry, size, region, motion")
    sample = models.PositiveIntegerField(null=True, blank=True, help_text="how many were asked")
    match = models.CharField(max_length=9, choices=Benchmark.Match.choices, default=Benchmark.Match.SIMILAR)
    source = models.CharField(max_length=200, help_text="who published it")
    link = models.CharField(max_length=300, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    data_period = models.CharField(max_length=60, blank=True, help_text="what the numbers are about: 2025")
    as_of = models.DateField()
    expires_on = models.DateField()
    entered_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    entered_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kpi", "-as_of"]
        indexes = [models.Index(fields=["workspace", "kpi"])]

    def __str__(self) -> str:
        return f"{self.kpi}: {self.source}"
