"""What happened to deals since the end of the last working day: the rows as known then against the rows as known now.

An import that brings yesterday's export tells so what yesterday brought, deal by deal; corrections and undone imports
show as well, because both sides are what was known, not what somebody noted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Max

from apps.common.calendars import WorkingCalendar
from apps.common.errors import Refusal
from apps.datasets.queries import snapshots
from apps.datasets.store import Snapshot
from apps.datasets.store.lines import LINE_BITS
from apps.datasets.store.snapshot import open_for_reading
from apps.datasets.store.sql import name, texts
from apps.goals.crediting import Crediting
from apps.goals.deals import TABLE, columns_of
from apps.goals.models import Actual, Goal
from apps.metrics.queries import first_instant
from apps.people.models import Workspace

MOST = 5_000  # changed deals; more are no day's work, and are only said to be many
COLUMNS = ("name", "account", "owner", "team", "stage", "outcome", "amount", "expected_close_on", "closed_on")
ONE_DAY = timedelta(days=1)
LONGEST_BREAK = 30  # days without a working day; then yesterday it is

WON, LOST, NEW, MOVED, AMOUNT, HANDED, GONE = "won", "lost", "new", "moved", "amount", "handed", "gone"
WORDS = {
    WON: "won",
    LOST: "lost",
    NEW: "new",
    MOVED: "moved",
    AMOUNT: "changed in amount",
    HANDED: "changed hands",
    GONE: "no longer there",
}

Deal = Mapping[str, Any]


class Change(NamedTuple):
    """One deal that is another one now. `amount` is what it is worth (for `amount`: the difference) for the subject."""

    what: str
    id: str
    name: str
    amount: Decimal | None
    before: str  # stage, or where it stood
    after: str


class Tally(NamedTuple):
    """So many deals that were won, lost, …, and what they are worth together."""

    what: str
    number: int
    amount: Decimal

    @property
    def words(self) -> str:
        return WORDS[self.what]


@dataclass(frozen=True)
class Movement:
    """`since` is the last working day whose end is compared with; `changes` are the largest first."""

    since: date
    tallies: list[Tally] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.tallies)


@dataclass(frozen=True)
class Changes:
    """All deals of a workspace that changed, as (before, after); `too_many` to be told one by one."""

    since: date
    pairs: Sequence[tuple[Deal | None, Deal | None]] = ()
    too_many: bool = False

    def of(self, scope: str, scope_id: int | None, credit: Crediting) -> Movement:
        """Those of the company, a team or a person."""
        found: list[Change] = [
            change for before, after in self.pairs for change in _changes(before, after, scope, scope_id, credit)
        ]
        found.sort(key=lambda change: (-abs(change.amount or Decimal(0)), change.id))
        return Movement(self.since, list(_tallies(found)), found)


def last_working_day(calendar: WorkingCalendar, today: date) -> date:
    """The last working day before today."""
    days = (today - number * ONE_DAY for number in range(1, LONGEST_BREAK))
    return next((day for day in days if calendar.is_working(day)), today - ONE_DAY)


def changes_since(workspace: Workspace, day: date) -> Changes | None:
    """What changed since the end of that day. None where nobody knows: no deals, or they stay in a warehouse."""
    try:
        before = snapshots(workspace=workspace, tables=[TABLE], as_of=first_instant(workspace, day + ONE_DAY))[TABLE]
    except Refusal:
        return None
    now = snapshots(workspace=workspace, tables=[TABLE])[TABLE]
    if now.in_place is not None or now.is_empty or before.is_empty:
        return None
    pairs = _compared(before, now)
    return Changes(day, () if len(pairs) > MOST else pairs, too_many=len(pairs) > MOST)


def actuals_then(goals: Iterable[Goal], moment: datetime) -> dict[int, Actual]:
    """What was known of each goal at a moment, by its id; goals that were not computed yet are left out."""
    known = Actual.objects.filter(goal__in=[goal.pk for goal in goals], known_at__lt=moment)
    newest = known.order_by().values("goal").annotate(newest=Max("pk")).values("newest")
    return {actual.goal_id: actual for actual in Actual.objects.filter(pk__in=newest).defer("series", "inputs")}


# --- comparing -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _compared(before: Snapshot, now: Snapshot) -> Sequence[tuple[Deal | None, Deal | None]]:
    """The deals that differ. Kept for the next look: a page is opened more often than a file comes in."""
    if before.files == now.files and before.rates == now.rates:
        return ()
    with open_for_reading([before, now]) as con:
        con.execute(f"CREATE VIEW was AS {before.counted_sql()}")
        con.execute(f"CREATE VIEW is_now AS {now.counted_sql()}")
        con.execute(f"CREATE TABLE touched AS {_touched(before, now)}")
        for side, view in (("a", "was"), ("b", "is_now")):
            shown = columns_of(con, view, COLUMNS)
            con.execute(
                f"CREATE TABLE {side} AS SELECT id, {shown} FROM {view} WHERE id IN (SELECT id FROM touched)"  # noqa: S608
                " QUALIFY row_number() OVER (PARTITION BY id ORDER BY _batch DESC, _line DESC) = 1"
            )
        differs = " OR ".join(f"a.{name(each)} IS DISTINCT FROM b.{name(each)}" for each in COLUMNS)
        sides = ", ".join(f"{side}.{name(each)}" for side in "ab" for each in ("id", *COLUMNS))
        rows = con.execute(
            f"SELECT {sides} FROM a FULL JOIN b ON a.id = b.id WHERE a.id IS NULL OR b.id IS NULL OR {differs}"  # noqa: S608
            f" ORDER BY coalesce(a.id, b.id) LIMIT {MOST + 1}"
        ).fetchall()
    width, names = len(COLUMNS) + 1, ("id", *COLUMNS)
    return tuple((_deal(names, row[:width]), _deal(names, row[width:])) for row in rows)


def _touched(before: Snapshot, now: Snapshot) -> str:
    """The ids of rows that came, went or were replaced since: only those are read on both sides."""
    came = sorted(set(now.batches) - set(before.batches))
    went = sorted(set(before.batches) - set(now.batches))
    parts = ["SELECT id FROM is_now WHERE false"]
    if came:
        parts.append(f"SELECT id FROM is_now WHERE _batch IN ({', '.join(map(str, came))})")  # noqa: S608
    if went:
        parts.append(f"SELECT id FROM was WHERE _batch IN ({', '.join(map(str, went))})")  # noqa: S608
    if replaced := [str(path) for path in now.superseded_files if path not in before.superseded_files]:
        packed = f"(_batch << {LINE_BITS}) | _line"
        parts.append(
            f"SELECT id FROM was WHERE {packed} IN (SELECT {packed} FROM read_parquet([{texts(replaced)}]))"  # noqa: S608
        )
    return " UNION ".join(parts)


def _deal(names: Sequence[str], row: Sequence[Any]) -> Deal | None:
    return None if row[0] is None else dict(zip(names, row, strict=True))


# --- telling ---------------------------------------------------------------------------------------------------------


def _changes(
    before: Deal | None, after: Deal | None, scope: str, scope_id: int | None, credit: Crediting
) -> Iterable[Change]:
    """What one deal means for a subject: most often one thing, sometimes a move and another amount."""
    had = credit.share(scope, scope_id, before["owner"], before.get("team")) if before else Decimal(0)
    has = credit.share(scope, scope_id, after["owner"], after.get("team")) if after else Decimal(0)
    share = has or had
    if not share:
        return
    deal = after or before
    assert deal is not None
    worth = None if deal.get("amount") is None else deal["amount"] * share
    for what in _what(before, after, changed_hands=bool(before and after) and had != has):
        amount = _difference(before, after, share) if what == AMOUNT else worth
        yield Change(what, deal["id"], _called(deal), amount, _place(before), _place(after))


def _what(before: Deal | None, after: Deal | None, *, changed_hands: bool) -> list[str]:
    if after is None:
        return [GONE]
    decided = str(after["outcome"])
    if decided in (WON, LOST) and (before is None or before["outcome"] != decided):
        return [decided]
    if before is None:
        return [NEW]
    if changed_hands:
        return [HANDED]
    moved = any(before.get(each) != after.get(each) for each in ("stage", "outcome", "expected_close_on", "closed_on"))
    changed = before.get("amount") != after.get("amount")
    return [what for what, is_so in ((MOVED, moved), (AMOUNT, changed)) if is_so]


def _difference(before: Deal | None, after: Deal | None, share: Decimal) -> Decimal:
    assert before is not None
    assert after is not None
    return ((after.get("amount") or Decimal(0)) - (before.get("amount") or Decimal(0))) * share


def _called(deal: Deal) -> str:
    return str(deal.get("name") or deal.get("account") or deal["id"])


def _place(deal: Deal | None) -> str:
    """Where a deal stands, as people say it: its stage while it is open, else how it ended."""
    if deal is None:
        return ""
    return str(deal.get("stage") or "open") if deal["outcome"] == "open" else str(deal["outcome"])


def _tallies(changes: Sequence[Change]) -> Iterable[Tally]:
    for what in WORDS:
        mine = [change for change in changes if change.what == what]
        if mine:
            yield Tally(what, len(mine), sum((change.amount or Decimal(0) for change in mine), Decimal(0)))
