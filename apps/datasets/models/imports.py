"""Imports and the list of live batches. The rows themselves are in the column store (store/)."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from apps.people.models import Member, Workspace


class Dataset(models.Model):
    """One standard table (`deals`, …) of one workspace.

    `head` counts commits and undos: whoever changes the list of live batches moves it by compare-and-set, so two
    imports into the same table can never both believe they were the last.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="datasets")
    table = models.CharField(max_length=20)
    head = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "table"], name="one_dataset_a_table")]

    def __str__(self) -> str:
        return self.table


class Pack(models.Model):
    """The rows of several imports merged into one file, so that readers open few (store/compaction.py).

    Rows keep the number of their import, so a pack changes no answer, now or as of any earlier moment.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="packs")
    name = models.CharField(max_length=32, unique=True, help_text="of its files, without suffix")
    rows = models.PositiveBigIntegerField()
    superseded = models.BooleanField(help_text="whether its imports replace older rows, so that there is such a file")
    created_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="when a larger pack took its imports")

    def __str__(self) -> str:
        return self.name


class Import(models.Model):
    """One file on its way in, or in. Its id is the number of its batch in the column store."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        COMMITTED = "committed", "Committed"
        UNCHANGED = "unchanged", "Nothing changed"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"
        UNDONE = "undone", "Undone"

    class Mode(models.TextChoices):
        UPSERT = "upsert", "Update by key"
        APPEND = "append", "Add all rows"
        REPLACE = "replace", "Replace a period"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="imports")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="imports")
    file_name = models.CharField(max_length=255)
    stored_path = models.CharField(max_length=500, help_text="relative to DATA_DIR")
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the file")
    size = models.PositiveBigIntegerField()
    # as given, then completed by what was guessed (docs/imports.md)
    mapping: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    sentence = models.TextField(blank=True, help_text="what happened, or why it was refused, for people")
    rows_read = models.PositiveBigIntegerField(null=True, blank=True)
    rows_new = models.PositiveBigIntegerField(null=True, blank=True)
    rows_changed = models.PositiveBigIntegerField(null=True, blank=True)
    rows_unchanged = models.PositiveBigIntegerField(null=True, blank=True)
    rows_rejected = models.PositiveBigIntegerField(null=True, blank=True)
    rows_duplicate = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="lines left out because a later line of the file has the same key"
    )
    rows_superseded = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="older rows listed in superseded/<id>.parquet; without any there is no file"
    )
    rows_left_out = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="rows the mapping does not want: for which its `where` does not hold"
    )
    rows_removed = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="earlier rows of a replaced period that the file does not bring"
    )
    rows_excluded = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="lines that somebody took out before it was taken in"
    )
    # every kind of issue once, with its rows: [{"column", "kind", "message", "rows", "rejects", "line"}, …] (checks.py)
    issue_groups: "models.JSONField[list[Any], list[Any]]" = models.JSONField(default=list, blank=True)
    # the codes that occur in its rows, so that nobody scans them to know
    currencies: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    covers_from = models.DateField(null=True, blank=True, help_text="first event date in the file")
    covers_to = models.DateField(null=True, blank=True, help_text="last event date in the file")
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.UPSERT)
    # half-open, by the main date of the table; only with mode REPLACE
    replaces_from = models.DateField(null=True, blank=True)
    replaces_to = models.DateField(null=True, blank=True, help_text="first day after the period that is replaced")
    complete_until = models.DateField(
        null=True, blank=True, help_text="last day for which whoever sent the file says that nothing is missing"
    )
    # {"cells": [[line, header, text], …], "excluded": [line, …]}: put right before it was taken in (repairs.py)
    repairs: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    # what it did to KPIs and goals, told once it was computed (refresh.consequences)
    effect: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    mapping_version = models.ForeignKey(
        "datasets.MappingVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="imports"
    )
    source = models.ForeignKey(
        "datasets.Source", on_delete=models.SET_NULL, null=True, blank=True, related_name="imports"
    )
    pack = models.ForeignKey(
        Pack, on_delete=models.SET_NULL, null=True, blank=True, related_name="members",
        help_text="the file that holds its rows; without one they are in rows/<id>.parquet",
    )  # fmt: skip
    reruns = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="rerun_by")
    idempotency_key = models.CharField(max_length=100, blank=True, help_text="of the push that sent it")
    created_by = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["workspace", "-id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="a_push_is_taken_once",
            ),
            models.CheckConstraint(
                condition=~Q(mode="replace") | Q(replaces_from__lt=F("replaces_to")),
                name="a_replaced_period_has_days",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.file_name}"


class LiveBatch(models.Model):
    """From when until when the rows of an import count. Inserting the row is the commit; undo ends it."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="live_batches")
    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="live_times")
    live_from = models.DateTimeField()
    live_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch"], condition=Q(live_to__isnull=True), name="a_batch_is_live_once"),
            models.CheckConstraint(
                condition=Q(live_to__isnull=True) | Q(live_to__gte=F("live_from")),
                name="live_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["dataset", "live_from"])]

    def __str__(self) -> str:
        return f"batch {self.batch_id} from {self.live_from}"


class RowIssue(models.Model):
    """Something wrong with one cell. The first thousand of an import are here, all are in its rejects file."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="issues")
    line = models.PositiveBigIntegerField(help_text="line of the file; the header is line 1")
    column = models.CharField(max_length=120)
    header = models.CharField(max_length=300, blank=True, help_text="the column of the file that the cell stands in")
    kind = models.CharField(max_length=20, blank=True, help_text="what is wrong, in one word (checks.py)")
    value = models.CharField(max_length=200)
    message = models.CharField(max_length=300)
    rejects_row = models.BooleanField(default=True)

    class Meta:
        ordering = ["line", "id"]

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.message}"
