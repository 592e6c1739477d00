"""What order lines say: what was sold, how fast it came, who came back.

`orders` has one row per order line; `whole_orders` one per order (derived.py), because an order is delivered, late or
repeated as a whole.
"""

from dataclasses import replace

from apps.metrics.catalogue.deals import deals, won
from apps.metrics.catalogue.formulas import count, distinct, mean, number_of
from apps.metrics.catalogue.kpi import Category, Direction, Kind, Kpi, Unit
from apps.metrics.catalogue.rows import RowsOf, days_between, every, first_known

orders = RowsOf("orders")
whole_orders = RowsOf("whole_orders")

lines = every(orders)
placed = every(whole_orders)
# A line's money after discount and refund: as the source says it, else worked out. Before tax and shipping.
net = first_known(orders.net, orders.gross - first_known(orders.discount, 0) - first_known(orders.refund, 0)).called(
    "net amount"
)

delivered = whole_orders.delivered_on.known.called("delivered")
shipped = whole_orders.shipped_on.known.called("shipped")

order_fulfilment_cycle_time = Kpi(
    key="order_fulfilment_cycle_time",
    variant="orders",
    name="Order fulfilment cycle time",
    synonyms=("fulfilment time", "order cycle time", "lead time", "delivery time", "order to delivery"),
    sentence="The mean number of days from placing to delivery of the orders delivered in the period.",
    formula=mean(days_between(whole_orders.ordered_on, whole_orders.delivered_on), where=delivered),
    dated_by=whole_orders.delivered_on,
    kind=Kind.MEAN,
    unit=Unit.DAYS,
    direction=Direction.DOWN,
    category=Category.OPERATIONAL,
    counter_metric="on_time_delivery_rate",
    min_n=20,
    mistakes=(
        "Dated by the order instead of the delivery: the latest period then holds only its fast orders.",
        "An order in several deliveries is delivered with its last line; while one is missing it does not count.",
        "Undelivered orders are in no mean: watch the backlog and its age.",
        "Orders placed long ahead: their waiting is counted here; a net time would subtract it.",
        "Calendar days here; a promise in business days is another number.",
    ),
    authority="SCOR RS.1.1: days from order receipt to customer acceptance over orders delivered (gross form).",
)

order_fulfilment_until_shipped = replace(
    order_fulfilment_cycle_time,
    variant="orders_shipped",
    sentence="The mean number of days from placing to shipping of the orders shipped in the period.",
    formula=mean(days_between(whole_orders.ordered_on, whole_orders.shipped_on), where=shipped),
    dated_by=whole_orders.shipped_on,
    mistakes=(
        "It ends when goods leave the house: for the customer the order is not fulfilled yet.",
        *order_fulfilment_cycle_time.mistakes[1:],
    ),
    authority="SCOR RS.1.1 cut short at shipping, for sources that do not know the delivery.",
)

promised = whole_orders.promised_on.known
# Each line has its own promise. What is not late needs no column: without promises no order is asked for at all.
none_late = ~(whole_orders.late_lines >= 1)
none_shipped_late = ~(whole_orders.late_shipped_lines >= 1)

on_time_delivery_rate = Kpi(
    key="on_time_delivery_rate",
    variant="orders",
    name="On-time delivery rate",
    synonyms=("on-time delivery", "OTD", "delivery reliability", "punctuality"),
    sentence="Of the orders delivered in the period that had a promised date, the share with no line late.",
    formula=count((delivered & promised & none_late).called("punctual")) / count(delivered & promised),
    dated_by=whole_orders.delivered_on,
    kind=Kind.RATIO,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.OPERATIONAL,
    counter_metric="order_fulfilment_cycle_time",
    min_n=20,
    mistakes=(
        "Orders overdue and still undelivered are not in it: they count late on the day they arrive.",
        "The promise moved after the fact: compare with the first promise.",
        "Lines instead of orders: one line later than its own promise makes the whole order late.",
        "An order delivered on the promised day is on time.",
    ),
    authority="SCOR RL.2.2 (delivery to the committed date), per whole order, dated by the delivery.",
)

on_time_shipping_rate = replace(
    on_time_delivery_rate,
    variant="orders_shipped",
    sentence="Of the orders shipped in the period that had a promised date, the share with no line shipped late.",
    formula=count((shipped & promised & none_shipped_late).called("punctually shipped")) / count(shipped & promised),
    dated_by=whole_orders.shipped_on,
    mistakes=("It ends when goods leave the house; they may still come late.", *on_time_delivery_rate.mistakes[1:3]),
    authority="The same cut short at shipping, for sources that do not know the delivery.",
)

repeat_purchase_rate = Kpi(
    key="repeat_purchase_rate",
    variant="orders",
    name="Repeat purchase rate",
    synonyms=("repeat customer rate", "reorder rate", "returning customers"),
    sentence="Of the customers who ordered in the period, the share who placed at least two orders in it.",
    formula=number_of("customer", having=[count(placed) >= 2]).called("customers with two or more orders")
    / distinct("customer", placed).called("customers with an order"),
    dated_by=whole_orders.ordered_on,
    kind=Kind.RECOUNT,
    unit=Unit.PERCENT,
    direction=Direction.UP,
    category=Category.CUSTOMER,
    counter_metric="average_purchase_value",
    min_n=20,
    mistakes=(
        "Periods of different length compared: the longer the period, the higher the rate.",
        "Order lines counted as orders: a basket of two articles is one purchase.",
        "A second order of a customer from an earlier period does not make a repeat here: both lie in the period.",
        "Orders without a customer are nobody's and left out.",
    ),
    authority="Shop practice: customers with two orders over customers with one, within a stated window. A cohort "
    "(second order within so many days of the first) is the stricter form.",
)

repeat_purchase_rate_of_deals = replace(
    repeat_purchase_rate,
    variant="deals",
    sentence="Of the accounts a deal was won with in the period, the share with at least two deals won in it.",
    formula=number_of("account", having=[count(won) >= 2]).called("accounts with two or more deals won")
    / distinct("account", won).called("accounts with a deal won"),
    dated_by=deals.closed_on,
    counter_metric="average_deal_size",
    mistakes=(
        "Periods of different length compared: the longer the period, the higher the rate.",
        "An account written in two ways is two accounts.",
        "Deals without an account are nobody's and left out.",
    ),
    authority="The shop's rate on won deals: accounts with two over accounts with one, within a stated window.",
)

KPIS = (
    order_fulfilment_cycle_time,
    order_fulfilment_until_shipped,
    on_time_delivery_rate,
    on_time_shipping_rate,
    repeat_purchase_rate,
    repeat_purchase_rate_of_deals,
)
