"""The mapping proposed for a file: what was decided, then a saved mapping or a preset, then what was matched."""

# ruff: noqa: S608 - names are c0, c1, … and our own view

from collections.abc import Mapping as AnyMapping
from copy import deepcopy
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from apps.datasets.agreeing import LookupOffer, lookup_offer
from apps.datasets.expressions import trimmed
from apps.datasets.fitting import fitted
from apps.datasets.hints import constants_for
from apps.datasets.looking import Looked
from apps.datasets.matching import Matches, match
from apps.datasets.meanings import fold
from apps.datasets.plan import unique
from apps.datasets.presets import Preset
from apps.datasets.profiling import Profile
from apps.datasets.schema import Table
from apps.datasets.schema.fields import normal
from apps.datasets.wide import UnpivotOffer, wide_offer


@dataclass(frozen=True)
class Likely:
    """A column, or a formula if `header` is blank, that could feed a field."""

    header: str
    reason: str
    formula: str = ""


@dataclass
class Draft:
    """A mapping being put together, with the reason for each field, and what is offered beside it."""

    table: Table
    mapping: dict[str, Any]
    given: AnyMapping[str, Any]
    reasons: dict[str, str] = dataclass_field(default_factory=dict)
    offers: dict[str, list[Likely]] = dataclass_field(default_factory=dict)
    changes: list[str] = dataclass_field(default_factory=list)
    notes: list[str] = dataclass_field(default_factory=list)
    unpivot: UnpivotOffer | None = None
    lookups: tuple[LookupOffer, ...] = ()

    @property
    def fed(self) -> set[str]:
        """Fields that have a source, or are left blank on purpose."""
        brought = {field for lookup in self.mapping.get("lookups", []) for field in lookup["columns"]}
        return {*self.part("columns"), *self.part("constants"), *self.part("computed"), *brought}

    def part(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.mapping.setdefault(name, {})
        return found


def propose(
    looked: Looked, table: Table, given: dict[str, Any], saved: dict[str, Any] | None, preset: Preset | None
) -> Draft:
    """The mapping for this file, with what is sure taken. Says nothing yet about what its rows hold."""
    draft = Draft(table, {}, given)
    beside = {name: unique(source.header) for name, source in looked.beside.items()}
    if saved is not None:
        said, draft.changes = fitted(saved, looked.headers, beside)
        _add(draft, said, "so it was the last time")
    elif preset:
        _add(draft, preset.mapping_for(looked.headers), f"so it stands in exports of {preset.title}")
        draft.notes += [preset.advice] if preset.advice else []
    _overrule(draft, given)
    draft.mapping["table"] = table.name
    _add_wide(draft, looked)
    matches = match(table, looked.profiles, decided=draft.fed, used=_used(draft, looked))
    for name, each in matches.taken.items():
        draft.part("columns")[name] = looked.headers[each.position]
        draft.reasons[name] = each.reason
    _tell_others(draft, looked, matches)
    _add_constants(draft, looked)
    _add_identity(draft, looked)
    _add_lookups(draft, looked)
    return draft


def _add(draft: Draft, said: AnyMapping[str, Any], reason: str) -> None:
    draft.mapping.update(deepcopy(dict(said)))
    for part in ("columns", "computed", "constants"):
        for name in said.get(part, {}):
            draft.reasons[name] = reason


def _overrule(draft: Draft, given: AnyMapping[str, Any]) -> None:
    """What people have decided goes before everything, field by field."""
    for name in given.get("columns", {}):
        for part in ("computed", "constants", "values"):
            draft.part(part).pop(name, None)
    for name in given.get("computed", {}):
        draft.part("columns").pop(name, None)
    for part, said in given.items():
        if part in {"columns", "computed", "constants", "formats", "values"}:
            draft.part(part).update(deepcopy(said))
        else:
            draft.mapping[part] = deepcopy(said)
    for name in [*given.get("columns", {}), *given.get("computed", {}), *given.get("constants", {})]:
        draft.reasons.pop(name, None)


def _used(draft: Draft, looked: Looked) -> set[int]:
    """Positions of columns that feed something already."""
    unpivot = draft.mapping.get("unpivot") or {}
    named = {normal(str(header)) for header in draft.part("columns").values() if header}
    named |= {normal(str(header)) for header in unpivot.get("columns", {})}
    return {position for position, header in enumerate(looked.headers) if normal(header) in named}


def _add_wide(draft: Draft, looked: Looked) -> None:
    """One column for each period or account: taken where the fields of the table have no other source."""
    if "unpivot" in draft.given or draft.mapping.get("unpivot"):
        return
    offer = draft.unpivot = wide_offer(draft.table.name, looked.headers, looked.profiles, looked.source.name)
    if offer is None or not offer.parts:
        draft.notes += [offer.sentence] if offer else []
        return
    fields = {*offer.parts.get("columns", {}), *offer.parts.get("computed", {})}
    if fields & draft.fed:
        return
    for part, said in deepcopy(offer.parts).items():
        if isinstance(said, dict) and part != "unpivot":
            draft.part(part).update(said)
        else:
            draft.mapping[part] = said
    for name in fields:
        draft.reasons[name] = offer.sentence


def _tell_others(draft: Draft, looked: Looked, matches: Matches) -> None:
    """Offers, and headers that speak for a field while their cells do not: these are kept as own columns."""
    for name, found in matches.offered.items():
        draft.offers[name] = [Likely(looked.headers[each.position], each.reason) for each in found]
    for name, header in matches.refused.items():
        if name not in draft.fed and not draft.table.field(name).follows:
            draft.part("columns")[name] = None
            draft.notes.append(f"`{header}` is called like {name.replace('_', ' ')}, but its cells are something else.")


def _add_constants(draft: Draft, looked: Looked) -> None:
    """What the name of a column or of the file says about every row."""
    headers = {name: str(header) for name, header in draft.part("columns").items() if header}
    for name, value in constants_for(draft.table, headers, looked.source.name).items():
        if name not in draft.fed:
            draft.part("constants")[name] = value
            draft.reasons[name] = f"the names of the column and of the file say {value}"


def _add_identity(draft: Draft, looked: Looked) -> None:
    """What tells rows apart, where no column does by itself; all rows are asked."""
    key = draft.mapping.get("key", draft.table.key)
    if "id" not in key or draft.mapping.get("unpivot") or draft.mapping.get("repeat"):
        return
    by_header = {each.header: each for each in looked.profiles}
    columns = draft.part("columns")
    mine = by_header.get(str(columns.get("id")))
    if mine:
        twice = looked.rows - _different(looked, [mine])
        if twice:
            draft.notes.append(
                f"`{mine.header}` does not tell all rows apart: {twice:,} of {looked.rows:,} come again with the same"
                " one, and of rows with the same one the last counts."
            )
        if draft.table.name == "orders" and not twice and "order" not in draft.fed:
            columns["order"] = mine.header
            draft.reasons["order"] = f"`{mine.header}` is different in every row: each is an order of its own"
        return
    if "id" not in draft.fed:
        _find_identity(draft, looked, by_header.get(str(columns.get("order"))))


def _find_identity(draft: Draft, looked: Looked, order: Profile | None) -> None:
    if order and _different(looked, [order]) == looked.rows:
        draft.part("columns")["id"] = order.header
        draft.reasons["id"] = f"`{order.header}` is different in all {looked.rows:,} rows"
        return
    product = str(draft.part("columns").get("product"))
    for each in looked.profiles if order else ():
        is_second = "line" in fold(each.header).replace(" ", "") or each.header == product
        if order and is_second and each is not order and _different(looked, [order, each]) == looked.rows:
            draft.part("computed")["id"] = f"[{order.header}] & '-' & [{each.header}]"
            draft.reasons["id"] = (
                f"`{order.header}` and `{each.header}` together are different in all {looked.rows:,} rows"
            )
            return
    likely = Likely(
        "", "no column tells the rows apart; their place in the file does, if the same file is never sorted anew",
        "file() & '-' & line()",
    )  # fmt: skip
    for name in ("id", "order"):
        if draft.table.has(name) and name not in draft.fed:
            draft.offers.setdefault(name, []).append(likely)


def _different(looked: Looked, columns: list[Profile]) -> int:
    cells = ", ".join(trimmed(f"c{each.position}") for each in columns)
    whole = " AND ".join(f"{trimmed(f'c{each.position}')} IS NOT NULL" for each in columns)
    return int(looked.con.execute(f"SELECT count(DISTINCT ({cells})) FILTER ({whole}) FROM grid").fetchall()[0][0])


def _add_lookups(draft: Draft, looked: Looked) -> None:
    """Offers for the files beside this one that the mapping does not use yet."""
    used = {each["file"] for each in draft.mapping.get("lookups", [])}
    fed = {**dict.fromkeys(draft.fed), **draft.part("columns")}
    offers = []
    for name, path in looked.lookup_files.items():
        if name not in used:
            offer = lookup_offer(looked.con, draft.table, looked.profiles, fed, name, path, looked.folder / "beside")
            offers += [offer] if offer else []
            if offer is None:
                draft.notes.append(f"No column of `{name}` agrees with one of this file.")
    draft.lookups = tuple(offers)
