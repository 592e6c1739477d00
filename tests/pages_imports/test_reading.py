"""The preview says how a file was read, and reads it in another way if asked."""

from django.test import Client

from tests.pages_imports.test_upload import upload

CONTENT = "Export\n\nid;owner;outcome;closed_on\n1;Zoé;open;\n2;Ann;open;\n".encode("cp1252")


def posted(client: Client, address: str, **answers: str) -> tuple[int, str]:
    draft = address.split("draft=")[1]
    base = address.split("?")[0]
    response = client.post(base, {"draft": draft, "decision": "check", **answers}, follow=True)
    return response.status_code, response.content.decode()


def test_what_was_guessed_is_shown_and_can_be_overruled(as_manager: Client) -> None:
    response = upload(as_manager, CONTENT)
    address = response.headers["Location"]
    page = as_manager.get(address).content.decode()
    assert "Read as: delimiter semicolon" in page
    assert "encoding Windows-1252, header line 3" in page
    assert "Zoé" in page
    status, page = posted(as_manager, address, **{"reading-encoding": "cp1251"})
    assert status == 200
    assert "encoding Windows-1251" in page
    assert "Zoй" in page


def test_a_reading_that_fails_says_so_and_keeps_the_old_one(as_manager: Client) -> None:
    address = upload(as_manager, CONTENT).headers["Location"]
    status, page = posted(as_manager, address, **{"reading-encoding": "utf-16"})
    assert status == 422
    assert 'role="alert"' in page
    assert "encoding Windows-1252" in as_manager.get(address).content.decode()
