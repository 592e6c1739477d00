"""Taking an import back, and bringing it back again."""

import io
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.audit.models import Event
from apps.datasets.models import Import, MappingVersion, SavedMapping
from apps.datasets.services import receive_file, run_import, undo_import
from apps.people.models import Member
from apps.people.queries import today_in
from apps.refresh import trying
from apps.refresh.models import Run
from tests.cast import ClientOf
from tests.pages_imports.conftest import MakeImport
from tests.squeezed import squeezed


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


def fragment_of(client: Client, batch: Import, method: str = "get") -> str:
    response = getattr(client, method)(f"/w/acme/imports/{batch.pk}/trial/", headers={"HX-Request": "true"})
    assert response.status_code == 200
    return squeezed(response.content.decode())


def test_looking_at_the_undo_page_computes_nothing_by_itself(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import()
    page = squeezed(as_manager.get(f"/w/acme/imports/{batch.pk}/undo/").content.decode())
    assert "Compute what it would change" in page
    assert not Run.objects.exists()


def test_what_undoing_would_do_is_computed_once_and_polled_until_it_is_there(
    as_manager: Client, make_import: MakeImport
) -> None:
    batch = make_import()
    assert 'hx-trigger="every 1s"' in fragment_of(as_manager, batch, "post")
    fragment_of(as_manager, batch, "post")
    run = Run.objects.get(kind="try", subject=batch)
    assert 'hx-trigger="every 1s"' in fragment_of(as_manager, batch)
    kept = {
        "table": "deals", "today": "2026-11-20", "through": [None, None], "goals_read": 4, "kpis_read": 3,
        "goals_moved": 0, "flips": 0, "goals": [], "kpis_moved": 0, "kpis": [], "closed": {},
    }  # fmt: skip
    state = trying._state_of(batch.workspace, today_in(batch.workspace))
    Run.objects.filter(pk=run.pk).update(
        state="done", finished_at=timezone.now(), result={"state": state, "consequences": kept}
    )
    told = fragment_of(as_manager, batch)
    assert "What undoing it would change" in told
    assert "No KPI and no goal moves." in told
    assert "every 1s" not in told
    undo_import(batch=batch, by=None)
    assert "Compute what it would change" in fragment_of(as_manager, batch), "the rows are others now"


def test_a_trial_that_failed_says_so_and_can_be_asked_for_again(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import()
    Run.objects.create(
        workspace=batch.workspace, kind="try", subject=batch, state="failed", error="Something.",
        finished_at=timezone.now(),
    )  # fmt: skip
    page = fragment_of(as_manager, batch)
    assert "Something." in page
    assert "load, submit" not in page
    fragment_of(as_manager, batch, "post")
    assert Run.objects.filter(kind="try", state="queued").count() == 1


def test_without_scripts_the_way_leads_back_to_the_question(as_manager: Client, make_import: MakeImport) -> None:
    committed, undone = make_import(), make_import("undone")
    for batch, action in ((committed, "undo"), (undone, "redo")):
        response = as_manager.post(f"/w/acme/imports/{batch.pk}/trial/")
        assert response.url == f"/w/acme/imports/{batch.pk}/{action}/"  # type: ignore[attr-defined]


def test_undoing_under_later_imports_says_what_that_means(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import()
    assert "lies over it" not in squeezed(as_manager.get(f"/w/acme/imports/{batch.pk}/undo/").content.decode())
    make_import()
    page = squeezed(as_manager.get(f"/w/acme/imports/{batch.pk}/undo/").content.decode())
    assert "1 later import into deals lies over it and stays in use." in page


def test_running_again_says_with_which_mapping_and_receives_the_file_once_more(
    as_manager: Client, manager: Member, settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    text = b"id,owner,created_on,closed_on,outcome,amount\n1,Ann,2026-10-01,2026-10-15,won,100\n"
    saved = SavedMapping.objects.create(workspace=manager.workspace, name="CRM export", table="deals")
    versions = [MappingVersion.objects.create(saved=saved, number=number, mapping={}) for number in (1, 2)]
    batch = receive_file(
        workspace=manager.workspace, table="deals", source=io.BytesIO(text), file_name="d.csv", mapping=None,
        by=manager, mapping_version=versions[0],
    )  # fmt: skip
    run_import(import_id=batch.pk, today=date(2026, 11, 20))
    page = squeezed(as_manager.get(f"/w/acme/imports/{batch.pk}/again/").content.decode())
    assert "With which version of the mapping “CRM export”?" in page
    assert "version 2, the newest" in page
    assert "version 1, as before" in page
    assert Import.objects.count() == 1
    response = as_manager.post(f"/w/acme/imports/{batch.pk}/again/")
    again = Import.objects.get(reruns=batch)
    assert response.url == f"/w/acme/imports/{again.pk}/"  # type: ignore[attr-defined]
    assert (again.mapping_version, again.created_by) == (versions[1], manager)
    assert Run.objects.filter(kind="import", subject=again, state="queued").exists()
    as_manager.post(f"/w/acme/imports/{batch.pk}/again/", {"mapping": "same"})
    assert Import.objects.filter(reruns=batch).latest("pk").mapping_version == versions[0]


def test_what_never_counted_cannot_be_run_again(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import("refused")
    page = as_manager.post(f"/w/acme/imports/{batch.pk}/again/", follow=True).content.decode()
    assert "there is nothing to run again" in page
    assert not Run.objects.exists()
