"""Generated deals, people and goals for the benchmarks. Deterministic: the same size gives the same rows."""

from datetime import date
from pathlib import Path

import duckdb

from apps.common.periods import Grain, periods_between
from apps.goals.models import Cadence, Goal, Scope, TargetVersion
from apps.people.models import Member, Membership, Team, Workspace

FIRST_DAY = date(2020, 1, 1)
DAYS = 2400
LAST_DAY = date(2026, 7, 28)
OWNERS = 2000
TEAMS = 100
KPIS = ("revenue", "win_rate", "average_deal_size", "sales_cycle_length", "pipeline_value")

DEALS = """
copy (
  select format('D-{{:09d}}', i) id, format('Owner {{:04d}}', h % {owners}) as owner,
         format('Team {{:03d}}', (h % {owners}) % {teams}) team, format('Region {{}}', h % 8) region,
         format('Product {{:02d}}', (h // 7) % 40) product, date '{first}' + (h // 11 % {days})::int created_on,
         case when outcome <> 'open'
              then date '{first}' + least(h // 11 % {days} + 5 + h // 13 % 90, {days})::int end closed_on,
         outcome, ((h // 17) % 5000000 / 100.0)::decimal(18, 2) amount
  from (
    select i, h, case when h // 19 % 100 < 25 then 'open' when h // 19 % 100 < 58 then 'won' else 'lost' end outcome
    from (select range i, hash(range) // 4 h from range({rows}))
  )
) to '{path}' (header, delimiter ',')
"""


def write_deals(path: Path, rows: int) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            DEALS.format(owners=OWNERS, teams=TEAMS, first=FIRST_DAY, days=DAYS, rows=rows, path=path.as_posix())
        )


def people_of(workspace: Workspace) -> list[Member]:
    """The owners of the generated deals, each in one of the teams."""
    teams = Team.objects.bulk_create([Team(workspace=workspace, name=f"Team {i:03d}") for i in range(TEAMS)])
    members = Member.objects.bulk_create(
        [Member(workspace=workspace, name=f"Owner {i:04d}", joined_on=FIRST_DAY) for i in range(OWNERS)]
    )
    Membership.objects.bulk_create(
        [Membership(member=m, team=teams[i % TEAMS], starts_on=FIRST_DAY) for i, m in enumerate(members)]
    )
    return members


def set_goals(workspace: Workspace, members: list[Member], how_many: int) -> None:
    """So many goals: every KPI for every person in the newest quarters first."""
    Goal.objects.filter(workspace=workspace).update(latest=None)
    Goal.objects.filter(workspace=workspace).delete()
    quarters = reversed(periods_between(FIRST_DAY, LAST_DAY, Grain.QUARTER))
    goals = [
        Goal(
            workspace=workspace,
            title=f"{kpi} of {member.name} in {quarter.label}",
            kpi=kpi,
            variant="deals",
            scope=Scope.PERSON,
            person=member,
            owner=member,
            starts_on=quarter.start,
            ends_on=quarter.end,
            cadence=Cadence.WEEKLY,
        )
        for quarter in quarters
        for kpi in KPIS
        for member in members
    ][:how_many]
    Goal.objects.bulk_create(goals, batch_size=2000)
    TargetVersion.objects.bulk_create(
        [TargetVersion(goal=goal, value=100, effective_from=goal.starts_on) for goal in goals], batch_size=5000
    )
