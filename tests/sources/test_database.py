"""SQL sources against real databases."""

import csv
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from apps.common.errors import Refusal
from apps.datasets.sources.database import check_query
from apps.datasets.sources.engines import read_address
from apps.datasets.sources.fetch import fetch
from apps.datasets.sources.kinds import Asked, Found, Nothing
from tests.refresh.services import POSTGRES, need
from tests.sources.conftest import Ask


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert isinstance(answer, Found), answer
    with answer.path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def crm(ask: Ask) -> Path:
    path = ask("sql", {}).root / "crm.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            """CREATE TABLE deals (id INTEGER, owner TEXT, amount NUMERIC, changed INTEGER);
            INSERT INTO deals VALUES (1, 'Ann', 10.5, 1), (2, 'Bo; "x"', NULL, 2), (3, 'Cy: 5%', 30, 2);"""
        )
        db.commit()
    return path


def sql(ask: Ask, state: dict[str, Any] | None = None, mode: str = "upsert", rows: int = 1000, **config: str) -> Asked:
    given = {"address": "sqlite:///crm.sqlite3", **config}
    return ask("sql", given, state=state or {}, mode=mode, max_rows=rows)


def test_a_table_comes_whole_and_only_when_it_has_changed(ask: Ask, crm: Path) -> None:
    first = fetch(sql(ask, table="deals"))
    assert [row["owner"] for row in rows_of(first)] == ["Ann", 'Bo; "x"', "Cy: 5%"]
    assert rows_of(first)[1]["amount"] == ""
    assert isinstance(fetch(sql(ask, first.state, table="deals")), Nothing)


def test_a_query_runs_with_its_colons_and_signs(ask: Ask, crm: Path) -> None:
    query = "SELECT id, owner || ' :x' AS owner FROM deals WHERE owner LIKE '%5\\%' ESCAPE '\\' -- only :those\n;"
    assert rows_of(fetch(sql(ask, query=query))) == [{"id": "3", "owner": "Cy: 5% :x"}]


def test_only_what_is_new_comes_by_a_column(ask: Ask, crm: Path) -> None:
    first = fetch(sql(ask, table="deals", column="changed"))
    assert len(rows_of(first)) == 3
    assert isinstance(fetch(sql(ask, first.state, table="deals", column="changed")), Nothing)
    with closing(sqlite3.connect(crm)) as db:  # one came late with the last value, one is newer
        db.execute("INSERT INTO deals VALUES (4, 'Di', 1, 2), (5, 'Ed', 1, 3)")
        db.commit()
    second = fetch(sql(ask, first.state, table="deals", column="changed"))
    assert sorted(row["id"] for row in rows_of(second)) == ["2", "3", "4", "5"]
    assert second.state["watermark"] == "3"


def test_rows_that_are_only_added_never_come_twice(ask: Ask, crm: Path) -> None:
    first = fetch(sql(ask, mode="append", table="deals", column="changed"))
    with closing(sqlite3.connect(crm)) as db:
        db.execute("INSERT INTO deals VALUES (5, 'Ed', 1, 3)")
        db.commit()
    second = fetch(sql(ask, first.state, mode="append", table="deals", column="changed"))
    assert [row["id"] for row in rows_of(second)] == ["5"]


@pytest.mark.parametrize("mode", ["upsert", "append"])
def test_more_rows_than_fit_come_in_parts_cut_between_two_values(ask: Ask, crm: Path, mode: str) -> None:
    first = fetch(sql(ask, mode=mode, rows=2, table="deals", column="changed"))
    assert isinstance(first, Found)
    assert ([row["id"] for row in rows_of(first)], first.more) == (["1"], True)
    second = fetch(sql(ask, first.state, mode=mode, rows=3, table="deals", column="changed"))
    assert [row["id"] for row in rows_of(second)][-2:] == ["2", "3"]


def test_more_rows_than_fit_without_a_column_are_refused(ask: Ask, crm: Path) -> None:
    with pytest.raises(Refusal, match="more than 2 rows"):
        fetch(sql(ask, rows=2, table="deals"))


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM deals", "SELECT 1; DROP TABLE deals", "DROP TABLE deals", "ATTACH 'x' AS y", "PRAGMA query_only=0",
        "WITH gone AS (DELETE FROM deals RETURNING *) SELECT * FROM gone", "SELECT * INTO copy FROM deals",
        "COPY deals TO '/tmp/x'", "VACUUM", "", "SELECT (", "1) AS x; DROP TABLE deals; SELECT * FROM (SELECT 1",
    ],
)  # fmt: skip
def test_only_one_statement_that_reads_is_taken(query: str) -> None:
    for dialect in ("postgresql", "mysql", "sqlite"):
        with pytest.raises(Refusal):
            check_query(query, dialect)


@pytest.mark.parametrize(
    "address",
    [
        "oracle://a@db/x", "mysql:///local", "mysql://a@h/x?local_infile=1",
        "duckdb:///x", "postgresql:///local", "postgresql://a@h/x?host=/tmp", "nonsense",
        "postgresql://a@h/x?passfile=/etc/passwd", "sqlite:///a.db?mode=rwc", "postgresql://a@h/x?sslmode=never",
    ],
)  # fmt: skip
def test_only_known_databases_and_options_are_taken(address: str) -> None:
    with pytest.raises(Refusal):
        read_address(address)


@pytest.mark.parametrize("path", ["../outside.sqlite3", "/etc/passwd", "nothing.sqlite3"])
def test_a_database_file_lies_in_the_folder_of_the_workspace(ask: Ask, crm: Path, path: str) -> None:
    with pytest.raises(Refusal, match=r"inside|no database file"):
        fetch(sql(ask, address=f"sqlite:///{path}", table="deals"))


def test_an_error_of_the_database_is_told(ask: Ask, crm: Path) -> None:
    with pytest.raises(Refusal, match="no such table"):
        fetch(sql(ask, table="nothing"))
    with pytest.raises(Refusal, match="no column “when”"):
        fetch(sql(ask, table="deals", column="when"))


def test_a_host_inside_is_not_asked(ask: Ask) -> None:
    asked = ask("sql", {"address": "postgresql://a@127.0.0.1:5432/x", "table": "t"}, allow_private=False)
    with pytest.raises(Refusal, match="private network"):
        fetch(asked)


@pytest.fixture
def postgres() -> Iterator[str]:
    need("PostgreSQL", 5432)
    name = f"kpitracker_source_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as db:
        db.execute(f'CREATE DATABASE "{name}"')
    url = f"{POSTGRES}/{name}"
    with psycopg.connect(url) as db:
        db.execute("CREATE SCHEMA crm")
        db.execute("CREATE TABLE crm.deals (id int, day date, amount numeric(12,2), changed timestamptz, ok bool)")
        db.execute(
            "INSERT INTO crm.deals SELECT i, date '2026-01-01' + i, i * 1.10, timestamptz '2026-01-01' + i * interval"
            " '1 day', i % 2 = 0 FROM generate_series(1, 20000) i"
        )
    yield url.replace("postgres://", "postgresql://")
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as db:
        db.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.services
def test_rows_of_postgresql_come_typed_and_from_where_the_last_fetch_ended(ask: Ask, postgres: str) -> None:
    config = {"address": postgres, "table": "crm.deals", "column": "changed"}
    first = fetch(ask("sql", config, max_rows=15_000))
    rows = rows_of(first)
    assert rows[1] | {"changed": ""} == {"id": "2", "day": "2026-01-03", "amount": "2.20", "changed": "", "ok": "true"}
    second = fetch(ask("sql", config, state=first.state, max_rows=15_000))
    assert len(rows) + len(rows_of(second)) == 20_000 + 1  # the one at the seam is asked for again
    assert isinstance(fetch(ask("sql", config, state=second.state)), Nothing)


@pytest.mark.services
def test_nothing_can_be_changed_in_postgresql(ask: Ask, postgres: str) -> None:
    with psycopg.connect(postgres) as db:
        db.execute("CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM crm.deals RETURNING 1'")
    with pytest.raises(Refusal, match="read-only"):
        fetch(ask("sql", {"address": postgres, "query": "SELECT wipe()"}))
    assert isinstance(fetch(ask("sql", {"address": postgres, "query": "SELECT 'a:b'::text AS c, 5 % 3"})), Found)
    with psycopg.connect(postgres) as db:
        assert db.execute("SELECT count(*) FROM crm.deals").fetchall() == [(20_000,)]


@pytest.fixture
def mariadb() -> Iterator[str]:
    """Where one runs: it is no part of what CI promises."""
    try:
        db = pymysql.connect(host="127.0.0.1", port=3306, user="root", password="", autocommit=True)
    except pymysql.err.OperationalError:
        pytest.skip("MariaDB does not listen on port 3306 of this machine")
    name = f"kpitracker_source_{uuid.uuid4().hex[:10]}"
    with db, db.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        cursor.execute(
            f"CREATE TABLE {name}.deals (id int, day date, amount decimal(12,2), changed datetime, `a:b%` text)"
        )
        rows = ", ".join(f"({i}, '2026-01-{i:02d}', {i}.10, '2026-01-{i:02d} 10:00', 'x')" for i in range(1, 31))
        cursor.execute(f"INSERT INTO {name}.deals VALUES {rows}")
        yield f"mysql://root@127.0.0.1:3306/{name}"
        cursor.execute(f"DROP DATABASE {name}")


@pytest.mark.services
def test_rows_of_mysql_come_typed_and_from_where_the_last_fetch_ended(ask: Ask, mariadb: str) -> None:
    config = {"address": mariadb, "table": "deals", "column": "changed"}
    first = fetch(ask("sql", config, max_rows=20))
    rows = rows_of(first)
    expected = {"id": "2", "day": "2026-01-02", "amount": "2.10", "changed": "2026-01-02T10:00:00", "a:b%": "x"}
    assert rows[1] == expected
    second = fetch(ask("sql", config, state=first.state, max_rows=20))
    assert len(rows) + len(rows_of(second)) == 30 + 1  # the one at the seam is asked for again
    assert isinstance(fetch(ask("sql", config, state=second.state)), Nothing)


@pytest.mark.services
def test_nothing_can_be_changed_in_mysql_and_private_addresses_are_guarded(ask: Ask, mariadb: str) -> None:
    with pytest.raises(Refusal, match="changes nothing"):
        fetch(ask("sql", {"address": mariadb, "query": "DELETE FROM deals"}))
    with pytest.raises(Refusal, match="private network"):
        fetch(ask("sql", {"address": mariadb, "table": "deals"}, allow_private=False))
    assert isinstance(fetch(ask("sql", {"address": mariadb, "query": "SELECT 5 % 3 AS `rest`, 'a:b' AS c"})), Found)


def test_a_database_whose_driver_is_not_here_says_so() -> None:
    with pytest.raises(Refusal, match="no driver for oracle here"):
        read_address("oracle://a@db.example.com/x")
