"""The record of background work, and the line that waits for new figures."""

from django.utils import timezone

from apps.people.models import Member
from apps.refresh.models import Run
from tests.cast import ClientOf

RUNS = "/w/acme/runs/"


def test_every_run_says_what_it_is_doing_or_why_it_failed(client_of: ClientOf, manager: Member) -> None:
    now = timezone.now()
    workspace = manager.workspace
    Run.objects.create(workspace=workspace, kind="recompute", state="failed", attempts=5, error="Gave up.")
    Run.objects.create(
        workspace=workspace,
        kind="recompute",
        state="running",
        step="Judging goals",
        total=90,
        done=40,
        heartbeat_at=now,
    )
    page = " ".join(client_of(manager).get(RUNS).content.decode().split())
    assert "Gave up." in page
    assert "Judging goals" in page
    assert '<progress class="progress" value="40" max="90"' in page
    assert f'hx-get="{RUNS}"' in page  # refreshes itself while something is under way


def test_a_page_on_which_nothing_moves_does_not_ask_again(client_of: ClientOf, manager: Member) -> None:
    Run.objects.create(workspace=manager.workspace, kind="recompute", state="done")
    page = client_of(manager).get(RUNS).content.decode()
    assert "hx-trigger" not in page
    fragment = client_of(manager).get(RUNS, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "Done" in fragment


def test_no_run_yet_is_explained(client_of: ClientOf, manager: Member) -> None:
    assert b"Nothing has run yet" in client_of(manager).get(RUNS).content


def test_the_runs_of_another_workspace_are_not_there(client_of: ClientOf, manager: Member, outsider: Member) -> None:
    Run.objects.create(workspace=outsider.workspace, kind="recompute", state="failed", error="A secret.")
    assert b"A secret." not in client_of(manager).get(RUNS).content


def test_a_rep_does_not_see_runs(client_of: ClientOf, rep: Member) -> None:
    assert client_of(rep).get(RUNS).status_code == 403


def test_who_waits_for_figures_gets_the_page_anew_once_they_are_there(client_of: ClientOf, rep: Member) -> None:
    run = Run.objects.create(workspace=rep.workspace, kind="recompute", state="queued")
    client = client_of(rep)
    waiting = client.get("/w/acme/recomputing/", headers={"HX-Request": "true"})
    assert b"waiting to be recomputed" in waiting.content
    Run.objects.filter(pk=run.pk).update(state="done")
    done = client.get("/w/acme/recomputing/", headers={"HX-Request": "true"})
    assert done["HX-Refresh"] == "true"
