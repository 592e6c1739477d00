"""Goals: what is to be reached, by whom, from where to where, until when."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from apps.people.models import Member, Team, Workspace


class Scope(models.TextChoices):
    WORKSPACE = "workspace", "Whole company"
    TEAM = "team", "Team with its sub-teams"
    PERSON = "person", "Person"


class Cadence(models.TextChoices):
    WEEKLY = "weekly", "Every week"
    FORTNIGHTLY = "fortnightly", "Every two weeks"
    MONTHLY = "monthly", "Every month"
    QUARTERLY = "quarterly", "Every quarter"


class GoalKind(models.TextChoices):
    """What “reached” means. Blank: as its KPI suggests (flows add up, ratios are rates, stocks levels)."""

    REACH = "reach", "Reach a value"
    CHANGE_PERCENT = "change_percent", "Change by percent"
    CHANGE_POINTS = "change_points", "Change by points"
    CUMULATIVE = "cumulative", "Add up to"
    RATE = "rate", "Rate over the period"
    SNAPSHOT = "snapshot", "Value on a date"
    KEEP_ABOVE = "keep_above", "Keep above"
    KEEP_BELOW = "keep_below", "Keep below"
    KEEP_BETWEEN = "keep_between", "Keep between"
    MILESTONES = "milestones", "Milestones"


class Ambition(models.TextChoices):
    COMMITTED = "committed", "Committed"
    ASPIRATIONAL = "aspirational", "Aspirational"


class Stage(models.TextChoices):
    DRAFT = "draft", "Draft"
    PROPOSED = "proposed", "Proposed"
    AGREED = "agreed", "Agreed"
    PUBLISHED = "published", "Published"


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
    kind = models.CharField(max_length=14, choices=GoalKind.choices, blank=True)
    ambition = models.CharField(max_length=12, choices=Ambition.choices, default=Ambition.COMMITTED)
    stage = models.CharField(max_length=9, choices=Stage.choices, default=Stage.PUBLISHED)
    # by how much it is to change, a fraction or the unit of the KPI; the target follows from it and the baseline
    change = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    low = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True, help_text="of the band to keep")
    high = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True, help_text="of the band to keep")
    keep_share = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.9"),
        help_text="share of sub-periods that must be in the band",
    )
    # the window the frozen baseline was computed from, and how it compares: "same period last year", …
    baseline_from = models.DateField(null=True, blank=True)
    baseline_to = models.DateField(null=True, blank=True, help_text="first day after the window")
    compares = models.CharField(max_length=20, blank=True)
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children")
    reviewer = models.ForeignKey(
        Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="goals_reviewed"
    )
    phasing = models.ForeignKey("goals.Phasing", on_delete=models.PROTECT, null=True, blank=True, related_name="goals")
    plan = models.ForeignKey("goals.TargetPlan", on_delete=models.SET_NULL, null=True, blank=True, related_name="goals")
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
