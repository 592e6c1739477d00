"""The way from a chosen file to an import, as the pages' tests walk it."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.datasets.models import Draft
from apps.refresh.models import Run
from apps.refresh.services import execute

ADDRESS = "/w/acme/imports/new/"
GOOD = (
    "id,owner,outcome,closed_on,amount\n"
    "1,Rita Evans,won,2026-01-31,100\n"
    "2,Omar Faye,lost,2026-02-13,0\n"
    "3,Rita Evans,open,,50\n"
)


def a_file(content: str | bytes, name: str = "deals.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def upload(client: Client, content: str | bytes = GOOD, *, table: str = "deals", **more: Any) -> Any:
    """The plain form. `more` are mapping_file, lookups or name."""
    name = more.pop("name", "deals.csv")
    return client.post(ADDRESS, {"table": table, "file": a_file(content, name), **more})


def draft_at(response: Any) -> Draft:
    assert response.status_code == 302, response.content.decode()
    return Draft.objects.get(token=response.url.rstrip("/").rsplit("/", 1)[1])


def page_of(draft: Draft, part: str = "") -> str:
    return f"/w/acme/imports/drafts/{draft.token}/{part}"


def say(client: Client, draft: Draft, **answers: Any) -> Any:
    """Answer on the draft's page; `column__owner` is the field column-owner."""
    return client.post(page_of(draft), {name.replace("__", "-"): value for name, value in answers.items()})


def tried(draft: Draft) -> Draft:
    """Let a worker do what waits for it."""
    for run in Run.objects.filter(draft=draft, state=Run.State.QUEUED):
        execute(run_id=run.pk)
    draft.refresh_from_db()
    return draft


def confirm(client: Client, draft: Draft) -> Any:
    """Try it and confirm what was tried."""
    if client.post(page_of(draft)).status_code < 400:
        tried(draft)
    return client.post(page_of(draft, "confirm/"), {"tried": draft.fingerprint})
