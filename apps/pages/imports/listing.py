"""The list of imports: what can be asked of it, and what the tables hold."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.http import QueryDict

from apps.datasets.models import Import, LiveBatch, Source
from apps.datasets.queries import imports_of
from apps.datasets.reach import REACHES
from apps.datasets.schema import TABLES
from apps.datasets.sources.late import LateSource, late_tables
from apps.pages.imports.reading import WORDS
from apps.people.models import Member, Workspace

NO_SOURCE = "none"
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; blank where it is not."""

    q: str = ""
    table: str = ""
    state: str = ""
    source: str = ""
    who: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        """From an address. What names nothing that there could be is not a filter."""
        state, table = query.get("state", ""), query.get("table", "")
        source, who = query.get("source", ""), query.get("who", "")
        return cls(
            q=query.get("q", "").strip().replace("\x00", "")[:LONGEST_SEARCH],
            table=table if table in TABLES else "",
            state=state if state in Import.State.values else "",
            source=source if source == NO_SOURCE or _is_id(source) else "",
            who=who if _is_id(who) else "",
        )

    @property
    def any(self) -> bool:
        return any((self.q, self.table, self.state, self.source, self.who))

    def apply(self, imports: QuerySet[Import]) -> QuerySet[Import]:
        if self.q:
            imports = imports.filter(file_name__icontains=self.q)
        if self.table:
            imports = imports.filter(dataset__table=self.table)
        if self.state:
            imports = imports.filter(state=self.state)
        if self.source:
            chosen = {"source__isnull": True} if self.source == NO_SOURCE else {"source_id": int(self.source)}
            imports = imports.filter(**chosen)
        return imports.filter(created_by_id=int(self.who)) if self.who else imports


@dataclass(frozen=True)
class Choices:
    """What the list can be narrowed to: only what occurs in it."""

    tables: list[tuple[str, str]]
    states: list[tuple[str, str]]
    sources: list[tuple[str, str]]
    people: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the live imports of one table hold. `told` is set if somebody said until when nothing is missing."""

    table: str
    title: str
    covers_from: date | None
    covers_to: date | None
    imports: int
    told: bool
    late: LateSource | None


def listed(workspace: Workspace, filters: Filters) -> QuerySet[Import]:
    return filters.apply(imports_of(workspace).select_related("dataset", "created_by", "source"))


def choices(workspace: Workspace) -> Choices:
    """Four queries, however many imports there are."""
    imports = Import.objects.filter(workspace=workspace).order_by()
    tables = set(imports.values_list("dataset__table", flat=True).distinct())
    states = set(imports.values_list("state", flat=True).distinct())
    people = Member.objects.filter(workspace=workspace, pk__in=imports.values("created_by")).order_by("name", "pk")
    sources = Source.objects.filter(workspace=workspace).order_by("name", "pk")
    return Choices(
        tables=[(name, each.title) for name, each in TABLES.items() if name in tables],
        states=[(str(state), word) for state, word in WORDS.items() if state in states],
        sources=[(NO_SOURCE, "By hand"), *((str(pk), name) for pk, name in sources.values_list("pk", "name"))],
        people=[(str(pk), name) for pk, name in people.values_list("pk", "name")],
    )


def coverage(workspace: Workspace, now: datetime) -> list[Coverage]:
    """One line per table that has live imports or waits for a source; two queries."""
    found = (
        LiveBatch.objects.filter(dataset__workspace=workspace, live_to__isnull=True)
        .values("dataset__table")
        .annotate(
            covers_from=Min("batch__covers_from"),
            covers_to=Max(REACHES),
            complete_until=Max("batch__complete_until"),
            imports=Count("batch"),
        )
    )
    by_table: dict[str, dict[str, Any]] = {line["dataset__table"]: {**line} for line in found}
    late = late_tables(workspace, now)
    return [_line(name, by_table.get(name, {}), late.get(name)) for name in TABLES if name in by_table or name in late]


def _line(table: str, line: dict[str, Any], late: LateSource | None) -> Coverage:
    covers_to, told = line.get("covers_to"), line.get("complete_until")
    return Coverage(
        table=table,
        title=TABLES[table].title,
        covers_from=line.get("covers_from"),
        covers_to=covers_to,
        imports=line.get("imports", 0),
        told=told is not None and told == covers_to,
        late=late,
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15
