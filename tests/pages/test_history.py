"""The history: what was done in the workspace, in sentences."""

from collections.abc import Callable
from datetime import date

from django.test import Client

from apps.audit.services import record
from apps.goals.services import close_goal, edit_goal, set_target
from apps.people.models import Member, Team, Workspace
from apps.people.roles import Role
from apps.people.services import change_role, member_leaves
from tests.cast import ClientOf
from tests.pages.conftest import NOW, TODAY, MakeGoal
from tests.squeezed import squeezed

HISTORY = "/w/acme/history/"


def page_of(client: Client, path: str = HISTORY) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return squeezed(response.content.decode())


def test_changes_are_told_by_name_before_and_after(
    client_of: ClientOf, leader: Member, manager: Member, north: Team, make_goal: MakeGoal
) -> None:
    goal = make_goal(team=north, kpi="win_rate", target="40 %", title="North wins")
    edit_goal(goal=goal, by=leader, owner=manager, today=TODAY)
    set_target(goal=goal, by=leader, value="42 %", reason="More leads", effective_from=date(2025, 11, 1), today=TODAY)
    close_goal(goal=goal, by=leader, outcome="done", now=NOW)
    page = page_of(client_of(leader))
    assert f'<a href="/w/acme/goals/{goal.pk}/">North wins</a>' in page
    assert f"Owner: {leader.name} → {manager.name}" in page
    assert "Target: 40 % → 42 %" in page
    assert "From: 1 Oct 2025 → 1 Nov 2025" in page
    assert "Lena Cole<br>" in page


def test_people_are_told_too(client_of: ClientOf, leader: Member, admin: Member, rep: Member) -> None:
    change_role(member=rep, role=Role.MANAGER, by=admin)
    member_leaves(member=rep, on=date(2025, 12, 1), by=admin)
    page = page_of(client_of(leader))
    assert "Role: Member → Manager" in page
    assert "First day away: 1 Dec 2025" in page


def test_names_are_text_and_never_markup(client_of: ClientOf, leader: Member, make_goal: MakeGoal) -> None:
    make_goal(title="<script>alert(1)</script>")
    page = page_of(client_of(leader))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_nothing_of_another_workspace_is_told(
    client_of: ClientOf, leader: Member, other_workspace: Workspace, outsider: Member
) -> None:
    record(workspace=other_workspace, actor=None, action="team.add", subject=outsider, before={}, after={"name": "Spy"})
    assert "Spy" not in page_of(client_of(leader))


def test_the_history_is_linked_for_who_may_see_it(client_of: ClientOf, leader: Member, manager: Member) -> None:
    assert f'href="{HISTORY}"' in page_of(client_of(leader), "/w/acme/")
    assert f'href="{HISTORY}"' not in page_of(client_of(manager), "/w/acme/")


def test_it_is_paged_and_costs_the_same_however_long_it_is(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, queries_of: Callable[[Client, str], int]
) -> None:
    goal = make_goal()
    client = client_of(leader)
    few = queries_of(client, HISTORY)
    for value in range(100, 170):
        set_target(goal=goal, by=leader, value=value, reason="again", effective_from=date(2025, 10, 1), today=TODAY)
    assert queries_of(client, HISTORY) <= few <= 12
    assert 'rel="next"' in page_of(client)
    assert "Goal set" in page_of(client, f"{HISTORY}?page=99")
