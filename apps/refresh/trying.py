"""A draft tried in the background: what importing it would do to rows, KPIs and goals, before anybody confirms it."""

from apps.refresh.lease import Lease
from apps.refresh.models import Run


def try_draft(run: Run, lease: Lease) -> None:
    """The work of a run of kind TRY: compute the draft's outcome and keep it with the draft."""
    raise NotImplementedError
