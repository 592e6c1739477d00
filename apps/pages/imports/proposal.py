"""What would become of a draft: which column feeds which field, what is still missing, how many rows would change."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from django.http import QueryDict

from apps.common.errors import Refusal
from apps.datasets.mapping import parse
from apps.datasets.models import Import
from apps.datasets.preview import Preview, preview
from apps.datasets.recognising import recognise
from apps.datasets.schema import TABLES, Field, Table, table
from apps.datasets.services import dry_run, receive_file
from apps.datasets.uploads import workbench
from apps.pages.imports.drafts import Draft
from apps.people.models import Member, Workspace
from apps.refresh.services import request_import

ISSUES_SHOWN = 8
DATE_FORMATS = [
    ("", "find out from the file"),
    ("iso", "2026-03-31"),
    ("%d/%m/%Y", "31/03/2026 (day first)"),
    ("%m/%d/%Y", "03/31/2026 (month first)"),
    ("%d.%m.%Y", "31.03.2026"),
    ("%d-%m-%Y", "31-03-2026 (day first)"),
    ("%m-%d-%Y", "03-31-2026 (month first)"),
    ("%d/%m/%y", "31/03/26 (day first)"),
    ("%m/%d/%y", "03/31/26 (month first)"),
]


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One field and the column that feeds it. `elsewhere` says what else does: a lookup or a constant."""

    field: Field
    header: str
    guessed: bool
    elsewhere: str
    format: str
    missing: bool

    @property
    def formats(self) -> list[tuple[str, str]]:
        known = [value for value, _ in DATE_FORMATS]
        return DATE_FORMATS if self.format in known else [*DATE_FORMATS, (self.format, self.format)]


