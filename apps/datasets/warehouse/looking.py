"""What a PostgreSQL database has: relations, columns, a few rows; and what a mapped relation comes to."""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.common.errors import Refusal
from apps.datasets.store.in_place import Relation
from apps.datasets.store.sql import name, text
from apps.datasets.warehouse.mapped import Mapped, quoted

RELATIONS_LISTED = 500
VALUES_LISTED = 40
SECONDS = 120  # for one question
_KINDS = "'r', 'v', 'm', 'p', 'f'"  # tables, views, materialised views, partitioned and foreign tables


@dataclass(frozen=True)
class Looked:
    """What a look at all rows found. `left_out` are (why, how many) of rows that do not count; `duplicates` the rows
    that share their key with another; `currencies` those of the rows that count."""

    rows: int
    counted: int
    left_out: tuple[tuple[str, int], ...]
    duplicates: int
    currencies: tuple[str, ...]
    covers_from: date | None
    covers_to: date | None

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "counted": self.counted,
            "left_out": [list(each) for each in self.left_out],
            "duplicates": self.duplicates,
            "currencies": list(self.currencies),
        }


def relation_named(door: Callable[[], str], said: str, select: str = "", key: tuple[str, ...] = ()) -> Relation:
    return Relation(door, select, said, key, SECONDS)


def check_server(asked: Relation) -> None:
    """Refusal for a database whose texts cannot hold every letter. NotAnswered if it does not answer."""
    (found,) = asked.rows("SELECT current_setting('server_encoding') AS encoding")
    if found["encoding"] != "UTF8":
        raise Refusal(f"{asked.said} keeps its texts in {found['encoding']}; only UTF8 can be read in place.")


def relations(asked: Relation) -> list[str]:
    """Every `schema.name` that the user may read, but those of the system."""
    found = asked.rows(
        "SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE c.relkind IN ({_KINDS}) AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        " AND n.nspname NOT LIKE 'pg\\_%' AND has_schema_privilege(n.oid, 'USAGE')"
        " AND has_table_privilege(c.oid, 'SELECT') AND NOT c.relispartition"
        f" ORDER BY 1, 2 LIMIT {RELATIONS_LISTED}"
    )
    return [f"{each['schema']}.{each['name']}" for each in found if "." not in each["schema"] + each["name"]]


def columns(asked: Relation, relation: str) -> dict[str, str]:
    """The columns of a relation in their order, with their types as PostgreSQL names them."""
    found = asked.rows(
        "SELECT a.attname AS name, CASE WHEN t.typtype = 'e' THEN 'enum'"
        " WHEN t.typtype = 'd' THEN format_type(t.typbasetype, NULL) ELSE format_type(a.atttypid, NULL) END AS kind"
        " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
        f" WHERE a.attrelid = to_regclass({text(quoted(relation))}) AND a.attnum > 0 AND NOT a.attisdropped"
        " ORDER BY a.attnum"
    )
    if not found:
        raise Refusal(f"{asked.said} has no relation `{relation}` that its user may read.")
    return {each["name"]: each["kind"] for each in found}


def values(asked: Relation, relation: str, column: str) -> list[tuple[str, int]]:
    """The most frequent texts of a column and how many rows have each."""
    found = asked.rows(
        f"SELECT btrim(CAST({name(column)} AS text)) AS value, count(*) AS many FROM {quoted(relation)}"
        f" WHERE {name(column)} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {VALUES_LISTED}"
    )
    return [(each["value"], each["many"]) for each in found]


def first_rows(asked: Relation, mapped: Mapped, many: int = 10) -> list[dict[str, Any]]:
    """A few rows as they count."""
    return asked.rows(f"SELECT * FROM ({mapped.select()}) AS counted LIMIT {int(many)}")


def look(asked: Relation, mapped: Mapped, today: date) -> Looked:
    """All rows once: how many count, why the others do not, and which days they cover."""
    rejects = mapped.rejects()
    reasons = [f"count(*) FILTER (WHERE {condition}) AS r{i}" for i, (condition, _) in enumerate(rejects)]
    counts = " AND ".join(f"({condition}) IS NOT TRUE" for condition, _ in rejects) or "true"
    days = _days(mapped, counts, today)
    key = [name(each) for each in mapped.table.key]
    different = f"count(DISTINCT ({', '.join(key)})) FILTER (WHERE {counts})" if key else "NULL"
    coded = "currency" in mapped.columns
    currencies = f"array_agg(DISTINCT currency) FILTER (WHERE {counts})" if coded else "NULL"
    listed = [
        "count(*) AS rows",
        f"count(*) FILTER (WHERE {counts}) AS counted",
        f"{different} AS different",
        f"{currencies} AS currencies",
        f"{days[0]} AS first",
        f"{days[1]} AS last",
        *reasons,
    ]
    (found,) = asked.rows(f"SELECT {', '.join(listed)} FROM ({mapped.every_row()}) AS mapped")
    left_out = [(says, found[f"r{i}"]) for i, (_, says) in enumerate(rejects) if found[f"r{i}"]]
    return Looked(
        rows=found["rows"],
        counted=found["counted"],
        left_out=tuple(left_out),
        duplicates=found["counted"] - found["different"] if key else 0,
        currencies=tuple(sorted(code for code in found["currencies"] or () if code)),
        covers_from=found["first"],
        covers_to=found["last"],
    )


def _days(mapped: Mapped, counts: str, today: date) -> tuple[str, str]:
    """First and last day on which something happened; plans and future dates do not count, as with an import."""
    table = mapped.table
    events = [each for each in table.event_dates if each in mapped.columns]
    if not events:
        return "NULL::date", "NULL::date"
    plan = table.plans_when
    dated = [
        f"CASE WHEN {name(each)}::date <= DATE {text(today.isoformat())}"
        + (f" AND {name(plan[0])} IS DISTINCT FROM {text(plan[1])}" if plan and each == table.main_date else "")
        + f" THEN {name(each)}::date END"
        for each in events
    ]
    least, most = f"least({', '.join(dated)})", f"greatest({', '.join(dated)})"
    return f"min({least}) FILTER (WHERE {counts})", f"max({most}) FILTER (WHERE {counts})"


def problem_of(found: Looked, mapped: Mapped, currency: str) -> str:
    """A sentence on why figures cannot be computed from it as it is; blank: they can."""
    if not found.counted:
        return f"None of the {found.rows:,} rows of `{mapped.relation}` counts." if found.rows else (
            f"`{mapped.relation}` has no rows."
        )  # fmt: skip
    if found.duplicates:
        keys = ", ".join(f"`{each}`" for each in mapped.table.key)
        return (
            f"{found.duplicates:,} rows of `{mapped.relation}` share {keys} with another row and would count twice:"
            " use a view that has each once."
        )
    foreign = [code for code in found.currencies if code != currency]
    if foreign:
        return (
            f"`{mapped.relation}` has amounts in {', '.join(foreign)}, and amounts are not converted in a warehouse:"
            f" use a view with amounts in {currency}, or import this table."
        )
    return ""
