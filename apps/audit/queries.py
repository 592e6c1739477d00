"""Reading the audit trail."""

from django.db.models import Model, QuerySet

from apps.audit.models import Event


def events_of(workspace: Model, *, subject: Model | None = None) -> QuerySet[Event]:
    """What was done in this workspace, newest first; with `subject`, only what was done to that thing."""
    events = Event.objects.filter(workspace_id=workspace.pk).select_related("actor")
    if subject is not None:
        events = events.filter(subject_type=subject._meta.model_name or "", subject_id=str(subject.pk))
    return events
