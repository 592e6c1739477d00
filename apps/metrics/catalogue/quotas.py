"""What was sold against what was asked: quotas by person, and what a full-time person brings in a month.

A quota lies on the days of its span; what falls on days without a quota of the same owner is credited to none.
"""

from dataclasses import replace

from apps.metrics.catalogue.deals import deals, won
from apps.metrics.catalogue.formulas import (
    Formula,
    Holds,
    Length,
    MeanLevel,
    Measured,
    Total,
    WhileAllotted,
    level,
    number_of,
    positive,
    total,
    total_of,
)
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.orders import lines, net, orders
from apps.metrics.catalogue.people import full_time
from apps.metrics.catalogue.pipeline import quota, quotas

won_deals = total(deals.amount, where=won)
sold = total(net, where=lines)
with_quota = [quota > 0]


def _reached(amount: Total) -> list[Holds]:
    return [quota > 0, WhileAllotted(amount, quota) >= quota]


def _people_at_quota(amount: Total) -> Formula:
    return number_of("owner", having=_reached(amount)).called("owners at or over quota") / number_of(
        "owner", having=with_quota
    ).called("owners with a quota")


def _money_of_quota(amount: Total) -> Formula:
    credited = total_of("owner", WhileAllotted(amount, quota), having=with_quota)
    return credited.called("what owners sold on days of their quota") / total_of(
        "owner", quota, having=with_quota
    ).called("their quotas")


quota_attainment = Kpi(
    key="quota_attainment",
    variant="orders",
    name="Quota attainment",
    synonyms=("share of reps at quota", "reps at quota", "quota achievement"),
    sentence="Of the people with a quota in the period, the share who sold at least their quota.",
    formula=_people_at_quota(sold),
    dated_by=orders.ordered_on,
    kind=Kind.RECOUNT,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="quota_attainment_amount",
    mistakes=(
        "People and money confused: “60 % attainment” can be all at 60 %, or half at 120 % and half at nothing.",
        "Managers counted: their quota repeats that of their people. Import quotas of one level only.",
        "The quota of who left dropped in silence, or cut in mid-period.",
        "Quotas of newcomers as if they were fully ramped: import the ramped amount.",
        "A quota of a year read in its first quarter: it is spread over its days, seasons unknown.",
    ),
    authority="Quota attainment as a share of people; as money over quota it is the KPI Quota attainment by amount. "
    "Only sales on days for which the same owner has a quota are credited.",
)

quota_attainment_of_deals = replace(
    quota_attainment,
    variant="deals",
    sentence="Of the people with a quota in the period, the share who won at least their quota.",
    formula=_people_at_quota(won_deals),
    dated_by=deals.closed_on,
)

quota_attainment_amount = replace(
    quota_attainment,
    key="quota_attainment_amount",
    name="Quota attainment by amount",
    synonyms=("attainment", "quota attainment in money", "sales against quota"),
    sentence="What the people with a quota sold in the period, as a share of their quotas.",
    formula=_money_of_quota(sold),
    counter_metric="quota_attainment",
    mistakes=(
        "The mean of the people's percentages: a small quota would count as much as a large one.",
        "Managers counted: their quota repeats that of their people, and halves the number.",
        "Sales of months without a quota above the line: they are not credited here.",
        "One star above quota hides the many below: look at the share of people too.",
    ),
    authority="Credited sales over quota, sum over sum. Only sales on days for which the same owner has a quota are "
    "credited.",
)

quota_attainment_amount_of_deals = replace(
    quota_attainment_amount,
    variant="deals",
    sentence="What the people with a quota won in the period, as a share of their quotas.",
    formula=_money_of_quota(won_deals),
    dated_by=deals.closed_on,
)

months = Length(Measured.MONTHS)

sales_productivity = Kpi(
    key="sales_productivity",
    variant="employees",
    name="Sales productivity",
    synonyms=("productivity per rep", "revenue per rep", "sales per head"),
    sentence="The amount of the deals won in the period per month of a full-time employee.",
    formula=won_deals / positive(MeanLevel(full_time) * months),
    dated_by=deals.closed_on,
    kind=Kind.COMPOSITE,
    unit=Unit.MONEY,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="employee_turnover_rate",
    scopes=("workspace", "team"),
    mistakes=(
        "Heads at the end of the period: who was there for half of it, or half the week, counts half here.",
        "People who do not sell below the line: the employees imported are the ones divided by.",
        "New people still learning below the line: fast hiring looks like weakness for a while.",
        "A quarter's amount beside a month's: this is always money per month.",
    ),
    authority="Won revenue over active full-time months; employees without working hours count as full time.",
)

carrying = level(
    None,
    since=quotas.period_start,
    until=quotas.period_end.when(quotas.period_end.known),
    where=quotas.owner.known.called("in force"),
)

sales_productivity_of_quotas = replace(
    sales_productivity,
    variant="quotas",
    synonyms=("productivity per quota carrier", *sales_productivity.synonyms),
    sentence="The amount of the deals won in the period per month of a person with a quota.",
    formula=won_deals / positive(MeanLevel(carrying) * months),
    scopes=("workspace", "team", "person"),
    mistakes=(
        "Two quotas of one person over the same days count as two people.",
        "Deals won by people without a quota are above the line, they are not below it.",
        *sales_productivity.mistakes[2:],
    ),
    authority="Won revenue over quota-carrying months, one quota in force counted as one person.",
)

KPIS = (
    quota_attainment,
    quota_attainment_of_deals,
    quota_attainment_amount,
    quota_attainment_amount_of_deals,
    sales_productivity,
    sales_productivity_of_quotas,
)
