"""One stored actual: what the page shows is what the API answers."""

from collections.abc import Callable
from decimal import Decimal

from django.test import Client
from django.urls import reverse

from apps.common.money import format_figure
from apps.goals.case import Status
from apps.people.models import Member
from tests.api.conftest import make_actual, make_goal


def test_the_goal_page_shows_the_number_status_and_sentence_that_the_api_answers(
    admin: Member, reads_as: Callable[[Member], Client], client_of: Callable[[Member], Client]
) -> None:
    goal = make_goal(admin.workspace, admin, status=Status.AT_RISK)
    actual = make_actual(goal, status=Status.OFF_TRACK, value="398123.45")
    goal.latest = actual
    goal.save()
    answered = reads_as(admin).get(f"/api/v1/goals/{goal.pk}/").json()["latest"]
    page = client_of(admin).get(reverse("pages:goal", args=[admin.workspace.slug, goal.pk])).content.decode()
    assert Decimal(answered["value"]) == actual.value
    assert format_figure(Decimal(answered["value"]), "money", "USD", compact=True) in page
    assert answered["sentence"] in page
    assert Status(answered["status"]).label in page
