"""What the list of customers says: who is new, who left, who stayed, and how much of the market that is."""

from dataclasses import replace

from apps.metrics.catalogue.deals import deals, won
from apps.metrics.catalogue.formulas import Given, count, level, number_of, positive
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.rows import RowsOf

customers = RowsOf("customers")

paid_first = customers.first_paid_on.known.called("new")
active = level(
    None,
    since=customers.first_paid_on,
    until=customers.churned_on.when(customers.churned_on.known),
    where=customers.first_paid_on.known.called("active"),
)
at_the_start = number_of("id", having=[active.at_start >= 1]).called("customers at the start")

new_customers = Kpi(
    key="new_customers",
    name="New customers",
    synonyms=("customers won", "customer acquisition", "new logos", "new accounts"),
    sentence="The customers who paid for the first time in the period.",
    formula=count(paid_first),
    dated_by=customers.first_paid_on,
    kind=Kind.FLOW,
    unit=Unit.COUNT,
    direction=Direction.UP,
    category=Category.CUSTOMER,
    counter_metric="customer_acquisition_cost",
    mistakes=(
        "Customers who come back counted as new.",
        "The day of the signature or of the registration instead of the first payment.",
        "Branches of one company counted as several customers.",
    ),
    authority="Practice: customers by the day of their first payment.",
)

won_as_new = (won & (deals.kind == "new")).called("won new-business")

new_customers_of_deals = replace(
    new_customers,
    variant="deals",
    sentence="The deals of the kind “new” won in the period.",
    formula=count(won_as_new),
    dated_by=deals.closed_on,
    mistakes=(
        "Expansion deals and renewals counted: only the kind “new” counts here.",
        "A customer with two deals of the kind “new” counts twice: the second should be an expansion.",
        "Deals without a kind are not counted.",
    ),
    authority="CRM practice: new-business deals won, by close date.",
)

customer_churn_rate = Kpi(
    key="customer_churn_rate",
    name="Customer churn rate",
    synonyms=("churn", "logo churn", "attrition rate"),
    sentence="Of the customers at the start of the period, the share who left in it.",
    formula=number_of("id", having=[active.at_start >= 1, active < 1]).called("customers lost") / at_the_start,
    dated_by=customers.first_paid_on,
    kind=Kind.RECOUNT,
    unit=Unit.PERCENT,
    direction=Direction.DOWN,
    category=Category.CUSTOMER,
    counter_metric="average_revenue_per_customer",
    min_n=20,
    mistakes=(
        "Customers who came and left within the period above the line: 90 of 1,000 instead of 50 is 9 %, not 5 %.",
        "New customers below the line: fast growth then looks like loyalty (7.5 % instead of 5 %).",
        "Twelve times the monthly rate as the annual one: 5 % a month is 46 % a year, not 60 %.",
        "Where nobody cancels, a customer is lost after a silence whose length has to be stated.",
    ),
    authority="Cohort form: customers of the start who left in the period, over customers of the start.",
)

customer_retention_rate = Kpi(
    key="customer_retention_rate",
    name="Customer retention rate",
    synonyms=("retention", "logo retention", "CRR"),
    sentence="Of the customers at the start of the period, the share who are still customers at its end.",
    formula=number_of("id", having=[active.at_start >= 1, active >= 1]).called("customers kept") / at_the_start,
    dated_by=customers.first_paid_on,
    kind=Kind.RECOUNT,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.CUSTOMER,
    counter_metric="average_revenue_per_customer",
    min_n=20,
    mistakes=(
        "(End − new) over start from three counts: customers who come back break it, so it is counted by name here.",
        "Retention bought with discounts.",
        "A month's rate beside a year's: retention of twelve months multiplies.",
    ),
    authority="Cohort form, exact by customer: one less the churn rate of the same cohort.",
)

market_penetration = Kpi(
    key="market_penetration",
    name="Market penetration",
    synonyms=("market coverage", "penetration rate"),
    sentence="The customers at the end of the period as a share of all there are in the market.",
    formula=active / positive(Given("market_size")),
    dated_by=customers.first_paid_on,
    kind=Kind.COMPOSITE,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.CUSTOMER,
    counter_metric="customer_acquisition_cost",
    scopes=("workspace",),
    mistakes=(
        "The size of the market changed in mid-year: it is given with its source and holds from its day on.",
        "A market so narrow that the share flatters, or so wide that it says nothing.",
        "Market share, which is sales over the market's sales, is another KPI.",
    ),
    authority="Textbook: own customers over customers in the defined market. The market's size is given by the "
    "workspace, dated and with its source, because no table has it.",
)

KPIS = (new_customers, new_customers_of_deals, customer_churn_rate, customer_retention_rate, market_penetration)
