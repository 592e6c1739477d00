"""Making the demo workspace by the same services that people's work goes through, and taking it away again."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.datasets.models import Import, LiveBatch
from apps.datasets.queries import rejects_path
from apps.datasets.services import receive_file, run_import
from apps.demo.company import sheets
from apps.demo.deals import all_deals, known_on
from apps.demo.figures import Book
from apps.demo.files import MAPPING, exports
from apps.demo.goals import IN_THE_MORNING, close_finished, make_goals
from apps.demo.staff import Staff, make_staff, make_workspace
from apps.goals.models import Goal
from apps.people.models import Member, Membership, Team, User, Workspace
from apps.people.queries import day_in
from apps.refresh.recompute import recompute

A_DAY = timedelta(days=1)


def demo_workspace() -> Workspace | None:
    return Workspace.objects.filter(is_demo=True).first()


def create_demo(*, now: datetime) -> Workspace:
    """The demo workspace with two years of deals, leads, customers and more up to yesterday; the one that exists, if
    there is one.

    The same day always makes the same demo. What is made in one go is dated as if it had been made day by day, so that
    there is something to see of earlier states. If it is interrupted, nothing of it stays visible but files.
    """
    existing = demo_workspace()
    if existing is not None:
        return existing
    today = now.astimezone(UTC).date()
    deals = all_deals(today)
    with transaction.atomic():
        workspace = make_workspace()
        staff = make_staff(workspace, today)
        book = Book(known_on(deals, today - A_DAY), today - A_DAY, staff.moved_on)
        make_goals(workspace, staff, book, today)
        for export in exports(deals, today - A_DAY):
            at = min(datetime.combine(export.evening + A_DAY, IN_THE_MORNING), now)
            _import(workspace, staff, "deals", export.file_name, export.write, MAPPING, at)
            recompute(workspace=workspace, now=at)
        for sheet in sheets(known_on(deals, today - A_DAY), today - A_DAY):
            name = sheet.file_name(today - A_DAY)
            _import(workspace, staff, sheet.table, name, sheet.write, {}, at)
        close_finished(workspace, today)
    return workspace


def remove_demo() -> bool:
    """Take the demo workspace away with everything in it; no other is touched. False if there was none."""
    workspace = demo_workspace()
    if workspace is None:
        return False
    folders = [Path(settings.DATA_DIR) / kind / str(workspace.pk) for kind in ("columns", "uploads")]
    rejects = [rejects_path(batch) for batch in workspace.imports.all()]
    with transaction.atomic():
        _delete_rows(workspace)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    for path in rejects:
        path.unlink(missing_ok=True)
    return True


def _import(
    workspace: Workspace,
    staff: Staff,
    table: str,
    file_name: str,
    write: Callable[[Path], None],
    mapping: dict[str, Any],
    at: datetime,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / file_name
        write(source)
        batch = receive_file(
            workspace=workspace, table=table, source=source, file_name=file_name, mapping=mapping, by=staff.importer
        )
    run_import(import_id=batch.pk, today=day_in(workspace, at))
    Import.objects.filter(pk=batch.pk).update(created_at=at, finished_at=at)
    LiveBatch.objects.filter(batch=batch).update(live_from=at)


def _delete_rows(workspace: Workspace) -> None:
    """From the leaves inwards: what is protected goes before what protects it."""
    users = list(User.objects.filter(members__workspace=workspace).values_list("pk", flat=True))
    Goal.objects.filter(workspace=workspace).delete()
    Membership.objects.filter(member__workspace=workspace).delete()
    Member.objects.filter(workspace=workspace).delete()
    while leaves := list(Team.objects.filter(workspace=workspace, children=None).values_list("pk", flat=True)):
        Team.objects.filter(pk__in=leaves).delete()
    workspace.delete()
    User.objects.filter(pk__in=users, members=None, is_staff=False).delete()
