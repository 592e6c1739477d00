"""Large files looked into in the background: what they are, and what follows from another word about them.

A wish about the mapping is kept with the run until the look has shown that it fits: the draft stays as it was if not.
"""

from django.db import transaction

from apps.datasets.drafting import is_ready, is_tried
from apps.datasets.models import Draft
from apps.datasets.services.looking import look_into, relook
from apps.refresh.lease import Lease
from apps.refresh.models import Run
from apps.refresh.trying import Overtaken, heard


def look_for(run: Run, lease: Lease) -> bool:
    """The work of a run of kind LOOK; whether the draft can be tried now. Refusal if the wish does not fit."""
    draft = run.draft
    assert draft is not None
    wish = dict(run.result)
    progress = heard(run, lease)
    try:
        if wish:
            relook(draft=draft, progress=progress, **wish)
        else:
            look_into(draft=draft, progress=progress)
    except Overtaken:
        lease.end(Run.State.DONE)
        return False
    with transaction.atomic():
        lease.end(Run.State.DONE)
    return is_ready(draft) and not is_tried(draft)


def newest_look(draft: Draft) -> Run | None:
    """The run that looks into the draft's file, or did last."""
    return Run.objects.filter(draft=draft, kind=Run.Kind.LOOK).first()


def is_looking(run: Run | None) -> bool:
    return run is not None and run.state in (Run.State.QUEUED, Run.State.RUNNING)
