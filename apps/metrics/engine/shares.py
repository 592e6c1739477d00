"""Credit that several people share: what is owned by `Anna Snelling 60%; Ben Ode 40%` counts for each by their share.

Amounts and counts are divided exactly, so that the shares of all people add up to the whole.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa

from apps.common.errors import Refusal
from apps.common.splits import parse_split
from apps.metrics.engine.cells import Rows

Shares = list[tuple[str, Decimal]]


def shares_of(text: str | None) -> Shares:
    """(name, fraction) of everybody who shares; none where the text is one name, or no split that can be read."""
    if not text or "%" not in text:
        return []
    try:
        found = parse_split(text)
    except Refusal:
        return []
    return found if len(found) > 1 or found[0][0] != text.strip() else []


def shared_out(rows: Rows, cells: Any, columns: Iterable[str]) -> Any:
    """Cells that are kept on `rows` and grouped by `owner`, with those of split owners once for each of their people.

    Without split owners these are the cells themselves; only texts with a percentage are read at all.
    """
    texts = rows.fetch(cells.filter(cells.owner.contains("%")).select("owner").distinct())["owner"].to_pylist()
    found = [(text, name, share) for text in texts for name, share in shares_of(text)]
    if not found:
        return cells
    digits = max(_digits(share) for *_, share in found)
    split, names, shares = (list(each) for each in zip(*found, strict=True))
    table = {
        "split_owner": split,
        "split_name": names,
        "split_share": pa.array(shares, type=pa.decimal128(digits + 2, digits)),
    }
    among = ibis.memtable(pa.table(table))
    joined = cells.left_join(among, cells.owner == among.split_owner)
    share = joined.split_share.fill_null(Decimal(1))
    return joined.mutate(
        owner=ibis.coalesce(joined.split_name, joined.owner),
        **{column: _times(cells, joined, column, share, digits) for column in columns},
    ).drop("split_owner", "split_name", "split_share")


def shared_cells(cells: Iterable[Mapping[str, Any]], owner: str, columns: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The same for cells that have been fetched: `owner` is the key that holds the owner."""
    columns = list(columns)
    for cell in cells:
        found = shares_of(cell[owner])
        if not found:
            yield cell
        for name, share in found:
            yield {**cell, owner: name} | {column: cell[column] * share for column in columns if cell[column]}


def _times(cells: Any, joined: Any, column: str, share: Any, digits: int) -> Any:
    scale = (cells[column].type().scale or 0) + digits
    return (joined[column] * share).cast(f"decimal(38, {scale})")


def _digits(share: Decimal) -> int:
    return max(-int(share.normalize().as_tuple().exponent), 0)
