"""Setting and changing goals: a refusal is one sentence at its field, and nothing is changed by it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.goals.models import Goal
from apps.people.models import Member, Team
from apps.refresh.models import Run
from tests.cast import ClientOf
from tests.pages.conftest import MakeGoal

NEW = "/w/acme/goals/new/"


def given(team: Team, owner: Member, **changes: Any) -> dict[str, Any]:
    return {
        "kpi": "win_rate",
        "scope": "team",
        "team": team.pk,
        "owner": owner.pk,
        "period": "2025-Q4",
        "target": "41 %",
        "cadence": "weekly",
    } | changes


def refusal(client: Client, path: str, data: dict[str, Any]) -> str:
    response = client.post(path, data)
    assert response.status_code == 422
    return response.content.decode()


def test_the_form_opens_with_sensible_answers(client_of: ClientOf, manager: Member, north: Team) -> None:
    page = client_of(manager).get(NEW).content.decode()
    assert f'<option value="{north.pk}" selected>' in page
    assert f'<option value="{manager.pk}" selected>' in page
    assert 'value="2025-Q4"' in page
    assert 'name="scope" value="workspace"' not in page  # beyond a manager's reach


def test_a_goal_is_set_and_its_number_asked_for(client_of: ClientOf, manager: Member, north: Team) -> None:
    response = client_of(manager).post(NEW, given(north, manager, baseline="38 %"), follow=True)
    goal = Goal.objects.get()
    assert (goal.starts_on, goal.ends_on) == (date(2025, 10, 1), date(2026, 1, 1))
    assert goal.targets.get().value == Decimal("0.41")
    assert goal.baseline == Decimal("0.38")
    assert goal.title == "Win rate, North"
    assert Run.objects.get().kind == "recompute"
    page = response.content.decode()
    assert "Saved. The number is being recomputed." in page
    assert 'hx-get="/w/acme/recomputing/"' in page


def test_custom_days_are_meant_inclusively(client_of: ClientOf, manager: Member, north: Team) -> None:
    days = {"period": "custom", "starts_on": "2025-11-01", "last_day": "2025-11-30"}
    client_of(manager).post(NEW, given(north, manager, **days))
    assert Goal.objects.get().ends_on == date(2025, 12, 1)


def test_a_benchmark_comes_along(client_of: ClientOf, manager: Member, north: Team) -> None:
    benchmark = {
        "benchmark_kind": "industry",
        "benchmark_value": "35 %",
        "benchmark_source": "Survey of 2024",
        "benchmark_as_of": "2024-12-31",
    }
    client_of(manager).post(NEW, given(north, manager, **benchmark))
    assert Goal.objects.get().benchmarks.get().value == Decimal("0.35")


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"target": "many"}, "target", "“many” is not a number: write 30 % or 12.5 %."),
        ({"kpi": "winrate"}, "kpi", "Did you mean win_rate?"),
        ({"kpi": ""}, "kpi", "Choose the KPI that measures this goal."),
        ({"owner": ""}, "owner", "Choose one person who answers for this goal."),
        ({"team": ""}, "team", "Choose the team whose goal this is."),
        ({"scope": "workspace"}, "scope", "choose one of those"),
        (
            {"period": "custom", "starts_on": "2025-12-01", "last_day": "2025-11-01"},
            "last_day",
            "The last day (1 Nov 2025) is before the first day (1 Dec 2025)",
        ),
        ({"period": "custom", "starts_on": "soon", "last_day": "2025-12-01"}, "starts_on", "Write the day as"),
        ({"period": "custom", "starts_on": "", "last_day": ""}, "starts_on", "Give the first day"),
        ({"benchmark_value": "30 %"}, "benchmark_source", "Say where the benchmark comes from"),
    ],
)
def test_each_slip_gets_its_sentence_at_its_field(
    client_of: ClientOf, manager: Member, north: Team, changes: dict[str, str], field: str, sentence: str
) -> None:
    data = given(north, manager, note="Keep these words") | changes
    page = refusal(client_of(manager), NEW, data)
    at_the_field = page.split(f'id="id_{field}_error"')[1][:600]
    assert sentence in at_the_field.replace("&quot;", '"')
    assert "Keep these words" in page
    assert page.count("autofocus") >= 1
    assert not Goal.objects.exists()
    assert not Run.objects.exists()


def test_an_owner_who_left_is_refused_by_name(client_of: ClientOf, manager: Member, rep: Member, north: Team) -> None:
    rep.left_on = date(2025, 11, 1)
    rep.save()
    page = refusal(client_of(manager), NEW, given(north, rep))
    assert "Rita Evans left on 1 Nov 2025" in page
    assert not Goal.objects.exists()


def test_a_team_of_another_workspace_is_not_known(
    client_of: ClientOf, manager: Member, north: Team, outsider: Member
) -> None:
    foreign = Team.objects.create(workspace=outsider.workspace, name="Foreign")
    page = refusal(client_of(manager), NEW, given(foreign, manager))
    assert "This team is not in the workspace" in page
    assert "Foreign" not in page


def test_the_hint_tells_what_a_kpi_means_and_came_to(client_of: ClientOf, manager: Member, north: Team) -> None:
    hint = client_of(manager).get("/w/acme/goals/hint/?kpi=win_rate&scope=team&team=nonsense").content.decode()
    assert "the share that was won" in hint
    no_number = client_of(manager).get(f"/w/acme/goals/hint/?kpi=win_rate&scope=team&team={'9' * 5000}")
    assert "the share that was won" in no_number.content.decode()
    unknown = client_of(manager).get("/w/acme/goals/hint/?kpi=magic").content.decode()
    assert "Choose the KPI that measures it." in unknown  # the score says what is missing
    assert "the share that was won" not in unknown


def test_editing_keeps_what_is_not_touched_and_never_the_target(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal
) -> None:
    goal = make_goal(baseline=Decimal("80000.5"))
    page = client_of(leader).get(f"/w/acme/goals/{goal.pk}/edit/").content.decode()
    assert 'value="80000.5"' in page
    assert 'name="target"' not in page
    data = {
        "kpi": "revenue",
        "scope": "workspace",
        "owner": leader.pk,
        "period": "custom",
        "starts_on": "2025-10-01",
        "last_day": "2025-12-31",
        "baseline": "80000.5",
        "title": "A better title",
        "cadence": "monthly",
    }
    assert client_of(leader).post(f"/w/acme/goals/{goal.pk}/edit/", data).status_code == 302
    goal.refresh_from_db()
    assert (goal.title, goal.cadence, goal.baseline) == ("A better title", "monthly", Decimal("80000.5"))
    assert goal.ends_on == date(2026, 1, 1)
    assert goal.targets.get().value == 92_000


def test_a_new_target_starts_on_its_day_and_the_old_one_stays(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal
) -> None:
    goal = make_goal()
    door = f"/w/acme/goals/{goal.pk}/target/"
    client_of(leader).post(door, {"target": "99k", "effective_from": "2025-11-14", "reason": "Grew."})
    assert [(version.value, version.effective_from) for version in goal.targets.all()] == [
        (Decimal(92_000), date(2025, 10, 1)),
        (Decimal(99_000), date(2025, 11, 14)),
    ]


def test_a_target_without_a_reason_or_of_another_day_is_refused(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal
) -> None:
    goal = make_goal()
    door = f"/w/acme/goals/{goal.pk}/target/"
    page = refusal(client_of(leader), door, {"target": "99k", "effective_from": "2027-01-01", "reason": ""})
    assert "Choose a day of the goal’s period" in page.replace("&#x27;", "’")
    assert "Say why the target changes" in page
    assert 'value="99k"' in page
    assert goal.targets.count() == 1


def test_a_goal_is_closed_and_reopened(client_of: ClientOf, leader: Member, make_goal: MakeGoal) -> None:
    goal = make_goal()
    client = client_of(leader)
    assert "Say why the goal is cancelled" in refusal(
        client, f"/w/acme/goals/{goal.pk}/close/", {"outcome": "cancelled"}
    )
    client.post(f"/w/acme/goals/{goal.pk}/close/", {"outcome": "cancelled", "reason": "Lost interest"})
    goal.refresh_from_db()
    assert goal.closed_as == "cancelled"
    assert "is closed already" in refusal(client, f"/w/acme/goals/{goal.pk}/close/", {"outcome": "done"})
    client.post(f"/w/acme/goals/{goal.pk}/reopen/", {"reason": ""})
    goal.refresh_from_db()
    assert goal.closed_at is None


def test_editing_a_closed_goal_leads_back_to_it(client_of: ClientOf, leader: Member, make_goal: MakeGoal) -> None:
    goal = make_goal()
    client_of(leader).post(f"/w/acme/goals/{goal.pk}/close/", {"outcome": "done"})
    assert client_of(leader).get(f"/w/acme/goals/{goal.pk}/edit/")["Location"] == f"/w/acme/goals/{goal.pk}/"


@pytest.mark.parametrize("part", ["edit/", "target/", "close/", "reopen/"])
def test_a_manager_of_another_team_is_refused_even_without_the_button(
    client_of: ClientOf, manager: Member, south: Team, make_goal: MakeGoal, part: str
) -> None:
    goal = make_goal(team=south)
    response = client_of(manager).post(f"/w/acme/goals/{goal.pk}/{part}", {"outcome": "done", "target": "1"})
    assert response.status_code == 403
    goal.refresh_from_db()
    assert goal.closed_at is None
    assert goal.targets.count() == 1


def test_a_rep_may_not_set_goals(client_of: ClientOf, rep: Member, north: Team) -> None:
    assert client_of(rep).post(NEW, given(north, rep)).status_code == 403
    assert not Goal.objects.exists()


def test_a_manager_without_a_team_is_told_so(client_of: ClientOf, manager: Member) -> None:
    manager.memberships.all().delete()
    response = client_of(manager).get(NEW)
    assert response.status_code == 403
    assert "you are in none now" in response.content.decode()


def test_a_benchmark_is_set_and_a_newer_one_takes_its_place(
    client_of: ClientOf, manager: Member, north: Team, make_goal: MakeGoal
) -> None:
    goal = make_goal(team=north, kpi="win_rate", target="41 %")
    client, path = client_of(manager), f"/w/acme/goals/{goal.pk}/benchmark/"
    given = {
        "benchmark_kind": "industry", "benchmark_value": "33 %", "benchmark_source": "Survey of 2024",
        "benchmark_as_of": "2024-12-31",
    }  # fmt: skip
    assert "Set a benchmark" in client.get(f"/w/acme/goals/{goal.pk}/").content.decode()
    client.post(path, given)
    client.post(path, given | {"benchmark_value": "35 %", "benchmark_source": "Survey of 2025"})
    page = client.get(f"/w/acme/goals/{goal.pk}/").content.decode()
    assert "Survey of 2025" in page
    assert "Industry: Survey of 2024" not in page
    assert [benchmark.value for benchmark in goal.benchmarks.all()] == [Decimal("0.33"), Decimal("0.35")]


def test_a_benchmark_that_nobody_could_check_is_refused_at_its_fields(
    client_of: ClientOf, manager: Member, north: Team, make_goal: MakeGoal
) -> None:
    goal = make_goal(team=north)
    page = refusal(client_of(manager), f"/w/acme/goals/{goal.pk}/benchmark/", {"benchmark_value": "a lot"})
    assert "Choose what is compared with" in page
    assert "Say where the benchmark comes from" in page
    assert "“a lot” is not a number" in page
    assert not goal.benchmarks.exists()


@pytest.mark.parametrize(
    ("cadence", "sentence"),
    [
        ("", "Choose how often the goal is reviewed."),
        ("hourly", "“hourly” is no review rhythm: choose one of the list."),
    ],
)
def test_a_review_rhythm_is_one_of_the_list(
    client_of: ClientOf, manager: Member, north: Team, cadence: str, sentence: str
) -> None:
    assert sentence in refusal(client_of(manager), NEW, given(north, manager, cadence=cadence))


def test_after_the_period_the_last_day_is_offered_as_the_first_of_a_new_target(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal
) -> None:
    goal = make_goal(starts_on=date(2020, 1, 1), ends_on=date(2020, 4, 1))
    page = client_of(leader).get(f"/w/acme/goals/{goal.pk}/target/").content.decode()
    assert 'value="2020-03-31"' in page
