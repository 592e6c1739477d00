"""What the database knows beside the rows of a file, for the warnings about it (warnings.py)."""

from apps.datasets.models import Import, Source
from apps.datasets.warnings import Known
from apps.people.models import Member, Workspace
from apps.people.queries import owner_texts, texts_of_nobody

_REMEMBERED = 24  # imports whose volume tells what is usual


def known_of(workspace: Workspace, table: str, feed: Source | None = None) -> Known:
    """The people of the workspace, and how large the imports of this table (of this source, if there is one) were."""
    left = Member.objects.filter(workspace=workspace, left_on__isnull=False).values_list("pk", "name", "left_on")
    good = (Import.State.COMMITTED, Import.State.UNCHANGED)
    imports = Import.objects.filter(
        workspace=workspace, dataset__table=table, source=feed, state__in=good, rows_read__isnull=False
    )
    volumes = list(imports.order_by("-pk").values_list("rows_read", flat=True)[:_REMEMBERED])
    return Known(
        owners=owner_texts(workspace),
        left={pk: (name, day) for pk, name, day in left if day},
        nobody=texts_of_nobody(workspace),
        volumes=[rows for rows in reversed(volumes) if rows is not None],
        source=feed.name if feed else "",
    )
