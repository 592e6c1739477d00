"""A moment belongs to the day on which it is in the workspace: another zone moves rows at the border only."""

from pathlib import Path
from typing import Any

import pytest

from apps.people.models import Workspace
from tests.metrics.test_compute_command import bring_in, rows

pytestmark = pytest.mark.django_db

LEADS = """id,created_at,first_response_at
L1,2024-03-31T23:30:00-04:00,2024-04-01T00:30:00-04:00
L2,2024-04-01T00:00:00-04:00,2024-04-01T12:00:00-04:00
L3,2024-03-31T23:59:59Z,
L4,2024-04-01T00:00:00Z,
L5,2024-03-15T12:00:00Z,2024-03-15T18:00:00Z
L6,2024-04-15T12:00:00Z,
"""


@pytest.mark.parametrize(
    ("zone", "march", "april"),
    [("UTC", 2, 4), ("America/New_York", 4, 2), ("Asia/Tokyo", 1, 5)],
)
def test_a_lead_at_midnight_belongs_to_the_month_of_the_workspace(
    workspace: Workspace, tmp_path: Path, settings: Any, zone: str, march: int, april: int
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    workspace.timezone = zone
    workspace.save()
    bring_in(workspace, tmp_path / "leads.csv", LEADS, "leads")
    found = rows(workspace, "leads_generated", grain="month")
    assert {row["period"]: row["value"] for row in found} == {"2024-03": march, "2024-04": april}
    (answered,) = rows(workspace, "lead_response_time")
    assert answered["count"] == 3
    # an hour, twelve and six, whatever the zone and on whichever side of midnight
    assert answered["numerator"] == pytest.approx((1 + 12 + 6) / 24, abs=1e-7)
