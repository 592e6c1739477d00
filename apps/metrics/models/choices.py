"""Which of several tables a KPI is taken from."""

from django.db import models

from apps.people.models import Workspace


class KpiChoice(models.Model):
    """The variant that a workspace settled on for a key. Without a row the first variant that has data is taken.

    It decides what pages and new goals show; a goal keeps the variant it was set on.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="kpi_choices")
    key = models.CharField(max_length=60)
    variant = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="one_choice_a_kpi")]

    def __str__(self) -> str:
        return f"{self.key} from {self.variant}"
