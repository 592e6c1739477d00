"""Revenue from each table that can give it, its growth, and revenue per order and per customer."""

from dataclasses import replace

from apps.metrics.catalogue.deals import deals, won
from apps.metrics.catalogue.formulas import change, distinct, number_of, previous_period, total, year_before
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.ledger import ENTITY_ONLY, income, ledger
from apps.metrics.catalogue.orders import lines, net, orders
from apps.metrics.catalogue.subscriptions import held, mrr, paying, subscriptions

revenue = Kpi(
    key="revenue",
    name="Revenue",
    synonyms=("sales", "net sales", "turnover"),
    sentence="The net amount of the order lines placed in the period: after discounts and refunds, before tax.",
    formula=total(net, where=lines),
    dated_by=orders.ordered_on,
    kind=Kind.FLOW,
    unit=Unit.MONEY,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="gross_profit_margin",
    mistakes=(
        "A refund is deducted in the period of its order, because order lines carry no refund date; a book that "
        "deducts it in the period of the refund shows another revenue for both.",
        "Amounts that include tax or shipping: map the net amount.",
        "Cancelled orders count if they are imported: the status of an order is free text in every source.",
        "Orders are not recognised revenue: they count when placed, whenever delivered or paid.",
    ),
    authority="Net sales: gross less discounts less refunds (IFRS 15 for what is recognised when).",
)

revenue_of_ledger = replace(
    revenue,
    variant="ledger",
    sentence="What the ledger posted as revenue in the period.",
    formula=income,
    dated_by=ledger.posted_on,
    scopes=ENTITY_ONLY,
    mistakes=(
        "A month that is not closed yet looks small.",
        "Bookings or billings mixed with recognised revenue.",
        "Gross and net reseller sales mixed.",
    ),
    authority="IFRS 15 / ASC 606: recognised revenue, by posting date.",
)

revenue_of_deals = replace(
    revenue,
    variant="deals",
    synonyms=("sales", "bookings", "won revenue", "closed-won amount", "turnover"),
    sentence="The amount of the deals won in the period.",
    formula=total(deals.amount, where=won),
    dated_by=deals.closed_on,
    counter_metric="win_rate",
    mistakes=(
        "Bookings are not recognised revenue: a deal counts on the day it is won, whenever it is delivered or paid.",
        "The whole value of a contract over several years against the target of one year.",
        "Open deals counted as if they were won.",
    ),
    authority="Bookings as CRM practice has them (closed-won by close date); recognised revenue follows IFRS 15.",
)

_growth_mistakes = (
    "A period that is still running compared with a whole one.",
    "A base that the data covers only in part makes the growth look large.",
    "Seasons: the quarter before is seldom the right comparison for a seasonal business; take the year before.",
    "Per cent confused with percentage points.",
)

sales_growth = Kpi(
    key="sales_growth",
    name="Sales growth",
    synonyms=("revenue growth", "growth rate"),
    sentence="How much more revenue the period brought than the one before it, as a share of the one before.",
    formula=change(revenue, since=previous_period),
    dated_by=revenue.dated_by,
    kind=Kind.COMPOSITE,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="gross_profit_margin",
    mistakes=_growth_mistakes,
    authority="Textbook: difference over base. No value without a base above zero. Against the previous period unless "
    "the variant says the year before; annual reports mostly mean the year before.",
)


def _growth_of(kpi: Kpi) -> Kpi:
    return replace(
        sales_growth,
        variant=kpi.variant,
        formula=change(kpi, since=previous_period),
        dated_by=kpi.dated_by,
        counter_metric=kpi.counter_metric,
        scopes=kpi.scopes,
    )


def _on_the_year_before(growth: Kpi, kpi: Kpi) -> Kpi:
    return replace(
        growth,
        variant=f"{growth.variant}_year_before",
        sentence=growth.sentence.replace("the one before it", "the same period of the year before").replace(
            "of the one before", "of the year before"
        ),
        formula=change(kpi, since=year_before),
        mistakes=(
            *(each for each in _growth_mistakes if not each.startswith("Seasons")),
            "A year with a 53rd week or another number of trading days beside one without.",
        ),
        authority="Textbook: difference over base, the same period of the year before. No value without a base above "
        "zero. Acquired business is not taken out, so it is not organic growth.",
    )


