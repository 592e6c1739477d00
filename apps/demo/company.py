"""What the company keeps besides deals: leads, customers, care plans, surveys, staff and quotas. Pure.

All of it follows from the deals as known on an evening, so that the tables agree: a converted lead has its deal, a
customer first paid with its first won deal, a quota is a little above what its quarter before brought.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

from apps.common.periods import Grain, add_months, period_of
from apps.demo import cast
from apps.demo.deals import A_DAY, SEED, WEEKDAYS, Deal

FROM_LEADS = ("Inbound", "Outbound", "Trade fair")
IDLE_LEADS = 2.2  # leads that lead nowhere, for each that becomes a deal
UNANSWERED = 0.06
CARE_PLANS = {"Basic care": 45, "Full care": 120, "Priority care": 260}
PLAN_MONTHS = 12
RENEWED = 0.86
SILENT_DAYS = (150, 260)
LEAVING = 0.35
ANSWERS = {10: 0.25, 9: 0.24, 8: 0.19, 7: 0.12, 6: 0.08, 5: 0.05, 3: 0.04, 1: 0.03}
RATINGS = {5: 0.41, 4: 0.33, 3: 0.15, 2: 0.07, 1: 0.04}
QUOTA_ABOVE_LAST_QUARTER = 1.08

Row = dict[str, Any]


@dataclass(frozen=True)
class Sheet:
    """One file: its headers are the names of the table's fields."""

    table: str
    rows: list[Row]

    def file_name(self, evening: date) -> str:
        return f"{self.table}-{evening}.csv"

    def write(self, path: Path) -> None:
        headers = list(dict.fromkeys(header for row in self.rows for header in row))
        with path.open("w", newline="", encoding="utf-8") as file:
            lines = csv.DictWriter(file, headers)
            lines.writeheader()
            lines.writerows(self.rows)


def sheets(deals: Sequence[Deal], evening: date) -> list[Sheet]:
    """Every table besides deals, as it stood at the end of that day."""
    customers = list(_customers(deals, evening))
    return [
        Sheet("leads", sorted(_leads(deals, evening), key=lambda row: row["id"])),
        Sheet("customers", customers),
        Sheet("subscriptions", list(_care_plans(deals, customers, evening))),
        Sheet("surveys", list(_surveys(customers, evening))),
        Sheet("employees", list(_employees(evening))),
        Sheet("quotas", list(_quotas(deals, evening))),
    ]


def _random(about: object) -> Random:
    return Random(f"{SEED} {about}")  # noqa: S311


def _leads(deals: Sequence[Deal], evening: date) -> Iterator[Row]:
    for deal in deals:
        if deal.source not in FROM_LEADS or deal.kind != "new":
            continue
        random = _random(f"lead {deal.id}")
        created = _working(deal.created_on - timedelta(days=random.randint(2, 16)))
        qualified = created + (deal.created_on - created) / 2
        won = deal.outcome == "won"
        yield _lead(f"L-{deal.id[2:]}", deal, created, random) | {
            "status": "converted" if won else "qualified",
            "qualified_on": qualified,
            "converted_on": deal.closed_on if won else None,
            "deal": deal.id,
            "customer": deal.account if won else "",
        }
        for number in range(round(random.expovariate(1 / IDLE_LEADS))):
            day = _working(created + timedelta(days=random.randint(0, 6)))
            if day <= evening:
                status = "disqualified" if random.random() < 0.7 else "open"
                yield _lead(f"L-{deal.id[2:]}-{number + 1}", deal, day, random) | {"status": status}


def _lead(id: str, deal: Deal, created: date, random: Random) -> Row:
    """Created in working hours; answered within hours, sometimes days, and a few never."""
    at = datetime.combine(created, time(8 + random.randrange(9), random.randrange(60)))
    answered = at + timedelta(minutes=round(random.lognormvariate(4.6, 1.1)))
    return {
        "id": id,
        "created_on": at.isoformat(" "),
        "owner": deal.owner,
        "source": deal.source,
        "first_response_at": None if random.random() < UNANSWERED else answered.isoformat(" "),
    }


def _won_by_account(deals: Sequence[Deal]) -> Iterator[tuple[str, list[Deal]]]:
    won = sorted((deal for deal in deals if deal.outcome == "won"), key=lambda deal: (deal.account, deal.decided_on))
    for account, mine in groupby(won, key=lambda deal: deal.account):
        yield account, list(mine)


