"""Rows as they count: amounts in foreign currencies become amounts in the workspace's, or are left out and say so."""

# ruff: noqa: S608 - names are of our schema, codes are quoted, dates and rates are typed

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from apps.datasets.schema import FieldType, Table
from apps.datasets.store.sql import name, text, texts


@dataclass(frozen=True)
class Rate:
    """From `valid_from` on one unit of `currency` is worth so many units of the workspace's currency."""

    currency: str
    valid_from: date
    worth: Decimal


def converted_sql(rows: str, table: Table, foreign: Sequence[str], rates: Sequence[Rate], newest: date | None) -> str:
    """SELECT of `rows` with the money of foreign rows converted at the rate in force on their main date.

    A row without a main date (an open deal) is converted as of `newest`, the last day of the data. Where no rate is in
    force the money is blank and `_unconverted` true. Each amount is rounded to the places in which money is stored.
    """
    is_foreign = f"coalesce(currency IN ({texts(foreign)}), false)"
    money = [name(field.name) for field in table.fields if field.type is FieldType.MONEY]
    amounts = ", ".join(
        f"CASE WHEN {is_foreign} THEN TRY_CAST({each} * _worth AS {FieldType.MONEY.sql}) ELSE {each} END AS {each}"
        for each in money
    )
    some_money = " OR ".join(f"{each} IS NOT NULL" for each in money)
    left_out = f"({is_foreign} AND _worth IS NULL AND ({some_money})) AS _unconverted"
    return (
        f"SELECT * EXCLUDE (_code, _day, _worth) REPLACE ({amounts}), {left_out} "
        f"FROM ({rows}) LEFT JOIN ({_worth_by_day(rates, foreign)}) "
        f"ON currency = _code AND {_day_of(table, rates, newest)} = _day"
    )


def _day_of(table: Table, rates: Sequence[Rate], newest: date | None) -> str:
    """The day whose rate a row takes; after the newest rate every day is that rate's."""
    last = max((rate.valid_from for rate in rates), default=date.min)
    undated = min(newest, last) if newest else last
    return f"least(coalesce({name(table.main_date)}::DATE, {_date(undated)}), {_date(last)})"


def _worth_by_day(rates: Sequence[Rate], foreign: Sequence[str]) -> str:
    """(_code, _day, _worth): one row a day, so that rows find their rate by equality, which stays fast for any number
    of rates."""
    spans = [
        f"({text(rate.currency)}, {_date(rate.valid_from)}, {_date(until)}, {rate.worth}::DECIMAL(18, 10))"
        for rate, until in _spans(rates)
        if rate.currency in foreign
    ]
    if not spans:
        return "SELECT NULL::VARCHAR AS _code, NULL::DATE AS _day, NULL::DECIMAL(18, 10) AS _worth WHERE false"
    days = "unnest(generate_series(_from, _until, INTERVAL 1 DAY))::DATE"
    return f"SELECT _code, {days} AS _day, _worth FROM (VALUES {', '.join(spans)}) AS r(_code, _from, _until, _worth)"


def _spans(rates: Sequence[Rate]) -> Iterator[tuple[Rate, date]]:
    """Each rate with the last day on which it is in force, as far as the newest rate of all."""
    last = max((rate.valid_from for rate in rates), default=date.min)
    ordered = sorted(rates, key=lambda rate: (rate.currency, rate.valid_from))
    for place, rate in enumerate(ordered):
        after = ordered[place + 1] if place + 1 < len(ordered) else None
        if after and after.currency == rate.currency:
            yield rate, after.valid_from - timedelta(days=1)
        else:
            yield rate, last


def _date(day: date) -> str:
    return f"DATE '{day.isoformat()}'"
