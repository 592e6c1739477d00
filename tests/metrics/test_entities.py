"""Customers and owners counted one by one in plain Python, beside what the engine says of them."""

import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.periods import custom_period
from apps.metrics.catalogue.formulas import (
    Allotted,
    Formula,
    Gain,
    Lesser,
    WhileAllotted,
    count,
    distinct,
    level,
    number_of,
    total,
    total_of,
)
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.rows import Column, RowsOf, every
from apps.metrics.engine import Org, Request, compute_groups, compute_requests
from tests.metrics.tables import snapshot, team_of

FIRST = date(2024, 1, 1)
few = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
deals, orders, subscriptions, quotas = (RowsOf(name) for name in ("deals", "orders", "subscriptions", "quotas"))
won = deals.outcome == "won"
held = level(
    deals.amount, since=deals.created_on, until=deals.closed_on.when(deals.outcome == "won"), where=every(deals)
)
heads = level(None, since=deals.created_on, until=deals.closed_on.when(deals.outcome == "won"), where=every(deals))
quota = Allotted(quotas.amount, quotas.period_start, quotas.period_end)
sold = total(deals.amount, where=won)


def kpi_of(key: str, formula: Formula, dated_by: Column = deals.closed_on) -> Kpi:
    return Kpi(
        key, key, "", formula, dated_by, Kind.COMPOSITE, Unit.COUNT, Direction.UP, Category.CUSTOMER
    )  # fmt: skip


KPIS = {
    "buyers": distinct("account", won),
    "repeaters": number_of("account", having=[count(won) >= 2]),
    "kept": number_of("account", having=[heads.at_start >= 1, heads >= 1]),
    "held": total_of("account", held, having=[held.at_start > 0]),
    "lesser": total_of("account", Lesser(held, held.at_start), having=[held.at_start > 0]),
    "gain": total_of("account", Gain(held, held.at_start)),
    "mixed": number_of("account", having=[count(won) >= 1, held >= 100]),
    "quota": total_of("owner", quota, having=[quota > 0]),
    "on_quota": total_of("owner", WhileAllotted(sold, quota), having=[quota > 0]),
    "at_quota": number_of("owner", having=[quota > 0, WhileAllotted(sold, quota) >= quota]),
}
DEFINED = {key: kpi_of(key, formula) for key, formula in KPIS.items()}

days = st.integers(0, 90).map(lambda n: FIRST + timedelta(days=n))
PEOPLE = {"rita evans": 1, "omar faye": 2, "r.evans@acme.example": 1}
OWNERS = ["Rita Evans", " rita\u00a0 EVANS", "R.Evans@acme.example", "Omar Faye", "Nobody"]
ACCOUNTS = ["Acme", " acme ", "ACME", "Beta", "Gamma  Ltd", "gamma ltd", None]
ABOVE = ((1, 1), (1, 10), (1, 20), (10, 10), (20, 20))
SCOPES: list[tuple[Any, int | None]] = [
    ("workspace", None), ("person", 1), ("person", 2), ("team", 10), ("team", 20), ("team", 1),
]  # fmt: skip


@st.composite
def a_deal(draw: st.DrawFn) -> dict[str, Any]:
    outcome = draw(st.sampled_from(["open", "won", "won", "lost"]))
    created = draw(days)
    closed = created + timedelta(days=draw(st.integers(0, 40))) if outcome != "open" else None
    return {
        "outcome": outcome,
        "created_on": created,
        "closed_on": closed,
        "amount": Decimal(draw(st.integers(0, 20000))) / 100,
        "owner": draw(st.sampled_from(OWNERS)),
        "team": draw(st.sampled_from([None, None, "North", "south"])),
        "region": draw(st.sampled_from([None, "East", "West"])),
        "account": draw(st.sampled_from(ACCOUNTS)),
    }


@st.composite
def a_quota(draw: st.DrawFn) -> dict[str, Any]:
    since = draw(days)
    return {
        "owner": draw(st.sampled_from(OWNERS)),
        "period_start": since,
        "period_end": since + timedelta(days=draw(st.integers(1, 60))),
        "amount": Decimal(draw(st.integers(1, 300))),
        "team": draw(st.sampled_from([None, None, "North"])),
    }


