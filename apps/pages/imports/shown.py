"""A draft as its page shows it: every field with the column that feeds it, what is still open, what was put right."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

from apps.datasets.drafting import is_ready, is_tried
from apps.datasets.models import Draft
from apps.datasets.repairs import Repairs
from apps.datasets.schema import TABLES, Field, FieldType, Table
from apps.refresh.looking import is_looking
from apps.refresh.models import Run

SAMPLES = 3
ROWS_SHOWN = 12
TWICE = "duplicate"  # the kind of issue of a line whose key comes again later
MOST_TEXTS = 4  # that can be replaced everywhere; where more are wrong, the column is another one
HINT = " If it stands for blank, say so in the mapping"  # here there is a button for that
DATES = [
    ("", "found from the rows"),
    ("iso", "2026-03-31"),
    ("%d/%m/%Y", "31/03/2026, day first"),
    ("%m/%d/%Y", "03/31/2026, month first"),
    ("%d.%m.%Y", "31.03.2026"),
    ("%d-%m-%Y", "31-03-2026, day first"),
    ("%m-%d-%Y", "03-31-2026, month first"),
    ("%d/%m/%y", "31/03/26, day first"),
    ("%m/%d/%y", "03/31/26, month first"),
    ("%d.%m.%y", "31.03.26"),
]
NUMBERS = [
    ("", "found from the rows"),
    (".", "1,234.56: a decimal point"),
    (",", "1.234,56: a decimal comma"),
    ("percent", "75 means 75 %"),
]
TYPES = {
    FieldType.DATE: "date",
    FieldType.TIMESTAMP: "date and time",
    FieldType.MONEY: "money",
    FieldType.NUMBER: "number",
    FieldType.INTEGER: "whole number",
    FieldType.BOOLEAN: "yes or no",
}


@dataclass(frozen=True)
class FieldShown:
    """One field of the table and all that decides it."""

    field: Field
    required: bool
    column: str
    constant: str
    format: str
    elsewhere: str
    reason: str
    missing: bool
    asked: bool
    samples: tuple[str, ...]
    offers: tuple[dict[str, str], ...]
    values: tuple[dict[str, Any], ...]

    @property
    def label(self) -> str:
        return self.field.name.replace("_", " ").capitalize()

    @property
    def kind(self) -> str:
        return TYPES.get(self.field.type, "")

    @property
    def formats(self) -> list[tuple[str, str]]:
        if self.asked or not self.column or not (self.field.type.is_time or self.field.type.is_number):
            return []
        known = DATES if self.field.type.is_time else NUMBERS
        return known if self.format in dict(known) else [*known, (self.format, self.format)]

    @property
    def unknown_values(self) -> int:
        return sum(not value["meaning"] for value in self.values)


class DraftShown:
    """Built from what is kept with the draft; opens no file."""

    def __init__(self, draft: Draft, run: Run | None = None, refused: str = "", looking: Run | None = None) -> None:
        self.draft, self.look, self.run, self.looking = draft, draft.look, run, looking
        self.refused = refused or (looking.error if looking else "")
        self.table: Table | None = TABLES.get(draft.table)

    @cached_property
    def fields(self) -> list[FieldShown]:
        return [self._field(each) for each in self.table.fields] if self.table and "sources" in self.look else []

    @property
    def used(self) -> list[FieldShown]:
        """What the file has or the table needs; the others only wait to be used."""
        return [each for each in self.fields if self._matters(each)]

    @property
    def unused(self) -> list[FieldShown]:
        return [each for each in self.fields if not self._matters(each)]

    @property
    def own(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """(name, column of the file, samples) of what is kept beside the fields of the table."""
        found = [(name, self.look["sources"][name]["column"]) for name in self.look.get("own", [])]
        return [(name, column, self._samples(column)) for name, column in found]

    @property
    def left_out(self) -> list[str]:
        """Columns of the file that nothing takes."""
        names = {*(self.table.names if self.table else ()), *self.look.get("own", [])}
        return [
            name for name, header in (self.draft.said.get("columns") or {}).items() if not header and name not in names
        ]

    @property
    def taken_from(self) -> str:
        """The saved mapping that the draft's is taken from, as its number; 0 for none."""
        version = self.draft.mapping_version
        return str(version.saved_id if version else 0)

    @property
    def unpivot_refused(self) -> bool:
        """Columns that could become rows shall stay columns."""
        return "unpivot" in self.draft.said and not self.draft.said["unpivot"]

    @property
    def spread(self) -> dict[str, str]:
        """Columns of the file that become rows, with what stands for each in its row."""
        unpivot = self.draft.mapping.get("unpivot") or {}
        return dict(unpivot.get("columns") or {})

    @property
    def replaces_last(self) -> date | None:
        """The last day of the period that is replaced."""
        return self.draft.replaces_to - timedelta(days=1) if self.draft.replaces_to else None

    @property
    def is_looking(self) -> bool:
        """Whether a worker still reads the file."""
        return is_looking(self.looking)

    @property
    def questions(self) -> list[dict[str, Any]]:
        return list(self.look.get("questions", []))

    @property
    def missing(self) -> list[FieldShown]:
        return [each for each in self.fields if each.missing]

    @property
    def open_values(self) -> int:
        return sum(each.unknown_values for each in self.fields)

    @property
    def open(self) -> int:
        """How much somebody has to say before the rows can be checked."""
        return len(self.questions) + len(self.missing) + (0 if self.draft.table else 1)

    @property
    def is_ready(self) -> bool:
        return is_ready(self.draft)

    @property
    def headers(self) -> list[tuple[str, list[FieldShown], str]]:
        """Each column of the file with the fields that it feeds; of one that becomes rows what its row says."""
        spread = self.spread
        return [
            (header, [each for each in self.fields if each.column == header], spread.get(header, ""))
            for header in self.look.get("headers", [])
        ]

    @property
    def lines(self) -> list[tuple[int, list[str]]]:
        return [(line, cells) for line, cells in self.look.get("lines", [])[:ROWS_SHOWN]]

    @property
    def lookups(self) -> list[dict[str, Any]]:
        """Each file beside, with the part of the mapping about it, or what is offered for it."""
        parts = {part["file"]: part for part in self.draft.mapping.get("lookups") or []}
        offers = {offer["file"]: offer for offer in self.look.get("lookups", [])}
        return [
            {
                "file": file,
                "headers": headers,
                "on": list((parts.get(file) or {"on": {}})["on"].items()),
                "columns": list((parts.get(file) or {"columns": {}})["columns"].items()),
                "used": file in parts,
                "offer": offers.get(file),
            }
            for file, headers in self.look.get("lookup_headers", {}).items()
        ]

    # --- the trial ----------------------------------------------------------------------------------------------

    @property
    def is_trying(self) -> bool:
        return self.run is not None and self.run.state in (Run.State.QUEUED, Run.State.RUNNING)

    @property
    def is_tried(self) -> bool:
        return is_tried(self.draft)

    @property
    def failed(self) -> str:
        """Why the last trial gave up; blank if it did not, or if there is an outcome."""
        over = self.run is not None and self.run.state == Run.State.FAILED
        return self.run.error if over and self.run and not self.is_tried else ""

    @property
    def outcome(self) -> dict[str, Any]:
        """Also one that is no longer of the draft as it is: its cells stay where somebody types into them."""
        return self.draft.outcome

    @property
    def refused_as_a_whole(self) -> str:
        refused = self.outcome.get("refused")
        return str(self.outcome.get("sentence", "") if refused is True else refused or "")

    @property
    def counts(self) -> dict[str, int]:
        return self.outcome.get("counts") or {}

    @property
    def good(self) -> int:
        return sum(self.counts.get(name) or 0 for name in ("new", "changed", "unchanged"))

    @property
    def bad(self) -> int:
        return self.counts.get("rejected") or 0

    @property
    def may_confirm(self) -> bool:
        return self.is_tried and not self.is_trying and not self.refused_as_a_whole and self.is_ready and self.good > 0

    @cached_property
    def repairs(self) -> Repairs:
        return Repairs.parse(self.draft.repairs)

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The issues that are told, by column and kind: first what keeps rows out, then keys that come twice."""
        issues = [self._issue(each) for each in self.outcome.get("issues", [])]
        issues.sort(
            key=lambda each: (not each["rejects"], each["kind"] != TWICE, each["column"], each["kind"], each["line"])
        )
        grouped = groupby(issues, key=lambda each: (each["rejects"], each["column"], each["kind"]))
        return [self._group(key, list(found)) for key, found in grouped]

    @property
    def put_right(self) -> list[dict[str, Any]]:
        cells = [{"line": line, "header": header, "text": text} for (line, header), text in self.repairs.cells.items()]
        return sorted(cells, key=lambda each: (each["line"], each["header"]))

    @property
    def excluded(self) -> list[int]:
        return sorted(self.repairs.excluded)

    def _issue(self, issue: dict[str, Any]) -> dict[str, Any]:
        header = issue.get("header") or self.look.get("sources", {}).get(issue["column"], {}).get("column", "")
        kept = self.repairs.cells.get((issue["line"], header))
        message = issue["message"].split(HINT)[0]
        for sign, example in DATES:
            message = message.replace(f"like {sign}.", f"like {example}.") if sign.startswith("%") else message
        return {
            **issue,
            "message": message,
            "kind": issue.get("kind") or message,
            "header": header if issue["line"] else "",
            "text": issue["value"] if kept is None else kept,
            "excluded": issue["line"] in self.repairs.excluded,
            "row": self._row(issue["line"]),
        }

    def _row(self, line: int) -> list[tuple[str, str]]:
        """The cells of a line with their headers; none where only the first of many are kept."""
        cells = (self.outcome.get("rows") or {}).get(str(line), [])
        return [(header, cell) for header, cell in zip(self.look.get("headers", []), cells, strict=False) if cell]

    def _group(self, key: tuple[bool, str, str], issues: list[dict[str, Any]]) -> dict[str, Any]:
        rejects, column, kind = key
        told = [each for each in self.outcome.get("groups", []) if (each["column"], each["kind"]) == (column, kind)]
        texts = list(dict.fromkeys(issue["value"] for issue in issues if issue["value"].strip()))
        known = {*(self.table.names if self.table else ()), *self.look.get("own", [])}
        return {
            "rejects": rejects,
            "is_twice": kind == TWICE,
            "column": column,
            "label": column.replace("_", " ").capitalize() or "The file as a whole",
            "issues": issues,
            "rows": max(len(issues), *(each["rows"] for each in told if each["rejects"] == rejects), 0),
            "message": issues[0]["message"],
            "same": len({issue["message"] for issue in issues}) == 1,
            "everywhere": texts if rejects and column in known and len(texts) <= MOST_TEXTS else [],
        }

    def _matters(self, each: FieldShown) -> bool:
        return bool(each.required or each.column or each.constant or each.elsewhere or each.offers)

    def _field(self, field: Field) -> FieldShown:
        look, mapping = self.look, self.draft.mapping
        source = look["sources"].get(field.name, {"column": "", "elsewhere": ""})
        return FieldShown(
            field=field,
            required=field.name in look.get("required", []),
            column=source["column"],
            constant=str((mapping.get("constants") or {}).get(field.name, "")),
            format=str((mapping.get("formats") or {}).get(field.name, "")),
            elsewhere=source["elsewhere"],
            reason=look.get("reasons", {}).get(field.name, ""),
            missing=field.name in look.get("missing", []),
            asked=any(question["field"] == field.name for question in self.questions),
            samples=self._samples(source["column"]),
            offers=tuple(look.get("offers", {}).get(field.name, [])),
            values=tuple(look.get("values", {}).get(field.name, [])),
        )

    def _samples(self, column: str) -> tuple[str, ...]:
        headers = self.look.get("headers", [])
        if column not in headers:
            return ()
        place = headers.index(column)
        cells = (cells[place].strip() for _, cells in self.look.get("lines", []) if place < len(cells))
        return tuple(dict.fromkeys(cell for cell in cells if cell))[:SAMPLES]
