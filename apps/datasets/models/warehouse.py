"""Tables that stay where they are: the engine asks the warehouse instead of imported rows."""

from typing import Any

from django.db import models
from django.db.models import Q

from apps.people.models import Member, Workspace


class WarehouseTable(models.Model):
    """A relation of a PostgreSQL database that stands for one standard table of a workspace.

    `columns` maps fields to its columns, `values` a field's values to ours, as in a mapping file; `types` are those of
    all its columns. The password is encrypted in `secret`; `shown` is the address without it. `looked` is what the last
    look found: rows, left_out (sentence and number), duplicates, currencies. It counts from `used_from` on.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="warehouse_tables")
    table = models.CharField(max_length=20)
    shown = models.CharField(max_length=300)
    secret = models.TextField(help_text="encrypted")
    relation = models.CharField(max_length=200, help_text="schema.name")
    columns: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    values: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    types: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict, blank=True)
    looked: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    used_from = models.DateTimeField(null=True, blank=True, help_text="since when figures are computed from it")
    allow_private = models.BooleanField(default=False)
    covers_from = models.DateField(null=True, blank=True)
    covers_to = models.DateField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True, help_text="when coverage was last read from it")
    last_error = models.TextField(blank=True)
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["table"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "table"], condition=Q(removed_at__isnull=True), name="one_warehouse_table_a_table"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} in {self.shown}"
