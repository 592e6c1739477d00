"""The engine against plain Python that looks at one goal and one row at a time; deals, people and teams generated."""

import tempfile
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.periods import custom_period
from apps.metrics.catalogue import get_kpi
from apps.metrics.engine import Answer, Org, Request, compute_groups, compute_requests
from apps.metrics.engine.behind import Wanted, rows_behind
from tests.metrics.tables import by_hand, close, deals, team_of

KPIS = ("revenue", "win_rate", "average_deal_size", "sales_cycle_length", "sales_velocity", "pipeline_value")
FIRST = date(2024, 1, 1)
few = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))

days = st.integers(0, 120).map(lambda n: FIRST + timedelta(days=n))
PEOPLE = {"rita evans": 1, "omar faye": 2, "r.evans@acme.example": 1}
OWNERS = ["Rita Evans", " rita\u00a0 EVANS", "R.Evans@acme.example", "Omar Faye", "Nobody"]
TEAMS = {"north": 10, "south": 20}
ABOVE = ((1, 1), (1, 10), (1, 20), (10, 10), (20, 20))  # 1 is above both


@st.composite
def a_deal(draw: st.DrawFn) -> dict[str, Any]:
    outcome = draw(st.sampled_from(["open", "won", "won", "lost", "void"]))
    created = draw(st.none() | days)
    length = draw(st.integers(0, 60))
    closed = (created or FIRST) + timedelta(days=length) if outcome in ("won", "lost") else None
    return {
        "outcome": outcome,
        "created_on": created,
        "closed_on": closed,
        "amount": Decimal(draw(st.integers(0, 10**8))) / 100,
        "owner": draw(st.sampled_from(OWNERS)),
        "team": draw(st.sampled_from([None, None, "North", "south", "Elsewhere"])),
        "region": draw(st.sampled_from([None, "East", "West"])),
    }


@st.composite
def an_org(draw: st.DrawFn) -> Org:
    """Each person is in one team after the other, with gaps allowed."""
    memberships = []
    for person in (1, 2):
        cuts = sorted(draw(st.lists(days, min_size=2, max_size=4, unique=True)))
        for start, end in zip(cuts, [*cuts[1:], None], strict=True):
            if draw(st.booleans()):
                memberships.append((person, draw(st.sampled_from([10, 20])), start, end))
    return Org(
        owners=tuple(PEOPLE.items()),
        teams=tuple(TEAMS.items()),
        memberships=tuple(memberships),
        ancestors=ABOVE,
        team_names={10: "North", 20: "South"},
    )


windows = st.tuples(st.integers(0, 100), st.integers(1, 60)).map(
    lambda n: (FIRST + timedelta(days=n[0]), FIRST + timedelta(days=n[0] + n[1]))
)
some_deals = st.lists(a_deal(), min_size=1, max_size=25)
SCOPES: list[tuple[Any, int | None]] = [("workspace", None), ("person", 1), ("person", 2), ("team", 10), ("team", 20)]
SCOPES.append(("team", 1))


def credited(row: Mapping[str, Any], scope: str, scope_id: int | None, org: Org, day: date | None) -> bool:
    if scope == "workspace":
        return True
    owner = " ".join(str(row["owner"]).split()).lower()
    if scope == "person":
        return PEOPLE.get(owner) == scope_id
    team = team_of({**row, "owner": owner}, org, day or FIRST)
    return (scope_id, team) in org.ancestors


def ask(
    rows: list[dict[str, Any]], org: Org, window: tuple[date, date]
) -> tuple[list[Request], dict[int, Answer], Any]:
    start, end = window
    folder = Path(tempfile.mkdtemp(prefix="kpitracker-deals-"))
    snapshot = deals(folder, [*rows, {"outcome": "open", "created_on": FIRST, "amount": 0, "owner": "x"}])
    wanted = [(kpi, scope, scope_id) for kpi in KPIS for scope, scope_id in SCOPES]
    points = (*(start + timedelta(days=n) for n in range(7, (end - start).days, 7)), end)
    requests = [Request(i, k, s, n, start, end, points) for i, (k, s, n) in enumerate(wanted)]
    return requests, compute_requests({"deals": snapshot}, requests, org, {kpi: get_kpi(kpi) for kpi in KPIS}), snapshot


def expected(rows: list[dict[str, Any]], request: Request, org: Org, end: date) -> Decimal | None:
    """Flows are credited on the day of the row, levels on the last day of the period."""
    level = request.kpi == "pipeline_value"
    mine = [
        row
        for row in rows
        if credited(row, request.scope, request.scope_id, org, end - timedelta(days=1) if level else row["closed_on"])
    ]
    return by_hand(request.kpi, mine, request.start, end)


