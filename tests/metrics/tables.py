"""Small tables in the column store's layout, and a plain Python reference that knows nothing of the engine."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from apps.datasets.schema import Table, table
from apps.datasets.store.conversion import Rate
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.engine import Org
from apps.metrics.engine.figures import Figure

Row = Mapping[str, Any]


def deals(folder: Path, rows: Iterable[Row], *, own: tuple[str, ...] = (), name: str = "1") -> Snapshot:
    """A snapshot of these deals as one batch; unknown keys must be named in `own`."""
    return snapshot("deals", folder, [{"owner": "Rita Evans", **row} for row in rows], own=own, name=name)


def snapshot(
    of: str,
    folder: Path,
    rows: Iterable[Row],
    *,
    own: tuple[str, ...] = (),
    name: str = "1",
    covers: tuple[date, date] | None = None,
    currency: str = "",
    rates: tuple[Rate, ...] = (),
) -> Snapshot:
    """A snapshot of these rows of a table as one batch; unknown keys must be named in `own`.

    It covers what its event dates tell, or the days from the first to the last of `covers`.
    """
    standard = table(of)
    fields = [(field.name, field.type.sql) for field in standard.fields] + [(each, "VARCHAR") for each in own]
    listed = [
        {"id": f"{of[0].upper()}{i}", **row} if standard.has("id") else row for i, row in enumerate(rows, start=1)
    ]
    unknown = {key for row in listed for key in row} - {field for field, _ in fields}
    assert not unknown, f"no such columns: {unknown}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{of}-{name}.parquet"
    with duckdb.connect() as con:
        columns = ", ".join(f'"{field}" {kind}' for field, kind in fields)
        con.execute(f"create table t ({columns}, _batch bigint, _line bigint)")
        places = ", ".join("?" for _ in range(len(fields) + 2))
        for line, row in enumerate(listed, start=2):
            con.execute(f"insert into t values ({places})", [*(row.get(field) for field, _ in fields), 1, line])
        con.execute(f"copy (select * from t order by {standard.main_date}) to '{path}' (format parquet)")
    days = [_day(row[each]) for row in listed for each in _events(standard, row) if row.get(each)]
    first, last = covers or (min(days, default=None), max(days, default=None))
    return Snapshot(
        table=of,
        row_files=(path,) if listed else (),
        superseded_files=(),
        batches=(1,),
        columns=tuple(field for field, _ in fields),
        covers_from=first,
        complete_through=last,
        currencies=tuple(sorted({row["currency"] for row in listed if row.get("currency")})),
        currency=currency,
        rates=rates,
    )


def _events(standard: Table, row: Row) -> Iterable[str]:
    plan = standard.plans_when is not None and row.get(standard.plans_when[0]) == standard.plans_when[1]
    return (each for each in standard.event_dates if not (plan and each == standard.main_date))


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


# --- the reference: one goal at a time, row by row -------------------------------------------------------


def by_hand(key: str, rows: Iterable[Row], start: date, end: date) -> Decimal | None:
    """The value of a KPI over [start, end), from rows that are already those of the scope."""
    listed = list(rows)
    if key == "pipeline_value":
        return sum((row["amount"] for row in listed if _open_at(row, end)), Decimal(0))
    decided = [row for row in listed if row["outcome"] in ("won", "lost") and _inside(row["closed_on"], start, end)]
    won = [row for row in decided if row["outcome"] == "won"]
    revenue = sum((row["amount"] for row in won), Decimal(0))
    days = [(row["closed_on"] - row["created_on"]).days for row in won if row["created_on"]]
    if key == "revenue":
        return revenue
    above, below = {
        "win_rate": (Decimal(len(won)), len(decided)),
        "average_deal_size": (revenue, len(won)),
        "sales_cycle_length": (Decimal(sum(days)), len(days)),
        "sales_velocity": (revenue * len(days), sum(days)),
    }[key]
    return above / below if below else None


def _inside(day: date | None, start: date, end: date) -> bool:
    return day is not None and start <= day < end


def _open_at(row: Row, instant: date) -> bool:
    if row["outcome"] == "void" or (row["created_on"] and row["created_on"] >= instant):
        return False
    if row["outcome"] == "open":
        return True
    return row["closed_on"] is not None and row["closed_on"] >= instant


def team_of(row: Row, org: Org, day: date) -> int | None:
    """The rule of credit: the team on the row if it is known, else the owner's team on that day."""
    written = dict(org.teams).get((row.get("team") or "").lower())
    if written is not None:
        return written
    person = dict(org.owners).get(row["owner"].lower())
    for member, team, start, end in org.memberships:
        if member == person and start <= day and (end is None or day < end):
            return team
    return None


def close(figure: Figure, expected: Decimal | None) -> bool:
    """Equal up to the 28th digit of a division."""
    if expected is None or figure.value is None:
        return expected is None and figure.value is None
    return abs(figure.value - expected) <= abs(expected) * Decimal("1e-24")