@st.composite
def an_org(draw: st.DrawFn) -> Org:
    memberships = []
    for person in (1, 2):
        cuts = sorted(draw(st.lists(days, min_size=2, max_size=4, unique=True)))
        for start, end in zip(cuts, [*cuts[1:], None], strict=True):
            if draw(st.booleans()):
                memberships.append((person, draw(st.sampled_from([10, 20])), start, end))
    teams = (("north", 10), ("south", 20))
    return Org(tuple(PEOPLE.items()), teams, tuple(memberships), ABOVE, {10: "North", 20: "South"})


windows = st.tuples(st.integers(0, 80), st.integers(1, 50)).map(
    lambda n: (FIRST + timedelta(days=n[0]), FIRST + timedelta(days=n[0] + n[1]))
)
some_deals = st.lists(a_deal(), min_size=1, max_size=25)
some_quotas = st.lists(a_quota(), min_size=1, max_size=6)

# --- the reference ---------------------------------------------------------------------------------------


def name_of(text: str | None) -> str:
    return " ".join((text or "").split()).lower()


def who(row: dict[str, Any]) -> str:
    owner = name_of(row["owner"])
    return f"#{PEOPLE[owner]}" if owner in PEOPLE else owner


def of_scope(row: dict[str, Any], scope: str, scope_id: int | None, org: Org, day: date) -> bool:
    if scope == "workspace":
        return True
    if scope == "group":
        return True
    if scope == "person":
        return PEOPLE.get(name_of(row["owner"])) == scope_id
    return (scope_id, team_of({**row, "owner": name_of(row["owner"])}, org, day)) in org.ancestors


class ByHand:
    """One scope over one window, row by row."""

    def __init__(
        self, rows: list[dict[str, Any]], given: list[dict[str, Any]], org: Org, scope: str, scope_id: int | None
    ) -> None:
        self.rows, self.given, self.org, self.scope, self.scope_id = rows, given, org, scope, scope_id

    def mine(self, row: dict[str, Any], day: date) -> bool:
        return of_scope(row, self.scope, self.scope_id, self.org, day)

    def sold(self, start: date, end: date, key: Any) -> dict[str, list[Decimal]]:
        found: dict[str, list[Decimal]] = {}
        for row in self.rows:
            closed = row["closed_on"]
            if row["outcome"] == "won" and start <= closed < end and self.mine(row, closed) and key(row):
                found.setdefault(key(row), []).append(row["amount"])
        return found

    def there(self, instant: date) -> dict[str, list[Decimal]]:
        found: dict[str, list[Decimal]] = {}
        for row in self.rows:
            gone = row["outcome"] == "won" and row["closed_on"] < instant
            account = name_of(row["account"])
            if row["created_on"] < instant and not gone and self.mine(row, instant - timedelta(days=1)) and account:
                found.setdefault(account, []).append(row["amount"])
        return found

    def quotas(self, start: date, end: date) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for row in self.given:
            length = (row["period_end"] - row["period_start"]).days
            span = [row["period_start"] + timedelta(days=n) for n in range(length)]
            inside = [day for day in span if start <= day < end and self.mine(row, day)]
            if inside:
                found[who(row)] = found.get(who(row), Decimal(0)) + row["amount"] * len(inside) / length
        return found

    def on_quota_days(self, start: date, end: date) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for row in self.rows:
            closed = row["closed_on"]
            covered = any(
                who(q) == who(row) and closed is not None and q["period_start"] <= closed < q["period_end"]
                for q in self.given
            )
            if row["outcome"] == "won" and start <= closed < end and self.mine(row, closed) and covered:
                found[who(row)] = found.get(who(row), Decimal(0)) + row["amount"]
        return found

    def value(self, key: str, start: date, end: date) -> Decimal:
        sold = self.sold(start, end, lambda row: name_of(row["account"]))
        before, after = self.there(start), self.there(end)
        asked, credited = self.quotas(start, end), self.on_quota_days(start, end)
        at_start = {account: sum(amounts) for account, amounts in before.items()}
        at_end = {account: sum(amounts) for account, amounts in after.items()}
        entities = set(at_start) | set(at_end)
        with_some = [account for account in at_start if at_start[account] > 0]
        found: Any = {
            "buyers": lambda: len(sold),
            "repeaters": lambda: len([1 for each in sold.values() if len(each) >= 2]),
            "kept": lambda: len(set(before) & set(after)),
            "held": lambda: sum(at_end.get(account, 0) for account in with_some),
            "lesser": lambda: sum(min(at_end.get(account, 0), at_start[account]) for account in with_some),
            "gain": lambda: sum(max(at_end.get(each, 0) - at_start.get(each, 0), 0) for each in entities),
            "mixed": lambda: len([1 for account in sold if at_end.get(account, 0) >= 100]),
            "quota": lambda: sum(asked.values()),
            "on_quota": lambda: sum(credited.get(each, 0) for each in asked),
            "at_quota": lambda: len([1 for each in asked if credited.get(each, 0) >= asked[each]]),
        }[key]()
        return Decimal(found)


