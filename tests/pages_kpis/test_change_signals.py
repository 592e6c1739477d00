"""What people say about signals: confirmed, dismissed, taken back; by whom, and never across workspaces."""

import pytest
from django.test import Client
from django.utils import timezone

from apps.audit.models import Event
from apps.datasets.models import Import
from apps.goals.models import Goal
from apps.metrics.models import JudgedSignal
from apps.people.models import Member, Workspace
from tests.cast import ClientOf
from tests.pages_kpis.test_change import HTMX, calm, load, part, text_of

__all__ = ["calm", "load"]
KEY = "outside:above:2026-01"
CONFIRMED = {"key": KEY, "grain": "month", "verdict": "confirmed", "note": "New price list"}
DISMISSED = CONFIRMED | {"verdict": "dismissed", "note": ""}
ADDRESS = "/w/acme/kpis/revenue/signals/"


def test_a_confirmed_signal_begins_a_new_usual_range(as_manager: Client, manager: Member, calm: Import) -> None:
    assert "New baseline" not in part(as_manager, "trend")
    response = as_manager.post(ADDRESS, CONFIRMED, headers=HTMX)
    assert response.status_code == 200
    told = text_of(response.content.decode())
    assert "Confirmed New price list" in told
    assert manager.name in told
    assert "A new usual range begins on 1 Jan 2026." in told
    assert "New baseline from 2026-01 on." in told
    assert "Jan 2026 USD 200 too few points to tell what is usual" in told
    assert "Signals to look at" not in told


def test_a_confirmed_change_counts_for_quarters_too(as_manager: Client, calm: Import) -> None:
    as_manager.post(ADDRESS, CONFIRMED, headers=HTMX)
    assert "Confirmed" in text_of(part(as_manager, "trend", "grain=quarter"))


def test_a_dismissed_signal_is_gone_and_the_range_stays(as_manager: Client, calm: Import) -> None:
    told = text_of(as_manager.post(ADDRESS, DISMISSED, headers=HTMX).content.decode())
    assert "Signals to look at" not in told
    assert "Dismissed No note." in told
    assert "above the usual range (USD 78.40 to USD 132)" in told


def test_a_verdict_can_be_taken_back(as_manager: Client, calm: Import) -> None:
    as_manager.post(ADDRESS, CONFIRMED, headers=HTMX)
    judged = JudgedSignal.objects.get()
    response = as_manager.post(f"{ADDRESS}{judged.pk}/undo/", {"grain": "month"}, headers=HTMX)
    told = text_of(response.content.decode())
    assert "Signals to look at" in told
    assert "New price list" not in told
    judged.refresh_from_db()
    assert judged.withdrawn_at is not None
    as_manager.post(f"{ADDRESS}{judged.pk}/undo/", headers=HTMX)
    assert list(Event.objects.filter(action__startswith="signal.").values_list("action", flat=True).order_by("pk")) == [
        "signal.confirm",
        "signal.withdraw",
    ]


def test_the_trail_says_who_judged_what(as_manager: Client, manager: Member, calm: Import) -> None:
    as_manager.post(ADDRESS, CONFIRMED)
    event = Event.objects.get(action="signal.confirm")
    assert event.actor_id == manager.user_id
    assert event.after["note"] == "New price list"
    assert event.after["since"] == "2026-01-01"
    assert "2026-01 is above the usual range" in event.after["signal"]


def test_without_javascript_one_comes_back_to_the_trend(as_manager: Client, calm: Import) -> None:
    response = as_manager.post(ADDRESS, CONFIRMED | {"variant": "deals"})
    assert response.status_code == 302
    assert response["Location"] == "/w/acme/kpis/revenue/change/trend/?variant=deals&grain=month"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"note": " "}, "Say in the note what changed"),
        ({"note": "x" * 501}, "The note has 501 characters; 500 is the most."),
        ({"verdict": "maybe"}, "Say whether the signal is confirmed or dismissed."),
        ({"key": "outside:above:2025-07"}, "The trend does not show this signal any more"),
    ],
)
def test_a_refused_verdict_says_why_and_stores_nothing(
    as_manager: Client, calm: Import, change: dict[str, str], sentence: str
) -> None:
    response = as_manager.post(ADDRESS, CONFIRMED | change, headers=HTMX)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not JudgedSignal.objects.exists()


def test_a_rep_judges_only_with_a_goal_on_the_kpi(
    as_rep: Client, client_of: ClientOf, rep: Member, workspace: Workspace, calm: Import
) -> None:
    assert "Confirm</button>" not in part(as_rep, "trend")
    assert as_rep.post(ADDRESS, CONFIRMED, headers=HTMX).status_code == 403
    period = {"starts_on": "2026-01-01", "ends_on": "2026-04-01"}
    goal = Goal.objects.create(
        workspace=workspace,
        title="Sell",
        kpi="revenue",
        variant="deals",
        scope="person",
        person=rep,
        owner=rep,
        **period,
    )
    assert "Confirm</button>" in part(as_rep, "trend")
    assert as_rep.post(ADDRESS, CONFIRMED, headers=HTMX).status_code == 200
    goal.closed_at = timezone.now()
    goal.save()
    judged = JudgedSignal.objects.get()
    assert as_rep.post(f"{ADDRESS}{judged.pk}/undo/", headers=HTMX).status_code == 403


def test_a_verdict_of_another_workspace_does_not_exist(
    as_manager: Client, outsider: Member, client_of: ClientOf, other_workspace: Workspace, calm: Import
) -> None:
    as_manager.post(ADDRESS, CONFIRMED, headers=HTMX)
    judged = JudgedSignal.objects.get()
    stranger = client_of(outsider)
    assert stranger.post(f"{ADDRESS}{judged.pk}/undo/").status_code == 404
    assert stranger.post(f"/w/{other_workspace.slug}/kpis/revenue/signals/{judged.pk}/undo/").status_code == 404
    judged.refresh_from_db()
    assert judged.withdrawn_at is None


def test_what_is_said_about_the_company_is_not_said_about_a_person(
    as_manager: Client, rep: Member, calm: Import
) -> None:
    as_manager.post(ADDRESS, CONFIRMED, headers=HTMX)
    assert "New price list" not in part(as_manager, "trend", f"about=person:{rep.pk}")