@dataclass(slots=True)
class Proposal:
    table: Table
    seen: Preview
    choices: list[FieldChoice]
    counts: dict[str, Any] = field(default_factory=dict)
    refused: str = ""

    @property
    def required(self) -> list[FieldChoice]:
        return [choice for choice in self.choices if choice.field.name in self.seen.plan.required]

    @property
    def optional(self) -> list[FieldChoice]:
        return [choice for choice in self.choices if choice.field.name not in self.seen.plan.required]

    @property
    def missing_sentence(self) -> str:
        """Names the required fields without a column, and what to do about it."""
        names = [f"“{name}”" for name in self.seen.missing]
        if not names:
            return ""
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        which = "the column that holds it" if len(names) == 1 else "the columns that hold them"
        return f"{self.table.title} need {listed}: choose {which}."

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Each column of the file with the names of the fields that it feeds."""
        names: list[list[str]] = [[] for _ in self.seen.headers]
        for name, places in self.seen.plan.places.items():
            for place in places:
                if place.lookup is None:
                    names[place.column].append(name)
        return [(header, ", ".join(each)) for header, each in zip(self.seen.headers, names, strict=True)]

    def refuse_if_foreign(self) -> None:
        """Refusal if nothing that the table requires is in the file: probably another table was meant."""
        plan = self.seen.plan
        if not any(plan.has_source(name) for name in plan.required):
            raise Refusal(
                f"This does not look like {self.table.title.lower()}: they need {', '.join(plan.required)}, "
                f"and the file has {', '.join(self.seen.headers[:12])}. "
                "Choose another table, or say below what its columns are."
            )


def look_into(draft: Draft) -> Proposal:
    """Header, first rows and guesses; raises Refusal if the file, a lookup or the mapping cannot be used."""
    with workbench() as folder:
        seen = preview(
            path=draft.path,
            file_name=draft.file_name,
            table=draft.table,
            mapping=draft.mapping,
            lookup_files=lookup_files(draft),
            folder=folder,
        )
    into = table(draft.table)
    return Proposal(into, seen, [_choice(each, seen) for each in into.fields])


def recognise_table(draft: Draft) -> None:
    """For a file whose owner did not say what it is. Raises Refusal if its header does not say it either."""
    with workbench() as folder:
        draft.table = recognise(path=draft.path, file_name=draft.file_name, folder=folder)
    draft.recognised = True
    draft.save()


def retable(draft: Draft, answers: QueryDict) -> bool:
    """Take another table if one was chosen on the preview page; says whether."""
    wanted = answers.get("table", draft.table)
    if wanted == draft.table or wanted not in TABLES:
        return False
    draft.change_table(wanted)
    return True


def count(draft: Draft, workspace: Workspace, today: date) -> dict[str, Any]:
    """What the import would change, as a plain dictionary; counted once for a mapping, then remembered in the draft."""
    if draft.counts:
        return draft.counts
    try:
        outcome = dry_run(
            workspace=workspace,
            today=today,
            table=draft.table,
            source=draft.path,
            mapping=draft.mapping,
            lookup_files=lookup_files(draft),
            file_name=draft.file_name,
        )
    except Refusal as refused:
        return {"refused": refused.sentence}
    draft.counts = {
        name: getattr(outcome, name) for name in ("read", "new", "changed", "unchanged", "rejected", "sentence")
    }
    draft.counts["issues"] = [
        {
            "line": each.line,
            "column": each.column,
            "value": each.value,
            "message": each.message,
            "rejects_row": each.rejects,
        }
        for each in outcome.issues[:ISSUES_SHOWN]
    ]
    draft.counts["issue_total"] = len(outcome.issues)
    draft.save()
    return draft.counts


def remap(draft: Draft, answers: QueryDict) -> None:
    """Keep what was chosen on the preview page. Columns that the file does not have are not accepted."""
    proposal = look_into(draft)
    mapping = dict(draft.mapping)
    columns, formats = dict(mapping.get("columns") or {}), dict(mapping.get("formats") or {})
    for choice in proposal.choices:
        name = choice.field.name
        header = answers.get(f"column-{name}")
        if header == "" and proposal.seen.plan.derived_from(choice.field):
            continue  # nothing was chosen, and nothing has to be: another date gives it
        if header is not None and (header in proposal.seen.headers or header == ""):
            columns[name] = header or None
        how = answers.get(f"format-{name}")
        if how is not None and how in [value for value, _ in choice.formats]:
            formats.pop(name, None)
            formats |= {name: how} if how else {}
    mapping |= {"columns": columns, "formats": formats}
    if mapping != draft.mapping:
        draft.change_mapping(mapping)


def reread(draft: Draft, answers: QueryDict) -> bool:
    """Read the file in another way if one was chosen on the preview page; says whether. Refusal if it cannot be."""
    chosen: dict[str, Any] = dict(draft.mapping.get("reading") or {})
    for guess in look_into(draft).seen.guessed:
        answer = answers.get(f"reading-{guess.part}", "").strip("\r\n")
        if answer in ("", str(guess.value)):
            continue
        if guess.part == "header" and not answer.isdecimal():
            raise Refusal("The header is the number of a line, or 0 if the file has none.")
        chosen[guess.part] = int(answer) if guess.part == "header" else answer
    if chosen == (draft.mapping.get("reading") or {}):
        return False
    before = draft.mapping
    draft.change_mapping(
        {part: value for part, value in before.items() if part not in ("columns", "formats")} | {"reading": chosen}
    )
    try:
        look_into(draft)
    except Refusal:
        draft.change_mapping(before)
        raise
    return True


def confirm(draft: Draft, member: Member) -> Import:
    """Hand the file over and have it imported in the background. Raises Refusal if it cannot be used as mapped."""
    batch = receive_file(
        workspace=member.workspace,
        table=draft.table,
        source=draft.path,
        file_name=draft.file_name,
        mapping=draft.mapping,
        lookup_files=lookup_files(draft),
        by=member,
    )
    request_import(batch=batch, by=member)
    return batch


def lookup_files(draft: Draft) -> dict[str, Path]:
    """Where the uploaded lookups are, by the names that the mapping gives them. Refusal for one that is not there."""
    found = {}
    for lookup in parse(draft.mapping, draft.table).lookups:
        kept = draft.lookups.get(lookup.file) or draft.lookups.get(PurePosixPath(lookup.file.replace("\\", "/")).name)
        if kept is None:
            raise Refusal(f"The mapping looks things up in “{lookup.file}”. Choose that file under lookup files too.")
        found[lookup.file] = draft.folder / kept
    return found


def _choice(each: Field, seen: Preview) -> FieldChoice:
    plan = seen.plan
    places = plan.places.get(each.name, ())
    column = next((seen.headers[place.column] for place in places if place.lookup is None), "")
    elsewhere = [plan.mapping.lookups[place.lookup].file for place in places if place.lookup is not None]
    words = [f"from {file}" for file in elsewhere]
    if each.name in plan.computed:
        words.append(f"computed: {plan.computed[each.name].text}")
    if other := plan.derived_from(each):
        words.append(f"from {other}")
    if each.name in plan.mapping.constants:
        words.append(f"else “{plan.mapping.constants[each.name]}”")
    return FieldChoice(
        field=each,
        header=column,
        guessed=each.name in plan.guessed,
        elsewhere=", ".join(words),
        format=plan.mapping.formats.get(each.name, "") if each.type.is_time else "",
        missing=each.name in seen.missing,
    )