def near(found: Decimal | None, expected: Decimal) -> bool:
    return found is not None and abs(found - expected) < Decimal("0.0001")


def put(rows: list[dict[str, Any]], given: list[dict[str, Any]]) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="kpitracker-entities-"))
    covers = (FIRST, FIRST + timedelta(days=200))
    return {
        "deals": snapshot("deals", folder, rows, covers=covers),
        "quotas": snapshot("quotas", folder, given, covers=covers),
    }


# --- the tests -------------------------------------------------------------------------------------------


@few
@given(rows=some_deals, given_quotas=some_quotas, org=an_org(), window=windows)
def test_every_scope_and_point_equals_counting_by_hand(
    rows: list[dict[str, Any]], given_quotas: list[dict[str, Any]], org: Org, window: tuple[date, date]
) -> None:
    start, end = window
    points = (*(start + timedelta(days=n) for n in range(7, (end - start).days, 7)), end)
    wanted = [(key, scope, scope_id) for key in DEFINED for scope, scope_id in SCOPES]
    requests = [Request(i, key, scope, scope_id, start, end, points) for i, (key, scope, scope_id) in enumerate(wanted)]
    answers = compute_requests(put(rows, given_quotas), requests, org, DEFINED)
    for request in requests:
        by_hand = ByHand(rows, given_quotas, org, request.scope, request.scope_id)
        found = answers[request.id]
        assert near(found.figure.value, by_hand.value(request.kpi, start, end)), (request, found.figure)
        for day, value in found.series:
            expected = by_hand.value(request.kpi, start, day)
            assert value is not None
            assert abs(value - float(expected)) < 1e-4, (request, day)


@few
@given(rows=some_deals, given_quotas=some_quotas, window=windows)
def test_groups_of_a_column_count_their_own_rows(
    rows: list[dict[str, Any]], given_quotas: list[dict[str, Any]], window: tuple[date, date]
) -> None:
    live = put(rows, given_quotas)
    for key in ("buyers", "repeaters", "kept", "held", "lesser", "gain", "mixed"):
        found = compute_groups(live, DEFINED[key], [custom_period(*window)], "region")
        mine = {each.group: each.figure.value for each in found}
        for region in ("East", "West", None):
            of_region = [row for row in rows if row["region"] == region]
            expected = ByHand(of_region, [], Org(), "group", None).value(key, *window)
            assert near(mine.get(region or "(none)", Decimal(0)), expected), (key, region)


@few
@given(rows=some_deals, given_quotas=some_quotas, org=an_org(), window=windows)
def test_by_team_agrees_with_the_goals_of_the_teams(
    rows: list[dict[str, Any]], given_quotas: list[dict[str, Any]], org: Org, window: tuple[date, date]
) -> None:
    live = put(rows, given_quotas)
    for key, kpi in DEFINED.items():
        by_name = {
            each.group: each.figure.value for each in compute_groups(live, kpi, [custom_period(*window)], "team", org)
        }
        for team, name in ((10, "North"), (20, "South")):
            expected = ByHand(rows, given_quotas, org, "team", team).value(key, *window)
            assert near(by_name.get(name, Decimal(0)), expected), (key, team)


def test_all_time_counts_every_customer_once(tmp_path: Path) -> None:
    row = {"outcome": "won", "created_on": FIRST, "amount": 1, "owner": "Rita Evans"}
    rows = [
        {**row, "closed_on": date(2024, 1, 5), "account": "Acme"},
        {**row, "closed_on": date(2024, 2, 5), "account": " ACME"},
        {**row, "closed_on": date(2024, 2, 6), "account": "Beta"},
        {**row, "closed_on": date(2024, 2, 7), "account": None},
    ]
    live = {"deals": snapshot("deals", tmp_path, rows)}
    (figure,) = compute_groups(live, DEFINED["buyers"], [])
    assert figure.figure.value == 2
    months = [custom_period(FIRST, date(2024, 2, 1)), custom_period(date(2024, 2, 1), date(2024, 3, 1))]
    assert [each.figure.value for each in compute_groups(live, DEFINED["buyers"], months)] == [1, 2]
