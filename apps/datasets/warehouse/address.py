"""The address of a database, judged and put together for one connection."""

import psycopg
from psycopg.conninfo import make_conninfo

from apps.common.errors import Refusal
from apps.datasets.sources.engines import read_address
from apps.datasets.sources.guard import resolve


def libpq_address(shown: str, password: str, *, allow_private: bool) -> str:
    """Refusal (Forbidden) for a host that may not be reached, or an address that is not PostgreSQL's."""
    url = read_address(shown)
    if url.get_backend_name() != "postgresql" or not url.host:
        raise Refusal("Only a PostgreSQL database can be used in place: postgresql://user@db.example.com/analytics.")
    port = url.port or 5432
    parts = {
        "host": url.host,
        "hostaddr": resolve(url.host, port, allow_private=allow_private),
        "port": str(port),
        "dbname": url.database or url.username or "postgres",
        "user": url.username or "",
        "password": password,
        "sslmode": str(url.query.get("sslmode", "prefer")),
        "application_name": "kpi-tracker",
    }
    try:
        return make_conninfo("", **{name: value for name, value in parts.items() if value})
    except psycopg.Error:
        raise Refusal("The address of the database cannot be read.") from None
