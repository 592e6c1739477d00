"""What a file is taken to be: its table, what feeds which field and why, what its texts mean, and what has to be asked.

A suggestion takes what is sure and offers what is likely; it never decides what the rows leave open. `mapping` is
complete: importing with it does what the suggestion says. What people have decided goes in as the mapping given and is
never guessed again.
"""

from collections.abc import Mapping as AnyMapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.datasets.agreeing import LookupOffer
from apps.datasets.looking import Looked, look
from apps.datasets.models import MappingVersion
from apps.datasets.presets import Preset, preset_for
from apps.datasets.proposing import Draft, propose
from apps.datasets.ranking import TableFit, fits_of
from apps.datasets.reader import Progress, quiet
from apps.datasets.saved import remembered
from apps.datasets.schema import table as table_of
from apps.datasets.seeing import Question, ValueSeen, see
from apps.datasets.wide import UnpivotOffer
from apps.people.models import Workspace

__all__ = ["LookupOffer", "Offer", "Question", "Suggestion", "TableFit", "UnpivotOffer", "ValueSeen", "suggest"]


@dataclass(frozen=True)
class Offer:
    """What is likely, but not sure, to feed a field: a column, or a formula if `header` is blank. Shown, not taken."""

    header: str
    reason: str
    formula: str = ""


@dataclass(frozen=True)
class Suggestion:
    """`table` is blank if the file fits none (then only `tables` says something). `mapping` is complete.

    `preset` or `saved`: what the mapping was taken from. `reasons`: field → sentence. `offers`: field → likely columns.
    `values`: field with fixed meanings → its distinct texts, the most frequent first. `missing`: required fields that
    nothing feeds yet. `changes`: sentences about what a saved mapping no longer finds in this file. `notes`: anything
    else worth telling. `lookups` are offers. `unpivot` too, unless the mapping has it already, because nothing else can
    be meant (`"unpivot": None` in the mapping given refuses it).
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
    progress: Progress = quiet,
    wanted: MappingVersion | None = None,
    remember: bool = True,
) -> Suggestion:
    """Look into all rows of a file. `table` may be blank: then it is recognised. `folder` is for working copies.

    `mapping` is what was decided so far (partial or None); `lookup_files` are name → path of the files beside it.
    `wanted` is the saved mapping that somebody wants; without `remember` none is taken, and no preset.
    Refusal if the file cannot be read or the given mapping does not fit it.
    """
    given = deepcopy(dict(mapping or {}))
    table = table or str(given.get("table", ""))
    reading = given.get("reading")
    with look(path, file_name, reading, lookup_files, folder, workspace.timezone, progress) as looked:
        own = _is_complete(given) or not remember
        saved = wanted or (None if own else remembered(workspace, looked.headers, table))
        preset = None if saved or own else preset_for(looked.headers)
        tables = fits_of(looked)
        chosen = table or _recognised(saved, preset, tables)
        if not chosen:
            return Suggestion("", given, looked.headers, tables)
        preset = preset if preset and preset.table == chosen else None
        draft = propose(looked, table_of(chosen), given, saved.mapping if saved else None, preset)
        return _told(looked, draft, tables, preset, saved)


def _is_complete(given: AnyMapping[str, Any]) -> bool:
    """Whether it is a whole mapping, such as a suggestion gives, to which nothing is to be added from elsewhere."""
    return {"key", "columns", "values", "constants", "formats"} <= set(given)


def _recognised(saved: MappingVersion | None, preset: Preset | None, tables: tuple[TableFit, ...]) -> str:
    if saved or preset:
        return saved.saved.table if saved else preset.table if preset else ""
    best = tables[0]
    return best.table if best.good else ""


def _told(
    looked: Looked, draft: Draft, tables: tuple[TableFit, ...], preset: Preset | None, saved: MappingVersion | None
) -> Suggestion:
    """What the rows say about the mapping that was drafted, and everything in its place."""
    seen = see(looked, draft)
    plan = seen.plan
    reasons = dict(draft.reasons)
    for name, why in ((name, why) for name, why in seen.reasons.items() if why):
        reasons[name] = f"{reasons[name]}; {why}" if name in reasons else why
    offers = {
        name: tuple(Offer(each.header, each.reason, each.formula) for each in found)
        for name, found in draft.offers.items()
        if not plan.has_source(name)
    }
    return Suggestion(
        table=plan.mapping.table.name,
        mapping=plan.as_json(),
        headers=looked.headers,
        tables=tables,
        preset=preset,
        saved=saved,
        reasons={name: why for name, why in reasons.items() if plan.has_source(name)},
        offers=offers,
        questions=seen.questions,
        values=seen.values,
        unpivot=draft.unpivot,
        lookups=draft.lookups,
        missing=tuple(name for name in plan.required if not plan.has_source(name)),
        changes=tuple(draft.changes),
        notes=(*draft.notes, *seen.notes),
    )
