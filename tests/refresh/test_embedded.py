"""The embedded broker: messages in a file, and no rubbish left in it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from celery import Celery
from pytest_django.fixtures import Settings

from apps.refresh.embedded import prune
from kpitracker.brokers import EmbeddedTransport, celery_options


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite3"


@pytest.fixture
def app(queue: Path) -> Iterator[Celery]:
    app = Celery("test", set_as_current=False)
    app.config_from_object(celery_options(f"sqla+sqlite:///{queue}") | {"task_default_queue": "kpitracker"})
    yield app
    app.close()


def messages(queue: Path) -> list[bool]:
    """Whether each stored message still waits."""
    with closing(sqlite3.connect(queue)) as connection:
        return [bool(row[0]) for row in connection.execute("SELECT visible FROM kombu_message ORDER BY id")]


def take(app: Celery) -> list[int]:
    with app.connection_for_read() as connection, connection.SimpleQueue("kpitracker") as waiting:
        message = waiting.get(timeout=5)
        message.ack()
        return list(message.payload[0])


def test_a_message_goes_through_and_its_row_is_pruned(app: Celery, queue: Path) -> None:
    for run_id in (1, 2, 3):
        app.send_task("apps.refresh.tasks.execute_run", args=[run_id])
    assert take(app) == [1]
    assert messages(queue) == [False, True, True]
    assert prune() == 1
    assert messages(queue) == [True, True]
    assert take(app) == [2]


def test_the_file_is_written_ahead_and_looked_at_often(app: Celery, queue: Path) -> None:
    app.send_task("apps.refresh.tasks.execute_run", args=[1])
    with closing(sqlite3.connect(queue)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with app.connection_for_read() as connection:
        assert isinstance(connection.transport, EmbeddedTransport)
        assert connection.transport.polling_interval <= 0.2


def test_pruning_does_nothing_before_the_first_message_or_with_another_broker(settings: Settings) -> None:
    assert prune() == 0
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    assert prune() == 0


def test_pruning_leaves_a_file_alone_that_is_not_made_yet(queue: Path) -> None:
    queue.touch()
    assert prune() == 0


@pytest.mark.parametrize("url", ["amqp://guest@127.0.0.1//", "redis://127.0.0.1/0", "sqla+sqlite:////tmp/queue"])
def test_no_broker_makes_a_request_wait_for_long(url: str) -> None:
    options = celery_options(url)
    assert options["broker_connection_timeout"] <= 2
    assert options["task_publish_retry_policy"]["max_retries"] <= 1
