"""What the cells of a column say about the field that it could feed."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from apps.datasets.meanings import fold, meaning_of
from apps.datasets.profiling import Profile
from apps.datasets.schema import Field, FieldType

MOSTLY, CLEARLY = 0.5, 0.9
MOST_TEXTS = 100  # a column with more texts than this has no fixed meanings
_COUNTED = re.compile(r"[1-7]\d{4}([.,]\d+)?|\d{9,10}|\d{12,13}")
_ID = re.compile(r"(^| )(id|key|nr|no|number|nummer|numero|code|ref|uuid|guid)( |$)|(id|key|nr|code)$")
_SUM = re.compile(r"amount|betrag|montant|importe|value|wert|valeur|valor|price|preis|total|sum|revenue|umsatz|spend")
_MAIN_SUMS = {"amount", "net", "mrr", "cost_value"}


@dataclass(frozen=True)
class Said:
    """`sure`: no other column can be meant if none is as strong. `always`: also for fields that are not required."""

    strength: float
    reason: str
    sure: bool = False
    always: bool = False


def fits(table: str, field: Field, profile: Profile) -> bool:
    """Whether the cells of a column could be this field; an empty column fits everything."""
    if not profile.filled:
        return True
    if field.type.is_time:
        counted = sum(count for cell, count in profile.texts.items() if _COUNTED.fullmatch(cell))
        return profile.dates >= MOSTLY or counted >= MOSTLY * profile.filled
    if field.type.is_number:
        return profile.numbers >= MOSTLY
    if field.codes:
        return profile.currencies >= MOSTLY
    if field.type in {FieldType.CHOICE, FieldType.BOOLEAN}:
        return known_share(table, field, profile) >= (0.2 if field.required else MOSTLY)
    return profile.dates < CLEARLY


def known_share(table: str, field: Field, profile: Profile) -> float:
    """The share of rows whose text has a known meaning in this field."""
    if len(profile.texts) > MOST_TEXTS:
        return 0.0
    known = sum(count for cell, count in profile.texts.items() if meaning_of(table, field, cell))
    return known / profile.filled if profile.filled else 0.0


def by_content(table: str, field: Field, profile: Profile) -> Said | None:
    """What the cells alone say; None if they do not speak for this field."""
    if not profile.filled:
        return None
    for holds in _RULES:
        if said := holds(table, field, profile):
            return said
    return None


def _dates(table: str, field: Field, profile: Profile) -> Said | None:
    if field.type is FieldType.DATE and profile.dates >= CLEARLY:
        return Said(0.6 if profile.filled == profile.rows else 0.5, f"{_many(profile)} are dates", sure=True)
    return None


def _choice(table: str, field: Field, profile: Profile) -> Said | None:
    if field.type is not FieldType.CHOICE or profile.truths >= MOSTLY:
        return None
    share = known_share(table, field, profile)
    known = {cell: said for cell in profile.texts if (said := meaning_of(table, field, cell))}
    meant = {said.value for said in known.values() if not said.blank}
    # A few texts that nobody knows are asked about; the others say already what the column is.
    few = field.required and len(meant) > 1 and share >= MOSTLY and 4 * len(known) >= 3 * len(profile.texts)
    if not few and (share < CLEARLY or len(meant) < (1 if field.required else 2)):
        return None
    shown = ", ".join(f"`{cell}`" for cell, _ in profile.texts.most_common(3))
    return Said(0.5 + share / 5, f"its texts are known as {field.name}: {shown}", sure=True)


def _currency(table: str, field: Field, profile: Profile) -> Said | None:
    if field.codes and profile.currencies >= CLEARLY:
        return Said(0.9, f"{_many(profile)} are codes of currencies", sure=True, always=True)
    return None


def _identity(table: str, field: Field, profile: Profile) -> Said | None:
    if field.name != "id" or not profile.unique or profile.dates >= MOSTLY:
        return None
    named = bool(_ID.search(fold(profile.header)))
    if not named and profile.position > 0:
        return None
    return Said(0.9 if named else 0.6, f"each of its {profile.rows:,} cells looked at is another", sure=True)


def _owner(table: str, field: Field, profile: Profile) -> Said | None:
    if field.name != "owner" or len(profile.texts) * 2 > profile.filled:
        return None
    if profile.emails >= CLEARLY:
        return Said(0.8, f"{_many(profile)} are e-mail addresses that come again and again", sure=True)
    if profile.persons >= CLEARLY:
        return Said(0.5, f"{_many(profile)} look like names of people")
    return None


def _money(table: str, field: Field, profile: Profile) -> Said | None:
    # Of the other sums (taxes, discounts, …) only a name can tell which one a number is.
    if field.type is not FieldType.MONEY or field.name not in _MAIN_SUMS or profile.numbers < CLEARLY:
        return None
    words = fold(profile.header)
    if _ID.search(words):
        return None
    if profile.money_signs >= MOSTLY:
        return Said(0.8, f"{_many(profile)} are amounts with their currency", sure=True)
    return Said(0.6, f"{_many(profile)} are numbers", sure=True) if _SUM.search(words) else None


def _percent(table: str, field: Field, profile: Profile) -> Said | None:
    if field.name == "probability" and profile.percents >= CLEARLY:
        return Said(0.6, f"{_many(profile)} are percentages", sure=True)
    return None


_RULES: tuple[Callable[[str, Field, Profile], Said | None], ...] = (
    _dates, _choice, _currency, _identity, _owner, _money, _percent,
)  # fmt: skip


def _many(profile: Profile) -> str:
    return f"the {profile.filled:,} cells looked at" if profile.filled > 1 else "its cell"
