"""What every write about imports shares: its end, its record, and the lock of its table."""

from collections.abc import Callable
from typing import Any

from django.db.models import F
from django.utils import timezone

from apps.audit.services import record
from apps.datasets.committing import Prepared
from apps.datasets.models import Dataset, Import, RowIssue
from apps.datasets.outcome import Outcome
from apps.people.models import Member

FINISHED = (Import.State.COMMITTED, Import.State.UNCHANGED, Import.State.REFUSED, Import.State.UNDONE)


def finish(batch: Import, outcome: Outcome, fence: Callable[[], None], prepared: Prepared | None = None) -> bool:
    """Record what came of it; False if somebody else has finished the import meanwhile."""
    fence()
    recorded = (
        Import.objects.filter(pk=batch.pk)
        .exclude(state__in=FINISHED)
        .update(
            state=outcome.state,
            sentence=storable(outcome.sentence),
            rows_read=outcome.read,
            rows_new=outcome.new,
            rows_changed=outcome.changed,
            rows_unchanged=outcome.unchanged,
            rows_rejected=outcome.rejected,
            rows_duplicate=outcome.duplicates,
            rows_left_out=outcome.left_out,
            rows_removed=outcome.removed,
            rows_excluded=outcome.excluded,
            currencies=list(prepared.currencies) if prepared else [],
            rows_superseded=prepared.superseded if prepared else None,
            covers_from=prepared.covers[0] if prepared else None,
            covers_to=prepared.covers[1] if prepared else None,
            issue_groups=[
                group.as_json() | {"message": storable(group.message), "column": storable(group.column)}
                for group in outcome.groups
            ],
            mapping=dict(outcome.mapping),
            finished_at=timezone.now(),
        )
    )
    if not recorded:
        return False
    RowIssue.objects.filter(batch=batch).delete()
    RowIssue.objects.bulk_create(
        RowIssue(
            batch=batch,
            line=issue.line,
            column=issue.column[:120],
            value=storable(issue.value),
            message=storable(issue.message),
            rejects_row=issue.rejects,
            kind=issue.kind,
            header=issue.header[:300],
        )
        for issue in outcome.issues
    )
    counts = {"read": outcome.read, "new": outcome.new, "changed": outcome.changed, "rejected": outcome.rejected}
    audit(batch, batch.created_by, f"import.{outcome.state}", {}, {"sentence": storable(outcome.sentence), **counts})
    return True


def storable(text: str) -> str:
    """Without zero bytes, which a file may hold and PostgreSQL does not store."""
    return text.replace("\x00", "")


def move_head(dataset: Dataset) -> None:
    """Also takes the lock under which the list of live batches changes."""
    Dataset.objects.filter(pk=dataset.pk).update(head=F("head") + 1)


def audit(batch: Import, by: Member | None, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    record(
        workspace=batch.workspace,
        actor=by.user if by else None,
        action=action,
        subject=batch,
        before=before,
        after=after,
    )
