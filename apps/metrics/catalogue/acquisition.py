"""What a customer costs and what a customer is worth."""

from dataclasses import replace

from apps.metrics.catalogue.customers import customers, paid_first, won_as_new
from apps.metrics.catalogue.deals import deals
from apps.metrics.catalogue.formulas import Formula, Length, MeanLevel, Measured, count, total
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.ledger import ENTITY_ONLY, gross_profit_margin, ledger, sales_and_marketing
from apps.metrics.catalogue.revenue import average_revenue_per_subscriber
from apps.metrics.catalogue.subscriptions import held, paid_for, subscriptions

customer_acquisition_cost = Kpi(
    key="customer_acquisition_cost",
    variant="customers",
    name="Customer acquisition cost",
    synonyms=("CAC", "cost per acquisition", "acquisition cost"),
    sentence="What sales and marketing cost in the period per customer who paid for the first time in it.",
    formula=sales_and_marketing / count(paid_first, on=customers.first_paid_on),
    dated_by=ledger.posted_on,
    kind=Kind.RATIO,
    unit=Unit.MONEY,
    direction=Direction.DOWN,
    category=Category.FINANCIAL,
    counter_metric="new_customers",
    min_n=20,
    scopes=ENTITY_ONLY,
    mistakes=(
        "Advertising alone: salaries, commissions and tools of sales and marketing belong to it.",
        "Expansion deals counted as new customers.",
        "The mean of monthly or channel costs: 10 for 1 customer and 100 for 100 are 1.09, not 5.5.",
        "Today's customers were won with last quarter's money: with long cycles and rising spend it flatters or "
        "scolds.",
        "“Less is better” alone starves growth: watch new customers and LTV to CAC beside it.",
        "No new customer: there is no value, whatever was spent.",
    ),
    authority="SaaS Metrics Standards Board: fully loaded sales and marketing cost over new customers of the same "
    "period, without lag.",
)

customer_acquisition_cost_of_deals = replace(
    customer_acquisition_cost,
    variant="deals",
    sentence="What sales and marketing cost in the period per deal of the kind “new” won in it.",
    formula=sales_and_marketing / count(won_as_new, on=deals.closed_on),
    mistakes=("Deals without a kind are not counted as new.", *customer_acquisition_cost.mistakes),
)

ended = (paid_for & subscriptions.ended_on.known).called("ended")
# Of the MRR that was there, month for month, the part that ended: a rate per month whatever the period.
monthly_churn = total(subscriptions.mrr, where=ended, on=subscriptions.ended_on) / (
    MeanLevel(held) * Length(Measured.MONTHS)
)


def _lifetime(value: Formula) -> Formula:
    return value / monthly_churn


_lifetime_mistakes = (
    "Churn of less than twelve months: a quiet quarter makes customers immortal. Take a year.",
    "No churn in the period: there is no value, not an infinite one and not 0.",
    "Margin and churn of different lengths of time: both are per month here.",
    "All segments in one: small customers leave sooner, and the mean describes nobody.",
    "Constant churn is assumed; who has stayed long leaves less, so old cohorts are worth more.",
    "A change of plan recorded as an end and a new start counts as churn here: the value is then too low.",
)

customer_lifetime_value = Kpi(
    key="customer_lifetime_value",
    variant="subscriptions_margin",
    name="Customer lifetime value",
    synonyms=("CLV", "LTV", "CLTV", "lifetime value"),
    sentence="The monthly gross margin of a customer at the end of the period over the monthly churn of MRR in it.",
    formula=_lifetime(average_revenue_per_subscriber * gross_profit_margin),
    dated_by=subscriptions.started_on,
    kind=Kind.COMPOSITE,
    unit=Unit.MONEY,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="customer_acquisition_cost",
    scopes=ENTITY_ONLY,
    mistakes=_lifetime_mistakes,
    authority="The simple form: ARPA × gross margin over churn, all per month. The present-value form of Gupta and "
    "Lehmann discounts; this one does not.",
)

customer_lifetime_revenue = replace(
    customer_lifetime_value,
    variant="subscriptions",
    sentence="The monthly revenue of a customer at the end of the period over the monthly churn of MRR in it.",
    formula=_lifetime(average_revenue_per_subscriber),
    mistakes=("Revenue read as profit: this takes the margin as 100 %.", *_lifetime_mistakes),
    authority="The simple form without a margin, for data that has none: ARPA over churn, all per month.",
)

ltv_to_cac = Kpi(
    key="ltv_to_cac",
    variant="subscriptions_margin",
    name="LTV to CAC",
    synonyms=("LTV:CAC", "LTV/CAC ratio", "CLV to CAC"),
    sentence="The lifetime value of a customer over what it cost to win one.",
    formula=customer_lifetime_value / customer_acquisition_cost,
    dated_by=subscriptions.started_on,
    kind=Kind.COMPOSITE,
    unit=Unit.TIMES,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="new_customers",
    scopes=ENTITY_ONLY,
    mistakes=(
        "“Three is good” is folklore: it depends on how long the money may be out.",
        "Lifetime revenue instead of lifetime margin makes it look better.",
        "A very high ratio can mean that too little is spent on growth.",
        "An estimate over a ratio: read it by its size, not by its decimals.",
    ),
    authority="SaaS practice: lifetime value at gross margin over fully loaded acquisition cost.",
)

ltv_to_cac_of_revenue = replace(
    ltv_to_cac,
    variant="subscriptions",
    sentence="The lifetime revenue of a customer over what it cost to win one.",
    formula=customer_lifetime_revenue / customer_acquisition_cost,
    authority="The same with the margin taken as 100 %, for ledgers without cost of sales.",
)

KPIS = (
    customer_acquisition_cost,
    customer_acquisition_cost_of_deals,
    customer_lifetime_value,
    customer_lifetime_revenue,
    ltv_to_cac,
    ltv_to_cac_of_revenue,
)
