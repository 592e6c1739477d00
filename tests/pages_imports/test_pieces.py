"""A file that is sent in pieces: it goes on where it broke off, and is what its sender has or is not kept."""

import hashlib
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from apps.datasets.drafting import path_of
from apps.datasets.models import Draft, Import
from apps.refresh.models import Run
from tests.pages_imports.steps import GOOD, page_of, tried

pytestmark = pytest.mark.usefixtures("data_dir")
BEGIN = "/w/acme/imports/new/upload/"
CONTENT = GOOD.encode()


def begin(client: Client, content: bytes = CONTENT, name: str = "deals.csv") -> dict[str, Any]:
    response = client.post(BEGIN, {"name": name, "size": str(len(content)), "table": ""})
    assert response.status_code == 200, response.content
    return dict(response.json())


def send(client: Client, begun: dict[str, Any], offset: int, piece: bytes) -> Any:
    return client.post(f"{begun['upload']}?offset={offset}", piece, content_type="application/octet-stream")


def finish(client: Client, begun: dict[str, Any], content: bytes = CONTENT) -> Any:
    return client.post(begun["finish"], {"checksum": hashlib.sha256(content).hexdigest()})


def test_pieces_become_the_file_and_its_page(as_manager: Client) -> None:
    begun = begin(as_manager)
    assert send(as_manager, begun, 0, CONTENT[:50]).json() == {"received": 50}
    assert send(as_manager, begun, 50, CONTENT[50:]).json() == {"received": len(CONTENT)}
    page = finish(as_manager, begun).json()["page"]
    assert "Rita Evans" in as_manager.get(page).content.decode()
    assert path_of(Draft.objects.get()).read_bytes() == CONTENT


def test_a_broken_upload_goes_on_where_it_broke_off(as_manager: Client) -> None:
    begun = begin(as_manager)
    send(as_manager, begun, 0, CONTENT[:50])
    assert as_manager.get(begun["upload"]).json() == {"received": 50}, "the same page asks how far it came"
    again = begin(as_manager)  # or another day's page chooses the same file
    assert (again["received"], again["upload"]) == (50, begun["upload"])
    send(as_manager, again, 50, CONTENT[50:])
    assert "page" in finish(as_manager, again).json()


def test_a_piece_that_came_already_is_not_written_twice(as_manager: Client) -> None:
    begun = begin(as_manager)
    send(as_manager, begun, 0, CONTENT[:50])
    twice = send(as_manager, begun, 0, CONTENT[:50])
    assert (twice.status_code, twice.json()) == (409, {"received": 50})
    ahead = send(as_manager, begun, 70, CONTENT[70:])
    assert (ahead.status_code, ahead.json()) == (409, {"received": 50})


def test_a_file_that_arrives_damaged_is_refused_and_begins_anew(as_manager: Client) -> None:
    begun = begin(as_manager)
    send(as_manager, begun, 0, CONTENT[:-3] + b"9,9")
    refused = finish(as_manager, begun)
    assert refused.status_code == 422
    assert "arrived damaged" in refused.json()["sentence"]
    assert as_manager.get(begun["upload"]).json() == {"received": 0}


def test_a_file_that_is_not_all_there_is_not_looked_at(as_manager: Client) -> None:
    begun = begin(as_manager)
    send(as_manager, begun, 0, CONTENT[:50])
    assert finish(as_manager, begun).status_code == 409
    assert as_manager.get(begun["upload"].replace("upload/", "")).status_code == 302


def test_more_than_was_said_is_not_taken(as_manager: Client) -> None:
    begun = begin(as_manager)
    refused = send(as_manager, begun, 0, CONTENT + b"more")
    assert refused.status_code == 422
    assert path_of(Draft.objects.get()).stat().st_size == 0


@pytest.mark.parametrize(("size", "sentence"), [("0", "is empty"), ("11", "at most 10\xa0bytes"), ("-4", "is empty")])
def test_an_empty_or_too_large_file_is_refused_before_it_is_sent(
    as_manager: Client, monkeypatch: pytest.MonkeyPatch, size: str, sentence: str
) -> None:
    monkeypatch.setattr(settings, "UPLOAD_MAX_BYTES", 10)
    refused = as_manager.post(BEGIN, {"name": "deals.csv", "size": size})
    assert refused.status_code == 422
    assert sentence in refused.json()["sentence"]
    assert not Draft.objects.exists()


