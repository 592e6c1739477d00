"""Numbers that no table has and the workspace gives itself."""

from django.db import models
from django.db.models import Q

from apps.people.models import Member, Workspace


class GivenNumber(models.Model):
    """A number from a day on until the next one, and where it comes from. Withdrawn ones stay, for what was then known.

    `name` is one that a formula asks for (catalogue Given): `market_size`.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="given_numbers")
    name = models.CharField(max_length=60)
    valid_from = models.DateField()
    value = models.DecimalField(max_digits=24, decimal_places=6)
    source = models.CharField(max_length=200)
    set_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "valid_from", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name", "valid_from"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_given_number_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} from {self.valid_from}"