@few
@given(rows=some_deals, org=an_org(), window=windows)
def test_every_figure_and_every_point_equals_one_goal_at_a_time(
    rows: list[dict[str, Any]], org: Org, window: tuple[date, date]
) -> None:
    requests, answers, snapshot = ask(rows, org, window)
    through = snapshot.complete_through
    for request in requests:
        answer = answers[request.id]
        if request.start > through or request.end <= snapshot.covers_from:
            assert answer.figure.reason == "no_data", request
            continue
        assert close(answer.figure, expected(rows, request, org, request.end)), request
        begun = request.start
        for day, value in answer.series:
            wanted = expected(rows, request, org, day) if begun <= through else None
            assert (value is None) == (wanted is None), (request, day)
            assert wanted is None or value is None or abs(value - float(wanted)) <= 1e-9 * abs(float(wanted))
            begun = day


@few
@given(rows=some_deals, org=an_org(), window=windows)
def test_rows_behind_a_figure_give_the_figure_and_every_row_has_one_place(
    rows: list[dict[str, Any]], org: Org, window: tuple[date, date]
) -> None:
    requests, answers, snapshot = ask(rows, org, window)
    for request in requests[::3]:
        wanted = Wanted(
            get_kpi(request.kpi), request.scope, request.scope_id, request.start, request.end, 0, 1000, "-amount"
        )
        behind = rows_behind({"deals": snapshot}, wanted, org)
        assert behind.figure == answers[request.id].figure, request
        assert behind.included == len(behind.rows)
        assert behind.included + sum(many for _, many in behind.excluded) == len(rows) + 1
        if behind.figure.reason != "no_data":
            assert behind.included == behind.figure.count


@few
@given(rows=some_deals, org=an_org(), window=windows, data=st.data())
def test_the_order_of_rows_and_of_requests_changes_nothing(
    rows: list[dict[str, Any]], org: Org, window: tuple[date, date], data: st.DataObject
) -> None:
    requests, answers, _ = ask(rows, org, window)
    shuffled = data.draw(st.permutations(rows))
    _, again, _ = ask(list(shuffled), org, window)
    assert {r.id: answers[r.id].figure for r in requests} == {r.id: again[r.id].figure for r in requests}


@few
@given(rows=some_deals, org=an_org(), window=windows)
def test_a_team_is_the_sum_of_the_teams_below_it(
    rows: list[dict[str, Any]], org: Org, window: tuple[date, date]
) -> None:
    requests, answers, _ = ask(rows, org, window)
    figures = {(r.kpi, r.scope, r.scope_id): answers[r.id].figure for r in requests}
    for kpi in ("revenue", "win_rate", "average_deal_size", "sales_cycle_length", "pipeline_value"):
        whole, north, south = (figures[(kpi, "team", team)] for team in (1, 10, 20))
        assert whole.count == north.count + south.count
        if whole.reason != "no_data":
            assert whole.numerator == (north.numerator or 0) + (south.numerator or 0)


@few
@given(rows=some_deals, org=an_org(), window=windows)
def test_groups_and_neighbouring_periods_add_up_to_the_whole(
    rows: list[dict[str, Any]], org: Org, window: tuple[date, date]
) -> None:
    _, _, snapshot = ask(rows, org, window)
    start, end = snapshot.covers_from, snapshot.complete_through + timedelta(days=1)
    middle = start + (end - start) / 2
    halves = [custom_period(a, b) for a, b in ((start, middle), (middle, end)) if a < b]
    whole = [custom_period(start, end)]
    for key in ("win_rate", "sales_cycle_length"):
        kpi = get_kpi(key)
        (total,) = compute_groups({"deals": snapshot}, kpi, whole)
        for by, periods in ((None, halves), ("region", whole), ("team", whole), ("owner", halves)):
            parts = compute_groups({"deals": snapshot}, kpi, periods, by, org)
            assert sum(part.figure.count for part in parts) == total.figure.count
            assert sum(part.figure.numerator or 0 for part in parts) == total.figure.numerator
    (total,) = compute_groups({"deals": snapshot}, get_kpi("pipeline_value"), whole)
    for by in ("region", "team", "owner"):
        parts = compute_groups({"deals": snapshot}, get_kpi("pipeline_value"), whole, by, org)
        assert sum(part.figure.value or 0 for part in parts) == total.figure.value


@few
@given(rows=some_deals, org=an_org(), window=windows)
def test_by_team_agrees_with_the_goals_of_the_teams(
    rows: list[dict[str, Any]], org: Org, window: tuple[date, date]
) -> None:
    requests, answers, snapshot = ask([row for row in rows if row["team"] != "Elsewhere"], org, window)
    for key in KPIS:
        found = compute_groups({"deals": snapshot}, get_kpi(key), [custom_period(*window)], "team", org)
        by_name = {each.group: each.figure for each in found}
        for team, name in ((10, "North"), (20, "South")):
            (mine,) = [answers[r.id].figure for r in requests if (r.kpi, r.scope, r.scope_id) == (key, "team", team)]
            assert by_name.get(name, mine) == mine
            assert (name in by_name) == bool(mine.count)
