"""Which tables wait for a source that is late: asked by every page and every goal that shows a number of them."""

from dataclasses import dataclass
from datetime import date, datetime

from apps.datasets.models import Source
from apps.people.models import Workspace
from apps.people.queries import day_in

FAILED = "source “{name}” failed: {error}"
SILENT = "source “{name}” has brought nothing since then"


@dataclass(frozen=True)
class LateSource:
    """`since` is the day in the workspace on which data was due that has not come."""

    pk: int
    name: str
    table: str
    since: date
    error: str

    @property
    def why(self) -> str:
        """A clause without a full stop: source “CRM nightly” failed: the address cannot be reached"""
        sentence = FAILED if self.error else SILENT
        return sentence.format(name=self.name, error=_clause(self.error))


def late_tables(workspace: Workspace, now: datetime) -> dict[str, LateSource]:
    """By table, the source that has been late the longest. The tick says which are (services.sources.note_lateness)."""
    late = Source.objects.filter(
        workspace=workspace, late_since__lte=now, removed_at__isnull=True, paused_at__isnull=True
    ).order_by("-late_since")
    return {
        each.table: LateSource(each.pk, each.name, each.table, day_in(workspace, each.late_since), each.last_error)
        for each in late
        if each.late_since
    }


def _clause(error: str) -> str:
    text = error.rstrip(". ")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
