"""What changed since the end of the last working day, from the rows as known then and now."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.common.calendars import WorkingCalendar
from apps.datasets.models import Import, LiveBatch
from apps.datasets.services import receive_file, run_import, undo_import
from apps.goals.crediting import Crediting
from apps.goals.movement import AMOUNT, GONE, HANDED, LOST, MOVED, NEW, WON, Movement, changes_since, last_working_day
from apps.metrics.queries import org_of
from apps.people.models import Member, Team, Workspace

TODAY = date(2025, 11, 14)
THURSDAY = date(2025, 11, 13)
HEADER = "id,name,owner,created_on,closed_on,expected_close_on,stage,outcome,amount\n"
BEFORE = HEADER + (
    "D1,Acme,Rita Evans,2025-10-01,,2025-11-20,Proposal,open,100\n"
    "D2,Borealis,Rita Evans,2025-10-01,,2025-11-20,Proposal,open,200\n"
    "D3,Cinder,Rita Evans,2025-10-01,,2025-11-20,Proposal,open,300\n"
    "D4,Delta,Omar Faye,2025-10-01,,2025-11-20,Proposal,open,400\n"
    "D5,Ember,Rita Evans,2025-10-01,2025-10-20,,,won,500\n"
    "D6,Fjord,Rita Evans,2025-10-01,,2025-11-20,Proposal,open,600\n"
)
AFTER = HEADER + (
    "D1,Acme,Rita Evans,2025-10-01,2025-11-13,,,won,110\n"
    "D2,Borealis,Rita Evans,2025-10-01,2025-11-13,,,lost,200\n"
    "D3,Cinder,Rita Evans,2025-10-01,,2025-11-20,Negotiation,open,350\n"
    "D4,Delta,Omar Faye,2025-10-01,,2025-12-24,Proposal,open,400\n"
    "D5,Ember,Rita Evans,2025-10-01,2025-10-20,,,won,500\n"
    "D6,Fjord,Omar Faye,2025-10-01,,2025-11-20,Proposal,open,600\n"
    "D7,Gale,Rita Evans 60%; Omar Faye 40%,2025-11-13,,2025-12-20,Qualified,open,1000\n"
)

Bring = Callable[..., Import]


@pytest.fixture
def bring(workspace: Workspace) -> Bring:
    def bring(text: str, at: datetime) -> Import:
        batch = receive_file(
            workspace=workspace, table="deals", source=io.BytesIO(text.encode()), file_name="deals.csv", mapping=None,
            by=None,
        )  # fmt: skip
        run_import(import_id=batch.pk, today=TODAY)
        LiveBatch.objects.filter(batch=batch).update(live_from=at)
        return batch

    return bring


@pytest.fixture
def two_days(rep: Member, other_rep: Member, bring: Bring) -> Import:
    bring(BEFORE, datetime(2025, 11, 13, 9, tzinfo=UTC))
    return bring(AFTER, datetime(2025, 11, 14, 7, tzinfo=UTC))


def moved(workspace: Workspace, scope: str = "workspace", scope_id: int | None = None) -> Movement:
    changes = changes_since(workspace, THURSDAY)
    assert changes is not None
    return changes.of(scope, scope_id, Crediting(org_of(workspace), TODAY))


def tallies(movement: Movement) -> dict[str, tuple[int, Decimal]]:
    return {tally.what: (tally.number, tally.amount) for tally in movement.tallies}


def test_a_rep_is_told_what_was_won_lost_new_moved_and_changed(
    two_days: Import, workspace: Workspace, rep: Member
) -> None:
    movement = moved(workspace, "person", rep.pk)
    assert tallies(movement) == {
        WON: (1, 110),
        LOST: (1, 200),
        NEW: (1, 600),  # 60 % of 1,000
        MOVED: (1, 350),
        AMOUNT: (1, 50),
        HANDED: (1, 600),
    }
    cinder = next(change for change in movement.changes if change.what == MOVED)
    assert (cinder.name, cinder.before, cinder.after) == ("Cinder", "Proposal", "Negotiation")


def test_a_deal_that_changes_hands_is_told_to_both(two_days: Import, workspace: Workspace, other_rep: Member) -> None:
    assert tallies(moved(workspace, "person", other_rep.pk)) == {NEW: (1, 400), MOVED: (1, 400), HANDED: (1, 600)}


def test_a_team_has_what_its_people_have_and_the_company_has_all(
    two_days: Import, workspace: Workspace, north: Team, rep: Member
) -> None:
    assert tallies(moved(workspace, "team", north.pk)) == tallies(moved(workspace, "person", rep.pk))
    assert tallies(moved(workspace)) == {
        WON: (1, 110),
        LOST: (1, 200),
        NEW: (1, 1000),
        MOVED: (2, 750),
        AMOUNT: (1, 50),
    }


def test_what_did_not_change_is_not_told(two_days: Import, workspace: Workspace) -> None:
    assert "D5" not in {change.id for change in moved(workspace).changes}


def test_an_undone_import_is_a_change_too(two_days: Import, workspace: Workspace, bring: Bring) -> None:
    LiveBatch.objects.update(live_from=datetime(2025, 11, 13, 9, tzinfo=UTC))
    assert not moved(workspace)
    undo_import(batch=two_days, by=None)
    movement = moved(workspace)
    assert tallies(movement)[GONE] == (1, 1000)
    assert {change.after for change in movement.changes if change.id == "D1"} == {"Proposal"}


def test_the_first_import_ever_is_no_movement(rep: Member, workspace: Workspace, bring: Bring) -> None:
    bring(BEFORE, datetime(2025, 11, 14, 7, tzinfo=UTC))
    assert changes_since(workspace, THURSDAY) is None


def test_the_last_working_day_goes_over_weekends_and_holidays() -> None:
    weekdays = WorkingCalendar()
    assert last_working_day(weekdays, date(2025, 11, 17)) == date(2025, 11, 14)
    assert last_working_day(weekdays, date(2025, 11, 14)) == THURSDAY
    assert last_working_day(WorkingCalendar(holidays=frozenset({THURSDAY})), TODAY) == date(2025, 11, 12)
