"""A file that is sent in pieces: it goes on where it broke off, and is what its sender has or is not kept."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from apps.datasets.drafting import path_of
from apps.datasets.models import Draft
from tests.pages_imports.steps import GOOD

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


def test_a_large_file_is_looked_into_when_its_page_is_there(
    as_manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.pages.imports.new.LOOKED_AT_ONCE", 10)
    begun = begin(as_manager)
    send(as_manager, begun, 0, CONTENT)
    page = finish(as_manager, begun).json()["page"]
    assert "to find out what it is" in as_manager.get(page).content.decode()
    assert Draft.objects.get().look == {}
    assert "Rita Evans" in as_manager.post(page, follow=True).content.decode()
