"""Files that were chosen but not yet confirmed: what is said about them, and what importing them would do."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from apps.datasets.models.imports import Import
from apps.people.models import Member, Workspace


class Draft(models.Model):
    """One file on its way to becoming an import. Its files are in DATA_DIR/drafts/<token>; a day later they go.

    `said` is what its owner decided about the mapping; `look` is what the file was taken for on that ground
    (drafting.Look), and `mapping` the complete one that follows, with which it would be imported. Both are empty until
    somebody looked. `outcome` is what the last trial of exactly `fingerprint` (mapping, repairs, mode …) said; empty
    until it ran.
    """

    token = models.CharField(max_length=32, unique=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="drafts")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="drafts")
    table = models.CharField(max_length=20, blank=True)
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes that the file will have")
    received = models.PositiveBigIntegerField(default=0, help_text="bytes that are here")
    checksum = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file, once it is whole")
    # name as uploaded: name in the folder
    lookups: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict, blank=True)
    said: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    look: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    mapping: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    mapping_version = models.ForeignKey(
        "datasets.MappingVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    recognised = models.BooleanField(default=False, help_text="the table was told by the file, not by its owner")
    mode = models.CharField(max_length=8, choices=Import.Mode.choices, default=Import.Mode.UPSERT)
    replaces_from = models.DateField(null=True, blank=True)
    replaces_to = models.DateField(null=True, blank=True)
    complete_until = models.DateField(null=True, blank=True)
    repairs: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, help_text="of what `outcome` was computed for")
    outcome: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(mode="replace") | Q(replaces_from__lt=F("replaces_to")),
                name="a_period_to_replace_has_days",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
