"""A source in the words of its pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.datasets.models import Source
from apps.datasets.preview import Preview
from apps.datasets.schema import TABLES
from apps.datasets.sources.checking import SECRETS

_CONFIG = {
    "folder": "Folder", "pattern": "Files like", "address": "Address", "endpoint": "Endpoint", "region": "Region",
    "bucket": "Bucket", "prefix": "Prefix", "which": "Which objects", "table": "Table", "query": "Query",
    "column": "Column that tells what is new",
}  # fmt: skip
_WHICH = {"newest": "the newest one", "every": "every new one"}


@dataclass(frozen=True)
class Line:
    """One source as a list shows it. `state` is one of ok, late, failing, paused, removed, new."""

    source: Source
    kind: str
    table: str
    cadence: str
    state: str
    word: str
    late_since: datetime | None


def line(source: Source) -> Line:
    state, word = _state(source)
    return Line(
        source=source,
        kind=source.get_kind_display(),
        table=TABLES[source.table].title if source.table in TABLES else source.table,
        cadence=_cadence(source),
        state=state,
        word=word,
        late_since=source.late_since,
    )


def _state(source: Source) -> tuple[str, str]:
    if source.removed_at:
        return "removed", "Removed"
    if source.paused_at:
        return "paused", "Paused"
    if source.late_since:
        return "late", "Late"
    if source.last_error:
        return "failing", "Failing"
    return ("ok", "Up to date") if source.last_success_at else ("new", "Nothing yet")


def _cadence(source: Source) -> str:
    text = source.get_cadence_display().lower()
    if source.cadence == Source.Cadence.WEEK:
        days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        text = f"every {days[source.weekday or 0]}"
    if source.cadence in (Source.Cadence.QUARTER_HOUR, Source.Cadence.HOUR):
        return text
    at = source.at.strftime("%H:%M") if source.at else "06:00"
    return f"{text}{' on the 1st' if source.cadence == Source.Cadence.MONTH else ''} at {at}"


def config(source: Source) -> list[tuple[str, Any]]:
    return [
        (_CONFIG.get(name, name), _WHICH.get(str(value), value) if name == "which" else value)
        for name, value in source.config.items()
        if value
    ]


def credentials(source: Source) -> str:
    """Only whether there are any; nobody is ever shown them."""
    if not SECRETS[source.kind]:
        return ""
    return "set, and not shown again" if source.secret else "none"


def fed(seen: Preview) -> list[tuple[str, str]]:
    """Each field of the table with the column that feeds it, required ones first."""
    columns: dict[str, str | None] = seen.plan.as_json()["columns"]
    lines = [(name, header) for name, header in columns.items() if header]
    return sorted(lines, key=lambda pair: pair[0] not in seen.plan.required)
