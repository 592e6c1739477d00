"""Who did what, when, from what to what. Rows are only ever added."""

from typing import Any

from django.conf import settings
from django.db import models


class AppendOnly(Exception):
    """The audit trail only grows: an event is neither changed nor taken away."""


class EventQuerySet(models.QuerySet["Event"]):
    def update(self, **kwargs: Any) -> int:
        raise AppendOnly("Events of the audit trail are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly("Events of the audit trail are never deleted.")


class Event(models.Model):
    """One write somebody made. `subject` names the thing in words that survive its deletion.

    An event goes only together with its whole workspace.
    """

    workspace = models.ForeignKey("people.Workspace", on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    action = models.CharField(max_length=60, help_text="noun.verb, for example goal.close")
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    before: "models.JSONField[Any, Any]" = models.JSONField(default=dict, blank=True)
    after: "models.JSONField[Any, Any]" = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["workspace", "subject_type", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Events of the audit trail are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("Events of the audit trail are never deleted.")
