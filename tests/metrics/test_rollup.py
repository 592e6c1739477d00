"""How figures roll up, for every KPI of the catalogue that adds up or divides sums; new KPIs join by themselves."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.common.periods import Grain, Period, custom_period, parse_period, periods_between
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import BUILT_IN, Kind, Kpi
from apps.metrics.catalogue.formulas import Level, leaves
from apps.metrics.engine import Figure, Org, Request, compute_groups, compute_requests
from apps.metrics.engine.coverage import tables_read
from apps.metrics.engine.derived import columns_of
from apps.metrics.queries import compute
from apps.people.models import Workspace
from tests.datasets.helpers import bring_in
from tests.metrics.generated import FIRST, LAST, OWNERS, SPLITS, Rows, rows_of, snapshots

# A seed does not shrink to anything simpler: looking for it would only cost minutes.
few = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
once = settings(few, max_examples=1)  # all KPIs are computed, those that count customers and people anew too

# Whether a figure may be shown for so few answers is another rule than how it adds up.
KPIS = {kpi.ref: replace(kpi, privacy_min=0) for kpi in BUILT_IN.each()}
ADDS = {ref: kpi for ref, kpi in KPIS.items() if kpi.kind in (Kind.FLOW, Kind.RATIO, Kind.MEAN)}
STOCKS = {ref: kpi for ref, kpi in KPIS.items() if kpi.kind is Kind.STOCK}
DIVIDES = {ref: kpi for ref, kpi in ADDS.items() if kpi.kind in (Kind.RATIO, Kind.MEAN)}
YEAR = parse_period("2024")
NORTH, SOUTH, BOTH = 10, 20, 30

seeds = st.integers(0, 2**32)
days = st.integers(1, 365).map(lambda n: FIRST + timedelta(days=n))


@st.composite
def an_org(draw: st.DrawFn) -> Org:
    """Everybody is in one team after the other, from before the data begins; gaps between are possible."""
    memberships = []
    for person in range(1, len(OWNERS) + 1):
        moves = [date(2020, 1, 1), *sorted(draw(st.lists(days, max_size=3, unique=True)))]
        for start, end in zip(moves, [*moves[1:], None], strict=True):
            team = draw(st.sampled_from([NORTH, SOUTH, None]))
            if team is not None:
                memberships.append((person, team, start, end))
    return org_with(memberships)


def org_with(memberships: Iterable[tuple[int, int, date, date | None]]) -> Org:
    return Org(
        owners=tuple((name.lower(), i) for i, name in enumerate(OWNERS, start=1)),
        teams=(("north", NORTH), ("south", SOUTH), ("both", BOTH)),
        memberships=tuple(memberships),
        ancestors=((NORTH, NORTH), (SOUTH, SOUTH), (BOTH, BOTH), (BOTH, NORTH), (BOTH, SOUTH)),
        team_names={NORTH: "North", SOUTH: "South", BOTH: "Both"},
    )


def live(rows: Rows, *, batches: int = 1) -> dict[str, Snapshot]:
    return snapshots(Path(tempfile.mkdtemp(prefix="kpitracker-rollup-")), rows, batches=batches)


def credited(kpis: Mapping[str, Kpi], data: Mapping[str, Snapshot]) -> dict[str, Kpi]:
    """Those that can be had of people and teams, because every table says whose its rows are."""
    return {
        ref: kpi
        for ref, kpi in kpis.items()
        if {"team", "person"} <= set(kpi.scopes) and all("owner" in columns_of(t, data) for t in tables_read(kpi))
    }


Ask = tuple[str, Any, int | None, date, date]


def figures(data: Mapping[str, Snapshot], asked: Iterable[Ask], org: Org) -> dict[Ask, Figure]:
    listed = list(dict.fromkeys(asked))
    requests = [Request(i, *ask) for i, ask in enumerate(listed)]
    answers = compute_requests(data, requests, org, KPIS)
    return {ask: answers[i].figure for i, ask in enumerate(listed)}


def halves(figure: Figure) -> tuple[Decimal, Decimal]:
    return figure.numerator or Decimal(0), figure.denominator or Decimal(0)


def added(found: Iterable[Figure]) -> tuple[Decimal, Decimal]:
    above, below = Decimal(0), Decimal(0)
    for figure in found:
        one, other = halves(figure)
        above, below = above + one, below + other
    return above, below


def test_the_catalogue_has_kpis_of_each_kind_to_roll_up() -> None:
    assert {"revenue:deals", "revenue:orders", "leads_generated:leads", "win_rate:deals"} <= set(ADDS)
    assert {"pipeline_value:deals", "mrr:subscriptions"} <= set(STOCKS)
    assert {"gross_profit_margin:ledger", "on_time_delivery_rate:orders", "nps:surveys"} <= set(DIVIDES)


# --- people and teams ------------------------------------------------------------------------------------


@few
@given(seed=seeds, org=an_org(), window=st.tuples(days, days).filter(lambda both: both[0] < both[1]))
def test_a_team_has_what_its_members_had_while_they_were_in_it(seed: int, org: Org, window: tuple[date, date]) -> None:
    data = live(rows_of(seed, 40, owners=(*OWNERS, *SPLITS)))
    start, end = window
    spells = [(p, team, max(s, start), min(e, end)) for p, team, s, e in org.memberships_in_turn()]
    spells = [(p, team, s, e) for p, team, s, e in spells if s < e]
    flows = credited(ADDS, data)
    asked: list[Ask] = [(ref, "team", team, start, end) for ref in flows for team in (NORTH, SOUTH, BOTH)]
    asked += [(ref, "person", person, s, e) for ref in flows for person, _, s, e in spells]
    found = figures(data, asked, org)
    for ref in flows:
        for team in (NORTH, SOUTH, BOTH):
            members = [(p, s, e) for p, of, s, e in spells if team in (of, BOTH)]
            parts = added(found[(ref, "person", p, s, e)] for p, s, e in members)
            assert halves(found[(ref, "team", team, start, end)]) == parts, (ref, team)


@few
@given(seed=seeds, org=an_org(), end=days)
def test_what_stands_stands_with_the_teams_of_that_day(seed: int, org: Org, end: date) -> None:
    data = live(rows_of(seed, 40, owners=(*OWNERS, *SPLITS)))
    levels = credited(STOCKS, data)
    people = range(1, len(OWNERS) + 1)
    asked: list[Ask] = [(ref, "team", team, FIRST, end) for ref in levels for team in (NORTH, SOUTH)]
    asked += [(ref, "person", person, FIRST, end) for ref in levels for person in people]
    found = figures(data, asked, org)
    last = end - timedelta(days=1)
    for ref in levels:
        for team in (NORTH, SOUTH):
            members = [p for p, of, s, e in org.memberships_in_turn() if of == team and s <= last < e]
            parts = added(found[(ref, "person", p, FIRST, end)] for p in members)
            assert halves(found[(ref, "team", team, FIRST, end)]) == parts, (ref, team)


@once
@given(seed=seeds, org=an_org(), moved=days, to=st.sampled_from([NORTH, SOUTH]))
def test_who_changes_team_changes_no_number_of_the_past(seed: int, org: Org, moved: date, to: int) -> None:
    data = live(rows_of(seed, 30, owners=(*OWNERS, *SPLITS), teams=(None, None, "North")))
    until = [m if m[3] and m[3] <= moved else (*m[:3], moved) for m in org.memberships if m[2] < moved]
    before, after = org_with(until), org_with([*until, *((p, to, moved, None) for p in (1, 2, 3))])
    teams = {ref for ref, kpi in KPIS.items() if "team" in kpi.scopes}
    asked: list[Ask] = [(ref, "team", team, FIRST, moved) for ref in teams for team in (NORTH, SOUTH, BOTH)]
    assert figures(data, asked, before) == figures(data, asked, after)


@few
@given(seed=seeds)
def test_the_shares_of_all_people_are_the_whole(seed: int) -> None:
    data = live(rows_of(seed, 40, owners=(*OWNERS, *SPLITS)))
    kpis = credited(ADDS | STOCKS, data)
    everybody: list[tuple[Any, int | None]] = [("workspace", None), ("person", 1), ("person", 2), ("person", 3)]
    asked: list[Ask] = [(ref, scope, who, FIRST, YEAR.end) for ref in kpis for scope, who in everybody]
    found = figures(data, asked, org_with(()))
    for ref in kpis:
        whole, *parts = (found[(ref, scope, who, FIRST, YEAR.end)] for scope, who in everybody)
        assert halves(whole) == added(parts), ref


# --- sums over sums --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ref", ADDS)
def test_groups_add_up_to_the_whole_and_ratios_are_sums_over_sums(ref: str, tmp_path: Path) -> None:
    kpi = ADDS[ref]
    data = snapshots(tmp_path, rows_of(7, 60, owners=(*OWNERS, *SPLITS), teams=(None, "North")))
    (whole,) = compute_groups(data, kpi, [YEAR])
    assert whole.figure.count, "nothing counts: this would prove nothing"
    for by in _columns(kpi, data):
        above, below = added(each.figure for each in compute_groups(data, kpi, [YEAR], by, org_with(())))
        assert (above, below) == halves(whole.figure), by
        if kpi.kind is not Kind.FLOW and below:
            assert whole.figure.value is not None
            assert abs(whole.figure.value - above / below) <= abs(above / below) * Decimal("1e-24")


def _columns(kpi: Kpi, data: Mapping[str, Snapshot]) -> list[str]:
    """Columns of texts that every table has that is read; the parts of a share are not of the share's own column."""
    shared = set.intersection(*(set(columns_of(table, data)) for table in tables_read(kpi)))
    return sorted(shared & {"owner", "team", "region", "product", "unit", "plan", "segment", "source", "customer"})


