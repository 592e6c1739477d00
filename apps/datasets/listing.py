"""One import on the list of those that count, as far as a snapshot needs to know it."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from apps.datasets.models import Import
from apps.datasets.schema import TABLES
from apps.datasets.store import Layout

LISTED = (
    "batch_id",
    "batch__mapping",
    "batch__rows_superseded",
    "batch__covers_from",
    "batch__covers_to",
    "batch__complete_until",
    "batch__currencies",
    "batch__reruns_id",
    "batch__pack__name",
)


@dataclass(frozen=True)
class Listed:
    """`covers_to` is what whoever sent the file says of it, else the last day on which something happened in it.

    `rows` and `superseded` are files that lie elsewhere than in the store: of a trial (trial.py).
    """

    batch: int
    mapping: AnyMapping[str, Any]
    replaces: bool
    covers_from: date | None
    covers_to: date | None
    currencies: tuple[str, ...] = ()
    reruns: bool = False
    pack: str = ""
    rows: Path | None = None
    superseded: Path | None = None

    @classmethod
    def of(cls, batch: Import) -> "Listed":
        return cls(
            batch=batch.pk,
            mapping=batch.mapping,
            replaces=bool(batch.rows_superseded),
            covers_from=batch.covers_from,
            covers_to=batch.complete_until or batch.covers_to,
            currencies=tuple(batch.currencies),
            reruns=batch.reruns_id is not None,
            pack=batch.pack.name if batch.pack else "",
        )

    @property
    def needs_others(self) -> bool:
        """Whether its files hold rows of other imports, or name other imports that replace its own."""
        return bool(self.pack or self.reruns)

    def rows_in(self, layout: Layout) -> Path:
        return self.rows or (layout.pack(self.pack) if self.pack else layout.rows(self.batch))

    def superseded_in(self, layout: Layout) -> Path:
        packed = layout.pack_superseded(self.pack) if self.pack else layout.superseded(self.batch)
        return self.superseded or packed


def listed(row: AnyMapping[str, Any]) -> Listed:
    """From the values LISTED of a LiveBatch."""
    return Listed(
        batch=row["batch_id"],
        mapping=row["batch__mapping"],
        replaces=bool(row["batch__rows_superseded"]),
        covers_from=row["batch__covers_from"],
        covers_to=row["batch__complete_until"] or row["batch__covers_to"],
        currencies=tuple(row["batch__currencies"]),
        reruns=row["batch__reruns_id"] is not None,
        pack=row["batch__pack__name"] or "",
    )


def own_columns(table: str, mapping: AnyMapping[str, Any]) -> list[str]:
    """The workspace's own columns that an import brought, from its completed mapping."""
    names = [*mapping.get("columns", {}), *mapping.get("constants", {}), *mapping.get("computed", {})]
    for lookup in mapping.get("lookups", []):
        names += lookup["columns"]
    return [name for name in dict.fromkeys(names) if not TABLES[table].has(name)]
