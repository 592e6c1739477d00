"""Where data comes from by itself, and every attempt to fetch it."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from apps.datasets.models.imports import Import
from apps.people.models import Member, Workspace


class Source(models.Model):
    """A folder, address, bucket, database or published sheet that feeds one table by a cadence.

    `config` holds what may be shown; `secret` the credentials, encrypted (sources.secrets), never shown again.
    """

    class Kind(models.TextChoices):
        FOLDER = "folder", "Watched folder"
        URL = "url", "File at an address"
        SHEET = "sheet", "Published sheet"
        S3 = "s3", "S3 bucket"
        SQL = "sql", "SQL database"
        PUSH = "push", "Push by API"

    class Cadence(models.TextChoices):
        QUARTER_HOUR = "quarter_hour", "Every 15 minutes"
        HOUR = "hour", "Every hour"
        DAY = "day", "Every day"
        WORKDAY = "workday", "Every working day"
        WEEK = "week", "Every week"
        MONTH = "month", "Every month"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="sources")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    table = models.CharField(max_length=20)
    mapping: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    saved_mapping = models.ForeignKey(
        "datasets.SavedMapping", on_delete=models.SET_NULL, null=True, blank=True, related_name="sources"
    )
    mode = models.CharField(max_length=8, choices=Import.Mode.choices, default=Import.Mode.UPSERT)
    config: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    secret = models.TextField(blank=True, help_text="encrypted")
    allow_private = models.BooleanField(default=False, help_text="an admin allows addresses inside the own network")
    cadence = models.CharField(max_length=12, choices=Cadence.choices, default=Cadence.DAY)
    at = models.TimeField(null=True, blank=True, help_text="time of day in the workspace")
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 is Monday; for every week")
    grace_hours = models.PositiveSmallIntegerField(default=6, help_text="how late it may be before numbers say so")
    state: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    next_run_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="in a row")
    last_success_at = models.DateTimeField(null=True, blank=True)
    late_since = models.DateTimeField(null=True, blank=True, help_text="when data was due that has not come")
    last_error = models.TextField(blank=True, help_text="a sentence without credentials")
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["next_run_at"])]
        constraints = [
            models.UniqueConstraint(
                "workspace",
                Lower("name"),
                condition=Q(removed_at__isnull=True),
                name="source_name_once_in_a_workspace",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Fetch(models.Model):
    """One attempt to fetch a source: what came of it, and the import it led to."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        IMPORTED = "imported", "Imported"
        NOTHING_NEW = "nothing_new", "Nothing new"
        FAILED = "failed", "Failed"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="fetches")
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    sentence = models.TextField(blank=True)
    batch = models.ForeignKey(Import, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["source", "-id"])]

    def __str__(self) -> str:
        return f"{self.source}: {self.state}"
