"""What a file is taken to be: its table, what feeds which field and why, what its texts mean, and what has to be asked.

A suggestion takes what is sure and offers what is likely; it never decides what the rows leave open. `mapping` is
complete: importing with it does what the suggestion says. What people have decided goes in as the mapping given and is
never guessed again.
"""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.datasets.models import MappingVersion
from apps.datasets.presets import Preset
from apps.datasets.recognising import recognise
from apps.datasets.staging import plan_for
from apps.people.models import Workspace


@dataclass(frozen=True)
class Question:
    """Something the rows leave open. `kind`: date_order, decimal_sign, mixed_dates, mixed_numbers.

    A choice is (value, label); the value chosen belongs under `formats` of the field in the mapping.
    """

    field: str
    kind: str
    sentence: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ValueSeen:
    """A text of the file in a field with fixed meanings. `meaning` is blank if nobody knows: it has to be asked.

    `guessed` is false where the mapping (a person, a saved mapping) says it; `reason` tells why we guess so.
    """

    text: str
    rows: int
    meaning: str
    guessed: bool
    reason: str = ""


@dataclass(frozen=True)
class Offer:
    """A column that is likely, but not sure, to feed a field: shown, not taken."""

    header: str
    reason: str


@dataclass(frozen=True)
class TableFit:
    """How well the file fits a table: which required fields are missing, how many columns it gives a meaning to."""

    table: str
    matched: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class LookupOffer:
    """A second file that agrees with this one: `part` is what would stand under `lookups` of the mapping."""

    file: str
    part: dict[str, Any]
    sentence: str


@dataclass(frozen=True)
class UnpivotOffer:
    """One column for each period: `parts` are the parts of the mapping (unpivot, columns, computed) that make rows."""

    parts: dict[str, Any]
    sentence: str


@dataclass(frozen=True)
class Suggestion:
    """`table` is blank if the file fits none (then only `tables` says something). `mapping` is complete.

    `preset` or `saved`: what the mapping was taken from. `reasons`: field → sentence. `offers`: field → likely columns.
    `values`: field with fixed meanings → its distinct texts, the most frequent first. `missing`: required fields that
    nothing feeds yet. `changes`: sentences about what a saved mapping no longer finds in this file. `notes`: anything
    else worth telling. `unpivot` and `lookups` are offers.
    """

    table: str
    mapping: dict[str, Any]
    headers: tuple[str, ...] = ()
    tables: tuple[TableFit, ...] = ()
    preset: Preset | None = None
    saved: MappingVersion | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    offers: dict[str, tuple[Offer, ...]] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    values: dict[str, tuple[ValueSeen, ...]] = field(default_factory=dict)
    unpivot: UnpivotOffer | None = None
    lookups: tuple[LookupOffer, ...] = ()
    missing: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def suggest(
    *,
    workspace: Workspace,
    path: Path,
    file_name: str,
    table: str,
    mapping: AnyMapping[str, Any] | None,
    lookup_files: AnyMapping[str, Path],
    folder: Path,
) -> Suggestion:
    """Look into all rows of a file. `table` may be blank: then it is recognised. `folder` is for working copies.

    `mapping` is what was decided so far (partial or None); `lookup_files` are name → path of the files beside it.
    Refusal if the file cannot be read or the given mapping does not fit it.
    """
    table = table or recognise(path=path, file_name=file_name, folder=folder)
    _, plan = plan_for(path, file_name, table, mapping, lookup_files, folder, complete=False)
    missing = tuple(name for name in plan.required if not plan.has_source(name))
    return Suggestion(table=table, mapping=plan.as_json(), headers=plan.headers, missing=missing)
