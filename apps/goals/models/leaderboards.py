"""Leaderboards: off until somebody who manages goals switches one on, and nobody has to be on one."""

from django.db import models
from django.db.models import Q

from apps.people.models import Member, Team, Workspace


class LeaderboardChoice(models.Model):
    """That people are ranked by a KPI, in the whole workspace or in a team with its sub-teams. No row: no ranking."""

    class Shows(models.TextChoices):
        ATTAINMENT = "attainment", "How much of their own target is done"
        VALUE = "value", "What their number came to"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="leaderboards")
    kpi = models.CharField(max_length=60, help_text="key of the KPI catalogue")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    shows = models.CharField(max_length=10, choices=Shows.choices, default=Shows.ATTAINMENT)
    by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["kpi", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "kpi"], condition=Q(team__isnull=True), name="one_leaderboard_a_kpi"
            ),
            models.UniqueConstraint(fields=["workspace", "kpi", "team"], name="one_leaderboard_a_kpi_and_team"),
        ]

    def __str__(self) -> str:
        return f"{self.kpi}, {self.team or 'everybody'}"


class LeaderboardAbsence(models.Model):
    """Somebody who does not want to be on any leaderboard of the workspace."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="off_leaderboards")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.member} is on no leaderboard"
