"""Programs that bring data: rows or files, once, within bounds, and told in sentences."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.datasets.models import Import, MappingVersion, SavedMapping, Source
from apps.datasets.services.sources import create_source
from apps.datasets.uploads import upload_of
from apps.people.models import Member, Workspace
from apps.refresh.models import Run
from apps.refresh.services import execute

ReadsAs = Callable[[Member], Client]
ROWS = [
    {"id": 1, "owner": "Rita Evans", "closed_on": "2026-10-15", "outcome": "won", "amount": "100.10"},
    {"id": 2, "owner": "Rita Evans", "closed_on": None, "outcome": "open", "note": "two\nlines, “quoted”"},
]
CSV = b"id,owner,outcome\n1,Rita Evans,open\n"


@pytest.fixture
def program(manager: Member, reads_as: ReadsAs) -> Client:
    return reads_as(manager)


def push(program: Client, body: Any, key: str = "", **headers: str) -> Any:
    named = {"Idempotency-Key": key} if key else {}
    return program.post("/api/v1/imports/", body, content_type="application/json", headers=named | headers)


def test_rows_are_taken_and_the_address_tells_what_became_of_them(program: Client) -> None:
    answer = push(program, {"table": "deals", "rows": ROWS, "complete_until": "2026-10-31"})
    assert answer.status_code == 202
    told = answer.json()
    assert told["state"] == "waiting"
    assert answer["Location"] == told["address"]
    execute(run_id=Run.objects.get(kind=Run.Kind.IMPORT).pk)
    after = program.get(told["address"]).json()
    assert (after["state"], after["rows_new"], after["complete_until"]) == ("committed", 2, "2026-10-31")
    assert not [issue for issue in after["issues"] if issue["rejects_row"]]


def test_decimals_are_never_floats(program: Client) -> None:
    body = '{"table": "deals", "rows": [{"id": 1, "owner": "R", "outcome": "open", "amount": 12345678901234.12}]}'
    assert push(program, body).status_code == 202
    batch = Import.objects.get()
    assert "12345678901234.12" in upload_of(batch).data.read_text()


def test_a_file_is_taken_as_a_form(program: Client) -> None:
    file = SimpleUploadedFile("deals.csv", CSV, "text/csv")
    mapping = json.dumps({"columns": {"id": "id"}})
    answer = program.post("/api/v1/imports/", {"table": "deals", "file": file, "mapping": mapping})
    assert (answer.status_code, answer.json()["file_name"]) == (202, "deals.csv")


def test_the_same_push_under_the_same_key_is_one_import(program: Client) -> None:
    first = push(program, {"table": "deals", "rows": ROWS}, "night-1")
    again = push(program, {"rows": ROWS, "table": "deals"}, "night-1")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    assert Import.objects.count() == Run.objects.count() == 1


def test_another_push_under_the_same_key_is_refused(program: Client) -> None:
    push(program, {"table": "deals", "rows": ROWS}, "night-1")
    for other in ({"table": "deals", "rows": ROWS[:1]}, {"table": "deals", "rows": ROWS, "mode": "append"}):
        answer = push(program, other, "night-1")
        assert answer.status_code == 409
        assert "new key" in answer.json()["detail"]
    assert Import.objects.count() == 1


def test_the_key_of_another_workspace_is_another_key(program: Client, outsider: Member, reads_as: ReadsAs) -> None:
    assert push(program, {"table": "deals", "rows": ROWS}, "night-1").status_code == 202
    assert push(reads_as(outsider), {"table": "deals", "rows": ROWS[:1]}, "night-1").status_code == 202


def test_a_saved_mapping_is_used_by_its_name(program: Client, workspace: Workspace) -> None:
    saved = SavedMapping.objects.create(workspace=workspace, name="CRM", table="deals")
    version = MappingVersion.objects.create(saved=saved, number=1, mapping={"columns": {"id": "Nr", "owner": "Who"}})
    rows = [{"Nr": "A", "Who": "Rita Evans", "outcome": "open"}]
    assert push(program, {"table": "deals", "rows": rows, "mapping": "crm"}).status_code == 202
    assert Import.objects.get().mapping_version == version
    assert (
        "no saved mapping “other”"
        in push(program, {"table": "deals", "rows": rows, "mapping": "other"}).json()["detail"]
    )


def test_a_push_source_gives_table_and_mapping_and_is_no_longer_late(program: Client, admin: Member) -> None:
    wishes = {"name": "Webshop", "kind": "push", "table": "deals", "config": {}}
    now = timezone.now()
    source = create_source(workspace=admin.workspace, by=admin, wishes=wishes, now=now)  # type: ignore[arg-type]
    assert push(program, {"source": "webshop", "rows": ROWS}).status_code == 202
    execute(run_id=Run.objects.get(kind=Run.Kind.IMPORT).pk)
    assert Import.objects.get().source == source
    assert Source.objects.get().last_success_at is not None


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"table": "deals"}, "either `rows` as JSON or `file`"),
        ({"rows": ROWS}, "Say which `table`"),
        ({"table": "nothing", "rows": ROWS}, "table: "),
        ({"table": "deals", "rows": []}, "at least one object"),
        ({"table": "deals", "rows": ["x"]}, "Row 1 is not an object"),
        ({"table": "deals", "rows": [{"id": {"a": 1}}]}, "Row 1, id: a cell is"),
        ({"table": "deals", "rows": [{"amount": 1}]}, ""),
        ({"table": "deals", "rows": ROWS, "mode": "replace", "replaces_from": "2026-01-01"}, "both"),
        ({"table": "deals", "rows": ROWS, "workspace": "globex"}, "token is of the workspace acme"),
        ({"table": "deals", "rows": ROWS, "source": "x"}, "no push source “x”"),
        ({"table": "deals", "rows": ROWS, "mapping": 7}, "no saved mapping"),
        ({"table": "deals", "rows": ROWS, "complete_until": "soon"}, "complete_until"),
        ([], ""),
        ("{", "not JSON"),
        ('{"table": "deals", "rows": [{"id": NaN}]}', "not JSON"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(program: Client, body: Any, sentence: str) -> None:
    answer = push(program, body)
    assert (answer.status_code, sentence in answer.json()["detail"]) == (400, True), answer.json()
    assert Import.objects.count() == 0


def test_bounds_are_told(program: Client, settings: Settings) -> None:
    settings.PUSH_MAX_ROWS = 1
    assert push(program, {"table": "deals", "rows": ROWS}).status_code == 413
    settings.UPLOAD_MAX_BYTES = 10
    file = SimpleUploadedFile("deals.csv", CSV * 10, "text/csv")
    assert program.post("/api/v1/imports/", {"table": "deals", "file": file}).status_code == 400
    assert Import.objects.count() == 0


def test_too_many_pushes_a_minute_are_refused(program: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.api.views.PushThrottle.rate", "2/min", raising=False)
    answers = [push(program, {"table": "deals", "rows": ROWS}, "k").status_code for _ in range(3)]
    assert answers == [202, 200, 429]
    assert program.get("/api/v1/imports/").status_code == 200


@pytest.mark.parametrize("who", ["rep", "viewer"])
def test_who_may_not_import_on_the_pages_may_not_push(
    who: str, request: pytest.FixtureRequest, reads_as: ReadsAs
) -> None:
    answer = push(reads_as(request.getfixturevalue(who)), {"table": "deals", "rows": ROWS})
    assert answer.status_code == 403
    assert Import.objects.count() == 0


def test_without_a_token_nothing_is_taken(client: Client, db: None) -> None:
    assert push(client, {"table": "deals", "rows": ROWS}).status_code == 401
