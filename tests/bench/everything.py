"""Every KPI of the deals by everybody, team, owner, product, region, each by week, month, quarter; and so by hand.

The rows are written straight into the column store's layout: how fast they come in is measured elsewhere.
"""

import resource
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from apps.common.periods import Grain, periods_between
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi, all_kpis, variants_of
from apps.metrics.engine import Org, has_rows
from apps.metrics.engine.cube import compute_many, is_additive
from tests.bench.data import DAYS, FIRST_DAY, LAST_DAY, OWNERS, TEAMS
from tests.bench.yardsticks import everything_by_hand

GROUPINGS = (None, "team", "owner", "product", "region")
GRAINS = (Grain.WEEK, Grain.MONTH, Grain.QUARTER)
COLUMNS = ("id", "owner", "team", "region", "product", "account", "created_on", "closed_on", "outcome", "amount",
           "probability", "lost_reason", "kind")  # fmt: skip

DEALS = """
copy (
  select format('D-{{:09d}}', i) id, format('Owner {{:04d}}', h % {owners}) as owner,
         format('Team {{:03d}}', h % {owners} % {teams}) team, format('Region {{}}', h // 3 % 8) region,
         format('Product {{:02d}}', h // 7 % 40) product, format('Account {{:06d}}', h // 23 % 200000) account,
         date '{first}' + (h // 11 % {days})::int created_on,
         case when outcome <> 'open'
              then date '{first}' + least(h // 11 % {days} + 5 + h // 13 % 90, {days})::int end closed_on,
         outcome, (h // 17 % 5000000 / 100.0)::decimal(18, 4) amount,
         (h // 29 % 100 / 100.0)::decimal(18, 4) probability,
         case when outcome = 'lost'
              then ['price', 'no decision', 'competitor', null][(h // 31 % 4 + 1)::int] end lost_reason,
         ['new', 'expansion', 'renewal'][(h // 37 % 3 + 1)::int] kind, 1::bigint _batch, i + 2 _line
  from (
    select i, h, case when h // 19 % 100 < 25 then 'open' when h // 19 % 100 < 58 then 'won' else 'lost' end outcome
    from (select range i, hash(range) // 4 h from range({rows}))
  ) order by closed_on nulls last
) to '{path}' (format parquet, compression zstd, row_group_size 250000)
"""


def everything(scratch: Path, rows: int) -> dict[str, Any]:
    """Both in turn, three times each; the least of each counts, and processor time beside the clock."""
    path = scratch / f"everything-{rows}.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            DEALS.format(owners=OWNERS, teams=TEAMS, first=FIRST_DAY, days=DAYS, rows=rows, path=path.as_posix())
        )
    deals = Snapshot("deals", (path,), (), (1,), COLUMNS, FIRST_DAY, LAST_DAY)
    kpis = [kpi for each in all_kpis() for kpi in variants_of(each.key)]
    kpis = [kpi for kpi in kpis if has_rows({"deals": deals}, kpi) and is_additive(kpi)]
    rounds = [(_timed(lambda: by_engine(deals, kpis)), _timed(lambda: everything_by_hand(deals))) for _ in range(3)]
    path.unlink()
    engine, hand = (min(each) for each in zip(*((mine[:2], theirs[:2]) for mine, theirs in rounds), strict=True))
    return {
        "what": "everything",
        "rows": rows,
        "kpis": len(kpis),
        "tables": len(GROUPINGS) * len(GRAINS),
        "figures": rounds[0][0][2],
        "seconds": engine[0],
        "seconds_by_hand": hand[0],
        "times_by_hand": engine[0] / hand[0],
        "processor_seconds": engine[1],
        "processor_seconds_by_hand": hand[1],
        "processor_times_by_hand": engine[1] / hand[1],
    }


def by_engine(deals: Snapshot, kpis: list[Kpi]) -> int:
    """All tables, one after the other; how many figures they have."""
    org = Org(
        owners=tuple((f"owner {i:04d}", i) for i in range(OWNERS)),
        teams=tuple((f"team {i:03d}", i) for i in range(TEAMS)),
        memberships=tuple((i, i % TEAMS, FIRST_DAY, None) for i in range(OWNERS)),
        team_names={i: f"Team {i:03d}" for i in range(TEAMS)},
    )
    grains = [periods_between(FIRST_DAY, LAST_DAY + timedelta(days=1), grain) for grain in GRAINS]
    tables = compute_many({"deals": deals}, kpis, GROUPINGS, grains, org)
    return sum(int(columns.there.sum()) for table in tables for columns in table.figures.values())


def _timed(what: Callable[[], int]) -> tuple[float, float, int]:
    """Seconds by the clock, seconds of the processor, and what came out."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    found = what()
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, found
