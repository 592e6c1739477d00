"""A mapping made for one file, brought to the headers of another: what no longer fits is taken out and told."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from copy import deepcopy
from typing import Any

from apps.common.errors import Refusal
from apps.common.formula import parse
from apps.common.formula.nodes import Name, walk
from apps.datasets.schema.fields import normal


def fitted(
    mapping: AnyMapping[str, Any], headers: Sequence[str], lookup_headers: AnyMapping[str, Sequence[str]]
) -> tuple[dict[str, Any], list[str]]:
    """The mapping for a file with these headers, and a sentence for everything that had to be taken out.

    `lookup_headers` are those of the files beside it by their names; a lookup whose file is not there goes.
    """
    made: dict[str, Any] = deepcopy(dict(mapping))
    told: list[str] = []
    known = {normal(each) for each in headers} | _added(made)
    _fit_lookups(made, known, lookup_headers, told)
    for lookup in made.get("lookups", []):
        known |= {normal(each) for each in lookup_headers[lookup["file"]]}
    _fit_columns(made, known, told)
    _fit_formulas(made, known, told)
    return made, told


def _added(mapping: dict[str, Any]) -> set[str]:
    """The columns that unpivot and repeat add."""
    unpivot, repeat = mapping.get("unpivot") or {}, mapping.get("repeat") or {}
    return {normal(str(each)) for each in (unpivot.get("name"), unpivot.get("value"), repeat.get("number")) if each}


def _fit_columns(made: dict[str, Any], known: set[str], told: list[str]) -> None:
    columns = made.get("columns", {})
    for field in [field for field, header in columns.items() if header and normal(str(header)) not in known]:
        told.append(f"The column `{columns.pop(field)}`, which fed {field}, is gone.")
    unpivot = made.get("unpivot")
    if unpivot:
        wanted = unpivot["columns"]
        there = {h: label for h, label in _pairs(wanted) if normal(h) in known}
        gone = [h for h, _ in _pairs(wanted) if normal(h) not in known]
        if gone:
            told.append(f"Of the columns that become rows {', '.join(f'`{each}`' for each in gone)} are gone.")
            unpivot["columns"] = there
        if not there:
            del made["unpivot"]
    repeat = made.get("repeat")
    if repeat and normal(str(repeat["times"])) not in known:
        told.append(f"The column `{repeat['times']}`, which said how many rows a line stands for, is gone.")
        del made["repeat"]


def _pairs(columns: Any) -> list[tuple[str, str]]:
    return list(columns.items()) if isinstance(columns, dict) else [(each, each) for each in columns]


def _fit_formulas(made: dict[str, Any], known: set[str], told: list[str]) -> None:
    computed = made.get("computed", {})
    for field in list(computed):
        if gone := _missing(computed[field], known):
            told.append(f"The formula of {field} needs `{gone}`, which is gone.")
            del computed[field]
    if made.get("where") and (gone := _missing(made["where"], known)):
        told.append(f"The condition which rows are read needs `{gone}`, which is gone.")
        del made["where"]


def _missing(formula: str, known: set[str]) -> str:
    try:
        names: Iterable[str] = [each.name for each in walk(parse(formula)) if isinstance(each, Name)]
    except Refusal:
        return formula
    return next((each for each in names if normal(each) not in known), "")


def _fit_lookups(
    made: dict[str, Any], known: set[str], lookup_headers: AnyMapping[str, Sequence[str]], told: list[str]
) -> None:
    kept = []
    for lookup in made.get("lookups", []):
        theirs = {normal(each) for each in lookup_headers.get(lookup["file"], ())}
        if not theirs:
            told.append(f"The file `{lookup['file']}` is looked up, but it is not here: add it.")
        elif gone := next((each for each in lookup["on"] if normal(each) not in known), ""):
            told.append(f"`{lookup['file']}` was found by the column `{gone}`, which is gone.")
        elif gone := next(
            (e for e in [*lookup["on"].values(), *lookup["columns"].values()] if normal(e) not in theirs), ""
        ):
            told.append(f"`{lookup['file']}` no longer has the column `{gone}`.")
        else:
            kept.append(lookup)
            known |= theirs
    if "lookups" in made:
        made["lookups"] = kept
