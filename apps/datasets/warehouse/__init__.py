"""Tables that stay in a PostgreSQL database and are computed there: docs/warehouse.md."""
