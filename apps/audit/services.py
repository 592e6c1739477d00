"""Writing the audit trail."""

from typing import Any

from django.db.models import Model

from apps.audit.models import Event


def record(
    *,
    workspace: Model,
    actor: Model | None,
    action: str,
    subject: Model,
    before: dict[str, Any],
    after: dict[str, Any],
) -> Event:
    """Add one event; call it inside the transaction of the write it describes. Values must be JSON-ready."""
    return Event.objects.create(
        workspace_id=workspace.pk,
        actor_id=actor.pk if actor else None,
        action=action,
        subject_type=subject._meta.model_name or "",
        subject_id=str(subject.pk),
        subject=str(subject)[:200],
        before=before,
        after=after,
    )
