"""Changes tried in the background before anybody confirms them: a draft imported, an import undone or brought back.

A draft may be changed while its trial runs. What the trial says is then worth nothing and is dropped; the one that the
change asked for says what holds now.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.common.errors import Refusal
from apps.datasets.checks import Issue
from apps.datasets.drafting import fingerprint_of, folder_of, lookup_files_of, path_of, rejects_of
from apps.datasets.models import Dataset, Draft, Import
from apps.datasets.outcome import Outcome
from apps.datasets.rejects import cells_of, write_rejects
from apps.datasets.repairs import Repairs
from apps.datasets.staging import Stage
from apps.datasets.trial import Trial, trial, trial_of_undo
from apps.people.models import Workspace
from apps.people.queries import day_in
from apps.refresh.consequences import Progress, consequences
from apps.refresh.lease import Lease
from apps.refresh.models import Run

ISSUES_KEPT = 1000
ROWS_KEPT = 200  # issues of which the whole row is kept


class Overtaken(Exception):
    """The draft was changed since: another trial computes what holds now."""


def try_change(run: Run, lease: Lease, *, now: datetime) -> None:
    """The work of a run of kind TRY: of a draft, or of undoing (or bringing back) the import that is its subject."""
    if run.draft is not None:
        try_draft(run, lease, now=now)
    else:
        _try_undo(run, lease, now)


def try_draft(run: Run, lease: Lease, *, now: datetime) -> None:
    """Compute the draft's outcome and keep it with the draft, unless the draft says something else by then."""
    draft = run.draft
    assert draft is not None
    fingerprint = fingerprint_of(draft)
    written = folder_of(draft) / f"rejects-{run.pk}.csv"
    try:
        outcome = _outcome_of(draft, now, heard(run, lease), written)
    except Overtaken:
        lease.end(Run.State.DONE, result={"kept": False})
        return
    except Refusal as refusal:
        outcome = _refused(refusal.sentence)
    with transaction.atomic():
        kept = _keep(draft.pk, fingerprint, outcome)
        _keep_rejects(draft, written, kept)
        lease.end(Run.State.DONE, result={"kept": kept})


def newest_trial(draft: Draft) -> Run | None:
    """The run whose outcome the draft waits for, or has."""
    return Run.objects.filter(draft=draft, kind=Run.Kind.TRY).first()


def trial_of(batch: Import) -> Run | None:
    """The newest trial of undoing this import, or of bringing it back."""
    return Run.objects.filter(subject=batch, kind=Run.Kind.TRY).first()


def still_holds(run: Run, today: date) -> bool:
    """Whether a trial of an undo was made with the rows as they are now, on this day."""
    return bool(run.result.get("state") == _state_of(run.workspace, today))


def _try_undo(run: Run, lease: Lease, now: datetime) -> None:
    batch = run.subject
    assert batch is not None
    state = _state_of(run.workspace, day_in(run.workspace, now))
    with trial_of_undo(batch=batch) as tried:
        told = _consequences(run.workspace, now, batch.dataset.table, tried, lease.progress)
    lease.end(Run.State.DONE, result={"state": state, "consequences": told})


def _outcome_of(draft: Draft, now: datetime, progress: Progress, rejects: Path) -> dict[str, Any]:
    rows: dict[int, list[str]] = {}

    def checked(staged: Stage) -> None:
        rows.update(cells_of(staged, {issue.line for issue in staged.issues[:ROWS_KEPT]}))
        _write_rejects(staged, rejects, draft.member.name)

    with trial(
        workspace=draft.workspace,
        today=day_in(draft.workspace, now),
        table=draft.table,
        source=path_of(draft),
        mapping=draft.mapping,
        lookup_files=lookup_files_of(draft),
        file_name=draft.file_name,
        mode=draft.mode,
        replaces=(draft.replaces_from, draft.replaces_to) if draft.replaces_from and draft.replaces_to else None,
        complete_until=draft.complete_until,
        repairs=Repairs.parse(draft.repairs),
        checked=checked,
        progress=progress,
    ) as tried:
        effect = _consequences(draft.workspace, now, draft.table, tried, progress)
        return _told(tried.outcome, rows) | {"consequences": effect}


def _consequences(workspace: Workspace, now: datetime, table: str, tried: Trial, progress: Progress) -> dict[str, Any]:
    return consequences(
        workspace=workspace,
        now=now,
        table=table,
        before=tried.before,
        after=tried.after,
        progress=progress,
    ).as_json()


def heard(run: Run, lease: Lease) -> Progress:
    """Progress of the run; it stops (Overtaken) at the next step once a newer one of its kind was asked for."""
    last = ""

    def progress(step: str, done: int = 0, total: int = 0) -> None:
        nonlocal last
        if step != last and Run.objects.filter(draft=run.draft_id, kind=run.kind, pk__gt=run.pk).exists():
            raise Overtaken
        last = step
        lease.progress(step, done, total)

    return progress


def _keep(draft_id: int, fingerprint: str, outcome: dict[str, Any]) -> bool:
    now = Draft.objects.select_for_update().get(pk=draft_id)
    if fingerprint_of(now) != fingerprint:
        return False
    Draft.objects.filter(pk=draft_id).update(outcome=outcome, fingerprint=fingerprint)
    return True


def _write_rejects(staged: Stage, path: Path, excluded_by: str) -> None:
    if staged.rejected or staged.excluded:
        write_rejects(staged, path, excluded_by=excluded_by)


def _keep_rejects(draft: Draft, written: Path, kept: bool) -> None:
    """What the trial wrote stands beside the file, if what the trial says is kept."""
    if not kept:
        written.unlink(missing_ok=True)
    elif written.exists():
        written.replace(rejects_of(draft))
    else:
        rejects_of(draft).unlink(missing_ok=True)


def _told(outcome: Outcome, rows: dict[int, list[str]]) -> dict[str, Any]:
    """The outcome of a trial as pages show it, small enough to keep with the draft."""
    names = ("read", "new", "changed", "unchanged", "rejected", "duplicates", "excluded", "left_out", "removed")
    return {
        "state": str(outcome.state),
        "sentence": outcome.sentence,
        "refused": "",
        "counts": {name: getattr(outcome, name) for name in names},
        "issues": _issues(outcome.issues),
        "groups": [asdict(group) for group in outcome.groups],
        "rows": rows,
        "issue_total": len(outcome.issues),
        "warnings_total": sum(not issue.rejects for issue in outcome.issues),
    }


def _issues(issues: Iterable[Issue]) -> list[dict[str, Any]]:
    kept = list(issues)[:ISSUES_KEPT]
    return [
        {
            "line": issue.line,
            "column": issue.column,
            "value": issue.value,
            "message": issue.message,
            "rejects": issue.rejects,
            "kind": issue.kind,
            "header": issue.header,
        }
        for issue in kept
    ]


def _refused(sentence: str) -> dict[str, Any]:
    return {
        "state": str(Import.State.REFUSED),
        "sentence": sentence,
        "refused": sentence,
        "counts": {},
        "issues": [],
        "issue_total": 0,
        "warnings_total": 0,
        "consequences": {},
    }


def _state_of(workspace: Workspace, today: date) -> dict[str, Any]:
    heads = Dataset.objects.filter(workspace=workspace).values_list("table", "head")
    return {"heads": dict(heads), "day": today.isoformat()}
