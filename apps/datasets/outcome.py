"""What came of an import, for the page, the command and the API alike."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from apps.datasets.checks import Issue, IssueGroup
from apps.datasets.models import Import


@dataclass(frozen=True)
class Outcome:
    """`read` = new + changed + unchanged + rejected + duplicates; `left_out` and `excluded` come on top. `removed` are
    earlier rows that no longer count, because the file replaces their period and does not bring them.

    `mapping` is completed by what was guessed.

    Of a dry run `state` is what would have happened.
    """

    state: Import.State
    sentence: str
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicates: int = 0
    left_out: int = 0
    removed: int = 0
    excluded: int = 0
    issues: list[Issue] = field(default_factory=list)
    groups: list[IssueGroup] = field(default_factory=list)
    mapping: AnyMapping[str, Any] = field(default_factory=dict)
    mode: str = Import.Mode.UPSERT
    complete_until: date | None = None

    @property
    def good(self) -> bool:
        """Committed, or nothing to commit because all rows are there already."""
        return self.state in {Import.State.COMMITTED, Import.State.UNCHANGED}

    @property
    def clean(self) -> bool:
        return self.good and not self.rejected


def outcome_of(batch: Import) -> Outcome:
    """The outcome of an import as recorded."""
    issues = [
        Issue(each.line, each.column, each.value, each.message, each.rejects_row, each.kind, each.header)
        for each in batch.issues.all()
    ]
    return Outcome(
        state=Import.State(batch.state),
        sentence=batch.sentence,
        read=batch.rows_read or 0,
        new=batch.rows_new or 0,
        changed=batch.rows_changed or 0,
        unchanged=batch.rows_unchanged or 0,
        rejected=batch.rows_rejected or 0,
        duplicates=batch.rows_duplicate or 0,
        left_out=batch.rows_left_out or 0,
        removed=batch.rows_removed or 0,
        excluded=batch.rows_excluded or 0,
        issues=sorted(issues, key=lambda issue: (not issue.rejects, issue.line)),
        groups=[IssueGroup(**each) for each in batch.issue_groups],
        mapping=batch.mapping,
        mode=batch.mode,
        complete_until=batch.complete_until,
    )


def sentence(read: int, counts: AnyMapping[str, int], done: str, left_out: int = 0, excluded: int = 0) -> str:
    """`8,800 rows read: 8,790 new, 10 rejected. 4 more are not wanted by the mapping.` without counts of nothing."""
    parts = [f"{count:,} {what}" for what, count in counts.items() if count]
    rows = "row" if read == 1 else "rows"
    more = f"{left_out:,} more {'is' if left_out == 1 else 'are'} not wanted by the mapping. " if left_out else ""
    more += f"{excluded:,} {'line was' if excluded == 1 else 'lines were'} taken out by hand. " if excluded else ""
    return f"{read:,} {rows} read: {', '.join(parts) or 'nothing new'}. {more}{done}".strip()
