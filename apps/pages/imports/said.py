"""What somebody says on the page of a draft, as parts of a mapping. Only what differs from what was shown is said."""

from copy import deepcopy
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_date

from apps.common.errors import Refusal
from apps.datasets.models import Draft, Import
from apps.datasets.plan import slug
from apps.datasets.schema import TABLES, FieldType, table

Said = dict[str, Any]


def said_by(draft: Draft, answers: QueryDict) -> Said:
    """The decisions so far with those of a posted form. Columns that the file does not have are not accepted."""
    said: Said = deepcopy(draft.said)
    if _reread(draft, said, answers):
        return {part: said[part] for part in ("reading", "constants") if part in said}
    if draft.table in TABLES:
        for name in table(draft.table).names:
            _field(draft, said, name, answers)
        _own(draft, said, answers)
        _unpivot(draft, said, answers)
        _lookups(draft, said, answers)
    return {part: value for part, value in said.items() if value not in ({}, [], None) or part == "unpivot"}


def with_replaced(draft: Draft, field: str, text: str, meaning: str) -> Said:
    """The decisions with one more: wherever this field says `text`, `meaning` is meant, which may be blank."""
    said: Said = deepcopy(draft.said)
    known = (draft.mapping.get("values") or {}).get(field) or {}
    said["values"] = {**(said.get("values") or {}), field: {**known, text: meaning}}
    return said


def ways_of(answers: QueryDict) -> dict[str, Any]:
    """Mode, its days and until when the file is complete, as columns of the draft. Refusal for half a period."""
    if "mode" not in answers:
        return {}
    mode = answers["mode"] if answers["mode"] in Import.Mode.values else Import.Mode.UPSERT
    first, last = (_day(answers.get(name, "")) for name in ("replaces_from", "replaces_last"))
    until = _day(answers.get("complete_until", ""))
    if mode != Import.Mode.REPLACE:
        return {"mode": mode, "replaces_from": None, "replaces_to": None, "complete_until": until}
    if not first or not last or last < first:
        raise Refusal("To replace a period, say its first and its last day; the last one not before the first.")
    end = date.fromordinal(last.toordinal() + 1)
    return {"mode": mode, "replaces_from": first, "replaces_to": end, "complete_until": until}


def _day(text: str) -> date | None:
    try:
        return parse_date(text.strip())
    except ValueError:
        raise Refusal(f"“{text}” is no day of the calendar.") from None


def _reread(draft: Draft, said: Said, answers: QueryDict) -> bool:
    """Another way to read the file: what was said about its columns was about others."""
    chosen = dict(said.get("reading") or {})
    for guess in draft.look.get("guessed", []):
        answer = answers.get(f"reading-{guess['part']}", "").strip("\r\n")
        if answer in ("", str(guess["value"])):
            continue
        if guess["part"] == "header" and not answer.isdecimal():
            raise Refusal("The header is the number of a line, or 0 if the file has none.")
        chosen[guess["part"]] = int(answer) if guess["part"] == "header" else answer
    changed = chosen != (said.get("reading") or {})
    if changed:
        said["reading"] = chosen
    return changed


def _field(draft: Draft, said: Said, name: str, answers: QueryDict) -> None:
    shown = draft.look.get("sources", {}).get(name, {}).get("column", "")
    header = answers.get(f"column-{name}")
    if header is not None and header != shown and (header == "" or header in draft.look["headers"]):
        _set(said, "columns", name, header or None)
        for part in ("formats", "values"):  # they were about another column
            _drop(said, part, name)
        return
    for part, answer in (("constants", "constant"), ("formats", "format")):
        given = answers.get(f"{answer}-{name}")
        if given is not None and given.strip() != str((draft.mapping.get(part) or {}).get(name, "")):
            _drop(said, part, name)
            if given.strip():
                _set(said, part, name, given.strip())
    _values(draft, said, name, answers)


def _values(draft: Draft, said: Said, name: str, answers: QueryDict) -> None:
    texts, meanings = answers.getlist(f"text-{name}"), answers.getlist(f"value-{name}")
    field = table(draft.table).field(name)
    if not texts or len(texts) != len(meanings):
        return
    seen = {each["text"]: each["meaning"] for each in draft.look.get("values", {}).get(name, [])}
    given = {
        text: meaning
        for text, meaning in zip(texts, meanings, strict=True)
        if text in seen and (meaning in ("", *field.choices) or field.type is not FieldType.CHOICE)
    }
    if any(meaning != seen[text] for text, meaning in given.items()):
        before = (draft.mapping.get("values") or {}).get(name) or {}
        _set(said, "values", name, {**before, **{text: meaning for text, meaning in given.items() if meaning}})


def _own(draft: Draft, said: Said, answers: QueryDict) -> None:
    """Own columns under another name, or left out."""
    for name in answers.getlist("again"):
        _drop(said, "columns", name)
    for name in draft.look.get("own", []):
        header = draft.look["sources"][name]["column"]
        wanted = answers.get(f"own-{name}")
        if wanted is None or not header:
            continue
        if f"keep-{name}-shown" in answers and f"keep-{name}" not in answers:
            _set(said, "columns", name, None)
        elif wanted.strip() and slug(wanted) != name:
            _drop(said, "columns", name)
            _set(said, "columns", slug(wanted), header)


def _unpivot(draft: Draft, said: Said, answers: QueryDict) -> None:
    if "unpivot-shown" not in answers:
        return
    wanted, offered = "unpivot" in answers, draft.look.get("unpivot")
    if wanted and offered and not draft.mapping.get("unpivot"):
        for part, value in offered["parts"].items():
            both = isinstance(value, dict) and isinstance(said.get(part), dict) and part != "unpivot"
            said[part] = {**said[part], **value} if both else value
    elif wanted and not draft.mapping.get("unpivot"):
        said.pop("unpivot", None)  # it was refused before; without a word it is found again
    elif not wanted and draft.mapping.get("unpivot"):
        for part in ("columns", "computed", "key"):
            said.pop(part, None)
        said["unpivot"] = None


def _lookups(draft: Draft, said: Said, answers: QueryDict) -> None:
    """A part for each file beside that says which of its columns agree; without that the file is not looked into."""
    parts = []
    offers = {offer["file"]: offer["part"] for offer in draft.look.get("lookups", [])}
    for number, (file, theirs) in enumerate(draft.look.get("lookup_headers", {}).items()):
        if f"lookup-{number}-shown" not in answers:
            return
        if f"lookup-{number}-take" in answers and file in offers:
            parts.append(offers[file])
            continue
        on = _pairs(answers, f"lookup-{number}-ours", f"lookup-{number}-theirs", theirs)
        columns = _pairs(answers, f"lookup-{number}-field", f"lookup-{number}-column", theirs)
        if on:
            parts.append({"file": file, "on": on, "columns": columns})
    said["lookups"] = parts


def _pairs(answers: QueryDict, ours: str, theirs: str, known: list[str]) -> dict[str, str]:
    both = zip(answers.getlist(ours), answers.getlist(theirs), strict=False)
    return {one: other for one, other in both if one and other in known}


def _set(said: Said, part: str, name: str, value: Any) -> None:
    said[part] = {**(said.get(part) or {}), name: value}


def _drop(said: Said, part: str, name: str) -> None:
    if name in (said.get(part) or {}):
        said[part] = {key: value for key, value in said[part].items() if key != name}
