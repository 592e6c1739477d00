"""A target grid: people down, periods across, from a draft to goals that everybody agreed to."""

from django.db import models
from django.db.models import F, Q

from apps.goals.models.goal import Stage
from apps.people.models import Member, Team, Workspace


class TargetPlan(models.Model):
    """Targets of one KPI for the people of a team (or of the workspace) over the parts of a period."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="plans")
    title = models.CharField(max_length=200)
    kpi = models.CharField(max_length=60)
    variant = models.CharField(max_length=60, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="plans")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="first day after the period")
    grain = models.CharField(max_length=7, default="month", help_text="of the columns")
    target = models.DecimalField(
        max_digits=24, decimal_places=6, null=True, blank=True, help_text="what the parent needs; the sum may differ"
    )
    stage = models.CharField(max_length=9, choices=Stage.choices, default=Stage.DRAFT)
    version = models.PositiveIntegerField(default=0, help_text="moved by compare-and-set with every change")
    copied_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-starts_on", "title"]
        constraints = [models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="plan_ends_after_start")]

    def __str__(self) -> str:
        return self.title


class PlanCell(models.Model):
    plan = models.ForeignKey(TargetPlan, on_delete=models.CASCADE, related_name="cells")
    person = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="first day after the part")
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    locked = models.BooleanField(default=False, help_text="kept when the rest is split anew")

    class Meta:
        ordering = ["person_id", "starts_on"]
        constraints = [models.UniqueConstraint(fields=["plan", "person", "starts_on"], name="one_cell_a_part")]

    def __str__(self) -> str:
        return f"{self.person} {self.starts_on}: {self.value}"


class PlanStep(models.Model):
    """One dated step: a change of cells (what undo takes back), a proposal, a counter-proposal, a word, a stage."""

    class Kind(models.TextChoices):
        CHANGE = "change", "Changed"
        UNDO = "undo", "Took back"
        REDO = "redo", "Did again"
        COMMENT = "comment", "Said"
        PROPOSE = "propose", "Proposed"
        COUNTER = "counter", "Countered"
        ACCEPT = "accept", "Accepted"
        STAGE = "stage", "Moved on"

    plan = models.ForeignKey(TargetPlan, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    person = models.ForeignKey(
        Member, on_delete=models.CASCADE, null=True, blank=True, related_name="+", help_text="whose row it is about"
    )
    by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    text = models.CharField(max_length=500, blank=True)
    before: "models.JSONField[list[object], list[object]]" = models.JSONField(default=list, blank=True)
    after: "models.JSONField[list[object], list[object]]" = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by}"
