"""Goals, their dated targets and benchmarks, and the actuals computed for them."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from apps.goals.case import Status
from apps.people.models import Member, Team, Workspace

STATUSES = [(status.value, status.label) for status in Status]


class Scope(models.TextChoices):
    WORKSPACE = "workspace", "Whole company"
    TEAM = "team", "Team with its sub-teams"
    PERSON = "person", "Person"


class Cadence(models.TextChoices):
    WEEKLY = "weekly", "Every week"
    FORTNIGHTLY = "fortnightly", "Every two weeks"
    MONTHLY = "monthly", "Every month"
    QUARTERLY = "quarterly", "Every quarter"


class Goal(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="goals")
    title = models.CharField(max_length=200)
    kpi = models.CharField(max_length=60, help_text="key of the KPI catalogue")
    # a later import into another table, or another choice of the workspace, never changes what a goal measures
    variant = models.CharField(max_length=60, blank=True, help_text="which of the KPI's definitions")
    kpi_version = models.PositiveIntegerField(default=1)
    scope = models.CharField(max_length=10, choices=Scope.choices)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="goals")
    person = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, blank=True, related_name="goals_about")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="goals_owned")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="first day after the period")
    baseline = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    cadence = models.CharField(max_length=12, choices=Cadence.choices, default=Cadence.WEEKLY)
    note = models.TextField(blank=True, help_text="why this goal")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_as = models.CharField(max_length=10, blank=True, choices=[("done", "Done"), ("cancelled", "Cancelled")])
    closed_reason = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # the newest row of `actuals`, so that a list of goals costs one query
    latest = models.OneToOneField("Actual", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["ends_on", "title"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="goal_ends_after_start"),
            models.CheckConstraint(
                condition=(
                    Q(scope="workspace", team__isnull=True, person__isnull=True)
                    | Q(scope="team", team__isnull=False, person__isnull=True)
                    | Q(scope="person", team__isnull=True, person__isnull=False)
                ),
                name="goal_scope_names_its_subject",
            ),
        ]
        indexes = [models.Index(fields=["workspace", "ends_on"]), models.Index(fields=["workspace", "kpi"])]

    def __str__(self) -> str:
        return self.title

    @property
    def ref(self) -> str:
        """The KPI as Definitions finds it."""
        return f"{self.kpi}:{self.variant}" if self.variant else self.kpi


class TargetVersion(models.Model):
    """What the target was from one day on. Changing a target adds a row; nothing is overwritten."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="targets")
    value = models.DecimalField(max_digits=24, decimal_places=6)
    effective_from = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    set_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["effective_from", "id"]

    def __str__(self) -> str:
        return f"{self.value} from {self.effective_from}"


class Benchmark(models.Model):
    class Kind(models.TextChoices):
        INDUSTRY = "industry", "Industry"
        HISTORICAL = "historical", "Own history"
        INTERNAL = "internal", "Internal"

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="benchmarks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.DecimalField(max_digits=24, decimal_places=6)
    source = models.CharField(max_length=200, help_text="where the number comes from, so that it can be checked")
    as_of = models.DateField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"


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