def _customers(deals: Sequence[Deal], evening: date) -> Iterator[Row]:
    """Some of those who have bought nothing for long say that they will not again."""
    for account, won in _won_by_account(deals):
        first, random = won[0], _random(f"customer {account}")
        left = won[-1].decided_on + timedelta(days=random.randint(*SILENT_DAYS))
        gone = left <= evening and random.random() < LEAVING
        yield {
            "id": account,
            "name": account,
            "segment": account.split()[-1],
            "region": first.region,
            "owner": first.owner,
            "first_paid_on": first.decided_on,
            "churned_on": left if gone else None,
        }


def _care_plans(deals: Sequence[Deal], customers: Sequence[Row], evening: date) -> Iterator[Row]:
    """A care plan comes with most new instruments and is renewed every year, or is not; who leaves ends it."""
    left = {row["id"]: row["churned_on"] for row in customers}
    for account, won in _won_by_account(deals):
        for deal in won:
            random = _random(f"plan {deal.id}")
            plan = random.choices(list(CARE_PLANS), (0.5, 0.35, 0.15))[0]
            if deal.kind == "renewal" or random.random() > 0.7:
                continue
            ended, on = add_months(deal.decided_on, PLAN_MONTHS), None
            while ended <= evening and on is None:
                on = None if random.random() < RENEWED else ended
                ended = add_months(ended, PLAN_MONTHS)
            gone = left[account]
            yield {
                "id": f"S-{deal.id[2:]}",
                "customer": account,
                "plan": plan,
                "started_on": deal.decided_on,
                "ended_on": min(on or gone, gone) if gone else on,
                "mrr": CARE_PLANS[plan],
                "currency": "USD",
                "trial": "no",
            }


def _surveys(customers: Sequence[Row], evening: date) -> Iterator[Row]:
    """Twice a year customers are asked whether they would recommend; after a visit how it was."""
    for customer in customers:
        random = _random(f"survey {customer['id']}")
        day = _working(customer["first_paid_on"] + timedelta(days=random.randint(20, 60)))
        number = 0
        while day <= evening:
            kind, scores, top = ("nps", ANSWERS, 10) if number % 2 == 0 else ("csat", RATINGS, 5)
            number += 1
            yield {
                "id": f"Q-{customer['id'].replace(' ', '-')}-{number}",
                "kind": kind,
                "responded_on": day,
                "score": random.choices(list(scores), list(scores.values()))[0],
                "scale_min": 0 if kind == "nps" else 1,
                "scale_max": top,
                "respondent": customer["id"],
                "owner": customer["owner"],
                "segment": customer["segment"],
            }
            day = _working(day + timedelta(days=random.randint(40, 130)))


def _employees(evening: date) -> Iterator[Row]:
    """Those in the demo's teams, and those who came and left before."""
    names = [(rep.name, rep.team) for rep in cast.REPS] + [(name, team) for team, (name, _) in cast.MANAGERS.items()]
    for number, (name, team) in enumerate(names, start=1):
        yield _employee(number, name, team, add_months(evening.replace(day=1), -40 - 5 * number), None, "")
    first_of_month = evening.replace(day=1)
    yield _employee(len(names) + 1, *cast.NEWCOMER, add_months(first_of_month, -1), None, "")
    for number, (name, team, came, left, kind) in enumerate(cast.FORMER, start=len(names) + 2):
        yield _employee(number, name, team, add_months(first_of_month, -came), add_months(first_of_month, -left), kind)


def _employee(number: int, name: str, team: str, hired: date, left: date | None, kind: str) -> Row:
    row = {"id": f"E-{number:03d}", "name": name, "team": team, "hired_on": hired, "left_on": left}
    return row | {"leave_kind": kind, "fte": 1}


def _quotas(deals: Sequence[Deal], evening: date) -> Iterator[Row]:
    """Every rep has a quota for each quarter that has a quarter before it in the data."""
    brought: dict[tuple[str, date], int] = defaultdict(int)
    for deal in deals:
        if deal.outcome == "won" and deal.closed_on:
            brought[deal.owner, period_of(deal.closed_on, Grain.QUARTER).start] += deal.amount
    for owner, before in sorted(brought):
        start = add_months(before, 3)
        if start <= evening:
            amount = round(brought[owner, before] * QUOTA_ABOVE_LAST_QUARTER, -3)
            yield {
                "owner": owner,
                "period_start": start,
                "period_end": add_months(start, 3),
                "amount": max(amount, 20_000),
                "currency": "USD",
            }


def _working(day: date) -> date:
    while not WEEKDAYS.is_working(day):
        day -= A_DAY
    return day
