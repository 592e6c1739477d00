"""The page of one import while it is on its way in, and when it is there."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.datasets.models import Import, RowIssue
from apps.datasets.queries import rejects_path
from apps.goals.models import Goal
from apps.people.models import Member
from apps.refresh.models import Run
from tests.pages_imports.conftest import MakeImport
from tests.squeezed import squeezed

POLLS = 'hx-trigger="every 1s"'


def make_run(batch: Import, state: str, kind: str = "import", **fields: Any) -> Run:
    subject = batch if kind == "import" else None
    return Run.objects.create(workspace=batch.workspace, kind=kind, subject=subject, state=state, **fields)


def page_of(client: Client, batch: Import) -> str:
    response = client.get(f"/w/acme/imports/{batch.pk}/")
    assert response.status_code == 200
    return squeezed(response.content.decode())


def progress_of(client: Client, batch: Import) -> Any:
    return client.get(f"/w/acme/imports/{batch.pk}/progress/", headers={"HX-Request": "true"})


def test_a_waiting_import_is_asked_for_every_second(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import("waiting")
    make_run(batch, "queued")
    page = page_of(as_manager, batch)
    assert POLLS in page
    assert "waiting for a worker" in page


def test_a_running_import_shows_step_bar_and_attempts(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import("running")
    make_run(batch, "running", step="Checking every row", done=400, total=1600, attempts=2, started_at=timezone.now())
    fragment = squeezed(progress_of(as_manager, batch).content.decode())
    assert "Checking every row" in fragment
    assert '<progress class="progress" value="400" max="1600"' in fragment
    assert "attempt 2" in fragment
    assert POLLS in fragment
    assert "<html" not in fragment


def test_polling_goes_on_until_the_goals_are_recomputed_too(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import()
    make_run(batch, "done", finished_at=batch.finished_at)
    recompute = make_run(batch, "queued", "recompute")
    fragment = squeezed(progress_of(as_manager, batch).content.decode())
    assert POLLS in fragment
    assert "9 new and 1 changed rows" in fragment
    recompute.state, recompute.started_at, recompute.finished_at = "done", timezone.now(), timezone.now()
    recompute.result = {"goals": 0, "changed": 0, "seconds": 0.1, "flips": []}
    recompute.save()
    response = progress_of(as_manager, batch)
    assert POLLS not in response.content.decode()
    said = response.content.decode().split('hx-swap-oob="innerHTML">')[1]
    assert said.startswith("9 new and 1 changed rows"), "a screen reader is told the end, and only the end"
    assert "hx-swap-oob" not in fragment


def test_a_recompute_that_began_before_the_import_was_in_is_not_its_recompute(
    as_manager: Client, make_import: MakeImport
) -> None:
    batch = make_import()
    earlier = datetime(2026, 3, 1, tzinfo=UTC)
    make_run(batch, "done", "recompute", started_at=earlier, finished_at=earlier, result={"goals": 77, "flips": []})
    assert "77 goals" not in page_of(as_manager, batch)


def test_the_end_names_the_goals_whose_status_changed(
    as_manager: Client, make_import: MakeImport, manager: Member
) -> None:
    batch = make_import()
    goal = Goal.objects.create(
        workspace=manager.workspace,
        title="Win more in spring",
        kpi="win_rate",
        scope="workspace",
        owner=manager,
        starts_on="2026-01-01",
        ends_on="2026-04-01",
    )
    flips = [
        {"goal": goal.pk, "from": "on_track", "to": "at_risk"},
        {"goal": goal.pk + 999, "from": "", "to": "no_data"},
    ]
    make_run(
        batch,
        "done",
        "recompute",
        started_at=timezone.now(),
        finished_at=timezone.now(),
        result={"goals": 12, "changed": 3, "seconds": 0.4, "flips": flips},
    )
    page = page_of(as_manager, batch)
    assert "12 goals recomputed, 2 statuses changed:" in page
    link = f'href="/w/acme/goals/{goal.pk}/">Win more in spring, Q1 2026</a>'
    assert f'{link}: on track →<span class="strong">at risk</span>' in page


def test_a_failed_run_says_why_and_stops_the_polling(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import("waiting")
    make_run(batch, "failed", error="Given up after 5 attempts.", finished_at=timezone.now())
    fragment = squeezed(progress_of(as_manager, batch).content.decode())
    assert "Given up after 5 attempts." in fragment
    assert POLLS not in fragment


def test_a_refused_import_offers_another_try_with_the_same_table(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import("refused", sentence="`x.csv` has no column for `owner`.")
    page = page_of(as_manager, batch)
    assert "has no column for" in page
    assert "/w/acme/imports/new/?table=deals" in page


def test_the_page_keeps_checksum_mapping_and_the_times_it_was_in_use(
    as_manager: Client, make_import: MakeImport
) -> None:
    batch = make_import("undone", mapping={"columns": {"owner": "Händler"}})
    page = page_of(as_manager, batch)
    assert "ab" * 32 in page
    assert "Händler" in page
    assert "until 3 Mar 2026, 00:00" in page
    mapping = as_manager.get(f"/w/acme/imports/{batch.pk}/mapping.json")
    assert json.loads(mapping.content) == {"columns": {"owner": "Händler"}}
    assert "attachment" in mapping.headers["Content-Disposition"]


def test_only_the_first_hundred_problems_are_on_the_page_and_their_number_is_told(
    as_manager: Client, make_import: MakeImport
) -> None:
    batch = make_import()
    RowIssue.objects.bulk_create(
        RowIssue(batch=batch, line=line, column="amount", value=f"<b>{line}", message="not a number")
        for line in range(2, 152)
    )
    page = page_of(as_manager, batch)
    assert "The first 100 of 150 problems" in page
    assert "&lt;b&gt;101" in page
    assert "&lt;b&gt;102" not in page


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    return tmp_path


@pytest.mark.parametrize("evil", ["=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", "\t=1"])
def test_a_rejected_cell_that_a_spreadsheet_would_run_is_disarmed(
    as_manager: Client, make_import: MakeImport, data_dir: Path, evil: str
) -> None:
    batch = make_import()
    path = rejects_path(batch)
    path.parent.mkdir(parents=True)
    path.write_text(f'line,reasons,id,amount\n7,Not a number.,"{evil}",-5\n')
    response = as_manager.get(f"/w/acme/imports/{batch.pk}/rejects.csv")
    body = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    line = body.splitlines()[1]
    assert f"'{evil}" in line
    assert line.endswith(",-5"), "a number stays a number"


def test_no_rejected_rows_is_a_404(as_manager: Client, make_import: MakeImport, data_dir: Path) -> None:
    assert as_manager.get(f"/w/acme/imports/{make_import().pk}/rejects.csv").status_code == 404


def test_a_page_with_a_hundred_problems_costs_few_queries(
    as_manager: Client, make_import: MakeImport, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    batch = make_import()
    RowIssue.objects.bulk_create(RowIssue(batch=batch, line=n, column="a", value="b", message="c") for n in range(150))
    with django_assert_max_num_queries(13):
        page_of(as_manager, batch)
    with django_assert_max_num_queries(11):
        progress_of(as_manager, batch)
