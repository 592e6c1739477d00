"""How a goal was shared out to those below it, and what was decided about what its parts leave open."""

from typing import Any

from django.db import models

from apps.goals.models.goal import Goal
from apps.people.models import Member


class Split(models.Model):
    """One sharing out of a goal. `parts` say what was done to each child, so that it can be taken back:

    [{"goal": id, "version": id of the target version it made, "made": whether the goal is new, "linked": …}, …]
    """

    class Method(models.TextChoices):
        EVEN = "even", "Even"
        HISTORY = "history", "By history"
        CAPACITY = "capacity", "By capacity"
        MANUAL = "manual", "By hand"

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="splits")
    method = models.CharField(max_length=8, choices=Method.choices)
    parts: "models.JSONField[list[Any], list[Any]]" = models.JSONField(default=list)
    by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    on = models.DateField(help_text="day in the workspace; it can be taken back on this day")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.goal}, {self.get_method_display().lower()}"


class GapDecision(models.Model):
    """What was decided about the gap between a goal and the sum of its parts; it holds while the gap is that one."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        PLANNED = "planned", "Closed by a plan"

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="gap_decisions")
    state = models.CharField(max_length=8, choices=State.choices)
    gap = models.DecimalField(max_digits=24, decimal_places=6, help_text="the goal minus the sum of its parts, then")
    note = models.CharField(max_length=300)
    by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.goal}: {self.get_state_display().lower()}"
