"""What a goal is measured against over time: dated target versions, phasings, milestones."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from apps.goals.models.goal import Goal
from apps.people.models import Member, Workspace


class TargetVersion(models.Model):
    """What the target was from one day on. Changing a target adds a row; nothing is overwritten."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="targets")
    value = models.DecimalField(max_digits=24, decimal_places=6)
    effective_from = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    set_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField(auto_now_add=True)
    low = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    high = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    # a late or downward change waits for a second person; only what is in force is judged against
    state = models.CharField(
        max_length=8,
        choices=[("in_force", "In force"), ("waiting", "Waiting for approval"), ("refused", "Refused")],
        default="in_force",
    )
    decided_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(max_length=300, blank=True)
    # why it needs a second person: "late", "down", "proposed" by an owner who may not set targets; several by commas
    asks = models.CharField(max_length=20, blank=True)
    # working days of absence that this target allows for, so that the same days are not offered again
    days_away = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["effective_from", "id"]

    def __str__(self) -> str:
        return f"{self.value} from {self.effective_from}"


class Phasing(models.Model):
    """How a target spreads over its period. With a name it is a table of the workspace that many goals use.

    `weights` are [first day of the part, share] pairs that sum to 1, where the kind has any; `made_from` tells of which
    history they were computed.
    """

    class Kind(models.TextChoices):
        LINEAR = "linear", "Even by calendar days"
        WORKING_DAYS = "working_days", "Even by working days"
        SEASONAL = "seasonal", "As the seasons were"
        LINEARITY = "linearity", "As it usually comes in within the period"
        TABLE = "table", "By a percentage table"
        MANUAL = "manual", "By hand"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="phasings")
    name = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    weights: "models.JSONField[list[Any], list[Any]]" = models.JSONField(default=list, blank=True)
    made_from: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                "workspace",
                Lower("name"),
                condition=~Q(name="") & Q(removed_at__isnull=True),
                name="phasing_name_once_in_a_workspace",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.get_kind_display())


class Milestone(models.Model):
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=200)
    due_on = models.DateField()
    weight = models.DecimalField(max_digits=9, decimal_places=4, default=1)
    done_on = models.DateField(null=True, blank=True)
    evidence = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "due_on", "id"]
        constraints = [models.CheckConstraint(condition=Q(weight__gt=0), name="a_milestone_weighs_something")]

    def __str__(self) -> str:
        return self.title


class Thresholds(models.Model):
    """Where the statuses of a workspace begin, where it chose other numbers than the usual ones (goals.case)."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="thresholds")
    on_track_from = models.DecimalField(max_digits=5, decimal_places=4)
    at_risk_from = models.DecimalField(max_digits=5, decimal_places=4)
    early_until = models.DecimalField(max_digits=5, decimal_places=4)
    likely_from = models.DecimalField(max_digits=5, decimal_places=4, help_text="chance from which it is on track")
    possible_from = models.DecimalField(max_digits=5, decimal_places=4, help_text="chance from which it is at risk")
    late_change_from = models.DecimalField(
        max_digits=5, decimal_places=4, help_text="part of the period after which a change of target is late"
    )
    set_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"thresholds of {self.workspace}"
