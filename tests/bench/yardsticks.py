"""What the recompute is measured against: one hand-written query for all goals, and one query for each goal."""

import random
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from apps.datasets.store.connection import connect
from apps.datasets.store.snapshot import Snapshot
from apps.goals.models import Goal

# The same scan as the engine's and not more: flows by close date, the pipeline's two sides by open and close date.
BY_HAND = """
with live as (select owner, outcome, amount, created_on, closed_on from ({rows})),
closed as (
  select owner, atom, sum(amount) filter (outcome = 'won') won_amount, count(*) filter (outcome = 'won') won,
         count(*) filter (outcome in ('won', 'lost')) closed,
         sum(closed_on - created_on) filter (outcome = 'won') as days,
         sum(amount) filter (outcome in ('won', 'lost')) amount_closed
  from live join atoms on closed_on = day group by owner, atom
),
opened as (select owner, atom, sum(amount) amount_opened from live join atoms on created_on = day group by owner, atom),
flows as (
  select goal, sum(won_amount) won_amount, sum(won) won, sum(closed) closed, sum(days) as days
  from goals join closed on closed.owner = goals.owner and atom >= first and atom < last group by goal
),
stocks as (
  select goal, sum(amount) amount from goals join (
    select owner, atom, amount_opened amount from opened union all select owner, atom, -amount_closed from closed
  ) moves on moves.owner = goals.owner and atom < last group by goal
)
select * from flows full join stocks using (goal)
"""

ONE_GOAL = """
select sum(amount) filter (outcome = 'won'), count(*) filter (outcome = 'won'), count(*)
from ({rows}) where owner = $owner and closed_on >= $start and closed_on < $end
"""


def by_hand(snapshot: Snapshot, goals: Sequence[Goal]) -> float:
    """Seconds for all goals in one statement, results fetched."""
    started = time.perf_counter()
    cuts = sorted({day for goal in goals for day in (goal.starts_on, goal.ends_on)})
    place = {day: i for i, day in enumerate(cuts)}
    goal_table = pa.table(
        {
            "goal": [g.pk for g in goals],
            "owner": [g.owner.name for g in goals],
            "first": [place[g.starts_on] for g in goals],
            "last": [place[g.ends_on] for g in goals],
        }
    )
    with connect(directories=_folders(snapshot)) as connection:
        connection.register("goals", goal_table)
        connection.execute("create temp table cuts as select unnest($1) cut", [cuts])
        connection.execute(
            "create temp table atoms as select day, (select count(*) from cuts where cut <= day) - 1 atom from ("
            "select unnest(generate_series(date '2019-01-01', date '2028-01-01', interval 1 day))::date as day)"
        )
        connection.sql(BY_HAND.format(rows=snapshot.rows_sql())).to_arrow_table()
    return time.perf_counter() - started


def one_query_a_goal(snapshot: Snapshot, goals: Sequence[Goal], sample: int = 30) -> float:
    """Seconds for all goals, extrapolated from a random sample."""
    chosen = random.Random(1).sample(list(goals), min(sample, len(goals)))
    sql = ONE_GOAL.format(rows=snapshot.rows_sql())
    with connect(directories=_folders(snapshot)) as connection:
        started = time.perf_counter()
        for goal in chosen:
            connection.execute(sql, {"owner": goal.owner.name, "start": goal.starts_on, "end": goal.ends_on}).fetchall()
        return (time.perf_counter() - started) / len(chosen) * len(goals)


def _folders(snapshot: Snapshot) -> set[Path]:
    return {path.parent for path in (*snapshot.row_files, *snapshot.superseded_files)}
