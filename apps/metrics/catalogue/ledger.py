"""What the ledger says: revenue, margins, and how often the stock is turned over.

Amounts are positive whatever their class, as the import has them; a correction is a negative posting.
"""

from dataclasses import replace

from apps.metrics.catalogue.formulas import Formula, Length, Measured, Positive, Stocktake, positive, total
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.orders import net, orders
from apps.metrics.catalogue.rows import OneOf, RowsOf, Value

ledger = RowsOf("ledger")
inventory = RowsOf("inventory")


def of_class(*classes: str) -> OneOf:
    return ledger.account_class.one_of(*classes)


income = total(ledger.amount, where=of_class("revenue").called("revenue"))
cost_of_sales = total(ledger.amount, where=of_class("cogs").called("cost of sales"))
all_expenses = total(
    ledger.amount, where=of_class("cogs", "sales", "marketing", "opex", "interest", "tax").called("expense")
)
sales_and_marketing = total(ledger.amount, where=of_class("sales", "marketing").called("sales and marketing"))

ENTITY_ONLY = ("workspace",)

gross_profit_margin = Kpi(
    key="gross_profit_margin",
    name="Gross profit margin",
    synonyms=("gross margin", "GPM", "gross margin percentage"),
    sentence="What remains of revenue after the cost of what was sold, as a share of revenue.",
    formula=(income - cost_of_sales) / positive(income),
    dated_by=ledger.posted_on,
    kind=Kind.RATIO,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="revenue",
    scopes=ENTITY_ONLY,
    mistakes=(
        "Mark-up confused with margin: bought for 80 and sold for 100 is a margin of 20 %, a mark-up of 25 %.",
        "What belongs to the cost of sales left out (for software: hosting and support).",
        "The mean of monthly margins: a small month counts as much as a large one.",
        "Revenue of zero or below has no margin.",
    ),
    authority="IAS 1, expenses by function, and IAS 2 for what belongs to the cost of sales.",
)

with_cost = orders.cost.known & net.known

gross_profit_margin_of_orders = replace(
    gross_profit_margin,
    variant="orders",
    sentence="What remains of the net amount of order lines after their cost, as a share of it; lines with a known "
    "cost only.",
    formula=(total(net, where=with_cost) - total(orders.cost, where=with_cost)) / positive(total(net, where=with_cost)),
    dated_by=orders.ordered_on,
    scopes=("workspace", "team", "person"),
    mistakes=(
        "A missing cost read as 0 makes the line all profit: such lines are left out above and below the line.",
        *gross_profit_margin.mistakes,
    ),
    authority="Contribution of order lines at their own cost, by order date; the ledger is the book of record.",
)

net_profit_margin = Kpi(
    key="net_profit_margin",
    name="Net profit margin",
    synonyms=("net margin", "profit margin", "return on sales"),
    sentence="What remains of revenue after all expenses, interest and tax, as a share of revenue.",
    formula=(income - all_expenses) / positive(income),
    dated_by=ledger.posted_on,
    kind=Kind.RATIO,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.FINANCIAL,
    counter_metric="sales_growth",
    scopes=ENTITY_ONLY,
    mistakes=(
        "Overheads allocated to people or teams by a key: the number then tells the key. It exists for the whole only.",
        "One-off gains and costs not marked.",
        "A month closed before interest and tax are posted.",
        "Revenue of zero or below has no margin.",
    ),
    authority="IAS 1: profit for the period over revenue.",
)


def _turns(cost: Formula) -> Formula:
    stock = Stocktake(inventory.cost_value, inventory.counted_on)
    days: Formula = Length(Measured.DAYS)
    return cost * 365 / Positive(stock * days)


inventory_turnover = Kpi(
    key="inventory_turnover",
    name="Inventory turnover",
    synonyms=("stock turnover", "inventory turns", "stock turns"),
    sentence="How many times a year the average stock at cost was sold, at the pace of the period.",
    formula=_turns(cost_of_sales),
    dated_by=ledger.posted_on,
    kind=Kind.COMPOSITE,
    unit=Unit.TIMES,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="on_time_delivery_rate",
    scopes=ENTITY_ONLY,
    mistakes=(
        "Sales instead of cost of sales: the margin would turn the stock.",
        "The ending stock alone, or one count at a yearly low, instead of the mean of the counts.",
        "A quarter's turns beside a year's: here every period is brought to 365 days.",
        "Between two stocktakes the stock is not known; few counts make a rough mean.",
        "Turns bought with empty shelves: watch what could not be delivered.",
    ),
    authority="Textbook: cost of sales over average inventory at cost, annualised by 365 over days; the mean is over "
    "the stocktakes of the period and the last one before it. Days of inventory are 365 over this.",
)


def _costs(cost: Value) -> Formula:
    return total(cost, where=orders.cost.known)


inventory_turnover_of_orders = replace(
    inventory_turnover,
    variant="orders",
    formula=_turns(_costs(orders.cost)),
    dated_by=orders.ordered_on,
    mistakes=("Order lines without a cost turn nothing: the number is then too low.", *inventory_turnover.mistakes),
)

KPIS = (
    gross_profit_margin,
    gross_profit_margin_of_orders,
    net_profit_margin,
    inventory_turnover,
    inventory_turnover_of_orders,
)
