"""Mappings that were saved under a name, each change a version of its own."""

from typing import Any

from django.db import models
from django.db.models.functions import Lower

from apps.people.models import Member, Workspace


class SavedMapping(models.Model):
    """A mapping to be used again. `headers` are those of the file it was made for: it is offered for files like it."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="saved_mappings")
    name = models.CharField(max_length=120)
    table = models.CharField(max_length=20)
    headers: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                "workspace",
                Lower("name"),
                condition=models.Q(removed_at__isnull=True),
                name="mapping_name_once_in_a_workspace",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MappingVersion(models.Model):
    """What a saved mapping said from one moment on; never changed, the newest counts."""

    saved = models.ForeignKey(SavedMapping, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    mapping: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["saved", "number"], name="one_mapping_version_a_number")]

    def __str__(self) -> str:
        return f"{self.saved} v{self.number}"