@once
@given(seed=seeds, order=seeds, batches=st.integers(2, 4))
def test_the_order_of_rows_and_how_many_files_brought_them_changes_no_figure(
    seed: int, order: int, batches: int
) -> None:
    rows = rows_of(seed, 30)
    shuffled = {table: Random(order).sample(listed, len(listed)) for table, listed in rows.items()}
    asked: list[Ask] = [(ref, "workspace", None, FIRST, YEAR.end) for ref in KPIS]
    assert figures(live(rows), asked, Org()) == figures(live(shuffled, batches=batches), asked, Org())


# --- periods ---------------------------------------------------------------------------------------------


@few
@given(seed=seeds, year_start=st.integers(1, 12))
def test_months_add_up_to_quarters_and_quarters_to_the_year(seed: int, year_start: int) -> None:
    data = live(rows_of(seed, 60))
    months, quarters = (_inside(grain, year_start) for grain in (Grain.MONTH, Grain.QUARTER))
    whole = custom_period(quarters[0].start, quarters[-1].end)
    asked: list[Ask] = [
        (ref, "workspace", None, each.start, each.end) for ref in ADDS for each in [*months, *quarters, whole]
    ]
    found = figures(data, asked, Org())
    for ref in ADDS:
        for longer, shorter in [*((quarter, months) for quarter in quarters), (whole, quarters)]:
            parts = [each for each in shorter if longer.start <= each.start and each.end <= longer.end]
            total = added(found[(ref, "workspace", None, each.start, each.end)] for each in parts)
            assert halves(found[(ref, "workspace", None, longer.start, longer.end)]) == total, (ref, longer)


