"""What the recompute is measured against: one hand-written query for all goals, and one query for each goal."""

import random
import time
from collections.abc import Sequence

import pyarrow as pa

from apps.datasets.store.snapshot import Snapshot, open_for_reading
from apps.goals.models import Goal
from apps.goals.pace import points_until

# What a recompute needs and not more: for each goal the parts of its figure at every point of its course. One scan for
# what closes, one for what opens; running sums by owner; each goal's course is a difference of two of them.
BY_HAND = """
with live as (select owner, outcome, amount, created_on, closed_on from ({rows})),
closed as (
  select owner, atom, sum(amount) filter (outcome = 'won') won_amount, count(*) filter (outcome = 'won') won,
         count(*) filter (outcome in ('won', 'lost')) closed,
         sum(closed_on - created_on) filter (outcome = 'won') cycle_days,
         sum(amount) filter (outcome in ('won', 'lost')) amount_closed
  from live join atoms on closed_on = day group by owner, atom
),
opened as (select owner, atom, sum(amount) amount_opened from live join atoms on created_on = day group by owner, atom),
grid as (select distinct owner, atom from goals, (select distinct atom from atoms)),
running as (
  select owner, atom, sum(won_amount) over up won_amount, sum(won) over up won, sum(closed) over up closed,
         sum(cycle_days) over up cycle_days, sum(coalesce(amount_opened, 0) - coalesce(amount_closed, 0)) over up amount
  from grid left join closed using (owner, atom) left join opened using (owner, atom)
  window up as (partition by owner order by atom)
)
select goal, point, later.won_amount - earlier.won_amount, later.won - earlier.won, later.closed - earlier.closed,
       later.cycle_days - earlier.cycle_days, later.amount
from goals join points using (first) join running later on later.owner = goals.owner and later.atom = point - 1
     join running earlier on earlier.owner = goals.owner and earlier.atom = first - 1
"""

ONE_GOAL = """
select sum(amount) filter (outcome = 'won'), count(*) filter (outcome = 'won'), count(*)
from ({rows}) where owner = $owner and closed_on >= $start and closed_on < $end
"""


def by_hand(snapshot: Snapshot, goals: Sequence[Goal]) -> float:
    """Seconds for all goals in one statement, results fetched."""
    started = time.perf_counter()
    through = snapshot.complete_through
    courses = {(g.starts_on, g.ends_on): points_until(g.starts_on, g.ends_on, through) for g in goals}
    cuts = sorted({day for (start, _), points in courses.items() for day in (start, *points)})
    place = {day: i + 1 for i, day in enumerate(cuts)}
    goal_table = pa.table(
        {
            "goal": [g.pk for g in goals],
            "owner": [g.owner.name for g in goals],
            "first": [place[g.starts_on] for g in goals],
        }
    )
    point_rows = [(place[start], place[day]) for (start, _), points in courses.items() for day in points]
    point_table = pa.table({"first": [row[0] for row in point_rows], "point": [row[1] for row in point_rows]})
    with open_for_reading([snapshot]) as connection:
        connection.register("goals", goal_table)
        connection.register("points", point_table)
        connection.execute("create temp table cuts as select unnest($1) cut", [cuts])
        connection.execute(
            "create temp table atoms as select day::date as day, (select count(*) from cuts where cut <= day) atom"
            " from (select unnest(generate_series(date '2019-01-01', date '2028-01-01', interval 1 day)) as day)"
        )
        connection.sql(BY_HAND.format(rows=snapshot.rows_sql())).to_arrow_table()
    return time.perf_counter() - started


def one_query_a_goal(snapshot: Snapshot, goals: Sequence[Goal], sample: int = 30) -> float:
    """Seconds for all goals, extrapolated from a random sample."""
    chosen = random.Random(1).sample(list(goals), min(sample, len(goals)))
    sql = ONE_GOAL.format(rows=snapshot.rows_sql())
    with open_for_reading([snapshot]) as connection:
        started = time.perf_counter()
        for goal in chosen:
            connection.execute(sql, {"owner": goal.owner.name, "start": goal.starts_on, "end": goal.ends_on}).fetchall()
        return (time.perf_counter() - started) / len(chosen) * len(goals)


