"""Which KPIs fit: from somebody's role and what the data can give now to a short list, each beside its counter-metric.

Pure. Few on purpose: what everybody is measured by everything is measured by nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.metrics.catalogue import Kpi
from apps.metrics.lacking import Missing

FEWEST, MOST = 5, 7


class For(StrEnum):
    """Whose goals are looked for."""

    REP = "rep"
    MANAGER = "manager"
    LEADER = "leader"


# What a figure must be about to be of use to them.
SCOPE = {For.REP: "person", For.MANAGER: "team", For.LEADER: "workspace"}

# The most telling first, with why: result, way there, quality.
FITTING: dict[For, dict[str, str]] = {
    For.REP: {
        "revenue": "It is the result itself, and yours to show.",
        "quota_attainment_amount": "It tells how much of your quota is done, whatever the size of the quota.",
        "win_rate": "It tells whether you pursue the right deals, which you decide every day.",
        "pipeline_coverage": "It tells early whether there is enough in work to reach the target.",
        "lead_response_time": "Nothing else is so much in your hands: fast answers convert more.",
        "sales_cycle_length": "It tells where deals get stuck; a shorter cycle leaves time for more of them.",
        "average_deal_size": "It tells whether you sell the value or only the price.",
        "pipeline_value": "It is what there is to win: without new deals the next quarter is lost today.",
        "lead_conversion_rate": "It tells what becomes of the leads you are given.",
        "csat": "It tells whether what you promised is what they got.",
    },
    For.MANAGER: {
        "revenue": "It is what your team is there for.",
        "win_rate": "It tells where coaching pays off: who loses which deals.",
        "pipeline_coverage": "It tells a quarter ahead whether the target can be reached at all.",
        "quota_attainment": "It tells how many of your people reach their quota, not only the best one.",
        "forecast_accuracy": "It tells whether the commitments of your team can be relied on.",
        "sales_cycle_length": "It tells where deals get stuck, stage after stage.",
        "lead_response_time": "It is the cheapest improvement there is, and a matter of organisation.",
        "lead_conversion_rate": "It tells whether marketing and sales mean the same by a lead.",
        "sales_velocity": "It puts number, size, odds and speed of deals into one figure per day.",
        "lost_reason_share": "It tells why deals are lost, so that something can be done.",
        "csat": "It tells whether the team sells what customers are content with.",
    },
    For.LEADER: {
        "revenue": "It is the outcome everything else is for.",
        "sales_growth": "It tells whether the business gets larger, and how fast.",
        "gross_profit_margin": "It tells whether growth earns money or buys it.",
        "net_revenue_retention": "It tells what customers are worth after the sale: growth without new ones.",
        "customer_churn_rate": "It tells how many customers must be won only to stay where you are.",
        "customer_acquisition_cost": "It tells what a new customer costs, all selling and marketing included.",
        "ltv_to_cac": "It tells whether a new customer pays back what winning them cost.",
        "pipeline_coverage": "It tells a quarter ahead whether the target can be reached at all.",
        "forecast_accuracy": "It tells whether the plan the company spends by can be relied on.",
        "win_rate": "It tells whether the offer holds against the competition.",
        "on_time_delivery_rate": "It tells whether what is sold is kept.",
        "nps": "It tells whether customers would send others.",
        "employee_turnover_rate": "It tells whether those who sell stay.",
    },
}


@dataclass(frozen=True)
class Offer:
    """One variant of a KPI, with what the workspace lacks for it."""

    kpi: Kpi
    missing: Sequence[Missing] = ()


@dataclass(frozen=True)
class Pick:
    """A KPI that fits, why, and the one to watch beside it, if that can be computed too (`counter_missing` empty)."""

    kpi: Kpi
    why: str
    missing: Sequence[Missing]
    counter: Kpi | None
    counter_missing: Sequence[Missing]


@dataclass(frozen=True)
class Chosen:
    """What can be set a goal on now, and what could with one more column."""

    now: list[Pick]
    later: list[Pick]


def choose(whose: For, offers: Sequence[Sequence[Offer]]) -> Chosen:
    """Five to seven if the data allows: those that fit the role, then others that can be told of the same scope.

    `offers` has the variants of each KPI, the preferred one first.
    """
    known = dict(_best_by_key(offers, SCOPE[whose]))
    fitting = [known[key] for key in FITTING[whose] if key in known]
    now = [offer for offer in fitting if not offer.missing][:MOST]
    others = (offer for offer in known.values() if not offer.missing and offer not in fitting)
    now += list(others)[: max(FEWEST - len(now), 0)]
    later = [offer for offer in fitting if _lacks_one_thing(offer)][:MOST]
    counters = dict(_best_by_key(offers, "")) | known
    return Chosen(
        [_picked(whose, offer, counters) for offer in now], [_picked(whose, offer, counters) for offer in later]
    )


def _best_by_key(offers: Sequence[Sequence[Offer]], scope: str) -> Iterator[tuple[str, Offer]]:
    """Of each KPI the variant that can be told of the scope: the first that lacks nothing, else the nearest to it."""
    for variants in offers:
        if able := [offer for offer in variants if not scope or scope in offer.kpi.scopes]:
            best = min(able, key=lambda offer: len(offer.missing))
            yield best.kpi.key, best


def _lacks_one_thing(offer: Offer) -> bool:
    """A column or a number; a whole table is a project of its own."""
    return len(offer.missing) == 1 and bool(offer.missing[0].column or offer.missing[0].number)


def _picked(whose: For, offer: Offer, known: dict[str, Offer]) -> Pick:
    kpi = offer.kpi
    counter = known.get(kpi.counter_metric)
    return Pick(
        kpi=kpi,
        why=FITTING[whose].get(kpi.key, kpi.sentence),
        missing=offer.missing,
        counter=counter.kpi if counter else None,
        counter_missing=counter.missing if counter else (),
    )