def _inside(grain: Grain, year_start: int) -> list[Period]:
    """The periods that lie whole in 2024."""
    listed = periods_between(FIRST, YEAR.end, grain, year_start)
    return [each for each in listed if each.start >= FIRST and each.end <= YEAR.end]


@few
@given(seed=seeds)
def test_the_level_of_a_quarter_and_a_year_is_that_of_its_last_month(seed: int) -> None:
    data = live(rows_of(seed, 60))
    # What is due in a quarter is more than what is due in its last month: the end alone does not tell it.
    kpis = [ref for ref, kpi in STOCKS.items() if not any(isinstance(each, Level) and each.due for each in leaves(kpi))]
    starts = (date(2024, 12, 1), date(2024, 10, 1), FIRST)
    found = figures(data, [(ref, "workspace", None, start, YEAR.end) for ref in kpis for start in starts], Org())
    for ref in kpis:
        month, quarter, year = (found[(ref, "workspace", None, start, YEAR.end)] for start in starts)
        assert month == quarter == year, ref


@few
@given(seed=seeds, cuts=st.lists(days, max_size=4, unique=True))
def test_any_cut_of_the_year_adds_up_to_it(seed: int, cuts: list[date]) -> None:
    data = live(rows_of(seed, 40))
    ends = [FIRST, *(day for day in sorted(cuts) if FIRST < day <= LAST), YEAR.end]
    spans = list(pairwise(ends))
    asked: list[Ask] = [
        (ref, "workspace", None, start, end) for ref in ADDS for start, end in [*spans, (FIRST, YEAR.end)]
    ]
    found = figures(data, asked, Org())
    for ref in ADDS:
        parts = added(found[(ref, "workspace", None, start, end)] for start, end in spans)
        assert halves(found[(ref, "workspace", None, FIRST, YEAR.end)]) == parts, ref


