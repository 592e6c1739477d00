"""Brokers and databases for tests that need real ones. One that is missing is a failure on CI, elsewhere a skip."""

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from kombu import Connection

POSTGRES = os.environ.get("TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432")
RABBITMQ = os.environ.get("TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//")
REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/13")


def need(name: str, port: int) -> None:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        sentence = f"{name} does not listen on port {port} of this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)


@contextmanager
def surroundings(database: str, broker: str, folder: Path) -> Iterator[dict[str, str]]:
    """The environment of processes that share a database, a broker and a data folder of their own; gone afterwards."""
    queue = f"kpitracker-test-{uuid.uuid4().hex[:12]}"
    urls = {
        "embedded": f"sqla+sqlite:///{folder / 'queue.sqlite3'}",
        "rabbitmq": RABBITMQ,
        "redis": REDIS,
    }
    with _database(database, folder) as url:
        try:
            yield {"DATABASE_URL": url, "BROKER_URL": urls[broker], "BROKER_QUEUE": queue, "DATA_DIR": str(folder)}
        finally:
            if broker != "embedded":
                _remove_queue(urls[broker], queue)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'test.sqlite3'}"
        return
    name = f"kpitracker_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{POSTGRES}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _remove_queue(url: str, queue: str) -> None:
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as store:
            for key in store.scan_iter(f"*{queue}*"):
                store.delete(key)
        return
    with Connection(url) as connection:
        channel = connection.channel()
        channel.queue_delete(queue)
        channel.exchange_delete(queue)  # Celery names both alike
