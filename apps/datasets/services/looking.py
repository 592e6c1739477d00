"""What a chosen file is taken to be, kept with its draft, so that its pages need not open the file again."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from apps.common.errors import Refusal
from apps.datasets.drafting import lookup_files_of, path_of
from apps.datasets.errors import ImportRefusal
from apps.datasets.models import Draft, Import, MappingVersion, SavedMapping
from apps.datasets.plan import unique
from apps.datasets.preview import Preview, preview
from apps.datasets.reader import Progress, open_source, quiet
from apps.datasets.recognising import NotRecognised
from apps.datasets.saved import newest, saved_mapping
from apps.datasets.suggesting import Suggestion, suggest
from apps.datasets.uploads import workbench
from apps.people.queries import day_in

TAKEN_FROM = "taken_from"  # in what was said: the saved mapping that was chosen by hand
NOTHING = 0


def look_into(*, draft: Draft, progress: Progress = quiet) -> None:
    """Read the whole file and keep what it is taken for, with the complete mapping that follows.

    Refusal, and the draft is as before, if the file cannot be read or what was said does not fit it.
    """
    with workbench() as folder:
        _look(draft, folder, progress)
    draft.save(update_fields=["table", "look", "mapping", "mapping_version", "recognised", "touched_at"])


def relook(
    *, draft: Draft, said: dict[str, Any], table: str | None = None, progress: Progress = quiet, **changes: Any
) -> None:
    """Look again with other words about the mapping. Refusal, and the draft stays as it was, if they do not fit."""
    before = {name: getattr(draft, name) for name in ("said", "table", "look", "mapping", "recognised", *changes)}
    draft.said = said
    for name, value in changes.items():
        setattr(draft, name, value)
    if table is not None and table != draft.table:
        draft.table, draft.recognised, draft.mapping_version = table, False, None
    try:
        look_into(draft=draft, progress=progress)
    except Refusal:
        for name, value in before.items():
            setattr(draft, name, value)
        raise
    draft.save(update_fields=["said", *changes])


def _look(draft: Draft, folder: Path, progress: Progress) -> None:
    files = _files(draft)
    try:
        found = suggest(
            workspace=draft.workspace,
            path=path_of(draft),
            file_name=draft.file_name,
            table=draft.table,
            mapping={part: value for part, value in draft.said.items() if part != TAKEN_FROM},
            lookup_files=files,
            folder=folder,
            progress=progress,
            wanted=_chosen(draft),
            remember=draft.said.get(TAKEN_FROM) != NOTHING,
        )
    except NotRecognised as refused:
        found = Suggestion(table="", mapping={}, notes=(refused.sentence,))
    if not found.table:
        draft.look, draft.mapping = _unrecognised(draft, found, folder), {}
        return
    draft.recognised = draft.recognised or not draft.table
    draft.table, draft.mapping, draft.mapping_version = found.table, found.mapping, found.saved
    progress("Reading the first rows", 0, 0)
    seen = preview(
        path=path_of(draft),
        file_name=draft.file_name,
        table=found.table,
        mapping=found.mapping,
        lookup_files=files,
        folder=folder,
    )
    draft.look = _as_json(found, seen) | {"lookup_headers": _headers_of(files, folder)}


def _chosen(draft: Draft) -> MappingVersion | None:
    """The newest version of the saved mapping that its owner wants it to be read with."""
    wanted = draft.said.get(TAKEN_FROM)
    if not wanted:
        return None
    try:
        return newest(saved_mapping(draft.workspace, int(wanted)))
    except SavedMapping.DoesNotExist:
        raise ImportRefusal("This saved mapping is no longer there: choose another one.") from None


def _files(draft: Draft) -> dict[str, Path]:
    draft.mapping = {}
    return lookup_files_of(draft)


def _unrecognised(draft: Draft, found: Suggestion, folder: Path) -> dict[str, Any]:
    source = open_source(path_of(draft), folder, draft.file_name)
    lines = []
    for line, cells in source.rows():
        lines.append([line, list(cells)])
        if len(lines) == 8:
            break
    if not lines:
        raise ImportRefusal(f"“{draft.file_name}” has no rows below its header.")
    return {
        "headers": list(unique(source.header)),
        "lines": lines,
        "guessed": [asdict(each) for each in source.guessed],
        "tables": [asdict(each) for each in found.tables],
        "notes": list(found.notes),
    }


def _as_json(found: Suggestion, seen: Preview) -> dict[str, Any]:
    plan = seen.plan
    return {
        "headers": list(seen.headers),
        "lines": [[line, list(cells)] for line, cells in seen.lines],
        "guessed": [asdict(each) for each in seen.guessed],
        "sources": {name: _source_of(name, seen) for name in (*plan.mapping.table.names, *plan.own)},
        "required": list(plan.required),
        "own": list(plan.own),
        "key": list(plan.key),
        "missing": list(found.missing),
        "guesses": list(plan.guessed),
        "reasons": found.reasons,
        "offers": {name: [asdict(each) for each in offers] for name, offers in found.offers.items()},
        "questions": [asdict(each) for each in found.questions],
        "values": {name: [asdict(each) for each in values] for name, values in found.values.items()},
        "unpivot": asdict(found.unpivot) if found.unpivot else None,
        "lookups": [asdict(each) for each in found.lookups],
        "tables": [asdict(each) for each in found.tables],
        "preset": found.preset.title if found.preset else "",
        "saved": found.saved.saved.name if found.saved else "",
        "saved_from": _last_use(found.saved) if found.saved else "",
        "changes": list(found.changes),
        "notes": list(found.notes),
    }


def _last_use(version: MappingVersion) -> str:
    """The file that last came in with this mapping, and the day; blank if none did."""
    uses = Import.objects.filter(mapping_version__saved=version.saved, finished_at__isnull=False)
    last = uses.select_related("workspace").order_by("-finished_at").first()
    if last is None or last.finished_at is None:
        return ""
    day = day_in(last.workspace, last.finished_at)
    return f"{last.file_name} of {day.day} {day:%B %Y}"


def _source_of(name: str, seen: Preview) -> dict[str, str]:
    """The column that feeds a field, and what else does: a lookup, a formula or another date."""
    plan = seen.plan
    places = plan.places.get(name, ())
    words = [f"from {plan.mapping.lookups[place.lookup].file}" for place in places if place.lookup is not None]
    if name in plan.computed:
        words.append(f"computed: {plan.computed[name].text}")
    if plan.mapping.table.has(name) and (other := plan.derived_from(plan.field(name))):
        words.append(f"follows from {other}")
    column = next((seen.headers[place.column] for place in places if place.lookup is None), "")
    return {"column": column, "elsewhere": ", ".join(words)}


def _headers_of(files: dict[str, Path], folder: Path) -> dict[str, list[str]]:
    found = {}
    for number, (name, path) in enumerate(files.items()):
        beside = folder / f"beside-{number}"
        beside.mkdir()
        found[name] = list(unique(open_source(path, beside, name).header))
    return found
