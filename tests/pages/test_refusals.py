"""A refusal is a page of the workspace it happened in: one finds the way on from it."""

from collections.abc import Callable

from django.test import Client

from apps.people.models import Member, Workspace
from tests.cast import ClientOf
from tests.pages.conftest import MakeGoal


def test_who_is_not_allowed_keeps_the_navigation(client_of: ClientOf, rep: Member) -> None:
    response = client_of(rep).get("/w/acme/imports/")
    page = response.content.decode()
    assert response.status_code == 403
    assert "Your role (Member) may not do this." in page
    assert 'href="/w/acme/goals/"' in page
    assert 'href="/w/acme/imports/"' not in page


def test_a_goal_that_is_not_there_keeps_the_navigation(client_of: ClientOf, rep: Member) -> None:
    response = client_of(rep).get("/w/acme/goals/999999/")
    assert response.status_code == 404
    assert 'href="/w/acme/goals/"' in response.content.decode()


def test_another_workspace_shows_nothing_of_itself(
    client_of: ClientOf, rep: Member, other_workspace: Workspace
) -> None:
    response = client_of(rep).get("/w/globex/goals/")
    assert response.status_code == 404
    assert other_workspace.name not in response.content.decode()


def test_moments_are_told_in_the_time_zone_of_the_workspace(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    goal = make_goal()
    with_deals()
    Workspace.objects.update(timezone="Asia/Tokyo")

    def told(client: Client) -> str:
        return client.get(f"/w/acme/goals/{goal.pk}/").content.decode()

    assert "14 Nov 2025, 18:00" in told(client_of(leader))
