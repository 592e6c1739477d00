"""What a rep reads in ten seconds, what a manager sees of people, and goals that were reached."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from apps.datasets.models import LiveBatch
from apps.datasets.services import receive_file, run_import
from apps.goals.case import Status
from apps.goals.models import Actual, Celebration, Goal, Kudos, LeaderboardAbsence, LeaderboardChoice
from apps.people.models import Absence, Member, Team, Workspace
from tests.cast import ClientOf
from tests.judged import SetStatus
from tests.pages.conftest import NOW, TODAY, MakeGoal

HOME = "/w/acme/"
MORE = """id,account,owner,created_on,closed_on,outcome,amount
D6,Fjord,Rita Evans,2025-11-01,2025-11-13,won,4000
D7,Gale,Rita Evans,2025-11-13,,open,8000
"""


def text_of(client: Client, path: str = HOME) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.fixture
def a_new_day(with_deals: Callable[[], None], workspace: Workspace, tmp_path: Path) -> Callable[[], None]:
    """DEALS were known since Wednesday; MORE came in this morning. Calling it computes all goals."""

    def bring() -> None:
        LiveBatch.objects.update(live_from=datetime(2025, 11, 12, 9, tzinfo=UTC))
        path = tmp_path / "more.csv"
        path.write_text(MORE)
        batch = receive_file(
            workspace=workspace, table="deals", source=path, file_name="more.csv", mapping=None, by=None
        )
        run_import(import_id=batch.pk, today=TODAY)
        with_deals()

    return bring


def test_a_rep_sees_what_moved_since_the_last_working_day_and_when_the_next_check_in_is(
    client_of: ClientOf, rep: Member, make_goal: MakeGoal, with_deals: Callable[[], None], a_new_day: Callable[[], None]
) -> None:
    make_goal(person=rep, owner=rep)
    with_deals()
    Actual.objects.update(known_at=NOW - timedelta(days=2))
    a_new_day()
    page = text_of(client_of(rep))
    assert "+USD 4.00 k since Thu" in page
    assert 'Since Thu 13 Nov: <span class="nowrap"><b>1</b> won USD 4.00 k</span>, <span' in page
    assert "<b>1</b> new USD 8.00 k</span>" in page
    assert "Gale" in page
    assert "Next check-in" in page
    assert "Mon 17 Nov" in page


def test_a_quiet_day_says_so(
    client_of: ClientOf, rep: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    make_goal(person=rep, owner=rep)
    with_deals()
    LiveBatch.objects.update(live_from=datetime(2025, 11, 12, 9, tzinfo=UTC))
    assert "Nothing moved since Thu 13 Nov." in text_of(client_of(rep))


def test_the_forecast_is_shown_where_there_is_one(
    client_of: ClientOf, rep: Member, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    goal = make_goal(person=rep, owner=rep)
    set_status(goal, Status.AT_RISK, value=20_000, target=92_000, expected=43_000, forecast=81_000)
    for path in (HOME, f"{HOME}goals/{goal.pk}/"):
        page = text_of(client_of(rep), path)
        assert "Forecast" in page
        assert "USD 81.0 k" in page


@pytest.fixture
def people(make_goal: MakeGoal, set_status: SetStatus, rep: Member, manager: Member, other_rep: Member) -> list[Goal]:
    given = (
        (rep, "revenue:deals", Status.AT_RISK, 0.9),
        (rep, "win_rate:deals", Status.ON_TRACK, 1.2),
        (manager, "revenue:deals", Status.OFF_TRACK, 0.5),
        (other_rep, "revenue:deals", Status.ON_TRACK, 1.0),
    )
    goals = []
    for person, kpi, status, pace in given:
        goal = make_goal(person=person, kpi=kpi, target="30 %" if "rate" in kpi else Decimal(92_000))
        value = Decimal("0.4") if "rate" in kpi else 20_000
        set_status(goal, status, value=value, target=goal.targets.get().value, pace=pace, sentence=f"{status.label}!")
        goals.append(goal)
    return goals


def test_the_map_shows_status_sign_and_number_and_who_needs_help_first(
    client_of: ClientOf, manager: Member, people: list[Goal], with_deals: object
) -> None:
    page = text_of(client_of(manager), f"{HOME}goals/team/?team=all")
    table = page[page.index('class="table heat"') :]
    assert table.index("Mara Dietz") < table.index("Rita Evans") < table.index("Omar Faye")
    assert "−50 %" in table
    assert "Off track" in table
    assert "+20 %" in table
    assert "±0 %" in table
    help_list = page[page.index("Who needs help") : page.index("People by their goals")]
    assert "Off track!" in help_list
    assert "Look first:" in help_list
    assert "Omar Faye" not in help_list


def test_a_manager_finds_their_own_team_s_map_at_home(
    client_of: ClientOf, manager: Member, rep: Member, people: list[Goal]
) -> None:
    page = text_of(client_of(manager))
    assert "Who needs help" in page
    assert "Omar Faye" not in page[page.index("Who needs help") :]
    assert "Who needs help" not in text_of(client_of(rep), f"{HOME}?view=team")  # a rep sees no map of colleagues


def test_capacity_is_open_times_own_win_rate_and_knows_who_is_away(
    client_of: ClientOf, leader: Member, rep: Member, people: list[Goal], a_new_day: Callable[[], None]
) -> None:
    a_new_day()
    Absence.objects.create(member=rep, starts_on=date(2025, 11, 17), ends_on=date(2025, 11, 22))
    page = text_of(client_of(leader), f"{HOME}goals/team/?team=all")
    row = page[page.index("Will what is open do?") :]
    row = row[row.index("Rita Evans") :]
    # 8 k open × 3 won of 4 decided = 6 k; 92 k − 34 k = 58 k missing
    for words in ("USD 58.0 k", "USD 8.00 k", "75", "USD 6.00 k", "10 %", "5 away"):
        assert words in row[: row.index("</tr>")]


def test_the_map_costs_the_same_queries_at_any_number_of_people(
    client_of: ClientOf, leader: Member, people: list[Goal], make_goal: MakeGoal, north: Team, set_status: SetStatus,
    workspace: Workspace, with_deals: object, queries_of: Callable[[Client, str], int],
) -> None:  # fmt: skip
    client, path = client_of(leader), f"{HOME}goals/team/?team=all"
    few = queries_of(client, path)
    for number in range(6):
        member = Member.objects.create(workspace=workspace, name=f"Person {number}")
        set_status(make_goal(person=member), Status.AT_RISK, value=1, target=92_000, pace=0.9)
    assert queries_of(client, path) == few <= 24


def test_what_if_shows_the_forecast_and_each_lever(
    client_of: ClientOf, rep: Member, make_goal: MakeGoal, a_new_day: Callable[[], None]
) -> None:
    goal = make_goal(person=rep, owner=rep)
    a_new_day()
    path = f"{HOME}goals/{goal.pk}/what-if/"
    plain = text_of(client_of(rep), path)
    assert "3 won" in plain
    assert "With the win rate" not in plain
    turned = text_of(client_of(rep), f"{path}?points=3&size=5&deals=4")
    for words in ("With the win rate", "With larger deals", "With more deals", "At the end of the period"):
        assert words in turned
    answer = client_of(rep).get(f"{path}?points=nonsense", headers={"HX-Request": "true"}).content.decode()
    assert answer.strip().startswith("<section")


def test_what_if_says_why_it_does_not_fit(client_of: ClientOf, rep: Member, make_goal: MakeGoal) -> None:
    goal = make_goal(kpi="win_rate:deals", target="30 %")
    assert "What-if needs an open goal on revenue" in text_of(client_of(rep), f"{HOME}goals/{goal.pk}/what-if/")


@pytest.fixture
def reached(make_goal: MakeGoal, set_status: SetStatus, rep: Member) -> Goal:
    goal = make_goal(person=rep, owner=rep, title="My quarter")
    actual = set_status(goal, Status.ACHIEVED, value=93_000, target=92_000)
    Celebration.objects.create(goal=goal, actual=actual, at=NOW)
    return goal


def test_a_reached_goal_is_seen_by_the_team_and_thanked_for_in_one_tap(
    client_of: ClientOf, manager: Member, rep: Member, reached: Goal
) -> None:
    client = client_of(manager)
    assert "Give kudos" in text_of(client)
    path = f"{HOME}goals/{reached.pk}/kudos/"
    line = client.post(path, headers={"HX-Request": "true"}).content.decode()
    assert "Kudos from you" in line
    assert "Take my kudos back" in line
    page = text_of(client_of(rep))
    assert "Kudos from Mara Dietz" in page
    assert "Give kudos" not in page  # not for one's own
    client.post(path, {"back": "1"})
    assert not Kudos.objects.exists()


def test_a_celebration_goes_after_a_week_and_when_the_goal_is_no_longer_reached(
    client_of: ClientOf, manager: Member, reached: Goal, set_status: SetStatus
) -> None:
    Celebration.objects.update(at=NOW - timedelta(days=8))
    assert "Give kudos" not in text_of(client_of(manager))
    Celebration.objects.update(at=NOW)
    set_status(reached, Status.ON_TRACK, value=91_000, target=92_000)
    assert "Give kudos" not in text_of(client_of(manager))


def test_a_goal_that_is_not_published_is_on_no_list(
    client_of: ClientOf, rep: Member, manager: Member, viewer: Member, make_goal: MakeGoal
) -> None:
    goal = make_goal(person=rep, owner=rep, title="Only a draft")
    company = make_goal(title="A company draft")
    Goal.objects.update(stage="draft")
    for member in (rep, manager):
        for path in (HOME, f"{HOME}goals/?period=all", f"{HOME}goals/team/?team=all"):
            response = client_of(member).get(path)
            assert "draft</a>" not in response.content.decode()
    assert client_of(manager).get(f"{HOME}goals/{goal.pk}/").status_code == 200
    assert client_of(rep).get(f"{HOME}goals/{goal.pk}/").status_code == 404
    assert client_of(viewer).get(f"{HOME}goals/{company.pk}/").status_code == 404


def test_a_leaderboard_is_switched_on_left_and_switched_off(
    client_of: ClientOf, leader: Member, people: object
) -> None:
    client, path = client_of(leader), f"{HOME}goals/leaderboards/"
    assert "No leaderboard is on" in text_of(client, path)
    client.post(f"{path}switch/", {"kpi": "revenue", "team": "", "shows": "value"})
    page = text_of(client, path)
    assert "Equal numbers share a rank" in page
    assert page.count('<td class="number">1</td>') == 3
    client.post(f"{path}me/")
    assert LeaderboardAbsence.objects.get().member == leader
    client.post(f"{path}me/", {"back": "1"})
    assert not LeaderboardAbsence.objects.exists()
    client.post(f"{path}switch/", {"off": LeaderboardChoice.objects.get().pk})
    assert not LeaderboardChoice.objects.exists()
    assert client.post(f"{path}switch/", {"off": "999"}).status_code == 404
