"""How the rows of a file join those that are there.

upsert: a row whose key is known replaces the earlier one; rows without a key are added.
append: all rows are added, also where a key is known; keys are not compared.
replace: of a period by the main date of the table every earlier row is replaced that the file does not bring.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from apps.datasets.errors import ImportRefusal
from apps.datasets.mapping import Mapping
from apps.datasets.models import Import

Days = tuple[date, date]  # half-open


@dataclass(frozen=True)
class Way:
    """`replaces` is the period [from, to) of mode replace, else None; `complete_until` the last day that the file is
    said to be complete for."""

    mode: Import.Mode = Import.Mode.UPSERT
    replaces: Days | None = None
    complete_until: date | None = None

    @property
    def period(self) -> str:
        """The replaced days for people, the last one included."""
        first, end = self.replaces or (date.min, date.max)
        return f"{first} to {end - timedelta(days=1)}"


def way_of(mode: str | None, replaces: Days | None, mapping: Mapping, *, complete_until: date | None = None) -> Way:
    """What is said with the file counts, then what its mapping says, then upsert. Refusal if mode and days do not fit.

    Without a key upserting is appending, and is called so.
    """
    said = mode or mapping.mode or Import.Mode.UPSERT
    if said not in Import.Mode.values:
        raise ImportRefusal(f"`{said}` is no mode of importing: {', '.join(Import.Mode.values)} are.")
    if said == Import.Mode.REPLACE and replaces is None:
        raise ImportRefusal("To replace a period, say which: its first day and the day after its last.")
    if said != Import.Mode.REPLACE and replaces is not None:
        raise ImportRefusal(f"A period is only for the mode replace, not for {said}: leave it out, or change the mode.")
    if replaces is not None and replaces[0] >= replaces[1]:
        raise ImportRefusal(
            f"The period to replace must end after it begins: {replaces[0]} to {replaces[1]} has no day."
        )
    key = mapping.table.key if mapping.key is None else mapping.key
    if said == Import.Mode.UPSERT and not key:
        said = Import.Mode.APPEND
    return Way(Import.Mode(said), replaces, complete_until)


def way_of_import(batch: Import) -> Way:
    """As it was said when the file was received."""
    replaces = (batch.replaces_from, batch.replaces_to) if batch.replaces_from and batch.replaces_to else None
    return Way(Import.Mode(batch.mode), replaces, batch.complete_until)
