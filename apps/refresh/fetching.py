"""A source fetched in the background: its file becomes an import like any other, or nothing is new, or why not."""

from apps.refresh.lease import Lease
from apps.refresh.models import Run


def fetch_source(run: Run, lease: Lease) -> None:
    """The work of a run of kind FETCH."""
    raise NotImplementedError
