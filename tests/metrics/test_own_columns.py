"""A workspace's own columns are called whatever the headers of its files say, words of ours included."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from apps.common.periods import Grain
from apps.datasets.models import Import
from apps.datasets.queries import rejects_path, snapshots
from apps.metrics.catalogue import get_kpi
from apps.metrics.engine import Request, compute_requests
from apps.metrics.queries import compute, explain, org_of
from apps.people.models import Member, Workspace
from tests.datasets.helpers import bring_in

# Each is a name that the SQL or the expressions somewhere use for something of their own.
HEADERS = (
    "Reason", "Kept", "C0", "C1", "t_id", "T Closed On", "_batch", "_line", "_note", "_atom", "_t_id", "Day", "Atom",
    "Flow0", "Group", "Entity", "Slot", "Count", "Live", "Order", "Line", "File name",
    "x'; DROP TABLE live; --", 'say ""so""',
)  # fmt: skip
YEAR = {"start": date(2025, 1, 1), "end": date(2026, 1, 1)}


@pytest.fixture
def imported(workspace: Workspace, rep: Member, tmp_path: Path, settings: LazySettings) -> Import:
    settings.DATA_DIR = tmp_path
    titles = ",".join(f'"{header}"' for header in HEADERS)
    rows = [
        "1,Rita Evans,2025-01-01,2025-02-01,won,100",
        "2,Omar,2025-01-01,2025-02-03,lost,50",
        "2,Omar,2025-01-01,2025-02-04,lost,60",
        "3,Omar,2025-01-01,someday,lost,60",
    ]
    lines = [f"{row},{','.join([f'v{row[0]}'] * len(HEADERS))}" for row in rows]
    content = "\n".join([f"id,owner,created_on,closed_on,outcome,amount,{titles}", *lines, ""])
    outcome = bring_in(workspace, tmp_path, content)
    assert (outcome.new, outcome.duplicates, outcome.rejected) == (2, 1, 1)
    return Import.objects.get()


def own_columns(batch: Import) -> list[str]:
    return [name for name, header in batch.mapping["columns"].items() if header in HEADERS or header == 'say "so"']


def test_rejected_rows_are_written_as_they_were(imported: Import) -> None:
    assert rejects_path(imported).read_text().count("v3") == len(HEADERS)


def test_a_figure_can_be_grouped_and_its_rows_picked_and_sorted_by_any_of_them(imported: Import) -> None:
    workspace = imported.workspace
    names = own_columns(imported)
    assert len(names) == len(HEADERS)
    for name in names:
        figures = compute(workspace=workspace, kpi="win_rate", grain=Grain.QUARTER, by=name)
        assert {figure.group: figure.figure.value for figure in figures} == {"v1": 1, "v2": 0}, name
        behind = explain(
            workspace=workspace, kpi="win_rate", scope="workspace", scope_id=None, sort=name, group=(name, "v2"), **YEAR
        )
        assert [row["id"] for row in behind.rows] == ["2"], name
        assert [(row["line"], row["file_name"]) for row in behind.rows] == [(4, "file.csv")], name


def test_goals_and_levels_are_computed_beside_them(imported: Import, rep: Member) -> None:
    kpis = ("revenue", "win_rate", "sales_growth", "pipeline_value")
    requests = [Request(id=i, kpi=kpi, scope="person", scope_id=rep.pk, **YEAR) for i, kpi in enumerate(kpis)]
    workspace = imported.workspace
    live, known = snapshots(workspace=workspace, tables=["deals"]), {kpi: get_kpi(kpi) for kpi in kpis}
    answers = compute_requests(live, requests, org_of(workspace), known)
    assert [answers[i].figure.value for i in range(4)] == [100, 1, None, 0]
    assert compute(workspace=workspace, kpi="pipeline_value", grain=Grain.MONTH, by="atom")[0].figure.value == 100
