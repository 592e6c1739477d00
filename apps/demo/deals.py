"""Two years of deals. Pure: the same day always brings the same deals, whenever the demo is made.

Every day has its own random numbers (the seed is the date), so tomorrow's demo is today's plus one day. `known_on`
shows the deals as the CRM would have exported them on an earlier evening: what closes later is still open there.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from apps.common.calendars import WorkingCalendar
from apps.common.periods import Grain, add_months, period_of
from apps.demo import cast
from apps.demo.cast import Product, Rep

SEED = "larkfield"
YEARS = 2
GROWTH_SINCE = date(2024, 1, 1)
WEEKDAYS = WorkingCalendar()
A_DAY = timedelta(days=1)
QUARTER_END_PULL = 0.4  # share of won deals near a quarter's end that are closed in its last two weeks
PULL_DAYS = 28
LONGEST_CYCLE = 240
VOID_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Deal:
    """`decided_on` and `decision` are the future as the generator knows it; `outcome` is what is known so far."""

    id: str
    name: str
    account: str
    owner: str
    region: str
    product: str
    kind: str
    source: str
    created_on: date
    amount: int
    expected_close_on: date
    decided_on: date
    decision: str
    lost_reason: str
    stage: str = ""
    probability: float = 0.0
    outcome: str = "open"
    closed_on: date | None = None


def all_deals(today: date) -> list[Deal]:
    """Every deal created before `today` and not yet decided two years ago, with its future."""
    first = add_months(period_of(today, Grain.QUARTER).start, -12 * YEARS)
    created = (deal for day in _days(first - LONGEST_CYCLE * A_DAY, today) for deal in _created_on(day))
    return [deal for deal in created if deal.decided_on >= first]


def known_on(deals: Sequence[Deal], evening: date) -> list[Deal]:
    """The deals as they stood at the end of that day."""
    return [_as_known(deal, evening) for deal in deals if deal.created_on <= evening]


def _days(start: date, end: date) -> Iterator[date]:
    for offset in range((end - start).days):
        yield start + offset * A_DAY


def _created_on(day: date) -> list[Deal]:
    random = Random(f"{SEED} {day}")  # noqa: S311
    growth = cast.YEARLY_GROWTH ** ((day - GROWTH_SINCE).days / 365.25)
    weekday = 1.0 if WEEKDAYS.is_working(day) else 0.06
    deals: list[Deal] = []
    for rep in cast.REPS:
        for _ in range(_poisson(random, rep.pace * growth * cast.SEASON[day.month - 1] * weekday)):
            deals.append(_deal(random, rep, day, len(deals) + 1))
    if not deals and WEEKDAYS.is_working(day):
        deals.append(_deal(random, cast.REPS[0], day, 1))  # the data reaches every working day
    return deals


def _deal(random: Random, rep: Rep, day: date, number: int) -> Deal:
    product = random.choices(cast.PRODUCTS, [product.share for product in cast.PRODUCTS])[0]
    source = random.choices(list(cast.SOURCES), [share for share, _ in cast.SOURCES.values()])[0]
    kind = _pick(random, cast.KINDS)
    account = random.choice(cast.ACCOUNTS)
    cycle = random.lognormvariate(math.log(product.cycle * rep.speed), 0.45)
    decision = _decision(random, rep, product, source)
    decided_on = _decision_day(random, day, min(max(round(cycle), 3), LONGEST_CYCLE), decision)
    return Deal(
        id=f"D-{day:%y%m%d}-{number:02d}",
        name=f"{account}: {product.name}",
        account=account,
        owner=rep.name,
        region=rep.region if random.random() < 0.8 else random.choice(cast.REGIONS),
        product=product.name,
        kind=kind,
        source=source,
        created_on=day,
        amount=round(random.lognormvariate(math.log(product.amount * rep.size), product.spread) / 10) * 10,
        expected_close_on=decided_on + timedelta(days=random.randint(-12, 16)),
        decided_on=decided_on,
        decision=decision,
        lost_reason=_pick(random, cast.LOST_REASONS),
    )


def _decision(random: Random, rep: Rep, product: Product, source: str) -> str:
    if random.random() < VOID_SHARE:
        return "void"
    return "won" if random.random() < rep.wins * product.wins * cast.SOURCES[source][1] else "lost"


def _decision_day(random: Random, created: date, cycle: int, decision: str) -> date:
    """A working day; some won deals are brought forward or held until the last two weeks of the nearest quarter."""
    day = created + cycle * A_DAY
    pulled = decision == "won" and random.random() < QUARTER_END_PULL
    days_before_end = random.randint(1, 14)
    if pulled:
        quarter = period_of(day, Grain.QUARTER)
        nearest = min(quarter.start, quarter.end, key=lambda end: abs((end - day).days))
        held = nearest - days_before_end * A_DAY
        day = held if abs((nearest - day).days) <= PULL_DAYS and held > created else day
    while not WEEKDAYS.is_working(day):
        day += A_DAY
    return day


def _as_known(deal: Deal, evening: date) -> Deal:
    if deal.decided_on <= evening:
        return replace(deal, stage=deal.decision.title(), outcome=deal.decision, closed_on=deal.decided_on)
    age = (evening - deal.created_on).days / max((deal.decided_on - deal.created_on).days, 1)
    stage, probability = cast.STAGES[min(int(age * len(cast.STAGES)), len(cast.STAGES) - 1)]
    expected = max(deal.expected_close_on, evening + 5 * A_DAY)
    return replace(deal, stage=stage, probability=probability, expected_close_on=expected, lost_reason="")


def _pick(random: Random, shares: dict[str, float]) -> str:
    return random.choices(list(shares), list(shares.values()))[0]


def _poisson(random: Random, mean: float) -> int:
    """Knuth's method: count how many uniform numbers it takes to fall below e^-mean."""
    limit, product, count = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count
