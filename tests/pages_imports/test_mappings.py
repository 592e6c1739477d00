"""Mappings kept under a name: saved from a draft, named when they are used, taken along, removed and brought back."""

import json
from datetime import UTC, datetime

import pytest
from django.test import Client

from apps.datasets.models import Import, MappingVersion, SavedMapping
from tests.pages_imports.steps import a_file, confirm, draft_at, page_of, say, upload
from tests.squeezed import squeezed

pytestmark = pytest.mark.usefixtures("data_dir")
ODD = "Nr,Wer,Wie,Wann,Wert\n1,Rita Evans,won,2026-01-31,100\n2,Omar Faye,lost,2026-02-13,0\n"
COLUMNS = {"id": "Nr", "owner": "Wer", "outcome": "Wie", "closed_on": "Wann", "amount": "Wert"}
ADDRESS = "/w/acme/imports/mappings/"


@pytest.fixture
def saved(as_manager: Client) -> SavedMapping:
    draft = draft_at(upload(as_manager, ODD))
    say(as_manager, draft, **{f"column__{name}": header for name, header in COLUMNS.items()})
    as_manager.post(page_of(draft, "mapping/"), {"name": "CRM export"})
    return SavedMapping.objects.get()


def test_a_mapping_is_saved_and_named_when_a_file_like_it_comes(as_manager: Client, saved: SavedMapping) -> None:
    again = draft_at(upload(as_manager, ODD, table="", name="next.csv"))
    page = squeezed(as_manager.get(page_of(again)).content.decode())
    assert "taken from your mapping “CRM export”" in page
    assert again.mapping["columns"]["owner"] == "Wer"
    assert again.mapping_version == saved.versions.get()


def test_saving_again_makes_a_version_only_if_it_differs(as_manager: Client, saved: SavedMapping) -> None:
    draft = draft_at(upload(as_manager, ODD))
    as_manager.post(page_of(draft, "mapping/"), {"name": "crm export"})
    assert saved.versions.count() == 1
    say(as_manager, draft, constant__currency="CHF")
    as_manager.post(page_of(draft, "mapping/"), {"name": "CRM export"})
    assert [version.number for version in saved.versions.all()] == [2, 1]
    page = squeezed(as_manager.get(f"{ADDRESS}{saved.pk}/").content.decode())
    assert "Version 2" in page


def test_a_blank_name_is_refused_on_the_page(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    refused = as_manager.post(page_of(draft, "mapping/"), {"name": " "})
    assert refused.status_code == 422
    assert not SavedMapping.objects.exists()


def test_a_mapping_is_downloaded_and_taken_in_again(as_manager: Client, saved: SavedMapping) -> None:
    content = as_manager.get(f"{ADDRESS}{saved.pk}/v1.json").content
    assert json.loads(content) == saved.versions.get().mapping
    as_manager.post(ADDRESS, {"name": "Copy", "mapping_file": a_file(content, "mapping.json")})
    assert SavedMapping.objects.get(name="Copy").versions.get().mapping == json.loads(content)
    assert "Copy" in as_manager.get(ADDRESS).content.decode()


@pytest.mark.parametrize("content", ['{"columns": {}}', "nonsense", '{"table": "deals", "colums": {}}'])
def test_what_is_no_mapping_is_refused_at_the_field(as_manager: Client, content: str) -> None:
    response = as_manager.post(ADDRESS, {"name": "Copy", "mapping_file": a_file(content, "mapping.json")})
    assert response.status_code == 422
    assert 'id="id_mapping_file_error"' in response.content.decode()
    assert not MappingVersion.objects.exists()


def test_a_mapping_is_renamed_removed_and_brought_back(as_manager: Client, saved: SavedMapping) -> None:
    page = f"{ADDRESS}{saved.pk}/"
    as_manager.post(page, {"name": "Pipeline"})
    as_manager.post(f"{page}remove/")
    assert "Pipeline" not in as_manager.get(ADDRESS, follow=True).content.decode().split("No mapping saved")[1]
    as_manager.post(f"{page}bring-back/")
    assert "Pipeline" in as_manager.get(ADDRESS).content.decode()


def test_two_mappings_cannot_have_one_name(as_manager: Client, saved: SavedMapping) -> None:
    mapping = a_file('{"table": "deals", "columns": {"id": "X"}}', "mapping.json")
    as_manager.post(ADDRESS, {"name": "Other", "mapping_file": mapping})
    other = SavedMapping.objects.get(name="Other")
    refused = as_manager.post(f"{ADDRESS}{other.pk}/", {"name": "crm EXPORT"})
    assert refused.status_code == 422
    assert "already" in refused.content.decode()


def test_it_says_which_file_came_in_with_a_mapping_last(as_manager: Client, saved: SavedMapping) -> None:
    confirm(as_manager, draft_at(upload(as_manager, ODD, name="may.csv")))
    Import.objects.update(finished_at=datetime(2026, 5, 4, 10, tzinfo=UTC))
    again = draft_at(upload(as_manager, ODD, table="", name="june.csv"))
    page = squeezed(as_manager.get(page_of(again)).content.decode())
    assert "taken from your mapping “CRM export”, as for may.csv of 4 May 2026" in page


def test_a_saved_mapping_is_chosen_by_hand_and_none_as_well(as_manager: Client, saved: SavedMapping) -> None:
    draft = draft_at(upload(as_manager, "Nr,Wer,Wie,Wann,Zahl,Mehr,Noch\n1,Rita Evans,won,2026-01-31,1,2,3\n"))
    assert not draft.mapping_version_id, "its headers are too different to be remembered"
    say(as_manager, draft, taken__from=str(saved.pk))
    draft.refresh_from_db()
    assert draft.mapping["columns"]["owner"] == "Wer"
    assert draft.mapping_version == saved.versions.get()
    page = squeezed(as_manager.get(page_of(draft)).content.decode())
    assert f'<option value="{saved.pk}" selected>CRM export</option>' in page
    say(as_manager, draft, taken__from="0")
    draft.refresh_from_db()
    assert not draft.mapping_version_id
    same = draft_at(upload(as_manager, ODD))
    say(as_manager, same, taken__from="0")
    same.refresh_from_db()
    assert not same.mapping_version_id, "also where it would be remembered"
