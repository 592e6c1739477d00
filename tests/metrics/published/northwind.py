"""Order lines whose heads are in a file with unquoted commas."""

from tests.metrics.published import Edition, Load, Other, ask

SHIPPED = ("order_fulfilment_cycle_time", "orders_shipped")
EDITIONS = (
    Edition(
        "northwind",
        "northwind",
        (
            Load("northwind_orders", ("order-details.csv",), ("orders.csv", "employees.csv")),
            Load("northwind_inventory_before", ("products.csv",)),
            Load("northwind_inventory", ("products.csv",)),
        ),
        (
            ask("revenue", "total", "revenue", "orders", "net"),
            ask("revenue", "quarter", "revenue", "orders", grain="quarter"),
            ask("revenue", "year", "revenue", "orders", grain="year"),
            ask("revenue", "owner", "revenue", "orders", by="owner"),
            ask("revenue", "owner_quarter", "revenue", "orders", by="owner", grain="quarter"),
            ask("sales_growth", "quarter", "sales_growth", "orders", grain="quarter", scale=100),
            ask("average_purchase_value", "total", "average_purchase_value"),
            ask("average_revenue_per_customer", "total", "average_revenue_per_customer", "orders"),
            ask("repeat_purchase_rate", "total", "repeat_purchase_rate", "orders", scale=100),
            ask("order_fulfilment_cycle_time", "total", *SHIPPED),
            ask("order_fulfilment_cycle_time", "owner", *SHIPPED, by="owner"),
            # There by the quarter of the order; ours is dated by the shipping, so the quarter is a column here.
            ask("order_fulfilment_cycle_time", "quarter", *SHIPPED, "{group}", by="quarter_of_order"),
            ask("late_order_rate", "total", "on_time_delivery_rate", "orders_shipped", scale=100, complement=True),
            ask("inventory_turnover", "year", "inventory_turnover", "orders", "1997 units", period="1997"),
        ),
    ),
)
OTHERS = (Other("inventory_turnover", "total", "22 months of sales over one count; ours is brought to a year"),)
