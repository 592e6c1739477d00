"""Whose pipeline holds what: open deals and what was decided in the last twelve months, for each owner, in one scan."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from apps.common.calendars import WorkingCalendar
from apps.common.periods import add_months
from apps.datasets.queries import snapshots
from apps.datasets.store import Snapshot
from apps.datasets.store.snapshot import open_for_reading
from apps.goals.crediting import Crediting
from apps.goals.deals import TABLE, columns_of
from apps.goals.whatif import Pipeline
from apps.people.models import Workspace

WINDOW_MONTHS = 12
RECENT_DAYS = 30
STALLED_AFTER = 60  # days since a deal was created and nothing says when it will close
NEEDED = ("created_on", "closed_on", "expected_close_on", "name", "account", "amount", "team")


@dataclass
class Held:
    """Of one subject: open deals, those that stall, the largest, and what was decided in the window.

    Stalled: its expected day of closing is over, or it has none and was created more than STALLED_AFTER days ago.
    `new_now` are the deals created in the last RECENT_DAYS, `new_usual` the mean of such spans in the window.
    """

    open: Fraction = Fraction(0)
    open_amount: Fraction = Fraction(0)
    stalled: Fraction = Fraction(0)
    stalled_amount: Fraction = Fraction(0)
    won: Fraction = Fraction(0)
    won_amount: Fraction = Fraction(0)
    lost: Fraction = Fraction(0)
    new_now: Fraction = Fraction(0)
    new_in_window: Fraction = Fraction(0)
    largest: Decimal | None = None
    largest_name: str = ""

    @property
    def decided(self) -> Fraction:
        return self.won + self.lost

    @property
    def win_rate(self) -> Fraction | None:
        return self.won / self.decided if self.decided else None

    @property
    def new_usual(self) -> Fraction:
        return self.new_in_window * RECENT_DAYS / 365

    @property
    def likely(self) -> Fraction | None:
        """What the open deals will probably bring, at the own win rate."""
        return self.open_amount * self.win_rate if self.win_rate is not None else None

    def add(self, row: "Held", share: Decimal) -> None:
        part = Fraction(share)
        for each in _NUMBERS:
            setattr(self, each, getattr(self, each) + getattr(row, each) * part)
        if row.largest is not None and (self.largest is None or row.largest > self.largest):
            self.largest, self.largest_name = row.largest, row.largest_name

    def figures(self, calendar: WorkingCalendar, today: date) -> Pipeline:
        """What the identity of a what-if is worked out from."""
        days = calendar.count(add_months(today, -WINDOW_MONTHS), today)
        return Pipeline(self.decided, self.won, self.won_amount, days)


_NUMBERS = [each.name for each in fields(Held) if not each.name.startswith("largest")]
Subject = tuple[str, int | None]  # scope and its id


def held_by(
    workspace: Workspace, subjects: Iterable[Subject], credit: Crediting, today: date
) -> dict[Subject, Held] | None:
    """The pipeline of each company, team or person. None where deals are not here: none imported, or in a warehouse."""
    deals = snapshots(workspace=workspace, tables=[TABLE])[TABLE]
    if deals.is_empty or deals.in_place is not None:
        return None
    rows = _by_owner(deals, today)
    found: dict[Subject, Held] = {}
    for subject in dict.fromkeys(subjects):
        held = found[subject] = Held()
        for owner, team, row in rows:
            if share := credit.share(*subject, owner, team):
                held.add(row, share)
    return found


@lru_cache(maxsize=8)
def _by_owner(deals: Snapshot, today: date) -> Sequence[tuple[str | None, str | None, Held]]:
    """One row for each owner and team as the data writes them. Kept until the rows change or the day is over."""
    with open_for_reading([deals]) as con:
        con.execute(f"CREATE VIEW deals AS {deals.counted_sql()}")
        columns = columns_of(con, "deals", NEEDED)
        given = {
            "today": today,
            "since": add_months(today, -WINDOW_MONTHS),
            "recent": today - timedelta(days=RECENT_DAYS),
            "old": today - timedelta(days=STALLED_AFTER),
        }
        rows = con.execute(_SQL.format(columns=columns), given).fetchall()
    return tuple((owner, team, _held(dict(zip(_OUT, rest, strict=True)))) for owner, team, *rest in rows)


_OUT = (*_NUMBERS, "largest", "largest_name")
_SQL = """
WITH d AS (SELECT id, owner, outcome, {columns} FROM deals),
p AS (SELECT *, outcome = 'open' AS is_open,
    outcome = 'open' AND (expected_close_on < $today OR (expected_close_on IS NULL AND created_on < $old)) AS stalls,
    closed_on >= $since AND closed_on < $today AS lately FROM d)
SELECT owner, team,
    count(*) FILTER (is_open), coalesce(sum(amount) FILTER (is_open), 0),
    count(*) FILTER (stalls), coalesce(sum(amount) FILTER (stalls), 0),
    count(*) FILTER (outcome = 'won' AND lately), coalesce(sum(amount) FILTER (outcome = 'won' AND lately), 0),
    count(*) FILTER (outcome = 'lost' AND lately),
    count(*) FILTER (outcome <> 'void' AND created_on >= $recent),
    count(*) FILTER (outcome <> 'void' AND created_on >= $since),
    max(amount) FILTER (is_open),
    coalesce(arg_max(coalesce(name, account, id), amount) FILTER (is_open AND amount IS NOT NULL), '')
FROM p GROUP BY owner, team
"""


def _held(row: Mapping[str, Any]) -> Held:
    numbers = {name: Fraction(row[name]) for name in _NUMBERS}
    return Held(**numbers, largest=row["largest"], largest_name=row["largest_name"])
