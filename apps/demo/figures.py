"""What the demo's deals come to, in plain Python: targets are chosen beside these numbers.

This is not the engine. That the engine says the same is a test.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from apps.demo.cast import MANAGERS
from apps.demo.deals import Deal
from apps.demo.staff import team_of


@dataclass(frozen=True, slots=True)
class Book:
    """The deals as known on the evening of `through`. Periods are half-open.

    A team has what its people closed while they were in it, and what those have open who are in it now.
    """

    deals: Sequence[Deal]
    through: date
    moved_on: date

    def value(self, kpi: str, subject: str, start: date, end: date) -> Decimal | None:
        """Of a person, a team, or (no subject) the company. None where a rate or mean has nothing to divide by."""
        if kpi == "pipeline_value":
            last_day = min(end - timedelta(days=1), self.through)
            mine = [deal for deal in self.deals if _is_open(deal, last_day) and self._counts(deal, subject, last_day)]
            return Decimal(sum(deal.amount for deal in mine))
        closed = [
            deal
            for deal in self.deals
            if deal.closed_on and start <= deal.closed_on < end and self._counts(deal, subject, deal.closed_on)
        ]
        return _of_closed(kpi, closed)

    def _counts(self, deal: Deal, subject: str, day: date) -> bool:
        if subject in MANAGERS:
            return team_of(deal.owner, day, self.moved_on) == subject
        return subject in ("", deal.owner)


def _of_closed(kpi: str, closed: Sequence[Deal]) -> Decimal | None:
    won = [deal for deal in closed if deal.outcome == "won"]
    amount = Decimal(sum(deal.amount for deal in won))
    if kpi == "revenue":
        return amount
    if kpi == "average_deal_size":
        return _ratio(amount, len(won))
    if kpi == "win_rate":
        return _ratio(Decimal(len(won)), sum(deal.outcome in ("won", "lost") for deal in closed))
    if kpi == "sales_cycle_length":
        return _ratio(Decimal(sum((deal.decided_on - deal.created_on).days for deal in won)), len(won))
    raise ValueError(f"The demo has no figures for {kpi}.")


def _is_open(deal: Deal, evening: date) -> bool:
    """A void deal never was in the pipeline."""
    created = deal.created_on <= evening and deal.outcome != "void"
    return created and (deal.closed_on is None or deal.closed_on > evening)


def _ratio(above: Decimal, below: int) -> Decimal | None:
    return above / below if below else None
