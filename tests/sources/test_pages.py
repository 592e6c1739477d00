"""Setting a source up, trying it, watching it, and who may."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from apps.audit.models import Event
from apps.datasets.models import Import, Source
from apps.datasets.sources.secrets import decrypt
from apps.people.models import Member, Workspace
from apps.refresh.models import Run
from apps.refresh.services import execute
from tests.sources.conftest import DEALS, MakeSource, Web, drop

ClientOf = Callable[[Member], Client]
USUAL = {"name": "CRM nightly", "table": "deals", "mode": "upsert", "cadence": "day", "at": "06:00", "grace_hours": "6"}
SECRET = "-".join(["tops3cret", "t0ken"])


@pytest.fixture
def desk(client_of: ClientOf, admin: Member) -> Client:
    return client_of(admin)


def url_form(web: Web, **more: str) -> dict[str, str]:
    return USUAL | {"config_address": web.url(), "allow_private": "on"} | more


def text_of(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))  # type: ignore[attr-defined]


def test_without_sources_the_page_tells_what_they_are(desk: Client) -> None:
    text = text_of(desk.get("/w/acme/sources/"))
    assert "No sources yet" in text
    for kind in Source.Kind.labels:
        assert kind in text


def test_a_source_is_tried_set_up_and_fetched(desk: Client, web: Web) -> None:
    web.serve(DEALS)
    tried = text_of(desk.post("/w/acme/sources/new/url/", url_form(web, test="1")))
    assert "It works: this is the beginning of deals.csv" in tried
    assert "Rita Evans" in tried
    assert (Source.objects.count(), Import.objects.count()) == (0, 0)
    answer = desk.post("/w/acme/sources/new/url/", url_form(web))
    source = Source.objects.get()
    assert answer["Location"] == f"/w/acme/sources/{source.pk}/"
    execute(run_id=Run.objects.get(kind=Run.Kind.FETCH).pk)
    shown = text_of(desk.get(answer["Location"]))
    assert "was taken in as import" in shown
    assert f"Import {Import.objects.get().pk}" in shown


def test_what_does_not_work_is_said_at_the_form(desk: Client, web: Web) -> None:
    answer = desk.post("/w/acme/sources/new/url/", url_form(web, test="1"))
    assert answer.status_code == 422
    assert "There is nothing at the address (404)" in text_of(answer)
    del (form := url_form(web))["allow_private"]
    assert "private network" in text_of(desk.post("/w/acme/sources/new/url/", form | {"test": "1"}))


def test_only_who_manages_the_workspace_allows_private_addresses(client_of: ClientOf, leader: Member, web: Web) -> None:
    desk = client_of(leader)
    assert desk.post("/w/acme/sources/new/url/", url_form(web)).status_code == 302
    assert not Source.objects.get().allow_private


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("folder", {"config_folder": "../x"}),
        ("url", {"config_address": "ftp://x/y"}),
        ("s3", {"config_bucket": "a", "config_which": "newest"}),
        ("sql", {"config_address": "oracle://a/b", "config_table": "t"}),
        ("sql", {"config_address": "postgresql://u@h/b"}),
        ("sql", {"config_address": "postgresql://u@h/b", "config_query": "DROP TABLE x"}),
    ],
)
def test_what_cannot_be_a_source_is_refused(desk: Client, kind: str, more: dict[str, str]) -> None:
    assert desk.post(f"/w/acme/sources/new/{kind}/", USUAL | more).status_code == 422
    assert Source.objects.count() == 0


def test_it_is_paused_resumed_fetched_removed_and_brought_back(
    desk: Client, make_source: MakeSource, dropped: Path
) -> None:
    source = make_source()
    address = f"/w/acme/sources/{source.pk}/"
    for action, told in (
        ("pause", "is paused"), ("resume", "goes on"), ("fetch", "is being fetched"), ("remove", "is removed"),
        ("restore", "is back"),
    ):  # fmt: skip
        assert told in text_of(desk.post(f"{address}{action}/", follow=True)), action
    desk.post(f"{address}remove/")
    assert "Removed" in text_of(desk.get("/w/acme/sources/"))
    assert Event.objects.filter(action__startswith="source.").count() == 6


def test_a_name_is_taken_once(desk: Client, make_source: MakeSource) -> None:
    make_source()
    answer = desk.post("/w/acme/sources/new/push/", USUAL)
    assert answer.status_code == 422
    assert "of this name already" in text_of(answer)


def test_credentials_are_kept_or_replaced_and_never_shown(desk: Client, web: Web) -> None:
    web.serve(DEALS)
    desk.post("/w/acme/sources/new/url/", url_form(web, secret_token=SECRET))
    source = Source.objects.get()
    address = f"/w/acme/sources/{source.pk}/"
    desk.post(f"{address}edit/", url_form(web, name="Renamed"))
    source.refresh_from_db()
    assert decrypt(source.secret) == {"token": SECRET}
    desk.post(f"{address}edit/", url_form(web, secret_token="other"))
    source.refresh_from_db()
    assert decrypt(source.secret) == {"token": "other"}


def test_credentials_never_follow_to_another_host(desk: Client, web: Web) -> None:
    desk.post("/w/acme/sources/new/url/", url_form(web, secret_token=SECRET))
    source = Source.objects.get()
    desk.post(f"/w/acme/sources/{source.pk}/edit/", url_form(web, config_address="https://elsewhere.example/a.csv"))
    source.refresh_from_db()
    assert (source.config["address"], source.secret) == ("https://elsewhere.example/a.csv", "")


def test_a_secret_is_nowhere_to_be_read(
    desk: Client,
    web: Web,
    tmp_path: Path,
    workspace: Workspace,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Not in pages, database, audit trail, logs or sentences; as password, token, header and part of an address."""
    caplog.set_level("DEBUG")
    drop(tmp_path, "x.csv")
    forms = {
        "url": [
            url_form(web, config_address=f"{web.url()}?key={SECRET}", name="1"),
            url_form(web, secret_user="ana", secret_password=SECRET, name="2"),
            url_form(web, secret_header="X-Key", secret_header_value=SECRET, secret_token=SECRET, name="3"),
        ],
        "s3": [USUAL | {"name": "4", "config_endpoint": web.url(""), "config_bucket": "exports", "allow_private": "on",
                        "config_which": "newest", "secret_access_key": "AKIA", "secret_secret_key": SECRET}],
        "sql": [USUAL | {"name": "5", "config_address": f"postgresql://ana:{SECRET}@127.0.0.1:1/x",
                         "config_table": "t", "allow_private": "on"}],
    }  # fmt: skip
    seen = []
    for kind, given in forms.items():
        for form in given:
            tried = desk.post(f"/w/acme/sources/new/{kind}/", form | {"test": "1"}).content.decode()
            # What was typed stands in its own field after a test that failed, and nowhere else.
            seen.append(tried.replace(form.get("config_address", "-").replace("&", "&amp;"), ""))
            assert desk.post(f"/w/acme/sources/new/{kind}/", form).status_code == 302
    for run in Run.objects.filter(kind=Run.Kind.FETCH):
        execute(run_id=run.pk)
    assert set(Source.objects.values_list("failures", flat=True)) == {1}
    for source in Source.objects.all():
        seen += [desk.get(f"/w/acme/sources/{source.pk}/{part}").content.decode() for part in ("", "edit/")]
    seen.append(desk.get("/w/acme/sources/").content.decode())
    seen.append(desk.get("/w/acme/history/").content.decode())
    seen += [str(row) for model in (Source, Run, Event) for row in model.objects.values()]
    seen += [str(row) for source in Source.objects.all() for row in source.fetches.values()]
    printed = capsys.readouterr()
    seen += [record.getMessage() + str(record.exc_text) for record in caplog.records if not _is_debug(record.name)]
    seen += [printed.out, "".join(line for line in printed.err.splitlines() if "urllib3" not in line)]
    assert not [text[:300] for text in seen if SECRET in text]


def _is_debug(logger: str) -> bool:
    """Loggers that production keeps at WARNING (kpitracker/logs.py)."""
    return logger.partition(".")[0] in ("urllib3", "botocore", "boto3")
