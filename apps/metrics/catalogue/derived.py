"""Tables that are worked out from a standard table before anything is counted.

Exports have one row per order line, yet an order is delivered, late or repeated as a whole. `whole_orders` has one row
per order: a column in which all lines agree keeps its value, one in which they differ is blank; the order is placed
with its first line and delivered with its last, and not at all while a line is missing (domain.md K27, split
deliveries). Late is a line that came after its own promise, whatever
the other lines were promised. Engine and drill-down make it from the live rows (engine/derived.py).
"""

from dataclasses import dataclass

from apps.datasets.schema import Field, FieldType, Table
from apps.datasets.schema import table as standard_table

ORDERS = standard_table("orders")


@dataclass(frozen=True)
class Derived:
    """One row per value of `key` in `source`. `first` columns take the least, `last` columns the greatest value of the
    lines and stay blank while one line has none, `latest` the greatest of the lines that have one; `sums` add up;
    `late` counts the lines on which one date lies after another; of every other column only what all lines share."""

    table: Table
    source: str
    key: str
    first: tuple[str, ...]
    last: tuple[str, ...]
    latest: tuple[str, ...]
    sums: tuple[str, ...]
    late: dict[str, tuple[str, str]]


WHOLE_ORDERS = Derived(
    table=Table(
        name="whole_orders",
        title="Orders",
        fields=(
            *(field for field in ORDERS.fields if field.name != "id"),
            Field("lines", FieldType.INTEGER, help="how many order lines there are"),
            Field("late_lines", FieldType.INTEGER, help="how many lines were delivered after their promised date"),
            Field(
                "late_shipped_lines", FieldType.INTEGER, help="how many lines were shipped after their promised date"
            ),
        ),
        key=("order",),
        main_date="ordered_on",
        event_dates=ORDERS.event_dates,
    ),
    source="orders",
    key="order",
    first=("ordered_on",),
    last=("shipped_on", "delivered_on"),
    latest=("promised_on",),
    sums=("quantity", "gross", "discount", "refund", "tax", "net", "cost"),
    late={
        "late_lines": ("delivered_on", "promised_on"),
        "late_shipped_lines": ("shipped_on", "promised_on"),
    },
)

DERIVED: dict[str, Derived] = {each.table.name: each for each in (WHOLE_ORDERS,)}


def table_named(name: str) -> Table:
    """A standard table, or one worked out from one. Refusal if there is none of this name."""
    return DERIVED[name].table if name in DERIVED else standard_table(name)


def source_of(name: str) -> str:
    """The standard table whose rows are read for this table."""
    return DERIVED[name].source if name in DERIVED else name
