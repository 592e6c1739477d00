"""`python -m tests.datasets.counting TABLE COLUMN…`: the live imports in the order of commit, and the live rows."""

import json
import sys

import django

django.setup()

from apps.datasets.models import Import, LiveBatch  # noqa: E402
from apps.datasets.queries import snapshot  # noqa: E402
from apps.datasets.store.snapshot import open_for_reading  # noqa: E402
from apps.people.models import Workspace  # noqa: E402

table, *columns = sys.argv[1:]
found = snapshot(workspace=Workspace.objects.get(), table=table)
with open_for_reading([found]) as con:
    rows = con.execute(f"SELECT {', '.join(columns)} FROM ({found.rows_sql()})").fetchall()
live = LiveBatch.objects.filter(dataset__table=table, live_to__isnull=True).order_by("pk")
sys.stdout.write(
    json.dumps(
        {
            "order": [*live.values_list("batch__file_name", flat=True)],
            "states": sorted(Import.objects.filter(dataset__table=table).values_list("state", flat=True)),
            "rows": sorted([str(cell) for cell in row] for row in rows),
        }
    )
)