# Everything: the cells of what closes and of what opens by the columns that are asked for, each grouping from the
# smallest cells that have it; customers by number, as they cannot be added up. One statement for each grouping and
# grain then makes all figures of it.
DAYS = """
create temp table days as
select day, dense_rank() over (order by greatest(week, month))::int atom, week, month,
       date_trunc('quarter', month) as quarter
from (select day, date_trunc('week', day) as week, date_trunc('month', day) as month
      from (select unnest(generate_series(date '2019-12-30', date '2026-12-31', interval 1 day))::date as day))
"""
CLOSED = """
create temp table closed_{name} as
select {keys} atom, sum(amount) filter (outcome = 'won') won_amount, count(*) filter (outcome = 'won') won,
       count(*) filter (outcome in ('won', 'lost')) closed, sum(amount) filter (outcome in ('won', 'lost')) amount,
       sum(amount * probability) filter (outcome in ('won', 'lost')) weighted,
       sum(closed_on - created_on) filter (outcome = 'won') cycle_days,
       count(*) filter (outcome = 'won' and created_on is not null) cycles, count(*) filter (outcome = 'lost') lost,
       count(*) filter (outcome = 'lost' and lost_reason is not null) reasons,
       count(*) filter (outcome = 'won' and kind = 'new') won_new
from ({rows}) join days on closed_on = day group by all
"""
OPENED = """
create temp table opened_{name} as
select {keys} atom, count(*) opened, count(*) filter (outcome = 'won') opened_won, sum(amount) amount,
       sum(amount * probability) weighted
from ({rows}) join days on created_on = day group by all
"""
ACCOUNTS = r"""
create temp table accounts as
select text, dense_rank() over (order by lower(trim(regexp_replace(text, '\s+', ' ', 'g'))))::int account
from (select distinct account as text from ({rows}) where outcome = 'won' and account is not null)
"""
BOUGHT = """
create temp table bought as
select owner, team, product, region, accounts.account, atom
from ({rows}) r join days on closed_on = day join accounts on r.account = text where outcome = 'won'
"""
TABLE = """
with periods as (select distinct atom, {grain} p from days where day between date '2020-01-01' and date '2026-07-28'),
f as (select {by} g, p, sum(won_amount) won_amount, sum(won) won, sum(closed) closed, sum(amount) gone,
             sum(weighted) gone_weighted, sum(cycle_days) cycle_days, sum(cycles) cycles, sum(lost) lost,
             sum(reasons) reasons, sum(won_new) won_new
      from closed_{cells} join periods using (atom) group by all),
o as (select {by} g, p, sum(opened) opened, sum(opened_won) opened_won, sum(amount) came, sum(weighted) came_weighted
      from opened_{cells} join periods using (atom) group by all),
c as (select g, p, count(*) customers, count(*) filter (n >= 2) repeaters
      from (select {by} g, p, account, count(*) n from bought join periods using (atom) group by all) group by all),
grid as (select g, p from (select distinct g from o), (select distinct p from periods)),
x as (
  select g, p, f.*, o.*, c.*, lag(won_amount) over w before, lag(won_amount, {year}) over w year_before,
         coalesce(won_amount, 0) as now,
         sum(coalesce(came, 0) - coalesce(gone, 0)) over w pipeline,
         sum(coalesce(came_weighted, 0) - coalesce(gone_weighted, 0)) over w weighted,
         sum(coalesce(opened, 0) - coalesce(closed, 0)) over w still_open
  from grid left join f using (g, p) left join o using (g, p) left join c using (g, p)
  window w as (partition by g order by p)
)
select g, p, won_amount::double won_amount, won, closed, gone::double amount_closed, cycle_days::double cycle_days,
       cycles, lost, reasons, won_new, opened, opened_won, customers, repeaters, still_open, pipeline::double pipeline,
       weighted::double weighted, won / closed win_rate, won_amount::double / gone win_rate_amount,
       opened_won / opened win_rate_created, won_amount::double / won deal_size, cycle_days / cycles cycle,
       won_amount::double * closed / closed / (cycle_days / cycles) velocity,
       pipeline::double * won / closed weighted_by_rate, reasons / lost lost_reason_share,
       (now - before)::double more, before::double before, (now - before)::double / before growth,
       (now - year_before)::double more_than_year_before, year_before::double year_before,
       (now - year_before)::double / year_before growth_of_year, won_amount::double / customers per_customer,
       repeaters / customers repeat_rate
from x
"""
A_YEAR = {"week": 52, "month": 12, "quarter": 4}
CELLS = {"people": "owner, team,", "product": "product,", "region": "region,"}


def everything_by_hand(snapshot: Snapshot) -> int:
    """All figures by everybody, team, owner, product, region and by week, month, quarter; how many rows there are."""
    rows, many = snapshot.rows_sql(), 0
    with open_for_reading([snapshot]) as connection:
        connection.execute(DAYS)
        for statement in (CLOSED, OPENED):
            for cells, keys in CELLS.items():
                connection.execute(statement.format(name=cells, keys=keys, rows=rows))
        for statement in (ACCOUNTS, BOUGHT):
            connection.execute(statement.format(rows=rows))
        groupings = {"'all'": "region", "team": "people", "owner": "people", "product": "product", "region": "region"}
        for by, cells in groupings.items():
            for grain, year in A_YEAR.items():
                statement = TABLE.format(by=by, cells=cells, grain=grain, year=year)
                many += len(connection.sql(statement).to_arrow_table())
    return many
