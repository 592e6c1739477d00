"""What people said about the signals of a trend."""

from django.db import models
from django.db.models import Q

from apps.people.models import Member, Workspace


class JudgedSignal(models.Model):
    """A candidate signal that somebody confirmed or dismissed, and why. One taken back stays, for the record.

    It is about the trend of a KPI (`ref`, key and variant) of the whole company, or of `scope`: `team:3`, `person:5`.
    `key` is that of metrics.analysis.signals.Signal. A confirmed one begins a new usual range on the day `since`,
    whatever periods the trend is shown in.
    """

    class Verdict(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmed"
        DISMISSED = "dismissed", "Dismissed"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="judged_signals")
    ref = models.CharField(max_length=130)
    scope = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=120)
    since = models.DateField(help_text="first day of the first period it is about")
    sentence = models.CharField(max_length=500, help_text="as it was shown")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    note = models.CharField(max_length=500, blank=True)
    judged_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    judged_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-since", "-judged_at"]
        indexes = [models.Index(fields=["workspace", "ref"])]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "ref", "scope", "key"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_verdict_a_signal",
            ),
        ]

    def __str__(self) -> str:
        return self.sentence
