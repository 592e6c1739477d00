"""The page of one import while it is on its way in, and when it is there."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.datasets.models import Import, MappingVersion, RowIssue, SavedMapping, Source
from apps.datasets.queries import rejects_path
from apps.datasets.services import redo_import, undo_import
from apps.goals.models import Goal
from apps.people.models import Member
from apps.refresh.effects import last_change
from apps.refresh.models import Run
from tests.pages_imports.conftest import MakeImport
from tests.squeezed import squeezed

POLLS = 'hx-trigger="every 1s"'


def make_run(batch: Import, state: str, kind: str = "import", **fields: Any) -> Run:
    subject = None if kind == "recompute" else batch
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


def test_a_hundred_problems_are_on_a_page_and_their_number_is_told(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import()
    RowIssue.objects.bulk_create(
        RowIssue(batch=batch, line=line, column="amount", value=f"<b>{line}", message="not a number")
        for line in range(2, 152)
    )
    page = page_of(as_manager, batch)
    assert "Problems 1 to 100 of 150" in page
    assert "&lt;b&gt;101" in page
    assert "&lt;b&gt;102" not in page


def test_problems_are_grouped_by_column_and_one_column_can_be_looked_at_alone(
    as_manager: Client, make_import: MakeImport
) -> None:
    batch = make_import()
    RowIssue.objects.bulk_create(
        [
            RowIssue(batch=batch, line=line, column="amount", value=f"x{line}", message="not a number")
            for line in range(120)
        ]
        + [RowIssue(batch=batch, line=7, column="owner", value="Bob", message="nobody is called so", rejects_row=False)]
    )
    page = page_of(as_manager, batch)
    assert "120 left out" in page
    assert "1 kept, warned" in page
    alone = squeezed(as_manager.get(f"/w/acme/imports/{batch.pk}/?column=owner").content.decode())
    assert "1 problem of the column owner" in alone
    assert "x119" not in alone
    second = squeezed(as_manager.get(f"/w/acme/imports/{batch.pk}/?column=amount&page=2").content.decode())
    assert "Problems 101 to 120 of 120" in second
    assert "x119" in second


@pytest.mark.parametrize("query", ["column=nonsense", "page=-3", "page=%00", "column=%00"])
def test_an_address_that_names_nothing_shows_the_page(as_manager: Client, make_import: MakeImport, query: str) -> None:
    batch = make_import()
    RowIssue.objects.create(batch=batch, line=2, column="amount", value="x", message="not a number")
    assert as_manager.get(f"/w/acme/imports/{batch.pk}/?{query}").status_code == 200


def test_the_rows_are_a_picture_that_says_in_words_what_it_shows(as_manager: Client, make_import: MakeImport) -> None:
    page = page_of(as_manager, make_import())
    assert 'aria-label="Rows of the file: 9 new, 1 changed, 2 rejected"' in page
    assert '<rect class="rows-changed" x="75.000%" width="8.333%"' in page


def test_mode_period_completeness_mapping_version_and_source_are_on_record(
    as_manager: Client, make_import: MakeImport, manager: Member
) -> None:
    saved = SavedMapping.objects.create(workspace=manager.workspace, name="CRM export", table="deals")
    version = MappingVersion.objects.create(saved=saved, number=3, mapping={})
    source = Source.objects.create(workspace=manager.workspace, name="Nightly", kind="url", table="deals")
    batch = make_import(
        mode="replace", replaces_from=date(2026, 1, 1), replaces_to=date(2026, 4, 1),
        complete_until=date(2026, 3, 31), mapping_version=version, source=source,
    )  # fmt: skip
    page = page_of(as_manager, batch)
    assert "in place of all rows from 1 Jan 2026 up to, not including, 1 Apr 2026" in page
    assert "nothing is missing until 31 Mar 2026" in page
    assert "CRM export" in page
    assert "version 3" in page
    assert "Nightly" in page


def test_what_was_done_to_an_import_is_told_in_order_with_who_did_it(
    as_manager: Client, make_import: MakeImport, manager: Member
) -> None:
    batch = make_import()
    undo_import(batch=batch, by=manager)
    redo_import(batch=batch, by=manager)
    again = make_import(reruns=batch, created_by=manager)
    page = page_of(as_manager, batch)
    story = page.split('id="history"')[1].split("On record")[0]
    assert story.index("Import undone") < story.index("Import redone") < story.index("Run again")
    assert f"import {again.pk}" in story
    assert story.count("Mara Dietz") == 3


def effect_of(batch: Import, **more: Any) -> dict[str, Any]:
    """What refresh.consequences keeps, of one flip, one figure and a closed month."""
    change = last_change(batch.live_times.all())
    assert change is not None
    figure = {"kpi": "revenue:deals", "before": "1240000", "after": "1210000"}
    return {
        "what": change.what, "moment": change.moment.isoformat(), "table": "deals", "today": "2026-11-20",
        "through": ["2026-11-13", "2026-11-19"], "goals_read": 120, "kpis_read": 9, "goals_moved": 2, "flips": 1,
        "goals": [], "kpis_moved": 1, "kpis": [{**figure, "start": "2026-10-01", "end": "2027-01-01"}],
        "closed": {
            "since": "2023-10-01", "goals_moved": 0, "periods_moved": 1, "figures_moved": 1, "material": 1, "goals": [],
            "periods": [{**figure, "before": "412000", "after": "398000", "start": "2026-07-01", "end": "2026-10-01"}],
        },
    } | more  # fmt: skip


def test_what_an_import_did_to_kpis_goals_and_closed_periods_is_told_in_words(
    as_manager: Client, make_import: MakeImport, manager: Member
) -> None:
    batch = make_import()
    goal = Goal.objects.create(
        workspace=manager.workspace, title="Sell more", kpi="revenue", variant="deals", scope="workspace",
        owner=manager, starts_on="2026-10-01", ends_on="2027-01-01",
    )  # fmt: skip
    flip = {"goal": goal.pk, "kpi": "revenue:deals", "before": "1240000", "after": "1210000"}
    gone = {**flip, "goal": goal.pk + 99, "from": "on_track", "to": "on_track"}
    Import.objects.filter(pk=batch.pk).update(
        effect=effect_of(batch, goals=[{**flip, "from": "on_track", "to": "at_risk"}, gone])
    )
    page = page_of(as_manager, batch)
    assert "What it changed" in page
    assert "1 KPI and 2 of 120 goals move; 1 status changes." in page
    assert "Data through 19 Nov 2026 instead of 13 Nov 2026." in page
    assert f'href="/w/acme/goals/{goal.pk}/">Sell more</a>' in page
    assert "At risk" in page
    assert "1.24 M" in page
    assert "−2.4 %" in page
    assert "1 closed period is touched, 1 figure by more than 0.5 %. Looked back to 1 Oct 2023." in page
    assert "Q3 2026" in page
    assert "398 k" in page
    assert "1 goal that you may not see moves too" in page


def test_an_effect_that_is_older_than_the_last_change_is_not_shown(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import()
    Import.objects.filter(pk=batch.pk).update(effect=effect_of(batch, moment="2020-01-01T00:00:00+00:00"))
    assert "What it changed" not in page_of(as_manager, batch)


def test_polling_goes_on_until_what_it_did_is_told(as_manager: Client, make_import: MakeImport) -> None:
    batch = make_import()
    run = make_run(batch, "queued", "effect")
    assert POLLS in squeezed(progress_of(as_manager, batch).content.decode())
    Run.objects.filter(pk=run.pk).update(state="done", finished_at=timezone.now())
    assert POLLS not in squeezed(progress_of(as_manager, batch).content.decode())


def test_the_file_comes_back_byte_for_byte_and_no_browser_runs_it(
    as_manager: Client, make_import: MakeImport, data_dir: Path
) -> None:
    batch = make_import(file_name="<b>.html", stored_path="uploads/1/x")
    (data_dir / "uploads/1/x").mkdir(parents=True)
    (data_dir / "uploads/1/x/data").write_bytes(b"id\r\n\x00<script>")
    response = as_manager.get(f"/w/acme/imports/{batch.pk}/file/")
    assert b"".join(response.streaming_content) == b"id\r\n\x00<script>"  # type: ignore[attr-defined]
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_a_file_that_is_no_longer_kept_is_a_404(as_manager: Client, make_import: MakeImport, data_dir: Path) -> None:
    assert as_manager.get(f"/w/acme/imports/{make_import().pk}/file/").status_code == 404


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
    with django_assert_max_num_queries(19):
        page_of(as_manager, batch)
    with django_assert_max_num_queries(19):
        progress_of(as_manager, batch)
