"""Who may read at all."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.people.models import ApiToken, Member
from apps.people.services import create_token, revoke_token

ReadsAs = Callable[[Member], Client]
LISTS = ["/api/v1/", "/api/v1/workspaces/", "/api/v1/kpis/", "/api/v1/goals/", "/api/v1/imports/"]


@pytest.mark.parametrize("address", [*LISTS, "/api/v1/goals/1/", "/api/v1/goals/1/actuals/", "/api/v1/nowhere/"])
def test_without_a_token_every_address_answers_401_with_a_sentence(client: Client, db: None, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 401
    assert answer.json()["detail"].startswith("Nobody is signed in. Send the header")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("address", LISTS)
def test_with_a_token_every_list_answers(admin: Member, reads_as: ReadsAs, address: str) -> None:
    assert reads_as(admin).get(address).status_code == 200


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "Bearer a b", "Bearer ÿÿ", "bearer kpit_x"])
def test_a_token_that_is_none_is_refused(db: None, header: str) -> None:
    answer = Client(headers={"authorization": header.encode().decode("latin-1")}).get("/api/v1/goals/")
    assert answer.status_code == 401
    assert "not valid" in answer.json()["detail"]


def test_a_password_in_the_header_is_no_token(admin: Member) -> None:
    answer = Client(headers={"authorization": "Basic YWRhOmJlcmc="}).get("/api/v1/goals/")
    assert answer.status_code == 401


def test_a_session_of_the_pages_does_not_open_the_api(admin: Member, client_of: Callable[[Member], Client]) -> None:
    assert client_of(admin).get("/api/v1/goals/").status_code == 401


def test_a_revoked_token_is_refused(admin: Member, reads_as: ReadsAs) -> None:
    program = reads_as(admin)
    revoke_token(token=ApiToken.objects.get(), by=admin, now=datetime.now(UTC))
    assert program.get("/api/v1/goals/").status_code == 401


def test_the_token_of_somebody_who_left_is_refused(rep: Member, reads_as: ReadsAs) -> None:
    program = reads_as(rep)
    rep.left_on = date(2026, 1, 1)
    rep.save()
    assert program.get("/api/v1/goals/").status_code == 401


def test_the_token_of_a_blocked_user_is_refused(rep: Member, reads_as: ReadsAs) -> None:
    program = reads_as(rep)
    assert rep.user is not None
    rep.user.is_active = False
    rep.user.save()
    assert program.get("/api/v1/goals/").status_code == 401


def test_only_a_digest_of_the_token_is_kept(admin: Member) -> None:
    token, secret = create_token(member=admin, name="a program")
    assert secret not in {str(value) for value in vars(token).values()}


def test_the_use_of_a_token_is_noted_but_not_written_on_every_call(admin: Member, reads_as: ReadsAs) -> None:
    program = reads_as(admin)
    with time_machine.travel(datetime(2026, 5, 12, 9, 0, tzinfo=UTC), tick=False) as clock:
        program.get("/api/v1/")
        first = ApiToken.objects.get().last_used_at
        with CaptureQueriesContext(
            connection,
        ) as queries:
            clock.shift(timedelta(seconds=30))
            program.get("/api/v1/")
        assert ApiToken.objects.get().last_used_at == first
        clock.shift(timedelta(minutes=10))
        program.get("/api/v1/")
    assert first == datetime(2026, 5, 12, 9, 0, tzinfo=UTC)
    assert ApiToken.objects.get().last_used_at == datetime(2026, 5, 12, 9, 10, 30, tzinfo=UTC)
    assert len(queries) <= 2


def test_the_root_says_as_whom_the_token_reads(rep: Member, reads_as: ReadsAs) -> None:
    root = reads_as(rep).get("/api/v1/").json()
    assert (root["workspace"], root["member"], root["role"]) == ("acme", "Rita Evans", "member")
    assert root["goals"] == "http://testserver/api/v1/goals/"


def test_nothing_can_be_written(admin: Member, reads_as: ReadsAs) -> None:
    answer = reads_as(admin).post("/api/v1/goals/", {}, content_type="application/json")
    assert answer.status_code == 405
    assert "detail" in answer.json()


def test_more_calls_than_allowed_are_told_to_wait(
    admin: Member, reads_as: ReadsAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.rate", "2/min", raising=False)
    program = reads_as(admin)
    answers = [program.get("/api/v1/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "detail" in answers[-1].json()
