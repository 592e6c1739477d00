"""Taking an import back, and bringing it back again."""

import pytest
from django.test import Client

from apps.audit.models import Event
from apps.datasets.models import Import
from apps.people.models import Member
from apps.refresh.models import Run
from tests.cast import ClientOf
from tests.pages_imports.conftest import MakeImport


def test_undo_asks_first_and_changes_nothing_by_looking(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import()
    page = as_manager.get(f"/w/acme/imports/{batch.pk}/undo/").content.decode()
    assert "Undo import" in page
    assert 'method="post"' in page
    batch.refresh_from_db()
    assert batch.state == Import.State.COMMITTED


def test_undo_and_redo_are_done_audited_and_followed_by_a_recompute(
    as_manager: Client, make_import: MakeImport, manager: Member
) -> None:
    batch = make_import()
    for action, state in [("undo", Import.State.UNDONE), ("redo", Import.State.COMMITTED)]:
        response = as_manager.post(f"/w/acme/imports/{batch.pk}/{action}/")
        assert response.url == f"/w/acme/imports/{batch.pk}/"  # type: ignore[attr-defined]
        batch.refresh_from_db()
        assert batch.state == state
        event = Event.objects.filter(action=f"import.{action}").get()
        assert event.actor_id == manager.user_id
        assert Run.objects.filter(kind="recompute", state="queued").count() == 1


@pytest.mark.parametrize(("state", "action"), [("undone", "undo"), ("committed", "redo"), ("refused", "undo")])
def test_what_cannot_be_undone_or_brought_back_says_so_and_stays(
    as_manager: Client, make_import: MakeImport, state: str, action: str
) -> None:
    batch = make_import(state)
    page = as_manager.post(f"/w/acme/imports/{batch.pk}/{action}/", follow=True).content.decode()
    assert ("nothing to undo" if action == "undo" else "cannot be brought back") in page
    batch.refresh_from_db()
    assert batch.state == state
    assert not Run.objects.exists()


@pytest.mark.parametrize("role", ["rep", "viewer"])
def test_members_and_viewers_may_not_undo(
    role: str, client_of: ClientOf, make_import: MakeImport, request: pytest.FixtureRequest
) -> None:
    batch = make_import()
    client = client_of(request.getfixturevalue(role))
    assert client.post(f"/w/acme/imports/{batch.pk}/undo/").status_code == 403
    batch.refresh_from_db()
    assert batch.state == Import.State.COMMITTED


def test_recompute_is_asked_for_once_however_often_it_is_pressed(as_manager: Client) -> None:
    assert as_manager.get("/w/acme/imports/recompute/").status_code == 405
    first = as_manager.post("/w/acme/imports/recompute/", follow=True).content.decode()
    again = as_manager.post("/w/acme/imports/recompute/", follow=True).content.decode()
    assert "The goals are being computed again." in first
    assert "is waiting already" in again
    assert Run.objects.count() == 1
