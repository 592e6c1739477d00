"""The record of background work. A row here is the work; the message on the broker only rings the bell."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.datasets.models import Draft, Import, Source
from apps.people.models import Member, Workspace


class Run(models.Model):
    class Kind(models.TextChoices):
        IMPORT = "import", "Import"
        RECOMPUTE = "recompute", "Recompute"
        LOOK = "look", "Look into a file"
        TRY = "try", "Trial"
        FETCH = "fetch", "Fetch a source"
        EFFECT = "effect", "Effect of an import"
        COMPACT = "compact", "Merge small files"

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.ForeignKey(Import, on_delete=models.CASCADE, null=True, blank=True, related_name="runs")
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, null=True, blank=True, related_name="runs")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, null=True, blank=True, related_name="runs")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Whoever works on the run holds this token; a worker that lost it may no longer commit anything.
    token = models.UUIDField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    step = models.CharField(max_length=120, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    error = models.TextField(blank=True)
    result: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    requested_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    rung_at = models.DateTimeField(default=timezone.now, help_text="when a message last went out for it")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Ten imports in a row need one recompute after the last, not ten.
            models.UniqueConstraint(
                fields=["workspace"],
                condition=Q(kind="recompute", state="queued"),
                name="one_recompute_waits",
            ),
            # Two at once could store older figures after newer ones.
            models.UniqueConstraint(
                fields=["workspace"],
                condition=Q(kind="recompute", state="running"),
                name="one_recompute_runs",
            ),
            models.UniqueConstraint(
                fields=["workspace"],
                condition=Q(kind="compact", state__in=["queued", "running"]),
                name="one_compaction_at_a_time",
            ),
            models.UniqueConstraint(fields=["subject"], condition=Q(kind="import"), name="one_run_an_import"),
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(kind="fetch", state__in=["queued", "running"]),
                name="one_fetch_a_source_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "heartbeat_at"]), models.Index(fields=["workspace", "-id"])]

    def __str__(self) -> str:
        return f"{self.kind} run {self.pk}"


class WorkerBeat(models.Model):
    """When each worker process was last alive. /healthz reads it, so it works with every broker."""

    name = models.CharField(max_length=120, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
