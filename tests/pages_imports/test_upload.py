"""Choosing a file with the plain form: what is refused at once, and what is kept."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from apps.datasets.models import Draft, Import
from apps.people.models import Member, Workspace
from tests.cast import ClientOf
from tests.pages_imports.steps import ADDRESS, GOOD, a_file, confirm, draft_at, page_of, say, upload
from tests.squeezed import squeezed

pytestmark = pytest.mark.usefixtures("data_dir")


def nothing_is_kept() -> bool:
    folders = list((Path(settings.DATA_DIR) / "drafts").glob("*"))
    return not Import.objects.exists() and not Draft.objects.exists() and not folders


def test_a_good_file_is_shown_before_anything_is_imported(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    page = squeezed(as_manager.get(page_of(draft)).content.decode())
    assert "Rita Evans" in page
    assert '<option value="closed_on" selected>closed_on</option>' in page
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty"),
        (b"\n\n \n", "is empty"),
        (bytes(range(256)) * 20, "is not a text file"),
    ],
)
def test_a_bad_file_gets_one_sentence_at_the_field_and_nothing_is_kept(
    as_manager: Client, content: str | bytes, sentence: str
) -> None:
    response = upload(as_manager, content)
    page = response.content.decode()
    assert response.status_code == 422
    error = page[page.index('id="id_file_error"') :]
    assert sentence in error[: error.index("</div>")]
    assert nothing_is_kept()


def test_a_file_that_is_too_large_is_refused(as_manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "UPLOAD_MAX_BYTES", 10)
    response = upload(as_manager)
    assert response.status_code == 422
    assert "at most 10\xa0bytes can be uploaded" in response.content.decode()
    assert nothing_is_kept()


def test_no_file_is_one_sentence_and_the_table_may_be_left_open(as_manager: Client) -> None:
    page = squeezed(as_manager.post(ADDRESS, {}).content.decode())
    assert "Choose a file to import." in page
    assert '<option value="" selected>Recognise from the file</option>' in page


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (b"{not json", "is not JSON"),
        (b'["id"]', "but not a mapping"),
        (json.dumps({"table": "orders"}).encode(), "for the table orders, but the chosen table is deals"),
        (json.dumps({"columns": {"owner": "Nobody"}}).encode(), "`Nobody`"),
    ],
)
def test_a_bad_mapping_file_gets_one_sentence_at_its_field(as_manager: Client, mapping: bytes, sentence: str) -> None:
    response = upload(as_manager, mapping_file=a_file(mapping, "mapping.json"))
    page = response.content.decode()
    assert response.status_code == 422
    error = page[page.index('id="id_mapping_file_error"') :]
    assert sentence in error[: error.index("</div>")].replace("&#x27;", "'")
    assert nothing_is_kept()


@pytest.mark.parametrize("path", ["teams.csv", "/etc/passwd", "../../settings.py", "..\\teams.csv"])
def test_a_lookup_is_only_ever_an_uploaded_file(as_manager: Client, path: str) -> None:
    mapping = {"lookups": [{"file": path, "on": {"owner": "Person"}, "columns": {"team": "Team"}}]}
    response = upload(as_manager, mapping_file=a_file(json.dumps(mapping), "mapping.json"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "Choose that file under lookup files too." in page[page.index('id="id_lookups_error"') :]
    assert nothing_is_kept()


def test_two_files_can_be_on_their_way_at_once(as_manager: Client) -> None:
    first, second = draft_at(upload(as_manager)), draft_at(upload(as_manager, name="others.csv"))
    assert as_manager.get(page_of(first)).status_code == 200
    page = as_manager.get(ADDRESS).content.decode()
    assert "Begun and not ended" in page
    assert page_of(second) in page


def test_putting_a_file_away_keeps_nothing(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    as_manager.post(page_of(draft, "discard/"))
    assert nothing_is_kept()


def test_nobody_else_can_see_change_or_confirm_a_draft(as_manager: Client, client_of: ClientOf, leader: Member) -> None:
    draft, other = draft_at(upload(as_manager)), client_of(leader)
    assert other.get(page_of(draft)).headers["Location"] == ADDRESS
    say(other, draft, table="customers")
    other.post(page_of(draft, "repair/"), {"exclude": "2"})
    other.post(page_of(draft, "confirm/"))
    draft.refresh_from_db()
    assert (draft.table, draft.repairs) == ("deals", {})
    assert not Import.objects.exists()


def test_a_name_that_looks_like_a_path_stays_a_name(as_manager: Client, data_dir: Path) -> None:
    confirm(as_manager, draft_at(upload(as_manager, name="../../evil.csv")))
    assert Import.objects.get().file_name == "evil.csv"
    assert not list(data_dir.parent.glob("evil.csv"))


def test_drafts_that_nobody_touched_for_a_day_are_swept_when_somebody_uploads(
    as_manager: Client, client_of: ClientOf, leader: Member, data_dir: Path
) -> None:
    old = draft_at(upload(client_of(leader)))
    Draft.objects.filter(pk=old.pk).update(touched_at=timezone.now() - timedelta(hours=25))
    fresh = draft_at(upload(as_manager))
    assert [draft.token for draft in Draft.objects.all()] == [fresh.token]
    assert [folder.name for folder in (data_dir / "drafts").iterdir()] == [fresh.token]


def test_a_header_is_shown_as_text(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, GOOD.replace("amount", "<script>alert(1)</script>")))
    assert "<script>alert(1)" not in as_manager.get(page_of(draft)).content.decode()


@pytest.mark.parametrize("role", ["rep", "viewer"])
def test_who_may_not_import_cannot_upload(
    role: str, client_of: ClientOf, request: pytest.FixtureRequest, workspace: Workspace
) -> None:
    assert upload(client_of(request.getfixturevalue(role))).status_code == 403
    assert nothing_is_kept()
