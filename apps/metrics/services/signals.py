"""Candidate signals of a trend: confirmed or dismissed by somebody who knows what happened, and taken back."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from apps.audit.services import record
from apps.metrics.analysis.signals import Signal
from apps.metrics.errors import KpiRefusal
from apps.metrics.models import JudgedSignal
from apps.people.models import Member, Workspace

LONGEST_NOTE = 500


@transaction.atomic
def judge_signal(
    *,
    workspace: Workspace,
    by: Member,
    now: datetime,
    ref: str,
    signal: Signal,
    since: date,
    verdict: str,
    note: str,
    scope: str = "",
) -> JudgedSignal:
    """Say what a signal of the trend is. `scope` as in JudgedSignal, `since`: the first day of `signal.since_label`.

    Another verdict on the same signal takes the place of the one before, which stays for the record. The note may be
    blank for a dismissal; what was a change has to be said. The same verdict again writes nothing.
    """
    note = note.strip()
    if verdict not in JudgedSignal.Verdict.values:
        raise KpiRefusal("Say whether the signal is confirmed or dismissed.", field="verdict")
    if verdict == JudgedSignal.Verdict.CONFIRMED and not note:
        raise KpiRefusal("Say in the note what changed: whoever reads the trend next will ask.", field="note")
    if len(note) > LONGEST_NOTE:
        raise KpiRefusal(f"The note has {len(note)} characters; {LONGEST_NOTE} is the most.", field="note")
    Workspace.objects.select_for_update().filter(pk=workspace.pk).first()
    about = {"workspace": workspace, "ref": ref, "scope": scope, "key": signal.key}
    before = JudgedSignal.objects.filter(**about, withdrawn_at__isnull=True).first()
    if before and (before.verdict, before.note) == (verdict, note):
        return before
    if before:
        before.withdrawn_at = now
        before.save(update_fields=["withdrawn_at"])
    judged = JudgedSignal.objects.create(
        **about, since=since, sentence=signal.sentence[:500], verdict=verdict, note=note, judged_by=by, judged_at=now
    )
    _record(judged, by, f"signal.{_ACTIONS[judged.verdict]}", before=_told(before) if before else {}, now=_told(judged))
    return judged


@transaction.atomic
def withdraw_verdict(*, judged: JudgedSignal, by: Member, now: datetime) -> None:
    """The signal is a candidate again. Withdrawing twice changes nothing."""
    if JudgedSignal.objects.filter(pk=judged.pk, withdrawn_at__isnull=True).update(withdrawn_at=now):
        _record(judged, by, "signal.withdraw", before=_told(judged), now={})


_ACTIONS = {JudgedSignal.Verdict.CONFIRMED.value: "confirm", JudgedSignal.Verdict.DISMISSED.value: "dismiss"}


def _told(judged: JudgedSignal) -> dict[str, Any]:
    return {
        "kpi": judged.ref,
        "scope": judged.scope,
        "signal": judged.sentence,
        "since": judged.since.isoformat(),
        "verdict": judged.verdict,
        "note": judged.note,
    }


def _record(judged: JudgedSignal, by: Member, action: str, *, before: dict[str, Any], now: dict[str, Any]) -> None:
    record(workspace=judged.workspace, actor=by.user, action=action, subject=judged, before=before, after=now)
