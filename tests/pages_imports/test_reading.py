"""The draft says how a file was read, and reads it in another way if asked."""

import pytest
from django.test import Client

from tests.pages_imports.steps import draft_at, page_of, upload

pytestmark = pytest.mark.usefixtures("data_dir")
CONTENT = "Export\n\nid;owner;outcome;closed_on\n1;Zoé;open;\n2;Ann;open;\n".encode("cp1252")


def test_what_was_guessed_is_shown_and_can_be_overruled(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, CONTENT))
    page = as_manager.get(page_of(draft)).content.decode()
    assert "Read as: delimiter semicolon" in page
    assert "encoding Windows-1252, header line 3" in page
    assert "Zoé" in page
    page = as_manager.post(page_of(draft), {"reading-encoding": "cp1251"}, follow=True).content.decode()
    assert "encoding Windows-1251" in page
    assert "Zoй" in page


def test_a_reading_that_fails_says_so_and_keeps_the_old_one(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, CONTENT))
    refused = as_manager.post(page_of(draft), {"reading-encoding": "utf-16"})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.content.decode()
    assert "encoding Windows-1252" in as_manager.get(page_of(draft)).content.decode()
