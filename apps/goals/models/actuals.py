"""What was computed for a goal, what was expected of it, and what its owner said of it. Rows are only ever added."""

from typing import Any

from django.db import models

from apps.goals.case import Status
from apps.goals.models.goal import Goal
from apps.people.models import Member

STATUSES = [(status.value, status.label) for status in Status]


class Actual(models.Model):
    """What a goal's KPI came to, judged at `through`, as known at `known_at`. Rows are only ever added."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="actuals")
    known_at = models.DateTimeField()
    through = models.DateField(null=True, blank=True, help_text="last day the data covers")
    numerator = models.DecimalField(max_digits=38, decimal_places=10, null=True, blank=True)
    denominator = models.DecimalField(max_digits=38, decimal_places=10, null=True, blank=True)
    count = models.BigIntegerField(default=0)
    value = models.DecimalField(max_digits=38, decimal_places=10, null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True, help_text="why there is no value")
    kpi_version = models.PositiveIntegerField()
    high_water = models.BigIntegerField(default=0, help_text="newest import that was live")
    target = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    expected = models.DecimalField(max_digits=38, decimal_places=10, null=True, blank=True)
    attainment = models.FloatField(
        null=True, blank=True, help_text="(value - baseline)/(target - baseline), never capped"
    )
    pace = models.FloatField(null=True, blank=True, help_text="progress over expected progress")
    forecast = models.DecimalField(max_digits=38, decimal_places=10, null=True, blank=True, help_text="at the end")
    forecast_low = models.DecimalField(max_digits=38, decimal_places=10, null=True, blank=True)
    forecast_high = models.DecimalField(max_digits=38, decimal_places=10, null=True, blank=True)
    method = models.CharField(max_length=20, blank=True, help_text="which step of the forecast ladder")
    chance = models.FloatField(null=True, blank=True, help_text="of reaching the target; only with a track record")
    # the status that the rules lean to, while hysteresis still keeps the one before; blank where they agree
    leaning = models.CharField(max_length=12, choices=STATUSES, blank=True)
    needed_per_day = models.DecimalField(max_digits=38, decimal_places=10, null=True, blank=True)
    status = models.CharField(max_length=12, choices=STATUSES)
    rule = models.CharField(max_length=60, help_text="which rule decided, and its version")
    sentence = models.TextField()
    inputs: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    # digest of everything above that was computed: a recompute adds a row only where this changes
    fingerprint = models.CharField(max_length=32, blank=True, editable=False)
    # value to date at the end of each sub-period: [["2026-01-05", 12.5], …]; the sparkline and the chart
    series: "models.JSONField[list[Any], list[Any]]" = models.JSONField(default=list)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["goal", "-id"])]

    def __str__(self) -> str:
        return f"{self.value} ({self.status})"


class OwnerCall(models.Model):
    """What the owner of a goal expects, beside the computed status: with the reason, and until when it is said."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="calls")
    status = models.CharField(max_length=12, choices=STATUSES)
    value = models.DecimalField(max_digits=38, decimal_places=10, null=True, blank=True, help_text="at the end")
    reason = models.CharField(max_length=300)
    computed = models.ForeignKey(Actual, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    expires_on = models.DateField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.goal}: {self.status}"


class TrackRecord(models.Model):
    """How each method would have forecast this goal's subject at the same point of earlier periods.

    `errors` is {method: [[origin, forecast, came], …]} from a rolling-origin backtest on data as then known.
    """

    goal = models.OneToOneField(Goal, on_delete=models.CASCADE, related_name="track_record")
    made_at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64, help_text="of the data and the day it was made for")
    method = models.CharField(max_length=20, blank=True, help_text="the one that was chosen")
    errors: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    told: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"track record of {self.goal}"


class Celebration(models.Model):
    """That a goal was reached: once, on crossing, never by an import of old data."""

    goal = models.OneToOneField(Goal, on_delete=models.CASCADE, related_name="celebration")
    actual = models.ForeignKey(Actual, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.goal} reached"


class Kudos(models.Model):
    """A word of thanks from one person for a goal that was reached."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="kudos")
    by = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["goal", "by"], name="one_kudos_a_person_and_goal")]

    def __str__(self) -> str:
        return f"{self.by}: {self.text}"
