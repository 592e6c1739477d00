"""Connections to the databases that sources ask: read-only where the database knows such a thing, to a judged address.

PostgreSQL, MySQL, MariaDB and SQLite come with us. Any other that SQLAlchemy knows works once its driver is installed
beside us; such a driver looks up the host by itself, so an admin has to allow it.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from apps.common.errors import Refusal
from apps.datasets.sources import guard
from apps.datasets.sources.kinds import Asked
from apps.datasets.sources.secrets import hide
from apps.datasets.sources.watched import inside

# What sqlglot calls them, where that is another word.
DIALECTS = {"postgresql": "postgres", "mariadb": "mysql", "mssql": "tsql"}
OURS = ("postgresql", "mysql", "mariadb", "sqlite")
REFUSED = ("duckdb", "access")  # they open files of this machine
# How the number of rows is bounded where there is no LIMIT.
NO_LIMIT = {"mssql": "ORDER BY 1 OFFSET 0 ROWS FETCH NEXT :most ROWS ONLY", "oracle": "FETCH FIRST :most ROWS ONLY"}
OPTIONS = ("driver", "warehouse", "role", "schema", "encrypt")  # of drivers that are not ours
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SECONDS = 600  # for one query


def dialect_of(backend: str) -> str:
    """The backend as the parser of queries calls it."""
    return DIALECTS.get(backend, backend)


def read_address(address: str) -> URL:
    """The address as its parts; Refusal for a database that cannot be asked from here, or options we do not know."""
    try:
        url = make_url(address.strip())
        dialect = url.get_backend_name()
    except (ArgumentError, ValueError):
        raise Refusal(
            "The address cannot be read: it should look like postgresql://user@db.example.com/sales or sqlite:///a.db."
        ) from None
    if dialect in REFUSED:
        raise Refusal(f"{dialect} cannot be asked from here: it opens files of this machine.")
    _check_driver(url, dialect)
    _check_options(url, dialect)
    if dialect != "sqlite" and (not url.host or url.host.startswith("/")):
        raise Refusal("The address must name the host of the database.")
    return url


def _check_driver(url: URL, dialect: str) -> None:
    if dialect in OURS:
        return
    try:
        url.get_dialect().import_dbapi()
    except (NoSuchModuleError, ImportError):
        raise Refusal(
            f"There is no driver for {dialect or 'this database'} here; postgresql, mysql, mariadb, sqlite need none."
            " Whoever runs this installation can add it to the environment."
        ) from None


def _check_options(url: URL, dialect: str) -> None:
    known = {"postgresql": ("sslmode",)}.get(dialect, () if dialect in OURS else OPTIONS)
    if unknown := sorted(set(url.query) - set(known)):
        told = f"only {', '.join(known)} {'is' if len(known) == 1 else 'are'} known" if known else "none are known here"
        raise Refusal(f"The address may not hold {', '.join(unknown)}: of options {told}.")
    if dialect == "postgresql" and url.query and url.query["sslmode"] not in SSL_MODES:
        raise Refusal(f"sslmode is one of {', '.join(SSL_MODES)}.")


@contextmanager
def connected(asked: Asked, url: URL) -> Iterator[Connection]:
    password = asked.secret.get("password", "")
    backend = url.get_backend_name()
    engine = ENGINES.get(backend, _other)(asked, url, password)
    try:
        with engine.connect() as connection:
            if backend in READ_ONLY:
                connection.exec_driver_sql(READ_ONLY[backend])
            yield connection  # nothing is ever committed
    except DBAPIError as error:
        first = str(error.orig).strip().partition("\n")[0]
        raise Refusal(f"The database says: {hide(first, [password])}") from None
    except SQLAlchemyError:
        raise Refusal("The database cannot be asked: check its address and the query.") from None
    finally:
        engine.dispose()


def _sqlite(asked: Asked, url: URL, _password: str) -> Any:
    path = inside(asked.root, url.database or "")
    if not path.is_file():
        raise Refusal(f"There is no database file “{url.database}” in the folder of this workspace.")
    until = time.monotonic() + SECONDS

    def connect() -> sqlite3.Connection:
        made = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=20)
        made.set_progress_handler(lambda: int(time.monotonic() > until), 100_000)
        return made

    return create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)


def _postgresql(asked: Asked, url: URL, password: str) -> Any:
    """Connected to the address that was judged; nothing is taken from the environment of this machine."""
    port = url.port or 5432
    address = guard.resolve(url.host or "", port, allow_private=asked.allow_private)
    milliseconds = SECONDS * 1000
    options = {
        "hostaddr": address,
        "port": port,
        "password": password,
        "passfile": str(asked.folder / "none"),
        "connect_timeout": 10,
        "gssencmode": "disable",
        "application_name": "KPI Tracker",
        "options": f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}",
    }
    plain = URL.create("postgresql+psycopg", url.username, None, url.host, None, url.database, url.query)
    return create_engine(plain, poolclass=NullPool, hide_parameters=True, connect_args=options)


def _mysql(asked: Asked, url: URL, password: str) -> Any:
    """Connected to the address that was judged. The session reads only from its first statement on."""
    port = url.port or 3306
    options = {
        "host": guard.resolve(url.host or "", port, allow_private=asked.allow_private),
        "port": port,
        "password": password,
        "connect_timeout": 10,
        "read_timeout": SECONDS,
        "local_infile": False,
        "init_command": "SET SESSION TRANSACTION READ ONLY",
    }
    plain = URL.create("mysql+pymysql", url.username, None, url.host, None, url.database)
    return create_engine(plain, poolclass=NullPool, hide_parameters=True, connect_args=options)


def _other(asked: Asked, url: URL, password: str) -> Any:
    """Any other database whose driver is installed; it resolves the host anew, which the guard cannot follow."""
    if not asked.allow_private:
        raise Refusal(
            f"The driver of {url.get_backend_name()} looks up the host by itself: an admin has to allow private"
            " addresses for this source."
        )
    guard.resolve(url.host or "", url.port or 443, allow_private=True)
    return create_engine(url.set(password=password or None), poolclass=NullPool, hide_parameters=True)


ENGINES: dict[str, Callable[[Asked, URL, str], Any]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
}
READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "START TRANSACTION READ ONLY",
    "mariadb": "START TRANSACTION READ ONLY",
}