sales_growth_of_ledger = _growth_of(revenue_of_ledger)
sales_growth_of_deals = _growth_of(revenue_of_deals)
sales_growth_of_subscriptions = replace(
    _growth_of(mrr),
    sentence="How much more monthly recurring revenue there is at the end of the period than at the end of the one "
    "before it, as a share of the one before.",
)

_KPI_OF = (
    (sales_growth, revenue),
    (sales_growth_of_ledger, revenue_of_ledger),
    (sales_growth_of_deals, revenue_of_deals),
    (sales_growth_of_subscriptions, mrr),
)
sales_growth_on_the_year_before = tuple(_on_the_year_before(growth, kpi) for growth, kpi in _KPI_OF)

average_purchase_value = Kpi(
    key="average_purchase_value",
    name="Average purchase value",
    synonyms=("average order value", "AOV", "average transaction value", "average basket"),
    sentence="The mean net amount of the orders placed in the period.",
    formula=total(net, where=lines) / distinct("order", lines).called("number of orders"),
    dated_by=orders.ordered_on,
    kind=Kind.RECOUNT,
    unit=Unit.MONEY,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="repeat_purchase_rate",
    min_n=20,
    mistakes=(
        "Order lines counted as orders: a basket of two articles is one purchase.",
        "Refunds lower the amount while their orders stay in the count; shops that ignore what happens after the "
        "order show a higher number.",
        "Of one product or category: an order counts in every one it has lines of, so these do not add up.",
        "A few very large orders hide what is usual: look at the median too.",
    ),
    authority="Revenue over distinct orders. Shop software differs on refunds, tax and shipping (one changed its own "
    "definition in 2023): here after refunds, before tax.",
)

of_a_customer = orders.customer.known

average_revenue_per_customer = Kpi(
    key="average_revenue_per_customer",
    name="Average revenue per customer",
    synonyms=("ARPC", "ARPA", "ARPU", "revenue per account"),
    sentence="The net amount of the orders of the period per customer who ordered in it.",
    formula=total(net, where=of_a_customer) / distinct("customer", lines).called("customers who ordered"),
    dated_by=orders.ordered_on,
    kind=Kind.RECOUNT,
    unit=Unit.MONEY,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="new_customers",
    min_n=20,
    mistakes=(
        "The customers of three months added up: who bought in two of them is one customer of the quarter.",
        "A month compared with a year: the longer the period, the more a customer buys in it.",
        "Divided by all customers ever instead of those who bought.",
        "A few very large customers hide what is usual: look at the median too.",
        "Orders without a customer are left out above and below the line.",
    ),
    authority="Practice for shops: revenue over distinct buyers of the period.",
)

average_revenue_per_subscriber = replace(
    average_revenue_per_customer,
    variant="subscriptions",
    sentence="The monthly recurring revenue at the end of the period per customer who is subscribed then.",
    formula=held / number_of("customer", having=[paying >= 1]).called("subscribed customers at the end of the period"),
    dated_by=subscriptions.started_on,
    scopes=ENTITY_ONLY,
    mistakes=(
        "A month's amount compared with a year's: this is always money per month.",
        "Subscriptions counted as customers: who has two is one customer.",
        "Customers on trial are not counted, and pay nothing.",
        "A few very large customers hide what is usual: look at the median too.",
    ),
    authority="Subscription practice (ARPA): MRR over paying customers at the same instant.",
)

of_an_account = won & deals.account.known

average_revenue_per_account = replace(
    average_revenue_per_customer,
    variant="deals",
    sentence="The amount of the deals won in the period per account that they were won with.",
    formula=total(deals.amount, where=of_an_account) / distinct("account", won).called("accounts won"),
    dated_by=deals.closed_on,
    mistakes=(
        "The accounts of three months added up: who bought in two of them is one account of the quarter.",
        "A month compared with a year: the longer the period, the more an account buys in it.",
        "An account written in two ways is two accounts.",
        "Deals without an account are left out above and below the line.",
    ),
    authority="Practice: won amount over distinct accounts of the period.",
)

KPIS = (
    revenue,
    revenue_of_ledger,
    revenue_of_deals,
    sales_growth,
    sales_growth_of_ledger,
    sales_growth_of_deals,
    sales_growth_of_subscriptions,
    *sales_growth_on_the_year_before,
    average_revenue_per_customer,
    average_revenue_per_subscriber,
    average_revenue_per_account,
    average_purchase_value,
)