# --- what does not count ---------------------------------------------------------------------------------

CLOSED = {
    ref: kpi
    for ref, kpi in KPIS.items()
    if kpi.tables == ("deals",) and kpi.date == "closed_on" and not any(isinstance(each, Level) for each in leaves(kpi))
}


@few
@given(seed=seeds, opened=st.lists(st.tuples(days, st.none() | days, st.sampled_from(OWNERS)), min_size=1, max_size=5))
def test_an_open_deal_of_no_amount_changes_no_kpi_of_closed_deals(
    seed: int, opened: list[tuple[date, date | None, str]]
) -> None:
    """Not even one for which the CRM already has a closing day."""
    assert {"win_rate:deals", "revenue:deals", "average_deal_size:deals", "sales_cycle_length:deals"} <= set(CLOSED)
    rows = rows_of(seed, 40)
    blank = dict.fromkeys(rows["deals"][0])
    more = [
        {**blank, "id": f"open-{i}", "outcome": "open", "amount": Decimal(0), "account": "account-1", "owner": owner}
        | {"created_on": created, "closed_on": closed, "kind": "new", "lost_reason": "East"}
        for i, (created, closed, owner) in enumerate(opened)
    ]
    everybody: list[tuple[Any, int | None]] = [("workspace", None), ("person", 1), ("person", 2), ("person", 3)]
    asked: list[Ask] = [(ref, scope, who, FIRST, YEAR.end) for ref in CLOSED for scope, who in everybody]
    with_them = live({**rows, "deals": [*rows["deals"], *more]})
    assert figures(live(rows), asked, org_with(())) == figures(with_them, asked, org_with(()))


# --- time zones ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), [("UTC", "America/New_York"), ("Europe/Berlin", "Asia/Tokyo")])
def test_another_time_zone_moves_only_what_happened_within_its_hours_of_midnight(
    db: None, tmp_path: Path, one: str, other: str
) -> None:
    """Through real imports of time stamps with offsets: the same file in two workspaces."""
    random = Random(one)
    midnight = datetime(2025, 4, 1, tzinfo=UTC)
    moments = [midnight + timedelta(minutes=random.randrange(-3 * 24 * 60, 3 * 24 * 60)) for _ in range(150)]
    moments += [midnight, midnight - timedelta(seconds=1)]
    lines = [f"L{i},{moment.isoformat()}" for i, moment in enumerate(moments)]
    found = {}
    for zone in (one, other):
        workspace = Workspace.objects.create(
            name=zone, slug=zone.split("/")[-1].lower().replace("_", "-"), timezone=zone
        )
        bring_in(workspace, tmp_path, "\n".join(["id,created_on", *lines]), table="leads")
        months = compute(workspace=workspace, kpi="leads_generated", grain=Grain.MONTH)
        found[zone] = {each.period.label: each.figure.count for each in months if each.period}
        here = Counter(f"{moment.astimezone(ZoneInfo(zone)):%Y-%m}" for moment in moments)
        assert found[zone] == here
    assert found[one] != found[other], "no moment lies between the two midnights: this would prove nothing"
    between = [m for m in moments if len({m.astimezone(ZoneInfo(zone)).month for zone in (one, other)}) == 2]
    assert abs(found[one]["2025-03"] - found[other]["2025-03"]) == len(between)
