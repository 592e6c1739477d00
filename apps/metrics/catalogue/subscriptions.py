"""What subscriptions say: recurring revenue, how it moves, and which customers stay.

A subscription is there from the day it starts until, not including, the day it ends. Trials are not there at all.
"""

from dataclasses import replace

from apps.metrics.catalogue.formulas import Gain, Lesser, level, number_of, total_of
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.rows import RowsOf

subscriptions = RowsOf("subscriptions")

paid_for = (~subscriptions.trial.is_true).called("paying")
until_it_ends = subscriptions.ended_on.when(subscriptions.ended_on.known)

held = level(subscriptions.mrr, since=subscriptions.started_on, until=until_it_ends, where=paid_for)
paying = level(None, since=subscriptions.started_on, until=until_it_ends, where=paid_for)

WORKSPACE = ("workspace",)
_RENEWALS = (
    "A change of plan that is recorded as an end and a new start within the period is no loss here: what counts is "
    "what a customer pays at both ends of it."
)

mrr = Kpi(
    key="mrr",
    name="Monthly recurring revenue",
    synonyms=("MRR", "recurring revenue", "monthly recurring income"),
    sentence="What the subscriptions that run at the end of the period bring in a month.",
    formula=held,
    dated_by=subscriptions.started_on,
    kind=Kind.STOCK,
    unit=Unit.MONEY,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="mrr_churn_rate",
    scopes=WORKSPACE,
    mistakes=(
        "A yearly prepayment counted in one month: 2,000 a year is 166.67 a month.",
        "The MRR of three months added up: it is a level, not a flow.",
        "Trials, one-off fees and usage above the plan counted as recurring.",
        "The sum over all rows, ended subscriptions too.",
    ),
    authority="SaaS Metrics Standards Board and subscription practice: active subscriptions, normalised to a month.",
)

net_new_mrr = Kpi(
    key="net_new_mrr",
    name="Net new MRR",
    synonyms=("MRR growth", "net MRR movement", "net new recurring revenue"),
    sentence="How much more monthly recurring revenue there is at the end of the period than at its start.",
    formula=held - held.at_start,
    dated_by=subscriptions.started_on,
    kind=Kind.FLOW,
    unit=Unit.MONEY,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="mrr_churn_rate",
    scopes=WORKSPACE,
    mistakes=(
        "New business alone, without what was lost: a leaking bucket can be filled for a while.",
        "Exchange rates read as movement.",
    ),
    authority="Subscription practice: new + expansion + reactivation − contraction − churn, which is end less start.",
)

there_at_start = [held.at_start > 0]
mrr_at_start = total_of("customer", held.at_start, having=there_at_start).called("MRR at the start")
mrr_of_the_same = total_of("customer", held, having=there_at_start).called("MRR at the end of the same customers")

net_revenue_retention = Kpi(
    key="net_revenue_retention",
    name="Net revenue retention",
    synonyms=("NRR", "net dollar retention", "NDR"),
    sentence="What the customers of the start of the period bring at its end, as a share of what they brought at its "
    "start.",
    formula=mrr_of_the_same / mrr_at_start,
    dated_by=subscriptions.started_on,
    kind=Kind.RECOUNT,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="nps",
    min_n=20,
    scopes=WORKSPACE,
    mistakes=(
        "New customers above the line: it is about those who were there at the start.",
        "Customers who left earlier and came back in the period are not of the start either.",
        "Growth of a few hides the loss of many: read it beside gross revenue retention.",
        "A month's rate beside a year's: retention of twelve months multiplies.",
    ),
    authority="SaaS Metrics Standards Board: (start + expansion − contraction − churn) over start, one cohort.",
)

gross_revenue_retention = replace(
    net_revenue_retention,
    key="gross_revenue_retention",
    name="Gross revenue retention",
    synonyms=("GRR", "gross dollar retention", "GDR"),
    sentence="What the customers of the start of the period still bring at its end, never more than each brought at "
    "its start, as a share of that.",
    formula=total_of("customer", Lesser(held, held.at_start), having=there_at_start).called(
        "MRR kept of the customers of the start"
    )
    / mrr_at_start,
    mistakes=(
        "Expansion of one customer set off against the loss of another: it is capped customer by customer, so it "
        "never exceeds 100 %.",
        _RENEWALS,
        "A month's rate beside a year's: retention of twelve months multiplies.",
    ),
    authority="SaaS Metrics Standards Board: as net revenue retention, without expansion.",
)

expansion_rate = Kpi(
    key="expansion_rate",
    name="Expansion rate",
    synonyms=("upsell rate", "cross-sell rate", "expansion customers"),
    sentence="Of the customers of the start of the period, the share who pay more at its end.",
    formula=number_of("customer", having=[held.at_start > 0, held > held.at_start]).called("customers who pay more")
    / number_of("customer", having=there_at_start).called("customers at the start"),
    dated_by=subscriptions.started_on,
    kind=Kind.RECOUNT,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.CUSTOMER,
    counter_metric="customer_churn_rate",
    min_n=20,
    scopes=WORKSPACE,
    mistakes=(
        "New customers counted as expansion.",
        "A price rise looks like selling more.",
        "Who expands and contracts within the period counts by the two ends only.",
    ),
    authority="Customers with expansion over customers at start; the variant by money is expansion MRR over MRR at "
    "start.",
)

expansion_rate_of_mrr = replace(
    expansion_rate,
    variant="subscriptions_mrr",
    sentence="By how much the customers of the start of the period who pay more at its end have grown, as a share of "
    "the MRR of the start.",
    formula=total_of("customer", Gain(held, held.at_start), having=there_at_start).called("expansion MRR")
    / mrr_at_start,
)

