"""Whole orders out of order lines: what lines agree on, the first and last of their dates, the sum of their money."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from apps.datasets.schema import table
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.engine.cells import Rows
from apps.metrics.engine.derived import columns_of, live_sql


def lines(folder: Path, *rows: dict[str, Any]) -> Snapshot:
    """A snapshot of these order lines, with an own column `channel`."""
    fields = [(field.name, field.type.sql) for field in table("orders").fields] + [("channel", "VARCHAR")]
    path = folder / "1.parquet"
    with duckdb.connect() as con:
        columns = ", ".join(f'"{field}" {kind}' for field, kind in fields)
        con.execute(f"create table t ({columns}, _batch bigint, _line bigint)")
        for place, row in enumerate(rows):
            given = {"id": f"L{place}", "_batch": 1, "_line": place + 2} | row
            names = ", ".join(f'"{name}"' for name in given)
            con.execute(f"insert into t ({names}) values ({', '.join('?' for _ in given)})", list(given.values()))
        con.execute(f"copy t to '{path}' (format parquet)")
    columns_there = tuple(name for name, _ in fields)
    return Snapshot("orders", (path,), (), (1,), columns_there, date(2026, 1, 1), date(2026, 12, 31))


def whole(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    with Rows([snapshot]) as rows:
        return {row["order"]: row for row in rows.fetch(rows.table("whole_orders")).to_pylist()}


def test_an_order_is_placed_with_its_first_line_delivered_with_its_last_and_worth_all_of_them(tmp_path: Path) -> None:
    snapshot = lines(
        tmp_path,
        {"order": "A", "ordered_on": date(2026, 3, 2), "delivered_on": date(2026, 3, 9), "net": Decimal("10.25")},
        {"order": "A", "ordered_on": date(2026, 3, 1), "delivered_on": date(2026, 3, 7), "net": Decimal("0.75")},
    )
    (order,) = whole(snapshot).values()
    assert (order["ordered_on"], order["delivered_on"]) == (date(2026, 3, 1), date(2026, 3, 9))
    assert (order["net"], order["lines"]) == (Decimal(11), 2)


def test_an_order_is_not_delivered_while_one_of_its_lines_is_missing(tmp_path: Path) -> None:
    snapshot = lines(tmp_path, {"order": "A", "delivered_on": date(2026, 3, 9)}, {"order": "A"})
    assert whole(snapshot)["A"]["delivered_on"] is None


def test_a_line_is_late_by_its_own_promise_and_one_without_a_promise_is_not(tmp_path: Path) -> None:
    early, late = date(2026, 4, 5), date(2026, 4, 10)
    snapshot = lines(
        tmp_path,
        {"order": "A", "promised_on": early, "shipped_on": early, "delivered_on": date(2026, 4, 6)},
        {"order": "A", "promised_on": late, "shipped_on": date(2026, 4, 11), "delivered_on": date(2026, 4, 8)},
        {"order": "A", "shipped_on": date(2026, 5, 1), "delivered_on": date(2026, 5, 1)},
        {"order": "B", "delivered_on": date(2026, 5, 1)},
    )
    found = whole(snapshot)
    assert (found["A"]["late_lines"], found["A"]["late_shipped_lines"], found["A"]["promised_on"]) == (1, 1, late)
    assert (found["B"]["late_lines"], found["B"]["promised_on"]) == (0, None)


def test_only_what_all_lines_agree_on_is_said_of_the_order_own_columns_included(tmp_path: Path) -> None:
    snapshot = lines(
        tmp_path,
        {"order": "A", "region": "North", "product": "Bolt", "channel": "web"},
        {"order": "A", "region": "North", "product": "Nut", "channel": "shop"},
        {"order": "B", "region": "South", "channel": "web"},
        {"order": "B", "channel": "web"},
    )
    found = whole(snapshot)
    assert (found["A"]["region"], found["A"]["product"], found["A"]["channel"]) == ("North", None, None)
    # A blank contradicts nothing: many exports fill the columns of an order on its first line only.
    assert (found["B"]["region"], found["B"]["channel"]) == ("South", "web")


def test_lines_without_an_order_number_are_no_order(tmp_path: Path) -> None:
    assert set(whole(lines(tmp_path, {"net": Decimal(5)}, {"order": "A"}))) == {"A"}


def test_an_order_points_at_its_last_line_in_the_newest_import(tmp_path: Path) -> None:
    snapshot = lines(
        tmp_path,
        {"order": "A", "_batch": 7, "_line": 3},
        {"order": "A", "_batch": 2, "_line": 900},
    )
    (order,) = whole(snapshot).values()
    assert (order["_batch"], order["_line"]) == (7, 3)


def test_the_drill_down_reads_the_same_rows_as_the_engine(tmp_path: Path) -> None:
    snapshot = lines(tmp_path, {"order": "A", "net": Decimal(5)}, {"order": "A", "net": Decimal(6)})
    with duckdb.connect() as con:
        (row,) = con.execute(
            f'select "order", net, lines from ({live_sql("whole_orders", {"orders": snapshot})})'
        ).fetchall()
    order = whole(snapshot)["A"]
    assert row == (order["order"], order["net"], order["lines"])


def test_whole_orders_have_the_columns_of_the_lines_but_not_the_id_of_one(tmp_path: Path) -> None:
    snapshot = lines(tmp_path, {"order": "A"})
    columns = columns_of("whole_orders", {"orders": snapshot})
    assert set(columns) == (set(snapshot.columns) - {"id"}) | {"lines", "late_lines", "late_shipped_lines"}
    assert set(whole(snapshot)["A"]) == {*columns, "_batch", "_line"}


def test_without_lines_there_are_no_orders() -> None:
    names = tuple(field.name for field in table("orders").fields)
    assert whole(Snapshot("orders", (), (), (), names, None, None)) == {}


def test_whole_orders_need_the_order_lines() -> None:
    nothing = Snapshot("deals", (), (), (), ("id",), None, None)
    with Rows([nothing]) as rows, pytest.raises(KeyError):
        rows.table("whole_orders")