def test_what_is_no_table_is_told_at_the_end_and_not_kept(as_manager: Client) -> None:
    content = bytes(range(256)) * 20
    begun = begin(as_manager, content, "picture.csv")
    send(as_manager, begun, 0, content)
    refused = finish(as_manager, begun, content)
    assert (refused.status_code, "is not a text file" in refused.json()["sentence"]) == (422, True)
    assert not Draft.objects.exists()


def test_an_upload_that_broke_off_yesterday_is_swept(as_manager: Client) -> None:
    begun = begin(as_manager)
    send(as_manager, begun, 0, CONTENT[:50])
    Draft.objects.update(touched_at=timezone.now() - timedelta(hours=25))
    assert begin(as_manager)["received"] == 0
    assert Draft.objects.count() == 1
    gone = as_manager.get(begun["upload"])
    assert "no longer here" in gone.json()["sentence"]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is a large one."""
    monkeypatch.setattr("apps.datasets.drafting.LOOKED_AT_ONCE", 10)


@pytest.mark.usefixtures("large")
def test_a_large_file_is_looked_into_by_a_worker_and_the_page_says_how_far_it_is(as_manager: Client) -> None:
    page = sent(as_manager, CONTENT)
    draft = Draft.objects.get()
    assert "Waiting for a worker" in as_manager.get(page).content.decode()
    assert draft.look == {}
    Run.objects.filter(draft=draft).update(step="Reading the file", done=50_000)
    progress = as_manager.get(page, headers={"HX-Request": "true", "HX-Target": "looking"}).content.decode()
    assert progress.lstrip().startswith('<div class="stack tight"')
    assert "Reading the file … 50,000 rows" in progress
    tried(draft)
    swapped = as_manager.get(page, headers={"HX-Request": "true", "HX-Target": "looking"})
    assert swapped["HX-Retarget"] == "#draft"
    assert "Rita Evans" in swapped.content.decode()
    assert Run.objects.filter(draft=draft, kind=Run.Kind.TRY, state=Run.State.QUEUED).count() == 1, "tried at once"


@pytest.mark.usefixtures("large")
def test_another_word_about_a_large_file_counts_once_the_worker_has_found_that_it_fits(as_manager: Client) -> None:
    page = sent(as_manager, CONTENT)
    draft = tried(Draft.objects.get())
    before = draft.mapping["columns"]
    as_manager.post(page, {"column-amount": ""})
    draft.refresh_from_db()
    assert draft.mapping["columns"] == before
    assert tried(draft).mapping["columns"]["amount"] is None


@pytest.mark.usefixtures("large")
def test_a_large_file_that_is_no_table_says_so_on_its_page(as_manager: Client) -> None:
    page = sent(as_manager, bytes(range(256)) * 20)
    tried(Draft.objects.get())
    assert "is not a text file" in as_manager.get(page).content.decode()


@pytest.mark.usefixtures("large")
def test_confirming_neither_copies_nor_reads_the_file_again(
    as_manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(as_manager, CONTENT)
    draft = tried(tried(Draft.objects.get()))
    assert draft.outcome["counts"]["new"] > 0

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the file was opened in a request")

    monkeypatch.setattr("apps.datasets.uploads._copy_stream", never)
    monkeypatch.setattr("apps.datasets.services.receiving.plan_for", never)
    as_manager.post(page_of(draft, "confirm/"), {"tried": draft.fingerprint})
    batch = Import.objects.get()
    assert (batch.checksum, batch.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert (Path(settings.DATA_DIR) / batch.stored_path / "data").read_bytes() == CONTENT


def test_a_file_for_which_the_disk_has_no_room_is_refused_before_it_is_sent(
    as_manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = SimpleNamespace(free=100)
    monkeypatch.setattr("apps.datasets.services.drafts.shutil.disk_usage", lambda _: full)
    begun = as_manager.post(BEGIN, {"name": "deals.csv", "size": "500"})
    assert (begun.status_code, "only 100\xa0bytes left" in begun.json()["sentence"]) == (422, True)
    assert not Draft.objects.exists()


def sent(client: Client, content: bytes) -> str:
    """The whole way of a file in pieces; the address of its page."""
    begun = begin(client, content)
    send(client, begun, 0, content)
    return str(finish(client, begun, content).json()["page"])
