"""The standard tables: what a row of deals, leads, orders, … is made of.

One description serves everything that touches rows: the header guesser (synonyms), the validator (types, choices,
required fields, checks), the column store (types) and the help that people see.
"""

from apps.common.errors import Refusal
from apps.common.spelling import did_you_mean
from apps.datasets.schema.fields import Field, FieldType, InScale, NeedsDate, NotBefore, Table
from apps.datasets.schema.tables import TABLES

__all__ = ["TABLES", "Field", "FieldType", "InScale", "NeedsDate", "NotBefore", "Table", "table"]


def table(name: str) -> Table:
    """The standard table of this name; Refusal with the nearest name otherwise."""
    if name not in TABLES:
        raise Refusal(f"There is no table `{name}`.{did_you_mean(name, TABLES)}")
    return TABLES[name]
