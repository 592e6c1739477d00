"""What is on record about one import: how its rows fared, what was wrong with them, and what was done to it by whom."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Min, QuerySet
from django.http import QueryDict

from apps.audit.queries import events_of
from apps.datasets.models import Import, LiveBatch, RowIssue
from apps.metrics.catalogue import Definitions
from apps.pages.story import told
from apps.people.models import Member

ISSUES_A_PAGE = 100
GROUPS_SHOWN = 12

# Name, what it means beside it, its part of the picture.
PARTS = (
    ("rows_new", "New", "new"),
    ("rows_changed", "Changed", "changed"),
    ("rows_unchanged", "Unchanged", "unchanged"),
    ("rows_duplicate", "Twice in the file", "duplicate"),
    ("rows_excluded", "Taken out by hand", "excluded"),
    ("rows_rejected", "Rejected", "rejected"),
)


@dataclass(frozen=True)
class Part:
    """One part of the stacked bar: where it begins and how wide it is, in percent of all rows."""

    label: str
    look: str
    rows: int
    start: str
    width: str


@dataclass(frozen=True)
class Picture:
    parts: list[Part]
    words: str


@dataclass(frozen=True)
class Group:
    """Problems of one column. `message` is one of theirs; `rejects` says whether they keep their rows out."""

    column: str
    message: str
    rejects: bool
    count: int


@dataclass(frozen=True)
class Problems:
    """The problems of the rows, by column, and one page of them, of one column if one was chosen."""

    groups: list[Group]
    page: "Page[RowIssue]"
    column: str
    total: int


@dataclass(frozen=True)
class Step:
    """Something that was done to an import."""

    title: str
    who: str
    at: datetime
    detail: str = ""
    import_id: int | None = None


def picture_of(batch: Import) -> Picture | None:
    """How the rows of the file fared, as parts of one bar; None if it has no rows."""
    counts = [(label, look, int(getattr(batch, name) or 0)) for name, label, look in PARTS]
    total = sum(rows for _, _, rows in counts)
    if not total:
        return None
    parts, before = [], 0
    for label, look, rows in counts:
        if rows:
            parts.append(Part(label, look, rows, _percent(before, total), _percent(rows, total)))
            before += rows
    return Picture(parts, ", ".join(f"{part.rows:,} {part.label.lower()}" for part in parts))


def problems_of(batch: Import, query: QueryDict) -> Problems | None:
    """Three queries; None without any problem. A page beyond the last is the last, an unknown column is all."""
    issues = RowIssue.objects.filter(batch=batch)
    grouped = issues.order_by().values("column", "rejects_row").annotate(number=Count("pk"), one=Min("message"))
    groups = [
        Group(line["column"], line["one"], line["rejects_row"], line["number"])
        for line in grouped.order_by("-number", "column")
    ]
    if not groups:
        return None
    column = query.get("column", "")
    if column not in {group.column for group in groups} or "column" not in query:
        column = ""
    page = Paginator(issues_of(batch, column), ISSUES_A_PAGE).get_page(query.get("page"))
    return Problems(groups[:GROUPS_SHOWN], page, column, sum(group.count for group in groups))


def history_of(batch: Import, definitions: Definitions) -> list[Step]:
    """What happened to an import, the first first: from the audit trail, and the runs of the same file after it."""
    events = list(events_of(batch.workspace, subject=batch))
    steps = [
        Step(story.title, story.who, story.at, *_more(event.action, event.after))
        for event, story in zip(events, told(batch.workspace, events, definitions), strict=True)
    ]
    again = Import.objects.filter(reruns=batch).select_related("created_by")
    steps += [Step("Run again", _name(each.created_by), each.created_at, "as", each.pk) for each in again]
    return sorted(steps, key=lambda step: step.at)


def live_times_of(batch: Import) -> list[LiveBatch]:
    return list(batch.live_times.order_by("live_from"))


def later_imports_of(batch: Import) -> int:
    """How many imports into the same table have come in since and count: those that lie over this one."""
    later = Import.objects.filter(dataset=batch.dataset_id, pk__gt=batch.pk, state=Import.State.COMMITTED)
    return later.count()


def issues_of(batch: Import, column: str = "") -> QuerySet[RowIssue]:
    """The problems that are kept of an import, of one column if it is named."""
    issues = RowIssue.objects.filter(batch=batch)
    return issues.filter(column=column) if column else issues


def _more(action: str, after: dict[str, object]) -> tuple[str, int | None]:
    """What else the trail tells: of an undo by running again, by which import."""
    taker = after.get("by")
    if action == "import.undo" and isinstance(taker, int):
        return "in favour of", taker
    sentence = after.get("sentence")
    return (sentence if isinstance(sentence, str) else ""), None


def _name(member: Member | None) -> str:
    return member.name if member else "The application"


def _percent(rows: int, total: int) -> str:
    return f"{rows / total * 100:.3f}%"
