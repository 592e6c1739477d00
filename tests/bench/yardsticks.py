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
