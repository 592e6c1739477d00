"""/healthz says yes only when everything answers, and which part does not."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery
from django.db import OperationalError
from django.http import JsonResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.pages.home import health
from apps.refresh.models import WorkerBeat
from apps.refresh.workers import beat

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def worker(db: None) -> None:
    beat("celery@test")


def asked() -> JsonResponse:
    response = Client().get("/healthz")
    assert isinstance(response, JsonResponse)
    return response


def failing(response: JsonResponse) -> set[str]:
    return {name for name, state in response.json()["checks"].items() if state != "ok"}  # type: ignore[attr-defined]


def test_all_is_well_when_everything_answers(worker: None) -> None:
    response = asked()
    assert response.status_code == 200
    assert response.json() == {  # type: ignore[attr-defined]
        "status": "ok",
        "checks": {"database": "ok", "column_store": "ok", "broker": "ok", "worker": "ok"},
    }


def test_a_worker_that_was_never_there_or_fell_silent_is_named(db: None) -> None:
    response = asked()
    assert (response.status_code, failing(response)) == (503, {"worker"})
    WorkerBeat.objects.create(name="celery@test", seen_at=timezone.now() - timedelta(seconds=31))
    assert failing(asked()) == {"worker"}
    beat("celery@test")
    assert asked().status_code == 200


def test_a_data_folder_that_cannot_be_written_is_named(worker: None, settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    assert failing(asked()) == {"column_store"}


def test_a_database_that_does_not_answer_is_named(worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("password of kpi@db.internal refused")

    monkeypatch.setitem(health.CHECKS, "database", away)
    response = asked()
    assert response.json()["checks"] == {  # type: ignore[attr-defined]
        "database": "does not answer", "column_store": "ok", "broker": "ok", "worker": "unknown",
    }  # fmt: skip
    assert b"internal" not in response.content


# A machine busy with other tests is slow in everything around the call, so what is asked is only that the silence ends.
WITHIN = 20  # seconds; a call without a limit would stay for ever

ASK = """
import time, django
django.setup()
from django.test import Client
before = time.monotonic()
answer = Client().get("/healthz", headers={"host": "localhost"})
print(answer.json()["checks"]["database"], time.monotonic() - before < WITHIN)
""".replace("WITHIN", str(WITHIN))


def test_a_database_server_that_takes_the_call_and_stays_silent_is_named_within_seconds(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgres://kpi:secret@127.0.0.1:{silent.getsockname()[1]}/kpi"
        settings = {
            "DJANGO_SETTINGS_MODULE": "kpitracker.settings.test",
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": url,
        }
        asked = subprocess.run(  # noqa: PLW1510 - what it prints is asserted
            [sys.executable, "-c", ASK],
            cwd=ROOT,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert asked.stdout.split("\n")[-2:] == ["does not answer True", ""], asked.stderr


@pytest.mark.parametrize("url", ["amqp://guest:secret@127.0.0.1:1//", "redis://:secret@127.0.0.1:1/0"])
def test_a_broker_that_does_not_answer_is_named_within_seconds(
    worker: None, url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BROKER_URL = url
    elsewhere = Celery("elsewhere", broker=url, set_as_current=False)
    monkeypatch.setattr(health, "current_app", elsewhere)
    before = timezone.now()
    response = asked()
    assert failing(response) == {"broker"}
    assert timezone.now() - before < timedelta(seconds=WITHIN)
    assert b"secret" not in response.content


def test_a_worker_forgets_those_that_are_long_gone(db: None) -> None:
    WorkerBeat.objects.create(name="celery@old", seen_at=timezone.now() - timedelta(days=2))
    beat("celery@test")
    beat("celery@test")
    assert list(WorkerBeat.objects.values_list("name", flat=True)) == ["celery@test"]
