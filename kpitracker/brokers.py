"""What each broker needs to be told, in one place. None is trusted with work: that is a row of refresh.Run (ADR 4)."""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, sqlalchemy
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool


class EmbeddedChannel(sqlalchemy.Channel):
    """Messages in an SQLite file of their own.

    One connection a transaction (NullPool), so that a forked pool process never inherits one; write-ahead log without
    waiting for the disk, because a message lost in a power cut is rung again.
    """

    def _engine_from_config(self) -> Engine:
        engine = create_engine(self.connection.client.hostname, poolclass=NullPool, connect_args={"timeout": 20})
        event.listen(engine, "connect", _speed_up)
        return engine


class EmbeddedTransport(sqlalchemy.Transport):
    """kombu's SQLAlchemy transport, looking five times a second instead of once."""

    Channel = EmbeddedChannel
    polling_interval = 0.2


def _speed_up(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def celery_options(url: str) -> dict[str, Any]:
    """Celery's broker settings for the broker at this address."""
    options: dict[str, Any] = {
        "broker_url": url,
        # A web request that rings the bell must not hang on a broker that is away: the tick rings again.
        "broker_connection_timeout": 2,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.1},
    }
    if url.startswith(("sqla+", "sqlalchemy+")):
        TRANSPORT_ALIASES["sqla"] = TRANSPORT_ALIASES["sqlalchemy"] = "kpitracker.brokers:EmbeddedTransport"
    elif url.startswith(("redis", "sentinel")):
        options["broker_transport_options"] = {
            # What a dead worker had fetched comes back after this; a run that is still going is not started twice,
            # because its row is taken.
            "visibility_timeout": 900,
            "unacked_restore_interval": 10,
            "socket_connect_timeout": 2,
            "socket_timeout": 15,
            "socket_keepalive": True,
            "health_check_interval": 25,
        }
    else:
        options["broker_heartbeat"] = 30
        options["broker_transport_options"] = {"confirm_publish": True}
    return options
