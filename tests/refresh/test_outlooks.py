"""Where running goals will end: histories from the rows, only as then known, with a record that can be checked by hand.

Every month has a deal on the 10th and one on the 25th, 40 and 60 in even years, 60 and 90 in odd ones. The goal runs in
November 2026; the data goes up to Friday the 13th, by when 10 of its 21 working days have closed.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.datasets.models import Import, LiveBatch
from apps.datasets.queries import snapshot
from apps.datasets.services import run_import
from apps.goals.models import Actual, Goal, TrackRecord
from apps.goals.services import create_goal
from apps.people.models import Member, Workspace
from apps.refresh.consequences import consequences
from apps.refresh.recompute import recompute
from tests.refresh.conftest import HEADER, Receive

NOW = datetime(2026, 11, 14, 12, tzinfo=UTC)
LAST = "99,Omar Faye,2026-11-01,2026-11-13,lost,1\n"

OfMonth = Callable[..., Goal]


def month(year: int, number: int, days: tuple[int, ...] = (10, 25), late: int = 0) -> str:
    amounts = {10: 40, 25: 60} if year % 2 == 0 else {10: 60, 25: 90}
    return "".join(
        f"{day:%Y-%m-%d},Rita Evans,{day:%Y-%m}-01,{day:%Y-%m-%d},won,{amounts[day.day] + late}\n"
        for day in (date(year, number, day) for day in days)
    )


def months(first: int, last: tuple[int, int]) -> str:
    return "".join(
        month(year, number) for year in range(first, last[0] + 1) for number in range(1, 13) if (year, number) <= last
    )


def brought_in(batch: Import, at: datetime = NOW) -> Import:
    run_import(import_id=batch.pk, today=at.date())
    LiveBatch.objects.filter(batch=batch).update(live_from=at)
    LiveBatch.objects.filter(live_to__gt=at).update(live_to=at)
    return batch


@pytest.fixture
def of_month(rep: Member, leader: Member) -> OfMonth:
    def made(**changes: object) -> Goal:
        given = {
            "workspace": rep.workspace, "by": None, "kpi": "revenue:deals", "scope": "workspace", "owner": leader,
            "starts_on": date(2026, 11, 1), "ends_on": date(2026, 12, 1), "target": Decimal(60),
            "today": date(2026, 11, 1),
        }  # fmt: skip
        return create_goal(**given | changes)  # type: ignore[arg-type]

    return made


def computed(goal: Goal, now: datetime = NOW) -> Actual:
    recompute(workspace=goal.workspace, now=now)
    goal.refresh_from_db()
    assert goal.latest is not None
    return goal.latest


def test_each_origin_is_forecast_from_what_had_closed_at_the_same_point(receive: Receive, of_month: OfMonth) -> None:
    """October: 10 of 22 working days had closed after the 14th with 40 won: 40 / (10 / 22) = 88, and 100 came."""
    brought_in(receive(HEADER + months(2022, (2026, 10)) + month(2026, 11, (10,)) + LAST))
    goal = of_month()
    computed(goal)
    origins = goal.track_record.errors["run_rate"]
    assert len(origins) == 12
    assert origins[-1] == ["2026-10-01", pytest.approx(88), 100]
    assert origins[0] == ["2025-11-01", pytest.approx(60 * 20 / round(10 / 21 * 20)), 150], "20 working days"
    assert goal.track_record.told["values"]["run_rate"] == pytest.approx(40 * 21 / 10)


def test_a_method_with_a_record_gives_an_interval_a_chance_and_decides_the_status(
    receive: Receive, of_month: OfMonth
) -> None:
    brought_in(receive(HEADER + months(2020, (2026, 10)) + month(2026, 11, (10,)) + LAST))
    actual = computed(of_month())
    assert actual.forecast_low is not None
    assert actual.forecast_high is not None
    assert actual.forecast is not None
    assert 60 < actual.forecast_low <= actual.forecast_high
    assert (actual.chance, actual.rule) == (1.0, "chance@1")
    assert "at this point in the last 12 months (on today's data, as imports begin on 14 Nov 2026)" in actual.sentence


def test_without_eight_earlier_periods_there_is_a_point_and_no_chance(receive: Receive, of_month: OfMonth) -> None:
    brought_in(receive(HEADER + "".join(month(2026, n) for n in (8, 9, 10))
                       + month(2026, 11, (10,)) + LAST))  # fmt: skip
    actual = computed(of_month())
    assert (actual.method, actual.forecast) == ("run_rate", Decimal(84))
    assert (actual.chance, actual.forecast_low) == (None, None)
    assert "needs 8 earlier months" in actual.inputs["outlook"]["record"]


def test_an_origin_knows_only_what_was_known_then(receive: Receive, of_month: OfMonth) -> None:
    """The deal of 10 October was imported with 40 and corrected to 70 in November: the backtest did not know that."""
    brought_in(
        receive(
            HEADER
            + months(2022, (2026, 9))
            + month(2026, 10, (10,))
            + LAST.replace("2026-11", "2026-10").replace("-13", "-14")
        ),
        datetime(2026, 10, 15, 6, tzinfo=UTC),
    )
    corrected = month(2026, 10, (10,), late=30) + month(2026, 10, (25,)) + month(2026, 11, (10,))
    brought_in(receive(HEADER + corrected + LAST), datetime(2026, 11, 14, 6, tzinfo=UTC))
    goal = of_month()
    computed(goal)
    assert goal.track_record.errors["run_rate"][-1] == ["2026-10-01", pytest.approx(88), 130]
    assert goal.track_record.told["then"] == 1


def test_goals_that_share_a_history_have_what_each_would_have_alone(
    receive: Receive, of_month: OfMonth, rep: Member
) -> None:
    brought_in(receive(HEADER + months(2022, (2026, 10)) + month(2026, 11, (10,)) + LAST))
    company = of_month()
    computed(company)
    alone = TrackRecord.objects.get(goal=company)
    same = of_month(target=Decimal(500), title="Another", ends_on=date(2026, 12, 1), starts_on=date(2026, 11, 1),
                    scope="person", person=rep)  # fmt: skip
    TrackRecord.objects.all().delete()
    computed(same)
    together = TrackRecord.objects.get(goal=company)
    assert (together.errors, together.told, together.method) == (alone.errors, alone.told, alone.method)
    assert same.track_record.errors == alone.errors, "all deals are Rita's"
    assert same.latest is not None
    assert same.latest.chance == 0


def test_a_second_recompute_reads_no_history_and_changes_nothing(receive: Receive, of_month: OfMonth) -> None:
    brought_in(receive(HEADER + months(2022, (2026, 10)) + month(2026, 11, (10,)) + LAST))
    goal = of_month()
    first = computed(goal)
    made_at = goal.track_record.made_at
    assert computed(goal, NOW.replace(hour=13)) == first
    assert TrackRecord.objects.get(goal=goal).made_at == made_at


def test_what_a_trial_says_of_a_forecast_comes_true(receive: Receive, of_month: OfMonth, workspace: Workspace) -> None:
    brought_in(receive(HEADER + months(2020, (2026, 10)) + month(2026, 11, (10,)) + LAST))
    goal = of_month(target=Decimal(160))
    computed(goal)
    before = snapshot(workspace=workspace, table="deals")
    brought_in(receive(HEADER + "more,Rita Evans,2026-11-01,2026-11-12,won,90\n"))
    told = consequences(
        workspace=workspace, now=NOW, table="deals", before=before, after=snapshot(workspace=workspace, table="deals")
    )
    (moved,) = told.goals
    assert moved.status_after == computed(goal).status


@pytest.mark.parametrize("kpi", ["win_rate:deals", "pipeline_value:deals", "average_deal_size:deals"])
def test_rates_and_levels_have_forecasts_too(receive: Receive, of_month: OfMonth, kpi: str) -> None:
    opened = "open,Rita Evans,2025-01-01,,open,500\n"
    brought_in(receive(HEADER + months(2022, (2026, 10)) + month(2026, 11, (10,)) + LAST + opened))
    goal = of_month(kpi=kpi, target=Decimal("0.5"))
    computed(goal)
    assert len(goal.track_record.errors["so_far"]) >= 8