mrr_churn_rate = Kpi(
    key="mrr_churn_rate",
    name="MRR churn rate",
    synonyms=("gross MRR churn", "revenue churn", "gross revenue churn"),
    sentence="What the customers of the start of the period pay less at its end or no longer, as a share of what they "
    "paid at its start.",
    formula=total_of("customer", Gain(held.at_start, held), having=there_at_start).called("MRR lost") / mrr_at_start,
    dated_by=subscriptions.started_on,
    kind=Kind.RECOUNT,
    unit=Unit.PERCENT,
    direction=Direction.DOWN,
    category=Category.CUSTOMER,
    counter_metric="net_revenue_retention",
    min_n=20,
    scopes=WORKSPACE,
    mistakes=(
        "Twelve times the monthly rate as the annual one: 5 % a month is 46 % a year, not 60 %.",
        "Expansion of others subtracted: that is net churn, another number, and may be below zero.",
        _RENEWALS,
    ),
    authority="Subscription practice: gross churn, (churn + contraction) over MRR at start. The net form is the "
    "variant `subscriptions_net`.",
)

mrr_churn_rate_net = replace(
    mrr_churn_rate,
    variant="subscriptions_net",
    sentence="What the customers of the start of the period pay less in all at its end, expansion set off, as a share "
    "of what they paid at its start.",
    formula=(mrr_at_start - mrr_of_the_same) / mrr_at_start,
    mistakes=(
        "Below zero the customers of the start have grown: that is possible and good.",
        "Growth of a few hides the loss of many: read it beside the gross form.",
        "Reactivated customers are not of the start, so they are not subtracted here.",
    ),
    authority="One less net revenue retention; reactivation is left out because a cohort of the start has none.",
)
customer_churn_rate_of_subscriptions = Kpi(
    key="customer_churn_rate",
    name="Customer churn rate",
    synonyms=("churn", "logo churn", "attrition rate"),
    sentence="Of the customers subscribed at the start of the period, the share without a subscription at its end.",
    formula=number_of("customer", having=[paying.at_start >= 1, paying < 1]).called("customers lost")
    / number_of("customer", having=[paying.at_start >= 1]).called("customers at the start"),
    dated_by=subscriptions.started_on,
    kind=Kind.RECOUNT,
    unit=Unit.PERCENT,
    direction=Direction.DOWN,
    category=Category.CUSTOMER,
    counter_metric="average_revenue_per_customer",
    min_n=20,
    scopes=WORKSPACE,
    mistakes=(
        "Subscriptions counted as customers: who ends one of two has not left.",
        "Customers who came and left within the period above the line: 90 of 1,000 instead of 50 is 9 %, not 5 %.",
        "Twelve times the monthly rate as the annual one: 5 % a month is 46 % a year, not 60 %.",
        "Who leaves and is back before the end of the period has not left.",
    ),
    authority="Cohort form: customers of the start who are gone at the end, over customers of the start.",
)

subscription_churn_rate = replace(
    customer_churn_rate_of_subscriptions,
    variant="subscriptions_each",
    name="Customer churn rate",
    synonyms=("subscription churn", "contract churn"),
    sentence="Of the subscriptions that ran at the start of the period, the share that ended in it.",
    formula=number_of("id", having=[paying.at_start >= 1, paying < 1]).called("subscriptions ended")
    / number_of("id", having=[paying.at_start >= 1]).called("subscriptions at the start"),
    mistakes=(
        "It counts contracts, not customers: a change of plan that ends one and starts another is churn here.",
        "Twelve times the monthly rate as the annual one: 5 % a month is 46 % a year, not 60 %.",
    ),
    authority="Cohort form, subscription by subscription.",
)

customer_retention_rate_of_subscriptions = Kpi(
    key="customer_retention_rate",
    name="Customer retention rate",
    synonyms=("retention", "logo retention", "CRR"),
    sentence="Of the customers subscribed at the start of the period, the share who are subscribed at its end.",
    formula=number_of("customer", having=[paying.at_start >= 1, paying >= 1]).called("customers kept")
    / number_of("customer", having=[paying.at_start >= 1]).called("customers at the start"),
    dated_by=subscriptions.started_on,
    kind=Kind.RECOUNT,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.CUSTOMER,
    counter_metric="average_revenue_per_customer",
    min_n=20,
    scopes=WORKSPACE,
    mistakes=(
        "(End − new) over start from three counts: customers who come back break it, so it is counted by name here.",
        "Retention bought with discounts.",
        "A month's rate beside a year's: retention of twelve months multiplies.",
    ),
    authority="Cohort form, exact by customer: one less the churn rate of the same cohort.",
)

subscription_retention_rate = replace(
    customer_retention_rate_of_subscriptions,
    variant="subscriptions_each",
    synonyms=("subscription retention", "contract retention"),
    sentence="Of the subscriptions that ran at the start of the period, the share that runs at its end.",
    formula=number_of("id", having=[paying.at_start >= 1, paying >= 1]).called("subscriptions kept")
    / number_of("id", having=[paying.at_start >= 1]).called("subscriptions at the start"),
    mistakes=(
        "It counts contracts, not customers: a change of plan that ends one and starts another is a loss here.",
        "A month's rate beside a year's: retention of twelve months multiplies.",
    ),
    authority="Cohort form, subscription by subscription.",
)

KPIS = (
    mrr,
    net_new_mrr,
    net_revenue_retention,
    gross_revenue_retention,
    expansion_rate,
    expansion_rate_of_mrr,
    mrr_churn_rate,
    mrr_churn_rate_net,
    customer_churn_rate_of_subscriptions,
    subscription_churn_rate,
    customer_retention_rate_of_subscriptions,
    subscription_retention_rate,
)
